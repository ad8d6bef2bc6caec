/* lists.c - the user's own lists, by name */
#include "lists.h"
#include "mail-limits.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESS_BOOK "addrbook"

struct _IbLists {
    gatomicrefcount references;
    GHashTable *lists; /* name → List */
};

typedef struct {
    GBytes *text;
    GHashTable *entries; /* in lower case; NULL until somebody asks */
} List;

static void
list_free (gpointer pointer)
{
    List *list = pointer;
    g_bytes_unref (list->text);
    g_clear_pointer (&list->entries, g_hash_table_unref);
    g_free (list);
}

IbLists *
ib_lists_new (void)
{
    IbLists *self = g_new0 (IbLists, 1);
    g_atomic_ref_count_init (&self->references);
    self->lists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, list_free);
    return self;
}

IbLists *
ib_lists_ref (IbLists *self)
{
    g_atomic_ref_count_inc (&self->references);
    return self;
}

void
ib_lists_unref (IbLists *self)
{
    if (self == NULL || !g_atomic_ref_count_dec (&self->references))
        return;
    g_hash_table_unref (self->lists);
    g_free (self);
}

/* In lower case: that of all letters where it is UTF-8. */
static char *
fold (const char *text, gsize length)
{
    return g_utf8_validate_len (text, length, NULL) ? g_utf8_casefold (text, (gssize) length)
                                                    : g_ascii_strdown (text, (gssize) length);
}

static void
add_line (GHashTable *entries, const char *line, gsize length)
{
    while (length > 0 && g_ascii_isspace (line[length - 1]))
        length--;
    while (length > 0 && g_ascii_isspace (*line)) {
        line++;
        length--;
    }
    if (length > 0 && *line != '#' && g_hash_table_size (entries) < IB_LIMIT_LIST_ENTRIES)
        g_hash_table_add (entries, fold (line, length));
}

static GHashTable *
read_entries (GBytes *bytes)
{
    GHashTable *entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    gsize length;
    const char *text = g_bytes_get_data (bytes, &length), *end = text + length;
    while (text < end) {
        const char *newline = memchr (text, '\n', (gsize) (end - text));
        const char *line_end = newline != NULL ? newline : end;
        add_line (entries, text, (gsize) (line_end - text));
        text = line_end + 1;
    }
    return entries;
}

void
ib_lists_add (IbLists *self, const char *name, GBytes *text)
{
    List *list = g_new0 (List, 1);
    list->text = g_bytes_ref (text);
    g_hash_table_replace (self->lists, g_strdup (name), list);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
    return strcmp (*(const char *const *) a, *(const char *const *) b);
}

const char **
ib_lists_names (const IbLists *self)
{
    guint count;
    gpointer *names = g_hash_table_get_keys_as_array (self->lists, &count);
    qsort (names, count, sizeof *names, compare_names);
    return (const char **) names;
}

GBytes *
ib_lists_text (const IbLists *self, const char *name)
{
    const List *list = g_hash_table_lookup (self->lists, name);
    return list != NULL ? list->text : NULL;
}

bool
ib_lists_has (const IbLists *self, const char *name)
{
    return self != NULL && g_hash_table_contains (self->lists, name);
}

/* NULL if there is no such list. */
static GHashTable *
find_entries (const IbLists *self, const char *name)
{
    List *list = self != NULL ? g_hash_table_lookup (self->lists, name) : NULL;
    if (list != NULL && list->entries == NULL)
        list->entries = read_entries (list->text);
    return list != NULL ? list->entries : NULL;
}

void
ib_lists_each (const IbLists *self, const char *name, void (*visit) (const char *entry, gpointer user_data),
               gpointer user_data)
{
    GHashTable *entries = find_entries (self, name);
    if (entries == NULL)
        return;
    GHashTableIter iter;
    g_hash_table_iter_init (&iter, entries);
    for (gpointer entry; g_hash_table_iter_next (&iter, &entry, NULL);)
        visit (entry, user_data);
}

bool
ib_lists_holds (const IbLists *self, const char *name, const char *entry, gsize length)
{
    GHashTable *entries = find_entries (self, name);
    g_autofree char *folded = fold (entry, length);
    return entries != NULL && g_hash_table_contains (entries, folded);
}

/* A file's name: no path, nothing hidden. */
static bool
is_name (const char *name)
{
    for (const char *c = name; *c != '\0'; c++)
        if (!g_ascii_isalnum (*c) && (guchar) *c < 0x80 && strchr ("._+-", *c) == NULL)
            return false;
    return *name != '\0' && *name != '.';
}

/* tagURI = "tag:" authority "," date ":" specific [ "#" fragment ]    RFC 4151, 2.1 */
static const char *
specific_of (const char *uri)
{
    const char *comma = strchr (uri, ',');
    const char *colon = comma != NULL ? strchr (comma, ':') : NULL;
    return colon != NULL ? colon + 1 : "";
}

char *
ib_lists_name (const char *written)
{
    static const char *const address_books[]
        = { ":addrbook:default", "urn:ietf:params:sieve:addrbook:default" };
    for (gsize i = 0; i < G_N_ELEMENTS (address_books); i++)
        if (g_ascii_strcasecmp (written, address_books[i]) == 0)
            return g_strdup (ADDRESS_BOOK);
    const char *name = g_ascii_strncasecmp (written, "tag:", 4) == 0 ? specific_of (written) : written;
    return is_name (name) ? g_strdup (name) : NULL;
}
