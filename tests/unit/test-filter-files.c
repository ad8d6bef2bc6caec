/* What filters say of themselves, and what may become of the user's own. */
#include "filter-files.h"

#include <glib/gstdio.h>
#include <string.h>

/* --- what it does ------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *text, *about; } abouts[] = {
    { "shipped", "# mine.sieve - lists go into Lists.\n#\n# More.\nkeep;", "lists go into Lists." },
    { "without-suffix", "# Mine: lists go into Lists.\n", "lists go into Lists." },
    { "dash", "# mine.sieve \342\200\224 lists\n", "lists" },
    { "no-name", "# Lists go into Lists.\n", "Lists go into Lists." },
    { "name-as-a-word", "# mine and yours\n", "mine and yours" },
    { "behind-blanks", "\n \t\n#Lists\n", "Lists" },
    { "frame", "#####\n#\n### Lists ###\n", "Lists ###" },
    { "block", "/* Lists */ keep;", "Lists" },
    { "long-block", "/**\n * mine.sieve - Lists\n * and more\n */", "Lists" },
    { "no-end", "/* Lists", "Lists" },
    { "crlf", "# Lists\r\nkeep;\r\n", "Lists" },
    { "no-utf-8", "# L\374sts\n", "L\357\277\275sts" },
    { "nothing-in-it", "#\n\nkeep; # Lists", NULL },
    { "empty-block", "/* */ # Lists", NULL },
    { "no-comment", "keep; # Lists", NULL },
    { "only-the-name", "# mine.sieve -\n", NULL },
    { "empty", "", NULL },
};

static void
says_what_it_does (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *about = ib_filter_files_about ("mine.sieve", abouts[i].text, strlen (abouts[i].text));
    g_assert_cmpstr (about, ==, abouts[i].about);
}

static void
is_bounded (void)
{
    g_autofree char *words = g_strnfill (100000, 'x'), *text = g_strdup_printf ("# %s", words);
    g_autofree char *about = ib_filter_files_about ("mine.sieve", text, strlen (text));
    g_assert_cmpuint (strlen (about), ==, 200);
}

/* --- what may become of them ----------------------------------------------------------------------------------------- */

/* A home with a.sieve and b.sieve of the user's own, the first of which is shipped, too. */
typedef struct {
    const char *name;
    const char *active; /* scripts= */
    const char *a, *b;  /* NULL: there is none */
    const char *does;   /* "write NAME TEXT", "remove NAME", "activate NAME NAME …" */
    const char *words;  /* of its refusal; NULL: it is done */
} Row;

static const Row rows[] = {
    { "write-new", "a.sieve", NULL, NULL, "write new.sieve keep;", NULL },
    { "write-over", "a.sieve", "keep;", NULL, "write a.sieve discard;", NULL },
    { "write-wrong", "", NULL, NULL, "write a.sieve kep;", "a.sieve:1:1: " },
    { "write-dry-only", "b.sieve", NULL, "keep;", "write a.sieve redirect \"x@example.net\";", NULL },
    { "write-dry-only-active", "a.sieve", NULL, NULL, "write a.sieve redirect \"x@example.net\";", "sends no mail" },
    { "write-circle", "b.sieve", "keep;", "require \"include\"; include \"a\";",
      "write a.sieve require \"include\"; include \"b\";", "includes itself" },
    { "write-itself", "", NULL, NULL, "write a.sieve require \"include\"; include \"a\";", "includes itself" },
    { "write-for-one-that-was-wrong", "b.sieve", "keep;", "kep;", "write a.sieve discard;", NULL },
    { "write-dry-only-included", "b.sieve", "keep;", "require \"include\"; include \"a\";",
      "write a.sieve redirect \"x@example.net\";", "b.sieve, which is active, would be wrong then" },
    { "write-outside", "", NULL, NULL, "write ../a.sieve keep;", "without its folder" },
    { "write-hidden", "", NULL, NULL, "write .a.sieve keep;", "without its folder" },
    { "write-other-file", "", NULL, NULL, "write a.conf keep;", "did you mean" },
    { "write-list", "", NULL, NULL, "write a;b.sieve keep;", "without \";\"" },
    { "remove-over-shipped", "a.sieve", "discard;", NULL, "remove a.sieve", NULL },
    { "remove-broken", "a.sieve", "kep;", NULL, "remove a.sieve", NULL },
    { "remove-inactive", "a.sieve", NULL, "keep;", "remove b.sieve", NULL },
    { "remove-active", "b.sieve", NULL, "keep;", "remove b.sieve", "b.sieve is active" },
    { "remove-included", "a.sieve", "require \"include\"; include \"b\";", "keep;", "remove b.sieve",
      "a.sieve, which is active, would be wrong then" },
    { "remove-shipped", "a.sieve", NULL, NULL, "remove a.sieve", "of your own" },
    { "remove-outside", "a.sieve", NULL, NULL, "remove ../inbasket.conf", "without its folder" },
    { "activate-both", "a.sieve", NULL, "keep;", "activate b.sieve a.sieve", NULL },
    { "activate-none", "a.sieve", NULL, NULL, "activate", NULL },
    { "activate-twice", "a.sieve", NULL, NULL, "activate a.sieve a.sieve", "twice" },
    { "activate-wrong", "a.sieve", NULL, "kep;", "activate b.sieve", "b.sieve:1:1: " },
    { "activate-beside-one-that-is-wrong", "b.sieve", NULL, "kep;", "activate a.sieve b.sieve", NULL },
    { "activate-dry-only", "a.sieve", NULL, "redirect \"x@example.net\";", "activate b.sieve", "sends no mail" },
    { "activate-missing", "a.sieve", NULL, NULL, "activate b.sieve", "there is no filter \"b.sieve\"" },
    { "activate-outside", "a.sieve", NULL, NULL, "activate ../x.sieve", "without its folder" },
};

static void
save (const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    if (text != NULL)
        g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static char *
load (const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    char *text = NULL;
    (void) g_file_get_contents (path, &text, NULL, NULL);
    return text;
}

static bool
act (const IbPaths *paths, const char *does, GError **error)
{
    g_auto (GStrv) words = g_strsplit (does, " ", 3);
    if (strcmp (words[0], "write") == 0)
        return ib_filter_files_write (paths, words[1], words[2], strlen (words[2]), NULL, error);
    if (strcmp (words[0], "remove") == 0)
        return ib_filter_files_remove (paths, words[1], NULL, error);
    g_auto (GStrv) names = g_strsplit (does, " ", -1);
    return ib_filter_files_activate (paths, (const char *const *) names + 1, error);
}

/* What is refused leaves everything as it was. */
static void
check_refused (const Row *row, const IbPaths *paths, const char *configuration, const GError *error)
{
    g_autofree char *a = load (paths->filters, "a.sieve"), *b = load (paths->filters, "b.sieve");
    g_autofree char *kept = load (paths->config, "inbasket.conf");
    g_assert_nonnull (error);
    if (strstr (error->message, row->words) == NULL)
        g_error ("%s: %s", row->name, error->message);
    g_assert_cmpstr (a, ==, row->a);
    g_assert_cmpstr (b, ==, row->b);
    g_assert_cmpstr (kept, ==, configuration);
}

static void
check_done (const Row *row, const IbPaths *paths)
{
    g_auto (GStrv) words = g_strsplit (row->does, " ", 3);
    g_autofree char *text = words[1] != NULL ? load (paths->filters, words[1]) : NULL;
    if (strcmp (words[0], "write") == 0) {
        g_assert_cmpstr (text, ==, words[2]);
    } else if (strcmp (words[0], "remove") == 0) {
        g_assert_null (text);
    } else {
        g_auto (GStrv) names = g_strsplit (row->does, " ", -1);
        g_autofree char *list = g_strjoinv (";", names + 1), *line = g_strdup_printf ("\nscripts=%s\n", list);
        g_autofree char *kept = load (paths->config, "inbasket.conf");
        g_assert_true (g_str_has_prefix (kept, "# mine\n"));
        g_assert_nonnull (strstr (kept, line));
    }
}

static void
changes (gconstpointer data)
{
    const Row *row = &rows[GPOINTER_TO_SIZE (data)];
    g_autofree char *home = g_dir_make_tmp ("inbasket-filters-XXXXXX", NULL);
    g_autofree char *shipped = g_build_filename (home, "shipped", NULL);
    g_autofree char *configuration = g_strdup_printf ("# mine\n[filter]\nscripts=%s\n", row->active);
    g_autoptr (IbPaths) paths = ib_paths_new (home);
    g_autoptr (GError) error = NULL;
    g_setenv ("INBASKET_FILTERDIR", shipped, TRUE);
    g_assert_cmpint (g_mkdir_with_parents (paths->filters, 0700), ==, 0);
    g_assert_cmpint (g_mkdir (shipped, 0700), ==, 0);
    save (shipped, "a.sieve", "keep;");
    save (paths->config, "inbasket.conf", configuration);
    save (paths->filters, "a.sieve", row->a);
    save (paths->filters, "b.sieve", row->b);

    bool is_done = act (paths, row->does, &error);
    if (row->words != NULL) {
        g_assert_false (is_done);
        check_refused (row, paths, configuration, error);
    } else {
        g_assert_no_error (error);
        g_assert_true (is_done);
        check_done (row, paths);
    }
    const char *argv[] = { "rm", "-rf", "--", home, NULL };
    g_assert_true (
        g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (abouts); i++) {
        g_autofree char *path = g_strconcat ("/filter-files/about/", abouts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), says_what_it_does);
    }
    g_test_add_func ("/filter-files/about/bounded", is_bounded);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/filter-files/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), changes);
    }
    return g_test_run ();
}
