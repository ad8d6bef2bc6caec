/* Our own program beside us, played by a script: its lines, its complaints and its ends, as a dry run and learning tell them. */
#include "child.h"
#include "guides.h"
#include "learning.h"
#include "rehearsal.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

typedef struct {
    char *folder; /* the program's, and the home */
    IbPaths *paths;
    guint lines;
    char *last;     /* event of the last line */
    guint64 looked; /* of the last word of progress */
    int status;
    char *complaint, *words, *error;
    gboolean is_ended;
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
    self->folder = g_dir_make_tmp ("ib-child-XXXXXX", NULL);
    self->paths = ib_paths_new (self->folder);
    g_setenv ("INBASKET_BINDIR", self->folder, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
    g_autofree char *program = g_build_filename (self->folder, "inbasket", NULL);
    g_autofree char *noted = g_build_filename (self->folder, "noted", NULL);
    g_unlink (program);
    g_unlink (noted);
    g_assert_cmpint (g_rmdir (self->folder), ==, 0); /* nothing else was left there */
    ib_paths_free (self->paths);
    g_free (self->folder);
    g_free (self->last);
    g_free (self->complaint);
    g_free (self->words);
    g_free (self->error);
}

static void
play (const Fixture *self, const char *script)
{
    g_autofree char *program = g_build_filename (self->folder, "inbasket", NULL);
    g_autofree char *text = g_strdup_printf ("#!/bin/sh\nhere=%s\n%s\n", self->folder, script);
    g_assert_true (g_file_set_contents (program, text, -1, NULL));
    g_assert_cmpint (chmod (program, 0700), ==, 0);
}

static char *
noted (const Fixture *self)
{
    char *text = NULL;
    g_autofree char *path = g_build_filename (self->folder, "noted", NULL);
    (void) g_file_get_contents (path, &text, NULL, NULL);
    return text;
}

static void
wait_for_end (const Fixture *self)
{
    while (!self->is_ended)
        g_main_context_iteration (NULL, TRUE);
}

/* --- the child --------------------------------------------------------------------------------------------------------- */

static void
on_line (JsonObject *line, gpointer user_data)
{
    Fixture *self = user_data;
    self->lines++;
    g_free (self->last);
    self->last = g_strdup (json_object_get_string_member_with_default (line, "event", "none"));
}

static void
on_child_ended (int status, const char *complaint, gpointer user_data)
{
    Fixture *self = user_data;
    self->status = status;
    self->complaint = g_strdup (complaint);
    self->is_ended = TRUE;
}

static const IbChildEvents child_events = { on_line, on_child_ended };

static IbChild *
start (Fixture *self)
{
    const char *const command[] = { "status", "one two", NULL };
    g_autoptr (GError) error = NULL;
    IbChild *child = ib_child_start (self->folder, command, &child_events, self, &error);
    g_assert_no_error (error);
    return child;
}

typedef struct {
    const char *name, *script;
    guint lines;
    const char *last;
    int status;
    const char *complaint;
} Row;

static const Row rows[] = {
    { "lines", "echo '{\"event\":\"a\"}'; echo '{\"event\":\"b\"}'", 2, "b", 0, NULL },
    { "no-line", ":", 0, NULL, 0, NULL },
    { "no-json", "echo hello; echo '[1]'; echo '{\"event\":\"c\"}'", 1, "c", 0, NULL },
    { "complaint", "echo 'inbasket: it broke' >&2; echo more >&2; exit 3", 0, NULL, 3, "it broke" },
    { "other-complaint", "echo 'not ours' >&2; exit 1", 0, NULL, 1, "not ours" },
    { "killed", "kill -9 $$", 0, NULL, -1, NULL },
    { "arguments", "test \"$#:$1:$2:$3:$4:$5\" = \"5:--home:$here:--json:status:one two\"", 0, NULL, 0,
      NULL },
};

static void
test_end (Fixture *self, gconstpointer data)
{
    const Row *row = data;
    play (self, row->script);
    (void) start (self);
    wait_for_end (self);
    g_assert_cmpuint (self->lines, ==, row->lines);
    g_assert_cmpstr (self->last, ==, row->last);
    g_assert_cmpint (self->status, ==, row->status);
    g_assert_cmpstr (self->complaint, ==, row->complaint);
}

/* Its last words after the signal are heard. */
static void
test_stop (Fixture *self, gconstpointer unused)
{
    play (self, "trap 'echo \"{\\\"event\\\":\\\"last\\\"}\"; exit 1' INT\necho '{\"event\":\"first\"}'\n"
                "while :; do sleep 0.05; done");
    IbChild *child = start (self);
    while (self->lines == 0)
        g_main_context_iteration (NULL, TRUE);
    ib_child_stop (child);
    wait_for_end (self);
    g_assert_cmpstr (self->last, ==, "last");
    g_assert_cmpint (self->status, ==, 1);
}

static void
test_kill (Fixture *self, gconstpointer unused)
{
    play (self, "trap '' INT\necho $$ >$here/noted; echo '{\"event\":\"first\"}'\nexec sleep 600");
    IbChild *child = start (self);
    while (self->lines == 0)
        g_main_context_iteration (NULL, TRUE);
    g_autofree char *pid = noted (self);
    g_autofree char *process = g_strdup_printf ("/proc/%d", atoi (pid));
    g_assert_true (g_file_test (process, G_FILE_TEST_EXISTS));
    ib_child_kill (child);
    g_assert_false (g_file_test (process, G_FILE_TEST_EXISTS));
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_false (self->is_ended);
}

static void
test_missing (Fixture *self, gconstpointer unused)
{
    const char *const command[] = { "status", NULL };
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_child_start (NULL, command, &child_events, self, &error));
    g_assert_nonnull (error);
}

/* --- a dry run ----------------------------------------------------------------------------------------------------------- */

static void
on_rehearsed (const char *text, const GError *error, gpointer user_data)
{
    Fixture *self = user_data;
    self->words = g_strdup (text);
    self->error = error != NULL ? g_strdup (error->message) : NULL;
    self->is_ended = TRUE;
}

#define DELIVERED(target, action)                                                                            \
    "echo '{\"event\":\"delivered\",\"target\":" target ",\"action\":\"" action "\"}'\n"
#define SUMMARY(error)                                                                                       \
    "echo '{\"event\":\"summary\",\"accounts\":[{\"name\":\"work\",\"error\":" error "}]}'\n"

typedef struct {
    const char *name, *script, *words, *error;
} Told;

static const Told rehearsed[] = {
    { "mail",
      DELIVERED ("\"Junk\"", "deliver") DELIVERED ("\"INBOX\"", "deliver") DELIVERED ("\"INBOX\"", "deliver")
          SUMMARY ("null"),
      "INBOX 2, Junk 1", NULL },
    { "no-mail", SUMMARY ("null"), "no mail", NULL },
    { "twice-and-away",
      DELIVERED ("\"INBOX\"", "deliver") DELIVERED ("null", "duplicate") DELIVERED ("null", "discard")
          SUMMARY ("null"),
      "INBOX 1; 1 comes twice; 1 thrown away", NULL },
    { "some-failed", DELIVERED ("\"INBOX\"", "deliver") SUMMARY ("null") "exit 1", "INBOX 1", NULL },
    { "refused", SUMMARY ("\"It says no\"") "echo 'inbasket: work: It says no' >&2; exit 6", NULL,
      "It says no" },
    { "configuration",
      "echo '{\"event\":\"summary\",\"accounts\":[]}'; echo 'inbasket: no such filter' >&2; exit 3", NULL,
      "no such filter" },
    { "cut-short", "kill -9 $$", NULL, "The dry run was cut short" },
    { "command",
      "test \"$1:$3:$4:$5:$6\" = --home:--json:sync:--dry-run:work && grep -q anna \"$2/config/accounts/work.conf\" && " SUMMARY (
          "null"),
      "no mail", NULL },
};

static IbRehearsal *
rehearse (Fixture *self)
{
    g_autoptr (GError) error = NULL;
    IbRehearsal *rehearsal = ib_rehearsal_start (self->paths, "work", "[account]\naddress=anna@example.org\n",
                                                 on_rehearsed, self, &error);
    g_assert_no_error (error);
    return rehearsal;
}

static void
test_rehearsal (Fixture *self, gconstpointer data)
{
    const Told *row = data;
    play (self, row->script);
    g_autoptr (IbRehearsal) rehearsal = rehearse (self);
    wait_for_end (self);
    g_assert_cmpstr (self->words, ==, row->words);
    g_assert_cmpstr (self->error, ==, row->error);
}

/* Its home is there while it runs, and not a moment longer. */
static void
test_rehearsal_cancelled (Fixture *self, gconstpointer unused)
{
    play (self, "printf %s \"$2\" >$here/noting; mv $here/noting $here/noted; exec sleep 600");
    IbRehearsal *rehearsal = rehearse (self);
    g_autofree char *home = NULL;
    while ((home = noted (self)) == NULL)
        g_main_context_iteration (NULL, FALSE);
    g_assert_true (g_file_test (home, G_FILE_TEST_IS_DIR));
    ib_rehearsal_free (rehearsal);
    g_assert_false (g_file_test (home, G_FILE_TEST_EXISTS));
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_false (self->is_ended);
}

/* --- learning -------------------------------------------------------------------------------------------------------------- */

static void
on_progressed (const char *account, guint64 looked, guint64 expected, gpointer user_data)
{
    g_assert_true (expected == 0 || expected == 40);
    ((Fixture *) user_data)->looked = looked;
}

static void
on_learned (const char *account, const char *words, const GError *error, gpointer user_data)
{
    Fixture *self = user_data;
    self->lines++;
    g_free (self->last);
    self->last = g_strdup (account);
    if (!self->is_ended)
        on_rehearsed (words, error, user_data);
}

static const IbLearningEvents learning_events = { on_progressed, on_learned };

#define PROGRESS "echo '{\"event\":\"progress\",\"looked\":20,\"expected\":40}'\n"
#define KNOWN(error, ham, spam)                                                                              \
    "echo '{\"event\":\"summary\",\"sources\":[{\"name\":\"work\",\"error\":" error "}],\"ham\":" ham        \
    ",\"spam\":" spam ",\"people\":2,\"enough\":30}'\n"

static const Told learned[] = {
    { "enough", PROGRESS KNOWN ("null", "40", "50"),
      "The classifier knows 40 good messages and 50 of spam, and 2 people whom you write with.", NULL },
    { "not-enough", PROGRESS KNOWN ("null", "40", "1"),
      "The classifier knows 40 good messages and 1 of spam, and 2 people whom you write with. It judges once it knows 30 of each.",
      NULL },
    { "one-of-each", PROGRESS KNOWN ("null", "1", "1"),
      "The classifier knows 1 good message and 1 of spam, and 2 people whom you write with. It judges once it knows 30 of each.",
      NULL },
    { "refused", PROGRESS KNOWN ("\"It says no\"", "0", "0") "exit 6", NULL, "It says no" },
    { "busy", PROGRESS "echo 'inbasket: another works here' >&2; exit 5", NULL, "another works here" },
    { "cut-short", PROGRESS "kill -9 $$", NULL, "Learning was cut short" },
};

static IbLearning *
learn (Fixture *self)
{
    IbLearning *learning = ib_learning_new (self->paths, &learning_events, self);
    ib_learning_add (learning, "work");
    return learning;
}

static void
test_learning (Fixture *self, gconstpointer data)
{
    const Told *row = data;
    play (self, row->script);
    g_autoptr (IbLearning) learning = learn (self);
    wait_for_end (self);
    g_assert_cmpuint (self->looked, ==, 20);
    g_assert_cmpstr (self->words, ==, row->words);
    g_assert_cmpstr (self->error, ==, row->error);
}

/* Who stops it gets no error, but what is known. */
static void
test_learning_stopped (Fixture *self, gconstpointer unused)
{
    play (self, "trap \""
                "echo '{\\\"event\\\":\\\"summary\\\",\\\"sources\\\":[{\\\"error\\\":\\\"stopped\\\"}],"
                "\\\"ham\\\":40,\\\"spam\\\":40,\\\"people\\\":0,\\\"enough\\\":30}'; exit 1\" INT\n" PROGRESS
                "while :; do sleep 0.05; done");
    g_autoptr (IbLearning) learning = learn (self);
    while (self->looked == 0)
        g_main_context_iteration (NULL, TRUE);
    ib_learning_stop (learning);
    wait_for_end (self);
    g_assert_cmpstr (self->error, ==, NULL);
    g_assert_nonnull (self->words);
}

/* One after the other, never both; who stops one has the others not begin. */
static void
test_learning_several (Fixture *self, gconstpointer unused)
{
    play (self, "mkdir $here/lock && echo \"$7\" >>$here/noted && sleep 0.1; rmdir $here/lock\n" KNOWN (
                    "null", "40", "40"));
    g_autoptr (IbLearning) learning = learn (self);
    ib_learning_add (learning, "home");
    while (self->lines < 2)
        g_main_context_iteration (NULL, TRUE);
    g_autofree char *order = noted (self);
    g_assert_cmpstr (order, ==, "work\nhome\n");
    g_assert_cmpstr (self->last, ==, "home");

    ib_learning_add (learning, "third");
    ib_learning_add (learning, "fourth");
    ib_learning_stop (learning);
    while (self->lines < 3)
        g_main_context_iteration (NULL, TRUE);
    while (g_main_context_iteration (NULL, FALSE))
        ;
    g_assert_cmpstr (self->last, ==, "third");
    g_autofree char *lock = g_build_filename (self->folder, "lock", NULL);
    g_rmdir (lock);
}

/* It goes on to its end without anybody. */
static void
test_learning_left (Fixture *self, gconstpointer unused)
{
    play (self, PROGRESS "sleep 0.1; " PROGRESS "echo \"$7\" >>$here/noted\n" KNOWN ("null", "40", "40"));
    IbLearning *learning = learn (self);
    ib_learning_add (learning, "home");
    while (self->looked == 0)
        g_main_context_iteration (NULL, TRUE);
    ib_learning_free (learning);
    g_autofree char *order = NULL;
    while (g_strcmp0 (order, "work\nhome\n") != 0) {
        g_main_context_iteration (NULL, FALSE);
        g_free (order);
        order = noted (self);
    }
    g_assert_false (self->is_ended);
}

/* --- mail programs --------------------------------------------------------------------------------------------------------- */

typedef struct {
    IbGuides *guides;
    IbGuideText *text;
    GError *error;
    gboolean is_ended;
} Answer;

static void
on_guides (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Answer *answer = user_data;
    answer->guides = ib_guides_list_finish (result, &answer->error);
    answer->is_ended = TRUE;
}

static void
on_guide (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Answer *answer = user_data;
    answer->text = ib_guide_read_finish (result, &answer->error);
    answer->is_ended = TRUE;
}

static void
test_guides (Fixture *self, gconstpointer unused)
{
    Answer answer = { NULL };
    play (
        self,
        "test \"$4:$#\" = client:4 && echo '{\"maildir\":\"/m\",\"clients\":["
        "{\"name\":\"a\",\"title\":\"A\",\"program\":null},{\"name\":\"b\",\"title\":\"B\",\"program\":\"/b\"}]}'");
    ib_guides_list (self->folder, NULL, on_guides, &answer);
    while (!answer.is_ended)
        g_main_context_iteration (NULL, TRUE);
    g_assert_no_error (answer.error);
    g_assert_cmpstr (answer.guides->maildir, ==, "/m");
    g_assert_cmpuint (answer.guides->guides->len, ==, 2);
    const IbGuide *first = answer.guides->guides->pdata[0], *second = answer.guides->guides->pdata[1];
    g_assert_cmpstr (first->title, ==, "B"); /* it is here */
    g_assert_true (first->is_here);
    g_assert_cmpstr (second->name, ==, "a");
    g_assert_false (second->is_here);
    ib_guides_free (answer.guides);
}

static void
test_guide (Fixture *self, gconstpointer unused)
{
    Answer answer = { NULL };
    play (
        self,
        "test \"$4:$5\" = client:mutt && printf %s '{\"way\":\"imap\",\"text\":\"set x\\ny\",\"remarks\":[\"One.\"],"
        "\"needs\":\"Dovecot\"}'");
    ib_guide_read (self->folder, "mutt", NULL, on_guide, &answer);
    while (!answer.is_ended)
        g_main_context_iteration (NULL, TRUE);
    g_assert_no_error (answer.error);
    g_assert_cmpstr (answer.text->text, ==, "set x\ny");
    g_assert_cmpstr (answer.text->remarks[0], ==, "One.");
    g_assert_cmpstr (answer.text->remarks[1], ==, "It needs: Dovecot.");
    g_assert_true (answer.text->is_imap);
    ib_guide_text_free (answer.text);
}

static void
test_no_guide (Fixture *self, gconstpointer unused)
{
    Answer answer = { NULL };
    play (self, "echo 'inbasket: no such program' >&2; exit 2");
    ib_guide_read (self->folder, "mutt", NULL, on_guide, &answer);
    while (!answer.is_ended)
        g_main_context_iteration (NULL, TRUE);
    g_assert_cmpstr (answer.error->message, ==, "no such program");
    g_clear_error (&answer.error);
}

#define ADD(path, data, test) g_test_add (path, Fixture, data, set_up, test, tear_down)

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/child/end/", rows[i].name, NULL);
        ADD (path, &rows[i], test_end);
    }
    ADD ("/child/stop", NULL, test_stop);
    ADD ("/child/kill", NULL, test_kill);
    ADD ("/child/missing", NULL, test_missing);
    for (gsize i = 0; i < G_N_ELEMENTS (rehearsed); i++) {
        g_autofree char *path = g_strconcat ("/child/rehearsal/", rehearsed[i].name, NULL);
        ADD (path, &rehearsed[i], test_rehearsal);
    }
    ADD ("/child/rehearsal/cancelled", NULL, test_rehearsal_cancelled);
    for (gsize i = 0; i < G_N_ELEMENTS (learned); i++) {
        g_autofree char *path = g_strconcat ("/child/learning/", learned[i].name, NULL);
        ADD (path, &learned[i], test_learning);
    }
    ADD ("/child/learning/stopped", NULL, test_learning_stopped);
    ADD ("/child/learning/several", NULL, test_learning_several);
    ADD ("/child/learning/left", NULL, test_learning_left);
    ADD ("/child/guides", NULL, test_guides);
    ADD ("/child/guide", NULL, test_guide);
    ADD ("/child/guide/none", NULL, test_no_guide);
    return g_test_run ();
}
