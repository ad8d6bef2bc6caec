/* mime-value.c - the value of a structured MIME field
 *
 *     value ─read─▶ word, pieces ─gather─▶ parameters
 */
#include "mime-value.h"
#include "field.h"
#include "mail-limits.h"
#include "text.h"

#include <string.h>

#define NO_SECTION (-1)

/* A parameter as it is written: name["*"section]["*"]=octets    RFC 2231, 7 */
typedef struct {
    char *name;
    gint64 section;   /* NO_SECTION: it is whole */
    bool is_extended; /* has a charset, or is percent-encoded */
    GString *octets;
} Piece;

static void
piece_free (gpointer pointer)
{
    Piece *self = pointer;
    g_free (self->name);
    g_string_free (self->octets, TRUE);
    g_free (self);
}

static void
parameter_free (gpointer pointer)
{
    IbParameter *self = pointer;
    g_free (self->name);
    g_free (self->text);
    g_free (self->octets);
    g_free (self);
}

void
ib_mime_value_free (IbMimeValue *self)
{
    if (self == NULL)
        return;
    g_free (self->word);
    g_free (self->type);
    g_free (self->subtype);
    g_ptr_array_unref (self->parameters);
    g_free (self);
}

/* --- reading --- */

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* token = 1*<any CHAR except blanks, CTLs, tspecials>    RFC 2045, 5.1; 8-bit ones are let through */
static bool
is_token (char c)
{
    return ((guchar) c > ' ' && c != 0x7f) && strchr ("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* One that does not end takes all there is. */
static const char *
skip_comment (const char *at)
{
    const char *behind = ib_field_skip_comment (at);
    return behind != NULL ? behind : at + strlen (at);
}

static const char *
skip_blanks (const char *at)
{
    while (is_blank (*at) || *at == '(')
        at = *at == '(' ? skip_comment (at) : at + 1;
    return at;
}

static char *
read_token (const char **at)
{
    const char *start = *at;
    while (is_token (**at))
        (*at)++;
    return *at > start ? g_strndup (start, (gsize) (*at - start)) : NULL;
}

/* quoted-string = <"> *(qtext / quoted-pair) <">    RFC 5322, 3.2.4; one without an end ends with the field */
static void
read_quoted (const char **at, GString *octets)
{
    const char *c = *at + 1;
    for (; *c != '\0' && *c != '"'; c++) {
        if (*c == '\\' && c[1] != '\0')
            c++;
        g_string_append_c (octets, *c);
    }
    *at = *c == '"' ? c + 1 : c;
}

/* Whether "=" stands in what is left of @at before the next ";": another parameter, whose ";" was left out. */
static bool
begins_parameter (const char *at)
{
    while (is_token (*at))
        at++;
    return *at == '=';
}

/* File names stand here without the quotes that they need: with blanks and parentheses in them. */
static void
read_unquoted (const char **at, GString *octets)
{
    const char *c = *at, *end = *at;
    while (*c != '\0' && *c != ';') {
        if (is_blank (*c)) {
            while (is_blank (*c))
                c++;
            if (*c == '(' || begins_parameter (c))
                break;
            continue;
        }
        end = ++c;
    }
    g_string_append_len (octets, *at, end - *at);
    *at = c;
}

/* "*0", "*0*", "*" behind a name. Takes them off the name. */
static void
read_section (Piece *piece)
{
    char *star = strchr (piece->name, '*');
    piece->section = NO_SECTION;
    if (star == NULL || star == piece->name)
        return;
    char *end = star + 1;
    if (g_ascii_isdigit (*end)) {
        guint64 section = g_ascii_strtoull (end, &end, 10);
        piece->section = (gint64) MIN (section, G_MAXINT32);
    }
    piece->is_extended = end[0] == '*' || piece->section == NO_SECTION;
    *star = '\0';
}

/* *(";" attribute "=" value). Returns: (transfer full) (nullable): what is no parameter is passed over */
static Piece *
read_piece (const char **at)
{
    while (**at == ';' || is_blank (**at) || **at == '(')
        *at = **at == ';' ? *at + 1 : skip_blanks (*at);

    g_autofree char *name = read_token (at);
    *at = skip_blanks (*at);
    if (name == NULL || **at != '=') {
        *at += strcspn (*at, ";");
        return NULL;
    }
    *at = skip_blanks (*at + 1);

    Piece *piece = g_new0 (Piece, 1);
    piece->name = g_steal_pointer (&name);
    piece->octets = g_string_new (NULL);
    read_section (piece);
    if (**at == '"')
        read_quoted (at, piece->octets);
    else
        read_unquoted (at, piece->octets);
    return piece;
}

/* --- gathering --- */

static const Piece *
find_piece (const GPtrArray *pieces, const char *name, gint64 section, bool is_extended)
{
    for (guint i = 0; i < pieces->len; i++) {
        const Piece *piece = pieces->pdata[i];
        if (piece->section == section && (section != NO_SECTION || piece->is_extended == is_extended)
            && g_ascii_strcasecmp (piece->name, name) == 0)
            return piece;
    }
    return NULL;
}

static void
append_unescaped (GString *octets, const char *at)
{
    for (; *at != '\0'; at++) {
        bool is_escape = *at == '%' && g_ascii_isxdigit (at[1]) && g_ascii_isxdigit (at[2]);
        if (is_escape) {
            g_string_append_c (octets,
                               (char) (g_ascii_xdigit_value (at[1]) << 4 | g_ascii_xdigit_value (at[2])));
            at += 2;
        } else {
            g_string_append_c (octets, *at);
        }
    }
}

/* extended-initial-value = [charset] "'" [language] "'" value    RFC 2231, 7. Returns the value; both may be missing. */
static const char *
read_charset (const char *octets, char **out_charset)
{
    const char *language = strchr (octets, '\'');
    const char *value = language != NULL ? strchr (language + 1, '\'') : NULL;
    if (value == NULL)
        return octets;
    if (language > octets)
        *out_charset = g_strndup (octets, (gsize) (language - octets));
    return value + 1;
}

static void
append_piece (GString *octets, const Piece *piece, bool is_first, char **out_charset)
{
    const char *at = piece->octets->str;
    if (!piece->is_extended) {
        g_string_append (octets, at);
        return;
    }
    if (is_first)
        at = read_charset (at, out_charset);
    append_unescaped (octets, at);
}

static IbParameter *
gather (const GPtrArray *pieces, const char *name)
{
    g_autofree char *charset = NULL;
    GString *octets = g_string_new (NULL);
    const Piece *piece;
    bool is_coded = true;

    if ((piece = find_piece (pieces, name, NO_SECTION, true)) != NULL) {
        append_piece (octets, piece, true, &charset);
    } else if (find_piece (pieces, name, 0, false) != NULL) {
        for (gint64 i = 0; (piece = find_piece (pieces, name, i, false)) != NULL; i++)
            append_piece (octets, piece, i == 0, &charset);
    } else if ((piece = find_piece (pieces, name, NO_SECTION, false)) != NULL) {
        g_string_append (octets, piece->octets->str);
        is_coded = false;
    }
    IbParameter *parameter = g_new0 (IbParameter, 1);
    parameter->name = g_strdup (name);
    parameter->text = is_coded ? ib_text_from_charset (charset, octets->str, octets->len)
                               : ib_text_from_header (octets->str, octets->len);
    parameter->octets = g_string_free (octets, FALSE);
    return parameter;
}

static void
gather_all (IbMimeValue *self, const GPtrArray *pieces)
{
    for (guint i = 0; i < pieces->len; i++) {
        const Piece *piece = pieces->pdata[i];
        bool is_orphan = piece->section > 0 && find_piece (pieces, piece->name, 0, false) == NULL;
        if (!is_orphan && ib_mime_value_parameter (self, piece->name) == NULL)
            g_ptr_array_add (self->parameters, gather (pieces, piece->name));
    }
}

/* type "/" subtype, or a word alone. */
static bool
read_word (IbMimeValue *self, const char **at)
{
    *at = skip_blanks (*at);
    g_autofree char *type = read_token (at);
    *at = skip_blanks (*at);
    if (type == NULL)
        return false;
    if (**at == '/') {
        *at = skip_blanks (*at + 1);
        self->subtype = read_token (at);
    }
    if (self->subtype != NULL) {
        self->word = g_strconcat (type, "/", self->subtype, NULL);
        self->type = g_steal_pointer (&type);
    } else {
        self->word = g_steal_pointer (&type);
    }
    return true;
}

IbMimeValue *
ib_mime_value_parse (const char *raw)
{
    g_autoptr (IbMimeValue) self = g_new0 (IbMimeValue, 1);
    g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func (piece_free);
    self->parameters = g_ptr_array_new_with_free_func (parameter_free);
    if (!read_word (self, &raw))
        return NULL;

    for (guint i = 0; i < IB_LIMIT_PARAMETERS && *raw != '\0'; i++) {
        Piece *piece = read_piece (&raw);
        if (piece != NULL)
            g_ptr_array_add (pieces, piece);
    }
    gather_all (self, pieces);
    return g_steal_pointer (&self);
}

bool
ib_mime_value_is (const IbMimeValue *self, const char *type, const char *subtype)
{
    return self->type != NULL && g_ascii_strcasecmp (self->type, type) == 0
           && (subtype == NULL || g_ascii_strcasecmp (self->subtype, subtype) == 0);
}

const IbParameter *
ib_mime_value_parameter (const IbMimeValue *self, const char *name)
{
    for (guint i = 0; i < self->parameters->len; i++) {
        const IbParameter *parameter = self->parameters->pdata[i];
        if (g_ascii_strcasecmp (parameter->name, name) == 0)
            return parameter;
    }
    return NULL;
}
