/* pop3-header.h - what a message without a UIDL is known by, and when it was written
 *
 * Fed with a message (or its header, as TOP gives it) in any chunks; looks no further than the first empty line. The
 * digest is that of all header lines but those which servers change from one session to the next: Status, X-Status,
 * X-UIDL, X-Keywords, Content-Length. Line ends do not count. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbPop3Header IbPop3Header;

IbPop3Header *ib_pop3_header_new (void);
void ib_pop3_header_feed (IbPop3Header *self, const char *bytes, gsize length);
/* SHA-256 in hex of what was fed; ends the feeding. Valid as long as @self. */
const char *ib_pop3_header_digest (IbPop3Header *self);
/* Seconds since 1970 of the Date field; 0 if there is none that can be read. */
gint64 ib_pop3_header_date (const IbPop3Header *self);
/* Whether the first line is a POP3 answer: the server is out of step. */
bool ib_pop3_header_is_answer (const IbPop3Header *self);
void ib_pop3_header_free (IbPop3Header *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPop3Header, ib_pop3_header_free)

/* date-time of RFC 5322, 3.3 and 4.3, as lenient as it can be without guessing. 0 if it cannot be read. */
gint64 ib_pop3_parse_date (const char *text);
