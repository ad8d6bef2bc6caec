/* checkup-accounts.c - passwords, sign-in and servers of each account */
#include "checkup-private.h"
#include "credential-keyring.h"
#include "credential.h"
#include "probe.h"
#include "tokens.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>

/* What is not fetched need not work. */
static const IbAccount *
enabled_account (const IbCheckup *self, guint i)
{
    const IbAccount *account = self->config->accounts->pdata[i];
    return account->is_enabled ? account : NULL;
}

/* --- keyring ------------------------------------------------------------------------------------------------------ */

/* One that has not answered once is not waited for again: each time takes as long. False: it does not tell. */
static bool
ask_keyring (IbCheckup *self, const IbAccount *account, bool *out_has, GError **error)
{
    g_autoptr (GError) why = NULL;
    if (self->silence == NULL && ib_credential_keyring_has (account, out_has, &why))
        return true;
    if (g_error_matches (why, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_SILENT))
        self->silence = g_error_copy (why);
    g_propagate_error (error, why != NULL ? g_steal_pointer (&why) : g_error_copy (self->silence));
    return false;
}

/* Where something is locked, some keyrings show nothing. */
static void
look_for_secret (IbCheckup *self, const IbAccount *account, IbKeyringState state)
{
    bool has = false;
    g_autoptr (GError) error = NULL;
    g_autofree char *remedy = NULL;
    (void) ask_keyring (self, account, &has, &error);
    if (has) {
        ib_checkup_say (self, IB_FINDING_FINE, account->name, NULL, _ ("Its password is in the keyring"));
        return;
    }
    if (state == IB_KEYRING_LOCKED) {
        ib_checkup_say (self, IB_FINDING_WARNING, account->name, NULL,
                        _ ("Whether its password is there will be seen once the keyring is unlocked"));
        return;
    }
    if (error != NULL) {
        ib_checkup_say (self, IB_FINDING_WRONG, account->name, NULL,
                        _ ("Whether the keyring has its password cannot be seen. %s"), error->message);
        return;
    }
    remedy = g_strdup_printf (account->auth == IB_AUTH_OAUTH2
                                  ? _ ("“inbasket account edit %s --auth oauth2” signs in again")
                                  : _ ("“inbasket account edit %s --secret keyring” asks for it"),
                              account->name);
    ib_checkup_say (self, IB_FINDING_WRONG, account->name, remedy, _ ("The keyring has no password of it"));
}

static IbKeyringState
look_at_keyring (IbCheckup *self)
{
    g_autoptr (GError) error = NULL;
    IbKeyringState state = ib_credential_keyring_state (NULL, &error);
    switch (state) {
    case IB_KEYRING_OPEN:
        break;
    case IB_KEYRING_LOCKED:
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("Unlock it; it most often is with the password that you log in with"),
                        _ ("The keyring is locked, so no password can be taken from it"));
        break;
    case IB_KEYRING_ABSENT:
        if (g_error_matches (error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_SILENT))
            self->silence = g_error_copy (error);
        ib_checkup_say (
            self, IB_FINDING_WRONG, NULL,
            _ ("Start one (gnome-keyring, KWallet or KeePassXC), or keep passwords elsewhere: secret= in "
               "inbasket.conf(5)"),
            "%s", error->message);
        break;
    }
    return state;
}

void
ib_checkup_accounts_keyring (IbCheckup *self)
{
    guint users = 0;
    for (guint i = 0; i < self->config->accounts->len; i++) {
        const IbAccount *account = enabled_account (self, i);
        users += account != NULL && account->secret_source == IB_SECRET_KEYRING;
    }
    IbKeyringState state = users > 0 ? look_at_keyring (self) : IB_KEYRING_ABSENT;
    for (guint i = 0; state != IB_KEYRING_ABSENT && i < self->config->accounts->len; i++) {
        const IbAccount *account = enabled_account (self, i);
        if (account != NULL && account->secret_source == IB_SECRET_KEYRING)
            look_for_secret (self, account, state);
    }
}

/* --- sign-in by token ----------------------------------------------------------------------------------------------- */

/* The token of a program or the desktop needs no client of ours. */
void
ib_checkup_accounts_sign_in (IbCheckup *self)
{
    for (guint i = 0; i < self->config->accounts->len; i++) {
        const IbAccount *account = enabled_account (self, i);
        if (account == NULL || !ib_account_has_refresh_token (account))
            continue;
        g_autoptr (GError) error = NULL;
        g_autoptr (IbOAuth2Client) client = ib_tokens_find_client (self->paths, account, true, &error);
        if (client == NULL)
            ib_checkup_say (self, IB_FINDING_WRONG, account->name, _ ("See OAUTH2 in inbasket.conf(5)"), "%s",
                            error->message);
        else
            ib_checkup_say (self, IB_FINDING_FINE, account->name, NULL,
                            _ ("There is a client id to renew its token with"));
    }
}

/* --- servers ---------------------------------------------------------------------------------------------------------- */

typedef struct {
    const IbAccount *account;
    IbProbe *probe; /* NULL once it is over */
    gint64 started_us, signed_in_us;
    char *encryption, *count;
    GPtrArray *closed; /* mailboxes that the server does not open */
    GError *error;
} Visit;

static void
visit_free (gpointer data)
{
    Visit *self = data;
    ib_probe_free (self->probe);
    g_free (self->encryption);
    g_free (self->count);
    g_ptr_array_unref (self->closed);
    g_clear_error (&self->error);
    g_free (self);
}

static void
on_step (const char *step, const char *text, gpointer data)
{
    Visit *self = data;
    if (strcmp (step, "sign-in") == 0)
        self->signed_in_us = g_get_monotonic_time ();
    char **kept = strcmp (step, "tls") == 0     ? &self->encryption
                  : strcmp (step, "count") == 0 ? &self->count
                                                : NULL;
    if (kept == NULL || *text == '\0')
        return;
    g_free (*kept);
    *kept = g_strdup (text);
}

static void
on_mailbox_failed (const char *display_name, const char *server_text, gpointer data)
{
    Visit *self = data;
    g_ptr_array_add (self->closed,
                     g_strdup_printf (_ ("%s cannot be opened: %s"), display_name, server_text));
}

static void
on_ended (const GError *error, gpointer data)
{
    Visit *self = data;
    self->error = error != NULL ? g_error_copy (error) : NULL;
    g_clear_pointer (&self->probe, ib_probe_free);
}

static const char *
remedy_of (const GError *error)
{
    if (error->domain != IB_FETCH_ERROR)
        return NULL;
    switch ((IbFetchError) error->code) {
    case IB_FETCH_ERROR_OFFLINE:
        return _ ("Are host=, port= and protocol= right, and is there a network?");
    case IB_FETCH_ERROR_BUSY:
        return _ ("It may pass: try again in some minutes");
    case IB_FETCH_ERROR_SIGN_IN:
        return _ (
            "Is the password the right one, and does the provider want one made for programs? “inbasket account "
            "test” shows each step");
    case IB_FETCH_ERROR_UNSAFE:
        return _ (
            "Nothing is fetched over a connection that is not safe; security=, ca-file= and fingerprint= say what is");
    case IB_FETCH_ERROR_SERVER:
        return _ ("Is there a mail server of this protocol= at that port=?");
    case IB_FETCH_ERROR_HERE:
        return _ (
            "The server was not asked: if a file is missing, install Inbasket again; else end some programs, since "
            "memory, processes or open files have run out");
    case IB_FETCH_ERROR_KEYRING: /* which says it itself */
    case IB_FETCH_ERROR_MESSAGE:
    case IB_FETCH_ERROR_STOPPED:
        return NULL;
    }
    return NULL;
}

static guint
limit_s (const IbCheckup *self)
{
    return self->wishes->servers_s > 0 ? self->wishes->servers_s : IB_CHECKUP_SERVERS_S;
}

static void
tell_visit (IbCheckup *self, const Visit *visit)
{
    const char *name = visit->account->name;
    if (visit->probe != NULL) {
        ib_checkup_say (self, IB_FINDING_WRONG, name, _ ("Is the network slow, or a firewall in the way?"),
                        _ ("%s has not answered within %u s"), visit->account->host, limit_s (self));
        return;
    }
    if (visit->error != NULL) {
        ib_checkup_say (self, IB_FINDING_WRONG, name, remedy_of (visit->error), "%s", visit->error->message);
        return;
    }
    for (guint i = 0; i < visit->closed->len; i++)
        ib_checkup_say (self, IB_FINDING_WRONG, name, _ ("Mend folders= of this account"), "%s",
                        (const char *) visit->closed->pdata[i]);
    double seconds = (double) (visit->signed_in_us - visit->started_us) / G_USEC_PER_SEC;
    ib_checkup_say (self, IB_FINDING_FINE, name, NULL, _ ("%s: signed in after %.1f s; %s%s%s"),
                    visit->account->host, MAX (seconds, 0),
                    visit->encryption != NULL ? visit->encryption : _ ("not encrypted"),
                    visit->count != NULL ? "; " : "", visit->count != NULL ? visit->count : "");
}

static gboolean
on_limit (gpointer data)
{
    *(bool *) data = true;
    return G_SOURCE_CONTINUE;
}

static bool
is_one_open (const GPtrArray *visits)
{
    for (guint i = 0; i < visits->len; i++)
        if (((const Visit *) visits->pdata[i])->probe != NULL)
            return true;
    return false;
}

/* Without its password nobody is asked anything. */
static bool
is_shut_out (const IbCheckup *self, const IbAccount *account)
{
    return self->silence != NULL && account->secret_source == IB_SECRET_KEYRING;
}

/* All at once; those that are still at it at the limit, or when somebody has enough of waiting, are ended; but not by the
 * process's end, since a token that is being renewed is waited for. */
static void
visit_all (const GPtrArray *visits, IbTokens *tokens, guint seconds)
{
    static const IbProbeEvents events
        = { .step = on_step, .mailbox_failed = on_mailbox_failed, .ended = on_ended };
    bool is_over = false;
    guint limit = g_timeout_add_seconds (seconds, on_limit, &is_over);
    guint interrupt = g_unix_signal_add (SIGINT, on_limit, &is_over);
    for (guint i = 0; i < visits->len; i++) {
        Visit *visit = visits->pdata[i];
        visit->started_us = g_get_monotonic_time ();
        if (visit->error == NULL)
            visit->probe = ib_probe_start (visit->account, IB_PROBE_SIGN_IN, tokens, &events, visit);
    }
    while (is_one_open (visits) && !is_over)
        g_main_context_iteration (NULL, TRUE);
    g_source_remove (interrupt);
    g_source_remove (limit);
}

void
ib_checkup_accounts_servers (IbCheckup *self)
{
    if (self->wishes->is_offline)
        return;
    g_autoptr (GPtrArray) visits = g_ptr_array_new_with_free_func (visit_free);
    for (guint i = 0; i < self->config->accounts->len; i++) {
        const IbAccount *account = enabled_account (self, i);
        if (account == NULL)
            continue;
        Visit *visit = g_new0 (Visit, 1);
        visit->account = account;
        visit->closed = g_ptr_array_new_with_free_func (g_free);
        if (is_shut_out (self, account))
            visit->error
                = g_error_new_literal (IB_FETCH_ERROR, IB_FETCH_ERROR_KEYRING, self->silence->message);
        g_ptr_array_add (visits, visit);
    }
    g_autoptr (IbTokens) tokens = ib_tokens_new (self->paths);
    visit_all (visits, tokens, limit_s (self));
    for (guint i = 0; i < visits->len; i++)
        tell_visit (self, visits->pdata[i]);
    g_clear_pointer (&visits, g_ptr_array_unref);
}
