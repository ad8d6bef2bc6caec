/* The delivery thread: what is delivered, recognized, held, moved; what stays after a failure; what a dry run leaves. */
#include "fault.h"
#include "pipeline.h"
#include "story.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- a home of its own ------------------------------------------------------------------------------------ */

typedef struct {
    char *folder;
    IbPaths *paths;
    IbConfig *config;
    IbPipeline *pipeline;
    gint64 mailbox_key;
    GHashTable *former_ids;
    bool was_revalidated;
    /* What was heard. */
    GString *heard;
    char *path;
    GPtrArray *due;
    guint waiting;
} Ground;

static void
open_pipeline (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    IbHome *home = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    ground->pipeline = ib_pipeline_new (home, ground->config->deduplicates);
}

static void
set_up (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    ground->folder = g_dir_make_tmp ("inbasket-pipeline-XXXXXX", &error);
    g_assert_no_error (error);
    ground->paths = ib_paths_new (ground->folder);
    ground->config = ib_config_load (ground->paths, &error);
    g_assert_no_error (error);
    ground->heard = g_string_new (NULL);
    open_pipeline (ground);
}

static void
remove_tree (const char *path)
{
    GDir *dir = g_dir_open (path, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
        g_autofree char *child = g_build_filename (path, name, NULL);
        remove_tree (child);
    }
    g_clear_pointer (&dir, g_dir_close);
    (void) g_remove (path);
}

static void
tear_down (Ground *ground, gconstpointer data)
{
    ib_pipeline_close (ground->pipeline);
    ib_config_free (ground->config);
    ib_paths_free (ground->paths);
    remove_tree (ground->folder);
    g_string_free (ground->heard, TRUE);
    g_free (ground->folder);
    g_free (ground->path);
    g_clear_pointer (&ground->due, g_ptr_array_unref);
    g_clear_pointer (&ground->former_ids, g_hash_table_unref);
}

static void
wait_all (Ground *ground)
{
    while (ground->waiting > 0)
        g_main_context_iteration (NULL, TRUE);
}

/* --- messages --------------------------------------------------------------------------------------------- */

static void
on_written (const IbStory *story, gpointer user_data)
{
    g_string_append_printf (((Ground *) user_data)->heard, "written %u;", story->uid);
}

static void
on_delivered (const IbStory *story, const char *const *paths, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "%s %u;",
                            error != NULL ? "failed" : ib_story_action_name (story->action), story->uid);
    if (paths != NULL) {
        g_free (ground->path);
        ground->path = g_strdup (paths[0]);
    }
    ground->waiting--;
}

static void
on_recognized (const IbStory *story, const char *trouble, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "recognized %u;", story->uid);
    ground->waiting--;
}

static void
on_waits (const IbStory *story, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "waits %u;", story->uid);
    ground->waiting--;
}

typedef struct {
    guint32 uid;
    guint32 uidvalidity; /* 0: 1 */
    const char *text, *folder, *twin_key, *reasons;
    bool is_rematched, is_unread;
    IbAfter after;
} Letter;

static void
deliver (Ground *ground, const Letter *letter)
{
    static const IbPipelineEvents events = { on_written, on_delivered, on_recognized, on_waits };
    IbDeliveryPolicy policy = { .is_rematched = letter->is_rematched,
                                .is_unread = letter->is_unread,
                                .rule = { .after = letter->after },
                                .folder = "Done" };
    IbStory *story = ib_story_new ();
    IbPlan *plan = ib_plan_new ();
    gsize length = strlen (letter->text);
    int fd = memfd_create ("letter", MFD_CLOEXEC);

    const gsize offset = 3; /* something stands before it in its bag */
    g_assert_cmpint (pwrite (fd, letter->text, length, offset), ==, (gssize) length);
    ib_story_imap_id ("work", "INBOX", MAX (letter->uidvalidity, 1), letter->uid, story->id);
    if (ground->former_ids != NULL && g_hash_table_contains (ground->former_ids, story->id)) {
        policy.former_id = g_intern_string (story->id);
        ib_story_later_id (policy.former_id, 1, story->id);
    }
    story->account = g_strdup ("work");
    story->mailbox = g_strdup ("INBOX");
    story->mailbox_key = ground->mailbox_key;
    story->uid = letter->uid;
    story->size_bytes = length;
    story->verdict = g_strdup ("unsure");
    story->reasons = g_strdup (letter->reasons != NULL ? letter->reasons : "");
    story->rule = g_strdup ("");
    story->twin_key = g_strdup (letter->twin_key);
    story->message_id = g_strdup ("");
    story->from = g_strdup ("");
    story->subject = g_strdup ("");
    story->note = g_strdup ("");
    (void) ib_story_add_file (story, letter->folder != NULL ? letter->folder : "INBOX", "");
    ib_plan_append_literal (plan, "X-Inbasket-Id: here\n");
    ib_plan_append_range (plan, 0, length);
    ground->waiting++;
    ib_pipeline_expect (ground->pipeline);
    ib_pipeline_deliver (ground->pipeline, story, plan, ib_bag_new (fd), offset, &policy, &events, ground);
}

static void
on_stand (IbMailboxStand *stand, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    ground->mailbox_key = stand->key;
    ground->was_revalidated = stand->was_revalidated;
    g_clear_pointer (&ground->former_ids, g_hash_table_unref);
    ground->former_ids = g_steal_pointer (&stand->former_ids);
    ib_mailbox_stand_free (stand);
    ground->waiting--;
}

static void
enter (Ground *ground, guint32 uidvalidity)
{
    ground->waiting++;
    ib_pipeline_enter (ground->pipeline, "work", "INBOX", uidvalidity, NULL, false, on_stand, ground);
    wait_all (ground);
}

static void
on_due (GPtrArray *due, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    g_clear_pointer (&ground->due, g_ptr_array_unref);
    ground->due = due;
    ground->waiting--;
}

static void
take (Ground *ground, guint32 highest_uid)
{
    ground->waiting++;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, highest_uid, NULL, 0,
                       g_get_real_time () / G_USEC_PER_SEC, on_due, ground);
    wait_all (ground);
}

static guint
count_files (Ground *ground, const char *below)
{
    g_autofree char *path = g_build_filename (ground->folder, below, NULL);
    GDir *dir = g_dir_open (path, 0, NULL);
    guint count = 0;
    while (dir != NULL && g_dir_read_name (dir) != NULL)
        count++;
    g_clear_pointer (&dir, g_dir_close);
    return count;
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
    bool is_read;      /* a mail client has moved the first to cur/ meanwhile */
    guint inbox, junk; /* files in new/ in the end */
} twins[] = {
    { "one-batch",
      true,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      false,
      1,
      0 },
    { "two-batches",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      false,
      1,
      0 },
    { "the-better-informed-decides",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      false,
      0,
      1 },
    { "the-better-informed-decides-in-one-batch",
      true,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      false,
      0,
      1 },
    { "the-better-informed-came-first",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      { .uid = 2, .text = "a\n", .twin_key = "k" },
      false,
      0,
      1 },
    { "what-was-read-stays",
      false,
      { .uid = 1, .text = "a\n", .twin_key = "k" },
      { .uid = 2, .text = "a\n", .twin_key = "k", .folder = "Junk", .reasons = "provider-mark" },
      true,
      0,
      0 },
};

static void
read_it (Ground *ground)
{
    g_autofree char *name = g_path_get_basename (ground->path);
    g_autofree char *moved = g_strdup_printf ("%s/Mail/cur/%s:2,S", ground->folder, name);
    g_assert_cmpint (g_rename (ground->path, moved), ==, 0);
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
    if (twins[i].is_read)
        read_it (ground);
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
    g_assert_cmpuint (count_files (ground, "Mail/cur"), ==, twins[i].is_read ? 1 : 0);
    g_assert_cmpuint (count_files (ground, "state/held"), ==, 1);
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

/* --- the home on loan ------------------------------------------------------------------------------------- */

static IbHome *borrowed;

static void
on_borrowed (IbHome *home, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    borrowed = home;
    g_string_append (ground->heard, error != NULL ? "no loan;" : "loan;");
    ground->waiting--;
}

static void
a_borrowed_home_has_all_that_came_and_takes_nothing_more (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "Subject: one\n\n" });
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;deliver 1;loan;");

    char id[IB_ID_LENGTH + 1];
    ib_story_imap_id ("work", "INBOX", 1, 1, id);
    g_assert_true (ib_journal_has (borrowed->journal, id, &error));
    deliver (ground, &(Letter){ .uid = 2, .text = "Subject: two\n\n" });
    for (guint i = 0; i < 20; i++) {
        g_usleep (1000);
        g_main_context_iteration (NULL, FALSE);
    }
    ib_story_imap_id ("work", "INBOX", 1, 2, id);
    g_assert_false (ib_journal_has (borrowed->journal, id, &error));
    g_assert_no_error (error);

    ib_pipeline_give_back (ground->pipeline);
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;deliver 1;loan;written 2;deliver 2;");
}

static void
on_taken (GPtrArray *due, const GError *error, gpointer user_data)
{
    g_string_append (((Ground *) user_data)->heard, "taken;");
    on_due (due, error, user_data);
}

static void
on_noted (const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    g_string_append (ground->heard, "noted;");
    ground->waiting--;
}

/* What another process would find after a crash now. */
static guint32
read_low_water (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbJournal) beside = ib_journal_open_read_only (ground->paths->journal, &error);
    g_assert_no_error (error);
    g_autoptr (IbMailboxStand) stand = ib_journal_look (beside, "work", "INBOX", 1, NULL, false, &error);
    g_assert_no_error (error);
    return stand->low_water;
}

/* One account is through while another's message is still on its way: both wait for the disk together. */
static void
the_end_of_a_poll_waits_for_the_batch (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed,
                        ground); /* so that all that follows is there at once */
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 1, .text = "Subject: one\n\n" });
    ground->waiting += 2;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, 1, NULL, 0, 0, on_taken, ground);
    ib_pipeline_note_poll (ground->pipeline, "work", 0, "ok", "", true, on_noted, ground);
    deliver (ground, &(Letter){ .uid = 2, .text = "Subject: two\n\n" });
    ib_pipeline_give_back (ground->pipeline);
    wait_all (ground);
    /* The files are written side by side. */
    g_assert_true (g_str_has_prefix (ground->heard->str, "loan;written 1;written 2;")
                   || g_str_has_prefix (ground->heard->str, "loan;written 2;written 1;"));
    g_assert_true (g_str_has_suffix (ground->heard->str, ";deliver 1;deliver 2;taken;noted;"));
    g_assert_cmpuint (ground->heard->len, ==,
                      strlen ("loan;written 1;written 2;deliver 1;deliver 2;taken;noted;"));
    g_assert_cmpuint (read_low_water (ground), ==, 1);
}

/* More than two batches. */
#define HEAP 600

/* All are there at once, and more is expected meanwhile: while one batch is brought to stable storage the next one gathers. */
static void
deliver_heap (Ground *ground, guint same, guint twin)
{
    enter (ground, 1);
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    ib_pipeline_expect (ground->pipeline);
    for (guint uid = 1; uid <= HEAP; uid++) {
        g_autofree char *key = g_strdup_printf ("key %u", uid == twin ? 1 : uid);
        deliver (ground,
                 &(Letter){ .uid = uid == same ? 2 : uid, .text = "Subject: one\n\n", .twin_key = key });
    }
    ib_pipeline_give_back (ground->pipeline);
}

/* @same is a message that was given before, @twin a copy of the first one: of a batch, or of the one that is not delivered
 * yet while theirs gathers. */
static const struct {
    const char *name;
    guint same, twin;
} heaps[] = {
    { "in-the-next-batch", 257, 258 },
    { "in-the-last-batch", 599, 600 },
};

static void
batches_follow_one_another (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *twin = g_strdup_printf ("duplicate %u;", heaps[i].twin);
    deliver_heap (ground, heaps[i].same, heaps[i].twin);
    ground->waiting++;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, HEAP, NULL, 0, 0, on_taken, ground);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);

    g_assert_nonnull (strstr (ground->heard->str, "recognized 2;"));
    g_assert_nonnull (strstr (ground->heard->str, twin));
    g_assert_true (g_str_has_suffix (ground->heard->str, ";taken;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, HEAP - 2);
    g_assert_cmpuint (count_files (ground, "Mail/tmp"), ==, 0);
    g_assert_cmpuint (count_files (ground, "state/held"), ==, 1);
    g_assert_cmpuint (read_low_water (ground), ==, HEAP);
}

/* In the first batch or a later one: what was delivered before stays, what is behind it is left to the server. */
static const struct {
    const char *fault;
    guint delivered;
} heap_faults[] = {
    { "delivery.write:3:EIO", 0 },
    { "delivery.sync:3:EIO", 0 },
    { "delivery.rename:1:EROFS", 0 },
    { "journal.intend:2:EIO", 256 },
};

static void
a_batch_that_fails_takes_those_behind_it_along (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    ib_fault_set (heap_faults[i].fault);
    deliver_heap (ground, 0, 0);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (ground->heard->str, "failed 600;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, heap_faults[i].delivered);
    g_assert_cmpuint (count_files (ground, "Mail/tmp"), ==, 0);

    ib_pipeline_close (ground->pipeline);
    open_pipeline (ground);
    deliver_heap (ground, 0, 0);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, HEAP);
}

/* A batch of which nothing had to be written leaves nothing behind that the next one's sync would be satisfied with. */
static void
what_comes_behind_a_known_batch_is_synced (Ground *ground, gconstpointer data)
{
    deliver_heap (ground, 0, 0);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    deliver_heap (ground, 0, 0);
    ib_pipeline_unexpect (ground->pipeline);
    ib_fault_set ("delivery.sync:1:EIO");
    deliver (ground, &(Letter){ .uid = HEAP + 1, .text = "Subject: new\n\n" });
    wait_all (ground);
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (ground->heard->str, "recognized 512;"));
    g_assert_nonnull (strstr (ground->heard->str, "failed 601;"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, HEAP);
    g_assert_cmpuint (count_files (ground, "Mail/tmp"), ==, 0);
}

/* An account is through while another's mail goes on and on: its end waits for what came before, not for all of that. */
static void
an_end_waits_for_its_own_batch_only (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    ib_pipeline_expect (ground->pipeline);
    for (guint uid = 1; uid <= HEAP; uid++) {
        deliver (ground, &(Letter){ .uid = uid, .text = "Subject: one\n\n" });
        if (uid != 1)
            continue;
        ground->waiting++;
        ib_pipeline_taken (ground->pipeline, ground->mailbox_key, 1, NULL, 0, 0, on_taken, ground);
    }
    ib_pipeline_give_back (ground->pipeline);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    const char *taken = strstr (ground->heard->str, ";taken;");
    g_assert_nonnull (taken);
    g_assert_true (taken > strstr (ground->heard->str, "deliver 256;"));
    g_assert_true (taken < strstr (ground->heard->str, "deliver 257;"));
}

static void
on_lent (const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append (ground->heard, error != NULL ? "not lent;" : "lent;");
    ground->waiting--;
}

static IbHome *
open_again (gpointer user_data, GError **error)
{
    Ground *ground = user_data;
    return ib_home_open (ground->paths, ground->config, g_get_real_time (), error);
}

static void
lend (Ground *ground)
{
    ground->waiting++;
    ib_pipeline_lend (ground->pipeline, open_again, on_lent, ground);
    wait_all (ground);
}

static void
another_may_work_on_a_home_that_is_lent (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    enter (ground, 1);
    deliver (ground, &(Letter){ .uid = 1, .text = "Subject: one\n\n" });
    lend (ground);
    g_autoptr (IbHome) other = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    deliver (ground, &(Letter){ .uid = 2, .text = "Subject: two\n\n" });
    ib_home_close (g_steal_pointer (&other));
    ib_pipeline_give_back (ground->pipeline);
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "written 1;deliver 1;lent;written 2;deliver 2;");
}

/* It is not waited for: whoever keeps the home has it, and what comes stays on its server. */
static void
a_home_that_does_not_come_back_is_a_failure_of_the_store (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    enter (ground, 1);
    lend (ground);
    g_autoptr (IbHome) other = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    ib_pipeline_give_back (ground->pipeline);
    deliver (ground, &(Letter){ .uid = 1, .text = "Subject: one\n\n" });
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    g_assert_cmpstr (ground->heard->str, ==, "lent;written 1;failed 1;no loan;");
    g_assert_null (borrowed);
    g_assert_nonnull (ib_pipeline_get_error (ground->pipeline));
}

static void
a_pipeline_that_is_closed_takes_back_what_it_lent (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    enter (ground, 1);
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    deliver (ground, &(Letter){ .uid = 1, .text = "Subject: one\n\n" });
    ib_pipeline_close (ground->pipeline);
    g_assert_cmpuint (ground->waiting, ==, 0);
    g_assert_cmpstr (ground->heard->str, ==, "loan;written 1;deliver 1;");
    open_pipeline (ground);
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
    SHOW (a_lost_journal_is_made_from_file_names);
    SHOW (a_rebuilding_that_was_cut_short_is_begun_again);
    SHOW (a_dry_run_changes_nothing);
    SHOW (a_borrowed_home_has_all_that_came_and_takes_nothing_more);
    SHOW (the_end_of_a_poll_waits_for_the_batch);
    SHOW (what_comes_behind_a_known_batch_is_synced);
    SHOW (an_end_waits_for_its_own_batch_only);
    SHOW (another_may_work_on_a_home_that_is_lent);
    SHOW (a_home_that_does_not_come_back_is_a_failure_of_the_store);
    SHOW (a_pipeline_that_is_closed_takes_back_what_it_lent);
    for (gsize i = 0; i < G_N_ELEMENTS (adoptions); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/an-adopted-message/", adoptions[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, an_adopted_message_is_known_where_it_was_met,
                    tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (twins); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/twins/", twins[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, twins_are_delivered_once, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (heaps); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/batches-follow-one-another/", heaps[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, batches_follow_one_another, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (heap_faults); i++) {
        g_autofree char *path = g_strconcat ("/pipeline/a-batch-that-fails/", heap_faults[i].fault, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up,
                    a_batch_that_fails_takes_those_behind_it_along, tear_down);
    }
    return g_test_run ();
}
