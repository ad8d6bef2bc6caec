/* run-command.c - runs a command of the user's own, and waits for its end */
#include "run-command.h"
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of what a command complained about, the end is kept, where programs say why they gave up. */
#define LONGEST_COMPLAINT 1024

/* A killed command is gone at once, unless its end must be reported by somebody else; then so long. */
#define PATIENCE_MS (10 * 1000)

/* A pipe holds 64 KiB, or what its user makes of it, up to a MiB. */
#define PIECE 4096
#define MOST_LAST_PIECES (1024 * 1024 / PIECE)

static const IbRunWay *current_way = &ib_run_directly;

void
ib_run_command_by (const IbRunWay *way)
{
    current_way = way;
}

/* --- as a child ---------------------------------------------------------------------------------------------- */

typedef struct {
    GPid pid;
    int pid_fd;
    GSource *watch;
    IbRunEnded ended;
    gpointer user_data;
} Child;

/* What a manager or a bus says to the program that it starts, and to nobody else. */
static const char *const private_words[] = {
    "CREDENTIALS_DIRECTORY",
    "DBUS_STARTER_ADDRESS",
    "DBUS_STARTER_BUS_TYPE",
    "INBASKET_FACE",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "MAINPID",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "NOTIFY_SOCKET",
    "SYSTEMD_EXEC_PID",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
};

static char **
environment_for_others (void)
{
    char **environment = g_get_environ ();
    for (gsize i = 0; i < G_N_ELEMENTS (private_words); i++)
        environment = g_environ_unsetenv (environment, private_words[i]);
    return environment;
}

/* In the child, before the program: a session of its own has no terminal to ask at, and ends as a whole. */
static void
leave_session (gpointer unused)
{
    (void) setsid (); /* fails for a group's leader only, which a fresh child is not */
}

/* It has ended, but its number is still its own until it is waited for, which child_close () does. */
static gboolean
on_child_ended (int fd, GIOCondition condition, gpointer data)
{
    Child *self = data;
    siginfo_t how = { 0 };
    while (waitid (P_PID, (id_t) self->pid, &how, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    self->ended (how.si_code != CLD_EXITED, how.si_status, self->user_data);
    return G_SOURCE_REMOVE;
}

static gpointer
child_start (const char *const *argv, int out, int err, guint limit_ms, IbRunEnded ended, gpointer user_data,
             GError **error)
{
    g_auto (GStrv) environment = environment_for_others ();
    const GSpawnFlags flags
        = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH | (out < 0 ? G_SPAWN_STDOUT_TO_DEV_NULL : 0);
    GPid pid;
    if (!g_spawn_async_with_pipes_and_fds (NULL, argv, (const char *const *) environment, flags,
                                           leave_session, NULL, -1, out, err, NULL, NULL, 0, &pid, NULL, NULL,
                                           NULL, error))
        return NULL;

    Child *self = g_new0 (Child, 1);
    *self = (Child){ .pid = pid, .pid_fd = pidfd_open (pid, 0), .ended = ended, .user_data = user_data };
    self->watch = g_unix_fd_source_new (self->pid_fd, G_IO_IN);
    g_source_set_callback (self->watch, G_SOURCE_FUNC (on_child_ended), self, NULL);
    g_source_attach (self->watch, g_main_context_get_thread_default ());
    return self;
}

static void
child_signal (gpointer running, int signal)
{
    Child *self = running;
    (void) kill (-self->pid, signal); /* the session may not have begun yet, or hold nobody else */
    (void) kill (self->pid, signal);
}

static void
child_close (gpointer running, bool was_stopped)
{
    Child *self = running;
    if (was_stopped)
        child_signal (self, SIGKILL);
    while (waitpid (self->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    g_source_destroy (self->watch);
    g_source_unref (self->watch);
    close (self->pid_fd);
    g_free (self);
}

const IbRunWay ib_run_directly = { child_start, child_signal, child_close };

/* --- a run --------------------------------------------------------------------------------------------------- */

/* Two descriptors, the reading end first. */
typedef struct {
    int ends[2];
} Pipe;
#define NO_PIPE                                                                                              \
    {                                                                                                        \
        {                                                                                                    \
            -1, -1                                                                                           \
        }                                                                                                    \
    }

static bool
pipe_open (Pipe *self, GError **error)
{
    return g_unix_open_pipe (self->ends, FD_CLOEXEC, error)
           && g_unix_set_fd_nonblocking (self->ends[0], TRUE, error);
}

static void
close_end (int *end)
{
    if (*end >= 0)
        close (*end);
    *end = -1;
}

static void
pipe_clear (Pipe *self)
{
    close_end (&self->ends[0]);
    close_end (&self->ends[1]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pipe, pipe_clear)

typedef enum { GOING_ON, WAS_LATE, WAS_CANCELLED } Stop;

typedef struct {
    const IbRunWay *way;
    const IbRunTerms *terms;
    gpointer running;
    GMainContext *context;
    GPtrArray *sources; /* destroyed with the run */
    Pipe out, err;
    GString *complaint;
    Stop stop;
    bool is_over; /* ended, or past all patience */
    IbRunResult result;
} Run;

static void
run_clear (Run *self)
{
    for (guint i = 0; i < self->sources->len; i++)
        g_source_destroy (self->sources->pdata[i]);
    g_ptr_array_unref (self->sources);
    if (self->running != NULL)
        self->way->close (self->running, self->stop != GOING_ON);
    pipe_clear (&self->out);
    pipe_clear (&self->err);
    g_string_free (self->complaint, TRUE);
    g_main_context_pop_thread_default (self->context);
    g_main_context_unref (self->context);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static void
attach (Run *self, GSource *source, GSourceFunc callback)
{
    g_source_set_callback (source, callback, self, NULL);
    g_source_attach (source, self->context);
    g_ptr_array_add (self->sources, source);
}

static void
take_complaint (Run *self, const char *bytes, gsize length)
{
    g_string_append_len (self->complaint, bytes, (gssize) length);
    if (self->complaint->len > LONGEST_COMPLAINT)
        g_string_erase (self->complaint, 0, (gssize) (self->complaint->len - LONGEST_COMPLAINT));
}

/* Reads a piece of what there is; false at the end, or where there is no more for now. */
static bool
read_some (Run *self, int fd)
{
    char bytes[PIECE];
    gssize length;
    do
        length = read (fd, bytes, sizeof bytes);
    while (length < 0 && errno == EINTR);

    if (length > 0 && fd == self->err.ends[0])
        take_complaint (self, bytes, (gsize) length);
    else if (length > 0 && self->terms->take != NULL)
        self->terms->take (self->terms->into, bytes, (gsize) length);
    ib_secret_wipe (bytes, sizeof bytes);
    return length > 0;
}

static gboolean
on_readable (int fd, GIOCondition condition, gpointer data)
{
    return read_some (data, fd) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
on_ended (bool was_signalled, int status, gpointer data)
{
    Run *self = data;
    self->result.was_signalled = was_signalled;
    self->result.status = status;
    self->is_over = true;
}

static gboolean
on_past_patience (gpointer data)
{
    ((Run *) data)->is_over = true;
    return G_SOURCE_REMOVE;
}

static gboolean
on_past_grace (gpointer data)
{
    Run *self = data;
    self->way->signal (self->running, SIGKILL);
    attach (self, g_timeout_source_new (PATIENCE_MS), on_past_patience);
    return G_SOURCE_REMOVE;
}

static void
stop (Run *self, Stop why)
{
    if (self->stop != GOING_ON || self->is_over)
        return;
    self->stop = why;
    if (self->terms->grace_ms > 0)
        self->way->signal (self->running, SIGTERM);
    attach (self, g_timeout_source_new (self->terms->grace_ms), on_past_grace);
}

static gboolean
on_late (gpointer data)
{
    stop (data, WAS_LATE);
    return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer data)
{
    stop (data, WAS_CANCELLED);
    return G_SOURCE_REMOVE;
}

static bool
run_start (Run *self, const char *const *argv, GError **error)
{
    if (!pipe_open (&self->err, error) || (self->terms->take != NULL && !pipe_open (&self->out, error)))
        return false;
    self->running = self->way->start (argv, self->out.ends[1], self->err.ends[1], self->terms->limit_ms,
                                      on_ended, self, error);
    /* The writing ends are the command's alone now. */
    close_end (&self->out.ends[1]);
    close_end (&self->err.ends[1]);
    return self->running != NULL;
}

static void
run_follow (Run *self, GCancellable *cancellable)
{
    const int fds[] = { self->out.ends[0], self->err.ends[0] };
    for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
        if (fds[i] >= 0)
            attach (self, g_unix_fd_source_new (fds[i], G_IO_IN | G_IO_HUP), G_SOURCE_FUNC (on_readable));
    attach (self, g_timeout_source_new (self->terms->limit_ms), on_late);
    if (cancellable != NULL)
        attach (self, g_cancellable_source_new (cancellable), G_SOURCE_FUNC (on_cancelled));

    while (!self->is_over)
        g_main_context_iteration (self->context, TRUE);
    /* What stands in the pipes, but not all that something left behind may go on to say. */
    for (gsize i = 0; i < G_N_ELEMENTS (fds); i++)
        for (int pieces = 0; fds[i] >= 0 && pieces < MOST_LAST_PIECES && read_some (self, fds[i]); pieces++)
            ;
}

static bool
run_report (Run *self, IbRunResult *out_result, GError **error)
{
    switch (self->stop) {
    case GOING_ON:
        *out_result = self->result;
        out_result->complaint = g_strndup (self->complaint->str, self->complaint->len);
        return true;
    case WAS_LATE:
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, _ ("it had not ended after %.3g s"),
                     self->terms->limit_ms / 1000.0);
        return false;
    case WAS_CANCELLED:
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("it is not wanted any more"));
        return false;
    }
    g_assert_not_reached ();
}

bool
ib_run_command (const char *const *argv, const IbRunTerms *terms, GCancellable *cancellable,
                IbRunResult *out_result, GError **error)
{
    g_auto (Run) run = { .way = current_way,
                         .terms = terms,
                         .context = g_main_context_new (),
                         .sources = g_ptr_array_new_with_free_func ((GDestroyNotify) g_source_unref),
                         .out = NO_PIPE,
                         .err = NO_PIPE,
                         .complaint = g_string_new (NULL) };
    g_main_context_push_thread_default (run.context);
    if (!run_start (&run, argv, error))
        return false;
    run_follow (&run, cancellable);
    return run_report (&run, out_result, error);
}
