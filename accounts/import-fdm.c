/* import-fdm.c - fdm's configuration: of its accounts, actions and rules, the accounts */
#include "import-file.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- tokens -------------------------------------------------------------------------------------------------------------- */

typedef enum { WORD, STRING, COMMAND, BRACE } Kind; /* keep, "text", $(program), { or } */

typedef struct {
    Kind kind;
    char *text;
    bool begins_line;
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
    bool is_at_begin; /* of a line */
    GPtrArray *tokens;
} Scanner;

static void
add_token (Scanner *self, Kind kind, const char *text, gsize length)
{
    Token *token = g_new0 (Token, 1);
    token->kind = kind;
    token->text = g_strndup (text, length);
    token->begins_line = self->is_at_begin;
    token->line = self->line;
    self->is_at_begin = false;
    g_ptr_array_add (self->tokens, token);
}

/* string = DQUOTE *(char / "\" char) DQUOTE */
static bool
read_string (Scanner *self)
{
    char quote = *self->at++;
    gsize length = 0;
    for (; self->at[length] != '\0' && self->at[length] != quote; length++)
        length += self->at[length] == '\\' && self->at[length + 1] != '\0';
    if (self->at[length] == '\0')
        return false;
    GString *text = g_string_sized_new (length + 1);
    for (gsize i = 0; i < length; i++) {
        i += self->at[i] == '\\';
        g_string_append_c (text, self->at[i]);
    }
    add_token (self, STRING, text->str, text->len);
    for (gsize i = 0; i < length; i++)
        self->line += self->at[i] == '\n';
    self->at += length + 1;
    ib_import_wipe (g_string_free (text, FALSE));
    return true;
}

/* command = ("$" / "%") "(" … ")" */
static bool
read_command (Scanner *self)
{
    gsize length = strcspn (self->at + 2, ")\n");
    if (self->at[2 + length] != ')')
        return false;
    add_token (self, COMMAND, self->at + 2, length);
    self->at += length + 3;
    return true;
}

static void
read_plain (Scanner *self)
{
    gsize length = strcspn (self->at, " \t\r\n\"{}");
    if (*self->at == '{' || *self->at == '}')
        add_token (self, BRACE, self->at, 1);
    else
        add_token (self, WORD, self->at, length);
    self->at += MAX (length, 1);
}

static bool
scan (Scanner *self)
{
    bool is_good = true;
    while (is_good && *self->at != '\0') {
        bool is_command = (*self->at == '$' || *self->at == '%') && self->at[1] == '(';
        if (*self->at == '#') {
            self->at += strcspn (self->at, "\n");
        } else if (*self->at == '\n') {
            self->is_at_begin = true;
            self->line++;
            self->at++;
        } else if (g_ascii_isspace (*self->at)) {
            self->at++;
        } else if (*self->at == '"' || *self->at == '\'') {
            is_good = read_string (self);
        } else if (is_command) {
            is_good = read_command (self);
        } else {
            read_plain (self);
        }
        is_good = is_good && self->tokens->len <= IB_LIMIT_IMPORT_WORDS;
    }
    return is_good;
}

/* --- macros ---------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const IbImport *import;
    const GPtrArray *tokens;
    guint at;
    GHashTable *macros; /* "$name" to the Token of its value */
} Parser;

static const Token *
peek (const Parser *self, guint ahead)
{
    return self->at + ahead < self->tokens->len ? self->tokens->pdata[self->at + ahead] : NULL;
}

static bool
is_word (const Token *token, const char *word)
{
    return token != NULL && token->kind == WORD && strcmp (token->text, word) == 0;
}

/* "${name}" in a string. */
static char *
fill_in (const Parser *self, const char *text)
{
    g_autoptr (GString) whole = g_string_new (NULL);
    while (*text != '\0' && whole->len < IB_LIMIT_LINE_BYTES) {
        bool is_macro = (*text == '$' || *text == '%') && text[1] == '{';
        gsize length = is_macro ? strcspn (text + 2, "}") : 0;
        g_autofree char *name
            = is_macro ? g_strdup_printf ("%c%.*s", *text, (int) MIN (length, 200), text + 2) : NULL;
        const Token *value = name != NULL ? g_hash_table_lookup (self->macros, name) : NULL;
        if (value == NULL || value->kind == COMMAND || text[2 + length] != '}') {
            g_string_append_c (whole, *text++);
            continue;
        }
        g_string_append (whole, value->text);
        text += length + 3;
    }
    return g_strdup (whole->str);
}

/* A value, whatever it is written as; *out_is_command: it is a program's to give. NULL: there is none. */
static char *
read_value (Parser *self, bool *out_is_command)
{
    const Token *token = peek (self, 0);
    const Token *macro
        = token != NULL && token->kind == WORD ? g_hash_table_lookup (self->macros, token->text) : NULL;
    if (token == NULL || token->kind == BRACE)
        return NULL;
    self->at++;
    token = macro != NULL ? macro : token;
    *out_is_command = token->kind == COMMAND;
    return token->kind == STRING ? fill_in (self, token->text) : g_strdup (token->text);
}

/* macro = ("$" / "%") name "=" value */
static bool
read_macro (Parser *self)
{
    const Token *name = peek (self, 0), *equals = peek (self, 1), *value = peek (self, 2);
    if (name->kind != WORD || (*name->text != '$' && *name->text != '%') || !is_word (equals, "=")
        || value == NULL)
        return false;
    g_hash_table_insert (self->macros, name->text, (gpointer) value);
    self->at += 3;
    return true;
}

/* --- an account -------------------------------------------------------------------------------------------------------------- */

/* Words of an account that say nothing to us, or what they would be told. */
static const IbImportRule rules[] = {
    { "new-only", NULL, NULL },
    { "old-only", NULL, N_ ("All mail is fetched, each message once") },
    { "no-apop", NULL, NULL },
    { "no-uidl", NULL, NULL },
    { "no-cram-md5", NULL, NULL },
    { "no-login", NULL, NULL },
    { "no-verify", NULL,
      N_ ("Certificates are verified, always; one that nobody vouches for is pinned with fingerprint=") },
    { "insecure", NULL, N_ ("It is TLS 1.2 or later, always") },
    { NULL, NULL, NULL },
};

static void
take_password (IbImported *self, const char *text, bool is_command)
{
    if (is_command)
        ib_imported_take_command (self, "pass", text, true);
    else
        ib_imported_keep_password (self, "pass", text);
}

/* folders = "folder" value / "folders" "{" *value "}" */
static void
take_folders (Parser *parser, IbImported *self)
{
    g_autoptr (GString) folders = g_string_new (NULL);
    bool is_command = false, is_list = peek (parser, 0) != NULL && peek (parser, 0)->kind == BRACE;
    parser->at += is_list;
    do {
        g_autofree char *name = read_value (parser, &is_command);
        if (name == NULL)
            break;
        if (folders->len < IB_LIMIT_LINE_BYTES)
            ib_import_append_element (folders, name);
    } while (is_list);
    if (is_list && peek (parser, 0) != NULL)
        parser->at++; /* the closing one */
    if (folders->len > 0)
        ib_imported_take (self, "folders", "fetch.folders", folders->str);
}

static void
take_value (Parser *parser, IbImported *self, const char *setting, const char *key)
{
    bool is_command = false;
    g_autofree char *value = read_value (parser, &is_command);
    if (value == NULL)
        return;
    if (strcmp (key, "account.port") == 0 && !is_command)
        ib_imported_take_port (self, setting, value);
    else if (is_command)
        ib_imported_leave (self, setting, _ ("What a program would give here is not known, and none is run"));
    else
        ib_imported_take (self, setting, key, value);
}

/* One word of it with what belongs to it; false: it is none, and the account is at its end. */
static bool
take_argument (Parser *parser, IbImported *self, bool *out_keeps)
{
    const Token *word = peek (parser, 0);
    bool is_command = false;
    if (word == NULL || word->kind != WORD)
        return false;
    parser->at++;
    if (is_word (word, "server"))
        take_value (parser, self, "server", "account.host");
    else if (is_word (word, "port"))
        take_value (parser, self, "port", "account.port");
    else if (is_word (word, "user"))
        take_value (parser, self, "user", "account.user");
    else if (is_word (word, "pass")) {
        char *text = read_value (parser, &is_command);
        take_password (self, text != NULL ? text : "", is_command);
        ib_import_wipe (text);
    } else if (is_word (word, "folder") || is_word (word, "folders"))
        take_folders (parser, self);
    else if (is_word (word, "starttls"))
        ib_imported_take (self, "starttls", "account.security", "starttls");
    else if (is_word (word, "keep"))
        *out_keeps = true;
    else if (is_word (word, "cache"))
        g_free (read_value (parser, &is_command));
    else if (is_word (word, "pipe")) {
        g_free (read_value (parser, &is_command));
        ib_imported_refuse (self,
                            _ ("It reaches its server through a command (pipe), which Inbasket cannot"));
    } else if (!ib_imported_apply (self, rules, word->text, "")) {
        parser->at--;
        return false;
    }
    return true;
}

static const struct {
    const char *type, *protocol, *security;
} types[] = { { "imap", "imap", "none" },
              { "imaps", "imap", "tls" },
              { "pop3", "pop3", "none" },
              { "pop3s", "pop3", "tls" } };

/* users = "user" value / "users" "{" *value "}" */
static void
skip_users (Parser *self)
{
    bool is_command = false;
    if (is_word (peek (self, 0), "user")) {
        self->at++;
        g_free (read_value (self, &is_command));
    } else if (is_word (peek (self, 0), "users")) {
        while (peek (self, 0) != NULL && !(peek (self, 0)->kind == BRACE && *peek (self, 0)->text == '}'))
            self->at++;
        self->at++;
    }
}

/* account = "account" name [users] ["disabled"] type *argument */
static void
read_account (Parser *parser, IbImport *import)
{
    bool is_command = false, keeps = false;
    g_autofree char *name = read_value (parser, &is_command);
    g_autofree char *origin = g_strdup_printf ("account %s", name != NULL ? name : "");
    skip_users (parser);
    bool is_disabled = is_word (peek (parser, 0), "disabled");
    parser->at += is_disabled;
    gsize type = 0;
    while (type < G_N_ELEMENTS (types) && !is_word (peek (parser, 0), types[type].type))
        type++;
    if (name == NULL || type == G_N_ELEMENTS (types)) {
        ib_import_leave (import, origin, _ ("Inbasket fetches from IMAP and POP3 servers, and this is none"));
        return;
    }
    parser->at++;
    IbImported *self = ib_import_add (import, origin, name);
    ib_imported_take (self, types[type].type, "account.protocol", types[type].protocol);
    ib_imported_set (self, "account.security", types[type].security);
    while (take_argument (parser, self, &keeps))
        ;
    ib_imported_take (self, keeps ? "keep" : "no keep", "fetch.after", keeps ? "keep" : "delete");
    if (is_disabled)
        ib_imported_change (self, "disabled", "account.enabled", "false",
                            _ ("It is paused: “inbasket account resume NAME”"));
}

/* --- the whole ----------------------------------------------------------------------------------------------------------------- */

/* Of what is no account, each kind is named once. */
static void
leave_statement (IbImport *import, const Token *word)
{
    static const struct {
        const char *word, *reason;
    } statements[] = {
        { "action",
          N_ ("Mail goes into your one Maildir; what actions and rules did is a Sieve filter's work here") },
        { "match",
          N_ ("Mail goes into your one Maildir; what actions and rules did is a Sieve filter's work here") },
        { "set", N_ ("fdm's options have no meaning here; certificates are verified, always") },
        { "include", N_ ("Import the file that it names as well, if accounts are in it") },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
        if (is_word (word, statements[i].word))
            ib_import_leave (import, word->text, _ (statements[i].reason));
}

/* An action that keeps mail on the server keeps it for whatever rule comes to it. */
static void
keep_all (IbImport *import)
{
    for (guint i = 0; i < import->accounts->len; i++)
        if (g_strcmp0 (ib_imported_get (import->accounts->pdata[i], "fetch.after"), "delete") == 0)
            ib_imported_change (import->accounts->pdata[i], "keep", "fetch.after", "keep",
                                _ ("An action keeps some mail on the server; here all of it stays there"));
}

static bool
parse (IbImport *import, const char *home, const char *text, gsize length, GError **error)
{
    g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (token_free);
    g_autoptr (GHashTable) macros = g_hash_table_new (g_str_hash, g_str_equal);
    Scanner scanner = { text, 1, true, tokens };
    if (!scan (&scanner))
        return ib_import_fail (
            import, scanner.line,
            _ ("a quotation mark or a parenthesis is not closed, or there are too many words"), error);
    Parser parser = { import, tokens, 0, macros };
    bool is_option = false, keeps = false;
    while (parser.at < tokens->len) {
        const Token *word = peek (&parser, 0);
        if (read_macro (&parser))
            continue;
        parser.at++;
        if (word->begins_line && is_word (word, "account")
            && import->accounts->len < IB_LIMIT_IMPORT_ACCOUNTS)
            read_account (&parser, import);
        else if (word->begins_line)
            leave_statement (import, word);
        is_option = word->begins_line ? is_word (word, "set") : is_option;
        keeps |= !is_option && is_word (word, "keep");
    }
    if (keeps)
        keep_all (import);
    return true;
}

static const char *const places[] = { ".fdm.conf", NULL };

const IbImportFormat ib_import_fdm = { "fdm", places, NULL, parse, NULL, NULL };
