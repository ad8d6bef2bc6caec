/* credential-keyring.c - secrets in the desktop's keyring */
#include "credential-keyring.h"
#include "credential.h"
#include "destination.h"
#include "escape.h"
#include "face.h"
#include "keyring-items.h"
#include "keyring-lock.h"
#include "keyring-service.h"
#include "keyring-trouble.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>

static void
explain (GError *why, GError **error)
{
    if (ib_keyring_trouble_is_odd (why))
        ib_keyring_service_forget ();
    ib_keyring_trouble_explain (why, error);
}

/* --- what a move leaves behind ------------------------------------------------------------------------------- */

/* Of accounts and servers, whose obtained secrets have leftovers. */
static GMutex leftovers_turn;
static GHashTable *leftovers;

static char *
leftovers_key (const IbAccount *account)
{
    g_autofree char *server = ib_destination_server (account);
    return g_strdup_printf ("%s/%s/%s", account->name, ib_keyring_items_kind (account), server);
}

static void
note_leftovers (const IbAccount *account, GList *items, SecretItem *best)
{
    g_autoptr (GMutexLocker) turn = g_mutex_locker_new (&leftovers_turn);
    for (GList *item = items; item != NULL; item = item->next)
        if (ib_keyring_items_is_leftover (item->data, best, account)) {
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

/* --- obtaining ----------------------------------------------------------------------------------------------- */

static void
say_missing (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **error)
{
    g_autofree char *locked = ib_keyring_lock_path (service, NULL, cancellable);
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return; /* whether it is locked, it did not say in time */
    if (locked != NULL)
        ib_keyring_trouble_explain_locked (error);
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
    g_autofree char *its = ib_keyring_items_server (item);
    g_autofree char *server = ib_escape_server_text (its != NULL ? its : "?", -1);
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

/* @item (nullable): what cannot be had. */
static void
say_shut (SecretItem *item, GCancellable *cancellable, GError **error)
{
    bool is_withheld = item != NULL && ib_keyring_lock_is_withheld (item, cancellable);
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return; /* which of both, it did not say in time */
    if (is_withheld)
        ib_keyring_trouble_explain_withheld (error);
    else
        ib_keyring_trouble_explain_locked (error);
}

static IbSecret *
read_item (SecretItem *item, GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) why = NULL;
    gsize length = 0;
    SecretValue *value = secret_item_get_secret (item);
    if (value == NULL) { /* locked: its secret was not loaded */
        say_shut (item, cancellable, error);
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

/* The best of what can be told of; why not, if there is one that nothing can be told of, and none that would do. */
static SecretItem *
find (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    g_autoptr (GError) missed = NULL;
    g_autolist (SecretItem) items = ib_keyring_items_search (service, account, cancellable, &missed, why);
    SecretItem *best = ib_keyring_items_best (items, account);
    bool would_do = best != NULL && ib_keyring_items_fitness (best, account) != IB_KEYRING_FOR_ANOTHER;
    if (missed != NULL && !would_do && !ib_keyring_trouble_is_gone (missed))
        g_propagate_error (why, g_steal_pointer (&missed));
    if (best != NULL)
        note_leftovers (account, items, best);
    return best != NULL && *why == NULL ? g_object_ref (best) : NULL;
}

/* Of what fits and is open. */
static bool
load (SecretItem *item, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    return ib_keyring_items_fitness (item, account) < IB_KEYRING_FOR_ANY
           || ib_keyring_lock_is_shut (G_DBUS_PROXY (item))
           || secret_item_load_secret_sync (item, cancellable, why);
}

/* How often it is searched for while it goes, or is locked, just as its secret is wanted. */
#define SEARCHES 3

/* With its secret. What is gone however often it is searched for is not there. */
static SecretItem *
find_loaded (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    for (guint i = 0; i < SEARCHES; i++) {
        g_clear_error (why);
        g_autoptr (SecretItem) item = find (service, account, cancellable, why);
        if (item == NULL || load (item, account, cancellable, why))
            return g_steal_pointer (&item);
        if (!ib_keyring_trouble_is_gone (*why)
            && !g_error_matches (*why, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
            return NULL;
    }
    if (ib_keyring_trouble_is_gone (*why))
        g_clear_error (why);
    return NULL;
}

static SecretItem *
find_opened (SecretService *service, const IbAccount *account, GCancellable *cancellable, GError **why)
{
    g_autoptr (SecretItem) item = find_loaded (service, account, cancellable, why);
    g_autofree char *path = *why == NULL ? ib_keyring_lock_path (service, item, cancellable) : NULL;
    if (path == NULL || !ib_keyring_lock_open_quietly (service, path, cancellable))
        return g_steal_pointer (&item);
    return find_loaded (service, account, cancellable, why);
}

static IbSecret *
take_out (SecretItem *item, const IbAccount *account, GCancellable *cancellable, GError **error)
{
    IbSecret *secret = NULL;
    switch (ib_keyring_items_fitness (item, account)) {
    case IB_KEYRING_FOR_ANOTHER:
        say_for_another (item, account, error);
        break;
    case IB_KEYRING_HIDDEN:
        say_shut (item, cancellable, error);
        break;
    case IB_KEYRING_FOR_ANY:
        secret = read_item (item, cancellable, error);
        if (secret != NULL)
            ib_keyring_items_bind (item, account, cancellable);
        break;
    case IB_KEYRING_FOR_THIS:
        secret = read_item (item, cancellable, error);
        break;
    }
    return secret;
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item = service != NULL ? find_opened (service, account, cancellable, &why) : NULL;
    if (why != NULL)
        explain (why, error);
    else if (item == NULL)
        say_missing (service, account, cancellable, error);
    else
        errand->found = take_out (item, account, cancellable, error);
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
    g_cancellable_cancel (data);
}

/* Calls that block are ended after a while, whosever thread they hold up. */
typedef struct {
    GCancellable *calls;
    GAsyncQueue *ends; /* where is told that they are over */
} Patience;

static gpointer
lose_patience (gpointer data)
{
    Patience *self = data;
    if (g_async_queue_timeout_pop (self->ends, IB_LIMIT_KEYRING_MS * 1000) == NULL)
        g_cancellable_cancel (self->calls);
    return NULL;
}

/* D-Bus waits 25 s for each answer, and there are several. */
static bool
hurry (Errand *errand, void (*run) (Errand *errand, GCancellable *cancellable, GError **error),
       GCancellable *cancellable, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GCancellable) calls = g_cancellable_new ();
    g_autoptr (GAsyncQueue) ends = g_async_queue_new ();
    Patience patience = { .calls = calls, .ends = ends };
    gulong handler = cancellable != NULL
                         ? g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), calls, NULL)
                         : 0;

    GThread *thread = g_thread_new ("patience", lose_patience, &patience);
    run (errand, calls, &why);
    g_async_queue_push (ends, &patience);
    g_thread_join (thread);
    if (cancellable != NULL)
        g_cancellable_disconnect (cancellable, handler);
    if (why == NULL)
        return true;
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED) && !g_cancellable_is_cancelled (cancellable))
        g_set_error (
            error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_SILENT,
            _ ("The keyring has not answered for %d s: is it locked, and does a window ask for its password?"),
            IB_LIMIT_KEYRING_MS / 1000);
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

static void
look_for_this (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_NONE, cancellable, &why);
    g_autoptr (SecretItem) item = service != NULL ? find (service, errand->account, cancellable, &why) : NULL;
    errand->was_there
        = item != NULL && ib_keyring_items_fitness (item, errand->account) != IB_KEYRING_FOR_ANOTHER;
    if (why != NULL)
        explain (why, error);
}

bool
ib_credential_keyring_has (const IbAccount *account, bool *out_has, GError **error)
{
    Errand errand = { .account = account };
    if (!hurry (&errand, look_for_this, NULL, error))
        return false;
    *out_has = errand.was_there;
    return true;
}

static void
look_for_any (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (GError) missed = NULL;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_NONE, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? ib_keyring_items_find (service, errand->account, cancellable, &missed, &why)
                          : NULL;
    g_autofree char *locked = why == NULL ? ib_keyring_lock_path (service, NULL, cancellable) : NULL;
    if (why != NULL && ib_keyring_trouble_is_absent (why) && !g_cancellable_is_cancelled (cancellable))
        g_clear_error (&why);
    errand->may_be_there = item != NULL || missed != NULL || locked != NULL;
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
    if (service != NULL)
        return true;
    explain (why, error);
    return false;
}

static void
look_at_state (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autofree char *locked = service != NULL ? ib_keyring_lock_path (service, NULL, cancellable) : NULL;
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

bool
ib_credential_keyring_unlock (const char *name, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_NONE, NULL, &why);
    g_autolist (SecretItem) items
        = service != NULL ? ib_keyring_items_search_name (service, name, &why) : NULL;
    GList *locked = items; /* … stand behind those that are not */
    while (locked != NULL && !ib_keyring_lock_is_shut (locked->data))
        locked = locked->next;
    if (locked != NULL)
        (void) ib_keyring_lock_open (service, locked, NULL, &why);
    else if (items == NULL && why == NULL)
        (void) ib_keyring_lock_open_default (service, NULL, &why);
    if (why == NULL)
        return true;
    explain (why, error);
    return false;
}

/* What was kept before servers were noted, and nobody has claimed. Nobody is asked to open another keyring for that. */
static void
forget_unclaimed (SecretService *service, const IbAccount *account)
{
    g_autoptr (GError) why = NULL;
    g_autolist (SecretItem) items = ib_keyring_items_search (service, account, NULL, NULL, &why);
    for (GList *item = items; item != NULL; item = item->next)
        if (!ib_keyring_lock_is_shut (item->data)
            && ib_keyring_items_fitness (item->data, account) == IB_KEYRING_FOR_ANY)
            (void) secret_item_delete_sync (item->data, NULL, NULL); /* one that stays fits worse */
}

static void
forget_leftovers (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    const IbAccount *account = errand->account;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_NONE, cancellable, &why);
    g_autoptr (SecretItem) best
        = service != NULL ? ib_keyring_items_find (service, account, cancellable, NULL, &why) : NULL;
    g_autolist (SecretItem) items
        = best != NULL ? ib_keyring_items_search (service, account, cancellable, NULL, &why) : NULL;
    for (GList *item = items; item != NULL && why == NULL; item = item->next)
        if (ib_keyring_items_is_leftover (item->data, best, account) && !ib_keyring_lock_is_shut (item->data))
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
    if (ib_keyring_trouble_is_gone (*why))
        g_clear_error (why);
    if (*why == NULL)
        ib_keyring_items_store (service, account, value, cancellable, why);
}

static void
renew (Errand *errand, GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? find_opened (service, errand->account, cancellable, &why) : NULL;
    if (item != NULL && ib_keyring_items_fitness (item, errand->account) == IB_KEYRING_FOR_ANOTHER)
        g_clear_object (&item);
    g_autofree char *locked = why == NULL ? ib_keyring_lock_path (service, item, cancellable) : NULL;
    SecretValue *value = value_of (errand->renewed);
    if (locked == NULL && why == NULL)
        put (service, errand->account, item, value, cancellable, &why);
    secret_value_unref (value);
    if (locked != NULL)
        say_shut (item, cancellable, error);
    else if (why != NULL)
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
    g_autoptr (GError) missed = NULL; /* be it that for this server, or another's */
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    g_autoptr (SecretItem) item
        = service != NULL ? ib_keyring_items_find (service, errand->account, cancellable, &missed, &why)
                          : NULL;
    errand->was_there
        = missed != NULL
          || (item != NULL && ib_keyring_items_fitness (item, errand->account) != IB_KEYRING_FOR_ANOTHER);
    if (why != NULL)
        explain (why, error);
}

/* It is for the server of @former from now on. */
static void
claim_item (SecretItem *item, const IbAccount *account, const IbAccount *former, GError **why)
{
    GList items = { .data = item };
    if (!ib_keyring_lock_is_shut (G_DBUS_PROXY (item))
        || ib_keyring_lock_open (secret_item_get_service (item), &items, NULL, why))
        (void) ib_keyring_items_claim (item, account, former, why);
}

/* Those that are for no server yet. Returns: (transfer full) (nullable): one that does not say so before it is open */
static SecretItem *
claim_open (GList *items, const IbAccount *account, const IbAccount *former, GError **why)
{
    SecretItem *hidden = NULL;
    for (GList *item = items; item != NULL && *why == NULL; item = item->next) {
        IbKeyringFitness fitness = ib_keyring_items_fitness (item->data, account);
        if (fitness == IB_KEYRING_FOR_ANY)
            claim_item (item->data, account, former, why);
        else if (fitness == IB_KEYRING_HIDDEN)
            hidden = item->data;
    }
    return hidden != NULL ? g_object_ref (hidden) : NULL;
}

/* What a search has found in a keyring that was opened for it, but for what opens only now. */
static bool
open_hidden (SecretService *service, SecretItem *hidden, bool was_opened, GError **why)
{
    GList items = { .data = hidden };
    if (hidden == NULL)
        return ib_keyring_lock_open_default (service, NULL, why);
    if (was_opened)
        ib_keyring_trouble_set_locked (why);
    return !was_opened && ib_keyring_lock_open (service, &items, NULL, why);
}

/* Where something is locked, some keyrings show nothing, or not for which server it is: it is opened before that is believed. */
static void
claim_all (SecretService *service, const IbAccount *account, const IbAccount *former, GError **why)
{
    for (bool is_open = false, is_sure = false; !is_sure && *why == NULL;) {
        g_autolist (SecretItem) items = ib_keyring_items_search (service, account, NULL, why, why);
        g_autofree char *locked = *why == NULL ? ib_keyring_lock_path (service, NULL, NULL) : NULL;
        g_autoptr (SecretItem) hidden = *why == NULL ? claim_open (items, account, former, why) : NULL;
        is_sure = hidden == NULL && (items != NULL || locked == NULL || is_open);
        if (!is_sure && *why == NULL)
            is_open = open_hidden (service, hidden, is_open, why);
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, cancellable, &why);
    if (service != NULL && ib_keyring_lock_open_default (service, cancellable, &why)) {
        SecretValue *value = value_of (secret);
        ib_keyring_items_store (service, account, value, cancellable, &why);
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_NONE, cancellable, &why);
    if (service != NULL)
        (void) ib_keyring_items_clear (service, errand->account, false, cancellable, &why);
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
    g_autoptr (SecretService) service = ib_keyring_service (SECRET_SERVICE_OPEN_SESSION, NULL, &why);
    bool was_there = service != NULL && ib_keyring_lock_open_default (service, NULL, &why)
                     && ib_keyring_items_clear (service, account, true, NULL, &why);
    if (why != NULL) {
        explain (why, error);
        return false;
    }
    *out_was_there = was_there;
    return true;
}
