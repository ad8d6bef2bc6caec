/* lexer.c - a script's text in tokens */
#include "lexer.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

static bool
is_at_end (const IbLexer *self)
{
    return self->next == self->end;
}

static char
peek (const IbLexer *self, gsize ahead)
{
    return (gsize) (self->end - self->next) > ahead ? self->next[ahead] : '\0';
}

/* Takes one octet; octets that continue a character are no columns. */
static void
advance (IbLexer *self)
{
    char c = *self->next++;
    if (c == '\n') {
        self->at.line++;
        self->at.column = 1;
    } else if (((guchar) c & 0xC0) != 0x80) {
        self->at.column++;
    }
}

static void
advance_by (IbLexer *self, gsize count)
{
    while (count-- > 0)
        advance (self);
}

static bool
is_identifier_start (char c)
{
    return g_ascii_isalpha (c) || c == '_';
}

static bool
is_identifier (char c)
{
    return g_ascii_isalnum (c) || c == '_';
}

static gsize
identifier_length (const IbLexer *self, gsize from)
{
    gsize length = 0;
    while (is_identifier (peek (self, from + length)))
        length++;
    return length;
}

/* hash-comment = "#" *octet-not-crlf CRLF */
static void
skip_hash_comment (IbLexer *self)
{
    while (!is_at_end (self) && *self->next != '\n')
        advance (self);
}

/* bracket-comment = "/" "*" *not-star 1*STAR ... "/"; they do not nest */
static void
skip_bracket_comment (IbLexer *self)
{
    IbPosition start = self->at;
    advance_by (self, 2);
    while (!is_at_end (self) && !(peek (self, 0) == '*' && peek (self, 1) == '/'))
        advance (self);
    if (is_at_end (self)) {
        ib_diagnostic_error (self->diagnostics, start, _ ("this comment has no end: expected \"*/\""));
        self->is_cut_short = true;
        return;
    }
    advance_by (self, 2);
}

/* white-space = 1*(SP / CRLF / HTAB / comment) */
static void
skip_white_space (IbLexer *self)
{
    while (!is_at_end (self)) {
        char c = *self->next;
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
            advance (self);
        else if (c == '#')
            skip_hash_comment (self);
        else if (c == '/' && peek (self, 1) == '*')
            skip_bracket_comment (self);
        else
            break;
    }
}

/* Line ends of strings are CRLF, as if the script had come over the network like RFC 5228 has it. Takes the line end at
 * the lexer, if there is one. */
static bool
take_line_end (IbLexer *self, GString *text)
{
    if (peek (self, 0) == '\r' && peek (self, 1) == '\n')
        advance (self);
    else if (is_at_end (self) || *self->next != '\n')
        return false;
    advance (self);
    if (text != NULL)
        g_string_append (text, "\r\n");
    return true;
}

static IbSpan
keep (IbLexer *self, const GString *text)
{
    return (IbSpan){ ib_arena_copy (self->arena, text->str, text->len), text->len };
}

/* quoted-string = DQUOTE quoted-text DQUOTE; "\" takes the meaning of the octet behind it, so "\a" is "a" */
static void
read_quoted (IbLexer *self, IbToken *token)
{
    g_autoptr (GString) text = g_string_new (NULL);
    advance (self);
    while (!is_at_end (self) && *self->next != '"') {
        if (take_line_end (self, text))
            continue;
        if (*self->next == '\\' && peek (self, 1) != '\0') {
            advance (self);
            if (take_line_end (self, text))
                continue;
        }
        g_string_append_c (text, *self->next);
        advance (self);
    }
    if (is_at_end (self)) {
        ib_diagnostic_error (self->diagnostics, token->at, _ ("this string has no end: expected '\"'"));
        self->is_cut_short = true;
    } else {
        advance (self);
    }
    token->kind = IB_TOKEN_STRING;
    token->text = keep (self, text);
}

/* "text:" *(SP / HTAB) (hash-comment / CRLF) */
static bool
is_multi_line_start (const IbLexer *self, gsize length)
{
    return length == 4 && g_ascii_strncasecmp (self->next, "text", 4) == 0 && peek (self, 4) == ':';
}

static void
take_rest_of_line (IbLexer *self, GString *text)
{
    const char *line_end = memchr (self->next, '\n', (gsize) (self->end - self->next));
    const char *stop = line_end != NULL ? line_end : self->end;
    if (line_end != NULL && stop > self->next && stop[-1] == '\r')
        stop--;
    g_string_append_len (text, self->next, stop - self->next);
    advance_by (self, (gsize) (stop - self->next));
    (void) take_line_end (self, text);
}

/* A line of a single "." */
static bool
take_final_dot (IbLexer *self)
{
    if (peek (self, 0) != '.')
        return false;
    bool ends = peek (self, 1) == '\n' || (peek (self, 1) == '\r' && peek (self, 2) == '\n')
                || self->end - self->next == 1;
    if (!ends)
        return false;
    advance (self);
    (void) take_line_end (self, NULL);
    return true;
}

/* *(multi-line-literal / multi-line-dotstart) "." CRLF */
static void
read_multi_line (IbLexer *self, IbToken *token)
{
    g_autoptr (GString) text = g_string_new (NULL);

    advance_by (self, strlen ("text:"));
    while (peek (self, 0) == ' ' || peek (self, 0) == '\t')
        advance (self);
    if (peek (self, 0) == '#')
        skip_hash_comment (self);
    if (!take_line_end (self, NULL))
        ib_diagnostic_error (self->diagnostics, self->at, _ ("expected the end of the line after \"text:\""));

    bool has_end = false;
    while (!is_at_end (self) && !(has_end = take_final_dot (self))) {
        if (peek (self, 0) == '.' && peek (self, 1) == '.')
            advance (self);
        take_rest_of_line (self, text);
    }
    if (!has_end) {
        ib_diagnostic_error (self->diagnostics, token->at,
                             _ ("this text has no end: expected a line that holds only \".\""));
        self->is_cut_short = true;
    }
    token->kind = IB_TOKEN_STRING;
    token->text = keep (self, text);
}

static guint
quantifier_shift (char c)
{
    switch (g_ascii_toupper (c)) {
    case 'K':
        return 10;
    case 'M':
        return 20;
    case 'G':
        return 30;
    default:
        return 0;
    }
}

/* number = 1*DIGIT [ "K" / "M" / "G" ] */
static void
read_number (IbLexer *self, IbToken *token)
{
    guint64 number = 0;
    bool is_too_large = false;

    for (; g_ascii_isdigit (peek (self, 0)); advance (self)) {
        guint digit = (guint) (*self->next - '0');
        is_too_large |= number > ((guint64) G_MAXINT64 - digit) / 10;
        number = number * 10 + digit;
    }
    guint shift = quantifier_shift (peek (self, 0));
    if (shift > 0)
        advance (self);
    is_too_large |= number > (guint64) G_MAXINT64 >> shift;

    gsize rest = identifier_length (self, 0);
    if (rest > 0) {
        ib_diagnostic_error (self->diagnostics, token->at,
                             _ ("a number ends with a digit or with K, M or G, not with \"%.*s\""),
                             (int) MIN (rest, 40), self->next);
        advance_by (self, rest);
    } else if (is_too_large) {
        ib_diagnostic_error (self->diagnostics, token->at,
                             _ ("this number is too large: the largest is %" PRId64), G_MAXINT64);
    }
    token->kind = IB_TOKEN_NUMBER;
    token->number = is_too_large ? G_MAXINT64 : number << shift;
}

/* identifier = (ALPHA / "_") *(ALPHA / DIGIT / "_"); tag = ":" identifier */
static void
read_word (IbLexer *self, IbToken *token, IbTokenKind kind, gsize prefix)
{
    gsize length = identifier_length (self, prefix);
    token->kind = kind;
    token->text = (IbSpan){ self->next + prefix, length };
    advance_by (self, prefix + length);
}

static IbTokenKind
punctuation (char c)
{
    switch (c) {
    case '(':
        return IB_TOKEN_LPAREN;
    case ')':
        return IB_TOKEN_RPAREN;
    case '[':
        return IB_TOKEN_LBRACKET;
    case ']':
        return IB_TOKEN_RBRACKET;
    case '{':
        return IB_TOKEN_LBRACE;
    case '}':
        return IB_TOKEN_RBRACE;
    case ',':
        return IB_TOKEN_COMMA;
    case ';':
        return IB_TOKEN_SEMICOLON;
    default:
        return IB_TOKEN_END;
    }
}

/* Whether a token could begin here. */
static bool
begins_token (const IbLexer *self)
{
    char c = peek (self, 0);
    return is_identifier (c) || strchr (" \t\r\n#\"()[]{},;", c) != NULL
           || (c == ':' && is_identifier_start (peek (self, 1))) || (c == '/' && peek (self, 1) == '*');
}

/* One message for a run of characters that mean nothing. */
static void
skip_nonsense (IbLexer *self)
{
    IbPosition start = self->at;
    const char *from = self->next;
    do {
        advance (self);
    } while (!is_at_end (self) && !begins_token (self));
    g_autofree char *quoted = ib_diagnostic_quote ((IbSpan){ from, (gsize) (self->next - from) });
    ib_diagnostic_error (self->diagnostics, start, _ ("%s has no meaning here"), quoted);
}

static bool
read_token (IbLexer *self, IbToken *token)
{
    char c = *self->next;

    if (c == '"') {
        read_quoted (self, token);
    } else if (is_identifier_start (c)) {
        if (is_multi_line_start (self, identifier_length (self, 0)))
            read_multi_line (self, token);
        else
            read_word (self, token, IB_TOKEN_IDENTIFIER, 0);
    } else if (c == ':' && is_identifier_start (peek (self, 1))) {
        read_word (self, token, IB_TOKEN_TAG, 1);
    } else if (g_ascii_isdigit (c)) {
        read_number (self, token);
    } else if (punctuation (c) != IB_TOKEN_END) {
        token->kind = punctuation (c);
        advance (self);
    } else {
        return false;
    }
    return true;
}

IbLexer
ib_lexer_new (const char *text, gsize length, IbArena *arena, IbDiagnosticList *diagnostics)
{
    bool has_mark = length >= 3 && memcmp (text, "\xEF\xBB\xBF", 3) == 0;
    return (IbLexer){
        .next = text + (has_mark ? 3 : 0),
        .end = text + length,
        .at = { 1, 1 },
        .arena = arena,
        .diagnostics = diagnostics,
    };
}

void
ib_lexer_next (IbLexer *self, IbToken *out_token)
{
    for (;;) {
        skip_white_space (self);
        *out_token = (IbToken){ .kind = IB_TOKEN_END, .at = self->at, .source = { self->next, 0 } };
        if (is_at_end (self))
            return;
        if (read_token (self, out_token)) {
            out_token->source.length = (gsize) (self->next - out_token->source.bytes);
            return;
        }
        skip_nonsense (self);
    }
}

bool
ib_lexer_accepts (const char *text, gsize length, gsize most_bytes, IbDiagnosticList *diagnostics)
{
    if (length > most_bytes) {
        ib_diagnostic_error (diagnostics, (IbPosition){ 1, 1 }, _ ("this script is larger than %zu kB"),
                             most_bytes / 1024);
        return false;
    }
    const char *valid_end;
    if (g_utf8_validate_len (text, length, &valid_end))
        return true;

    IbArena *none = NULL;
    IbLexer lexer = ib_lexer_new (text, length, none, diagnostics);
    while (lexer.next < valid_end)
        advance (&lexer);
    if (*valid_end == '\0')
        ib_diagnostic_error (diagnostics, lexer.at, _ ("a script may not hold a NUL"));
    else
        ib_diagnostic_error (diagnostics, lexer.at,
                             _ ("a script is written in UTF-8, and this byte (0x%02x) is none"),
                             (guchar) *valid_end);
    return false;
}
