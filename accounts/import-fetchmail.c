/* import-fetchmail.c - fetchmail's run control file: words in a free form, a server entry after the other */
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- tokens ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    char *text;
    bool is_quoted; /* then it is no keyword */
    guint line;
} Token;

static void
token_free (gpointer data)
{
    Token *token = data;
    ib_import_wipe (token->text);
    g_free (token);
}

typedef struct {
    const char *at;
    guint line;
    GPtrArray *tokens;
} Scanner;

static void
add_token (Scanner *self, GString *text, bool is_quoted)
{
    Token *token = g_new0 (Token, 1);
    token->text = g_strdup (text->str);
    token->is_quoted = is_quoted;
    token->line = self->line;
    g_ptr_array_add (self->tokens, token);
    ib_secret_wipe (text->str, text->allocated_len);
    g_string_truncate (text, 0);
}

/* At most @most digits of @base; *at is behind them then. */
static guint
read_code (const char **at, guint base, guint most)
{
    guint code = 0;
    for (; most > 0 && g_ascii_isxdigit (**at) && (guint) g_ascii_xdigit_value (**at) < base; most--)
        code = code * base + (guint) g_ascii_xdigit_value (*(*at)++);
    return code;
}

/* escape = "\" ("n" / "t" / "b" / "r" / "x" 2HEXDIG / "0" 3octal / 3DIGIT / char); of a line's end: nothing */
static void
read_escape (Scanner *self, GString *text)
{
    const char *c = ++self->at;
    bool is_hex = *c == 'x' && g_ascii_isxdigit (c[1]);
    if (is_hex || g_ascii_isdigit (*c)) {
        self->at += is_hex || *c == '0';
        guint code = read_code (&self->at, is_hex ? 16 : *c == '0' ? 8 : 10, is_hex ? 2 : 3);
        if (code > 0 && code < 256)
            g_string_append_c (text, (char) code);
        return;
    }
    if (*c == '\n')
        self->line++;
    else if (*c != '\0')
        g_string_append_c (text, *c == 'n'   ? '\n'
                                 : *c == 't' ? '\t'
                                 : *c == 'b' ? '\b'
                                 : *c == 'r' ? '\r'
                                             : *c);
    self->at += *c != '\0';
}

static bool
read_quoted (Scanner *self, GString *text)
{
    char quote = *self->at++;
    while (*self->at != '\0' && *self->at != quote) {
        self->line += *self->at == '\n';
        if (*self->at == '\\')
            read_escape (self, text);
        else
            g_string_append_c (text, *self->at++);
    }
    if (*self->at == '\0')
        return false;
    self->at++;
    add_token (self, text, true);
    return true;
}

static void
read_word (Scanner *self, GString *text)
{
    while (*self->at != '\0' && !g_ascii_isspace (*self->at) && strchr (",;:=\"", *self->at) == NULL) {
        if (*self->at == '\\')
            read_escape (self, text);
        else
            g_string_append_c (text, *self->at++);
    }
    add_token (self, text, false);
}

/* False: a quotation mark is not closed, or there are too many words. */
static bool
scan (Scanner *self)
{
    GString *text = g_string_sized_new (256);
    bool is_good = true;
    while (is_good && *self->at != '\0') {
        if (*self->at == '#') {
            self->at += strcspn (self->at, "\n");
        } else if (*self->at == '"' || *self->at == '\'') {
            is_good = read_quoted (self, text);
        } else if (g_ascii_isspace (*self->at) || strchr (",;:=", *self->at) != NULL) {
            self->line += *self->at == '\n';
            self->at++;
        } else {
            read_word (self, text);
        }
        is_good = is_good && self->tokens->len <= IB_LIMIT_IMPORT_WORDS;
    }
    ib_secret_wipe (text->str, text->allocated_len);
    g_string_free (text, TRUE);
    return is_good;
}

/* --- the grammar --------------------------------------------------------------------------------------------------------- */

typedef enum { FLAG, ONE, MANY, USER } Arguments;

/* What a keyword takes, and what becomes of it. */
static const struct Option {
    const char *name, *other_name; /* "proto", "protocol" */
    Arguments arguments;
    const char *key;    /* of ours, if the argument can be taken as it stands */
    const char *reason; /* for leaving it; NULL: see take_option (), or nobody would miss it */
} options[] = {
    { "via", NULL, ONE, "account.host", NULL },
    { "proto", "protocol", ONE, NULL, NULL },
    { "local", "localdomains", MANY, NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by "
          "recipient") },
    { "port", "service", ONE, NULL, NULL },
    { "auth", "authenticate", ONE, NULL, NULL },
    { "timeout", NULL, ONE, NULL, N_ ("Inbasket has limits of its own for a server that does not answer") },
    { "envelope", NULL, ONE, NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by recipient") },
    { "qvirtual", NULL, ONE, NULL,
      N_ ("All that is in the mailbox comes into your one Maildir; a filter can sort it by recipient") },
    { "aka", NULL, MANY, NULL, NULL },
    { "interface", NULL, ONE, NULL, N_ ("Whether there is a way to the server is seen by itself") },
    { "monitor", NULL, ONE, NULL, N_ ("Whether there is a way to the server is seen by itself") },
    { "plugin", NULL, ONE, NULL, NULL },
    { "plugout", NULL, ONE, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "dns", NULL, FLAG, NULL, NULL },
    { "checkalias", NULL, FLAG, NULL, NULL },
    { "uidl", NULL, FLAG, NULL, NULL },
    { "interval", NULL, ONE, NULL, NULL },
    { "tracepolls", NULL, FLAG, NULL, N_ ("“inbasket why” knows the account that a message came through") },
    { "principal", NULL, ONE, NULL, N_ ("Inbasket signs in by password or token, not by Kerberos") },
    { "esmtpname", NULL, ONE, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "esmtppassword", NULL, ONE, NULL, NULL },
    { "bad-header", NULL, ONE, NULL, N_ ("Mail is delivered whatever its header is like") },
    { "user", "username", USER, NULL, NULL },
    { "is", "to", MANY, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "pass", "password", ONE, NULL, NULL },
    { "passwordfile", NULL, ONE, NULL, NULL },
    { "ssl", NULL, FLAG, NULL, NULL },
    { "sslcert", NULL, ONE, NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "sslkey", NULL, ONE, NULL, N_ ("Inbasket signs in by password or token, not by certificate") },
    { "sslcertck", NULL, FLAG, NULL, NULL },
    { "sslcertfile", NULL, ONE, NULL, NULL },
    { "sslcertpath", NULL, ONE, NULL,
      N_ ("The system's authorities are trusted, and ca-file= names one file more") },
    { "sslcommonname", NULL, ONE, NULL,
      N_ ("The certificate must be for the server's own name; a wrong one can be pinned with "
          "fingerprint=") },
    { "sslfingerprint", NULL, ONE, NULL, NULL },
    { "sslproto", NULL, ONE, NULL, NULL },
    { "folder", NULL, MANY, NULL, NULL },
    { "smtphost", "smtp", MANY, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "fetchdomains", NULL, MANY, NULL, N_ ("ETRN and ODMR are not spoken") },
    { "smtpaddress", NULL, ONE, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "smtpname", NULL, ONE, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "lmtp", NULL, FLAG, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "antispam", NULL, MANY, NULL, N_ ("Inbasket judges spam itself") },
    { "mda", NULL, ONE, NULL,
      N_ ("Mail goes into your one Maildir; what the delivery agent did is a Sieve filter's work here") },
    { "bsmtp", NULL, ONE, NULL, N_ ("Mail goes into your one Maildir: maildir= in inbasket.conf") },
    { "preconnect", NULL, ONE, NULL, N_ ("No program is run before a poll") },
    { "postconnect", NULL, ONE, NULL, N_ ("after-delivery= in inbasket.conf is run after new mail") },
    { "keep", NULL, FLAG, NULL, NULL },
    { "flush", NULL, FLAG, NULL, N_ ("Nothing is deleted on a server that is not safe here") },
    { "limitflush", NULL, FLAG, NULL, N_ ("Nothing is deleted on a server that is not safe here") },
    { "fetchall", NULL, FLAG, NULL, NULL }, /* it always is: what was read elsewhere, too */
    { "rewrite", NULL, FLAG, NULL, NULL },
    { "stripcr", NULL, FLAG, NULL, NULL },
    { "forcecr", NULL, FLAG, NULL, NULL },
    { "pass8bits", NULL, FLAG, NULL, NULL },
    { "dropstatus", NULL, FLAG, NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "dropdelivered", NULL, FLAG, NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "mimedecode", NULL, FLAG, NULL,
      N_ ("Of mail nothing is changed but for fields of Inbasket's own, see annotate=") },
    { "idle", NULL, FLAG, NULL, NULL },
    { "limit", NULL, ONE, NULL, NULL },
    { "warnings", NULL, ONE, NULL, NULL },
    { "batchlimit", NULL, ONE, NULL, NULL },
    { "fetchlimit", NULL, ONE, NULL, N_ ("All that is there is fetched") },
    { "fetchsizelimit", NULL, ONE, NULL, NULL },
    { "fastuidl", NULL, ONE, NULL, NULL },
    { "expunge", NULL, ONE, NULL, NULL },
    { "properties", NULL, ONE, NULL, NULL },
};
typedef struct Option Option;

/* One option as it was given. */
typedef struct {
    const Option *option;
    bool is_no;
    GPtrArray *arguments; /* char * */
} Given;

typedef struct {
    char *name; /* of the server, or "" for the defaults */
    bool is_skipped;
    GPtrArray *given; /* Given: the server's */
    GPtrArray *users; /* GPtrArray of Given each; the first is the user's name */
} Entry;

static void
given_free (gpointer data)
{
    Given *given = data;
    g_ptr_array_unref (given->arguments);
    g_free (given);
}

static void
list_free (gpointer list)
{
    g_ptr_array_unref (list);
}

static Entry *
entry_new (const char *name, bool is_skipped)
{
    Entry *self = g_new0 (Entry, 1);
    self->name = g_strdup (name);
    self->is_skipped = is_skipped;
    self->given = g_ptr_array_new_with_free_func (given_free);
    self->users = g_ptr_array_new_with_free_func (list_free);
    return self;
}

static void
entry_free (gpointer data)
{
    Entry *self = data;
    g_free (self->name);
    g_ptr_array_unref (self->given);
    g_ptr_array_unref (self->users);
    g_free (self);
}

static bool
is_word (const Token *token, const char *word)
{
    return !token->is_quoted && g_ascii_strcasecmp (token->text, word) == 0;
}

static bool
is_noise (const Token *token)
{
    static const char *const noise[]
        = { "and", "with", "has", "wants", "options", "option", "here", "there" };
    for (gsize i = 0; i < G_N_ELEMENTS (noise); i++)
        if (is_word (token, noise[i]))
            return true;
    return false;
}

static const Option *
find_option (const Token *token)
{
    for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
        if (is_word (token, options[i].name)
            || (options[i].other_name != NULL && is_word (token, options[i].other_name)))
            return &options[i];
    return NULL;
}

/* "nokeep" is "no keep". */
static const Option *
find_denied_option (const Token *token)
{
    if (g_ascii_strncasecmp (token->text, "no", 2) != 0)
        return NULL;
    const Token rest = { .text = token->text + 2, .is_quoted = token->is_quoted, .line = token->line };
    const Option *option = find_option (&rest);
    return option != NULL && option->arguments == FLAG ? option : NULL;
}

static bool
begins_entry (const Token *token)
{
    return is_word (token, "poll") || is_word (token, "server") || is_word (token, "skip")
           || is_word (token, "defaults") || is_word (token, "set");
}

static bool
is_keyword (const Token *token)
{
    return begins_entry (token) || is_noise (token) || find_option (token) != NULL || is_word (token, "no")
           || find_denied_option (token) != NULL;
}

typedef struct {
    const IbImport *import;
    const GPtrArray *tokens;
    guint at;
    GPtrArray *entries; /* Entry */
    guint daemon_s;
} Parser;

static const Token *
peek (const Parser *self)
{
    return self->at < self->tokens->len ? self->tokens->pdata[self->at] : NULL;
}

static const Token *
take (Parser *self)
{
    return self->tokens->pdata[self->at++];
}

/* set = "set" ["no"] word [argument]; only the interval matters */
static void
read_set (Parser *self)
{
    const Token *word = peek (self);
    if (word != NULL && is_word (word, "no"))
        self->at++;
    word = peek (self);
    if (word == NULL || is_keyword (word))
        return;
    self->at++;
    const Token *value = peek (self);
    static const char *const flags[]
        = { "bouncemail", "spambounce", "softbounce", "syslog", "invisible", "showdots" };
    for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
        if (is_word (word, flags[i]))
            return;
    if (value == NULL || is_keyword (value))
        return;
    if (is_word (word, "daemon"))
        self->daemon_s = (guint) MIN (g_ascii_strtoull (value->text, NULL, 10), 7 * 24 * 60 * 60);
    self->at++;
}

/* option = ["no" [blanks]] keyword *argument */
static bool
read_option (Parser *self, Entry *entry, bool is_no, GError **error)
{
    const Token *word = take (self);
    const Option *denied = find_denied_option (word);
    const Option *option = denied != NULL ? denied : find_option (word);
    g_autofree char *what
        = g_strdup_printf (_ ("“%s” is no keyword of fetchmail's"), word->is_quoted ? "…" : word->text);
    if (option == NULL)
        return ib_import_fail (self->import, word->line, what, error);
    Given *given = g_new0 (Given, 1);
    given->option = option;
    given->is_no = is_no || denied != NULL;
    given->arguments = ib_import_words_new ();
    if (option->arguments == USER)
        g_ptr_array_add (entry->users, g_ptr_array_new_with_free_func (given_free));
    bool is_users = entry->users->len > 0;
    g_ptr_array_add (is_users ? entry->users->pdata[entry->users->len - 1] : entry->given, given);
    bool takes = option->arguments != FLAG && !given->is_no;
    /* "auth password": one argument may be a keyword, a list ends at one. */
    while (takes && peek (self) != NULL && (option->arguments == ONE || !is_keyword (peek (self)))) {
        g_ptr_array_add (given->arguments, g_strdup (take (self)->text));
        takes = option->arguments == MANY;
    }
    return !takes || given->arguments->len > 0 || option->arguments == USER
           || ib_import_fail (self->import, word->line, _ ("something is missing behind the keyword"), error);
}

static bool
read_entry (Parser *self, const Token *word, GError **error)
{
    if (is_word (word, "defaults")) {
        g_ptr_array_add (self->entries, entry_new ("", true));
        return true;
    }
    if (peek (self) == NULL || is_keyword (peek (self)))
        return ib_import_fail (self->import, word->line, _ ("no server is named behind it"), error);
    g_ptr_array_add (self->entries, entry_new (take (self)->text, is_word (word, "skip")));
    return true;
}

static bool
read_all (Parser *self, GError **error)
{
    bool is_good = true;
    while (is_good && peek (self) != NULL) {
        const Token *word = peek (self);
        Entry *entry = self->entries->len > 0 ? self->entries->pdata[self->entries->len - 1] : NULL;
        if (is_noise (word)) {
            self->at++;
        } else if (is_word (word, "set")) {
            self->at++;
            read_set (self);
        } else if (begins_entry (word)) {
            self->at++;
            is_good = read_entry (self, word, error);
        } else if (entry == NULL) {
            is_good = ib_import_fail (self->import, word->line,
                                      _ ("a server entry begins with “poll” or “skip”"), error);
        } else {
            bool is_no = is_word (word, "no") && self->at + 1 < self->tokens->len;
            self->at += is_no;
            is_good = read_option (self, entry, is_no, error);
        }
    }
    return is_good;
}

/* --- taking --------------------------------------------------------------------------------------------------------------- */

/* The last one given of that name, of lists in falling order; NULL: none. */
static const Given *
find (const GPtrArray *const *lists, const char *name)
{
    for (; *lists != NULL; lists++)
        for (guint i = (*lists)->len; i > 0; i--) {
            const Given *given = (*lists)->pdata[i - 1];
            if (strcmp (given->option->name, name) == 0)
                return given;
        }
    return NULL;
}

static const char *
argument (const GPtrArray *const *lists, const char *name)
{
    const Given *given = find (lists, name);
    return given != NULL && given->arguments->len > 0 ? given->arguments->pdata[0] : NULL;
}

static bool
is_set (const GPtrArray *const *lists, const char *name)
{
    const Given *given = find (lists, name);
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
    const Given *check = find (lists, "sslcertck");
    if (check != NULL && check->is_no)
        ib_imported_leave (
            self, "no sslcertck",
            _ ("Certificates are verified, always; one that nobody vouches for is pinned with fingerprint="));
}

static void
take_folders (IbImported *self, const GPtrArray *const *lists)
{
    const Given *given = find (lists, "folder");
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
take_option (IbImported *self, const char *home, const char *folder, const Given *given)
{
    const char *name = given->option->name;
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
        const Given *given = list->pdata[i];
        const Option *option = given->option;
        if (given->is_no && strcmp (option->name, "idle") != 0)
            continue;
        if (take_option (self, home, folder, given))
            continue;
        if (option->key != NULL && given->arguments->len > 0)
            ib_imported_take (self, option->name, option->key, given->arguments->pdata[0]);
        else if (option->reason != NULL)
            ib_imported_leave (self, option->name, _ (option->reason));
    }
}

static void
import_user (Parser *parser, IbImport *import, const char *home, const Entry *entry, const Entry *defaults,
             const GPtrArray *user)
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
    take_interval (self, lists, parser->daemon_s);
    if (entry->is_skipped)
        ib_imported_change (self, "skip", "account.enabled", "false",
                            _ ("It is paused: “inbasket account resume NAME”"));
}

static void
import_entries (Parser *parser, IbImport *import, const char *home)
{
    const Entry *defaults = NULL;
    for (guint i = 0; i < parser->entries->len; i++) {
        const Entry *entry = parser->entries->pdata[i];
        if (*entry->name == '\0')
            defaults = entry;
        for (guint j = 0; *entry->name != '\0' && j < entry->users->len; j++)
            if (import->accounts->len < IB_LIMIT_IMPORT_ACCOUNTS)
                import_user (parser, import, home, entry, defaults, entry->users->pdata[j]);
        if (*entry->name != '\0' && entry->users->len == 0)
            ib_import_leave (import, entry->name, _ ("It names no user"));
    }
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (token_free);
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
    Scanner scanner = { text, 1, tokens };
    if (!scan (&scanner))
        return ib_import_fail (import, scanner.line,
                               _ ("a quotation mark is not closed, or there are too many words"), error);
    Parser parser = { import, tokens, 0, entries, 0 };
    if (!read_all (&parser, error))
        return false;
    import_entries (&parser, import, home);
    return true;
}

static const char *const places[] = { ".fetchmailrc", NULL };

const IbImportFormat ib_import_fetchmail = { "fetchmail", places, NULL, parse, NULL, NULL };
