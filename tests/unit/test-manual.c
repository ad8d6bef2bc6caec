/* inbasket.conf(5) has each key of both files, in the tables' order, with its values and its default; and no other. */
#include "account-file.h"
#include "config.h"

#include <string.h>

/* One key as the page has it. */
typedef struct {
    char *name;       /* "group.key" */
    char *entry;      /* its text, up to the next key of its own */
} Entry;

static void
entry_free (gpointer data)
{
    Entry *entry = data;
    g_free (entry->name);
    g_free (entry->entry);
    g_free (entry);
}

static char *
read_page (void)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data", "man", "inbasket.conf.5", NULL);
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (path, &text, NULL, &error));
    g_assert_no_error (error);
    g_auto (GStrv) parts = g_strsplit (text, "\\-", -1);
    return g_strjoinv ("-", parts);
}

/* ".BI key= VALUES" below ".SS [group]", in the section @heading. */
static GPtrArray *
read_entries (const char *heading)
{
    g_autofree char *page = read_page ();
    g_auto (GStrv) lines = g_strsplit (page, "\n", -1);
    g_autofree char *group = NULL;
    GPtrArray *entries = g_ptr_array_new_with_free_func (entry_free);
    bool is_inside = false;

    for (gsize i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix (lines[i], ".SH "))
            is_inside = strcmp (lines[i] + 4, heading) == 0;
        if (!is_inside)
            continue;
        if (g_str_has_prefix (lines[i], ".SS [")) {
            g_free (group);
            group = g_strndup (lines[i] + 5, strcspn (lines[i] + 5, "]"));
        }
        const char *equals = strchr (lines[i], '=');
        if (group != NULL && g_str_has_prefix (lines[i], ".BI ") && equals != NULL && i > 0 &&
            (strcmp (lines[i - 1], ".TP") == 0 || strcmp (lines[i - 1], ".TQ") == 0)) {
            Entry *entry = g_new (Entry, 1);
            g_autofree char *key = g_strndup (lines[i] + 4, equals - lines[i] - 4);
            entry->name = g_strdup_printf ("%s.%s", group, key);
            entry->entry = g_strdup (equals + 1);
            g_ptr_array_add (entries, entry);
        } else if (entries->len > 0) {
            Entry *entry = g_ptr_array_index (entries, entries->len - 1);
            char *longer = g_strconcat (entry->entry, "\n", lines[i], NULL);
            g_free (entry->entry);
            entry->entry = longer;
        }
    }
    return entries;
}

static void
assert_keys (GPtrArray *entries, const char *const *keys)
{
    for (guint i = 0; i < entries->len && keys[i] != NULL; i++)
        g_assert_cmpstr (((Entry *) g_ptr_array_index (entries, i))->name, ==, keys[i]);
    g_assert_cmpuint (entries->len, ==, g_strv_length ((char **) keys));
}

/* A default that is something stands at the entry's end. */
static void
assert_default (const Entry *entry, const char *text)
{
    g_autofree char *sentence = g_strdup_printf ("Default: %s.", text);
    g_test_message ("%s: %s", entry->name, sentence);
    if (*text != '\0')
        g_assert_nonnull (strstr (entry->entry, sentence));
    else
        g_assert_null (strstr (entry->entry, "Default: "));
}

static void
account_keys (void)
{
    g_autoptr (GPtrArray) entries = read_entries ("ACCOUNTS/NAME.CONF");
    assert_keys (entries, ib_account_file_keys ());
}

static void
account_defaults (void)
{
    static const char text[] = "[account]\naddress=a@b.c\nhost=x.org\n";
    /* These three have no default of their own, and say so. */
    const char *const special[] = { "account.address", "account.host", "account.user", NULL };
    g_autoptr (GPtrArray) entries = read_entries ("ACCOUNTS/NAME.CONF");
    g_autoptr (IbAccount) account = ib_account_parse ("/x/a.conf", text, strlen (text), NULL);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index (entries, i);
        g_autofree char *value = ib_account_get_text (account, entry->name);
        assert_default (entry, g_strv_contains (special, entry->name) ? "" : value);
    }
}

static void
config_keys (void)
{
    g_autoptr (GPtrArray) entries = read_entries ("INBASKET.CONF");
    assert_keys (entries, ib_config_keys ());
}

static void
config_defaults (void)
{
    g_autoptr (GPtrArray) entries = read_entries ("INBASKET.CONF");
    g_autoptr (IbPaths) nowhere = ib_paths_new ("/nowhere");
    g_autoptr (IbConfig) config = ib_config_load (nowhere, NULL);
    for (guint i = 0; i < entries->len; i++) {
        const Entry *entry = g_ptr_array_index (entries, i);
        g_autofree char *value = ib_config_get_text (config, entry->name);
        if (strcmp (entry->name, "delivery.maildir") != 0) /* depends on the home; told at length */
            assert_default (entry, value);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/manual/account-keys", account_keys);
    g_test_add_func ("/manual/account-defaults", account_defaults);
    g_test_add_func ("/manual/config-keys", config_keys);
    g_test_add_func ("/manual/config-defaults", config_defaults);
    return g_test_run ();
}
