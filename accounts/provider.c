/* provider.c - the mail providers that are known */
#include "provider.h"
#include "provider-traps.h"
#include "units.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

G_DEFINE_QUARK (ib-provider-error-quark, ib_provider_error)

struct _IbProviders {
    GPtrArray *all;
};

static void
provider_free (gpointer pointer)
{
    IbProvider *self = pointer;
    char *texts[] = { self->id,
                      self->name,
                      self->imap.host,
                      self->pop3.host,
                      self->oauth2_issuer,
                      self->oauth2_auth_url,
                      self->oauth2_token_url,
                      self->oauth2_device_url,
                      self->oauth2_redirect,
                      self->oauth2_scope_imap,
                      self->oauth2_scope_pop3,
                      self->app_password_url,
                      self->checked };
    char **lists[] = { self->domains, self->mx, self->path, self->traps, self->sources };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (texts[i]);
    for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
        g_strfreev (lists[i]);
    g_free (self->sign_in);
    g_free (self);
}

void
ib_providers_free (IbProviders *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->all);
    g_free (self);
}

static const char *const sign_in_names[] = { "oauth2", "app-password", "password", "code", "bridge", "none" };

const char *
ib_sign_in_name (IbSignIn way)
{
    return sign_in_names[way];
}

/* --- a value --- */

static bool
refuse (GError **error, const char *value, const char *expected)
{
    g_set_error (error, IB_PROVIDER_ERROR, IB_PROVIDER_ERROR_INVALID, _ ("\"%s\" is not %s"), value,
                 expected);
    return false;
}

/* HOST:PORT:tls or HOST:PORT:starttls */
static bool
read_server (const char *value, IbProviderServer *out_server, GError **error)
{
    g_auto (GStrv) parts = g_strsplit (value, ":", -1);
    guint64 port = 0;
    if (g_strv_length (parts) != 3 || *parts[0] == '\0'
        || !ib_units_parse_number (parts[1], 1, G_MAXUINT16, &port)
        || (strcmp (parts[2], "tls") != 0 && strcmp (parts[2], "starttls") != 0))
        return refuse (error, value, _ ("a server as HOST:PORT:tls or HOST:PORT:starttls"));
    *out_server = (IbProviderServer){
        .host = g_ascii_strdown (parts[0], -1),
        .port = (guint16) port,
        .security = strcmp (parts[2], "tls") == 0 ? IB_SECURITY_TLS : IB_SECURITY_STARTTLS,
    };
    return true;
}

static bool
read_ways (char **words, IbProvider *provider, GError **error)
{
    g_autoptr (GArray) ways = g_array_new (FALSE, FALSE, sizeof (IbSignIn));
    for (char **word = words; *word != NULL; word++) {
        IbSignIn way = 0;
        while (way < G_N_ELEMENTS (sign_in_names) && strcmp (sign_in_names[way], *word) != 0)
            way++;
        if (way == G_N_ELEMENTS (sign_in_names))
            return refuse (error, *word, _ ("oauth2, app-password, password, code, bridge or none"));
        g_array_append_val (ways, way);
    }
    gsize count = 0;
    provider->sign_in = g_array_steal (ways, &count);
    provider->n_sign_in = (guint) count;
    return true;
}

/* --- a group --- */

typedef enum {
    KEY_TEXT,
    KEY_LIST,
    KEY_SERVER,
    KEY_USER,
    KEY_WAYS,
    KEY_SIZE,
    KEY_DURATION,
    KEY_BOOL,
    KEY_TRAPS, /* a list, in words */
} KeyKind;

static const struct {
    const char *name;
    KeyKind kind;
    gsize offset;
    bool is_needed;
} keys[] = {
    { "name", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, name), true },
    { "domains", KEY_LIST, G_STRUCT_OFFSET (IbProvider, domains) },
    { "mx", KEY_LIST, G_STRUCT_OFFSET (IbProvider, mx) },
    { "imap", KEY_SERVER, G_STRUCT_OFFSET (IbProvider, imap) },
    { "pop3", KEY_SERVER, G_STRUCT_OFFSET (IbProvider, pop3) },
    { "user", KEY_USER, 0 },
    { "sign-in", KEY_WAYS, 0, true },
    { "oauth2-issuer", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_issuer) },
    { "oauth2-auth-url", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_auth_url) },
    { "oauth2-token-url", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_token_url) },
    { "oauth2-device-url", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_device_url) },
    { "oauth2-redirect", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_redirect) },
    { "oauth2-scope-imap", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_scope_imap) },
    { "oauth2-scope-pop3", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, oauth2_scope_pop3) },
    { "imap-per-day", KEY_SIZE, G_STRUCT_OFFSET (IbProvider, imap_bytes_per_day) },
    { "pop3-per-day", KEY_SIZE, G_STRUCT_OFFSET (IbProvider, pop3_bytes_per_day) },
    { "pop3-interval", KEY_DURATION, G_STRUCT_OFFSET (IbProvider, pop3_interval_s) },
    { "mx-decides", KEY_BOOL, G_STRUCT_OFFSET (IbProvider, mx_decides) },
    { "app-password-url", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, app_password_url) },
    { "path", KEY_LIST, G_STRUCT_OFFSET (IbProvider, path) },
    { "traps", KEY_TRAPS, G_STRUCT_OFFSET (IbProvider, traps) },
    { "sources", KEY_LIST, G_STRUCT_OFFSET (IbProvider, sources) },
    { "checked", KEY_TEXT, G_STRUCT_OFFSET (IbProvider, checked) },
};

static bool
is_key (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (strcmp (keys[i].name, name) == 0)
            return true;
    return false;
}

static bool
check_keys (GKeyFile *file, const char *group, GError **error)
{
    g_auto (GStrv) names = g_key_file_get_keys (file, group, NULL, NULL);
    for (char **name = names; *name != NULL; name++)
        if (!is_key (*name)) {
            g_set_error (error, IB_PROVIDER_ERROR, IB_PROVIDER_ERROR_INVALID, _ ("there is no key \"%s\""),
                         *name);
            return false;
        }
    for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
        if (keys[i].is_needed && !g_key_file_has_key (file, group, keys[i].name, NULL)) {
            g_set_error (error, IB_PROVIDER_ERROR, IB_PROVIDER_ERROR_INVALID, _ ("the key \"%s\" is missing"),
                         keys[i].name);
            return false;
        }
    return true;
}

/* @names: NULL: there are none. Returns: (transfer full) */
static char **
traps_in_words (char **names)
{
    g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
    for (char **name = names; name != NULL && *name != NULL; name++)
        g_strv_builder_add (words, ib_provider_traps_words (*name));
    return g_strv_builder_end (words);
}

static bool
read_key (GKeyFile *file, IbProvider *provider, gsize key, GError **error)
{
    gpointer field = (char *) provider + keys[key].offset;
    g_autofree char *value = g_key_file_get_string (file, provider->id, keys[key].name, NULL);
    g_auto (GStrv) list = g_key_file_get_string_list (file, provider->id, keys[key].name, NULL, NULL);
    switch (keys[key].kind) {
    case KEY_TEXT:
        *(char **) field = value != NULL ? g_steal_pointer (&value) : g_strdup ("");
        return true;
    case KEY_LIST:
        *(char ***) field = list != NULL ? g_steal_pointer (&list) : g_new0 (char *, 1);
        return true;
    case KEY_TRAPS:
        *(char ***) field = traps_in_words (list);
        return true;
    case KEY_SERVER:
        return value == NULL || read_server (value, field, error);
    case KEY_USER:
        provider->user_is_local_part = g_strcmp0 (value, "local-part") == 0;
        return value == NULL || provider->user_is_local_part || strcmp (value, "address") == 0
               || refuse (error, value, _ ("address or local-part"));
    case KEY_WAYS:
        return list == NULL || read_ways (list, provider, error);
    case KEY_SIZE:
        return value == NULL || ib_units_parse_size (value, field)
               || refuse (error, value, _ ("a size as 2500M"));
    case KEY_DURATION:
        return value == NULL || ib_units_parse_duration (value, field)
               || refuse (error, value, _ ("a time as 5m"));
    case KEY_BOOL:
        *(bool *) field = g_strcmp0 (value, "true") == 0;
        return value == NULL || *(bool *) field || strcmp (value, "false") == 0
               || refuse (error, value, _ ("true or false"));
    }
    g_assert_not_reached ();
}

/* Returns: (transfer full) (nullable) */
static IbProvider *
read_group (GKeyFile *file, const char *group, GError **error)
{
    IbProvider *provider = g_new0 (IbProvider, 1);
    provider->id = g_strdup (group);
    bool is_read = check_keys (file, group, error);
    for (gsize i = 0; i < G_N_ELEMENTS (keys) && is_read; i++)
        is_read = read_key (file, provider, i, error);
    if (!is_read)
        g_clear_pointer (&provider, provider_free);
    return provider;
}

/* --- files --- */

static void
put (IbProviders *self, IbProvider *provider)
{
    for (guint i = 0; i < self->all->len; i++)
        if (strcmp (((const IbProvider *) self->all->pdata[i])->id, provider->id) == 0) {
            provider_free (self->all->pdata[i]);
            self->all->pdata[i] = provider;
            return;
        }
    g_ptr_array_add (self->all, provider);
}

static bool
read_file (IbProviders *self, const char *path, GError **error)
{
    g_autoptr (GKeyFile) file = g_key_file_new ();
    if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error)) {
        g_prefix_error (error, "%s: ", path);
        return false;
    }
    g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
    for (char **group = groups; *group != NULL; group++) {
        IbProvider *provider = read_group (file, *group, error);
        if (provider == NULL) {
            g_prefix_error (error, "%s, [%s]: ", path, *group);
            return false;
        }
        put (self, provider);
    }
    return true;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static bool
read_folder (IbProviders *self, const char *folder, GError **error)
{
    g_autoptr (GError) failure = NULL;
    g_autoptr (GDir) dir = g_dir_open (folder, 0, &failure);
    if (dir == NULL && g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return true;
    if (dir == NULL) {
        g_set_error (error, IB_PROVIDER_ERROR, IB_PROVIDER_ERROR_FILE, "%s: %s", folder, failure->message);
        return false;
    }
    g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
    for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
        if (g_str_has_suffix (name, ".conf") && name[0] != '.')
            g_ptr_array_add (names, g_build_filename (folder, name, NULL));
    g_ptr_array_sort (names, compare_names);
    for (guint i = 0; i < names->len; i++)
        if (!read_file (self, names->pdata[i], error))
            return false;
    return true;
}

IbProviders *
ib_providers_load (const char *const *folders, GError **error)
{
    g_autoptr (IbProviders) self = g_new0 (IbProviders, 1);
    self->all = g_ptr_array_new_with_free_func (provider_free);
    for (; *folders != NULL; folders++)
        if (!read_folder (self, *folders, error))
            return NULL;
    return g_steal_pointer (&self);
}

/* --- asking --- */

const GPtrArray *
ib_providers_all (const IbProviders *self)
{
    return self->all;
}

const IbProvider *
ib_providers_find (const IbProviders *self, const char *id)
{
    for (guint i = 0; i < self->all->len; i++)
        if (strcmp (((const IbProvider *) self->all->pdata[i])->id, id) == 0)
            return self->all->pdata[i];
    return NULL;
}

/* "yahoo.*": any ending of one label, or of a second level: "yahoo.fr", "yahoo.co.uk". */
static bool
matches_any_ending (const char *pattern, const char *domain)
{
    gsize length = strlen (pattern);
    if (length < 3 || strcmp (pattern + length - 2, ".*") != 0 || strncmp (pattern, domain, length - 1) != 0)
        return false;
    const char *ending = domain + length - 1;
    const char *dot = strchr (ending, '.');
    return *ending != '\0' && (dot == NULL || (dot - ending <= 3 && strchr (dot + 1, '.') == NULL));
}

const IbProvider *
ib_providers_by_domain (const IbProviders *self, const char *domain)
{
    g_autofree char *lower = g_ascii_strdown (domain, -1);
    const IbProvider *by_ending = NULL;
    for (guint i = 0; i < self->all->len; i++) {
        const IbProvider *provider = self->all->pdata[i];
        for (char **known = provider->domains; *known != NULL; known++) {
            if (strcmp (*known, lower) == 0)
                return provider;
            if (by_ending == NULL && matches_any_ending (*known, lower))
                by_ending = provider;
        }
    }
    return by_ending;
}

static bool
is_below (const char *host, const char *domain)
{
    gsize length = strlen (host), domain_length = strlen (domain);
    return length >= domain_length && strcmp (host + length - domain_length, domain) == 0
           && (length == domain_length || host[length - domain_length - 1] == '.');
}

/* The longest end that fits: "mail.protection.outlook.com" goes before "outlook.com". */
const IbProvider *
ib_providers_by_mx (const IbProviders *self, const char *mx_host)
{
    g_autofree char *lower = g_ascii_strdown (mx_host, -1);
    gsize end = strlen (lower);
    if (end > 0 && lower[end - 1] == '.')
        lower[end - 1] = '\0';
    const IbProvider *found = NULL;
    gsize longest = 0;
    for (guint i = 0; i < self->all->len; i++) {
        const IbProvider *provider = self->all->pdata[i];
        for (char **known = provider->mx; *known != NULL; known++)
            if (is_below (lower, *known) && strlen (*known) > longest) {
                found = provider;
                longest = strlen (*known);
            }
    }
    return found;
}

static bool
is_this_machine (const char *host)
{
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
    return address != NULL ? g_inet_address_get_is_loopback (address)
                           : g_ascii_strcasecmp (host, "localhost") == 0;
}

const IbProvider *
ib_providers_by_server (const IbProviders *self, const char *host)
{
    if (is_this_machine (host))
        return NULL;
    for (guint i = 0; i < self->all->len; i++) {
        const IbProvider *provider = self->all->pdata[i];
        if ((provider->imap.host != NULL && g_ascii_strcasecmp (provider->imap.host, host) == 0)
            || (provider->pop3.host != NULL && g_ascii_strcasecmp (provider->pop3.host, host) == 0))
            return provider;
    }
    return NULL;
}
