/* maildir.h - the one Maildir
 *
 * Files are written in tmp/ and renamed, without replacing, into new/ (unread, no info) or cur/ (":2," and sorted
 * letters). The unique part of a name carries the message's id, so that the whole journal can be rebuilt from names:
 *
 *     SECONDS.M<microseconds>_<n>.<id>-<copy>.HOST,S=<bytes on disk>
 *
 * Mail clients move and rename files at any time: a file is found by its unique part, in any folder. What they keep
 * beside the mail (dovecot*, .notmuch, dot files) is ignored, and no symbolic link below the Maildir is followed. */
#pragma once

#include "folder.h"
#include "story.h"

typedef struct _IbMaildir IbMaildir;

typedef enum {
    IB_MAILDIR_ERROR_CHANGED, /* it, or a folder of it, is not what was opened: opened anew, it can be used */
} IbMaildirError;
#define IB_MAILDIR_ERROR (ib_maildir_error_quark ())
GQuark ib_maildir_error_quark (void);

/* Makes the folder with cur/, new/ and tmp/ if missing. */
IbMaildir *ib_maildir_open (const char *path, IbLayout layout, GError **error);
/* Without slashes behind it. */
const char *ib_maildir_path (const IbMaildir *self);
/* Makes a sub-folder (and its parents) if missing: "maildirfolder" file in maildir++. */
bool ib_maildir_make_folder (IbMaildir *self, const char *folder, GError **error);
/* Whether @why, which an attempt to use it came to, is the matter with @folder alone, which is not the INBOX; that the disk is
 * full is not. */
bool ib_maildir_is_about_folder (const char *folder, const GError *why);
/* Existing folders, normalized, sorted, INBOX first: of those that cannot be looked at, none. Returns: (transfer full) */
char **ib_maildir_list (IbMaildir *self);

/* A new file in the tmp/ of @file's folder, which is made if missing; sets .temporary. -1 on error. */
int ib_maildir_create (IbMaildir *self, const IbStory *story, IbStoryFile *file, GError **error);
/* Gives @file its final .name, now that the size is known. */
void ib_maildir_set_size (IbStoryFile *file, guint64 size_on_disk);
/* The same, and sets the mtime of @fd. */
bool ib_maildir_finish (IbMaildir *self, const IbStory *story, IbStoryFile *file, int fd, guint64 size_on_disk,
                        GError **error);
/* Removes .temporary, if there is one. */
void ib_maildir_drop (IbMaildir *self, IbStoryFile *file);
/* Sets .temporary of an earlier run's @file again, if it still waits for its name. False without error if not. */
bool ib_maildir_resume (IbMaildir *self, IbStoryFile *file, GError **error);
/* Renames .temporary into place. Repeating it is no error, nor that a mail client took the file elsewhere since. */
bool ib_maildir_rename (IbMaildir *self, IbStoryFile *file, GError **error);
/* Syncs the tmp/ directories in which @files (IbStoryFile) wait for their names, each once. */
bool ib_maildir_sync_waiting (IbMaildir *self, GPtrArray *files, GError **error);
/* Syncs the directories that @files (IbStoryFile) of this batch went into, each once. */
bool ib_maildir_sync_folders (IbMaildir *self, GPtrArray *files, GError **error);

/* The id in @name, and which of the message's files it is (@out_number may be NULL). False, and nothing written, if it is no
 * name of ours. *out_id: IB_ID_LENGTH hex digits and NUL. */
bool ib_maildir_read_name (const char *name, char *out_id, guint *out_number);
/* Where @file was put, absolute; a mail client may have moved it since. Returns: (transfer full) */
char *ib_maildir_path_of (const IbMaildir *self, const IbStoryFile *file);
/* Where the file whose unique name (before ":" and ",") is that of @name stands now. NULL without error if nowhere.
 * *out_folder (nullable): (transfer full). Returns: the path (transfer full) (nullable) */
char *ib_maildir_find (IbMaildir *self, const char *name, char **out_folder, GError **error);
/* All files with an id of ours: for recovery; one reading of the tree. @path is absolute, @name ends before ":". A
 * file that a client moves from folder to folder meanwhile may be missed: what it matters for is asked for again. */
typedef void (*IbMaildirEach) (const char *folder, const char *path, const char *name, const char *id,
                               gpointer user_data);
bool ib_maildir_scan (IbMaildir *self, IbMaildirEach each, gpointer user_data, GError **error);
/* What a mail server of the user's that reads this Maildir calls its files, as far as it keeps lists of them there: those of its
 * mailboxes that have this UIDVALIDITY. Nothing is told of a list that cannot be read. */
typedef void (*IbMaildirServed) (guint32 uid, const char *name, gpointer user_data);
void ib_maildir_served (IbMaildir *self, guint32 uidvalidity, IbMaildirServed each, gpointer user_data);
/* Moves a file that stands at @path, below the Maildir, to @folder, made if missing, keeping name and flags, durably.
 * Returns: the new path (transfer full) */
char *ib_maildir_move (IbMaildir *self, const char *path, const char *folder, GError **error);
/* Gives the file at @path, below the Maildir, the name @new_path, which no other may have. */
bool ib_maildir_give_name (IbMaildir *self, const char *path, const char *new_path, GError **error);
/* Removes what we left in tmp/ (names of our own form only). */
bool ib_maildir_sweep (IbMaildir *self, GError **error);
void ib_maildir_close (IbMaildir *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMaildir, ib_maildir_close)
