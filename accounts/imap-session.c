/* imap-session.c - commands to an IMAP server, and what it said */
#include "imap-session.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define CHUNK_BYTES (16 * 1024)

typedef struct {
    guint tag;
    IbImapWant want;
} Unsent;

struct _IbImapSession {
    IbStream *stream;
    IbImapAlert alert;
    gpointer user_data;
    IbImapGuard *guard;
    IbImapParser *parser;
    GByteArray *passed; /* what the guard let through */
    gsize passed_at;    /* and the parser has read */
    char *chunk;        /* where bytes are read to; CHUNK_BYTES */

    guint last_tag;
    GArray *unsent;   /* commands written, not flushed */
    guint unanswered; /* commands flushed, not answered */
    bool is_greeted;
    IbImapAnswer *greeting;
    IbImapAnswer *bye;
    GHashTable *answers; /* tag -> IbImapAnswer, not yet fetched */
    GHashTable *ignored; /* set of tags */
    guint idling;        /* the tag of IDLE, until it is stopped; 0 */
    guint heard;         /* lines, since it began */
    char *plus;          /* the text of a "+" not yet waited for */

    IbImapServer *server;
};

/* --- hearing ------------------------------------------------------------------------------------------------- */

static IbImapAnswer *
read_answer (IbImapSession *self, IbImapResult result, const char *text)
{
    IbImapAnswer *answer = ib_imap_answer_new (result, text);
    ib_imap_server_note_code (self->server, answer);
    if (strcmp (answer->code, "ALERT") == 0 && answer->has_words)
        self->alert (answer->text, self->user_data);
    return answer;
}

static void
hear_untagged (IbImapSession *self, const char *text)
{
    IbImapResult result;
    if (!ib_imap_answer_read_result (&text, &result)) {
        ib_imap_server_note_line (self->server, text);
        return;
    }
    g_autoptr (IbImapAnswer) answer = read_answer (self, result, text);
    if (!self->is_greeted) {
        self->is_greeted = true;
        self->greeting = g_steal_pointer (&answer);
    } else if (result == IB_IMAP_BYE && self->bye == NULL) {
        self->bye = g_steal_pointer (&answer);
    }
}

static void
hear_answer (IbImapSession *self, const char *line)
{
    self->unanswered--;
    char *text = NULL;
    guint tag = (guint) g_ascii_strtoull (line, &text, 10);
    const char *at = text + 1;
    IbImapResult result = IB_IMAP_BAD;
    ib_imap_answer_read_result (&at, &result); /* the guard has seen to that */
    g_autoptr (IbImapAnswer) answer = read_answer (self, result, at);
    if (!g_hash_table_remove (self->ignored, GUINT_TO_POINTER (tag)))
        g_hash_table_insert (self->answers, GUINT_TO_POINTER (tag), g_steal_pointer (&answer));
}

static void
hear (const char *line, gpointer user_data)
{
    IbImapSession *self = user_data;
    self->heard++;
    if (*line == '+') {
        g_free (self->plus);
        self->plus = g_strdup (line[1] == ' ' ? line + 2 : line + 1);
    } else if (*line == '*') {
        hear_untagged (self, line + 1 + strspn (line + 1, " "));
    } else {
        hear_answer (self, line);
    }
}

static bool
read_more (IbImapSession *self)
{
    const char *why = NULL;
    gssize n = ib_stream_read (self->stream, self->chunk, CHUNK_BYTES, NULL);
    if (n < 0)
        return false;
    if (ib_imap_guard_feed (self->guard, self->chunk, (gsize) n, self->passed, &why))
        return true;
    g_autofree char *text = g_strdup_printf (_ ("The server broke the rules of IMAP: it sent %s."), why);
    ib_stream_fail (self->stream, IB_STREAM_ERROR_GUARD, text);
    return false;
}

/* Most of what a fetch brings goes from the stream to the parser without a halt. */
static gssize
give_body (IbImapSession *self, void *buffer, gsize size)
{
    gsize left = (gsize) MIN (ib_imap_guard_body_left (self->guard), size);
    gssize n = ib_stream_read (self->stream, buffer, left, NULL);
    if (n > 0)
        ib_imap_guard_pass_body (self->guard, (gsize) n);
    return n;
}

/* The parser's source. */
static gssize
give (void *buffer, gsize size, gpointer user_data)
{
    IbImapSession *self = user_data;
    if (self->passed_at == self->passed->len && ib_imap_guard_body_left (self->guard) > 0)
        return give_body (self, buffer, size);
    while (self->passed_at == self->passed->len) {
        g_byte_array_set_size (self->passed, 0);
        self->passed_at = 0;
        /* What passed before the guard refused the rest is good. */
        if (!read_more (self) && self->passed->len == 0)
            return -1;
    }
    gsize n = MIN (size, self->passed->len - self->passed_at);
    memcpy (buffer, self->passed->data + self->passed_at, n);
    self->passed_at += n;
    return (gssize) n;
}

IbImapAnswer *
ib_imap_session_greet (IbImapSession *self)
{
    while (!self->is_greeted)
        if (!read_more (self))
            return NULL;
    return g_steal_pointer (&self->greeting);
}

/* An answer that is there before its command went out is nobody's answer: what can be read now is read now. */
static bool
flush (IbImapSession *self)
{
    while (self->unsent->len > 0 && self->unanswered == 0 && ib_stream_has_pending (self->stream))
        if (!read_more (self))
            return false;
    for (guint i = 0; i < self->unsent->len; i++) {
        const Unsent *unsent = &g_array_index (self->unsent, Unsent, i);
        ib_imap_guard_sent (self->guard, unsent->tag, unsent->want);
    }
    self->unanswered += self->unsent->len;
    g_array_set_size (self->unsent, 0);
    return ib_stream_flush (self->stream, NULL);
}

/* --- saying -------------------------------------------------------------------------------------------------- */

static guint
next_tag (IbImapSession *self, IbImapWant want)
{
    char text[16];
    guint tag = ++self->last_tag;
    gint length = g_snprintf (text, sizeof text, "%u ", tag);
    const Unsent unsent = { tag, want };
    g_array_append_val (self->unsent, unsent);
    (void) ib_stream_write (self->stream, text, (gsize) length, NULL); /* its error sticks: the wait tells */
    return tag;
}

void
ib_imap_session_flush (IbImapSession *self)
{
    (void) flush (self); /* its error sticks: the wait tells */
}

void
ib_imap_session_add (IbImapSession *self, const char *text, gsize length)
{
    (void) ib_stream_write (self->stream, text, length, NULL);
}

void
ib_imap_session_end_line (IbImapSession *self)
{
    ib_imap_session_add (self, "\r\n", 2);
}

guint
ib_imap_session_send (IbImapSession *self, IbImapWant want, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    g_assert (strpbrk (text, "\r\n") == NULL);
    guint tag = next_tag (self, want);
    ib_imap_session_add (self, text, strlen (text));
    ib_imap_session_end_line (self);
    return tag;
}

guint
ib_imap_session_begin (IbImapSession *self, const char *command)
{
    guint tag = next_tag (self, IB_IMAP_WANT_NOTHING);
    ib_imap_session_add (self, command, strlen (command));
    return tag;
}

char *
ib_imap_session_wait_for_plus (IbImapSession *self, guint tag)
{
    if (!flush (self))
        return NULL;
    while (self->plus == NULL) {
        if (g_hash_table_contains (self->answers, GUINT_TO_POINTER (tag)) || !read_more (self))
            return NULL;
    }
    return g_steal_pointer (&self->plus);
}

IbImapAnswer *
ib_imap_session_wait (IbImapSession *self, guint tag)
{
    gpointer answer = NULL;
    if (!flush (self))
        return NULL;
    while (!g_hash_table_steal_extended (self->answers, GUINT_TO_POINTER (tag), NULL, &answer))
        if (!read_more (self))
            return NULL;
    if (self->unanswered == 0)
        g_clear_pointer (&self->plus, g_free); /* a "+" that nobody asked for */
    return answer;
}

IbImapAnswer *
ib_imap_session_parse (IbImapSession *self, guint tag, const IbImapSink *sink)
{
    if (!flush (self))
        return NULL;
    if (!ib_imap_parser_run (self->parser, tag, sink)) {
        /* Keeps the stream's own reason, if it has one. */
        ib_stream_fail (self->stream, IB_STREAM_ERROR_GUARD, _ ("The server's answer could not be read."));
        return NULL;
    }
    return ib_imap_session_wait (self, tag);
}

void
ib_imap_session_ignore (IbImapSession *self, guint tag)
{
    if (!g_hash_table_remove (self->answers, GUINT_TO_POINTER (tag)))
        g_hash_table_add (self->ignored, GUINT_TO_POINTER (tag));
}

guint64
ib_imap_session_next_body_size (IbImapSession *self)
{
    return ib_imap_guard_next_body (self->guard);
}

bool
ib_imap_session_is_quiet (const IbImapSession *self)
{
    return self->unanswered == 0 && self->unsent->len == 0;
}

/* The answer's last byte is the last that is not compressed. */
bool
ib_imap_session_compress (IbImapSession *self, IbImapAnswer **out_answer)
{
    g_assert (ib_imap_session_is_quiet (self));
    ib_stream_read_lines (self->stream, true);
    guint tag = ib_imap_session_send (self, IB_IMAP_WANT_NOTHING, "COMPRESS DEFLATE");
    g_autoptr (IbImapAnswer) answer = ib_imap_session_wait (self, tag);
    ib_stream_read_lines (self->stream, false);
    if (answer != NULL && answer->result == IB_IMAP_OK)
        return ib_stream_start_deflate (self->stream, NULL);
    *out_answer = g_steal_pointer (&answer);
    return false;
}

/* --- waiting for the server to speak ------------------------------------------------------------------------- */

bool
ib_imap_session_idle (IbImapSession *self, IbImapAnswer **out_answer)
{
    guint tag = ib_imap_session_send (self, IB_IMAP_WANT_NOTHING, "IDLE");
    g_autofree char *plus = ib_imap_session_wait_for_plus (self, tag);
    if (plus == NULL) {
        *out_answer = ib_stream_get_error (self->stream) == NULL ? ib_imap_session_wait (self, tag) : NULL;
        return false;
    }
    self->idling = tag;
    self->heard = 0;
    return true;
}

bool
ib_imap_session_was_stopped (const IbImapSession *self)
{
    return g_hash_table_contains (self->answers, GUINT_TO_POINTER (self->idling));
}

bool
ib_imap_session_listen (IbImapSession *self, int other_fd)
{
    bool is_other = false;
    while (ib_imap_server_get_selected (self->server)->fresh == 0 && self->bye == NULL
           && !ib_imap_session_was_stopped (self) && self->heard < IB_LIMIT_IDLE_LINES) {
        if (!ib_stream_wait (self->stream, other_fd, &is_other, NULL))
            return false;
        if (is_other)
            return true;
        if (!read_more (self))
            return false;
    }
    return true;
}

guint
ib_imap_session_stop (IbImapSession *self)
{
    guint tag = self->idling;
    if (!ib_imap_session_was_stopped (self))
        ib_imap_session_add (self, "DONE\r\n", 6);
    self->idling = 0;
    return tag;
}

/* --- what it knows ------------------------------------------------------------------------------------------- */

IbImapServer *
ib_imap_session_get_server (IbImapSession *self)
{
    return self->server;
}

const IbImapAnswer *
ib_imap_session_get_bye (const IbImapSession *self)
{
    return self->bye;
}

void
ib_imap_session_forget_all (IbImapSession *self)
{
    ib_imap_server_forget_all (self->server);
    g_clear_pointer (&self->bye, ib_imap_answer_free);
    g_clear_pointer (&self->plus, g_free);
    g_hash_table_remove_all (self->answers);
    g_byte_array_set_size (self->passed, 0);
    self->passed_at = 0;
}

IbImapSession *
ib_imap_session_new (IbStream *stream, IbImapAlert alert, gpointer user_data)
{
    IbImapSession *self = g_new0 (IbImapSession, 1);
    self->stream = stream;
    self->alert = alert;
    self->user_data = user_data;
    self->guard = ib_imap_guard_new (hear, self);
    self->passed = g_byte_array_new ();
    self->chunk = g_malloc (CHUNK_BYTES);
    self->unsent = g_array_new (FALSE, FALSE, sizeof (Unsent));
    self->parser = ib_imap_parser_new (give, self);
    self->answers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) ib_imap_answer_free);
    self->ignored = g_hash_table_new (NULL, NULL);
    self->server = ib_imap_server_new ();
    return self;
}

void
ib_imap_session_free (IbImapSession *self)
{
    if (self == NULL)
        return;
    ib_imap_parser_free (self->parser);
    ib_imap_guard_free (self->guard);
    g_byte_array_unref (self->passed);
    g_free (self->chunk);
    g_array_unref (self->unsent);
    ib_imap_answer_free (self->greeting);
    ib_imap_answer_free (self->bye);
    g_hash_table_unref (self->answers);
    g_hash_table_unref (self->ignored);
    ib_imap_server_free (self->server);
    g_free (self->plus);
    g_free (self);
}
