/* report.c - why am I still receiving spam? */
#include "report.h"
#include "causes.h"
#include "home.h"

#include <string.h>

static const char *const cause_names[IB_COUNTED_CAUSES] = {
    [IB_COUNTED_BESIDE_MX] = "beside-mx",     [IB_COUNTED_RELAY] = "relay",
    [IB_COUNTED_UNPROTECTED] = "unprotected", [IB_COUNTED_REMOTE] = "no-server-filter",
    [IB_COUNTED_FILTERED] = "filtered",
};

const char *
ib_report_cause_name (IbReportCause cause)
{
    return cause_names[cause];
}

guint64
ib_spam_figures_spam (const IbSpamFigures *self)
{
    return self->caught + self->came_through;
}

/* --- the report ------------------------------------------------------------------------------------------------ */

static void
account_free (gpointer pointer)
{
    IbReportAccount *account = pointer;
    g_free (account->name);
    g_free (account);
}

static void
way_free (gpointer pointer)
{
    IbReportWay *way = pointer;
    g_free (way->name);
    g_free (way);
}

void
ib_report_free (IbReport *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->accounts);
    for (guint i = 0; i < IB_COUNTED_CAUSES; i++)
        g_ptr_array_unref (self->ways[i]);
    g_array_unref (self->days);
    g_free (self);
}

static IbReport *
report_new (gint64 since, gint64 until)
{
    IbReport *self = g_new0 (IbReport, 1);
    gint64 day = G_TIME_SPAN_DAY;
    self->since = since;
    self->until = until;
    self->accounts = g_ptr_array_new_with_free_func (account_free);
    for (guint i = 0; i < IB_COUNTED_CAUSES; i++)
        self->ways[i] = g_ptr_array_new_with_free_func (way_free);
    self->days = g_array_new (FALSE, TRUE, sizeof (IbSpamFigures));
    g_array_set_size (self->days, (guint) ((until - since + day - 1) / day));
    return self;
}

static IbReportAccount *
account_of (IbReport *self, const IbConfig *config, const char *name)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        IbReportAccount *account = self->accounts->pdata[i];
        if (strcmp (account->name, name) == 0)
            return account;
    }
    const IbAccount *known = ib_config_account (config, name);
    IbReportAccount *account = g_new0 (IbReportAccount, 1);
    account->name = g_strdup (name);
    account->is_protected = known != NULL && ib_config_is_protected (config, known);
    g_ptr_array_add (self->accounts, account);
    return account;
}

/* --- counting -------------------------------------------------------------------------------------------------- */

typedef struct {
    IbReport *report;
    const IbConfig *config;
    IbSpamFigures *figures; /* NULL: of the report's own time, else of the time before */
    GHashTable
        *ways[IB_COUNTED_CAUSES]; /* name → IbReportWay: of invented addresses there may be very many */
} Counting;

static void
counting_init (Counting *self, IbReport *report, const IbConfig *config)
{
    *self = (Counting){ .report = report, .config = config };
    for (guint i = 0; i < IB_COUNTED_CAUSES; i++)
        self->ways[i] = g_hash_table_new (g_str_hash, g_str_equal);
}

static void
counting_clear (Counting *self)
{
    for (guint i = 0; i < IB_COUNTED_CAUSES; i++)
        g_hash_table_unref (self->ways[i]);
}

static IbReportWay *
way_of (Counting *self, IbReportCause cause, const char *name)
{
    IbReportWay *way = g_hash_table_lookup (self->ways[cause], name);
    if (way != NULL)
        return way;
    way = g_new0 (IbReportWay, 1);
    way->name = g_strdup (name);
    g_ptr_array_add (self->report->ways[cause], way);
    g_hash_table_insert (self->ways[cause], way->name, way);
    return way;
}

static IbReportCause
cause_of (const Counting *self, const IbCount *count)
{
    const IbAccount *account = ib_config_account (self->config, count->account);
    guint causes = ib_causes_of (self->config, account, count->recipient, count->relay, count->mx,
                                 count->server_filter);
    if ((causes & IB_CAUSE_BESIDE_MX) != 0)
        return IB_COUNTED_BESIDE_MX;
    if ((causes & IB_CAUSE_RELAY) != 0)
        return IB_COUNTED_RELAY;
    /* An account that is gone is not protected either. */
    if ((causes & IB_CAUSE_UNPROTECTED) != 0 || account == NULL)
        return IB_COUNTED_UNPROTECTED;
    return (causes & IB_CAUSE_REMOTE) != 0 ? IB_COUNTED_REMOTE : IB_COUNTED_FILTERED;
}

/* What of it there is to name: who is to be mended. */
static const char *
way_name (const Counting *self, const IbCount *count, IbReportCause cause)
{
    if (cause == IB_COUNTED_RELAY)
        return count->relay;
    if (cause == IB_COUNTED_BESIDE_MX
        || (cause == IB_COUNTED_UNPROTECTED && ib_causes_is_foreign (self->config, count->recipient)))
        return *count->recipient != '\0' ? count->recipient : count->account;
    return count->account;
}

static void
add (IbSpamFigures *figures, const IbCount *count, IbReportCause cause)
{
    bool is_spam = count->taught == IB_TAUGHT_SPAM || (count->was_caught && count->taught != IB_TAUGHT_HAM);
    figures->mail += count->count;
    if (!is_spam && count->was_caught)
        figures->good_caught += count->count;
    if (!is_spam)
        return;
    if (count->was_caught)
        figures->caught += count->count;
    else
        figures->came_through += count->count;
    figures->causes[cause] += count->count;
}

static void
count_one (const IbCount *count, gpointer user_data)
{
    Counting *self = user_data;
    IbReport *report = self->report;
    IbReportAccount *account = account_of (report, self->config, count->account);
    IbReportCause cause = cause_of (self, count);
    if (self->figures != NULL) {
        add (self->figures, count, cause);
        return;
    }
    IbReportWay *way = way_of (self, cause, way_name (self, count, cause));
    IbSpamFigures before = report->total;
    add (&report->total, count, cause);
    add (&account->figures, count, cause);
    if (count->day < report->days->len)
        add (&g_array_index (report->days, IbSpamFigures, count->day), count, cause);
    way->mail += count->count;
    way->spam += ib_spam_figures_spam (&report->total) - ib_spam_figures_spam (&before);
}

static int
by_name (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(const IbReportAccount *const *) a)->name, (*(const IbReportAccount *const *) b)->name);
}

static int
by_spam (gconstpointer a, gconstpointer b)
{
    const IbReportWay *one = *(const IbReportWay *const *) a, *other = *(const IbReportWay *const *) b;
    if (one->spam != other->spam)
        return one->spam > other->spam ? -1 : 1;
    return strcmp (one->name, other->name);
}

/* Ways without spam are none of the report's business. */
static void
settle_ways (GPtrArray *ways)
{
    for (guint i = ways->len; i > 0; i--)
        if (((IbReportWay *) ways->pdata[i - 1])->spam == 0)
            g_ptr_array_remove_index_fast (ways, i - 1);
    g_ptr_array_sort (ways, by_spam);
}

static bool
count_all (Counting *self, IbJournal *journal, GError **error)
{
    IbReport *report = self->report;
    gint64 length = report->until - report->since;
    if (!ib_counts_read (journal, report->since, report->until, count_one, self, error))
        return false;
    self->figures = &report->before;
    return ib_counts_read (journal, report->since - length, report->since, count_one, self, error);
}

IbReport *
ib_report_make (const IbPaths *paths, const IbConfig *config, gint64 since, gint64 until, GError **error)
{
    g_autoptr (IbHome) home = ib_home_look (paths, config, error);
    if (home == NULL)
        return NULL;
    g_autoptr (IbReport) report = report_new (since, until);
    for (guint i = 0; i < config->accounts->len; i++)
        (void) account_of (report, config, ((IbAccount *) config->accounts->pdata[i])->name);
    Counting counting;
    counting_init (&counting, report, config);
    bool is_counted = home->journal == NULL || count_all (&counting, home->journal, error);
    counting_clear (&counting);
    if (!is_counted)
        return NULL;
    g_ptr_array_sort (report->accounts, by_name);
    for (guint i = 0; i < IB_COUNTED_CAUSES; i++)
        settle_ways (report->ways[i]);
    return g_steal_pointer (&report);
}
