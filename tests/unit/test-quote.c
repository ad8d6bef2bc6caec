/* quote.c: what each syntax reads back is what went in. The real programs read theirs in tests/e2e/test_client.py. */
#include "quote.h"

#include <string.h>

#define ODD "/a b/it's \"#1\" $HOME `id` 50%: é\\"

static const struct {
    const char *name;
    char *(*quote) (const char *text);
    const char *text, *quoted;
} cases[] = {
    { "shell", ib_quote_shell, "/it's", "'/it'\\''s'" },
    { "shell-in-mutt", ib_quote_shell_in_mutt, "/`a` \"b\" $c \\", "\"/\\`a\\` \\\"b\\\" \\$c \\\\\"" },
    { "plain", ib_quote_shell_plain, "/home/anna/.config", "/home/anna/.config" },
    { "plain-blank", ib_quote_shell_plain, "/a b", "\"$(printf '/a\\040b')\"" },
    { "plain-empty", ib_quote_shell_plain, "", "\"$(printf '')\"" },
    { "url", ib_quote_url_path, "/a b#?%;é", "/a%20b%23%3F%25%3B%C3%A9" },
    { "elisp", ib_quote_elisp, "/\"a\"\\", "\"/\\\"a\\\"\\\\\"" },
    { "key-file", ib_quote_key_file, " a\\b", "\\sa\\\\b" },
    { "dovecot", ib_quote_dovecot, "it's \"a\"\\", "\"it\\'s \\\"a\\\"\\\\\"" },
    { "dovecot-variables", ib_quote_dovecot_variables, "50%:", "50%%:" },
    { "dovecot-location", ib_quote_dovecot_location, "50%:", "50%%::" },
    { "unit", ib_quote_unit, "/a $b 50% \"c\"\\", "\"/a $$b 50%% \\\"c\\\"\\\\\"" },
};

static void
quotes (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *quoted = cases[i].quote (cases[i].text);
    g_assert_cmpstr (quoted, ==, cases[i].quoted);
}

/* A shell's word is asked of a shell. */
static const struct {
    const char *name;
    char *(*quote) (const char *text);
} words[] = {
    { "shell", ib_quote_shell },
    { "shell-in-mutt", ib_quote_shell_in_mutt },
    { "plain", ib_quote_shell_plain },
};

static void
is_read_back (gconstpointer data)
{
    g_autofree char *word = words[GPOINTER_TO_SIZE (data)].quote (ODD);
    g_autofree char *script = g_strdup_printf ("printf %%s %s", word);
    const char *const command[] = { "sh", "-c", script, NULL };
    g_autofree char *out = NULL;
    g_autoptr (GError) error = NULL;
    g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (out, ==, ODD);
}

/* mutt looks for the end of a command in backticks: one that no backslash precedes. */
static void
hides_backticks (void)
{
    g_autofree char *word = ib_quote_shell_in_mutt (ODD);
    for (const char *at = word; *at != '\0'; at++) {
        if (*at == '\\')
            at++;
        else
            g_assert_cmpint (*at, !=, '`');
    }
}

static void
refuses (void)
{
    g_assert_true (ib_quote_can (ODD));
    g_assert_false (ib_quote_can ("/two\nlines"));
    g_assert_false (ib_quote_can ("/\x7f"));
    g_assert_false (ib_quote_can ("/\xff"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/quote/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), quotes);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
        g_autofree char *path = g_strdup_printf ("/quote/read-back/%s", words[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), is_read_back);
    }
    g_test_add_func ("/quote/backticks", hides_backticks);
    g_test_add_func ("/quote/refuses", refuses);
    return g_test_run ();
}
