/* setup-door.h - the way to the wizard, of which there is one at a time: two would add the same account twice
 *
 * Whoever is asked for while another is under way is told of: it opens when that one is closed, or at once in its place. */
#pragma once

#include "paths.h"
#include "window.h"

typedef struct _IbSetupDoor IbSetupDoor;

/* @paths must outlive it. */
IbSetupDoor *ib_setup_door_new (const IbPaths *paths);
/* Of an account: to be signed in to again; NULL: one is added. */
void ib_setup_door_open (IbSetupDoor *self, IbWindow *window, const char *account);
/* Behind the windows. */
void ib_setup_door_free (IbSetupDoor *self);
