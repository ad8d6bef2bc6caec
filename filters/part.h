/* part.h - the parts of a message (RFC 2045, 2046), found when first asked for, once for everybody
 *
 *     message ─split─▶ parts in document order ─decode─▶ octets ─charset─▶ text ─reduce─▶ plain text
 *
 * The message itself is the first part; the parts of a multipart and the message in a message/rfc822 follow it, each
 * before those within it. Nothing is too broken to be split: what has no end ends with what is around it, and what is
 * over a limit is not split any further. A range counts from the beginning of the message, so that its bytes and fields
 * are read as those of the message are (ib_message_field_text ()). What is decoded is kept, and its memory is the
 * message's; it comes to a few times IB_LIMIT_JUDGED_BYTES at most. */
#pragma once

#include "message.h"
#include "mime-value.h"
#include "transfer.h"

typedef struct _IbPart IbPart;
struct _IbPart {
    const IbPart *parent; /* NULL: the message itself */
    guint index;          /* its place among the parts */
    guint n_within;       /* the parts within it, at any depth: those behind it */
    guint depth;          /* 0: the message itself */

    /* Its header is at [header, body), its body at [body, end), without the line end that belongs to a boundary. */
    gsize header, body, end;
    const IbField *fields;
    gsize n_fields;

    const IbMimeValue *type;        /* what it is taken for: text/plain if it does not say; never NULL */
    const IbMimeValue *disposition; /* NULL if it does not say */
    IbTransfer transfer;
    bool is_multipart;
    bool is_message; /* holds a message, which is the one part directly within it */
    bool is_text; /* text/…, or a multipart in which nothing could be found: mail clients show its body */

    /* Of a multipart: what stands before its first boundary and behind its last one; as the body, else. */
    gsize prologue_end, epilogue;
};

/* The first field called @name; NULL if there is none. */
const IbField *ib_part_field (const IbPart *self, const char *name);
/* The name that it should have as a file, decoded, by its disposition or its type; NULL if none. */
const char *ib_part_filename (const IbPart *self);

/* The body without its transfer encoding. Of what holds other parts, it is as it stands. */
const char *ib_part_content (const IbPart *self, gsize *out_length);
/* The same as valid UTF-8 with CRLF as line ends, if it is text; else empty. */
const char *ib_part_text (const IbPart *self, gsize *out_length);
/* The text of the first @most bytes of the body alone, with the line ends that it has; a character that is cut in two may
 * be U+FFFD. Nothing is kept. Returns: (transfer full) */
char *ib_part_text_beginning (const IbPart *self, gsize most);
/* What a reader sees of that text: HTML without its marks. */
const char *ib_part_plain_text (const IbPart *self, gsize *out_length);
/* Whether its transfer encoding and charset are known, and everything in it has a meaning by them. */
bool ib_part_is_readable (const IbPart *self);
/* Raw bytes with CRLF as line ends. Returns: (transfer full) */
char *ib_part_lines (const char *bytes, gsize length, gsize *out_length);
