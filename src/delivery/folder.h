/* folder.h - folder name ⇄ directory
 *
 * A folder is "INBOX" or levels with "." between ("/" is taken as the same): "Lists.foo". On disk it is the Maildir
 * itself for INBOX, ".Lists.foo" (maildir++) or "Lists/foo" (fs). Pure. UTF-8 in NFC; what cannot be a folder
 * (empty level, control character, a level with a blank at either end, "~" in front, "cur" "new" "tmp" as a level,
 * "notmuch" alone, more than 200 bytes) is an error, so that no name from outside leads out of the Maildir, a name
 * means the same in both layouts, and no other program's files are taken for a folder. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef enum { IB_LAYOUT_MAILDIRPP, IB_LAYOUT_FS } IbLayout;

/* The one spelling of @name: "inbox" in any case is INBOX, "/" is ".". Returns: (transfer full) (nullable) */
char *ib_folder_normalize (const char *name, GError **error);
/* Path below the Maildir, "" for INBOX. @name is normalized. Returns: (transfer full) */
char *ib_folder_to_directory (const char *name, IbLayout layout);
/* The other way; NULL for what is no folder of ours (dot files, cur, new, tmp). A name that a mail client gave is kept
 * as it is, normalized or not, so that its directory is found again. Returns: (transfer full) (nullable) */
char *ib_folder_from_directory (const char *directory, IbLayout layout);
