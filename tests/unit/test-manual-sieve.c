/* inbasket-sieve(7) tells the truth: its table is what `require` may ask for, its items are known, its examples compile
 * without a word, and do what the comments behind them say:
 *
 *     .\" run: FIELD: VALUE ;; FIELD: VALUE => ACTION, ACTION */
#include "judge.h"
#include "sieve.h"
#include "testsuite.h"

#include <string.h>

/* As a reader sees a line of it. */
static char *
unroff (const char *line)
{
    static const struct {
        const char *escape, *text;
    } escapes[] = { { "\\-", "-" }, { "\\e", "\\" }, { "\\(dq", "\"" }, { "\\(aq", "'" }, { "\\&", "" } };
    GString *plain = g_string_new (line);
    for (gsize i = 0; i < G_N_ELEMENTS (escapes); i++)
        g_string_replace (plain, escapes[i].escape, escapes[i].text, 0);
    return g_string_free (plain, FALSE);
}

static char **
read_lines (void)
{
    g_autofree char *path
        = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "man", "inbasket-sieve.7", NULL);
    g_autofree char *text = NULL;
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, &error));
    return g_strsplit (text, "\n", -1);
}

/* --- the table of extensions --- */

static void
names_all_extensions (void)
{
    g_auto (GStrv) lines = read_lines ();
    g_autoptr (GHashTable) rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    bool is_inside = false;
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (strstr (lines[i], "extensions begin") != NULL || strstr (lines[i], "extensions end") != NULL)
            is_inside = strstr (lines[i], "begin") != NULL;
        g_auto (GStrv) cells = g_strsplit (lines[i], "|", -1);
        if (is_inside && g_strv_length (cells) == 3 && strcmp (cells[0], "require") != 0)
            g_hash_table_add (rows, unroff (cells[0]));
    }
    g_auto (GStrv) known = g_strsplit (ib_sieve_extensions (), " ", -1);
    for (gsize i = 0; known[i] != NULL; i++)
        if (!g_hash_table_remove (rows, known[i]))
            g_test_fail_printf ("%s lacks a row in the table of data/man/inbasket-sieve.7", known[i]);
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init (&iter, rows);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        g_test_fail_printf ("the table of data/man/inbasket-sieve.7 has %s, the language has not",
                            (char *) name);
    }
}

/* --- items --- */

static void
assert_compiles (const char *script)
{
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("page", script, strlen (script), NULL, &diagnostics, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < diagnostics->len; i++)
        g_assert_cmpstr (((const IbDiagnostic *) diagnostics->pdata[i])->message, ==, script);
}

static void
items_are_known (void)
{
    g_auto (GStrv) lines = read_lines ();
    bool is_inside = false;
    guint items = 0;
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (strstr (lines[i], "items begin") != NULL || strstr (lines[i], "items end") != NULL)
            is_inside = strstr (lines[i], "begin") != NULL;
        if (!is_inside || i == 0 || strcmp (lines[i - 1], ".TP") != 0)
            continue;
        g_autofree char *plain = unroff (strchr (lines[i], ' ') + 1);
        g_auto (GStrv) names = g_strsplit_set (plain, " ,\\", -1);
        for (gsize n = 0; names[n] != NULL; n++) {
            if (*names[n] == '\0')
                continue;
            g_autofree char *script = g_strdup_printf (
                "require \"environment\"; if environment :contains \"%s\" \"\" { discard; }",
                g_strstrip (names[n]));
            assert_compiles (script);
            items++;
        }
    }
    g_assert_cmpuint (items, ==, 20);
}

/* --- examples --- */

typedef struct {
    GString *script;
    GPtrArray *runs; /* "MAIL => ACTIONS" */
} Example;

static void
example_free (gpointer data)
{
    Example *example = data;
    g_string_free (example->script, TRUE);
    g_ptr_array_unref (example->runs);
    g_free (example);
}

/* Every block of the page that begins with "require". */
static GPtrArray *
read_examples (void)
{
    static const char mark[] = ".\\\" run: ";
    g_auto (GStrv) lines = read_lines ();
    GPtrArray *examples = g_ptr_array_new_with_free_func (example_free);
    Example *example = NULL;
    bool is_inside = false;
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (strcmp (lines[i], ".nf") == 0 && strstr (lines[i + 1], "require") != NULL) {
            example = g_new0 (Example, 1);
            example->script = g_string_new (NULL);
            example->runs = g_ptr_array_new_with_free_func (g_free);
            g_ptr_array_add (examples, example);
            is_inside = true;
        } else if (strcmp (lines[i], ".fi") == 0) {
            is_inside = false;
        } else if (is_inside) {
            g_autofree char *plain = unroff (lines[i]);
            g_string_append_printf (example->script, "%s\n", plain);
        } else if (g_str_has_prefix (lines[i], mark)) {
            g_assert_nonnull (example);
            g_ptr_array_add (example->runs, g_strdup (lines[i] + strlen (mark)));
        }
    }
    return examples;
}

static void
append_action (GString *text, const IbAction *action)
{
    g_autofree char *flags = g_strjoinv (" ", action->flags);
    g_string_append_printf (text, "%s%s%s%s%s%s%s%s", text->len > 0 ? ", " : "",
                            action->is_implicit ? "(" : "", ib_action_name (action->kind),
                            *action->mailbox != '\0' ? " " : "", action->mailbox, *flags != '\0' ? " " : "",
                            flags, action->is_implicit ? ")" : "");
}

static void
run_example (const Example *example, const char *run)
{
    static const char *const scripts[] = { "page.sieve", NULL };
    g_auto (GStrv) parts = g_strsplit (run, " => ", 2);
    g_auto (GStrv) fields = g_strsplit (parts[0], " ;; ", -1);
    g_autofree char *header = g_strjoinv ("\n", fields);
    g_autofree char *mail = g_strconcat (header, "\n\nbody\n", NULL);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_assert_true (
        ib_judge_add_script (judge, scripts[0], example->script->str, example->script->len, &error));
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_strfreev (facts->scripts);
    facts->scripts = g_strdupv ((char **) scripts);
    facts->now = (gint64) 1716541200 * G_USEC_PER_SEC; /* in the morning */

    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, mail, strlen (mail), facts, false);
    g_autoptr (GString) actions = g_string_new (NULL);
    for (guint i = 0; i < judgement->plan->actions->len; i++)
        append_action (actions, judgement->plan->actions->pdata[i]);
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_assert_cmpstr (actions->str, ==, parts[1]);
}

static void
examples_do_what_they_say (void)
{
    g_autoptr (GPtrArray) examples = read_examples ();
    g_assert_cmpuint (examples->len, >=, 15);
    for (guint i = 0; i < examples->len; i++) {
        const Example *example = examples->pdata[i];
        assert_compiles (example->script->str);
        g_assert_cmpuint (example->runs->len, >, 0);
        for (guint r = 0; r < example->runs->len; r++)
            run_example (example, example->runs->pdata[r]);
    }
}

/* --- scripts and their tests: blocks that begin with "# FILE" --- */

/* Lines of a message stand at the left margin, as the page says. */
static GHashTable *
read_files (void)
{
    g_auto (GStrv) lines = read_lines ();
    GHashTable *files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (strcmp (lines[i], ".nf") != 0 || !g_str_has_prefix (lines[i + 1], "    # "))
            continue;
        char *name = g_strdup (lines[++i] + strlen ("    # "));
        g_autoptr (GString) text = g_string_new (NULL);
        for (i++; strcmp (lines[i], ".fi") != 0; i++) {
            g_autofree char *plain = unroff (lines[i]);
            bool is_indented = g_str_has_prefix (plain, "    ");
            g_string_append_printf (text, "%s\n", is_indented ? plain + strlen ("    ") : plain);
        }
        g_hash_table_insert (files, name, g_strdup (text->str));
    }
    return files;
}

static char *
read_file (const char *path, gsize *out_length, gpointer files, GError **error)
{
    g_autofree char *name = g_path_get_basename (path);
    const char *text = g_hash_table_lookup (files, name);
    g_assert_nonnull (text);
    *out_length = strlen (text);
    return g_strdup (text);
}

static void
tests_pass (void)
{
    g_autoptr (GHashTable) files = read_files ();
    const char *text = g_hash_table_lookup (files, "choir.svtest");
    g_assert_nonnull (text);
    IbTestsuiteOptions options = { .read = read_file, .user_data = files };
    g_autoptr (IbTestsuiteReport) report = ib_testsuite_run ("choir.svtest", text, strlen (text), &options);
    g_assert_null (report->skipped_for);
    g_assert_cmpuint (report->cases->len, ==, 1);
    const IbTestsuiteCase *only = report->cases->pdata[0];
    g_assert_cmpstr (only->reason, ==, NULL);
    g_assert_true (only->has_passed);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/manual/sieve/extensions", names_all_extensions);
    g_test_add_func ("/manual/sieve/items", items_are_known);
    g_test_add_func ("/manual/sieve/examples", examples_do_what_they_say);
    g_test_add_func ("/manual/sieve/tests", tests_pass);
    return g_test_run ();
}
