/* setup-pages.c - setup's pages: what each begins as it is entered, and needs before it is left */
#include "account-file.h"
#include "same-mailbox.h"
#include "setup-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static IbSetupLeaving
leave_welcome (IbSetup *self, GError **error)
{
    return IB_SETUP_GOES_ON;
}

static IbSetupLeaving
leave_address (IbSetup *self, GError **error)
{
    if (!ib_setup_check_address (self, error))
        return IB_SETUP_REFUSED;
    if (ib_setup_is_searched (self) || ib_setup_is_online (self))
        return IB_SETUP_GOES_ON;
    ib_setup_search (self);
    return IB_SETUP_IS_BUSY;
}

/* A browser's door may be shut to this copy, and yet a program of the user's have the key (secret=command:). */
static IbSetupLeaving
leave_sign_in (IbSetup *self, GError **error)
{
    const char *way = ib_setup_get (self, "sign-in");
    const IbProvider *provider = ib_setup_provider (self);
    const IbOAuth2Door *door = ib_setup_find_door (self, way);
    bool is_tokens = strcmp (way, "oauth2") == 0 && strcmp (ib_setup_get (self, "keep"), "command") == 0;
    if (!ib_setup_has_open_door (self) && provider != NULL && !is_tokens
        && ib_setup_find_door (self, "oauth2") == NULL) {
        ib_setup_refuse (error, IB_SETUP_ERROR_CLOSED, _ ("%s lets no mail program in"), provider->name);
        return IB_SETUP_REFUSED;
    }
    if (*way == '\0')
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("sign-in: choose one of the ways"));
    else if (door != NULL && !door->is_open && !is_tokens)
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("sign-in: this way is shut: %s"), door->words);
    else
        return IB_SETUP_GOES_ON;
    return IB_SETUP_REFUSED;
}

bool
ib_setup_must_confirm (const IbSetup *self)
{
    const IbCandidate *candidate = ib_setup_candidate (self);
    return candidate != NULL && candidate->needs_confirmation;
}

char *
ib_setup_twin (const IbSetup *self)
{
    g_autoptr (IbAccount) account = ib_setup_account (self, NULL);
    return account != NULL ? ib_same_mailbox_find (self->home.accounts, account) : NULL;
}

static IbSetupLeaving
leave_settings (IbSetup *self, GError **error)
{
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    if (account == NULL)
        return IB_SETUP_REFUSED;
    g_autofree char *twin = ib_setup_is_yes (self, "twice") ? NULL : ib_setup_twin (self);
    if (ib_setup_must_confirm (self) && !ib_setup_is_yes (self, "confirm-host"))
        ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                         _ ("No password goes to %s before you have said that it is the right server"),
                         account->host);
    else if (twin != NULL)
        ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                         _ ("“%s” fetches this mailbox already; it is fetched twice only after you have said yes"),
                         twin);
    else
        return IB_SETUP_GOES_ON;
    return IB_SETUP_REFUSED;
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

static IbSetupLeaving
leave_secret (IbSetup *self, GError **error)
{
    const char *keep = ib_setup_get (self, "keep");
    if (strcmp (keep, "keyring") != 0 && *ib_setup_get (self, "keep-in") == '\0') {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                         strcmp (keep, "file") == 0      ? _ ("keep-in: the path of the file")
                         : strcmp (keep, "command") == 0 ? _ ("keep-in: the command that prints it")
                                                         : _ ("keep-in: the credential's name"));
        return IB_SETUP_REFUSED;
    }
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    if (account == NULL || !check_place (self, account, error))
        return IB_SETUP_REFUSED;
    if (!ib_keeping_is_written (account->secret_source))
        return IB_SETUP_GOES_ON;
    g_autofree char *purpose = purpose_of (self, account);
    bool is_kept = g_strcmp0 (self->kept_for, purpose) == 0;
    if (is_kept && self->secret == NULL)
        return IB_SETUP_GOES_ON;
    if (account->auth != IB_AUTH_OAUTH2 && self->secret == NULL) {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("The password is missing"));
        return IB_SETUP_REFUSED;
    }
    g_free (self->keeping_for);
    self->keeping_for = g_steal_pointer (&purpose);
    if (account->auth == IB_AUTH_OAUTH2 && self->secret == NULL) {
        ib_setup_ask_browser (self, account);
    } else {
        (void) ib_setup_begin (self);
        ib_setup_keep (self, account);
    }
    return IB_SETUP_IS_BUSY;
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

static IbSetupLeaving
leave_test (IbSetup *self, GError **error)
{
    if (self->tried == NULL && !ib_setup_is_yes (self, "untested")) {
        ib_setup_refuse (error, IB_SETUP_ERROR_CONFIRM,
                         _ ("It does not work yet: go back and change what is wrong, or try again"));
        return IB_SETUP_REFUSED;
    }
    return self->renewed == NULL || save (self, error) ? IB_SETUP_GOES_ON : IB_SETUP_REFUSED;
}

static IbSetupLeaving
leave_forecast (IbSetup *self, GError **error)
{
    g_autoptr (IbAccount) account = ib_setup_account (self, error);
    return account != NULL ? IB_SETUP_GOES_ON : IB_SETUP_REFUSED;
}

static IbSetupLeaving
leave_filter (IbSetup *self, GError **error)
{
    if (!save (self, error))
        return IB_SETUP_REFUSED;
    ib_setup_take_online (self);
    if (self->doers->learn != NULL && self->tried != NULL && ib_setup_is_yes (self, "filter")
        && ib_setup_is_yes (self, "learn"))
        self->doers->learn (self, self->added->pdata[self->added->len - 1], self->user_data);
    return IB_SETUP_GOES_ON;
}

static IbSetupLeaving
leave_done (IbSetup *self, GError **error)
{
    ib_setup_begin_account (self);
    return IB_SETUP_GOES_ON;
}

const IbSetupWay ib_setup_ways[] = {
    [IB_SETUP_WELCOME] = { NULL, leave_welcome, IB_SETUP_ADDRESS },
    [IB_SETUP_ADDRESS] = { NULL, leave_address, IB_SETUP_SIGN_IN },
    [IB_SETUP_SIGN_IN] = { NULL, leave_sign_in, IB_SETUP_SETTINGS },
    [IB_SETUP_SETTINGS] = { NULL, leave_settings, IB_SETUP_SECRET },
    [IB_SETUP_SECRET] = { NULL, leave_secret, IB_SETUP_TEST },
    [IB_SETUP_TEST] = { ib_setup_ask_for_test, leave_test, IB_SETUP_FORECAST },
    [IB_SETUP_FORECAST] = { ib_setup_ask_for_weight, leave_forecast, IB_SETUP_FILTER },
    [IB_SETUP_FILTER] = { NULL, leave_filter, IB_SETUP_DONE },
    [IB_SETUP_DONE] = { NULL, leave_done, IB_SETUP_ADDRESS },
};
