/* fetch-wire-private.h - the inside that fetch-wire's files share
 *
 * fetch-wire.c says which frames there are, and packs the values that many of them hold; fetch-wire-task.c what the service
 * says of the account and of what is here; fetch-wire-orders.c what is to be done on the server, and was; fetch-wire-news.c
 * all else that the worker says. */
#pragma once

#include "fetch-wire.h"

/* Of a frame's 64 KiB, what lists may take, counted with their framing. */
#define IB_FETCH_WIRE_LIST_BYTES (48 * 1024)
/* Of two such lists. */
#define IB_FETCH_WIRE_UIDS (IB_FETCH_WIRE_LIST_BYTES / (gsize) sizeof (guint32) / 2)
/* An error is a sentence or two around IB_LIMIT_SERVER_TEXT characters of up to four bytes or escapes. */
#define IB_FETCH_WIRE_TEXT_BYTES 4096
/* A message that is not handed over: UID, UIDL, flags, date, and both sizes. */
#define IB_FETCH_WIRE_MESSAGE_TYPE "(uayuxtt)"

/* NULL is "". */
GVariant *ib_fetch_wire_pack_bytes (const char *text);
/* What people will see is made safe to show on both sides: by the worker, and by the service's insisting on it. Cut at
 * what the other end takes. Where it says one thing to files and one to the window, as face.h has it, the latter goes: nobody who
 * reads files is lost in it. */
GVariant *ib_fetch_wire_pack_text (const char *text);
GVariant *ib_fetch_wire_pack_numbers (const guint32 *numbers, gsize count);

/* An `ay`: a string of at most @most bytes, with its NUL at the end and nowhere else. What is unpacked points into the
 * frame; false: nonsense. */
bool ib_fetch_wire_read_bytes (GVariant *array, gsize most, const char **out_text);
/* The same of child @index of @body, as all below. */
bool ib_fetch_wire_unpack_bytes (GVariant *body, gsize index, gsize most, const char **out_text);
bool ib_fetch_wire_unpack_text (GVariant *body, gsize index, const char **out_text);
bool ib_fetch_wire_unpack_utf8 (GVariant *body, gsize index, gsize most, const char **out_text);
/* Adds them. */
void ib_fetch_wire_unpack_numbers (GVariant *body, gsize index, GArray *numbers);
/* IbKnownMessage, from and up to these; as a(xtt). */
GVariant *ib_fetch_wire_pack_known (const GArray *known, guint from, guint to);
void ib_fetch_wire_unpack_known (GVariant *body, gsize index, GArray *known);
/* Printable ASCII without blanks, and not empty: as UIDLs are. */
bool ib_fetch_wire_is_identity (const char *text);
