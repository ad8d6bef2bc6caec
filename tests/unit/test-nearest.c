/* Which known word a mistyped one was meant to be. */
#include "nearest.h"

static const char *const keys[] = { "address", "aliases", "host", "port", "user", "secret", "folders", "folder",
                                    "ca-file", "true", "false", "tls", "starttls", NULL };

static const struct { const char *name, *word, *nearest; } cases[] = {
    { "itself",           "host",      "host" },
    { "swapped",          "hots",      "host" },
    { "missing-letter",   "adress",    "address" },
    { "doubled-letter",   "porrt",     "port" },
    { "other-case",       "HOST",      "host" },
    { "two-letters-off",  "starttsl",  "starttls" },
    { "nearer-one-wins",  "folderss",  "folders" },
    { "first-of-equals",  "folder?",   "folders" },
    { "synonym",          "password",  "secret" },
    { "synonym-of-value", "yes",       "true" },
    { "nothing-near",     "wallpaper", NULL },
    { "short-and-other",  "xy",        NULL },
    { "empty",            "",          NULL },
    { "not-utf-8",        "\377\376",  NULL },
    { "very-long",        "hosthosthosthosthosthosthosthosthosthosthosthosthosthosthosthosthost", NULL },
};

static void
finds (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpstr (ib_nearest (cases[i].word, keys), ==, cases[i].nearest);
}

/* A synonym counts only where its meaning is known. */
static void
synonym_elsewhere (void)
{
    const char *const words[] = { "imap", "pop3", NULL };
    g_assert_null (ib_nearest ("password", words));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/nearest/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), finds);
    }
    g_test_add_func ("/nearest/synonym-elsewhere", synonym_elsewhere);
    return g_test_run ();
}
