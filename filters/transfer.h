/* transfer.h - what stands behind a Content-Transfer-Encoding (RFC 2045, 6), however badly it was encoded */
#pragma once

#include <glib.h>

typedef enum {
    IB_TRANSFER_IDENTITY, /* 7bit, 8bit, binary, none named */
    IB_TRANSFER_QUOTED_PRINTABLE,
    IB_TRANSFER_BASE64,
    IB_TRANSFER_UNKNOWN, /* stays as it is */
} IbTransfer;

/* @raw: the field's value; NULL: there is none. */
IbTransfer ib_transfer_parse (const char *raw);

/* What is no base64 is passed over; padding may be missing, and may stand between two encoded texts. */
void ib_transfer_append_base64 (GString *octets, const char *text, gsize length);
/* An escape without two digits stays as it is, as RFC 2045, 6.7 advises. */
void ib_transfer_append_quoted_printable (GString *octets, const char *text, gsize length);
