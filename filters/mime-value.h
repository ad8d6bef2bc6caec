/* mime-value.h - the value of a structured MIME field: "text/plain; charset=utf-8", "attachment; filename=a.pdf"
 *
 * Read as it is meant, where it is clear what is meant: comments, blanks around signs, values without the quotes that
 * they need, file names as encoded words. A parameter in pieces or with a charset (RFC 2231) is one again, and goes
 * before a plain one of its name. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    char *name;   /* as it stands, without what RFC 2231 adds */
    char *text;   /* decoded, UTF-8 */
    char *octets; /* with no charset applied: boundaries are compared by this */
} IbParameter;

typedef struct {
    char *word;            /* before the first ";": "text/plain", "attachment" */
    char *type, *subtype;  /* on either side of the "/"; NULL if it has not two */
    GPtrArray *parameters; /* IbParameter, each name once, in the order of their first pieces */
} IbMimeValue;

/* @raw as of ib_message_field_raw (). NULL if it begins with no word. At most IB_LIMIT_PARAMETERS pieces are looked at.
 * Returns: (transfer full) (nullable) */
IbMimeValue *ib_mime_value_parse (const char *raw);
void ib_mime_value_free (IbMimeValue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMimeValue, ib_mime_value_free)

/* Whether the type is @type, and the subtype @subtype unless that is NULL; in any letter case. */
bool ib_mime_value_is (const IbMimeValue *self, const char *type, const char *subtype);
/* NULL if there is none of that name, in any letter case. */
const IbParameter *ib_mime_value_parameter (const IbMimeValue *self, const char *name);
