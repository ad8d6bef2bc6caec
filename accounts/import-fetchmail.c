/* import-fetchmail.c - fetchmail: what becomes of its options */
#include "import-fetchmail.h"
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* What is passed over without a word, nobody would miss; "fetchall" for one: it always is, what was read elsewhere, too. Those
 * that need thought are take_option ()'s. */
static const IbImportRule rules[] = {
    { "via", "account.host", NULL },
    { "local", NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by "
          "recipient") },
    { "timeout", NULL, N_ ("Inbasket has limits of its own for a server that does not answer") },
    { "envelope", NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by recipient") },
    { "qvirtual", NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by recipient") },
    { "interface", NULL, N_ ("Whether there is a way to the server is seen by itself") },
    { "monitor", NULL, N_ ("Whether there is a way to the server is seen by itself") },
    { "plugout", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "tracepolls", NULL, N_ ("“inbasket why” knows the account that a message came through") },
    { "principal", NULL, N_ ("Inbasket signs in by password or token, not by Kerberos") },
    { "esmtpname", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "bad-header", NULL, N_ ("Mail is delivered whatever its header is like") },
    { "is", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "sslcert", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "sslkey", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "sslcertpath", NULL, N_ ("The system's authorities are trusted, and ca-file= names one file more") },
    { "sslcommonname", NULL,
      N_ ("The certificate must be for the server's own name; a wrong one can be pinned with "
          "fingerprint=") },
    { "smtphost", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "fetchdomains", NULL, N_ ("ETRN and ODMR are not spoken") },
    { "smtpaddress", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "smtpname", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "lmtp", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "antispam", NULL, N_ ("Inbasket judges spam itself") },
    { "mda", NULL,
      N_ ("Mail goes into your one Maildir; what the delivery agent did is a Sieve filter's work here") },
    { "bsmtp", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "preconnect", NULL, N_ ("No program is run before a poll") },
    { "postconnect", NULL, N_ ("after-delivery= in inbasket.conf is run after new mail") },
    { "flush", NULL, N_ ("Nothing is deleted on a server that is not safe here") },
    { "limitflush", NULL, N_ ("Nothing is deleted on a server that is not safe here") },
    { "dropstatus", NULL, N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "dropdelivered", NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "mimedecode", NULL, N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "fetchlimit", NULL, N_ ("All that is there is fetched") },
    { NULL, NULL, NULL },
};

/* The last one given of that name, of lists in falling order; NULL: none. */
static const IbFetchmailOption *
find (const GPtrArray *const *lists, const char *name)
{
    for (; *lists != NULL; lists++)
        for (guint i = (*lists)->len; i > 0; i--) {
            const IbFetchmailOption *given = (*lists)->pdata[i - 1];
            if (strcmp (given->name, name) == 0)
                return given;
        }
    return NULL;
}

static const char *
argument (const GPtrArray *const *lists, const char *name)
{
    const IbFetchmailOption *given = find (lists, name);
    return given != NULL && given->arguments->len > 0 ? given->arguments->pdata[0] : NULL;
}

static bool
is_set (const GPtrArray *const *lists, const char *name)
{
    const IbFetchmailOption *given = find (lists, name);
    return given != NULL && !given->is_no;
}

static void
take_protocol (IbImported *self, const char *protocol)
{
    if (protocol == NULL || g_ascii_strcasecmp (protocol, "auto") == 0)
        ib_imported_change (self, "protocol", "account.protocol", "imap",
                            _ ("fetchmail tries which protocol there is; IMAP is the better one"));
    else if (g_ascii_strcasecmp (protocol, "imap") == 0)
        ib_imported_take (self, "protocol", "account.protocol", "imap");
    else if (g_ascii_strcasecmp (protocol, "pop3") == 0 || g_ascii_strcasecmp (protocol, "apop") == 0)
        ib_imported_take (self, "protocol", "account.protocol", "pop3");
    else
        ib_imported_refuse (self, _ ("Inbasket speaks IMAP and POP3, and its protocol is another"));
}

static void
take_security (IbImported *self, const GPtrArray *const *lists)
{
    const char *version = argument (lists, "sslproto");
    if (is_set (lists, "ssl"))
        ib_imported_take (self, "ssl", "account.security", "tls");
    else if (version != NULL && *version == '\0')
        ib_imported_take (self, "sslproto", "account.security", "none");
    else
        ib_imported_change (self, "ssl", "account.security", "starttls",
                            _ ("Without ssl fetchmail encrypts by STARTTLS if it can; here it must"));
    const IbFetchmailOption *check = find (lists, "sslcertck");
    if (check != NULL && check->is_no)
        ib_imported_leave (
            self, "no sslcertck",
            _ ("Certificates are verified, always; one that nobody vouches for is pinned with fingerprint="));
}

static void
take_folders (IbImported *self, const GPtrArray *const *lists)
{
    const IbFetchmailOption *given = find (lists, "folder");
    g_autoptr (GString) folders = g_string_new (NULL);
    for (guint i = 0; given != NULL && i < given->arguments->len && folders->len < IB_LIMIT_LINE_BYTES; i++)
        ib_import_append_element (folders, given->arguments->pdata[i]);
    if (folders->len > 0)
        ib_imported_take (self, "folder", "fetch.folders", folders->str);
}

static void
take_interval (IbImported *self, const GPtrArray *const *lists, guint daemon_s)
{
    const char *text = argument (lists, "interval");
    guint64 times = text != NULL ? CLAMP (g_ascii_strtoull (text, NULL, 10), 1, 1000) : 1;
    g_autofree char *interval = g_strdup_printf ("%" G_GUINT64_FORMAT "s", times * daemon_s);
    if (daemon_s > 0)
        ib_imported_take (self, "set daemon", "fetch.interval", interval);
}

static void
take_auth (IbImported *self, const char *method)
{
    if (g_ascii_strcasecmp (method, "oauthbearer") == 0 || g_ascii_strcasecmp (method, "xoauth2") == 0)
        ib_imported_take (self, "auth", "account.auth", "oauth2");
    else if (g_ascii_strncasecmp (method, "kerberos", 8) == 0 || g_ascii_strcasecmp (method, "gssapi") == 0
             || g_ascii_strcasecmp (method, "external") == 0)
        ib_imported_leave (self, "auth",
                           _ ("Inbasket signs in by password or token, not by certificate or Kerberos"));
    else if (g_ascii_strcasecmp (method, "any") != 0)
        ib_imported_leave (self, "auth", _ ("The safest way to sign in that the server has is used, always"));
}

/* Those whose argument means something. */
static bool
take_option (IbImported *self, const char *home, const char *folder, const IbFetchmailOption *given)
{
    const char *name = given->name;
    const char *text = given->arguments->len > 0 ? given->arguments->pdata[0] : "";
    g_autofree char *path = ib_import_path (home, folder, text);
    g_autofree char *file = g_strconcat ("file:", path, NULL);
    if (strcmp (name, "pass") == 0)
        ib_imported_keep_password (self, "password", text);
    else if (strcmp (name, "passwordfile") == 0)
        ib_imported_change (
            self, name, "account.secret", file,
            _ ("The file must be for your eyes only (0600), in a folder that is so, too (0700)"));
    else if (strcmp (name, "port") == 0)
        ib_imported_take_port (self, "service", text);
    else if (strcmp (name, "auth") == 0)
        take_auth (self, text);
    else if (strcmp (name, "sslcertfile") == 0)
        ib_imported_take_ca (self, name, path);
    else if (strcmp (name, "sslfingerprint") == 0)
        ib_imported_take_fingerprint (self, name, text);
    else if (strcmp (name, "limit") == 0 && g_ascii_strtoull (text, NULL, 10) > 0)
        ib_imported_take (self, name, "fetch.max-size", text);
    else if (strcmp (name, "idle") == 0)
        ib_imported_take (self, name, "fetch.push", given->is_no ? "false" : "true");
    else if (strcmp (name, "plugin") == 0)
        ib_imported_refuse (self,
                            _ ("It reaches its server through a command (plugin), which Inbasket cannot"));
    else
        return false;
    return true;
}

static void
take_given (IbImported *self, const char *home, const char *folder, const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        const IbFetchmailOption *given = list->pdata[i];
        if ((given->is_no && strcmp (given->name, "idle") != 0) || take_option (self, home, folder, given))
            continue;
        const char *text = given->arguments->len > 0 ? given->arguments->pdata[0] : "";
        (void) ib_imported_apply (self, rules, given->name, text);
    }
}

static void
import_user (IbImport *import, guint daemon_s, const char *home, const IbFetchmailEntry *entry,
             const IbFetchmailEntry *defaults, const GPtrArray *user)
{
    const GPtrArray *lists[] = { user, entry->given, defaults != NULL ? defaults->given : NULL, NULL };
    const char *name = argument (lists, "user");
    g_autofree char *origin = g_strdup_printf ("%s %s", entry->is_skipped ? "skip" : "poll", entry->name);
    g_autofree char *folder = g_path_get_dirname (import->path);
    IbImported *self = ib_import_add (import, origin, entry->name);
    take_protocol (self, argument (lists, "proto"));
    ib_imported_take (self, "poll", "account.host", entry->name);
    take_security (self, lists);
    if (name != NULL)
        ib_imported_take (self, "user", "account.user", name);
    for (gsize i = G_N_ELEMENTS (lists) - 1; i > 0; i--)
        if (lists[i - 1] != NULL)
            take_given (self, home, folder, lists[i - 1]);
    take_folders (self, lists);
    bool keeps = is_set (lists, "keep");
    ib_imported_take (self, keeps ? "keep" : "no keep", "fetch.after", keeps ? "keep" : "delete");
    take_interval (self, lists, daemon_s);
    if (entry->is_skipped)
        ib_imported_change (self, "skip", "account.enabled", "false",
                            _ ("It is paused: “inbasket account resume NAME”"));
}

static void
import_entries (IbImport *import, const GPtrArray *entries, guint daemon_s, const char *home)
{
    const IbFetchmailEntry *defaults = NULL;
    for (guint i = 0; i < entries->len; i++) {
        const IbFetchmailEntry *entry = entries->pdata[i];
        if (*entry->name == '\0')
            defaults = entry;
        for (guint j = 0; *entry->name != '\0' && j < entry->users->len; j++)
            if (import->accounts->len < IB_LIMIT_IMPORT_ACCOUNTS)
                import_user (import, daemon_s, home, entry, defaults, entry->users->pdata[j]);
        if (*entry->name != '\0' && entry->users->len == 0)
            ib_import_leave (import, entry->name, _ ("It names no user"));
    }
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    guint daemon_s = 0;
    g_autoptr (GPtrArray) entries = ib_fetchmail_parse (import, text, &daemon_s, error);
    if (entries == NULL)
        return false;
    import_entries (import, entries, daemon_s, home);
    return true;
}

static const char *const places[] = { ".fetchmailrc", NULL };

const IbImportFormat ib_import_fetchmail = { "fetchmail", places, NULL, parse, NULL, NULL };
