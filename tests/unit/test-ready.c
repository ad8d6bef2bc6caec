/* A manager that listens hears each word as one datagram; where none does, nothing happens and nobody is asked anything. */
#include "ready.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A manager: a socket, and the environment that tells of it. */
typedef struct {
    char *folder;
    int fd;
} Manager;

static Manager
manager_new (const char *kind)
{
    Manager self = { .folder = g_dir_make_tmp ("inbasket-ready-XXXXXX", NULL) };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    g_autofree char *name = g_strdup_printf ("%s%s/notify", g_str_equal (kind, "abstract") ? "@" : "", self.folder);
    g_assert_cmpuint (strlen (name), <, sizeof address.sun_path);
    strcpy (address.sun_path, name);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    self.fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t length = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + strlen (name) + (name[0] != '@'));
    g_assert_cmpint (bind (self.fd, (struct sockaddr *) &address, length), ==, 0);
    g_setenv ("NOTIFY_SOCKET", name, TRUE);
    return self;
}

static void
manager_free (Manager *self)
{
    g_autofree char *path = g_build_filename (self->folder, "notify", NULL);
    close (self->fd);
    (void) g_unlink (path); /* an abstract one is not there */
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Manager, manager_free)

/* The next word, or "". */
static const char *
heard (Manager *self)
{
    static char text[512];
    gssize length = recv (self->fd, text, sizeof text - 1, 0);
    text[MAX (length, 0)] = '\0';
    return text;
}

static void
speaks (gconstpointer kind)
{
    g_auto (Manager) manager = manager_new (kind);
    g_autoptr (IbReady) ready = ib_ready_new ();
    g_assert_null (g_getenv ("NOTIFY_SOCKET"));

    ib_ready_up (ready);
    g_assert_cmpstr (heard (&manager), ==, "READY=1");
    ib_ready_status (ready, "3 accounts\nREADY=1\r");
    g_assert_cmpstr (heard (&manager), ==, "STATUS=3 accounts READY=1 ");
    ib_ready_status (ready, "3 accounts\nREADY=1\r");
    g_assert_cmpstr (heard (&manager), ==, "");
    ib_ready_status (ready, "none");
    g_assert_cmpstr (heard (&manager), ==, "STATUS=none");
    ib_ready_stopping (ready);
    g_assert_cmpstr (heard (&manager), ==, "STOPPING=1");
    g_assert_cmpstr (heard (&manager), ==, "");
}

static void
reloads (void)
{
    g_auto (Manager) manager = manager_new ("path");
    g_autoptr (IbReady) ready = ib_ready_new ();
    gint64 before = g_get_monotonic_time ();
    ib_ready_reloading (ready);
    const char *text = heard (&manager);
    const char *head = "RELOADING=1\nMONOTONIC_USEC=";
    g_assert_true (g_str_has_prefix (text, head));
    gint64 said = g_ascii_strtoll (text + strlen (head), NULL, 10);
    g_assert_cmpint (said, >=, before);
    g_assert_cmpint (said, <=, g_get_monotonic_time ());
    ib_ready_up (ready);
    g_assert_cmpstr (heard (&manager), ==, "READY=1");
}

static void
count (IbReady *ready, gpointer user_data)
{
    ++*(int *) user_data;
}

/* Nobody there; an address of no kind that there is. */
static const struct {
    const char *name, *socket;
} deaf[] = {
    { "absent", NULL },          { "empty", "" },       { "relative", "notify" },
    { "nobody", "/nowhere/at" }, { "bare", "@" },       { "vsock", "vsock:2:1234" },
    { "slash", "/" },
};

static void
is_deaf (gconstpointer data)
{
    const char *socket = deaf[GPOINTER_TO_SIZE (data)].socket;
    int questions = 0;
    g_unsetenv ("NOTIFY_SOCKET");
    if (socket != NULL)
        g_setenv ("NOTIFY_SOCKET", socket, TRUE);
    g_setenv ("WATCHDOG_USEC", "300000000", TRUE);
    g_autoptr (IbReady) ready = ib_ready_new ();
    ib_ready_watch (ready, count, &questions);
    ib_ready_up (ready);
    ib_ready_status (ready, "well");
    ib_ready_proven (ready);
    ib_ready_stopping (ready);
    g_assert_cmpuint (ib_ready_watch_interval (ready), ==, 0);
    g_assert_null (g_main_context_find_source_by_user_data (NULL, ready));
    g_assert_null (g_getenv ("WATCHDOG_USEC"));
}

#define OURS "ours" /* this process's number */
static const struct {
    const char *name, *granted_us, *pid;
    guint seconds;
} intervals[] = {
    { "none", NULL, NULL, 0 },
    { "half", "300000000", OURS, 150 },
    { "whoever", "300000000", NULL, 150 },
    { "another", "300000000", "1", 0 },
    { "nonsense", "soon", OURS, 0 },
    { "zero", "0", OURS, 0 },
    { "nonsense-pid", "300000000", "we", 0 },
    { "rarely-enough", "30000000", OURS, 60 },
    { "for-ever", "9223372036854775807", OURS, G_MAXINT / 1000 },
};

static void
has_interval (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (Manager) manager = manager_new ("path");
    g_autofree char *own = g_strdup_printf ("%d", (int) getpid ());
    const struct {
        const char *name, *value;
    } sets[] = { { "WATCHDOG_USEC", intervals[i].granted_us },
                 { "WATCHDOG_PID", g_strcmp0 (intervals[i].pid, OURS) == 0 ? own : intervals[i].pid } };
    for (gsize at = 0; at < G_N_ELEMENTS (sets); at++) {
        g_unsetenv (sets[at].name);
        if (sets[at].value != NULL)
            g_setenv (sets[at].name, sets[at].value, TRUE);
    }
    g_autoptr (IbReady) ready = ib_ready_new ();
    g_assert_cmpuint (ib_ready_watch_interval (ready), ==, intervals[i].seconds);
    g_assert_null (g_getenv ("WATCHDOG_PID"));
}

/* The time has come, without waiting for it. */
static void
let_time_pass (IbReady *ready)
{
    GSource *timer = g_main_context_find_source_by_user_data (NULL, ready);
    g_assert_nonnull (timer);
    g_source_set_ready_time (timer, 0);
    g_assert_true (g_main_context_iteration (NULL, FALSE));
}

static void
watches (void)
{
    int questions = 0;
    g_setenv ("WATCHDOG_USEC", "300000000", TRUE);
    g_auto (Manager) manager = manager_new ("path");
    g_autoptr (IbReady) ready = ib_ready_new ();
    ib_ready_watch (ready, count, &questions);

    ib_ready_proven (ready);
    g_assert_cmpstr (heard (&manager), ==, ""); /* nobody had asked */
    let_time_pass (ready);
    g_assert_cmpint (questions, ==, 1);
    g_assert_cmpstr (heard (&manager), ==, ""); /* a turning loop alone is no proof */
    let_time_pass (ready);
    g_assert_cmpint (questions, ==, 1); /* still outstanding */
    ib_ready_proven (ready);
    g_assert_cmpstr (heard (&manager), ==, "WATCHDOG=1");
    ib_ready_proven (ready);
    g_assert_cmpstr (heard (&manager), ==, "");
    let_time_pass (ready);
    g_assert_cmpint (questions, ==, 2);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_data_func ("/ready/speaks/path", "path", speaks);
    g_test_add_data_func ("/ready/speaks/abstract", "abstract", speaks);
    g_test_add_func ("/ready/reloads", reloads);
    for (gsize i = 0; i < G_N_ELEMENTS (deaf); i++) {
        g_autofree char *name = g_strconcat ("/ready/deaf/", deaf[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), is_deaf);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (intervals); i++) {
        g_autofree char *name = g_strconcat ("/ready/interval/", intervals[i].name, NULL);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), has_interval);
    }
    g_test_add_func ("/ready/watches", watches);
    return g_test_run ();
}
