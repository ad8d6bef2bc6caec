/* What comes through a pipe is in a file that has no name, also where a file system knows none without one. */
#include "spool.h"
#include "no-threads.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES "as much as there is\n"

typedef struct {
    int fd;
    guint64 size_bytes;
    GError *error;
    bool is_done;
} Heard;

static void
on_done (int fd, guint64 size_bytes, const GError *error, gpointer user_data)
{
    *(Heard *) user_data = (Heard){ fd, size_bytes, error != NULL ? g_error_copy (error) : NULL, true };
}

static Heard
spool (const char *folder)
{
    Heard heard = { .fd = -1 };
    int ends[2];
    g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint (write (ends[1], BYTES, strlen (BYTES)), ==, (gssize) strlen (BYTES));
    close (ends[1]);
    ib_spool_start (ends[0], folder, on_done, &heard);
    while (!heard.is_done)
        g_main_context_iteration (NULL, TRUE);
    return heard;
}

static void
is_nameless (void)
{
    char bytes[sizeof BYTES] = "";
    struct stat status;
    g_autofree char *folder = g_dir_make_tmp ("inbasket-spool-XXXXXX", NULL);
    Heard heard = spool (folder);
    g_assert_no_error (heard.error);
    g_assert_cmpuint (heard.size_bytes, ==, strlen (BYTES));
    g_assert_cmpint (pread (heard.fd, bytes, sizeof bytes, 0), ==, (gssize) strlen (BYTES));
    g_assert_cmpstr (bytes, ==, BYTES);
    g_assert_cmpint (fstat (heard.fd, &status), ==, 0);
    g_assert_cmpuint (status.st_nlink, ==, 0);
    g_assert_cmpint (fcntl (heard.fd, F_GETFL) & O_ACCMODE, ==, O_RDONLY); /* some file systems open nothing anew that has no name */
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
    close (heard.fd);
    g_assert_cmpint (g_rmdir (folder), ==, 0); /* nothing is left in it */
}

static void
is_nameless_without_help (void)
{
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    g_assert_cmpint (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EOPNOTSUPP), SCMP_SYS (openat), 1,
                                       SCMP_A2 (SCMP_CMP_MASKED_EQ, O_TMPFILE, O_TMPFILE)),
                     ==, 0);
    g_assert_cmpint (seccomp_load (filter), ==, 0);
    seccomp_release (filter);
    g_assert_cmpint (open (g_get_tmp_dir (), O_TMPFILE | O_RDWR, 0600), ==, -1);
    is_nameless ();
}

static void
says_what_the_disk_says (void)
{
    Heard heard = spool ("/nonexistent/folder");
    g_assert_error (heard.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    g_assert_cmpint (heard.fd, ==, -1);
    g_clear_error (&heard.error);
}

/* As where the user's processes have all that he may have. */
static void
says_that_there_is_no_thread (void)
{
    if (!g_test_subprocess ()) {
        g_test_trap_subprocess (NULL, 60 * G_USEC_PER_SEC, 0);
        g_test_trap_assert_passed ();
        return;
    }
    have_no_more_threads ();
    Heard heard = spool (g_get_tmp_dir ());
    g_assert_error (heard.error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    g_assert_cmpint (heard.fd, ==, -1);
    g_clear_error (&heard.error);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/spool/nameless", is_nameless);
    g_test_add_func ("/spool/error", says_what_the_disk_says);
    g_test_add_func ("/spool/no-thread", says_that_there_is_no_thread);
    g_test_add_func ("/spool/nameless-without-help",
                     is_nameless_without_help); /* the last: it cannot be undone */
    return g_test_run ();
}
