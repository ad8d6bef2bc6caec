/* overview.c - how things stand and what arrived, for the faces */
#include "overview.h"
#include "alerts.h"
#include "face.h"
#include "history.h"

#include <string.h>

static void
status_free (gpointer pointer)
{
    IbAccountStatus *self = pointer;
    g_free (self->name);
    g_free (self->error);
    g_free (self->alert);
    g_free (self);
}

/* NULL without error: nothing was ever synced here. */
static IbJournal *
open_journal (const IbPaths *paths, GError **error)
{
    g_autoptr (GError) why = NULL;
    IbJournal *journal = ib_journal_open_read_only (paths->journal, &why);
    if (journal == NULL && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        g_propagate_error (error, g_steal_pointer (&why));
    return journal;
}

static const char *
state_of (const IbAccount *account, const IbAccountFigures *figures)
{
    static const char *const states[]
        = { "ok",       "error", "sign-in-needed", "unsafe", "waiting-for-network", "waiting-for-keyring",
            "throttled" };
    if (!account->is_enabled)
        return "paused";
    for (gsize i = 0; i < G_N_ELEMENTS (states); i++)
        if (g_strcmp0 (figures->last_state, states[i]) == 0)
            return states[i];
    return "ok"; /* never polled yet */
}

static IbAccountStatus *
status_new (const IbConfig *config, const IbAccount *account, const IbAccountFigures *figures)
{
    IbAccountStatus *status = g_new0 (IbAccountStatus, 1);
    status->account = account;
    status->name = g_strdup (account->name);
    status->is_protected = ib_config_is_protected (config, account);
    status->state = state_of (account, figures);
    status->last_poll = figures->last_poll;
    status->since = !account->is_enabled ? figures->last_poll : figures->failing_since;
    status->delivered = figures->delivered;
    status->junk = figures->junk;
    status->duplicates = figures->duplicates;
    status->discarded = figures->discarded;
    status->open = figures->open;
    status->error = ib_face_read (figures->last_error != NULL ? figures->last_error : "", ib_face_here ());
    return status;
}

static void
add_alerts (GPtrArray *all, const IbPaths *paths)
{
    g_autofree char *path = g_build_filename (paths->cache, "alerts", NULL);
    g_autoptr (IbAlerts) alerts = ib_alerts_load (path);
    gint64 since = g_get_real_time () - IB_ALERTS_NEWS_US;
    for (guint i = 0; i < all->len; i++) {
        IbAccountStatus *status = all->pdata[i];
        const char *alert = ib_alerts_last (alerts, status->name, since);
        status->alert = g_strdup (alert != NULL ? alert : "");
    }
}

GPtrArray *
ib_overview_accounts (const IbPaths *paths, const IbConfig *config, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (status_free);
    g_autoptr (IbJournal) journal = open_journal (paths, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return NULL;
    }
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        IbAccountFigures figures = { 0 };
        if (journal != NULL && !ib_history_account (journal, account->name, &figures, error))
            return NULL;
        g_ptr_array_add (all, status_new (config, account, &figures));
        ib_account_figures_clear (&figures);
    }
    for (guint i = 0; i < config->broken->len; i++) {
        const IbBrokenAccount *broken = config->broken->pdata[i];
        IbAccountStatus *status = g_new0 (IbAccountStatus, 1);
        status->name = g_strdup (broken->name);
        status->state = "error";
        status->error = g_strdup (broken->error->message);
        g_ptr_array_add (all, status);
    }
    add_alerts (all, paths);
    return g_steal_pointer (&all);
}

static bool
add_recipient (const IbHistoryRecipient *recipient, gpointer coverage)
{
    ib_coverage_add_recipient (coverage, recipient);
    return true;
}

/* What the journal adds to what the configuration says. */
static bool
read_coverage (IbJournal *journal, const IbConfig *config, IbCoverage *coverage, GError **error)
{
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        IbAccountFigures figures;
        if (!ib_history_account (journal, account->name, &figures, error))
            return false;
        ib_coverage_add_figures (coverage, account->name, &figures);
        ib_account_figures_clear (&figures);
    }
    return ib_history_recipients (journal, add_recipient, coverage, error);
}

IbCoverage *
ib_overview_coverage (const IbPaths *paths, const IbConfig *config, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbJournal) journal = open_journal (paths, &why);
    g_autoptr (IbCoverage) coverage = ib_coverage_new (config);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return NULL;
    }
    if (journal != NULL && !read_coverage (journal, config, coverage, error))
        return NULL;
    return g_steal_pointer (&coverage);
}

typedef struct {
    IbLogEach each;
    gpointer user_data;
    gint64 *sequence;
} Reading;

static bool
pass_on (const IbHistoryRow *row, gpointer user_data)
{
    Reading *reading = user_data;
    *reading->sequence = row->sequence;
    return reading->each (row->story, reading->user_data);
}

static bool
take_sequence (const IbHistoryRow *row, gpointer user_data)
{
    *(gint64 *) user_data = row->sequence;
    return false;
}

/* *out_sequence is -1 for a message that nobody knows (any more): nothing was before it. */
static bool
find_sequence (IbJournal *journal, const char *id, gint64 *out_sequence, GError **error)
{
    const IbHistoryQuery query = { .id = id };
    *out_sequence = -1;
    return ib_history_read (journal, &query, take_sequence, out_sequence, error);
}

bool
ib_overview_log (const IbPaths *paths, const IbLogQuery *query, IbLogEach each, gpointer user_data,
                 gint64 *out_sequence, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbJournal) journal = open_journal (paths, &why);
    gint64 sequence = query->after_sequence;
    IbHistoryQuery history = {
        .since = query->since,
        .account = query->account,
        .only_junk = query->only_junk,
        .after_sequence = query->after_sequence,
        .limit = query->limit,
    };
    Reading reading = { each, user_data, &sequence };

    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    if (journal != NULL && query->before != NULL
        && !find_sequence (journal, query->before, &history.before_sequence, error))
        return false;
    if (journal != NULL && !ib_history_read (journal, &history, pass_on, &reading, error))
        return false;
    *out_sequence = sequence;
    return true;
}
