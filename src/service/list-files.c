/* list-files.c - the user's own lists on disk */
#include "list-files.h"
#include "mail-limits.h"

#include <string.h>

/* The list that a script means by the file's own name is this one. */
static bool
is_list_name (const char *name)
{
    g_autofree char *meant = ib_lists_name (name);
    return g_strcmp0 (meant, name) == 0;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted. */
static GPtrArray *
list_names (const char *folder)
{
    GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL); /* none there is no error */
    const char *name;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        if (is_list_name (name))
            g_ptr_array_add (names, g_strdup (name));
    g_ptr_array_sort (names, compare_names);
    return names;
}

static GBytes *
read_list (const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
    if (file == NULL || g_mapped_file_get_length (file) > IB_LIMIT_LIST_BYTES)
        return NULL;
    /* A copy: the user may be writing it. */
    return g_bytes_new (g_mapped_file_get_contents (file), g_mapped_file_get_length (file));
}

IbLists *
ib_list_files_read (const char *folder)
{
    g_autoptr (GPtrArray) names = list_names (folder);
    IbLists *lists = NULL;
    for (guint i = 0; i < names->len && i < IB_LIMIT_LISTS; i++) {
        g_autoptr (GBytes) text = read_list (folder, names->pdata[i]);
        if (text == NULL)
            continue;
        if (lists == NULL)
            lists = ib_lists_new ();
        ib_lists_add (lists, names->pdata[i], text);
    }
    return lists;
}
