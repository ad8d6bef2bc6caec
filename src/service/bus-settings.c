/* bus-settings.c - the configuration, as it is asked for and changed over the bus */
#include "bus-settings.h"
#include "account-file.h"
#include "bus-callers.h"
#include "bus-errors.h"
#include "credential.h"
#include "destination.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What one call may ask for. */
#define MOST_KEYS 100
#define LONGEST_KEY 100
#define LONGEST_VALUE 4096
/* So many changes wait for the keyring, which may be slow: of one caller, and of all. */
#define MOST_OF_ONE 4
#define MOST_AT_ONCE 16

/* --- what may be set from here --------------------------------------------------------------------------------- */

struct _IbBusSettings {
    const IbService *service;
    IbBusFilterChanges *filters;
    IbBusSettingsWritten written;
    gpointer user_data;
    IbBusCallers *callers; /* of changes that the keyring is asked about */
    GCancellable *end;
};

/* A secret that is there already may be another account's, for another server. */
static bool
is_secret_allowed (const char *value)
{
    return *value == '\0' || strcmp (value, "keyring") == 0;
}

/* Why @key cannot be set to @value from here, whatever the parser says of it; NULL: it can. */
static const char *
why_not (const char *key, const char *value)
{
    if (strcmp (key, "account.secret") == 0 && !is_secret_allowed (value))
        return _ ("account.secret can only be “keyring” here: “inbasket account edit” sets the others");
    if (strcmp (key, "service.after-delivery") == 0)
        return _ ("service.after-delivery is a command, which only the file inbasket.conf can name");
    if (strcmp (key, "delivery.maildir") == 0)
        return _ ("delivery.maildir is a folder, which only the file inbasket.conf can name");
    return NULL;
}

static bool
is_named (const GPtrArray *words, const char *key)
{
    for (guint i = 0; i < words->len; i += 2)
        if (strcmp (words->pdata[i], key) == 0)
            return true;
    return false;
}

/* @keys as "group.key" and value in turn, NULL-ended, which live as long as it does. NULL: @invocation was refused.
 * Returns: (transfer container) (nullable) */
static GPtrArray *
read_keys (GVariant *keys, GDBusMethodInvocation *invocation)
{
    g_autoptr (GPtrArray) words = g_ptr_array_new ();
    GVariantIter each;
    const char *key, *value;
    bool is_right = g_variant_n_children (keys) <= MOST_KEYS;
    if (!is_right)
        (void) ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("There are not so many keys"));
    g_variant_iter_init (&each, keys);
    while (is_right && g_variant_iter_next (&each, "{&s&s}", &key, &value)) {
        const char *why = why_not (key, value);
        if (strlen (key) > LONGEST_KEY)
            is_right = !ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("There is no such key"));
        else if (is_named (words, key))
            is_right = !ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("%s: that is said twice"), key);
        else if (why != NULL)
            is_right = !ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", why);
        else if (strlen (value) > LONGEST_VALUE || strpbrk (value, "\r\n") != NULL)
            is_right
                = !ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("%s: that is no value for one line"), key);
        g_ptr_array_add (words, (gpointer) key);
        g_ptr_array_add (words, (gpointer) value);
    }
    g_ptr_array_add (words, NULL);
    return is_right ? g_steal_pointer (&words) : NULL;
}

/* --- a change ---------------------------------------------------------------------------------------------------- */

/* Of inbasket.conf, or of an account's file. */
typedef struct {
    IbBusSettings *settings;
    GDBusMethodInvocation *invocation;
    GVariant *keys;
    GPtrArray *words; /* the keys: see read_keys () */
    char *caller;
    char *account; /* NULL: inbasket.conf */
    char *path;
    bool is_new;
    IbBusCallers *callers; /* it waits for the keyring; or NULL */
    IbAccount *then;       /* as it will be */
    const char *moving;    /* the key that has its secret sent elsewhere, or less safely; NULL: none does */
} Change;

static void
change_free (gpointer pointer)
{
    Change *change = pointer;
    g_free (change->caller);
    g_ptr_array_unref (change->words);
    g_variant_unref (change->keys);
    ib_account_free (change->then);
    g_free (change->account);
    g_free (change->path);
    g_free (change);
}

/* The filters that it makes active; NULL: it makes none. Returns: (transfer full) (nullable) */
static char **
scripts_of (const GPtrArray *words)
{
    for (guint i = 0; i + 1 < words->len; i += 2) {
        g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
        if (strcmp (words->pdata[i], "filter.scripts") != 0)
            continue;
        g_auto (GStrv) parts = g_strsplit (words->pdata[i + 1], ";", -1);
        for (char **part = parts; *part != NULL; part++)
            if (*g_strstrip (*part) != '\0')
                g_strv_builder_add (names, *part);
        return g_strv_builder_end (names);
    }
    return NULL;
}

static char *
path_of (const IbService *service, const char *account)
{
    return g_strdup_printf ("%s/%s.conf", ib_service_paths (service)->accounts, account);
}

/* Then comes @then with a Change of its own, unless @invocation was refused. A list of filters must stand the same test as
 * what ActivateFilters gets. */
static void
begin (IbBusSettings *self, const char *account, GVariant *keys, bool is_new,
       GDBusMethodInvocation *invocation, IbBusFilterChangesTried then)
{
    GPtrArray *words = read_keys (keys, invocation);
    if (words == NULL)
        return;
    Change *change = g_new0 (Change, 1);
    *change = (Change){
        .settings = self,
        .invocation = invocation,
        .keys = g_variant_ref (keys),
        .words = words,
        .caller = g_strdup (g_dbus_method_invocation_get_sender (invocation)),
        .account = g_strdup (account),
        .path = account != NULL ? path_of (self->service, account) : NULL,
        .is_new = is_new,
    };
    g_auto (GStrv) scripts = scripts_of (words);
    if (scripts == NULL)
        then (change);
    else
        ib_bus_filter_changes_try (self->filters, invocation, (const char *const *) scripts, then, change,
                                   change_free);
}

/* --- inbasket.conf ----------------------------------------------------------------------------------------------- */

/* What a file says is UTF-8, or it would not have been read. */
static void
add (GVariantBuilder *builder, const char *key, const char *text)
{
    g_variant_builder_add (builder, "{ss}", key, text);
}

static void
refuse_without_config (const IbService *service, GDBusMethodInvocation *invocation)
{
    const GError *trouble = ib_service_get_trouble (service);
    if (trouble != NULL)
        (void) ib_bus_refuse_error (invocation, trouble);
    else
        (void) ib_bus_refuse (invocation, IB_BUS_CONFIG, "%s", _ ("The configuration was not read yet"));
}

void
ib_bus_settings_tell (const IbService *service, GDBusMethodInvocation *invocation)
{
    /* As the file has it in this moment, and not as it was when it was last read: the answer may be the ground of a change. */
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (ib_service_paths (service), &error);
    GVariantBuilder builder;
    if (config == NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
    for (const char *const *key = ib_config_keys (); *key != NULL; key++) {
        g_autofree char *text = ib_config_get_text (config, *key);
        add (&builder, *key, text);
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{ss})", &builder));
}

static void
write_config (gpointer user_data)
{
    Change *change = user_data;
    IbBusSettings *self = change->settings;
    g_autoptr (GError) error = NULL;
    const GPtrArray *words = change->words;
    gsize n_changes = words->len / 2;
    g_autofree IbConfigChange *changes = g_new0 (IbConfigChange, n_changes + 1);
    for (gsize i = 0; i < n_changes; i++) {
        const char *value = words->pdata[2 * i + 1];
        changes[i].key = words->pdata[2 * i];
        changes[i].value = *value != '\0' ? value : NULL;
    }
    if (ib_config_change (ib_service_paths (self->service), changes, n_changes, &error))
        self->written (change->invocation, NULL, self->user_data);
    else
        (void) ib_bus_refuse_error (change->invocation, error);
    change_free (change);
}

void
ib_bus_settings_change (IbBusSettings *self, GVariant *keys, GDBusMethodInvocation *invocation)
{
    begin (self, NULL, keys, false, invocation, write_config);
}

/* --- an account's file ------------------------------------------------------------------------------------------- */

void
ib_bus_settings_tell_account (const IbService *service, const char *account,
                              GDBusMethodInvocation *invocation)
{
    const IbConfig *config = ib_service_config (service);
    const IbAccount *settings = config != NULL ? ib_config_account (config, account) : NULL;
    GVariantBuilder builder;
    if (settings == NULL) {
        refuse_without_config (service, invocation);
        return;
    }
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ss}"));
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        g_autofree char *text = ib_account_get_text (settings, *key);
        if (why_not (*key, text) == NULL && strcmp (*key, "account.oauth2-client-secret") != 0)
            add (&builder, *key, text);
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{ss})", &builder));
}

bool
ib_bus_settings_remove_account (const IbService *service, const char *name, GDBusMethodInvocation *invocation)
{
    g_autoptr (GError) error = NULL;
    if (!ib_account_name_is_valid (name))
        return !ib_bus_refuse (invocation, IB_BUS_NO_ACCOUNT, "%s", _ ("No account can be called so"));
    if (ib_config_remove_account (ib_service_paths (service), name, &error))
        return true;
    if (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return !ib_bus_refuse (invocation, IB_BUS_NO_ACCOUNT, _ ("There is no account “%s”"), name);
    return !ib_bus_refuse_error (invocation, error);
}

/* --- where a secret goes ----------------------------------------------------------------------------------------- */

static void
refuse_move (const Change *change)
{
    if (change->is_new)
        (void) ib_bus_refuse (
            change->invocation, IB_BUS_INVALID,
            _ ("The keyring may have the password of an account that was called “%s”: it is "
               "sent to no server that is named here. Add the account with the wizard, or call it "
               "otherwise"),
            change->account);
    else
        (void) ib_bus_refuse (
            change->invocation, IB_BUS_INVALID,
            _ ("%s says where the password of %s goes, and how safely: that is not changed "
               "here while there is one. Sign in again with the wizard, or change the account's "
               "file by hand"),
            change->moving, change->account);
}

static void
write_change (const Change *change)
{
    IbBusSettings *self = change->settings;
    g_autoptr (GError) error = NULL;
    if (ib_account_file_set (change->path, (const char *const *) change->words->pdata, &error))
        self->written (change->invocation, change->account, self->user_data);
    else
        (void) ib_bus_refuse_error (change->invocation, error);
}

static void
look_on_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *end)
{
    const Change *change = task_data;
    g_task_return_boolean (task, ib_credential_may_be_there (change->then));
}

/* What the task holds may be freed on its thread: who counts callers is not. */
static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    GTask *task = G_TASK (result);
    Change *change = g_task_get_task_data (task);
    ib_bus_callers_give_back (change->callers, change->caller);
    g_clear_pointer (&change->callers, ib_bus_callers_unref);
    if (g_cancellable_is_cancelled (g_task_get_cancellable (task))) /* so is what it was asked for */
        (void) ib_bus_refuse (change->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    else if (g_task_propagate_boolean (task, NULL))
        refuse_move (change);
    else if (change->is_new && g_file_test (change->path, G_FILE_TEST_EXISTS))
        (void) ib_bus_refuse (change->invocation, IB_BUS_INVALID, _ ("There is an account “%s” already"),
                              change->account);
    else
        write_change (change);
}

/* What the file says now decides; one that does not parse says nothing. */
static const char *
key_that_moves (const Change *change)
{
    g_autoptr (IbAccount) now = change->is_new ? NULL : ib_account_load (change->path, NULL);
    return now != NULL ? ib_destination_changed_key (now, change->then) : "account.host";
}

static void
ask_keyring (IbBusSettings *self, Change *change)
{
    if (!ib_bus_callers_take (self->callers, change->caller)) {
        (void) ib_bus_refuse (change->invocation, IB_BUS_FAILED, "%s",
                              _ ("Too much is asked at once: try again"));
        change_free (change);
        return;
    }
    change->callers = ib_bus_callers_ref (self->callers);
    g_autoptr (GTask) task = g_task_new (NULL, self->end, on_looked, NULL);
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, change, change_free);
    g_task_run_in_thread (task, look_on_thread);
}

static void
change_account (gpointer user_data)
{
    Change *change = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = ib_account_file_edit (change->path, (const char *const *) change->words->pdata,
                                                  &change->then, &error);
    if (text == NULL) {
        (void) ib_bus_refuse_error (change->invocation, error);
        change_free (change);
        return;
    }
    change->moving = key_that_moves (change);
    if (change->moving != NULL) {
        ask_keyring (change->settings, change);
        return;
    }
    write_change (change);
    change_free (change);
}

void
ib_bus_settings_change_account (IbBusSettings *self, const char *account, GVariant *keys,
                                GDBusMethodInvocation *invocation)
{
    begin (self, account, keys, false, invocation, change_account);
}

void
ib_bus_settings_add_account (IbBusSettings *self, const char *name, GVariant *keys,
                             GDBusMethodInvocation *invocation)
{
    g_autofree char *path = path_of (self->service, name);
    if (!ib_account_name_is_valid (name))
        (void) ib_bus_refuse (
            invocation, IB_BUS_INVALID,
            _ ("“%s” cannot be the name of an account: small letters, digits, “.”, “_”, “-”"), name);
    else if (g_file_test (path, G_FILE_TEST_EXISTS))
        (void) ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("There is an account “%s” already"), name);
    else
        begin (self, name, keys, true, invocation, change_account);
}

IbBusSettings *
ib_bus_settings_new (const IbService *service, IbBusFilterChanges *filters, IbBusSettingsWritten written,
                     gpointer user_data)
{
    IbBusSettings *self = g_new (IbBusSettings, 1);
    *self = (IbBusSettings){
        .service = service,
        .filters = filters,
        .written = written,
        .user_data = user_data,
        .callers = ib_bus_callers_new (MOST_OF_ONE, MOST_AT_ONCE),
        .end = g_cancellable_new (),
    };
    return self;
}

void
ib_bus_settings_free (IbBusSettings *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->end);
    g_object_unref (self->end);
    ib_bus_callers_unref (self->callers);
    g_free (self);
}
