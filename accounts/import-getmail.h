/* import-getmail.h - what getmail has fetched, as its oldmail files have it
 *
 * A line for each message: its name, a NUL, when it was first seen. The name is the UIDL, or with IMAP UIDVALIDITY/UID. */
#pragma once

#include "import.h"

/* Fills @mailbox but its name. What is no such line is passed over. */
void ib_getmail_state_parse (const char *bytes, gsize length, bool is_imap, IbImportMailbox *mailbox);
