/* after-delivery.h - the user's own command, once there is new mail
 *
 * `after-delivery=notmuch new`: split as a shell splits words, but no shell runs; one at a time. What is delivered while it
 * runs has it run once more, however much that is. It is given five minutes, then ended. A failure is told once, in a notice
 * with the last line of what it complained about, until it has succeeded again. It runs as launch.h says. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbAfterDelivery IbAfterDelivery;

/* @text: a sentence for people, escaped. On the thread's default main context, never from within a call. */
typedef void (*IbAfterDeliveryNotice) (const char *text, gpointer user_data);

/* @notice may be NULL. */
IbAfterDelivery *ib_after_delivery_new (IbAfterDeliveryNotice notice, gpointer user_data);
/* @command: what the configuration says; NULL or empty: nothing is run. One that runs is left to its end. */
void ib_after_delivery_set_command (IbAfterDelivery *self, const char *command);
/* A batch was delivered. Does not block. */
void ib_after_delivery_run (IbAfterDelivery *self);
/* Runs, or is about to. */
bool ib_after_delivery_is_running (const IbAfterDelivery *self);
/* Ends one that runs (TERM, and KILL five seconds later), and waits for that. No notice comes afterwards. */
void ib_after_delivery_free (IbAfterDelivery *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAfterDelivery, ib_after_delivery_free)
