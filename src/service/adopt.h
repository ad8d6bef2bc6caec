/* adopt.h - mail that another program has fetched already
 *
 * What is to be fetched no more is told to the journal before the first poll, as messages that were never wanted: nothing
 * becomes of them on the server, and `since` goes on to hold for the others. What that program left for their size is
 * told as open. A mailbox that the journal knows otherwise (another UIDVALIDITY) is left as it is; telling again is
 * no error. */
#pragma once

#include "config.h"
#include "import.h"

/* @mailboxes: IbImportMailbox. Needs the home for itself: IB_HOME_ERROR. Blocks. */
bool ib_adopt (const IbPaths *paths, const IbConfig *config, const char *account, const GPtrArray *mailboxes,
               GError **error);
