/* The journal of a POP3 account: its messages have UIDLs, which may be given to other mail, and a message other ones. */
#include "journal-ground.h"

/* --- where a mailbox stands -------------------------------------------------------------------------------- */

static void
uidls_are_known (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    deliver_story (ground, make_story (key, 0, "one", "INBOX"));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 0, "old", -1000, NULL));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 0, "gone", 0, NULL));
    g_assert_true (ib_journal_open_message (ground->journal, key, 0, "big", 9, IB_OPEN_TOO_LARGE, NULL, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, NULL, 0, NULL));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 0);
    g_assert_false (stand->is_new);
    g_assert_cmpuint (g_hash_table_size (stand->uidls), ==, 3);
    g_assert_cmpuint (g_hash_table_size (stand->old_dates), ==, 1);
    g_assert_true (g_hash_table_contains (stand->old_dates, &(gint64){ -1000 }));
    g_assert_true (g_hash_table_contains (stand->uidls, "one"));
    g_assert_true (g_hash_table_contains (stand->uidls, "old"));
}

/* Whatever else is open there. */
static void
what_waits_for_a_filter_is_known (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);
    g_assert_true (ib_journal_open_message (ground->journal, key, 0, "big", 9, IB_OPEN_TOO_LARGE, NULL, NULL));
    g_assert_true (ib_journal_open_message (ground->journal, key, 0, "waits", 9, IB_OPEN_WAITS, NULL, NULL));
    g_assert_true (ib_journal_drop_open (ground->journal, key, none, NULL));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 0);
    g_assert_cmpuint (g_hash_table_size (stand->open_uidls), ==, 1);
    g_assert_cmpuint (g_hash_table_size (stand->refused_uidls), ==, 0);
    g_assert_cmpuint (g_hash_table_size (stand->waiting_uidls), ==, 1);
    g_assert_true (g_hash_table_contains (stand->waiting_uidls, "waits"));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_autoptr (IbMailboxStand) after = ib_journal_enter (ground->journal, "home", "INBOX", 0, "aa", NULL);
    g_assert_true (after->is_unchanged);
    g_assert_cmpuint (g_hash_table_size (after->waiting_uidls), ==, 0);
}

static bool
is_unchanged (Ground *ground, const char *listing)
{
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", "INBOX", 0, listing, NULL);
    g_autoptr (IbMailboxStand) look = ib_journal_look (ground->journal, "home", "INBOX", 0, listing, false, NULL);
    g_assert_true (look->is_unchanged == stand->is_unchanged);
    g_assert_true (stand->is_unchanged == (g_hash_table_size (stand->uidls) == 0));
    return stand->is_unchanged;
}

/* Whoever lists the same as when all was taken need not be asked about anything. */
static void
listing_is_known (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    deliver_story (ground, make_story (key, 0, "one", "INBOX"));
    g_assert_false (is_unchanged (ground, "aa"));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_assert_true (is_unchanged (ground, "aa"));
    g_assert_false (is_unchanged (ground, "ab"));
    g_assert_false (is_unchanged (ground, ""));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "", 0, NULL));
    g_assert_false (is_unchanged (ground, "aa"));
    g_assert_false (is_unchanged (ground, ""));
}

static void
listing_with_open_ones_is_not_kept (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0), other = key_of (ground, "Other", 0);
    deliver_story (ground, make_story (key, 0, "one", "INBOX"));
    g_assert_true (ib_journal_open_message (ground->journal, other, 0, "far", 9, IB_OPEN_REFUSED, NULL, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_assert_true (is_unchanged (ground, "aa"));
    g_assert_true (ib_journal_open_message (ground->journal, key, 0, "big", 9, IB_OPEN_TOO_LARGE, NULL, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_assert_false (is_unchanged (ground, "aa"));
}

/* What is forgotten must be fetched again, so it must be seen again. */
static void
listing_ends_with_a_forgotten_intent (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    deliver_story (ground, make_story (key, 0, "one", "INBOX"));
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, make_story (key, 0, "two", "INBOX"));
    g_assert_true (ib_journal_intend (ground->journal, batch, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_assert_true (is_unchanged (ground, "aa"));
    g_assert_true (ib_journal_forget (ground->journal, ((IbStory *) batch->pdata[0])->id, NULL));
    g_assert_false (is_unchanged (ground, "aa"));
}

/* A server that does not name each of its messages for good has no listing; a message that is left there keeps any from being
 * remembered. */
static const struct {
    const char *name, *listing;
    bool leaves_one;
} drops[] = {
    { "listed", "aa", false },
    { "unlisted", "", false },
    { "with-an-open-one", "aa", true },
    { "unlisted-with-an-open-one", "", true },
};

static bool
is_matched_still (Ground *ground, const char *listing)
{
    g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", "INBOX", 0, listing, NULL);
    g_assert_false (stand->is_unchanged);
    return stand->was_revalidated;
}

/* What comes later by POP3 is not taken for mail of the time before, until the account was one of IMAP once more. */
static void
is_matched_with_imap_once (Ground *ground, gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    deliver_story (ground, make_story (key_of (ground, "INBOX", 7), 5, NULL, "INBOX"));
    gint64 key = key_of (ground, "INBOX", 0);
    for (guint time = 0; time < 2; time++) {
        g_assert_true (is_matched_still (ground, drops[i].listing));
        if (time == 0)
            deliver_story (ground, make_story (key, 0, "one", "INBOX"));
        if (drops[i].leaves_one)
            g_assert_true (ib_journal_open_message (ground->journal, key, 0, "big", 9, IB_OPEN_TOO_LARGE, NULL, NULL));
        g_assert_true (is_matched_still (ground, drops[i].listing));
        g_assert_true (ib_journal_taken (ground->journal, key, 0, drops[i].listing, 0, NULL));
        g_assert_false (is_matched_still (ground, "other"));
        g_autoptr (IbMailboxStand) imap = enter (ground, "INBOX", 7);
        g_assert_true (imap->was_revalidated);
    }
}

/* All that may still be on the server is known by its bytes, once each, until all was taken; what was deleted there is not. */
static void
deliver_to_be_deleted (Ground *ground, gint64 key, const char *uidl)
{
    IbStory *story = make_story (key, 0, uidl, "INBOX");
    story->content_digest = g_strdup ("digest");
    story->after = IB_STORY_DELETE;
    deliver_story (ground, story);
}

/* Mail that comes under the name that one had before. */
static void
is_known_by_its_bytes (Ground *ground, gint64 key, const char *uidl, const IbMailboxStand *stand)
{
    char id[IB_ID_LENGTH + 1];
    bool has_returned = false;
    IbStory *again = make_story (key, 0, uidl, "INBOX");
    g_strlcpy (id, again->id, sizeof id);
    g_assert_true (g_hash_table_contains (stand->former_ids, id));
    static const struct { const char *digest; guint64 size; } contents[] = { { "other", 10 }, { "digest", 11 }, { "digest", 10 } };
    for (gsize i = 0; i < G_N_ELEMENTS (contents); i++) {
        g_free (again->content_digest);
        again->content_digest = g_strdup (contents[i].digest);
        again->size_bytes = contents[i].size;
        char former_id[IB_ID_LENGTH + 1] = "";
        g_assert_true (ib_journal_find_namesake (ground->journal, id, again, former_id, NULL) == (i == 2));
        g_assert_cmpstr (former_id, ==, i == 2 ? id : "");
        g_assert_true (ib_journal_returned (ground->journal, id, again, &has_returned, NULL));
        g_assert_true (has_returned == (i == 2));
    }
    ib_story_free (again);
}

static void
is_named_anew (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    deliver_to_be_deleted (ground, key, "deleted");
    deliver_to_be_deleted (ground, key, "one");
    deliver_to_be_deleted (ground, key, "two");
    g_assert_true (ib_journal_settled (ground->journal, key, NULL, 0, (const char *[]){ "deleted", NULL }, NULL));
    g_assert_true (ib_journal_pass_over (ground->journal, key, 0, "unwanted", -1000, NULL));
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    g_autoptr (IbMailboxStand) before = enter (ground, "INBOX", 0);
    g_assert_true (g_hash_table_contains (before->uidls, "unwanted"));
    g_assert_cmpint (before->newest, ==, 3);
    g_assert_false (before->was_revalidated);
    g_assert_false (before->has_unmet);

    /* One that came since is no part of it. */
    deliver_to_be_deleted (ground, key, "since");
    IbTwin twin = { 0 };
    g_assert_true (ib_journal_find_renamed (ground->journal, key, before->newest, "digest", 10, 0, &twin, NULL));
    ib_twin_clear (&twin);
    g_assert_true (ib_journal_rename_all (ground->journal, key, before->newest, NULL));
    reopen (ground);
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "ab", 0, NULL));
    g_autoptr (IbMailboxStand) unmet = enter (ground, "INBOX", 0);
    g_assert_true (unmet->has_unmet);
    g_assert_true (ib_journal_rename_all (ground->journal, key, before->newest, NULL));
    g_assert_false (ib_journal_find_renamed (ground->journal, key, before->newest, "digest", 10, 0, &twin, NULL));
    g_autoptr (GPtrArray) valid = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
    g_assert_cmpuint (valid->len, ==, 1);
    g_assert_cmpstr (((const IbPending *) valid->pdata[0])->uidl, ==, "since");
    for (guint time = 0; time < 2; time++) {
        g_assert_true (ib_journal_find_content (ground->journal, key, "digest", 10, 0, &twin, NULL));
        ib_twin_clear (&twin);
        g_autofree char *uidl = g_strdup_printf ("new-%u", time);
        g_assert_true (ib_journal_renumbered (ground->journal, twin.id, key, 0, uidl, 0, NULL));
    }
    g_assert_false (ib_journal_find_content (ground->journal, key, "digest", 10, 0, &twin, NULL));
    g_autoptr (IbMailboxStand) meanwhile = enter (ground, "INBOX", 0);
    g_assert_true (meanwhile->was_revalidated);
    g_assert_false (meanwhile->has_unmet);
    g_assert_cmpuint (g_hash_table_size (meanwhile->uidls), ==, 3); /* all but the deleted one, and what was not wanted */
    g_assert_false (g_hash_table_contains (meanwhile->uidls, "unwanted"));
    g_assert_cmpuint (g_hash_table_size (meanwhile->former_ids), ==, 4);
    is_known_by_its_bytes (ground, key, "one", meanwhile);
    g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
    g_assert_cmpuint (due->len, ==, 3);
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "bb", 0, NULL));
    g_autoptr (IbMailboxStand) after = enter (ground, "INBOX", 0);
    g_assert_false (after->was_revalidated);
    g_assert_cmpint (after->key, ==, key);
}

/* --- on the server ------------------------------------------------------------------------------------------ */

static void
pending_by_uidl (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    IbStory *story = make_story (key, 0, "one", "INBOX");
    char id[IB_ID_LENGTH + 1];
    g_strlcpy (id, story->id, sizeof id);
    deliver_story (ground, story);
    deliver_story (ground, make_story (key, 0, "two", "INBOX"));
    g_assert_true (ib_journal_plan_pending (ground->journal, id, IB_PENDING_DELETE, NULL, 0, NULL));
    g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, 1, NULL);
    g_assert_cmpuint (due->len, ==, 1);
    g_assert_cmpstr (((IbPending *) g_ptr_array_index (due, 0))->uidl, ==, "one");

    const char *const uidls[] = { "two", "one", "three", NULL };
    g_assert_true (ib_journal_settled (ground->journal, key, NULL, 0, uidls, NULL));
    g_autoptr (GPtrArray) rest = ib_journal_due (ground->journal, key, 1, NULL);
    g_assert_cmpuint (rest->len, ==, 0);
    /* Its name is free, its identity stays: a server may have deleted some only. */
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 0);
    g_assert_false (g_hash_table_contains (stand->uidls, "one"));
    g_assert_true (g_hash_table_contains (stand->uidls, "two"));
    g_assert_cmpuint (g_hash_table_size (stand->former_ids), ==, 1);
    g_assert_true (g_hash_table_contains (stand->former_ids, id));
}

static void
pending_in_doubt_is_put_off (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    const char *const uidls[] = { "two", "one", "three", NULL };
    for (const char *const *uidl = uidls; *uidl != NULL; uidl++) {
        IbStory *story = make_story (key, 0, *uidl, "INBOX");
        g_autofree char *id = g_strdup (story->id);
        deliver_story (ground, story);
        if (strcmp (*uidl, "three") != 0)
            g_assert_true (ib_journal_plan_pending (ground->journal, id, IB_PENDING_DELETE, NULL, 1, NULL));
    }
    static const guint news[] = { 2, 0 };
    for (guint day = 1; day <= G_N_ELEMENTS (news); day++) {
        guint fresh = 99;
        g_assert_true (ib_journal_doubted (ground->journal, key, NULL, 0, uidls, day * 1000, &fresh, NULL));
        g_assert_cmpuint (fresh, ==, news[day - 1]);
        g_autoptr (GPtrArray) before = ib_journal_due (ground->journal, key, day * 1000 - 1, NULL);
        g_assert_cmpuint (before->len, ==, 0);
        g_autoptr (GPtrArray) then = ib_journal_due (ground->journal, key, day * 1000, NULL);
        g_assert_cmpuint (then->len, ==, 2);
    }
    g_assert_true (ib_journal_settled (ground->journal, key, NULL, 0, uidls, NULL));
    g_autoptr (GPtrArray) rest = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
    g_assert_cmpuint (rest->len, ==, 0);
}

/* The message of @id, as POP3's "one". */
static void
assert_returns (Ground *ground, gint64 key, const char *id)
{
    g_autoptr (IbStory) again = make_story (key, 0, "one", "INBOX");
    again->content_digest = g_strdup ("digest");
    bool has_returned = false;
    g_assert_true (ib_journal_returned (ground->journal, id, again, &has_returned, NULL));
    g_assert_true (has_returned);
}

/* Whatever has its name while nobody knows if it was deleted is to be looked at. */
static void
pending_that_is_given_up (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    static const char *const uidls[] = { "one", NULL };
    IbStory *story = make_story (key, 0, "one", "INBOX");
    char id[IB_ID_LENGTH + 1];
    g_strlcpy (id, story->id, sizeof id);
    story->content_digest = g_strdup ("digest");
    story->after = IB_STORY_DELETE;
    deliver_story (ground, story);
    g_assert_true (ib_journal_taken (ground->journal, key, 0, "aa", 0, NULL));
    for (guint time = 0; time < 2; time++) {
        g_assert_true (ib_journal_given_up (ground->journal, key, uidls, NULL));
        g_autoptr (GPtrArray) rest = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
        g_assert_cmpuint (rest->len, ==, 0);
        g_autoptr (IbMailboxStand) stand = ib_journal_enter (ground->journal, "home", "INBOX", 0, "aa", NULL);
        g_assert_false (stand->is_unchanged);
        g_assert_false (g_hash_table_contains (stand->uidls, "one"));
        g_assert_true (g_hash_table_contains (stand->former_ids, id));
        if (time == 0) {
            assert_returns (ground, key, id);
            g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
            g_assert_cmpuint (due->len, ==, 1);
        }
    }
    IbTwin twin = { 0 };
    g_assert_true (ib_journal_find_renamed (ground->journal, key, G_MAXINT64, "digest", 10, 0, &twin, NULL));
    ib_twin_clear (&twin);
    g_assert_true (ib_journal_settled (ground->journal, key, NULL, 0, uidls, NULL));
    g_assert_false (ib_journal_find_renamed (ground->journal, key, G_MAXINT64, "digest", 10, 0, &twin, NULL));
}

/* What is met again, under its old name or a new one, is to be deleted once more. */
static void
pending_that_was_gone (Ground *ground, gconstpointer data)
{
    gint64 key = key_of (ground, "INBOX", 0);
    static const char *const uidls[] = { "one", NULL };
    for (guint time = 0; time < 2; time++) {
        IbStory *story = make_story (key, 0, "one", "INBOX");
        char id[IB_ID_LENGTH + 1];
        g_strlcpy (id, story->id, sizeof id);
        if (time == 0) {
            story->content_digest = g_strdup ("digest");
            story->after = IB_STORY_DELETE;
            deliver_story (ground, story);
        }
        g_assert_true (ib_journal_gone (ground->journal, key, uidls, NULL));
        g_autoptr (GPtrArray) rest = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
        g_assert_cmpuint (rest->len, ==, 0);
        g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 0);
        g_assert_false (g_hash_table_contains (stand->uidls, "one"));
        g_assert_true (g_hash_table_contains (stand->former_ids, id));
        if (time == 0) {
            assert_returns (ground, key, id);
        } else {
            ib_story_free (story);
            IbTwin twin = { 0 };
            g_assert_true (ib_journal_find_renamed (ground->journal, key, stand->newest, "digest", 10, 0, &twin, NULL));
            g_assert_true (ib_journal_renumbered (ground->journal, twin.id, key, 0, "new", 0, NULL));
            ib_twin_clear (&twin);
        }
        g_autoptr (GPtrArray) due = ib_journal_due (ground->journal, key, G_MAXINT64, NULL);
        g_assert_cmpuint (due->len, ==, 1);
        g_assert_cmpstr (((IbPending *) g_ptr_array_index (due, 0))->uidl, ==, time == 0 ? "one" : "new");
    }

    /* Nor is its id told by the name that it has now. */
    char id[IB_ID_LENGTH + 1], former_id[IB_ID_LENGTH + 1];
    g_assert_true (ib_journal_gone (ground->journal, key, (const char *[]){ "new", NULL }, NULL));
    g_autoptr (IbMailboxStand) stand = enter (ground, "INBOX", 0);
    ib_story_pop3_id ("home", "new", id);
    g_assert_true (g_hash_table_contains (stand->former_ids, id));
    g_autoptr (IbStory) again = make_story (key, 0, "new", "INBOX");
    again->content_digest = g_strdup ("digest");
    bool has_returned = false;
    g_assert_true (ib_journal_find_namesake (ground->journal, id, again, former_id, NULL));
    g_assert_true (ib_journal_returned (ground->journal, former_id, again, &has_returned, NULL));
    g_assert_true (has_returned);
}

#define TEST(function) { #function, function }
static const struct { const char *name; void (*test) (Ground *, gconstpointer); } tests[] = {
    TEST (uidls_are_known),
    TEST (what_waits_for_a_filter_is_known),
    TEST (listing_is_known),
    TEST (listing_with_open_ones_is_not_kept),
    TEST (listing_ends_with_a_forgotten_intent),
    TEST (is_named_anew),
    TEST (pending_by_uidl),
    TEST (pending_in_doubt_is_put_off),
    TEST (pending_that_is_given_up),
    TEST (pending_that_was_gone),
};

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
        add_test ("/journal-pop3/", tests[i].name, NULL, tests[i].test);
    for (gsize i = 0; i < G_N_ELEMENTS (drops); i++)
        add_test ("/journal-pop3/is-matched-with-imap-once/", drops[i].name, GSIZE_TO_POINTER (i), is_matched_with_imap_once);
    return g_test_run ();
}
