/* ready.h - tells the service manager how the service stands
 *
 * sd_notify's protocol: a datagram of lines to $NOTIFY_SOCKET, a path or (with `@`) an abstract name. Where there is no such
 * socket, nobody wants to know, and everything here does nothing.
 *
 * The watchdog is fed by proof, not by a timer: every so often (half of what the manager grants, and no more often than once a
 * minute) the one who runs the service is asked to prove that the work goes on. That the question is asked proves that the
 * main loop turns; the answer, which the delivery thread should have a part in, is what feeds. A service that does not
 * answer is restarted. The time of a sleeping laptop counts on neither side. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbReady IbReady;

/* What the environment says, and takes it out of there, since no child of ours is meant by it: for the main thread, before
 * there are others. Never NULL. */
IbReady *ib_ready_new (void);
void ib_ready_free (IbReady *self);

/* It works: after the start, and once more after each ib_ready_reloading (). */
void ib_ready_up (IbReady *self);
/* It reads its configuration anew, until ib_ready_up (). */
void ib_ready_reloading (IbReady *self);
/* It is about to end, by its own will. */
void ib_ready_stopping (IbReady *self);
/* How it stands, in a few words for `systemctl status`: one line. Said again only if it has changed. */
void ib_ready_status (IbReady *self, const char *words);

/* Asks on the thread's default main context; never while an answer is outstanding. */
typedef void (*IbReadyProve) (IbReady *self, gpointer user_data);
/* From now on; once. Nothing is ever asked where the manager has no watchdog. */
void ib_ready_watch (IbReady *self, IbReadyProve prove, gpointer user_data);
/* The answer to the last question; without one it says nothing. */
void ib_ready_proven (IbReady *self);
/* Seconds between two questions; 0: there is no watchdog. */
guint ib_ready_watch_interval (const IbReady *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbReady, ib_ready_free)
