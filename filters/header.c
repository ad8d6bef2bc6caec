/* header.c - the header of a message as scripts see and edit it */
#include "header.h"

#include <string.h>

/* RFC 5322, 2.1.1: a line should have 78 characters and must not have more than 998. */
#define LINE_BYTES 78
#define WORD_BYTES 900
/* RFC 2047, 2: 75 characters with what stands around it; four of base64 are three bytes. */
#define CODED_BYTES 45

/* An added field: a message that is nothing but it. */
typedef struct {
    char *bytes;
    IbMessage *message;
    bool at_end;
} Added;

struct _IbHeader {
    const IbMessage *message;
    GArray *fields;   /* IbHeaderField */
    GPtrArray *added; /* Added, shared with the headers that this one was made of */
};

static void
added_clear (gpointer pointer)
{
    Added *self = pointer;
    ib_message_free (self->message);
    g_free (self->bytes);
}

static void
added_unref (gpointer pointer)
{
    g_rc_box_release_full (pointer, added_clear);
}

static IbHeader *
header_new (const IbMessage *message, guint count)
{
    IbHeader *self = g_rc_box_new0 (IbHeader);
    self->message = message;
    self->fields = g_array_sized_new (FALSE, FALSE, sizeof (IbHeaderField), count);
    self->added = g_ptr_array_new_with_free_func (added_unref);
    return self;
}

IbHeader *
ib_header_of_part (const IbMessage *message, const IbField *fields, gsize count)
{
    IbHeader *self = header_new (message, (guint) count);
    for (gsize i = 0; i < count; i++) {
        IbHeaderField field = { message, &fields[i] };
        g_array_append_val (self->fields, field);
    }
    return self;
}

IbHeader *
ib_header_new (const IbMessage *message)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    return ib_header_of_part (message, fields, count);
}

IbHeader *
ib_header_ref (IbHeader *self)
{
    return g_rc_box_acquire (self);
}

static void
header_clear (gpointer pointer)
{
    IbHeader *self = pointer;
    g_array_unref (self->fields);
    g_ptr_array_unref (self->added);
}

void
ib_header_unref (IbHeader *self)
{
    if (self != NULL)
        g_rc_box_release_full (self, header_clear);
}

const IbHeaderField *
ib_header_fields (const IbHeader *self, guint *out_count)
{
    *out_count = self->fields->len;
    return (const IbHeaderField *) (gpointer) self->fields->data;
}

const IbMessage *
ib_header_message (const IbHeader *self)
{
    return self->message;
}

/* --- writing a field --------------------------------------------------------------------------------------------- */

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_plain (const char *text, gsize length)
{
    for (gsize i = 0; i < length; i++)
        if ((text[i] < ' ' && text[i] != '\t') || text[i] == 0x7F)
            return false;
    return true;
}

static gsize
word_end (const char *value, gsize at)
{
    while (value[at] != '\0' && !is_blank (value[at]))
        at++;
    return at;
}

static gsize
skip_blanks (const char *value, gsize at)
{
    while (is_blank (value[at]))
        at++;
    return at;
}

/* What stands in one piece: a word, or words in a row that must be coded, with the blanks between them, since those
 * between encoded words mean nothing (RFC 2047, 6.2). */
static gsize
piece_end (const char *value, gsize at, bool *out_is_plain)
{
    gsize end = word_end (value, at);
    *out_is_plain = is_plain (value + at, end - at);
    if (*out_is_plain)
        return end;
    for (;;) {
        gsize next = skip_blanks (value, end), next_end = word_end (value, next);
        if (next == next_end || is_plain (value + next, next_end - next))
            return end;
        end = next_end;
    }
}

static void
append_word (GString *field, gsize *line_start, const char *blanks, gsize blank_count, const char *word,
             gsize length)
{
    if (blank_count > 0 && field->len - *line_start + blank_count + length > LINE_BYTES) {
        *line_start = field->len + 1;
        g_string_append_c (field, '\n');
    }
    g_string_append_len (field, blanks, (gssize) blank_count);
    g_string_append_len (field, word, (gssize) length);
}

/* encoded-word = "=?" charset "?" encoding "?" encoded-text "?=", none of which ends within a character. */
static void
append_coded (GString *field, gsize *line_start, const char *blanks, gsize blank_count, const char *text,
              gsize length)
{
    while (length > 0) {
        gsize taken = MIN (length, CODED_BYTES);
        while (taken < length && taken > 1 && ((guchar) text[taken] & 0xC0) == 0x80)
            taken--;
        g_autofree char *base64 = g_base64_encode ((const guchar *) text, taken);
        g_autofree char *word = g_strdup_printf ("=?utf-8?B?%s?=", base64);
        append_word (field, line_start, blanks, blank_count, word, strlen (word));
        blanks = " ";
        blank_count = 1;
        text += taken;
        length -= taken;
    }
}

static bool
has_endless_word (const char *value)
{
    for (gsize at = 0; value[at] != '\0';) {
        gsize start = at;
        at = word_end (value, skip_blanks (value, at));
        if (at - start > WORD_BYTES)
            return true;
    }
    return false;
}

static char *
write_field (const char *name, const char *value)
{
    GString *field = g_string_new (NULL);
    gsize line_start = 0, at = skip_blanks (value, 0), length = strlen (value);
    g_string_append_printf (field, "%s:", name);
    if (has_endless_word (value)) {
        append_coded (field, &line_start, " ", 1, value + at, length - at);
        at = length;
    }
    const char *blanks = " ";
    gsize blank_count = 1;
    while (value[at] != '\0') {
        bool plain;
        gsize end = piece_end (value, at, &plain);
        (plain ? append_word : append_coded) (field, &line_start, blanks, blank_count, value + at, end - at);
        at = skip_blanks (value, end);
        blanks = value + end;
        blank_count = at - end;
    }
    g_string_append_c (field, '\n');
    return g_string_free (field, FALSE);
}

/* --- edits ------------------------------------------------------------------------------------------------------- */

static Added *
added_new (const char *name, const char *value, bool at_end)
{
    Added *self = g_rc_box_new0 (Added);
    self->bytes = write_field (name, value);
    self->message = ib_message_new (self->bytes, strlen (self->bytes));
    self->at_end = at_end;
    return self;
}

static void
share_added (IbHeader *self, const IbHeader *with)
{
    for (guint i = 0; i < with->added->len; i++)
        g_ptr_array_add (self->added, g_rc_box_acquire (with->added->pdata[i]));
}

IbHeader *
ib_header_with (const IbHeader *self, const char *name, const char *value, bool at_end)
{
    IbHeader *edited = header_new (self->message, self->fields->len + 1);
    Added *added = added_new (name, value, at_end);
    gsize count;
    IbHeaderField field = { added->message, ib_message_fields (added->message, &count) };
    share_added (edited, self);
    g_ptr_array_add (edited->added, added);
    g_array_append_vals (edited->fields, self->fields->data, self->fields->len);
    if (count == 1) /* it is over no limit */
        g_array_insert_val (edited->fields, at_end ? edited->fields->len : 0, field);
    return edited;
}

IbHeader *
ib_header_without (const IbHeader *self, const guint *places, guint count)
{
    IbHeader *edited = header_new (self->message, self->fields->len);
    guint next = 0;
    share_added (edited, self);
    for (guint i = 0; i < self->fields->len; i++) {
        if (next < count && places[next] == i)
            next++;
        else
            g_array_append_val (edited->fields, g_array_index (self->fields, IbHeaderField, i));
    }
    return edited;
}

static const Added *
find_added (const IbHeader *self, const IbHeaderField *field)
{
    for (guint i = 0; i < self->added->len; i++) {
        const Added *added = self->added->pdata[i];
        if (added->message == field->message)
            return added;
    }
    return NULL;
}

bool
ib_header_is_edited (const IbHeader *self)
{
    gsize own;
    (void) ib_message_fields (self->message, &own);
    if (self->fields->len != own)
        return true;
    for (guint i = 0; i < self->fields->len; i++)
        if (g_array_index (self->fields, IbHeaderField, i).message != self->message)
            return true;
    return false;
}

char *
ib_header_added (const IbHeader *self, bool at_end)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < self->fields->len; i++) {
        const IbHeaderField *field = &g_array_index (self->fields, IbHeaderField, i);
        const Added *added = field->message != self->message ? find_added (self, field) : NULL;
        if (added != NULL && added->at_end == at_end)
            g_string_append (text, added->bytes);
    }
    return g_string_free (text, FALSE);
}

GArray *
ib_header_taken_out (const IbHeader *self)
{
    GArray *taken_out = g_array_new (FALSE, FALSE, sizeof (IbField));
    gsize own_count;
    const IbField *own = ib_message_fields (self->message, &own_count), *next = own;
    for (guint i = 0; i < self->fields->len; i++) {
        const IbHeaderField *field = &g_array_index (self->fields, IbHeaderField, i);
        if (field->message != self->message)
            continue;
        g_array_append_vals (taken_out, next, (guint) (field->field - next));
        next = field->field + 1;
    }
    g_array_append_vals (taken_out, next, (guint) (own + own_count - next));
    return taken_out;
}
