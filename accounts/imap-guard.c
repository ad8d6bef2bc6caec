/* imap-guard.c - what a mail server may say to the parser */
#include "imap-guard.h"
#include "server-limits.h"

#include <string.h>

/* Literals in one answer: a FETCH has one, what we drop may have a few. */
#define LITERALS_PER_LINE 16

typedef enum {
    KIND_STATUS, /* free text to the end of the line: never a literal */
    KIND_FETCH,
    KIND_LIST,
    KIND_SEARCH,
    KIND_OTHER,
} Kind;

typedef enum { STATE_LINE, STATE_BODY, STATE_SKIP, STATE_GATHER } State;

typedef struct {
    guint tag;
    IbImapWant want;
} Command;

struct _IbImapGuard {
    IbImapHeard heard;
    gpointer user_data;
    GArray *commands; /* Command, oldest first */
    bool is_greeted;
    const char *why; /* once refused */

    State state;
    GString *line; /* the line so far; a gathered literal stands in it as a quoted string */
    gsize part;    /* where the physical line under way begins in @line */
    bool is_known; /* @kind is decided: this is no first part */
    Kind kind;
    guint literals;
    guint64 literal_left;
    guint untagged; /* since the last tagged answer */

    bool is_fetch_open; /* "* n FETCH (" is out, and items may follow */
    bool has_body;
    bool has_item;
    GArray *body_sizes; /* guint64: of bodies that went out, oldest first */
};

static bool
refuse (IbImapGuard *self, const char *why)
{
    self->why = why;
    return false;
}

static void
put (GByteArray *out, const char *text)
{
    g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

static void G_GNUC_PRINTF (2, 3) put_format (GByteArray *out, const char *format, ...)
{
    char text[128];
    va_list arguments;
    va_start (arguments, format);
    gint length = g_vsnprintf (text, sizeof text, format, arguments);
    va_end (arguments);
    g_assert (length >= 0 && (gsize) length < sizeof text);
    g_byte_array_append (out, (const guint8 *) text, (guint) length);
}

/* --- reading a line ------------------------------------------------------------------------------------------ */

static bool
accept (const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

static bool
accept_word (const char **at, const char *word)
{
    gsize length = strlen (word);
    if (g_ascii_strncasecmp (*at, word, length) != 0)
        return false;
    *at += length;
    return true;
}

static void
skip_blanks (const char **at)
{
    while (**at == ' ')
        (*at)++;
}

/* 1*DIGIT, at most @most. */
static bool
read_number (const char **at, guint64 most, guint64 *out_number)
{
    guint64 number = 0;
    const char *c = *at;
    for (; g_ascii_isdigit (*c); c++) {
        number = number * 10 + (guint64) (*c - '0');
        if (number > most)
            return false;
    }
    if (c == *at)
        return false;
    *at = c;
    *out_number = number;
    return true;
}

/* quoted = DQUOTE *QUOTED-CHAR DQUOTE; unescaped into @out, which may be NULL. */
static bool
read_quoted (const char **at, GString *out)
{
    const char *c = *at;
    if (*c++ != '"')
        return false;
    for (; *c != '"'; c++) {
        if (*c == '\\')
            c++;
        if (*c == '\0')
            return false;
        if (out != NULL)
            g_string_append_c (out, *c);
    }
    *at = c + 1;
    return true;
}

/* Steps over one value of whatever form: an atom, a string, a list of such. */
static bool
skip_value (const char **at)
{
    guint depth = 0;
    do {
        skip_blanks (at);
        if (accept (at, '(')) {
            if (++depth > IB_LIMIT_DEPTH)
                return false;
        } else if (**at == ')' && depth > 0) {
            (*at)++;
            depth--;
        } else if (**at == '"') {
            if (!read_quoted (at, NULL))
                return false;
        } else {
            gsize length = strcspn (*at, " ()\"");
            if (length == 0)
                return false;
            *at += length;
        }
    } while (depth > 0);
    return true;
}

/* "{" number "}" at the end of the line and outside of quotes. A "+" (non-synchronizing) means the same here. */
static bool
ends_in_literal (const char *line, gsize *out_start, guint64 *out_length)
{
    bool is_quoted = false;
    for (const char *c = line; *c != '\0'; c++) {
        if (is_quoted && *c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '"')
            is_quoted = !is_quoted;
    }
    const char *brace = strrchr (line, '{');
    if (is_quoted || brace == NULL)
        return false;
    const char *at = brace + 1;
    if (!read_number (&at, G_MAXUINT64 / 16, out_length))
        return false;
    accept (&at, '+');
    if (strcmp (at, "}") != 0)
        return false;
    *out_start = (gsize) (brace - line);
    return true;
}

/* --- FETCH --------------------------------------------------------------------------------------------------- */

static void
begin_item (IbImapGuard *self, GByteArray *out)
{
    if (self->has_item)
        put (out, " ");
    self->has_item = true;
}

static void
begin_body (IbImapGuard *self, guint64 length, GByteArray *out)
{
    self->has_body = true;
    begin_item (self, out);
    put_format (out, "BODY[] {%" G_GUINT64_FORMAT "}\r\n", length);
    g_array_append_val (self->body_sizes, length);
}

/* Flags that libetpan reads without trouble; others are no use to us. */
static bool
copy_flags (IbImapGuard *self, const char **at, GByteArray *out)
{
    static const char *const known[] = { "\\Seen", "\\Answered", "\\Flagged", "\\Draft", "\\Deleted" };
    const char *begin = *at;
    if (*begin != '(' || !skip_value (at))
        return false;
    g_autofree char *list = g_strndup (begin + 1, (gsize) (*at - begin - 2));
    g_auto (GStrv) flags = g_strsplit (list, " ", -1);
    begin_item (self, out);
    put (out, "FLAGS (");
    const char *blank = "";
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++) {
        for (gsize j = 0; flags[j] != NULL; j++) {
            if (g_ascii_strcasecmp (flags[j], known[i]) != 0)
                continue;
            put_format (out, "%s%s", blank, known[i]);
            blank = " ";
            break;
        }
    }
    put (out, ")");
    return true;
}

/* date-time = DQUOTE date-day-fixed "-" date-month "-" date-year SP time SP zone DQUOTE. A broken one is left out. */
static bool
copy_date (IbImapGuard *self, const char **at, GByteArray *out)
{
    static const char form[] = "dd-aaa-dddd dd:dd:dd sdddd";
    g_autoptr (GString) date = g_string_new (NULL);
    if (!read_quoted (at, date))
        return false;
    bool is_good = date->len == sizeof form - 1;
    for (gsize i = 0; is_good && i < date->len; i++) {
        char c = date->str[i];
        is_good = form[i] == 'd'   ? g_ascii_isdigit (c) || (i == 0 && c == ' ')
                  : form[i] == 'a' ? g_ascii_isalpha (c)
                  : form[i] == 's' ? c == '+' || c == '-'
                                   : c == form[i];
    }
    if (is_good) {
        begin_item (self, out);
        put_format (out, "INTERNALDATE \"%s\"", date->str);
    }
    return true;
}

static bool
copy_number (IbImapGuard *self, const char *name, const char **at, GByteArray *out)
{
    guint64 number;
    const char *begin = *at;
    if (read_number (at, G_MAXUINT32, &number) && (**at == ' ' || **at == ')' || **at == '\0')) {
        begin_item (self, out);
        put_format (out, "%s %" G_GUINT64_FORMAT, name, number);
        return true;
    }
    *at = begin;
    return skip_value (at); /* "-1", "9.3e+06": as good as none */
}

/* nstring, without its literal form: that ends the physical line and is found by its caller. */
static bool
copy_body (IbImapGuard *self, const char **at, GByteArray *out)
{
    if (self->has_body)
        return refuse (self, "two bodies in one message");
    if (accept_word (at, "NIL"))
        return true;
    g_autoptr (GString) body = g_string_new (NULL);
    if (!read_quoted (at, body))
        return false;
    begin_body (self, body->len, out);
    g_byte_array_append (out, (const guint8 *) body->str, (guint) body->len);
    return true;
}

/* Items from @at to the end of this physical line. *out_is_done: the closing parenthesis was there; else the line ends
 * where the value of BODY[] must begin. */
static bool
copy_items (IbImapGuard *self, const char *at, GByteArray *out, bool *out_is_done)
{
    for (;;) {
        skip_blanks (&at);
        if (accept (&at, ')')) {
            skip_blanks (&at);
            *out_is_done = true;
            return *at == '\0' || refuse (self, "something behind a FETCH");
        }
        bool is_good = true;
        if (accept_word (&at, "UID "))
            is_good = copy_number (self, "UID", &at, out);
        else if (accept_word (&at, "RFC822.SIZE "))
            is_good = copy_number (self, "RFC822.SIZE", &at, out);
        else if (accept_word (&at, "FLAGS "))
            is_good = copy_flags (self, &at, out);
        else if (accept_word (&at, "INTERNALDATE "))
            is_good = copy_date (self, &at, out);
        else if (accept_word (&at, "BODY[] ")) {
            *out_is_done = false;
            if (*at == '\0')
                return true;
            is_good = copy_body (self, &at, out);
        } else {
            is_good = skip_value (&at) && skip_value (&at); /* a name and its value */
        }
        if (!is_good)
            return self->why == NULL ? refuse (self, "a FETCH that cannot be read") : false;
    }
}

static bool
fetch_line (IbImapGuard *self, const char *part, bool has_literal, guint64 length, GByteArray *out)
{
    const char *at = part;
    if (!self->is_fetch_open) {
        guint64 number;
        at += 2;
        if (!read_number (&at, G_MAXUINT32, &number) || !accept_word (&at, " FETCH ("))
            return refuse (self, "a FETCH that cannot be read");
        put_format (out, "* %" G_GUINT64_FORMAT " FETCH (", number);
        self->is_fetch_open = true;
        self->has_body = self->has_item = false;
    }
    bool is_done = false;
    if (!copy_items (self, at, out, &is_done))
        return false;
    if (has_literal) {
        if (is_done || self->has_body)
            return refuse (self, "a literal that is no body");
        if (length > IB_LIMIT_MESSAGE_BYTES || length > G_MAXUINT32)
            return refuse (self, "a message beyond all measure");
        begin_body (self, length, out);
        return true;
    }
    if (!is_done)
        return refuse (self, "a FETCH that does not end");
    self->is_fetch_open = false;
    /* "FETCH ()" and the like: libetpan must have one item. Sequence number and all, nobody will miss it. */
    put (out, self->has_item ? ")\r\n" : "FLAGS ())\r\n");
    return true;
}

/* --- LIST and SEARCH ----------------------------------------------------------------------------------------- */

static void
put_list_flags (GByteArray *out, const char *list)
{
    g_auto (GStrv) flags = g_strsplit (list, " ", -1);
    const char *blank = "";
    for (gsize i = 0; flags[i] != NULL; i++) {
        gsize letters = strspn (flags[i] + (*flags[i] == '\\'),
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-");
        if (*flags[i] != '\\' || letters == 0 || letters > 64 || flags[i][1 + letters] != '\0')
            continue;
        put_format (out, "%s%s", blank, flags[i]);
        blank = " ";
    }
}

/* mailbox = "INBOX" / astring; not one that no command could name again. */
static bool
read_mailbox (const char **at, GString *name)
{
    if (**at == '"') {
        if (!read_quoted (at, name))
            return false;
    } else {
        gsize length = strcspn (*at, " (){\"");
        g_string_append_len (name, *at, (gssize) length);
        *at += length;
    }
    for (gsize i = 0; i < name->len; i++)
        if ((guchar) name->str[i] < 0x20 || name->str[i] == 0x7f)
            return false;
    return name->len > 0 && name->len <= IB_LIMIT_MAILBOX_NAME_BYTES;
}

/* mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox. One that cannot be read is
 * left out: the others are none the worse for it. */
static void
list_line (const char *line, GByteArray *out)
{
    const char *at = line;
    if (!accept_word (&at, "* LIST ("))
        return;
    const char *flags = at--;
    if (!skip_value (&at))
        return;
    g_autofree char *flag_list = g_strndup (flags, (gsize) (at - flags - 1));
    g_autoptr (GString) delimiter = g_string_new (NULL), name = g_string_new (NULL);
    skip_blanks (&at);
    if (!accept_word (&at, "NIL") && (!read_quoted (&at, delimiter) || delimiter->len > 1))
        return;
    skip_blanks (&at);
    if (!read_mailbox (&at, name))
        return;

    put (out, "* LIST (");
    put_list_flags (out, flag_list);
    if (delimiter->len == 0)
        put (out, ") NIL ");
    else
        put_format (out, ") \"%s%c\" ", *delimiter->str == '"' || *delimiter->str == '\\' ? "\\" : "",
                    *delimiter->str);
    put_format (out, "{%" G_GSIZE_FORMAT "}\r\n", name->len);
    g_byte_array_append (out, (const guint8 *) name->str, (guint) name->len);
    put (out, "\r\n");
}

/* "SEARCH" *(SP nz-number), and what CONDSTORE puts behind it. */
static bool
search_line (IbImapGuard *self, const char *line, GByteArray *out)
{
    const char *at = line + strlen ("* SEARCH");
    guint64 number;
    guint hits = 0;
    for (skip_blanks (&at); *at != '\0' && *at != '('; skip_blanks (&at)) {
        if (!read_number (&at, G_MAXUINT32, &number) || number == 0 || (*at != ' ' && *at != '\0'))
            return refuse (self, "a SEARCH that cannot be read");
        if (++hits > IB_LIMIT_SEARCH_MESSAGES)
            return refuse (self, "more hits than there were messages to search");
        put_format (out, hits == 1 ? "* SEARCH %u" : " %u", (guint) number);
    }
    if (hits > 0)
        put (out, "\r\n");
    return true;
}

/* --- lines --------------------------------------------------------------------------------------------------- */

static bool
is_word (const char *at, const char *word)
{
    gsize length = strlen (word);
    return g_ascii_strncasecmp (at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0');
}

static Kind
classify (const char *line)
{
    static const char *const statuses[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };
    if (line[0] != '*')
        return KIND_STATUS;
    const char *at = line + 1;
    skip_blanks (&at);
    for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
        if (is_word (at, statuses[i]))
            return KIND_STATUS;
    if (is_word (at, "LIST"))
        return KIND_LIST;
    if (is_word (at, "SEARCH"))
        return KIND_SEARCH;
    at += strspn (at, "0123456789");
    return is_word (at, " FETCH") ? KIND_FETCH : KIND_OTHER;
}

static IbImapWant
wanted (const IbImapGuard *self)
{
    return self->commands->len > 0 ? g_array_index (self->commands, Command, 0).want : IB_IMAP_WANT_NOTHING;
}

static bool
is_wanted (const IbImapGuard *self, Kind kind)
{
    IbImapWant want = wanted (self);
    return (kind == KIND_FETCH && want == IB_IMAP_WANT_FETCH)
           || (kind == KIND_LIST && want == IB_IMAP_WANT_LIST)
           || (kind == KIND_SEARCH && want == IB_IMAP_WANT_SEARCH);
}

static bool
tagged_line (IbImapGuard *self, GByteArray *out)
{
    const char *at = self->line->str;
    guint64 tag;
    if (!read_number (&at, G_MAXUINT32, &tag) || !accept (&at, ' '))
        return refuse (self, "a line of no known form");
    if (self->commands->len == 0 || g_array_index (self->commands, Command, 0).tag != tag)
        return refuse (self, "an answer to a command that was not given");
    if (!is_word (at, "OK") && !is_word (at, "NO") && !is_word (at, "BAD"))
        return refuse (self, "an answer that is neither yes nor no");
    if (wanted (self) != IB_IMAP_WANT_NOTHING)
        put_format (out, "%u OK done\r\n", (guint) tag);
    g_array_remove_index (self->commands, 0);
    self->untagged = 0;
    self->heard (self->line->str, self->user_data);
    return true;
}

static bool
greeting_line (IbImapGuard *self)
{
    const char *at = self->line->str;
    if (!accept_word (&at, "* ") || !(is_word (at, "OK") || is_word (at, "PREAUTH") || is_word (at, "BYE")))
        return refuse (self, "no greeting of an IMAP server");
    self->is_greeted = true;
    self->heard (self->line->str, self->user_data);
    return true;
}

/* The line is whole: its literals are in it, or have passed by. */
static bool
whole_line (IbImapGuard *self, GByteArray *out)
{
    if (!self->is_greeted)
        return greeting_line (self);
    if (self->line->len == 0) /* Exchange 2003 puts an empty line behind its answers */
        return true;
    if (self->line->str[0] != '*' && self->line->str[0] != '+')
        return tagged_line (self, out);
    if (is_wanted (self, self->kind)) {
        if (self->kind == KIND_FETCH)
            return fetch_line (self, self->line->str + self->part, false, 0, out);
        if (self->kind == KIND_SEARCH)
            return search_line (self, self->line->str, out);
        list_line (self->line->str, out);
        return true;
    }
    if (self->literals == 0)
        self->heard (self->line->str, self->user_data);
    return true;
}

/* A literal in a LIST is a mailbox name: it goes on in the line as a quoted string. One in what nobody wants is skipped. */
static bool
begin_literal (IbImapGuard *self, gsize start, guint64 length, GByteArray *out)
{
    if (++self->literals > LITERALS_PER_LINE)
        return refuse (self, "too many literals");
    g_string_truncate (self->line, self->part + start);
    self->literal_left = length;
    if (is_wanted (self, self->kind) && self->kind == KIND_FETCH) {
        self->state = STATE_BODY;
        return fetch_line (self, self->line->str + self->part, true, length, out);
    }
    if (self->kind == KIND_SEARCH)
        return refuse (self, "a SEARCH with a literal");
    bool is_name = is_wanted (self, self->kind);
    if (length > (is_name ? IB_LIMIT_MAILBOX_NAME_BYTES : IB_LIMIT_MESSAGE_BYTES))
        return refuse (self, "a literal too large");
    self->state = is_name ? STATE_GATHER : STATE_SKIP;
    if (is_name)
        g_string_append_c (self->line, '"');
    return true;
}

static bool
end_of_part (IbImapGuard *self, GByteArray *out)
{
    gsize start;
    guint64 length;
    if (self->line->len > self->part && self->line->str[self->line->len - 1] == '\r')
        g_string_truncate (self->line, self->line->len - 1);
    if (!self->is_known) {
        self->kind = classify (self->line->str);
        self->is_known = true;
        if (self->line->str[0] == '*' && ++self->untagged > IB_LIMIT_UNTAGGED)
            return refuse (self, "too many answers to one command");
    }
    const char *part = self->line->str + self->part;
    if (self->is_greeted && self->kind != KIND_STATUS && ends_in_literal (part, &start, &length)) {
        if (!begin_literal (self, start, length, out))
            return false;
        self->part = self->line->len;
        return true;
    }
    if (!whole_line (self, out))
        return false;
    g_string_truncate (self->line, 0);
    self->part = 0;
    self->literals = 0;
    self->is_known = false;
    return true;
}

/* Only a SEARCH that was asked for may be long. */
static gsize
longest (const IbImapGuard *self)
{
    return wanted (self) == IB_IMAP_WANT_SEARCH && g_ascii_strncasecmp (self->line->str, "* SEARCH", 8) == 0
               ? IB_LIMIT_SEARCH_LINE_BYTES
               : IB_LIMIT_LINE_BYTES;
}

static bool
feed_line (IbImapGuard *self, const char *bytes, gsize length, GByteArray *out, gsize *out_used)
{
    const char *end = memchr (bytes, '\n', length);
    gsize part = end != NULL ? (gsize) (end - bytes) : length;
    *out_used = end != NULL ? part + 1 : part;
    if (memchr (bytes, '\0', part) != NULL)
        return refuse (self, "a NUL in a line");
    g_string_append_len (self->line, bytes, (gssize) part);
    if (self->line->len > longest (self))
        return refuse (self, "an endless line");
    return end == NULL || end_of_part (self, out);
}

static gsize
feed_literal (IbImapGuard *self, const char *bytes, gsize length, GByteArray *out)
{
    gsize n = (gsize) MIN ((guint64) length, self->literal_left);
    if (self->state == STATE_BODY)
        g_byte_array_append (out, (const guint8 *) bytes, (guint) n);
    for (gsize i = 0; self->state == STATE_GATHER && i < n; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            g_string_append_c (self->line, '\\');
        g_string_append_c (self->line, bytes[i] != '\0' ? bytes[i] : '\x01'); /* no name has either */
    }
    self->literal_left -= n;
    return n;
}

static void
end_literal (IbImapGuard *self)
{
    if (self->state == STATE_GATHER)
        g_string_append_c (self->line, '"');
    /* A LIST is read as a whole. */
    self->part = self->state == STATE_GATHER ? 0 : self->line->len;
    self->state = STATE_LINE;
}

bool
ib_imap_guard_feed (IbImapGuard *self, const char *bytes, gsize length, GByteArray *out, const char **out_why)
{
    while (self->why == NULL && length > 0) {
        gsize n = 0;
        if (self->state != STATE_LINE)
            n = feed_literal (self, bytes, length, out);
        else if (!feed_line (self, bytes, length, out, &n))
            break;
        bytes += n;
        length -= n;
        if (self->state != STATE_LINE && self->literal_left == 0)
            end_literal (self);
    }
    if (self->why != NULL)
        *out_why = self->why;
    return self->why == NULL;
}

guint64
ib_imap_guard_body_left (const IbImapGuard *self)
{
    return self->why == NULL && self->state == STATE_BODY ? self->literal_left : 0;
}

void
ib_imap_guard_pass_body (IbImapGuard *self, gsize length)
{
    g_assert (length <= ib_imap_guard_body_left (self));
    self->literal_left -= length;
    if (self->literal_left == 0)
        end_literal (self);
}

guint64
ib_imap_guard_next_body (IbImapGuard *self)
{
    g_assert (self->body_sizes->len > 0);
    guint64 size = g_array_index (self->body_sizes, guint64, 0);
    g_array_remove_index (self->body_sizes, 0);
    return size;
}

bool
ib_imap_guard_is_between_lines (const IbImapGuard *self)
{
    return self->state == STATE_LINE && self->line->len == 0;
}

void
ib_imap_guard_sent (IbImapGuard *self, guint tag, IbImapWant want)
{
    Command command = { tag, want };
    g_assert (self->commands->len < IB_LIMIT_COMMANDS_IN_FLIGHT);
    g_array_append_val (self->commands, command);
}

IbImapGuard *
ib_imap_guard_new (IbImapHeard heard, gpointer user_data)
{
    IbImapGuard *self = g_new0 (IbImapGuard, 1);
    self->heard = heard;
    self->user_data = user_data;
    self->commands = g_array_new (FALSE, FALSE, sizeof (Command));
    self->body_sizes = g_array_new (FALSE, FALSE, sizeof (guint64));
    self->line = g_string_new (NULL);
    return self;
}

void
ib_imap_guard_free (IbImapGuard *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->commands);
    g_array_unref (self->body_sizes);
    g_string_free (self->line, TRUE);
    g_free (self);
}
