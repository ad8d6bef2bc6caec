/* run-command.h - runs a command of the user's own, and waits for its end
 *
 * No shell; standard input is empty, and there is no terminal to ask at. The end is that of the program itself: what it
 * leaves behind may hold its output open for ever (gpg starts its agent), and is left alone. A command that is stopped,
 * though, goes with all that it started. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

typedef struct {
    guint limit_ms;
    guint grace_ms; /* from TERM to KILL, when it is stopped; 0: KILL at once */
    /* What it prints, piece by piece, in the calling thread; NULL: nobody wants it. */
    void (*take) (gpointer into, const char *bytes, gsize length);
    gpointer into;
} IbRunTerms;

typedef struct {
    bool was_signalled;
    int status;      /* of its exit; or the signal that ended it */
    char *complaint; /* the end of what it wrote to standard error; raw bytes, at most a KiB; g_free () */
} IbRunResult;

/* Blocks until @argv has ended, well or badly. G_IO_ERROR_TIMED_OUT: it had not within @terms' limit. G_IO_ERROR_CANCELLED.
 * Any other error: it cannot be run. */
bool ib_run_command (const char *const *argv, const IbRunTerms *terms, GCancellable *cancellable,
                     IbRunResult *out_result, GError **error);

/* --- how it is started --------------------------------------------------------------------------------------- */

typedef void (*IbRunEnded) (bool was_signalled, int status, gpointer user_data);

/* A way of starting commands. Everything is called in one thread, whose default main context is turned meanwhile. */
typedef struct {
    /* Starts @argv, which writes to @out (-1: nowhere) and @err; both stay the caller's. It will be stopped after @limit_ms if
     * that is still possible; a way that outlives this process makes sure of it. @ended comes once, not before this has
     * returned. Returns: (nullable) what the others take */
    gpointer (*start) (const char *const *argv, int out, int err, guint limit_ms, IbRunEnded ended,
                       gpointer user_data, GError **error);
    /* To the program and all that it started. */
    void (*signal) (gpointer running, int signal);
    /* @was_stopped: what is left of it goes, too. @ended does not come any more. */
    void (*close) (gpointer running, bool was_stopped);
} IbRunWay;

/* As a child of this process, in a session of its own, with its environment less what systemd tells a service alone. */
extern const IbRunWay ib_run_directly;

/* The way for all commands from now on; ib_run_directly until then. Before there are other threads. */
void ib_run_command_by (const IbRunWay *way);
