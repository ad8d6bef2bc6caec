/* Whatever is dropped, set apart or sent early: what was added comes over, in its order, and nothing else does. */
#include "fetch-bag.h"
#include "fetch-wire.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SIZE 3000

typedef struct {
    IbFetchBag *bag;
    IbChannel *here, *there;
    GThread *reader;
    GString *heard; /* a letter for each message, "|" behind each frame */
} Ground;

/* A message is one letter, repeated. */
static void
hear_message (Ground *ground, int fd, guint64 offset, guint64 size)
{
    g_autofree char *bytes = g_malloc (size + 1);
    g_assert_cmpint (pread (fd, bytes, size, (off_t) offset), ==, (gssize) size);
    bytes[size] = '\0';
    for (guint64 at = 0; at < size; at++)
        g_assert_cmpint (bytes[at], ==, bytes[0]);
    g_string_append_c (ground->heard, size > 0 ? bytes[0] : '0');
}

static bool
hear_frame (Ground *ground)
{
    g_auto (IbFrame) frame = { .fd = -1 };
    guint64 offset = 0;
    if (!ib_channel_receive (ground->there, &frame, NULL))
        return false;
    g_autoptr (GArray) messages = ib_fetch_wire_unpack_messages (&frame);
    g_assert_nonnull (messages);
    g_assert_cmpint (fcntl (frame.fd, F_GET_SEALS), ==, SEALS);
    for (guint i = 0; i < messages->len; i++) {
        guint64 size = g_array_index (messages, IbRemoteMessage, i).size_bytes;
        hear_message (ground, frame.fd, offset, size);
        offset += size;
    }
    g_assert_cmpint (lseek (frame.fd, 0, SEEK_END), ==, (gint64) offset);
    g_string_append_c (ground->heard, '|');
    return true;
}

static gpointer
read_frames (gpointer data)
{
    while (hear_frame (data))
        ;
    return NULL;
}

static void
open_ground (Ground *ground)
{
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    *ground = (Ground){ .here = ib_channel_new (ends[0], ib_fetch_wire_to_worker),
                        .there = ib_channel_new (ends[1], ib_fetch_wire_to_service),
                        .heard = g_string_new (NULL) };
    ground->bag = ib_fetch_bag_new (ground->here);
    ground->reader = g_thread_new ("service", read_frames, ground);
}

/* Closes the worker's end, and waits until the service's has heard all. */
static void
close_ground (Ground *ground)
{
    ib_fetch_bag_free (ground->bag);
    ib_channel_free (ground->here);
    g_thread_join (ground->reader);
    ib_channel_free (ground->there);
}

/* @size bytes of @letter into the open message. */
static void
fill (int fd, char letter, gsize size)
{
    g_autofree char *bytes = g_strnfill (size, letter);
    g_assert_cmpint (fd, >=, 0);
    g_assert_cmpint (write (fd, bytes, size), ==, (gssize) size);
}

static void
add (Ground *ground, gsize size)
{
    const IbRemoteMessage message = { .uid = 1, .size_bytes = size };
    g_assert_true (ib_fetch_bag_add (ground->bag, &message, NULL));
}

/* a to z: a message of SIZE bytes; 0: an empty one; L: one that may take its time; -: one that is dropped in the middle;
 * /x: one that is set apart from those before when half of it is there; !: all is sent; ?x: it is asked to be, in the
 * middle of x. */
static void
act (Ground *ground, const char **at)
{
    char op = **at, letter = strchr ("/?", op) != NULL ? *++*at : op;
    gsize size = letter == '0' ? 0 : SIZE;
    guint64 hint = letter == 'L' ? G_GUINT64_CONSTANT (10000000) : size;
    if (op == '!') {
        g_assert_true (ib_fetch_bag_send (ground->bag, NULL));
        return;
    }
    int fd = ib_fetch_bag_open (ground->bag, hint, NULL);
    fill (fd, letter, size / 2);
    if (op == '-') {
        ib_fetch_bag_drop (ground->bag);
        return;
    }
    if (op == '/')
        fd = ib_fetch_bag_part (ground->bag, NULL);
    if (op == '?')
        g_assert_true (ib_fetch_bag_send (ground->bag, NULL));
    fill (fd, letter, size - size / 2);
    add (ground, size);
}

/* On a slow machine any frame may come earlier: what must be between two is between two. */
static const struct {
    const char *name, *actions, *heard, *apart;
} rows[] = {
    { "one", "a!", "a", NULL },
    { "nothing", "!!", "", NULL },
    { "several", "abc!", "abc", NULL },
    { "empty-ones", "0a00!", "0a00", NULL },
    { "sent-in-between", "ab!cd!", "abcd", "b|c" },
    { "dropped", "a-b!", "ab", NULL },
    { "dropped-first", "-a!", "a", NULL },
    { "dropped-last", "a-!", "a", NULL },
    { "all-dropped", "--!", "", NULL },
    { "set-apart", "ab/c!", "abc", "b|c" },
    { "set-apart-alone", "/a!", "a", NULL },
    { "set-apart-then-more", "a/bc!", "abc", "a|b" },
    { "asked-in-the-middle", "a?bc!", "abc", NULL },
    { "not-behind-a-large-one", "aLb!", "aLb", "a|L" },
    { "never-sent", "a!b", "a", NULL },
};

static void
hands_over (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    open_ground (&ground);
    for (const char *at = rows[i].actions; *at != '\0'; at++)
        act (&ground, &at);
    close_ground (&ground);
    if (rows[i].apart != NULL)
        g_assert_nonnull (strstr (ground.heard->str, rows[i].apart));
    g_string_replace (ground.heard, "|", "", 0);
    if (strcmp (rows[i].name, "never-sent") == 0) /* unless it was old enough */
        g_assert_true (g_str_has_prefix (ground.heard->str, rows[i].heard));
    else
        g_assert_cmpstr (ground.heard->str, ==, rows[i].heard);
    g_string_free (ground.heard, TRUE);
}

/* It sends itself before its frame or its memory grows large. */
static const struct {
    const char *name;
    guint count;
    gsize size;
    guint at_least;
} fills[] = {
    { "by-number", 1000, 1, 10 },
    { "by-bytes", 10, 1024 * 1024, 10 },
};

static void
sends_itself (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    Ground ground;
    open_ground (&ground);
    for (guint n = 0; n < fills[i].count; n++) {
        fill (ib_fetch_bag_open (ground.bag, 1, NULL), 'x', fills[i].size);
        add (&ground, fills[i].size);
    }
    g_assert_true (ib_fetch_bag_send (ground.bag, NULL));
    close_ground (&ground);
    guint frames = g_string_replace (ground.heard, "|", "", 0);
    g_assert_cmpuint (ground.heard->len, ==, fills[i].count);
    g_assert_cmpuint (frames, >=, fills[i].at_least);
    g_string_free (ground.heard, TRUE);
}

static void
tells_of_a_service_that_is_gone (void)
{
    g_autoptr (GError) error = NULL;
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), ==, 0);
    close (ends[1]);
    g_autoptr (IbChannel) channel = ib_channel_new (ends[0], ib_fetch_wire_to_worker);
    g_autoptr (IbFetchBag) bag = ib_fetch_bag_new (channel);
    const IbRemoteMessage message = { .uid = 1, .size_bytes = 1 };
    fill (ib_fetch_bag_open (bag, 1, NULL), 'x', 1);
    bool is_sent = ib_fetch_bag_add (bag, &message, &error) && ib_fetch_bag_send (bag, &error);
    g_assert_false (is_sent);
    g_assert_error (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/fetch-bag/hands-over/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), hands_over);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (fills); i++) {
        g_autofree char *path = g_strconcat ("/fetch-bag/sends-itself/", fills[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), sends_itself);
    }
    g_test_add_func ("/fetch-bag/service-gone", tells_of_a_service_that_is_gone);
    return g_test_run ();
}
