/* COPYUID: where messages stand after they were moved, if the server says so in earnest. */
#include "copy-uid.h"

#include <string.h>

/* For 5, 6 and 9. */
static const struct { const char *name, *argument, *expected; } cases[] = {
    { "one-by-one",        "99 5,6,9 1,2,3",        "99: 1 2 3" },
    { "ranges",            "99 5:6,9 101:103",      "99: 101 102 103" },
    { "backwards",         "99 6:5,9 101:103",      "99: 101 102 103" },
    { "another-order",     "99 9,5:6 7,3:4",        "99: 3 4 7" },
    { "some-were-gone",    "99 5,9 7:8",            "99: 7 0 8" },
    { "others",            "99 1:4 7:10",           "99: 0 0 0" },
    { "largest",           "4294967295 5 4294967295", "4294967295: 4294967295 0 0" },
    { "too-few",           "99 5,6,9 1:2",          "nonsense" },
    { "too-many",          "99 5,6 1:3",            "nonsense" },
    { "nothing",           "",                      "nonsense" },
    { "one-set",           "99 5:6",                "nonsense" },
    { "empty-set",         "99  1",                 "nonsense" },
    { "open-range",        "99 5: 1:2",             "nonsense" },
    { "star",              "99 5:* 1:*",            "nonsense" },
    { "zero",              "99 0 1",                "nonsense" },
    { "no-uidvalidity",    "0 5 1",                 "nonsense" },
    { "too-large",         "99 4294967296 1",       "nonsense" },
    { "words-behind",      "99 5 1 x",              "nonsense" },
    { "comma-behind",      "99 5, 1,",              "nonsense" },
    { "endless",           "99 1:4294967295 1:4294967295", "nonsense" },
    { "many",              "99 1:400,500:900 1:801", "nonsense" },
};

static void
reads (gconstpointer data)
{
    const guint32 asked[] = { 5, 6, 9 };
    gsize i = GPOINTER_TO_SIZE (data);
    guint32 uidvalidity = 0;
    g_autoptr (GArray) uids = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GArray) fresh = g_array_new (FALSE, FALSE, sizeof (guint32));
    g_autoptr (GString) text = g_string_new ("nonsense");
    g_array_append_vals (uids, asked, G_N_ELEMENTS (asked));
    if (ib_copy_uid_read (cases[i].argument, uids, &uidvalidity, fresh))
        g_string_printf (text, "%u:", uidvalidity);
    for (guint n = 0; n < fresh->len; n++)
        g_string_append_printf (text, " %u", g_array_index (fresh, guint32, n));
    g_assert_cmpstr (text->str, ==, cases[i].expected);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strdup_printf ("/copy-uid/%s", cases[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), reads);
    }
    return g_test_run ();
}
