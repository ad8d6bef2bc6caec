/* message.h - a message, parsed once for everybody
 *
 * The header block is indexed by us, byte ranges into the original, since delivery must cut and add fields without
 * touching another byte; MIME is GMime's, and only parsed when somebody asks for a part. Never fails: any bytes at all
 * are a message, if a poor one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbMessage IbMessage;

/* One header field as it stands: name at [offset, offset + name_length), the whole of it with folded lines and its line
 * end at [offset, offset + length). */
typedef struct {
    gsize offset, length;
    gsize name_length;
    gsize value_offset;    /* after the colon */
} IbField;

/* @bytes must outlive the message; only the first IB_LIMIT_JUDGED_BYTES are looked at. */
IbMessage *ib_message_new (const char *bytes, gsize length);
void ib_message_free (IbMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMessage, ib_message_free)

const char *ib_message_bytes (const IbMessage *self, gsize *out_length);
/* Fields in the order of the message. */
const IbField *ib_message_fields (const IbMessage *self, gsize *out_count);
/* Where the body begins, after the empty line; the length if there is none. */
gsize ib_message_body_offset (const IbMessage *self);
/* A limit was met: the text names it; NULL if all was looked at. */
const char *ib_message_over_limit (const IbMessage *self);

bool ib_message_field_is (const IbMessage *self, const IbField *field, const char *name);
/* Unfolded, without the surrounding white space, as it stands (8-bit as it is). Returns: (transfer full) */
char *ib_message_field_raw (const IbMessage *self, const IbField *field);
/* The same with encoded words decoded and everything made valid UTF-8. Returns: (transfer full) */
char *ib_message_field_text (const IbMessage *self, const IbField *field);
/* The first field called @name, decoded; NULL if there is none. Returns: (transfer full) (nullable) */
char *ib_message_header (const IbMessage *self, const char *name);

/* For deduplication: hex SHA-256 over Message-ID, From, Date, Subject and the whole of the judged body; NULL without a
 * Message-ID. Returns: (transfer full) (nullable) */
char *ib_message_twin_key (const IbMessage *self);
