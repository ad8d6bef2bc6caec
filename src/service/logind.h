/* logind.h - sleep and locked sessions, as systemd-logind tells of them
 *
 * It holds a delay inhibitor while the machine is awake, so that sleep waits until we are ready. Where logind is not there
 * nothing comes; where it is started anew, it goes on. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    void (*sleeping) (gpointer user_data);
    void (*woke) (gpointer user_data);   /* or did not fall asleep after all */
    void (*locked) (gpointer user_data); /* or unlocked, or known by now whether */
} IbLogindEvents;

typedef struct _IbLogind IbLogind;

/* @system: the system bus. Events come on the thread's default main context. Returns: (transfer full) */
IbLogind *ib_logind_new (GDBusConnection *system, const IbLogindEvents *events, gpointer user_data);
/* Gives the inhibitor back; a new one is taken on waking. */
void ib_logind_let_sleep (IbLogind *self);
/* Any session of the user's. */
bool ib_logind_is_locked (const IbLogind *self);
/* Whether all of them have been heard of it. */
bool ib_logind_is_known (const IbLogind *self);
void ib_logind_free (IbLogind *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLogind, ib_logind_free)
