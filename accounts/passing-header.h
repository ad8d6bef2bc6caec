/* passing-header.h - what a header that streams by tells of its message: by what it is known, and when it was written
 *
 * Fed with a message (or its header, as TOP gives it) in any chunks; looks no further than the first empty line. The
 * digest is that of all header lines but those which servers change from one session to the next: Status, X-Status,
 * X-UIDL, X-Keywords, Content-Length. Line ends do not count. The mark is that of its first Message-ID. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbPassingHeader IbPassingHeader;

IbPassingHeader *ib_passing_header_new (void);
/* Returns: how many of the bytes belong to the header, its empty line included */
gsize ib_passing_header_feed (IbPassingHeader *self, const char *bytes, gsize length);
/* SHA-256 in hex of what was fed; ends the feeding. Valid as long as @self. */
const char *ib_passing_header_digest (IbPassingHeader *self);
/* As ib_passing_header_mark_of () has it; ends the feeding. */
guint64 ib_passing_header_mark (IbPassingHeader *self);
/* Once the empty line was fed, a SHA-256 of the lines that the digest is of, and of that one, to go on with; else NULL.
 * (transfer full) (nullable) */
GChecksum *ib_passing_header_begin_body (const IbPassingHeader *self);
/* Seconds since 1970 of the Date field; 0 if there is none that can be read. */
gint64 ib_passing_header_date (const IbPassingHeader *self);
/* Whether the first line is a POP3 answer: the server is out of step. */
bool ib_passing_header_is_answer (const IbPassingHeader *self);
void ib_passing_header_free (IbPassingHeader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPassingHeader, ib_passing_header_free)

/* A number by which a message is known again: it goes by the Message-ID alone, and neither by how blanks and line breaks in it were
 * kept, nor by what is no ASCII. 0: there is nothing in @message_id. */
guint64 ib_passing_header_mark_of (const char *message_id);

/* date-time of RFC 5322, 3.3 and 4.3, as lenient as it can be without guessing. 0 if it cannot be read. */
gint64 ib_passing_header_parse_date (const char *text);
