/* The delivery thread: what is delivered, recognized, held, moved; what stays after a failure; what a dry run leaves. */
#include "pipeline-ground.h"
#include "places.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/syscall.h>

/* Each file of new/ that is opened for reading fails so; 0: none does. open () is our own here by its name on 64 bits. */
static gint trouble_in_new;

int open64 (const char *path, int flags, ...);

int
open64 (const char *path, int flags, ...)
{
    va_list arguments;
    va_start (arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg (arguments, mode_t) : 0;
    va_end (arguments);
    int number = strstr (path, "/Mail/new/") != NULL ? g_atomic_int_get (&trouble_in_new) : 0;
    if (number == 0)
        return (int) syscall (SYS_openat, AT_FDCWD, path, flags, mode);
    errno = number;
    return -1;
}

/* --- what is shown ---------------------------------------------------------------------------------------- */

static void
a_message_becomes_a_file (Ground *ground, gconstpointer data)
{
    g_autofree char *bytes = NULL;
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "Subject: a\n\nbody\n" });
    wait_all (ground);

    g_assert_cmpstr (ground->heard->str, ==, "written 7;deliver 7;");
    g_assert_true (g_file_get_contents (ground->path, &bytes, NULL, NULL));
    g_assert_cmpstr (bytes, ==, "X-Inbasket-Id: here\nSubject: a\n\nbody\n");
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
    g_assert_cmpuint (count_files (ground, "Mail/tmp"), ==, 0);
}

static void
a_known_message_is_not_delivered_again (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "a\n" });
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 7, .text = "a\n" });
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 7;deliver 7;written 7;recognized 7;");
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
    g_assert_cmpuint (count_files (ground, "state/held"), ==, 0);
}

/* A server, or a worker that it took over, may say anything; two sessions in a row may ask for the same. */
static void
a_message_given_twice_at_once_is_delivered_once (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    ib_pipeline_expect (ground->pipeline); /* one batch for both */
    deliver (ground, &(Letter){ .uid = 7, .text = "a\n" });
    deliver (ground, &(Letter){ .uid = 7, .text = "a\n" });
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "deliver 7;recognized 7;"));
    g_assert_null (ib_pipeline_get_error (ground->pipeline));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
    g_assert_cmpuint (count_files (ground, "state/held"), ==, 0);
}

static void
a_renumbered_message_is_recognized_by_its_bytes (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "no message-id here\n" });
    wait_all (ground);
    enter (ground, 2);
    deliver (ground,
             &(Letter){ .uid = 1, .uidvalidity = 2, .text = "no message-id here\n", .is_rematched = true });
    deliver (ground,
             &(Letter){ .uid = 2, .uidvalidity = 2, .text = "this one is new\n", .is_rematched = true });
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "recognized 1;"));
    g_assert_nonnull (strstr (ground->heard->str, "deliver 2;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 2);
}

/* A filter finds a twin key in what none could read when it came; two that were equal stay two, and a third one is new. */
static void
what_no_filter_has_read_is_recognized_by_its_bytes (Ground *ground, gconstpointer data)
{
    static const char *const expected[]
        = { "recognized 1;", "recognized 2;", "deliver 3;", "deliver 4;", "recognized 5;" };
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "as it came\n" });
    deliver (ground, &(Letter){ .uid = 8, .text = "as it came\n" });
    wait_all (ground);
    enter (ground, 2);
    g_string_set_size (ground->heard, 0);
    for (guint32 uid = 1; uid <= 3; uid++)
        deliver (ground, &(Letter){ .uid = uid,
                                    .uidvalidity = 2,
                                    .text = uid < 3 ? "as it came\n" : "other mail\n",
                                    .twin_key = uid < 3 ? "k" : "j",
                                    .is_rematched = true });
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 4, .uidvalidity = 2, .text = "no twin key\n", .is_rematched = true });
    wait_all (ground);
    enter (ground, 3);
    deliver (ground,
             &(Letter){
                 .uid = 5, .uidvalidity = 3, .text = "as it came\n", .twin_key = "k", .is_rematched = true });
    wait_all (ground);
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        g_assert_nonnull (strstr (ground->heard->str, expected[i]));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 4);
}

/* Through another account, say: the twin is the one that no filter could read. */
static void
what_no_filter_has_read_has_twins (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "as it came\n" });
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 8, .text = "as it came\n", .twin_key = "k" });
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 9, .text = "other mail\n", .twin_key = "j" });
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "duplicate 8;"));
    g_assert_nonnull (strstr (ground->heard->str, "deliver 9;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 2);
}

/* No filter could read it after a change of numbers: the files that are here tell. */
static void
what_nobody_could_read_is_compared_with_files (Ground *ground, gconstpointer data)
{
    static const char *const texts[] = { "one\n", "two\n", "one\n", "a longer one\n" };
    static const char *const expected[] = { "recognized 1;", "deliver 2;", "deliver 3;", "deliver 4;" };
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "one\n", .twin_key = "k" });
    take (ground, 7);
    enter (ground, 2);
    for (guint32 uid = 1; uid <= G_N_ELEMENTS (texts); uid++)
        deliver (ground, &(Letter){ .uid = uid,
                                    .uidvalidity = 2,
                                    .text = texts[uid - 1],
                                    .is_rematched = true,
                                    .is_unread = true });
    take (ground, G_N_ELEMENTS (texts));
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        g_assert_nonnull (strstr (ground->heard->str, expected[i]));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 4);
    enter (ground, 2);
    g_assert_false (ground->was_revalidated);
}

/* If its file is gone, one that may be here, by its size, waits for a filter; all else comes. The mailbox was not taken then. */
static void
what_may_be_here_waits_for_a_filter (Ground *ground, gconstpointer data)
{
    static const char *const texts[] = { "two\n", "no id\n", "a longer one\n" };
    static const char *const expected[] = { "waits 1;", "recognized 2;", "deliver 3;" };
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "one\n", .twin_key = "k" });
    wait_all (ground);
    g_assert_cmpint (g_unlink (ground->path), ==, 0);
    deliver (ground, &(Letter){ .uid = 8, .text = "no id\n" });
    take (ground, 8);
    enter (ground, 2);
    for (guint32 uid = 1; uid <= G_N_ELEMENTS (texts); uid++)
        deliver (ground, &(Letter){ .uid = uid,
                                    .uidvalidity = 2,
                                    .text = texts[uid - 1],
                                    .is_rematched = true,
                                    .is_unread = true });
    take (ground, 3);
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        g_assert_nonnull (strstr (ground->heard->str, expected[i]));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 2);

    enter (ground, 2);
    g_assert_true (ground->was_revalidated);
    ib_pipeline_leave_waiting (ground->pipeline, ground->mailbox_key);
    take (ground, 3);
    enter (ground, 2);
    g_assert_true (ground->was_revalidated);
    deliver (ground,
             &(Letter){ .uid = 1, .uidvalidity = 2, .text = "two\n", .twin_key = "l", .is_rematched = true });
    take (ground, 3);
    g_assert_nonnull (strstr (ground->heard->str, "deliver 1;"));
    enter (ground, 2);
    g_assert_false (ground->was_revalidated);
}

/* What was to be done on the server is void after a change of numbers, until the message is found under its new one. */
static void
a_renumbered_message_is_deleted_under_its_new_number (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "one\n", .after = IB_AFTER_DELETE });
    deliver (ground, &(Letter){ .uid = 8, .text = "two\n", .after = IB_AFTER_DELETE });
    deliver (ground, &(Letter){ .uid = 9, .text = "two\n", .after = IB_AFTER_DELETE });
    wait_all (ground);
    enter (ground, 2);
    for (guint32 uid = 1; uid <= 2; uid++)
        deliver (ground, &(Letter){ .uid = uid, .uidvalidity = 2, .text = "two\n", .is_rematched = true });
    take (ground, 2);
    g_assert_nonnull (strstr (ground->heard->str, "recognized 1;"));
    g_assert_nonnull (strstr (ground->heard->str, "recognized 2;"));
    g_assert_cmpuint (ground->due->len, ==, 2);
    for (guint i = 0; i < 2; i++) {
        const IbPending *pending = ground->due->pdata[i];
        g_assert_cmpuint (pending->uid, ==, i + 1);
        g_assert_cmpint (pending->verb, ==, IB_PENDING_DELETE);
    }
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 3);
}

/* So it is once it has its first number back, unless the server has given that to another message. */
static void
a_message_that_returns_to_its_number_is_deleted_there (Ground *ground, gconstpointer data)
{
    static const char *const expected[] = { "deliver 7;", "recognized 8;", "recognized 9;", "deliver 10;" };
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "one\n", .after = IB_AFTER_DELETE });
    deliver (ground, &(Letter){ .uid = 8, .text = "two\n", .after = IB_AFTER_DELETE });
    deliver (ground, &(Letter){ .uid = 9, .text = "two\n", .after = IB_AFTER_DELETE });
    wait_all (ground);
    enter (ground, 2);
    deliver (ground, &(Letter){ .uid = 1, .uidvalidity = 2, .text = "one\n", .is_rematched = true });
    deliver (ground, &(Letter){ .uid = 2, .uidvalidity = 2, .text = "two\n", .is_rematched = true });
    deliver (ground, &(Letter){ .uid = 3, .uidvalidity = 2, .text = "two\n", .is_rematched = true });
    take (ground, 3);
    g_assert_cmpuint (ground->due->len, ==, 3);

    enter (ground, 1);
    g_string_set_size (ground->heard, 0);
    deliver (ground, &(Letter){ .uid = 7, .text = "six\n", .is_rematched = true });
    deliver (ground, &(Letter){ .uid = 8, .text = "two\n", .is_rematched = true });
    deliver (ground, &(Letter){ .uid = 9, .text = "two\n", .is_rematched = true });
    deliver (ground, &(Letter){ .uid = 10, .text = "two\n", .is_rematched = true });
    take (ground, 10);
    for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
        g_assert_nonnull (strstr (ground->heard->str, expected[i]));
    g_assert_cmpuint (ground->due->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpuint (((const IbPending *) ground->due->pdata[i])->uid, ==, 8 + i);
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 5);
}

static const struct {
    const char *name;
    bool is_one_batch;
    Letter first, second;
    const char *taken_to; /* where a mail client has moved the first meanwhile; NULL: nowhere */
    guint inbox, junk;    /* files in new/ in the end */
} twins[] = {
    { "one-batch",
      true,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      NULL,
      1,
      0 },
    { "two-batches",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      NULL,
      1,
      0 },
    { "the-better-informed-decides",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      NULL,
      0,
      1 },
    { "the-better-informed-decides-in-one-batch",
      true,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      NULL,
      0,
      1 },
    { "the-better-informed-came-first",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      NULL,
      0,
      1 },
    { "what-was-read-stays",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      "cur",
      0,
      0 },
    { "what-was-filed-stays",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      ".Kept/new",
      0,
      0 },
};

static void
take_it (Ground *ground, const char *to)
{
    g_autofree char *name = g_path_get_basename (ground->path);
    g_autofree char *folder = g_build_filename (ground->folder, "Mail", to, NULL);
    g_autofree char *cur = g_build_filename (folder, "..", "cur", NULL);
    g_autofree char *moved = g_strdup_printf ("%s/%s%s", folder, name, strcmp (to, "cur") == 0 ? ":2,S" : "");
    g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
    g_assert_cmpint (g_mkdir_with_parents (cur, 0700), ==, 0);
    g_assert_cmpint (g_rename (ground->path, moved), ==, 0);
}

/* The file of the message 1, as the journal has it. Returns: (transfer full) */
static IbPlacedFile *
file_in_journal (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    char id[IB_ID_LENGTH + 1];
    ib_story_imap_id ("work", "INBOX", 1, 1, id);
    ib_pipeline_close (ground->pipeline);
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (ground->paths->journal, &error);
    g_assert_no_error (error);
    IbPlacedFile *file = ib_places_find (journal, id, 0, &error);
    g_assert_no_error (error);
    open_pipeline (ground);
    return file;
}

static void
twins_are_delivered_once (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    enter (ground, 1);
    if (twins[i].is_one_batch)
        ib_pipeline_expect (ground->pipeline);
    deliver (ground, &twins[i].first);
    if (!twins[i].is_one_batch)
        wait_all (ground);
    if (twins[i].taken_to != NULL)
        take_it (ground, twins[i].taken_to);
    deliver (ground, &twins[i].second);
    if (twins[i].is_one_batch)
        ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);

    g_assert_nonnull (strstr (ground->heard->str, "deliver 1;"));
    g_assert_nonnull (strstr (ground->heard->str, "duplicate 2;"));
    if (twins[i].is_one_batch)
        g_assert_true (g_file_test (ground->path, G_FILE_TEST_EXISTS));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, twins[i].inbox);
    g_assert_cmpuint (count_files (ground, "Mail/.Junk/new"), ==, twins[i].junk);
    g_assert_cmpuint (count_files (ground, "Mail/cur"), ==, g_strcmp0 (twins[i].taken_to, "cur") == 0 ? 1 : 0);
    g_assert_cmpuint (count_files (ground, "Mail/.Kept/new"), ==, g_strcmp0 (twins[i].taken_to, ".Kept/new") == 0 ? 1 : 0);
    g_assert_cmpuint (count_files (ground, "state/held"), ==, 1);
    /* Else it would be a move of the user's, to learn from. */
    g_autoptr (IbPlacedFile) file = file_in_journal (ground);
    g_assert_cmpstr (file->folder, ==, twins[i].junk > 0 ? "Junk" : "INBOX");
}

/* A folder cannot be used where the better informed one would have gone: it holds up nothing. */
static void
a_twin_stays_where_it_can_be (Ground *ground, gconstpointer data)
{
    g_autofree char *obstacle = g_build_filename (ground->folder, "Mail", ".Junk", NULL);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n", .twin_key = "k" });
    wait_all (ground);
    g_assert_true (g_file_set_contents (obstacle, "", 0, NULL));
    deliver (ground, &(Letter){ .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" });
    deliver (ground, &(Letter){ .uid = 3, .text = "b\n" });
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "duplicate 2;"));
    g_assert_nonnull (strstr (ground->heard->str, "deliver 3;"));
    g_assert_no_error (ib_pipeline_get_error (ground->pipeline));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 2);
}

static void
the_server_hears_of_what_is_delivered (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 3, .text = "a\n", .after = IB_AFTER_MOVE });
    deliver (ground, &(Letter){ .uid = 4, .text = "b\n" });
    take (ground, 4);
    g_assert_cmpuint (ground->due->len, ==, 1);
    const IbPending *pending = ground->due->pdata[0];
    g_assert_cmpuint (pending->uid, ==, 3);
    g_assert_cmpint (pending->verb, ==, IB_PENDING_MOVE);
    g_assert_cmpstr (pending->folder, ==, "Done");
}

/* Nothing can be written: a failure that sticks, is told to all, and is over once its cause is. */
static void
a_failure_sticks_and_loses_nothing (Ground *ground, gconstpointer data)
{
    g_autofree char *obstacle = g_build_filename (ground->folder, "Mail", "tmp", NULL);

    enter (ground, 1);
    g_assert_cmpint (g_rmdir (obstacle), ==, 0);
    g_assert_true (g_file_set_contents (obstacle, "", 0, NULL));
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    deliver (ground, &(Letter){ .uid = 2, .text = "b\n", .folder = "Other" });
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "failed 1;"));
    g_assert_nonnull (strstr (ground->heard->str, "failed 2;"));
    g_assert_nonnull (ib_pipeline_get_error (ground->pipeline));

    ib_pipeline_close (ground->pipeline);
    g_assert_cmpint (g_remove (obstacle), ==, 0);
    g_string_set_size (ground->heard, 0);
    open_pipeline (ground);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n", .folder = "Other" });
    deliver (ground, &(Letter){ .uid = 2, .text = "b\n" });
    wait_all (ground);
    g_assert_nonnull (strstr (ground->heard->str, "deliver 1;"));
    g_assert_nonnull (strstr (ground->heard->str, "deliver 2;"));
    g_assert_cmpuint (count_files (ground, "Mail/.Other/new"), ==, 1);
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
}

/* What a server serves to us out of our own Maildir; and whether it is that, cannot be told at this moment. */
static void
our_own_mail_is_no_news_if_it_cannot_be_read (Ground *ground, gconstpointer data)
{
    static const int numbers[] = { EIO, EMFILE };
    char id[IB_ID_LENGTH + 1];
    ib_story_imap_id ("work", "INBOX", 1, 7, id);
    g_autofree char *served = g_strdup_printf ("X-Inbasket-Id: %s\na\n", id);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 7, .text = "a\n" });
    wait_all (ground);
    for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++) {
        g_string_set_size (ground->heard, 0);
        g_atomic_int_set (&trouble_in_new, numbers[i]);
        deliver (ground, &(Letter){ .uid = 9, .text = served });
        wait_all (ground);
        g_atomic_int_set (&trouble_in_new, 0);
        g_assert_cmpstr (ground->heard->str, ==, "written 9;failed 9;");
        const GError *error = ib_pipeline_get_error (ground->pipeline);
        g_assert_nonnull (strstr (error->message, ground->path));

        ib_pipeline_close (ground->pipeline);
        open_pipeline (ground);
        enter (ground, 1);
    }
    g_string_set_size (ground->heard, 0);
    deliver (ground, &(Letter){ .uid = 9, .text = served });
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 9;recognized 9;");
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
}

/* Also what came after the Maildir was read for it. And it is noted, so that nobody asks for it at each poll. */
static void
our_own_mail_is_no_news_as_soon_as_it_is_here (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    enter (ground, 1);
    for (guint32 uid = 1; uid <= 2; uid++) {
        char id[IB_ID_LENGTH + 1];
        ib_story_imap_id ("work", "INBOX", 1, uid, id);
        g_autofree char *served = g_strdup_printf ("X-Inbasket-Id: %s\na\n", id);
        deliver (ground, &(Letter){ .uid = uid, .text = "a\n" });
        wait_all (ground);
        deliver (ground, &(Letter){ .uid = 10 + uid, .text = served });
        wait_all (ground);
    }
    g_assert_nonnull (strstr (ground->heard->str, "recognized 11;"));
    g_assert_nonnull (strstr (ground->heard->str, "recognized 12;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 2);

    ib_pipeline_close (ground->pipeline);
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (ground->paths->journal, &error);
    g_assert_no_error (error);
    g_autoptr (IbMailboxStand) stand = ib_journal_look (journal, "work", "INBOX", 1, NULL, false, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (stand->done->len, ==, 4);
    open_pipeline (ground);
}

static void
a_lost_journal_is_made_from_file_names (Ground *ground, gconstpointer data)
{
    g_autofree char *journal = g_strdup (ground->paths->journal);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    wait_all (ground);
    ib_pipeline_close (ground->pipeline);
    g_assert_cmpint (g_remove (journal), ==, 0);

    g_string_set_size (ground->heard, 0);
    open_pipeline (ground);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;recognized 1;");
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
    g_autoptr (IbPlacedFile) file = file_in_journal (ground);
    g_assert_cmpstr (file->mailbox, ==, "INBOX"); /* which no file's name tells */
}

/* What is known from the names of files, those of long ago too, is known from its server as well once it was met there; but
 * it stays on the server, whose number for it may have been another message's. */
static const struct {
    const char *name, *time;
} adoptions[] = {
    { "of-today", NULL },
    { "of-long-ago", "1000000000" },
};

static void
give_time (Ground *ground, const char *time)
{
    g_autofree char *moved
        = g_strdup_printf ("%s/Mail/new/%s%s", ground->folder, time, strstr (ground->path, ".M"));
    g_assert_cmpint (g_rename (ground->path, moved), ==, 0);
}

static void
an_adopted_message_is_known_where_it_was_met (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *journal = g_strdup (ground->paths->journal);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 3, .text = "a\n" });
    wait_all (ground);
    ib_pipeline_close (ground->pipeline);
    g_assert_cmpint (g_remove (journal), ==, 0);
    if (adoptions[i].time != NULL)
        give_time (ground, adoptions[i].time);

    open_pipeline (ground);
    g_string_set_size (ground->heard, 0);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 3, .text = "a\n", .after = IB_AFTER_MOVE });
    take (ground, 3);
    g_assert_cmpstr (ground->heard->str, ==, "written 3;recognized 3;");
    g_assert_cmpuint (ground->due->len, ==, 0);

    enter (ground, 2);
    deliver (ground, &(Letter){ .uid = 1, .uidvalidity = 2, .text = "a\n", .is_rematched = true });
    take (ground, 1);
    g_assert_nonnull (strstr (ground->heard->str, "recognized 1;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
}

/* Power was cut after the new journal was made and before it knew the first file. */
static void
a_rebuilding_that_was_cut_short_is_begun_again (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *journal = g_strdup (ground->paths->journal);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    wait_all (ground);
    ib_pipeline_close (ground->pipeline);
    g_assert_cmpint (g_remove (journal), ==, 0);
    ib_journal_close (ib_journal_open (journal, &error));
    g_assert_no_error (error);

    g_string_set_size (ground->heard, 0);
    open_pipeline (ground);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;recognized 1;");
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, 1);
}

static void
a_dry_run_changes_nothing (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *folder = g_strdup (ground->folder);
    ib_pipeline_close (ground->pipeline);
    remove_tree (ground->folder);
    g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);

    IbHome *home = ib_home_look (ground->paths, ground->config, &error);
    g_assert_no_error (error);
    ground->pipeline = ib_pipeline_new (home, true);
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "a\n" });
    take (ground, 1);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;deliver 1;");
    g_assert_cmpuint (ground->due->len, ==, 0);
    g_assert_cmpuint (count_files (ground, ""), ==, 0);
}

#define SHOW(function) g_test_add ("/pipeline/" #function, Ground, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    SHOW (a_message_becomes_a_file);
    SHOW (a_known_message_is_not_delivered_again);
    SHOW (a_message_given_twice_at_once_is_delivered_once);
    SHOW (a_renumbered_message_is_recognized_by_its_bytes);
    SHOW (what_no_filter_has_read_is_recognized_by_its_bytes);
    SHOW (what_no_filter_has_read_has_twins);
    SHOW (what_nobody_could_read_is_compared_with_files);
    SHOW (what_may_be_here_waits_for_a_filter);
    SHOW (a_renumbered_message_is_deleted_under_its_new_number);
    SHOW (a_message_that_returns_to_its_number_is_deleted_there);
    SHOW (a_twin_stays_where_it_can_be);
    SHOW (the_server_hears_of_what_is_delivered);
    SHOW (a_failure_sticks_and_loses_nothing);
    SHOW (our_own_mail_is_no_news_if_it_cannot_be_read);
    SHOW (our_own_mail_is_no_news_as_soon_as_it_is_here);
    SHOW (a_lost_journal_is_made_from_file_names);
    SHOW (a_rebuilding_that_was_cut_short_is_begun_again);
    SHOW (a_dry_run_changes_nothing);
    for (gsize i = 0; i < G_N_ELEMENTS (adoptions); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/an-adopted-message/", adoptions[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, an_adopted_message_is_known_where_it_was_met,
                    tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (twins); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/twins/", twins[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, twins_are_delivered_once, tear_down);
    }
    return g_test_run ();
}
