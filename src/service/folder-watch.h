/* folder-watch.h - tells when somebody else's hand changed the Maildir
 *
 *     inotify on each cur/ and new/ ─▶ a move, a deletion, other flags, a file of somebody else's ─▶ (quiet) ─▶ changed ()
 *
 * What delivery puts there is no change: a file under a name of ours that comes from none of the folders watched. A message that
 * goes from one folder to another, away, or comes from elsewhere is told of once nothing like it was seen for a while; one
 * that was only read or answered waits for company a little longer. Nothing is told early, and nothing is lost: folders that come,
 * go or get other names are followed, and where events were lost (the kernel's queue ran over) everything has changed.
 * Whoever hears of it looks at the Maildir, which knows better (see rescan.h).
 *
 * inotify is a scarce good that the user's other programs want, too. Where not all folders can be watched, that is said
 * once, and `changed` comes with each poll.
 *
 * All on the thread-default main context of the one who made it. Nothing ticks: one timer, and only after something was seen. */
#pragma once

#include "folder.h"

typedef struct _IbFolderWatch IbFolderWatch;

typedef struct {
    /* Something changed, or may have; also once at the beginning, when the watch stands. The watch may be freed from here. */
    void (*changed) (gpointer user_data);
    /* What the user should hear, in a sentence. */
    void (*notice) (const char *text, gpointer user_data);
} IbFolderWatchEvents;

/* Zeros mean what is usual. */
typedef struct {
    guint watches;   /* at most; usually a quarter of what the system gives a user, and no more than 8192 */
    guint quiet_ms;  /* after a move; 2 s */
    guint latest_ms; /* after the first change; 30 s */
} IbFolderWatchLimits;

/* Begins to watch @maildir, a few hundred folders at each turn of the loop. @limits: NULL for what is usual. @events stays the
 * caller's. */
IbFolderWatch *ib_folder_watch_new (const char *maildir, IbLayout layout, const IbFolderWatchLimits *limits,
                                    const IbFolderWatchEvents *events, gpointer user_data);
/* A poll ended: where not all is watched, `changed` comes, and a Maildir that was away is looked for. Else nothing. */
void ib_folder_watch_polled (IbFolderWatch *self);
/* Whether everything is watched. */
bool ib_folder_watch_is_whole (const IbFolderWatch *self);
/* Directories that are watched. */
guint ib_folder_watch_count (const IbFolderWatch *self);
void ib_folder_watch_free (IbFolderWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFolderWatch, ib_folder_watch_free)
