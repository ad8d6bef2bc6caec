/* import-fetchmail-read.c - fetchmail's run control file, as it stands there */
#include "import-fetchmail.h"
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

typedef struct {
    const char *name, *other_name; /* "proto", "protocol" */
    Arguments arguments;
} Keyword;

static const Keyword keywords[] = {
    { "via", NULL, ONE },
    { "proto", "protocol", ONE },
    { "local", "localdomains", MANY },
    { "port", "service", ONE },
    { "auth", "authenticate", ONE },
    { "timeout", NULL, ONE },
    { "envelope", NULL, ONE },
    { "qvirtual", NULL, ONE },
    { "aka", NULL, MANY },
    { "interface", NULL, ONE },
    { "monitor", NULL, ONE },
    { "plugin", NULL, ONE },
    { "plugout", NULL, ONE },
    { "dns", NULL, FLAG },
    { "checkalias", NULL, FLAG },
    { "uidl", NULL, FLAG },
    { "interval", NULL, ONE },
    { "tracepolls", NULL, FLAG },
    { "principal", NULL, ONE },
    { "esmtpname", NULL, ONE },
    { "esmtppassword", NULL, ONE },
    { "bad-header", NULL, ONE },
    { "user", "username", USER },
    { "is", "to", MANY },
    { "pass", "password", ONE },
    { "passwordfile", NULL, ONE },
    { "ssl", NULL, FLAG },
    { "sslcert", NULL, ONE },
    { "sslkey", NULL, ONE },
    { "sslcertck", NULL, FLAG },
    { "sslcertfile", NULL, ONE },
    { "sslcertpath", NULL, ONE },
    { "sslcommonname", NULL, ONE },
    { "sslfingerprint", NULL, ONE },
    { "sslproto", NULL, ONE },
    { "folder", NULL, MANY },
    { "smtphost", "smtp", MANY },
    { "fetchdomains", NULL, MANY },
    { "smtpaddress", NULL, ONE },
    { "smtpname", NULL, ONE },
    { "lmtp", NULL, FLAG },
    { "antispam", NULL, MANY },
    { "mda", NULL, ONE },
    { "bsmtp", NULL, ONE },
    { "preconnect", NULL, ONE },
    { "postconnect", NULL, ONE },
    { "keep", NULL, FLAG },
    { "flush", NULL, FLAG },
    { "limitflush", NULL, FLAG },
    { "fetchall", NULL, FLAG },
    { "rewrite", NULL, FLAG },
    { "stripcr", NULL, FLAG },
    { "forcecr", NULL, FLAG },
    { "pass8bits", NULL, FLAG },
    { "dropstatus", NULL, FLAG },
    { "dropdelivered", NULL, FLAG },
    { "mimedecode", NULL, FLAG },
    { "idle", NULL, FLAG },
    { "limit", NULL, ONE },
    { "warnings", NULL, ONE },
    { "batchlimit", NULL, ONE },
    { "fetchlimit", NULL, ONE },
    { "fetchsizelimit", NULL, ONE },
    { "fastuidl", NULL, ONE },
    { "expunge", NULL, ONE },
    { "properties", NULL, ONE },
};

static void
given_free (gpointer data)
{
    IbFetchmailOption *given = data;
    g_ptr_array_unref (given->arguments);
    g_free (given);
}

static void
list_free (gpointer list)
{
    g_ptr_array_unref (list);
}

static IbFetchmailEntry *
entry_new (const char *name, bool is_skipped)
{
    IbFetchmailEntry *self = g_new0 (IbFetchmailEntry, 1);
    self->name = g_strdup (name);
    self->is_skipped = is_skipped;
    self->given = g_ptr_array_new_with_free_func (given_free);
    self->users = g_ptr_array_new_with_free_func (list_free);
    return self;
}

static void
entry_free (gpointer data)
{
    IbFetchmailEntry *self = data;
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

static const Keyword *
find_keyword (const Token *token)
{
    for (gsize i = 0; i < G_N_ELEMENTS (keywords); i++)
        if (is_word (token, keywords[i].name)
            || (keywords[i].other_name != NULL && is_word (token, keywords[i].other_name)))
            return &keywords[i];
    return NULL;
}

/* "nokeep" is "no keep". */
static const Keyword *
find_denied (const Token *token)
{
    if (g_ascii_strncasecmp (token->text, "no", 2) != 0)
        return NULL;
    const Token rest = { .text = token->text + 2, .is_quoted = token->is_quoted, .line = token->line };
    const Keyword *keyword = find_keyword (&rest);
    return keyword != NULL && keyword->arguments == FLAG ? keyword : NULL;
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
    return begins_entry (token) || is_noise (token) || find_keyword (token) != NULL || is_word (token, "no")
           || find_denied (token) != NULL;
}

typedef struct {
    const IbImport *import;
    const GPtrArray *tokens;
    guint at;
    GPtrArray *entries; /* IbFetchmailEntry */
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
read_option (Parser *self, IbFetchmailEntry *entry, bool is_no, GError **error)
{
    const Token *word = take (self);
    const Keyword *denied = find_denied (word);
    const Keyword *keyword = denied != NULL ? denied : find_keyword (word);
    g_autofree char *what
        = g_strdup_printf (_ ("“%s” is no keyword of fetchmail's"), word->is_quoted ? "…" : word->text);
    if (keyword == NULL)
        return ib_import_fail (self->import, word->line, what, error);
    IbFetchmailOption *given = g_new0 (IbFetchmailOption, 1);
    given->name = keyword->name;
    given->is_no = is_no || denied != NULL;
    given->arguments = ib_import_words_new ();
    if (keyword->arguments == USER)
        g_ptr_array_add (entry->users, g_ptr_array_new_with_free_func (given_free));
    bool is_users = entry->users->len > 0;
    g_ptr_array_add (is_users ? entry->users->pdata[entry->users->len - 1] : entry->given, given);
    bool takes = keyword->arguments != FLAG && !given->is_no;
    /* "auth password": one argument may be a keyword, a list ends at one. */
    while (takes && peek (self) != NULL && (keyword->arguments == ONE || !is_keyword (peek (self)))) {
        g_ptr_array_add (given->arguments, g_strdup (take (self)->text));
        takes = keyword->arguments == MANY;
    }
    return !takes || given->arguments->len > 0 || keyword->arguments == USER
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
        IbFetchmailEntry *entry
            = self->entries->len > 0 ? self->entries->pdata[self->entries->len - 1] : NULL;
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

GPtrArray *
ib_fetchmail_parse (const IbImport *import, const char *text, guint *out_daemon_s, GError **error)
{
    g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (token_free);
    g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func (entry_free);
    Scanner scanner = { text, 1, tokens };
    if (!scan (&scanner)) {
        ib_import_fail (import, scanner.line,
                        _ ("a quotation mark is not closed, or there are too many words"), error);
        return NULL;
    }
    Parser parser = { import, tokens, 0, entries, 0 };
    if (!read_all (&parser, error))
        return NULL;
    *out_daemon_s = parser.daemon_s;
    return g_steal_pointer (&entries);
}
