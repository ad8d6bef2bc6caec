/* message.c - a message, parsed once for everybody
 *
 *     (field | junk line)*  empty line  body
 *
 * The whole header block is walked to its end, which is linear; what is over a limit is not indexed, but for the
 * X-Inbasket-* fields, which must be found wherever they hide. */
#include "message.h"
#include "digest.h"
#include "mail-limits.h"
#include "text.h"

#include <string.h>

#define OWN_PREFIX "X-Inbasket-"
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct _IbMessage {
    const char *bytes;
    gsize length;
    GArray *fields;     /* IbField */
    GArray *own_fields; /* IbField: what claims to be ours */
    gsize body;
    const char *over_limit;
};

typedef enum { LINE_EMPTY, LINE_FIELD, LINE_FOLDED, LINE_JUNK } LineKind;

/* A line with its line end at [offset, end); the rest is set for a field only. */
typedef struct {
    LineKind kind;
    gsize offset, end;
    gsize name_length, value_offset;
} Line;

static bool
starts_with (const IbMessage *self, gsize offset, const char *prefix)
{
    gsize length = strlen (prefix);
    return self->length - offset >= length && memcmp (self->bytes + offset, prefix, length) == 0;
}

static gsize
find_line_end (const IbMessage *self, gsize offset)
{
    const char *newline = memchr (self->bytes + offset, '\n', self->length - offset);
    return newline != NULL ? (gsize) (newline - self->bytes) + 1 : self->length;
}

static bool
is_blank (char byte)
{
    return byte == ' ' || byte == '\t';
}

/* optional-field = field-name ":" unstructured CRLF    RFC 5322, 3.6.8; blanks before the colon as in 4.5 */
static bool
read_field_name (const IbMessage *self, Line *line)
{
    gsize at = line->offset;
    while (at < line->end && self->bytes[at] > ' ' && self->bytes[at] < 0x7f && self->bytes[at] != ':')
        at++;
    line->name_length = at - line->offset;

    while (at < line->end && is_blank (self->bytes[at]))
        at++;
    line->value_offset = at + 1;
    return line->name_length > 0 && at < line->end && self->bytes[at] == ':';
}

static Line
read_line (const IbMessage *self, gsize offset)
{
    Line line = { .kind = LINE_JUNK, .offset = offset, .end = find_line_end (self, offset) };
    if (self->bytes[offset] == '\n' || starts_with (self, offset, "\r\n"))
        line.kind = LINE_EMPTY;
    else if (is_blank (self->bytes[offset]))
        line.kind = LINE_FOLDED;
    else if (read_field_name (self, &line))
        line.kind = LINE_FIELD;
    return line;
}

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
        note_limit (self, "the header is longer than 1 MiB");
    else if (self->fields->len == IB_LIMIT_HEADER_FIELDS)
        note_limit (self, "the header has more than 2000 fields");
    else
        g_array_append_val (self->fields, *field);

    if (field->length > IB_LIMIT_FIELD_BYTES)
        note_limit (self, "a header field is longer than 64 KiB");
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
        note_limit (self, "more than 2000 X-Inbasket-* fields");
}

/* The fields from @at on, up to the empty line; returns where the body begins. */
static gsize
read_fields (IbMessage *self, gsize at)
{
    IbField field = { 0 };
    Line line = { .kind = LINE_JUNK };

    for (; at < self->length && line.kind != LINE_EMPTY; at = line.end) {
        line = read_line (self, at);
        if (line.kind == LINE_FOLDED) {
            /* A line that is folded behind junk is junk. */
            field.length += field.length > 0 ? line.end - line.offset : 0;
            continue;
        }
        if (field.length > 0)
            add_field (self, &field);
        field = (IbField){ 0 };
        if (line.kind == LINE_FIELD)
            field = (IbField){ line.offset, line.end - line.offset, line.name_length, line.value_offset };
    }
    if (field.length > 0)
        add_field (self, &field);
    return at;
}

/* What begins with neither a field nor an empty line has no header: its first line is text already. An old relay's
 * ">From " and a folded line without a beginning are junk in front of a header, as all mail clients take them. */
static bool
has_header (const IbMessage *self, gsize at)
{
    return at < self->length && (read_line (self, at).kind != LINE_JUNK || starts_with (self, at, ">From "));
}

IbMessage *
ib_message_new (const char *bytes, gsize length)
{
    IbMessage *self = g_new0 (IbMessage, 1);
    self->bytes = length > 0 ? bytes : "";
    self->length = MIN (length, IB_LIMIT_JUDGED_BYTES);
    self->fields = g_array_new (FALSE, FALSE, sizeof (IbField));
    self->own_fields = g_array_new (FALSE, FALSE, sizeof (IbField));

    gsize at = starts_with (self, 0, "From ") ? find_line_end (self, 0) : 0;
    gsize start = at;
    if (starts_with (self, at, BYTE_ORDER_MARK))
        at += strlen (BYTE_ORDER_MARK);
    self->body = has_header (self, at) ? read_fields (self, at) : start;
    return self;
}

void
ib_message_free (IbMessage *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->fields);
    g_array_unref (self->own_fields);
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

const char *
ib_message_over_limit (const IbMessage *self)
{
    return self->over_limit;
}

bool
ib_message_field_is (const IbMessage *self, const IbField *field, const char *name)
{
    return strlen (name) == field->name_length
           && g_ascii_strncasecmp (self->bytes + field->offset, name, field->name_length) == 0;
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
