/* received.c - one Received field: words and comments → clauses → what its writer says
 *
 *     from HELO (name [ip]) by HOST (software) with PROTOCOL id ID for <address>; date
 *
 * is what the RFC wants. Who writes otherwise:
 *
 *     Exim            from name ([ip] helo=HELO) by ... with esmtps (TLS1.3) ...   from [ip] (helo=HELO) by ...
 *     qmail           from name (HELO HELO) (ip) by ...                            (qmail 1 invoked by uid 0)
 *     Exchange        from HELO (ip) by HOST (ip) with Microsoft SMTP Server ...
 *     Yahoo           from ip (EHLO HELO) by ...
 *     CommuniGate     from [ip] (account USER HELO HELO) by ...
 *     fetchmail       from name [ip] by ... with POP3 ...
 *
 * The name and address that the writer looked up stand in a comment, or stand for the HELO. Behind "from" may stand many
 * comments, and what is in them, a client certificate's name or the HELO itself, may be a stranger's: the last that has
 * the form of an address is the writer's. */
#include "received.h"
#include "date.h"
#include "field.h"
#include "host.h"

#include <string.h>

/* Words and comments of one field. */
#define TOKENS_MAX 200

typedef struct {
    bool is_comment;
    const char *text; /* of a comment, without its parentheses */
    gsize length;
} Token;

typedef enum { CLAUSE_NONE, CLAUSE_FROM, CLAUSE_BY, CLAUSE_VIA, CLAUSE_WITH, CLAUSE_ID, CLAUSE_FOR } Clause;
static const char *const clause_names[] = { "", "from", "by", "via", "with", "id", "for" };
#define N_CLAUSES G_N_ELEMENTS (clause_names)

typedef struct {
    guint begin, end; /* tokens, without the clause's name */
    bool is_given;
} Range;

typedef struct {
    Token tokens[TOKENS_MAX];
    guint count;
    Range clauses[N_CLAUSES]; /* CLAUSE_NONE: what stands in front of them all */
    const char *date;         /* behind the last semicolon; NULL */
    bool is_clear;
} Reading;

void
ib_hop_free (IbHop *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_free (self->helo);
    g_free (self->ip);
    g_free (self->by);
    g_free (self->with);
    g_free (self->for_address);
    g_free (self);
}

/* --- tokens --- */

static bool
is_blank (char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The end of the quoted string that begins at @at; the text's end if it has none. */
static const char *
skip_quoted (const char *at)
{
    for (at++; *at != '\0' && *at != '"'; at++)
        if (*at == '\\' && at[1] != '\0')
            at++;
    return *at == '"' ? at + 1 : at;
}

static const char *
skip_word (const char *at)
{
    while (*at != '\0' && *at != '(' && *at != ';' && !is_blank (*at))
        at = *at == '"' ? skip_quoted (at) : at + 1;
    return at;
}

static void
add_token (Reading *self, bool is_comment, const char *begin, const char *end)
{
    if (self->count == TOKENS_MAX)
        self->is_clear = false;
    else
        self->tokens[self->count++] = (Token){ is_comment, begin, (gsize) (end - begin) };
}

static void
read_tokens (Reading *self, const char *at)
{
    while (*at != '\0') {
        const char *end;
        if (is_blank (*at)) {
            at++;
        } else if (*at == ';') {
            self->date = ++at;
        } else if (*at != '(') {
            end = skip_word (at);
            add_token (self, false, at, end);
            at = end;
        } else if ((end = ib_field_skip_comment (at)) != NULL) {
            add_token (self, true, at + 1, end - 1);
            at = end;
        } else {
            self->is_clear = false;
            return;
        }
    }
}

static bool
token_is (const Token *token, const char *word)
{
    return token->length == strlen (word) && g_ascii_strncasecmp (token->text, word, token->length) == 0;
}

static Clause
clause_of (const Token *token)
{
    for (guint clause = CLAUSE_FROM; clause < N_CLAUSES && !token->is_comment; clause++)
        if (token_is (token, clause_names[clause]))
            return (Clause) clause;
    return CLAUSE_NONE;
}

/* The word behind a clause's name is its value, whatever it says: so a host that calls itself "by" begins no clause. The
 * date's words are no tokens of a clause. */
static void
read_clauses (Reading *self)
{
    Range *range = &self->clauses[CLAUSE_NONE];
    range->is_given = true;
    for (guint i = 0; i < self->count && (self->date == NULL || self->tokens[i].text < self->date); i++) {
        Clause clause = clause_of (&self->tokens[i]);
        bool is_value = range->is_given && range != &self->clauses[CLAUSE_NONE] && i == range->begin;
        if (clause != CLAUSE_NONE && !is_value) {
            range = &self->clauses[clause];
            if (range->is_given)
                self->is_clear = false;
            *range = (Range){ i + 1, i + 1, true };
        } else {
            range->end = i + 1;
        }
    }
}

/* The value of @clause; NULL if it has none. */
static const Token *
first_word (const Reading *self, Clause clause)
{
    const Range *range = &self->clauses[clause];
    if (range->begin >= range->end || self->tokens[range->begin].is_comment)
        return NULL;
    return &self->tokens[range->begin];
}

/* --- who connected --- */

/* The next of the words in @text, after *@at; false at the end. */
static bool
next_word (const Token *text, gsize *at, Token *out_word)
{
    while (*at < text->length && is_blank (text->text[*at]))
        (*at)++;
    gsize begin = *at;
    while (*at < text->length && !is_blank (text->text[*at]))
        (*at)++;
    *out_word = (Token){ false, text->text + begin, *at - begin };
    return out_word->length > 0;
}

static bool
is_literal (const Token *word)
{
    return word->length > 2 && word->text[0] == '[' && word->text[word->length - 1] == ']';
}

static bool
begins_literal (const Token *word)
{
    return word->length > 0 && word->text[0] == '[';
}

/* Also "[192.0.2.1]:2525". */
static char *
parse_ip (const Token *word)
{
    const char *end = begins_literal (word) ? memrchr (word->text, ']', word->length) : NULL;
    return ib_ip_parse (word->text, end != NULL ? (gsize) (end + 1 - word->text) : word->length);
}

/* What a comment says about whoever connected. */
typedef struct {
    char *name; /* as it stands; NULL: none */
    char *helo;
    char *ip;
    bool is_forged; /* the name that was found does not lead back to the address */
} Peer;

static void
peer_clear (Peer *self)
{
    g_free (self->name);
    g_free (self->helo);
    g_free (self->ip);
    *self = (Peer){ 0 };
}

static char *
token_dup (const Token *token)
{
    return g_strndup (token->text, token->length);
}

/* "helo=mail.example.org" */
static void
read_helo_mark (const Token *word, Peer *out_peer)
{
    static const char mark[] = "helo=";
    if (word->length > sizeof mark - 1 && g_ascii_strncasecmp (word->text, mark, sizeof mark - 1) == 0
        && out_peer->helo == NULL)
        out_peer->helo = g_strndup (word->text + sizeof mark - 1, word->length - (sizeof mark - 1));
}

static bool
is_helo (const Token *word)
{
    return token_is (word, "HELO") || token_is (word, "EHLO") || token_is (word, "LHLO");
}

static bool
ends_with (const Token *text, const char *end)
{
    gsize length = strlen (end);
    return text->length >= length
           && g_ascii_strncasecmp (text->text + text->length - length, end, length) == 0;
}

/* "name [ip] (may be forged)", "[ip] helo=HELO", "ip", "user@ip", "helo=HELO": the address stands first or second. */
static bool
read_address_comment (const Token *comment, Peer *out_peer)
{
    Token words[2] = { 0 }, word;
    gsize at = 0;
    guint count = 0;
    while (next_word (comment, &at, &word)) {
        read_helo_mark (&word, out_peer);
        if (count < 2)
            words[count++] = word;
    }
    out_peer->is_forged = ends_with (comment, "(may be forged)");
    if (count == 0 || is_helo (&words[0]))
        return false;

    const char *sign = memrchr (words[0].text, '@', words[0].length);
    Token bare = words[0];
    if (sign != NULL) {
        bare.text = sign + 1;
        bare.length = (gsize) (words[0].text + words[0].length - bare.text);
    }
    out_peer->ip = count == 1 || begins_literal (&bare) ? parse_ip (&bare) : NULL;
    if (out_peer->ip == NULL && count == 2 && begins_literal (&words[1])) {
        out_peer->ip = parse_ip (&words[1]);
        out_peer->name = out_peer->ip != NULL ? token_dup (&bare) : NULL;
    }
    return out_peer->ip != NULL;
}

/* "HELO mail.example.org", "account anna HELO [10.0.0.1]" */
static bool
read_helo_comment (const Token *comment, Peer *out_peer)
{
    Token word;
    gsize at = 0;
    while (next_word (comment, &at, &word))
        if (is_helo (&word) && next_word (comment, &at, &word)) {
            out_peer->helo = token_dup (&word);
            return true;
        }
    return out_peer->helo != NULL;
}

/* Is the name in front of the comments the one that was looked up? Exim's is; of others it is the HELO. It says who it is
 * behind "by", where no stranger's words stand. */
static bool
is_exim (const Reading *self)
{
    const Range *by = &self->clauses[CLAUSE_BY];
    for (guint i = by->begin; by->is_given && i < self->count; i++)
        if (self->tokens[i].is_comment && self->tokens[i].length >= 4
            && g_ascii_strncasecmp (self->tokens[i].text, "Exim", 4) == 0)
            return true;
    return false;
}

static char *
normalize_name (const char *name)
{
    char *host = name != NULL ? ib_host_normalize (name, strlen (name)) : NULL;
    return host != NULL && strcmp (host, "unknown") != 0 ? host : (g_free (host), NULL);
}

static void
take (char **target, char *value)
{
    if (value == NULL)
        return;
    g_free (*target);
    *target = value;
}

/* @word stands in front of the comments. @address is what the last comment of an address's form says, @helo the first of
 * a HELO's. Where the HELO stands in a comment, or the writer is Exim, the word is whoever connected. qmail does not look
 * whether a name leads back to its address, so there it is as good as a HELO. */
static void
settle_from (const Reading *self, IbHop *hop, const Token *word, Peer *address, Peer *helo)
{
    bool word_is_peer = is_exim (self) || helo->helo != NULL || address->helo != NULL;
    take (&hop->ip, g_steal_pointer (&address->ip));
    if (*hop->ip == '\0' && word != NULL && word_is_peer)
        take (&hop->ip, parse_ip (word));

    char **said = helo->helo != NULL ? &helo->helo : &address->helo;
    take (&hop->helo, g_steal_pointer (said));
    g_autofree char *front = word != NULL ? token_dup (word) : NULL;
    if (*hop->helo == '\0' && front != NULL)
        take (&hop->helo, g_strdup (front));

    bool front_is_name = is_exim (self) || hop->kind == IB_HOP_PULLED;
    if (address->name != NULL && !address->is_forged)
        take (&hop->name, normalize_name (address->name));
    else if (front_is_name && word != NULL && !is_literal (word))
        take (&hop->name, normalize_name (front));
}

/* Behind the first word, an address may stand without a comment around it: fetchmail writes it so. */
static bool
reads_address (const Token *token, bool is_behind, Peer *out_peer)
{
    if (token->is_comment)
        return read_address_comment (token, out_peer);
    out_peer->ip = is_behind && is_literal (token) ? parse_ip (token) : NULL;
    return out_peer->ip != NULL;
}

static void
read_from (const Reading *self, IbHop *hop)
{
    const Range *range = &self->clauses[CLAUSE_FROM];
    Peer address = { 0 }, helo = { 0 };
    for (guint i = range->begin; i < range->end; i++) {
        const Token *token = &self->tokens[i];
        Peer peer = { 0 };
        if (reads_address (token, i > range->begin, &peer)) {
            peer_clear (&address);
            address = peer;
        } else if (token->is_comment && helo.helo == NULL && read_helo_comment (token, &peer)) {
            helo = peer;
        } else {
            peer_clear (&peer);
        }
    }
    settle_from (self, hop, first_word (self, CLAUSE_FROM), &address, &helo);
    peer_clear (&address);
    peer_clear (&helo);
}

/* --- the rest --- */

static char *
read_by (const Reading *self)
{
    const Token *word = first_word (self, CLAUSE_BY);
    char *host = word != NULL ? ib_host_normalize (word->text, word->length) : NULL;
    char *ip = word != NULL ? parse_ip (word) : NULL;
    if (ip == NULL)
        return host != NULL ? host : g_strdup ("");
    g_free (host);
    return ip;
}

/* All words up to a comment: "Microsoft SMTP Server". */
static char *
read_with (const Reading *self)
{
    const Range *range = &self->clauses[CLAUSE_WITH];
    GString *with = g_string_new (NULL);
    for (guint i = range->begin; i < range->end && !self->tokens[i].is_comment; i++)
        g_string_append_printf (with, "%s%.*s", with->len > 0 ? " " : "",
                                (int) MIN (self->tokens[i].length, 100), self->tokens[i].text);
    return g_string_free (with, FALSE);
}

static char *
read_for (const Reading *self)
{
    const Token *word = first_word (self, CLAUSE_FOR);
    if (word == NULL)
        return g_strdup ("");
    bool is_bracketed = word->length > 2 && word->text[0] == '<' && word->text[word->length - 1] == '>';
    return is_bracketed ? g_strndup (word->text + 1, word->length - 2) : token_dup (word);
}

/* Protocols by the word that begins them; RFC 5321, 7.1, RFC 3848, RFC 6531 and what servers made up. */
static const struct {
    const char *begins;
    IbHopKind kind;
} protocols[] = {
    { "SMTP", IB_HOP_MAIL },
    { "ESMTP", IB_HOP_MAIL },
    { "UTF8SMTP", IB_HOP_MAIL },
    { "ASMTP", IB_HOP_MAIL },
    { "Microsoft SMTP Server", IB_HOP_MAIL },
    { "LMTP", IB_HOP_INSIDE },
    { "UTF8LMTP", IB_HOP_INSIDE },
    { "local", IB_HOP_INSIDE },
    { "mapi", IB_HOP_INSIDE },
    { "POP", IB_HOP_PULLED },
    { "IMAP", IB_HOP_PULLED },
};

static IbHopKind
kind_of (const IbHop *hop)
{
    if (!hop->has_from)
        return IB_HOP_INSIDE;
    for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++)
        if (g_ascii_strncasecmp (hop->with, protocols[i].begins, strlen (protocols[i].begins)) == 0)
            return protocols[i].kind;
    return IB_HOP_STRANGE;
}

static bool
holds (const Token *text, const char *word)
{
    gsize length = strlen (word);
    char lower = g_ascii_tolower (*word), upper = g_ascii_toupper (*word);
    for (gsize i = 0; i + length <= text->length; i++) {
        bool begins = text->text[i] == lower || text->text[i] == upper;
        if (begins && g_ascii_strncasecmp (text->text + i, word, length) == 0)
            return true;
    }
    return false;
}

/* Does a comment say so? A HELO's is a stranger's. */
static bool
comments_hold (const Reading *self, const char *const *words)
{
    for (guint i = 0; i < self->count; i++) {
        const Token *token = &self->tokens[i];
        if (!token->is_comment || holds (token, "HELO ") || holds (token, "helo="))
            continue;
        for (gsize word = 0; words[word] != NULL; word++)
            if (holds (token, words[word]))
                return true;
    }
    return false;
}

/* RFC 3848: an S behind the protocol's name is TLS, an A is AUTH; other servers say so in a comment. */
static void
read_security (const Reading *self, IbHop *hop)
{
    static const char *const tls[]
        = { "version=TLS", "using TLS", "(TLS", "cipher=", "cipher ", "TLS1.", "TLSv1", NULL };
    static const char *const users[] = { "Authenticated sender", "authenticated", "account ", NULL };
    const char *end = strstr (hop->with, "MTP");
    end = end != NULL ? end : strstr (hop->with, "mtp");
    g_autofree char *letters = g_ascii_strup (end != NULL ? end + 3 : "", -1);
    letters[strcspn (letters, " ")] = '\0';
    bool is_marked = strspn (letters, "SA") == strlen (letters);
    hop->is_encrypted = (is_marked && strchr (letters, 'S') != NULL) || comments_hold (self, tls);
    hop->is_authenticated = (is_marked && strchr (letters, 'A') != NULL) || comments_hold (self, users);
}

static gint64
read_date (const Reading *self)
{
    IbDate date;
    bool is_date = self->date != NULL && ib_date_parse (self->date, strlen (self->date), &date);
    return is_date ? date.seconds : G_MININT64;
}

IbHop *
ib_received_parse (const char *value)
{
    Reading reading = { .is_clear = true };
    read_tokens (&reading, value);
    read_clauses (&reading);

    IbHop *hop = g_new0 (IbHop, 1);
    hop->name = g_strdup ("");
    hop->helo = g_strdup ("");
    hop->ip = g_strdup ("");
    hop->by = read_by (&reading);
    hop->with = read_with (&reading);
    hop->for_address = read_for (&reading);
    hop->date_s = read_date (&reading);
    hop->has_from = reading.clauses[CLAUSE_FROM].is_given;
    hop->kind = kind_of (hop);
    read_from (&reading, hop);
    read_security (&reading, hop);
    hop->is_clear = reading.is_clear;
    return hop;
}
