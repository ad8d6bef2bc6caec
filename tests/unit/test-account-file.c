/* accounts/NAME.conf: every key, every error with its line and suggestion, and edits that leave the rest alone. */
#include "account-file.h"

#include <glib/gstdio.h>
#include <string.h>

#define ACCOUNT "[account]\naddress=anna@example.org\nhost=imap.example.org\n"
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* --- values: what is written, and how it comes back ---------------------------------------------------------------- */

static const struct { const char *name, *key, *text, *back; } values[] = {
    { "address",             "account.address", NULL, "anna@example.org" },
    { "aliases",             "account.aliases", "a@x.org; b@x.org;", "a@x.org;b@x.org" },
    { "aliases-none",        "account.aliases", NULL, "" },
    { "enabled-default",     "account.enabled", NULL, "true" },
    { "enabled",             "account.enabled", "false", "false" },
    { "protocol-default",    "account.protocol", NULL, "imap" },
    { "protocol",            "account.protocol", "pop3", "pop3" },
    { "host",                "account.host", NULL, "imap.example.org" },
    { "port-default",        "account.port", NULL, "" },
    { "port-empty",          "account.port", "", "" },
    { "port",                "account.port", "1143", "1143" },
    { "security-default",    "account.security", NULL, "tls" },
    { "security",            "account.security", "starttls", "starttls" },
    { "blank-at-the-end",    "account.security", "starttls  ", "starttls" },
    { "allow-plaintext",     "account.allow-plaintext", "true", "true" },
    { "ca-file-default",     "account.ca-file", NULL, "" },
    { "ca-file",             "account.ca-file", "/etc/passwd", "/etc/passwd" },
    { "fingerprint",         "account.fingerprint", "sha256:" HEX, "sha256:" HEX },
    { "fingerprint-colons",  "account.fingerprint",
      "SHA256:01:23:45:67:89:AB:CD:EF:0123456789abcdef0123456789abcdef0123456789abcdef", "sha256:" HEX },
    { "user-default",        "account.user", NULL, "anna@example.org" },
    { "user",                "account.user", "anna", "anna" },
    { "user-with-blank",     "account.user", "\\sanna\\\\x", " anna\\x" },
    { "auth-default",        "account.auth", NULL, "password" },
    { "auth",                "account.auth", "oauth2", "oauth2" },
    { "secret-default",      "account.secret", NULL, "keyring" },
    { "secret-command",      "account.secret", "command:pass 'mail anna'", "command:pass 'mail anna'" },
    { "secret-command-lines", "account.secret", "command:printf '%s\\nx' y", "command:printf '%s\nx' y" },
    { "secret-credential",   "account.secret", "credential:anna", "credential:anna" },
    { "secret-file",         "account.secret", "file:~/p/anna", "file:/people/anna/p/anna" },
    { "secret-goa",          "account.secret", "goa:account_1700000001_0", "goa:account_1700000001_0" },
    { "provider",            "account.provider", "gmx", "gmx" },
    { "oauth2-client-id",    "account.oauth2-client-id", "id", "id" },
    { "oauth2-client-secret", "account.oauth2-client-secret", "s", "s" },
    { "oauth2-auth-url",     "account.oauth2-auth-url", "https://a", "https://a" },
    { "oauth2-token-url",    "account.oauth2-token-url", "https://t", "https://t" },
    { "oauth2-device-url",   "account.oauth2-device-url", "https://d", "https://d" },
    { "oauth2-scope",        "account.oauth2-scope", "mail offline", "mail offline" },
    { "folders-default",     "fetch.folders", NULL, "INBOX" },
    { "folders",             "fetch.folders", "INBOX;Lists/*;!Lists/old;a\\;b;", "INBOX;Lists/*;!Lists/old;a\\;b" },
    { "since-default",       "fetch.since", NULL, "" },
    { "since-days",          "fetch.since", "30d", "30d" },
    { "since-date",          "fetch.since", "2026-01-31", "2026-01-31" },
    { "after-default",       "fetch.after", NULL, "keep" },
    { "after-delete",        "fetch.after", "delete", "delete" },
    { "after-delete-after",  "fetch.after", "delete-after:2w", "delete-after:14d" },
    { "after-move",          "fetch.after", "move:Done/2026", "move:Done/2026" },
    { "max-size-default",    "fetch.max-size", NULL, "" },
    { "max-size",            "fetch.max-size", "20M", "20M" },
    { "max-size-bytes",      "fetch.max-size", "1025", "1025" },
    { "interval-default",    "fetch.interval", NULL, "5m" },
    { "interval",            "fetch.interval", "90s", "90s" },
    { "push-default",        "fetch.push", NULL, "true" },
    { "push",                "fetch.push", "false", "false" },
    { "filter-enabled",      "filter.enabled", NULL, "true" },
    { "filter-disabled",     "filter.enabled", "false", "false" },
    { "scripts-default",     "filter.scripts", NULL, "" },
    { "scripts",             "filter.scripts", "junk.sieve;work.sieve", "junk.sieve;work.sieve" },
    { "server-junk-default", "filter.server-junk", NULL, "none" },
    { "server-junk",         "filter.server-junk", "move", "move" },
    { "folder-default",      "filter.folder", NULL, "" },
    { "folder",              "filter.folder", "Work.%a.%f", "Work.%a.%f" },
    { "folder-utf-8",        "filter.folder", "Büro", "Büro" },
};

static char *
with_value (const char *key, const char *text)
{
    g_auto (GStrv) parts = g_strsplit (key, ".", 2);
    if (text == NULL)
        return g_strdup (ACCOUNT);
    /* [account] may come twice: a file's groups are put together. */
    return g_strdup_printf ("%s[%s]\n%s=%s\n", ACCOUNT, parts[0], parts[1], text);
}

static void
reads_value (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *text = with_value (values[i].key, values[i].text);
    g_autoptr (IbAccount) account = ib_account_parse ("/x/anna.conf", text, strlen (text), &error);
    g_assert_no_error (error);

    g_autofree char *back = ib_account_get_text (account, values[i].key);
    g_assert_cmpstr (back, ==, values[i].back);

    /* A copy is equal and of its own. */
    g_autoptr (IbAccount) copy = ib_account_copy (account);
    g_autofree char *of_copy = ib_account_get_text (copy, values[i].key);
    g_assert_cmpstr (of_copy, ==, values[i].back);
}

/* Each key of the table stands above, so that none goes untested. */
static void
all_keys_are_tested (void)
{
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++) {
        bool is_tested = false;
        for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
            is_tested |= strcmp (values[i].key, *key) == 0;
        if (!is_tested)
            g_test_message ("no row for %s", *key);
        g_assert_true (is_tested);
    }
}

/* --- errors -------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *text, *error; } errors[] = {
    { "unknown-key", ACCOUNT "hots=x\n", "/x/anna.conf:4: unknown key \"hots\" in [account]; did you mean \"host\"?" },
    { "foreign-word", ACCOUNT "username=x\n",
      "/x/anna.conf:4: unknown key \"username\" in [account]; did you mean \"user\"?" },
    { "unknown-key-far", ACCOUNT "[filter]\nwallpaper=x\n",
      "/x/anna.conf:5: unknown key \"wallpaper\" in [filter]; known are enabled, scripts, server-junk, folder" },
    { "key-of-another-group", ACCOUNT "folders=INBOX\n",
      "/x/anna.conf:4: key \"folders\" belongs in [fetch], not in [account]" },
    { "key-before-groups", "# mine\naddress=a@b\n[account]\n",
      "/x/anna.conf:2: \"address\" stands before the first group; put [account] above it" },
    { "key-twice", ACCOUNT "host=other.example\n",
      "/x/anna.conf:4: host is set twice; it stands in line 3 already" },
    { "localized-key", ACCOUNT "user[de]=x\n",
      "/x/anna.conf:4: unknown key \"user[de]\" in [account]; known are address, aliases, enabled, protocol, host, "
      "port, security, allow-plaintext, ca-file, fingerprint, user, auth, secret, provider, oauth2-client-id, "
      "oauth2-client-secret, oauth2-auth-url, oauth2-token-url, oauth2-device-url, oauth2-scope" },
    { "unknown-group", ACCOUNT "\n[fetsh]\n", "/x/anna.conf:5: unknown group [fetsh]; did you mean [fetch]?" },
    { "unknown-group-far", "[x]\n", "/x/anna.conf:1: unknown group [x]; known are account, fetch, filter" },
    { "half-group", ACCOUNT "[fetch\n", "/x/anna.conf:4: a group is written [name], alone on its line" },
    { "no-setting", ACCOUNT "port 993\n",
      "/x/anna.conf:4: neither a [group], nor key=value, nor a comment that begins with #" },
    { "no-key", ACCOUNT "=993\n",
      "/x/anna.conf:4: neither a [group], nor key=value, nor a comment that begins with #" },
    { "unknown-value", ACCOUNT "security=tsl\n",
      "/x/anna.conf:4: security: \"tsl\" is not one of tls, starttls, none; did you mean \"tls\"?" },
    { "value-of-others", ACCOUNT "security=SSL\n",
      "/x/anna.conf:4: security: \"SSL\" is not one of tls, starttls, none; did you mean \"tls\"?" },
    { "unknown-value-far", ACCOUNT "protocol=carrier-pigeon\n",
      "/x/anna.conf:4: protocol: \"carrier-pigeon\" is not one of imap, pop3" },
    { "boolean", ACCOUNT "[fetch]\npush=yes\n",
      "/x/anna.conf:5: push: \"yes\" is not one of false, true; did you mean \"true\"?" },
    { "port", ACCOUNT "port=70000\n", "/x/anna.conf:4: port: \"70000\" is not a port from 1 to 65535" },
    { "port-zero", ACCOUNT "port=0\n", "/x/anna.conf:4: port: \"0\" is not a port from 1 to 65535" },
    { "address", "[account]\naddress=anna\n",
      "/x/anna.conf:2: address: \"anna\" is not a mail address like anna@example.org" },
    { "address-with-name", "[account]\naddress=Anna <anna@example.org>\n",
      "/x/anna.conf:2: address: \"Anna <anna@example.org>\" is not a mail address like anna@example.org" },
    { "alias", ACCOUNT "aliases=a@x.org;b\n",
      "/x/anna.conf:4: aliases: \"b\" is not a mail address like anna@example.org" },
    { "host-with-port", "[account]\naddress=a@b\nhost=imap.example.org:993\n",
      "/x/anna.conf:3: host: \"imap.example.org:993\" is not a server's name like imap.example.org; "
      "the port goes into port=" },
    { "host-with-comment", "[account]\naddress=a@b\nhost=imap.example.org # mine\n",
      "/x/anna.conf:3: host: \"imap.example.org # mine\" is not a server's name; a comment goes on a line of its own" },
    { "no-address", "\n[account]\nhost=imap.example.org\n",
      "/x/anna.conf:2: address is missing; add address=YOU@EXAMPLE.ORG to [account]" },
    { "no-host", "[account]\naddress=a@b\n",
      "/x/anna.conf:1: host is missing; add host=imap.EXAMPLE.ORG, the mail server's name, to [account]" },
    { "empty", "", "/x/anna.conf:1: address is missing; add address=YOU@EXAMPLE.ORG to [account]" },
    { "ca-file-missing", ACCOUNT "ca-file=/nowhere/ca.pem\n",
      "/x/anna.conf:4: ca-file: \"/nowhere/ca.pem\" is not a file that is there" },
    { "ca-file-relative", ACCOUNT "ca-file=ca.pem\n",
      "/x/anna.conf:4: ca-file: \"ca.pem\" is not a path that begins with / or ~/" },
    { "fingerprint-short", ACCOUNT "fingerprint=sha256:AB:CD\n",
      "/x/anna.conf:4: fingerprint: \"sha256:AB:CD\" is not sha256: and the 64 hexadecimal digits of the "
      "certificate's SHA-256" },
    { "fingerprint-md5", ACCOUNT "fingerprint=md5:AB\n",
      "/x/anna.conf:4: fingerprint: \"md5:AB\" is not sha256: and the 64 hexadecimal digits of the "
      "certificate's SHA-256" },
    { "secret-mistyped", ACCOUNT "secret=comand:pass x\n",
      "/x/anna.conf:4: secret: \"comand:…\" is not keyring, command:…, credential:NAME, file:PATH or goa:ID; "
      "did you mean \"command:…\"?" },
    { "secret-keyring-with-more", ACCOUNT "secret=keyring:work\n",
      "/x/anna.conf:4: secret: \"keyring:…\" is not keyring, command:…, credential:NAME, file:PATH or goa:ID; "
      "did you mean \"keyring\"?" },
    { "secret-itself", ACCOUNT "secret=hunter2\n",
      "/x/anna.conf:4: secret: \"…\" is not keyring, command:…, credential:NAME, file:PATH or goa:ID" },
    { "secret-itself-with-colon", ACCOUNT "secret=a7:x\n",
      "/x/anna.conf:4: secret: \"…\" is not keyring, command:…, credential:NAME, file:PATH or goa:ID" },
    { "secret-quotes", ACCOUNT "secret=command:pass 'x\n",
      "/x/anna.conf:4: secret: \"pass 'x\" is not a command that can be split into words: mind its quotes" },
    { "secret-no-command", ACCOUNT "secret=command:\n",
      "/x/anna.conf:4: secret: \"\" is not a command that can be split into words: mind its quotes" },
    { "secret-credential-path", ACCOUNT "secret=credential:../x\n",
      "/x/anna.conf:4: secret: \"../x\" is not the name of a systemd credential" },
    { "secret-goa-path", ACCOUNT "secret=goa:../x\n",
      "/x/anna.conf:4: secret: \"../x\" is not the id of a GNOME account; “inbasket account import goa” finds it" },
    { "secret-goa-none", ACCOUNT "secret=goa:\n",
      "/x/anna.conf:4: secret: \"\" is not the id of a GNOME account; “inbasket account import goa” finds it" },
    { "secret-file-relative", ACCOUNT "secret=file:x\n",
      "/x/anna.conf:4: secret: \"x\" is not a path that begins with / or ~/" },
    { "backslash", ACCOUNT "user=EXAMPLE\\anna\n", "/x/anna.conf:4: user: a backslash must be written \\\\" },
    { "backslash-in-list", ACCOUNT "[fetch]\nfolders=a\\b\n",
      "/x/anna.conf:5: folders: a backslash must be written \\\\, and a semicolon within a name \\;" },
    { "control", ACCOUNT "user=a\\nb\n", "/x/anna.conf:4: user: the value holds a control character (0x0a)" },
    { "control-raw", ACCOUNT "user=a\033b\n", "/x/anna.conf:4: user: the value holds a control character (0x1b)" },
    { "not-utf-8", ACCOUNT "user=M\374ller\n",
      "/x/anna.conf:4: byte 0xfc is not UTF-8 text; save the file as UTF-8" },
    { "plaintext", ACCOUNT "security=none\n",
      "/x/anna.conf:4: security: none sends password and mail to imap.example.org readable by anyone on the way; "
      "use tls or starttls, or add allow-plaintext=true if you want that" },
    { "since", ACCOUNT "[fetch]\nsince=30\n",
      "/x/anna.conf:5: since: \"30\" is not a time like 30d, or a day like 2026-01-31" },
    { "since-no-day", ACCOUNT "[fetch]\nsince=2026-02-30\n",
      "/x/anna.conf:5: since: \"2026-02-30\" is not a time like 30d, or a day like 2026-01-31" },
    { "after", ACCOUNT "[fetch]\nafter=remove\n",
      "/x/anna.conf:5: after: \"remove\" is not keep, delete, delete-after:14d or move:FOLDER; did you mean "
      "\"move:FOLDER\"?" },
    { "after-no-folder", ACCOUNT "[fetch]\nafter=move:\n",
      "/x/anna.conf:5: after: \"move:\" is not keep, delete, delete-after:14d or move:FOLDER; did you mean "
      "\"move:FOLDER\"?" },
    { "after-no-time", ACCOUNT "[fetch]\nafter=delete-after:soon\n",
      "/x/anna.conf:5: after: \"delete-after:soon\" is not keep, delete, delete-after:14d or move:FOLDER; "
      "did you mean \"delete-after:14d\"?" },
    { "max-size", ACCOUNT "[fetch]\nmax-size=20MB\n",
      "/x/anna.conf:5: max-size: \"20MB\" is not a size like 500K, 20M or 1G" },
    { "interval", ACCOUNT "[fetch]\ninterval=5\n",
      "/x/anna.conf:5: interval: \"5\" is not a time like 90s, 5m, 2h or 14d" },
    { "interval-zero", ACCOUNT "[fetch]\ninterval=0s\n",
      "/x/anna.conf:5: interval: \"0s\" is not a time like 90s, 5m, 2h or 14d" },
    { "folders-only-excludes", ACCOUNT "[fetch]\nfolders=!Spam\n",
      "/x/anna.conf:5: folders: \"!Spam\" is not a list that names a folder to fetch, like INBOX; ! only leaves out" },
    { "scripts", ACCOUNT "[filter]\nscripts=junk\n",
      "/x/anna.conf:5: scripts: \"junk\" is not the name of a filter; did you mean \"junk.sieve\"?" },
    { "scripts-path", ACCOUNT "[filter]\nscripts=../junk.sieve\n",
      "/x/anna.conf:5: scripts: \"../junk.sieve\" is not the name of a filter: give the file's name without its "
      "folder" },
    { "scripts-semicolon", ACCOUNT "[filter]\nscripts=a\\;b.sieve\n",
      "/x/anna.conf:5: scripts: \"a;b.sieve\" is not the name of a filter: rename its file, without \";\", \"\\\" and "
      "control characters" },
    { "scripts-twice", ACCOUNT "[filter]\nscripts=a.sieve;b.sieve;a.sieve\n",
      "/x/anna.conf:5: scripts: a.sieve stands here twice" },
    { "folder-percent", ACCOUNT "[filter]\nfolder=x.%b\n",
      "/x/anna.conf:5: folder: \"x.%b\" is not a folder: after % goes a (the account), f (the server's folder) or %" },
    { "folder-empty-level", ACCOUNT "[filter]\nfolder=a..b\n",
      "/x/anna.conf:5: folder: \"a..b\" is not a folder like Work or Lists.%f" },
    { "pop3-folders", ACCOUNT "protocol=pop3\n[fetch]\nfolders=INBOX;Lists\n",
      "/x/anna.conf:6: folders: POP3 has no folder but INBOX; use protocol=imap for others" },
    { "pop3-move", ACCOUNT "protocol=pop3\n[fetch]\nafter=move:Done\n",
      "/x/anna.conf:6: after: POP3 cannot move mail; use keep, delete or delete-after:14d" },
    { "pop3-server-junk", ACCOUNT "protocol=pop3\n[filter]\nserver-junk=move\n",
      "/x/anna.conf:6: server-junk: POP3 cannot move mail; use none, or protocol=imap" },
};

static void
refuses (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_account_parse ("/x/anna.conf", errors[i].text, strlen (errors[i].text), &error));
    g_assert_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID);
    g_assert_cmpstr (error->message, ==, errors[i].error);
}

static void
refuses_nul (void)
{
    static const char text[] = ACCOUNT "user=a\0b\n";
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_account_parse ("/x/anna.conf", text, sizeof text - 1, &error));
    g_assert_cmpstr (error->message, ==, "/x/anna.conf:4: byte 0x00 is not UTF-8 text; save the file as UTF-8");
}

static void
refuses_name (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_account_parse ("/x/Anna Work.conf", ACCOUNT, strlen (ACCOUNT), &error));
    g_assert_cmpstr (error->message, ==,
                     "/x/Anna Work.conf:2: \"Anna Work\" cannot be an account's name: it begins with a-z or 0-9 and "
                     "goes on with those, \".\", \"_\" and \"-\"; rename the file");
}

static const char *const plaintext_hosts[] = {
    "host=127.0.0.1\nsecurity=none", "host=::1\nsecurity=none", "host=localhost\nsecurity=none",
    "host=mail.localhost\nsecurity=none", "host=imap.example.org\nsecurity=none\nallow-plaintext=true",
};

static void
allows_plaintext (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strconcat ("[account]\naddress=a@b.c\n", data, "\n", NULL);
    g_autoptr (IbAccount) account = ib_account_parse ("/x/anna.conf", text, strlen (text), &error);
    g_assert_no_error (error);
    g_assert_cmpint (account->security, ==, IB_SECURITY_NONE);
}

/* What GKeyFile itself takes, we take, and understand it in the same way. */
static void
agrees_with_gkeyfile (void)
{
    const char *text = "\xef\xbb\xbf# first\r\n  [account]  \r\n\taddress = anna@example.org\r\n\r\nhost=\timap.example.org\r\n"
                       "user=\\sx\\ty\\\\z=1\r\n[fetch]\r\nfolders=a\\;b;c;\r\n[account]\r\nport=1";
    g_autoptr (GError) error = NULL;
    g_autoptr (IbAccount) account = ib_account_parse ("/x/anna.conf", text, strlen (text), &error);
    g_assert_no_error (error);

    g_autoptr (GKeyFile) file = g_key_file_new ();
    g_assert_true (g_key_file_load_from_data (file, text + 3, (gsize) -1, 0, &error));
    static const struct { const char *group, *key; gsize offset; } same[] = {
        { "account", "address", G_STRUCT_OFFSET (IbAccount, address) },
        { "account", "host", G_STRUCT_OFFSET (IbAccount, host) },
        { "account", "user", G_STRUCT_OFFSET (IbAccount, user) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (same); i++) {
        g_autofree char *theirs = g_key_file_get_string (file, same[i].group, same[i].key, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (G_STRUCT_MEMBER (char *, account, same[i].offset), ==, theirs);
    }
    g_auto (GStrv) folders = g_key_file_get_string_list (file, "fetch", "folders", NULL, &error);
    g_assert_cmpstrv (account->folders, folders);
    g_assert_cmpint (account->port, ==, g_key_file_get_integer (file, "account", "port", &error));
}

/* --- edits ------------------------------------------------------------------------------------------------------------------ */

static const struct { const char *name, *before; const char *set[7]; const char *after; } edits[] = {
    { "new-file", NULL,
      { "fetch.after", "delete", "account.host", "imap.example.org", "account.address", "a@b.c" },
      "[account]\naddress=a@b.c\nhost=imap.example.org\n\n[fetch]\nafter=delete\n" },
    { "value-in-place", "# mine\n\n[account]\n# who\naddress = a@b.c\n  host\t=  x.org\n# end\n",
      { "account.host", "y.org" },
      "# mine\n\n[account]\n# who\naddress = a@b.c\n  host\t=  y.org\n# end\n" },
    { "same-value", ACCOUNT, { "account.host", "imap.example.org" }, ACCOUNT },
    { "remove", ACCOUNT "# my port\nport=99\n# last\n", { "account.port", "" }, ACCOUNT "# my port\n# last\n" },
    { "remove-absent", ACCOUNT, { "account.port", "" }, ACCOUNT },
    { "remove-last-without-newline", ACCOUNT "port=1", { "account.port", "" }, ACCOUNT },
    { "in-documented-order", ACCOUNT "user=x\n", { "account.port", "99" }, ACCOUNT "port=99\nuser=x\n" },
    { "comment-keeps-its-key", "[account]\naddress=a@b.c\n# the server\nhost=x.org\n\n# polling\n[fetch]\npush=false\n",
      { "account.aliases", "d@b.c", "account.user", "anna" },
      "[account]\naddress=a@b.c\naliases=d@b.c\n# the server\nhost=x.org\nuser=anna\n\n# polling\n[fetch]\npush=false\n" },
    { "first-of-its-group", "[account]\n# the server\nhost=x.org\naddress=a@b.c\n", { "account.address", "d@b.c" },
      "[account]\n# the server\nhost=x.org\naddress=d@b.c\n" },
    { "into-an-empty-group", ACCOUNT "\n[fetch]\n\n[filter]\nenabled=false\n", { "fetch.push", "false" },
      ACCOUNT "\n[fetch]\npush=false\n\n[filter]\nenabled=false\n" },
    { "no-newline-at-the-end", ACCOUNT "port=1", { "account.user", "x", "fetch.push", "true" },
      ACCOUNT "port=1\nuser=x\n\n[fetch]\npush=true\n" },
    { "crlf", "[account]\r\naddress=a@b.c\r\nhost=x.org\r\n", { "account.host", "y.org", "account.user", "x" },
      "[account]\r\naddress=a@b.c\r\nhost=y.org\r\nuser=x\r\n" },
    { "escapes", ACCOUNT, { "account.user", " EX\\anna ", "account.secret", "command:a '\\s'" },
      ACCOUNT "user=\\sEX\\\\anna\\s\nsecret=command:a '\\\\s'\n" },
    { "lines", ACCOUNT, { "account.secret", "command:printf 'a\nb'" }, ACCOUNT "secret=command:printf 'a\\nb'\n" },
    { "list", ACCOUNT, { "fetch.folders", "INBOX;a\\;b;" }, ACCOUNT "\n[fetch]\nfolders=INBOX;a\\;b;\n" },
    { "mends-a-broken-value", ACCOUNT "security=tsl\n", { "account.security", "starttls" },
      ACCOUNT "security=starttls\n" },
    { "mends-a-missing-key", "[account]\naddress=a@b.c\n", { "account.host", "x.org" },
      "[account]\naddress=a@b.c\nhost=x.org\n" },
};

static char *
temporary_folder (void)
{
    g_autoptr (GError) error = NULL;
    char *folder = g_dir_make_tmp ("inbasket-XXXXXX", &error);
    g_assert_no_error (error);
    return folder;
}

static void
write_file (const char *path, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, text, -1, &error));
    g_assert_no_error (error);
}

static void
edits_file (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *top = temporary_folder ();
    g_autofree char *folder = g_build_filename (top, "accounts", NULL);
    g_autofree char *path = g_build_filename (folder, "anna.conf", NULL);
    if (edits[i].before != NULL) {
        g_assert_no_errno (g_mkdir (folder, 0755));
        write_file (path, edits[i].before);
    }

    g_assert_true (ib_account_file_set (path, edits[i].set, &error));
    g_assert_no_error (error);

    g_autofree char *text = NULL;
    GStatBuf st;
    g_assert_true (g_file_get_contents (path, &text, NULL, &error));
    g_assert_cmpstr (text, ==, edits[i].after);
    g_assert_no_errno (g_stat (path, &st));
    g_assert_cmpuint (st.st_mode & 07777, ==, 0600);
    g_assert_no_errno (g_unlink (path));
    g_assert_no_errno (g_rmdir (folder));
    g_assert_no_errno (g_rmdir (top));
}

static const struct { const char *name, *before; const char *set[5]; const char *error; } bad_edits[] = {
    { "value", ACCOUNT, { "account.security", "tsl" },
      "security: \"tsl\" is not one of tls, starttls, none; did you mean \"tls\"?" },
    { "together", ACCOUNT, { "account.security", "none" },
      "security: none sends password and mail to imap.example.org readable by anyone on the way; "
      "use tls or starttls, or add allow-plaintext=true if you want that" },
    { "key", ACCOUNT, { "account.hots", "x" }, "unknown key \"account.hots\"; did you mean \"account.host\"?" },
    { "new-and-incomplete", NULL, { "account.address", "a@b.c", "account.protocol", "pop3" },
      "host is missing; add host=pop3.EXAMPLE.ORG, the mail server's name, to [account]" },
    { "not-utf-8", ACCOUNT, { "account.user", "M\374ller" }, "user: the value is not UTF-8 text" },
    { "line-end", ACCOUNT, { "account.user", "a\nhost=evil" },
      "user: the value holds a control character (0x0a)" },
    { "line-end-in-list", ACCOUNT, { "fetch.folders", "INBOX\n[filter]" },
      "folders: the value holds a control character (0x0a)" },
    { "elsewhere-broken", ACCOUNT "port=x\n", { "account.user", "anna" },
      "anna.conf:4: port: \"x\" is not a port from 1 to 65535" },
};

/* Refused edits leave the file as it was. */
static void
refuses_edit (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL, unread = NULL;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "anna.conf", NULL);
    if (bad_edits[i].before != NULL)
        write_file (path, bad_edits[i].before);

    g_assert_false (ib_account_file_set (path, bad_edits[i].set, &error));
    g_assert_error (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_INVALID);
    const char *message = g_str_has_prefix (error->message, folder) ? error->message + strlen (folder) + 1
                                                                    : error->message;
    g_assert_cmpstr (message, ==, bad_edits[i].error);

    g_autofree char *text = NULL;
    (void) g_file_get_contents (path, &text, NULL, &unread); /* stays NULL where there was no file */
    g_assert_cmpstr (text, ==, bad_edits[i].before);
    g_unlink (path);
    g_assert_no_errno (g_rmdir (folder));
}

/* Settings that are kept elsewhere and linked here stay linked. */
static void
writes_through_link (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "anna.conf", NULL);
    g_autofree char *real = g_build_filename (folder, "kept", NULL);
    write_file (real, ACCOUNT);
    g_assert_no_errno (symlink ("kept", path));

    g_assert_true (ib_account_file_set (path, (const char *const[]){ "account.user", "x", NULL }, &error));
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (real, &text, NULL, &error));
    g_assert_cmpstr (text, ==, ACCOUNT "user=x\n");
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_SYMLINK));
    g_unlink (path);
    g_unlink (real);
    g_assert_no_errno (g_rmdir (folder));
}

static void
loads (void)
{
    g_autofree char *folder = temporary_folder ();
    g_autofree char *path = g_build_filename (folder, "anna.work.conf", NULL);
    g_autoptr (GError) missing = NULL, odd = NULL, error = NULL;
    g_assert_null (ib_account_load (path, &missing));
    g_assert_error (missing, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_MISSING);
    g_assert_null (ib_account_load (folder, &odd));
    g_assert_error (odd, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_FILE);

    write_file (path, ACCOUNT "[fetch]\nsince=30d\n");
    g_autoptr (IbAccount) account = ib_account_load (path, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (account->name, ==, "anna.work");
    g_assert_cmpuint (ib_account_file_line (path, "fetch.since"), ==, 5);
    g_assert_cmpuint (ib_account_file_line (path, "fetch.after"), ==, 4);
    g_assert_cmpuint (ib_account_file_line (path, "filter.scripts"), ==, 1);
    g_unlink (path);
    g_assert_no_errno (g_rmdir (folder));
}

static void
add_rows (const char *group, gsize n, const char *const *first_name, gsize stride, GTestDataFunc test)
{
    for (gsize i = 0; i < n; i++) {
        const char *name = *(const char *const *) ((const char *) first_name + i * stride);
        g_autofree char *path = g_strdup_printf ("/account-file/%s/%s", group, name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
    }
}
#define ADD_ROWS(group, rows, test) add_rows (group, G_N_ELEMENTS (rows), &rows[0].name, sizeof rows[0], test)

int
main (int argc, char **argv)
{
    g_setenv ("HOME", "/people/anna", TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS ("value", values, reads_value);
    ADD_ROWS ("error", errors, refuses);
    ADD_ROWS ("edit", edits, edits_file);
    ADD_ROWS ("bad-edit", bad_edits, refuses_edit);
    for (gsize i = 0; i < G_N_ELEMENTS (plaintext_hosts); i++) {
        g_autofree char *path = g_strdup_printf ("/account-file/plaintext/%zu", i);
        g_test_add_data_func (path, plaintext_hosts[i], allows_plaintext);
    }
    g_test_add_func ("/account-file/all-keys-are-tested", all_keys_are_tested);
    g_test_add_func ("/account-file/nul", refuses_nul);
    g_test_add_func ("/account-file/name", refuses_name);
    g_test_add_func ("/account-file/agrees-with-gkeyfile", agrees_with_gkeyfile);
    g_test_add_func ("/account-file/link", writes_through_link);
    g_test_add_func ("/account-file/load", loads);
    return g_test_run ();
}
