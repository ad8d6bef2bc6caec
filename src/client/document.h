/* document.h - what a JSON document of the service has, and what it lacks
 *
 * The service may be older or newer than whoever reads: what is not there, and what is of another kind than it should be, is
 * as nothing. @object may be NULL everywhere: of nothing, nothing is known. */
#pragma once

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* @text as one object. *out_root (transfer full) owns it. NULL with an error: @text is no JSON; NULL without: it is no object. */
JsonObject *ib_document_read (const char *text, JsonNode **out_root, GError **error);

/* "" if it is not there. Returns: (transfer full) */
char *ib_document_text (JsonObject *object, const char *name);
double ib_document_number (JsonObject *object, const char *name, double otherwise);
/* 0 if it is not there, or negative. */
guint64 ib_document_count (JsonObject *object, const char *name);
bool ib_document_claim (JsonObject *object, const char *name);
JsonObject *ib_document_object (JsonObject *object, const char *name);
/* Calls @read with each object of a list, and gathers what it makes of them. Returns: (transfer full) */
GPtrArray *ib_document_list (JsonObject *object, const char *name, gpointer (*read) (JsonObject *element),
                             GDestroyNotify free);
/* The texts of a list. Returns: (transfer full) */
char **ib_document_words (JsonObject *object, const char *name);
