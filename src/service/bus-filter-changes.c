/* bus-filter-changes.c - filters that are written, removed, ordered and named as active, for who is on the bus */
#include "bus-filter-changes.h"
#include "bus-callers.h"
#include "bus-errors.h"
#include "filter-files.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* So many wait for their turn: of one caller, and of all. */
#define MOST_OF_ONE 16
#define MOST_AT_ONCE 64

typedef enum { WRITE, REMOVE, ACTIVATE, TRY } Kind;

typedef struct {
    IbBusFilterChanges *changes;
    GDBusMethodInvocation *invocation;
    Kind kind;
    IbPaths *paths; /* its own: nobody else reads them on its thread */
    char *name, *text, *seen;
    char **names;

    IbBusFilterChangesTried then; /* TRY */
    gpointer user_data;           /* NULL once it is given away */
    GDestroyNotify unused;

    GError *error; /* NULL: it is made */
    guint source;  /* tells the main loop of its end */
} Change;

struct _IbBusFilterChanges {
    const IbPaths *paths;
    IbBusFilterChangesMade made;
    gpointer user_data;
    IbBusCallers *callers;
    GQueue waiting;  /* Change */
    Change *current; /* that is being made; NULL: none is */
    GThread *thread; /* that makes it; NULL: there could be none */
};

static void begin_next (IbBusFilterChanges *self);

static void
change_free (Change *change)
{
    if (change->user_data != NULL)
        change->unused (change->user_data);
    ib_paths_free (change->paths);
    g_free (change->name);
    g_free (change->text);
    g_free (change->seen);
    g_strfreev (change->names);
    g_clear_error (&change->error);
    g_free (change);
}

static void
make_change (Change *change)
{
    const char *const *names = (const char *const *) change->names;
    switch (change->kind) {
    case WRITE:
        (void) ib_filter_files_write (change->paths, change->name, change->text, strlen (change->text),
                                      change->seen, &change->error);
        return;
    case REMOVE:
        (void) ib_filter_files_remove (change->paths, change->name, change->seen, &change->error);
        return;
    case ACTIVATE:
        (void) ib_filter_files_activate (change->paths, names, &change->error);
        return;
    case TRY:
        (void) ib_filter_files_may_be_active (change->paths, names, &change->error);
        return;
    }
    g_assert_not_reached ();
}

/* Of the current one, whose thread is over. */
static void
answer (IbBusFilterChanges *self)
{
    Change *change = g_steal_pointer (&self->current);
    g_clear_pointer (&self->thread, g_thread_join);
    ib_bus_callers_give_back (self->callers, g_dbus_method_invocation_get_sender (change->invocation));
    if (change->error != NULL)
        (void) ib_bus_refuse_error (change->invocation, change->error);
    else if (change->then != NULL)
        change->then (g_steal_pointer (&change->user_data));
    else
        self->made (change->invocation, self->user_data);
    change_free (change);
}

static gboolean
on_made (gpointer user_data)
{
    IbBusFilterChanges *self = user_data;
    answer (self);
    begin_next (self);
    return G_SOURCE_REMOVE;
}

static gpointer
change_on_thread (gpointer data)
{
    Change *change = data;
    make_change (change);
    change->source = g_idle_add (on_made, change->changes);
    return NULL;
}

static void
begin_next (IbBusFilterChanges *self)
{
    if (self->current != NULL || g_queue_is_empty (&self->waiting))
        return;
    Change *change = self->current = g_queue_pop_head (&self->waiting);
    self->thread = g_thread_try_new ("filter-change", change_on_thread, change, &change->error);
    if (self->thread == NULL)
        change->source = g_idle_add (on_made, self);
}

/* NULL: it was refused. */
static Change *
add (IbBusFilterChanges *self, GDBusMethodInvocation *invocation, Kind kind)
{
    if (!ib_bus_callers_take (self->callers, g_dbus_method_invocation_get_sender (invocation))) {
        (void) ib_bus_refuse (invocation, IB_BUS_FAILED, "%s", _ ("Too much is asked at once: try again"));
        return NULL;
    }
    Change *change = g_new0 (Change, 1);
    change->changes = self;
    change->invocation = invocation;
    change->kind = kind;
    change->paths = ib_paths_new (self->paths->home);
    g_queue_push_tail (&self->waiting, change);
    return change;
}

void
ib_bus_filter_changes_write (IbBusFilterChanges *self, GDBusMethodInvocation *invocation, const char *name,
                             const char *text, const char *seen)
{
    Change *change = add (self, invocation, WRITE);
    if (change == NULL)
        return;
    change->name = g_strdup (name);
    change->text = g_strdup (text);
    change->seen = g_strdup (seen);
    begin_next (self);
}

void
ib_bus_filter_changes_remove (IbBusFilterChanges *self, GDBusMethodInvocation *invocation, const char *name,
                              const char *seen)
{
    Change *change = add (self, invocation, REMOVE);
    if (change == NULL)
        return;
    change->name = g_strdup (name);
    change->seen = g_strdup (seen);
    begin_next (self);
}

void
ib_bus_filter_changes_activate (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                                const char *const *names)
{
    Change *change = add (self, invocation, ACTIVATE);
    if (change == NULL)
        return;
    change->names = g_strdupv ((char **) names);
    begin_next (self);
}

void
ib_bus_filter_changes_try (IbBusFilterChanges *self, GDBusMethodInvocation *invocation,
                           const char *const *names, IbBusFilterChangesTried then, gpointer user_data,
                           GDestroyNotify unused)
{
    Change *change = add (self, invocation, TRY);
    if (change == NULL) {
        unused (user_data);
        return;
    }
    change->names = g_strdupv ((char **) names);
    change->then = then;
    change->user_data = user_data;
    change->unused = unused;
    begin_next (self);
}

IbBusFilterChanges *
ib_bus_filter_changes_new (const IbPaths *paths, IbBusFilterChangesMade made, gpointer user_data)
{
    IbBusFilterChanges *self = g_new0 (IbBusFilterChanges, 1);
    self->paths = paths;
    self->made = made;
    self->user_data = user_data;
    self->callers = ib_bus_callers_new (MOST_OF_ONE, MOST_AT_ONCE);
    g_queue_init (&self->waiting);
    return self;
}

void
ib_bus_filter_changes_free (IbBusFilterChanges *self)
{
    if (self == NULL)
        return;
    if (self->thread != NULL)
        g_thread_join (g_steal_pointer (&self->thread));
    if (self->current != NULL) {
        g_source_remove (self->current->source);
        answer (self);
    }
    for (Change *change; (change = g_queue_pop_head (&self->waiting)) != NULL; change_free (change))
        (void) ib_bus_refuse (change->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    ib_bus_callers_unref (self->callers);
    g_free (self);
}
