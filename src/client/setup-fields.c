/* setup-fields.c - the fields of setup's pages, and the account that they make */
#include "account-file.h"
#include "setup-private.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const struct {
    const char *name;
    IbSetupPage page;
    const char *fallback;
    const char *words; /* the values that it may have; NULL: the account's file decides */
    const char *key;   /* of the account's file; NULL: none of its own */
} fields[] = {
    { "online", IB_SETUP_ADDRESS, "", NULL, NULL },
    { "address", IB_SETUP_ADDRESS, "", NULL, "account.address" },
    { "ispdb", IB_SETUP_ADDRESS, "no", "yes;no", NULL },
    { "sign-in", IB_SETUP_SIGN_IN, "", "oauth2;app-password;password;code;bridge", NULL },
    { "browser", IB_SETUP_SIGN_IN, "here", "here;elsewhere", NULL },
    { "server", IB_SETUP_SETTINGS, "", NULL, NULL },
    { "name", IB_SETUP_SETTINGS, "", NULL, NULL },
    { "protocol", IB_SETUP_SETTINGS, "imap", "imap;pop3", "account.protocol" },
    { "host", IB_SETUP_SETTINGS, "", NULL, "account.host" },
    { "port", IB_SETUP_SETTINGS, "", NULL, "account.port" },
    { "security", IB_SETUP_SETTINGS, "tls", "tls;starttls;none", "account.security" },
    { "user", IB_SETUP_SETTINGS, "", NULL, "account.user" },
    { "ca-file", IB_SETUP_SETTINGS, "", NULL, "account.ca-file" },
    { "fingerprint", IB_SETUP_SETTINGS, "", NULL, "account.fingerprint" },
    { "confirm-host", IB_SETUP_SETTINGS, "no", "yes;no", NULL },
    { "twice", IB_SETUP_SETTINGS, "no", "yes;no", NULL },
    { "keep", IB_SETUP_SECRET, "keyring", "keyring;command;credential;file", NULL },
    { "keep-in", IB_SETUP_SECRET, "", NULL, NULL },
    { "write-clear", IB_SETUP_SECRET, "no", "yes;no", NULL },
    { "untested", IB_SETUP_TEST, "no", "yes;no", NULL },
    { "since", IB_SETUP_FORECAST, "", NULL, "fetch.since" },
    { "after", IB_SETUP_FORECAST, "keep", NULL, "fetch.after" },
    { "folders", IB_SETUP_FORECAST, "", NULL, "fetch.folders" },
    { "interval", IB_SETUP_FORECAST, "", NULL, "fetch.interval" },
    { "filter", IB_SETUP_FILTER, "yes", "yes;no", NULL },
    { "sort", IB_SETUP_FILTER, "common", "common;all", NULL },
    { "folder", IB_SETUP_FILTER, "", NULL, "filter.folder" },
    { "learn", IB_SETUP_FILTER, "yes", "yes;no", NULL },
};

/* Which shipped filters sort everything that they know how to. */
#define ALL_FILTERS "junk.sieve;lists.sieve;newsletters.sieve;notifications.sieve"

const char *const *
ib_setup_fields (void)
{
    static const char *names[G_N_ELEMENTS (fields) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        names[i] = fields[i].name;
    return names;
}

static gsize
find (const char *name)
{
    gsize i = 0;
    while (i < G_N_ELEMENTS (fields) && strcmp (fields[i].name, name) != 0)
        i++;
    return i;
}

IbSetupPage
ib_setup_field_page (const char *name)
{
    gsize i = find (name);
    g_assert (i < G_N_ELEMENTS (fields));
    return fields[i].page;
}

const char *
ib_setup_get (const IbSetup *self, const char *name)
{
    const char *value = g_hash_table_lookup (self->values, name);
    gsize i = find (name);
    g_assert (i < G_N_ELEMENTS (fields));
    return value != NULL ? value : fields[i].fallback;
}

const char *
ib_setup_user (const IbSetup *self)
{
    const char *user = ib_setup_get (self, "user");
    return *user != '\0' ? user : ib_setup_get (self, "address");
}

bool
ib_setup_is_yes (const IbSetup *self, const char *name)
{
    return strcmp (ib_setup_get (self, name), "yes") == 0;
}

void
ib_setup_put (IbSetup *self, const char *name, const char *value)
{
    g_hash_table_replace (self->values, g_strdup (name), g_strdup (value));
}

bool
ib_setup_refuse (GError **error, IbSetupError code, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    if (error != NULL)
        *error = g_error_new_valist (IB_SETUP_ERROR, (int) code, format, arguments);
    va_end (arguments);
    return false;
}

void
ib_setup_take_account (IbSetup *self, const IbAccount *account)
{
    static const char *const keeps[] = {
        [IB_SECRET_KEYRING] = "keyring",
        [IB_SECRET_COMMAND] = "command",
        [IB_SECRET_CREDENTIAL] = "credential",
        [IB_SECRET_FILE] = "file",
        [IB_SECRET_GOA] = "goa",
    };
    bool is_keyring = account->secret_source == IB_SECRET_KEYRING;
    ib_setup_put (self, "name", account->name);
    ib_setup_put (self, "address", account->address);
    ib_setup_put (self, "host", account->host);
    ib_setup_put (self, "user", account->user);
    ib_setup_put (self, "sign-in", account->auth == IB_AUTH_OAUTH2 ? "oauth2" : "password");
    ib_setup_put (self, "keep", keeps[account->secret_source]);
    ib_setup_put (self, "keep-in", is_keyring ? "" : account->secret_value);
    /* Whoever keeps it in a file has said so. */
    ib_setup_put (self, "write-clear", account->secret_source == IB_SECRET_FILE ? "yes" : "no");
}

static bool
is_one_of (const char *value, const char *words)
{
    g_auto (GStrv) all = g_strsplit (words, ";", -1);
    return g_strv_contains ((const char *const *) all, value);
}

static bool
set_server (IbSetup *self, const char *value, GError **error)
{
    guint64 number = 0;
    if (!ib_units_parse_number (value, 1, MAX (self->candidates->len, 1), &number)
        || self->candidates->len == 0)
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD,
                                _ ("server: “%s” is none of those that were found"), value);
    ib_setup_choose (self, (guint) number - 1);
    return true;
}

/* What was found out with the former value does not hold any more. */
void
ib_setup_forget_results (IbSetup *self, IbSetupPage page)
{
    if (page <= IB_SETUP_SETTINGS) {
        g_clear_pointer (&self->doors, g_ptr_array_unref);
        g_clear_pointer (&self->secret, ib_secret_unref); /* it was for another */
        ib_setup_put (self, "twice", "no");               /* the same */
    }
    if (page <= IB_SETUP_SECRET)
        g_clear_pointer (&self->tried, g_free);
    self->is_weighed = false;
    g_clear_pointer (&self->rehearsal, g_free);
}

static char *
file_for_secret (const IbSetup *self)
{
    return g_build_filename (self->home.secrets, ib_setup_get (self, "name"), NULL);
}

/* What was said of another place is nothing for this one. */
static void
suggest_keep_in (IbSetup *self)
{
    bool is_file = strcmp (ib_setup_get (self, "keep"), "file") == 0;
    g_autofree char *path = is_file ? file_for_secret (self) : g_strdup ("");
    ib_setup_put (self, "keep-in", path);
    ib_setup_put (self, "write-clear", "no");
}

/* A file that was suggested by the account's name goes by the new one: the old may be another account's. */
static void
rename_account (IbSetup *self, const char *name)
{
    g_autofree char *suggested = file_for_secret (self);
    bool is_suggested = strcmp (ib_setup_get (self, "keep"), "file") == 0
                        && strcmp (ib_setup_get (self, "keep-in"), suggested) == 0;
    ib_setup_put (self, "name", name);
    if (is_suggested)
        suggest_keep_in (self);
}

bool
ib_setup_set (IbSetup *self, const char *name, const char *value, GError **error)
{
    gsize i = find (name);
    if (i == G_N_ELEMENTS (fields))
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("There is no field “%s”"), name);
    if (fields[i].words != NULL && !is_one_of (value, fields[i].words)) {
        g_auto (GStrv) words = g_strsplit (fields[i].words, ";", -1);
        g_autofree char *shown = g_strjoinv (", ", words);
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("%s: “%s” is not one of %s"), name, value,
                                shown);
    }
    if (strcmp (ib_setup_get (self, name), value) == 0)
        return true;
    if (strcmp (name, "online") == 0)
        return ib_setup_set_online (self, value, error);
    if (strcmp (name, "address") == 0 && ib_setup_is_online (self))
        (void) ib_setup_set_online (self, "", NULL); /* of another address it says nothing */
    ib_setup_forget_results (self, fields[i].page);
    if (self->page == IB_SETUP_FORECAST && self->is_busy) /* it counts with the former value */
        ib_setup_cancel (self);
    if (strcmp (name, "server") == 0)
        return set_server (self, value, error);
    if (strcmp (name, "name") == 0)
        rename_account (self, value);
    else
        ib_setup_put (self, name, value);
    if (strcmp (name, "keep") == 0)
        suggest_keep_in (self);
    return true;
}

/* --- the account -------------------------------------------------------------------------------------------------- */

static void
add (GPtrArray *keys, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    g_ptr_array_add (keys, g_strdup (key));
    g_ptr_array_add (keys, g_strdup (value));
}

static bool
is_oauth2 (const IbSetup *self)
{
    return strcmp (ib_setup_get (self, "sign-in"), "oauth2") == 0;
}

/* The table says it of those that are in it. */
static void
add_oauth2 (const IbSetup *self, GPtrArray *keys)
{
    const IbCandidate *candidate = ib_setup_candidate (self);
    add (keys, "account.auth", "oauth2");
    add (keys, "account.oauth2-client-id", self->client_id);
    add (keys, "account.oauth2-client-secret", self->client_secret);
    if (candidate == NULL || *candidate->provider != '\0')
        return;
    if (self->client_id == NULL)
        add (keys, "account.oauth2-client-id", candidate->oauth2_client_id);
    add (keys, "account.oauth2-auth-url", candidate->oauth2_auth_url);
    add (keys, "account.oauth2-token-url", candidate->oauth2_token_url);
    add (keys, "account.oauth2-scope", candidate->oauth2_scope);
}

static void
add_secret (const IbSetup *self, GPtrArray *keys)
{
    const char *keep = ib_setup_get (self, "keep"), *in = ib_setup_get (self, "keep-in");
    g_autofree char *text = strcmp (keep, "keyring") == 0 ? NULL : g_strconcat (keep, ":", in, NULL);
    if (*in != '\0')
        add (keys, "account.secret", text);
}

/* What signing in again changes; an empty value takes a key away. */
static GPtrArray *
list_renewed_keys (const IbSetup *self)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
    add_secret (self, keys);
    if (keys->len == 0 && self->renewed->secret_source != IB_SECRET_KEYRING) {
        g_ptr_array_add (keys, g_strdup ("account.secret"));
        g_ptr_array_add (keys, g_strdup (""));
    }
    add (keys, "account.oauth2-client-id", self->client_id);
    add (keys, "account.oauth2-client-secret", self->client_secret);
    g_ptr_array_add (keys, NULL);
    return keys;
}

static GPtrArray *
list_keys (const IbSetup *self)
{
    if (self->renewed != NULL)
        return list_renewed_keys (self);
    GPtrArray *keys = g_ptr_array_new_with_free_func (g_free);
    const IbProvider *provider = ib_setup_provider (self);
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++)
        if (fields[i].key != NULL && strcmp (ib_setup_get (self, fields[i].name), fields[i].fallback) != 0)
            add (keys, fields[i].key, ib_setup_get (self, fields[i].name));
    add (keys, "account.provider", provider != NULL ? provider->id : NULL);
    if (is_oauth2 (self))
        add_oauth2 (self, keys);
    add_secret (self, keys);
    if (!ib_setup_is_yes (self, "filter"))
        add (keys, "filter.enabled", "false");
    else if (strcmp (ib_setup_get (self, "sort"), "all") == 0)
        add (keys, "filter.scripts", ALL_FILTERS);
    g_ptr_array_add (keys, NULL);
    return keys;
}

static char *
path_of (const IbSetup *self, const char *name)
{
    g_autofree char *file = g_strconcat (name, ".conf", NULL);
    return g_build_filename (self->home.accounts, file, NULL);
}

static bool
check_name (const IbSetup *self, GError **error)
{
    const char *name = ib_setup_get (self, "name");
    g_autofree char *path = path_of (self, name);
    if (!ib_account_name_is_valid (name))
        return ib_setup_refuse (
            error, IB_SETUP_ERROR_FIELD,
            _ ("name: “%s” cannot be an account's name; it begins with a-z or 0-9 and goes on with those, “.”, “_” and “-”"),
            name);
    if (g_file_test (path, G_FILE_TEST_EXISTS))
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("name: there is an account “%s” already"),
                                name);
    return true;
}

char *
ib_setup_text (const IbSetup *self, IbAccount **out_account, GError **error)
{
    if (self->renewed == NULL && !check_name (self, error))
        return NULL;
    const IbCandidate *candidate = ib_setup_candidate (self);
    g_autofree char *path = path_of (self, ib_setup_get (self, "name"));
    g_autofree char *source = candidate != NULL ? ib_candidate_source_text (candidate) : NULL;
    g_autoptr (GPtrArray) keys = list_keys (self);
    g_autofree char *text
        = ib_account_file_edit (path, (const char *const *) keys->pdata, out_account, error);
    if (text == NULL || source == NULL)
        return g_steal_pointer (&text);
    g_autofree char *line
        = g_strdup_printf (_ ("The server was found by setup; it was named by %s."), source);
    return g_strdup_printf ("# %s\n%s", line, text);
}

IbAccount *
ib_setup_account (const IbSetup *self, GError **error)
{
    IbAccount *account = NULL;
    g_autofree char *text = ib_setup_text (self, &account, error);
    return account;
}

/* The rules for addresses are the account file's. */
bool
ib_setup_check_address (const IbSetup *self, GError **error)
{
    const char *address = ib_setup_get (self, "address");
    const char *const keys[] = { "account.address", address, "account.host", "imap.example.org", NULL };
    if (*address == '\0')
        return ib_setup_refuse (error, IB_SETUP_ERROR_FIELD, _ ("address: it is what all else is found by"));
    g_autofree char *text = ib_account_file_edit ("/nonexistent/address.conf", keys, NULL, error);
    return text != NULL;
}

const char *
ib_setup_unknown_domain (const IbSetup *self)
{
    const char *at = strrchr (ib_setup_get (self, "address"), '@');
    bool is_unknown = at != NULL && !ib_setup_is_online (self) && ib_candidate_host_is_sound (at + 1)
                      && ib_providers_by_domain (self->home.providers, at + 1) == NULL;
    return is_unknown ? at + 1 : NULL;
}

/* --- what is found, filled in ---------------------------------------------------------------------------------------- */

const IbCandidate *
ib_setup_candidate (const IbSetup *self)
{
    return self->candidate != NULL
                   && g_ascii_strcasecmp (self->candidate->host, ib_setup_get (self, "host")) == 0
               ? self->candidate
               : NULL;
}

const IbProvider *
ib_setup_provider (const IbSetup *self)
{
    if (self->renewed != NULL && *self->renewed->provider != '\0')
        return ib_providers_find (self->home.providers, self->renewed->provider);
    const IbCandidate *candidate = ib_setup_candidate (self);
    if (candidate != NULL && *candidate->provider != '\0')
        return ib_providers_find (self->home.providers, candidate->provider);
    const char *host = ib_setup_get (self, "host"), *at = strrchr (ib_setup_get (self, "address"), '@');
    const IbProvider *provider = *host != '\0' ? ib_providers_by_server (self->home.providers, host) : NULL;
    /* One without servers is known by its domain only. */
    if (provider == NULL && *host == '\0' && at != NULL)
        provider = ib_providers_by_domain (self->home.providers, at + 1);
    return provider;
}

static void
suggest_interval (IbSetup *self)
{
    const IbProvider *provider = ib_setup_provider (self);
    bool is_pop3 = self->candidate->protocol == IB_PROTOCOL_POP3;
    if (provider == NULL || !is_pop3 || provider->pop3_interval_s <= 5 * 60)
        return;
    g_autofree char *interval = g_strdup_printf ("%um", (guint) (provider->pop3_interval_s / 60));
    ib_setup_put (self, "interval", interval);
}

void
ib_setup_choose (IbSetup *self, guint index)
{
    g_assert (index < self->candidates->len);
    const IbCandidate *candidate = self->candidates->pdata[index];
    g_autofree char *number = g_strdup_printf ("%u", index + 1);
    g_autofree char *port = g_strdup_printf ("%u", candidate->port);
    self->candidate = candidate;
    ib_setup_put (self, "server", number);
    ib_setup_put (self, "protocol", candidate->protocol == IB_PROTOCOL_IMAP ? "imap" : "pop3");
    ib_setup_put (self, "host", candidate->host);
    ib_setup_put (self, "port", port);
    ib_setup_put (self, "security", candidate->security == IB_SECURITY_TLS ? "tls" : "starttls");
    ib_setup_put (self, "user", candidate->user);
    ib_setup_put (self, "confirm-host", "no");
    suggest_interval (self);
}

/* The domain's first label, which people know; then with a number. One that was set by hand stays. */
void
ib_setup_suggest_name (IbSetup *self)
{
    const char *at = strrchr (ib_setup_get (self, "address"), '@');
    const char *name = ib_setup_get (self, "name");
    if (at == NULL || (*name != '\0' && g_strcmp0 (name, self->suggested_name) != 0))
        return;
    g_autofree char *label = g_ascii_strdown (at + 1, (gssize) strcspn (at + 1, "."));
    for (char *letter = label; *letter != '\0'; letter++)
        if (!g_ascii_isalnum (*letter) && *letter != '-' && *letter != '_')
            *letter = '-';
    g_autofree char *suggestion = g_strdup (ib_account_name_is_valid (label) ? label : "mail");
    for (guint number = 2; number < 1000; number++) {
        g_autofree char *path = path_of (self, suggestion);
        if (!g_file_test (path, G_FILE_TEST_EXISTS))
            break;
        g_free (suggestion);
        suggestion = g_strdup_printf ("%.50s-%u", ib_account_name_is_valid (label) ? label : "mail", number);
    }
    rename_account (self, suggestion);
    g_free (self->suggested_name);
    self->suggested_name = g_steal_pointer (&suggestion);
}
