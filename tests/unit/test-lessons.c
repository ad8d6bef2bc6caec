/* The journal's lessons and people: what a later Inbasket learns from again, and whom it knows. */
#include "lessons.h"
#include "people.h"

#include <string.h>

#define ID "0123456789abcdef0123456789abcdef"

static IbJournal *
fresh (void)
{
    g_autoptr (GError) error = NULL;
    IbJournal *journal = ib_journal_open (":memory:", &error);
    g_assert_no_error (error);
    return journal;
}

static void
teach_so (IbJournal *journal, const char *key, bool is_spam, IbLessonForce force)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbLesson) lesson = ib_lesson_new ();
    g_free (lesson->key);
    lesson->key = g_strdup (key);
    lesson->is_spam = is_spam;
    lesson->force = force;
    lesson->example = g_bytes_new (key, strlen (key));
    g_assert_true (ib_lessons_record (journal, lesson, &error));
    g_assert_no_error (error);
    g_assert_cmpint (lesson->sequence, ==, ib_lessons_last (journal));
}

static void
teach (IbJournal *journal, const char *key, bool is_spam)
{
    teach_so (journal, key, is_spam, IB_LESSON_CORRECTS);
}

static bool
gather (const IbLesson *lesson, gpointer text)
{
    g_string_append_printf (text, "%d %s %s %d\n", (int) lesson->sequence, lesson->key,
                            lesson->is_spam ? "spam" : "ham", (int) g_bytes_get_size (lesson->example));
    return true;
}

static void
assert_lessons (IbJournal *journal, gint64 after, const char *expected)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = g_string_new (NULL);
    g_assert_true (ib_lessons_read (journal, after, gather, text, &error));
    g_assert_no_error (error);
    g_assert_cmpstr (text->str, ==, expected);
}

static void
come_back_in_their_order (void)
{
    g_autoptr (IbJournal) journal = fresh ();
    teach (journal, "a", true);
    teach (journal, "bb", false);
    assert_lessons (journal, 0, "1 a spam 1\n2 bb ham 2\n");
    assert_lessons (journal, 1, "2 bb ham 2\n");
}

static void
a_later_one_takes_the_place_of_one_about_the_same (void)
{
    g_autoptr (IbJournal) journal = fresh ();
    teach (journal, "a", true);
    teach (journal, "bb", false);
    teach (journal, "a", false);
    assert_lessons (journal, 0, "2 bb ham 2\n3 a ham 1\n");
}

static void
a_correction_is_known_by_its_message (void)
{
    g_autoptr (IbJournal) journal = fresh ();
    g_assert_false (ib_lessons_has_correction (journal, "a", NULL));
    teach_so (journal, "a", true, IB_LESSON_CONFIRMS);
    g_assert_false (ib_lessons_has_correction (journal, "a", NULL));
    teach (journal, "a", true);
    g_assert_true (ib_lessons_has_correction (journal, "a", NULL));
    g_assert_false (ib_lessons_has_correction (journal, "b", NULL));
}

static void
the_newest_are_kept (void)
{
    g_autoptr (IbJournal) journal = fresh ();
    teach (journal, "a", true);
    teach (journal, "b", true);
    teach (journal, "c", true);
    g_assert_true (ib_lessons_trim (journal, 2, NULL));
    assert_lessons (journal, 0, "2 b spam 1\n3 c spam 1\n");
    g_assert_true (ib_lessons_trim (journal, 2, NULL));
    assert_lessons (journal, 0, "2 b spam 1\n3 c spam 1\n");
}

static void
a_young_journal_goes_on_from_what_was_learned (void)
{
    g_autoptr (IbJournal) journal = fresh ();
    g_assert_cmpint (ib_lessons_last (journal), ==, 0);
    g_assert_true (ib_lessons_go_on_from (journal, 40, NULL));
    teach (journal, "a", true);
    assert_lessons (journal, 0, "41 a spam 1\n");
    g_assert_true (ib_lessons_go_on_from (journal, 50, NULL));
    teach (journal, "b", true);
    assert_lessons (journal, 41, "51 b spam 1\n");
}

static void
what_is_not_flushed_is_not_kept (void)
{
    g_autofree char *folder = g_dir_make_tmp ("ib-lessons-XXXXXX", NULL);
    g_autofree char *path = g_build_filename (folder, "journal.db", NULL);
    IbJournal *journal = ib_journal_open (path, NULL);
    teach (journal, "a", true);
    g_assert_true (ib_journal_flush (journal, NULL));
    teach (journal, "b", true);
    ib_journal_close (journal);

    journal = ib_journal_open (path, NULL);
    assert_lessons (journal, 0, "1 a spam 1\n");
    ib_journal_close (journal);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

typedef struct {
    const char *name;
    const char *rows; /* "address|name|time" each */
    guint most;
    const char *expected;
} People;

static const People people[] = {
    { "nobody", "", 10, "" },
    { "in-lower-case", "Anna@Example.ORG|Anna|1", 10, "anna@example.org Anna\n" },
    { "last-written-with-first", "a@x.test||1\nb@x.test||3\nc@x.test||2", 10, "b@x.test \nc@x.test \na@x.test \n" },
    { "at-most", "a@x.test||1\nb@x.test||3", 1, "b@x.test \n" },
    { "a-name-is-kept", "a@x.test|Anna|1\na@x.test||2", 10, "a@x.test Anna\n" },
    { "a-name-is-replaced", "a@x.test|Anna|1\na@x.test|Anna B.|2", 10, "a@x.test Anna B.\n" },
    { "an-older-time-does-not-count", "a@x.test||5\nb@x.test||4\na@x.test||1", 10, "a@x.test \nb@x.test \n" },
    { "no-address", "anna|Anna|1\nan na@x.test||1", 10, "" },
    { "a-name-in-one-line", "a@x.test|An\tna|1", 10, "a@x.test An na\n" },
};

static void
are_known (gconstpointer data)
{
    const People *row = data;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbJournal) journal = fresh ();
    g_auto (GStrv) lines = g_strsplit (row->rows, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        g_auto (GStrv) columns = g_strsplit (lines[i], "|", 3);
        g_assert_true (ib_people_note (journal, columns[0], columns[1],
                                       g_ascii_strtoll (columns[2], NULL, 10), &error));
        g_assert_no_error (error);
    }
    g_autoptr (GBytes) read = ib_people_read (journal, row->most, &error);
    g_assert_no_error (error);
    g_autofree char *text = g_strndup (g_bytes_get_data (read, NULL), g_bytes_get_size (read));
    g_assert_cmpstr (text, ==, row->expected);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/lessons/come-back-in-their-order", come_back_in_their_order);
    g_test_add_func ("/lessons/a-later-one-takes-the-place-of-one-about-the-same",
                     a_later_one_takes_the_place_of_one_about_the_same);
    g_test_add_func ("/lessons/a-correction-is-known-by-its-message", a_correction_is_known_by_its_message);
    g_test_add_func ("/lessons/the-newest-are-kept", the_newest_are_kept);
    g_test_add_func ("/lessons/a-young-journal-goes-on-from-what-was-learned",
                     a_young_journal_goes_on_from_what_was_learned);
    g_test_add_func ("/lessons/what-is-not-flushed-is-not-kept", what_is_not_flushed_is_not_kept);
    for (gsize i = 0; i < G_N_ELEMENTS (people); i++) {
        g_autofree char *path = g_strdup_printf ("/people/%s", people[i].name);
        g_test_add_data_func (path, &people[i], are_known);
    }
    return g_test_run ();
}
