/* Frames arrive whole, in order, with their descriptors; whatever else arrives is refused and leaves nothing open. */
#include "frame.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBER = 1, TEXT, WITH, MAYBE, PAIRS };

static const IbFrameKind kinds[] = {
    { NUMBER, "t", IB_FRAME_NO_FD },     { TEXT, "ay", IB_FRAME_NO_FD },
    { WITH, "(ay)", IB_FRAME_WITH_FD },  { MAYBE, "(tay)", IB_FRAME_MAYBE_FD },
    { PAIRS, "a(uay)", IB_FRAME_NO_FD }, { 0 },
};

static void
make_pair (int *ends)
{
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
}

static guint
open_descriptors (void)
{
    guint count = 0;
    DIR *folder = opendir ("/proc/self/fd");
    while (readdir (folder) != NULL)
        count++;
    closedir (folder);
    return count;
}

/* --- raw datagrams ------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    const char *bytes;
    gsize length; /* 0: an end of file, made by closing */
    guint fds;
    int code; /* -1: a good frame */
} Datagram;

#define RAW(text) text, sizeof text - 1
static const char zeros[IB_FRAME_BYTES + 2] = { TEXT };

static const Datagram datagrams[] = {
    { "good-number", RAW ("\1\1\2\3\4\5\6\7\10"), 0, -1 },
    { "good-empty-array", RAW ("\2"), 0, -1 },
    { "good-largest", zeros, IB_FRAME_BYTES + 1, 0, -1 },
    { "good-with-descriptor", RAW ("\3abc"), 1, -1 },
    { "good-maybe-with", RAW ("\4\1\2\3\4\5\6\7\10"), 1, -1 },
    { "good-maybe-without", RAW ("\4\1\2\3\4\5\6\7\10"), 0, -1 },
    { "good-pairs", RAW ("\5\1\0\0\0ab\6"), 0, -1 },
    { "closed", NULL, 0, 0, IB_FRAME_ERROR_CLOSED },
    { "unknown-kind", RAW ("\7abc"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "kind-zero", RAW ("\0"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "unknown-kind-with-fd", RAW ("\7abc"), 1, IB_FRAME_ERROR_PROTOCOL },
    { "number-too-short", RAW ("\1\1\2\3"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "number-of-no-bytes", RAW ("\1"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "number-too-long", RAW ("\1\1\2\3\4\5\6\7\10\11"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "too-long", zeros, IB_FRAME_BYTES + 2, 0, IB_FRAME_ERROR_PROTOCOL },
    { "descriptor-missing", RAW ("\3abc"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "descriptor-unwanted", RAW ("\2abc"), 1, IB_FRAME_ERROR_PROTOCOL },
    { "two-descriptors", RAW ("\3abc"), 2, IB_FRAME_ERROR_PROTOCOL },
    { "eight-descriptors", RAW ("\3abc"), 8, IB_FRAME_ERROR_PROTOCOL },
    { "forty-descriptors", RAW ("\3abc"), 40, IB_FRAME_ERROR_PROTOCOL },
    { "offset-outside", RAW ("\5\1\0\0\0ab\377"), 0, IB_FRAME_ERROR_PROTOCOL },
    { "padding-not-zero", RAW ("\5\1\0\0\0a\1\2\0\0\0b\5\15"), 0, IB_FRAME_ERROR_PROTOCOL },
};

static void
send_raw (int socket, const char *bytes, gsize length, guint n_fds)
{
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE (40 * sizeof (int))];
    } control = { 0 };
    struct iovec part = { (void *) bytes, length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    int fds[40];

    for (guint i = 0; i < n_fds; i++)
        fds[i] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    if (n_fds > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
        struct cmsghdr *header = CMSG_FIRSTHDR (&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
        memcpy (CMSG_DATA (header), fds, n_fds * sizeof (int));
    }
    g_assert_cmpint (sendmsg (socket, &message, 0), ==, (gssize) length);
    for (guint i = 0; i < n_fds; i++)
        close (fds[i]);
}

static void
receives (gconstpointer data)
{
    const Datagram *row = data;
    g_autoptr (GError) error = NULL;
    guint before = open_descriptors ();
    int ends[2];
    make_pair (ends);
    IbChannel *channel = ib_channel_new (ends[0], kinds);

    if (row->length > 0)
        send_raw (ends[1], row->bytes, row->length, row->fds);
    close (ends[1]);

    g_auto (IbFrame) frame = { .fd = -1 };
    bool is_good = ib_channel_receive (channel, &frame, &error);
    if (row->code >= 0) {
        g_assert_error (error, IB_FRAME_ERROR, row->code);
    } else {
        g_assert_no_error (error);
        g_assert_true (is_good);
        g_assert_cmpuint (frame.kind, ==, (guint8) row->bytes[0]);
        g_assert_cmpmem (g_variant_get_data (frame.body), g_variant_get_size (frame.body), row->bytes + 1,
                         row->length - 1);
        g_assert_cmpint (frame.fd >= 0, ==, row->fds == 1);
        if (frame.fd >= 0)
            g_assert_cmpint (fcntl (frame.fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
    }
    ib_frame_clear (&frame);
    ib_channel_free (channel);
    g_assert_cmpuint (open_descriptors (), ==, before);
}

/* Whatever the bytes: a frame of a known kind and its type, or an error. */
static void
random_datagrams (void)
{
    g_autoptr (GRand) random = g_rand_new_with_seed (20260101);
    guint before = open_descriptors (), good = 0;
    int ends[2];
    make_pair (ends);
    IbChannel *channel = ib_channel_new (ends[0], kinds);

    for (guint i = 0; i < 30000; i++) {
        char bytes[200];
        gsize length = (gsize) g_rand_int_range (random, 1, sizeof bytes);
        for (gsize at = 0; at < length; at++)
            bytes[at] = (char) g_rand_int_range (random, 0, i % 3 == 0 ? 6 : 256);
        bytes[0] = (char) g_rand_int_range (random, 0, 7);
        send_raw (ends[1], bytes, length, i % 4 == 0 ? (guint) g_rand_int_range (random, 0, 4) : 0);

        g_autoptr (GError) error = NULL;
        g_auto (IbFrame) frame = { .fd = -1 };
        if (ib_channel_receive (channel, &frame, &error)) {
            g_autofree char *printed = g_variant_print (frame.body, TRUE);
            g_assert_cmpuint (frame.kind, <=, PAIRS);
            good++;
        } else {
            g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_PROTOCOL);
        }
    }
    g_assert_cmpuint (good, >, 1000);
    ib_channel_free (channel);
    close (ends[1]);
    g_assert_cmpuint (open_descriptors (), ==, before);
}

/* --- two channels -------------------------------------------------------------------------------------------- */

static void
carries_a_descriptor (void)
{
    g_autoptr (GError) error = NULL;
    int ends[2];
    make_pair (ends);
    g_autoptr (IbChannel) here = ib_channel_new (ends[0], kinds);
    g_autoptr (IbChannel) there = ib_channel_new (ends[1], kinds);

    int fd = memfd_create ("test", MFD_CLOEXEC);
    g_assert_cmpint (write (fd, "message", 7), ==, 7);
    g_assert_true (ib_channel_send (
        here, MAYBE, g_variant_new ("(t@ay)", (guint64) 7, g_variant_new_bytestring ("x")), fd, &error));
    g_assert_cmpint (fcntl (fd, F_GETFD), >=, 0); /* still ours */
    close (fd);

    g_auto (IbFrame) frame = { .fd = -1 };
    g_assert_true (ib_channel_receive (there, &frame, &error));
    char text[8] = "";
    g_assert_cmpint (pread (frame.fd, text, 7, 0), ==, 7);
    g_assert_cmpstr (text, ==, "message");
}

static void
refuses_to_send_too_much (void)
{
    g_autoptr (GError) error = NULL;
    int ends[2];
    make_pair (ends);
    g_autoptr (IbChannel) here = ib_channel_new (ends[0], kinds);
    g_autofree char *much = g_malloc0 (IB_FRAME_BYTES + 1);
    g_assert_false (ib_channel_send (
        here, TEXT, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, much, IB_FRAME_BYTES + 1, 1), -1,
        &error));
    g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_IO);
    close (ends[1]);
}

/* The last words of one who left without listening to all of ours are heard before its end. */
static void
last_words_are_heard (void)
{
    g_autoptr (GError) error = NULL;
    int ends[2];
    make_pair (ends);
    g_autoptr (IbChannel) here = ib_channel_new (ends[0], kinds);
    IbChannel *there = ib_channel_new (ends[1], kinds);

    g_assert_true (ib_channel_send (here, NUMBER, g_variant_new_uint64 (1), -1, &error));
    g_assert_true (ib_channel_send (there, NUMBER, g_variant_new_uint64 (42), -1, &error));
    ib_channel_free (there);

    g_auto (IbFrame) frame = { .fd = -1 };
    g_assert_true (ib_channel_receive (here, &frame, &error));
    g_assert_cmpuint (g_variant_get_uint64 (frame.body), ==, 42);
    g_assert_false (ib_channel_receive (here, &frame, &error));
    g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED);
    g_clear_error (&error);
    g_assert_false (ib_channel_send (here, NUMBER, g_variant_new_uint64 (1), -1, &error));
    g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED);
}

/* --- in the main loop ---------------------------------------------------------------------------------------- */

typedef struct {
    GMainContext *context;
    guint64 frames, descriptors, free_at;
    gint code; /* of the closing; -1 while open */
    IbChannel *channel;
} Heard;

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    Heard *heard = user_data;
    guint64 number = 0;
    if (frame->kind == NUMBER)
        number = g_variant_get_uint64 (frame->body);
    else
        g_variant_get (frame->body, "(tay)", &number, NULL);
    g_assert_cmpuint (number, ==, heard->frames);
    heard->frames++;
    heard->descriptors += frame->fd >= 0;
    if (heard->frames == heard->free_at)
        g_clear_pointer (&heard->channel, ib_channel_free);
}

static void
on_closed (IbChannel *channel, const GError *why, gpointer user_data)
{
    Heard *heard = user_data;
    g_assert_cmpint (heard->code, ==, -1);
    heard->code = why->code;
    g_clear_pointer (&heard->channel, ib_channel_free);
}

static void
attach (Heard *heard, int fd)
{
    heard->code = -1;
    heard->channel = ib_channel_new (fd, kinds);
    ib_channel_attach (heard->channel, heard->context, on_frame, on_closed, heard);
}

/* Far more than a socket holds, some with descriptors, between two channels of one loop. */
static void
queues_what_does_not_fit (void)
{
    enum { MANY = 5000 };
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (GError) error = NULL;
    Heard here = { context }, there = { context };
    guint before = open_descriptors ();
    int ends[2];
    make_pair (ends);
    attach (&here, ends[0]);
    attach (&there, ends[1]);

    int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    for (guint64 i = 0; i < MANY; i++)
        g_assert_true (ib_channel_send (here.channel, MAYBE,
                                        g_variant_new ("(t@ay)", i, g_variant_new_bytestring ("some text")),
                                        i % 50 == 0 ? fd : -1, &error));
    close (fd);
    g_assert_cmpuint (ib_channel_queued (here.channel), >, 0);

    while (there.frames < MANY)
        g_main_context_iteration (context, TRUE);
    g_assert_cmpuint (there.descriptors, ==, MANY / 50);
    g_assert_cmpuint (ib_channel_queued (here.channel), ==, 0);

    g_clear_pointer (&here.channel, ib_channel_free);
    while (there.code < 0)
        g_main_context_iteration (context, TRUE);
    g_assert_cmpint (there.code, ==, IB_FRAME_ERROR_CLOSED);
    g_assert_cmpuint (open_descriptors (), ==, before);
}

static void
the_queue_is_bounded (void)
{
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (GError) error = NULL;
    Heard here = { context };
    int ends[2];
    make_pair (ends);
    attach (&here, ends[0]);

    g_autofree char *much = g_malloc0 (IB_FRAME_BYTES);
    guint sent = 0;
    while (ib_channel_send (here.channel, TEXT,
                            g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, much, 60000, 1), -1, &error))
        g_assert_cmpuint (sent++, <, 10000);
    g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_AGAIN);
    g_assert_cmpuint (ib_channel_queued (here.channel), <=, 32 * 1024 * 1024);

    ib_channel_free (here.channel);
    close (ends[1]);
}

static void
a_callback_may_free (void)
{
    g_autoptr (GMainContext) context = g_main_context_new ();
    g_autoptr (GError) error = NULL;
    Heard here = { context, .free_at = 2 };
    int ends[2];
    make_pair (ends);
    attach (&here, ends[0]);
    g_autoptr (IbChannel) there = ib_channel_new (ends[1], kinds);
    for (guint64 i = 0; i < 4; i++)
        g_assert_true (ib_channel_send (there, NUMBER, g_variant_new_uint64 (i), -1, &error));

    while (here.channel != NULL)
        g_main_context_iteration (context, TRUE);
    while (g_main_context_iteration (context, FALSE))
        ;
    g_assert_cmpuint (here.frames, ==, 2);
    g_assert_cmpint (here.code, ==, -1);
}

static void
nonsense_ends_it (void)
{
    g_autoptr (GMainContext) context = g_main_context_new ();
    Heard here = { context };
    int ends[2];
    make_pair (ends);
    attach (&here, ends[0]);
    send_raw (ends[1], "\1\0\0\0\0\0\0\0\0", 9, 0);
    send_raw (ends[1], "\1short", 6, 0);
    while (here.code < 0)
        g_main_context_iteration (context, TRUE);
    g_assert_cmpuint (here.frames, ==, 1);
    g_assert_cmpint (here.code, ==, IB_FRAME_ERROR_PROTOCOL);
    close (ends[1]);
}

/* An ordinary user may have no more descriptors in flight than open: then a sender waits, and loses none. */
static void
many_descriptors_of_an_ordinary_user (void)
{
    enum { MANY = 120, MAY_BE_OPEN = 20 };
    int ends[2];
    make_pair (ends);

    pid_t sender = fork ();
    if (sender == 0) {
        if (geteuid () == 0 && (setresgid (65534, 65534, 65534) != 0 || setresuid (65534, 65534, 65534) != 0))
            _exit (2);
        close (ends[0]);
        struct rlimit limit = { MAY_BE_OPEN, MAY_BE_OPEN };
        setrlimit (RLIMIT_NOFILE, &limit);
        IbChannel *channel = ib_channel_new (ends[1], kinds);
        int fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
        for (guint64 i = 0; i < MANY; i++)
            if (!ib_channel_send (channel, MAYBE, g_variant_new ("(t@ay)", i, g_variant_new_bytestring ("")),
                                  fd, NULL))
                _exit (3);
        _exit (0);
    }
    close (ends[1]);

    g_autoptr (GError) error = NULL;
    g_autoptr (IbChannel) channel = ib_channel_new (ends[0], kinds);
    for (guint64 i = 0; i < MANY; i++) {
        g_auto (IbFrame) frame = { .fd = -1 };
        g_assert_true (ib_channel_receive (channel, &frame, &error));
        g_assert_no_error (error);
        guint64 number = 0;
        g_variant_get (frame.body, "(tay)", &number, NULL);
        g_assert_cmpuint (number, ==, i);
        g_assert_cmpint (frame.fd, >=, 0);
    }
    int status = -1;
    g_assert_cmpint (waitpid (sender, &status, 0), ==, sender);
    g_assert_cmpint (status, ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (datagrams); i++) {
        g_autofree char *path = g_strconcat ("/frame/receive/", datagrams[i].name, NULL);
        g_test_add_data_func (path, &datagrams[i], receives);
    }
    g_test_add_func ("/frame/receive/random", random_datagrams);
    g_test_add_func ("/frame/descriptor", carries_a_descriptor);
    g_test_add_func ("/frame/too-much", refuses_to_send_too_much);
    g_test_add_func ("/frame/last-words", last_words_are_heard);
    g_test_add_func ("/frame/loop/queue", queues_what_does_not_fit);
    g_test_add_func ("/frame/loop/bounded", the_queue_is_bounded);
    g_test_add_func ("/frame/loop/free", a_callback_may_free);
    g_test_add_func ("/frame/loop/nonsense", nonsense_ends_it);
    g_test_add_func ("/frame/many-descriptors", many_descriptors_of_an_ordinary_user);
    return g_test_run ();
}
