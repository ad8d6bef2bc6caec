/* The delivery thread: who waits for whom - messages for their batch, polls for messages, and all of them for a home on loan. */
#include "pipeline-ground.h"
#include "pipeline-private.h"

#include "fault.h"

/* --- the disk --------------------------------------------------------------------------------------------- */

static GMutex disk;
static GCond disk_released;
static bool is_disk_held; /* nothing is brought to stable storage */

static void
hold_disk (bool is_held)
{
    g_mutex_lock (&disk);
    is_disk_held = is_held;
    g_cond_broadcast (&disk_released);
    g_mutex_unlock (&disk);
}

/* Stands before libc's. */
int
fsync (int fd)
{
    g_mutex_lock (&disk);
    while (is_disk_held)
        g_cond_wait (&disk_released, &disk);
    g_mutex_unlock (&disk);
    return 0;
}

/* Until no more than @left jobs wait for the delivery thread; -1: until it waits for them. */
static void
wait_for_thread (Ground *ground, gint left)
{
    while (g_async_queue_length (ground->pipeline->jobs) > left)
        g_thread_yield ();
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

/* While the data of one are still on their way, the next one is full. */
static void
a_full_batch_waits_for_the_one_before (Ground *ground, gconstpointer data)
{
    hold_disk (true);
    deliver_heap (ground, 0, 0);
    wait_for_thread (ground, HEAP - 2 * 256);
    hold_disk (false);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    g_assert_null (strstr (ground->heard->str, "failed"));
    g_assert_cmpuint (count_files (ground, "Mail/new"), ==, HEAP);
}

/* Noted sooner it would count as taken, and be lost if it never came to be delivered. */
static void
an_end_waits_for_what_gathers_behind_a_full_batch (Ground *ground, gconstpointer data)
{
    enter (ground, 1);
    ground->waiting++;
    ib_pipeline_borrow (ground->pipeline, on_borrowed, ground);
    wait_all (ground);
    ib_pipeline_expect (ground->pipeline);
    hold_disk (true);
    for (guint uid = 1; uid <= 256 + 1; uid++)
        deliver (ground, &(Letter){ .uid = uid, .text = "Subject: one\n\n" });
    ground->waiting++;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, 256 + 1, NULL, 0, 0, on_taken, ground);
    ib_pipeline_give_back (ground->pipeline);
    wait_for_thread (ground, -1);
    hold_disk (false);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    g_assert_true (g_str_has_suffix (ground->heard->str, "deliver 257;taken;"));
}

static void
on_not_taken (GPtrArray *due, const GError *error, gpointer user_data)
{
    g_assert_true (error != NULL && due == NULL);
    ((Ground *) user_data)->waiting--;
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
    ground->waiting++;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, HEAP, NULL, 0, 0, on_not_taken, ground);
    ib_pipeline_unexpect (ground->pipeline);
    wait_all (ground);
    ib_fault_set (NULL);
    g_assert_nonnull (strstr (ground->heard->str, "failed 600;"));
    g_assert_cmpuint (read_low_water (ground), ==, 0);
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

#define SHOW(function) g_test_add ("/pipeline-batches/" #function, Ground, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    SHOW (a_borrowed_home_has_all_that_came_and_takes_nothing_more);
    SHOW (the_end_of_a_poll_waits_for_the_batch);
    SHOW (what_comes_behind_a_known_batch_is_synced);
    SHOW (an_end_waits_for_its_own_batch_only);
    SHOW (an_end_waits_for_what_gathers_behind_a_full_batch);
    SHOW (a_full_batch_waits_for_the_one_before);
    SHOW (another_may_work_on_a_home_that_is_lent);
    SHOW (a_home_that_does_not_come_back_is_a_failure_of_the_store);
    SHOW (a_pipeline_that_is_closed_takes_back_what_it_lent);
    for (gsize i = 0; i < G_N_ELEMENTS (heaps); i++) {
        g_autofree char *path = g_strconcat ("/pipeline-batches/batches-follow-one-another/", heaps[i].name, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up, batches_follow_one_another, tear_down);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (heap_faults); i++) {
        g_autofree char *path = g_strconcat ("/pipeline-batches/a-batch-that-fails/", heap_faults[i].fault, NULL);
        g_test_add (path, Ground, GSIZE_TO_POINTER (i), set_up,
                    a_batch_that_fails_takes_those_behind_it_along, tear_down);
    }
    return g_test_run ();
}
