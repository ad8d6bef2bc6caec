/* COMPRESS=DEFLATE with servers that do it well, badly and not at all: dialogues as those of test-remote-imap.c.
 *
 *     S: a line of the server's     C: one of the client's     Z: from here on both deflate
 *     Y: the same, and what the server says next is in one packet with what it said before
 *     P: a line in plain, all the same     X: bytes, in hexadecimal     0: so many megabytes of zeros */
#include "fetch.h"
#include "line-speed.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define IN_WITH(capabilities)                                                                                          \
    "S: * PREAUTH [CAPABILITY IMAP4rev1 " capabilities "] hello\nC: 1 EXAMINE \"INBOX\"\nS: * 3 EXISTS\n"              \
    "S: * OK [UIDVALIDITY 99] x\nS: * OK [UIDNEXT 8] x\nS: 1 OK x\n"                                                   \
    "C: 2 UID SEARCH UID 7:*\nS: * SEARCH 7\nS: 2 OK x\n"
#define IN IN_WITH ("COMPRESS=DEFLATE IDLE")
#define AGREED "C: 3 COMPRESS DEFLATE\nS: 3 OK go on\nZ:\n"
#define ITEMS "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"
#define ASK(tag) "C: " tag " UID FETCH 7 " ITEMS "\n"
#define HI(uid) "S: * 1 FETCH (UID " uid " FLAGS () RFC822.SIZE 4 BODY[] {4}\nS: hi\nS: )\n"
#define ALL(tag, out) ASK (tag) HI ("7") "S: " tag " OK x\nC: " out " LOGOUT\nS: * BYE\nS: " out " OK x\n"
#define GOOD "7 taken=7 "
#define FAILS(remedy) .error = IB_FETCH_ERROR_##remedy + 1

static const struct {
    const char *name, *dialogue, *events;
    int error; /* the code and 1; 0: none */
    const char *words;
    guint64 speed; /* of the last time; 0: slow */
    bool does_not_compress, is_cautious, watches;
    bool is_at_once; /* not played byte by byte */
} cases[] = {
    { "at-once", IN AGREED ALL ("4", "5"), GOOD },
    { "not-offered", IN_WITH ("IDLE") ALL ("3", "4"), GOOD },
    { "fast-the-last-time", IN ALL ("3", "4"), GOOD, .speed = IB_LINE_FAST },
    { "little-to-come", IN ALL ("3", "4"), GOOD, .speed = 500000 },
    { "not-again", IN ALL ("3", "4"), GOOD, .does_not_compress = true },
    { "cautious", IN ALL ("3", "4"), GOOD, .is_cautious = true },
    { "no", IN "C: 3 COMPRESS DEFLATE\nS: 3 NO [COMPRESSIONACTIVE] TLS does it\n" ALL ("4", "5"), "no-compression " GOOD },
    { "bad", IN "C: 3 COMPRESS DEFLATE\nS: 3 BAD what\n" ALL ("4", "5"), "no-compression " GOOD },
    { "news-before-the-ok", IN "C: 3 COMPRESS DEFLATE\nS: * 4 EXISTS\nS: 3 OK x\nZ:\n" ALL ("4", "5"), GOOD },
    { "deflated-news-behind-the-ok", IN "C: 3 COMPRESS DEFLATE\nS: 3 OK x\nY:\nS: * 4 EXISTS\nS: * 1 FETCH (FLAGS ())\n" ALL ("4", "5"),
      GOOD },
    { "deflated-news-before-and-behind-the-ok",
      IN "C: 3 COMPRESS DEFLATE\nS: * 4 EXISTS\nS: 3 OK x\nY:\nS: * 5 EXISTS\n" ALL ("4", "5"), GOOD },
    { "garbled-behind-the-ok", IN "C: 3 COMPRESS DEFLATE\nS: 3 OK x\nY:\nX: 07\n", "no-compression ", FAILS (SERVER),
      .words = "invalid block type" },
    { "news-behind-the-ok", IN "C: 3 COMPRESS DEFLATE\nS: 3 OK x\nS: * 4 EXISTS\n", "no-compression ", FAILS (SERVER),
      .words = "agreed to COMPRESS=DEFLATE, and said more", .is_at_once = true },
    { "message-behind-the-ok", IN "C: 3 COMPRESS DEFLATE\nS: 3 OK x\n" HI ("7") "S: 4 OK x\n", "no-compression ",
      FAILS (SERVER), .words = "COMPRESS=DEFLATE", .is_at_once = true },
    { "ok-before-it-was-asked", IN "S: 3 OK x\nS: 4 OK x\n", "no-compression ", FAILS (SERVER), .is_at_once = true },
    { "plaintext-after-all", IN "C: 3 COMPRESS DEFLATE\nS: 3 OK x\nZ:\n" ASK ("4") "P: 4 BAD what is that\n", "no-compression ",
      FAILS (SERVER), .words = "COMPRESS=DEFLATE" },
    { "plaintext-untagged", IN AGREED ASK ("4") "P: * BAD what is that, and what do you want to hear from me?\n",
      "no-compression ", FAILS (SERVER), .words = "COMPRESS=DEFLATE" },
    { "garbled", IN AGREED ASK ("4") "X: 07\n", "no-compression ", FAILS (SERVER), .words = "invalid block type" },
    { "far-back", IN AGREED ASK ("4") "X: 030200\n", "no-compression ", FAILS (SERVER), .words = "too far back" },
    { "ends-in-the-middle", IN AGREED ASK ("4") "X: 03000300\n", "no-compression ", FAILS (SERVER), .words = "its end" },
    { "garbled-in-the-middle", IN AGREED ASK ("4") HI ("7") "X: 07\n", "7 no-compression ", FAILS (SERVER), .words = "COMPRESS" },
    { "hangs-up-on-it", IN AGREED ASK ("4"), "no-compression ", FAILS (OFFLINE), .words = "With COMPRESS=DEFLATE" },
    { "hangs-up-instead-of-an-answer", IN "C: 3 COMPRESS DEFLATE\n", "no-compression ", FAILS (OFFLINE),
      .words = "With COMPRESS=DEFLATE" },
    { "bye-instead-of-an-answer", IN "C: 3 COMPRESS DEFLATE\nS: * BYE what\n", "no-compression ", FAILS (OFFLINE), .words = "what" },
    { "hangs-up-later", IN AGREED ASK ("4") HI ("7"), "7 ", FAILS (OFFLINE), .words = "closed the connection" },
    { "bye", IN AGREED ASK ("4") "S: * BYE shutting down\n", "", FAILS (SERVER), .words = "shutting down" },
    /* What comes of few bytes is bounded like anything else, and by their number. */
    { "bomb-of-one-line", IN AGREED ASK ("4") "0: 1\n", "no-compression ", FAILS (SERVER), .words = "COMPRESS=DEFLATE",
      .is_at_once = true },
    { "bomb-of-a-body", IN AGREED ASK ("4") "S: * 1 FETCH (UID 7 RFC822.SIZE 134217728 BODY[] {134217728}\n0: 128\n",
      "dropped no-compression ", FAILS (SERVER), .words = "far more comes out of it", .is_at_once = true },
    { "then-watches", IN AGREED ASK ("4") HI ("7") "S: 4 OK x\nC: 5 IDLE\nS: + idling\nS: * 4 EXISTS\nC: DONE\n"
      "C: 6 UID FETCH 8:* " ITEMS "\nS: 5 OK x\n" HI ("8") "S: 6 OK x\nC: 7 IDLE\n",
      "7 taken=7 watching 8 taken=8 ", FAILS (OFFLINE), .watches = true },
};

/* --- the server ---------------------------------------------------------------------------------------------- */

typedef struct {
    int fd;
    const char *dialogue;
    bool is_slow, is_deflated;
    z_stream in, out;
    GByteArray *held; /* plain, to go with the next */
    char *complaint;
} Server;

static void
put (const Server *server, const void *bytes, gsize length)
{
    g_byte_array_append (server->held, bytes, (guint) length);
    const char *from = (const char *) server->held->data;
    length = server->held->len;
    gsize step = server->is_slow ? 1 : MAX (length, 1);
    for (gsize at = 0; at < length; at += step)
        (void) !send (server->fd, from + at, MIN (step, length - at), MSG_NOSIGNAL);
    g_byte_array_set_size (server->held, 0);
}

static void
put_deflated (Server *server, const void *bytes, gsize length)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    server->out.next_in = (Bytef *) bytes;
    server->out.avail_in = (uInt) length;
    do {
        guint8 piece[4096];
        server->out.next_out = piece;
        server->out.avail_out = sizeof piece;
        deflate (&server->out, Z_SYNC_FLUSH);
        g_byte_array_append (packed, piece, sizeof piece - server->out.avail_out);
    } while (server->out.avail_out == 0);
    put (server, packed->data, packed->len);
}

static void
say (Server *server, GString *said)
{
    if (server->is_deflated && said->len > 0)
        put_deflated (server, said->str, said->len);
    else
        put (server, said->str, said->len);
    g_string_truncate (said, 0);
}

static bool
hear_byte (Server *server, char *out_byte)
{
    if (!server->is_deflated)
        return read (server->fd, out_byte, 1) == 1;
    for (;;) {
        guint8 byte = 0;
        server->in.next_out = (Bytef *) out_byte;
        server->in.avail_out = 1;
        server->in.next_in = &byte;
        server->in.avail_in = 0;
        inflate (&server->in, Z_SYNC_FLUSH); /* what is left of what came before */
        if (server->in.avail_out == 0)
            return true;
        if (read (server->fd, &byte, 1) != 1)
            return false;
        server->in.avail_in = 1;
        inflate (&server->in, Z_SYNC_FLUSH);
        if (server->in.avail_out == 0)
            return true;
    }
}

static char *
hear (Server *server)
{
    GString *line = g_string_new (NULL);
    char byte;
    while (hear_byte (server, &byte) && byte != '\n')
        g_string_append_c (line, byte);
    if (line->len > 0 && line->str[line->len - 1] == '\r')
        g_string_truncate (line, line->len - 1);
    return g_string_free (line, FALSE);
}

static void
put_hexadecimal (Server *server, const char *digits)
{
    for (; *digits != '\0'; digits += 2) {
        guint8 byte = (guint8) (g_ascii_xdigit_value (digits[0]) << 4 | g_ascii_xdigit_value (digits[1]));
        put (server, &byte, 1);
    }
}

static void
put_zeros (Server *server, gsize megabytes)
{
    g_autofree char *zeros = g_malloc0 (megabytes << 20);
    put_deflated (server, zeros, megabytes << 20);
}

static void
play_line (Server *server, const char *line, GString *said)
{
    const char *text = strlen (line) > 3 ? line + 3 : "";
    if (*line == 'S') {
        g_string_append_printf (said, "%s\r\n", text);
        return;
    }
    if (*line == 'Y') {
        g_byte_array_append (server->held, (const guint8 *) said->str, (guint) said->len);
        g_string_truncate (said, 0);
        server->is_deflated = true;
        return;
    }
    say (server, said);
    if (*line == 'Z') {
        server->is_deflated = true;
    } else if (*line == 'P') {
        put (server, text, strlen (text));
        put (server, "\r\n", 2);
    } else if (*line == 'X') {
        put_hexadecimal (server, text);
    } else if (*line == '0') {
        put_zeros (server, (gsize) atoi (text));
    } else if (*line == 'C') {
        g_autofree char *heard = hear (server);
        if (strcmp (heard, text) != 0)
            server->complaint = g_strdup_printf ("expected <%s>, heard <%s>", text, heard);
    }
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    g_auto (GStrv) lines = g_strsplit (server->dialogue, "\n", -1);
    g_autoptr (GString) said = g_string_new (NULL); /* until the client's turn */
    server->held = g_byte_array_new ();
    inflateInit2 (&server->in, -15);
    deflateInit2 (&server->out, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    for (gsize i = 0; lines[i] != NULL && server->complaint == NULL; i++)
        play_line (server, lines[i], said);
    say (server, said);
    shutdown (server->fd, SHUT_WR);
    for (char rest[4096]; read (server->fd, rest, sizeof rest) > 0;)
        continue;
    close (server->fd);
    inflateEnd (&server->in);
    deflateEnd (&server->out);
    g_byte_array_unref (server->held);
    return NULL;
}

/* --- the run ------------------------------------------------------------------------------------------------- */

typedef struct {
    GString *events;
    guint32 low_water;
} Run;

static void
on_step (IbFetchStep step, const char *text, gpointer data)
{
}

static void
on_line (const IbServerLine *line, gpointer data)
{
    if (line->does_not_compress)
        g_string_append (((Run *) data)->events, "no-compression ");
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer data, GError **error)
{
    *out_cursor = ib_cursor_new ();
    (*out_cursor)->low_water = ((Run *) data)->low_water;
    return true;
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
}

static void
on_attempt (guint32 uid, const char *uidl, gpointer data)
{
}

static int
on_open_body (guint64 size, gpointer data, GError **error)
{
    return open ("/dev/null", O_WRONLY | O_CLOEXEC);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer data, GError **error)
{
    g_string_append_printf (((Run *) data)->events, "%u ", message->uid);
    close (fd);
    return true;
}

static void
on_drop_body (int fd, gpointer data)
{
    g_string_append (((Run *) data)->events, "dropped ");
    close (fd);
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer data, GError **error)
{
    Run *run = data;
    g_string_append_printf (run->events, "taken=%u ", highest_uid);
    run->low_water = highest_uid;
    *out_orders = NULL;
    return true;
}

static bool
on_watching (const char *mailbox, gpointer data, GError **error)
{
    g_string_append (((Run *) data)->events, "watching ");
    return true;
}

static bool
on_wish (bool *out_wants_look, gpointer data, GError **error)
{
    *out_wants_look = false;
    return true;
}

static void
play (gsize row, bool is_slow)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) events = g_string_new (NULL);
    int pair[2], wishes[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
    g_assert_cmpint (pipe2 (wishes, O_CLOEXEC), ==, 0);
    Server server = { .fd = pair[1], .dialogue = cases[row].dialogue, .is_slow = is_slow };
    GThread *thread = g_thread_new ("server", serve, &server);

    char *folders[] = { (char *) "INBOX", NULL };
    const IbAccount account = { .name = (char *) "test", .host = (char *) "localhost", .user = (char *) "anna",
                                .folders = folders, .security = IB_SECURITY_NONE };
    g_autoptr (IbSecret) secret = ib_secret_new ("s3cret", 6, NULL);
    const IbFetchRequest request = {
        .account = &account, .secret = secret, .is_cautious = cases[row].is_cautious, .watches = cases[row].watches,
        .line = { cases[row].speed != 0 ? cases[row].speed : 1000, cases[row].does_not_compress },
    };
    Run run = { events, 6 };
    const IbFetchCallbacks callbacks = {
        .step = on_step, .line = on_line, .enter = on_enter, .found = on_found, .attempt = on_attempt,
        .open_body = on_open_body, .deliver = on_deliver, .drop_body = on_drop_body, .taken = on_taken,
        .watching = on_watching, .wish_fd = wishes[0], .wish = on_wish, .user_data = &run,
    };
    IbStream *stream = ib_stream_new (pair[0], -1, NULL, account.host);
    bool is_good = ib_fetch_run (stream, &request, &callbacks, &error);
    ib_stream_free (stream);
    g_thread_join (thread);
    close (wishes[0]);
    close (wishes[1]);

    g_assert_cmpstr (server.complaint, ==, NULL);
    g_assert_cmpstr (events->str, ==, cases[row].events);
    g_assert_cmpint (is_good, ==, cases[row].error == 0);
    if (cases[row].error == 0)
        return;
    g_assert_error (error, IB_FETCH_ERROR, cases[row].error - 1);
    if (cases[row].words != NULL && strstr (error->message, cases[row].words) == NULL)
        g_error ("\"%s\" does not say \"%s\"", error->message, cases[row].words);
}

static void
plays (gconstpointer data)
{
    play (GPOINTER_TO_SIZE (data), false);
}

static void
plays_slowly (gconstpointer data)
{
    play (GPOINTER_TO_SIZE (data), true);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/compress/", cases[i].name, NULL);
        g_autofree char *slow = g_strconcat (path, "/slow", NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), plays);
        if (!cases[i].is_at_once)
            g_test_add_data_func (slow, GSIZE_TO_POINTER (i), plays_slowly);
    }
    return g_test_run ();
}
