/* passing-content.h - a message that streams by: is it one that is known by its bytes?
 *
 * For what has no Message-ID. Fed with a whole message in any chunks, CRLF and LF being the same; constant memory. Header fields
 * that servers add and change from one session to the next (passing-header.h) may have been added since. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbPassingContent IbPassingContent;

IbPassingContent *ib_passing_content_new (void);
void ib_passing_content_feed (IbPassingContent *self, const char *bytes, gsize length);
/* Whether its bytes are those of @content, as ib_passing_content_of () has it; ends the feeding. */
bool ib_passing_content_is (IbPassingContent *self, guint64 content);
/* As ib_passing_header_mark () has it; ends the feeding. */
guint64 ib_passing_content_mark (IbPassingContent *self);
/* Whether the first line is a POP3 answer: the server is out of step. */
bool ib_passing_content_is_answer (const IbPassingContent *self);
void ib_passing_content_free (IbPassingContent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPassingContent, ib_passing_content_free)

/* A number by which bytes are known again, line ends being LF, of their SHA-256 in hex. 0: @digest is none, or NULL. */
guint64 ib_passing_content_of (const char *digest);
