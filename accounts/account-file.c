/* account-file.c - accounts/NAME.conf: the table of its keys, and what must hold between them */
#include "account-file.h"
#include "face.h"
#include "nearest.h"
#include "online-accounts.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define FIELD(type, row, settings) (*(type *) G_STRUCT_MEMBER_P (settings, (row)->offset))

static void
put (char **field, const char *text)
{
    char *copy = g_strdup (text);
    g_free (*field);
    *field = copy;
}

/* --- kinds that only accounts have ------------------------------------------------------------------------------- */

/* local "@" domain, without the quoted and commented forms that no mailbox provider hands out */
static bool
is_address (const char *text)
{
    const char *at = strrchr (text, '@');
    if (at == NULL || at == text || at[1] == '\0' || strpbrk (text, " \t<>(),;:\"\\[]") != NULL)
        return false;
    return strchr (text, '@') == at && at[1] != '.' && !g_str_has_suffix (text, ".")
           && strstr (at, "..") == NULL;
}

static bool
read_address (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (*text != '\0' && !is_address (text))
        return ib_setting_refuse (error, text, _ ("a mail address like anna@example.org"));
    put (&FIELD (char *, row, settings), text);
    return true;
}

static char *
write_text (const IbSettingRow *row, gconstpointer settings)
{
    return ib_setting_text.write (row, settings);
}

static bool
read_addresses (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (!ib_setting_list.read (row, text, settings, error))
        return false;
    char **addresses = FIELD (char **, row, settings);
    for (gsize i = 0; addresses[i] != NULL; i++)
        if (!is_address (addresses[i]))
            return ib_setting_refuse (error, addresses[i], _ ("a mail address like anna@example.org"));
    return true;
}

static char *
write_list (const IbSettingRow *row, gconstpointer settings)
{
    return ib_setting_list.write (row, settings);
}

static bool
is_host (const char *text)
{
    if (g_hostname_is_ip_address (text))
        return true;
    for (const char *at = text; *at != '\0'; at++)
        if (!g_ascii_isalnum (*at) && strchr ("-._", *at) == NULL && (guchar) *at < 0x80)
            return false;
    return *text != '.' && *text != '-' && strstr (text, "..") == NULL;
}

static bool
read_host (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (*text != '\0' && !is_host (text)) {
        bool has_comment = strchr (text, '#') != NULL;
        return ib_setting_refuse (
            error, text,
            has_comment ? _ ("a server's name; a comment goes on a line of its own")
                        : ib_face_words (
                            _ ("a server's name like imap.example.org; the port goes into port="),
                            _ ("a server's name like imap.example.org; the port has a field of its own")));
    }
    put (&FIELD (char *, row, settings), text);
    return true;
}

static bool
read_port (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    guint64 port = 0;
    if (*text != '\0' && (!ib_units_parse_number (text, 1, G_MAXUINT16, &port)))
        return ib_setting_refuse (error, text, _ ("a port from 1 to 65535"));
    FIELD (guint16, row, settings) = (guint16) port;
    return true;
}

static char *
write_port (const IbSettingRow *row, gconstpointer settings)
{
    guint port = FIELD (const guint16, row, settings);
    return port == 0 ? g_strdup ("") : g_strdup_printf ("%u", port);
}

static bool
read_ca_file (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (!ib_setting_path.read (row, text, settings, error))
        return false;
    const char *path = FIELD (char *, row, settings);
    if (*path != '\0' && !g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return ib_setting_refuse (error, text, _ ("a file that is there"));
    return true;
}

/* fingerprint = "sha256:" 64HEXDIG, colons anywhere between them */
static bool
read_fingerprint (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    g_autoptr (GString) digits = g_string_new (NULL);
    bool is_good = *text == '\0' || g_ascii_strncasecmp (text, "sha256:", 7) == 0;
    for (const char *at = text + (is_good && *text != '\0' ? 7 : 0); is_good && *at != '\0'; at++) {
        is_good = *at == ':' || g_ascii_isxdigit (*at);
        if (*at != ':')
            g_string_append_c (digits, g_ascii_tolower (*at));
    }
    if (!is_good || (*text != '\0' && digits->len != 64))
        return ib_setting_refuse (error, text,
                                  _ ("sha256: and the 64 hexadecimal digits of the certificate's SHA-256"));
    put (&FIELD (char *, row, settings), digits->str);
    return true;
}

static char *
write_fingerprint (const IbSettingRow *row, gconstpointer settings)
{
    const char *digits = FIELD (char *const, row, settings);
    return *digits == '\0' ? g_strdup ("") : g_strconcat ("sha256:", digits, NULL);
}

/* A word, and behind a colon what it is about: @forms has each of @words with that. */
static bool
refuse_word (GError **error, const char *text, const char *const *words, const char *const *forms,
             const char *shown)
{
    g_autofree char *word = g_strndup (text, strcspn (text, ":"));
    const char *nearest = ib_nearest (word, words);
    if (nearest == NULL)
        return ib_setting_refuse (error, text, shown);
    while (strcmp (*words, nearest) != 0) {
        words++;
        forms++;
    }
    g_autofree char *expected = g_strdup_printf (_ ("%s; did you mean \"%s\"?"), shown, *forms);
    return ib_setting_refuse (error, text, expected);
}

static const char *const secret_words[] = { "keyring", "command", "credential", "file", "goa", NULL };
static const char *const secret_forms[]
    = { "keyring", "command:…", "credential:NAME", "file:PATH", "goa:ID", NULL };

static bool
check_secret (IbSecretSource source, const char *value, GError **error)
{
    g_autoptr (GError) why = NULL;
    switch (source) {
    case IB_SECRET_KEYRING:
        return true;
    case IB_SECRET_COMMAND:
        if (g_shell_parse_argv (value, NULL, NULL, &why))
            return true;
        return ib_setting_refuse (error, value,
                                  _ ("a command that can be split into words: mind its quotes"));
    case IB_SECRET_CREDENTIAL:
        return (*value != '\0' && strchr (value, '/') == NULL && *value != '.')
               || ib_setting_refuse (error, value, _ ("the name of a systemd credential"));
    case IB_SECRET_FILE:
        return g_path_is_absolute (value)
               || ib_setting_refuse (error, value, _ ("a path that begins with / or ~/"));
    case IB_SECRET_GOA:
        return ib_online_accounts_id_is_valid (value)
               || ib_setting_refuse (error, value,
                                     _ ("the id of a GNOME account; “inbasket account import goa” finds it"));
    }
    g_assert_not_reached ();
}

/* secret = "keyring" / "command:" words / "credential:" name / "file:" path / "goa:" id */
static bool
read_secret (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    IbAccount *account = settings;
    for (guint i = 0; secret_words[i] != NULL; i++) {
        gsize length = strlen (secret_words[i]);
        bool has_value = i != IB_SECRET_KEYRING;
        if (strncmp (text, secret_words[i], length) != 0 || text[length] != (has_value ? ':' : '\0'))
            continue;

        const char *value = text + length + has_value;
        g_autofree char *path = i == IB_SECRET_FILE ? ib_setting_expand_path (value) : NULL;
        if (!check_secret ((IbSecretSource) i, path != NULL ? path : value, error))
            return false;
        account->secret_source = (IbSecretSource) i;
        put (&account->secret_value, path != NULL ? path : value);
        return true;
    }
    /* A password put here by mistake must not go on into logs. */
    g_autofree char *word = g_strndup (text, strcspn (text, ":"));
    g_autofree char *shown = g_strconcat (word, text[strlen (word)] == ':' ? ":…" : "", NULL);
    return refuse_word (error, ib_nearest (word, secret_words) != NULL ? shown : "…", secret_words,
                        secret_forms, _ ("keyring, command:…, credential:NAME, file:PATH or goa:ID"));
}

static char *
write_secret (const IbSettingRow *row, gconstpointer settings)
{
    const IbAccount *account = settings;
    const char *word = secret_words[account->secret_source];
    return account->secret_source == IB_SECRET_KEYRING ? g_strdup (word)
                                                       : g_strconcat (word, ":", account->secret_value, NULL);
}

static bool
read_since (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    gint64 seconds;
    if (*text != '\0' && !ib_units_parse_duration (text, &seconds) && !ib_units_parse_date (text, &seconds))
        return ib_setting_refuse (error, text, _ ("a time like 30d, or a day like 2026-01-31"));
    put (&FIELD (char *, row, settings), text);
    return true;
}

static const char *const after_words[] = { "keep", "delete", "delete-after", "move", NULL };
static const char *const after_forms[] = { "keep", "delete", "delete-after:14d", "move:FOLDER", NULL };

/* after = "keep" / "delete" / "delete-after:" duration / "move:" folder */
static bool
read_after (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    IbAccount *account = settings;
    const char *folder = g_str_has_prefix (text, "move:") ? text + strlen ("move:") : "";
    gint64 delay_s = 0;
    if (strcmp (text, "keep") == 0)
        account->after = IB_AFTER_KEEP;
    else if (strcmp (text, "delete") == 0)
        account->after = IB_AFTER_DELETE;
    else if (g_str_has_prefix (text, "delete-after:")
             && ib_units_parse_duration (text + strlen ("delete-after:"), &delay_s) && delay_s > 0)
        account->after = IB_AFTER_DELETE;
    else if (*folder != '\0')
        account->after = IB_AFTER_MOVE;
    else
        return refuse_word (error, text, after_words, after_forms,
                            _ ("keep, delete, delete-after:14d or move:FOLDER"));

    account->after_delay_s = delay_s;
    put (&account->after_folder, folder);
    return true;
}

static char *
write_after (const IbSettingRow *row, gconstpointer settings)
{
    const IbAccount *account = settings;
    g_autofree char *delay = ib_units_duration_text (account->after_delay_s);
    switch (account->after) {
    case IB_AFTER_KEEP:
        return g_strdup ("keep");
    case IB_AFTER_DELETE:
        return account->after_delay_s == 0 ? g_strdup ("delete") : g_strconcat ("delete-after:", delay, NULL);
    case IB_AFTER_MOVE:
        return g_strconcat ("move:", account->after_folder, NULL);
    }
    g_assert_not_reached ();
}

static bool
read_folders (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    if (!ib_setting_list.read (row, text, settings, error))
        return false;
    char **folders = FIELD (char **, row, settings);
    bool includes = false;
    for (gsize i = 0; folders[i] != NULL; i++)
        includes |= folders[i][0] != '!';
    return includes
           || ib_setting_refuse (error, text,
                                 _ ("a list that names a folder to fetch, like INBOX; ! only leaves out"));
}

/* folder = levels of text, %a, %f, %% */
static bool
read_folder (const IbSettingRow *row, const char *text, gpointer settings, GError **error)
{
    for (const char *at = strchr (text, '%'); at != NULL; at = strchr (at + 2, '%'))
        if (at[1] == '\0' || strchr ("af%", at[1]) == NULL)
            return ib_setting_refuse (
                error, text, _ ("a folder: after % goes a (the account), f (the server's folder) or %"));
    if (*text != '\0') {
        g_auto (GStrv) levels = g_strsplit_set (text, "./", -1);
        for (gsize i = 0; levels[i] != NULL; i++)
            if (*levels[i] == '\0' || levels[i][0] == ' ' || g_str_has_suffix (levels[i], " "))
                return ib_setting_refuse (error, text, _ ("a folder like Work or Lists.%f"));
    }
    put (&FIELD (char *, row, settings), text);
    return true;
}

static const IbSettingKind kind_address = { read_address, write_text, false, false };
static const IbSettingKind kind_addresses = { read_addresses, write_list, true, false };
static const IbSettingKind kind_host = { read_host, write_text, false, false };
static const IbSettingKind kind_port = { read_port, write_port, false, false };
static const IbSettingKind kind_ca_file = { read_ca_file, write_text, false, false };
static const IbSettingKind kind_fingerprint = { read_fingerprint, write_fingerprint, false, false };
static const IbSettingKind kind_secret = { read_secret, write_secret, false, true };
static const IbSettingKind kind_since = { read_since, write_text, false, false };
static const IbSettingKind kind_after = { read_after, write_after, false, false };
static const IbSettingKind kind_folders = { read_folders, write_list, true, false };
static const IbSettingKind kind_folder = { read_folder, write_text, false, false };

/* --- the table ----------------------------------------------------------------------------------------------------- */

static const char *const protocols[] = { "imap", "pop3", NULL };
static const char *const securities[] = { "tls", "starttls", "none", NULL };
static const char *const auths[] = { "password", "oauth2", NULL };
static const char *const server_junks[] = { "none", "move", NULL };

#define AT(field) G_STRUCT_OFFSET (IbAccount, field)

/* In the order in which `account show` and the man page have them, and a new file gets them. */
static const IbSettingRow rows[] = {
    { "account", "address", &kind_address, AT (address), "" },
    { "account", "aliases", &kind_addresses, AT (aliases), "" },
    { "account", "enabled", &ib_setting_bool, AT (is_enabled), "true" },
    { "account", "protocol", &ib_setting_word, AT (protocol), "imap", protocols },
    { "account", "host", &kind_host, AT (host), "" },
    { "account", "port", &kind_port, AT (port), "" },
    { "account", "security", &ib_setting_word, AT (security), "tls", securities },
    { "account", "allow-plaintext", &ib_setting_bool, AT (allow_plaintext), "false" },
    { "account", "ca-file", &kind_ca_file, AT (ca_file), "" },
    { "account", "fingerprint", &kind_fingerprint, AT (fingerprint), "" },
    { "account", "user", &ib_setting_text, AT (user), "" },
    { "account", "auth", &ib_setting_word, AT (auth), "password", auths },
    { "account", "secret", &kind_secret, AT (secret_value), "keyring" },
    { "account", "provider", &ib_setting_text, AT (provider), "" },
    { "account", "oauth2-client-id", &ib_setting_text, AT (oauth2_client_id), "" },
    { "account", "oauth2-client-secret", &ib_setting_text, AT (oauth2_client_secret), "" },
    { "account", "oauth2-auth-url", &ib_setting_text, AT (oauth2_auth_url), "" },
    { "account", "oauth2-token-url", &ib_setting_text, AT (oauth2_token_url), "" },
    { "account", "oauth2-device-url", &ib_setting_text, AT (oauth2_device_url), "" },
    { "account", "oauth2-scope", &ib_setting_text, AT (oauth2_scope), "" },
    { "fetch", "folders", &kind_folders, AT (folders), "INBOX" },
    { "fetch", "since", &kind_since, AT (since), "" },
    { "fetch", "after", &kind_after, AT (after_folder), "keep" },
    { "fetch", "max-size", &ib_setting_size, AT (max_size_bytes), "" },
    { "fetch", "interval", &ib_setting_duration, AT (interval_s), "5m" },
    { "fetch", "push", &ib_setting_bool, AT (has_push), "true" },
    { "filter", "enabled", &ib_setting_bool, AT (is_filtered), "true" },
    { "filter", "scripts", &ib_setting_scripts, AT (scripts), NULL },
    { "filter", "server-junk", &ib_setting_word, AT (server_junk), "none", server_junks },
    { "filter", "folder", &kind_folder, AT (folder), "" },
    { NULL, NULL, NULL, 0, NULL },
};

/* --- what must hold between keys ------------------------------------------------------------------------------------- */

static bool
check_present (const IbAccount *account, const IbSettingsFile *file, GError **error)
{
    if (*account->address == '\0')
        return ib_settings_file_refuse (
            file, error, "account", "address",
            ib_face_words (_ ("address is missing; add address=YOU@EXAMPLE.ORG to [account]"),
                           _ ("The account needs your address")));
    if (*account->host == '\0')
        return ib_settings_file_refuse (
            file, error, "account", "host",
            ib_face_words (
                _ ("host is missing; add host=%s.EXAMPLE.ORG, the mail server's name, to [account]"),
                _ ("The account needs the name of its mail server, like %s.EXAMPLE.ORG")),
            protocols[account->protocol]);
    return true;
}

static bool
check_security (const IbAccount *account, const IbSettingsFile *file, GError **error)
{
    if (account->security != IB_SECURITY_NONE || ib_account_may_be_plaintext (account))
        return true;
    return ib_settings_file_refuse (
        file, error, "account", "security",
        ib_face_words (_ ("security: none sends password and mail to %s readable by anyone on the way; "
                          "use tls or starttls, or add allow-plaintext=true if you want that"),
                       _ ("Without security, password and mail go to %s readable by anyone on the way; "
                          "choose TLS or STARTTLS")),
        account->host);
}

/* POP3 has one maildrop, and knows no folder to move to. */
static bool
check_protocol (const IbAccount *account, const IbSettingsFile *file, GError **error)
{
    if (account->protocol != IB_PROTOCOL_POP3)
        return true;
    if (account->folders[1] != NULL || g_ascii_strcasecmp (account->folders[0], "INBOX") != 0)
        return ib_settings_file_refuse (
            file, error, "fetch", "folders",
            ib_face_words (_ ("folders: POP3 has no folder but INBOX; use protocol=imap for others"),
                           _ ("folders: POP3 has no folder but INBOX; choose IMAP for others")));
    if (account->after == IB_AFTER_MOVE)
        return ib_settings_file_refuse (
            file, error, "fetch", "after",
            _ ("after: POP3 cannot move mail; use keep, delete or delete-after:14d"));
    if (account->server_junk == IB_SERVER_JUNK_MOVE)
        return ib_settings_file_refuse (
            file, error, "filter", "server-junk",
            ib_face_words (_ ("server-junk: POP3 cannot move mail; use none, or protocol=imap"),
                           _ ("server-junk: POP3 cannot move mail; IMAP can")));
    return true;
}

static bool
check_name (const IbAccount *account, const IbSettingsFile *file, GError **error)
{
    if (ib_account_name_is_valid (account->name))
        return true;
    return ib_settings_file_refuse (
        file, error, "account", "address",
        _ ("\"%s\" cannot be an account's name: it begins with a-z or 0-9 and goes on with those, "
           "\".\", \"_\" and \"-\"; rename the file"),
        account->name);
}

/* --- reading and writing ------------------------------------------------------------------------------------------------ */

static char *
name_of (const char *path)
{
    g_autofree char *base = g_path_get_basename (path);
    return g_strndup (base, strlen (base) - (g_str_has_suffix (base, ".conf") ? strlen (".conf") : 0));
}

static IbAccount *
parse (const char *shown_path, const char *name, const char *text, gsize length, GError **error)
{
    g_autoptr (IbSettingsFile) file = ib_settings_file_parse (shown_path, text, length, rows, error);
    if (file == NULL)
        return NULL;

    g_autoptr (IbAccount) account = g_new0 (IbAccount, 1);
    account->name = g_strdup (name);
    if (!ib_settings_file_read (file, account, error) || !check_name (account, file, error)
        || !check_present (account, file, error) || !check_security (account, file, error)
        || !check_protocol (account, file, error))
        return NULL;

    if (*account->user == '\0')
        put (&account->user, account->address);
    return g_steal_pointer (&account);
}

IbAccount *
ib_account_parse (const char *path, const char *text, gsize length, GError **error)
{
    g_autofree char *name = name_of (path);
    return parse (path, name, text, length, error);
}

IbAccount *
ib_account_load (const char *path, GError **error)
{
    gsize length;
    g_autofree char *text = ib_settings_file_load (path, &length, error);
    return text != NULL ? ib_account_parse (path, text, length, error) : NULL;
}

static const char *
find_value (const char *const *keys_and_values, const char *name)
{
    for (gsize i = 0; keys_and_values[i] != NULL; i += 2)
        if (strcmp (keys_and_values[i], name) == 0)
            return keys_and_values[i + 1];
    return NULL;
}

/* In the table's order, so that a new file reads like the documentation. */
static char *
edit_text (const char *path, const char *text, const char *const *keys_and_values, GError **error)
{
    for (gsize i = 0; keys_and_values[i] != NULL; i += 2)
        if (ib_settings_find_row (rows, keys_and_values[i], error) == NULL)
            return NULL;

    g_autofree char *edited = g_strdup (text);
    for (const char *const *name = ib_account_file_keys (); *name != NULL; name++) {
        const char *value = find_value (keys_and_values, *name);
        if (value == NULL)
            continue;
        char *next = ib_settings_file_edit (path, edited, rows, *name, *value != '\0' ? value : NULL, error);
        if (next == NULL)
            return NULL;
        g_free (edited);
        edited = next;
    }
    return g_steal_pointer (&edited);
}

char *
ib_account_file_edit (const char *path, const char *const *keys_and_values, IbAccount **out_account,
                      GError **error)
{
    gsize length = 0;
    g_autoptr (GError) why = NULL;
    g_autofree char *text = ib_settings_file_load (path, &length, &why);
    bool is_new = g_error_matches (why, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING);
    if (text == NULL && !is_new) {
        g_propagate_error (error, g_steal_pointer (&why));
        return NULL;
    }

    g_autofree char *name = name_of (path);
    g_autoptr (IbAccount) before = is_new ? NULL : parse (path, name, text, length, NULL);
    g_autofree char *edited = edit_text (path, is_new ? "" : text, keys_and_values, error);
    if (edited == NULL)
        return NULL;
    /* What was right before, and in no file yet, is wrong by the values given: their line means nothing to anybody. */
    bool is_mended = !is_new && before == NULL;
    g_autoptr (IbAccount) after = parse (is_mended ? path : NULL, name, edited, strlen (edited), error);
    if (after == NULL)
        return NULL;
    if (out_account != NULL)
        *out_account = g_steal_pointer (&after);
    return g_steal_pointer (&edited);
}

bool
ib_account_file_set (const char *path, const char *const *keys_and_values, GError **error)
{
    g_autofree char *text = ib_account_file_edit (path, keys_and_values, NULL, error);
    return text != NULL && ib_settings_file_save (path, text, strlen (text), error);
}

const char *const *
ib_account_file_keys (void)
{
    static char **names;
    if (g_once_init_enter (&names))
        g_once_init_leave (&names, ib_settings_names (rows));
    return (const char *const *) names;
}

guint
ib_account_file_line (const char *path, const char *key)
{
    gsize length;
    g_autofree char *text = ib_settings_file_load (path, &length, NULL);
    const IbSettingRow *row = ib_settings_find_row (rows, key, NULL);
    g_autoptr (IbSettingsFile) file
        = text != NULL ? ib_settings_file_parse (path, text, length, rows, NULL) : NULL;
    return file != NULL && row != NULL ? ib_settings_file_line (file, row->group, row->key) : 1;
}

char *
ib_account_get_text (const IbAccount *self, const char *key)
{
    const IbSettingRow *row = ib_settings_find_row (rows, key, NULL);
    return row != NULL ? row->kind->write (row, self) : NULL;
}
