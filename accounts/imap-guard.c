/* imap-guard.c - what a mail server may say to the parser */
#include "imap-guard.h"
#include "imap-read.h"
#include "imap-rewrite.h"
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

    IbImapRewrite *rewrite;
};

static bool
refuse (IbImapGuard *self, const char *why)
{
    self->why = why;
    return false;
}

/* --- lines --------------------------------------------------------------------------------------------------- */

static Kind
classify (const char *line)
{
    static const char *const statuses[] = { "OK", "NO", "BAD", "BYE", "PREAUTH" };
    if (line[0] != '*')
        return KIND_STATUS;
    const char *at = line + 1;
    ib_imap_read_blanks (&at);
    for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
        if (ib_imap_read_word (&at, statuses[i]))
            return KIND_STATUS;
    if (ib_imap_read_word (&at, "LIST"))
        return KIND_LIST;
    if (ib_imap_read_word (&at, "SEARCH"))
        return KIND_SEARCH;
    at += strspn (at, "0123456789");
    return ib_imap_read_word (&at, " FETCH") ? KIND_FETCH : KIND_OTHER;
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
    return (kind == KIND_FETCH && (want == IB_IMAP_WANT_FETCH || want == IB_IMAP_WANT_HEADER))
           || (kind == KIND_LIST && want == IB_IMAP_WANT_LIST)
           || (kind == KIND_SEARCH && want == IB_IMAP_WANT_SEARCH);
}

/* @body_length: as ib_imap_rewrite_fetch () has it. */
static bool
rewrite_fetch (IbImapGuard *self, const guint64 *body_length, GByteArray *out)
{
    return ib_imap_rewrite_fetch (self->rewrite, self->line->str + self->part,
                                  wanted (self) == IB_IMAP_WANT_HEADER, body_length, out, &self->why);
}

static void
put_end (GByteArray *out, guint tag)
{
    char end[32];
    gint length = g_snprintf (end, sizeof end, "%u OK done\r\n", tag);
    g_byte_array_append (out, (const guint8 *) end, (guint) length);
}

static bool
tagged_line (IbImapGuard *self, GByteArray *out)
{
    const char *at = self->line->str;
    guint64 tag;
    if (!ib_imap_read_number (&at, G_MAXUINT32, &tag) || !ib_imap_read_char (&at, ' '))
        return refuse (self, "a line of no known form");
    if (self->commands->len == 0 || g_array_index (self->commands, Command, 0).tag != tag)
        return refuse (self, "an answer to a command that was not given");
    if (!ib_imap_read_word (&at, "OK") && !ib_imap_read_word (&at, "NO") && !ib_imap_read_word (&at, "BAD"))
        return refuse (self, "an answer that is neither yes nor no");
    if (wanted (self) != IB_IMAP_WANT_NOTHING)
        put_end (out, (guint) tag);
    g_array_remove_index (self->commands, 0);
    self->untagged = 0;
    self->heard (self->line->str, self->user_data);
    return true;
}

static bool
greeting_line (IbImapGuard *self)
{
    const char *at = self->line->str;
    if (!ib_imap_read_text (&at, "* ")
        || !(ib_imap_read_word (&at, "OK") || ib_imap_read_word (&at, "PREAUTH")
             || ib_imap_read_word (&at, "BYE")))
        return refuse (self, "no greeting of an IMAP server");
    self->is_greeted = true;
    self->heard (self->line->str, self->user_data);
    return true;
}

/* Exchange 2013 answers MOVE with a line that is nothing but its code: "[COPYUID 11 5 7]". */
static void
complete_bare_code (GString *line)
{
    if (line->str[0] == '[')
        g_string_prepend (line, "* OK ");
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
            return rewrite_fetch (self, NULL, out);
        if (self->kind == KIND_SEARCH)
            return ib_imap_rewrite_search (self->line->str, out, &self->why);
        ib_imap_rewrite_list (self->line->str, out);
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
        return rewrite_fetch (self, &length, out);
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
        if (self->is_greeted)
            complete_bare_code (self->line);
        self->kind = classify (self->line->str);
        self->is_known = true;
        if (self->line->str[0] == '*' && ++self->untagged > IB_LIMIT_UNTAGGED)
            return refuse (self, "too many answers to one command");
    }
    const char *part = self->line->str + self->part;
    if (self->is_greeted && self->kind != KIND_STATUS && ib_imap_read_literal_mark (part, &start, &length)) {
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
    return ib_imap_rewrite_next_body (self->rewrite);
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
    self->rewrite = ib_imap_rewrite_new ();
    self->line = g_string_new (NULL);
    return self;
}

void
ib_imap_guard_free (IbImapGuard *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->commands);
    ib_imap_rewrite_free (self->rewrite);
    g_string_free (self->line, TRUE);
    g_free (self);
}
