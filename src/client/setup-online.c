/* setup-online.c - what GNOME is signed in to already, as setup's first page offers it */
#include "account-file.h"
#include "setup-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A daemon that answers later than that offers nothing. */
#define PATIENCE_MS 3000

/* It lives on without .setup, which may be freed before it ends. */
struct _IbSetupOnlineSearch {
    IbSetup *setup; /* NULL: nobody waits */
    GCancellable *cancellable;
    guint patience;
};

/* --- looking -------------------------------------------------------------------------------------------------------- */

static void
list_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
    GPtrArray *accounts = ib_online_accounts_list (cancellable, NULL); /* who has none offers none */
    g_task_return_pointer (task, accounts, (GDestroyNotify) g_ptr_array_unref);
}

static bool
is_fetched_by (const IbOnlineAccount *online, const char *path)
{
    g_autoptr (IbAccount) account = ib_account_load (path, NULL);
    if (account == NULL)
        return false;
    return (account->secret_source == IB_SECRET_GOA && strcmp (account->secret_value, online->id) == 0)
           || (g_ascii_strcasecmp (account->host, online->host) == 0
               && strcmp (account->user, online->user) == 0);
}

static bool
is_fetched (const IbSetup *self, const IbOnlineAccount *online)
{
    g_autoptr (GDir) folder = g_dir_open (self->home.accounts, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name (folder)) != NULL) {
        g_autofree char *path = g_build_filename (self->home.accounts, name, NULL);
        if (g_str_has_suffix (name, ".conf") && is_fetched_by (online, path))
            return true;
    }
    return false;
}

static void
take_found (IbSetup *self, GPtrArray *found)
{
    for (guint i = found->len; i > 0; i--) {
        const IbOnlineAccount *online = found->pdata[i - 1];
        if (*online->host == '\0' || online->is_mail_off || is_fetched (self, online))
            g_ptr_array_remove_index (found, i - 1);
    }
    self->online = g_ptr_array_ref (found);
    ib_setup_changed (self);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    IbSetupOnlineSearch *search = user_data;
    g_autoptr (GPtrArray) found = g_task_propagate_pointer (G_TASK (result), NULL);
    if (found == NULL)
        found = g_ptr_array_new ();
    if (search->setup != NULL) {
        search->setup->online_search = NULL;
        take_found (search->setup, found);
    }
    g_clear_handle_id (&search->patience, g_source_remove);
    g_object_unref (search->cancellable);
    g_free (search);
}

static gboolean
lose_patience (gpointer user_data)
{
    IbSetupOnlineSearch *search = user_data;
    search->patience = 0;
    g_cancellable_cancel (search->cancellable);
    return G_SOURCE_REMOVE;
}

void
ib_setup_search_online (IbSetup *self)
{
    IbSetupOnlineSearch *search = g_new (IbSetupOnlineSearch, 1);
    *search = (IbSetupOnlineSearch){ self, g_cancellable_new (),
                                     g_timeout_add (PATIENCE_MS, lose_patience, search) };
    self->online_search = search;
    g_autoptr (GTask) task = g_task_new (NULL, search->cancellable, on_listed, search);
    g_task_set_check_cancellable (task, FALSE); /* who lost patience has an answer, too */
    g_task_run_in_thread (task, list_on_thread);
}

void
ib_setup_end_online (IbSetup *self)
{
    g_clear_pointer (&self->online, g_ptr_array_unref);
    if (self->online_search == NULL)
        return;
    self->online_search->setup = NULL;
    g_cancellable_cancel (self->online_search->cancellable);
}

const GPtrArray *
ib_setup_online (const IbSetup *self)
{
    return self->online;
}

/* --- taking one ------------------------------------------------------------------------------------------------------- */

bool
ib_setup_is_online (const IbSetup *self)
{
    return *ib_setup_get (self, "online") != '\0';
}

/* By its id, or for those who write it down by its address. */
static gint
find (const IbSetup *self, const char *id)
{
    for (guint i = 0; self->online != NULL && i < self->online->len; i++) {
        const IbOnlineAccount *online = self->online->pdata[i];
        if (strcmp (online->id, id) == 0 || g_ascii_strcasecmp (online->address, id) == 0)
            return (gint) i;
    }
    return -1;
}

static void
leave (IbSetup *self)
{
    static const char *const filled[]
        = { "online", "protocol", "host", "port", "security", "user", "sign-in", "keep", "keep-in" };
    for (gsize i = 0; i < G_N_ELEMENTS (filled); i++)
        g_hash_table_remove (self->values, filled[i]);
}

static void
fill (IbSetup *self, const IbOnlineAccount *online)
{
    g_autofree char *port = online->port != 0 ? g_strdup_printf ("%u", online->port) : g_strdup ("");
    self->candidate = NULL;
    g_ptr_array_set_size (self->candidates, 0);
    g_clear_pointer (&self->searched, g_free);
    ib_setup_put (self, "online", online->id);
    ib_setup_put (self, "address", online->address);
    ib_setup_put (self, "protocol", "imap");
    ib_setup_put (self, "host", online->host);
    ib_setup_put (self, "port", port);
    ib_setup_put (self, "security", online->has_tls ? "tls" : online->has_starttls ? "starttls" : "none");
    ib_setup_put (self, "user", online->user);
    ib_setup_put (self, "sign-in", online->has_token ? "oauth2" : "password");
    ib_setup_put (self, "keep", "goa");
    ib_setup_put (self, "keep-in", online->id);
    ib_setup_suggest_name (self);
}

bool
ib_setup_set_online (IbSetup *self, const char *id, GError **error)
{
    gint i = find (self, id);
    if (*id != '\0' && i < 0)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                                _ ("online: GNOME has no account “%s” that could be taken"), id);
    ib_setup_forget_results (self, IB_SETUP_ADDRESS);
    if (i < 0)
        leave (self);
    else
        fill (self, self->online->pdata[i]);
    return true;
}

void
ib_setup_take_online (IbSetup *self)
{
    gint i = find (self, ib_setup_get (self, "online"));
    if (i >= 0)
        g_ptr_array_remove_index (self->online, (guint) i);
}
