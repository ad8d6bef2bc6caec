/* surroundings.h - what the laptop is doing: network, power, sleep, screen
 *
 *     GNetworkMonitor (NetworkManager, or routes alone) ─┐
 *     logind, UPower, power profiles (system bus) ───────┼─▶ state, and events of it
 *     screen savers (session bus) ───────────────────────┘
 *
 * Nothing blocks, and nothing is started for being asked. Who is not there says nothing: without NetworkManager there is no
 * portal and nothing metered, without logind no word before sleep. Events come on the main context that was the thread's
 * default, several changes within a moment as one.
 *
 * Nothing is to be shown on a screen that is locked. So it counts as locked until all who are there have said that it is not,
 * or D-Bus waits for their answers no longer (25 s), and that it is locked is told at once, before the loop turns to anything
 * else. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    bool has_network; /* there is a default route, and NetworkManager says no other. True until it is known */
    bool is_portal;   /* a captive portal wants a sign-in of its own */
    bool is_metered;
    bool is_saving; /* the power saver's profile */
    bool on_battery;
    bool is_locked; /* a session of the user's, or its screen, or it may be: somebody else may look at it */
} IbSurroundingsState;

/* Any may be NULL. */
typedef struct {
    /* The first comes in any case, once the network is known; then each change. */
    void (*changed) (const IbSurroundingsState *state, gpointer user_data);
    /* Addresses or routes are others: connections may be dead without a word. Comes after `changed`. */
    void (*network_changed) (gpointer user_data);
    /* The machine is about to sleep, and waits for ib_surroundings_let_sleep () a few seconds at most. */
    void (*sleeping) (gpointer user_data);
    /* It woke, or did not fall asleep after all. Comes without `sleeping` if nobody told of that. */
    void (*woke) (gpointer user_data);
} IbSurroundingsEvents;

typedef struct _IbSurroundings IbSurroundings;

/* Returns: (transfer full) */
IbSurroundings *ib_surroundings_new (const IbSurroundingsEvents *events, gpointer user_data);
/* No event comes any more. */
void ib_surroundings_free (IbSurroundings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSurroundings, ib_surroundings_free)

/* The session has another bus than it had, or has one now. */
void ib_surroundings_take_session (IbSurroundings *self, GDBusConnection *session);

const IbSurroundingsState *ib_surroundings_state (const IbSurroundings *self);
/* Everything is closed and on disk. Does nothing but after `sleeping`. */
void ib_surroundings_let_sleep (IbSurroundings *self);
/* To be called when anything happens, such as the alarm's ringing, with the time now on both clocks (ib_alarm_now () and
 * g_get_monotonic_time ()): the one goes on in sleep, the other does not, so a sleep that nobody told of is found. `woke`
 * comes from within. */
void ib_surroundings_check_clocks (IbSurroundings *self, gint64 boottime, gint64 monotonic);

/* Whether @host is this machine by its very name: "localhost", 127.0.0.1, ::1. */
bool ib_surroundings_is_here (const char *host);
/* Whether there is a way to @host: a default route, a route to its network (a VPN's, say), or it is this machine. @told is
 * called once, later, unless @cancellable is cancelled or @self freed before. */
void ib_surroundings_can_reach (IbSurroundings *self, const char *host, guint16 port,
                                GCancellable *cancellable, void (*told) (bool can_reach, gpointer user_data),
                                gpointer user_data);
