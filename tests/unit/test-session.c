/* A session as the service sees it. The worker is this program under another name. */
#include "session.h"

#include "fetch-wire.h"
#include "worker.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
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

/* Says that all is taken while the last bytes of a large message are not yet in its pipe. */
static int
work (void)
{
    IbChannel *channel = ib_channel_new (3, ib_fetch_wire_to_worker);
    const IbMailboxState state
        = { .name = "INBOX", .display_name = "INBOX", .special_use = "", .uidvalidity = 1 };
    const IbRemoteMessage message = { .uid = UID, .size_bytes = strlen (BODY), .size_served = strlen (BODY) };
    int ends[2];

    hear (channel, IB_FETCH_WIRE_REQUEST);
    hear (channel, IB_FETCH_WIRE_SOCKET);
    hear (channel, IB_FETCH_WIRE_SECRET);
    say (channel, IB_FETCH_WIRE_ENTER, ib_fetch_wire_pack_mailbox (&state), -1);
    hear (channel, IB_FETCH_WIRE_CURSOR);

    g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
    say (channel, IB_FETCH_WIRE_BODY, g_variant_new_uint64 (strlen (BODY)), ends[0]);
    close (ends[0]);
    say (channel, IB_FETCH_WIRE_MESSAGE, ib_fetch_wire_pack_message (&message), -1);
    say (channel, IB_FETCH_WIRE_TAKEN, g_variant_new_uint32 (UID), -1);
    say (channel, IB_FETCH_WIRE_STEP, ib_fetch_wire_pack_step (IB_STEP_COUNTED, "that was all"), -1);

    hear (channel, IB_FETCH_WIRE_CREDIT); /* the service has heard all of this */
    g_assert_cmpint (write (ends[1], BODY, strlen (BODY)), ==, (gssize) strlen (BODY));
    close (ends[1]);
    hear (channel, IB_FETCH_WIRE_ORDERS_END);
    say (channel, IB_FETCH_WIRE_FINISHED, g_variant_new ("()"), -1);
    return 0;
}

/* --- the service --------------------------------------------------------------------------------------------- */

typedef struct {
    IbSession *session;
    GString *heard;
    GMainLoop *loop;
} Ground;

static void
on_step (const char *step, const char *text, gpointer user_data)
{
    Ground *ground = user_data;
    if (strcmp (step, "count") == 0)
        ib_session_credit (ground->session, 0, 0);
}

static void
on_enter (const IbMailboxState *state, gpointer user_data)
{
    Ground *ground = user_data;
    g_autoptr (IbCursor) cursor = ib_cursor_new ();
    ib_session_answer_cursor (ground->session, cursor);
}

static void
on_message (const IbRemoteMessage *message, int fd, gpointer user_data)
{
    Ground *ground = user_data;
    char bytes[sizeof BODY] = "";
    g_assert_cmpint (pread (fd, bytes, sizeof bytes, 0), ==, (gssize) strlen (BODY));
    g_assert_cmpstr (bytes, ==, BODY);
    close (fd);
    g_string_append_printf (ground->heard, "message %u;", message->uid);
}

static void
on_taken (guint32 highest_uid, gpointer user_data)
{
    Ground *ground = user_data;
    g_autoptr (GPtrArray) orders = g_ptr_array_new ();
    g_string_append_printf (ground->heard, "taken %u;", highest_uid);
    ib_session_answer_orders (ground->session, orders);
}

static void
on_ended (const GError *error, guint32 attempted_uid, gpointer user_data)
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

static void
a_mailbox_is_taken_after_its_large_message (gconstpointer data)
{
    static const IbSessionEvents events
        = { .step = on_step, .enter = on_enter, .message = on_message, .taken = on_taken, .ended = on_ended };
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketListener) listener = g_socket_listener_new ();
    g_autofree char *secret = make_secret (data);
    Ground ground = { .heard = g_string_new (NULL), .loop = g_main_loop_new (NULL, FALSE) };

    IbAccount account = { .name = (char *) "work",
                          .host = (char *) "127.0.0.1",
                          .user = (char *) "anna",
                          .secret_source = IB_SECRET_FILE,
                          .secret_value = secret };
    account.port = g_socket_listener_add_any_inet_port (listener, NULL, &error);
    g_assert_no_error (error);
    const IbFetchRequest request = { .account = &account };
    ground.session = ib_session_start (&request, data, &events, &ground);
    g_main_loop_run (ground.loop);

    g_assert_cmpstr (ground.heard->str, ==, "message 7;taken 7;ended");
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
    g_autofree char *folder = g_dir_make_tmp ("inbasket-session-XXXXXX", NULL);
    g_autofree char *worker = g_build_filename (folder, "inbasket-fetch", NULL);
    g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
    g_assert_cmpint (symlink (self, worker), ==, 0);
    g_setenv ("INBASKET_LIBEXECDIR", folder, TRUE);
    g_test_add_data_func ("/session/taken-after-large", folder, a_mailbox_is_taken_after_its_large_message);
    int status = g_test_run ();
    g_unlink (worker);
    g_rmdir (folder);
    return status;
}
