/* explanation.c - the document of `inbasket why`, as values again */
#include "explanation.h"
#include "document.h"

#include <math.h>

/* --- parts --------------------------------------------------------------------------------------------------------- */

static gpointer
read_hop (JsonObject *object)
{
    IbExplainedHop *hop = g_new0 (IbExplainedHop, 1);
    hop->from = ib_document_text (object, "from");
    hop->by = ib_document_text (object, "by");
    hop->ip = ib_document_text (object, "ip");
    hop->with = ib_document_text (object, "with");
    hop->date = ib_document_text (object, "date");
    hop->is_trusted = ib_document_claim (object, "trusted");
    hop->is_encrypted = ib_document_claim (object, "tls");
    return hop;
}

static void
free_hop (gpointer pointer)
{
    IbExplainedHop *hop = pointer;
    g_free (hop->from);
    g_free (hop->by);
    g_free (hop->ip);
    g_free (hop->with);
    g_free (hop->date);
    g_free (hop);
}

static gpointer
read_evidence (JsonObject *object)
{
    IbExplainedEvidence *evidence = g_new0 (IbExplainedEvidence, 1);
    evidence->feature = ib_document_text (object, "feature");
    evidence->text = ib_document_text (object, "text");
    evidence->weight = ib_document_number (object, "weight", 0);
    return evidence;
}

static void
free_evidence (gpointer pointer)
{
    IbExplainedEvidence *evidence = pointer;
    g_free (evidence->feature);
    g_free (evidence->text);
    g_free (evidence);
}

static gpointer
read_rule (JsonObject *object)
{
    IbExplainedRule *rule = g_new0 (IbExplainedRule, 1);
    rule->script = ib_document_text (object, "script");
    rule->kind = ib_document_text (object, "kind");
    rule->what = ib_document_text (object, "what");
    rule->value = ib_document_text (object, "value");
    rule->line = (gint64) ib_document_count (object, "line");
    rule->result = ib_document_claim (object, "result");
    return rule;
}

static void
free_rule (gpointer pointer)
{
    IbExplainedRule *rule = pointer;
    g_free (rule->script);
    g_free (rule->kind);
    g_free (rule->what);
    g_free (rule->value);
    g_free (rule);
}

/* --- the whole ------------------------------------------------------------------------------------------------------- */

/* Every text of it, and where the document has it: in which of its objects (NULL: in itself), under which name. */
#define TEXT(member, object, name)                                                                           \
    {                                                                                                        \
        G_STRUCT_OFFSET (IbExplanation, member), object, name                                                \
    }
static const struct {
    gsize offset;
    const char *object, *name;
} texts[] = {
    TEXT (id, NULL, "id"),
    TEXT (account, NULL, "account"),
    TEXT (subject, NULL, "subject"),
    TEXT (from, NULL, "from"),
    TEXT (message_id, NULL, "message_id"),
    TEXT (kind, NULL, "kind"),
    TEXT (recipient, NULL, "recipient"),
    TEXT (verdict, NULL, "verdict"),
    TEXT (entry_host, "entry", "host"),
    TEXT (entry_ip, "entry", "ip"),
    TEXT (relay, "entry", "relay"),
    TEXT (spf, "authentication", "spf"),
    TEXT (dkim, "authentication", "dkim"),
    TEXT (dmarc, "authentication", "dmarc"),
    TEXT (arc, "authentication", "arc"),
    TEXT (authserv_id, "authentication", "authserv_id"),
    TEXT (from_domain, "authentication", "from_domain"),
    TEXT (target, "result", "target"),
    TEXT (folder, "result", "folder"),
    TEXT (action, "result", "action"),
    TEXT (rule, "result", "rule"),
    TEXT (learned, "learned", "as"),
    TEXT (learned_by, "learned", "why"),
};

static char **
place_of (IbExplanation *self, gsize text)
{
    return G_STRUCT_MEMBER_P (self, texts[text].offset);
}

IbExplanation *
ib_explanation_read (const char *document, GError **error)
{
    g_autoptr (JsonNode) root = NULL;
    JsonObject *whole = ib_document_read (document, &root, error);
    if (root == NULL)
        return NULL;
    IbExplanation *self = g_new0 (IbExplanation, 1);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        JsonObject *object = texts[i].object != NULL ? ib_document_object (whole, texts[i].object) : whole;
        *place_of (self, i) = ib_document_text (object, texts[i].name);
    }
    self->probability = ib_document_number (whole, "spam", NAN);
    self->is_proven = ib_document_claim (ib_document_object (whole, "authentication"), "proven");
    self->causes = ib_document_words (whole, "causes");
    self->hops = ib_document_list (whole, "path", read_hop, free_hop);
    self->evidence = ib_document_list (whole, "evidence", read_evidence, free_evidence);
    self->rules = ib_document_list (whole, "rules", read_rule, free_rule);
    return self;
}

void
ib_explanation_free (IbExplanation *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (*place_of (self, i));
    g_strfreev (self->causes);
    g_ptr_array_unref (self->hops);
    g_ptr_array_unref (self->evidence);
    g_ptr_array_unref (self->rules);
    g_free (self);
}
