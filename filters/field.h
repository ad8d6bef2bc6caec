/* field.h - a header block, line by line: what a message and each of its parts begin with
 *
 *     (field | junk line)*  empty line */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One header field as it stands: name at [offset, offset + name_length), the whole of it with folded lines and its line
 * end at [offset, offset + length). Offsets count from the beginning of the message, in its parts too. */
typedef struct {
    gsize offset, length;
    gsize name_length;
    gsize value_offset; /* after the colon */
} IbField;

typedef enum { IB_LINE_EMPTY, IB_LINE_FIELD, IB_LINE_FOLDED, IB_LINE_JUNK } IbLineKind;

/* A line with its line end at [offset, end); the rest is set for a field only. */
typedef struct {
    IbLineKind kind;
    gsize offset, end;
    gsize name_length, value_offset;
} IbLine;

/* The line that begins at @offset, which is before @length. */
IbLine ib_field_line (const char *bytes, gsize length, gsize offset);
/* Adds @line, which stands below all those before it, to @open, the field that is being read (zeroed at first). Returns
 * whether the field before it is over; it is then in @out_field. At the end @open is the last field, if it has a length. */
bool ib_field_add (IbField *open, const IbLine *line, IbField *out_field);
/* Behind the comment (RFC 5322, 3.2.2: they nest) that begins at @at; NULL if it does not end. */
const char *ib_field_skip_comment (const char *at);
/* Whether the field is called @name, in any letter case. */
bool ib_field_is (const char *bytes, const IbField *field, const char *name);

/* Where the header block of a message begins that stands at [offset, length): behind an mbox "From " line and a byte
 * order mark. @out_body is where its body begins if it has no header at all: what begins with neither a field nor an
 * empty line is text already. An old relay's ">From " and a folded line without a beginning are junk in front of a
 * header, as all mail clients take them. Returns: whether it has one */
bool ib_field_block_begins (const char *bytes, gsize length, gsize offset, gsize *out_header, gsize *out_body);
