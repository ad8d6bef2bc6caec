/* setup-work.c - what takes setup its time: looking servers up, a browser */
#include "discovery.h"
#include "setup-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

void
ib_setup_changed (IbSetup *self)
{
    self->doers->changed (self, self->user_data);
}

guint
ib_setup_begin (IbSetup *self)
{
    g_clear_error (&self->trouble);
    g_clear_object (&self->cancellable);
    self->cancellable = g_cancellable_new ();
    self->is_busy = true;
    return ++self->job;
}

void
ib_setup_stop (IbSetup *self)
{
    if (!self->is_busy)
        return;
    self->is_busy = false;
    self->job++;
    g_cancellable_cancel (self->cancellable);
    ib_setup_stop_keeping (self);
    g_clear_pointer (&self->consent, ib_consent_free);
    g_clear_pointer (&self->link, g_free);
    g_clear_pointer (&self->code, g_free);
    self->doers->stop (self, self->user_data);
}

/* --- looking up ------------------------------------------------------------------------------------------------------ */

/* Sources that come back late find neither model nor job: they hold the cancellable, which says so. */
typedef struct {
    IbSetup *self;
    GCancellable *cancellable;
} Call;

static Call *
call_new (IbSetup *self)
{
    Call *call = g_new (Call, 1);
    *call = (Call){ self, g_object_ref (self->cancellable) };
    return call;
}

/* The model, or NULL if nobody waits for this any more. Frees @call. */
static IbSetup *
call_end (Call *call)
{
    IbSetup *self = g_cancellable_is_cancelled (call->cancellable) ? NULL : call->self;
    g_object_unref (call->cancellable);
    g_free (call);
    return self;
}

static char *
what_is_searched (const IbSetup *self)
{
    return g_strconcat (ib_setup_get (self, "address"), " ", ib_setup_get (self, "ispdb"), NULL);
}

bool
ib_setup_is_searched (const IbSetup *self)
{
    g_autofree char *wanted = what_is_searched (self);
    return g_strcmp0 (self->searched, wanted) == 0;
}

/* Nothing found is no dead end: all can be set by hand. */
static void
take_candidates (IbSetup *self, GPtrArray *found)
{
    if (found == NULL || found->len == 0) {
        self->candidate = NULL;
        if (found != NULL)
            g_ptr_array_set_size (self->candidates, 0);
        ib_setup_put (self, "host", "");
        return;
    }
    self->candidate = NULL;
    g_ptr_array_unref (self->candidates);
    self->candidates = g_ptr_array_ref (found);
    ib_setup_choose (self, 0);
}

static void
on_discovered (GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) found = ib_discover_finish (result, &error);
    IbSetup *self = call_end (data);
    if (self == NULL)
        return;
    if (found == NULL)
        found = ib_candidates_new (); /* a domain that cannot be looked up */
    take_candidates (self, found);
    g_free (self->searched);
    self->searched = what_is_searched (self);
    g_clear_pointer (&self->doors, g_ptr_array_unref);
    ib_setup_suggest_name (self);
    ib_setup_finish (self, NULL, true);
}

void
ib_setup_search (IbSetup *self)
{
    (void) ib_setup_begin (self);
    ib_discover (ib_setup_get (self, "address"), self->home.providers, ib_setup_is_yes (self, "ispdb"),
                 self->cancellable, on_discovered, call_new (self));
}

/* --- a browser --------------------------------------------------------------------------------------------------------- */

static void
on_show (const char *url, const char *code, gpointer data)
{
    IbSetup *self = data;
    g_free (self->link);
    g_free (self->code);
    self->link = g_strdup (url);
    self->code = g_strdup (code);
    ib_setup_changed (self);
}

static void
on_consent_ended (const IbOAuth2Client *client, const IbOAuth2Tokens *tokens, const GError *error,
                  gpointer data)
{
    IbSetup *self = data;
    g_clear_pointer (&self->link, g_free);
    g_clear_pointer (&self->code, g_free);
    if (error != NULL) {
        GError *trouble = g_error_copy (error);
        g_clear_pointer (&self->consent, ib_consent_free);
        ib_setup_finish (self, trouble, false);
        return;
    }
    self->secret = ib_secret_ref (tokens->refresh_token);
    if (strcmp (self->given_id, client->id) != 0) { /* it was registered on the way */
        g_free (self->client_id);
        g_free (self->client_secret);
        self->client_id = g_strdup (client->id);
        self->client_secret = g_strdup (client->secret);
    }
    g_clear_pointer (&self->consent, ib_consent_free);
    g_autoptr (GError) why = NULL;
    g_autoptr (IbAccount) account = ib_setup_account (self, &why);
    if (account == NULL)
        ib_setup_finish (self, g_steal_pointer (&why), false);
    else
        ib_setup_keep (self, account);
}

void
ib_setup_ask_browser (IbSetup *self, const IbAccount *account)
{
    static const IbConsentEvents events = { .show = on_show, .ended = on_consent_ended };
    /* The name to sign in with may be another address than that of the mail: a user principal name, say. */
    const char *const addresses[] = { account->address, account->user, NULL };
    bool is_here = strcmp (ib_setup_get (self, "browser"), "here") == 0;
    g_autoptr (IbOAuth2Client) client
        = ib_oauth2_clients_find (self->home.clients, ib_setup_provider (self), account);
    (void) ib_setup_begin (self);
    g_free (self->given_id);
    self->given_id = g_strdup (client->id);
    self->consent = ib_consent_start (client, is_here ? IB_CONSENT_BROWSER : IB_CONSENT_DEVICE, addresses,
                                      &events, self);
}

bool
ib_setup_paste (IbSetup *self, const char *text, GError **error)
{
    if (self->consent == NULL)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("No browser is waited for"));
    return ib_consent_paste (self->consent, text, error);
}
