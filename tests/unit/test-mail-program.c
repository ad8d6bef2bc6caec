/* What starts a mail program without a message to write. */
#include "mail-program.h"

static const struct {
    const char *name, *exec, *argv; /* "|" between; NULL: cannot be read */
} cases[] = {
    { "bare", "thunderbird", "thunderbird" },
    { "address", "thunderbird %u", "thunderbird" },
    { "addresses", "evolution %U", "evolution" },
    { "icon-and-file", "kmail %i %k -x", "kmail|-x" },
    { "title", "kmail -qwindowtitle %c %u", "kmail|-qwindowtitle|The Mail" },
    { "within-a-word", "mail --compose=%u --title=%c", "mail|--title=The Mail" },
    { "per-cent", "mail 100%%", "mail|100%" },
    { "per-cent-at-the-end", "mail 100%", "mail|100%" },
    { "quoted", "\"/opt/The Mail/mail\" 'a b'", "/opt/The Mail/mail|a b" },
    { "no-shell", "mail; rm -r /", "mail;|rm|-r|/" },
    { "open-quote", "mail \"", NULL },
    { "empty", "", NULL },
};

static void
exec_runs (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (GStrv) argv = ib_mail_program_argv (cases[i].exec, "The Mail");
    g_autofree char *joined = argv != NULL ? g_strjoinv ("|", argv) : NULL;
    g_assert_cmpstr (joined, ==, cases[i].argv);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/mail-program/argv/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), exec_runs);
    }
    return g_test_run ();
}
