/* A session as the service sees it. The worker is this program under another name. */
#include "session.h"

#include "fetch-wire.h"
#include "server-limits.h"
#include "worker.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BODY "Subject: large\n\nas far as its worker says\n"
#define UID 7

/* --- the worker ---------------------------------------------------------------------------------------------- */

static void
hear (IbChannel *channel, guint8 kind)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    g_assert_true (ib_channel_receive (channel, &frame, NULL));
    g_assert_cmpuint (frame.kind, ==, kind);
}

static void
say (IbChannel *channel, guint8 kind, GVariant *body, int fd)
{
    g_assert_true (ib_channel_send (channel, kind, body, fd, NULL));
}

static void
say_messages (IbChannel *channel, guint32 uid, guint count, int fd)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    for (guint i = 0; i < count; i++) {
        const IbRemoteMessage message
            = { .uid = uid + i, .size_bytes = strlen (BODY), .size_served = strlen (BODY) };
        ib_fetch_wire_pack_message (packed, &message);
    }
    g_assert_true (ib_channel_send_packed (channel, IB_FETCH_WIRE_MESSAGES, packed, fd, NULL));
}

static void
say_message (IbChannel *channel, guint32 uid, int fd)
{
    say_messages (channel, uid, 1, fd);
}

/* The end to write to. */
static int
say_body (IbChannel *channel)
{
    int ends[2];
    g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
    say (channel, IB_FETCH_WIRE_BODY, g_variant_new_uint64 (strlen (BODY)), ends[0]);
    close (ends[0]);
    return ends[1];
}

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

/* A bag in which there are @there, said to be @said. */
static void
say_bag (IbChannel *channel, guint32 uid, guint said, guint there, int seals)
{
    int fd = memfd_create ("messages", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    for (guint i = 0; i < there; i++)
        g_assert_cmpint (write (fd, BODY, strlen (BODY)), ==, (gssize) strlen (BODY));
    g_assert_cmpint (fcntl (fd, F_ADD_SEALS, seals), ==, 0);
    say_messages (channel, uid, said, fd);
    close (fd);
}

static void
say_in_memory (IbChannel *channel, guint32 uid)
{
    say_bag (channel, uid, 1, 1, SEALS);
}

static void
give_a_bag (IbChannel *channel)
{
    say_bag (channel, UID, 3, 3, SEALS);
    say (channel, IB_FETCH_WIRE_TAKEN, ib_fetch_wire_pack_taken (UID + 2, ""), -1);
}

static void
say_too_many (IbChannel *channel)
{
    say_bag (channel, UID, 3, 2, SEALS);
}

static void
say_too_few (IbChannel *channel)
{
    say_bag (channel, UID, 2, 3, SEALS);
}

/* Nothing of it was given back. */
static void
say_more_than_allowed (IbChannel *channel)
{
    say_bag (channel, UID, IB_LIMIT_IN_FLIGHT_MESSAGES, IB_LIMIT_IN_FLIGHT_MESSAGES, SEALS);
    say_in_memory (channel, UID + IB_LIMIT_IN_FLIGHT_MESSAGES);
}

/* Two, which together are too long. */
static void
say_longer_than_allowed (IbChannel *channel)
{
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    const IbRemoteMessage message = { .uid = UID, .size_bytes = IB_LIMIT_IN_FLIGHT_BYTES / 2 + 1 };
    int fd = memfd_create ("messages", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_assert_cmpint (ftruncate (fd, (off_t) (2 * message.size_bytes)), ==, 0);
    g_assert_cmpint (fcntl (fd, F_ADD_SEALS, SEALS), ==, 0);
    ib_fetch_wire_pack_message (packed, &message);
    ib_fetch_wire_pack_message (packed, &message);
    g_assert_true (ib_channel_send_packed (channel, IB_FETCH_WIRE_MESSAGES, packed, fd, NULL));
    close (fd);
}

/* It could still be written to, shrink or grow. */
static void
seal_half (IbChannel *channel)
{
    say_bag (channel, UID, 1, 1, F_SEAL_SHRINK | F_SEAL_GROW);
}

static void
give_a_pipe_for_a_bag (IbChannel *channel)
{
    int ends[2];
    g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
    say_message (channel, UID, ends[0]);
}

/* Where nothing came through a pipe. */
static void
give_nothing (IbChannel *channel)
{
    say_message (channel, UID, -1);
}

/* A pipe takes one. */
static void
say_two_of_a_pipe (IbChannel *channel)
{
    close (say_body (channel));
    say_messages (channel, UID, 2, -1);
}

/* A large message is dropped in the middle, and what comes next is a small one, then another large one, in the middle of
 * which it is known how fast the line is. */
static void
drop_one (IbChannel *channel)
{
    const IbServerLine line = { .bytes_per_second = 1000000 };
    close (say_body (channel));
    say_in_memory (channel, UID);
    int end = say_body (channel);
    g_assert_cmpint (write (end, BODY, strlen (BODY)), ==, (gssize) strlen (BODY));
    say (channel, IB_FETCH_WIRE_LINE, ib_fetch_wire_pack_line (&line), -1);
    close (end);
    say_message (channel, UID + 1, -1);
    say (channel, IB_FETCH_WIRE_TAKEN, ib_fetch_wire_pack_taken (UID + 1, ""), -1);
}

/* Says that all is taken while the last bytes of a large message are not yet in its pipe. */
static void
be_early (IbChannel *channel)
{
    int end = say_body (channel);
    say_message (channel, UID, -1);
    say (channel, IB_FETCH_WIRE_TAKEN, ib_fetch_wire_pack_taken (UID, ""), -1);
    say (channel, IB_FETCH_WIRE_STEP, ib_fetch_wire_pack_step (IB_STEP_COUNTED, "that was all"), -1);
    hear (channel, IB_FETCH_WIRE_CREDIT); /* the service has heard all of this */
    g_assert_cmpint (write (end, BODY, strlen (BODY)), ==, (gssize) strlen (BODY));
    close (end);
}

/* --- of a mailbox that it is not in --- */

/* The service does not answer this one. */
#define SLOW "Slow"

static void
enter (IbChannel *channel, const char *name)
{
    const IbMailboxState state = { .name = name, .display_name = name, .special_use = "", .uidvalidity = 1 };
    say (channel, IB_FETCH_WIRE_ENTER, ib_fetch_wire_pack_mailbox (&state), -1);
}

static void
say_skip (IbChannel *channel)
{
    const IbRemoteMessage message = { .uid = UID };
    say (channel, IB_FETCH_WIRE_SKIP, ib_fetch_wire_pack_skip (&message, IB_SKIP_REFUSED, ""), -1);
}

static void
say_taken (IbChannel *channel)
{
    say (channel, IB_FETCH_WIRE_TAKEN, ib_fetch_wire_pack_taken (UID, ""), -1);
}

static void
give_early (IbChannel *channel)
{
    say_in_memory (channel, UID);
}

static void
give_while_entering (IbChannel *channel)
{
    enter (channel, SLOW);
    say_in_memory (channel, UID);
}

static void
enter_while_entering (IbChannel *channel)
{
    enter (channel, SLOW);
    enter (channel, "INBOX");
}

/* --- watching --- */

static void
say_watching (IbChannel *channel)
{
    say (channel, IB_FETCH_WIRE_WATCHING, ib_fetch_wire_pack_watching ("INBOX"), -1);
}

static void
hear_orders (IbChannel *channel)
{
    hear (channel, IB_FETCH_WIRE_ORDERS_END);
}

/* What the service answers to `watching`: it asks to look once, then to renew, then to look again. */
static void
watch (IbChannel *channel)
{
    say_taken (channel);
    hear_orders (channel);
    say_watching (channel);
    hear (channel, IB_FETCH_WIRE_LOOK);
    enter (channel, "INBOX");
    hear (channel, IB_FETCH_WIRE_CURSOR);
    say_taken (channel);
    hear_orders (channel);
    say_watching (channel);
    hear (channel, IB_FETCH_WIRE_RENEW);
    say_watching (channel); /* heard, and not told */
    enter (channel, "INBOX");
    hear (channel, IB_FETCH_WIRE_CURSOR);
    say_taken (channel);
}

static void
watch_while_entering (IbChannel *channel)
{
    enter (channel, SLOW);
    say_watching (channel);
}

/* Nothing may come of a mailbox that is not entered anew. */
static void
give_while_watching (IbChannel *channel)
{
    say_watching (channel);
    say_in_memory (channel, UID);
}

static void
be_busy (IbChannel *channel)
{
    const GError busy = { .domain = IB_FETCH_ERROR, .code = IB_FETCH_ERROR_BUSY, .message = (char *) "not now" };
    say (channel, IB_FETCH_WIRE_FAILED, ib_fetch_wire_pack_failed (&busy, 300), -1);
    _exit (0);
}

static void
tell_terms (IbChannel *channel)
{
    const IbServerTerms terms = { .can_push = true, .login_delay_s = 60 };
    say (channel, IB_FETCH_WIRE_TERMS, ib_fetch_wire_pack_terms (&terms), -1);
    say_taken (channel);
}

#define ANYTHING "…"
#define NONSENSE_OF(frame) "127.0.0.1: the fetch worker spoke nonsense (frame " #frame ") and was ended"
#define NONSENSE NONSENSE_OF (68)

/* Which of them it is, the account's user says. */
static const struct {
    const char *user;
    void (*work) (IbChannel *channel);
    const char *heard;
    bool is_outside; /* it says so before it enters a mailbox */
    bool watches;
} cases[] = {
    { "taken-after-large", be_early, "message 7;taken 7;ended" },
    { "dropped-large", drop_one, "message 7;message 8;taken 8;ended" },
    { "bag", give_a_bag, "message 7;message 8;message 9;taken 9;ended" },
    { "bag-of-fewer", say_too_many, NONSENSE },
    { "bag-of-more", say_too_few, NONSENSE },
    { "bag-half-sealed", seal_half, NONSENSE },
    { "bag-that-is-a-pipe", give_a_pipe_for_a_bag, NONSENSE },
    { "no-bag", give_nothing, NONSENSE },
    { "more-than-credit", say_more_than_allowed, ANYTHING "message 206;" NONSENSE },
    { "longer-than-credit", say_longer_than_allowed, NONSENSE },
    { "two-of-a-pipe", say_two_of_a_pipe, NONSENSE },
    { "message-outside", give_early, NONSENSE, true },
    { "skip-outside", say_skip, NONSENSE_OF (69), true },
    { "taken-outside", say_taken, NONSENSE_OF (70), true },
    { "message-while-entering", give_while_entering, NONSENSE },
    { "enters-while-entering", enter_while_entering, NONSENSE_OF (65) },
    { "busy", be_busy, "backoff 300;not now" },
    { "terms", tell_terms, "terms push 60;taken 7;ended" },
    { "watches", watch, "taken 7;watching INBOX;taken 7;watching INBOX;taken 7;ended", .watches = true },
    { "watches-unasked", say_watching, NONSENSE_OF (80) },
    { "watches-while-entering", watch_while_entering, NONSENSE_OF (80), .watches = true },
    { "message-while-watching", give_while_watching, "watching INBOX;" NONSENSE, .watches = true },
};

static gsize
hear_request (IbChannel *channel)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    IbFetchRequest request;
    g_assert_true (ib_channel_receive (channel, &frame, NULL));
    g_autoptr (IbAccount) account = ib_fetch_wire_unpack_request (frame.body, &request);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
        if (strcmp (account->user, cases[i].user) == 0)
            return i;
    g_assert_not_reached ();
}

static int
work (void)
{
    g_autoptr (IbChannel) channel = ib_channel_new (3, ib_fetch_wire_to_worker);
    gsize i = hear_request (channel);
    hear (channel, IB_FETCH_WIRE_SOCKET);
    hear (channel, IB_FETCH_WIRE_SECRET);
    if (cases[i].is_outside)
        cases[i].work (channel);
    enter (channel, "INBOX");
    hear (channel, IB_FETCH_WIRE_CURSOR);
    cases[i].work (channel);
    hear (channel, IB_FETCH_WIRE_ORDERS_END);
    say (channel, IB_FETCH_WIRE_FINISHED, g_variant_new ("()"), -1);
    return 0;
}

/* --- the service --------------------------------------------------------------------------------------------- */

typedef struct {
    IbSession *session;
    GString *heard;
    GMainLoop *loop;
    guint watched; /* times */
} Ground;

static void
on_step (const char *step, const char *text, gpointer user_data)
{
    Ground *ground = user_data;
    if (strcmp (step, "count") == 0)
        ib_session_credit (ground->session, 0);
}

static void
on_enter (const IbMailboxState *state, gpointer user_data)
{
    Ground *ground = user_data;
    g_autoptr (IbCursor) cursor = ib_cursor_new ();
    if (strcmp (state->name, SLOW) == 0)
        return;
    ib_session_answer_cursor (ground->session, cursor);
}

static void
on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer user_data)
{
    Ground *ground = user_data;
    char bytes[sizeof BODY] = "";
    g_assert_cmpint (pread (ib_bag_fd (bag), bytes, strlen (BODY), (off_t) offset), ==, (gssize) strlen (BODY));
    g_assert_cmpstr (bytes, ==, BODY);
    g_string_append_printf (ground->heard, "message %u;", message->uid);
}

static void
on_taken (guint32 highest_uid, const char *listing, gpointer user_data)
{
    Ground *ground = user_data;
    g_autoptr (GPtrArray) orders = g_ptr_array_new ();
    g_string_append_printf (ground->heard, "taken %u;", highest_uid);
    ib_session_answer_orders (ground->session, orders);
}

static void
on_terms (const IbServerTerms *terms, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "terms %s %d;", terms->can_push ? "push" : "no-push",
                            (int) terms->login_delay_s);
}

static void
on_backoff (gint64 seconds, gpointer user_data)
{
    g_string_append_printf (((Ground *) user_data)->heard, "backoff %d;", (int) seconds);
}

static void
on_watching (const char *mailbox, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "watching %s;", mailbox);
    if (++ground->watched == 1)
        ib_session_look (ground->session);
    else
        ib_session_renew (ground->session);
}

static void
on_ended (const GError *error, const IbRemoteMessage *attempted, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append (ground->heard, error != NULL ? error->message : "ended");
    g_clear_pointer (&ground->session, ib_session_free);
    g_main_loop_quit (ground->loop);
}

static char *
make_secret (const char *folder)
{
    char *path = g_build_filename (folder, "secret", NULL);
    g_assert_true (g_file_set_contents_full (path, "hush\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    return path;
}

static char *folder;

static void
hears (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    static const IbSessionEvents events
        = { .step = on_step, .terms = on_terms, .backoff = on_backoff, .watching = on_watching, .enter = on_enter, .message = on_message, .taken = on_taken, .ended = on_ended };
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketListener) listener = g_socket_listener_new ();
    g_autofree char *secret = make_secret (folder);
    Ground ground = { .heard = g_string_new (NULL), .loop = g_main_loop_new (NULL, FALSE) };

    IbAccount account = { .name = (char *) "work",
                          .host = (char *) "127.0.0.1",
                          .user = (char *) cases[i].user,
                          .secret_source = IB_SECRET_FILE,
                          .secret_value = secret };
    account.port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
    g_assert_no_error (error);
    const IbFetchRequest request = { .account = &account, .watches = cases[i].watches };
    g_autoptr (IbPaths) paths = ib_paths_new (folder);
    g_autoptr (IbTokens) tokens = ib_tokens_new (paths);
    ground.session = ib_session_start (&request, tokens, folder, &events, &ground);
    g_main_loop_run (ground.loop);

    if (g_str_has_prefix (cases[i].heard, ANYTHING))
        g_assert_true (g_str_has_suffix (ground.heard->str, cases[i].heard + strlen (ANYTHING)));
    else
        g_assert_cmpstr (ground.heard->str, ==, cases[i].heard);
    g_string_free (ground.heard, TRUE);
    g_main_loop_unref (ground.loop);
    g_unlink (secret);
}

int
main (int argc, char **argv)
{
    if (g_str_has_suffix (argv[0], "inbasket-fetch"))
        return work ();

    g_test_init (&argc, &argv, NULL);
    folder = g_dir_make_tmp ("inbasket-session-XXXXXX", NULL);
    g_autofree char *worker = g_build_filename (folder, "inbasket-fetch", NULL);
    g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
    g_assert_cmpint (symlink (self, worker), ==, 0);
    g_setenv ("INBASKET_LIBEXECDIR", folder, TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/session/", cases[i].user, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), hears);
    }
    int status = g_test_run ();
    g_unlink (worker);
    g_rmdir (folder);
    g_free (folder);
    return status;
}
