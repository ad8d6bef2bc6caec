/* keyring-items.c - which items of a keyring are an account's, and for which server */
#include "keyring-items.h"
#include "destination.h"
#include "keyring-trouble.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* gnome-keyring cannot tell schemas apart while it is locked: a search that names one finds nothing then. So items are known
 * by their attributes alone, which are ours by their names together. */
static const SecretSchema schema = {
    "org.inbasket.Account",
    SECRET_SCHEMA_DONT_MATCH_NAME,
    { { "inbasket-account", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "inbasket-kind", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { "inbasket-server", SECRET_SCHEMA_ATTRIBUTE_STRING },
      { NULL, 0 } },
};

/* An item whose server nobody knows is for this one: no host is called so. */
#define NO_SERVER "?"

const char *
ib_keyring_items_kind (const IbAccount *account)
{
    return account->auth == IB_AUTH_OAUTH2 ? "refresh-token" : "password";
}

/* By which an account's items are found, whatever server they are for. */
static GHashTable *
attributes_of (const IbAccount *account)
{
    return secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                    ib_keyring_items_kind (account), NULL);
}

/* With which one is kept. */
static GHashTable *
bound_attributes_of (const IbAccount *account)
{
    g_autofree char *server = ib_destination_server (account);
    return secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                    ib_keyring_items_kind (account), "inbasket-server", server, NULL);
}

/* --- whose it is --------------------------------------------------------------------------------------------- */

char *
ib_keyring_items_server (SecretItem *item)
{
    g_autoptr (GHashTable) attributes = secret_item_get_attributes (item);
    return g_strdup (g_hash_table_lookup (attributes, "inbasket-server"));
}

IbKeyringFitness
ib_keyring_items_fitness (SecretItem *item, const IbAccount *account)
{
    g_autofree char *its = ib_keyring_items_server (item);
    g_autofree char *server = ib_destination_server (account);
    if (its == NULL)
        return IB_KEYRING_FOR_ANY;
    return strcmp (its, server) == 0 ? IB_KEYRING_FOR_THIS : IB_KEYRING_FOR_ANOTHER;
}

/* Items that are kept again are younger than what they take the place of, and of what is kept at once the later one was made
 * later. */
static bool
is_older (SecretItem *one, SecretItem *other)
{
    guint64 kept = secret_item_get_modified (one), other_kept = secret_item_get_modified (other);
    if (kept != other_kept)
        return kept < other_kept;
    return secret_item_get_created (one) < secret_item_get_created (other);
}

bool
ib_keyring_items_is_leftover (SecretItem *item, SecretItem *best, const IbAccount *account)
{
    return ib_keyring_items_fitness (best, account) == IB_KEYRING_FOR_THIS
           && ib_keyring_items_fitness (item, account) == IB_KEYRING_FOR_ANOTHER && is_older (item, best);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

/* How often is searched while items go as soon as they are found. */
#define SEARCHES 3

/* An item that goes, or is locked, while it is looked at may come without its properties: whose it is nobody can tell then. */
static GList *
keep_whole (GList *items, bool *out_is_whole)
{
    GList *kept = NULL;
    *out_is_whole = true;
    for (GList *item = items; item != NULL; item = item->next) {
        g_autoptr (GVariant) attributes = g_dbus_proxy_get_cached_property (item->data, "Attributes");
        if (attributes != NULL)
            kept = g_list_append (kept, g_object_ref (item->data));
        *out_is_whole &= attributes != NULL;
    }
    g_list_free_full (items, g_object_unref);
    return kept;
}

static GList *
search_for (SecretService *service, GHashTable *attributes, SecretSearchFlags flags,
            GCancellable *cancellable, GError **why)
{
    GError *trouble = NULL;
    GList *items = NULL;
    bool is_whole = false;
    for (guint i = 0; i < SEARCHES && (i == 0 || !is_whole || ib_keyring_trouble_is_gone (trouble)); i++) {
        g_clear_error (&trouble);
        g_list_free_full (items, g_object_unref);
        items = keep_whole (secret_service_search_sync (service, &schema, attributes,
                                                        flags | SECRET_SEARCH_ALL, cancellable, &trouble),
                            &is_whole);
    }
    if (trouble != NULL)
        g_propagate_error (why, trouble);
    return items;
}

GList *
ib_keyring_items_search (SecretService *service, const IbAccount *account, SecretSearchFlags flags,
                         GCancellable *cancellable, GError **why)
{
    g_autoptr (GHashTable) attributes = attributes_of (account);
    return search_for (service, attributes, flags, cancellable, why);
}

GList *
ib_keyring_items_search_name (SecretService *service, const char *name, GError **why)
{
    g_autoptr (GHashTable) attributes = secret_attributes_build (&schema, "inbasket-account", name, NULL);
    return search_for (service, attributes, SECRET_SEARCH_NONE, NULL, why);
}

SecretItem *
ib_keyring_items_best (GList *items, const IbAccount *account)
{
    SecretItem *best = NULL;
    for (GList *item = items; item != NULL; item = item->next)
        if (best == NULL
            || ib_keyring_items_fitness (item->data, account) > ib_keyring_items_fitness (best, account))
            best = item->data;
    return best;
}

SecretItem *
ib_keyring_items_find (SecretService *service, const IbAccount *account, GCancellable *cancellable,
                       GError **why)
{
    g_autolist (SecretItem) items
        = ib_keyring_items_search (service, account, SECRET_SEARCH_NONE, cancellable, why);
    SecretItem *best = ib_keyring_items_best (items, account);
    return best != NULL ? g_object_ref (best) : NULL;
}

/* --- keeping ------------------------------------------------------------------------------------------------- */

void
ib_keyring_items_bind (SecretItem *item, const IbAccount *account, GCancellable *cancellable)
{
    g_autoptr (GHashTable) attributes = bound_attributes_of (account);
    (void) secret_item_set_attributes_sync (item, &schema, attributes, cancellable, NULL);
}

bool
ib_keyring_items_claim (SecretItem *item, const IbAccount *account, const IbAccount *former, GError **why)
{
    g_autofree char *server = former != NULL ? ib_destination_server (former) : g_strdup (NO_SERVER);
    g_autoptr (GHashTable) attributes
        = secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                   ib_keyring_items_kind (account), "inbasket-server", server, NULL);
    return secret_item_set_attributes_sync (item, &schema, attributes, NULL, why);
}

void
ib_keyring_items_store (SecretService *service, const IbAccount *account, SecretValue *value,
                        GCancellable *cancellable, GError **why)
{
    g_autoptr (GHashTable) attributes = bound_attributes_of (account);
    g_autofree char *label
        = g_strdup_printf (account->auth == IB_AUTH_OAUTH2 ? _ ("Inbasket: token of %s (%s)")
                                                           : _ ("Inbasket: password of %s (%s)"),
                           account->address, account->name);
    (void) secret_service_store_sync (service, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                                      cancellable, why);
}

bool
ib_keyring_items_clear (SecretService *service, const IbAccount *account, bool is_for_all_servers,
                        GCancellable *cancellable, GError **why)
{
    g_autoptr (GHashTable) attributes
        = is_for_all_servers ? attributes_of (account) : bound_attributes_of (account);
    return secret_service_clear_sync (service, &schema, attributes, cancellable, why);
}
