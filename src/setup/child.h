/* child.h - our own `inbasket --json …`, beside us: its lines, as they come
 *
 * A face has what takes long, reads mail or needs the home done by the program that does it anyway, and stays awake. On the
 * default main context; messages are in the language of the face. */
#pragma once

#include "paths.h"

#include <json-glib/json-glib.h>

typedef struct _IbChild IbChild;

typedef struct {
    void (*line) (JsonObject *line, gpointer user_data);
    /* Once, last: @status is that which it exited with, -1 if it was killed; @complaint the first line that it said on
     * standard error, NULL if it said nothing. The child frees itself behind this. */
    void (*ended) (int status, const char *complaint, gpointer user_data);
} IbChildEvents;

/* @command: what follows `inbasket --home HOME --json`, NULL-ended; @home NULL: the user's own. @events must outlive it.
 * Returns: (transfer full until it has ended) (nullable) */
IbChild *ib_child_start (const char *home, const char *const *command, const IbChildEvents *events,
                         gpointer user_data, GError **error);
/* Has it end in order, as Ctrl+C would; its last lines and its end come yet. */
void ib_child_stop (IbChild *self);
/* The same, but nobody listens any more: no event comes. */
void ib_child_free (IbChild *self);
/* It goes on to its own end, and until then a GApplication runs; but nobody listens any more. */
void ib_child_leave (IbChild *self);
/* Ends it at once, and comes back when it is gone. No event comes any more. */
void ib_child_kill (IbChild *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbChild, ib_child_free)
