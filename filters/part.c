/* part.c - the parts of a message
 *
 * One walk over the lines, with the parts that are open on a stack. A line is compared with the boundary of each of them,
 * the innermost first, so the walk is linear however the boundaries were chosen; one that belongs to an outer part ends
 * all those within it. */
#include "part-private.h"
#include "mail-limits.h"

#include <string.h>

struct _IbParts {
    GPtrArray *parts; /* IbPartInside */
    GArray *fields;   /* IbField: of all parts but the first; fixed once the walk is over */
    const char *over_limit;
};

/* A part that is not over. */
typedef struct {
    IbPartInside *inside;
    const char *boundary; /* NULL: no multipart, or it is closed */
    gsize boundary_length;
    bool is_closed; /* its last boundary was met */
} Open;

typedef struct {
    IbParts *parts;
    const IbMessage *message;
    const char *bytes;
    gsize length;
    Open open[IB_LIMIT_PART_DEPTH + 1];
    guint depth; /* of the innermost */
    bool in_header;
    bool is_begun; /* the first line of the header was met */
    IbField field; /* that is being read */
    bool is_over;  /* a limit was met */
} Walk;

static Open *
innermost (Walk *walk)
{
    return &walk->open[walk->depth];
}

/* --- what a part is --- */

const IbField *
ib_part_field (const IbPart *self, const char *name)
{
    const IbPartInside *inside = (const IbPartInside *) self;
    for (gsize i = 0; i < self->n_fields; i++)
        if (ib_field_is (inside->bytes, &self->fields[i], name))
            return &self->fields[i];
    return NULL;
}

static char *
read_raw (const IbPartInside *self, const char *name)
{
    const IbField *field = ib_part_field (&self->part, name);
    return field != NULL ? ib_message_field_raw (self->message, field) : NULL;
}

static IbMimeValue *
read_value (const IbPartInside *self, const char *name)
{
    g_autofree char *raw = read_raw (self, name);
    return raw != NULL ? ib_mime_value_parse (raw) : NULL;
}

/* A type that cannot be read counts for none (RFC 2045, 5.2); in a digest the parts are messages (RFC 2046, 5.1.5). */
static IbMimeValue *
read_type (const IbPartInside *self)
{
    IbMimeValue *type = read_value (self, "Content-Type");
    if (type != NULL && type->type != NULL)
        return type;
    ib_mime_value_free (type);
    bool in_digest
        = self->part.parent != NULL && ib_mime_value_is (self->part.parent->type, "multipart", "digest");
    return ib_mime_value_parse (in_digest ? "message/rfc822" : "text/plain");
}

static void
read_kind (IbPartInside *self)
{
    IbPart *part = &self->part;
    part->type = self->type = read_type (self);
    part->disposition = self->disposition = read_value (self, "Content-Disposition");
    g_autofree char *transfer = read_raw (self, "Content-Transfer-Encoding");
    part->transfer = ib_transfer_parse (transfer);

    part->is_multipart = ib_mime_value_is (part->type, "multipart", NULL);
    part->is_text = ib_mime_value_is (part->type, "text", NULL);
}

/* One that is encoded all the same (RFC 2046, 5.2.1 forbids it) is a file to us. */
static bool
holds_message (const IbPart *part)
{
    return (ib_mime_value_is (part->type, "message", "rfc822")
            || ib_mime_value_is (part->type, "message", "global"))
           && (part->transfer == IB_TRANSFER_IDENTITY || part->transfer == IB_TRANSFER_UNKNOWN);
}

/* --- the walk --- */

static void
note_limit (Walk *walk, const char *limit)
{
    if (walk->parts->over_limit == NULL)
        walk->parts->over_limit = limit;
}

static IbPartInside *
add_part (Walk *walk, const IbPart *parent, gsize offset)
{
    IbPartInside *inside = g_new0 (IbPartInside, 1);
    inside->bytes = walk->bytes;
    inside->message = walk->message;
    inside->first_field = walk->parts->fields->len;
    inside->part = (IbPart){
        .parent = parent,
        .index = walk->parts->parts->len,
        .depth = parent != NULL ? parent->depth + 1 : 0,
        .header = offset,
    };
    g_ptr_array_add (walk->parts->parts, inside);
    return inside;
}

/* A part within the innermost one. */
static void
open_part (Walk *walk, gsize offset)
{
    if (walk->parts->parts->len == IB_LIMIT_PARTS) {
        note_limit (walk, "part-count");
        walk->is_over = true;
        return;
    }
    IbPartInside *inside = add_part (walk, &innermost (walk)->inside->part, offset);
    walk->open[++walk->depth] = (Open){ .inside = inside };
    walk->in_header = true;
    walk->is_begun = false;
}

static void
add_field (Walk *walk, const IbField *field)
{
    IbPart *part = &innermost (walk)->inside->part;
    gsize first = innermost (walk)->inside->first_field;
    if (walk->parts->fields->len == IB_LIMIT_PART_FIELDS) {
        note_limit (walk, "part-fields");
        return;
    }
    g_array_append_val (walk->parts->fields, *field);
    /* The array may move once more: ib_parts_new () sets it again. */
    part->fields = &g_array_index (walk->parts->fields, IbField, first);
    part->n_fields = walk->parts->fields->len - first;
}

/* The innermost part's header is read, and its body begins. */
static void
end_header (Walk *walk, gsize body)
{
    IbPartInside *inside = innermost (walk)->inside;
    if (walk->field.length > 0)
        add_field (walk, &walk->field);
    walk->field = (IbField){ 0 };
    walk->in_header = false;
    inside->part.body = body;
    read_kind (inside);
}

static void
look_for_boundary (Open *open)
{
    const IbParameter *boundary = ib_mime_value_parameter (open->inside->part.type, "boundary");
    if (boundary == NULL)
        return;
    gsize length = strlen (boundary->octets);
    while (length > 0 && boundary->octets[length - 1] == ' ')
        length--;
    open->boundary = length > 0 ? boundary->octets : NULL;
    open->boundary_length = length;
}

/* The body of the innermost part begins: are there parts in it? */
static void
enter_body (Walk *walk)
{
    IbPart *part = &innermost (walk)->inside->part;
    bool is_message = holds_message (part) && part->body < walk->length;
    if ((part->is_multipart || is_message) && part->depth == IB_LIMIT_PART_DEPTH) {
        note_limit (walk, "part-depth");
    } else if (part->is_multipart) {
        look_for_boundary (innermost (walk));
    } else if (is_message) {
        open_part (walk, part->body);
        part->is_message = !walk->is_over;
    }
}

/* The first line of a header tells whether there is one. Returns where to go on. */
static gsize
begin_header (Walk *walk, gsize at)
{
    gsize header = at, body = at;
    bool has_header = innermost (walk)->inside->part.parent->is_message
                          ? ib_field_block_begins (walk->bytes, walk->length, at, &header, &body)
                          : ib_field_line (walk->bytes, walk->length, at).kind != IB_LINE_JUNK;
    walk->is_begun = true;
    if (has_header)
        return header;
    end_header (walk, body);
    enter_body (walk);
    return body;
}

static gsize
take_header_line (Walk *walk, gsize at)
{
    IbField done;
    IbLine line = ib_field_line (walk->bytes, walk->length, at);
    if (ib_field_add (&walk->field, &line, &done))
        add_field (walk, &done);
    if (line.kind == IB_LINE_EMPTY) {
        end_header (walk, line.end);
        enter_body (walk);
    }
    return line.end;
}

/* The innermost part is over at @end. */
static void
close_part (Walk *walk, gsize end)
{
    Open *open = innermost (walk);
    IbPart *part = &open->inside->part;
    if (walk->in_header)
        end_header (walk, end);
    part->end = MAX (end, part->body);
    part->n_within = walk->parts->parts->len - part->index - 1;
    if (!part->is_multipart || part->n_within == 0)
        part->prologue_end = part->epilogue = part->end;
    else
        part->epilogue = open->is_closed ? MIN (part->epilogue, part->end) : part->end;
    part->is_text = part->is_text || (part->is_multipart && part->n_within == 0);
}

static bool
is_boundary_character (char c)
{
    return g_ascii_isalnum (c) || (c != '\0' && strchr ("'()+_,-./:=?", c) != NULL);
}

typedef enum { NO_DELIMITER, DELIMITER, LAST_DELIMITER } Delimiter;

/* delimiter := "--" boundary; close-delimiter := delimiter "--"    RFC 2046, 5.1.1
 * @line is what stands behind the "--", without blanks at its end. What follows the boundary may be anything but more of
 * a longer boundary. */
static Delimiter
compare (const Open *open, const char *line, gsize length)
{
    if (open->boundary == NULL || length < open->boundary_length
        || memcmp (line, open->boundary, open->boundary_length) != 0)
        return NO_DELIMITER;
    line += open->boundary_length;
    length -= open->boundary_length;
    if (length == 0)
        return DELIMITER;
    if (length >= 2 && line[0] == '-' && line[1] == '-' && (length == 2 || !is_boundary_character (line[2])))
        return LAST_DELIMITER;
    return is_boundary_character (line[0]) ? NO_DELIMITER : DELIMITER;
}

static Delimiter
find_delimiter (Walk *walk, gsize at, gsize end, guint *out_depth)
{
    const char *line = walk->bytes + at;
    if (end - at < 3 || line[0] != '-' || line[1] != '-')
        return NO_DELIMITER;
    while (end > at + 2 && strchr (" \t\r\n", walk->bytes[end - 1]) != NULL && walk->bytes[end - 1] != '\0')
        end--;
    for (guint i = walk->depth + 1; i-- > 0;) {
        Delimiter found = compare (&walk->open[i], line + 2, end - at - 2);
        if (found != NO_DELIMITER) {
            *out_depth = i;
            return found;
        }
    }
    return NO_DELIMITER;
}

/* The line end in front of a boundary belongs to it. */
static gsize
before_delimiter (const Walk *walk, gsize at, gsize from)
{
    if (at > from && walk->bytes[at - 1] == '\n')
        at--;
    if (at > from && walk->bytes[at - 1] == '\r')
        at--;
    return at;
}

/* All that are within the part at @depth, in front of the delimiter at @at. */
static void
close_parts_within (Walk *walk, guint depth, gsize at)
{
    gsize end = 0; /* of what was closed: a header without a body reaches as far as @at */
    for (; walk->depth > depth; walk->depth--) {
        gsize before = before_delimiter (walk, at, innermost (walk)->inside->part.body);
        end = walk->in_header ? at : MAX (before, end);
        close_part (walk, end);
    }
}

/* The delimiter of the part at @depth stands at [@at, @next). */
static void
take_delimiter (Walk *walk, Delimiter delimiter, guint depth, gsize at, gsize next)
{
    close_parts_within (walk, depth, at);
    Open *open = innermost (walk);
    IbPart *part = &open->inside->part;
    if (part->index + 1 == walk->parts->parts->len)
        part->prologue_end = before_delimiter (walk, at, part->body);
    if (delimiter == DELIMITER) {
        open_part (walk, next);
        return;
    }
    open->boundary = NULL;
    open->is_closed = true;
    part->epilogue = next;
}

/* Returns where the next line begins. */
static gsize
take_line (Walk *walk, gsize at)
{
    const char *newline = memchr (walk->bytes + at, '\n', walk->length - at);
    gsize end = newline != NULL ? (gsize) (newline - walk->bytes) + 1 : walk->length;
    guint depth;
    Delimiter delimiter = find_delimiter (walk, at, end, &depth);
    if (delimiter != NO_DELIMITER)
        take_delimiter (walk, delimiter, depth, at, end);
    else if (walk->in_header && !walk->is_begun)
        return begin_header (walk, at);
    else if (walk->in_header)
        return take_header_line (walk, at);
    return end;
}

/* The message itself, whose header is read already. */
static void
begin_walk (Walk *walk)
{
    IbPartInside *whole = add_part (walk, NULL, 0);
    whole->part.fields = ib_message_fields (walk->message, &whole->part.n_fields);
    walk->open[0] = (Open){ .inside = whole };
    end_header (walk, ib_message_body_offset (walk->message));
    enter_body (walk);
}

static void
walk_lines (Walk *walk)
{
    gsize at = innermost (walk)->inside->part.header;
    if (walk->depth == 0)
        at = innermost (walk)->inside->part.body;
    if (walk->depth == 0 && innermost (walk)->boundary == NULL)
        return;
    while (at < walk->length && !walk->is_over)
        at = take_line (walk, at);
}

/* What is still open at the end, or where a limit was met. */
static void
end_walk (Walk *walk)
{
    for (; walk->depth > 0; walk->depth--)
        close_part (walk, walk->length);
    close_part (walk, walk->length);
}

static void
inside_free (gpointer pointer)
{
    IbPartInside *self = pointer;
    ib_mime_value_free (self->type);
    ib_mime_value_free (self->disposition);
    ib_part_forget (self);
    g_free (self);
}

IbParts *
ib_parts_new (const IbMessage *message)
{
    IbParts *self = g_new0 (IbParts, 1);
    self->parts = g_ptr_array_new_with_free_func (inside_free);
    self->fields = g_array_new (FALSE, FALSE, sizeof (IbField));

    Walk walk = { .parts = self, .message = message };
    walk.bytes = ib_message_bytes (message, &walk.length);
    begin_walk (&walk);
    walk_lines (&walk);
    end_walk (&walk);
    for (guint i = 1; i < self->parts->len; i++) {
        IbPartInside *inside = self->parts->pdata[i];
        inside->part.fields = (const IbField *) (gpointer) self->fields->data + inside->first_field;
    }
    return self;
}

void
ib_parts_free (IbParts *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->parts);
    g_array_unref (self->fields);
    g_free (self);
}

const GPtrArray *
ib_parts_list (const IbParts *self)
{
    return self->parts;
}

const char *
ib_parts_over_limit (const IbParts *self)
{
    return self->over_limit;
}

const char *
ib_part_filename (const IbPart *self)
{
    const IbParameter *name = NULL;
    if (self->disposition != NULL)
        name = ib_mime_value_parameter (self->disposition, "filename");
    if (name == NULL)
        name = ib_mime_value_parameter (self->type, "name");
    return name != NULL ? name->text : NULL;
}
