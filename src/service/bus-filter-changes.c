/* bus-filter-changes.c - filters that are written, removed and ordered, for who is on the bus */
#include "bus-filter-changes.h"
#include "bus-callers.h"
#include "filter-files.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* So many wait for their turn: of one caller, and of all. */
#define MOST_OF_ONE 16
#define MOST_AT_ONCE 64

typedef enum { WRITE, REMOVE, ACTIVATE } Kind;

typedef struct {
    IbBusFilterChanges *changes;
    GDBusMethodInvocation *invocation;
    Kind kind;
    IbPaths *paths; /* its own: the thread may outlive the service */
    char *name, *text, *seen;
    char **names;
} Change;

struct _IbBusFilterChanges {
    const IbPaths *paths;
    IbBusFiltersChanged changed;
    gpointer user_data;
    IbBusCallers *callers;
    GCancellable *end;
    GQueue waiting; /* Change */
    bool is_changing;
};

static void begin_next (IbBusFilterChanges *self);

static void
change_free (gpointer pointer)
{
    Change *change = pointer;
    ib_paths_free (change->paths);
    g_free (change->name);
    g_free (change->text);
    g_free (change->seen);
    g_strfreev (change->names);
    g_free (change);
}

static bool
make_change (const Change *change, GError **error)
{
    switch (change->kind) {
    case WRITE:
        return ib_filter_files_write (change->paths, change->name, change->text, strlen (change->text),
                                      change->seen, error);
    case REMOVE:
        return ib_filter_files_remove (change->paths, change->name, change->seen, error);
    case ACTIVATE:
        return ib_filter_files_activate (change->paths, (const char *const *) change->names, error);
    }
    g_assert_not_reached ();
}

static void
change_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *end)
{
    GError *error = NULL;
    if (make_change (task_data, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = G_TASK (result);
    const Change *change = g_task_get_task_data (task);
    g_autoptr (GError) error = NULL;
    bool is_done = g_task_propagate_boolean (task, &error);
    if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) { /* so is what it was asked of */
        (void) ib_bus_refuse (change->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
        return;
    }
    IbBusFilterChanges *self = change->changes;
    self->is_changing = false;
    ib_bus_callers_give_back (self->callers, g_dbus_method_invocation_get_sender (change->invocation));
    if (is_done)
        self->changed (change->invocation, self->user_data);
    else
        (void) ib_bus_refuse_error (change->invocation, error);
    begin_next (self);
}

static void
begin_next (IbBusFilterChanges *self)
{
    if (self->is_changing || g_queue_is_empty (&self->waiting))
        return;
    self->is_changing = true;
    g_autoptr (GTask) task = g_task_new (NULL, self->end, on_changed, NULL);
    g_task_set_check_cancellable (task, FALSE); /* there is something to be answered in any case */
    g_task_set_task_data (task, g_queue_pop_head (&self->waiting), change_free);
    g_task_run_in_thread (task, change_on_thread);
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

IbBusFilterChanges *
ib_bus_filter_changes_new (const IbPaths *paths, IbBusFiltersChanged changed, gpointer user_data)
{
    IbBusFilterChanges *self = g_new0 (IbBusFilterChanges, 1);
    self->paths = paths;
    self->changed = changed;
    self->user_data = user_data;
    self->callers = ib_bus_callers_new (MOST_OF_ONE, MOST_AT_ONCE);
    self->end = g_cancellable_new ();
    g_queue_init (&self->waiting);
    return self;
}

void
ib_bus_filter_changes_free (IbBusFilterChanges *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    for (Change *change; (change = g_queue_pop_head (&self->waiting)) != NULL; change_free (change))
        (void) ib_bus_refuse (change->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    ib_bus_callers_unref (self->callers);
    g_free (self);
}
