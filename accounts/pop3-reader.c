/* pop3-reader.c - status lines, lists and texts of POP3 */
#include "pop3-reader.h"
#include "face.h"

#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define BUFFER_BYTES (32 * 1024)

struct _IbPop3Reader {
    IbStream *stream;
    gsize begin, end; /* what of buffer is received and not yet read */
    char line[IB_LIMIT_POP3_LINE_BYTES + 1];
    char buffer[BUFFER_BYTES];
};

IbPop3Reader *
ib_pop3_reader_new (IbStream *stream)
{
    IbPop3Reader *self = g_new0 (IbPop3Reader, 1);
    self->stream = stream;
    return self;
}

void
ib_pop3_reader_free (IbPop3Reader *self)
{
    g_free (self);
}

bool
ib_pop3_reader_fail (IbPop3Reader *self, const char *why, GError **error)
{
    ib_stream_fail (self->stream, IB_STREAM_ERROR_GUARD, why);
    g_propagate_error (error, g_error_copy (ib_stream_get_error (self->stream)));
    return false;
}

/* At least one byte in the buffer. */
static bool
fill (IbPop3Reader *self, GError **error)
{
    if (self->begin < self->end)
        return true;

    gssize n = ib_stream_read (self->stream, self->buffer, BUFFER_BYTES, error);
    if (n < 0)
        return false;
    self->begin = 0;
    self->end = (gsize) n;
    return true;
}

/* Reads to the next LF into line, without the line end. What does not fit is dropped; an endless line is no line. */
static bool
read_line (IbPop3Reader *self, gsize *out_length, GError **error)
{
    gsize kept = 0, dropped = 0;
    for (bool is_whole = false; !is_whole;) {
        if (!fill (self, error))
            return false;
        const char *from = self->buffer + self->begin;
        const char *lf = memchr (from, '\n', self->end - self->begin);
        gsize length = lf != NULL ? (gsize) (lf - from) : self->end - self->begin;
        gsize room = MIN (length, IB_LIMIT_POP3_LINE_BYTES - kept);

        memcpy (self->line + kept, from, room);
        kept += room;
        dropped += length - room;
        if (dropped > 16 * IB_LIMIT_LINE_BYTES)
            return ib_pop3_reader_fail (self, _ ("the server sent a line without an end"), error);
        is_whole = lf != NULL;
        self->begin += length + (is_whole ? 1 : 0);
    }
    if (kept > 0 && dropped == 0 && self->line[kept - 1] == '\r')
        kept--;
    self->line[kept] = '\0';
    *out_length = kept;
    return true;
}

/* status = "+OK" / "-ERR" / "+"  *( SP text )                     RFC 1939, 3; RFC 5034, 4 */
bool
ib_pop3_reader_status (IbPop3Reader *self, IbPop3Status *out_status, const char **out_text, GError **error)
{
    static const struct {
        const char *word;
        IbPop3Status status;
    } words[] = {
        { "+OK", IB_POP3_OK },
        { "-ERR", IB_POP3_ERR },
        { "+", IB_POP3_CONTINUE },
    };
    gsize length;

    if (!read_line (self, &length, error))
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        gsize n = strlen (words[i].word);
        if (g_ascii_strncasecmp (self->line, words[i].word, n) != 0
            || (self->line[n] != ' ' && self->line[n] != '\0'))
            continue;
        *out_status = words[i].status;
        *out_text = self->line + n + (self->line[n] == ' ' ? 1 : 0);
        return true;
    }
    return ib_pop3_reader_fail (
        self,
        ib_face_words (
            _ ("the server does not answer as a POP3 server does. Check port= and protocol=."),
            _ ("the server does not answer as a POP3 server does. Check the port and the protocol.")),
        error);
}

bool
ib_pop3_reader_line (IbPop3Reader *self, const char **out_line, GError **error)
{
    gsize length;

    if (!read_line (self, &length, error))
        return false;
    for (char *nul = memchr (self->line, '\0', length); nul != NULL;
         nul = memchr (nul, '\0', length - (gsize) (nul - self->line)))
        *nul = '?';
    if (self->line[0] != '.')
        *out_line = self->line;
    else
        *out_line = self->line[1] == '\0' ? NULL : self->line + 1;
    return true;
}

/* Where in a text we are; only what follows a line's first dot is uncertain. */
typedef enum { LINE_START, AFTER_DOT, AFTER_DOT_CR, WITHIN_LINE, TEXT_END } TextState;

typedef struct {
    TextState state;
    IbPop3Sink sink;
    gpointer user_data;
    guint64 length;
} Text;

static bool
put (Text *text, const char *bytes, const char *end, GError **error)
{
    if (bytes == end)
        return true;
    text->length += (guint64) (end - bytes);
    return text->sink (bytes, (gsize) (end - bytes), text->user_data, error);
}

/* The state after a byte that a dot at the start of a line decides about. The dot itself was left out; a CR behind it
 * is left out until it turns out to be none of a line end. */
static bool
after_dot (Text *text, char byte, GError **error)
{
    static const char cr[] = "\r";

    if (byte == '\n') {
        text->state = TEXT_END;
        return true;
    }
    if (text->state == AFTER_DOT && byte == '\r') {
        text->state = AFTER_DOT_CR;
        return true;
    }
    bool had_cr = text->state == AFTER_DOT_CR;
    text->state = WITHIN_LINE;
    return !had_cr || put (text, cr, cr + 1, error);
}

/* Gives @bytes to the sink, line by line where a dot stands out. Returns where it stopped: at @end or behind the final
 * dot; NULL on error. */
static const char *
unstuff (Text *text, const char *bytes, const char *end, GError **error)
{
    const char *run = bytes; /* from here on not yet given away */
    while (bytes < end && text->state != TEXT_END) {
        if (text->state == LINE_START && *bytes == '.') {
            if (!put (text, run, bytes, error))
                return NULL;
            run = ++bytes;
            text->state = AFTER_DOT;
        } else if (text->state == AFTER_DOT || text->state == AFTER_DOT_CR) {
            if (!after_dot (text, *bytes, error))
                return NULL;
            if (text->state != WITHIN_LINE)
                run = ++bytes;
        } else {
            const char *lf = memchr (bytes, '\n', (gsize) (end - bytes));
            bytes = lf != NULL ? lf + 1 : end;
            text->state = lf != NULL ? LINE_START : WITHIN_LINE;
        }
    }
    return put (text, run, bytes, error) ? bytes : NULL;
}

bool
ib_pop3_reader_text (IbPop3Reader *self, IbPop3Sink sink, gpointer user_data, guint64 *out_length,
                     GError **error)
{
    Text text = { .state = LINE_START, .sink = sink, .user_data = user_data };
    while (text.state != TEXT_END) {
        if (!fill (self, error))
            return false;
        const char *stop = unstuff (&text, self->buffer + self->begin, self->buffer + self->end, error);
        if (stop == NULL)
            return false;
        self->begin = (gsize) (stop - self->buffer);
    }
    *out_length = text.length;
    return true;
}

bool
ib_pop3_reader_peek (IbPop3Reader *self, char *out_byte, GError **error)
{
    if (!fill (self, error))
        return false;
    *out_byte = self->buffer[self->begin];
    return true;
}

bool
ib_pop3_reader_has_more (IbPop3Reader *self)
{
    return self->begin < self->end || ib_stream_has_pending (self->stream);
}

bool
ib_pop3_reader_check_silence (IbPop3Reader *self, GError **error)
{
    char byte;
    if (!ib_pop3_reader_has_more (self))
        return true;
    /* A closed connection is pending too, and no fault of the server's. */
    return ib_pop3_reader_peek (self, &byte, error)
           && ib_pop3_reader_fail (self, _ ("the server answered more than it was asked"), error);
}
