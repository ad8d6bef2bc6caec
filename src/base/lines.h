/* lines.h - the lines of a descriptor, and when none comes
 *
 * For a program at the other end that asks line by line and waits for each answer. Constant memory. */
#pragma once

#include <glib.h>

/* Of a line with its end. No path is longer. */
#define IB_LINE_BYTES 65536

typedef enum {
    IB_LINE_READ,
    IB_LINE_TOO_LONG, /* it was passed over */
    IB_LINE_QUIET,    /* nothing came for a while */
    IB_LINE_END,      /* the other end is done, or gone */
} IbLineEvent;

typedef struct _IbLines IbLines;

/* @fd stays the caller's. */
IbLines *ib_lines_new (int fd);
void ib_lines_free (IbLines *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLines, ib_lines_free)

/* Waits for the next line, and for no longer than @quiet_ms (-1: as long as it takes). *out_line, of a line that was read, is
 * without its end, may hold any bytes, has a NUL behind it, and is good until the next call. The last line needs no end. */
IbLineEvent ib_lines_next (IbLines *self, int quiet_ms, const char **out_line, gsize *out_length);
