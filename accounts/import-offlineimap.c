/* import-offlineimap.c - OfflineIMAP's configuration: [Account X] names a remote and a local [Repository Y] */
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- the remote repository ------------------------------------------------------------------------------------------------ */

static const IbImportRule repository_rules[] = {
    { "type", NULL, NULL }, /* read before, as are these */
    { "ssl", NULL, NULL },
    { "starttls", NULL, NULL },
    { "folderfilter", NULL, NULL },
    { "folderincludes", NULL, NULL },
    { "remotehost", "account.host", NULL },
    { "remoteport", "account.port", NULL },
    { "remoteuser", "account.user", NULL },
    { "oauth2_client_id", "account.oauth2-client-id", NULL },
    { "oauth2_client_secret", "account.oauth2-client-secret", NULL },
    { "oauth2_request_url", "account.oauth2-token-url", NULL },
    { "oauth2_access_token", NULL, N_ ("Access tokens are good for an hour; a fresh one is asked for") },
    { "remotehosteval", NULL, N_ ("It is Python, which is not run: set host= by hand") },
    { "remoteusereval", NULL, N_ ("It is Python, which is not run: set user= by hand") },
    { "remotepasseval", NULL,
      N_ ("It is Python, which is not run: let a program print the password, secret=command:…") },
    { "remoteporteval", NULL, N_ ("It is Python, which is not run: set port= by hand") },
    { "remote_identity", NULL, N_ ("Signing in for another is not spoken") },
    { "nametrans", NULL,
      N_ ("It is Python, which is not run; folder= says into which folder here mail goes") },
    { "idlefolders", NULL, N_ ("push= watches all that is fetched") },
    { "reference", NULL, N_ ("Folders are named in full in folders=") },
    { "subscribedonly", NULL, N_ ("folders= goes by names; what is not wanted is left out with “!”") },
    { "ssl_version", NULL, N_ ("It is TLS 1.2 or later, always") },
    { "tls_level", NULL, NULL },
    { "sslclientcert", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "sslclientkey", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "maxconnections", NULL, NULL },
    { "holdconnectionopen", NULL, NULL },
    { "keepalive", NULL, NULL },
    { "usecompression", NULL, NULL },
    { "decodefoldernames", NULL, NULL },
    { "proxy", NULL, N_ ("The proxy is the one that the desktop's settings name") },
    { "realdelete", NULL, N_ ("Mail is fetched only: what you delete here is not deleted on the server") },
    { "expunge", NULL,
      N_ ("Mail is fetched only, and stays on the server; with after= it is deleted or moved there once it is "
          "safe here") },
    { "sync_deletes", NULL, N_ ("Mail is fetched only: what you delete here is not deleted on the server") },
    { "createfolders", NULL, N_ ("On the server no folder is made") },
    { "readonly", NULL, NULL }, /* mail goes one way here in any case */
    { "foldersort", NULL, NULL },
    { "forcefoldersort", NULL, NULL },
    { "copy_ignore_eval", NULL, N_ ("It is Python, which is not run") },
    { NULL, NULL, NULL },
};

static bool
is_yes (const IbImportSection *section, const char *key, bool fallback)
{
    const char *text = ib_import_section_get (section, key);
    return text != NULL ? ib_import_is_yes (text) : fallback;
}

static void
take_security (IbImported *self, const IbImportSection *repository, bool is_gmail)
{
    const char *security = is_yes (repository, "ssl", true) || is_gmail ? "tls"
                           : is_yes (repository, "starttls", true)      ? "starttls"
                                                                        : "none";
    ib_imported_take (self, "ssl", "account.security", security);
}

static void
take_mechanisms (IbImported *self, const char *value)
{
    bool is_token = strstr (value, "XOAUTH2") != NULL && strstr (value, "PLAIN") == NULL
                    && strstr (value, "LOGIN") == NULL;
    if (is_token)
        ib_imported_take (self, "auth_mechanisms", "account.auth", "oauth2");
    else if (strstr (value, "XOAUTH2") == NULL)
        ib_imported_leave (self, "auth_mechanisms",
                           _ ("The safest way to sign in that the server has is used, always"));
}

static void
take_entry (IbImported *self, const char *home, const char *folder, const IbImportEntry *entry)
{
    const char *key = entry->key, *value = entry->text->str;
    g_autofree char *path = ib_import_path (home, folder, value);
    g_autofree char *secret = g_strconcat ("file:", path, NULL);
    if (strcmp (key, "remotepass") == 0)
        ib_imported_keep_password (self, key, value);
    else if (strcmp (key, "remotepassfile") == 0)
        ib_imported_change (
            self, key, "account.secret", secret,
            _ ("The file must be for your eyes only (0600), in a folder that is so, too (0700)"));
    else if (strcmp (key, "oauth2_refresh_token") == 0) {
        ib_imported_set (self, "account.auth", "oauth2");
        ib_imported_keep_password (self, key, value);
    } else if (strcmp (key, "auth_mechanisms") == 0)
        take_mechanisms (self, value);
    else if (strcmp (key, "sslcacertfile") == 0 && strcmp (value, "OS-DEFAULT") != 0)
        ib_imported_take_ca (self, key, path);
    else if (strcmp (key, "cert_fingerprint") == 0)
        ib_imported_take_fingerprint (self, key, value);
    else if (strcmp (key, "preauthtunnel") == 0 || strcmp (key, "transporttunnel") == 0)
        ib_imported_refuse (self, _ ("It reaches its server through a command, which Inbasket cannot"));
    else if (strcmp (key, "sslcacertfile") != 0 && !ib_imported_apply (self, repository_rules, key, value))
        ib_imported_leave (self, key, _ ("Inbasket does not know what this means"));
}

/* --- folders --------------------------------------------------------------------------------------------------------------- */

/* The one kind of Python that is understood: "lambda f: f in [ 'a', 'b' ]", or "not in". NULL: another. */
static GPtrArray *
read_filter (const char *value, bool *out_excludes)
{
    const char *list = strpbrk (value, "[(");
    g_autofree char *front = list != NULL ? g_strndup (value, (gsize) (list - value)) : g_strdup ("");
    g_strstrip (front);
    g_auto (GStrv) parts = g_strsplit_set (front, " \t\n:", -1);
    g_autoptr (GPtrArray) words = g_ptr_array_new ();
    for (gsize i = 0; parts[i] != NULL; i++)
        if (*parts[i] != '\0')
            g_ptr_array_add (words, parts[i]);
    *out_excludes = words->len == 5 && strcmp (words->pdata[3], "not") == 0;
    if (words->len != (*out_excludes ? 5 : 4) || strcmp (words->pdata[0], "lambda") != 0
        || strcmp (words->pdata[1], words->pdata[2]) != 0 || strcmp (words->pdata[words->len - 1], "in") != 0)
        return NULL;
    return ib_import_words_of_tuple (list);
}

static void
append_all (GString *folders, const GPtrArray *names, const char *front)
{
    for (guint i = 0; names != NULL && i < names->len && folders->len < IB_LIMIT_LINE_BYTES; i++) {
        g_autofree char *element = g_strconcat (front, names->pdata[i], NULL);
        ib_import_append_element (folders, element);
    }
}

/* All folders, but for what the filter says. */
static void
take_folders (IbImported *self, const IbImportSection *repository)
{
    const char *filter = ib_import_section_get (repository, "folderfilter");
    const char *more = ib_import_section_get (repository, "folderincludes");
    bool excludes = false;
    g_autoptr (GPtrArray) names = filter != NULL ? read_filter (filter, &excludes) : NULL;
    g_autoptr (GPtrArray) included = more != NULL ? ib_import_words_of_tuple (more) : NULL;
    g_autoptr (GString) folders = g_string_new (filter == NULL || (names != NULL && excludes) ? "*" : "");
    append_all (folders, names, excludes ? "!" : "");
    append_all (folders, included, "");
    if (filter != NULL && names == NULL) {
        ib_imported_change (self, "folderfilter", "fetch.folders", "INBOX",
                            _ ("It is Python that is not understood: name the other folders in folders="));
        return;
    }
    if (folders->len > 0)
        ib_imported_take (self, filter != NULL ? "folderfilter" : _ ("all folders"), "fetch.folders",
                          folders->str);
    ib_imported_change (self, _ ("folders of their own"), "filter.folder", "%f",
                        _ ("Each folder's mail goes into the folder of its name, as it did"));
}

/* --- accounts --------------------------------------------------------------------------------------------------------------- */

static const IbImportRule account_rules[] = {
    { "localrepository", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "remoterepository", NULL, NULL },
    { "autorefresh", NULL, NULL }, /* the interval */
    { "quick", NULL, NULL },
    { "status_backend", NULL, NULL },
    { "maxage", NULL, NULL },
    { "maxsize", NULL, NULL },
    { "presynchook", NULL, N_ ("No program is run before a poll") },
    { "postsynchook", NULL, N_ ("after-delivery= in inbasket.conf is run after new mail") },
    { "synclabels", NULL, N_ ("Labels are the server's own") },
    { "labelsheader", NULL, NULL },
    { "ignorelabels", NULL, NULL },
    { "utf8foldernames", NULL, NULL },
    { "newmail_hook", NULL,
      N_ ("It is Python, which is not run; after-delivery= in inbasket.conf is run after new mail") },
    { NULL, NULL, NULL },
};

static void
take_interval (IbImported *self, const char *minutes)
{
    double number = g_ascii_strtod (minutes, NULL);
    if (!(number >= 0.1 && number <= 60.0 * 24 * 7))
        return;
    g_autofree char *interval = g_strdup_printf ("%ds", (int) (number * 60));
    ib_imported_take (self, "autorefresh", "fetch.interval", interval);
}

static void
take_account_entry (IbImported *self, const IbImportEntry *entry)
{
    const char *key = entry->key, *value = entry->text->str;
    bool is_number = *value != '\0' && strspn (value, "0123456789") == strlen (value);
    g_autofree char *days = g_strconcat (value, "d", NULL);
    if (strcmp (key, "autorefresh") == 0)
        take_interval (self, value);
    else if (strcmp (key, "maxage") == 0 && (is_number || strlen (value) == strlen ("2026-01-31")))
        ib_imported_take (self, key, "fetch.since", is_number ? days : value);
    else if (strcmp (key, "maxsize") == 0 && is_number)
        ib_imported_take (self, key, "fetch.max-size", value);
    else if (!ib_imported_apply (self, account_rules, key, value))
        ib_imported_leave (self, key, _ ("Inbasket does not know what this means"));
}

static void
import_account (IbImport *import, const char *home, const char *name, const IbImportSection *account,
                const IbImportSection *repository)
{
    const char *type = ib_import_section_get (repository, "type");
    bool is_gmail = type != NULL && g_ascii_strcasecmp (type, "Gmail") == 0;
    bool is_imap = type != NULL && g_ascii_strcasecmp (type, "IMAP") == 0;
    g_autofree char *setting = g_strdup_printf ("[%s]", account->name),
                    *folder = g_path_get_dirname (import->path);
    if (!is_gmail && !is_imap) {
        ib_import_leave (import, setting, _ ("Its remote side is no mail server"));
        return;
    }
    IbImported *self = ib_import_add (import, account->name, name);
    ib_imported_set (self, "account.protocol", "imap");
    if (is_gmail)
        ib_imported_take (self, "type", "account.host", "imap.gmail.com");
    take_security (self, repository, is_gmail);
    for (guint i = 0; i < repository->entries->len; i++)
        take_entry (self, home, folder, repository->entries->pdata[i]);
    for (guint i = 0; i < account->entries->len; i++)
        take_account_entry (self, account->entries->pdata[i]);
    take_folders (self, repository);
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    guint line = 0;
    g_autoptr (GPtrArray) sections = ib_import_sections_parse (text, &line);
    if (sections == NULL)
        return ib_import_fail (import, line, _ ("neither a section nor a setting of one"), error);
    for (guint i = 0; i < sections->len && import->accounts->len < IB_LIMIT_IMPORT_ACCOUNTS; i++) {
        const IbImportSection *account = sections->pdata[i];
        if (!g_str_has_prefix (account->name, "Account "))
            continue;
        const char *remote = ib_import_section_get (account, "remoterepository");
        g_autofree char *name = g_strconcat ("Repository ", remote != NULL ? remote : "", NULL);
        const IbImportSection *repository = ib_import_sections_find (sections, name);
        g_autofree char *setting = g_strdup_printf ("[%s]", account->name);
        if (repository != NULL)
            import_account (import, home, account->name + strlen ("Account "), account, repository);
        else
            ib_import_leave (import, setting,
                             _ ("There is no repository of the name that it gives its remote side"));
    }
    return true;
}

static const char *const places[] = { "$XDG_CONFIG_HOME/offlineimap/config", ".offlineimaprc", NULL };

const IbImportFormat ib_import_offlineimap = { "offlineimap", places, NULL, parse, NULL, NULL };
