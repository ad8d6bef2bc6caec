/* at-login-process.c - the service's process, where nobody else minds it */
#include "at-login-private.h"
#include "bus-names.h"
#include "client.h"
#include "session-bus.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* It opens its home, which may mean recovery; and it ends what it began. */
#define START_PATIENCE_US (60 * G_USEC_PER_SEC)
#define STOP_PATIENCE_MS (40 * 1000)
#define LOOK_EVERY_US (20 * 1000)
#define BUS_PATIENCE_MS 2000

/* Where there is no bus to announce itself on, a service that has run for so long has started. */
#define SETTLED_US (2 * G_USEC_PER_SEC)

/* The exit status by which the service says that the home is another's. */
#define STATUS_BUSY 5

/* --- who has the name ---------------------------------------------------------------------------------------- */

/* 0: no service of this home is on the bus. */
static guint
find_pid (const IbPaths *paths)
{
    g_autoptr (IbClient) service = ib_client_find (paths, NULL);
    g_autoptr (GDBusConnection) bus = service != NULL ? ib_session_bus_connect () : NULL;
    if (bus == NULL)
        return 0;
    g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
        bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "GetConnectionUnixProcessID", g_variant_new ("(s)", IB_BUS_NAME), G_VARIANT_TYPE ("(u)"),
        G_DBUS_CALL_FLAGS_NONE, BUS_PATIENCE_MS, NULL, NULL);
    guint32 pid = 0;
    if (answer != NULL)
        g_variant_get (answer, "(u)", &pid);
    return pid;
}

/* A process's folder is as old as the process. */
static gint64
started_at (guint pid)
{
    g_autofree char *folder = g_strdup_printf ("/proc/%u", pid);
    struct stat st;
    return stat (folder, &st) == 0 ? (gint64) st.st_mtim.tv_sec * G_USEC_PER_SEC : 0;
}

void
ib_at_login_process_look (const IbPaths *paths, IbAtLogin *out_now)
{
    guint pid = find_pid (paths);
    if (pid == 0)
        return;
    out_now->is_running = true;
    out_now->pid = pid;
    out_now->since = started_at (pid);
}

/* --- starting ------------------------------------------------------------------------------------------------ */

/* In the child, before the program: it outlives the terminal. */
static void
leave_session (gpointer unused)
{
    (void) setsid (); /* fails for a group's leader only, which a fresh child is not */
}

/* False: it has ended. */
static bool
is_alive (GPid pid, int *out_status)
{
    return waitpid (pid, out_status, WNOHANG) == 0;
}

static bool
report_end (int status, GError **error)
{
    if (WIFEXITED (status) && WEXITSTATUS (status) == STATUS_BUSY)
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BUSY,
                             _ ("The service is enabled, but another Inbasket works on this home now; it "
                                "is started by the next login, or by this command once that one has ended"));
    else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                     _ ("The service is enabled, but does not start: “%s” says why"), ib_paths_service ());
    return false;
}

static bool
wait_for_start (const IbPaths *paths, GPid pid, GError **error)
{
    gint64 begun = g_get_monotonic_time ();
    g_autofree char *address = ib_bus_names_session ();
    gint64 enough = address != NULL ? START_PATIENCE_US : SETTLED_US;
    int status;
    while (g_get_monotonic_time () - begun < enough) {
        if (!is_alive (pid, &status))
            return report_end (status, error);
        if (find_pid (paths) == (guint) pid)
            return true;
        g_usleep (LOOK_EVERY_US);
    }
    return true; /* it works, though it cannot be seen */
}

bool
ib_at_login_process_start (const IbPaths *paths, GError **error)
{
    const char *const argv[] = { ib_paths_service (), NULL };
    GPid pid;
    if (find_pid (paths) != 0)
        return true;
    if (!g_spawn_async ("/", (char **) argv, NULL,
                        G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                        leave_session, NULL, &pid, error))
        return false;
    return wait_for_start (paths, pid, error);
}

/* --- stopping ------------------------------------------------------------------------------------------------ */

bool
ib_at_login_process_stop (const IbPaths *paths, GError **error)
{
    guint pid = find_pid (paths);
    if (pid == 0)
        return true;
    int fd = pidfd_open ((pid_t) pid, 0);
    struct pollfd ends = { fd, POLLIN, 0 };
    bool has_ended = fd < 0 && errno == ESRCH;
    if (fd >= 0 && (pidfd_send_signal (fd, SIGTERM, NULL, 0) == 0 || errno == ESRCH))
        has_ended = poll (&ends, 1, STOP_PATIENCE_MS) == 1;
    if (fd >= 0)
        close (fd);
    if (!has_ended)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _ ("The service, process %u, does not end"), pid);
    return has_ended;
}
