/* A fault happens where and as often as IB_FAULT says, and each point in the sources is in the table. */
#include "fault.h"

#include <errno.h>
#include <string.h>

static const struct { const char *name, *spec; bool is_valid; int results[4]; } cases[] = {
    { "none",            NULL,                    true,  { 0, 0, 0, 0 } },
    { "list",            "list",                  true,  { 0, 0, 0, 0 } },
    { "second",          "fs.write:2:ENOSPC",     true,  { 0, ENOSPC, 0, 0 } },
    { "second-and-on",   "fs.write:2+:EIO",       true,  { 0, EIO, EIO, EIO } },
    { "another-point",   "fs.copy:1:EIO",         true,  { 0, 0, 0, 0 } },
    { "unknown-point",   "fs.sing:1:EIO",         false, { 0, 0, 0, 0 } },
    { "part-of-a-name",  "fs:1",                  false, { 0, 0, 0, 0 } },
    { "no-number",       "fs.write",              false, { 0, 0, 0, 0 } },
    { "zeroth",          "fs.write:0:EIO",        false, { 0, 0, 0, 0 } },
    { "unknown-errno",   "fs.write:1:EWHAT",      false, { 0, 0, 0, 0 } },
    { "dies-for-ever",   "fs.write:1+",           false, { 0, 0, 0, 0 } },
    { "more-behind",     "fs.write:1x",           false, { 0, 0, 0, 0 } },
};

static void
hits (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_fault_set (cases[i].spec), ==, cases[i].is_valid);
    for (gsize n = 0; n < G_N_ELEMENTS (cases[i].results); n++)
        g_assert_cmpint (ib_fault ("fs.write"), ==, cases[i].results[n]);
    ib_fault_set (NULL);
}

static void
kills (void)
{
    if (g_test_subprocess ()) {
        ib_fault_set ("fs.write:2");
        ib_fault ("fs.write");
        g_printerr ("first passed\n");
        ib_fault ("fs.write");
        g_printerr ("second passed\n");
        return;
    }
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_failed ();
    g_test_trap_assert_stderr ("*first passed*");
    g_test_trap_assert_stderr_unmatched ("*second passed*");
}

/* Every name that the sources ask for, as ib_fault ("NAME"). */
static void
collect (const char *folder, GHashTable *used)
{
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    g_autoptr (GRegex) asks = g_regex_new ("ib_fault \\(\"([^\"]+)\"\\)", 0, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        g_autofree char *text = NULL;
        if (g_file_test (path, G_FILE_TEST_IS_DIR))
            collect (path, used);
        else if (g_str_has_suffix (name, ".c") && g_file_get_contents (path, &text, NULL, NULL)) {
            g_autoptr (GMatchInfo) match = NULL;
            for (g_regex_match (asks, text, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
                g_hash_table_add (used, g_match_info_fetch (match, 1));
        }
    }
}

static void
table_is_whole (void)
{
    g_autoptr (GHashTable) used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *sources = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "src", NULL);
    collect (sources, used);
    g_assert_cmpuint (g_hash_table_size (used), >=, 5);

    for (const char *const *name = ib_fault_names (); *name != NULL; name++)
        if (!g_hash_table_remove (used, *name))
            g_error ("nobody passes the point %s", *name);
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init (&iter, used);
    while (g_hash_table_iter_next (&iter, &name, NULL))
        g_error ("the table lacks the point %s", (char *) name);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/fault/hits/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), hits);
    }
    g_test_add_func ("/fault/kills", kills);
    g_test_add_func ("/fault/table-is-whole", table_is_whole);
    return g_test_run ();
}
