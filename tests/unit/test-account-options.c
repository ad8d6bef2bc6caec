/* Each key of an account is an option with a value and a meaning. */
#include "account-options.h"
#include "account-file.h"

#include <string.h>

static void
every_key_is_an_option (void)
{
    g_autoptr (IbAccountOptions) options = ib_account_options_new (NULL);
    g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
    const GOptionEntry *entry = ib_account_options_entries (options);
    for (const char *const *key = ib_account_file_keys (); *key != NULL; key++, entry++) {
        g_test_message ("%s", *key);
        g_assert_true (g_str_has_suffix (entry->long_name, strchr (*key, '.') + 1) ||
                       strcmp (entry->long_name, "filter-enabled") == 0);
        g_assert_nonnull (entry->description);
        g_assert_nonnull (entry->arg_description);
        g_assert_true (g_hash_table_add (names, (gpointer) entry->long_name));
    }
    g_assert_null (entry->long_name);
}

/* Common options of the program would be taken away before. */
static void
none_is_a_common_option (void)
{
    const char *const common[] = { "home", "json", "quiet", "verbose", "no-progress", "version", "help", NULL };
    g_autoptr (IbAccountOptions) options = ib_account_options_new (NULL);
    for (const GOptionEntry *entry = ib_account_options_entries (options); entry->long_name != NULL; entry++)
        g_assert_false (g_strv_contains (common, entry->long_name));
}

static void
given_ones_become_keys (void)
{
    gboolean is_certain = FALSE;
    const GOptionEntry more[] = { { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_certain, "", NULL }, { NULL } };
    g_autoptr (IbAccountOptions) options = ib_account_options_new (more);
    g_autoptr (GOptionContext) context = g_option_context_new (NULL);
    g_autoptr (GError) error = NULL;
    g_option_context_add_main_entries (context, ib_account_options_entries (options), NULL);

    const char *words[] = { "add", "--filter-enabled=false", "work", "--yes", "--after", "delete", "--port", "", "--enabled",
                            "true" };
    int argc = G_N_ELEMENTS (words);
    char **argv = g_new0 (char *, argc + 1);
    for (int i = 0; i < argc; i++)
        argv[i] = g_strdup (words[i]);
    g_autofree char **parsed = g_memdup2 (argv, sizeof *argv * (argc + 1));
    g_assert_true (g_option_context_parse (context, &argc, &parsed, &error));
    g_assert_no_error (error);

    const char *const expected[] = { "account.enabled", "true",           "account.port", "", "fetch.after", "delete",
                                     "filter.enabled",  "false", NULL };
    g_assert_cmpstrv (ib_account_options_given (options), expected);
    g_assert_true (is_certain);
    g_assert_cmpint (argc, ==, 2);
    g_assert_cmpstr (parsed[1], ==, "work");
    g_strfreev (argv);
}

/* The shells know them, too. */
static const struct { const char *shell, *file, *before; } completions[] = {
    { "bash", "inbasket.bash", "--" },
    { "zsh", "_inbasket", "'--" },
    { "fish", "inbasket.fish", "-l " },
};

static void
shell_completes_them (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "completions", completions[i].file, NULL);
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, &error));
    g_assert_no_error (error);

    g_autoptr (IbAccountOptions) options = ib_account_options_new (NULL);
    for (const GOptionEntry *entry = ib_account_options_entries (options); entry->long_name != NULL; entry++) {
        g_autofree char *pattern = g_strdup_printf ("%s%s[^a-z0-9-]", completions[i].before, entry->long_name);
        g_test_message ("%s", pattern);
        g_assert_true (g_regex_match_simple (pattern, text, 0, 0));
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/account-options/every-key-is-an-option", every_key_is_an_option);
    g_test_add_func ("/account-options/none-is-a-common-option", none_is_a_common_option);
    g_test_add_func ("/account-options/given-ones-become-keys", given_ones_become_keys);
    for (gsize i = 0; i < G_N_ELEMENTS (completions); i++) {
        g_autofree char *path = g_strconcat ("/account-options/", completions[i].shell, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), shell_completes_them);
    }
    return g_test_run ();
}
