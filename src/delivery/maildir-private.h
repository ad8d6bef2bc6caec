/* maildir-private.h - what maildir.c and survey.c share */
#pragma once

#include "maildir.h"

/* The directory @directory below the root, level by level, through no link; -1 and errno. */
int ib_maildir_open_below (const IbMaildir *self, const char *directory);
/* The paths below the Maildir of all folders, INBOX ("") first. (transfer full) */
GPtrArray *ib_maildir_directories (IbMaildir *self);
/* What to call a directory's folder, also one whose name no folder of ours could have. Returns: (transfer full) */
char *ib_maildir_folder_of (const IbMaildir *self, const char *directory);
