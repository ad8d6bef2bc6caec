/* document.c - what a JSON document of the service has, and what it lacks */
#include "document.h"

#include <glib/gi18n-lib.h>

JsonObject *
ib_document_read (const char *text, JsonNode **out_root, GError **error)
{
    GError *why = NULL;
    *out_root = json_from_string (text, &why);
    /* To json-glib an empty text is nothing, and nothing is wrong with it. */
    if (*out_root == NULL && why == NULL)
        why = g_error_new_literal (JSON_PARSER_ERROR, JSON_PARSER_ERROR_PARSE, _ ("The answer is empty"));
    if (why != NULL)
        g_propagate_error (error, why);
    return *out_root != NULL && JSON_NODE_HOLDS_OBJECT (*out_root) ? json_node_get_object (*out_root) : NULL;
}

/* NULL: there is no such member. */
static JsonNode *
member (JsonObject *object, const char *name)
{
    JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;
    return node != NULL && !JSON_NODE_HOLDS_NULL (node) ? node : NULL;
}

/* The same of a plain value: text, number, truth. */
static JsonNode *
value (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_VALUE (node) ? node : NULL;
}

static JsonArray *
array (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

char *
ib_document_text (JsonObject *object, const char *name)
{
    JsonNode *node = value (object, name);
    const char *text = node != NULL ? json_node_get_string (node) : NULL;
    return g_strdup (text != NULL ? text : "");
}

double
ib_document_number (JsonObject *object, const char *name, double otherwise)
{
    JsonNode *node = value (object, name);
    return node != NULL ? json_node_get_double (node) : otherwise;
}

guint64
ib_document_count (JsonObject *object, const char *name)
{
    JsonNode *node = value (object, name);
    gint64 number
        = node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;
    return (guint64) MAX (number, 0);
}

bool
ib_document_claim (JsonObject *object, const char *name)
{
    JsonNode *node = value (object, name);
    return node != NULL && json_node_get_boolean (node);
}

JsonObject *
ib_document_object (JsonObject *object, const char *name)
{
    JsonNode *node = member (object, name);
    return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

GPtrArray *
ib_document_list (JsonObject *object, const char *name, gpointer (*read) (JsonObject *element),
                  GDestroyNotify free)
{
    GPtrArray *list = g_ptr_array_new_with_free_func (free);
    JsonArray *elements = array (object, name);
    for (guint i = 0; elements != NULL && i < json_array_get_length (elements); i++) {
        JsonNode *element = json_array_get_element (elements, i);
        if (JSON_NODE_HOLDS_OBJECT (element))
            g_ptr_array_add (list, read (json_node_get_object (element)));
    }
    return list;
}

char **
ib_document_words (JsonObject *object, const char *name)
{
    g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
    JsonArray *elements = array (object, name);
    for (guint i = 0; elements != NULL && i < json_array_get_length (elements); i++) {
        JsonNode *element = json_array_get_element (elements, i);
        const char *word = JSON_NODE_HOLDS_VALUE (element) ? json_node_get_string (element) : NULL;
        if (word != NULL)
            g_strv_builder_add (words, word);
    }
    return g_strv_builder_end (words);
}
