/* mailbox-use.h - what a mailbox or folder is for: its special use, or its usual names
 *
 * Servers that know RFC 6154 say which mailbox is for what; where nobody says so, the names that mail programs and
 * providers give in the languages they speak. Pure functions. */
#pragma once

#include <glib.h>

typedef enum {
    IB_USE_NONE,
    IB_USE_INBOX,
    IB_USE_JUNK,
    IB_USE_SENT,
    IB_USE_ARCHIVE,
    IB_USE_ALL, /* everything but Junk and Trash, as Gmail has it */
    IB_USE_DRAFTS,
    IB_USE_TRASH,
} IbMailboxUse;

/* @special_use without backslash, "" for none; any that is not listed above is none, too. */
IbMailboxUse ib_mailbox_use_of_attribute (const char *special_use);
/* @name: UTF-8, in any case; below "INBOX.", where some servers have all mailboxes, or not. */
IbMailboxUse ib_mailbox_use_of_name (const char *name);
