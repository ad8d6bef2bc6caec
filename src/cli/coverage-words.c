/* coverage-words.c - which addresses a filter here protects, and what to do about the others */
#include "coverage-words.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

/* Of addresses that no account has; whoever takes all mail of a domain has many. */
#define FOREIGN_SHOWN 5

G_GNUC_PRINTF (1, 2)
static void
print_gap (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_autofree char *safe = ib_print_safe (text, 0);
    ib_print_sentence (IB_COLOUR_WARN, G_MAXSIZE, safe);
}

/* The command below it. */
G_GNUC_PRINTF (1, 2)
static void
print_remedy (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_autofree char *safe = ib_print_safe (text, 0);
    g_print ("  %s→ %s%s\n", ib_print_colour (IB_COLOUR_FAINT), safe, ib_print_colour (IB_COLOUR_PLAIN));
}

static void
print_account_gap (const IbConfig *config, const IbAccount *account, const IbCoveredAddress *address,
                   gint64 now)
{
    g_autofree char *since = ib_print_when (address->since, now);
    switch (address->cover) {
    case IB_COVER_FILTER_OFF:
        print_gap (_ ("%s: no filter judges what comes through it, so spam for %s comes in."), account->name,
                   address->address);
        if (!account->is_filtered)
            print_remedy ("inbasket account edit %s --filter-enabled true", account->name);
        else if (account->scripts != NULL)
            print_remedy ("inbasket account edit %s --scripts ''", account->name);
        else
            print_remedy ("inbasket filter enable junk.sieve");
        return;
    case IB_COVER_PAUSED:
        print_gap (_ ("%s: paused, polled last: %s. Its mail waits on the server."), account->name, since);
        print_remedy ("inbasket account resume %s", account->name);
        return;
    case IB_COVER_FAILING:
        print_gap (_ ("%s: has failed since: %s."), account->name, since);
        print_remedy ("inbasket account test %s", account->name);
        return;
    case IB_COVER_FULL:
    case IB_COVER_NO_ACCOUNT:
        return;
    }
}

/* All its aliases and @address, as the option has them. */
static char *
aliases_with (const IbAccount *account, const char *address)
{
    g_autofree char *known = g_strjoinv (";", account->aliases);
    g_autofree char *all = *known != '\0' ? g_strconcat (known, ";", address, NULL) : g_strdup (address);
    return g_shell_quote (all);
}

static void
print_foreign (const IbConfig *config, const IbCoveredAddress *address, gint64 now)
{
    g_autofree char *last = ib_print_when (address->last_at, now);
    const IbAccount *account = address->account != NULL ? ib_config_account (config, address->account) : NULL;
    print_gap (ngettext ("%s: no account has this address, but %" PRIu64 " message for it came here, %s.",
                         "%s: no account has this address, but %" PRIu64
                         " messages for it came here, the last %s.",
                         (gulong) address->messages),
               address->address, address->messages, last);
    if (account == NULL)
        return;
    g_autofree char *aliases = aliases_with (account, address->address);
    print_remedy (_ ("inbasket account edit %s --aliases %s  if it is yours"), account->name, aliases);
}

void
ib_coverage_print (const IbConfig *config, IbCoverage *coverage, gint64 now)
{
    const GPtrArray *addresses = ib_coverage_addresses (coverage);
    g_autoptr (GHashTable) told = g_hash_table_new (g_str_hash, g_str_equal);
    guint n_foreign = 0;
    for (guint i = 0; i < addresses->len; i++) {
        const IbCoveredAddress *address = addresses->pdata[i];
        if (address->cover == IB_COVER_NO_ACCOUNT) {
            if (n_foreign++ < FOREIGN_SHOWN)
                print_foreign (config, address, now);
        } else if (address->cover != IB_COVER_FULL && g_hash_table_add (told, (gpointer) address->account)) {
            print_account_gap (config, ib_config_account (config, address->account), address, now);
        }
    }
    if (addresses->len >= IB_COVERAGE_MOST && n_foreign > FOREIGN_SHOWN)
        print_gap (
            _ ("and for very many more addresses that no account has: inbasket status --json shows some"));
    else if (n_foreign > FOREIGN_SHOWN)
        print_gap (ngettext ("and for %u more address that no account has: inbasket status --json",
                             "and for %u more addresses that no account has: inbasket status --json",
                             n_foreign - FOREIGN_SHOWN),
                   n_foreign - FOREIGN_SHOWN);
}

static void
time_json (JsonBuilder *builder, const char *name, gint64 at)
{
    json_builder_set_member_name (builder, name);
    if (at > 0)
        json_builder_add_int_value (builder, at / G_USEC_PER_SEC);
    else
        json_builder_add_null_value (builder);
}

void
ib_coverage_json (JsonBuilder *builder, IbCoverage *coverage)
{
    const GPtrArray *addresses = ib_coverage_addresses (coverage);
    json_builder_set_member_name (builder, "addresses");
    json_builder_begin_array (builder);
    for (guint i = 0; i < addresses->len; i++) {
        const IbCoveredAddress *address = addresses->pdata[i];
        bool has_account = address->cover != IB_COVER_NO_ACCOUNT;
        json_builder_begin_object (builder);
        ib_json_text (builder, "address", address->address);
        ib_json_text (builder, "account", has_account ? address->account : NULL);
        ib_json_text (builder, "through", has_account ? NULL : address->account);
        ib_json_bool (builder, "protected", has_account && address->cover != IB_COVER_FILTER_OFF);
        ib_json_text (builder, "gap", ib_cover_name (address->cover));
        time_json (builder, "since", address->since);
        ib_json_int (builder, "messages", (gint64) address->messages);
        time_json (builder, "last", address->last_at);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}
