/* What is told of, when, and what is not: in real directories. Times are read off the loop, not waited for. */
#include "folder-watch.h"

#include "fault.h"
#include "fs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OURS "1700000000.M1_1.0123456789abcdef0123456789abcdef-0.host,S=10"
#define QUIET_MS 2000

typedef struct {
    char *folder, *path;
    GMainContext *context;
    IbFolderWatch *watch;
    guint told, noticed;
    bool frees;
} Ground;

/* --- ground ---------------------------------------------------------------------------------------------- */

static void
on_changed (gpointer user_data)
{
    Ground *ground = user_data;
    ground->told++;
    if (ground->frees)
        g_clear_pointer (&ground->watch, ib_folder_watch_free);
}

static void
on_notice (const char *text, gpointer user_data)
{
    g_assert_cmpstr (text, !=, "");
    ((Ground *) user_data)->noticed++;
}

static const IbFolderWatchEvents events = { on_changed, on_notice };

/* All that can be done now; then: when is something to be done? -1: never, unless something happens. */
static int
settle (Ground *ground)
{
    int timeout = -1, priority = 0;
    GPollFD fds[8];
    while (g_main_context_iteration (ground->context, FALSE))
        ;
    g_assert_true (g_main_context_acquire (ground->context));
    (void) g_main_context_prepare (ground->context, &priority);
    (void) g_main_context_query (ground->context, G_MAXINT, &timeout, fds, G_N_ELEMENTS (fds));
    g_main_context_release (ground->context);
    return timeout;
}

static void
wait_until_told (Ground *ground, guint times)
{
    while (ground->told < times)
        (void) g_main_context_iteration (ground->context, TRUE);
}

static void
run (Ground *ground, const char *what)
{
    g_autofree char *line = g_strdup_printf ("cd '%s' && %s", ground->path, what);
    const char *const argv[] = { "sh", "-ec", line, NULL };
    gint status = 0;
    g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, NULL));
    g_assert_cmpint (status, ==, 0);
}

static void
set_up (Ground *ground, gconstpointer data)
{
    ground->folder = g_dir_make_tmp ("ib-watch-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "Mail", NULL);
    g_assert_cmpint (g_mkdir (ground->path, 0700), ==, 0);
    ground->context = g_main_context_new ();
    g_main_context_push_thread_default (ground->context);
    run (ground, "mkdir cur new tmp; for f in .Junk .Lists Junk Lists Lists/foo; do mkdir $f $f/cur $f/new $f/tmp; done");
    run (ground, "for f in cur .Junk/cur Junk/cur; do echo x > $f/" OURS ":2,; echo y > $f/other:2,; done; echo z > new/unread");
}

static void
begin (Ground *ground, IbLayout layout, const IbFolderWatchLimits *limits)
{
    ground->watch = ib_folder_watch_new (ground->path, layout, limits, &events, ground);
    wait_until_told (ground, 1); /* what came before the watch stood */
    g_assert_cmpint (settle (ground), ==, -1);
}

static void
tear_down (Ground *ground, gconstpointer data)
{
    (void) ib_fault_set (NULL);
    ib_folder_watch_free (ground->watch);
    g_main_context_pop_thread_default (ground->context);
    g_main_context_unref (ground->context);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->folder);
    g_assert_cmpint (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL), ==, TRUE);
    g_free (ground->folder);
    g_free (ground->path);
}

/* --- what tells ------------------------------------------------------------------------------------------- */

enum { NEVER, SOON, LATER };
#define PP IB_LAYOUT_MAILDIRPP
#define FS IB_LAYOUT_FS

static const struct { const char *name; IbLayout layout; const char *what; int when; } cases[] = {
    { "into-junk",            PP, "mv cur/" OURS ":2, .Junk/cur/" OURS ":2,S",  SOON },
    { "out-of-junk",          PP, "mv .Junk/cur/other:2, cur/other:2,",         SOON },
    { "into-junk-fs",         FS, "mv cur/" OURS ":2, Junk/cur/" OURS ":2,S",   SOON },
    { "into-a-level-below",   FS, "mv cur/" OURS ":2, Lists/foo/cur/",          SOON },
    { "deleted",              PP, "rm cur/" OURS ":2,",                         SOON },
    { "out-of-the-maildir",   PP, "mv cur/" OURS ":2, ..",                      SOON },
    { "copied-and-deleted",   PP, "ln cur/" OURS ":2, .Junk/cur/another; rm cur/" OURS ":2,", SOON },
    { "by-way-of-tmp",        PP, "mv cur/" OURS ":2, .Junk/tmp/; mv .Junk/tmp/" OURS ":2, .Junk/cur/", SOON },
    { "saved-by-a-client",    PP, "echo sent > tmp/sent; mv tmp/sent .Lists/cur/sent:2,S", SOON },
    { "made-in-place",        PP, "echo sent > .Lists/cur/sent:2,S",            SOON },
    { "read",                 PP, "mv new/unread cur/unread:2,S",               LATER },
    { "answered",             PP, "mv cur/" OURS ":2, cur/" OURS ":2,RS",       LATER },
    { "read-and-moved",       PP, "mv new/unread cur/unread:2,S; mv cur/unread:2,S .Lists/cur/", SOON },
    { "delivered",            PP, "echo new > tmp/" OURS "x; mv tmp/" OURS "x new/" OURS, NEVER },
    { "delivered-read",       PP, "echo new > tmp/x; mv tmp/x .Lists/cur/" OURS ":2,S", NEVER },
    { "delivered-fs",         FS, "echo new > tmp/x; mv tmp/x Lists/foo/new/" OURS, NEVER },
    { "written",              PP, "echo more >> cur/other:2,",                  NEVER },
    { "in-tmp",               PP, "echo more > .Lists/tmp/x; rm .Lists/tmp/x",  NEVER },
    { "hidden",               PP, "echo lock > cur/.lock; rm cur/.lock",        NEVER },
    { "indexes",              PP, "echo i > dovecot.index; mv dovecot.index dovecot.index.log; rm dovecot.index.log", NEVER },
    { "no-folder",            PP, "mkdir notes",                                NEVER },
    { "no-folder-fs",         FS, "mkdir .notmuch; mkdir .notmuch/xapian",      NEVER },
    { "new-folder",           PP, "mkdir .New .New/cur .New/new .New/tmp",      SOON },
    { "new-folder-below",     FS, "mkdir Lists/bar",                            SOON },
    { "folder-removed",       PP, "rm -r .Lists",                               SOON },
    { "folder-removed-fs",    FS, "rm -r Lists",                                SOON },
    { "folder-renamed",       PP, "mv .Lists .Other",                           SOON },
    { "folder-moved-away",    FS, "mv Lists ..",                                SOON },
    { "maildir-moved-away",   PP, "mv ../Mail ../Old",                          SOON },
};

static void
tells (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    begin (ground, cases[i].layout, NULL);
    g_assert_true (ib_folder_watch_is_whole (ground->watch));
    run (ground, cases[i].what);
    int due_ms = settle (ground);
    int when = due_ms < 0 ? NEVER : due_ms <= QUIET_MS ? SOON : LATER;
    g_assert_cmpint (when, ==, cases[i].when);
    g_assert_cmpuint (ground->told, ==, 1);
}

/* --- what goes on ----------------------------------------------------------------------------------------- */

static const IbFolderWatchLimits at_once = { .quiet_ms = 1, .latest_ms = 5 };

/* What happens first, and what must be told of afterwards. */
static const struct { const char *name; IbLayout layout; const char *first, *then; } follow_ups[] = {
    { "again",                   PP, "mv cur/other:2, .Junk/cur/",       "mv .Junk/cur/other:2, cur/" },
    { "in-a-new-folder",         PP, "mkdir .New .New/cur .New/new",     "mv cur/other:2, .New/cur/; mv .New/cur/other:2, .New/new/" },
    { "deep-in-new-folders",     FS, "mkdir -p A/b/c/cur A/b/c/new",     "echo x > A/b/c/cur/x" },
    { "parts-that-come-late",    PP, "mkdir .Late",                      "mkdir .Late/cur; echo x > .Late/cur/x" },
    { "in-a-renamed-folder",     PP, "mv .Lists .Other",                 "echo x > .Other/cur/x" },
    { "below-a-renamed-folder",  FS, "mv Lists Other",                   "echo x > Other/foo/new/x" },
    { "in-a-folder-made-again",  PP, "rm -r .Lists; mkdir .Lists .Lists/cur .Lists/new", "echo x > .Lists/cur/x" },
    { "in-a-folder-put-back",    FS, "mv Lists ..; mv ../Lists .",       "rm -r Lists/foo/cur" },
};

static void
follows (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    begin (ground, follow_ups[i].layout, &at_once);
    run (ground, follow_ups[i].first);
    wait_until_told (ground, 2);
    (void) settle (ground);
    guint before = ground->told;
    run (ground, follow_ups[i].then);
    wait_until_told (ground, before + 1);
    g_assert_true (ib_folder_watch_is_whole (ground->watch));
    g_assert_cmpuint (ground->noticed, ==, 0);
}

/* Ten thousand moves: told once, or the latest time over and over; never once for each. */
static void
stands_a_storm (Ground *ground, gconstpointer data)
{
    begin (ground, PP, &(IbFolderWatchLimits){ .quiet_ms = 20, .latest_ms = 60000 });
    g_autofree char *one = g_build_filename (ground->path, "cur", "other:2,", NULL);
    g_autofree char *other = g_build_filename (ground->path, ".Junk", "cur", "stormy:2,", NULL);
    for (guint i = 0; i < 5000; i++) {
        g_assert_cmpint (g_rename (one, other), ==, 0);
        while (g_main_context_iteration (ground->context, FALSE))
            ;
        g_assert_cmpint (g_rename (other, one), ==, 0);
    }
    wait_until_told (ground, 2);
    g_assert_cmpint (settle (ground), ==, -1);
    g_assert_cmpuint (ground->told, <, 20);
}

static guint64
queue_limit (void)
{
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents ("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL));
    return g_ascii_strtoull (text, NULL, 10);
}

/* The kernel's queue runs over while nobody reads; a folder that came meanwhile is watched all the same. */
static void
survives_an_overflow (Ground *ground, gconstpointer data)
{
    begin (ground, PP, &at_once);
    g_autofree char *one = g_build_filename (ground->path, "cur", "other:2,", NULL);
    g_autofree char *other = g_build_filename (ground->path, ".Junk", "cur", "other:2,", NULL);
    for (guint64 left = queue_limit () + 10; left > 0; left -= MIN (left, 4)) {
        g_assert_cmpint (g_rename (one, other), ==, 0);
        g_assert_cmpint (g_rename (other, one), ==, 0);
    }
    run (ground, "mkdir .Unseen .Unseen/cur .Unseen/new");
    wait_until_told (ground, 2);
    g_assert_cmpint (settle (ground), ==, -1);
    guint before = ground->told;
    run (ground, "echo x > .Unseen/cur/x");
    wait_until_told (ground, before + 1);
}

/* Events cannot be read, ever: what can be told is told, and nothing spins. */
static void
survives_unreadable_events (Ground *ground, gconstpointer data)
{
    g_assert_true (ib_fault_set ("watch.read:1+:EIO"));
    ground->watch = ib_folder_watch_new (ground->path, PP, NULL, &events, ground);
    int due_ms = settle (ground);
    g_assert_cmpint (due_ms, >, 0);
    g_assert_cmpint (due_ms, <=, QUIET_MS);
    (void) ib_fault_set (NULL);
    wait_until_told (ground, 1);
    g_assert_true (ib_folder_watch_is_whole (ground->watch));
}

/* --- what is scarce --------------------------------------------------------------------------------------- */

static void
is_bounded (Ground *ground, gconstpointer data)
{
    const guint folders = 10000;
    for (guint i = 0; i < folders; i++) /* most of them empty: making them is what takes long here */
        for (guint part = 0; part < (i % 10 == 0 ? 3 : 1); part++) {
            static const char *const parts[] = { "", "/cur", "/new" };
            g_autofree char *path = g_strdup_printf ("%s/.f%05u%s", ground->path, i, parts[part]);
            g_assert_cmpint (g_mkdir (path, 0700), ==, 0);
        }
    gint64 started_at = g_get_monotonic_time ();
    begin (ground, PP, &(IbFolderWatchLimits){ .watches = 3000, .quiet_ms = 1, .latest_ms = 5 });
    g_assert_cmpint (g_get_monotonic_time () - started_at, <, 20 * G_USEC_PER_SEC);
    g_assert_cmpuint (ib_folder_watch_count (ground->watch), ==, 3000);
    g_assert_cmpuint (ground->noticed, ==, 1);
    g_assert_false (ib_folder_watch_is_whole (ground->watch));
    run (ground, "mv cur/other:2, .Junk/cur/"); /* Junk comes first */
    wait_until_told (ground, 2);
    g_assert_cmpint (settle (ground), ==, -1);
    ib_folder_watch_polled (ground->watch);
    wait_until_told (ground, 3);
    g_assert_cmpuint (ground->noticed, ==, 1);
}

static void
does_without_room (Ground *ground, gconstpointer data)
{
    g_assert_true (ib_fault_set ("watch.add:3+:ENOSPC"));
    begin (ground, PP, NULL);
    g_assert_cmpuint (ground->noticed, ==, 1);
    g_assert_cmpuint (ib_folder_watch_count (ground->watch), ==, 2);
    ib_folder_watch_polled (ground->watch);
    wait_until_told (ground, 2);
    g_assert_cmpuint (ground->noticed, ==, 1);
}

/* Nothing is told at a poll where everything is watched. */
static void
is_silent_at_polls (Ground *ground, gconstpointer data)
{
    begin (ground, PP, NULL);
    ib_folder_watch_polled (ground->watch);
    g_assert_cmpint (settle (ground), ==, -1);
    g_assert_cmpuint (ground->told, ==, 1);
}

/* A disk that is taken away and comes back. */
static void
finds_a_maildir_again (Ground *ground, gconstpointer data)
{
    begin (ground, PP, &at_once);
    run (ground, "cd .. && mv Mail Away");
    wait_until_told (ground, 2);
    (void) settle (ground);
    g_assert_false (ib_folder_watch_is_whole (ground->watch));
    g_autofree char *away = g_build_filename (ground->folder, "Away", NULL);
    g_assert_cmpint (g_rename (away, ground->path), ==, 0);
    guint before = ground->told;
    ib_folder_watch_polled (ground->watch);
    wait_until_told (ground, before + 1);
    g_assert_true (ib_folder_watch_is_whole (ground->watch));
    run (ground, "rm cur/other:2,");
    wait_until_told (ground, before + 2);
}

static void
is_freed_from_inside (Ground *ground, gconstpointer data)
{
    ground->frees = true;
    ground->watch = ib_folder_watch_new (ground->path, PP, NULL, &events, ground);
    wait_until_told (ground, 1);
    g_assert_cmpint (settle (ground), ==, -1);
    g_assert_null (ground->watch);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strdup_printf ("/folder-watch/%s", cases[i].name);
        g_test_add (name, Ground, GSIZE_TO_POINTER (i), set_up, tells, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (follow_ups); i++) {
        g_autofree char *name = g_strdup_printf ("/folder-watch/follows/%s", follow_ups[i].name);
        g_test_add (name, Ground, GSIZE_TO_POINTER (i), set_up, follows, tear_down);
    }
    g_test_add ("/folder-watch/storm", Ground, NULL, set_up, stands_a_storm, tear_down);
    g_test_add ("/folder-watch/overflow", Ground, NULL, set_up, survives_an_overflow, tear_down);
    g_test_add ("/folder-watch/unreadable", Ground, NULL, set_up, survives_unreadable_events, tear_down);
    g_test_add ("/folder-watch/ten-thousand-folders", Ground, NULL, set_up, is_bounded, tear_down);
    g_test_add ("/folder-watch/no-room", Ground, NULL, set_up, does_without_room, tear_down);
    g_test_add ("/folder-watch/silent-at-polls", Ground, NULL, set_up, is_silent_at_polls, tear_down);
    g_test_add ("/folder-watch/maildir-comes-back", Ground, NULL, set_up, finds_a_maildir_again, tear_down);
    g_test_add ("/folder-watch/freed-from-inside", Ground, NULL, set_up, is_freed_from_inside, tear_down);
    return g_test_run ();
}
