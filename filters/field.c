/* field.c - a header block, line by line */
#include "field.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static bool
starts_with (const char *bytes, gsize length, gsize offset, const char *prefix)
{
    gsize prefix_length = strlen (prefix);
    return length - offset >= prefix_length && memcmp (bytes + offset, prefix, prefix_length) == 0;
}

static gsize
find_line_end (const char *bytes, gsize length, gsize offset)
{
    const char *newline = memchr (bytes + offset, '\n', length - offset);
    return newline != NULL ? (gsize) (newline - bytes) + 1 : length;
}

static bool
is_blank (char byte)
{
    return byte == ' ' || byte == '\t';
}

/* optional-field = field-name ":" unstructured CRLF    RFC 5322, 3.6.8; blanks before the colon as in 4.5 */
static bool
read_field_name (const char *bytes, IbLine *line)
{
    gsize at = line->offset;
    while (at < line->end && bytes[at] > ' ' && bytes[at] < 0x7f && bytes[at] != ':')
        at++;
    line->name_length = at - line->offset;

    while (at < line->end && is_blank (bytes[at]))
        at++;
    line->value_offset = at + 1;
    return line->name_length > 0 && at < line->end && bytes[at] == ':';
}

IbLine
ib_field_line (const char *bytes, gsize length, gsize offset)
{
    IbLine line = { .kind = IB_LINE_JUNK, .offset = offset, .end = find_line_end (bytes, length, offset) };
    if (bytes[offset] == '\n' || starts_with (bytes, length, offset, "\r\n"))
        line.kind = IB_LINE_EMPTY;
    else if (is_blank (bytes[offset]))
        line.kind = IB_LINE_FOLDED;
    else if (read_field_name (bytes, &line))
        line.kind = IB_LINE_FIELD;
    return line;
}

bool
ib_field_add (IbField *open, const IbLine *line, IbField *out_field)
{
    if (line->kind == IB_LINE_FOLDED) {
        /* A line that is folded behind junk is junk. */
        open->length += open->length > 0 ? line->end - line->offset : 0;
        return false;
    }
    IbField before = *open;
    *open = (IbField){ 0 };
    if (line->kind == IB_LINE_FIELD)
        *open = (IbField){ line->offset, line->end - line->offset, line->name_length, line->value_offset };
    if (before.length > 0)
        *out_field = before;
    return before.length > 0;
}

const char *
ib_field_skip_comment (const char *at)
{
    guint depth = 0;
    for (; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return NULL;
}

bool
ib_field_is (const char *bytes, const IbField *field, const char *name)
{
    return strlen (name) == field->name_length
           && g_ascii_strncasecmp (bytes + field->offset, name, field->name_length) == 0;
}

bool
ib_field_block_begins (const char *bytes, gsize length, gsize offset, gsize *out_header, gsize *out_body)
{
    gsize at = offset;
    if (starts_with (bytes, length, at, "From "))
        at = find_line_end (bytes, length, at);
    *out_body = at;
    if (starts_with (bytes, length, at, BYTE_ORDER_MARK))
        at += strlen (BYTE_ORDER_MARK);
    *out_header = at;
    return at < length
           && (ib_field_line (bytes, length, at).kind != IB_LINE_JUNK
               || starts_with (bytes, length, at, ">From "));
}
