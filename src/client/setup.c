/* setup.c - adding accounts: the conversation, and the ways between its pages */
#include "account-file.h"
#include "setup-private.h"

#include <glib/gi18n-lib.h>

G_DEFINE_QUARK (ib-setup-error-quark, ib_setup_error)

static void
line_free (gpointer data)
{
    IbSetupLine *line = data;
    g_free (line->step);
    g_free (line->text);
    g_free (line);
}

void
ib_setup_begin_account (IbSetup *self)
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
    if (account == NULL) {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, "%s",
                         is_broken ? why->message : _ ("There is no account of that name"));
        return NULL;
    }
    if (account->secret_source == IB_SECRET_GOA) {
        ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                         _ ("GNOME signs in to %s: sign in again in its settings, under Online Accounts"),
                         name);
        return NULL;
    }
    IbSetup *self = setup_new (home, doers, user_data, IB_SETUP_SECRET);
    ib_setup_take_account (self, account);
    self->renewed = g_steal_pointer (&account);
    ib_setup_ask_places (self);
    return self;
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
    ib_setup_begin_account (self);
    g_clear_pointer (&self->renewed, ib_account_free);
    g_clear_object (&self->cancellable);
    g_clear_error (&self->trouble);
    g_hash_table_unref (self->values);
    g_ptr_array_unref (self->candidates);
    g_ptr_array_unref (self->lines);
    g_ptr_array_unref (self->added);
    g_free (self);
}

/* --- the ways between pages ------------------------------------------------------------------------------------------ */

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
    IbSetupPage page = ib_setup_ways[self->page].next;
    while (is_passed_over (self, page))
        page = ib_setup_ways[page].next;
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

static void
enter (IbSetup *self, IbSetupPage page)
{
    g_clear_error (&self->trouble);
    self->page = page;
    if (page == IB_SETUP_SIGN_IN)
        ib_setup_suggest_sign_in (self);
    if (page == IB_SETUP_SECRET)
        ib_setup_ask_places (self);
    if (ib_setup_ways[page].work != NULL)
        ib_setup_ways[page].work (self);
    ib_setup_changed (self);
}

bool
ib_setup_next (IbSetup *self, GError **error)
{
    if (self->is_busy)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("One moment: this is not finished yet"));
    switch (ib_setup_ways[self->page].leave (self, error)) {
    case IB_SETUP_REFUSED:
        return false;
    case IB_SETUP_GOES_ON:
        enter (self, page_after (self));
        return true;
    case IB_SETUP_IS_BUSY:
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
    if (was_busy && ib_setup_ways[self->page].work == NULL) { /* it was on its way: so it is back */
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
    if (ib_setup_ways[self->page].work != NULL)
        ib_setup_ways[self->page].work (self);
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
