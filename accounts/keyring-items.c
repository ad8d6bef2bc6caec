/* keyring-items.c - which items of a keyring are an account's, and for which server */
#include "keyring-items.h"
#include "destination.h"
#include "keyring-interface.h"
#include "keyring-trouble.h"
#include "server-limits.h"

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

/* NULL: it does not say, or not in this way. Its properties may go at any moment, with the keyring that it is in. */
static GVariant *
look_at (SecretItem *item, const char *name, const char *type)
{
    g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (G_DBUS_PROXY (item), name);
    return value != NULL && g_variant_is_of_type (value, G_VARIANT_TYPE (type)) ? g_steal_pointer (&value)
                                                                                : NULL;
}

/* NULL: it has none, or @attributes is. */
static char *
attribute (GVariant *attributes, const char *name)
{
    char *value = NULL;
    if (attributes != NULL)
        (void) g_variant_lookup (attributes, name, "s", &value); /* none */
    return value;
}

char *
ib_keyring_items_server (SecretItem *item)
{
    g_autoptr (GVariant) attributes = look_at (item, "Attributes", "a{ss}");
    return attribute (attributes, "inbasket-server");
}

IbKeyringFitness
ib_keyring_items_fitness (SecretItem *item, const IbAccount *account)
{
    g_autoptr (GVariant) attributes = look_at (item, "Attributes", "a{ss}");
    g_autofree char *whose = attribute (attributes, "inbasket-account");
    g_autofree char *its = attribute (attributes, "inbasket-server");
    g_autofree char *server = ib_destination_server (account);
    if (whose == NULL)
        return IB_KEYRING_HIDDEN;
    if (its == NULL)
        return IB_KEYRING_FOR_ANY;
    return strcmp (its, server) == 0 ? IB_KEYRING_FOR_THIS : IB_KEYRING_FOR_ANOTHER;
}

static guint64
when (SecretItem *item, const char *name)
{
    g_autoptr (GVariant) time = look_at (item, name, "t");
    return time != NULL ? g_variant_get_uint64 (time) : 0;
}

/* Items that are kept again are younger than what they take the place of, and of what is kept at once the later one was made
 * later. */
static bool
is_older (SecretItem *one, SecretItem *other)
{
    guint64 kept = when (one, "Modified"), other_kept = when (other, "Modified");
    if (kept != other_kept)
        return kept < other_kept;
    return when (one, "Created") < when (other, "Created");
}

bool
ib_keyring_items_is_leftover (SecretItem *item, SecretItem *best, const IbAccount *account)
{
    return ib_keyring_items_fitness (best, account) == IB_KEYRING_FOR_THIS
           && ib_keyring_items_fitness (item, account) == IB_KEYRING_FOR_ANOTHER && is_older (item, best);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

/* How often is searched while what is found goes at once, or cannot be told what it is. */
#define SEARCHES 3

static GVariant *
attributes_to_variant (GHashTable *attributes)
{
    GHashTableIter each;
    gpointer name, value;
    g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
    g_hash_table_iter_init (&each, attributes);
    while (g_hash_table_iter_next (&each, &name, &value))
        g_variant_builder_add (&builder, "{ss}", name, value);
    return g_variant_builder_end (&builder);
}

static bool
answers_to (SecretItem *item, GHashTable *wanted)
{
    GHashTableIter each;
    gpointer name, value;
    g_autoptr (GVariant) attributes = look_at (item, "Attributes", "a{ss}");
    g_hash_table_iter_init (&each, wanted);
    while (g_hash_table_iter_next (&each, &name, &value)) {
        g_autofree char *its = attribute (attributes, name);
        if (g_strcmp0 (its, value) != 0)
            return false;
    }
    return true;
}

/* What is open must say that it is what was searched for: else nobody can tell whose it is. */
static bool
is_whole (SecretItem *item, GHashTable *wanted)
{
    g_autoptr (GVariant) locked = look_at (item, "Locked", "b");
    return locked != NULL && (g_variant_get_boolean (locked) || answers_to (item, wanted));
}

/* libsecret takes what it is told nothing of for gone: is it? */
static void
ask_why (GDBusProxy *service, const char *path, GCancellable *cancellable, GError **why)
{
    g_autoptr (GVariant) properties = g_dbus_connection_call_sync (
        g_dbus_proxy_get_connection (service), g_dbus_proxy_get_name (service), path,
        "org.freedesktop.DBus.Properties", "GetAll", g_variant_new ("(s)", "org.freedesktop.Secret.Item"),
        G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, -1, cancellable, why);
    if (properties != NULL)
        ib_keyring_trouble_set_odd ("it has found something, and tells nothing of it", why);
}

/* An item that goes, or is locked, while it is looked at may come without its properties. */
static SecretItem *
learn_of (SecretService *service, const char *path, GHashTable *wanted, GCancellable *cancellable,
          GError **why)
{
    GDBusProxy *proxy = G_DBUS_PROXY (service);
    g_autoptr (GError) trouble = NULL;
    g_autoptr (SecretItem) item = g_initable_new (
        SECRET_TYPE_ITEM, cancellable, &trouble, "g-flags", G_DBUS_PROXY_FLAGS_NONE, "g-interface-info",
        ib_keyring_interface ("org.freedesktop.Secret.Item"), "g-connection",
        g_dbus_proxy_get_connection (proxy), "g-name", g_dbus_proxy_get_name (proxy), "g-object-path", path,
        "g-interface-name", "org.freedesktop.Secret.Item", "service", service, NULL);
    if (item != NULL && is_whole (item, wanted))
        return g_steal_pointer (&item);
    if (item != NULL)
        ib_keyring_trouble_set_odd ("it has found something, and does not tell what it is", why);
    else if (ib_keyring_trouble_is_gone (trouble))
        ask_why (proxy, path, cancellable, why);
    else
        g_propagate_error (why, g_steal_pointer (&trouble));
    return NULL;
}

static GList *
search_once (SecretService *service, GHashTable *wanted, GCancellable *cancellable, GError **missed,
             GError **why)
{
    GList *items = NULL;
    g_autoptr (GVariant) found = g_dbus_proxy_call_sync (
        G_DBUS_PROXY (service), "SearchItems", g_variant_new ("(@a{ss})", attributes_to_variant (wanted)),
        G_DBUS_CALL_FLAGS_NONE, -1, cancellable, why);
    for (gsize is_locked = 0; found != NULL && is_locked < 2; is_locked++) {
        g_autofree const char **paths = NULL;
        g_variant_get_child (found, is_locked, "^a&o", &paths);
        for (gsize i = 0; paths[i] != NULL && i < IB_LIMIT_KEYRING_ITEMS; i++) {
            SecretItem *item
                = learn_of (service, paths[i], wanted, cancellable, *missed == NULL ? missed : NULL);
            if (item != NULL)
                items = g_list_prepend (items, item);
        }
        if (g_strv_length ((char **) paths) > IB_LIMIT_KEYRING_ITEMS && *missed == NULL)
            ib_keyring_trouble_set_odd ("it has found far too much", missed);
    }
    return g_list_reverse (items);
}

static GList *
search_for (SecretService *service, GHashTable *wanted, GCancellable *cancellable, GError **out_missed,
            GError **why)
{
    g_autoptr (GError) missed = NULL;
    GError *trouble = NULL;
    GList *items = NULL;
    for (guint i = 0; i < SEARCHES && trouble == NULL && (i == 0 || missed != NULL); i++) {
        g_clear_error (&missed);
        g_list_free_full (items, g_object_unref);
        items = search_once (service, wanted, cancellable, &missed, &trouble);
    }
    if (trouble != NULL)
        g_propagate_error (why, trouble);
    else if (!g_cancellable_set_error_if_cancelled (cancellable, why) && missed != NULL)
        g_propagate_error (out_missed, g_steal_pointer (&missed));
    return items;
}

GList *
ib_keyring_items_search (SecretService *service, const IbAccount *account, GCancellable *cancellable,
                         GError **out_missed, GError **why)
{
    g_autoptr (GHashTable) attributes = attributes_of (account);
    return search_for (service, attributes, cancellable, out_missed, why);
}

GList *
ib_keyring_items_search_name (SecretService *service, const char *name, GError **why)
{
    g_autoptr (GHashTable) attributes = secret_attributes_build (&schema, "inbasket-account", name, NULL);
    return search_for (service, attributes, NULL, NULL, why);
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
                       GError **out_missed, GError **why)
{
    g_autolist (SecretItem) items = ib_keyring_items_search (service, account, cancellable, out_missed, why);
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
