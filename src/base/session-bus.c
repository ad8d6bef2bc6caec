/* session-bus.c - a connection of one's own to the session bus */
#include "session-bus.h"
#include "bus-names.h"

#include <stdbool.h>

#define PATIENCE_MS 2000

/* What ends a call that blocks. */
typedef struct {
    GMutex lock;
    GCond changed;
    bool is_over; /* the call; under the lock */
    gint64 until;
    GCancellable *end;
} Patience;

static gpointer
lose_patience (gpointer data)
{
    Patience *self = data;
    g_mutex_lock (&self->lock);
    bool has_time = true;
    while (!self->is_over && has_time)
        has_time = g_cond_wait_until (&self->changed, &self->lock, self->until);
    g_mutex_unlock (&self->lock);
    if (!has_time)
        g_cancellable_cancel (self->end);
    return NULL;
}

static void
end_patience (Patience *self, GThread *thread)
{
    g_mutex_lock (&self->lock);
    self->is_over = true;
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
    g_thread_join (thread);
    g_mutex_clear (&self->lock);
    g_cond_clear (&self->changed);
}

GDBusConnection *
ib_session_bus_reach (const char *address, GDBusConnectionFlags flags, guint patience_ms, GError **error)
{
    g_autoptr (GCancellable) end = g_cancellable_new ();
    Patience patience = { .until = g_get_monotonic_time () + (gint64) patience_ms * 1000, .end = end };
    g_mutex_init (&patience.lock);
    g_cond_init (&patience.changed);

    GThread *thread = g_thread_new ("patience", lose_patience, &patience);
    GDBusConnection *connection = g_dbus_connection_new_for_address_sync (address, flags, NULL, end, error);
    end_patience (&patience, thread);
    return connection;
}

GDBusConnection *
ib_session_bus_connect (void)
{
    g_autofree char *address = ib_bus_names_session ();
    if (address == NULL)
        return NULL;
    return ib_session_bus_reach (address,
                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                     | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                 PATIENCE_MS, NULL);
}
