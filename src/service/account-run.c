/* account-run.c - one account in the service */
#include "account-run.h"
#include "account-file.h"
#include "alarm.h"
#include "credential.h"

#include <string.h>

/* Sessions of one account at most: what is left over is looked at by the interval. */
#define MOST_SESSIONS 8
/* A further session that does not last so long is one that the server does not grant. */
#define GRANTED_US (60 * G_USEC_PER_SEC)
/* On a metered network, what is larger waits (on-metered=pause-large). */
#define MODERATE_BYTES (1024 * 1024)

/* One poll, and what it stands on. */
typedef struct {
    IbAccountRun *run;
    IbGeneration *generation;
    IbPoll *poll;
    char *mailbox; /* the one that it is for; NULL: the poll of all mailboxes */
    char *watched; /* that the server tells of now; NULL */
    gint64 since;  /* that it is watched for the first time; 0: not yet */
} Errand;

struct _IbAccountRun {
    const IbAccountRunEvents *events;
    gpointer user_data;
    IbGeneration *generation; /* the newest */
    const IbAccount *account; /* its */
    IbAccountLife *life;
    Errand *main;         /* of all mailboxes; NULL: none is under way */
    GPtrArray *further;   /* Errand: for one mailbox each */
    GPtrArray *mailboxes; /* char *: that the last round entered, as the server writes them */
    bool is_whole_round;  /* all mailboxes are being looked at, and not only one in which something arrived */
    bool is_listed_anew;  /* the next one that is entered is the first of such a round */
    bool watches_all;     /* of them */
    guint most_further;   /* as far as is known, the server grants so many */
    char *error;
};

static void tend_watches (IbAccountRun *self, gint64 now, bool is_news);

/* --- errands ----------------------------------------------------------------------------------------------- */

static gboolean
errand_free (gpointer pointer)
{
    Errand *errand = pointer;
    ib_poll_free (errand->poll);
    ib_generation_unref (errand->generation);
    g_free (errand->mailbox);
    g_free (errand->watched);
    g_free (errand);
    return G_SOURCE_REMOVE;
}

static void
on_entered (IbPoll *poll, const char *mailbox, const char *display_name, gpointer user_data)
{
    Errand *errand = user_data;
    IbAccountRun *self = errand->run;
    if (errand != self->main)
        return;
    if (self->is_listed_anew)
        g_ptr_array_set_size (self->mailboxes, 0);
    self->is_listed_anew = false;
    if (!g_ptr_array_find_with_equal_func (self->mailboxes, mailbox, g_str_equal, NULL))
        g_ptr_array_add (self->mailboxes, g_strdup (mailbox));
}

static void
on_found (IbPoll *poll, guint64 messages, guint64 bytes, gpointer user_data)
{
    IbAccountRun *self = ((Errand *) user_data)->run;
    self->events->found (self, messages, bytes, self->user_data);
}

static void
on_fetched (IbPoll *poll, guint64 bytes, gpointer user_data)
{
    IbAccountRun *self = ((Errand *) user_data)->run;
    self->events->fetched (self, bytes, self->user_data);
}

static void
on_delivered (IbPoll *poll, const IbStory *story, const char *folder, const char *const *paths,
              gpointer user_data)
{
    IbAccountRun *self = ((Errand *) user_data)->run;
    self->events->delivered (self, story, folder, paths, self->user_data);
}

static void
on_notice (IbPoll *poll, const char *text, gpointer user_data)
{
    IbAccountRun *self = ((Errand *) user_data)->run;
    self->events->notice (self, text, self->user_data);
}

static void
on_alert (IbPoll *poll, const char *text, gpointer user_data)
{
    IbAccountRun *self = ((Errand *) user_data)->run;
    self->events->alert (self, text, self->user_data);
}

/* A poll goes over to the newest reading when nothing of it is on its way. */
static void
bring_up_to_date (Errand *errand)
{
    IbAccountRun *self = errand->run;
    if (errand->generation == self->generation
        || !ib_poll_adopt (errand->poll, ib_generation_context (self->generation), self->account))
        return;
    ib_generation_unref (errand->generation);
    errand->generation = ib_generation_ref (self->generation);
}

static void
note_error (IbAccountRun *self, const GError *error)
{
    g_free (self->error);
    self->error = g_strdup (error != NULL ? error->message : "");
}

static void
on_watching (IbPoll *poll, const char *mailbox, const IbPollResult *so_far, gpointer user_data)
{
    Errand *errand = user_data;
    IbAccountRun *self = errand->run;
    gint64 now = ib_alarm_now ();
    bool is_whole = errand == self->main && self->is_whole_round;

    g_free (errand->watched);
    errand->watched = g_strdup (mailbox);
    if (errand->since == 0)
        errand->since = now;
    if (errand == self->main) {
        self->is_whole_round = false;
        note_error (self, NULL);
    }
    tend_watches (self, now, errand == self->main);
    bring_up_to_date (errand);
    IbPollResult told = *so_far;
    told.account = self->account->name; /* the name there went with the reading that the poll has just left */
    self->events->polled (self, &told, is_whole, self->user_data);
    self->events->news (self, self->user_data);
}

/* The server did not grant it, or broke it off: then it is known how many it grants, or whether the main one lives. */
static void
further_ended (IbAccountRun *self, Errand *errand, const GError *error, gint64 now)
{
    g_ptr_array_remove (self->further, errand);
    bool was_stopped = g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED);
    bool was_granted = was_stopped || (errand->since != 0 && now - errand->since >= GRANTED_US);
    if (!was_granted)
        self->most_further = self->further->len;
    if (self->main == NULL || self->main->watched == NULL)
        return;
    if (was_granted && !was_stopped)
        ib_poll_look (self->main->poll);
    tend_watches (self, now, false);
}

/* As the account was when the poll began: it may have moved since. */
static void
settle_secret (const Errand *errand)
{
    const IbConfig *config = ib_generation_config (errand->generation);
    const IbAccount *account = ib_config_account (config, errand->run->account->name);
    if (account != NULL)
        (void) ib_credential_settle (account, NULL, NULL); /* nobody waits for it */
}

static void
main_ended (IbAccountRun *self, const IbPollResult *result, gint64 now)
{
    const IbLifeEnd end = {
        .code = result->error != NULL ? result->error->code : IB_LIFE_WENT_WELL,
        .was_signed_in = result->was_signed_in,
        .retry_after_s = result->retry_after_s,
        .login_delay_s = result->login_delay_s,
    };
    if (result->was_signed_in)
        settle_secret (self->main);
    self->main = NULL;
    if (!g_error_matches (result->error, IB_FETCH_ERROR, IB_FETCH_ERROR_STOPPED))
        note_error (self, result->error);
    ib_account_life_ended (self->life, &end, now);
    for (guint i = self->further->len; i > 0; i--)
        ib_poll_stop (((Errand *) self->further->pdata[i - 1])->poll);
}

static void
on_ended (IbPoll *poll, const IbPollResult *result, gpointer user_data)
{
    Errand *errand = user_data;
    IbAccountRun *self = errand->run;
    bool is_main = errand == self->main;
    gint64 now = ib_alarm_now ();

    if (is_main)
        main_ended (self, result, now);
    else
        further_ended (self, errand, result->error, now);
    (void) g_idle_add (errand_free, errand);
    if (is_main || result->fetched > 0)
        self->events->polled (self, result, is_main, self->user_data);
    self->events->news (self, self->user_data);
}

static Errand *
start_errand (IbAccountRun *self, const char *mailbox)
{
    static const IbPollEvents events = {
        .entered = on_entered,
        .found = on_found,
        .fetched = on_fetched,
        .delivered = on_delivered,
        .notice = on_notice,
        .alert = on_alert,
        .watching = on_watching,
        .ended = on_ended,
    };
    Errand *errand = g_new0 (Errand, 1);
    errand->run = self;
    errand->generation = ib_generation_ref (self->generation);
    errand->mailbox = g_strdup (mailbox);
    const IbPollTask task = {
        .mailbox = errand->mailbox,
        .watches = self->account->has_push,
        .most_bytes = ib_account_life_leaves_large (self->life) ? MODERATE_BYTES : 0,
    };
    errand->poll
        = ib_poll_start (ib_generation_context (self->generation), self->account, &task, &events, errand);
    return errand;
}

/* --- what is watched --------------------------------------------------------------------------------------- */

static bool
is_watched (const IbAccountRun *self, const char *mailbox)
{
    if (strcmp (self->main->watched, mailbox) == 0)
        return true;
    for (guint i = 0; i < self->further->len; i++)
        if (strcmp (((const Errand *) self->further->pdata[i])->mailbox, mailbox) == 0)
            return true;
    return false;
}

/* Servers count sessions that begin at the same moment badly, and dislike them. */
static bool
is_one_beginning (const IbAccountRun *self)
{
    for (guint i = 0; i < self->further->len; i++)
        if (((const Errand *) self->further->pdata[i])->since == 0)
            return true;
    return false;
}

/* The main poll watches one mailbox: each other one that it has entered gets a session of its own, one after the other, as far
 * as they go. @is_news: the main one has just said that it watches. */
static void
tend_watches (IbAccountRun *self, gint64 now, bool is_news)
{
    bool watches_all = true;
    if (self->main == NULL || self->main->watched == NULL || self->is_whole_round)
        return;
    for (guint i = 0; i < self->mailboxes->len; i++) {
        const char *mailbox = self->mailboxes->pdata[i];
        if (is_watched (self, mailbox))
            continue;
        watches_all = false;
        if (self->further->len < self->most_further && !is_one_beginning (self))
            g_ptr_array_add (self->further, start_errand (self, mailbox));
    }
    watches_all = watches_all && !is_one_beginning (self);
    if (is_news || watches_all != self->watches_all)
        ib_account_life_watching (self->life, watches_all, now);
    self->watches_all = watches_all;
}

/* --- what is next ------------------------------------------------------------------------------------------ */

static void
renew (IbAccountRun *self)
{
    ib_poll_renew (self->main->poll);
    for (guint i = 0; i < self->further->len; i++)
        ib_poll_renew (((Errand *) self->further->pdata[i])->poll);
}

void
ib_account_run_stop (IbAccountRun *self)
{
    /* Stopping may end a poll at once. */
    g_autoptr (GPtrArray) further = g_ptr_array_copy (self->further, NULL, NULL);
    for (guint i = 0; i < further->len; i++)
        ib_poll_stop (((Errand *) further->pdata[i])->poll);
    if (self->main != NULL)
        ib_poll_stop (self->main->poll);
}

void
ib_account_run_act (IbAccountRun *self, gint64 now)
{
    for (;;) {
        IbLifeStep step = ib_account_life_next (self->life, now);
        if (step != IB_LIFE_STEP_NOTHING)
            ib_account_life_begun (self->life, step, now);
        switch (step) {
        case IB_LIFE_STEP_NOTHING:
            return;
        case IB_LIFE_STEP_POLL:
            self->most_further = MOST_SESSIONS - 1; /* what it granted last may have been a bad day's */
            self->is_whole_round = self->is_listed_anew = true;
            self->main = start_errand (self, NULL);
            self->events->started (self, self->user_data);
            break;
        case IB_LIFE_STEP_LOOK:
            self->is_whole_round = self->is_listed_anew = true;
            ib_poll_look (self->main->poll);
            self->events->started (self, self->user_data);
            break;
        case IB_LIFE_STEP_RENEW:
            renew (self);
            break;
        case IB_LIFE_STEP_STOP:
            ib_account_run_stop (self);
            break;
        }
    }
}

/* --- beginning, another reading, end ----------------------------------------------------------------------- */

static void
read_settings (const IbGeneration *generation, const IbAccount *account, IbLifeSettings *out_settings)
{
    const IbConfig *config = ib_generation_config (generation);
    *out_settings = (IbLifeSettings){
        .interval_s = account->interval_s,
        .has_keyring_secret
        = account->secret_source == IB_SECRET_KEYRING
          || account->secret_source == IB_SECRET_GOA, /* GNOME keeps its secrets there, too */
        .on_metered = config->on_metered,
        .on_battery_saver = config->on_battery_saver,
    };
}

IbAccountRun *
ib_account_run_new (IbGeneration *generation, const IbAccount *account,
                    const IbLifeSurroundings *surroundings, gint64 now, const IbAccountRunEvents *events,
                    gpointer user_data)
{
    IbAccountRun *self = g_new0 (IbAccountRun, 1);
    IbLifeSettings settings;
    read_settings (generation, account, &settings);
    self->events = events;
    self->user_data = user_data;
    self->generation = ib_generation_ref (generation);
    self->account = account;
    self->life = ib_account_life_new (&settings, surroundings, g_random_int (), now);
    self->further = g_ptr_array_new ();
    self->mailboxes = g_ptr_array_new_with_free_func (g_free);
    self->most_further = MOST_SESSIONS - 1;
    self->error = g_strdup ("");
    return self;
}

/* To be without a network is a state and no error: what the last attempt met on its way is explained by it. */
static void
excuse_error (IbAccountRun *self, gint64 now)
{
    IbLifeNow standing;
    ib_account_life_describe (self->life, now, &standing);
    if (standing.reason == IB_LIFE_REASON_NETWORK || standing.reason == IB_LIFE_REASON_PORTAL)
        note_error (self, NULL);
}

/* A session that leaves large messages where they are does so to its end: another one takes them, or leaves them. */
void
ib_account_run_surround (IbAccountRun *self, const IbLifeSurroundings *surroundings, gint64 now)
{
    bool left_large = ib_account_life_leaves_large (self->life);
    ib_account_life_surrounded (self->life, surroundings, now);
    excuse_error (self, now);
    if (ib_account_life_leaves_large (self->life) == left_large)
        return;
    IbLifeSettings settings;
    read_settings (self->generation, self->account, &settings);
    ib_account_life_changed (self->life, &settings, now);
}

/* Every key that its file may have, and the file's secret is not one of them. */
static bool
is_same_account (const IbAccount *one, const IbAccount *other)
{
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        g_autofree char *ones = ib_account_get_text (one, *key);
        g_autofree char *others = ib_account_get_text (other, *key);
        if (g_strcmp0 (ones, others) != 0)
            return false;
    }
    return true;
}

static bool
waits_for_user (const IbAccountRun *self, gint64 at)
{
    IbLifeNow now;
    ib_account_life_describe (self->life, at, &now);
    return now.reason == IB_LIFE_REASON_SIGN_IN || now.reason == IB_LIFE_REASON_UNSAFE;
}

void
ib_account_run_adopt (IbAccountRun *self, IbGeneration *generation, const IbAccount *account, gint64 now)
{
    /* Whoever is waited for may have mended what no file of ours shows: another password in a file of his own. */
    bool is_same = is_same_account (self->account, account) && !waits_for_user (self, now);
    IbLifeSettings settings;
    read_settings (generation, account, &settings);
    ib_generation_ref (generation);
    ib_generation_unref (self->generation);
    self->generation = generation;
    self->account = account;
    if (!is_same) {
        ib_account_life_changed (self->life, &settings, now);
        return;
    }
    ib_account_life_set (self->life, &settings, now);
    if (self->main != NULL)
        bring_up_to_date (self->main);
    for (guint i = 0; i < self->further->len; i++)
        bring_up_to_date (self->further->pdata[i]);
}

const char *
ib_account_run_name (const IbAccountRun *self)
{
    return self->account->name;
}

const IbAccount *
ib_account_run_account (const IbAccountRun *self)
{
    return self->account;
}

IbAccountLife *
ib_account_run_life (const IbAccountRun *self)
{
    return self->life;
}

bool
ib_account_run_is_looking (const IbAccountRun *self)
{
    return self->main != NULL && self->main->watched == NULL;
}

bool
ib_account_run_is_quiet (const IbAccountRun *self)
{
    return self->main == NULL && self->further->len == 0;
}

const char *
ib_account_run_error (const IbAccountRun *self)
{
    return self->error;
}

void
ib_account_run_free (IbAccountRun *self)
{
    if (self == NULL)
        return;
    g_assert (ib_account_run_is_quiet (self));
    ib_account_life_free (self->life);
    g_ptr_array_unref (self->further);
    g_ptr_array_unref (self->mailboxes);
    g_free (self->error);
    ib_generation_unref (self->generation);
    g_free (self);
}
