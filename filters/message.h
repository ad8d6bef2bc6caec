/* message.h - a message, parsed once for everybody
 *
 * The header block is indexed by us, byte ranges into the original, since delivery must cut and add fields without
 * touching another byte; its parts (part.h) are only looked for when somebody asks for one. Never fails: any bytes at all
 * are a message, if a poor one. */
#pragma once

#include "field.h"

typedef struct _IbMessage IbMessage;
typedef struct _IbParts IbParts;

/* @bytes must outlive the message (NULL is an empty one); only the first IB_LIMIT_JUDGED_BYTES are looked at.
 *
 * The header block ends at the first empty line. Each of its lines is a field, folded on to one, or junk (no colon, no
 * name), which belongs to no field and is passed over. An mbox "From " line, a byte order mark or a folded line in front
 * are such junk. A message whose first line is none of all these has no header: its body begins there. */
IbMessage *ib_message_new (const char *bytes, gsize length);
void ib_message_free (IbMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMessage, ib_message_free)

/* As far as they are looked at. */
const char *ib_message_bytes (const IbMessage *self, gsize *out_length);
/* Fields in the order of the message. */
const IbField *ib_message_fields (const IbMessage *self, gsize *out_count);
/* The fields called X-Inbasket-*, wherever they stand in the header block and over its limits too: up to
 * IB_LIMIT_CUTS. Delivery takes them out, since only we may write them. */
const IbField *ib_message_own_fields (const IbMessage *self, gsize *out_count);
/* Where the body begins, after the empty line; the length if there is none. */
gsize ib_message_body_offset (const IbMessage *self);
/* Where a field at the end of the header goes: before the empty line. -1: nowhere, since the header is not whole. */
gssize ib_message_header_end (const IbMessage *self);
/* Elements: const IbPart, see part.h; the first is the message itself. Looked for when first asked for. */
const GPtrArray *ib_message_parts (const IbMessage *self);
/* A limit of the header was met, or of the parts if they were asked for, and what is over it is not in the fields or
 * parts: "header-bytes", "header-fields", "field-bytes", "own-fields"; "part-count", "part-fields", "part-depth". NULL if
 * none was. */
const char *ib_message_over_limit (const IbMessage *self);

bool ib_message_field_is (const IbMessage *self, const IbField *field, const char *name);
/* Unfolded, without the surrounding white space, as it stands (8-bit as it is), but NUL as a blank; at most
 * IB_LIMIT_FIELD_BYTES. Structured values (addresses) are parsed from this. Returns: (transfer full) */
char *ib_message_field_raw (const IbMessage *self, const IbField *field);
/* The same with encoded words decoded and everything made valid UTF-8. Returns: (transfer full) */
char *ib_message_field_text (const IbMessage *self, const IbField *field);
/* The first field called @name, decoded; NULL if there is none. Returns: (transfer full) (nullable) */
char *ib_message_header (const IbMessage *self, const char *name);

/* For deduplication: hex SHA-256 over Message-ID, From, Date, Subject and the body (its first 7 MiB, without the line
 * ends at its end, in which servers differ): the same whatever way a message came and whatever other fields it has. NULL
 * without a Message-ID. Returns: (transfer full) (nullable) */
char *ib_message_twin_key (const IbMessage *self);
