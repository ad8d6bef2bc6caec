/* ready.c - tells the service manager how the service stands */
#include "ready.h"
#include "units.h"

#include <errno.h>
#include <gio/gio.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Each question is a wake-up of a machine that may have nothing else to do. */
#define LEAST_INTERVAL_S 60

/* A manager that does not read for so long has worse troubles than ours. */
#define PATIENCE_S 2

struct _IbReady {
    int socket; /* connected; -1: nobody listens */
    char *status;
    guint interval_s;
    guint timer;
    bool is_asked;
    IbReadyProve prove;
    gpointer user_data;
};

/* --- the socket ---------------------------------------------------------------------------------------------- */

/* False: neither an absolute path nor an abstract name, or too long for either. */
static bool
read_address (const char *name, struct sockaddr_un *out_address, socklen_t *out_length)
{
    gsize length = strlen (name);
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof out_address->sun_path)
        return false;

    *out_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy (out_address->sun_path, name, length);
    bool is_abstract = name[0] == '@';
    if (is_abstract)
        out_address->sun_path[0] = '\0';
    *out_length = (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length + !is_abstract);
    return true;
}

static int
open_socket (const char *name)
{
    struct sockaddr_un address;
    socklen_t length;
    if (name == NULL || !read_address (name, &address, &length))
        return -1;

    int fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    (void) setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* else it may block */
    if (connect (fd, (const struct sockaddr *) &address, length) != 0) {
        close (fd);
        return -1;
    }
    return fd;
}

static void
say (const IbReady *self, const char *text)
{
    if (self->socket < 0)
        return;
    while (send (self->socket, text, strlen (text), MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
}

/* --- the environment ----------------------------------------------------------------------------------------- */

/* Seconds between questions, half of what is granted; 0 if no watchdog is meant for this process. */
static guint
read_interval (const char *granted_us, const char *pid)
{
    guint64 us, whom;
    if (granted_us == NULL || !ib_units_parse_number (granted_us, 1, G_MAXINT64, &us))
        return 0;
    if (pid != NULL && (!ib_units_parse_number (pid, 1, G_MAXINT, &whom) || (pid_t) whom != getpid ()))
        return 0;
    return (guint) CLAMP (us / 2 / G_USEC_PER_SEC, LEAST_INTERVAL_S, G_MAXINT / 1000);
}

IbReady *
ib_ready_new (void)
{
    IbReady *self = g_new0 (IbReady, 1);
    self->socket = open_socket (g_getenv ("NOTIFY_SOCKET"));
    if (self->socket >= 0)
        self->interval_s = read_interval (g_getenv ("WATCHDOG_USEC"), g_getenv ("WATCHDOG_PID"));
    g_unsetenv ("NOTIFY_SOCKET");
    g_unsetenv ("WATCHDOG_USEC");
    g_unsetenv ("WATCHDOG_PID");
    return self;
}

void
ib_ready_free (IbReady *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->timer, g_source_remove);
    if (self->socket >= 0)
        close (self->socket);
    g_free (self->status);
    g_free (self);
}

/* --- what is said -------------------------------------------------------------------------------------------- */

void
ib_ready_up (IbReady *self)
{
    say (self, "READY=1");
}

void
ib_ready_reloading (IbReady *self)
{
    struct timespec now;
    clock_gettime (CLOCK_MONOTONIC, &now);
    g_autofree char *text
        = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
                           (gint64) now.tv_sec * G_USEC_PER_SEC + (gint64) now.tv_nsec / 1000);
    say (self, text);
}

void
ib_ready_stopping (IbReady *self)
{
    say (self, "STOPPING=1");
}

void
ib_ready_status (IbReady *self, const char *words)
{
    if (self->socket < 0 || g_strcmp0 (words, self->status) == 0)
        return;
    g_free (self->status);
    self->status = g_strdup (words);

    g_autofree char *text = g_strconcat ("STATUS=", words, NULL);
    g_strdelimit (text, "\r\n", ' '); /* a second line would be another word to the manager */
    say (self, text);
}

/* --- the watchdog -------------------------------------------------------------------------------------------- */

static gboolean
on_time (gpointer user_data)
{
    IbReady *self = user_data;
    if (!self->is_asked) {
        self->is_asked = true;
        self->prove (self, self->user_data);
    }
    return G_SOURCE_CONTINUE;
}

void
ib_ready_watch (IbReady *self, IbReadyProve prove, gpointer user_data)
{
    g_assert (self->prove == NULL);
    self->prove = prove;
    self->user_data = user_data;
    if (self->interval_s > 0)
        self->timer = g_timeout_add_seconds (self->interval_s, on_time, self);
}

void
ib_ready_proven (IbReady *self)
{
    if (!self->is_asked)
        return;
    self->is_asked = false;
    say (self, "WATCHDOG=1");
}

guint
ib_ready_watch_interval (const IbReady *self)
{
    return self->interval_s;
}
