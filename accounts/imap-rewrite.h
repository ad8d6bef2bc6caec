/* imap-rewrite.h - what a server fetched, listed or found, written anew in its plainest form
 *
 * What cannot be read is refused, with a reason (static text); or left out, where the rest is none the worse for it. For
 * imap-guard.c, which brings lines: each whole, a gathered literal standing in it as a quoted string; those of a FETCH in
 * parts, which end where a body begins. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbImapRewrite IbImapRewrite;

IbImapRewrite *ib_imap_rewrite_new (void);

/* @part: "* 1 FETCH (…" or what follows a body of it; @of_headers: that is BODY[HEADER], not BODY[]. *body_length: it ends in a
 * literal, which must be a body, and whose bytes belong behind what is appended to @out; NULL: it is the last. */
bool ib_imap_rewrite_fetch (IbImapRewrite *self, const char *part, bool of_headers, const guint64 *body_length,
                            GByteArray *out, const char **out_why);
/* The size of the next BODY[] that went out; to be asked once for each. */
guint64 ib_imap_rewrite_next_body (IbImapRewrite *self);

/* "* LIST (…". */
void ib_imap_rewrite_list (const char *line, GByteArray *out);
/* "* SEARCH …". */
bool ib_imap_rewrite_search (const char *line, GByteArray *out, const char **out_why);

void ib_imap_rewrite_free (IbImapRewrite *self);
