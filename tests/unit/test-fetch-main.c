/* The worker itself, inside its walls, between a POP3 server played here and a service played here. */
#include "fetch-wire.h"
#include "server-limits.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG (40 * 1024 * 1024)
#define PATIENCE_MS 20000

/* --- the mail server ----------------------------------------------------------------------------------------- */

typedef struct {
    guint count;          /* messages */
    gsize size;           /* of each; a line of text repeated */
    gsize said_size;      /* in LIST */
    const char *hangs_at; /* the command that it never answers; NULL */
    const char *refuses;  /* the command that it answers with -ERR; NULL */
    int fd;
} Server;

static const char text_line[] = "All work and no play makes Jack a dull boy, and Jill as well.\r\n";
#define LINE_BYTES (sizeof text_line - 1)

static bool
say (Server *server, const char *text, gsize length)
{
    while (length > 0) {
        gssize n = send (server->fd, text, length, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        text += n;
        length -= (gsize) n;
    }
    return true;
}

static bool
say_line (Server *server, const char *text)
{
    return say (server, text, strlen (text));
}

static bool
say_message (Server *server)
{
    g_autoptr (GString) block = g_string_new (NULL);
    gsize lines = server->size / LINE_BYTES;
    for (guint i = 0; i < 1000; i++)
        g_string_append (block, text_line);
    say_line (server, "+OK\r\n");
    for (; lines >= 1000; lines -= 1000)
        if (!say (server, block->str, block->len))
            return false;
    return say (server, block->str, lines * LINE_BYTES) && say_line (server, ".\r\n");
}

static bool
say_list (Server *server, bool is_uidl)
{
    g_autoptr (GString) list = g_string_new ("+OK\r\n");
    for (guint i = 1; i <= server->count; i++)
        if (is_uidl)
            g_string_append_printf (list, "%u uidl-%u\r\n", i, i);
        else
            g_string_append_printf (list, "%u %zu\r\n", i, server->said_size);
    g_string_append (list, ".\r\n");
    return say_line (server, list->str);
}

static bool
answer (Server *server, const char *command)
{
    g_autofree char *count = g_strdup_printf ("+OK %u 0\r\n", server->count);
    if (server->refuses != NULL && g_str_has_prefix (command, server->refuses))
        return say_line (server, "-ERR [AUTH] not you\r\n");
    if (g_str_has_prefix (command, "CAPA"))
        return say_line (server, "+OK\r\nPIPELINING\r\nUSER\r\nTOP\r\nUIDL\r\n.\r\n");
    if (g_str_has_prefix (command, "STAT"))
        return say_line (server, count);
    if (g_str_has_prefix (command, "LIST") || g_str_has_prefix (command, "UIDL"))
        return say_list (server, *command == 'U');
    if (g_str_has_prefix (command, "RETR"))
        return say_message (server);
    return say_line (server, "+OK\r\n") && !g_str_has_prefix (command, "QUIT");
}

static gpointer
serve (gpointer data)
{
    Server *server = data;
    g_autoptr (GString) heard = g_string_new (NULL);
    char buffer[4096];
    bool goes_on = say_line (server, "+OK ready\r\n");

    while (goes_on) {
        char *end = strstr (heard->str, "\r\n");
        if (end == NULL) {
            gssize n = recv (server->fd, buffer, sizeof buffer, 0);
            goes_on = n > 0;
            g_string_append_len (heard, buffer, MAX (n, 0));
            continue;
        }
        *end = '\0';
        if (server->hangs_at == NULL || !g_str_has_prefix (heard->str, server->hangs_at))
            goes_on = answer (server, heard->str);
        g_string_erase (heard, 0, end + 2 - heard->str);
    }
    close (server->fd);
    return NULL;
}

/* --- the service --------------------------------------------------------------------------------------------- */

typedef struct {
    Server server;
    GThread *thread;
    IbChannel *channel;
    GPid pid;
    guint heard; /* messages */
} Session;

static char *
program (void)
{
    return g_build_filename (g_getenv ("IB_TEST_BUILD"), "src", "worker", "inbasket-fetch", NULL);
}

static GPid
spawn (int fd)
{
    g_autofree char *path = program ();
    const char *const argv[] = { path, NULL };
    const char *const envp[] = { NULL };
    const int target = 3;
    GPid pid;
    g_autoptr (GError) error = NULL;
    g_spawn_async_with_pipes_and_fds (NULL, argv, envp,
                                      fd >= 0 ? G_SPAWN_DO_NOT_REAP_CHILD
                                              : G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                                      NULL, NULL, -1, -1, -1, fd >= 0 ? &fd : NULL, fd >= 0 ? &target : NULL,
                                      fd >= 0 ? 1 : 0, &pid, NULL, NULL, NULL, &error);
    g_assert_no_error (error);
    return pid;
}

/* That it is gone is seen by what is heard of it. */
static void
tell (Session *session, IbFetchWire kind, GVariant *body, int fd)
{
    g_autoptr (GError) error = NULL;
    ib_channel_send (session->channel, (guint8) kind, body, fd, &error);
    if (!g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED))
        g_assert_no_error (error);
}

static void
say_secret (Session *session)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new ("secret", 6, &error);
    int fd = ib_secret_to_fd (secret, &error);
    g_assert_no_error (error);
    tell (session, IB_FETCH_WIRE_SECRET, g_variant_new ("()"), fd);
    close (fd);
}

static void
start (Session *session, IbSecurity security, const char *ca_file)
{
    IbAccount account = {
        .protocol = IB_PROTOCOL_POP3,
        .host = (char *) "localhost",
        .user = (char *) "anna",
        .security = security,
        .ca_file = (char *) ca_file,
    };
    const IbFetchRequest request = { .account = &account };
    int control[2], mail[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control), ==, 0);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, mail), ==, 0);
    session->pid = spawn (control[1]);
    close (control[1]);
    session->channel = ib_channel_new (control[0], ib_fetch_wire_to_service);
    session->server.fd = mail[1];
    session->thread = g_thread_new ("server", serve, &session->server);
    tell (session, IB_FETCH_WIRE_REQUEST, ib_fetch_wire_pack_request (&request), -1);
    tell (session, IB_FETCH_WIRE_SOCKET, g_variant_new ("()"), mail[0]);
    close (mail[0]);
    say_secret (session);
}

static bool
is_aside (guint8 kind)
{
    return kind == IB_FETCH_WIRE_STEP || kind == IB_FETCH_WIRE_OFFERED || kind == IB_FETCH_WIRE_TERMS
           || kind == IB_FETCH_WIRE_TICKET || kind == IB_FETCH_WIRE_ALIVE;
}

/* The next frame that is on the road of the run, or that is asked for. */
static void
hear (Session *session, IbFetchWire kind, IbFrame *out_frame)
{
    g_autoptr (GError) error = NULL;
    for (;;) {
        g_assert_true (ib_channel_receive (session->channel, out_frame, &error));
        if (!is_aside (out_frame->kind) || out_frame->kind == kind)
            break;
        ib_frame_clear (out_frame);
    }
    if (out_frame->kind == IB_FETCH_WIRE_FAILED && kind != IB_FETCH_WIRE_FAILED) {
        gint64 retry_after_s;
        g_autoptr (GError) failure = ib_fetch_wire_unpack_failed (out_frame->body, &retry_after_s);
        g_assert_no_error (failure);
    }
    g_assert_cmpint (out_frame->kind, ==, kind);
}

static void
hear_and_drop (Session *session, IbFetchWire kind)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    hear (session, kind, &frame);
}

/* Up to the messages themselves: an empty cursor, and as many found as the server has. */
static void
let_it_begin (Session *session)
{
    g_autoptr (IbCursor) cursor = ib_cursor_new ();
    g_auto (IbFrame) found = { .fd = -1 };
    guint64 messages, bytes;

    hear_and_drop (session, IB_FETCH_WIRE_ENTER);
    g_assert_true (ib_fetch_wire_send_cursor (session->channel, cursor, NULL));
    hear (session, IB_FETCH_WIRE_FOUND, &found);
    g_assert_true (ib_fetch_wire_unpack_found (found.body, &messages, &bytes));
    g_assert_cmpuint (messages, ==, session->server.count);
    g_assert_cmpuint (bytes, ==, session->server.count * session->server.said_size);
}

static void
let_it_settle (Session *session, GPtrArray *orders)
{
    hear_and_drop (session, IB_FETCH_WIRE_TAKEN);
    for (guint i = 0; orders != NULL && i < orders->len; i++)
        g_assert_true (ib_fetch_wire_send_order (session->channel, orders->pdata[i], NULL));
    tell (session, IB_FETCH_WIRE_ORDERS_END, g_variant_new ("()"), -1);
}

static bool
is_text (const char *bytes, gsize length)
{
    const gsize line = LINE_BYTES - 1; /* CRLF has become LF */
    if (length % line != 0)
        return false;
    for (gsize at = 0; at < length; at += line)
        if (memcmp (bytes + at, text_line, line - 1) != 0 || bytes[at + line - 1] != '\n')
            return false;
    return true;
}

static gsize
expected_size (const Session *session)
{
    return session->server.size / LINE_BYTES * (LINE_BYTES - 1);
}

/* How many there are; those in a memory file lie there sealed, one behind the other. */
static guint
hear_messages (Session *session, IbFrame *out_frame)
{
    hear (session, IB_FETCH_WIRE_MESSAGES, out_frame);
    g_autoptr (GArray) messages = ib_fetch_wire_unpack_messages (out_frame);
    g_assert_nonnull (messages);
    for (guint i = 0; i < messages->len; i++) {
        const IbRemoteMessage *message = &g_array_index (messages, IbRemoteMessage, i);
        g_autofree char *uidl = g_strdup_printf ("uidl-%u", ++session->heard);
        g_assert_cmpstr (message->uidl, ==, uidl);
        g_assert_cmpuint (message->size_bytes, ==, expected_size (session));
        g_assert_cmpuint (message->size_served, ==, session->server.said_size);
    }
    return messages->len;
}

static void
check_sealed (const Session *session, int fd, guint messages)
{
    gsize size = messages * expected_size (session);
    g_assert_cmpint (fcntl (fd, F_GET_SEALS), ==, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (gint64) size);
    char *bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    g_assert_true (bytes != MAP_FAILED && is_text (bytes, size));
    munmap (bytes, size);
}

static guint
hear_sealed (Session *session)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    guint messages = hear_messages (session, &frame);
    check_sealed (session, frame.fd, messages);
    return messages;
}

static void
hear_all (Session *session, guint count)
{
    while (session->heard < count)
        (void) hear_sealed (session);
    g_assert_cmpuint (session->heard, ==, count);
}

static void
give_credit (Session *session, guint messages)
{
    tell (session, IB_FETCH_WIRE_CREDIT,
          ib_fetch_wire_pack_credit (messages * expected_size (session), messages), -1);
}

/* But for the beats of a slow machine. */
static bool
is_silent (Session *session)
{
    struct pollfd fd = { ib_channel_fd (session->channel), POLLIN, 0 };
    while (poll (&fd, 1, 150) != 0) {
        g_auto (IbFrame) frame = { .fd = -1 };
        if (!ib_channel_receive (session->channel, &frame, NULL) || frame.kind != IB_FETCH_WIRE_ALIVE)
            return false;
    }
    return true;
}

static int
wait_for_end (Session *session)
{
    int status;
    g_assert_cmpint (waitpid (session->pid, &status, 0), ==, session->pid);
    return status;
}

static void
end (Session *session, int expected_status)
{
    int status = wait_for_end (session);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, expected_status);
    ib_channel_free (session->channel);
    g_thread_join (session->thread);
}

/* --- what is tested ------------------------------------------------------------------------------------------ */

static void
fetches (void)
{
    Session session = { .server = { .count = 3, .size = 100 * LINE_BYTES, .said_size = 100 * LINE_BYTES } };
    start (&session, IB_SECURITY_NONE, "");
    let_it_begin (&session);
    hear_all (&session, 3);
    let_it_settle (&session, NULL);
    hear_and_drop (&session, IB_FETCH_WIRE_FINISHED);
    end (&session, 0);
}

/* All of a message that came through a pipe; the frame that says it is whole comes after. */
static void
take_pipe (Session *session)
{
    g_auto (IbFrame) body = { .fd = -1 };
    g_auto (IbFrame) message = { .fd = -1 };
    g_autofree char *bytes = g_malloc (session->server.size);
    gsize length = 0;

    hear (session, IB_FETCH_WIRE_BODY, &body);
    for (gssize n = 1; n > 0; length += (gsize) n) {
        n = read (body.fd, bytes + length, session->server.size - length);
        g_assert_cmpint (n, >=, 0);
    }
    g_assert_cmpuint (hear_messages (session, &message), ==, 1);
    g_assert_cmpint (message.fd, ==, -1);
    g_assert_cmpuint (length, ==, expected_size (session));
    g_assert_true (is_text (bytes, length));
}

/* @said_size of the server may be a lie. */
static void
fetches_a_large_one (gconstpointer said_size)
{
    gsize size = BIG / LINE_BYTES * LINE_BYTES;
    Session session = {
        .server
        = { .count = 2, .size = size, .said_size = said_size != NULL ? GPOINTER_TO_SIZE (said_size) : size },
    };
    start (&session, IB_SECURITY_NONE, "");
    let_it_begin (&session);
    take_pipe (&session);
    give_credit (&session, 1);
    take_pipe (&session);
    let_it_settle (&session, NULL);
    hear_and_drop (&session, IB_FETCH_WIRE_FINISHED);
    end (&session, 0);
}

/* Small ones are bounded by their number, larger ones by their bytes. */
static const struct {
    const char *name;
    guint count, in_flight;
    gsize lines;
} credits[] = {
    { "messages", 2 * IB_LIMIT_IN_FLIGHT_MESSAGES + 10, IB_LIMIT_IN_FLIGHT_MESSAGES, 2 },
    { "bytes", 7, 3, IB_LIMIT_IN_FLIGHT_BYTES * 3 / 10 / LINE_BYTES },
    { "one-larger-than-all", 3, 1, 20 * 1024 * 1024 / LINE_BYTES },
};

static void
waits_for_credit (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    gsize size = credits[i].lines * LINE_BYTES;
    Session session = { .server = { .count = credits[i].count, .size = size, .said_size = size } };
    start (&session, IB_SECURITY_NONE, "");
    let_it_begin (&session);
    for (guint given = credits[i].in_flight; session.heard < credits[i].count;) {
        if (session.heard == given) {
            g_assert_true (is_silent (&session));
            give_credit (&session, credits[i].in_flight);
            given += credits[i].in_flight;
        }
        (void) hear_sealed (&session);
        g_assert_cmpuint (session.heard, <=, given);
    }
    let_it_settle (&session, NULL);
    hear_and_drop (&session, IB_FETCH_WIRE_FINISHED);
    end (&session, 0);
}

static void
hear_done (Session *session, IbFetchWire kind, bool is_done, const char *uidl, const char *text)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    g_autoptr (IbSettleOrder) order = NULL;
    bool got_done;
    const char *got_text;

    hear (session, kind, &frame);
    g_assert_true (ib_fetch_wire_unpack_settled (frame.body, &order, &got_done, &got_text));
    g_assert_true (got_done == is_done);
    g_assert_cmpuint (order->uidls->len, ==, 1);
    g_assert_cmpstr (order->uidls->pdata[0], ==, uidl);
    g_assert_cmpstr (got_text, ==, text);
}

static void
add_to_order (IbSettleOrder *order, const char *uidl)
{
    const IbKnownMessage known = { 0 }; /* which does not matter: it just came */
    g_ptr_array_add (order->uidls, g_strdup (uidl));
    g_array_append_val (order->known, known);
}

static void
settles (void)
{
    Session session = { .server = { .count = 2, .size = LINE_BYTES, .said_size = LINE_BYTES } };
    g_autoptr (GPtrArray) orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    g_ptr_array_add (orders, ib_settle_order_new (IB_SETTLE_DELETE, ""));
    g_ptr_array_add (orders, ib_settle_order_new (IB_SETTLE_MOVE, "Old"));
    add_to_order (orders->pdata[0], "uidl-2");
    add_to_order (orders->pdata[1], "uidl-1");

    start (&session, IB_SECURITY_NONE, "");
    let_it_begin (&session);
    hear_all (&session, 2);
    let_it_settle (&session, orders);
    hear_done (&session, IB_FETCH_WIRE_SETTLED, false, "uidl-1", "POP3 has no folders");
    hear_done (&session, IB_FETCH_WIRE_COPIED, true, "uidl-2", ""); /* no QUIT before that is written down */
    g_assert_true (ib_channel_send (session.channel, IB_FETCH_WIRE_GO_ON, g_variant_new ("()"), -1, NULL));
    hear_done (&session, IB_FETCH_WIRE_SETTLED, true, "uidl-2", "");
    hear_and_drop (&session, IB_FETCH_WIRE_FINISHED);
    end (&session, 0);
}

static void
expect_failure (Session *session, IbFetchError code, const char *text)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    gint64 retry_after_s;
    hear (session, IB_FETCH_WIRE_FAILED, &frame);
    g_autoptr (GError) error = ib_fetch_wire_unpack_failed (frame.body, &retry_after_s);
    g_assert_error (error, IB_FETCH_ERROR, (gint) code);
    if (strstr (error->message, text) == NULL)
        g_assert_cmpstr (error->message, ==, text);
    end (session, 0);
}

static void
tells_of_a_wrong_password (void)
{
    Session session = { .server = { .refuses = "PASS" } };
    start (&session, IB_SECURITY_NONE, "");
    expect_failure (&session, IB_FETCH_ERROR_SIGN_IN, "localhost refused to sign in anna: [AUTH] not you");
}

static void
tells_of_a_missing_ca_file (void)
{
    Session session = { .server = { .count = 0 } };
    start (&session, IB_SECURITY_TLS, "/nowhere/ca.pem");
    expect_failure (&session, IB_FETCH_ERROR_UNSAFE, "/nowhere/ca.pem");
}

static void
tells_of_a_server_without_tls (void)
{
    Session session = { .server = { .count = 0 } };
    start (&session, IB_SECURITY_TLS, "");
    expect_failure (&session, IB_FETCH_ERROR_UNSAFE, "localhost");
}

/* While it waits for us, it is inside. */
static void
is_locked_in (void)
{
    Session session = { .server = { .count = 1, .size = LINE_BYTES, .said_size = LINE_BYTES } };
    start (&session, IB_SECURITY_NONE, "");
    hear_and_drop (&session, IB_FETCH_WIRE_ENTER);
    g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) session.pid);
    g_autofree char *status = NULL;
    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    g_assert_nonnull (strstr (status, "NoNewPrivs:\t1"));
    g_assert_nonnull (strstr (status, "Seccomp:\t2"));
    g_assert_true (ib_fetch_wire_send_cursor (session.channel, NULL, NULL));
    hear_and_drop (&session, IB_FETCH_WIRE_FINISHED);
    end (&session, 0);
}

/* Wherever it waits, a service that is gone ends it. */
static const struct {
    const char *name, *hangs_at;
    bool is_blocked_by_us;
} departures[] = {
    { "while-the-server-is-silent", "STAT", false },
    { "while-it-waits-for-the-server's-message", "RETR", false },
    { "while-it-waits-for-credit", NULL, true },
};

static void
ends_with_the_service (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    gsize size = 20 * 1024 * 1024 / LINE_BYTES * LINE_BYTES;
    Session session
        = { .server = { .count = 2, .size = size, .said_size = size, .hangs_at = departures[i].hangs_at } };
    start (&session, IB_SECURITY_NONE, "");
    if (g_strcmp0 (departures[i].hangs_at, "STAT") != 0)
        let_it_begin (&session);
    if (departures[i].is_blocked_by_us)
        hear_and_drop (&session, IB_FETCH_WIRE_MESSAGES);
    ib_channel_free (session.channel);
    session.channel = NULL;
    end (&session, 1);
}

/* Deaf and mute between a large message and a service that does not read it: gone all the same. */
static void
ends_within_a_pipe (void)
{
    gsize size = BIG / LINE_BYTES * LINE_BYTES;
    Session session = { .server = { .count = 1, .size = size, .said_size = size } };
    g_auto (IbFrame) body = { .fd = -1 };
    start (&session, IB_SECURITY_NONE, "");
    let_it_begin (&session);
    hear (&session, IB_FETCH_WIRE_BODY, &body);
    ib_frame_clear (&body);
    ib_channel_free (session.channel);
    session.channel = NULL;
    end (&session, 1);
}

static void
is_not_for_people (void)
{
    Session session = { .pid = spawn (-1) };
    int status = wait_for_end (&session);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, 2);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    signal (SIGPIPE, SIG_IGN);
    g_test_add_func ("/fetch-main/fetches", fetches);
    g_test_add_data_func ("/fetch-main/large", NULL, fetches_a_large_one);
    g_test_add_data_func ("/fetch-main/large-against-its-word", GSIZE_TO_POINTER (17), fetches_a_large_one);
    for (gsize i = 0; i < G_N_ELEMENTS (credits); i++) {
        g_autofree char *path = g_strconcat ("/fetch-main/credit/", credits[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), waits_for_credit);
    }
    g_test_add_func ("/fetch-main/settles", settles);
    g_test_add_func ("/fetch-main/wrong-password", tells_of_a_wrong_password);
    g_test_add_func ("/fetch-main/missing-ca-file", tells_of_a_missing_ca_file);
    g_test_add_func ("/fetch-main/no-tls", tells_of_a_server_without_tls);
    g_test_add_func ("/fetch-main/locked-in", is_locked_in);
    for (gsize i = 0; i < G_N_ELEMENTS (departures); i++) {
        g_autofree char *path = g_strconcat ("/fetch-main/ends/", departures[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), ends_with_the_service);
    }
    g_test_add_func ("/fetch-main/ends/within-a-pipe", ends_within_a_pipe);
    g_test_add_func ("/fetch-main/not-for-people", is_not_for_people);
    return g_test_run ();
}
