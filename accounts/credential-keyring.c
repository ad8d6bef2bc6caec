/* credential-keyring.c - secrets in the desktop's keyring */
#include "credential-keyring.h"
#include "credential.h"
#include "destination.h"
#include "escape.h"
#include "face.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <libsecret/secret.h>
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

static const char *
kind_of (const IbAccount *account)
{
    return account->auth == IB_AUTH_OAUTH2 ? "refresh-token" : "password";
}

/* By which an account's items are found, whatever server they are for. */
static GHashTable *
attributes_of (const IbAccount *account)
{
    return secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                    kind_of (account), NULL);
}

/* With which one is kept. */
static GHashTable *
bound_attributes_of (const IbAccount *account)
{
    g_autofree char *server = ib_destination_server (account);
    return secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                    kind_of (account), "inbasket-server", server, NULL);
}

/* --- errors -------------------------------------------------------------------------------------------------- */

static void
say_locked (GError **error)
{
    g_set_error_literal (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
                         _ ("The keyring is locked: unlock the keyring, and it goes on by itself. (It stays "
                            "locked after a sign-in without a password, by fingerprint for one.)"));
}

static bool
is_absent (const GError *why)
{
    static const gint codes[] = {
        G_DBUS_ERROR_SERVICE_UNKNOWN,
        G_DBUS_ERROR_NAME_HAS_NO_OWNER,
        G_DBUS_ERROR_NO_SERVER,
        G_DBUS_ERROR_SPAWN_EXEC_FAILED,
        G_DBUS_ERROR_SPAWN_CHILD_EXITED,
        G_DBUS_ERROR_SPAWN_CHILD_SIGNALED,
        G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
        G_DBUS_ERROR_SPAWN_FAILED,
        G_DBUS_ERROR_DISCONNECTED,
    };
    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (g_error_matches (why, G_DBUS_ERROR, codes[i]))
            return true;
    return why->domain == G_IO_ERROR && why->code != G_IO_ERROR_TIMED_OUT;
}

static bool
is_silent (const GError *why)
{
    return g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_TIMED_OUT);
}

/* What was found is not there any more: a keyring that opens, or that somebody else writes to, makes its items anew. */
static bool
is_gone (const GError *why)
{
    return g_error_matches (why, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD); /* libsecret's, and GDBus's */
}

/* Turns libsecret's and D-Bus's errors into ours. Takes @why. */
static void
explain (GError *why, GError **error)
{
    (void) g_dbus_error_strip_remote_error (why); /* "GDBus.Error:org…: " says nothing to a person */
    g_autofree char *words = ib_escape_server_text (why->message, -1);
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, why);
        return;
    }
    if (g_error_matches (why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
        say_locked (error);
    else if (is_silent (why))
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
                     _ ("The keyring does not answer: %s"), words);
    else if (is_absent (why))
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
            ib_face_words (
                _ ("There is no keyring in this session (no Secret Service: %s). Start one, like "
                   "gnome-keyring, KWallet or KeePassXC, or use secret=command:…, credential:NAME or "
                   "file:PATH"),
                _ ("There is no keyring in this session (no Secret Service: %s). Start one, like "
                   "gnome-keyring, KWallet or KeePassXC, or keep it in another place")),
            words);
    else
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU, _ ("The keyring refuses: %s"),
                     words);
    g_error_free (why);
}

/* --- finding ------------------------------------------------------------------------------------------------- */

/* The server that it is for; NULL: it was kept before that was noted, and is for the first that it is used with.
 * Returns: (transfer full) (nullable) */
static char *
server_of (SecretItem *item)
{
    g_autoptr (GHashTable) attributes = secret_item_get_attributes (item);
    return g_strdup (g_hash_table_lookup (attributes, "inbasket-server"));
}

typedef enum { FOR_ANOTHER, FOR_ANY, FOR_THIS } Fitness;

static Fitness
fitness_of (SecretItem *item, const IbAccount *account)
{
    g_autofree char *its = server_of (item);
    g_autofree char *server = ib_destination_server (account);
    if (its == NULL)
        return FOR_ANY;
    return strcmp (its, server) == 0 ? FOR_THIS : FOR_ANOTHER;
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

/* For another server than @best, which is newer: who has it has moved. */
static bool
is_leftover (SecretItem *item, SecretItem *best, const IbAccount *account)
{
    return fitness_of (best, account) == FOR_THIS && fitness_of (item, account) == FOR_ANOTHER
           && is_older (item, best);
}

/* Of accounts and servers, whose obtained secrets have leftovers. */
static GMutex leftovers_turn;
static GHashTable *leftovers;

static char *
leftovers_key (const IbAccount *account)
{
    g_autofree char *server = ib_destination_server (account);
    return g_strdup_printf ("%s/%s/%s", account->name, kind_of (account), server);
}

static void
note_leftovers (const IbAccount *account, GList *items, SecretItem *best)
{
    g_autoptr (GMutexLocker) turn = g_mutex_locker_new (&leftovers_turn);
    for (GList *item = items; item != NULL; item = item->next)
        if (is_leftover (item->data, best, account)) {
            if (leftovers == NULL)
                leftovers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
            g_hash_table_add (leftovers, leftovers_key (account));
        }
}

bool
ib_credential_keyring_has_leftovers (const IbAccount *account)
{
    g_autoptr (GMutexLocker) turn = g_mutex_locker_new (&leftovers_turn);
    g_autofree char *key = leftovers_key (account);
    return leftovers != NULL && g_hash_table_remove (leftovers, key);
}

/* How often is searched while items go as soon as they are found. */
#define SEARCHES 3

/* All items of these attributes. Returns: (transfer full) (nullable): a list of SecretItem */
static GList *
search (SecretService *service, GHashTable *attributes, SecretSearchFlags flags, GCancellable *cancellable,
        GError **why)
{
    GError *trouble = NULL;
    GList *items = NULL;
    for (guint i = 0; i < SEARCHES && (i == 0 || is_gone (trouble)); i++) {
        g_clear_error (&trouble);
        items = secret_service_search_sync (service, &schema, attributes, flags | SECRET_SEARCH_ALL,
                                            cancellable, &trouble);
    }
    if (trouble != NULL)
        g_propagate_error (why, trouble);
    return items;
}

/* The item that fits best, unlocked rather than locked; NULL without an error if there is none. */
static SecretItem *
find (SecretService *service, const IbAccount *account, SecretSearchFlags flags, GCancellable *cancellable,
      GError **why)
{
    g_autoptr (GHashTable) attributes = attributes_of (account);
    g_autolist (SecretItem) items = search (service, attributes, flags, cancellable, why);
    SecretItem *best = NULL;
    for (GList *item = items; item != NULL; item = item->next)
        if (best == NULL || fitness_of (item->data, account) > fitness_of (best, account))
            best = item->data;
    if ((flags & SECRET_SEARCH_LOAD_SECRETS) != 0 && best != NULL)
        note_leftovers (account, items, best);
    return best != NULL ? g_object_ref (best) : NULL;
}

/* What would have to be opened to get at @item, or, without one, before "not found" may be believed: some keyrings show
 * nothing of what they hold while they are locked. NULL if nothing is locked. Returns: (transfer full) (nullable) */
static char *
locked_path (SecretService *service, SecretItem *item, GCancellable *cancellable)
{
    if (item != NULL)
        return secret_item_get_locked (item) ? g_strdup (g_dbus_proxy_get_object_path (G_DBUS_PROXY (item)))
                                             : NULL;
    g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, NULL);
    return collection != NULL && secret_collection_get_locked (collection)
               ? g_strdup (g_dbus_proxy_get_object_path (G_DBUS_PROXY (collection)))
               : NULL;
}

static void
say_missing (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **error)
{
    g_autofree char *locked = locked_path (service, NULL, cancellable);
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return; /* whether it is locked, it did not say in time */
    if (locked != NULL)
        say_locked (error);
    else
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU,
            account->auth == IB_AUTH_OAUTH2
                ? ib_face_words (
                    _ ("The keyring has no token of the account %1$s. Sign in with “inbasket account edit %1$s --auth oauth2”"),
                    _ ("The keyring has no token of the account %1$s. Sign in once more"))
                : ib_face_words (
                    _ ("The keyring has no password of the account %1$s. Give it with “inbasket account "
                       "edit %1$s --secret-stdin”"),
                    _ ("The keyring has no password of the account %1$s. Give it once more")),
            account->name);
}

/* Whoever has changed the account's server need not be allowed to know the secret. */
static void
say_for_another (SecretItem *item, const IbAccount *account, GError **error)
{
    g_autofree char *its = server_of (item);
    g_autofree char *server = ib_escape_server_text (its, -1);
    g_set_error (
        error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU,
        account->auth == IB_AUTH_OAUTH2
            ? ib_face_words (
                _ ("The keyring has the token of the account %1$s for %2$s only, and does not give it to %3$s. "
                   "Sign in with “inbasket account edit %1$s --auth oauth2”"),
                _ ("The keyring has the token of the account %1$s for %2$s only, and does not give it to %3$s. "
                   "Sign in once more"))
            : ib_face_words (
                _ ("The keyring has the password of the account %1$s for %2$s only, and does not give it to "
                   "%3$s. Give it anew with “inbasket account edit %1$s --secret-stdin”"),
                _ ("The keyring has the password of the account %1$s for %2$s only, and does not give it to "
                   "%3$s. Give it once more")),
        account->name, server, account->host);
}

/* From now on it is for @account's server. */
static void
bind_item (SecretItem *item, const IbAccount *account, GCancellable *cancellable)
{
    g_autoptr (GHashTable) attributes = bound_attributes_of (account);
    /* A keyring that is only read is as it always was. */
    (void) secret_item_set_attributes_sync (item, &schema, attributes, cancellable, NULL);
}

static IbSecret *
read_item (SecretItem *item, GError **error)
{
    g_autoptr (GError) why = NULL;
    gsize length = 0;
    SecretValue *value = secret_item_get_locked (item) ? NULL : secret_item_get_secret (item);
    if (value == NULL) { /* locked, or locked just now: its secret was not loaded */
        say_locked (error);
        return NULL;
    }
    const char *bytes = secret_value_get (value, &length);
    IbSecret *secret = length > 0 ? ib_secret_new (bytes, length, &why) : NULL;
    if (secret == NULL)
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_NEEDS_YOU,
                     _ ("What the keyring has is no password: %s"),
                     why != NULL ? why->message : _ ("it is empty"));
    secret_value_unref (value);
    return secret;
}

/* A keyring with an empty password is locked, too, until somebody asks; then it opens by itself. Any other answers with a
 * prompt, which appears only if it is told to: it is dismissed instead. */
static bool
open_quietly (SecretService *service, const char *path, GCancellable *cancellable)
{
    GDBusProxy *proxy = G_DBUS_PROXY (service);
    const char *const paths[] = { path, NULL };
    const char *prompt = NULL;
    g_autoptr (GVariant) opened = NULL;
    g_autoptr (GVariant) answer = g_dbus_proxy_call_sync (proxy, "Unlock", g_variant_new ("(^ao)", paths),
                                                          G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
    if (answer == NULL || !g_variant_is_of_type (answer, G_VARIANT_TYPE ("(aoo)")))
        return false;
    g_variant_get (answer, "(@ao&o)", &opened, &prompt);
    if (strcmp (prompt, "/") == 0)
        return g_variant_n_children (opened) > 0;
    g_autoptr (GVariant) dismissed
        = g_dbus_connection_call_sync (g_dbus_proxy_get_connection (proxy), g_dbus_proxy_get_name (proxy),
                                       prompt, "org.freedesktop.Secret.Prompt", "Dismiss", NULL, NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
    return false; /* whether it is gone or not: nobody will see it */
}

/* With its secret. What is gone however often it is searched for is not there. */
static SecretItem *
find_loaded (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    SecretItem *item = find (service, account, SECRET_SEARCH_LOAD_SECRETS, cancellable, why);
    if (is_gone (*why))
        g_clear_error (why);
    return item;
}

static SecretItem *
find_opened (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    g_autoptr (SecretItem) item = find_loaded (service, account, cancellable, why);
    g_autofree char *path = *why == NULL ? locked_path (service, item, cancellable) : NULL;
    if (path == NULL || !open_quietly (service, path, cancellable))
        return g_steal_pointer (&item);
    return find_loaded (service, account, cancellable, why);
}

/* What is to be done in the keyring, in a limited time. */
typedef struct {
    const IbAccount *account;
    const IbSecret *renewed; /* to be put there */
    IbSecret *found;         /* what was there */
    bool may_be_there;
    bool was_there; /* something for this server, be it locked */
    bool is_locked; /* the keyring that storing would use */
} Errand;

static void
look_up (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    const IbAccount *account = errand->account;
    g_autoptr (SecretService) service
        = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item = service != NULL ? find_opened (service, account, cancellable, &why) : NULL;
    if (why != NULL)
        explain (why, error);
    else if (item == NULL)
        say_missing (service, account, cancellable, error);
    else if (fitness_of (item, account) == FOR_ANOTHER)
        say_for_another (item, account, error);
    else
        errand->found = read_item (item, error);
    if (errand->found != NULL && fitness_of (item, account) == FOR_ANY)
        bind_item (item, account, cancellable);
}

static gboolean
on_late (gpointer data)
{
    g_cancellable_cancel (data);
    return G_SOURCE_REMOVE;
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
    g_cancellable_cancel (data);
}

/* D-Bus waits 25 s for each answer, and there are several. The clock is the main loop's, which runs while we are waited
 * for. */
static bool
hurry (Errand *errand, void (*run) (Errand *errand, GCancellable *cancellable, GError **error),
       GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GCancellable) patience = g_cancellable_new ();
    g_autoptr (GSource) clock = g_timeout_source_new (IB_LIMIT_KEYRING_MS);
    gulong handler = cancellable != NULL
                         ? g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), patience, NULL)
                         : 0;

    g_source_set_callback (clock, on_late, g_object_ref (patience), g_object_unref);
    g_source_attach (clock, NULL);
    run (errand, patience, &why);
    g_source_destroy (clock);
    if (cancellable != NULL)
        g_cancellable_disconnect (cancellable, handler);
    if (why == NULL)
        return true;
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !g_cancellable_is_cancelled (cancellable))
        g_set_error (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED,
                     _ ("The keyring has not answered for %d s"), IB_LIMIT_KEYRING_MS / 1000);
    else
        g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

IbSecret *
ib_credential_keyring_obtain (const IbAccount *account, GCancellable *cancellable, GError **error)
{
    Errand errand = { .account = account };
    return hurry (&errand, look_up, cancellable, error) ? errand.found : NULL;
}

bool
ib_credential_keyring_has (const IbAccount *account)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, NULL, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? find (service, account, SECRET_SEARCH_NONE, NULL, &why) : NULL;
    return item != NULL && fitness_of (item, account) != FOR_ANOTHER;
}

static void
look_for_any (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? find (service, errand->account, SECRET_SEARCH_NONE, cancellable, &why) : NULL;
    g_autofree char *locked = why == NULL ? locked_path (service, NULL, cancellable) : NULL;
    if (why != NULL && is_absent (why) && !g_cancellable_is_cancelled (cancellable))
        g_clear_error (&why);
    errand->may_be_there = item != NULL || locked != NULL;
    if (why != NULL)
        explain (why, error);
    else
        (void) g_cancellable_set_error_if_cancelled (cancellable, error);
}

bool
ib_credential_keyring_may_have (const IbAccount *account)
{
    Errand errand = { .account = account };
    return !hurry (&errand, look_for_any, NULL, NULL) || errand.may_be_there;
}

bool
ib_credential_keyring_is_there (GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
    if (service != NULL)
        return true;
    explain (why, error);
    return false;
}

static void
look_at_state (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service
        = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autofree char *locked = service != NULL ? locked_path (service, NULL, cancellable) : NULL;
    errand->is_locked = locked != NULL;
    if (service == NULL)
        explain (why, error);
    else
        (void) g_cancellable_set_error_if_cancelled (cancellable, error);
}

IbKeyringState
ib_credential_keyring_state (GCancellable *cancellable, GError **error)
{
    Errand errand = { NULL };
    if (!hurry (&errand, look_at_state, cancellable, error))
        return IB_KEYRING_ABSENT;
    return errand.is_locked ? IB_KEYRING_LOCKED : IB_KEYRING_OPEN;
}

/* --- keeping ------------------------------------------------------------------------------------------------- */

/* The default keyring, open: the user may be asked to. None yet is no error: storing makes one. */
static bool
open_default (SecretService *service, GCancellable *cancellable, GError **why)
{
    g_autoptr (SecretCollection) collection = secret_collection_for_alias_sync (
        service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, why);
    if (*why != NULL)
        return false;
    if (collection == NULL || !secret_collection_get_locked (collection))
        return true;
    GList objects = { .data = collection };
    if (secret_service_unlock_sync (service, &objects, cancellable, NULL, why) == 1)
        return true;
    if (*why == NULL)
        g_set_error_literal (why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "not unlocked");
    return false;
}

bool
ib_credential_keyring_unlock (const char *name, GError **error)
{
    GError *why = NULL;
    g_autoptr (GHashTable) attributes = secret_attributes_build (&schema, "inbasket-account", name, NULL);
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, NULL, &why);
    g_autolist (SecretItem) items
        = service != NULL ? search (service, attributes, SECRET_SEARCH_NONE, NULL, &why) : NULL;
    bool is_locked = items != NULL && secret_item_get_locked (items->data);
    if (is_locked && secret_service_unlock_sync (service, items, NULL, NULL, &why) == 0 && why == NULL)
        g_set_error_literal (&why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "not unlocked");
    else if (items == NULL && why == NULL)
        (void) open_default (service, NULL, &why);
    if (why == NULL)
        return true;
    explain (why, error);
    return false;
}

/* A new item, in the default keyring. */
static void
store_item (SecretService *service, const IbAccount *account, SecretValue *value, GCancellable *cancellable,
            GError **why)
{
    g_autoptr (GHashTable) attributes = bound_attributes_of (account);
    g_autofree char *label
        = g_strdup_printf (account->auth == IB_AUTH_OAUTH2 ? _ ("Inbasket: token of %s (%s)")
                                                           : _ ("Inbasket: password of %s (%s)"),
                           account->address, account->name);
    (void) secret_service_store_sync (service, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                                      cancellable, why);
}

/* What was kept before servers were noted, and nobody has claimed. Nobody is asked to open another keyring for that. */
static void
forget_unclaimed (SecretService *service, const IbAccount *account)
{
    g_autoptr (GHashTable) attributes = attributes_of (account);
    g_autolist (SecretItem) items = search (service, attributes, SECRET_SEARCH_NONE, NULL, NULL);
    for (GList *item = items; item != NULL; item = item->next)
        if (!secret_item_get_locked (item->data) && fitness_of (item->data, account) == FOR_ANY)
            (void) secret_item_delete_sync (item->data, NULL, NULL); /* one that stays fits worse */
}

static void
forget_leftovers (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    const IbAccount *account = errand->account;
    g_autoptr (GHashTable) attributes = attributes_of (account);
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, cancellable, &why);
    g_autoptr (SecretItem) best
        = service != NULL ? find (service, account, SECRET_SEARCH_NONE, cancellable, &why) : NULL;
    g_autolist (SecretItem) items
        = best != NULL ? search (service, attributes, SECRET_SEARCH_NONE, cancellable, &why) : NULL;
    for (GList *item = items; item != NULL && why == NULL; item = item->next)
        if (is_leftover (item->data, best, account) && !secret_item_get_locked (item->data))
            (void) secret_item_delete_sync (item->data, cancellable, &why);
    if (why != NULL)
        explain (why, error);
}

bool
ib_credential_keyring_settle (const IbAccount *account, GError **error)
{
    Errand errand = { .account = account };
    return hurry (&errand, forget_leftovers, NULL, error);
}

static SecretValue *
value_of (const IbSecret *secret)
{
    gsize length;
    const char *bytes = ib_secret_peek (secret, &length);
    return secret_value_new (bytes, (gssize) length, "text/plain");
}

/* Into @item, or anew where there is none, or none any more. */
static void
put (SecretService *service, const IbAccount *account, SecretItem *item, SecretValue *value,
     GCancellable *cancellable, GError **why)
{
    if (item != NULL && secret_item_set_secret_sync (item, value, cancellable, why))
        return;
    if (is_gone (*why))
        g_clear_error (why);
    if (*why == NULL)
        store_item (service, account, value, cancellable, why);
}

static void
renew (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service
        = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? find_opened (service, errand->account, cancellable, &why) : NULL;
    if (item != NULL && fitness_of (item, errand->account) == FOR_ANOTHER)
        g_clear_object (&item);
    g_autofree char *locked = why == NULL ? locked_path (service, item, cancellable) : NULL;
    SecretValue *value = value_of (errand->renewed);
    if (locked != NULL)
        g_set_error_literal (&why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "locked");
    else if (why == NULL)
        put (service, errand->account, item, value, cancellable, &why);
    secret_value_unref (value);
    if (why != NULL)
        explain (why, error);
}

bool
ib_credential_keyring_renew (const IbAccount *account, const IbSecret *secret, GError **error)
{
    Errand errand = { .account = account, .renewed = secret };
    return hurry (&errand, renew, NULL, error);
}

/* What may hang: behind it a person may be asked, who takes his time. */
static void
look_before_storing (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service
        = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? find (service, errand->account, SECRET_SEARCH_NONE, cancellable, &why) : NULL;
    errand->was_there = item != NULL && fitness_of (item, errand->account) != FOR_ANOTHER;
    if (why != NULL)
        explain (why, error);
}

/* It is for the server of @former from now on. */
static void
claim_item (SecretItem *item, const IbAccount *account, const IbAccount *former, GError **why)
{
    g_autofree char *server = former != NULL ? ib_destination_server (former) : g_strdup (NO_SERVER);
    g_autoptr (GHashTable) attributes
        = secret_attributes_build (&schema, "inbasket-account", account->name, "inbasket-kind",
                                   kind_of (account), "inbasket-server", server, NULL);
    GList items = { .data = item };
    GError *trouble = NULL;
    if (secret_item_get_locked (item))
        (void) secret_service_unlock_sync (secret_item_get_service (item), &items, NULL, NULL, &trouble);
    if (trouble == NULL && secret_item_get_locked (item))
        g_set_error_literal (&trouble, SECRET_ERROR, SECRET_ERROR_IS_LOCKED, "not unlocked");
    if (trouble == NULL)
        (void) secret_item_set_attributes_sync (item, &schema, attributes, NULL, &trouble);
    if (trouble != NULL)
        g_propagate_error (why, trouble);
}

/* Where something is locked, some keyrings show nothing: it is opened before that is believed. */
static void
claim_all (SecretService *service, const IbAccount *account, const IbAccount *former, GError **why)
{
    g_autoptr (GHashTable) attributes = attributes_of (account);
    for (bool is_open = false, is_sure = false; !is_sure && *why == NULL;) {
        g_autolist (SecretItem) items = search (service, attributes, SECRET_SEARCH_NONE, NULL, why);
        g_autofree char *locked = *why == NULL ? locked_path (service, NULL, NULL) : NULL;
        for (GList *item = items; item != NULL && *why == NULL; item = item->next)
            if (fitness_of (item->data, account) == FOR_ANY)
                claim_item (item->data, account, former, why);
        is_sure = items != NULL || locked == NULL || is_open;
        if (!is_sure && *why == NULL)
            is_open = open_default (service, NULL, why);
    }
}

bool
ib_credential_keyring_claim (const IbAccount *account, const IbAccount *former, GError **error)
{
    GError *why = NULL;
    Errand errand = { .account = account };
    if (!hurry (&errand, look_for_any, NULL, error))
        return false;
    if (!errand.may_be_there)
        return true;
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
    if (service != NULL)
        claim_all (service, account, former, &why);
    if (why == NULL)
        return true;
    explain (why, error);
    return false;
}

bool
ib_credential_keyring_store (const IbAccount *account, const IbSecret *secret, GCancellable *cancellable,
                             bool *out_was_there, GError **error)
{
    GError *why = NULL;
    Errand errand = { .account = account };
    if (!hurry (&errand, look_before_storing, cancellable, error))
        return false;
    *out_was_there = errand.was_there;
    g_autoptr (SecretService) service
        = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    if (service != NULL && open_default (service, cancellable, &why)) {
        SecretValue *value = value_of (secret);
        store_item (service, account, value, cancellable, &why);
        secret_value_unref (value);
        if (why == NULL)
            forget_unclaimed (service, account);
    }
    if (why == NULL)
        return true;
    explain (why, error);
    return false;
}

/* Of what is open; what is locked is somebody else's, or was not put there. */
static void
clear_open (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (GHashTable) attributes = bound_attributes_of (errand->account);
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_NONE, cancellable, &why);
    if (service != NULL)
        (void) secret_service_clear_sync (service, &schema, attributes, cancellable, &why);
    if (why != NULL)
        explain (why, error);
}

bool
ib_credential_keyring_take_back (const IbAccount *account, GError **error)
{
    Errand errand = { .account = account };
    return hurry (&errand, clear_open, NULL, error);
}

bool
ib_credential_keyring_forget (const IbAccount *account, bool *out_was_there, GError **error)
{
    GError *why = NULL;
    g_autoptr (GHashTable) attributes = attributes_of (account);
    g_autoptr (SecretService) service = secret_service_get_sync (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
    bool was_there = service != NULL && open_default (service, NULL, &why)
                     && secret_service_clear_sync (service, &schema, attributes, NULL, &why);
    if (why != NULL) {
        explain (why, error);
        return false;
    }
    *out_was_there = was_there;
    return true;
}
