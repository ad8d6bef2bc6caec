/* packed.c - numbers and texts, one after the other, in a frame's bytes
 *
 * number = 8 bytes, as the machine has them; double = 8 bytes
 * bytes  = number (their length), the bytes
 * text   = number (its length and 1; 0 for NULL), its bytes, NUL                    both ends are one machine */
#include "packed.h"

#include <string.h>

void
ib_pack_number (GByteArray *out, guint64 number)
{
    g_byte_array_append (out, (const guint8 *) &number, sizeof number);
}

void
ib_pack_double (GByteArray *out, double number)
{
    g_byte_array_append (out, (const guint8 *) &number, sizeof number);
}

void
ib_pack_bytes (GByteArray *out, const void *bytes, gsize length)
{
    ib_pack_number (out, length);
    g_byte_array_append (out, bytes, (guint) length);
}

void
ib_pack_text (GByteArray *out, const char *text)
{
    if (text == NULL)
        ib_pack_number (out, 0);
    else
        ib_pack_bytes (out, text, strlen (text) + 1);
}

void
ib_pack_list (GByteArray *out, const char *const *texts)
{
    gsize count = 0;
    while (texts[count] != NULL)
        count++;
    ib_pack_number (out, count);
    for (gsize i = 0; i < count; i++)
        ib_pack_text (out, texts[i]);
}

/* --- reading ----------------------------------------------------------------------------------------------- */

void
ib_packed_init (IbPacked *self, const void *bytes, gsize length)
{
    *self = (IbPacked){ .at = bytes, .left = length };
}

/* The next @length bytes; NULL if there are not so many. */
static const void *
take (IbPacked *self, guint64 length)
{
    if (self->is_broken || length > self->left) {
        self->is_broken = true;
        return NULL;
    }
    const void *bytes = self->at;
    self->at += length;
    self->left -= length;
    return bytes;
}

/* Nothing is aligned. */
static guint64
take_number (IbPacked *self)
{
    guint64 number = 0;
    const void *bytes = take (self, sizeof number);
    if (bytes != NULL)
        memcpy (&number, bytes, sizeof number);
    return number;
}

guint64
ib_packed_number (IbPacked *self, guint64 most)
{
    guint64 number = take_number (self);
    if (number <= most)
        return number;
    self->is_broken = true;
    return 0;
}

gint64
ib_packed_signed (IbPacked *self)
{
    return (gint64) take_number (self);
}

double
ib_packed_double (IbPacked *self)
{
    double number = 0;
    const void *bytes = take (self, sizeof number);
    if (bytes != NULL)
        memcpy (&number, bytes, sizeof number);
    return number;
}

bool
ib_packed_bool (IbPacked *self)
{
    return ib_packed_number (self, 1) != 0;
}

const void *
ib_packed_bytes (IbPacked *self, gsize *out_length)
{
    guint64 length = take_number (self);
    const void *bytes = take (self, length);
    *out_length = bytes != NULL ? length : 0;
    return bytes != NULL ? bytes : "";
}

const char *
ib_packed_nullable (IbPacked *self)
{
    guint64 length = take_number (self);
    if (length == 0)
        return NULL;
    const char *text = take (self, length);
    if (text != NULL && memchr (text, '\0', length) == text + length - 1)
        return text;
    self->is_broken = true;
    return NULL;
}

const char *
ib_packed_text (IbPacked *self)
{
    const char *text = ib_packed_nullable (self);
    if (text != NULL)
        return text;
    self->is_broken = true;
    return "";
}

guint
ib_packed_count (IbPacked *self, guint most)
{
    guint64 count = ib_packed_number (self, most);
    if (count <= self->left)
        return (guint) count;
    self->is_broken = true;
    return 0;
}

char **
ib_packed_list (IbPacked *self, guint most)
{
    guint count = ib_packed_count (self, most);
    char **texts = g_new0 (char *, (gsize) count + 1);
    for (guint i = 0; i < count; i++)
        texts[i] = g_strdup (ib_packed_text (self));
    return texts;
}

bool
ib_packed_is_whole (const IbPacked *self)
{
    return !self->is_broken && self->left == 0;
}
