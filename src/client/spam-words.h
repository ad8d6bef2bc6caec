/* spam-words.h - how spam came in, and how much, in words: the same on a terminal, on a page and in a window
 *
 * @cause: as in the document of `inbasket report`: "beside-mx", "relay", "unprotected", "no-server-filter", "filtered". */
#pragma once

#include <glib.h>

/* "beside the MX"; @cause itself if it is not known. */
const char *ib_spam_words_title (const char *cause);
/* What happened, a sentence; "" if @cause is not known. */
const char *ib_spam_words_meaning (const char *cause);
/* "120 messages came, 34 of them spam: 30 caught, 4 came through; 1 good one was caught". Returns: (transfer full) */
char *ib_spam_words_summary (guint64 mail, guint64 caught, guint64 came_through, guint64 good_caught);
/* "Less than in the same time before (12)". @mail_before: all that came then. Returns: (transfer full) */
char *ib_spam_words_trend (guint64 spam, guint64 mail_before, guint64 spam_before);
