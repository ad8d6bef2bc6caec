/* config.c - inbasket.conf and all accounts of a home */
#include "config.h"
#include "account-file.h"
#include "fs.h"
#include "nearest.h"
#include "units.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A Sieve script that a person wrote is far smaller. */
#define LARGEST_SCRIPT (1024 * 1024)

G_DEFINE_QUARK (ib-config-error-quark, ib_config_error)

#define FIELD(type, row, settings) (*(type *) G_STRUCT_MEMBER_P (settings, (row)->offset))

/* --- kinds that only inbasket.conf has --------------------------------------------------------------------------- */

static bool
read_probability (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    char *end;
    double probability = g_ascii_strtod (text, &end);
    bool is_decimal = g_ascii_isdigit (*text) && strpbrk (text, "xX") == NULL;
    if (*end != '\0' || !is_decimal || !isfinite (probability) || probability <= 0 || probability >= 1)
        return ib_setting_refuse (error, text, _ ("a probability between 0 and 1, like 0.80"));
    FIELD (double, row, settings) = probability;
    return true;
}

static char *
write_probability (const IbSettingRow *row, gconstpointer settings)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    double probability = FIELD (const double, row, settings);
    g_ascii_formatd (text, sizeof text, "%.2f", probability);
    if (g_ascii_strtod (text, NULL) != probability)
        g_ascii_formatd (text, sizeof text, "%.15g", probability);
    return g_strdup (text);
}

/* GLib warns of bits that the address does not have. */
static bool
is_network (const char *text, const char *slash)
{
    g_autofree char *host = g_strndup (text, (gsize) (slash - text));
    g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
    guint64 bits;
    if (address == NULL
        || !ib_units_parse_number (slash + 1, 0, g_inet_address_get_native_size (address) * 8, &bits))
        return false;
    g_autoptr (GInetAddressMask) network = g_inet_address_mask_new (address, (guint) bits, NULL);
    return network != NULL;
}

/* relay = address / network "/" bits / host name */
static bool
is_relay (const char *text)
{
    const char *slash = strchr (text, '/');
    if (g_hostname_is_ip_address (text))
        return true;
    if (slash != NULL)
        return is_network (text, slash);
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && strchr ("-._", *at) == NULL && (guchar) *at < 0x80)
            return false;
    return *text != '-' && strstr (text, "..") == NULL && strcmp (text, ".") != 0;
}

static bool
read_relays (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (!ib_setting_list.read (row, text, settings, error))
        return false;
    char **relays = FIELD (char **, row, settings);
    for (gsize i = 0; relays[i] != NULL; i++)
        if (!is_relay (relays[i]))
            return ib_setting_refuse (
                error, relays[i], _ ("a host, an address or a network like mx.example.org or 192.0.2.0/24"));
    return true;
}

/* authserv-id = token                                             RFC 8601, 2.2 */
static bool
read_authserv_ids (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (!ib_setting_list.read (row, text, settings, error))
        return false;
    char **ids = FIELD (char **, row, settings);
    for (gsize i = 0; ids[i] != NULL; i++)
        if (strpbrk (ids[i], " \t()<>@,:\\\"/[]?=") != NULL)
            return ib_setting_refuse (error, ids[i], _ ("an authserv-id like mx.example.org"));
    return true;
}

static char *
write_list (const IbSettingRow *row, gconstpointer settings)
{
    return ib_setting_list.write (row, settings);
}

static const IbSettingKind kind_probability = { read_probability, write_probability, false, false };
static const IbSettingKind kind_relays = { read_relays, write_list, true, false };
static const IbSettingKind kind_authserv_ids = { read_authserv_ids, write_list, true, false };

/* --- the table ------------------------------------------------------------------------------------------------------ */

static const char *const layouts[] = { "maildir++", "fs", NULL };
static const char *const lookups[] = { "none", "mx", NULL };
static const char *const notifies[] = { "none", "important", "all", NULL };
static const char *const metereds[] = { "normal", "pause-large", "pause", NULL };
static const char *const savers[] = { "normal", "stretch", "pause", NULL };

#define AT(field) G_STRUCT_OFFSET (IbConfig, field)

static const IbSettingRow rows[] = {
    { "delivery", "maildir", &ib_setting_path, AT (maildir), "" },
    { "delivery", "layout", &ib_setting_word, AT (layout), "maildir++", layouts },
    { "delivery", "annotate", &ib_setting_bool, AT (annotates), "true" },
    { "delivery", "deduplicate", &ib_setting_bool, AT (deduplicates), "true" },
    { "filter", "scripts", &ib_setting_scripts, AT (scripts), "junk.sieve" },
    { "filter", "spam-threshold", &kind_probability, AT (spam_threshold), "0.80" },
    { "filter", "learn-from-moves", &ib_setting_bool, AT (learns_from_moves), "true" },
    { "trust", "relays", &kind_relays, AT (relays), "" },
    { "trust", "authserv-ids", &kind_authserv_ids, AT (authserv_ids), "" },
    { "privacy", "dns-lookups", &ib_setting_word, AT (dns_lookups), "mx", lookups },
    { "service", "notify", &ib_setting_word, AT (notify), "important", notifies },
    { "service", "after-delivery", &ib_setting_command, AT (after_delivery), "" },
    { "service", "on-metered", &ib_setting_word, AT (on_metered), "pause-large", metereds },
    { "service", "on-battery-saver", &ib_setting_word, AT (on_battery_saver), "stretch", savers },
    { NULL, NULL, NULL, 0, NULL },
};

const char *const *
ib_config_keys (void)
{
    static char **names;
    if (g_once_init_enter (&names))
        g_once_init_leave (&names, ib_settings_names (rows));
    return (const char *const *) names;
}

char *
ib_config_get_text (const IbConfig *self, const char *key)
{
    const IbSettingRow *row = ib_settings_find_row (rows, key, NULL);
    return row != NULL ? row->kind->write (row, self) : NULL;
}

/* --- filters ---------------------------------------------------------------------------------------------------------- */

static void
add_scripts_of (GPtrArray *names, const char *folder)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL); /* none there is no error */
    const char *name;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree char *why = ib_setting_why_no_script (name);
        g_autofree char *path = g_build_filename (folder, name, NULL);
        if (why == NULL && g_file_test (path, G_FILE_TEST_IS_REGULAR)
            && !g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
            g_ptr_array_add (names, g_strdup (name));
    }
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
ib_config_list_scripts (const IbPaths *paths)
{
    GPtrArray *names = g_ptr_array_new ();
    add_scripts_of (names, paths->filters);
    add_scripts_of (names, ib_paths_shipped_filters ());
    g_ptr_array_sort (names, compare_names);
    g_ptr_array_add (names, NULL);
    return (char **) g_ptr_array_free (names, FALSE);
}

char *
ib_config_find_script (const IbPaths *paths, const char *name, GError **error)
{
    g_autofree char *why = ib_setting_why_no_script (name);
    if (why != NULL) {
        g_set_error_literal (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT, why);
        return NULL;
    }
    const char *const folders[] = { paths->filters, ib_paths_shipped_filters () };
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++) {
        struct stat status;
        g_autofree char *path = g_build_filename (folders[i], name, NULL);
        int number = stat (path, &status) == 0 ? 0 : errno;
        if (number == 0 && S_ISREG (status.st_mode))
            return g_steal_pointer (&path);
        if (number != 0 && number != ENOENT && number != ENOTDIR) {
            g_set_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT, "%s: %s", path, g_strerror (number));
            return NULL;
        }
    }

    g_auto (GStrv) known = ib_config_list_scripts (paths);
    const char *nearest = ib_nearest (name, (const char *const *) known);
    if (nearest != NULL)
        g_set_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT,
                     _ ("there is no filter \"%s\"; did you mean \"%s\"?"), name, nearest);
    else
        g_set_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT,
                     _ ("there is no filter \"%s\" in %s; `inbasket filter list` names those that there are"),
                     name, paths->filters);
    return NULL;
}

char *
ib_config_read_script (const IbPaths *paths, const char *name, char **out_path, gsize *out_length,
                       GError **error)
{
    g_autofree char *path = ib_config_find_script (paths, name, error);
    if (path == NULL)
        return NULL;

    g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
    if (file == NULL)
        return NULL;
    gsize length = g_mapped_file_get_length (file);
    if (length > LARGEST_SCRIPT) {
        g_set_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT, _ ("%s: too large for a filter"), path);
        return NULL;
    }
    char *text = g_malloc (length + 1);
    if (length > 0)
        memcpy (text, g_mapped_file_get_contents (file), length);
    text[length] = '\0';
    if (out_path != NULL)
        *out_path = g_steal_pointer (&path);
    if (out_length != NULL)
        *out_length = length;
    return text;
}

/* --- inbasket.conf ------------------------------------------------------------------------------------------------------ */

/* Names are looked up only where somebody wrote them: the default stands for an installation that has them. */
static bool
check_scripts (const IbConfig *self, const IbPaths *paths, const IbSettingsFile *file, GError **error)
{
    for (gsize i = 0; ib_settings_file_has (file, "filter", "scripts") && self->scripts[i] != NULL; i++) {
        g_autoptr (GError) why = NULL;
        g_autofree char *path = ib_config_find_script (paths, self->scripts[i], &why);
        if (path == NULL)
            return ib_settings_file_refuse (file, error, "filter", "scripts", "scripts: %s", why->message);
    }
    return true;
}

static bool
parse (IbConfig *self, const IbPaths *paths, bool wants_scripts, const char *shown_path, const char *text,
       gsize length, GError **error)
{
    g_autoptr (IbSettingsFile) file = ib_settings_file_parse (shown_path, text, length, rows, error);
    if (file == NULL || !ib_settings_file_read (file, self, error)
        || (wants_scripts && !check_scripts (self, paths, file, error)))
        return false;
    if (*self->maildir == '\0') {
        g_free (self->maildir);
        self->maildir = g_strdup (paths->default_maildir);
    }
    return true;
}

/* The file's text; "" where there is none, which is all defaults. */
static char *
load_text (const IbPaths *paths, gsize *out_length, GError **error)
{
    g_autoptr (GError) why = NULL;
    char *text = ib_settings_file_load (paths->config_file, out_length, &why);
    if (text == NULL && g_error_matches (why, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING)) {
        *out_length = 0;
        return g_strdup ("");
    }
    if (text == NULL)
        g_propagate_error (error, g_steal_pointer (&why));
    return text;
}

/* --- accounts -------------------------------------------------------------------------------------------------------------- */

static IbBrokenAccount *
broken_new (const char *name, const GError *why)
{
    IbBrokenAccount *broken = g_new (IbBrokenAccount, 1);
    broken->name = g_strdup (name);
    broken->error = g_error_new_literal (IB_CONFIG_ERROR, IB_CONFIG_ERROR_PARSE, why->message);
    return broken;
}

static void
broken_free (gpointer data)
{
    IbBrokenAccount *broken = data;
    g_free (broken->name);
    g_error_free (broken->error);
    g_free (broken);
}

static bool
has_scripts (const IbAccount *account, const IbPaths *paths, const char *account_path, GError **error)
{
    for (gsize i = 0; account->scripts != NULL && account->scripts[i] != NULL; i++) {
        g_autoptr (GError) why = NULL;
        g_autofree char *path = ib_config_find_script (paths, account->scripts[i], &why);
        if (path != NULL)
            continue;
        g_set_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_PARSE, "%s:%u: scripts: %s", account_path,
                     ib_account_file_line (account_path, "filter.scripts"), why->message);
        return false;
    }
    return true;
}

static void
load_account (IbConfig *self, const IbPaths *paths, const char *file_name)
{
    g_autoptr (GError) why = NULL;
    g_autofree char *path = g_build_filename (paths->accounts, file_name, NULL);
    g_autoptr (IbAccount) account = ib_account_load (path, &why);
    if (account != NULL && has_scripts (account, paths, path, &why)) {
        g_ptr_array_add (self->accounts, g_steal_pointer (&account));
        return;
    }
    g_autofree char *name = g_strndup (file_name, strlen (file_name) - strlen (".conf"));
    g_ptr_array_add (self->broken, broken_new (name, why));
}

/* NULL at the end, and with errno where reading breaks off. */
static const char *
next_name (GDir *dir)
{
    errno = 0;
    return g_dir_read_name (dir);
}

/* In the order of names. What editors leave beside a file (NAME.conf~, .NAME.conf.swp) is none. */
static bool
load_accounts (IbConfig *self, const IbPaths *paths, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GDir) dir = g_dir_open (paths->accounts, 0, &why);
    const char *file_name;
    if (dir == NULL && !g_error_matches (why, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    while (dir != NULL && (file_name = next_name (dir)) != NULL)
        if (g_str_has_suffix (file_name, ".conf") && *file_name != '.')
            g_ptr_array_add (files, g_strdup (file_name));
    if (dir != NULL && errno != 0) {
        g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", paths->accounts,
                     g_strerror (errno));
        return false;
    }

    g_ptr_array_sort (files, compare_names);
    for (guint i = 0; i < files->len; i++)
        load_account (self, paths, g_ptr_array_index (files, i));
    return true;
}

/* --- the whole --------------------------------------------------------------------------------------------------------------- */

static IbConfig *
config_new (void)
{
    IbConfig *self = g_new0 (IbConfig, 1);
    self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_account_free);
    self->broken = g_ptr_array_new_with_free_func (broken_free);
    return self;
}

/* Whoever asks for the configuration has one question only: does it parse? Takes @why. */
static bool
settings_failed (GError **error, IbConfigError code, GError *why)
{
    g_set_error_literal (error, IB_CONFIG_ERROR, code, why->message);
    g_error_free (why);
    return false;
}

static IbConfig *
load (const IbPaths *paths, bool wants_scripts, GError **error)
{
    GError *why = NULL;
    gsize length;
    g_autoptr (IbConfig) self = config_new ();
    g_autofree char *text = load_text (paths, &length, &why);
    if (text == NULL || !parse (self, paths, wants_scripts, paths->config_file, text, length, &why)
        || !load_accounts (self, paths, &why)) {
        settings_failed (error, IB_CONFIG_ERROR_PARSE, why);
        return NULL;
    }
    self->filters = g_strdup (paths->filters);
    self->lists = g_build_filename (paths->filters, "lists", NULL);
    return g_steal_pointer (&self);
}

IbConfig *
ib_config_load (const IbPaths *paths, GError **error)
{
    return load (paths, true, error);
}

IbConfig *
ib_config_load_to_mend (const IbPaths *paths, GError **error)
{
    return load (paths, false, error);
}

const IbAccount *
ib_config_account (const IbConfig *self, const char *name)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        const IbAccount *account = g_ptr_array_index (self->accounts, i);
        if (strcmp (account->name, name) == 0)
            return account;
    }
    return NULL;
}

const IbBrokenAccount *
ib_config_broken (const IbConfig *self, const char *name)
{
    for (guint i = 0; i < self->broken->len; i++) {
        const IbBrokenAccount *broken = g_ptr_array_index (self->broken, i);
        if (strcmp (broken->name, name) == 0)
            return broken;
    }
    return NULL;
}

static void
add_address (GPtrArray *addresses, const char *address)
{
    g_autofree char *lower = g_utf8_strdown (address, -1);
    if (!g_ptr_array_find_with_equal_func (addresses, lower, g_str_equal, NULL))
        g_ptr_array_add (addresses, g_steal_pointer (&lower));
}

char **
ib_config_own_addresses (const IbConfig *self)
{
    GPtrArray *addresses = g_ptr_array_new ();
    for (guint i = 0; i < self->accounts->len; i++) {
        const IbAccount *account = g_ptr_array_index (self->accounts, i);
        add_address (addresses, account->address);
        for (gsize j = 0; account->aliases[j] != NULL; j++)
            add_address (addresses, account->aliases[j]);
    }
    g_ptr_array_add (addresses, NULL);
    return (char **) g_ptr_array_free (addresses, FALSE);
}

char *
ib_config_without_detail (const char *address)
{
    const char *plus = strchr (address, '+'), *at = strrchr (address, '@');
    if (plus == NULL || at == NULL || plus == address || plus > at)
        return g_strdup (address);
    return g_strdup_printf ("%.*s%s", (int) (plus - address), address, at);
}

const char *const *
ib_config_scripts (const IbConfig *self, const IbAccount *account)
{
    return (const char *const *) (account->scripts != NULL ? account->scripts : self->scripts);
}

bool
ib_config_is_protected (const IbConfig *self, const IbAccount *account)
{
    return account->is_filtered && *ib_config_scripts (self, account) != NULL;
}

/* Returns: (transfer full) (nullable) */
static char *
edit (const IbPaths *paths, const char *text, const IbConfigChange *changes, gsize n_changes, GError **error)
{
    g_autofree char *edited = g_strdup (text);
    for (gsize i = 0; i < n_changes; i++) {
        char *next = ib_settings_file_edit (paths->config_file, edited, rows, changes[i].key,
                                            changes[i].value, error);
        if (next == NULL)
            return NULL;
        g_free (edited);
        edited = next;
    }
    return g_steal_pointer (&edited);
}

/* Several threads may have something to change: none undoes what another has done in between. */
static GMutex changing;

bool
ib_config_change (const IbPaths *paths, const IbConfigChange *changes, gsize n_changes, GError **error)
{
    GError *why = NULL;
    gsize length;
    g_autoptr (GMutexLocker) turn = g_mutex_locker_new (&changing);
    g_autoptr (IbConfig) before = config_new (), after = config_new ();
    g_autofree char *text = load_text (paths, &length, &why);
    if (text == NULL)
        return settings_failed (error, IB_CONFIG_ERROR_PARSE, why);

    /* An error in what was right before is about the values, and no line of the file. */
    bool was_right = parse (before, paths, true, NULL, text, length, NULL);
    const char *shown_path = was_right ? NULL : paths->config_file;
    g_autofree char *edited = edit (paths, text, changes, n_changes, &why);
    if (edited == NULL || !parse (after, paths, true, shown_path, edited, strlen (edited), &why)) {
        IbConfigError code = was_right ? IB_CONFIG_ERROR_VALUE : IB_CONFIG_ERROR_PARSE;
        return settings_failed (error, code, why);
    }
    if (!ib_fs_make_folder (paths->config, &why)
        || !ib_settings_file_save (paths->config_file, edited, strlen (edited), &why))
        return settings_failed (error, IB_CONFIG_ERROR_PARSE, why);
    return true;
}

bool
ib_config_set (const IbPaths *paths, const char *key, const char *value, GError **error)
{
    const IbConfigChange change = { key, value };
    return ib_config_change (paths, &change, 1, error);
}

bool
ib_config_remove_account (const IbPaths *paths, const char *name, GError **error)
{
    g_autofree char *path = g_strdup_printf ("%s/%s.conf", paths->accounts, name);
    if (unlink (path) != 0) {
        g_set_error (error, G_FILE_ERROR, (int) g_file_error_from_errno (errno), "%s: %s", path,
                     g_strerror (errno));
        return false;
    }
    return ib_fs_sync_folder (paths->accounts, error);
}

void
ib_config_free (IbConfig *self)
{
    if (self == NULL)
        return;
    g_free (self->maildir);
    g_strfreev (self->scripts);
    g_free (self->filters);
    g_free (self->lists);
    g_strfreev (self->relays);
    g_strfreev (self->authserv_ids);
    g_free (self->after_delivery);
    g_ptr_array_unref (self->accounts);
    g_ptr_array_unref (self->broken);
    g_free (self);
}
