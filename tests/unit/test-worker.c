/* A worker's whole life: started, heard, ended, however it ends; loaded anew, or a copy of one that is kept loaded. The
 * workers are this program under other names. */
#include "worker.h"

#include "cradle.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const IbFrameKind kinds[] = { { 1, "ay", IB_FRAME_NO_FD }, { 0 } };

/* --- the workers ------------------------------------------------------------------------------------------------- */

/* One for the process's life: to free it would close the descriptor. */
static IbChannel *
my_channel (void)
{
    static IbChannel *channel;
    if (channel == NULL)
        channel = ib_channel_new (3, kinds);
    return channel;
}

static void
say (const char *words)
{
    (void) ib_channel_send (my_channel (), 1, g_variant_new_bytestring (words), -1, NULL);
}

static int
leave (void)
{
    return 0;
}
static int
speak_and_leave (void)
{
    say ("hello");
    return 0;
}
static int
fail (void)
{
    fprintf (stderr, "first line\nno \x1b[31mluck\n");
    return 3;
}
static int
crash (void)
{
    say ("hello");
    raise (SIGKILL);
    return 0;
}
static int
hang (void)
{
    while (pause () != 0)
        ;
    return 0;
}
static int
hang_without_channel (void)
{
    close (3);
    return hang ();
}
static int
babble (void)
{
    char nonsense[] = { 77, 1 };
    return send (3, nonsense, 2, 0) == 2 ? hang () : 9;
}
static int
chatter (void)
{
    for (guint i = 0; i < 3000; i++)
        fprintf (stderr, "line %u of many that nobody reads to the end\n", i);
    return 3;
}

static bool
is_open (int fd)
{
    return fcntl (fd, F_GETFD) >= 0;
}

/* What it was given: descriptors, environment, process group, signals. */
static int
report (void)
{
    g_autoptr (GString) words = g_string_new (NULL);
    for (int fd = 0; fd < 100; fd++)
        if (is_open (fd))
            g_string_append_printf (words, "%d ", fd);
    g_auto (GStrv) environment = g_get_environ ();
    for (guint i = 0; environment[i] != NULL; i++)
        g_string_append_printf (words, "%s ", environment[i]);

    struct sigaction action;
    sigset_t blocked;
    sigaction (SIGPIPE, NULL, &action);
    sigprocmask (SIG_SETMASK, NULL, &blocked);
    g_string_append_printf (words, "group:%s sigpipe:%s sigterm:%s",
                            getpgrp () == getpid () ? "own" : "shared",
                            action.sa_handler == SIG_DFL ? "default" : "else",
                            sigismember (&blocked, SIGTERM) ? "blocked" : "open");
    say (words->str);
    return 0;
}

/* --- their lives ------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *name;
    int (*work) (void);
    guint silence_ms; /* 0: nothing is awaited */
    guint frames;
    const char *gone;     /* in the error's text; NULL: no error */
    const char *gone_too; /* and this */
} Row;

static const Row rows[] = {
    { "leaves", leave, 0, 0, NULL, NULL },
    { "speaks-and-leaves", speak_and_leave, 0, 1, NULL, NULL },
    { "fails", fail, 0, 0, "left with status 3: no ", "luck" },
    { "crashes", crash, 0, 1, "killed by signal 9", NULL },
    { "hangs", hang, 100, 0, "was silent for 0.1 s", NULL },
    { "hangs-unheard", hang_without_channel, 100, 0, "was silent for ", NULL },
    { "babbles", babble, 0, 0, "spoke nonsense: ", "kind 77" },
    { "chatters", chatter, 0, 0, "left with status 3: line 2999 of many", NULL },
};

typedef struct {
    IbWorker *worker;
    guint frames;
    GString *words;
    bool is_gone;
    GError *why;
} Heard;

static void
on_frame (IbChannel *channel, IbFrame *frame, gpointer user_data)
{
    Heard *heard = user_data;
    g_assert_false (heard->is_gone);
    heard->frames++;
    g_string_append (heard->words, g_variant_get_bytestring (frame->body));
}

static void
on_gone (IbWorker *worker, const GError *why, gpointer user_data)
{
    Heard *heard = user_data;
    g_assert_false (heard->is_gone);
    heard->is_gone = true;
    heard->why = why != NULL ? g_error_copy (why) : NULL;
    g_clear_pointer (&heard->worker, ib_worker_free);
}

static const IbWorkerEvents events = { on_frame, on_gone };

static void
start (Heard *heard, const char *name)
{
    g_autoptr (GError) error = NULL;
    heard->words = g_string_new (NULL);
    heard->worker = ib_worker_start (name, kinds, &events, heard, &error);
    g_assert_no_error (error);
}

/* A child of ours that stays. */
static bool has_cradle;

static void
keep_loaded (const char *program)
{
    ib_worker_keep_loaded (program);
    has_cradle = program != NULL;
}

static void
wait_until_gone (Heard *heard)
{
    while (!heard->is_gone)
        g_main_context_iteration (NULL, TRUE);
    /* Nobody is left behind. */
    g_assert_cmpint (waitpid (-1, NULL, WNOHANG), ==, has_cradle ? 0 : -1); /* no zombie */
}

static void
clear (Heard *heard)
{
    g_string_free (heard->words, TRUE);
    g_clear_error (&heard->why);
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

static void
lives (gconstpointer data)
{
    const Row *row = data;
    guint before = open_descriptors ();
    Heard heard = { 0 };
    start (&heard, row->name);
    if (row->silence_ms > 0)
        ib_worker_expect (heard.worker, row->silence_ms);
    wait_until_gone (&heard);

    g_assert_cmpuint (heard.frames, ==, row->frames);
    if (row->gone == NULL) {
        g_assert_no_error (heard.why);
    } else {
        g_assert_nonnull (heard.why);
        g_assert_nonnull (strstr (heard.why->message, row->gone));
        g_assert_null (strchr (heard.why->message, '\x1b'));
        if (row->gone_too != NULL)
            g_assert_nonnull (strstr (heard.why->message, row->gone_too));
    }
    clear (&heard);
    keep_loaded (NULL);
    g_assert_cmpuint (open_descriptors (), ==, before);
}

static void
lives_as_copy (gconstpointer data)
{
    const Row *row = data;
    keep_loaded (row->name);
    has_cradle = row->work != crash; /* which is the end of the cradle, too */
    lives (data);
}

static void
is_given_little (void)
{
    Heard heard = { 0 };
    g_setenv ("SECRET_OF_THE_SESSION", "hush", TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_setenv ("TZ", "Europe/Berlin", TRUE);
    g_setenv ("G_SLICE", "always-malloc", TRUE);
    int kept = open ("/dev/null", O_RDONLY); /* not closed on exec */
    signal (SIGPIPE, SIG_IGN);
    start (&heard, "reports");
    wait_until_gone (&heard);
    close (kept);

    g_assert_true (g_str_has_prefix (heard.words->str, "0 1 2 3 "));
    g_assert_false (g_str_has_prefix (heard.words->str, "0 1 2 3 4 "));
    g_assert_nonnull (strstr (heard.words->str, " LC_ALL=C.UTF-8 "));
    g_assert_nonnull (strstr (heard.words->str, " TZ=Europe/Berlin "));
    g_assert_nonnull (strstr (heard.words->str, " G_SLICE=always-malloc "));
    g_assert_null (strstr (heard.words->str, "hush"));
    g_assert_null (strstr (heard.words->str, " PATH="));
    g_assert_null (strstr (heard.words->str, " HOME="));
    g_assert_nonnull (strstr (heard.words->str, "group:own sigpipe:default sigterm:open"));
    clear (&heard);
}

static void
is_not_there (void)
{
    g_autoptr (GError) error = NULL;
    Heard heard = { 0 };
    guint before = open_descriptors ();
    g_assert_null (ib_worker_start ("nowhere", kinds, &events, &heard, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_nonnull (strstr (error->message, "nowhere"));
    g_assert_cmpuint (open_descriptors (), ==, before);
}

/* on_gone is not called, and no zombie stays. */
static void
is_ended (void)
{
    Heard heard = { 0 };
    start (&heard, "hangs");
    ib_worker_free (heard.worker);
    siginfo_t info;
    while (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpint (errno, ==, ECHILD);
    g_assert_false (heard.is_gone);
    clear (&heard);
}

static void
is_ended_as_copy (void)
{
    keep_loaded ("hangs");
    Heard heard = { 0 };
    start (&heard, "hangs");
    keep_loaded (NULL); /* the copy lives on */
    ib_worker_free (heard.worker);
    siginfo_t info;
    while (waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpint (errno, ==, ECHILD);
    clear (&heard);
}

static void
is_given_little_as_copy (void)
{
    keep_loaded ("reports");
    is_given_little ();
    keep_loaded (NULL);
}

/* Our only child; 0: there is none. */
static pid_t
only_child (void)
{
    g_autofree char *children = NULL;
    g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", getpid ());
    g_assert_true (g_file_get_contents (path, &children, NULL, NULL));
    return (pid_t) g_ascii_strtoll (children, NULL, 10);
}

static void
kill_cradle (void)
{
    pid_t cradle = only_child ();
    g_assert_cmpint (kill (cradle, SIGKILL), ==, 0);
    siginfo_t info;
    g_assert_cmpint (waitid (P_PID, (id_t) cradle, &info, WEXITED | WNOWAIT), ==, 0);
}

/* The cradle that a crashed worker was a copy of is not used any more; another crash is another's. */
static void
is_another_after_crash (void)
{
    keep_loaded ("crashes");
    Heard heard = { 0 };
    start (&heard, "crashes");
    has_cradle = false;
    wait_until_gone (&heard);
    g_assert_cmpint (only_child (), ==, 0);
    clear (&heard);
    keep_loaded (NULL);
}

/* The next worker is started by ourselves, the one after that is a copy again. */
static void
outlives_cradle (void)
{
    keep_loaded ("leaves");
    for (guint i = 0; i < 3; i++) {
        Heard heard = { 0 };
        has_cradle = i != 1;
        start (&heard, "leaves");
        wait_until_gone (&heard);
        g_assert_no_error (heard.why);
        clear (&heard);
        if (i == 0)
            kill_cradle ();
    }
    keep_loaded (NULL);
}

static void
is_ended_for_nonsense (void)
{
    Heard heard = { 0 };
    start (&heard, "hangs");
    ib_worker_end (heard.worker, "a folder called ..");
    wait_until_gone (&heard);
    g_assert_nonnull (strstr (heard.why->message, "spoke nonsense: a folder called .."));
    clear (&heard);
}

/* The process that was there before is the one that speaks. */
static void
is_ready_ahead (void)
{
    ib_worker_prepare ("speaks-and-leaves");
    pid_t ahead = only_child ();
    g_assert_cmpint (ahead, >, 0);
    Heard heard = { 0 };
    start (&heard, "speaks-and-leaves");
    g_assert_cmpint (only_child (), ==, ahead);
    wait_until_gone (&heard);
    g_assert_no_error (heard.why);
    g_assert_cmpuint (heard.frames, ==, 1);
    clear (&heard);
}

/* One that stands ready is not for another program, and ends when nobody wanted it. */
static void
is_not_for_others (void)
{
    ib_worker_prepare ("hangs");
    has_cradle = true; /* or something like it */
    Heard heard = { 0 };
    start (&heard, "leaves");
    wait_until_gone (&heard);
    has_cradle = false;
    g_assert_no_error (heard.why);
    g_assert_cmpint (only_child (), >, 0);
    ib_worker_drop_prepared ();
    g_assert_cmpint (only_child (), ==, 0);
    clear (&heard);
}

/* What cannot be started ahead is told of by whoever wants it. */
static void
is_not_there_ahead (void)
{
    ib_worker_prepare ("nobody");
    g_assert_cmpint (only_child (), ==, 0);
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_worker_start ("nobody", kinds, &events, NULL, &error));
    g_assert_nonnull (strstr (error->message, "cannot start nobody"));
}

static int
work_as (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        if (strcmp (rows[i].name, name) == 0)
            return rows[i].work ();
    return strcmp (name, "reports") == 0 ? report () : -1;
}

static void
link_workers (const char *folder, bool is_making)
{
    for (gsize i = 0; i <= G_N_ELEMENTS (rows); i++) {
        g_autofree char *path
            = g_build_filename (folder, i < G_N_ELEMENTS (rows) ? rows[i].name : "reports", NULL);
        if (is_making) {
            g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
            g_assert_cmpint (symlink (self, path), ==, 0);
        } else {
            g_unlink (path);
        }
    }
}

int
main (int argc, char **argv)
{
    g_autofree char *name = g_path_get_basename (argv[0]);
    if (argc == 2 && strcmp (argv[1], "--cradle") == 0 && !ib_cradle_serve ())
        return 0;
    int status = work_as (name);
    if (status >= 0)
        return status;

    g_test_init (&argc, &argv, NULL);
    g_autofree char *folder = g_dir_make_tmp ("inbasket-test-XXXXXX", NULL);
    link_workers (folder, true);
    g_setenv ("INBASKET_LIBEXECDIR", folder, TRUE);
    (void) g_main_context_default (); /* its own descriptors are open before any are counted */

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/worker/", rows[i].name, NULL);
        g_autofree char *copied = g_strconcat ("/worker/copied/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], lives);
        g_test_add_data_func (copied, &rows[i], lives_as_copy);
    }
    g_test_add_func ("/worker/given-little", is_given_little);
    g_test_add_func ("/worker/not-there", is_not_there);
    g_test_add_func ("/worker/ended", is_ended);
    g_test_add_func ("/worker/ended-for-nonsense", is_ended_for_nonsense);
    g_test_add_func ("/worker/ahead/ready", is_ready_ahead);
    g_test_add_func ("/worker/ahead/not-for-others", is_not_for_others);
    g_test_add_func ("/worker/ahead/not-there", is_not_there_ahead);
    g_test_add_func ("/worker/copied/given-little", is_given_little_as_copy);
    g_test_add_func ("/worker/copied/ended", is_ended_as_copy);
    g_test_add_func ("/worker/copied/another-after-crash", is_another_after_crash);
    g_test_add_func ("/worker/copied/outlives-cradle", outlives_cradle);
    status = g_test_run ();
    link_workers (folder, false);
    g_rmdir (folder);
    return status;
}
