/* places.h - where each message was last seen, and what else was there
 *
 * A file's folder, name and flags in the journal are as we put it there; its place is the path below the Maildir at which
 * the last reading of that directory found it. Who compares both with the directories that changed since knows what mail
 * clients did. All of it is a memory of what can be looked at again: if it is lost, only moves since then are. */
#pragma once

#include "journal.h"

typedef enum { IB_TAUGHT_NOTHING, IB_TAUGHT_HAM, IB_TAUGHT_SPAM } IbTaught;

/* One file of a message. */
typedef struct {
    gint64 message; /* the journal's number */
    guint number;   /* of the file among those of the message */
    char id[IB_ID_LENGTH + 1];
    char *folder, *name, *info; /* as we put it there, see IbStoryFile */
    char *place;                /* NULL: not looked at since */
    gint64 since;               /* in its folder, microseconds */
    bool is_gone;               /* it was at .place once */
    char *verdict;              /* "spam", "ham", "unsure"; "" nobody knows */
    char *mailbox;              /* on the server, as it writes it; "" */
    IbTaught taught;
} IbPlacedFile;
void ib_placed_file_free (IbPlacedFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPlacedFile, ib_placed_file_free)

/* Those that should be in the directory @path ("cur", ".Junk/new"). */
typedef void (*IbPlacesEach) (const char *place, gint64 message, guint number, gpointer user_data);
bool ib_places_in (IbJournal *journal, const char *path, IbPlacesEach each, gpointer user_data,
                   GError **error);
/* Those that were put there and not looked at since, in the order of messages and numbers: at most @most of them, from behind the
 * file @number of @message on (0, 0: all). Elements IbPlacedFile. (transfer full) */
GPtrArray *ib_places_unseen (IbJournal *journal, gint64 message, guint number, guint most, GError **error);
/* All of one message. Elements IbPlacedFile. (transfer full) */
GPtrArray *ib_places_of (IbJournal *journal, gint64 message, GError **error);
/* NULL without error: the journal does not know it (any more). Returns: (transfer full) (nullable) */
IbPlacedFile *ib_places_read (IbJournal *journal, gint64 message, guint number, GError **error);
IbPlacedFile *ib_places_find (IbJournal *journal, const char *id, guint number, GError **error);
/* Where the files of the message @id stand, as far as it is known: paths below the Maildir. (transfer full) */
GPtrArray *ib_places_where (IbJournal *journal, const char *id, GError **error);

/* When the last message came that the journal knows (microseconds); 0 if it knows none. */
gint64 ib_places_last_arrival (IbJournal *journal);

/* Notes, durable with the next ib_journal_flush (). After a failure nothing since the last is noted.
 * It stands at @place. */
bool ib_places_note (IbJournal *journal, const IbPlacedFile *file, const char *place, GError **error);
/* The user moved it there from @old_folder. */
bool ib_places_note_moved (IbJournal *journal, const IbPlacedFile *file, const char *place,
                           const char *old_folder, const char *new_folder, gint64 at, GError **error);
/* It is not at @place any more, nor anywhere. */
bool ib_places_note_gone (IbJournal *journal, const IbPlacedFile *file, const char *place, GError **error);

/* --- directories ------------------------------------------------------------------------------------------------ */

typedef struct {
    gint64 key;
    guint64 inode;
    gint64 changed_at; /* nanoseconds; 0: to be read again */
} IbPlaceDirectory;

/* By path below the Maildir. (transfer full) */
GHashTable *ib_places_directories (IbJournal *journal, GError **error);
/* Makes a row for @path, to be read again, if there is none. 0 on error. */
gint64 ib_places_add_directory (IbJournal *journal, const char *path, GError **error);
bool ib_places_note_directory (IbJournal *journal, const IbPlaceDirectory *directory, GError **error);
/* It is not there any more. */
bool ib_places_drop_directory (IbJournal *journal, gint64 key, GError **error);

/* --- strangers: files whose names tell nothing ------------------------------------------------------------------ */

typedef struct {
    gint64 name;               /* a hash */
    bool is_read;              /* its beginning was looked at, or need not be */
    char id[IB_ID_LENGTH + 1]; /* of the message that it says it is, and that stands elsewhere; "" */
} IbStranger;

/* Those in a directory. Elements IbStranger. (transfer full) */
GArray *ib_places_strangers (IbJournal *journal, gint64 directory, GError **error);
bool ib_places_note_stranger (IbJournal *journal, gint64 directory, const IbStranger *stranger,
                              GError **error);
bool ib_places_drop_stranger (IbJournal *journal, gint64 directory, gint64 name, GError **error);
/* Directories with strangers of note: that were not read, or that say they are a message of ours. gint64 each.
 * (transfer full) */
GArray *ib_places_of_note (IbJournal *journal, GError **error);
