/* The user's own lists: what is in them, what they are called, and the files that they come from. */
#include "list-files.h"
#include "lists.h"

#include <glib/gstdio.h>
#include <string.h>

static const struct {
    const char *name, *written, *expected;
} names[] = {
    { "plain", "friends", "friends" },
    { "letters", "Freunde_2.a+b-c", "Freunde_2.a+b-c" },
    { "utf8", "Fräunde", "Fräunde" },
    { "tag", "tag:example.org,2026-01-01:friends", "friends" },
    { "tag-case", "TAG:anna@example.org,2026:friends", "friends" },
    { "address-book", ":addrbook:default", "addrbook" },
    { "address-book-case", ":AddrBook:Default", "addrbook" },
    { "address-book-long", "urn:ietf:params:sieve:addrbook:default", "addrbook" },
    { "other-address-book", ":addrbook:work", NULL },
    { "empty", "", NULL },
    { "path", "../secret", NULL },
    { "tag-path", "tag:example.org,2026:../secret", NULL },
    { "tag-without-date", "tag:example.org:friends", NULL },
    { "tag-without-name", "tag:example.org,2026:", NULL },
    { "hidden", ".friends", NULL },
    { "blank", "my friends", NULL },
    { "control", "a\nb", NULL },
};

static void
name_is_read (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *name = ib_lists_name (names[i].written);
    g_assert_cmpstr (name, ==, names[i].expected);
}

static const struct {
    const char *name, *text, *entry;
    bool holds;
} entries[] = {
    { "line", "a\nb\nc\n", "b", true },
    { "last-line-without-end", "a\nb", "b", true },
    { "other", "a\nb\n", "c", false },
    { "whole-lines", "abc\n", "b", false },
    { "case", "Anna@Example.ORG\n", "anna@example.org", true },
    { "case-of-letters", "GRÜßE\n", "grüße", true },
    { "blanks-around", " \ta b\t \r\n", "a b", true },
    { "blank-inside", "a b\n", "ab", false },
    { "comment", "# b\n#c\n", "# b", false },
    { "comment-indented", "  # b\n", "# b", false },
    { "hash-inside", "a#b\n", "a#b", true },
    { "empty", "\n\n \n", "", false },
    { "no-utf8", "\377A\n", "\377a", true },
};

static void
entry_is_found (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbLists) lists = ib_lists_new ();
    g_autoptr (GBytes) text = g_bytes_new_static (entries[i].text, strlen (entries[i].text));
    ib_lists_add (lists, "l", text);
    g_assert_cmpint (ib_lists_holds (lists, "l", entries[i].entry, strlen (entries[i].entry)), ==,
                     entries[i].holds);
    g_assert_false (ib_lists_holds (lists, "m", entries[i].entry, strlen (entries[i].entry)));
    g_assert_false (ib_lists_holds (NULL, "l", entries[i].entry, strlen (entries[i].entry)));
}

static void
write_file (const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
remove_file (const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_assert_cmpint (g_remove (path), ==, 0);
}

static void
files_are_lists (void)
{
    g_autofree char *folder = g_dir_make_tmp ("ib-lists-XXXXXX", NULL);
    g_autofree char *inner = g_build_filename (folder, "folder", NULL);
    g_assert_null (ib_list_files_read (folder));
    write_file (folder, "work", "boss@example.org\n");
    write_file (folder, "friends", "anna@example.org\n");
    write_file (folder, ".hidden", "x\n");
    write_file (folder, "not a name", "x\n");
    g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);

    g_autoptr (IbLists) lists = ib_list_files_read (folder);
    g_autofree const char **found = ib_lists_names (lists);
    g_autofree char *joined = g_strjoinv (" ", (char **) found);
    g_assert_cmpstr (joined, ==, "friends work");
    g_assert_true (ib_lists_holds (lists, "work", "boss@example.org", 16));

    const char *const files[] = { "work", "friends", ".hidden", "not a name", "folder" };
    for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
        remove_file (folder, files[i]);
    g_assert_cmpint (g_rmdir (folder), ==, 0);
    g_assert_null (ib_list_files_read (folder));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        g_autofree char *path = g_strdup_printf ("/lists/name/%s", names[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), name_is_read);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (entries); i++) {
        g_autofree char *path = g_strdup_printf ("/lists/entry/%s", entries[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), entry_is_found);
    }
    g_test_add_func ("/lists/files-are-lists", files_are_lists);
    return g_test_run ();
}
