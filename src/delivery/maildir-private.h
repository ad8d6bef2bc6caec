/* maildir-private.h - the inside that the Maildir's files share
 *
 * maildir.c opens it, and takes files to their places; maildir-folders.c keeps folders open, and makes them;
 * maildir-names.c says what a file is called; maildir-read.c reads what stands there, and maildir-served.c what a mail
 * server has noted of it. survey.c looks through it, too. */
#pragma once

#include "maildir.h"

typedef enum { IB_MAILDIR_TMP, IB_MAILDIR_NEW, IB_MAILDIR_CUR, IB_MAILDIR_PARTS } IbMaildirPart;

struct _IbMaildir {
    char *path;
    IbLayout layout;
    int root;
    char *host;
    guint counter;      /* of the names given by this process */
    GHashTable *places; /* folder name → IbMaildirPlace */
    int trouble;        /* the first errno of the last reading, but for what is merely gone or no folder */
};

/* Sets @error: what was attempted, and @number's words. Returns: false */
bool ib_maildir_fail (int number, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* --- folders -------------------------------------------------------------------------------------------- */

/* A folder's open directories. */
typedef struct {
    int parts[IB_MAILDIR_PARTS];
    int trouble[IB_MAILDIR_PARTS]; /* errno, where no file can get a name; 0 */
} IbMaildirPlace;

/* A table for .places, which closes what is taken out of it. */
GHashTable *ib_maildir_new_places (void);
/* The open @folder, made if missing. Valid until the next call. */
const IbMaildirPlace *ib_maildir_place (IbMaildir *self, const char *folder, GError **error);
/* What a client may have removed or renamed since: opened anew when it is asked for next. */
void ib_maildir_forget_place (IbMaildir *self, const char *folder);
/* What is wrong with @directory, below the root. Returns: false */
bool ib_maildir_fail_folder (const IbMaildir *self, const char *directory, int number, GError **error);

/* @name in the open @parent, through no link; -1 and errno. */
int ib_maildir_open_level (int parent, const char *name);
/* The directory @directory below the root, level by level, through no link; -1 and errno. */
int ib_maildir_open_below (const IbMaildir *self, const char *directory);
/* Makes new/, cur/ and tmp/ of the open @folder if missing. If any was, brings it, and the open @parent (-1: none), onto stable
 * storage; what was not brought there, is the next time. False and errno. */
bool ib_maildir_make_parts (int folder, int parent);

/* --- names ---------------------------------------------------------------------------------------------- */

extern const char *const ib_maildir_parts[IB_MAILDIR_PARTS];

/* This host, as names carry it. (transfer full) */
char *ib_maildir_host (void);
/* A name that no file had yet, without its size. (transfer full) */
char *ib_maildir_new_name (IbMaildir *self, const IbStory *story, const IbStoryFile *file);
/* The part of @name that no client changes. */
gsize ib_maildir_unique_length (const char *name);
bool ib_maildir_is_same_file (const char *name, const char *other);
/* Whether @file goes to new/ or cur/, and how it is called there: (transfer full). */
IbMaildirPart ib_maildir_part_of (const IbStoryFile *file);
char *ib_maildir_final_name (const IbStoryFile *file);
/* Absolute. (transfer full) */
char *ib_maildir_path_in (const IbMaildir *self, const char *directory, IbMaildirPart part, const char *name);

/* --- reading -------------------------------------------------------------------------------------------- */

/* The paths below the Maildir of all folders, INBOX ("") first. (transfer full) */
GPtrArray *ib_maildir_directories (IbMaildir *self);
/* What to call a directory's folder, in either layout, also one whose name no folder of ours could have.
 * Returns: (transfer full) */
char *ib_maildir_folder_of (const char *directory);

/* One file, as it stands now. Returning false ends the reading. */
typedef bool (*IbMaildirEachEntry) (IbMaildir *self, const char *directory, IbMaildirPart part, const char *name,
                                    gpointer user_data);
/* False: @each ended it. */
bool ib_maildir_read_part (IbMaildir *self, const char *directory, IbMaildirPart part, IbMaildirEachEntry each,
                           gpointer user_data);
