/* turns.h - who may begin, where only so many of a kind may be at it at once
 *
 * In the order of coming, but nobody waits for a kind that is not his own. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Accounts that look at one server at once. It lets an address, or all its users together, have only so many sessions; more of them
 * bring nothing sooner. Those who have looked, and watch (IDLE), do not count: they ask the server for nothing, and none of them
 * ends to let another have its turn, so that the seventeenth account would never be looked at. Where a server does not grant so many,
 * it says so to the one that begins, which then comes back by its interval, or does without further sessions. */
#define IB_TURNS_OF_ONE_SERVER 16

typedef struct _IbTurns IbTurns;

IbTurns *ib_turns_new (guint most_of_a_kind);
/* @who, which is not NULL, waits. */
void ib_turns_wait (IbTurns *self, const char *kind, gpointer who);
/* The first who may begin, and has begun with that; NULL: nobody may. */
gpointer ib_turns_next (IbTurns *self);
/* One of @kind has ended. */
void ib_turns_end (IbTurns *self, const char *kind);
/* The first of all who wait, who does not wait any more; NULL: nobody does. */
gpointer ib_turns_give_up (IbTurns *self);
void ib_turns_free (IbTurns *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTurns, ib_turns_free)
