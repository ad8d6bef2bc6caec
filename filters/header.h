/* header.h - the header of a message as scripts see and edit it
 *
 *     added in front ─▶ the message's own fields, less those taken out ─▶ added at the end
 *
 * A value: an edit makes a new header and leaves the old one to those who hold it, so that an action keeps the header
 * as it was at its time (RFC 5293, 6). The body is never touched; a field that stays is the message's, byte for byte.
 * A part of a message has a header, too; nobody edits it. */
#pragma once

#include "message.h"

typedef struct {
    const IbMessage *message; /* that .field indexes: the message itself, or one that holds an added field only */
    const IbField *field;
} IbHeaderField;

typedef struct _IbHeader IbHeader;

/* As it came. @message must outlive the header and all that are made of it. */
IbHeader *ib_header_new (const IbMessage *message);
/* The fields of a part of @message: both must outlive the header. */
IbHeader *ib_header_of_part (const IbMessage *message, const IbField *fields, gsize count);
IbHeader *ib_header_ref (IbHeader *self);
void ib_header_unref (IbHeader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeader, ib_header_unref)

/* In order. */
const IbHeaderField *ib_header_fields (const IbHeader *self, guint *out_count);
const IbMessage *ib_header_message (const IbHeader *self);
bool ib_header_is_edited (const IbHeader *self);

/* With one field more, in front of all others or behind them. @name must be a field's name and @value a text without
 * line ends; what is not ASCII becomes encoded words (RFC 2047), long lines are folded. Returns: (transfer full) */
IbHeader *ib_header_with (const IbHeader *self, const char *name, const char *value, bool at_end);
/* Without the @count fields at @places, which ascend. Returns: (transfer full) */
IbHeader *ib_header_without (const IbHeader *self, const guint *places, guint count);

/* The added fields in front, or at the end, as they are written into the message; "" if there are none.
 * Returns: (transfer full) */
char *ib_header_added (const IbHeader *self, bool at_end);
/* The message's own fields that were taken out, in its order. Elements: IbField. Returns: (transfer full) */
GArray *ib_header_taken_out (const IbHeader *self);
