/* dialogue.c - a session whose both sides are chosen by a fuzz input */
#include "dialogue.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* A client that goes on and on with a server that is gone would be one that never ends. */
#define MOST_HEARD_BYTES (4 * 1024 * 1024)

struct _Dialogue {
    GHashTable *plan;     /* char* to char* */
    const char *at, *end; /* what the server has not said yet */
    int server, client;
    int wish_sent, wishes;
    GString *heard;
    gsize tags_at;               /* in what was heard: the next command whose answer is due */
    GZlibCompressor *compressor; /* NULL: what is said is plain */
    guint bodies;
};

static Dialogue *current;

/* --- the input ----------------------------------------------------------------------------------------------- */

static const char mark[] = "--\n";

/* Up to the next mark, which is taken off. */
static const char *
take_piece (Dialogue *self, gsize *out_length)
{
    const char *piece = self->at, *stop = piece;
    while (stop < self->end && (stop = memmem (stop, (gsize) (self->end - stop), mark, strlen (mark))) != NULL
           && stop != piece && stop[-1] != '\n')
        stop++;
    if (stop == NULL || stop >= self->end)
        stop = self->end;
    *out_length = (gsize) (stop - piece);
    self->at = MIN (stop + strlen (mark), self->end);
    return piece;
}

static void
read_plan (Dialogue *self)
{
    gsize length;
    const char *piece = take_piece (self, &length);
    g_autofree char *text = g_strndup (piece, length);
    g_auto (GStrv) lines = g_strsplit (text, "\n", 100);
    for (gsize i = 0; lines[i] != NULL; i++) {
        char *equals = strchr (g_strdelimit (lines[i], "\r", ' '), '=');
        if (equals != NULL && g_utf8_validate (lines[i], -1, NULL))
            g_hash_table_insert (self->plan, g_strndup (lines[i], (gsize) (equals - lines[i])),
                                 g_strdup (equals + 1));
    }
}

/* --- the server ---------------------------------------------------------------------------------------------- */

static void
listen_in (Dialogue *self)
{
    char bytes[8192];
    gssize n;
    while ((n = recv (self->server, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        g_string_append_len (self->heard, bytes, n);
    g_assert_cmpuint (self->heard->len, <, MOST_HEARD_BYTES);
}

/* The first word of the next line that begins with a digit. */
static char *
next_tag (Dialogue *self)
{
    while (self->tags_at < self->heard->len) {
        const char *line = self->heard->str + self->tags_at;
        const char *lf = memchr (line, '\n', self->heard->len - self->tags_at);
        self->tags_at = lf != NULL ? (gsize) (lf + 1 - self->heard->str) : self->heard->len;
        if (g_ascii_isdigit (*line))
            return g_strndup (line, strspn (line, "0123456789"));
    }
    return g_strdup ("@");
}

static void
send_all (Dialogue *self, const char *bytes, gsize length)
{
    while (length > 0) {
        gssize n = send (self->server, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) /* it has left, or reads nothing: what it says of that is what counts */
            return;
        bytes += n;
        length -= (gsize) n;
    }
}

/* @bytes as they go over a line that is compressed (RFC 4978). */
static void
deflate_and_send (Dialogue *self, const char *bytes, gsize length)
{
    char packed[4096];
    GConverterResult result = G_CONVERTER_CONVERTED;
    for (gsize at = 0; result == G_CONVERTER_CONVERTED && at <= length;) {
        gsize taken = 0, made = 0;
        result = g_converter_convert (G_CONVERTER (self->compressor), bytes + at, length - at, packed,
                                      sizeof packed, G_CONVERTER_FLUSH, &taken, &made, NULL);
        if (result == G_CONVERTER_ERROR)
            break;
        at += taken;
        send_all (self, packed, made);
    }
}

/* "wish: look", "deflate: from here on", at the start of a piece: takes such lines off, and does so. */
static const char *
obey (Dialogue *self, const char *piece, gsize *length)
{
    static const char wish[] = "wish: ", deflate[] = "deflate: ";
    for (const char *lf; (lf = memchr (piece, '\n', *length)) != NULL; piece = lf + 1) {
        if (*length > strlen (wish) && memcmp (piece, wish, strlen (wish)) == 0)
            (void) !write (self->wish_sent, piece + strlen (wish), 1);
        else if (*length <= strlen (deflate) || memcmp (piece, deflate, strlen (deflate)) != 0)
            return piece;
        else if (self->compressor == NULL)
            self->compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_RAW, -1);
        *length -= (gsize) (lf + 1 - piece);
    }
    return piece;
}

static void
say_piece (Dialogue *self)
{
    gsize length;
    const char *piece = take_piece (self, &length);
    g_autoptr (GString) said = g_string_new (NULL);
    piece = obey (self, piece, &length);
    for (gsize i = 0; i < length; i++) {
        bool is_tag
            = piece[i] == '@' && (i == 0 || piece[i - 1] == '\n') && i + 1 < length && piece[i + 1] == ' ';
        g_autofree char *tag = is_tag ? next_tag (self) : NULL;
        if (is_tag)
            g_string_append (said, tag);
        else
            g_string_append_c (said, piece[i]);
    }
    if (self->compressor == NULL)
        send_all (self, said->str, said->len);
    else if (said->len > 0)
        deflate_and_send (self, said->str, said->len);
}

static int
look (struct pollfd *fds, nfds_t count)
{
    const struct timespec now = { 0 };
    return (int) syscall (SYS_ppoll, fds, count, &now, NULL, 0);
}

static bool
waits_for_us (const struct pollfd *fds, nfds_t count)
{
    for (nfds_t i = 0; current != NULL && i < count; i++)
        if (fds[i].fd == current->client)
            return true;
    return false;
}

/* Nobody waits for anything but the server's next word. */
int
poll (struct pollfd *fds, nfds_t count, int timeout)
{
    int n;
    while ((n = look (fds, count)) == 0 && timeout != 0 && waits_for_us (fds, count)) {
        listen_in (current);
        if (current->at < current->end)
            say_piece (current);
        else
            shutdown (current->server, SHUT_WR);
    }
    return n;
}

/* --- both ---------------------------------------------------------------------------------------------------- */

Dialogue *
dialogue_new (const guint8 *bytes, gsize length)
{
    int line[2], wish[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line), ==, 0);
    g_assert_cmpint (pipe2 (wish, O_CLOEXEC | O_NONBLOCK), ==, 0);
    Dialogue *self = g_new0 (Dialogue, 1);
    self->plan = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    self->heard = g_string_new (NULL);
    self->at = length > 0 ? (const char *) bytes : ""; /* nothing may be NULL */
    self->end = self->at + length;
    self->client = line[0];
    self->server = line[1];
    self->wishes = wish[0];
    self->wish_sent = wish[1];
    read_plan (self);
    g_assert_null (current);
    return current = self;
}

void
dialogue_free (Dialogue *self)
{
    current = NULL;
    g_clear_object (&self->compressor);
    close (self->server);
    close (self->wishes);
    close (self->wish_sent);
    g_hash_table_unref (self->plan);
    g_string_free (self->heard, TRUE);
    g_free (self);
}

int
dialogue_take_client (Dialogue *self)
{
    return self->client;
}

int
dialogue_get_wishes (Dialogue *self)
{
    return self->wishes;
}

const char *
dialogue_get (const Dialogue *self, const char *key)
{
    return g_hash_table_lookup (self->plan, key);
}

guint64
dialogue_get_number (const Dialogue *self, const char *key)
{
    const char *value = dialogue_get (self, key);
    return value != NULL ? g_ascii_strtoull (value, NULL, 10) : 0;
}

IbSecurity
dialogue_get_security (const Dialogue *self)
{
    const char *word = dialogue_get (self, "security");
    return g_strcmp0 (word, "starttls") == 0 ? IB_SECURITY_STARTTLS
           : g_strcmp0 (word, "tls") == 0    ? IB_SECURITY_TLS
                                             : IB_SECURITY_NONE;
}

char **
dialogue_get_words (const Dialogue *self, const char *key, const char *separator)
{
    const char *value = dialogue_get (self, key);
    return g_strsplit (value != NULL ? value : "", separator, 100);
}

bool
dialogue_has_flag (const Dialogue *self, const char *word)
{
    g_auto (GStrv) flags = dialogue_get_words (self, "flags", " ");
    return g_strv_contains ((const char *const *) flags, word);
}

bool
dialogue_goes_on (const Dialogue *self, const char *where)
{
    return g_strcmp0 (dialogue_get (self, "stop"), where) != 0;
}

int
dialogue_open_body (Dialogue *self)
{
    if (!dialogue_goes_on (self, "open"))
        return -1;
    self->bodies++;
    return memfd_create ("body", MFD_CLOEXEC);
}

void
dialogue_close_body (Dialogue *self, int fd)
{
    g_assert_cmpint (close (fd), ==, 0);
    self->bodies--;
}

guint
dialogue_count_bodies (const Dialogue *self)
{
    return self->bodies;
}

/* command-line = [ tag SP ] command; a TLS handshake begins with a byte that none has */
bool
dialogue_was_told (Dialogue *self, const char *command)
{
    listen_in (self);
    g_autofree char *clear = g_strndup (self->heard->str, strcspn (self->heard->str, "\x16"));
    for (const char *line = clear; *line != '\0'; line += strcspn (line, "\n"), line += *line == '\n') {
        const char *words = line + strspn (line, "0123456789");
        if (g_str_has_prefix (words + (*words == ' '), command))
            return true;
    }
    return false;
}
