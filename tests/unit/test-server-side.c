/* Where the journal has messages on their servers, and what is due there after they were moved. */
#include "history.h"
#include "server-side.h"

#include <string.h>

#define INBOX_AT 7
#define JUNK_AT 3

typedef struct {
    IbJournal *journal;
    gint64 inbox, junk;
} Ground;

static gint64
enter_anew (Ground *ground, const char *mailbox, guint32 uidvalidity)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbMailboxStand) stand
        = ib_journal_enter (ground->journal, "home", mailbox, uidvalidity, NULL, &error);
    g_assert_no_error (error);
    return stand->key;
}

static gint64
enter (Ground *ground, const char *mailbox)
{
    return enter_anew (ground, mailbox, 99);
}

/* One message, delivered out of the INBOX, with something to do there. */
static void
deliver (Ground *ground, const char *id, IbStoryAfter after)
{
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    IbStory *story = ib_story_new ();
    g_strlcpy (story->id, id, sizeof story->id);
    story->mailbox_key = ground->inbox;
    story->uid = INBOX_AT;
    story->internal_date_s = 1234;
    story->delivered_at = 1;
    story->twin_key = g_strdup ("twin");
    story->verdict = g_strdup ("spam");
    story->after = after;
    story->after_folder = g_strdup (after == IB_STORY_JUNK ? "\\Junk" : NULL);
    ib_story_add_file (story, "Junk", "")->name = g_strdup ("name");
    g_ptr_array_add (batch, story);
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_delivered (ground->journal, batch, NULL));
}

#define ID "00112233445566778899aabbccddeeff"

static void
set_up (Ground *ground, gconstpointer after)
{
    ground->journal = ib_journal_open (":memory:", NULL);
    ground->inbox = enter (ground, "INBOX");
    ground->junk = enter (ground, "Junk");
    g_assert_true (ib_server_side_note_junk (ground->journal, ground->junk, NULL));
    deliver (ground, ID, (IbStoryAfter) GPOINTER_TO_INT (after));
}

static void
tear_down (Ground *ground, gconstpointer after)
{
    ib_journal_close (ground->journal);
}

/* "MAILBOX work done date" */
static char *
find (Ground *ground, bool is_junk)
{
    g_autoptr (GError) error = NULL;
    IbServerSide side;
    bool is_found = ib_server_side_find (ground->journal, "home", "twin", is_junk, &side, &error);
    g_assert_no_error (error);
    if (!is_found)
        return g_strdup ("none");
    g_assert_cmpstr (side.id, ==, ID);
    return g_strdup_printf ("%s %d %s %d", side.is_in_junk ? "junk" : "elsewhere", side.work,
                            side.is_done ? "done" : "to-do", (int) side.internal_date_s);
}

#define FOUND(ground, is_junk, expected)                                                                     \
    do {                                                                                                     \
        g_autofree char *found = find (ground, is_junk);                                                     \
        g_assert_cmpstr (found, ==, expected);                                                               \
    } while (0)

static void
assert_fate (Ground *ground, IbFate expected)
{
    IbFate fate = IB_FATE_NOTHING;
    g_assert_true (ib_history_fate (ground->journal, ID, &fate, NULL));
    g_assert_cmpint (fate, ==, expected);
}

/* "verb:folder:uid …" */
static void
assert_due (Ground *ground, gint64 mailbox, const char *expected)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, mailbox, 1, NULL);
    for (guint i = 0; i < due->len; i++) {
        const IbPending *pending = due->pdata[i];
        g_string_append_printf (text, "%d:%s:%u ", pending->verb, pending->folder, pending->uid);
    }
    g_assert_cmpstr (text->str, ==, expected);
}

/* Its server does not show whether it is still the same. */
static void
put_off (Ground *ground, gint64 until_s)
{
    const guint32 uid = JUNK_AT;
    guint fresh;
    g_assert_true (ib_journal_doubted (ground->journal, ground->junk, &uid, 1, NULL, until_s, &fresh, NULL));
}

static void
assert_expects_orders (Ground *ground, const char *mailbox, bool expected)
{
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", mailbox, 99, NULL, NULL);
    g_assert_cmpint (stand->has_rescue, ==, expected);
}

/* "uid …" */
static char *
list_done (Ground *ground, const char *mailbox)
{
    GString *text = g_string_new (NULL);
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", mailbox, 99, NULL, NULL);
    for (guint i = 0; i < stand->done->len; i++)
        g_string_append_printf (text, "%u ", g_array_index (stand->done, guint32, i));
    return g_string_free (text, FALSE);
}

#define ASSERT_NEED_NOT_BE_FETCHED(ground, mailbox, expected)                                                \
    do {                                                                                                     \
        g_autofree char *listed = list_done (ground, mailbox);                                               \
        g_assert_cmpstr (listed, ==, expected);                                                              \
    } while (0)

static void
settle (Ground *ground, gint64 mailbox, guint32 uid)
{
    g_assert_true (ib_journal_settled (ground->journal, mailbox, &uid, 1, NULL, NULL));
}

static void
move (Ground *ground, gint64 mailbox, guint32 uid)
{
    g_assert_true (ib_server_side_note_moved (ground->journal, ID, mailbox, uid, 0, NULL));
}

static void
is_followed_into_junk (Ground *ground, gconstpointer after)
{
    FOUND (ground, true, "elsewhere 3 to-do 1234");
    assert_due (ground, ground->inbox, "2:\\Junk:7 ");
    settle (ground, ground->inbox, INBOX_AT);
    FOUND (ground, true, "elsewhere 3 done 1234");
    move (ground, ground->junk, JUNK_AT);
    FOUND (ground, false, "junk 0 done 1234");
    assert_due (ground, ground->junk, "");
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", "Junk", 99, NULL, NULL);
    g_assert_cmpuint (stand->done->len, ==, 1);
    g_assert_cmpuint (g_array_index (stand->done, guint32, 0), ==, JUNK_AT);
}

static void
add_mailbox (const char *account, const char *mailbox, gpointer user_data)
{
    g_string_append_printf (user_data, "%s:%s ", account, mailbox);
}

/* Not what was long ago, nor under numbers that are others by now. */
static void
what_comes_out_of_our_own_is_listed (Ground *ground, gconstpointer after)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_server_side_note_ours (ground->journal, ground->inbox, 100, NULL));
    g_assert_true (ib_server_side_note_ours (ground->journal, ground->junk, 99, NULL));
    g_assert_true (ib_server_side_list_ours (ground->journal, 100, add_mailbox, text, NULL));
    g_assert_cmpstr (text->str, ==, "home:INBOX ");
    (void) enter_anew (ground, "INBOX", 100);
    g_assert_true (ib_server_side_list_ours (ground->journal, 99, add_mailbox, text, NULL));
    g_assert_cmpstr (text->str, ==, "home:INBOX home:Junk ");
}

/* As long as it stays there, whatever its number; what the user takes out of there, was not moved by us. */
static void
is_said_to_be_in_junk (Ground *ground, gconstpointer after)
{
    assert_fate (ground, IB_FATE_NOTHING);
    settle (ground, ground->inbox, INBOX_AT);
    assert_fate (ground, IB_FATE_JUNKED);
    move (ground, ground->junk, JUNK_AT);
    assert_fate (ground, IB_FATE_JUNKED);
    gint64 anew = enter_anew (ground, "Junk", 100);
    g_assert_true (ib_journal_renumbered (ground->journal, ID, anew, 5, NULL, 0, NULL));
    assert_fate (ground, IB_FATE_JUNKED);
    move (ground, ground->inbox, 8);
    assert_fate (ground, IB_FATE_NOTHING);
}

static void
is_said_to_be_rescued (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    move (ground, ground->junk, JUNK_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_fate (ground, IB_FATE_TO_RESCUE);
    settle (ground, ground->junk, JUNK_AT);
    assert_fate (ground, IB_FATE_RESCUED);
    move (ground, ground->inbox, 8);
    assert_fate (ground, IB_FATE_RESCUED);
}

static void
is_rescued (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    move (ground, ground->junk, JUNK_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_due (ground, ground->junk, "3:INBOX:3 ");
    settle (ground, ground->junk, JUNK_AT);
    assert_due (ground, ground->junk, "");
    FOUND (ground, false, "junk 4 done 1234");
    move (ground, ground->inbox, 8);
    FOUND (ground, true, "elsewhere 0 done 1234");
}

/* The mailbox is the server's Junk under its new numbers, too. */
static void
is_rescued_from_a_renumbered_junk (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    move (ground, ground->junk, JUNK_AT);
    gint64 anew = enter_anew (ground, "Junk", 100);
    g_assert_true (ib_journal_renumbered (ground->journal, ID, anew, 5, NULL, 0, NULL));
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_due (ground, anew, "3:INBOX:5 ");
}

static void
is_rescued_though_junk_is_renumbered (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    move (ground, ground->junk, JUNK_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    gint64 anew = enter_anew (ground, "Junk", 100);
    assert_due (ground, anew, "");
    g_assert_true (ib_journal_renumbered (ground->journal, ID, anew, 5, NULL, 0, NULL));
    assert_due (ground, anew, "3:INBOX:5 ");
}

/* Wanted out of Junk before it was found there, and the mailbox that it was moved from has new numbers by then. */
static void
is_rescued_though_the_inbox_is_renumbered (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    (void) enter_anew (ground, "INBOX", 100);
    move (ground, ground->junk, JUNK_AT);
    assert_due (ground, ground->junk, "3:INBOX:3 ");
}

/* It was moved, but not found there yet: what is its number there? */
static void
is_rescued_once_it_is_found (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_due (ground, ground->inbox, "");
    assert_expects_orders (ground, "INBOX", false); /* where Junk is not entered any more, it stays like that */
    move (ground, ground->junk, JUNK_AT);
    assert_due (ground, ground->junk, "3:INBOX:3 ");
    assert_expects_orders (ground, "Junk", true);
    put_off (ground, g_get_real_time () / G_USEC_PER_SEC + 3600);
    assert_expects_orders (ground, "Junk", false);
    put_off (ground, g_get_real_time () / G_USEC_PER_SEC);
    assert_expects_orders (ground, "Junk", true);
    settle (ground, ground->junk, JUNK_AT);
    assert_expects_orders (ground, "Junk", false);
}

/* Where Junk is looked through no more, or it is not there: a year after the user said so nobody waits for it any longer. */
static void
is_waited_for_no_longer (Ground *ground, gconstpointer after)
{
    gint64 now = g_get_real_time (), hour = G_TIME_SPAN_HOUR;
    settle (ground, ground->inbox, INBOX_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    g_assert_true (ib_journal_moved (ground->journal, ID, "Junk", "name", "INBOX", "undo", NULL));
    assert_fate (ground, IB_FATE_TO_RESCUE);
    g_assert_true (ib_journal_trim (ground->journal, now - hour, NULL)); /* it came long before that */
    assert_fate (ground, IB_FATE_TO_RESCUE);
    g_assert_true (ib_journal_trim (ground->journal, now + hour, NULL));
    assert_fate (ground, IB_FATE_NOTHING);
    move (ground, ground->junk, JUNK_AT);
    assert_due (ground, ground->junk, "");
    assert_expects_orders (ground, "Junk", false);
}

static void
is_not_moved_at_all (Ground *ground, gconstpointer after)
{
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_due (ground, ground->inbox, "");
    FOUND (ground, true, "elsewhere 0 to-do 1234");
}

/* A rescue of what never was in Junk there leaves other work alone. */
static void
leaves_other_work (Ground *ground, gconstpointer after)
{
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    assert_due (ground, ground->inbox, "0:(null):7 ");
    g_assert_true (ib_server_side_note_moved (ground->journal, ID, ground->junk, JUNK_AT, 0, NULL));
    assert_due (ground, ground->inbox, "");
    assert_due (ground, ground->junk, "");
}

/* By which it is known there before anything is done with it. */
static void
has_the_date_that_it_has_there (Ground *ground, gconstpointer after)
{
    g_assert_true (ib_server_side_note_moved (ground->journal, ID, ground->junk, JUNK_AT, 1300, NULL));
    FOUND (ground, false, "junk 0 to-do 1300");
}

/* The server said under which number it stands there. */
static void
is_numbered_by_the_server (Ground *ground, gconstpointer after)
{
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Junk", 99, JUNK_AT, NULL));
    FOUND (ground, true, "elsewhere 3 to-do 1234"); /* not before it was done */
    settle (ground, ground->inbox, INBOX_AT);
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Junk", 98, JUNK_AT, NULL));
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Spam", 99, JUNK_AT, NULL));
    FOUND (ground, true, "elsewhere 3 done 1234"); /* nobody knows such a mailbox */
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Junk", 99, JUNK_AT, NULL));
    FOUND (ground, false, "junk 0 done 1234");
}

/* What the settings have put elsewhere keeps its place in the journal; its number there need not be fetched. */
static void
is_put_where_the_settings_have_it (Ground *ground, gconstpointer after)
{
    gint64 done = enter (ground, "Done");
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Done", 99, 4, NULL));
    ASSERT_NEED_NOT_BE_FETCHED (ground, "Done", ""); /* not before it was done */
    settle (ground, ground->inbox, INBOX_AT);
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Done", 98, 4, NULL));
    ASSERT_NEED_NOT_BE_FETCHED (ground, "Done", ""); /* nobody knows such a mailbox */
    g_assert_true (ib_server_side_note_put (ground->journal, ground->inbox, INBOX_AT, "Done", 99, 4, NULL));
    ASSERT_NEED_NOT_BE_FETCHED (ground, "Done", "4 ");
    ASSERT_NEED_NOT_BE_FETCHED (ground, "INBOX", "7 ");
    FOUND (ground, true, "elsewhere 2 done 1234");

    g_assert_true (ib_server_side_was_put (ground->journal, "home", "twin", 1234, done, NULL));
    g_assert_false (ib_server_side_was_put (ground->journal, "home", "twin", 1235, done, NULL));
    g_assert_false (ib_server_side_was_put (ground->journal, "home", "twin", 1234, ground->inbox, NULL));
    g_assert_false (ib_server_side_was_put (ground->journal, "home", "another", 1234, done, NULL));
    g_assert_false (ib_server_side_was_put (ground->journal, "work", "twin", 1234, done, NULL));
}

/* The INBOX does not become Junk because something was brought back into it, nor is that passed over there. */
static void
is_recognized_where_it_was_rescued_to (Ground *ground, gconstpointer after)
{
    settle (ground, ground->inbox, INBOX_AT);
    move (ground, ground->junk, JUNK_AT);
    g_assert_true (ib_server_side_rescue (ground->journal, ID, NULL));
    settle (ground, ground->junk, JUNK_AT);
    g_assert_true (ib_server_side_note_put (ground->journal, ground->junk, JUNK_AT, "INBOX", 99, 8, NULL));
    ASSERT_NEED_NOT_BE_FETCHED (ground, "INBOX", "");
    FOUND (ground, false, "junk 4 done 1234");
    move (ground, ground->inbox, 8);
    FOUND (ground, true, "elsewhere 0 done 1234");
}

static void
knows_others_not (Ground *ground, gconstpointer after)
{
    g_autoptr (GError) error = NULL;
    IbServerSide side;
    g_assert_false (ib_server_side_find (ground->journal, "work", "twin", true, &side, &error));
    g_assert_false (ib_server_side_find (ground->journal, "home", "another", true, &side, &error));
    g_assert_no_error (error);
}

int
main (int argc, char **argv)
{
    gconstpointer junk = GINT_TO_POINTER (IB_STORY_JUNK), gone = GINT_TO_POINTER (IB_STORY_DELETE);
    gconstpointer put = GINT_TO_POINTER (IB_STORY_MOVE);
    g_test_init (&argc, &argv, NULL);
    g_test_add ("/server-side/followed-into-junk", Ground, junk, set_up, is_followed_into_junk, tear_down);
    g_test_add ("/server-side/out-of-our-own", Ground, junk, set_up, what_comes_out_of_our_own_is_listed,
                tear_down);
    g_test_add ("/server-side/said-in-junk", Ground, junk, set_up, is_said_to_be_in_junk, tear_down);
    g_test_add ("/server-side/said-rescued", Ground, junk, set_up, is_said_to_be_rescued, tear_down);
    g_test_add ("/server-side/rescued", Ground, junk, set_up, is_rescued, tear_down);
    g_test_add ("/server-side/rescued-once-found", Ground, junk, set_up, is_rescued_once_it_is_found, tear_down);
    g_test_add ("/server-side/rescued-from-renumbered-junk", Ground, junk, set_up, is_rescued_from_a_renumbered_junk,
                tear_down);
    g_test_add ("/server-side/rescued-junk-renumbered", Ground, junk, set_up, is_rescued_though_junk_is_renumbered,
                tear_down);
    g_test_add ("/server-side/rescued-inbox-renumbered", Ground, junk, set_up,
                is_rescued_though_the_inbox_is_renumbered, tear_down);
    g_test_add ("/server-side/rescue-that-ends", Ground, junk, set_up, is_waited_for_no_longer, tear_down);
    g_test_add ("/server-side/not-moved-at-all", Ground, junk, set_up, is_not_moved_at_all, tear_down);
    g_test_add ("/server-side/date", Ground, gone, set_up, has_the_date_that_it_has_there, tear_down);
    g_test_add ("/server-side/other-work", Ground, gone, set_up, leaves_other_work, tear_down);
    g_test_add ("/server-side/numbered-by-the-server", Ground, junk, set_up, is_numbered_by_the_server, tear_down);
    g_test_add ("/server-side/put", Ground, put, set_up, is_put_where_the_settings_have_it, tear_down);
    g_test_add ("/server-side/rescued-to", Ground, junk, set_up, is_recognized_where_it_was_rescued_to, tear_down);
    g_test_add ("/server-side/others", Ground, junk, set_up, knows_others_not, tear_down);
    return g_test_run ();
}
