/* worker.c - a worker process: started, watched, ended
 *
 *     started ──channel closed──▶ leaving ──exit status known──▶ gone
 *
 * It is gone when both have come: what it said before its end is heard first. */
#include "worker.h"

#include "escape.h"
#include "loop.h"
#include "nursery.h"
#include "paths.h"
#include "worker-process.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its last words on standard error: an assertion, or a sanitizer's summary, is at the end. */
#define LAST_WORDS_BYTES 4096
/* Of these, in an error's text. */
#define QUOTED_CHARACTERS 300
/* After its end of the channel is closed, a worker that is still there hangs. */
#define LEAVE_MS 5000

struct _IbWorker {
    char *program;
    IbChannel *channel;
    IbWorkerEvents events;
    gpointer user_data;
    GMainContext *context;

    GPid pid;
    GSource *exit_watch, *words_watch, *silence;
    int words_fd; /* its standard error */
    GString *last_words;

    guint silence_ms;
    gint64 heard_at; /* monotonic, microseconds */

    char *why; /* what we ended it for; NULL: nothing yet */
    bool is_closed, has_exited;
    int status;
};

/* --- starting -------------------------------------------------------------------------------------------------- */

/* Where workers of one program come from; NULL: none does. */
static IbNursery *nursery;
static char *nursed;

void
ib_worker_keep_loaded (const char *program)
{
    g_clear_pointer (&nursery, ib_nursery_free);
    g_free (nursed);
    nursed = g_strdup (program);
    if (program == NULL)
        return;
    g_autofree char *path = g_build_filename (ib_paths_libexec (), program, NULL);
    g_auto (GStrv) environment = ib_worker_process_environment ();
    /* What it binds, its copies share. */
    environment = g_environ_setenv (environment, "LD_BIND_NOW", "1", TRUE);
    nursery = ib_nursery_new (path, environment);
}

static bool
fail (GError **error, const char *program, int number)
{
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number), _ ("cannot start %s: %s"), program,
                 g_strerror (number));
    return false;
}

static bool
take_from_nursery (const char *program, int channel, int words, GPid *out_pid)
{
    if (nursery == NULL || strcmp (program, nursed) != 0)
        return false;
    *out_pid = ib_nursery_take (nursery, channel, words);
    return *out_pid > 0;
}

static int
spawn (const char *program, int channel, int words, GPid *out_pid)
{
    g_autofree char *path = g_build_filename (ib_paths_libexec (), program, NULL);
    g_auto (GStrv) environment = ib_worker_process_environment ();
    char *const arguments[] = { (char *) program, NULL };
    return take_from_nursery (program, channel, words, out_pid)
               ? 0
               : ib_worker_process_start (path, arguments, environment, channel, words, out_pid);
}

/* The service's ends of channel and standard error. */
static bool
start_process (const char *program, GPid *out_pid, int *out_channel, int *out_words, GError **error)
{
    int channel[2], words[2];
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
        return fail (error, program, errno);
    if (pipe2 (words, O_CLOEXEC) != 0) {
        int number = errno;
        close (channel[0]);
        close (channel[1]);
        return fail (error, program, number);
    }

    int theirs = ib_worker_process_lift (channel[1]), their_words = ib_worker_process_lift (words[1]);
    int number = theirs < 0 || their_words < 0 ? EMFILE : spawn (program, theirs, their_words, out_pid);
    if (theirs >= 0)
        close (theirs);
    if (their_words >= 0)
        close (their_words);
    if (number != 0) {
        close (channel[0]);
        close (words[0]);
        return fail (error, program, number);
    }
    *out_channel = channel[0];
    *out_words = words[0];
    return true;
}

/* --- ahead ----------------------------------------------------------------------------------------------------- */

/* One that was started before anybody had anything for it to do. */
typedef struct {
    char *program;
    GPid pid;
    int channel, words;
} Spare;

static GSList *spares; /* Spare */

static void
spare_free (Spare *spare)
{
    g_free (spare->program);
    g_free (spare);
}

/* What keeps it from starting keeps the one that is wanted from it, too, and that is told of. */
void
ib_worker_prepare (const char *program)
{
    Spare *spare = g_new0 (Spare, 1);
    spare->program = g_strdup (program);
    if (start_process (program, &spare->pid, &spare->channel, &spare->words, NULL))
        spares = g_slist_prepend (spares, spare);
    else
        spare_free (spare);
}

static bool
take_spare (const char *program, GPid *out_pid, int *out_channel, int *out_words)
{
    for (GSList *at = spares; at != NULL; at = at->next) {
        Spare *spare = at->data;
        if (strcmp (spare->program, program) != 0)
            continue;
        *out_pid = spare->pid;
        *out_channel = spare->channel;
        *out_words = spare->words;
        spares = g_slist_delete_link (spares, at);
        spare_free (spare);
        return true;
    }
    return false;
}

void
ib_worker_drop_prepared (void)
{
    while (spares != NULL) {
        Spare *spare = spares->data;
        close (spare->channel);
        close (spare->words);
        (void) kill (spare->pid, SIGKILL);
        while (waitpid (spare->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        spares = g_slist_delete_link (spares, spares);
        spare_free (spare);
    }
}

/* --- its end --------------------------------------------------------------------------------------------------- */

/* For whoever debugs, and asked for it. */
static void
show_words (const char *bytes, gsize length)
{
    if (g_getenv ("G_MESSAGES_DEBUG") == NULL)
        return;
    for (gsize i = 0; i < length; i++)
        fputc (g_ascii_iscntrl (bytes[i]) && bytes[i] != '\n' ? '?' : bytes[i], stderr);
}

/* Up to what is there now. */
static void
read_words (IbWorker *self)
{
    char bytes[1024];
    gssize length = 0;
    while ((length = read (self->words_fd, bytes, sizeof bytes)) > 0) {
        show_words (bytes, (gsize) length);
        g_string_append_len (self->last_words, bytes, length);
        if (self->last_words->len > LAST_WORDS_BYTES)
            g_string_erase (self->last_words, 0, (gssize) (self->last_words->len - LAST_WORDS_BYTES));
    }
    if (length == 0 || errno != EAGAIN)
        ib_loop_drop (&self->words_watch);
}

static gboolean
on_words (int fd, GIOCondition condition, gpointer user_data)
{
    read_words (user_data);
    return G_SOURCE_CONTINUE;
}

/* The last line that says something, safe to show; "" if there is none. */
static char *
quote_words (const IbWorker *self)
{
    g_autofree char *valid = g_utf8_make_valid (self->last_words->str, (gssize) self->last_words->len);
    g_strchomp (valid);
    const char *newline = strrchr (valid, '\n');
    const char *line = newline != NULL ? newline + 1 : valid;
    if (line[0] == '\0')
        return g_strdup ("");

    g_autofree char *words = ib_escape_text (line, -1, QUOTED_CHARACTERS);
    return g_strconcat (": ", words, NULL);
}

/* NULL: it left by itself, content. */
static GError *
verdict_on (const IbWorker *self)
{
    g_autofree char *words = quote_words (self);
    if (self->why != NULL)
        return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "%s %s%s", self->program, self->why, words);
    if (WIFSIGNALED (self->status))
        return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s was killed by signal %d (%s)%s"),
                            self->program, WTERMSIG (self->status), g_strsignal (WTERMSIG (self->status)),
                            words);
    if (WEXITSTATUS (self->status) != 0)
        return g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, _ ("%s left with status %d%s"), self->program,
                            WEXITSTATUS (self->status), words);
    return NULL;
}

static void
gone_if_both (IbWorker *self)
{
    if (!self->is_closed || !self->has_exited)
        return;
    ib_loop_drop (&self->silence);
    if (self->words_watch != NULL)
        read_words (self);

    g_autoptr (GError) why = verdict_on (self);
    self->events.on_gone (self, why, self->user_data);
}

/* @why is said of it: "was silent for 60 s". The first reason counts. */
static void
put_an_end (IbWorker *self, const char *why)
{
    if (self->why == NULL)
        self->why = g_strdup (why);
    if (!self->has_exited)
        (void) kill (self->pid, SIGKILL); /* it may just have left by itself */
}

static void
on_exit_known (GPid pid, int status, gpointer user_data)
{
    IbWorker *self = user_data;
    g_clear_pointer (&self->exit_watch, g_source_unref);
    self->has_exited = true;
    self->status = status;
    bool has_crashed = WIFSIGNALED (status) && self->why == NULL;
    if (has_crashed && nursery != NULL && strcmp (self->program, nursed) == 0)
        ib_nursery_renew (nursery);
    gone_if_both (self);
}

/* --- listening ------------------------------------------------------------------------------------------------- */

static gboolean
on_silence (gpointer user_data)
{
    IbWorker *self = user_data;
    gint64 until = self->heard_at + (gint64) self->silence_ms * 1000;
    if (self->silence_ms == 0) {
        g_source_set_ready_time (self->silence, -1);
        return G_SOURCE_CONTINUE;
    }
    if (g_get_monotonic_time () < until) {
        g_source_set_ready_time (self->silence, until);
        return G_SOURCE_CONTINUE;
    }
    g_autofree char *why = g_strdup_printf (_ ("was silent for %.3g s"), self->silence_ms / 1000.0);
    g_source_set_ready_time (self->silence, -1);
    put_an_end (self, why);
    return G_SOURCE_CONTINUE;
}

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    IbWorker *self = user_data;
    self->heard_at = g_get_monotonic_time ();
    if (self->why == NULL)
        self->events.on_frame (channel, frame, self->user_data);
}

static void
on_closed (IbChannel *channel, const GError *error, gpointer user_data)
{
    IbWorker *self = user_data;
    self->is_closed = true;
    if (g_error_matches (error, IB_FRAME_ERROR, IB_FRAME_ERROR_CLOSED)) {
        ib_worker_expect (self, LEAVE_MS);
    } else {
        g_autofree char *why = g_strdup_printf (_ ("spoke nonsense: %s"), error->message);
        put_an_end (self, why);
    }
    gone_if_both (self);
}

static gboolean
dispatch_timer (GSource *source, GSourceFunc callback, gpointer user_data)
{
    return callback (user_data);
}

static GSourceFuncs timer_functions = { .dispatch = dispatch_timer };

static GSource *
attach (GSource *source, GSourceFunc callback, IbWorker *self)
{
    g_source_set_callback (source, callback, self, NULL);
    g_source_attach (source, self->context);
    return source;
}

/* --- the contract ---------------------------------------------------------------------------------------------- */

IbWorker *
ib_worker_start (const char *program, const IbFrameKind *incoming, const IbWorkerEvents *events,
                 gpointer user_data, GError **error)
{
    GPid pid = 0;
    int channel = -1, words = -1;
    if (!take_spare (program, &pid, &channel, &words)
        && !start_process (program, &pid, &channel, &words, error))
        return NULL;

    IbWorker *self = g_new0 (IbWorker, 1);
    self->program = g_strdup (program);
    self->events = *events;
    self->user_data = user_data;
    self->context = g_main_context_ref_thread_default ();
    self->pid = pid;
    self->words_fd = words;
    self->last_words = g_string_new (NULL);

    self->channel = ib_channel_new (channel, incoming);
    ib_channel_attach (self->channel, self->context, on_frame, on_closed, self);
    g_unix_set_fd_nonblocking (words, TRUE, NULL);
    self->words_watch = attach (g_unix_fd_source_new (words, G_IO_IN), G_SOURCE_FUNC (on_words), self);
    self->exit_watch = attach (g_child_watch_source_new (pid), G_SOURCE_FUNC (on_exit_known), self);
    self->silence = attach (g_source_new (&timer_functions, sizeof (GSource)), on_silence, self);
    return self;
}

IbChannel *
ib_worker_channel (IbWorker *self)
{
    return self->channel;
}

void
ib_worker_expect (IbWorker *self, guint silence_ms)
{
    self->silence_ms = silence_ms;
    self->heard_at = g_get_monotonic_time ();
    if (self->silence == NULL || silence_ms == 0)
        return;
    /* This comes with every frame, and each setting of a timer wakes the loop once more: one that is early looks again
     * when its time has come. */
    gint64 until = self->heard_at + (gint64) silence_ms * 1000,
           ready = g_source_get_ready_time (self->silence);
    if (ready < 0 || ready > until)
        g_source_set_ready_time (self->silence, until);
}

void
ib_worker_let_rest (IbWorker *self)
{
    ib_worker_expect (self, 0);
    if (self->silence != NULL)
        g_source_set_ready_time (self->silence, -1);
}

void
ib_worker_end (IbWorker *self, const char *why)
{
    g_autofree char *said = g_strdup_printf (_ ("spoke nonsense: %s"), why);
    put_an_end (self, said);
}

static void
reap (GPid pid, int status, gpointer nothing)
{
}

/* A process that is killed while nobody waits for it would stay a zombie: the loop reaps it, in its own time. By the watch that
 * there is: with two on one process, the other could find that its status was taken. */
static void
leave_to_the_loop (IbWorker *self)
{
    g_source_set_callback (self->exit_watch, G_SOURCE_FUNC (reap), NULL, NULL);
    g_clear_pointer (&self->exit_watch, g_source_unref);
}

void
ib_worker_free (IbWorker *self)
{
    if (self == NULL)
        return;
    if (!self->has_exited) {
        (void) kill (self->pid, SIGKILL);
        leave_to_the_loop (self);
    }
    ib_loop_drop (&self->words_watch);
    ib_loop_drop (&self->silence);
    ib_channel_free (self->channel);
    close (self->words_fd);
    g_main_context_unref (self->context);
    g_string_free (self->last_words, TRUE);
    g_free (self->why);
    g_free (self->program);
    g_free (self);
}
