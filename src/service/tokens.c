/* tokens.c - what an account signs in with, fresh */
#include "tokens.h"
#include "credential.h"
#include "face.h"
#include "fetch.h"
#include "fs.h"
#include "oauth2-clients.h"
#include "oauth2-endpoint.h"
#include "server-limits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* So long before its end a token is renewed, lest it expire in a session: but no more than a fifth of its life. */
#define EARLY_S 300
/* Of one that nobody said how long it lasts. */
#define UNSAID_LIFETIME_S 600
/* How often another process's lock is looked at. */
#define LOCK_INTERVAL_MS 100
/* How often a keyring that was locked between reading and writing is tried again, and for how long at a time. */
#define KEYRING_INTERVAL_MS 500
#define KEYRING_PATIENCE_S 30
/* A provider that is out of order is asked again after this, and twice as long each time, up to the longest. */
#define FIRST_PAUSE_S 15
#define LONGEST_PAUSE_S 900

/* One account. */
typedef struct {
    IbTokens *tokens;
    IbAccount *account;
    IbOAuth2Client *client;
    GPtrArray *waiting; /* GTask; NULL: nothing is being renewed */

    IbSecret *access_token;
    gint64 good_until_us;
    IbSecret *unsaved; /* a refresh token that is not yet kept */
    IbSecret *held;    /* one that cannot be kept where the account has it: credential: */
    IbSecret *in_use;  /* the one that is shown to the provider just now */
    IbSecret *dead;    /* the one that it refused */
    GError *why_not;   /* what it said then, or when it was out of order */
    gint64 not_before_us;
    guint failures;

    gint64 asked_at_us;
    int lock;
    gint64 patience_us; /* of the monotonic clock: so long a lock, or a locked keyring, is waited for */
} Entry;

struct _IbTokens {
    const IbPaths *paths;
    gint64 (*now_us) (void);
    GHashTable *entries; /* what an account's tokens depend on, see name_identity (): Entry */
    guint renewing;
    bool is_closing;
};

static void keep (Entry *self);
static void ask_for_refresh_token (Entry *self);

/* --- entries ------------------------------------------------------------------------------------------------- */

static void
entry_free (gpointer pointer)
{
    Entry *self = pointer;
    ib_account_free (self->account);
    ib_oauth2_client_free (self->client);
    ib_secret_unref (self->access_token);
    ib_secret_unref (self->unsaved);
    ib_secret_unref (self->held);
    ib_secret_unref (self->in_use);
    ib_secret_unref (self->dead);
    g_clear_error (&self->why_not);
    g_free (self);
}

/* An account whose settings were changed may have other tokens. */
static char *
name_identity (const IbAccount *account)
{
    return g_strjoin ("\n", account->name, account->address, account->user, account->host, account->provider,
                      account->secret_value, account->oauth2_client_id, account->oauth2_token_url,
                      account->oauth2_scope, account->secret_source == IB_SECRET_KEYRING ? "keyring" : "",
                      NULL);
}

/* One that is being renewed goes on: what comes of it is for those who waited before the change, and must be kept. */
static gboolean
is_of_former_settings (gpointer identity, gpointer entry, gpointer account)
{
    const Entry *self = entry;
    return self->waiting == NULL && strcmp (self->account->name, ((IbAccount *) account)->name) == 0;
}

static Entry *
find_entry (IbTokens *self, const IbAccount *account)
{
    g_autofree char *identity = name_identity (account);
    Entry *entry = g_hash_table_lookup (self->entries, identity);
    if (entry != NULL)
        return entry;
    (void) g_hash_table_foreach_remove (self->entries, is_of_former_settings, (gpointer) account);
    entry = g_new0 (Entry, 1);
    entry->tokens = self;
    entry->account = ib_account_copy (account);
    entry->lock = -1;
    g_hash_table_insert (self->entries, g_steal_pointer (&identity), entry);
    return entry;
}

static bool
is_fresh (const Entry *self)
{
    return self->access_token != NULL && self->tokens->now_us () < self->good_until_us;
}

static bool
is_same (const IbSecret *a, const IbSecret *b)
{
    return a != NULL && b != NULL && strcmp (ib_secret_peek (a, NULL), ib_secret_peek (b, NULL)) == 0;
}

/* Takes @secret. */
static void
put (IbSecret **field, IbSecret *secret)
{
    ib_secret_unref (*field);
    *field = secret;
}

/* --- what a run hears ---------------------------------------------------------------------------------------- */

static IbFetchError
remedy_of (const GError *error)
{
    if (error->domain == IB_CREDENTIAL_ERROR) {
        switch ((IbCredentialError) error->code) {
        case IB_CREDENTIAL_ERROR_NEEDS_YOU:
            return IB_FETCH_ERROR_SIGN_IN;
        case IB_CREDENTIAL_ERROR_LATER:
            return IB_FETCH_ERROR_BUSY;
        case IB_CREDENTIAL_ERROR_LOCKED:
        case IB_CREDENTIAL_ERROR_SILENT:
            return IB_FETCH_ERROR_KEYRING;
        case IB_CREDENTIAL_ERROR_OFFLINE:
            return IB_FETCH_ERROR_OFFLINE;
        }
    }
    if (error->domain == IB_OAUTH2_ERROR) {
        switch ((IbOAuth2Error) error->code) {
        case IB_OAUTH2_ERROR_OFFLINE:
            return IB_FETCH_ERROR_OFFLINE;
        case IB_OAUTH2_ERROR_BUSY:
        case IB_OAUTH2_ERROR_PENDING:
        case IB_OAUTH2_ERROR_SLOW_DOWN:
            return IB_FETCH_ERROR_BUSY;
        case IB_OAUTH2_ERROR_SIGN_IN:
        case IB_OAUTH2_ERROR_CLIENT:
            return IB_FETCH_ERROR_SIGN_IN;
        case IB_OAUTH2_ERROR_UNSAFE:
            return IB_FETCH_ERROR_UNSAFE;
        }
    }
    return IB_FETCH_ERROR_SIGN_IN;
}

static GError *
translate (const IbAccount *account, const GError *error)
{
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || error->domain == IB_FETCH_ERROR)
        return g_error_copy (error);
    bool is_to_sign_in = g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN);
    if (!is_to_sign_in)
        return g_error_new_literal (IB_FETCH_ERROR, (gint) remedy_of (error), error->message);
    return g_error_new (
        IB_FETCH_ERROR, (gint) remedy_of (error),
        ib_face_words (_ ("%1$s. Sign in again with “inbasket account edit %2$s --auth oauth2”"),
                       _ ("%1$s. Sign in to %2$s again")),
        error->message, account->name);
}

/* The renewal is over: everybody who waits gets the access token, or @error. */
static void
finish (Entry *self, const GError *error)
{
    g_autoptr (GPtrArray) waiting = g_steal_pointer (&self->waiting);
    if (self->lock >= 0)
        close (self->lock);
    self->lock = -1;
    put (&self->in_use, NULL);
    self->tokens->renewing--;
    for (guint i = 0; i < waiting->len; i++) {
        GTask *task = waiting->pdata[i];
        if (error != NULL)
            g_task_return_error (task, translate (self->account, error));
        else
            g_task_return_pointer (task, ib_secret_ref (self->access_token),
                                   (GDestroyNotify) ib_secret_unref);
    }
}

/* --- keeping ------------------------------------------------------------------------------------------------- */

static gboolean
keep_again (gpointer user_data)
{
    keep (user_data);
    return G_SOURCE_REMOVE;
}

/* A keyring that was open when the old token was read, and is locked now, may be open again in a moment; and this process
 * may be the only place where the new one is. */
static bool
may_keep_later (const Entry *self, const GError *error)
{
    return (g_error_matches (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_LOCKED)
            || g_error_matches (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_SILENT))
           && g_get_monotonic_time () < self->patience_us;
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Entry *self = user_data;
    g_autoptr (GError) error = NULL;
    bool is_kept = ib_credential_renew_finish (result, &error);
    if (is_kept)
        put (&self->unsaved, NULL);
    if (!is_kept && may_keep_later (self, error))
        (void) g_timeout_add (KEYRING_INTERVAL_MS, keep_again, self);
    else if (!is_kept || is_fresh (self))
        finish (self, error);
    else
        ask_for_refresh_token (self);
}

static void
keep (Entry *self)
{
    ib_credential_renew (self->account, self->unsaved, on_kept, self);
}

static void
begin_to_keep (Entry *self)
{
    self->patience_us = g_get_monotonic_time () + KEYRING_PATIENCE_S * G_USEC_PER_SEC;
    keep (self);
}

/* --- renewing ------------------------------------------------------------------------------------------------ */

static void
pause_provider (Entry *self, const GError *error)
{
    gint64 pause_s = FIRST_PAUSE_S << MIN (self->failures, 10);
    self->failures++;
    self->not_before_us = self->tokens->now_us () + MIN (pause_s, LONGEST_PAUSE_S) * G_USEC_PER_SEC;
    g_clear_error (&self->why_not);
    self->why_not = g_error_copy (error);
}

static void
note_failure (Entry *self, const GError *error)
{
    bool was_held = is_same (self->in_use, self->held);
    if (g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_BUSY)
        || g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_OFFLINE)) {
        pause_provider (self, error);
    } else if (g_error_matches (error, IB_OAUTH2_ERROR, IB_OAUTH2_ERROR_SIGN_IN)) {
        put (&self->dead, g_steal_pointer (&self->in_use));
        g_clear_error (&self->why_not);
        self->why_not = g_error_copy (error);
        if (was_held)
            put (&self->held, NULL);
    }
}

static void
note_tokens (Entry *self, const IbOAuth2Tokens *tokens)
{
    gint64 lifetime_s = tokens->lifetime_s > 0 ? tokens->lifetime_s : UNSAID_LIFETIME_S;
    gint64 early_s = MIN (EARLY_S, lifetime_s / 5);
    put (&self->access_token, ib_secret_ref (tokens->access_token));
    self->good_until_us = self->asked_at_us + (lifetime_s - early_s) * G_USEC_PER_SEC;
    self->failures = 0;
    if (tokens->refresh_token == NULL || is_same (tokens->refresh_token, self->in_use))
        return;
    if (self->account->secret_source == IB_SECRET_CREDENTIAL)
        put (&self->held, ib_secret_ref (tokens->refresh_token));
    else
        put (&self->unsaved, ib_secret_ref (tokens->refresh_token));
}

static void
on_tokens (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Entry *self = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbOAuth2Tokens) tokens = ib_oauth2_tokens_finish (result, &error);
    if (tokens == NULL) {
        note_failure (self, error);
        finish (self, error);
        return;
    }
    note_tokens (self, tokens);
    if (self->unsaved != NULL)
        begin_to_keep (self);
    else
        finish (self, NULL);
}

/* Never cancelled: who breaks off may never hear of the token that takes this one's place. Takes @refresh_token. */
static void
refresh (Entry *self, IbSecret *refresh_token)
{
    put (&self->in_use, refresh_token);
    if (is_same (refresh_token, self->dead)) {
        finish (self, self->why_not);
        return;
    }
    self->asked_at_us = self->tokens->now_us ();
    ib_oauth2_refresh (self->client, refresh_token, NULL, on_tokens, self);
}

static void
on_refresh_token (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Entry *self = user_data;
    g_autoptr (GError) error = NULL;
    IbSecret *secret = ib_credential_obtain_finish (result, &error);
    if (secret == NULL)
        finish (self, error);
    else
        refresh (self, secret);
}

/* Read anew each time: another process may have put another one there. */
static void
ask_for_refresh_token (Entry *self)
{
    if (self->held != NULL)
        refresh (self, ib_secret_ref (self->held));
    else
        ib_credential_obtain (self->account, NULL, on_refresh_token, self);
}

/* --- one process at a time ----------------------------------------------------------------------------------- */

static void
go_on_locked (Entry *self)
{
    if (self->unsaved != NULL)
        begin_to_keep (self);
    else
        ask_for_refresh_token (self);
}

/* Returns: (transfer full) */
static char *
lock_path (const IbPaths *paths, const IbAccount *account)
{
    g_autofree char *name = g_strconcat (account->name, ".lock", NULL);
    return g_build_filename (paths->cache, "tokens", name, NULL);
}

static void
fail_to_lock (const IbPaths *paths, const IbAccount *account, int number, GError **error)
{
    g_autofree char *path = lock_path (paths, account);
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER, _ ("%s cannot be locked: %s"), path,
                 g_strerror (number));
}

/* -1 on error. */
static int
open_lock (const IbPaths *paths, const IbAccount *account, GError **error)
{
    g_autofree char *path = lock_path (paths, account);
    g_autofree char *folder = g_path_get_dirname (path);
    (void) ib_fs_make_folder (folder, NULL); /* opening says why not */
    int lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0)
        fail_to_lock (paths, account, errno, error);
    return lock;
}

/* Returns: 0, or the errno of what stands in the way; EWOULDBLOCK: another has it. */
static int
try_lock (int lock)
{
    while (flock (lock, LOCK_EX | LOCK_NB) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

static void
fail_to_take_lock (Entry *self, int number)
{
    g_autoptr (GError) error = NULL;
    if (number == EWOULDBLOCK)
        error = g_error_new_literal (
            IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY,
            _ ("Another Inbasket is renewing this account's token, and does not come to an end"));
    else
        fail_to_lock (self->tokens->paths, self->account, number, &error);
    finish (self, error);
}

static gboolean
on_lock_interval (gpointer user_data)
{
    Entry *self = user_data;
    int number = try_lock (self->lock);
    if (number == EWOULDBLOCK && !self->tokens->is_closing && g_get_monotonic_time () < self->patience_us)
        return G_SOURCE_CONTINUE;
    if (number == 0)
        go_on_locked (self);
    else
        fail_to_take_lock (self, number);
    return G_SOURCE_REMOVE;
}

static void
take_lock (Entry *self)
{
    g_autoptr (GError) error = NULL;
    self->lock = open_lock (self->tokens->paths, self->account, &error);
    if (self->lock < 0) {
        finish (self, error);
        return;
    }
    int number = try_lock (self->lock);
    if (number == 0) {
        go_on_locked (self);
    } else if (number == EWOULDBLOCK) {
        self->patience_us = g_get_monotonic_time () + IB_LIMIT_TOKEN_LOCK_MS * G_GINT64_CONSTANT (1000);
        (void) g_timeout_add (LOCK_INTERVAL_MS, on_lock_interval, self);
    } else {
        fail_to_take_lock (self, number);
    }
}

/* As try_lock (); EWOULDBLOCK: another has it for longer than that. */
static int
wait_for_lock (int lock, guint limit_ms)
{
    gint64 patience_us = g_get_monotonic_time () + limit_ms * G_GINT64_CONSTANT (1000);
    int number = try_lock (lock);
    while (number == EWOULDBLOCK && g_get_monotonic_time () < patience_us) {
        g_usleep (LOCK_INTERVAL_MS * 1000);
        number = try_lock (lock);
    }
    return number;
}

bool
ib_tokens_keep_within (const IbPaths *paths, const IbAccount *account, const IbSecret *secret, guint limit_ms,
                       GError **error)
{
    int lock = open_lock (paths, account, error);
    if (lock < 0)
        return false;
    int number = wait_for_lock (lock, limit_ms);
    bool is_kept = number == 0 && ib_credential_store (account, secret, error);
    if (number == EWOULDBLOCK)
        g_set_error_literal (
            error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY,
            _ ("Another Inbasket is renewing this account's token, and does not come to an end: end that one, "
               "and try again"));
    else if (number != 0)
        fail_to_lock (paths, account, number, error);
    close (lock);
    return is_kept;
}

bool
ib_tokens_keep (const IbPaths *paths, const IbAccount *account, const IbSecret *secret, GError **error)
{
    return ib_tokens_keep_within (paths, account, secret, IB_LIMIT_TOKEN_LOCK_MS, error);
}

/* --- the client ---------------------------------------------------------------------------------------------- */

static const IbProvider *
find_provider (const IbProviders *providers, const IbAccount *account)
{
    const IbProvider *named
        = *account->provider != '\0' ? ib_providers_find (providers, account->provider) : NULL;
    return named != NULL ? named : ib_providers_by_server (providers, account->host);
}

/* The files are read each time: once an hour is seldom, and they may be new. */
IbOAuth2Client *
ib_tokens_find_client (const IbPaths *paths, const IbAccount *account, bool needs_id, GError **error)
{
    const char *const tables[] = { ib_paths_shipped_providers (), paths->providers, NULL };
    const char *const folders[] = { ib_paths_shipped_oauth_clients (), paths->oauth_clients, NULL };
    g_autoptr (IbProviders) providers = ib_providers_load (tables, error);
    g_autoptr (IbOAuth2Clients) clients = providers != NULL ? ib_oauth2_clients_load (folders, error) : NULL;
    if (clients == NULL)
        return NULL;
    const IbProvider *provider = find_provider (providers, account);
    g_autoptr (IbOAuth2Client) client = ib_oauth2_clients_find (clients, provider, account);
    if (needs_id && !ib_oauth2_clients_check (clients, client, provider, account, error))
        return NULL;
    return g_steal_pointer (&client);
}

/* --- obtaining ----------------------------------------------------------------------------------------------- */

static void
renew (Entry *self, const IbAccount *account)
{
    g_autoptr (GError) error = NULL;
    self->tokens->renewing++;
    ib_account_free (self->account);
    self->account = ib_account_copy (account);
    ib_oauth2_client_free (self->client);
    self->client = ib_tokens_find_client (self->tokens->paths, account, true, &error);
    if (self->client == NULL)
        finish (self, error);
    else if (self->failures > 0 && self->tokens->now_us () < self->not_before_us)
        finish (self, self->why_not);
    else
        take_lock (self);
}

/* What needs no renewing, translated. */
static void
on_plain (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    g_autoptr (GError) error = NULL;
    IbSecret *secret = ib_credential_obtain_finish (result, &error);
    if (secret != NULL)
        g_task_return_pointer (task, secret, (GDestroyNotify) ib_secret_unref);
    else
        g_task_return_error (task, translate (g_task_get_task_data (task), error));
}

void
ib_tokens_obtain (IbTokens *self, const IbAccount *account, GCancellable *cancellable,
                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_task_data (task, ib_account_copy (account), (GDestroyNotify) ib_account_free);
    if (!ib_account_has_refresh_token (account)) {
        ib_credential_obtain (account, cancellable, on_plain, g_steal_pointer (&task));
        return;
    }
    Entry *entry = find_entry (self, account);
    bool is_renewing = entry->waiting != NULL;
    if (!is_renewing && entry->unsaved == NULL && is_fresh (entry)) {
        g_task_return_pointer (task, ib_secret_ref (entry->access_token), (GDestroyNotify) ib_secret_unref);
        return;
    }
    if (!is_renewing)
        entry->waiting = g_ptr_array_new_with_free_func (g_object_unref);
    g_ptr_array_add (entry->waiting, g_steal_pointer (&task));
    if (!is_renewing)
        renew (entry, account);
}

IbSecret *
ib_tokens_obtain_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}

bool
ib_tokens_refused (IbTokens *self, const IbAccount *account)
{
    g_autofree char *identity = name_identity (account);
    Entry *entry = g_hash_table_lookup (self->entries, identity);
    if (!ib_account_has_refresh_token (account) || entry == NULL)
        return false;
    entry->good_until_us = 0;
    return true;
}

/* --- life ---------------------------------------------------------------------------------------------------- */

/* Runs on in sleep, and is not set by anybody. */
static gint64
boot_time_us (void)
{
    struct timespec now;
    (void) clock_gettime (CLOCK_BOOTTIME, &now); /* it exists */
    return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

IbTokens *
ib_tokens_new_with_clock (const IbPaths *paths, gint64 (*now_us) (void))
{
    IbTokens *self = g_new0 (IbTokens, 1);
    self->paths = paths;
    self->now_us = now_us;
    self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
    return self;
}

IbTokens *
ib_tokens_new (const IbPaths *paths)
{
    return ib_tokens_new_with_clock (paths, boot_time_us);
}

/* A last time, for tokens that die with this process. */
static void
keep_the_unsaved (IbTokens *self)
{
    GHashTableIter each;
    gpointer pointer;
    g_hash_table_iter_init (&each, self->entries);
    while (g_hash_table_iter_next (&each, NULL, &pointer)) {
        Entry *entry = pointer;
        if (entry->unsaved == NULL)
            continue;
        entry->waiting = g_ptr_array_new ();
        self->renewing++;
        entry->good_until_us = G_MAXINT64; /* nothing more is asked for */
        take_lock (entry);
    }
}

static void
wait_for_renewals (IbTokens *self)
{
    while (self->renewing > 0)
        g_main_context_iteration (NULL, TRUE);
}

void
ib_tokens_free (IbTokens *self)
{
    if (self == NULL)
        return;
    self->is_closing = true;
    wait_for_renewals (self);
    keep_the_unsaved (self);
    wait_for_renewals (self);
    g_hash_table_unref (self->entries);
    g_free (self);
}
