/* setup.c - adding accounts: the pages, and the ways between them */
#include "setup.h"
#include "account-file.h"
#include "fetch.h"
#include "setup-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-setup-error-quark, ib_setup_error)

static void
line_free (gpointer data)
{
    IbSetupLine *line = data;
    g_free (line->step);
    g_free (line->text);
    g_free (line);
}

/* All that belongs to one account; what was added stays. */
static void
begin_account (IbSetup *self)
{
    g_hash_table_remove_all (self->values);
    g_ptr_array_set_size (self->candidates, 0);
    self->candidate = NULL;
    g_clear_pointer (&self->searched, g_free);
    g_clear_pointer (&self->suggested_name, g_free);
    g_clear_pointer (&self->doors, g_ptr_array_unref);
    g_clear_pointer (&self->secret, ib_secret_unref);
    g_clear_pointer (&self->keeping_for, g_free);
    g_clear_pointer (&self->kept_for, g_free);
    g_clear_pointer (&self->tried, g_free);
    g_clear_pointer (&self->given_id, g_free);
    g_clear_pointer (&self->client_id, g_free);
    g_clear_pointer (&self->client_secret, g_free);
    g_clear_pointer (&self->rehearsal, g_free);
    g_ptr_array_set_size (self->lines, 0);
    self->is_weighed = false;
}

static IbSetup *
setup_new (const IbSetupHome *home, const IbSetupDoers *doers, gpointer user_data, IbSetupPage page)
{
    IbSetup *self = g_new0 (IbSetup, 1);
    self->home = *home;
    self->doers = doers;
    self->user_data = user_data;
    self->page = page;
    self->values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->candidates = ib_candidates_new ();
    self->lines = g_ptr_array_new_with_free_func (line_free);
    self->added = g_ptr_array_new_with_free_func (g_free);
    return self;
}

IbSetup *
ib_setup_new (const IbSetupHome *home, const IbSetupDoers *doers, gpointer user_data)
{
    g_autoptr (GDir) accounts = g_dir_open (home->accounts, 0, NULL); /* none yet: the first time */
    bool is_first = accounts == NULL || g_dir_read_name (accounts) == NULL;
    IbSetup *self = setup_new (home, doers, user_data, is_first ? IB_SETUP_WELCOME : IB_SETUP_ADDRESS);
    ib_setup_search_online (self);
    return self;
}

IbSetup *
ib_setup_renew (const IbSetupHome *home, const IbSetupDoers *doers, gpointer user_data, const char *name,
                GError **error)
{
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", home->accounts, name);
    g_autoptr (GError) why = NULL;
    g_autoptr (IbAccount) account = ib_account_name_is_valid (name) ? ib_account_load (path, &why) : NULL;
    bool is_broken = why != NULL && !g_error_matches (why, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING);
    if (account == NULL)
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, "%s",
                         is_broken ? why->message : _ ("There is no account of that name"));
    else if (account->secret_source == IB_SECRET_GOA)
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                         _ ("GNOME signs in to %s: sign in again in its settings, under Online Accounts"),
                         name);
    else {
        IbSetup *self = setup_new (home, doers, user_data, IB_SETUP_SECRET);
        ib_setup_take_account (self, account);
        self->renewed = g_steal_pointer (&account);
        ib_setup_ask_places (self);
        return self;
    }
    return NULL;
}

void
ib_setup_free (IbSetup *self)
{
    if (self == NULL)
        return;
    ib_setup_stop (self);
    ib_setup_end_online (self);
    ib_setup_end_keeping (self);
    ib_setup_forget_learning (self);
    begin_account (self);
    g_clear_pointer (&self->renewed, ib_account_free);
    g_clear_object (&self->cancellable);
    g_clear_error (&self->trouble);
    g_hash_table_unref (self->values);
    g_ptr_array_unref (self->candidates);
    g_ptr_array_unref (self->lines);
    g_ptr_array_unref (self->added);
    g_free (self);
}

/* --- what a page needs before it is left --------------------------------------------------------------------------------- */

typedef enum { REFUSED, GOES_ON, IS_BUSY } Leaving;

static Leaving
leave_welcome (IbSetup *self, GError **error)
{
    return GOES_ON;
}

static Leaving
leave_address (IbSetup *self, GError **error)
{
    g_autofree char *wanted
        = g_strconcat (ib_setup_get (self, "address"), " ", ib_setup_get (self, "ispdb"), NULL);
    if (!ib_setup_check_address (self, error))
        return REFUSED;
    if (g_strcmp0 (self->searched, wanted) == 0 || ib_setup_is_online (self))
        return GOES_ON;
    ib_setup_search (self);
    return IS_BUSY;
}

static const IbOAuth2Door *
find_door (const IbSetup *self, const char *way)
{
    const GPtrArray *doors = ib_setup_doors (self);
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        if (strcmp (ib_sign_in_name (door->way), way) == 0)
            return door;
    }
    return NULL;
}

static bool
has_open_door (const GPtrArray *doors)
{
    for (guint i = 0; i < doors->len; i++)
        if (((const IbOAuth2Door *) doors->pdata[i])->is_open)
            return true;
    return false;
}

/* A browser's door may be shut to this copy, and yet a program of the user's have the key (secret=command:). */
static Leaving
leave_sign_in (IbSetup *self, GError **error)
{
    const char *way = ib_setup_get (self, "sign-in");
    const IbProvider *provider = ib_setup_provider (self);
    const IbOAuth2Door *door = find_door (self, way);
    bool is_tokens = strcmp (way, "oauth2") == 0 && strcmp (ib_setup_get (self, "keep"), "command") == 0;
    if (!has_open_door (ib_setup_doors (self)) && provider != NULL && !is_tokens
        && find_door (self, "oauth2") == NULL) {
        ib_setup_refuse (error, IB_SETUP_ERROR_CLOSED, _ ("%s lets no mail program in"), provider->name);
        return REFUSED;
    }
    if (*way == '\0')
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("sign-in: choose one of the ways"));
    else if (door != NULL && !door->is_open && !is_tokens)
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("sign-in: this way is shut: %s"), door->words);
    else
        return GOES_ON;
    return REFUSED;
}

bool
ib_setup_must_confirm (const IbSetup *self)
{
    const IbCandidate *candidate = ib_setup_candidate (self);
    return candidate != NULL && candidate->needs_confirmation;
}

static Leaving
leave_settings (IbSetup *self, GError **error)
{
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    if (account == NULL)
        return REFUSED;
    if (!ib_setup_must_confirm (self) || ib_setup_is_yes (self, "confirm-host"))
        return GOES_ON;
    ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                     _ ("No password goes to %s before you have said that it is the right server"),
                     account->host);
    return REFUSED;
}

/* What the secret is kept for: with another it must be kept anew. */
static char *
purpose_of (const IbSetup *self, const IbAccount *account)
{
    g_autofree char *secret = ib_account_get_text (account, "account.secret");
    return g_strjoin ("\n", account->name, secret, account->user, account->host,
                      ib_setup_get (self, "sign-in"), NULL);
}

static bool
check_place (IbSetup *self, const IbAccount *account, GError **error)
{
    const IbKeepingPlace *place = ib_keeping_place (ib_setup_places (self), account->secret_source);
    if (place->is_awaited)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, "%s",
                                _ ("One moment: the keyring has not answered yet"));
    if (!place->is_open)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, "keep: %s", place->words);
    if (account->secret_source == IB_SECRET_FILE && !ib_setup_is_yes (self, "write-clear"))
        return ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                                _ ("It is written into %s, not encrypted, only after you have said yes"),
                                account->secret_value);
    return true;
}

static Leaving
leave_secret (IbSetup *self, GError **error)
{
    const char *keep = ib_setup_get (self, "keep");
    if (strcmp (keep, "keyring") != 0 && *ib_setup_get (self, "keep-in") == '\0') {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                         strcmp (keep, "file") == 0      ? _ ("keep-in: the path of the file")
                         : strcmp (keep, "command") == 0 ? _ ("keep-in: the command that prints it")
                                                         : _ ("keep-in: the credential's name"));
        return REFUSED;
    }
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    if (account == NULL || !check_place (self, account, error))
        return REFUSED;
    if (!ib_keeping_is_written (account->secret_source))
        return GOES_ON;
    g_autofree char *purpose = purpose_of (self, account);
    bool is_kept = g_strcmp0 (self->kept_for, purpose) == 0;
    if (is_kept && self->secret == NULL)
        return GOES_ON;
    if (account->auth != IB_AUTH_OAUTH2 && self->secret == NULL) {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("The password is missing"));
        return REFUSED;
    }
    g_free (self->keeping_for);
    self->keeping_for = g_steal_pointer (&purpose);
    if (account->auth == IB_AUTH_OAUTH2 && self->secret == NULL) {
        ib_setup_ask_browser (self, account);
    } else {
        (void) ib_setup_begin (self);
        ib_setup_keep (self, account);
    }
    return IS_BUSY;
}

bool
ib_setup_needs_secret (const IbSetup *self)
{
    const char *keep = ib_setup_get (self, "keep");
    if (strcmp (keep, "command") == 0 || strcmp (keep, "credential") == 0 || self->secret != NULL
        || strcmp (ib_setup_get (self, "sign-in"), "oauth2") == 0)
        return false;
    g_autoptr (IbAccount) account = ib_setup_account (self, NULL);
    g_autofree char *purpose = account != NULL ? purpose_of (self, account) : NULL;
    return purpose == NULL || g_strcmp0 (purpose, self->kept_for) != 0;
}

static void
enter_test (IbSetup *self)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *text = ib_setup_text (self, &account, &error);
    if (g_strcmp0 (text, self->tried) == 0 && text != NULL)
        return;
    g_clear_pointer (&self->tried, g_free);
    g_ptr_array_set_size (self->lines, 0);
    guint job = ib_setup_begin (self);
    if (account == NULL)
        ib_setup_finish (self, g_steal_pointer (&error), false);
    else
        self->doers->try_account (self, job, account, self->user_data);
}

/* With its account there, a password stays; one that was kept on a way that was left again does not. */
static void
settle_kept (IbSetup *self, const IbAccount *account)
{
    const IbAccount *kept = self->kept;
    if (kept != NULL && strcmp (kept->name, account->name) == 0 && kept->auth == account->auth
        && kept->secret_source == account->secret_source
        && g_strcmp0 (kept->secret_value, account->secret_value) == 0)
        g_clear_pointer (&self->kept, ib_account_free);
    else
        ib_setup_forget_kept (self);
}

/* Writes the account's file, and with it the password is an account's. */
static bool
save (IbSetup *self, GError **error)
{
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *text = ib_setup_text (self, &account, error);
    g_autofree char *path
        = account != NULL ? g_strdup_printf ("%s/%s.conf", self->home.accounts, account->name) : NULL;
    if (path == NULL || !ib_settings_file_save (path, text, strlen (text), error))
        return false;
    g_ptr_array_add (self->added, g_strdup (account->name));
    settle_kept (self, account);
    return true;
}

static Leaving
leave_test (IbSetup *self, GError **error)
{
    if (self->tried == NULL && !ib_setup_is_yes (self, "untested")) {
        ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                         _ ("It does not work yet: go back and change what is wrong, or try again"));
        return REFUSED;
    }
    return self->renewed == NULL || save (self, error) ? GOES_ON : REFUSED;
}

static void
enter_forecast (IbSetup *self)
{
    g_autoptr (IbAccount) account
        = self->is_weighed || self->tried == NULL ? NULL : ib_setup_account (self, NULL);
    if (account == NULL)
        return;
    g_ptr_array_set_size (self->lines, 0);
    guint job = ib_setup_begin (self);
    self->doers->weigh (self, job, account, self->user_data);
}

static Leaving
leave_forecast (IbSetup *self, GError **error)
{
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    return account != NULL ? GOES_ON : REFUSED;
}

static Leaving
leave_filter (IbSetup *self, GError **error)
{
    if (!save (self, error))
        return REFUSED;
    ib_setup_take_online (self);
    if (self->doers->learn != NULL && self->tried != NULL && ib_setup_is_yes (self, "filter")
        && ib_setup_is_yes (self, "learn"))
        self->doers->learn (self, self->added->pdata[self->added->len - 1], self->user_data);
    return GOES_ON;
}

static Leaving
leave_done (IbSetup *self, GError **error)
{
    begin_account (self);
    return GOES_ON;
}

bool
ib_setup_offers_login (const IbSetup *self)
{
    return self->page == IB_SETUP_DONE && self->doers->run_at_login != NULL;
}

bool
ib_setup_awaits_login (const IbSetup *self)
{
    return self->doers->is_login_awaited;
}

void
ib_setup_run_at_login (IbSetup *self, bool runs)
{
    g_assert (ib_setup_offers_login (self));
    if (self->is_busy || runs == self->runs_at_login)
        return;
    guint job = ib_setup_begin (self);
    self->wants_login = runs;
    self->doers->run_at_login (self, job, runs, self->user_data);
    ib_setup_changed (self);
}

void
ib_setup_login_changed (IbSetup *self, guint job, const GError *error)
{
    if (!self->is_busy || self->job != job)
        return;
    if (error == NULL)
        self->runs_at_login = self->wants_login;
    ib_setup_finish (self, error != NULL ? g_error_copy (error) : NULL, false);
}

bool
ib_setup_runs_at_login (const IbSetup *self)
{
    return self->runs_at_login;
}

/* --- the pages ------------------------------------------------------------------------------------------------------------ */

static const struct {
    void (*enter) (IbSetup *self); /* NULL: nothing is to be done there */
    Leaving (*leave) (IbSetup *self, GError **error);
    IbSetupPage next;
} pages[] = {
    [IB_SETUP_WELCOME] = { NULL, leave_welcome, IB_SETUP_ADDRESS },
    [IB_SETUP_ADDRESS] = { NULL, leave_address, IB_SETUP_SIGN_IN },
    [IB_SETUP_SIGN_IN] = { NULL, leave_sign_in, IB_SETUP_SETTINGS },
    [IB_SETUP_SETTINGS] = { NULL, leave_settings, IB_SETUP_SECRET },
    [IB_SETUP_SECRET] = { NULL, leave_secret, IB_SETUP_TEST },
    [IB_SETUP_TEST] = { enter_test, leave_test, IB_SETUP_FORECAST },
    [IB_SETUP_FORECAST] = { enter_forecast, leave_forecast, IB_SETUP_FILTER },
    [IB_SETUP_FILTER] = { NULL, leave_filter, IB_SETUP_DONE },
    [IB_SETUP_DONE] = { NULL, leave_done, IB_SETUP_ADDRESS },
};

/* Of a GNOME account both are known, and kept elsewhere. */
static bool
is_passed_over (const IbSetup *self, IbSetupPage page)
{
    return ib_setup_is_online (self) && (page == IB_SETUP_SIGN_IN || page == IB_SETUP_SECRET);
}

static IbSetupPage
page_after (const IbSetup *self)
{
    if (self->renewed != NULL && self->page == IB_SETUP_TEST)
        return IB_SETUP_DONE; /* what is fetched, and how it is sorted, stays as it is */
    IbSetupPage page = pages[self->page].next;
    while (is_passed_over (self, page))
        page = pages[page].next;
    return page;
}

IbSetupPage
ib_setup_page (const IbSetup *self)
{
    return self->page;
}

bool
ib_setup_is_busy (const IbSetup *self)
{
    return self->is_busy;
}

const GError *
ib_setup_trouble (const IbSetup *self)
{
    return self->trouble;
}

/* The best way that is open, unless one was chosen that there is. */
static void
suggest_sign_in (IbSetup *self)
{
    const GPtrArray *doors = ib_setup_doors (self);
    const IbOAuth2Door *chosen = find_door (self, ib_setup_get (self, "sign-in"));
    if (chosen != NULL && chosen->is_open)
        return;
    for (guint i = 0; i < doors->len; i++) {
        const IbOAuth2Door *door = doors->pdata[i];
        if (door->is_open) {
            ib_setup_put (self, "sign-in", ib_sign_in_name (door->way));
            return;
        }
    }
}

static void
enter (IbSetup *self, IbSetupPage page)
{
    g_clear_error (&self->trouble);
    self->page = page;
    if (page == IB_SETUP_SIGN_IN)
        suggest_sign_in (self);
    if (page == IB_SETUP_SECRET)
        ib_setup_ask_places (self);
    if (pages[page].enter != NULL)
        pages[page].enter (self);
    ib_setup_changed (self);
}

bool
ib_setup_next (IbSetup *self, GError **error)
{
    if (self->is_busy)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("One moment: this is not finished yet"));
    switch (pages[self->page].leave (self, error)) {
    case REFUSED:
        return false;
    case GOES_ON:
        enter (self, page_after (self));
        return true;
    case IS_BUSY:
        ib_setup_changed (self);
        return true;
    }
    g_assert_not_reached ();
}

bool
ib_setup_is_renewal (const IbSetup *self)
{
    return self->renewed != NULL;
}

bool
ib_setup_is_at_beginning (const IbSetup *self)
{
    IbSetupPage first = self->renewed != NULL ? IB_SETUP_SECRET : IB_SETUP_ADDRESS;
    return self->page <= first && !self->is_busy;
}

/* From the last page there is no way back: the account stands. */
bool
ib_setup_back (IbSetup *self)
{
    bool was_busy = self->is_busy;
    ib_setup_stop (self);
    if (self->page == IB_SETUP_WELCOME || self->page == IB_SETUP_DONE)
        return false;
    if (was_busy && pages[self->page].enter == NULL) { /* it was on its way: so it is back */
        ib_setup_changed (self);
        return true;
    }
    if (ib_setup_is_at_beginning (self))
        return false;
    g_clear_error (&self->trouble);
    self->page--;
    if (self->page == IB_SETUP_TEST && self->tried == NULL)
        self->page--;
    while (is_passed_over (self, self->page))
        self->page--;
    if (self->page == IB_SETUP_SECRET)
        ib_setup_ask_places (self);
    ib_setup_changed (self);
    return true;
}

void
ib_setup_cancel (IbSetup *self)
{
    if (!self->is_busy)
        return;
    ib_setup_stop (self);
    ib_setup_changed (self);
}

void
ib_setup_again (IbSetup *self)
{
    ib_setup_stop (self);
    if (self->page == IB_SETUP_TEST)
        g_clear_pointer (&self->tried, g_free);
    if (self->page == IB_SETUP_FORECAST)
        self->is_weighed = false;
    if (pages[self->page].enter != NULL)
        pages[self->page].enter (self);
    ib_setup_changed (self);
}

void
ib_setup_finish (IbSetup *self, GError *trouble, bool goes_on)
{
    self->is_busy = false;
    g_clear_error (&self->trouble);
    if (goes_on) {
        enter (self, page_after (self));
        return;
    }
    self->trouble = trouble;
    ib_setup_changed (self);
}

/* --- what a page shows ------------------------------------------------------------------------------------------------------ */

const GPtrArray *
ib_setup_candidates (const IbSetup *self)
{
    return self->candidates;
}

/* By the server; before there is one, by the address's domain. */
const GPtrArray *
ib_setup_doors (const IbSetup *self)
{
    IbSetup *cache = (IbSetup *) self; /* what is asked for is kept, and not changed */
    if (self->doors != NULL)
        return self->doors;
    const char *host = ib_setup_get (self, "host");
    const IbCandidate *candidate = ib_setup_candidate (self);
    const char *const keys[] = {
        "account.address",
        ib_setup_get (self, "address"),
        "account.host",
        *host != '\0' ? host : "imap.example.org",
        "account.protocol",
        ib_setup_get (self, "protocol"),
        "account.oauth2-client-id",
        candidate != NULL ? candidate->oauth2_client_id : "",
        "account.oauth2-auth-url",
        candidate != NULL ? candidate->oauth2_auth_url : "",
        "account.oauth2-token-url",
        candidate != NULL ? candidate->oauth2_token_url : "",
        "account.oauth2-scope",
        candidate != NULL ? candidate->oauth2_scope : "",
        NULL,
    };
    g_autoptr (IbAccount) account = NULL;
    g_autofree char *text = ib_account_file_edit ("/nonexistent/account.conf", keys, &account, NULL);
    cache->doors = text != NULL
                       ? ib_oauth2_clients_doors (self->home.clients, ib_setup_provider (self), account)
                       : g_ptr_array_new ();
    return self->doors;
}

const GPtrArray *
ib_setup_lines (const IbSetup *self)
{
    return self->lines;
}

bool
ib_setup_is_tried (const IbSetup *self)
{
    return self->tried != NULL;
}

char **
ib_setup_forecast (const IbSetup *self, gint64 now_s)
{
    g_autoptr (IbAccount) account = self->is_weighed ? ib_setup_account (self, NULL) : NULL;
    return account != NULL ? ib_forecast_sentences (account, ib_setup_provider (self), &self->weight, now_s)
                           : NULL;
}

const char *
ib_setup_rehearsal (const IbSetup *self)
{
    return self->rehearsal;
}

const GPtrArray *
ib_setup_added (const IbSetup *self)
{
    return self->added;
}

const char *
ib_setup_link (const IbSetup *self)
{
    return self->link;
}

const char *
ib_setup_code (const IbSetup *self)
{
    return self->code;
}

void
ib_setup_take_secret (IbSetup *self, IbSecret *secret)
{
    g_clear_pointer (&self->secret, ib_secret_unref);
    g_clear_pointer (&self->tried, g_free);
    if (secret != NULL)
        self->secret = ib_secret_ref (secret);
}

/* --- answers ------------------------------------------------------------------------------------------------------------------ */

static bool
is_awaited (const IbSetup *self, guint job)
{
    return self->is_busy && self->job == job;
}

void
ib_setup_tell (IbSetup *self, guint job, const char *step, const char *text)
{
    if (!is_awaited (self, job))
        return;
    IbSetupLine *line = g_new (IbSetupLine, 1);
    *line = (IbSetupLine){ g_strdup (step), g_strdup (text) };
    g_ptr_array_add (self->lines, line);
    ib_setup_changed (self);
}

void
ib_setup_tried (IbSetup *self, guint job, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    if (error == NULL)
        self->tried = ib_setup_text (self, NULL, NULL);
    if (g_error_matches (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN))
        g_clear_pointer (&self->kept_for, g_free); /* another is due */
    ib_setup_finish (self, error != NULL ? g_error_copy (error) : NULL, false);
}

void
ib_setup_weighed (IbSetup *self, guint job, const IbForecastWeight *weight, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    self->is_weighed = error == NULL;
    if (error == NULL)
        self->weight = *weight;
    ib_setup_finish (self, error != NULL ? g_error_copy (error) : NULL, false);
}

void
ib_setup_rehearse (IbSetup *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = ib_setup_text (self, NULL, &error);
    if (self->is_busy)
        return;
    guint job = ib_setup_begin (self);
    ib_setup_changed (self);
    if (text == NULL)
        ib_setup_finish (self, g_steal_pointer (&error), false);
    else
        self->doers->rehearse (self, job, ib_setup_get (self, "name"), text, self->user_data);
}

void
ib_setup_rehearsed (IbSetup *self, guint job, const char *text, const GError *error)
{
    if (!is_awaited (self, job))
        return;
    g_free (self->rehearsal);
    self->rehearsal = g_strdup (text);
    ib_setup_finish (self, error != NULL ? g_error_copy (error) : NULL, false);
}
