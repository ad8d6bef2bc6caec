/* service.c - the background service of one home
 *
 * Whatever happens is noted at once and acted upon when the loop turns next (see arrange ()): no callback of a poll starts or
 * ends another from inside. */
#include "service.h"
#include "account-run.h"
#include "alarm.h"
#include "config-watch.h"
#include "generation.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib - service - error - quark, ib_service_error)

/* Between tries to open a home that could not be opened or written; each further one doubles it, until a home stands for
 * LONGEST_RETRY_US: on a full disk it can often be opened all the same. */
#define RETRY_US (60 * (gint64) G_USEC_PER_SEC)
#define LONGEST_RETRY_US (15 * 60 * (gint64) G_USEC_PER_SEC)
/* What is still being delivered after so long is left on its server. */
#define STOP_PATIENCE_S 4

typedef struct {
    const IbServiceListener *listener;
    gpointer user_data;
} Listener;

/* What was told of an account last. */
typedef struct {
    IbAccountRun *run;
    IbLifeNow now;
    char *error;
    const char *incident; /* the state in which only the user can help, and that he was told of; NULL */
} Lodger;

typedef enum {
    PHASE_CLOSED, /* no home: .trouble says why */
    PHASE_OPEN,
    PHASE_CLOSING, /* all polls are being ended */
    PHASE_SAVING, /* what was learned is written; then the home is closed, and opened again unless all is over */
    PHASE_SHUTTING, /* from inside close_home (), which lets the loop turn */
} Phase;

struct _IbService {
    const IbPaths *paths;
    GPtrArray *listeners; /* Listener */
    IbConfigWatch *watch;
    IbAlarm *alarm;
    guint arranging; /* the source that acts on news; 0: there is none */

    Phase phase;
    IbGeneration *generation; /* NULL: the configuration could not be read yet */
    IbEquipment equipment;
    GHashTable *lodgers; /* name → Lodger */
    GPtrArray *leaving;  /* Lodger: of accounts that are gone, until their polls have ended */
    GError *trouble;
    gint64 retry_at, retry_us; /* when a closed home is tried next, and how long was waited */
    gint64 opened_at;
    bool is_out_of_date; /* the configuration changed while it could not be looked at */

    /* Of each account, also while it is not here. */
    GHashTable *surroundings; /* name → IbLifeSurroundings */
    GHashTable *pauses;       /* name → gint64, until when; 0: until it is resumed */
    bool is_asleep;
    void (*asleep) (gpointer user_data); /* to be told that the machine may sleep; NULL */
    gpointer asleep_data;

    guint loans;  /* asked for, and not given back */
    bool is_lent; /* to another process */
    bool is_stopping;
    guint patience; /* the timer while stopping; 0: none */
    void (*stopped) (gpointer user_data);
    gpointer stopped_data;
};

static void arrange_soon (IbService *self);

/* --- listeners --------------------------------------------------------------------------------------------- */

#define TELL(self, member, ...)                                                                              \
    G_STMT_START                                                                                             \
    {                                                                                                        \
        for (guint tell_i = 0; tell_i < (self)->listeners->len; tell_i++) {                                  \
            const Listener *one = (self)->listeners->pdata[tell_i];                                          \
            if (one->listener->member != NULL)                                                               \
                one->listener->member (__VA_ARGS__ __VA_OPT__ (, ) one->user_data);                          \
        }                                                                                                    \
    }                                                                                                        \
    G_STMT_END

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

/* --- what polls say ---------------------------------------------------------------------------------------- */

static void
on_news (IbAccountRun *run, gpointer user_data)
{
    arrange_soon (user_data);
}

static void
on_started (IbAccountRun *run, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, started, ib_account_run_name (run));
}

static void
on_found (IbAccountRun *run, guint64 messages, guint64 bytes, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, found, ib_account_run_name (run), messages, bytes);
}

static void
on_fetched (IbAccountRun *run, guint64 bytes, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, fetched, ib_account_run_name (run), bytes);
}

static void
on_delivered (IbAccountRun *run, const IbStory *story, const char *folder, const char *const *paths,
              gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, delivered, story, folder, paths);
}

static void
on_notice (IbAccountRun *run, const char *text, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, notice, ib_account_run_name (run), text);
}

static void
on_polled (IbAccountRun *run, const IbPollResult *result, bool is_whole, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, polled, result, is_whole);
}

/* --- accounts ---------------------------------------------------------------------------------------------- */

static void
lodger_free (gpointer pointer)
{
    Lodger *lodger = pointer;
    ib_account_run_free (lodger->run);
    g_free (lodger->error);
    g_free (lodger);
}

static const char *
name_of (const Lodger *lodger)
{
    return ib_account_run_name (lodger->run);
}

static bool
is_for_the_user (const char *state)
{
    return strcmp (state, "sign-in-needed") == 0 || strcmp (state, "unsafe") == 0
           || strcmp (state, "waiting-for-keyring") == 0;
}

static const char *
remedy_of (const char *state)
{
    return strcmp (state, "sign-in-needed") == 0 ? "sign-in"
           : strcmp (state, "unsafe") == 0       ? "look"
                                                 : "unlock";
}

/* One incident is told once, whatever is tried meanwhile; it is over when a poll goes well. */
static void
tell_user (IbService *self, Lodger *lodger, const IbLifeNow *now)
{
    const char *incident = is_for_the_user (now->state) ? now->state : NULL;
    if (now->is_running || g_strcmp0 (incident, lodger->incident) == 0)
        return; /* its end will tell; or it was told */
    if (incident != NULL)
        TELL (self, attention, name_of (lodger), incident, ib_account_run_error (lodger->run),
              remedy_of (incident));
    else
        TELL (self, relieved, name_of (lodger));
    lodger->incident = incident;
}

/* Tells what is other than it was told last. */
static void
tell_changes (IbService *self, Lodger *lodger, gint64 at)
{
    IbLifeNow now;
    ib_account_life_describe (ib_account_run_life (lodger->run), at, &now);
    const IbLifeNow *last = &lodger->now;
    bool is_same = strcmp (now.state, last->state) == 0 && now.reason == last->reason
                   && now.next == last->next && now.until == last->until && now.is_running == last->is_running
                   && now.is_watching == last->is_watching
                   && strcmp (ib_account_run_error (lodger->run), lodger->error) == 0;
    if (is_same)
        return;
    tell_user (self, lodger, &now);
    lodger->now = now;
    g_free (lodger->error);
    lodger->error = g_strdup (ib_account_run_error (lodger->run));
    TELL (self, account_changed, name_of (lodger));
}

static void
move_in (IbService *self, const IbAccount *account, gint64 now)
{
    static const IbAccountRunEvents events
        = { on_news, on_started, on_found, on_fetched, on_delivered, on_notice, on_polled };
    const IbLifeSurroundings unknown = { .has_network = true };
    const IbLifeSurroundings *known = g_hash_table_lookup (self->surroundings, account->name);
    Lodger *lodger = g_new0 (Lodger, 1);
    lodger->run = ib_account_run_new (self->generation, account, known != NULL ? known : &unknown, now,
                                      &events, self);
    const gint64 *until = g_hash_table_lookup (self->pauses, account->name);
    if (until != NULL)
        ib_account_life_paused (ib_account_run_life (lodger->run), *until, now);
    if (self->is_asleep)
        ib_account_life_asleep (ib_account_run_life (lodger->run), now);
    lodger->now.state = "";
    lodger->error = g_strdup ("");
    g_hash_table_insert (self->lodgers, g_strdup (account->name), lodger);
}

static void
move_out (IbService *self, Lodger *lodger)
{
    g_autofree char *name = g_strdup (name_of (lodger));
    if (lodger->incident != NULL)
        TELL (self, relieved, name);
    g_hash_table_remove (self->lodgers, name);
    g_ptr_array_add (self->leaving, lodger);
    ib_account_run_stop (lodger->run);
    TELL (self, account_changed, name);
}

/* Accounts that cannot be polled as they are configured are not among them: each is told of. */
static const IbAccount *
find_sound (IbService *self, const char *name)
{
    const IbAccount *account = ib_config_account (ib_generation_config (self->generation), name);
    g_autoptr (GError) error = NULL;
    if (account == NULL || !account->is_enabled)
        return NULL;
    if (ib_generation_load_scripts (self->generation, account, &error))
        return account;
    g_autofree char *text = g_strdup_printf ("%s: %s", name, error->message);
    ib_service_say (self, text);
    return NULL;
}

/* All who may live here by the newest reading: found before it is equipped, since equipping takes the scripts. */
static GPtrArray *
find_all_sound (IbService *self)
{
    const IbConfig *config = ib_generation_config (self->generation);
    GPtrArray *sound = g_ptr_array_new ();
    for (guint i = 0; i < config->broken->len; i++)
        ib_service_say (self, ((const IbBrokenAccount *) config->broken->pdata[i])->error->message);
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = find_sound (self, ((const IbAccount *) config->accounts->pdata[i])->name);
        if (account != NULL)
            g_ptr_array_add (sound, (gpointer) account);
    }
    return sound;
}

static void
settle_in (IbService *self, GPtrArray *sound, gint64 now)
{
    g_autoptr (GPtrArray) gone = g_ptr_array_new ();
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value))
        g_ptr_array_add (gone, value);

    for (guint i = 0; i < sound->len; i++) {
        const IbAccount *account = sound->pdata[i];
        Lodger *lodger = g_hash_table_lookup (self->lodgers, account->name);
        if (lodger != NULL) {
            g_ptr_array_remove (gone, lodger);
            ib_account_run_adopt (lodger->run, self->generation, account, now);
        } else {
            move_in (self, account, now);
        }
    }
    for (guint i = 0; i < gone->len; i++)
        move_out (self, gone->pdata[i]);
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
    self->retry_us = CLAMP (2 * self->retry_us, RETRY_US, LONGEST_RETRY_US);
    self->retry_at = now + self->retry_us;
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
equip (IbService *self, gint64 now)
{
    g_autoptr (GPtrArray) sound = find_all_sound (self);
    ib_generation_equip (self->generation, &self->equipment);
    ib_generation_refresh (self->generation);
    settle_in (self, sound, now);
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
    IbLearned *learned = ib_learned_new (self->paths, home->journal, false);
    self->equipment = (IbEquipment){
        .learned = learned,
        .pipeline = ib_pipeline_new (g_steal_pointer (&home), config->deduplicates),
        .servers = ib_servers_load (cache),
        .tokens = ib_tokens_new (self->paths),
    };
    self->phase = PHASE_OPEN;
    be_well (self, now);
    equip (self, now);
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
        move_out (self, all->pdata[i]);
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
    arrange_soon (self);
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
        equip (self, now);
        TELL (self, reloaded);
    }
}

/* --- what is next ------------------------------------------------------------------------------------------ */

static void
free_who_has_left (IbService *self)
{
    for (guint i = self->leaving->len; i > 0; i--)
        if (ib_account_run_is_quiet (((const Lodger *) self->leaving->pdata[i - 1])->run))
            g_ptr_array_remove_index_fast (self->leaving, i - 1);
}

/* One of that name still delivers what it had: its successor would fetch that once more. */
static bool
has_predecessor (const IbService *self, const char *name)
{
    for (guint i = 0; i < self->leaving->len; i++)
        if (strcmp (name_of (self->leaving->pdata[i]), name) == 0)
            return true;
    return false;
}

/* Returns when the next of them is due. */
static gint64
act_for_all (IbService *self, gint64 now)
{
    gint64 due = IB_LIFE_NEVER;
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value)) {
        Lodger *lodger = value;
        bool may_act = !has_predecessor (self, name_of (lodger)); /* its end brings us here */
        if (may_act)
            ib_account_run_act (lodger->run, now);
        tell_changes (self, lodger, now);
        if (may_act)
            due = MIN (due, ib_account_life_due (ib_account_run_life (lodger->run)));
    }
    return due;
}

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

/* A poll has ended when all that it had is on disk. */
static void
let_sleep (IbService *self)
{
    void (*asleep) (gpointer user_data) = self->asleep;
    GHashTableIter each;
    gpointer value;
    bool is_quiet = self->leaving->len == 0;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value))
        is_quiet = is_quiet && ib_account_run_is_quiet (((const Lodger *) value)->run);
    if (asleep == NULL || !is_quiet)
        return;
    self->asleep = NULL;
    asleep (self->asleep_data);
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
    free_who_has_left (self);
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
        due = act_for_all (self, now);
    let_sleep (self);
    ib_alarm_set (self->alarm, due);
    return G_SOURCE_REMOVE;
}

static void
arrange_soon (IbService *self)
{
    if (self->arranging == 0)
        self->arranging = g_idle_add_full (G_PRIORITY_HIGH_IDLE, arrange, self, NULL);
}

static void
on_ring (gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, rang);
    arrange_soon (self);
}

/* --- beginning and end ------------------------------------------------------------------------------------- */

IbService *
ib_service_new (const IbPaths *paths)
{
    IbService *self = g_new0 (IbService, 1);
    self->paths = paths;
    self->listeners = g_ptr_array_new_with_free_func (g_free);
    self->lodgers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    self->leaving = g_ptr_array_new_with_free_func (lodger_free);
    self->surroundings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->pauses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->retry_at = IB_LIFE_NEVER;
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
    arrange_soon (self);
    return true;
}

void
ib_service_reload (IbService *self)
{
    self->is_out_of_date = true;
    arrange_soon (self);
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
    arrange_soon (self);
    return G_SOURCE_REMOVE;
}

void
ib_service_stop (IbService *self, void (*stopped) (gpointer user_data), gpointer user_data)
{
    self->is_stopping = true;
    self->stopped = stopped;
    self->stopped_data = user_data;
    self->patience = g_timeout_add_seconds (STOP_PATIENCE_S, on_patience_over, self);
    arrange_soon (self);
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
    g_ptr_array_unref (self->listeners);
    g_ptr_array_unref (self->leaving);
    g_hash_table_unref (self->lodgers);
    g_hash_table_unref (self->surroundings);
    g_hash_table_unref (self->pauses);
    g_clear_error (&self->trouble);
    g_free (self);
}

void
ib_service_prove (IbService *self, IbPipelineDone done, gpointer user_data)
{
    bool has_thread = self->phase == PHASE_OPEN || self->phase == PHASE_CLOSING;
    if (!has_thread || self->loans > 0)
        done (NULL, user_data);
    else
        ib_pipeline_ping (self->equipment.pipeline, done, user_data);
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

static gint64
real_time (gint64 boot_time)
{
    return boot_time == IB_LIFE_NEVER ? 0 : g_get_real_time () + boot_time - ib_alarm_now ();
}

bool
ib_service_describe (const IbService *self, const char *account, IbAccountNow *out_now)
{
    const Lodger *lodger = g_hash_table_lookup (self->lodgers, account);
    IbLifeNow now;
    if (lodger == NULL)
        return false;
    ib_account_life_describe (ib_account_run_life (lodger->run), ib_alarm_now (), &now);
    *out_now = (IbAccountNow){
        .state = now.state,
        .error = ib_account_run_error (lodger->run),
        .reason = ib_life_reason_name (now.reason),
        .next = real_time (now.next),
        .until = real_time (now.until),
        .is_running = now.is_running,
        .is_watching = now.is_watching,
        .needs_user = is_for_the_user (now.state),
    };
    return true;
}

/* --- what the user asks for -------------------------------------------------------------------------------- */

static Lodger *
find_lodger (IbService *self, const char *account, GError **error)
{
    Lodger *lodger = g_hash_table_lookup (self->lodgers, account);
    if (self->trouble != NULL)
        g_set_error_literal (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE, self->trouble->message);
    else if (lodger == NULL)
        g_set_error (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_ACCOUNT,
                     _ ("The service runs no account “%s”: “inbasket account list” shows what there is"),
                     account);
    return self->trouble == NULL ? lodger : NULL;
}

bool
ib_service_check (IbService *self, const char *const *accounts, GError **error)
{
    bool is_for_all = accounts == NULL || *accounts == NULL;
    gint64 now = ib_alarm_now ();
    for (gsize i = 0; !is_for_all && accounts[i] != NULL; i++)
        if (find_lodger (self, accounts[i], error) == NULL)
            return false;
    if (self->trouble != NULL) {
        g_set_error_literal (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE, self->trouble->message);
        return false;
    }
    GHashTableIter each;
    gpointer name, value;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, &name, &value))
        if (is_for_all || g_strv_contains (accounts, name))
            ib_account_life_asked (ib_account_run_life (((Lodger *) value)->run), now);
    arrange_soon (self);
    return true;
}

bool
ib_service_pause (IbService *self, const char *account, gint64 seconds, GError **error)
{
    Lodger *lodger = find_lodger (self, account, error);
    gint64 now = ib_alarm_now ();
    if (lodger == NULL)
        return false;
    gint64 until = seconds > 0 ? now + seconds * G_USEC_PER_SEC : 0;
    g_hash_table_insert (self->pauses, g_strdup (account), g_memdup2 (&until, sizeof until));
    ib_account_life_paused (ib_account_run_life (lodger->run), until, now);
    arrange_soon (self);
    return true;
}

bool
ib_service_resume (IbService *self, const char *account, GError **error)
{
    Lodger *lodger = find_lodger (self, account, error);
    if (lodger == NULL)
        return false;
    g_hash_table_remove (self->pauses, account);
    ib_account_life_resumed (ib_account_run_life (lodger->run), ib_alarm_now ());
    arrange_soon (self);
    return true;
}

/* Runs @news on every account's life, at the same moment. */
static void
spread (IbService *self, void (*news) (IbAccountLife *life, gint64 now))
{
    gint64 now = ib_alarm_now ();
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value))
        news (ib_account_run_life (((Lodger *) value)->run), now);
    arrange_soon (self);
}

void
ib_service_keyring_changed (IbService *self)
{
    spread (self, ib_account_life_keyring_changed);
}

void
ib_service_surround (IbService *self, const char *account, const IbLifeSurroundings *surroundings)
{
    const Lodger *lodger = g_hash_table_lookup (self->lodgers, account);
    g_hash_table_insert (self->surroundings, g_strdup (account),
                         g_memdup2 (surroundings, sizeof *surroundings));
    if (lodger == NULL)
        return;
    ib_account_run_surround (lodger->run, surroundings, ib_alarm_now ());
    arrange_soon (self);
}

void
ib_service_rerouted (IbService *self)
{
    spread (self, ib_account_life_rerouted);
}

void
ib_service_sleep (IbService *self, void (*asleep) (gpointer user_data), gpointer user_data)
{
    self->asleep = asleep;
    self->asleep_data = user_data;
    self->is_asleep = true;
    spread (self, ib_account_life_asleep);
}

void
ib_service_wake (IbService *self)
{
    self->asleep = NULL;
    self->is_asleep = false;
    spread (self, ib_account_life_woke);
}

/* --- the home in other hands ------------------------------------------------------------------------------- */

typedef struct Loan {
    IbService *service;
    IbPipelineUse use;
    IbPipelineDone ready;
    gpointer user_data;
    IbGeneration *generation; /* by which the home is opened again */
    GError *error;
} Loan;

static void
loan_end (Loan *loan)
{
    ib_generation_unref (loan->generation);
    g_clear_error (&loan->error);
    g_free (loan);
}

static Loan *
loan_new (IbService *self, IbPipelineUse use, IbPipelineDone ready, gpointer user_data)
{
    Loan *loan = g_new0 (Loan, 1);
    *loan = (Loan){
        self, use, ready, user_data, self->generation != NULL ? ib_generation_ref (self->generation) : NULL,
        NULL
    };
    return loan;
}

static gboolean
refuse_loan (gpointer user_data)
{
    Loan *loan = user_data;
    if (loan->use != NULL)
        loan->use (NULL, loan->error, loan->user_data);
    else
        loan->ready (loan->error, loan->user_data);
    loan_end (loan);
    return G_SOURCE_REMOVE;
}

/* Not from inside the call that asks. */
static bool
may_lend (IbService *self, Loan *loan)
{
    if (self->phase == PHASE_OPEN)
        return true;
    loan->error = self->trouble != NULL ? g_error_new_literal (IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE,
                                                               self->trouble->message)
                                        : g_error_new_literal (IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE,
                                                               _ ("The service is about to end"));
    (void) g_idle_add (refuse_loan, loan);
    return false;
}

static void
on_borrowed (IbHome *home, const GError *error, gpointer user_data)
{
    Loan *loan = user_data;
    if (home == NULL) {
        loan->service->loans--;
        arrange_soon (loan->service);
    }
    loan->use (home, error, loan->user_data);
    loan_end (loan);
}

void
ib_service_borrow (IbService *self, IbPipelineUse use, gpointer user_data)
{
    Loan *loan = loan_new (self, use, NULL, user_data);
    if (!may_lend (self, loan))
        return;
    self->loans++;
    ib_pipeline_borrow (self->equipment.pipeline, on_borrowed, loan);
}

/* On the delivery thread. */
static IbHome *
open_again (gpointer user_data, GError **error)
{
    const Loan *loan = user_data;
    return ib_home_open (loan->service->paths, ib_generation_config (loan->generation), g_get_real_time (),
                         error);
}

void
ib_service_give_back (IbService *self)
{
    self->loans--;
    ib_pipeline_give_back (self->equipment.pipeline);
    arrange_soon (self);
}

static void
on_lent (const GError *error, gpointer user_data)
{
    const Loan *loan = user_data;
    IbService *self = loan->service;
    self->is_lent = error == NULL;
    loan->ready (error, loan->user_data);
    if (self->is_stopping && self->patience == 0)
        ib_service_take_back (self); /* too late */
}

/* What another process taught is learned, too, before anybody else has the home. */
static void
on_home_is_back (IbHome *home, const GError *error, gpointer user_data)
{
    Loan *loan = user_data;
    IbService *self = loan->service;
    if (home != NULL) {
        ib_learned_refresh (self->equipment.learned, home->journal);
        ib_learned_introduce (self->equipment.learned, ib_generation_context (self->generation)->pool);
    }
    ib_service_give_back (self);
    loan_end (loan);
}

void
ib_service_lend (IbService *self, IbPipelineDone ready, gpointer user_data)
{
    Loan *loan = loan_new (self, NULL, ready, user_data);
    if (!may_lend (self, loan))
        return;
    self->loans++;
    ib_pipeline_lend (self->equipment.pipeline, open_again, on_lent, loan);
    ib_pipeline_borrow (self->equipment.pipeline, on_home_is_back, loan);
}

void
ib_service_take_back (IbService *self)
{
    if (!self->is_lent)
        return;
    self->is_lent = false;
    ib_pipeline_give_back (self->equipment.pipeline);
}
