/* standing.h - the messages below a folder, and where each of them stands
 *
 * A Maildir in either layout, a folder of one, or plain folders of message files, to any depth. Only looks: no file is
 * opened, moved or renamed. Links to folders are not followed, hidden files are no messages, and what lies in a tmp/ is
 * not here yet. */
#pragma once

#include "config.h"
#include "story.h"

typedef struct {
    char *path;
    const char *folder;        /* "INBOX", "Lists.foo"; interned. Of a plain folder: its own name */
    char flags[8];             /* "FS": the Maildir's letters of the flags that delivery knows, sorted */
    char id[IB_ID_LENGTH + 1]; /* of a message that we delivered; "" */
} IbStanding;

/* @word: a folder's path, or the name of a folder of the Maildir. IbStanding elements, sorted by path within each
 * folder. Returns: (transfer full) (nullable) */
GPtrArray *ib_standing_list (const IbConfig *config, const char *word, GError **error);
/* The same of a folder alone, where it is one of a Maildir: below an INBOX lie Junk and Trash. Plain folders hold what is
 * below them, too, and other Maildirs, each alone. */
GPtrArray *ib_standing_list_folder (const IbConfig *config, const char *word, GError **error);
/* The id in a file's name that we gave. False, and *out_id untouched, if there is none. *out_id: IB_ID_LENGTH digits and
 * NUL. */
bool ib_standing_read_id (const char *name, char *out_id);
