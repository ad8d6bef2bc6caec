/* checkup-trust.c - who is believed, which addresses are covered, and where their mail comes in */
#include "checkup-private.h"
#include "counts.h"
#include "home.h"
#include "mx.h"
#include "overview.h"
#include "trust-check.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* What is counted: long enough to see a habit, short enough for what was mended to fade. */
#define COUNTED_DAYS 30
/* Addresses without an account that are named; who takes all mail of a domain has many. */
#define FOREIGN_NAMED 5
#define DNS_LIMIT_S 10

/* --- relays ------------------------------------------------------------------------------------------------------- */

static void
look_at_relay (IbCheckup *self, const char *relay)
{
    const IbProvider *provider = NULL;
    g_autofree char *remedy = NULL;
    switch (ib_trust_check_relay (relay, self->providers, &provider)) {
    case IB_RELAY_SOUND:
        return;
    case IB_RELAY_EVERYBODY:
        ib_checkup_say (
            self, IB_FINDING_WRONG, relay, _ ("Name your own servers in relays=, one by one"),
            _ ("It is a good part of the Internet: whatever strangers there write about a message's way is "
               "believed"));
        return;
    case IB_RELAY_WIDE:
        ib_checkup_say (
            self, IB_FINDING_WARNING, relay, _ ("Name your own servers in relays=, one by one"),
            _ ("It is a network of more hosts than you have mail servers, and each of them is believed"));
        return;
    case IB_RELAY_PROVIDER:
        remedy = g_strdup_printf (_ ("Take it out of relays=: for accounts at %s it is known without that"),
                                  provider->name);
        ib_checkup_say (self, IB_FINDING_WARNING, relay, remedy,
                        _ ("It is %s's, which hands over mail of all its customers: no server of yours"),
                        provider->name);
        return;
    }
}

static void
look_at_authserv_id (IbCheckup *self, const char *id)
{
    if (!ib_trust_check_is_host (id))
        ib_checkup_say (
            self, IB_FINDING_WARNING, id, _ ("Give your server its whole name, and name that"),
            _ ("An authserv-id that is no host's name may be written by any sender, and is believed"));
}

/* --- what came which way -------------------------------------------------------------------------------------------- */

typedef struct {
    guint64 mail, spam;
} Figures;

typedef struct {
    GHashTable *relays; /* an entry of relays=: Figures */
    Figures beside;     /* the MX */
} Ways;

static void
add (Figures *figures, const IbCount *count)
{
    bool is_spam = count->taught == IB_TAUGHT_SPAM || (count->was_caught && count->taught != IB_TAUGHT_HAM);
    figures->mail += count->count;
    figures->spam += is_spam ? count->count : 0;
}

static void
on_count (const IbCount *count, gpointer data)
{
    Ways *ways = data;
    if (strcmp (count->mx, "beside") == 0)
        add (&ways->beside, count);
    if (*count->relay == '\0')
        return;
    Figures *figures = g_hash_table_lookup (ways->relays, count->relay);
    if (figures == NULL) {
        figures = g_new0 (Figures, 1);
        g_hash_table_insert (ways->relays, g_strdup (count->relay), figures);
    }
    add (figures, count);
}

static char *
in_words (const Figures *figures)
{
    return g_strdup_printf (ngettext ("%" PRIu64 " message, %" PRIu64 " of them spam",
                                      "%" PRIu64 " messages, %" PRIu64 " of them spam", figures->mail),
                            figures->mail, figures->spam);
}

/* One that is not trusted any more is no door. */
static void
tell_back_door (IbCheckup *self, const char *relay, const Figures *figures)
{
    if (!g_strv_contains ((const char *const *) self->config->relays, relay))
        return;
    g_autofree char *words = in_words (figures);
    ib_checkup_say (
        self, IB_FINDING_WARNING, relay,
        _ ("Let it take mail from your own machines only, or take it out of relays=; what comes "
           "through it is judged by whoever handed it over"),
        _ ("A back door: you trust this relay, and it hands over what it takes from strangers; in %d days: %s"),
        COUNTED_DAYS, words);
}

static void
tell_beside (IbCheckup *self, const Figures *figures)
{
    if (figures->mail == 0)
        return;
    g_autofree char *words = in_words (figures);
    ib_checkup_say (
        self, IB_FINDING_WARNING, NULL,
        _ ("Close the old address of your mail server at the firewall, or let it take mail for your "
           "domain from the new one only"),
        _ ("A back door: mail comes in beside the MX of the domain that it is sent to; in %d days: %s"),
        COUNTED_DAYS, words);
}

/* A journal that cannot be read is the journal's row's. */
static void
look_at_ways (IbCheckup *self)
{
    g_autoptr (IbHome) home = ib_home_look (self->paths, self->config, NULL);
    if (home == NULL || home->journal == NULL)
        return;
    g_autoptr (GHashTable) relays = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    Ways ways = { .relays = relays };
    gint64 since = self->now - COUNTED_DAYS * G_TIME_SPAN_DAY;
    if (!ib_counts_read (home->journal, since, self->now + 1, on_count, &ways, NULL))
        return;
    GHashTableIter each;
    gpointer relay, figures;
    g_hash_table_iter_init (&each, relays);
    while (g_hash_table_iter_next (&each, &relay, &figures))
        tell_back_door (self, relay, figures);
    tell_beside (self, &ways.beside);
}

void
ib_checkup_trust_relays (IbCheckup *self)
{
    bool has_relays = self->config->relays != NULL && self->config->relays[0] != NULL;
    IbFindingLevel worst = self->worst;
    self->worst = IB_FINDING_FINE; /* of this row alone, to know whether there is anything to praise */
    for (gsize i = 0; has_relays && self->config->relays[i] != NULL; i++)
        look_at_relay (self, self->config->relays[i]);
    for (gsize i = 0; self->config->authserv_ids != NULL && self->config->authserv_ids[i] != NULL; i++)
        look_at_authserv_id (self, self->config->authserv_ids[i]);
    look_at_ways (self);
    if (self->worst == IB_FINDING_FINE)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        has_relays
                            ? _ ("Of the relays that are trusted, none has handed over a stranger's mail")
                            : _ ("Nobody is trusted but each account's own provider"));
    self->worst = MAX (worst, self->worst);
}

/* --- coverage ------------------------------------------------------------------------------------------------------- */

static void
tell_gap (IbCheckup *self, const IbCoveredAddress *address)
{
    const IbAccount *account
        = address->account != NULL ? ib_config_account (self->config, address->account) : NULL;
    const char *name = account != NULL ? account->name : "";
    g_autofree char *remedy = NULL;
    switch (address->cover) {
    case IB_COVER_FULL:
        return;
    case IB_COVER_FILTER_OFF:
        remedy = account->is_filtered
                     ? g_strdup (_ ("“inbasket filter enable junk” sorts its spam out"))
                     : g_strdup_printf ("inbasket account edit %s --filter-enabled true", name);
        ib_checkup_say (self, IB_FINDING_WARNING, address->address, remedy,
                        _ ("No filter judges what comes through %s"), name);
        return;
    case IB_COVER_PAUSED:
        remedy = g_strdup_printf ("inbasket account resume %s", name);
        ib_checkup_say (self, IB_FINDING_WARNING, address->address, remedy,
                        _ ("%s is paused: its mail waits on the server"), name);
        return;
    case IB_COVER_FAILING:
        remedy = g_strdup_printf ("inbasket account test %s", name);
        ib_checkup_say (self, IB_FINDING_WARNING, address->address, remedy,
                        _ ("%s could not be fetched the last time"), name);
        return;
    case IB_COVER_NO_ACCOUNT:
        remedy
            = account != NULL
                  ? g_strdup_printf (
                      _ ("If it is yours, make it an alias: “inbasket account edit %s --aliases …”; or "
                         "fetch the mailbox that it was sent to: “inbasket setup”"),
                      name)
                  : g_strdup (_ ("If it is yours, fetch the mailbox that it was sent to: “inbasket setup”"));
        ib_checkup_say (self, IB_FINDING_WARNING, address->address, remedy,
                        ngettext ("No account has this address, and %" PRIu64 " message to it came here",
                                  "No account has this address, and %" PRIu64 " messages to it came here",
                                  address->messages),
                        address->messages);
        return;
    }
}

static bool
is_told (const GPtrArray *addresses, const IbAccount *account)
{
    for (guint i = 0; i < addresses->len; i++) {
        const IbCoveredAddress *address = addresses->pdata[i];
        if (address->cover == IB_COVER_FILTER_OFF && g_strcmp0 (address->account, account->name) == 0)
            return true;
    }
    return false;
}

/* Accounts without a filter whose addresses another account has, too, which is filtered. Returns: how many. */
static guint
tell_unfiltered (IbCheckup *self, const GPtrArray *addresses)
{
    guint count = 0;
    for (guint i = 0; i < self->config->accounts->len; i++) {
        const IbAccount *account = self->config->accounts->pdata[i];
        if (!account->is_enabled || ib_config_is_protected (self->config, account)
            || is_told (addresses, account))
            continue;
        const IbCoveredAddress address
            = { .address = account->name, .account = account->name, .cover = IB_COVER_FILTER_OFF };
        tell_gap (self, &address);
        count++;
    }
    return count;
}

void
ib_checkup_trust_coverage (IbCheckup *self)
{
    guint covered = 0, foreign = 0;
    g_autoptr (IbCoverage) coverage = ib_overview_coverage (self->paths, self->config, NULL);
    if (coverage == NULL)
        return; /* the journal's row says why */
    const GPtrArray *addresses = ib_coverage_addresses (coverage);
    for (guint i = 0; i < addresses->len; i++) {
        const IbCoveredAddress *address = addresses->pdata[i];
        covered += address->cover == IB_COVER_FULL;
        foreign += address->cover == IB_COVER_NO_ACCOUNT;
        if (address->cover != IB_COVER_NO_ACCOUNT || foreign <= FOREIGN_NAMED)
            tell_gap (self, address);
    }
    if (foreign > FOREIGN_NAMED)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL, _ ("“inbasket status --json” names all"),
                        ngettext ("%u more address that mail was sent to is no account's",
                                  "%u more addresses that mail was sent to are no account's",
                                  foreign - FOREIGN_NAMED),
                        foreign - FOREIGN_NAMED);
    guint unfiltered = tell_unfiltered (self, addresses);
    if (covered == addresses->len && covered > 0 && unfiltered == 0)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        ngettext ("%u address, and a filter here protects it",
                                  "%u addresses, and a filter here protects each", covered),
                        covered);
}

/* --- MX ---------------------------------------------------------------------------------------------------------------- */

static void
on_asked (gpointer data)
{
    *(bool *) data = true;
}

static gboolean
on_limit (gpointer data)
{
    *(bool *) data = true;
    return G_SOURCE_CONTINUE;
}

static void
ask_dns (IbMx *mx)
{
    bool is_over = false;
    guint limit = g_timeout_add_seconds (DNS_LIMIT_S, on_limit, &is_over);
    ib_mx_refresh (mx, on_asked, &is_over);
    while (!is_over)
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (limit);
}

/* "example.org mx1.example.org …" */
static const char *
row_of (char **rows, const char *domain)
{
    gsize length = strlen (domain);
    for (gsize i = 0; rows[i] != NULL; i++)
        if (strncmp (rows[i], domain, length) == 0 && rows[i][length] == ' ')
            return rows[i] + length + 1;
    return NULL;
}

static void
tell_domain (IbCheckup *self, const char *domain, const char *row)
{
    if (row != NULL) {
        g_autofree char *first = g_strndup (row, strcspn (row, " "));
        ib_checkup_say (self, IB_FINDING_FINE, domain, NULL, _ ("Its mail comes in at %s"), first);
    } else if (self->config->dns_lookups == IB_DNS_NONE) {
        ib_checkup_say (
            self, IB_FINDING_WARNING, domain,
            _ ("dns-lookups=mx, in inbasket.conf, has its MX looked up once a day"),
            _ ("Where its mail comes in is not known, so mail that comes in elsewhere is not seen as such"));
    } else if (!self->wishes->is_offline) {
        ib_checkup_say (
            self, IB_FINDING_WARNING, domain, _ ("Is the address right, and does DNS know the domain?"),
            _ ("Where its mail comes in is not known, so mail that comes in elsewhere is not seen as such"));
    }
}

void
ib_checkup_trust_mx (IbCheckup *self)
{
    g_autoptr (IbMx) mx = ib_mx_new (self->paths, self->config, self->providers);
    if (!self->wishes->is_offline)
        ask_dns (mx);
    g_auto (GStrv) rows = ib_mx_rows (mx);
    g_auto (GStrv) addresses = ib_config_own_addresses (self->config);
    g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);
    for (gsize i = 0; addresses[i] != NULL; i++) {
        const char *at = strrchr (addresses[i], '@');
        if (at != NULL && at[1] != '\0' && g_hash_table_add (told, (gpointer) (at + 1)))
            tell_domain (self, at + 1, row_of (rows, at + 1));
    }
}
