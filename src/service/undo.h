/* undo.h - takes sorting, discards and the holding of duplicates back
 *
 * What a filter sorted away goes back to the INBOX; what was discarded, or held as a duplicate, comes into the INBOX.
 * What its owner has moved since is left where it is: that is a decision, too. */
#pragma once

#include "home.h"
#include "story.h"

typedef enum {
    IB_UNDO_ERROR_UNKNOWN, /* no such message, or more than one */
    IB_UNDO_ERROR_BUSY,
    IB_UNDO_ERROR_STORE,
} IbUndoError;
#define IB_UNDO_ERROR (ib_undo_error_quark ())
GQuark ib_undo_error_quark (void);

typedef enum {
    IB_UNDONE_MOVED,    /* from a folder back to the INBOX */
    IB_UNDONE_RESTORED, /* held, now in the INBOX */
    IB_UNDONE_LEFT,     /* moved or removed by its owner since, or its 30 days are over */
    IB_UNDONE_NOTHING,  /* it was in the INBOX all along */
} IbUndone;
/* As JSON and the bus have it. */
const char *ib_undone_name (IbUndone self);

/* @path: where it is now; NULL if left. */
typedef void (*IbUndoEach) (const IbStory *story, IbUndone result, const char *path, gpointer user_data);

/* @id: 6 digits or more of a message's id; or NULL: all since @since (microseconds); or 0 too: the newest one that can be
 * taken back. */
bool ib_undo_run (const IbPaths *paths, const IbConfig *config, const char *id, gint64 since, IbUndoEach each,
                  gpointer user_data, GError **error);
/* The same in a home that is open. */
bool ib_undo_in (IbHome *home, const char *id, gint64 since, IbUndoEach each, gpointer user_data, GError **error);
