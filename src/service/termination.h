/* termination.h - SIGTERM, and only from outside
 *
 * GLib raises SIGTERM in its own process when a bus goes to which somebody has the connection that all of the process share:
 * GIO's monitors, or whatever reads a desktop's settings. Whoever sets that aside has only the time until it happens. A
 * service that lives without a bus must not hear of it. */
#pragma once

#include <glib.h>

/* @told in the default main context, for each SIGTERM that another process sent. One a process. Returns: the source's id */
guint ib_termination_add (GSourceFunc told, gpointer user_data);
