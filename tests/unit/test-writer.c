/* Lots of files, written and synced by several threads: each is whole when its lot is synced, and nobody waits for ever. */
#include "writer.h"

#include "fault.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE 3000

/* A disk on which no sync ends before so many have begun, or five seconds are over. */
static GMutex disk;
static GCond begins;
static guint wanted, most_syncs, syncs;

int
fsync (int fd)
{
    g_mutex_lock (&disk);
    most_syncs = MAX (most_syncs, ++syncs);
    g_cond_broadcast (&begins);
    gint64 end = g_get_monotonic_time () + 5 * G_TIME_SPAN_SECOND;
    while (most_syncs < wanted && g_cond_wait_until (&begins, &disk, end))
        ;
    wanted = most_syncs < wanted ? 0 : wanted;
    syncs--;
    g_mutex_unlock (&disk);
    return (int) syscall (SYS_fsync, fd);
}

typedef struct {
    char *folder;
    int source;
    char bytes[SIZE];
    gint written, synced; /* calls, atomic */
    guint added;
    IbWriter *writer;
} Ground;

static const IbEdition as_it_is;

static void
set_up (Ground *self, gconstpointer unused)
{
    self->folder = g_dir_make_tmp ("ib-writer-XXXXXX", NULL);
    self->source = memfd_create ("source", MFD_CLOEXEC);
    for (gsize i = 0; i < SIZE; i++)
        self->bytes[i] = (char) i;
    g_assert_cmpint (write (self->source, self->bytes, SIZE), ==, SIZE);
    self->writer = ib_writer_new ();
}

/* As on a file system, or beside programs, where no lot can be synced at once. */
static void
set_up_alone (Ground *self, gconstpointer data)
{
    set_up (self, data);
    g_assert_true (ib_fault_set ("delivery.together:1+:EIO"));
}

static char *
path_of (const Ground *self, guint number)
{
    return g_strdup_printf ("%s/%u", self->folder, number);
}

static void
tear_down (Ground *self, gconstpointer unused)
{
    ib_writer_free (self->writer);
    g_assert_true (ib_fault_set (NULL));
    for (guint i = 0; i < self->added; i++) {
        g_autofree char *path = path_of (self, i);
        (void) g_unlink (path);
    }
    g_assert_cmpint (g_rmdir (self->folder), ==, 0);
    g_free (self->folder);
    close (self->source);
}

static void
count (gpointer calls)
{
    g_atomic_int_inc ((gint *) calls);
}

/* Some are written before they are added, as those are whose sender waits. */
static void
add (Ground *self, guint files, bool is_written_here)
{
    const IbPiece piece = { self->source, 0, SIZE };
    for (guint i = 0; i < files; i++) {
        char *path = path_of (self, self->added++);
        int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        g_assert_cmpint (fd, >=, 0);
        IbSource *source = ib_source_new (&piece, 1000, count, &self->written);
        IbOutput *output = ib_output_new (fd, path, source, &as_it_is);
        ib_source_unref (source);
        if (is_written_here)
            g_assert_true (ib_output_write (output, NULL));
        ib_writer_add (self->writer, output);
    }
}

static bool
is_whole (const Ground *self, guint number)
{
    g_autofree char *path = path_of (self, number), *text = NULL;
    gsize length = 0;
    return g_file_get_contents (path, &text, &length, NULL) && length == SIZE
           && memcmp (text, self->bytes, SIZE) == 0;
}

static guint
count_whole (const Ground *self)
{
    guint whole = 0;
    for (guint i = 0; i < self->added; i++)
        whole += is_whole (self, i) ? 1 : 0;
    return whole;
}

static const guint sizes[] = { 1, 2, 31, 33, 100, 300 };

/* One lot after another, each synced while the next one gathers. */
static void
brings_all_to_the_disk (Ground *self, gconstpointer is_written_here)
{
    for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
        add (self, sizes[i], is_written_here != NULL);
        g_assert_true (ib_writer_close_lot (self->writer, NULL, NULL));
    }
    g_assert_true (ib_writer_sync (self->writer, NULL));
    g_assert_cmpuint (count_whole (self), ==, self->added);
    g_assert_cmpint (self->written, ==, (gint) self->added);
}

/* Nobody waits: the helpers alone come to the end, and say so once for each lot. */
static void
tells_when_all_is_there (Ground *self, gconstpointer is_written_here)
{
    for (gint lot = 1; lot <= 7; lot++) {
        add (self, sizes[(gsize) lot % G_N_ELEMENTS (sizes)], is_written_here != NULL);
        g_assert_true (ib_writer_close_lot (self->writer, count, &self->synced));
        while (g_atomic_int_get (&self->synced) < lot)
            g_thread_yield ();
        g_assert_cmpuint (count_whole (self), ==, self->added);
    }
    g_assert_true (ib_writer_sync (self->writer, NULL));
    g_assert_cmpint (self->synced, ==, 7);
}

/* Under way or not begun: no descriptor of theirs is used any more when it returns. */
static void
gives_up (Ground *self, gconstpointer unused)
{
    for (gsize i = 0; i < 9; i++) {
        add (self, sizes[i % G_N_ELEMENTS (sizes)], i % 3 == 0);
        g_assert_true (ib_writer_close_lot (self->writer, count, &self->synced));
        add (self, sizes[(i + 1) % G_N_ELEMENTS (sizes)], false);
        ib_writer_give_up (self->writer);
        g_assert_cmpint (self->written, ==, (gint) self->added);
    }
    add (self, 5, false);
    g_assert_true (ib_writer_sync (self->writer, NULL));
    for (guint i = self->added - 5; i < self->added; i++)
        g_assert_true (is_whole (self, i));
}

/* The first that cannot be synced at once has each file synced alone, and so has the next. */
static void
syncs_alone_for_a_while (Ground *self, gconstpointer unused)
{
    g_assert_true (ib_fault_set ("delivery.together:2:EIO"));
    for (gsize i = 0; i < 5; i++) {
        add (self, 40, i % 2 == 0);
        g_assert_true (ib_writer_close_lot (self->writer, count, &self->synced));
    }
    g_assert_true (ib_writer_sync (self->writer, NULL));
    g_assert_cmpuint (count_whole (self), ==, self->added);
    g_assert_cmpint (self->synced, >=,
                     4); /* the last one may have come to its end before it was waited for */
    g_assert_cmpint (self->synced, <=, 5);
}

/* Where it is done for each, it is for many at the same time. */
static void
syncs_many_beside (Ground *self, gconstpointer unused)
{
    for (guint lot = 0; lot < 20; lot++) {
        g_mutex_lock (&disk);
        wanted = 32;
        most_syncs = 0;
        g_mutex_unlock (&disk);
        add (self, 64, true);
        g_assert_true (ib_writer_close_lot (self->writer, NULL, NULL));
        g_assert_true (ib_writer_sync (self->writer, NULL));
        g_assert_cmpuint (most_syncs, >=, 32);
    }
    wanted = 0;
}

static const char *const faults[]
    = { "delivery.write:40:ENOSPC", "delivery.sync:1:EIO", "delivery.sync:77:EIO" };

/* Others of its lot are there, itself is gone, and the next lot is none the worse. */
static void
removes_what_failed (Ground *self, gconstpointer fault)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_fault_set (fault));
    add (self, 100, false);
    g_assert_true (ib_writer_close_lot (self->writer, count, &self->synced));
    g_assert_false (ib_writer_sync (self->writer, &error));
    g_assert_nonnull (error);
    g_assert_true (ib_fault_set (NULL));
    g_assert_cmpuint (count_whole (self), ==, 99);
    add (self, 10, false);
    g_assert_true (ib_writer_sync (self->writer, NULL));
    g_assert_cmpuint (count_whole (self), ==, 109);
}

/* More than a pipe takes at once. */
#define MUCH (512 * 1024)

/* The last one is emptied first, whoever writes into it. */
static gpointer
empty_pipes (gpointer ends)
{
    g_autofree char *bytes = g_malloc (MUCH);
    for (gsize i = 2; i > 0; i--) {
        int end = ((const int *) ends)[i - 1];
        while (read (end, bytes, MUCH) > 0)
            ;
        close (end);
    }
    return NULL;
}

/* A pipe is as long in being written as its reader likes, and cannot be synced: whatever was synced has failed. */
static void
syncs_what_is_written_last (Ground *self, gconstpointer unused)
{
    const IbPiece much = { self->source, 0, MUCH };
    g_assert_cmpint (ftruncate (self->source, MUCH), ==, 0);
    for (guint round = 0; round < 20; round++) {
        int ends[2];
        for (gsize i = 0; i < 2; i++) {
            int both[2];
            g_assert_cmpint (pipe2 (both, O_CLOEXEC), ==, 0);
            ends[i] = both[0];
            g_autofree char *path = path_of (self, i);
            g_assert_true (g_file_set_contents (path, "", 0, NULL));
            IbSource *source = ib_source_new (&much, 1000, NULL, NULL);
            ib_writer_add (self->writer, ib_output_new (both[1], g_steal_pointer (&path), source, &as_it_is));
            ib_source_unref (source);
        }
        GThread *reader = g_thread_new ("reader", empty_pipes, ends);
        g_assert_false (ib_writer_sync (self->writer, NULL));
        g_thread_join (reader);
        for (guint i = 0; i < 2; i++) {
            g_autofree char *path = path_of (self, i);
            g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
        }
    }
}

#define ADD(name, data, function)                                                                            \
    g_test_add ("/writer/" name, Ground, data, set_up, function, tear_down);                                 \
    g_test_add ("/writer/alone/" name, Ground, data, set_up_alone, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("all/helpers", NULL, brings_all_to_the_disk);
    ADD ("all/here", "here", brings_all_to_the_disk);
    ADD ("told/helpers", NULL, tells_when_all_is_there);
    ADD ("told/here", "here", tells_when_all_is_there);
    ADD ("written-last", NULL, syncs_what_is_written_last);
    ADD ("give-up", NULL, gives_up);
    g_test_add ("/writer/alone-for-a-while", Ground, NULL, set_up, syncs_alone_for_a_while, tear_down);
    g_test_add ("/writer/alone/many", Ground, NULL, set_up_alone, syncs_many_beside, tear_down);
    for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
        g_autofree char *path = g_strconcat ("/writer/fault/", faults[i], NULL);
        g_test_add (path, Ground, faults[i], set_up, removes_what_failed, tear_down);
    }
    return g_test_run ();
}
