/* import-thunderbird.c - a Thunderbird profile: prefs.js, lines of user_pref("name", value); */
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Names to values, both text: strings, numbers, "true" and "false". */
typedef GHashTable Preferences;

/* --- reading --------------------------------------------------------------------------------------------------------------- */

/* string = DQUOTE *(char / "\" char / "\u" 4HEXDIG) DQUOTE. *at is behind it then. NULL: it is none. */
static char *
read_string (const char **at)
{
    g_autoptr (GString) text = g_string_new (NULL);
    const char *c = *at;
    if (*c++ != '"')
        return NULL;
    for (; *c != '\0' && *c != '"' && *c != '\n'; c++) {
        char code[5] = "";
        if (*c != '\\') {
            g_string_append_c (text, *c);
        } else if (c[1] == 'u' && strspn (c + 2, "0123456789abcdefABCDEF") >= 4) {
            memcpy (code, c + 2, 4);
            gunichar letter = (gunichar) g_ascii_strtoull (code, NULL, 16);
            if (letter != 0 && g_unichar_validate (letter))
                g_string_append_unichar (text, letter);
            c += 5;
        } else if (c[1] != '\0' && c[1] != '\n') {
            c++;
            g_string_append_c (text, *c == 'n' ? '\n' : *c == 'r' ? '\r' : *c);
        }
    }
    if (*c != '"')
        return NULL;
    *at = c + 1;
    return g_strdup (text->str);
}

static const char *
skip_blanks (const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

/* pref = "user_pref(" string "," (string / number / "true" / "false") ");" */
static void
read_line (Preferences *preferences, const char *line)
{
    const char *at = line;
    if (!g_str_has_prefix (at, "user_pref("))
        return;
    at = skip_blanks (at + strlen ("user_pref("));
    g_autofree char *name = read_string (&at);
    at = name != NULL ? skip_blanks (at) : at;
    /* All that is of use, of the thousands that there are. */
    if (name == NULL || *at++ != ',' || !g_str_has_prefix (name, "mail."))
        return;
    at = skip_blanks (at);
    char *value = *at == '"' ? read_string (&at) : g_strndup (at, strcspn (at, ") \t"));
    if (value != NULL)
        g_hash_table_replace (preferences, g_steal_pointer (&name), value);
}

static Preferences *
read_preferences (const char *text)
{
    Preferences *preferences = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    IbImportLines lines = { text, 0 };
    char *line;
    while ((line = ib_import_lines_next (&lines)) != NULL) {
        read_line (preferences, line);
        g_free (line);
    }
    return preferences;
}

/* NULL: it is not set. */
static const char *
get (const Preferences *preferences, const char *group, const char *id, const char *key)
{
    g_autofree char *name = g_strdup_printf ("mail.%s.%s.%s", group, id, key);
    return g_hash_table_lookup ((Preferences *) preferences, name);
}

static gint64
get_number (const Preferences *preferences, const char *id, const char *key, gint64 fallback)
{
    const char *text = get (preferences, "server", id, key);
    return text != NULL ? g_ascii_strtoll (text, NULL, 10) : fallback;
}

static bool
get_bool (const Preferences *preferences, const char *id, const char *key, bool fallback)
{
    const char *text = get (preferences, "server", id, key);
    return text != NULL ? strcmp (text, "true") == 0 : fallback;
}

/* --- a server ---------------------------------------------------------------------------------------------------------------- */

/* The real one, if it was changed since the account was made. */
static void
take_text (IbImported *self, const Preferences *preferences, const char *id, const char *real,
           const char *first, const char *key)
{
    const char *text = get (preferences, "server", id, real);
    const char *setting = text != NULL && *text != '\0' ? real : first;
    text = get (preferences, "server", id, setting);
    if (text != NULL && *text != '\0')
        ib_imported_take (self, setting, key, text);
}

static void
take_security (IbImported *self, const Preferences *preferences, const char *id)
{
    /* 1: TLS if the server has it. */
    static const char *const securities[] = { "none", "starttls", "starttls", "tls" };
    gint64 type
        = get_number (preferences, id, "socketType", get_bool (preferences, id, "isSecure", false) ? 3 : 0);
    if (type == 1)
        ib_imported_change (self, "socketType", "account.security", "starttls",
                            _ ("Thunderbird took TLS only if it was offered; here it must be"));
    else
        ib_imported_take (self, "socketType", "account.security", securities[CLAMP (type, 0, 3)]);
}

static void
take_auth (IbImported *self, const Preferences *preferences, const char *id)
{
    gint64 method = get_number (preferences, id, "authMethod", 3);
    if (method == 10)
        ib_imported_take (self, "authMethod", "account.auth", "oauth2");
    else if (method == 5 || method == 6 || method == 7)
        ib_imported_leave (
            self, "authMethod",
            _ ("Inbasket signs in by password or token, not by Kerberos, NTLM or certificate"));
}

static void
take_interval (IbImported *self, const Preferences *preferences, const char *id)
{
    gint64 minutes = get_number (preferences, id, "check_time", 10);
    g_autofree char *interval = g_strdup_printf ("%" G_GINT64_FORMAT "m", minutes);
    if (get (preferences, "server", id, "check_time") != NULL && minutes > 0 && minutes <= 60 * 24 * 7)
        ib_imported_take (self, "check_time", "fetch.interval", interval);
}

static void
take_after (IbImported *self, const Preferences *preferences, const char *id)
{
    gint64 days = get_number (preferences, id, "num_days_to_leave_on_server", 7);
    g_autofree char *later = g_strdup_printf ("delete-after:%" G_GINT64_FORMAT "d", CLAMP (days, 1, 3650));
    if (get (preferences, "server", id, "leave_on_server") == NULL)
        ib_imported_change (
            self, "leave_on_server", "fetch.after", "keep",
            _ ("It is not set, so mail stays on the server; with --after delete it does not"));
    else if (!get_bool (preferences, id, "leave_on_server", false))
        ib_imported_take (self, "leave_on_server", "fetch.after", "delete");
    else if (get_bool (preferences, id, "delete_by_age_from_server", false))
        ib_imported_change (
            self, "delete_by_age_from_server", "fetch.after", later,
            _ ("It holds for what Inbasket fetches; what is on the server already stays there"));
    else
        ib_imported_take (self, "leave_on_server", "fetch.after", "keep");
    if (get_bool (preferences, id, "delete_mail_left_on_server", false))
        ib_imported_leave (self, "delete_mail_left_on_server",
                           _ ("Mail is fetched only: what you delete here is not deleted on the server"));
}

static void
take_imap (IbImported *self, const Preferences *preferences, const char *id)
{
    if (get_bool (preferences, id, "check_all_folders_for_new", false)) {
        ib_imported_take (self, "check_all_folders_for_new", "fetch.folders", "*");
        ib_imported_set (self, "filter.folder", "%f");
    }
    if (get (preferences, "server", id, "use_idle") != NULL)
        ib_imported_take (self, "use_idle", "fetch.push",
                          get_bool (preferences, id, "use_idle", true) ? "true" : "false");
}

static void
leave_rest (IbImported *self, const Preferences *preferences, const char *id)
{
    static const struct {
        const char *key, *reason;
    } rest[] = {
        { "moveOnSpam",
          N_ ("Junk goes into the folder Junk; server-junk=move has it moved on the server, too") },
        { "spamLevel", N_ ("Inbasket's own classifier judges, and learns from what you move") },
        { "directory",
          N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf; Thunderbird's own folders stay") },
        { "deferred_to_account", N_ ("All accounts' mail comes together here: folder= can part it") },
        { "filterLog", NULL },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rest); i++)
        if (get (preferences, "server", id, rest[i].key) != NULL && rest[i].reason != NULL)
            ib_imported_leave (self, rest[i].key, _ (rest[i].reason));
    ib_imported_leave (self, _ ("message filters"),
                       _ ("They are in a file of their own, and are a Sieve filter's work here"));
}

/* --- accounts ------------------------------------------------------------------------------------------------------------------ */

/* The first identity's is the address, the others' are aliases. */
static void
take_addresses (IbImported *self, const Preferences *preferences, const char *account)
{
    const char *text = get (preferences, "account", account, "identities");
    g_auto (GStrv) identities = g_strsplit (text != NULL ? text : "", ",", 100);
    g_autoptr (GString) aliases = g_string_new (NULL);
    for (gsize i = 0; identities[i] != NULL; i++) {
        const char *address = get (preferences, "identity", g_strstrip (identities[i]), "useremail");
        const char *first = ib_imported_get (self, "account.address");
        if (address == NULL || *address == '\0')
            continue;
        if (first == NULL)
            ib_imported_take (self, "useremail", "account.address", address);
        else if (g_ascii_strcasecmp (first, address) != 0)
            ib_import_append_element (aliases, address);
    }
    if (aliases->len > 0)
        ib_imported_take (self, "identities", "account.aliases", aliases->str);
}

static void
import_account (IbImport *import, const Preferences *preferences, const char *account)
{
    const char *id = get (preferences, "account", account, "server");
    const char *type = id != NULL ? get (preferences, "server", id, "type") : NULL;
    const char *name = id != NULL ? get (preferences, "server", id, "name") : NULL;
    bool is_imap = g_strcmp0 (type, "imap") == 0, is_pop3 = g_strcmp0 (type, "pop3") == 0;
    if (!is_imap && !is_pop3) {
        if (type != NULL && strcmp (type, "none") != 0)
            ib_import_leave (import, name != NULL ? name : account,
                             _ ("Its server speaks neither IMAP nor POP3"));
        return;
    }
    IbImported *self = ib_import_add (import, name != NULL ? name : account, name != NULL ? name : "");
    ib_imported_take (self, "type", "account.protocol", type);
    take_text (self, preferences, id, "realhostname", "hostname", "account.host");
    take_text (self, preferences, id, "port", "port", "account.port");
    take_security (self, preferences, id);
    take_text (self, preferences, id, "realuserName", "userName", "account.user");
    take_auth (self, preferences, id);
    take_addresses (self, preferences, account);
    take_interval (self, preferences, id);
    if (is_pop3)
        take_after (self, preferences, id);
    else
        take_imap (self, preferences, id);
    leave_rest (self, preferences, id);
    ib_imported_leave (self, _ ("the password"), _ ("Thunderbird keeps it encrypted, for itself"));
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    Preferences *preferences = read_preferences (text);
    const char *list = g_hash_table_lookup (preferences, "mail.accountmanager.accounts");
    g_auto (GStrv) accounts = g_strsplit (list != NULL ? list : "", ",", -1);
    for (gsize i = 0; accounts[i] != NULL && import->accounts->len < IB_LIMIT_IMPORT_ACCOUNTS; i++)
        import_account (import, preferences, g_strstrip (accounts[i]));
    g_hash_table_unref (preferences);
    return true;
}

/* --- profiles ------------------------------------------------------------------------------------------------------------------ */

static void
add_profiles (const char *folder, GPtrArray *paths)
{
    gsize length;
    guint line;
    g_autofree char *ini = g_build_filename (folder, "profiles.ini", NULL);
    g_autofree char *text
        = g_file_test (ini, G_FILE_TEST_IS_REGULAR) ? ib_import_load (ini, &length, NULL) : NULL;
    g_autoptr (GPtrArray) sections = text != NULL ? ib_import_sections_parse (text, &line) : NULL;
    for (guint i = 0; sections != NULL && i < sections->len; i++) {
        const IbImportSection *section = sections->pdata[i];
        const char *path = ib_import_section_get (section, "path");
        if (!g_str_has_prefix (section->name, "Profile") || path == NULL)
            continue;
        g_autofree char *whole = g_path_is_absolute (path)
                                     ? g_build_filename (path, "prefs.js", NULL)
                                     : g_build_filename (folder, path, "prefs.js", NULL);
        if (g_file_test (whole, G_FILE_TEST_IS_REGULAR)
            && !g_ptr_array_find_with_equal_func (paths, whole, g_str_equal, NULL))
            g_ptr_array_add (paths, g_steal_pointer (&whole));
    }
}

static const char *const places[] = { ".thunderbird", ".var/app/org.mozilla.Thunderbird/.thunderbird",
                                      "snap/thunderbird/common/.thunderbird", NULL };

static void
locate (const char *home, GPtrArray *paths)
{
    for (const char *const *place = places; *place != NULL; place++) {
        g_autofree char *folder = g_build_filename (home, *place, NULL);
        add_profiles (folder, paths);
    }
}

const IbImportFormat ib_import_thunderbird = { "thunderbird", places, locate, parse, NULL, NULL, "prefs.js" };
