/* import-mpop.c - mpop's configuration: a command and its argument a line, gathered into accounts that may inherit */
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* More than there are. */
#define MOST_COMMANDS 100

typedef struct {
    char *command, *argument;
} Line;

typedef struct {
    char *name;
    GPtrArray *lines;   /* Line: inherited ones first */
    bool has_own_lines; /* else it is another name for what it inherits from */
} Account;

/* --- reading ------------------------------------------------------------------------------------------------------------ */

static void
line_free (gpointer data)
{
    Line *line = data;
    g_free (line->command);
    ib_import_wipe (line->argument);
    g_free (line);
}

static Account *
account_new (const char *name)
{
    Account *self = g_new0 (Account, 1);
    self->name = g_strdup (name);
    self->lines = g_ptr_array_new_with_free_func (line_free);
    return self;
}

static void
account_free (gpointer data)
{
    Account *self = data;
    g_free (self->name);
    g_ptr_array_unref (self->lines);
    g_free (self);
}

static Line *
find (const Account *self, const char *command)
{
    for (guint i = 0; i < self->lines->len; i++) {
        Line *line = self->lines->pdata[i];
        if (strcmp (line->command, command) == 0)
            return line;
    }
    return NULL;
}

/* A command given again has the later argument. */
static void
set (Account *self, const char *command, const char *argument)
{
    Line *line = find (self, command);
    if (line == NULL && self->lines->len >= MOST_COMMANDS)
        return;
    if (line == NULL) {
        line = g_new0 (Line, 1);
        line->command = g_strdup (command);
        g_ptr_array_add (self->lines, line);
    }
    ib_import_wipe (line->argument);
    line->argument = g_strdup (argument);
}

static void
inherit (Account *self, const Account *from)
{
    for (guint i = 0; i < from->lines->len; i++)
        set (self, ((const Line *) from->lines->pdata[i])->command,
             ((const Line *) from->lines->pdata[i])->argument);
}

/* account = "account" name [":" other *("," other)] */
static Account *
begin_account (const GPtrArray *accounts, const Account *defaults, const char *argument)
{
    const char *colon = strchr (argument, ':');
    g_autofree char *name
        = colon != NULL ? g_strndup (argument, (gsize) (colon - argument)) : g_strdup (argument);
    g_auto (GStrv) others = g_strsplit (colon != NULL ? colon + 1 : "", ",", 20);
    Account *self = account_new (g_strstrip (name));
    inherit (self, defaults);
    for (gsize i = 0; others[i] != NULL; i++)
        for (guint j = 0; j < accounts->len; j++)
            if (strcmp (((const Account *) accounts->pdata[j])->name, g_strstrip (others[i])) == 0)
                inherit (self, accounts->pdata[j]);
    self->has_own_lines = colon == NULL;
    return self;
}

/* "…" around an argument goes. */
static char *
read_argument (const char *text)
{
    gsize length = strlen (text);
    bool is_quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    return is_quoted ? g_strndup (text + 1, length - 2) : g_strdup (text);
}

/* NULL: a line is none that mpop would take. */
static GPtrArray *
read_accounts (const IbImport *import, const char *text, GError **error)
{
    g_autoptr (GPtrArray) accounts = g_ptr_array_new_with_free_func (account_free);
    Account *defaults = account_new (""), *current = defaults;
    IbImportLines lines = { text, 0 };
    char *line;
    bool is_good = true;
    while (is_good && (line = ib_import_lines_next (&lines)) != NULL) {
        g_strstrip (line);
        gsize length = strcspn (line, " \t");
        g_autofree char *command = g_strndup (line, length);
        char *argument = read_argument (g_strchug (line + length));
        if (*line == '\0' || *line == '#') {
            /* nothing */
        } else if (strcmp (command, "defaults") == 0) {
            current = defaults;
        } else if (strcmp (command, "account") == 0) {
            is_good = accounts->len < IB_LIMIT_IMPORT_ACCOUNTS
                      || ib_import_fail (import, lines.line, _ ("too many accounts"), error);
            current = begin_account (accounts, defaults, argument);
            g_ptr_array_add (accounts, current);
        } else {
            is_good = strspn (command, "abcdefghijklmnopqrstuvwxyz0123456789_") == length
                      || ib_import_fail (import, lines.line, _ ("no command of mpop's"), error);
            set (current, command, argument);
            current->has_own_lines = true;
        }
        ib_import_wipe (argument);
        ib_import_wipe (line);
    }
    account_free (defaults);
    return is_good ? g_steal_pointer (&accounts) : NULL;
}

/* --- taking -------------------------------------------------------------------------------------------------------------- */

static const IbImportRule rules[] = {
    { "host", "account.host", NULL },
    { "port", "account.port", NULL },
    { "user", "account.user", NULL },
    { "tls", NULL, NULL }, /* these are security= and after= */
    { "tls_starttls", NULL, NULL },
    { "keep", NULL, NULL },
    { "timeout", NULL, N_ ("Inbasket has limits of its own for a server that does not answer") },
    { "pipelining", NULL, NULL },
    { "source_ip", NULL, N_ ("Connections leave by the way that the system chooses") },
    { "proxy_host", NULL, N_ ("The proxy is the one that the desktop's settings name") },
    { "proxy_port", NULL, NULL },
    { "ntlmdomain", NULL, N_ ("NTLM is not spoken") },
    { "tls_crl_file", NULL, N_ ("Lists of revoked certificates are the system's matter") },
    { "tls_key_file", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "tls_cert_file", NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "tls_priorities", NULL, N_ ("The ciphers are the system's choice") },
    { "tls_min_dh_prime_bits", NULL, N_ ("The ciphers are the system's choice") },
    { "tls_host_override", NULL,
      N_ ("The certificate must be for the server's own name; a wrong one can be pinned with "
          "fingerprint=") },
    { "delivery", NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "uidls_file", NULL,
      N_ ("What mpop has fetched is recognized by its content if it stands in your Maildir") },
    { "only_new", NULL, NULL },
    { "killsize", NULL, N_ ("Nothing is deleted for its size; max-size= leaves large mail on the server") },
    { "filter", NULL,
      N_ ("Inbasket judges spam itself, and sorts by Sieve filters; other programs are not run over mail") },
    { "received_header", NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "eval", NULL, N_ ("What a program would give here is not known, and none is run") },
    { NULL, NULL, NULL },
};

/* An empty argument is "on". */
static bool
is_on (const Account *account, const char *command, bool fallback)
{
    const Line *line = find (account, command);
    return line == NULL ? fallback : *line->argument == '\0' || ib_import_is_yes (line->argument);
}

static void
take_security (IbImported *self, const Account *account)
{
    bool has_tls = is_on (account, "tls", false), is_later = is_on (account, "tls_starttls", true);
    ib_imported_take (self, "tls", "account.security", !has_tls ? "none" : is_later ? "starttls" : "tls");
    if (has_tls && !is_on (account, "tls_certcheck", true))
        ib_imported_leave (
            self, "tls_certcheck",
            _ ("Certificates are verified, always; one that nobody vouches for is pinned with fingerprint="));
}

static void
take_auth (IbImported *self, const char *method)
{
    if (strcmp (method, "oauthbearer") == 0 || strcmp (method, "xoauth2") == 0)
        ib_imported_take (self, "auth", "account.auth", "oauth2");
    else if (strcmp (method, "external") == 0 || strcmp (method, "gssapi") == 0)
        ib_imported_leave (self, "auth",
                           _ ("Inbasket signs in by password or token, not by certificate or Kerberos"));
    else if (*method != '\0' && strcmp (method, "on") != 0)
        ib_imported_leave (self, "auth", _ ("The safest way to sign in that the server has is used, always"));
}

static void
take_line (IbImported *self, const char *home, const char *folder, const Line *line)
{
    const char *command = line->command, *argument = line->argument;
    g_autofree char *path = ib_import_path (home, folder, argument), *size = g_ascii_strup (argument, -1);
    if (strcmp (command, "password") == 0)
        ib_imported_keep_password (self, command, argument);
    else if (strcmp (command, "passwordeval") == 0 && *argument != '\0')
        ib_imported_take_command (self, command, argument, true);
    else if (strcmp (command, "auth") == 0)
        take_auth (self, argument);
    else if (strcmp (command, "tls_fingerprint") == 0 && *argument != '\0')
        ib_imported_take_fingerprint (self, command, argument);
    else if (strcmp (command, "tls_trust_file") == 0 && *argument != '\0' && strcmp (argument, "system") != 0)
        ib_imported_take_ca (self, command, path);
    else if (strcmp (command, "skipsize") == 0 && g_ascii_strtoull (argument, NULL, 10) > 0)
        ib_imported_take (self, command, "fetch.max-size", size);
    else if (strcmp (command, "socket") == 0 && *argument != '\0')
        ib_imported_refuse (self, _ ("It reaches its server through a local socket, which Inbasket cannot"));
    else if (*argument != '\0' && !ib_imported_apply (self, rules, command, argument)
             && !g_str_has_prefix (command, "tls_") && strcmp (command, "skipsize") != 0)
        ib_imported_leave (self, command, _ ("Inbasket does not know what this means"));
}

static void
import_account (IbImport *import, const char *home, const Account *account)
{
    g_autofree char *origin = g_strdup_printf ("account %s", account->name),
                    *folder = g_path_get_dirname (import->path);
    bool is_usual = strcmp (account->name, "default") == 0;
    IbImported *self = ib_import_add (import, origin, is_usual ? "" : account->name);
    ib_imported_set (self, "account.protocol", "pop3");
    take_security (self, account);
    for (guint i = 0; i < account->lines->len; i++)
        take_line (self, home, folder, account->lines->pdata[i]);
    bool keeps = is_on (account, "keep", false);
    ib_imported_take (self, keeps ? "keep on" : "keep off", "fetch.after", keeps ? "keep" : "delete");
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    g_autoptr (GPtrArray) accounts = read_accounts (import, text, error);
    for (guint i = 0; accounts != NULL && i < accounts->len; i++)
        if (((const Account *) accounts->pdata[i])->has_own_lines)
            import_account (import, home, accounts->pdata[i]);
    return accounts != NULL;
}

static const char *const places[] = { "$XDG_CONFIG_HOME/mpop/config", ".mpoprc", NULL };

const IbImportFormat ib_import_mpop = { "mpop", places, NULL, parse, NULL, NULL };
