/* The journal's memory of where messages were seen, and of what is to be learned from it. */
#include "dues.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"
#define DAY (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

static IbStory *
story_new (guint number)
{
    IbStory *story = ib_story_new ();
    g_snprintf (story->id, sizeof story->id, "%032u", number);
    story->delivered_at = (gint64) number * DAY;
    story->verdict = g_strdup ("unsure");
    ib_story_add_file (story, "INBOX", "")->name = g_strdup_printf ("%u.M1_1.%s-0.host,S=1", number, story->id);
    return story;
}

/* A journal that knows so many messages. */
static IbJournal *
journal_with (guint count)
{
    g_autoptr (GError) error = NULL;
    IbJournal *journal = ib_journal_open (":memory:", &error);
    g_assert_no_error (error);
    for (guint i = 1; i <= count; i++) {
        g_autoptr (IbStory) story = story_new (i);
        g_assert_true (ib_journal_adopt (journal, story, &error));
        g_assert_no_error (error);
    }
    return journal;
}

static char *
name_dues (IbJournal *journal, gint64 now, guint corrections, guint others)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) dues = ib_dues_read (journal, now, corrections, others, &error);
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_no_error (error);
    for (guint i = 0; i < dues->len; i++) {
        const IbDue *due = dues->pdata[i];
        g_string_append_printf (text, "%d:%d:%s ", (int) due->file->message, due->kind, due->why);
    }
    return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
set (IbJournal *journal, guint which, IbDueKind kind, const char *why, gint64 at)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *id = g_strdup_printf ("%032u", which);
    g_autoptr (IbPlacedFile) file = ib_places_find (journal, id, 0, &error);
    g_assert_nonnull (file);
    g_assert_true (ib_dues_set (journal, file, kind, why, at, &error));
    g_assert_no_error (error);
}

/* What is set one after the other: message, kind, time; and what is due then. */
static const struct {
    const char *name;
    struct {
        guint message;
        IbDueKind kind;
        gint64 at;
    } sets[4];
    gint64 now;
    guint corrections, others;
    const char *expected;
} rows[] = {
    { "nothing", { { 0 } }, 100, 9, 9, "" },
    { "not-yet", { { 1, IB_DUE_HAM, 101 } }, 100, 9, 9, "" },
    { "now", { { 1, IB_DUE_HAM, 100 } }, 100, 9, 9, "1:1:x " },
    { "the-newest-first", { { 1, IB_DUE_HAM, 5 }, { 2, IB_DUE_SPAM, 7 }, { 3, IB_DUE_HAM, 6 } }, 100, 9, 9,
      "2:2:x 3:1:x 1:1:x " },
    { "corrections-first", { { 1, IB_DUE_HAM, 9 }, { 2, IB_DUE_CORRECT_SPAM, 7 }, { 3, IB_DUE_CORRECT_HAM, 6 } },
      100, 9, 9, "3:3:x 2:4:x 1:1:x " },
    { "with-their-limits",
      { { 1, IB_DUE_HAM, 9 }, { 2, IB_DUE_CORRECT_SPAM, 7 }, { 3, IB_DUE_CORRECT_HAM, 6 }, { 4, IB_DUE_HAM, 8 } },
      100, 1, 1, "3:3:x 1:1:x " },
    { "a-later-takes-the-place", { { 1, IB_DUE_HAM, 9 }, { 1, IB_DUE_SPAM, 8 } }, 100, 9, 9, "1:2:x " },
    { "a-confirmation-not-that-of-a-correction", { { 1, IB_DUE_CORRECT_SPAM, 9 }, { 1, IB_DUE_SPAM, 8 } }, 100, 9, 9,
      "1:4:x " },
    { "a-correction-does", { { 1, IB_DUE_CORRECT_SPAM, 9 }, { 1, IB_DUE_CORRECT_HAM, 9 } }, 100, 9, 9, "1:3:x " },
};

static void
are_due (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_autoptr (IbJournal) journal = journal_with (4);
    for (gsize i = 0; i < G_N_ELEMENTS (rows[row].sets) && rows[row].sets[i].message != 0; i++)
        set (journal, rows[row].sets[i].message, rows[row].sets[i].kind, "x", rows[row].sets[i].at);
    g_autofree char *text = name_dues (journal, rows[row].now, rows[row].corrections, rows[row].others);
    g_assert_cmpstr (text, ==, rows[row].expected);
}

static void
dropping_spares_corrections_but_not_all (void)
{
    g_autoptr (IbJournal) journal = journal_with (1);
    g_autofree char *id = g_strdup_printf ("%032u", 1);
    g_autoptr (IbPlacedFile) file = ib_places_find (journal, id, 0, NULL);
    set (journal, 1, IB_DUE_CORRECT_HAM, "moved", 1);
    g_assert_true (ib_dues_drop_confirmation (journal, file, NULL));
    g_autofree char *before = name_dues (journal, 2, 9, 9);
    g_assert_cmpstr (before, ==, "1:3:moved ");
    g_assert_true (ib_dues_drop (journal, file, NULL));
    g_autofree char *after = name_dues (journal, 2, 9, 9);
    g_assert_cmpstr (after, ==, "");
}

static void
note (const char *place, gint64 message, guint number, gpointer user_data)
{
    g_string_append_printf (user_data, "%s ", place);
}

static void
assert_in (IbJournal *journal, const char *directory, const char *expected)
{
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_places_in (journal, directory, note, text, NULL));
    g_assert_cmpstr (text->str, ==, expected);
}

static void
places_are_told_by_directory (void)
{
    g_autoptr (IbJournal) journal = journal_with (5);
    static const char *const places[] = { "cur/a", ".Junk/cur/b", ".Junk.x/cur/c", "new/d" };
    g_autoptr (GPtrArray) unseen = ib_places_unseen (journal, 0, 0, 10, NULL);
    g_assert_cmpuint (unseen->len, ==, 5);
    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
        g_assert_true (ib_places_note (journal, unseen->pdata[i], places[i], NULL));
    assert_in (journal, "cur", "cur/a ");
    assert_in (journal, ".Junk/cur", ".Junk/cur/b ");
    assert_in (journal, ".Junk.x/new", "");
    g_autoptr (GPtrArray) left = ib_places_unseen (journal, 0, 0, 10, NULL);
    g_assert_cmpuint (left->len, ==, 1);
    g_autoptr (GPtrArray) behind = ib_places_unseen (journal, 5, 0, 10, NULL);
    g_assert_cmpuint (behind->len, ==, 0);

    g_assert_true (ib_places_note_gone (journal, unseen->pdata[0], "cur/a", NULL));
    assert_in (journal, "cur", "");
    g_autoptr (IbPlacedFile) gone = ib_places_read (journal, 1, 0, NULL);
    g_assert_true (gone->is_gone);
    g_assert_cmpstr (gone->place, ==, "cur/a");
}

/* What we move ourselves is where we put it, until it is looked at. */
static void
our_own_move_is_none_of_the_user (void)
{
    g_autoptr (IbJournal) journal = journal_with (1);
    g_autofree char *id = g_strdup_printf ("%032u", 1);
    g_autoptr (IbPlacedFile) file = ib_places_find (journal, id, 0, NULL);
    g_assert_true (ib_places_note (journal, file, "new/x", NULL));
    g_assert_true (ib_journal_moved (journal, id, "INBOX", file->name, "Junk", "a better twin", NULL));
    g_autoptr (IbPlacedFile) now = ib_places_find (journal, id, 0, NULL);
    g_assert_null (now->place);
    g_assert_cmpstr (now->folder, ==, "Junk");
    g_assert_cmpint (now->since, >, file->since);
}

static void
strangers_are_kept_by_directory (void)
{
    g_autoptr (IbJournal) journal = journal_with (0);
    gint64 key = ib_places_add_directory (journal, "cur", NULL), other = ib_places_add_directory (journal, "new", NULL);
    g_assert_cmpint (key, !=, other);
    g_assert_cmpint (ib_places_add_directory (journal, "cur", NULL), ==, key);
    const IbStranger read = { .name = -7, .is_read = true }, unread = { .name = 8 },
                     copy = { .name = 9, .is_read = true, .id = ID };
    g_assert_true (ib_places_note_stranger (journal, other, &read, NULL));
    g_autoptr (GArray) none = ib_places_of_note (journal, NULL);
    g_assert_cmpuint (none->len, ==, 0);
    g_assert_true (ib_places_note_stranger (journal, key, &unread, NULL));
    g_assert_true (ib_places_note_stranger (journal, key, &copy, NULL));
    g_autoptr (GArray) some = ib_places_of_note (journal, NULL);
    g_assert_cmpuint (some->len, ==, 1);
    g_assert_cmpint (g_array_index (some, gint64, 0), ==, key);

    g_assert_true (ib_places_drop_stranger (journal, key, 8, NULL));
    g_autoptr (GArray) left = ib_places_strangers (journal, key, NULL);
    g_assert_cmpuint (left->len, ==, 1);
    g_assert_cmpstr (g_array_index (left, IbStranger, 0).id, ==, ID);
    g_assert_true (ib_places_drop_directory (journal, key, NULL));
    g_autoptr (GHashTable) directories = ib_places_directories (journal, NULL);
    g_assert_cmpuint (g_hash_table_size (directories), ==, 1);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strdup_printf ("/dues/%s", rows[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), are_due);
    }
    g_test_add_func ("/dues/dropping-spares-corrections-but-not-all", dropping_spares_corrections_but_not_all);
    g_test_add_func ("/places/are-told-by-directory", places_are_told_by_directory);
    g_test_add_func ("/places/our-own-move-is-none-of-the-user", our_own_move_is_none_of_the_user);
    g_test_add_func ("/places/strangers-are-kept-by-directory", strangers_are_kept_by_directory);
    return g_test_run ();
}
