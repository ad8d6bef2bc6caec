/* held.h - discarded mail and duplicates, kept for 30 days
 *
 * state/held/, 0700, a file a message, named by its id. */
#pragma once

#include "story.h"

#include <gio/gio.h>

typedef struct _IbHeld IbHeld;
IbHeld *ib_held_open (const char *path, GError **error);
const char *ib_held_path (const IbHeld *self);
/* As for ib_maildir_create () and ib_maildir_rename (); .name is final from the beginning. */
int ib_held_create (IbHeld *self, const IbStory *story, IbStoryFile *file, GError **error);
/* Removes .temporary, if there is one. */
void ib_held_drop (IbHeld *self, IbStoryFile *file);
bool ib_held_rename (IbHeld *self, IbStoryFile *file, GError **error);
bool ib_held_sync (IbHeld *self, GError **error);
/* The held file's path. NULL without an error if there is none. Returns: (transfer full) (nullable) */
char *ib_held_find (IbHeld *self, const char *id, GError **error);
bool ib_held_remove (IbHeld *self, const char *id, GError **error);
/* Every message that is held, and since when (seconds). */
typedef void (*IbHeldEach) (const char *id, gint64 since_s, gpointer user_data);
bool ib_held_scan (IbHeld *self, IbHeldEach each, gpointer user_data, GError **error);
/* Removes unfinished files. */
bool ib_held_sweep (IbHeld *self, GError **error);
void ib_held_close (IbHeld *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeld, ib_held_close)
