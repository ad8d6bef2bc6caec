/* bus-accounts.c - each account's object on the bus, and how the account stands */
#include "bus-accounts.h"
#include "bus-names.h"
#include "history.h"
#include "said.h"

#include <string.h>

typedef struct {
    IbBusAccounts *accounts;
    char *name;
    char *path;
    IbDbusAccount *shown;
} Account;

struct _IbBusAccounts {
    IbService *service;
    GDBusObjectManagerServer *objects;
    const IbBusAccountMethods *methods;
    gpointer user_data;
    GHashTable *accounts; /* name → Account */
    GCancellable *end;
    bool is_counting;    /* on the thread */
    bool is_out_of_date; /* the journal changed meanwhile */
};

/* --- methods ------------------------------------------------------------------------------------------------- */

static gboolean
on_check (IbDbusAccount *shown, GDBusMethodInvocation *invocation, gpointer user_data)
{
    const Account *account = user_data;
    account->accounts->methods->check (account->name, invocation, account->accounts->user_data);
    return TRUE;
}

static gboolean
on_pause (IbDbusAccount *shown, GDBusMethodInvocation *invocation, guint32 seconds, gpointer user_data)
{
    const Account *account = user_data;
    account->accounts->methods->pause (account->name, seconds, invocation, account->accounts->user_data);
    return TRUE;
}

static gboolean
on_resume (IbDbusAccount *shown, GDBusMethodInvocation *invocation, gpointer user_data)
{
    const Account *account = user_data;
    account->accounts->methods->resume (account->name, invocation, account->accounts->user_data);
    return TRUE;
}

static gboolean
on_change (IbDbusAccount *shown, GDBusMethodInvocation *invocation, GVariant *keys, gpointer user_data)
{
    const Account *account = user_data;
    account->accounts->methods->change (account->name, keys, invocation, account->accounts->user_data);
    return TRUE;
}

static gboolean
on_settings (IbDbusAccount *shown, GDBusMethodInvocation *invocation, gpointer user_data)
{
    const Account *account = user_data;
    account->accounts->methods->settings (account->name, invocation, account->accounts->user_data);
    return TRUE;
}

/* --- objects --------------------------------------------------------------------------------------------------- */

static void
account_free (gpointer pointer)
{
    Account *account = pointer;
    (void) g_dbus_object_manager_server_unexport (account->accounts->objects, account->path);
    g_signal_handlers_disconnect_by_data (account->shown, account);
    g_object_unref (account->shown);
    g_free (account->name);
    g_free (account->path);
    g_free (account);
}

static Account *
account_new (IbBusAccounts *self, const char *name)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-check", G_CALLBACK (on_check) },
        { "handle-pause", G_CALLBACK (on_pause) },
        { "handle-resume", G_CALLBACK (on_resume) },
        { "handle-change", G_CALLBACK (on_change) },
        { "handle-settings", G_CALLBACK (on_settings) },
    };
    Account *account = g_new0 (Account, 1);
    account->accounts = self;
    account->name = g_strdup (name);
    account->path = ib_bus_names_account_path (name);
    account->shown = ib_dbus_account_skeleton_new ();
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (account->shown, handlers[i].signal, handlers[i].callback, account);
    ib_dbus_account_set_name (account->shown, name);
    return account;
}

static void export(Account *account)
{
    g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (account->path);
    g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (account->shown));
    g_dbus_object_manager_server_export (account->accounts->objects, object);
}

static void
show_settings (IbDbusAccount *shown, const IbConfig *config, const IbAccount *account)
{
    g_autofree char *address = g_utf8_make_valid (account->address, -1);
    g_autofree char *host = g_utf8_make_valid (account->host, -1);
    ib_dbus_account_set_address (shown, address);
    ib_dbus_account_set_host (shown, host);
    ib_dbus_account_set_protocol (shown, account->protocol == IB_PROTOCOL_POP3 ? "pop3" : "imap");
    ib_dbus_account_set_protected (shown, ib_config_is_protected (config, account));
}

/* One that does not live in the service is switched off, or cannot be polled as it is configured. */
static void
show_state (IbDbusAccount *shown, const IbService *service, const IbAccount *account)
{
    const GError *trouble = ib_service_get_trouble (service);
    IbAccountNow now = { .state = account->is_enabled ? "error" : "paused",
                         .error = account->is_enabled && trouble != NULL ? trouble->message : "",
                         .reason = "" };
    (void) ib_service_describe (service, account->name, &now);
    g_autofree char *error = ib_said_words (now.error);
    g_autofree char *error_for_terminal = ib_said_words_for_terminal (now.error);
    ib_dbus_account_set_state (shown, now.state);
    ib_dbus_account_set_error (shown, error);
    ib_dbus_account_set_error_for_terminal (shown, error_for_terminal);
    ib_dbus_account_set_reason (shown, now.reason);
    ib_dbus_account_set_running (shown, now.is_running);
    ib_dbus_account_set_watching (shown, now.is_watching);
    ib_dbus_account_set_next_poll (shown, now.next);
    ib_dbus_account_set_paused_until (shown, strcmp (now.state, "paused") == 0 ? now.until : 0);
}

void
ib_bus_accounts_show (IbBusAccounts *self, const char *name)
{
    const IbConfig *config = ib_service_config (self->service);
    const IbAccount *settings = config != NULL ? ib_config_account (config, name) : NULL;
    Account *account = g_hash_table_lookup (self->accounts, name);
    if (config == NULL)
        return; /* it cannot be read: nobody knows that the account is gone */
    if (settings == NULL) {
        g_hash_table_remove (self->accounts, name);
        return;
    }
    bool is_new = account == NULL;
    if (is_new) {
        account = account_new (self, name);
        g_hash_table_insert (self->accounts, account->name, account);
    }
    show_settings (account->shown, config, settings);
    show_state (account->shown, self->service, settings);
    if (is_new)
        export(account); /* with all that is known by now */
}

void
ib_bus_accounts_show_all (IbBusAccounts *self)
{
    const IbConfig *config = ib_service_config (self->service);
    g_autofree gpointer *names = g_hash_table_get_keys_as_array (self->accounts, NULL);
    for (gpointer *name = names; *name != NULL; name++) {
        if (config != NULL && ib_config_account (config, *name) == NULL)
            g_hash_table_remove (self->accounts, *name);
    }
    for (guint i = 0; config != NULL && i < config->accounts->len; i++)
        ib_bus_accounts_show (self, ((const IbAccount *) config->accounts->pdata[i])->name);
}

/* --- counts ------------------------------------------------------------------------------------------------------ */

typedef struct {
    char *journal; /* its path */
    char **names;
    IbAccountFigures *figures; /* of each */
} Counting;

static void
counting_free (gpointer pointer)
{
    Counting *counting = pointer;
    for (gsize i = 0; counting->names[i] != NULL; i++)
        ib_account_figures_clear (&counting->figures[i]);
    g_free (counting->figures);
    g_strfreev (counting->names);
    g_free (counting->journal);
    g_free (counting);
}

static void
count_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *end)
{
    Counting *counting = task_data;
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (counting->journal, NULL);
    bool is_read = journal != NULL;
    for (gsize i = 0; is_read && counting->names[i] != NULL; i++)
        is_read = ib_history_account (journal, counting->names[i], &counting->figures[i], NULL);
    g_task_return_boolean (task, is_read);
}

static void
show_counts (IbBusAccounts *self, const Counting *counting)
{
    for (gsize i = 0; counting->names[i] != NULL; i++) {
        const Account *account = g_hash_table_lookup (self->accounts, counting->names[i]);
        const IbAccountFigures *figures = &counting->figures[i];
        if (account == NULL)
            continue; /* it went meanwhile */
        ib_dbus_account_set_last_poll (account->shown, figures->last_poll);
        ib_dbus_account_set_delivered (account->shown, figures->delivered);
        ib_dbus_account_set_junk (account->shown, figures->junk);
        ib_dbus_account_set_duplicates (account->shown, figures->duplicates);
        ib_dbus_account_set_discarded (account->shown, figures->discarded);
        ib_dbus_account_set_open (account->shown, figures->open);
    }
}

/* While the journal cannot be read, what was shown last stays. */
static void
on_counted (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = G_TASK (result);
    if (g_cancellable_is_cancelled (g_task_get_cancellable (task)))
        return; /* so is who asked */
    IbBusAccounts *self = user_data;
    self->is_counting = false;
    if (g_task_propagate_boolean (task, NULL))
        show_counts (self, g_task_get_task_data (task));
    if (self->is_out_of_date)
        ib_bus_accounts_count (self);
}

void
ib_bus_accounts_count (IbBusAccounts *self)
{
    self->is_out_of_date = self->is_counting;
    if (self->is_counting)
        return;
    self->is_counting = true;
    Counting *counting = g_new0 (Counting, 1);
    g_autofree gpointer *names = g_hash_table_get_keys_as_array (self->accounts, NULL);
    counting->journal = g_strdup (ib_service_paths (self->service)->journal);
    counting->names = g_strdupv ((char **) names);
    counting->figures = g_new0 (IbAccountFigures, g_strv_length (counting->names) + 1);
    g_autoptr (GTask) task = g_task_new (NULL, self->end, on_counted, self);
    g_task_set_task_data (task, counting, counting_free);
    g_task_run_in_thread (task, count_on_thread);
}

/* --- the whole ----------------------------------------------------------------------------------------------------- */

GVariant *
ib_bus_accounts_list (const IbBusAccounts *self)
{
    GVariantBuilder list;
    GHashTableIter each;
    gpointer value;
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a{so}"));
    g_hash_table_iter_init (&each, self->accounts);
    while (g_hash_table_iter_next (&each, NULL, &value))
        g_variant_builder_add (&list, "{so}", ((const Account *) value)->name,
                               ((const Account *) value)->path);
    return g_variant_builder_end (&list);
}

IbBusAccounts *
ib_bus_accounts_new (IbService *service, GDBusObjectManagerServer *objects,
                     const IbBusAccountMethods *methods, gpointer user_data)
{
    IbBusAccounts *self = g_new0 (IbBusAccounts, 1);
    self->service = service;
    self->objects = objects;
    self->methods = methods;
    self->user_data = user_data;
    self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, account_free);
    self->end = g_cancellable_new ();
    return self;
}

void
ib_bus_accounts_free (IbBusAccounts *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    g_hash_table_unref (self->accounts);
    g_free (self);
}
