/* adopt.h - mail that another program has fetched already
 *
 * What is to be fetched no more is told to the journal before the first poll, as messages that were never wanted: nothing
 * becomes of them on the server, and `since` goes on to hold for the others. What that program left for their size is
 * told as open. A mailbox that the journal knows otherwise (another UIDVALIDITY) is left as it is; telling again is
 * no error.
 *
 * Of a program that does not tell, the mail itself tells, if it put that into the same Maildir: what stands there is known by
 * what deduplication goes by, so that it is a duplicate when it is fetched. */
#pragma once

#include "config.h"
#include "import.h"

/* @mailboxes: IbImportMailbox. Needs the home for itself: IB_HOME_ERROR. Blocks. */
bool ib_adopt (const IbPaths *paths, const IbConfig *config, const char *account, const GPtrArray *mailboxes,
               GError **error);

/* Has filter workers read what other programs put into the Maildir; *out_count: how many messages are known by it now. None
 * where there is no Maildir yet, or deduplicate=false. Needs the home for itself: IB_HOME_ERROR; IB_FILTER_ERROR if nobody
 * could read. Runs the default main context. */
bool ib_adopt_maildir (const IbPaths *paths, const IbConfig *config, guint *out_count, GError **error);
