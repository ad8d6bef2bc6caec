/* online-accounts.c - the desktop's own accounts: GNOME Online Accounts, over D-Bus */
#include "online-accounts.h"
#include "credential-keyring.h"
#include "credential.h"
#include "desktop-bus.h"
#include "escape.h"
#include "face.h"
#include "server-limits.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define NAME "org.gnome.OnlineAccounts"
#define MANAGER "/org/gnome/OnlineAccounts"
#define ACCOUNT NAME ".Account"
#define MAIL NAME ".Mail"
#define OAUTH2 NAME ".OAuth2Based"
#define PASSWORD NAME ".PasswordBased"

bool
ib_online_accounts_id_is_valid (const char *id)
{
    return *id != '\0' && strlen (id) <= 200
           && strspn (id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen (id);
}

/* --- errors -------------------------------------------------------------------------------------------------------------- */

static void
say (GError **error, IbCredentialError code, const char *text)
{
    g_set_error_literal (error, IB_CREDENTIAL_ERROR, code, text);
}

static bool
is_absent (const GError *why)
{
    return g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND);
}

static bool
is_gone (const GError *why)
{
    return g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD)
           || g_error_matches (why, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE);
}

/* Turns the daemon's errors into ours. Takes @why. */
static void
explain (GError *why, GError **error)
{
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error (error, why);
        return;
    }
    g_autofree char *remote = g_dbus_error_get_remote_error (why);
    (void) g_dbus_error_strip_remote_error (why); /* "GDBus.Error:org…: " says nothing to a person */
    g_autofree char *words = ib_escape_server_text (why->message, -1);
    g_autofree char *failed = g_strdup_printf (_ ("GNOME Online Accounts cannot give it now: %s"), words);
    if (g_strcmp0 (remote, NAME ".Error.NotAuthorized") == 0)
        say (
            error, IB_CREDENTIAL_ERROR_NEEDS_YOU,
            _ ("GNOME is not signed in to it any more: open Settings, Online Accounts, and sign in there again"));
    else if (is_absent (why))
        say (
            error, IB_CREDENTIAL_ERROR_NEEDS_YOU,
            ib_face_words (
                _ ("There are no GNOME Online Accounts in this session: install gnome-online-accounts, or choose another secret="),
                _ ("There are no GNOME Online Accounts in this session: install gnome-online-accounts, or keep the password in another place")));
    else if (is_gone (why) || g_strcmp0 (remote, NAME ".Error.NotSupported") == 0)
        say (
            error, IB_CREDENTIAL_ERROR_NEEDS_YOU,
            ib_face_words (
                _ ("GNOME has no such account any more: “inbasket account import goa” shows those that there are"),
                _ ("GNOME has no such account any more: add it in Settings, Online Accounts, or sign in here")));
    else
        say (error, IB_CREDENTIAL_ERROR_OFFLINE, failed);
    g_error_free (why);
}

/* --- asking --------------------------------------------------------------------------------------------------------------- */

static GVariant *
call (const char *path, const char *interface, const char *method, GVariant *arguments, const char *type,
      GCancellable *cancellable, GError **error)
{
    GError *why = NULL;
    g_autoptr (GDBusConnection) bus = ib_desktop_bus (cancellable, &why);
    GVariant *answer = bus == NULL
                           ? NULL
                           : g_dbus_connection_call_sync (bus, NAME, path, interface, method, arguments,
                                                          G_VARIANT_TYPE (type), G_DBUS_CALL_FLAGS_NONE,
                                                          IB_LIMIT_OAUTH2_MS, cancellable, &why);
    if (bus == NULL && arguments != NULL)
        g_variant_unref (g_variant_ref_sink (arguments));
    if (answer == NULL)
        explain (why, error);
    return answer;
}

/* No network is needed for a password: where the daemon fails to give it, it is not in the keyring, or that is locked. */
static void
look_at_keyring (GError **error)
{
    if (error == NULL || !g_error_matches (*error, IB_CREDENTIAL_ERROR, IB_CREDENTIAL_ERROR_OFFLINE))
        return;
    bool is_open = ib_credential_keyring_state (NULL, NULL) == IB_KEYRING_OPEN;
    g_prefix_error (error, "%s: ",
                    is_open ? _ ("Open Settings, Online Accounts, and sign in there again")
                            : _ ("The keyring is locked: unlock the keyring, and it goes on by itself"));
    (*error)->code = is_open ? IB_CREDENTIAL_ERROR_NEEDS_YOU : IB_CREDENTIAL_ERROR_LOCKED;
}

IbSecret *
ib_online_accounts_obtain (const char *id, bool is_token, GCancellable *cancellable, GError **error)
{
    g_autofree char *path = g_strdup_printf ("%s/Accounts/%s", MANAGER, id);
    g_autoptr (GError) why = NULL;
    const char *text = NULL;
    ib_secret_forbid_dumps ();
    g_autoptr (GVariant) answer
        = is_token ? call (path, OAUTH2, "GetAccessToken", NULL, "(si)", cancellable, error)
                   : call (path, PASSWORD, "GetPassword", g_variant_new ("(s)", "imap-password"), "(s)",
                           cancellable, error);
    if (answer == NULL) {
        if (!is_token)
            look_at_keyring (error);
        return NULL;
    }
    g_variant_get_child (answer, 0, "&s", &text);
    IbSecret *secret = *text != '\0' ? ib_secret_new (text, strlen (text), &why) : NULL;
    if (secret == NULL)
        say (error, IB_CREDENTIAL_ERROR_NEEDS_YOU,
             why != NULL ? why->message
                         : _ ("GNOME Online Accounts gave nothing where the password should stand"));
    return secret;
}

/* --- what there is ---------------------------------------------------------------------------------------------------------- */

static void
account_free (gpointer data)
{
    IbOnlineAccount *self = data;
    g_free (self->id);
    g_free (self->provider);
    g_free (self->identity);
    g_free (self->address);
    g_free (self->host);
    g_free (self->user);
    g_free (self);
}

/* Never NULL. */
static char *
get_text (GVariant *properties, const char *name)
{
    const char *text = "";
    (void) g_variant_lookup (properties, name, "&s", &text); /* not there: nothing is known */
    return g_strdup (text);
}

static bool
get_bool (GVariant *properties, const char *name)
{
    gboolean value = FALSE;
    (void) g_variant_lookup (properties, name, "b", &value);
    return value;
}

/* host = name [":" port] */
static void
split_host (IbOnlineAccount *self)
{
    char *colon = strrchr (self->host, ':');
    guint64 port;
    if (colon == NULL || strchr (self->host, ':') != colon
        || !ib_units_parse_number (colon + 1, 1, G_MAXUINT16, &port))
        return;
    self->port = (guint16) port;
    *colon = '\0';
}

/* NULL: it has no mail. */
static IbOnlineAccount *
read_account (const char *path, GVariant *interfaces)
{
    g_autoptr (GVariant) account = g_variant_lookup_value (interfaces, ACCOUNT, G_VARIANT_TYPE_VARDICT);
    g_autoptr (GVariant) mail = g_variant_lookup_value (interfaces, MAIL, G_VARIANT_TYPE_VARDICT);
    g_autoptr (GVariant) token = g_variant_lookup_value (interfaces, OAUTH2, G_VARIANT_TYPE_VARDICT);
    const char *id = strrchr (path, '/');
    if (account == NULL || mail == NULL || id == NULL || !ib_online_accounts_id_is_valid (id + 1))
        return NULL;
    IbOnlineAccount *self = g_new0 (IbOnlineAccount, 1);
    self->id = g_strdup (id + 1);
    self->provider = get_text (account, "ProviderName");
    self->identity = get_text (account, "PresentationIdentity");
    self->is_mail_off = get_bool (account, "MailDisabled");
    self->address = get_text (mail, "EmailAddress");
    self->host = get_bool (mail, "ImapSupported") ? get_text (mail, "ImapHost") : g_strdup ("");
    self->user = get_text (mail, "ImapUserName");
    self->has_tls = get_bool (mail, "ImapUseSsl");
    self->has_starttls = get_bool (mail, "ImapUseTls");
    self->is_lax = get_bool (mail, "ImapAcceptSslErrors");
    self->has_token = token != NULL;
    split_host (self);
    return self;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    return strcmp ((*(const IbOnlineAccount *const *) a)->id, (*(const IbOnlineAccount *const *) b)->id);
}

GPtrArray *
ib_online_accounts_list (GCancellable *cancellable, GError **error)
{
    g_autoptr (GVariant) answer = call (MANAGER, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                                        NULL, "(a{oa{sa{sv}}})", cancellable, error);
    if (answer == NULL)
        return NULL;
    GPtrArray *accounts = g_ptr_array_new_with_free_func (account_free);
    g_autoptr (GVariant) objects = g_variant_get_child_value (answer, 0);
    for (gsize i = 0; i < g_variant_n_children (objects) && accounts->len < IB_LIMIT_IMPORT_ACCOUNTS; i++) {
        const char *path;
        g_autoptr (GVariant) object = g_variant_get_child_value (objects, i), interfaces = NULL;
        g_variant_get (object, "{&o@a{sa{sv}}}", &path, &interfaces);
        IbOnlineAccount *account = read_account (path, interfaces);
        if (account != NULL)
            g_ptr_array_add (accounts, account);
    }
    g_ptr_array_sort (accounts, compare);
    return accounts;
}
