/* coverage.c - which of the user's addresses a filter here protects */
#include "coverage.h"

#include <string.h>

struct _IbCoverage {
    const IbConfig *config;
    GPtrArray *addresses; /* IbCoveredAddress */
    GHashTable *by_name;  /* address → IbCoveredAddress */
    bool is_sorted;
};

static void
address_free (gpointer pointer)
{
    IbCoveredAddress *self = pointer;
    g_free (self->address);
    g_free (self);
}

static IbCoveredAddress *
add (IbCoverage *self, char *address, const char *account, IbCover cover)
{
    IbCoveredAddress *added = g_new0 (IbCoveredAddress, 1);
    added->address = address;
    added->account = account;
    added->cover = cover;
    g_ptr_array_add (self->addresses, added);
    g_hash_table_insert (self->by_name, address, added);
    return added;
}

/* --- the accounts ---------------------------------------------------------------------------------------------- */

static IbCover
cover_of (const IbConfig *config, const IbAccount *account)
{
    if (!ib_config_is_protected (config, account))
        return IB_COVER_FILTER_OFF;
    return account->is_enabled ? IB_COVER_FULL : IB_COVER_PAUSED;
}

/* Of an address that two accounts have, the one that protects it better: one filter is enough. */
static void
add_own (IbCoverage *self, const IbAccount *account, const char *text)
{
    g_autofree char *address = g_utf8_strdown (text, -1);
    IbCover cover = cover_of (self->config, account);
    IbCoveredAddress *known = g_hash_table_lookup (self->by_name, address);
    if (*address == '\0')
        return;
    if (known == NULL) {
        (void) add (self, g_steal_pointer (&address), account->name, cover);
    } else if (known->cover != IB_COVER_FULL && cover == IB_COVER_FULL) {
        known->account = account->name;
        known->cover = cover;
    }
}

IbCoverage *
ib_coverage_new (const IbConfig *config)
{
    IbCoverage *self = g_new0 (IbCoverage, 1);
    self->config = config;
    self->addresses = g_ptr_array_new_with_free_func (address_free);
    self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
    for (guint i = 0; i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        add_own (self, account, account->address);
        for (char **alias = account->aliases; *alias != NULL; alias++)
            add_own (self, account, *alias);
    }
    return self;
}

void
ib_coverage_free (IbCoverage *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref (self->by_name);
    g_ptr_array_unref (self->addresses);
    g_free (self);
}

void
ib_coverage_add_figures (IbCoverage *self, const char *account, const IbAccountFigures *figures)
{
    for (guint i = 0; i < self->addresses->len; i++) {
        IbCoveredAddress *address = self->addresses->pdata[i];
        if (g_strcmp0 (address->account, account) != 0)
            continue;
        if (address->cover == IB_COVER_FULL && figures->failing_since > 0)
            address->cover = IB_COVER_FAILING;
        if (address->cover == IB_COVER_PAUSED)
            address->since = figures->last_poll;
        if (address->cover == IB_COVER_FAILING)
            address->since = figures->failing_since;
    }
}

/* --- what mail was sent to --------------------------------------------------------------------------------------- */

static const char *
name_of (const IbConfig *config, const char *account)
{
    const IbAccount *known = ib_config_account (config, account);
    return known != NULL ? known->name : NULL;
}

void
ib_coverage_add_recipient (IbCoverage *self, const IbHistoryRecipient *recipient)
{
    IbCoveredAddress *address = g_hash_table_lookup (self->by_name, recipient->address);
    if (address == NULL) {
        g_autofree char *base = ib_config_without_detail (recipient->address);
        address = g_hash_table_lookup (self->by_name, base);
        bool is_nobodys = self->config->broken->len == 0; /* else it may be that account's */
        if (address == NULL && is_nobodys && self->addresses->len < IB_COVERAGE_MOST)
            address = add (self, g_steal_pointer (&base), NULL, IB_COVER_NO_ACCOUNT);
    }
    if (address == NULL)
        return;
    self->is_sorted = false;
    address->messages += recipient->count;
    if (address->cover == IB_COVER_NO_ACCOUNT && recipient->last_at >= address->last_at)
        address->account = name_of (self->config, recipient->account);
    address->last_at = MAX (address->last_at, recipient->last_at);
}

static int
compare (gconstpointer a, gconstpointer b)
{
    const IbCoveredAddress *one = *(IbCoveredAddress *const *) a, *other = *(IbCoveredAddress *const *) b;
    bool is_first = one->cover != IB_COVER_NO_ACCOUNT, is_second = other->cover != IB_COVER_NO_ACCOUNT;
    if (is_first || is_second)
        return is_second - is_first; /* the sorting is stable: accounts stay in their order */
    if (one->messages != other->messages)
        return one->messages < other->messages ? 1 : -1;
    return strcmp (one->address, other->address);
}

const GPtrArray *
ib_coverage_addresses (IbCoverage *self)
{
    if (!self->is_sorted)
        g_ptr_array_sort (self->addresses, compare);
    self->is_sorted = true;
    return self->addresses;
}

const char *
ib_cover_name (IbCover cover)
{
    switch (cover) {
    case IB_COVER_FULL:
        return NULL;
    case IB_COVER_NO_ACCOUNT:
        return "no-account";
    case IB_COVER_FILTER_OFF:
        return "filter-off";
    case IB_COVER_PAUSED:
        return "paused";
    case IB_COVER_FAILING:
        return "failing";
    }
    g_assert_not_reached ();
}
