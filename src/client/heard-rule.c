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

static void
free_example (gpointer example)
{
    ib_heard_tried_free (example);
}

IbHeardReplay *
ib_heard_replay_read (const char *document, const char *rule, GError **error)
{
    g_autoptr (IbHeardTrial) trial = ib_heard_trial_read (document, error);
    if (trial == NULL)
        return NULL;
    IbHeardReplay *self = g_new0 (IbHeardReplay, 1);
    self->examples = g_ptr_array_new_with_free_func (free_example);
    for (guint i = 0; i < trial->rules->len; i++) {
        const IbHeardTally *tally = trial->rules->pdata[i];
        if (strcmp (tally->rule, rule) != 0)
            continue;
        self->decided = tally->count;
        self->moved = tally->changed;
    }
    for (guint i = 0; i < trial->changes->len; i++) {
        const IbHeardChange *change = trial->changes->pdata[i];
        if (strcmp (change->rule, rule) == 0)
            g_ptr_array_extend_and_steal (self->examples, g_ptr_array_ref (change->examples));
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
