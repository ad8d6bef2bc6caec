/* bus-reload.c - calls that are answered once the configuration was read anew */
#include "bus-reload.h"
#include "bus-errors.h"

#include <glib/gi18n-lib.h>

struct _IbBusReload {
    IbService *service;
    GPtrArray *waiting; /* Waiting */
};

typedef struct {
    IbBusReload *reload;
    GDBusMethodInvocation *invocation; /* NULL: it goes on */
    IbBusReloaded then;
    gpointer user_data;
    char **words;
    bool is_answer; /* of what is done */
    guint source;
} Waiting;

static void
waiting_free (gpointer pointer)
{
    Waiting *waiting = pointer;
    if (waiting->source != 0)
        g_source_remove (waiting->source);
    if (waiting->invocation != NULL && waiting->is_answer)
        waiting->then (waiting->invocation, (const char *const *) waiting->words, waiting->user_data);
    else if (waiting->invocation != NULL)
        (void) ib_bus_refuse (waiting->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    g_strfreev (waiting->words);
    g_free (waiting);
}

static gboolean
go_on (gpointer user_data)
{
    Waiting *waiting = user_data;
    IbBusReload *self = waiting->reload;
    waiting->source = 0;
    waiting->then (g_steal_pointer (&waiting->invocation), (const char *const *) waiting->words,
                   waiting->user_data);
    g_ptr_array_remove (self->waiting, waiting);
    return G_SOURCE_REMOVE;
}

/* The service reads it when the loop turns, which it does before we go on. */
static void
wait_for_it (IbBusReload *self, GDBusMethodInvocation *invocation, const char *const *words, bool is_answer,
             IbBusReloaded then, gpointer user_data)
{
    Waiting *waiting = g_new0 (Waiting, 1);
    ib_service_reload (self->service);
    waiting->reload = self;
    waiting->invocation = invocation;
    waiting->then = then;
    waiting->user_data = user_data;
    waiting->words = g_strdupv ((char **) words);
    waiting->is_answer = is_answer;
    waiting->source = g_idle_add (go_on, waiting);
    g_ptr_array_add (self->waiting, waiting);
}

void
ib_bus_reload_then (IbBusReload *self, GDBusMethodInvocation *invocation, const char *const *words,
                    IbBusReloaded then, gpointer user_data)
{
    wait_for_it (self, invocation, words, false, then, user_data);
}

void
ib_bus_reload_after (IbBusReload *self, GDBusMethodInvocation *invocation, const char *const *words,
                     IbBusReloaded then, gpointer user_data)
{
    wait_for_it (self, invocation, words, true, then, user_data);
}

static void
answer_nothing (GDBusMethodInvocation *invocation, const char *const *words, gpointer user_data)
{
    g_dbus_method_invocation_return_value (invocation, NULL);
}

void
ib_bus_reload_answer (IbBusReload *self, GDBusMethodInvocation *invocation)
{
    static const char *const nothing[] = { NULL };
    ib_bus_reload_after (self, invocation, nothing, answer_nothing, NULL);
}

IbBusReload *
ib_bus_reload_new (IbService *service)
{
    IbBusReload *self = g_new0 (IbBusReload, 1);
    self->service = service;
    self->waiting = g_ptr_array_new_with_free_func (waiting_free);
    return self;
}

void
ib_bus_reload_free (IbBusReload *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->waiting);
    g_free (self);
}
