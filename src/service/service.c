/* service.c - the background service of one home
 *
 * Whatever happens is noted at once and acted upon when the loop turns next (see arrange ()): no callback of a poll starts or
 * ends another from inside. */
#include "service-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-service-error-quark, ib_service_error)

/* Between tries to open a home that could not be opened or written; each further one doubles it, until a home stands for
 * LONGEST_RETRY_US: on a full disk it can often be opened all the same. */
#define RETRY_US (60 * (gint64) G_USEC_PER_SEC)
#define LONGEST_RETRY_US (15 * 60 * (gint64) G_USEC_PER_SEC)
/* Of these the first where it is only another's, who may be done in a moment; then RETRY_US is the longest. */
#define BUSY_RETRY_US (2 * (gint64) G_USEC_PER_SEC)
/* What is still being delivered after so long is left on its server. */
#define STOP_PATIENCE_S 4

/* --- listeners --------------------------------------------------------------------------------------------- */

void
ib_service_listen (IbService *self, const IbServiceListener *listener, gpointer user_data)
{
    Listener *one = g_new (Listener, 1);
    *one = (Listener){ listener, user_data };
    g_ptr_array_add (self->listeners, one);
}

void
ib_service_unlisten (IbService *self, gpointer user_data)
{
    for (guint i = self->listeners->len; i > 0; i--)
        if (((const Listener *) self->listeners->pdata[i - 1])->user_data == user_data)
            g_ptr_array_remove_index (self->listeners, i - 1);
}

void
ib_service_say (IbService *self, const char *text)
{
    TELL (self, notice, NULL, text);
}

/* --- the home ---------------------------------------------------------------------------------------------- */

static void
be_in_trouble (IbService *self, GError *error, gint64 now)
{
    bool is_new = self->trouble == NULL || strcmp (self->trouble->message, error->message) != 0;
    g_clear_error (&self->trouble);
    self->trouble = error;
    if (self->phase == PHASE_OPEN && now - self->opened_at >= LONGEST_RETRY_US)
        self->retry_us = 0;
    /* What has merely changed can be opened at once, unless it goes on changing. */
    bool is_changed = g_error_matches (error, IB_MAILDIR_ERROR, IB_MAILDIR_ERROR_CHANGED) && self->retry_us == 0;
    bool is_busy = g_error_matches (error, IB_HOME_ERROR, IB_HOME_ERROR_BUSY);
    self->retry_us = is_busy || is_changed ? CLAMP (2 * self->retry_us, BUSY_RETRY_US, RETRY_US)
                                           : CLAMP (2 * self->retry_us, RETRY_US, LONGEST_RETRY_US);
    self->retry_at = is_changed ? now : now + self->retry_us;
    if (is_new)
        ib_service_say (self, error->message);
}

static void
be_well (IbService *self, gint64 now)
{
    g_clear_error (&self->trouble);
    self->opened_at = now;
    self->retry_at = IB_LIFE_NEVER;
}

/* NULL: it does not parse. */
static IbGeneration *
read_configuration (IbService *self, GError **error)
{
    g_autofree char *notice = NULL;
    IbGeneration *generation = ib_generation_read (self->paths, &notice, error);
    self->is_out_of_date = false;
    if (notice != NULL)
        ib_service_say (self, notice);
    return generation;
}

static void
go_by (IbService *self, IbGeneration *generation)
{
    ib_generation_unref (self->generation);
    self->generation = generation;
}

static void
equip (IbService *self, bool is_start, gint64 now)
{
    g_autoptr (GPtrArray) sound = ib_service_find_sound (self);
    ib_generation_equip (self->generation, &self->equipment);
    ib_generation_refresh (self->generation);
    ib_service_settle_in (self, sound, is_start, now);
}

static bool
open_home (IbService *self, gint64 now, GError **error)
{
    IbGeneration *generation = read_configuration (self, error);
    if (generation == NULL)
        return false;
    go_by (self, generation);
    const IbConfig *config = ib_generation_config (generation);
    g_autoptr (IbHome) home = ib_home_open (self->paths, config, g_get_real_time (), error);
    if (home == NULL)
        return false;
    if (home->notice != NULL)
        ib_service_say (self, home->notice);
    g_autofree char *cache = g_build_filename (self->paths->cache, "servers", NULL);
    g_autofree char *alerts = g_build_filename (self->paths->cache, "alerts", NULL);
    IbLearned *learned = ib_learned_new (self->paths, home->journal, false);
    self->equipment = (IbEquipment){
        .learned = learned,
        .pipeline = ib_pipeline_new (g_steal_pointer (&home), config->deduplicates),
        .servers = ib_servers_load (cache),
        .alerts = ib_alerts_load (alerts),
        .tokens = ib_tokens_new (self->paths),
    };
    self->phase = PHASE_OPEN;
    be_well (self, now);
    equip (self, true, now);
    TELL (self, reloaded);
    return true;
}

/* Polls that ended, and readings that they held, are freed when the loop turns: before what they stand on. What else it
 * brings meanwhile finds a home that is gone. */
static void
close_home (IbService *self)
{
    self->phase = PHASE_SHUTTING;
    ib_pipeline_close (self->equipment.pipeline);
    g_ptr_array_set_size (self->leaving, 0);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_clear_pointer (&self->generation, ib_generation_unref);
    ib_learned_free (self->equipment.learned);
    ib_servers_save (self->equipment.servers);
    ib_servers_free (self->equipment.servers);
    ib_alerts_free (self->equipment.alerts);
    ib_tokens_free (self->equipment.tokens);
    self->equipment = (IbEquipment){ 0 };
    self->phase = PHASE_CLOSED;
}

/* Everybody moves out: what they have handed over is still delivered. */
static void
begin_closing (IbService *self)
{
    g_autoptr (GPtrArray) all = g_ptr_array_new ();
    GHashTableIter each;
    gpointer value;
    self->phase = PHASE_CLOSING;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value))
        g_ptr_array_add (all, value);
    for (guint i = 0; i < all->len; i++)
        ib_service_move_out (self, all->pdata[i]);
}

/* model.ib may be behind, so that not every lesson writes it. */
static void
on_saving (IbHome *home, const GError *error, gpointer user_data)
{
    IbService *self = user_data;
    g_autoptr (GError) why = NULL;
    if (home != NULL && !ib_learned_save (self->equipment.learned, home->journal, &why))
        ib_service_say (self, why->message);
    ib_pipeline_give_back (self->equipment.pipeline);
    self->loans--;
    ib_service_arrange_soon (self);
}

static void
save_learned (IbService *self)
{
    self->phase = PHASE_SAVING;
    self->loans++;
    ib_pipeline_borrow (self->equipment.pipeline, on_saving, self);
}

/* Another Maildir is another home. */
static bool
is_another_home (const IbConfig *one, const IbConfig *other)
{
    return strcmp (one->maildir, other->maildir) != 0 || one->layout != other->layout
           || one->deduplicates != other->deduplicates;
}

/* What is still open ends by the reading that it began with. */
static void
read_anew (IbService *self, gint64 now)
{
    GError *error = NULL;
    IbGeneration *generation = read_configuration (self, &error);
    if (generation == NULL) {
        be_in_trouble (self, error, now);
        begin_closing (self);
    } else if (is_another_home (ib_generation_config (self->generation), ib_generation_config (generation))) {
        ib_generation_unref (generation); /* it is read again once this home is closed */
        self->retry_at = now;
        begin_closing (self);
    } else {
        go_by (self, generation);
        equip (self, false, now);
        TELL (self, reloaded);
    }
}

/* --- what is next ------------------------------------------------------------------------------------------ */

static void
look_at_store (IbService *self, gint64 now)
{
    const GError *stuck = ib_pipeline_get_error (self->equipment.pipeline);
    if (stuck == NULL)
        return;
    be_in_trouble (self, g_error_copy (stuck), now);
    begin_closing (self);
}

static void
try_to_open (IbService *self, gint64 now)
{
    GError *error = NULL;
    if (now >= self->retry_at && !open_home (self, now, &error))
        be_in_trouble (self, error, now);
}

static void
be_stopped (IbService *self)
{
    void (*stopped) (gpointer user_data) = self->stopped;
    if (self->patience != 0)
        g_source_remove (self->patience);
    self->patience = 0;
    self->stopped = NULL;
    if (stopped != NULL)
        stopped (self->stopped_data);
}

static gboolean
arrange (gpointer user_data)
{
    IbService *self = user_data;
    gint64 now = ib_alarm_now ();
    gint64 due = IB_LIFE_NEVER;

    self->arranging = 0;
    if (self->phase == PHASE_SHUTTING)
        return G_SOURCE_REMOVE; /* called by the loop that our caller turns, and goes on after */
    if (self->phase == PHASE_OPEN)
        look_at_store (self, now);
    if (self->phase == PHASE_OPEN && self->is_out_of_date)
        read_anew (self, now);
    if (self->phase == PHASE_OPEN && self->is_stopping)
        begin_closing (self);
    ib_service_free_gone (self);
    if (self->phase == PHASE_CLOSING && self->leaving->len == 0 && self->loans == 0)
        save_learned (self);
    else if (self->phase == PHASE_SAVING && self->loans == 0)
        close_home (self);
    if (self->phase == PHASE_CLOSED && self->is_stopping) {
        be_stopped (self); /* may free us */
        return G_SOURCE_REMOVE;
    }
    if (self->phase == PHASE_CLOSED) {
        if (self->is_out_of_date)
            self->retry_at = now;
        try_to_open (self, now);
        due = self->retry_at;
    }
    if (self->phase == PHASE_OPEN)
        due = ib_service_act_for_all (self, now);
    ib_service_let_sleep (self);
    ib_alarm_set (self->alarm, due);
    return G_SOURCE_REMOVE;
}

void
ib_service_arrange_soon (IbService *self)
{
    if (self->arranging == 0)
        self->arranging = g_idle_add_full (G_PRIORITY_HIGH_IDLE, arrange, self, NULL);
}

static void
on_ring (gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, rang);
    ib_service_arrange_soon (self);
}

static void
on_clock_was_set (gpointer user_data)
{
    ib_service_tell_all (user_data);
}

/* --- beginning and end ------------------------------------------------------------------------------------- */

IbService *
ib_service_new (const IbPaths *paths)
{
    IbService *self = g_new0 (IbService, 1);
    self->paths = paths;
    self->listeners = g_ptr_array_new_with_free_func (g_free);
    self->lodgers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->leaving = g_ptr_array_new_with_free_func (ib_service_lodger_free);
    self->surroundings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->pauses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->retry_at = IB_LIFE_NEVER;
    self->began_at = g_get_real_time ();
    return self;
}

static void
on_configuration_changed (gpointer user_data)
{
    ib_service_reload (user_data);
}

bool
ib_service_start (IbService *self, GError **error)
{
    GError *why = NULL;
    gint64 now = ib_alarm_now ();
    /* Before it is read: no change falls between the two. */
    self->watch = ib_config_watch_new (self->paths, on_configuration_changed, self);
    if (!open_home (self, now, &why)) {
        if (g_error_matches (why, IB_HOME_ERROR, IB_HOME_ERROR_BUSY)) {
            g_propagate_error (error, why);
            return false;
        }
        be_in_trouble (self, why, now);
    }
    self->alarm = ib_alarm_new (on_ring, self);
    if (self->alarm == NULL) {
        g_set_error (error, IB_HOME_ERROR, IB_HOME_ERROR_STORE, _ ("There is no timer to be had: %s"),
                     g_strerror (errno));
        return false;
    }
    self->wall_clock = ib_wall_clock_new (on_clock_was_set, self);
    ib_service_arrange_soon (self);
    return true;
}

void
ib_service_reload (IbService *self)
{
    self->is_out_of_date = true;
    ib_service_arrange_soon (self);
}

/* What a filter still has is left on its server, and whoever has the home must do without us. */
static gboolean
on_patience_over (gpointer user_data)
{
    IbService *self = user_data;
    self->patience = 0;
    if (self->phase == PHASE_OPEN || self->phase == PHASE_CLOSING)
        ib_filter_pool_stop (ib_generation_context (self->generation)->pool, _ ("stopped"));
    ib_service_take_back (self);
    ib_service_arrange_soon (self);
    return G_SOURCE_REMOVE;
}

void
ib_service_stop (IbService *self, void (*stopped) (gpointer user_data), gpointer user_data)
{
    self->is_stopping = true;
    self->stopped = stopped;
    self->stopped_data = user_data;
    self->patience = g_timeout_add_seconds (STOP_PATIENCE_S, on_patience_over, self);
    ib_service_arrange_soon (self);
}

void
ib_service_free (IbService *self)
{
    if (self == NULL)
        return;
    if (self->phase != PHASE_CLOSED)
        close_home (self);
    ib_generation_unref (self->generation); /* of a home that was never opened */
    if (self->arranging != 0)
        g_source_remove (self->arranging);
    ib_config_watch_free (self->watch);
    ib_alarm_free (self->alarm);
    ib_wall_clock_free (self->wall_clock);
    g_ptr_array_unref (self->listeners);
    g_ptr_array_unref (self->leaving);
    g_hash_table_unref (self->lodgers);
    g_hash_table_unref (self->surroundings);
    g_hash_table_unref (self->pauses);
    g_clear_error (&self->trouble);
    g_free (self);
}

/* --- what stands ------------------------------------------------------------------------------------------- */

const IbPaths *
ib_service_paths (const IbService *self)
{
    return self->paths;
}

const IbConfig *
ib_service_config (const IbService *self)
{
    return self->generation != NULL ? ib_generation_config (self->generation) : NULL;
}

IbGeneration *
ib_service_generation (const IbService *self)
{
    return self->generation;
}

IbLearned *
ib_service_learned (const IbService *self)
{
    return self->equipment.learned;
}

const GError *
ib_service_get_trouble (const IbService *self)
{
    return self->trouble;
}
