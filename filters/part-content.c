/* part-content.c - what is in a part: its octets, their text, and what a reader sees of it */
#include "html.h"
#include "part-private.h"
#include "text.h"

#include <string.h>

static IbPartInside *
inside_of (const IbPart *self)
{
    return (IbPartInside *) self;
}

static void
forget (GString **content)
{
    if (*content != NULL)
        g_string_free (*content, TRUE);
    *content = NULL;
}

void
ib_part_forget (IbPartInside *self)
{
    forget (&self->content);
    forget (&self->text);
    forget (&self->plain);
}

static const char *
give (const GString *content, gsize *out_length)
{
    *out_length = content->len;
    return content->str;
}

static bool
is_encoded (const IbPart *self)
{
    return self->n_within == 0
           && (self->transfer == IB_TRANSFER_BASE64 || self->transfer == IB_TRANSFER_QUOTED_PRINTABLE);
}

/* The first @length bytes of the body. */
static GString *
decode (const IbPartInside *self, gsize length)
{
    const char *body = self->bytes + self->part.body;
    GString *content = g_string_new (NULL);
    if (self->part.transfer == IB_TRANSFER_BASE64)
        ib_transfer_append_base64 (content, body, length);
    else
        ib_transfer_append_quoted_printable (content, body, length);
    return content;
}

const char *
ib_part_content (const IbPart *self, gsize *out_length)
{
    IbPartInside *inside = inside_of (self);
    if (!is_encoded (self)) {
        *out_length = self->end - self->body;
        return inside->bytes + self->body;
    }
    if (inside->content == NULL)
        inside->content = decode (inside, self->end - self->body);
    return give (inside->content, out_length);
}

static void
append_lines (GString *lines, const char *at, gsize length)
{
    const char *end = at + length;
    while (at < end) {
        const char *newline = memchr (at, '\n', (gsize) (end - at));
        const char *stop = newline != NULL ? newline : end;
        bool has_return = newline != NULL && stop > at && stop[-1] == '\r';
        g_string_append_len (lines, at, stop - at - has_return);
        if (newline != NULL)
            g_string_append (lines, "\r\n");
        at = newline != NULL ? newline + 1 : end;
    }
}

char *
ib_part_lines (const char *bytes, gsize length, gsize *out_length)
{
    GString *lines = g_string_sized_new (length + length / 32 + 1);
    append_lines (lines, bytes, length);
    *out_length = lines->len;
    return g_string_free (lines, FALSE);
}

/* Multiparts that are text for want of parts say nothing of a charset that is meant. */
static const char *
charset_of (const IbPart *self)
{
    const IbParameter *charset = ib_mime_value_parameter (self->type, "charset");
    return charset != NULL && *charset->text != '\0' ? charset->text : NULL;
}

const char *
ib_part_text (const IbPart *self, gsize *out_length)
{
    IbPartInside *inside = inside_of (self);
    if (inside->text == NULL) {
        inside->text = g_string_new (NULL);
        gsize length;
        const char *content = ib_part_content (self, &length);
        if (self->is_text && length > 0) {
            g_autofree char *text = ib_text_from_charset (charset_of (self), content, length);
            append_lines (inside->text, text, strlen (text));
        }
    }
    return give (inside->text, out_length);
}

char *
ib_part_text_beginning (const IbPart *self, gsize most)
{
    const IbPartInside *inside = inside_of (self);
    gsize length = MIN (self->end - self->body, most);
    if (!is_encoded (self))
        return ib_text_from_charset (charset_of (self), inside->bytes + self->body, length);
    g_autoptr (GString) content = decode (inside, length);
    return ib_text_from_charset (charset_of (self), content->str, content->len);
}

const char *
ib_part_plain_text (const IbPart *self, gsize *out_length)
{
    IbPartInside *inside = inside_of (self);
    gsize length;
    const char *text = ib_part_text (self, &length);
    if (!ib_mime_value_is (self->type, "text", "html")) {
        *out_length = length;
        return text;
    }
    if (inside->plain == NULL) {
        inside->plain = g_string_new (NULL);
        ib_html_append_text (inside->plain, text, length);
    }
    return give (inside->plain, out_length);
}

bool
ib_part_is_readable (const IbPart *self)
{
    gsize length;
    const char *content = ib_part_content (self, &length);
    const char *charset = charset_of (self);
    return self->transfer != IB_TRANSFER_UNKNOWN
           && (charset == NULL || ib_text_is_in_charset (charset, content, length));
}
