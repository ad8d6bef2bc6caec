/* The journal: what it notes is there after reopening, an error leaves it as it was, and it forgets nothing it
 * needs. */
#include "history.h"

#include "fault.h"
#include "journal-ground.h"
#include "journal-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static void
assert_uids (GArray *uids, guint count, const guint32 *expected)
{
    g_assert_cmpmem (uids->data, uids->len * sizeof (guint32), expected, count * sizeof (guint32));
}

static bool
gather (const IbHistoryRow *row, gpointer user_data)
{
    g_string_append_printf (user_data, "%u:%s ", row->story->uid,
                            row->story->files->len == 0
                                ? ""
                                : ((IbStoryFile *) g_ptr_array_index (row->story->files, 0))->folder);
    return true;
}

static char *
history (Ground *ground, const IbHistoryQuery *query)
{
    g_autoptr (GError) error = NULL;
    GString *text = g_string_new (NULL);
    g_assert_true (ib_history_read (ground->journal, query, gather, text, &error));
    g_assert_no_error (error);
    return g_string_free (text, FALSE);
}

/* --- a batch's way ---------------------------------------------------------------------------------------- */

static void
intent_comes_back_whole (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    IbStory *story = make_story (key_of (ground, "INBOX", 7), 3, NULL, "Lists.foo");
    story->twin_of = g_strdup ("00112233445566778899aabbccddeeff");
    story->twin_key = g_strdup ("key");
    story->content_digest = g_strdup ("digest");
    story->action = IB_STORY_DUPLICATE;
    ib_story_add_file (story, "Other", "")->name = g_strdup ("second");
    g_ptr_array_add (batch, story);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    reopen (ground);

    g_autoptr (GPtrArray) stories = ib_journal_unfinished (ground->journal, NULL);
    g_assert_cmpuint (stories->len, ==, 1);
    const IbStory *got = g_ptr_array_index (stories, 0);
    g_assert_cmpstr (got->id, ==, story->id);
    g_assert_cmpstr (got->account, ==, "home");
    g_assert_cmpstr (got->mailbox, ==, "INBOX");
    g_assert_cmpint (got->mailbox_key, ==, story->mailbox_key);
    g_assert_cmpuint (got->uid, ==, 3);
    g_assert_null (got->uidl);
    g_assert_cmpuint (got->size_bytes, ==, 10);
    g_assert_cmpint (got->internal_date_s, ==, story->internal_date_s);
    g_assert_cmpint (got->delivered_at, ==, story->delivered_at);
    g_assert_cmpint (got->action, ==, IB_STORY_DUPLICATE);
    g_assert_cmpstr (got->verdict, ==, "unsure");
    g_assert_true (isnan (got->probability));
    g_assert_cmpstr (got->reasons, ==, "a,b");
    g_assert_cmpstr (got->rule, ==, story->rule);
    g_assert_cmpstr (got->twin_key, ==, "key");
    g_assert_cmpstr (got->twin_of, ==, story->twin_of);
    g_assert_cmpstr (got->content_digest, ==, "digest");
    g_assert_cmpstr (got->message_id, ==, story->message_id);
    g_assert_cmpstr (got->from, ==, story->from);
    g_assert_cmpstr (got->subject, ==, story->subject);
    g_assert_cmpstr (got->entry_host, ==, "out.example.net");
    g_assert_cmpstr (got->entry_ip, ==, "2001:db8::1");
    g_assert_cmpstr (got->relay, ==, "relay.example.org");
    g_assert_cmpstr (got->mx, ==, "beside");
    g_assert_cmpstr (got->server_filter, ==, "passed");
    g_assert_cmpstr (got->recipient, ==, "a-former@example.com");
    g_assert_cmpuint (got->files->len, ==, 2);
    const IbStoryFile *file = g_ptr_array_index (got->files, 0);
    g_assert_cmpstr (file->folder, ==, "Lists.foo");
    g_assert_cmpstr (file->info, ==, "2,S");
    file = g_ptr_array_index (got->files, 1);
    g_assert_cmpstr (file->name, ==, "second");
}

static void
delivered_is_a_note (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 3);
    g_autoptr (GPtrArray) next = make_batch (key, 4, 1);
    IbStory *first = g_ptr_array_index (batch, 0);

    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_false (ib_journal_has (ground->journal, first->id, NULL));
    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_assert_true (ib_journal_has (ground->journal, first->id, NULL));
    reopen (ground);
    g_assert_cmpuint (count_unfinished (ground), ==, 3);

    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_assert_true (ib_journal_intend (ground->journal, next, NULL));
    reopen (ground);
    g_assert_cmpuint (count_unfinished (ground), ==, 1);
    g_assert_true (ib_journal_has (ground->journal, first->id, NULL));
}

/* A mail client moved the file before we could note that it was delivered. */
static void
completion_takes_the_found_names (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 1);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    reopen (ground);

    g_autoptr (GPtrArray) stories = ib_journal_unfinished (ground->journal, NULL);
    IbStoryFile *file = g_ptr_array_index (((IbStory *) g_ptr_array_index (stories, 0))->files, 0);
    g_free (file->folder);
    file->folder = g_strdup ("Archive");
    g_assert_true (ib_journal_delivered (ground->journal, stories, NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    reopen (ground);
    g_assert_cmpuint (count_unfinished (ground), ==, 0);
    g_autofree char *text = history (ground, &(IbHistoryQuery){ 0 });
    g_assert_cmpstr (text, ==, "1:Archive ");
}

static void
forgotten_may_be_intended_again (Ground *ground, gconstpointer data)
{
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 2);
    const IbStory *first = g_ptr_array_index (batch, 0);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_forget (ground->journal, first->id, NULL));
    g_assert_cmpuint (count_unfinished (ground), ==, 1);

    /* The one forgotten, and the one not. */
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_cmpuint (count_unfinished (ground), ==, 2);
    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_assert_cmpuint (count_unfinished (ground), ==, 0);
    g_assert_true (ib_journal_forget (ground->journal, first->id, NULL));
    g_assert_true (ib_journal_has (ground->journal, first->id, NULL));
}

static void
delivered_is_not_intended_again (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 2);
    deliver (ground, batch);
    g_assert_false (ib_journal_intend (ground->journal, batch, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS);
}

/* All or none: what was written of it before is taken back, and is not in the next commit. */
static void
refused_batch_leaves_nothing (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) known = make_batch (key, 3, 1), batch = make_batch (key, 1, 3), next = make_batch (key, 4, 1);
    deliver (ground, known);
    g_assert_false (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_intend (ground->journal, next, NULL));
    reopen (ground);
    g_assert_cmpuint (count_unfinished (ground), ==, 1);
}

static const char *const points[] = { "journal.intend", "journal.commit", "journal.delivered" };

static bool
whole_way (Ground *ground, GPtrArray *batch, GError **error)
{
    return ib_journal_intend (ground->journal, batch, error) &&
           ib_journal_delivered (ground->journal, batch, error) && ib_journal_flush (ground->journal, error);
}

static void
error_leaves_it_as_before (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    for (guint n = 1; n <= 2; n++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (GPtrArray) batch = make_batch (key, 10 * n, 5);
        g_autofree char *spec = g_strdup_printf ("%s:1:ENOSPC", (const char *) data);
        ib_fault_set (spec);
        g_assert_false (whole_way (ground, batch, &error));
        ib_fault_set (NULL);
        g_assert_error (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_WRITE);
        g_assert_nonnull (strstr (error->message, ground->path));

        /* None of them is delivered, and the same batch goes its way once there is room. */
        for (guint i = 0; i < batch->len; i++)
            g_assert_false (ib_journal_has (ground->journal, ((IbStory *) g_ptr_array_index (batch, i))->id, NULL));
        g_assert_true (whole_way (ground, batch, NULL));
        g_assert_cmpuint (count_unfinished (ground), ==, 0);
    }
}

/* --- where a mailbox stands -------------------------------------------------------------------------------- */

/* It would never be asked for again, should its file not get its name. */
static void
intended_is_not_done (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 2);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_autoptr (IbMailboxStand) before = enter (ground, "INBOX", 7);
    g_assert_cmpuint (before->done->len, ==, 0);
    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_autoptr (IbMailboxStand) after = enter (ground, "INBOX", 7);
    assert_uids (after->done, 2, (guint32[]){ 1, 2 });
}

/* A mailbox of which only the newest are wanted has a hundred thousand others. */
static void
unwanted_is_forgotten_below_the_low_water (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    for (guint32 uid = 1; uid <= 9; uid++)
        g_assert_true (ib_journal_pass_over (ground->journal, key, uid, NULL, 0, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 6, NULL, 0, NULL));
    g_assert_cmpint (ib_db_number (ground->journal->db, -1, "SELECT count (*) FROM unfetched", ""), ==, 3);
}

static void
low_water_rises (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 5, 2);
    deliver (ground, batch);
    g_assert_true (ib_journal_pass_over (ground->journal, key, 3, NULL, 0, NULL));
    g_assert_true (ib_journal_open_message (ground->journal, key, 4, NULL, 999, IB_OPEN_TOO_LARGE, "", NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    reopen (ground);

    g_autoptr (IbMailboxStand) before = enter (ground, "INBOX", 7);
    g_assert_true (before->is_new);
    g_assert_cmpuint (before->low_water, ==, 0);
    assert_uids (before->done, 3, (guint32[]){ 3, 5, 6 });
    assert_uids (before->open, 1, (guint32[]){ 4 });

    g_assert_true (ib_journal_taken (ground->journal, key, 6, NULL, 0, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 2, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) after = enter (ground, "INBOX", 7);
    g_assert_false (after->is_new);
    g_assert_false (after->was_revalidated);
    g_assert_cmpuint (after->low_water, ==, 6);
    assert_uids (after->done, 0, NULL);
    assert_uids (after->open, 1, (guint32[]){ 4 });

    /* The open one is fetched after all; another turns out to be gone. */
    deliver_story (ground, make_story (key, 4, NULL, "INBOX"));
    g_autoptr (IbMailboxStand) last = enter (ground, "INBOX", 7);
    assert_uids (last->open, 0, NULL);
}

/* It is open until it is here or gone, wherever the low water is: where what has just come was asked for alone, it was not. */
static void
what_waits_for_a_filter_is_known (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_assert_true (ib_journal_open_message (ground->journal, key, 3, NULL, 999, IB_OPEN_TOO_LARGE, "", NULL));
    for (guint32 uid = 4; uid <= 6; uid++)
        g_assert_true (ib_journal_open_message (ground->journal, key, uid, NULL, 999, IB_OPEN_WAITS, "", NULL));
    deliver_story (ground, make_story (key, 4, NULL, "INBOX"));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 5, NULL, 0, NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    reopen (ground);
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 7);
    assert_uids (stand->waiting, 1, (guint32[]){ 6 });
    assert_uids (stand->open, 2, (guint32[]){ 3, 6 });
    g_assert_true (ib_journal_taken (ground->journal, key, 6, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) after = enter (ground, "INBOX", 7);
    assert_uids (after->waiting, 1, (guint32[]){ 6 });
    assert_uids (after->open, 2, (guint32[]){ 3, 6 });
    g_assert_true (ib_journal_pass_over (ground->journal, key, 6, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) last = enter (ground, "INBOX", 7);
    assert_uids (last->open, 1, (guint32[]){ 3 });
}

static void
largest_uids_fit (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", G_MAXUINT32);
    deliver_story (ground, make_story (key, G_MAXUINT32, NULL, "INBOX"));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", G_MAXUINT32);
    assert_uids (stand->done, 1, (guint32[]){ G_MAXUINT32 });
    g_assert_cmpint (stand->key, ==, key);
    g_assert_true (ib_journal_taken (ground->journal, key, G_MAXUINT32, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) after = enter (ground, "INBOX", G_MAXUINT32);
    g_assert_cmpuint (after->low_water, ==, G_MAXUINT32);
}

static void
uidvalidity_changes (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    IbStory *story = make_story (key, 5, NULL, "INBOX");
    char id[IB_ID_LENGTH + 1];
    g_strlcpy (id, story->id, sizeof id);
    story->content_digest = g_strdup ("digest");
    deliver_story (ground, story);
    g_assert_true (ib_journal_plan_pending (ground->journal, id, IB_PENDING_DELETE, NULL, 0, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 5, NULL, 0, NULL));

    for (guint32 uidvalidity = 8; uidvalidity <= 10; uidvalidity++) {
        g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", uidvalidity);
        g_assert_cmpint (stand->key, !=, key);
        g_assert_true (stand->was_revalidated);
        g_assert_false (stand->is_new);
        g_assert_cmpuint (stand->low_water, ==, 0);
        assert_uids (stand->done, 0, NULL);

        /* Nothing may be done by the old numbers, and the bytes are known. */
        g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
        g_assert_cmpuint (due->len, ==, 0);
        IbTwin twin = { 0 };
        g_assert_true (ib_journal_find_content (ground->journal, stand->key, "digest", 10, 0, &twin, NULL));
        g_assert_cmpstr (twin.id, ==, id);
        g_assert_cmpstr (twin.folder, ==, "INBOX");
        ib_twin_clear (&twin);
        g_assert_false (ib_journal_find_content (ground->journal, stand->key, "digest", 11, 0, &twin, NULL));
        g_assert_false (ib_journal_find_content (ground->journal, key, "digest", 10, 0, &twin, NULL));

        /* A crash before all was taken changes nothing. */
        reopen (ground);
        g_autoptr (IbMailboxStand) again = enter (ground, "INBOX", uidvalidity);
        g_assert_true (again->was_revalidated);
        g_assert_true (ib_journal_pass_over (ground->journal, stand->key, 1, NULL, 0, NULL));
        g_assert_true (ib_journal_taken (ground->journal, stand->key, 1, NULL, 0, NULL));
        g_autoptr (IbMailboxStand) settled = enter (ground, "INBOX", uidvalidity);
        g_assert_false (settled->was_revalidated);
    }

    /* Back to the first numbers: what was delivered under them is done. */
    g_autoptr (IbMailboxStand) back = enter (ground, "INBOX", 7);
    g_assert_cmpint (back->key, ==, key);
    g_assert_true (back->was_revalidated);
    assert_uids (back->done, 1, (guint32[]){ 5 });
}

/* What was noted by numbers means nothing where they are dealt out anew, also if a server comes back to the UIDVALIDITY of
 * before. */
static void
what_was_open_goes_with_its_numbers (Ground *ground, gconstpointer data)
{
    for (gsize is_restarted = 0; is_restarted < 2; is_restarted++) {
        const char *mailbox = is_restarted ? "A" : "B";
        gint64 key = key_of (ground, mailbox, 7);
        g_assert_true (ib_journal_open_message (ground->journal, key, 9, NULL, 999, IB_OPEN_TOO_LARGE, "", NULL));
        g_assert_true (ib_journal_pass_over (ground->journal, key, 8, NULL, 0, NULL));
        if (is_restarted)
            g_assert_true (ib_journal_restarted (ground->journal, "home", mailbox, NULL));
        else
            g_assert_cmpint (key_of (ground, mailbox, 8), !=, key);
        g_autoptr (IbMailboxStand) stand = enter (ground, mailbox, 7);
        g_assert_cmpint (stand->key, ==, key);
        assert_uids (stand->open, 0, NULL);
        assert_uids (stand->done, 0, NULL);
    }
}

/* A server that was restored from a backup has lost the copy, too. */
static void
a_copy_of_before_is_made_again (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    IbStory *story = make_story (key, 3, NULL, "INBOX");
    story->after = IB_STORY_MOVE;
    story->after_folder = g_strdup ("Old");
    story->content_digest = g_strdup ("digest");
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, story);
    deliver (ground, batch);
    g_assert_true (ib_journal_copied (ground->journal, key, (guint32[]){ 3 }, 1, NULL));
    g_assert_true (ib_journal_restarted (ground->journal, "home", "INBOX", NULL));
    g_autoptr (GPtrArray) none = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
    g_assert_cmpuint (none->len, ==, 0);

    bool has_returned = false;
    story->uid = 2;
    g_assert_true (ib_journal_returned (ground->journal, story->id, story, &has_returned, NULL));
    g_assert_true (has_returned);
    g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
    g_assert_cmpuint (due->len, ==, 1);
    g_assert_cmpuint (((const IbPending *) due->pdata[0])->uid, ==, 2);
    g_assert_false (((const IbPending *) due->pdata[0])->is_copied);
}

/* Of the numbers between two polls; a copy of what is here, or what is left on the server, is none. */
static void
what_was_not_shown_is_a_gap (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) first = make_batch (key, 3, 2), next = make_batch (key, 10, 3), far = make_batch (key, 40, 1);
    deliver (ground, first);
    g_assert_true (ib_journal_open_message (ground->journal, key, 5, NULL, 0, IB_OPEN_NOT_SHOWN, "", NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 6, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) begun = enter (ground, "INBOX", 7);
    assert_uids (begun->gaps, 1, (guint32[]){ 5 });
    assert_uids (begun->open, 0, NULL);

    deliver (ground, next);
    g_assert_true (ib_journal_open_message (ground->journal, key, 8, NULL, 999, IB_OPEN_TOO_LARGE, "", NULL));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 9, NULL, 0, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 14, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 7);
    assert_uids (stand->gaps, 4, (guint32[]){ 5, 7, 13, 14 });
    assert_uids (stand->open, 1, (guint32[]){ 8 });

    g_autoptr (GPtrArray) late = make_batch (key, 7, 1);
    deliver (ground, late);
    deliver (ground, far);
    g_assert_true (ib_journal_taken (ground->journal, key, 40, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) last = enter (ground, "INBOX", 7);
    assert_uids (last->gaps, 3, (guint32[]){ 5, 13, 14 }); /* and none of twenty-five */
    g_assert_true (ib_journal_restarted (ground->journal, "home", "INBOX", NULL));
    g_autoptr (IbMailboxStand) restarted = enter (ground, "INBOX", 7);
    assert_uids (restarted->gaps, 0, NULL);
}

static void
assert_witnesses (const IbMailboxStand *stand, guint count, const guint32 *uids)
{
    g_assert_cmpuint (stand->witnesses->len, ==, count);
    for (guint i = 0; i < count; i++) {
        const IbWitness *witness = stand->witnesses->pdata[i];
        g_autofree char *message_id = g_strdup_printf ("<%u@example>", uids[i]);
        g_assert_cmpuint (witness->uid, ==, uids[i]);
        g_assert_cmpint (witness->internal_date_s, ==, 1700000000 + uids[i]);
        g_assert_cmpstr (witness->message_id, ==, message_id);
    }
}

/* Those that can be told from others, and none under numbers that mean nothing any more. */
static void
the_last_that_came_are_witnesses (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    for (guint32 uid = 3; uid < 10; uid++) {
        IbStory *story = make_story (key, uid, NULL, "INBOX");
        g_free (story->message_id);
        story->message_id = uid == 6 ? g_strdup ("") : g_strdup_printf ("<%u@example>", uid);
        story->internal_date_s = uid == 8 ? 0 : 1700000000 + uid;
        g_ptr_array_add (batch, story);
    }
    deliver (ground, batch);
    g_autoptr (GPtrArray) others = make_batch (key_of (ground, "Other", 7), 90, 1);
    deliver (ground, others);
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 7);
    assert_witnesses (stand, 3, (guint32[]){ 5, 7, 9 });
    g_autoptr (IbMailboxStand) look = ib_journal_look (ground->journal, "home", "INBOX", 7, NULL, false, NULL);
    assert_witnesses (look, 3, (guint32[]){ 5, 7, 9 });

    g_assert_true (ib_journal_restarted (ground->journal, "home", "INBOX", NULL));
    g_autoptr (IbMailboxStand) restarted = enter (ground, "INBOX", 7);
    assert_witnesses (restarted, 0, NULL);
}

/* What was too old at the first poll is so for good, whatever is asked for later, and in this mailbox alone. */
static void
since_of_the_first_poll_is_kept (Ground *ground, gconstpointer data)
{
    static const guint32 validities[] = { 8, 9, 7 };
    (void) key_of (ground, "INBOX", 6); /* no poll of that one came to its end */
    g_autoptr (IbMailboxStand) first = enter (ground, "INBOX", 7);
    gint64 key = first->key;
    g_assert_true (first->is_new);
    g_assert_true (ib_journal_taken (ground->journal, key, 5, NULL, 1600000000, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 6, NULL, 1700000000, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key_of (ground, "Other", 7), 5, NULL, 0, NULL));
    for (gsize i = 0; i < G_N_ELEMENTS (validities); i++) {
        g_autoptr (IbMailboxStand) look
            = ib_journal_look (ground->journal, "home", "INBOX", validities[i], NULL, false, NULL);
        g_assert_true (look->was_revalidated);
        g_assert_false (look->is_new);
        g_assert_cmpint (look->since_s, ==, 1600000000);
        g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", validities[i]);
        g_assert_cmpint (stand->since_s, ==, 1600000000);
        g_assert_true (ib_journal_taken (ground->journal, stand->key, 6, NULL, 1700000000, NULL));
    }
    g_assert_true (ib_journal_restarted (ground->journal, "home", "INBOX", NULL));
    g_autoptr (IbMailboxStand) restarted = enter (ground, "INBOX", 7);
    g_assert_true (restarted->was_revalidated);
    g_assert_cmpint (restarted->since_s, ==, 1600000000);
    g_autoptr (IbMailboxStand) other = enter (ground, "Other", 8);
    g_assert_cmpint (other->since_s, ==, 0);
}

/* --- twins ------------------------------------------------------------------------------------------------- */

static void
twin_is_found (Ground *ground, gconstpointer data)
{
    IbTwin twin = { 0 };
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 3);
    static const IbStoryAction actions[] = { IB_STORY_DISCARD, IB_STORY_DELIVER, IB_STORY_DUPLICATE };
    for (guint i = 0; i < batch->len; i++) {
        IbStory *story = g_ptr_array_index (batch, i);
        story->twin_key = g_strdup ("key");
        story->action = actions[i];
    }
    IbStory *delivered = g_ptr_array_index (batch, 1);
    g_assert_false (ib_journal_find_twin (ground->journal, "key", &twin, NULL));
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_find_twin (ground->journal, "key", &twin, NULL));
    g_assert_cmpstr (twin.id, ==, delivered->id);
    g_assert_cmpstr (twin.verdict, ==, "unsure");
    ib_twin_clear (&twin);

    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    const char *name = ((IbStoryFile *) g_ptr_array_index (delivered->files, 0))->name;
    g_assert_true (ib_journal_moved (ground->journal, delivered->id, "INBOX", name, "Junk", "a better twin", NULL));
    g_assert_true (ib_journal_find_twin (ground->journal, "key", &twin, NULL));
    g_assert_cmpstr (twin.folder, ==, "Junk");
    g_assert_cmpstr (twin.name, ==, name);
    ib_twin_clear (&twin);
}

/* What another program delivered has a twin, and no story. */
static void
foreign_mail_is_known (Ground *ground, gconstpointer data)
{
    IbTwin twin = { 0 };
    char id[IB_ID_LENGTH + 1], same[IB_ID_LENGTH + 1];
    ib_story_foreign_id ("1700000001.M1P2.host", id);
    ib_story_foreign_id ("1700000001.M1P2.host:2,FS", same);
    g_assert_cmpstr (id, ==, same);
    g_assert_true (ib_journal_know (ground->journal, id, "key", NULL));
    g_assert_true (ib_journal_know (ground->journal, id, "key", NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    g_assert_true (ib_journal_find_twin (ground->journal, "key", &twin, NULL));
    g_assert_cmpstr (twin.id, ==, id);
    g_assert_cmpstr (twin.folder, ==, "");
    g_assert_cmpstr (twin.name, ==, "");
    ib_twin_clear (&twin);
    g_autofree char *text = history (ground, &(IbHistoryQuery){ 0 });
    g_assert_cmpstr (text, ==, "");
}

/* --- on the server ------------------------------------------------------------------------------------------ */

static void
pending_is_done_once (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 4);
    for (guint i = 0; i < batch->len; i++) {
        IbStory *story = g_ptr_array_index (batch, i);
        story->after = i < 2 ? IB_STORY_MOVE : IB_STORY_DELETE;
        story->after_folder = g_strdup (i < 2 ? "Junk" : NULL);
        story->after_due_s = i == 3 ? 2000 : 1000;
    }
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    /* Only intended: nothing is due. */
    g_autoptr (GPtrArray) none = ib_journal_due (ground->journal, key, 5000, NULL);
    g_assert_cmpuint (none->len, ==, 0);

    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
    g_assert_true (ib_journal_copied (ground->journal, key, (guint32[]){ 2 }, 1, NULL));
    reopen (ground);
    g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, 1999, NULL);
    g_assert_cmpuint (due->len, ==, 3);
    const IbPending *first = g_ptr_array_index (due, 0), *second = g_ptr_array_index (due, 1),
                    *third = g_ptr_array_index (due, 2);
    g_assert_cmpint (first->verb, ==, IB_PENDING_MOVE);
    g_assert_cmpstr (first->folder, ==, "Junk");
    g_assert_cmpuint (first->uid, ==, 1);
    g_assert_cmpint (first->internal_date_s, ==, 1700000000);
    g_assert_cmpstr (first->message_id, ==, "<1@x>");
    g_assert_false (first->is_copied);
    g_assert_true (second->is_copied);
    g_assert_cmpint (third->verb, ==, IB_PENDING_DELETE);
    g_assert_cmpint (third->due_at_s, ==, 1000);

    g_assert_true (ib_journal_settled (ground->journal, key, (guint32[]){ 1, 2, 3 }, 3, NULL, NULL));
    g_autoptr (GPtrArray) rest = ib_journal_due (ground->journal, key, 5000, NULL);
    g_assert_cmpuint (rest->len, ==, 1);
}

/* --- undo, history ------------------------------------------------------------------------------------------ */

static const struct { const char *name; IbHistoryQuery query; const char *expected; } queries[] = {
    { "all",          { 0 },                                               "1:INBOX 2:Junk 3:INBOX 4: " },
    { "limit",        { .limit = 2 },                                      "3:INBOX 4: " },
    { "junk",         { .only_junk = true },                               "2:Junk " },
    { "since",        { .since = 1700000000000003 },                       "3:INBOX 4: " },
    { "until",        { .until = 1700000000000003 },                       "1:INBOX 2:Junk " },
    { "following",    { .after_sequence = 3 },                             "4: " },
    { "leafing-back", { .before_sequence = 4, .limit = 2 },                "2:Junk 3:INBOX " },
    { "account",      { .account = "home" },                               "1:INBOX 2:Junk 3:INBOX 4: " },
    { "other",        { .account = "work" },                               "" },
    { "unknown-id",   { .id = "000000" },                                  "" },
};

static void
fill_history (Ground *ground)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 1);
    g_ptr_array_add (batch, make_story (key, 2, NULL, "Junk"));
    g_ptr_array_add (batch, make_story (key, 3, NULL, "INBOX"));
    g_ptr_array_add (batch, make_story (key, 4, NULL, ""));
    ((IbStory *) g_ptr_array_index (batch, 3))->action = IB_STORY_DISCARD;
    deliver (ground, batch);
    g_autoptr (GPtrArray) intended = make_batch (key, 5, 1);
    g_assert_true (ib_journal_intend (ground->journal, intended, NULL));
}

static void
history_is_read (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    fill_history (ground);
    g_autofree char *text = history (ground, &queries[i].query);
    g_assert_cmpstr (text, ==, queries[i].expected);
}

static void
story_is_found_by_prefix (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    char id[IB_ID_LENGTH + 1];
    fill_history (ground);
    ib_story_imap_id ("home", "INBOX", (guint32) key_of (ground, "INBOX", 7), 2, id);
    IbHistoryQuery query = { .id = id };
    for (gsize length = IB_ID_LENGTH; length >= 6; length--) {
        id[length] = '\0';
        g_autofree char *text = history (ground, &query);
        g_assert_cmpstr (text, ==, "2:Junk ");
    }
    id[5] = '\0';
    g_assert_false (ib_history_read (ground->journal, &query, gather, NULL, &error));
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
}

static void
figures_are_counted (Ground *ground, gconstpointer data)
{
    IbAccountFigures figures;
    fill_history (ground);
    g_assert_true (ib_journal_open_message (ground->journal, key_of (ground, "INBOX", 7), 9, NULL, 1,
                                            IB_OPEN_REFUSED, "no", NULL));
    g_assert_true (ib_history_account (ground->journal, "home", &figures, NULL));
    g_assert_cmpuint (figures.delivered, ==, 3);
    g_assert_cmpuint (figures.junk, ==, 1);
    g_assert_cmpuint (figures.discarded, ==, 1);
    g_assert_cmpuint (figures.duplicates, ==, 0);
    g_assert_cmpuint (figures.open, ==, 1);
    g_assert_cmpint (figures.last_poll, ==, 0);
    g_assert_cmpstr (figures.last_error, ==, "");
    ib_account_figures_clear (&figures);

    g_assert_true (ib_history_note_poll (ground->journal, "home", 1, "ok", NULL, NULL));
    g_assert_true (ib_history_note_poll (ground->journal, "home", 77, "waiting-for-network", "no route", NULL));
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    g_autoptr (IbJournal) reader = ib_journal_open_read_only (ground->path, NULL);
    g_assert_true (ib_history_account (reader, "home", &figures, NULL));
    g_assert_cmpint (figures.last_poll, ==, 77);
    g_assert_cmpstr (figures.last_state, ==, "waiting-for-network");
    g_assert_cmpstr (figures.last_error, ==, "no route");
    ib_account_figures_clear (&figures);
}

/* A poll's end, and since when the polls until then have failed. */
static const struct {
    gint64 at;
    const char *state;
    gint64 failing_since;
} polls[] = {
    { 10, "ok", 0 },
    { 20, "error", 20 },
    { 30, "sign-in-needed", 20 },
    { 40, "ok", 0 },
    { 50, "waiting-for-network", 50 },
    { 60, "error", 50 },
};

static void
failing_begins_with_the_first (Ground *ground, gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (polls); i++) {
        IbAccountFigures figures;
        g_assert_true (ib_history_note_poll (ground->journal, "home", polls[i].at, polls[i].state, NULL, NULL));
        g_assert_true (ib_history_note_poll (ground->journal, "other", polls[i].at, "ok", NULL, NULL));
        g_assert_true (ib_history_account (ground->journal, "home", &figures, NULL));
        g_assert_cmpint (figures.failing_since, ==, polls[i].failing_since);
        g_assert_cmpint (figures.last_poll, ==, polls[i].at);
        ib_account_figures_clear (&figures);
    }
}

static bool
gather_recipient (const IbHistoryRecipient *recipient, gpointer user_data)
{
    g_string_append_printf (user_data, "%s:%s:%u:%u ", recipient->address, recipient->account,
                            (guint) recipient->count, (guint) (recipient->last_at % 1000));
    return true;
}

static void
recipients_are_counted (Ground *ground, gconstpointer data)
{
    g_autoptr (GString) text = g_string_new (NULL);
    fill_history (ground);
    g_assert_true (ib_history_recipients (ground->journal, gather_recipient, text, NULL));
    g_assert_cmpstr (text->str, ==, "anna@example.org:home:4:5 a-former@example.com:home:1:3 ");
    g_string_truncate (text, 0);
    g_assert_true (ib_journal_trim (ground->journal, 1700000000000004, NULL));
    g_assert_true (ib_history_recipients (ground->journal, gather_recipient, text, NULL));
    g_assert_cmpstr (text->str, ==, "anna@example.org:home:2:5 ");
}

static bool
gather_open (const IbHistoryOpen *open, gpointer user_data)
{
    g_string_append_printf (user_data, "%s %u %s %s ", open->mailbox, open->uid,
                            open->reason == IB_OPEN_TOO_LARGE ? "large" : "refused", open->server_text);
    return true;
}

static void
open_ones_are_listed (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_journal_open_message (ground->journal, key, 9, NULL, 1, IB_OPEN_REFUSED, "no", NULL));
    g_assert_true (ib_journal_open_message (ground->journal, key, 8, NULL, 1, IB_OPEN_TOO_LARGE, "", NULL));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 7, NULL, 0, NULL));
    g_assert_true (ib_history_open (ground->journal, "home", gather_open, text, NULL));
    g_assert_cmpstr (text->str, ==, "INBOX 8 large  INBOX 9 refused no ");
}

static bool
gather_event (const IbHistoryEvent *event, gpointer user_data)
{
    g_string_append_printf (user_data, "%s %s>%s (%s) ", event->kind, event->old_folder, event->new_folder, event->why);
    return true;
}

static void
held_is_restored_or_dropped (Ground *ground, gconstpointer data)
{
    g_autoptr (GString) events = g_string_new (NULL);
    char id[IB_ID_LENGTH + 1];
    g_autoptr (GPtrArray) batch = make_batch (key_of (ground, "INBOX", 7), 1, 3);
    for (guint i = 0; i < 2; i++)
        ((IbStory *) g_ptr_array_index (batch, i))->action = IB_STORY_DISCARD;
    deliver (ground, batch);
    g_strlcpy (id, ((IbStory *) g_ptr_array_index (batch, 1))->id, sizeof id);

    g_assert_true (ib_journal_restored (ground->journal, id, "INBOX", "again", "2,S", NULL));
    g_assert_true (ib_history_events (ground->journal, id, 0, gather_event, events, NULL));
    g_assert_cmpstr (events->str, ==, "restored >INBOX () ");
    IbHistoryQuery query = { .id = id };
    g_autofree char *text = history (ground, &query);
    g_assert_cmpstr (text, ==, "2:INBOX ");

    g_autoptr (GPtrArray) back = ib_journal_drop_held (ground->journal, 1700000000000001, NULL);
    g_assert_cmpuint (back->len, ==, 1);
    g_assert_cmpstr (g_ptr_array_index (back, 0), ==, id);
    g_autoptr (GPtrArray) dropped = ib_journal_drop_held (ground->journal, 1700000000000004, NULL);
    g_assert_cmpuint (dropped->len, ==, 1);
    g_assert_cmpstr (g_ptr_array_index (dropped, 0), ==, ((IbStory *) g_ptr_array_index (batch, 0))->id);
    g_autoptr (GPtrArray) again = ib_journal_drop_held (ground->journal, 1700000000000004, NULL);
    g_assert_cmpuint (again->len, ==, 0);
}

static void
old_stories_keep_their_identity (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    g_autoptr (GPtrArray) batch = make_batch (key, 1, 3);
    const IbStory *first = g_ptr_array_index (batch, 0), *second = g_ptr_array_index (batch, 1);
    ((IbStory *) g_ptr_array_index (batch, 0))->twin_key = g_strdup ("key");
    deliver (ground, batch);
    g_assert_true (ib_journal_plan_pending (ground->journal, second->id, IB_PENDING_DELETE, NULL, 0, NULL));
    g_assert_true (ib_journal_trim (ground->journal, 1700000000000003, NULL));

    g_autofree char *text = history (ground, &(IbHistoryQuery){ 0 });
    g_assert_cmpstr (text, ==, "2:INBOX 3:INBOX ");
    g_assert_true (ib_journal_has (ground->journal, first->id, NULL));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 7);
    assert_uids (stand->done, 3, (guint32[]){ 1, 2, 3 });
    IbTwin twin = { 0 };
    g_assert_true (ib_journal_find_twin (ground->journal, "key", &twin, NULL));
    g_assert_cmpstr (twin.folder, ==, "");
    ib_twin_clear (&twin);
}

static void
found_files_are_adopted (Ground *ground, gconstpointer data)
{
    g_autoptr (IbStory) story = make_story (0, 0, NULL, "INBOX");
    g_autoptr (IbStory) copy = make_story (0, 0, NULL, "Lists.foo");
    for (guint i = 0; i < 2; i++) {
        g_assert_true (ib_journal_adopt (ground->journal, story, NULL));
        g_assert_true (ib_journal_adopt (ground->journal, copy, NULL));
    }
    g_assert_true (ib_journal_flush (ground->journal, NULL));
    reopen (ground);
    g_assert_true (ib_journal_has (ground->journal, story->id, NULL));
    g_autofree char *text = history (ground, &(IbHistoryQuery){ 0 });
    g_assert_cmpstr (text, ==, "0:INBOX ");
}

/* --- what it costs ------------------------------------------------------------------------------------------ */

static int
count_step (gpointer user_data)
{
    ++*(guint *) user_data;
    return 0;
}

/* One more message goes its whole way; the steps that SQLite took for it. */
static guint
cost_of_one (Ground *ground, gint64 key, guint32 uid)
{
    guint steps = 0;
    IbTwin twin = { 0 };
    sqlite3 *handle = ib_db_handle (ground->journal->db);
    g_autoptr (GPtrArray) batch = make_batch (key, uid, 1);
    IbStory *story = g_ptr_array_index (batch, 0);
    story->after = IB_STORY_DELETE;
    story->twin_key = g_strdup_printf ("key %u", uid);
    story->content_digest = g_strdup (story->twin_key);

    sqlite3_progress_handler (handle, 1, count_step, &steps);
    g_assert_false (ib_journal_has (ground->journal, story->id, NULL));
    g_assert_false (ib_journal_find_twin (ground->journal, story->twin_key, &twin, NULL));
    g_assert_false (ib_journal_find_content (ground->journal, key, story->content_digest, 10, 0, &twin, NULL));
    deliver (ground, batch);
    g_assert_true (ib_journal_taken (ground->journal, key, uid, NULL, 0, NULL));
    ib_mailbox_stand_free (enter (ground, "INBOX", 7));
    g_ptr_array_unref (ib_journal_due (ground->journal, key, 1, NULL));
    g_assert_true (ib_journal_copied (ground->journal, key, &uid, 1, NULL));
    g_assert_true (ib_journal_settled (ground->journal, key, &uid, 1, NULL, NULL));
    g_ptr_array_unref (ib_journal_unfinished (ground->journal, NULL));
    g_ptr_array_unref (ib_journal_drop_held (ground->journal, 1, NULL));
    sqlite3_progress_handler (handle, 0, NULL, NULL);
    return steps;
}

static void
a_full_mailbox_costs_no_more (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 7);
    cost_of_one (ground, key, 1); /* statements are compiled */
    guint empty = cost_of_one (ground, key, 2);
    g_autoptr (GPtrArray) many = make_batch (key, 10, 2000);
    deliver (ground, many);
    g_assert_true (ib_journal_taken (ground->journal, key, 3000, NULL, 0, NULL));
    guint full = cost_of_one (ground, key, 4000);
    g_assert_cmpuint (empty, >, 100);
    g_assert_cmpuint (full, <, 2 * empty);
}

#define TEST(function) { #function, function }
static const struct { const char *name; void (*test) (Ground *, gconstpointer); } tests[] = {
    TEST (intent_comes_back_whole),
    TEST (delivered_is_a_note),
    TEST (completion_takes_the_found_names),
    TEST (forgotten_may_be_intended_again),
    TEST (delivered_is_not_intended_again),
    TEST (refused_batch_leaves_nothing),
    TEST (intended_is_not_done),
    TEST (unwanted_is_forgotten_below_the_low_water),
    TEST (low_water_rises),
    TEST (what_waits_for_a_filter_is_known),
    TEST (largest_uids_fit),
    TEST (uidvalidity_changes),
    TEST (what_was_open_goes_with_its_numbers),
    TEST (a_copy_of_before_is_made_again),
    TEST (what_was_not_shown_is_a_gap),
    TEST (the_last_that_came_are_witnesses),
    TEST (since_of_the_first_poll_is_kept),
    TEST (twin_is_found),
    TEST (foreign_mail_is_known),
    TEST (pending_is_done_once),
    TEST (story_is_found_by_prefix),
    TEST (figures_are_counted),
    TEST (failing_begins_with_the_first),
    TEST (recipients_are_counted),
    TEST (open_ones_are_listed),
    TEST (held_is_restored_or_dropped),
    TEST (old_stories_keep_their_identity),
    TEST (found_files_are_adopted),
    TEST (a_full_mailbox_costs_no_more),
};

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        add_test ("/journal/", tests[i].name, NULL, tests[i].test);
    for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
        add_test ("/journal/error-leaves-it-as-before/", points[i], points[i], error_leaves_it_as_before);
    for (gsize i = 0; i < G_N_ELEMENTS (queries); i++)
        add_test ("/journal/history/", queries[i].name, GSIZE_TO_POINTER (i), history_is_read);
    return g_test_run ();
}
