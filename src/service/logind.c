/* logind.c - sleep and locked sessions
 *
 *     came ─▶ inhibitor taken, sessions listed
 *     PrepareForSleep (true) ─▶ sleeping ─▶ let_sleep: inhibitor given back
 *     PrepareForSleep (false) ─▶ inhibitor taken again, woke */
#include "logind.h"

#include "bus-fact.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#define NAME "org.freedesktop.login1"
#define PATH "/org/freedesktop/login1"
#define MANAGER "org.freedesktop.login1.Manager"

typedef enum {
    AWAKE,
    WAITING, /* sleep waits for us */
    READY,   /* we are ready for it */
} Sleep;

struct _IbLogind {
    GDBusConnection *bus;
    IbLogindEvents events;
    gpointer user_data;
    GCancellable *cancellable;
    guint watch, sleep_subscription, new_subscription, removed_subscription;
    int inhibitor; /* -1: none */
    bool is_taking;
    Sleep sleep;
    GHashTable *sessions; /* path → IbBusFact, LockedHint */
    bool is_listed;       /* all are in there, or nobody is there to tell of them, and nobody said that one is locked */
};

/* --- the inhibitor --------------------------------------------------------------------------------------------- */

static void
give_back (IbLogind *self)
{
    if (self->inhibitor >= 0)
        close (self->inhibitor);
    self->inhibitor = -1;
}

static void
on_taken (GObject *bus, GAsyncResult *result, gpointer data)
{
    IbLogind *self = data;
    g_autoptr (GUnixFDList) fds = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer
        = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (bus), &fds, result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    self->is_taking = false;
    if (answer == NULL || fds == NULL) /* we are not allowed to: sleep will not wait for us, that is all */
        return;
    gint32 index;
    g_variant_get (answer, "(h)", &index);
    give_back (self);
    self->inhibitor = g_unix_fd_list_get (fds, index, NULL);
    if (self->sleep == READY) /* it came only now */
        give_back (self);
}

static void
take (IbLogind *self)
{
    if (self->is_taking || self->inhibitor >= 0)
        return;
    self->is_taking = true;
    g_dbus_connection_call_with_unix_fd_list (
        self->bus, NAME, PATH, MANAGER, "Inhibit",
        g_variant_new ("(ssss)", "sleep", "Inbasket", _ ("mail that is being fetched is put away first"),
                       "delay"),
        G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, self->cancellable, on_taken, self);
}

static void
on_prepare (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
            const char *signal, GVariant *parameters, gpointer data)
{
    IbLogind *self = data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
        return;
    gboolean is_asleep;
    g_variant_get (parameters, "(b)", &is_asleep);
    if (is_asleep == (self->sleep != AWAKE))
        return;
    self->sleep = is_asleep ? WAITING : AWAKE;
    if (!is_asleep)
        take (self);
    (is_asleep ? self->events.sleeping : self->events.woke) (self->user_data);
}

/* --- sessions -------------------------------------------------------------------------------------------------- */

static void
on_locked (gpointer data)
{
    IbLogind *self = data;
    self->events.locked (self->user_data);
}

static void
meet_sessions (IbLogind *self, GVariant *listed)
{
    g_autoptr (GVariantIter) sessions = NULL;
    guint32 user;
    const char *path;
    g_variant_get (listed, "(a(susso))", &sessions);
    while (g_variant_iter_next (sessions, "(&su&s&s&o)", NULL, &user, NULL, NULL, &path)) {
        const IbBusFactSource source = { NAME, path, "org.freedesktop.login1.Session", "LockedHint" };
        if (user == getuid () && !g_hash_table_contains (self->sessions, path))
            g_hash_table_insert (self->sessions, g_strdup (path),
                                 ib_bus_fact_new (self->bus, &source, on_locked, self));
    }
}

static void
on_listed (GObject *bus, GAsyncResult *result, gpointer data)
{
    IbLogind *self = data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (bus), result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) /* it is gone */
        return;
    if (answer != NULL)
        meet_sessions (self, answer);
    self->is_listed = true;
    self->events.locked (self->user_data);
}

static void
list (IbLogind *self)
{
    g_dbus_connection_call (self->bus, NAME, PATH, MANAGER, "ListSessions", NULL,
                            G_VARIANT_TYPE ("(a(susso))"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                            self->cancellable, on_listed, self);
}

static void
on_session_came (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                 const char *signal, GVariant *parameters, gpointer data)
{
    list (data);
}

static void
on_session_went (GDBusConnection *bus, const char *sender, const char *path, const char *interface,
                 const char *signal, GVariant *parameters, gpointer data)
{
    IbLogind *self = data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(so)")))
        return;
    const char *session;
    g_variant_get (parameters, "(&s&o)", NULL, &session);
    if (g_hash_table_remove (self->sessions, session))
        self->events.locked (self->user_data);
}

/* --- itself ---------------------------------------------------------------------------------------------------- */

static void
on_came (GDBusConnection *bus, const char *name, const char *owner, gpointer data)
{
    IbLogind *self = data;
    self->is_listed = false;
    take (self);
    list (self);
}

/* What it had from us is gone with it. If it said that we would sleep, nobody will say that we woke; if it said that a session is
 * locked, that is so until it comes back and says otherwise. */
static void
on_went (GDBusConnection *bus, const char *name, gpointer data)
{
    IbLogind *self = data;
    give_back (self);
    self->is_listed = !ib_logind_is_locked (self);
    g_hash_table_remove_all (self->sessions);
    self->events.locked (self->user_data);
    if (self->sleep != AWAKE) {
        self->sleep = AWAKE;
        self->events.woke (self->user_data);
    }
}

static guint
subscribe (IbLogind *self, const char *signal, GDBusSignalCallback heard)
{
    return g_dbus_connection_signal_subscribe (self->bus, NAME, MANAGER, signal, PATH, NULL,
                                               G_DBUS_SIGNAL_FLAGS_NONE, heard, self, NULL);
}

IbLogind *
ib_logind_new (GDBusConnection *system, const IbLogindEvents *events, gpointer user_data)
{
    IbLogind *self = g_new0 (IbLogind, 1);
    *self = (IbLogind){ .bus = g_object_ref (system),
                        .events = *events,
                        .user_data = user_data,
                        .cancellable = g_cancellable_new (),
                        .inhibitor = -1 };
    self->sessions
        = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) ib_bus_fact_free);
    self->sleep_subscription = subscribe (self, "PrepareForSleep", on_prepare);
    self->new_subscription = subscribe (self, "SessionNew", on_session_came);
    self->removed_subscription = subscribe (self, "SessionRemoved", on_session_went);
    self->watch = g_bus_watch_name_on_connection (system, NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, on_came,
                                                  on_went, self, NULL);
    return self;
}

void
ib_logind_let_sleep (IbLogind *self)
{
    if (self->sleep != WAITING)
        return;
    self->sleep = READY;
    give_back (self);
}

bool
ib_logind_is_locked (const IbLogind *self)
{
    GHashTableIter iter;
    gpointer fact;
    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &fact))
        if (ib_bus_fact_is_true (fact))
            return true;
    return false;
}

bool
ib_logind_is_known (const IbLogind *self)
{
    GHashTableIter iter;
    gpointer fact;
    g_hash_table_iter_init (&iter, self->sessions);
    while (g_hash_table_iter_next (&iter, NULL, &fact))
        if (!ib_bus_fact_is_known (fact))
            return false;
    return self->is_listed;
}

void
ib_logind_free (IbLogind *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_bus_unwatch_name (self->watch);
    g_dbus_connection_signal_unsubscribe (self->bus, self->sleep_subscription);
    g_dbus_connection_signal_unsubscribe (self->bus, self->new_subscription);
    g_dbus_connection_signal_unsubscribe (self->bus, self->removed_subscription);
    give_back (self);
    g_hash_table_unref (self->sessions);
    g_object_unref (self->cancellable);
    g_object_unref (self->bus);
    g_free (self);
}
