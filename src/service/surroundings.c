/* surroundings.c - what the laptop is doing
 *
 * The monitors of GIO are made on a thread, since they ask the system bus and wait for its answer; what they tell comes on
 * the main context. What is told waits a moment for more of the same. */
#include "surroundings.h"

#include "bus-fact.h"
#include "logind.h"
#include "loop.h"

#include <string.h>

/* Several things change at once. */
#define GATHER_MS 200
/* A change of network is a burst of news, and after a second GIO reads all routes again and tells of them once more. */
#define SETTLE_MS 1500
/* The first `changed` comes then, whatever is not known yet. */
#define PATIENCE_MS 2000
/* Names are looked up in a network that may not work. */
#define REACH_MS 5000
/* The two clocks are not read in the same moment. */
#define SLEPT_US (1 * G_USEC_PER_SEC)

/* On the session bus. */
static const IbBusFactSource screens[] = {
    { "org.gnome.ScreenSaver", "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver", NULL },
    { "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver", NULL },
    { "org.xfce.ScreenSaver", "/org/xfce/ScreenSaver", "org.xfce.ScreenSaver", NULL },
};

static const IbBusFactSource battery
    = { "org.freedesktop.UPower", "/org/freedesktop/UPower", "org.freedesktop.UPower", "OnBattery" };

struct _IbSurroundings {
    IbSurroundingsEvents events;
    gpointer user_data;
    GMainContext *context;
    GCancellable *cancellable;

    GNetworkMonitor *network; /* NULL: not known yet */
    GPowerProfileMonitor *power;
    guint buses_awaited; /* the two, until they are there or it is known that they are not */
    IbLogind *logind;
    IbBusFact *on_battery;
    IbBusFact *screens[G_N_ELEMENTS (screens)];

    IbSurroundingsState state; /* as told */
    bool has_told;
    GSource *gathering, *settling; /* `changed`, `network_changed` will be told */

    bool is_asleep;
    gint64 clocks_differ; /* boot time's lead over monotonic time, when it was last looked at */
};

/* --- telling --------------------------------------------------------------------------------------------------- */

static bool
is_said_locked (const IbSurroundings *self)
{
    bool is_said = self->logind != NULL && ib_logind_is_locked (self->logind);
    for (gsize i = 0; i < G_N_ELEMENTS (screens); i++)
        is_said |= self->screens[i] != NULL && ib_bus_fact_is_true (self->screens[i]);
    return is_said;
}

/* Or not everybody has said yet that it is not. */
static bool
may_be_locked (const IbSurroundings *self)
{
    bool is_known = self->buses_awaited == 0 && (self->logind == NULL || ib_logind_is_known (self->logind));
    for (gsize i = 0; i < G_N_ELEMENTS (screens); i++)
        is_known &= self->screens[i] == NULL || ib_bus_fact_is_known (self->screens[i]);
    return !is_known || is_said_locked (self);
}

static IbSurroundingsState
look (const IbSurroundings *self)
{
    IbSurroundingsState state = { .has_network = true };
    if (self->network != NULL) {
        state.has_network = g_network_monitor_get_network_available (self->network);
        state.is_portal = g_network_monitor_get_connectivity (self->network) == G_NETWORK_CONNECTIVITY_PORTAL;
        state.is_metered = g_network_monitor_get_network_metered (self->network);
    }
    if (self->power != NULL)
        state.is_saving = g_power_profile_monitor_get_power_saver_enabled (self->power);
    state.on_battery = self->on_battery != NULL && ib_bus_fact_is_true (self->on_battery);
    state.is_locked = may_be_locked (self);
    return state;
}

static bool
is_same (const IbSurroundingsState *a, const IbSurroundingsState *b)
{
    return a->has_network == b->has_network && a->is_portal == b->is_portal && a->is_metered == b->is_metered
           && a->is_saving == b->is_saving && a->on_battery == b->on_battery && a->is_locked == b->is_locked;
}

static void
tell_within (IbSurroundings *self, GSource **source, guint ms, GSourceFunc tell)
{
    if (*source != NULL)
        return;
    *source = g_timeout_source_new (ms);
    g_source_set_callback (*source, tell, self, NULL);
    g_source_attach (*source, self->context);
}

/* An event may free us: it comes last. */
static gboolean
tell_state (gpointer data)
{
    IbSurroundings *self = data;
    ib_loop_drop (&self->gathering);
    IbSurroundingsState now = look (self);
    bool is_news = !self->has_told || !is_same (&now, &self->state);
    self->has_told = true;
    self->state = now;
    if (is_news && self->events.changed != NULL)
        self->events.changed (&now, self->user_data);
    return G_SOURCE_REMOVE;
}

static gboolean
tell_of_network (gpointer data)
{
    IbSurroundings *self = data;
    ib_loop_drop (&self->settling);
    if (self->events.network_changed != NULL)
        self->events.network_changed (self->user_data);
    return G_SOURCE_REMOVE;
}

/* Mail that came since may be at hand already, and a bubble of it. */
static void
tell_first (IbSurroundings *self)
{
    ib_loop_drop (&self->gathering);
    tell_within (self, &self->gathering, 0, tell_state);
    g_source_set_priority (self->gathering, G_PRIORITY_HIGH);
}

/* But for the first time, which waits for the network to be known. */
static void
tell_soon (gpointer data)
{
    IbSurroundings *self = data;
    if (self->has_told && !self->state.is_locked && is_said_locked (self))
        tell_first (self);
    else if (self->has_told)
        tell_within (self, &self->gathering, GATHER_MS, tell_state);
}

/* --- sleep ----------------------------------------------------------------------------------------------------- */

static void
on_sleeping (gpointer data)
{
    IbSurroundings *self = data;
    if (self->is_asleep)
        return;
    self->is_asleep = true;
    if (self->events.sleeping != NULL)
        self->events.sleeping (self->user_data);
    else
        ib_surroundings_let_sleep (self);
}

static void
wake (IbSurroundings *self)
{
    self->is_asleep = false;
    if (self->events.woke != NULL)
        self->events.woke (self->user_data);
}

/* Unless the clocks have told already. */
static void
on_woke (gpointer data)
{
    IbSurroundings *self = data;
    if (self->is_asleep)
        wake (self);
}

void
ib_surroundings_let_sleep (IbSurroundings *self)
{
    if (self->logind != NULL)
        ib_logind_let_sleep (self->logind);
}

void
ib_surroundings_check_clocks (IbSurroundings *self, gint64 boottime, gint64 monotonic)
{
    gint64 differ = boottime - monotonic;
    bool has_slept = self->clocks_differ != G_MININT64 && differ - self->clocks_differ > SLEPT_US;
    self->clocks_differ = differ;
    if (has_slept)
        wake (self);
}

/* --- the services ---------------------------------------------------------------------------------------------- */

static void
on_network_changed (GNetworkMonitor *network, gboolean is_available, gpointer data)
{
    IbSurroundings *self = data;
    tell_soon (self);
    tell_within (self, &self->settling, SETTLE_MS, tell_of_network);
}

static void
on_notify (GObject *object, GParamSpec *property, gpointer data)
{
    tell_soon (data);
}

/* Both are kept by GIO for the process; the first to ask waits for the system bus. */
static void
make_monitors (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    g_network_monitor_get_default ();
    g_task_return_pointer (task, g_power_profile_monitor_dup_default (), g_object_unref);
}

static void
on_monitors (GObject *source, GAsyncResult *result, gpointer data)
{
    IbSurroundings *self = data;
    g_autoptr (GError) error = NULL;
    GPowerProfileMonitor *power = g_task_propagate_pointer (G_TASK (result), &error);
    if (error != NULL) /* freed meanwhile */
        return;
    self->power = power;
    self->network = g_object_ref (g_network_monitor_get_default ());
    g_signal_connect (self->network, "network-changed", G_CALLBACK (on_network_changed), self);
    g_signal_connect (self->network, "notify::network-available", G_CALLBACK (on_notify), self);
    g_signal_connect (self->network, "notify::connectivity", G_CALLBACK (on_notify), self);
    g_signal_connect (self->network, "notify::network-metered", G_CALLBACK (on_notify), self);
    if (power != NULL)
        g_signal_connect (power, "notify::power-saver-enabled", G_CALLBACK (on_notify), self);
    if (self->has_told)
        tell_soon (self);
    else {
        ib_loop_drop (&self->gathering);
        tell_within (self, &self->gathering, 0, tell_state);
    }
}

/* NULL: we are gone, or there is no such bus. */
static GDBusConnection *
take_bus (IbSurroundings *self, GAsyncResult *result)
{
    g_autoptr (GError) error = NULL;
    GDBusConnection *bus = g_bus_get_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return NULL;
    self->buses_awaited--;
    if (bus != NULL)
        g_dbus_connection_set_exit_on_close (bus, FALSE);
    else
        tell_soon (self);
    return bus;
}

static void
on_system_bus (GObject *source, GAsyncResult *result, gpointer data)
{
    IbSurroundings *self = data;
    g_autoptr (GDBusConnection) bus = take_bus (self, result);
    if (bus == NULL)
        return;
    static const IbLogindEvents events = { .sleeping = on_sleeping, .woke = on_woke, .locked = tell_soon };
    self->logind = ib_logind_new (bus, &events, self);
    self->on_battery = ib_bus_fact_new (bus, &battery, tell_soon, self);
}

static void
watch_screens (IbSurroundings *self, GDBusConnection *session)
{
    for (gsize i = 0; i < G_N_ELEMENTS (screens); i++) {
        ib_bus_fact_free (self->screens[i]);
        self->screens[i] = ib_bus_fact_new (session, &screens[i], tell_soon, self);
    }
}

/* It may have gone again by now, or another be there already. */
static void
on_session_bus (GObject *source, GAsyncResult *result, gpointer data)
{
    IbSurroundings *self = data;
    g_autoptr (GDBusConnection) bus = take_bus (self, result);
    if (bus != NULL && !g_dbus_connection_is_closed (bus) && self->screens[0] == NULL)
        watch_screens (self, bus);
    else if (bus != NULL)
        tell_soon (self);
}

void
ib_surroundings_take_session (IbSurroundings *self, GDBusConnection *session)
{
    watch_screens (self, session);
    tell_soon (self);
}

/* --- who can be reached ---------------------------------------------------------------------------------------- */

typedef struct {
    void (*told) (bool can_reach, gpointer user_data);
    gpointer user_data;
    GCancellable *asker, *answerer; /* the caller's, or NULL, and ours: none must be cancelled */
    GCancellable *search;           /* GIO's */
    GSource *patience;
} Question;

bool
ib_surroundings_is_here (const char *host)
{
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
    if (address != NULL)
        return g_inet_address_get_is_loopback (address);
    g_autofree char *name = g_ascii_strdown (host, -1);
    return strcmp (name, "localhost") == 0 || g_str_has_suffix (name, ".localhost");
}

static void
question_free (Question *question)
{
    ib_loop_drop (&question->patience);
    g_clear_object (&question->asker);
    g_object_unref (question->answerer);
    g_object_unref (question->search);
    g_free (question);
}

static void
answer (Question *question, bool can_reach)
{
    if (!g_cancellable_is_cancelled (question->answerer) && !g_cancellable_is_cancelled (question->asker))
        question->told (can_reach, question->user_data);
    question_free (question);
}

static gboolean
on_known (gpointer question)
{
    answer (question, true);
    return G_SOURCE_REMOVE;
}

static gboolean
on_impatient (gpointer data)
{
    Question *question = data;
    g_cancellable_cancel (question->search);
    return G_SOURCE_REMOVE;
}

static void
on_reached (GObject *network, GAsyncResult *result, gpointer question)
{
    answer (question, g_network_monitor_can_reach_finish (G_NETWORK_MONITOR (network), result, NULL));
}

void
ib_surroundings_can_reach (IbSurroundings *self, const char *host, guint16 port, GCancellable *cancellable,
                           void (*told) (bool can_reach, gpointer user_data), gpointer user_data)
{
    Question *question = g_new0 (Question, 1);
    *question = (Question){ .told = told,
                            .user_data = user_data,
                            .asker = cancellable != NULL ? g_object_ref (cancellable) : NULL,
                            .answerer = g_object_ref (self->cancellable),
                            .search = g_cancellable_new () };
    bool is_known = self->network == NULL || g_network_monitor_get_network_available (self->network)
                    || ib_surroundings_is_here (host);
    question->patience = is_known ? g_idle_source_new () : g_timeout_source_new (REACH_MS);
    g_source_set_callback (question->patience, is_known ? on_known : on_impatient, question, NULL);
    g_source_attach (question->patience, self->context);
    if (is_known)
        return;
    g_autoptr (GSocketConnectable) address = g_network_address_new (host, port);
    g_network_monitor_can_reach_async (self->network, address, question->search, on_reached, question);
}

/* --- itself ---------------------------------------------------------------------------------------------------- */

IbSurroundings *
ib_surroundings_new (const IbSurroundingsEvents *events, gpointer user_data)
{
    IbSurroundings *self = g_new0 (IbSurroundings, 1);
    *self = (IbSurroundings){ .events = *events,
                              .user_data = user_data,
                              .context = g_main_context_ref_thread_default (),
                              .cancellable = g_cancellable_new (),
                              .state = { .has_network = true, .is_locked = true },
                              .buses_awaited = 2,
                              .clocks_differ = G_MININT64 };
    g_autoptr (GTask) task = g_task_new (NULL, self->cancellable, on_monitors, self);
    g_task_set_return_on_cancel (task, TRUE);
    g_task_run_in_thread (task, make_monitors);
    g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_system_bus, self);
    g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, on_session_bus, self);
    tell_within (self, &self->gathering, PATIENCE_MS, tell_state);
    return self;
}

const IbSurroundingsState *
ib_surroundings_state (const IbSurroundings *self)
{
    return &self->state;
}

void
ib_surroundings_free (IbSurroundings *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    ib_loop_drop (&self->gathering);
    ib_loop_drop (&self->settling);
    if (self->network != NULL)
        g_signal_handlers_disconnect_by_data (self->network, self);
    if (self->power != NULL)
        g_signal_handlers_disconnect_by_data (self->power, self);
    g_clear_object (&self->network);
    g_clear_object (&self->power);
    ib_logind_free (self->logind);
    ib_bus_fact_free (self->on_battery);
    for (gsize i = 0; i < G_N_ELEMENTS (screens); i++)
        ib_bus_fact_free (self->screens[i]);
    g_object_unref (self->cancellable);
    g_main_context_unref (self->context);
    g_free (self);
}
