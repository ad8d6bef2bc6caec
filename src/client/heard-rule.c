/* heard-rule.c - the documents of `inbasket filter always` and `filter replay`, as values again */
#include "heard-rule.h"
#include "document.h"

#include <string.h>

/* --- a rule ------------------------------------------------------------------------------------------------------------ */

static gpointer
read_kind (JsonObject *object)
{
    IbHeardRuleKind *kind = g_new0 (IbHeardRuleKind, 1);
    kind->kind = ib_document_text (object, "kind");
    kind->words = ib_document_text (object, "words");
    kind->refused = ib_document_text (object, "refused");
    return kind;
}

static void
free_kind (gpointer pointer)
{
    IbHeardRuleKind *kind = pointer;
    g_free (kind->kind);
    g_free (kind->words);
    g_free (kind->refused);
    g_free (kind);
}

IbHeardRule *
ib_heard_rule_read (const char *document, GError **error)
{
    g_autoptr (JsonNode) root = NULL;
    JsonObject *whole = ib_document_read (document, &root, error);
    if (root == NULL)
        return NULL;
    IbHeardRule *self = g_new0 (IbHeardRule, 1);
    self->kinds = ib_document_list (whole, "kinds", read_kind, free_kind);
    self->folders = ib_document_words (whole, "folders");
    self->refused = ib_document_text (whole, "refused");
    self->folder = ib_document_text (whole, "folder");
    self->rule = ib_document_text (whole, "rule");
    self->decides = ib_document_text (whole, "decides");
    self->name = ib_document_text (whole, "name");
    self->text = ib_document_text (whole, "text");
    self->before = ib_document_text (whole, "before");
    self->is_new = whole == NULL || !json_object_has_member (whole, "before")
                   || json_object_get_null_member (whole, "before");
    self->active = ib_document_words (whole, "active");
    self->scripts = ib_document_words (whole, "scripts");
    self->note = ib_document_text (whole, "note");
    return self;
}

void
ib_heard_rule_free (IbHeardRule *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->kinds);
    g_strfreev (self->folders);
    g_free (self->refused);
    g_free (self->folder);
    g_free (self->rule);
    g_free (self->decides);
    g_free (self->name);
    g_free (self->text);
    g_free (self->before);
    g_strfreev (self->active);
    g_strfreev (self->scripts);
    g_free (self->note);
    g_free (self);
}

/* --- a replay ----------------------------------------------------------------------------------------------------------- */

static gpointer
read_example (JsonObject *object)
{
    IbHeardExample *example = g_new0 (IbHeardExample, 1);
    example->from = ib_document_text (object, "from");
    example->subject = ib_document_text (object, "subject");
    return example;
}

static void
free_example (gpointer pointer)
{
    IbHeardExample *example = pointer;
    g_free (example->from);
    g_free (example->subject);
    g_free (example);
}

/* Of one rule, or of one change that it makes. */
typedef struct {
    char *rule;
    guint64 count, changed;
    GPtrArray *examples; /* IbHeardExample */
} Part;

static gpointer
read_part (JsonObject *object)
{
    Part *part = g_new0 (Part, 1);
    part->rule = ib_document_text (object, "rule");
    part->count = ib_document_count (object, "count");
    part->changed = ib_document_count (object, "changed");
    part->examples = ib_document_list (object, "examples", read_example, free_example);
    return part;
}

static void
free_part (gpointer pointer)
{
    Part *part = pointer;
    g_free (part->rule);
    g_ptr_array_unref (part->examples);
    g_free (part);
}

IbHeardReplay *
ib_heard_replay_read (const char *document, const char *rule, GError **error)
{
    g_autoptr (JsonNode) root = NULL;
    JsonObject *whole = ib_document_read (document, &root, error);
    if (root == NULL)
        return NULL;
    g_autoptr (GPtrArray) rules = ib_document_list (whole, "rules", read_part, free_part);
    g_autoptr (GPtrArray) changes = ib_document_list (whole, "changes", read_part, free_part);
    IbHeardReplay *self = g_new0 (IbHeardReplay, 1);
    self->examples = g_ptr_array_new_with_free_func (free_example);
    for (guint i = 0; i < rules->len; i++) {
        const Part *part = rules->pdata[i];
        if (strcmp (part->rule, rule) != 0)
            continue;
        self->decided = part->count;
        self->moved = part->changed;
    }
    for (guint i = 0; i < changes->len; i++) {
        Part *part = changes->pdata[i];
        if (strcmp (part->rule, rule) == 0)
            g_ptr_array_extend_and_steal (self->examples, g_ptr_array_ref (part->examples));
    }
    return self;
}

void
ib_heard_replay_free (IbHeardReplay *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->examples);
    g_free (self);
}
