/* message.c - a message, parsed once for everybody
 *
 *     header block, see field.h  body
 *
 * The whole header block is walked to its end, which is linear; what is over a limit is not indexed, but for the
 * X-Inbasket-* fields, which must be found wherever they hide. */
#include "message.h"
#include "digest.h"
#include "mail-limits.h"
#include "part-private.h"
#include "text.h"

#include <string.h>

#define OWN_PREFIX "X-Inbasket-"

struct _IbMessage {
    const char *bytes;
    gsize length;
    GArray *fields;     /* IbField */
    GArray *own_fields; /* IbField: what claims to be ours */
    gsize body;
    const char *over_limit;
    IbParts *parts; /* NULL: nobody has asked */
};

static bool
claims_to_be_ours (const IbMessage *self, const IbField *field)
{
    return field->name_length > strlen (OWN_PREFIX)
           && g_ascii_strncasecmp (self->bytes + field->offset, OWN_PREFIX, strlen (OWN_PREFIX)) == 0;
}

static void
note_limit (IbMessage *self, const char *limit)
{
    if (self->over_limit == NULL)
        self->over_limit = limit;
}

static void
index_field (IbMessage *self, const IbField *field)
{
    if (field->offset + field->length > IB_LIMIT_HEADER_BYTES)
        note_limit (self, "header-bytes");
    else if (self->fields->len == IB_LIMIT_HEADER_FIELDS)
        note_limit (self, "header-fields");
    else
        g_array_append_val (self->fields, *field);

    if (field->length > IB_LIMIT_FIELD_BYTES)
        note_limit (self, "field-bytes");
}

static void
add_field (IbMessage *self, const IbField *field)
{
    index_field (self, field);
    if (!claims_to_be_ours (self, field))
        return;
    if (self->own_fields->len < IB_LIMIT_CUTS)
        g_array_append_val (self->own_fields, *field);
    else
        note_limit (self, "own-fields");
}

/* The fields from @at on, up to the empty line; returns where the body begins. */
static gsize
read_fields (IbMessage *self, gsize at)
{
    IbField open = { 0 }, field;
    IbLine line = { .kind = IB_LINE_JUNK };

    for (; at < self->length && line.kind != IB_LINE_EMPTY; at = line.end) {
        line = ib_field_line (self->bytes, self->length, at);
        if (ib_field_add (&open, &line, &field))
            add_field (self, &field);
    }
    if (open.length > 0)
        add_field (self, &open);
    return at;
}

IbMessage *
ib_message_new (const char *bytes, gsize length)
{
    IbMessage *self = g_new0 (IbMessage, 1);
    self->bytes = length > 0 ? bytes : "";
    self->length = MIN (length, IB_LIMIT_JUDGED_BYTES);
    self->fields = g_array_new (FALSE, FALSE, sizeof (IbField));
    self->own_fields = g_array_new (FALSE, FALSE, sizeof (IbField));

    gsize header, body;
    self->body
        = ib_field_block_begins (self->bytes, self->length, 0, &header, &body) ? read_fields (self, header) : body;
    return self;
}

void
ib_message_free (IbMessage *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->fields);
    g_array_unref (self->own_fields);
    ib_parts_free (self->parts);
    g_free (self);
}

const char *
ib_message_bytes (const IbMessage *self, gsize *out_length)
{
    *out_length = self->length;
    return self->bytes;
}

const IbField *
ib_message_fields (const IbMessage *self, gsize *out_count)
{
    *out_count = self->fields->len;
    return (const IbField *) (gpointer) self->fields->data;
}

const IbField *
ib_message_own_fields (const IbMessage *self, gsize *out_count)
{
    *out_count = self->own_fields->len;
    return (const IbField *) (gpointer) self->own_fields->data;
}

gsize
ib_message_body_offset (const IbMessage *self)
{
    return self->body;
}

gssize
ib_message_header_end (const IbMessage *self)
{
    gsize line = self->body;
    if (line > 0 && self->bytes[line - 1] != '\n')
        return -1;
    if (line > 0)
        line--;
    if (line > 0 && self->bytes[line - 1] == '\r')
        line--;
    bool is_empty = line < self->body && (line == 0 || self->bytes[line - 1] == '\n');
    return (gssize) (is_empty ? line : self->body);
}

/* To whoever looks, a message is the same before and after its parts are found. */
const GPtrArray *
ib_message_parts (const IbMessage *self)
{
    if (self->parts == NULL)
        ((IbMessage *) self)->parts = ib_parts_new (self);
    return ib_parts_list (self->parts);
}

const char *
ib_message_over_limit (const IbMessage *self)
{
    if (self->over_limit == NULL && self->parts != NULL)
        return ib_parts_over_limit (self->parts);
    return self->over_limit;
}

bool
ib_message_field_is (const IbMessage *self, const IbField *field, const char *name)
{
    return ib_field_is (self->bytes, field, name);
}

/* Line ends go, the blanks behind them stay (RFC 5322, 2.2.3). */
static GString *
unfold (const IbMessage *self, const IbField *field)
{
    const char *at = self->bytes + field->value_offset;
    gsize length = MIN (field->length - (field->value_offset - field->offset), IB_LIMIT_FIELD_BYTES);
    const char *end = at + length;
    GString *value = g_string_sized_new (length + 1);

    while (at < end) {
        const char *newline = memchr (at, '\n', (gsize) (end - at));
        const char *stop = newline != NULL ? newline : end;
        const char *next = newline != NULL ? newline + 1 : end;
        if (newline != NULL && stop > at && stop[-1] == '\r')
            stop--;
        g_string_append_len (value, at, stop - at);
        at = next;
    }
    return value;
}

static bool
is_blank (char byte)
{
    return byte == ' ' || byte == '\t';
}

static void
trim (const GString *value, const char **out_start, gsize *out_length)
{
    const char *start = value->str, *end = start + value->len;
    while (start < end && (is_blank (*start) || *start == '\r'))
        start++;
    while (end > start && (is_blank (end[-1]) || end[-1] == '\r'))
        end--;
    *out_start = start;
    *out_length = (gsize) (end - start);
}

char *
ib_message_field_raw (const IbMessage *self, const IbField *field)
{
    g_autoptr (GString) value = unfold (self, field);
    const char *start;
    gsize length;
    trim (value, &start, &length);

    char *raw = g_malloc (length + 1);
    for (gsize i = 0; i < length; i++)
        raw[i] = start[i] != '\0' ? start[i] : ' ';
    raw[length] = '\0';
    return raw;
}

char *
ib_message_field_text (const IbMessage *self, const IbField *field)
{
    g_autoptr (GString) value = unfold (self, field);
    const char *start;
    gsize length;
    trim (value, &start, &length);
    return ib_text_from_header (start, length);
}

static const IbField *
find_field (const IbMessage *self, const char *name)
{
    for (guint i = 0; i < self->fields->len; i++) {
        const IbField *field = &g_array_index (self->fields, IbField, i);
        if (ib_message_field_is (self, field, name))
            return field;
    }
    return NULL;
}

char *
ib_message_header (const IbMessage *self, const char *name)
{
    const IbField *field = find_field (self, name);
    return field != NULL ? ib_message_field_text (self, field) : NULL;
}

/* The length parts the values, so that no value can look like two. */
static void
hash_bytes (IbDigest *hash, const char *bytes, gsize length)
{
    g_autofree char *head = g_strdup_printf ("%zu\n", length);
    ib_digest_add (hash, head, strlen (head));
    ib_digest_add (hash, bytes, length);
}

static void
hash_field (IbDigest *hash, const IbMessage *self, const char *name)
{
    const IbField *field = find_field (self, name);
    g_autofree char *value = field != NULL ? ib_message_field_raw (self, field) : g_strdup ("");
    hash_bytes (hash, value, strlen (value));
}

/* The part of the body that is looked at may not hang on the header's length, which differs between twins. Servers
 * differ by a final line end. */
static void
hash_body (IbDigest *hash, const IbMessage *self)
{
    const char *body = self->bytes + self->body;
    gsize length = MIN (self->length - self->body, IB_LIMIT_JUDGED_BYTES - IB_LIMIT_HEADER_BYTES);
    while (length > 0 && body[length - 1] == '\n')
        length--;
    hash_bytes (hash, body, length);
}

char *
ib_message_twin_key (const IbMessage *self)
{
    const IbField *id = find_field (self, "Message-ID");
    g_autofree char *id_value = id != NULL ? ib_message_field_raw (self, id) : NULL;
    if (id_value == NULL || *id_value == '\0')
        return NULL;

    g_autoptr (IbDigest) hash = ib_digest_new ();
    hash_bytes (hash, id_value, strlen (id_value));
    hash_field (hash, self, "From");
    hash_field (hash, self, "Date");
    hash_field (hash, self, "Subject");
    hash_body (hash, self);
    return ib_digest_finish (hash);
}
