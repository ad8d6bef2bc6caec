/* explanation.c - the document of `inbasket why`, as values again */
#include "explanation.h"

#include <json-glib/json-glib.h>
#include <math.h>

/* --- members that may be missing ------------------------------------------------------------------------------- */

/* NULL: @object is, or there is no such member. */
static JsonNode *
member (JsonObject *object, const char *name)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
    return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

/* Returns: (transfer full), "" if it is not there */
static char *
text_of (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
    return g_strdup (text != NULL ? text : "");
}

static double
number_of (JsonObject *object, const char *name, double otherwise)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : otherwise;
}

static bool
claim_of (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_boolean (node);
}

static JsonObject *
object_of (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* Calls @read with each object of a list, and gathers what it makes of them. Returns: (transfer full) */
static GPtrArray *
list_of (JsonObject *object, const char *name, gpointer (*read) (JsonObject *element), GDestroyNotify free)
{
    GPtrArray *list = g_ptr_array_new_with_free_func (free);
    JsonNode *node = member (object, name);
    JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
        JsonNode *element = json_array_get_element (array, i);
        if (JSON_NODE_HOLDS_OBJECT (element))
            g_ptr_array_add (list, read (json_node_get_object (element)));
    }
    return list;
}

static char **
words_of (JsonObject *object, const char *name)
{
    g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
    JsonNode *node = member (object, name);
    JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
    for (guint i = 0; array != NULL && i < json_array_get_length (array); i++) {
        JsonNode *element = json_array_get_element (array, i);
        const char *word = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;
        if (word != NULL)
            g_strv_builder_add (words, word);
    }
    return g_strv_builder_end (words);
}

/* --- parts --------------------------------------------------------------------------------------------------------- */

static gpointer
read_hop (JsonObject *object)
{
    IbExplainedHop *hop = g_new0 (IbExplainedHop, 1);
    hop->from = text_of (object, "from");
    hop->by = text_of (object, "by");
    hop->ip = text_of (object, "ip");
    hop->with = text_of (object, "with");
    hop->date = text_of (object, "date");
    hop->is_trusted = claim_of (object, "trusted");
    hop->is_encrypted = claim_of (object, "tls");
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
    evidence->feature = text_of (object, "feature");
    evidence->text = text_of (object, "text");
    evidence->weight = number_of (object, "weight", 0);
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
    rule->script = text_of (object, "script");
    rule->kind = text_of (object, "kind");
    rule->what = text_of (object, "what");
    rule->value = text_of (object, "value");
    rule->line = (gint64) number_of (object, "line", 0);
    rule->result = claim_of (object, "result");
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
    g_autoptr (JsonNode) root = json_from_string (document, error);
    if (root == NULL)
        return NULL;
    JsonObject *whole = JSON_NODE_HOLDS_OBJECT (root) ? json_node_get_object (root) : NULL;
    IbExplanation *self = g_new0 (IbExplanation, 1);
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        JsonObject *object = texts[i].object != NULL ? object_of (whole, texts[i].object) : whole;
        *place_of (self, i) = text_of (object, texts[i].name);
    }
    self->probability = number_of (whole, "spam", NAN);
    self->is_proven = claim_of (object_of (whole, "authentication"), "proven");
    self->causes = words_of (whole, "causes");
    self->hops = list_of (whole, "path", read_hop, free_hop);
    self->evidence = list_of (whole, "evidence", read_evidence, free_evidence);
    self->rules = list_of (whole, "rules", read_rule, free_rule);
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
