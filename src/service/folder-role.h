/* folder-role.h - what a folder is for, as its name tells: pure
 *
 * Names as mail clients and servers give them, in either layout, below another folder, in several languages and in modified
 * UTF-7, too. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    IB_ROLE_ORDINARY, /* the INBOX, and wherever people keep their mail */
    IB_ROLE_JUNK,
    IB_ROLE_SENT, /* what the user wrote */
    IB_ROLE_ASIDE, /* trash, drafts, outbox, templates, collections of spam: being there says nothing of a message */
} IbFolderRole;

/* @folder: "INBOX", "Lists.foo"; a mailbox as its server writes it, "[Gmail]/Sent Mail", will do, too. */
IbFolderRole ib_folder_role (const char *folder);
