/* service-accounts.c - who lives in the service's home, and what the user and the machine want of them */
#include "service-private.h"
#include "destination.h"
#include "turns.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- what polls say ---------------------------------------------------------------------------------------- */

static void
on_news (IbAccountRun *run, gpointer user_data)
{
    ib_service_arrange_soon (user_data);
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
on_alert (IbAccountRun *run, const char *text, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, alert, ib_account_run_name (run), text);
}

static void
on_polled (IbAccountRun *run, const IbPollResult *result, bool is_whole, gpointer user_data)
{
    IbService *self = user_data;
    TELL (self, polled, result, is_whole);
}

/* --- accounts ---------------------------------------------------------------------------------------------- */

void
ib_service_lodger_free (gpointer pointer)
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

void
ib_service_tell_all (IbService *self)
{
    GHashTableIter each;
    gpointer name;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, &name, NULL))
        TELL (self, account_changed, name);
}

/* @is_start: all come at once, and nobody waits for them; else the user has just added it, or switched it on. */
static void
move_in (IbService *self, const IbAccount *account, bool is_start, gint64 now)
{
    static const IbAccountRunEvents events
        = { on_news, on_started, on_found, on_fetched, on_delivered, on_notice, on_alert, on_polled };
    const IbLifeSurroundings unknown = { .has_network = true };
    const IbLifeSurroundings *known = g_hash_table_lookup (self->surroundings, account->name);
    Lodger *lodger = g_new0 (Lodger, 1);
    lodger->run = ib_account_run_new (self->generation, account, known != NULL ? known : &unknown, now,
                                      &events, self);
    if (!is_start)
        ib_account_life_resumed (ib_account_run_life (lodger->run), now);
    const gint64 *until = g_hash_table_lookup (self->pauses, account->name);
    if (until != NULL)
        ib_account_life_paused (ib_account_run_life (lodger->run), *until, now);
    if (self->is_asleep)
        ib_account_life_asleep (ib_account_run_life (lodger->run), now);
    lodger->now.state = "";
    lodger->error = g_strdup ("");
    g_hash_table_insert (self->lodgers, g_strdup (account->name), lodger);
}

void
ib_service_move_out (IbService *self, Lodger *lodger)
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
GPtrArray *
ib_service_find_sound (IbService *self)
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

void
ib_service_settle_in (IbService *self, GPtrArray *sound, bool is_start, gint64 now)
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
            move_in (self, account, is_start, now);
        }
    }
    for (guint i = 0; i < gone->len; i++)
        ib_service_move_out (self, gone->pdata[i]);
}

/* --- what is next ------------------------------------------------------------------------------------------ */

void
ib_service_free_gone (IbService *self)
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

static char *
server_of (const Lodger *lodger)
{
    return ib_destination_server (ib_account_run_account (lodger->run));
}

static void
count_if_looking (GHashTable *looking, const Lodger *lodger)
{
    if (!ib_account_run_is_looking (lodger->run))
        return;
    char *server = server_of (lodger);
    guint before = GPOINTER_TO_UINT (g_hash_table_lookup (looking, server));
    g_hash_table_insert (looking, server, GUINT_TO_POINTER (before + 1));
}

/* How many look at each server now. */
static GHashTable *
count_looking (IbService *self)
{
    GHashTable *looking = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter each;
    gpointer value;
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value))
        count_if_looking (looking, value);
    return looking;
}

/* One that is at nothing waits while enough others are at its server, whose end brings us here. */
static bool
has_room (const GHashTable *looking, const Lodger *lodger)
{
    g_autofree char *server = server_of (lodger);
    return !ib_account_run_is_quiet (lodger->run)
           || GPOINTER_TO_UINT (g_hash_table_lookup ((GHashTable *) looking, server))
                  < IB_TURNS_OF_ONE_SERVER;
}

/* Returns when the next of them is due. */
gint64
ib_service_act_for_all (IbService *self, gint64 now)
{
    gint64 due = IB_LIFE_NEVER;
    GHashTableIter each;
    gpointer value;
    g_autoptr (GHashTable) looking = count_looking (self);
    g_hash_table_iter_init (&each, self->lodgers);
    while (g_hash_table_iter_next (&each, NULL, &value)) {
        Lodger *lodger = value;
        bool was_looking = ib_account_run_is_looking (lodger->run);
        bool may_act = !has_predecessor (self, name_of (lodger)) /* its end brings us here */
                       && has_room (looking, lodger);
        if (may_act)
            ib_account_run_act (lodger->run, now);
        if (!was_looking)
            count_if_looking (looking, lodger);
        tell_changes (self, lodger, now);
        if (may_act)
            due = MIN (due, ib_account_life_due (ib_account_run_life (lodger->run)));
    }
    return due;
}

/* A poll has ended when all that it had is on disk. */
void
ib_service_let_sleep (IbService *self)
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

/* --- how it stands ----------------------------------------------------------------------------------------- */

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
        .alert = ib_alerts_last (self->equipment.alerts, account, self->began_at),
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
    ib_service_arrange_soon (self);
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
    ib_service_arrange_soon (self);
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
    ib_service_arrange_soon (self);
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
    ib_service_arrange_soon (self);
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
    ib_service_arrange_soon (self);
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
