/* inbasket.conf and the accounts beside it: defaults, every key, every error; a broken account is alone in it. */
#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#define ACCOUNT "[account]\naddress=anna@example.org\nhost=imap.example.org\n"

/* --- a home to try in ------------------------------------------------------------------------------------------------ */

typedef struct {
    char *top;
    IbPaths *paths;
} Home;

static void
write_file (const char *folder, const char *name, const char *text)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_assert_no_errno (g_mkdir_with_parents (folder, 0700));
    g_assert_true (g_file_set_contents (path, text, -1, &error));
    g_assert_no_error (error);
}

static void
home_open (Home *home)
{
    g_autoptr (GError) error = NULL;
    home->top = g_dir_make_tmp ("inbasket-XXXXXX", &error);
    g_assert_no_error (error);
    home->paths = ib_paths_new (home->top);

    g_autofree char *shipped = g_build_filename (home->top, "shipped", NULL);
    g_setenv ("INBASKET_FILTERDIR", shipped, TRUE);
    write_file (shipped, "junk.sieve", "# shipped junk\n");
    write_file (shipped, "lists.sieve", "# shipped lists\n");
    write_file (shipped, "README", "no filter\n");
    write_file (home->paths->filters, "work.sieve", "# my work\n");
    write_file (home->paths->filters, "lists.sieve", "# my lists\n");
}

static void
remove_tree (const char *path)
{
    g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
    const char *name;
    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
        g_autofree char *inner = g_build_filename (path, name, NULL);
        remove_tree (inner);
    }
    g_assert_no_errno (g_remove (path));
}

static void
home_close (Home *home)
{
    remove_tree (home->top);
    g_free (home->top);
    ib_paths_free (home->paths);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Home, home_close)

/* Of an error's text, what stands behind the folder that is different each time. */
static const char *
behind (const Home *home, const char *message)
{
    return g_str_has_prefix (message, home->paths->config) ? message + strlen (home->paths->config) + 1 : message;
}

/* --- values ------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *key, *text, *back; } values[] = {
    { "maildir",             "delivery.maildir", "~/Post", "/people/anna/Post" },
    { "layout-default",      "delivery.layout", NULL, "maildir++" },
    { "layout",              "delivery.layout", "fs", "fs" },
    { "annotate-default",    "delivery.annotate", NULL, "true" },
    { "annotate",            "delivery.annotate", "false", "false" },
    { "deduplicate-default", "delivery.deduplicate", NULL, "true" },
    { "deduplicate",         "delivery.deduplicate", "false", "false" },
    { "scripts-default",     "filter.scripts", NULL, "junk.sieve" },
    { "scripts",             "filter.scripts", "work.sieve; lists.sieve;", "work.sieve;lists.sieve" },
    { "scripts-none",        "filter.scripts", "", "" },
    { "threshold-default",   "filter.spam-threshold", NULL, "0.80" },
    { "threshold",           "filter.spam-threshold", "0.95", "0.95" },
    { "threshold-fine",      "filter.spam-threshold", "0.955", "0.955" },
    { "learn-default",       "filter.learn-from-moves", NULL, "true" },
    { "learn",               "filter.learn-from-moves", "false", "false" },
    { "relays-default",      "trust.relays", NULL, "" },
    { "relays",              "trust.relays", "mx.example.org; 192.0.2.0/24;2001:db8::/32;192.0.2.7",
      "mx.example.org;192.0.2.0/24;2001:db8::/32;192.0.2.7" },
    { "authserv-ids",        "trust.authserv-ids", "mx.example.org", "mx.example.org" },
    { "dns-default",         "privacy.dns-lookups", NULL, "mx" },
    { "dns",                 "privacy.dns-lookups", "none", "none" },
    { "notify-default",      "service.notify", NULL, "important" },
    { "notify",              "service.notify", "all", "all" },
    { "after-default",       "service.after-delivery", NULL, "" },
    { "after",               "service.after-delivery", "notmuch new", "notmuch new" },
    { "metered-default",     "service.on-metered", NULL, "pause-large" },
    { "metered",             "service.on-metered", "normal", "normal" },
    { "saver-default",       "service.on-battery-saver", NULL, "stretch" },
    { "saver",               "service.on-battery-saver", "pause", "pause" },
};

static void
reads_value (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    if (values[i].text != NULL) {
        g_auto (GStrv) parts = g_strsplit (values[i].key, ".", 2);
        g_autofree char *text = g_strdup_printf ("[%s]\n%s=%s\n", parts[0], parts[1], values[i].text);
        write_file (home.paths->config, "inbasket.conf", text);
    }
    g_autoptr (IbConfig) config = ib_config_load (home.paths, &error);
    g_assert_no_error (error);
    g_autofree char *back = ib_config_get_text (config, values[i].key);
    g_assert_cmpstr (back, ==, values[i].back);
}

static void
all_keys_are_tested (void)
{
    for (const char *const *key = ib_config_keys (); *key != NULL; key++) {
        bool is_tested = false;
        for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
            is_tested |= strcmp (values[i].key, *key) == 0;
        if (!is_tested)
            g_test_message ("no row for %s", *key);
        g_assert_true (is_tested);
    }
}

static void
without_a_file (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbPaths) nowhere = ib_paths_new ("/nowhere");
    g_autoptr (IbConfig) config = ib_config_load (nowhere, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (config->maildir, ==, "/nowhere/Mail");
    g_assert_cmpuint (config->accounts->len, ==, 0);
    g_assert_cmpuint (config->broken->len, ==, 0);
}

/* --- errors ---------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *text, *error; } errors[] = {
    { "unknown-key", "[delivery]\nmaildri=/x\n",
      "inbasket.conf:2: unknown key \"maildri\" in [delivery]; did you mean \"maildir\"?" },
    { "unknown-group", "[deliver]\n", "inbasket.conf:1: unknown group [deliver]; did you mean [delivery]?" },
    { "unknown-value", "[delivery]\n# how\nlayout=maildir\n",
      "inbasket.conf:3: layout: \"maildir\" is not one of maildir++, fs; did you mean \"maildir++\"?" },
    { "relative-maildir", "[delivery]\nmaildir=Mail\n",
      "inbasket.conf:2: maildir: \"Mail\" is not a path that begins with / or ~/" },
    { "threshold-word", "[filter]\nspam-threshold=high\n",
      "inbasket.conf:2: spam-threshold: \"high\" is not a probability between 0 and 1, like 0.80" },
    { "threshold-percent", "[filter]\nspam-threshold=80\n",
      "inbasket.conf:2: spam-threshold: \"80\" is not a probability between 0 and 1, like 0.80" },
    { "threshold-nan", "[filter]\nspam-threshold=nan\n",
      "inbasket.conf:2: spam-threshold: \"nan\" is not a probability between 0 and 1, like 0.80" },
    { "threshold-hexadecimal", "[filter]\nspam-threshold=0x1p-1\n",
      "inbasket.conf:2: spam-threshold: \"0x1p-1\" is not a probability between 0 and 1, like 0.80" },
    { "relay-bits-ipv6", "[trust]\nrelays=::1/129\n",
      "inbasket.conf:2: relays: \"::1/129\" is not a host, an address or a network like mx.example.org or "
      "192.0.2.0/24" },
    { "relay-dot", "[trust]\nrelays=.\n",
      "inbasket.conf:2: relays: \".\" is not a host, an address or a network like mx.example.org or "
      "192.0.2.0/24" },
    { "relay", "[trust]\nrelays=192.0.2.0/99\n",
      "inbasket.conf:2: relays: \"192.0.2.0/99\" is not a host, an address or a network like mx.example.org or "
      "192.0.2.0/24" },
    { "authserv-id", "[trust]\nauthserv-ids=mx one\n",
      "inbasket.conf:2: authserv-ids: \"mx one\" is not an authserv-id like mx.example.org" },
    { "script-missing", "[filter]\nscripts=junk.sieve;wrok.sieve\n",
      "inbasket.conf:2: scripts: there is no filter \"wrok.sieve\"; did you mean \"work.sieve\"?" },
    { "script-name", "[filter]\nscripts=junk\n",
      "inbasket.conf:2: scripts: \"junk\" is not the name of a filter; did you mean \"junk.sieve\"?" },
    { "not-utf-8", "[delivery]\n# f\374r mich\n",
      "inbasket.conf:2: byte 0xfc is not UTF-8 text; save the file as UTF-8" },
};

static void
refuses (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    write_file (home.paths->config, "inbasket.conf", errors[i].text);
    g_assert_null (ib_config_load (home.paths, &error));
    g_assert_error (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_PARSE);
    g_assert_cmpstr (behind (&home, error->message), ==, errors[i].error);
}

/* What g_shell_parse_argv () finds wrong is said in its own, translated words. */
static void
refuses_quotes (void)
{
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    write_file (home.paths->config, "inbasket.conf", "[service]\nafter-delivery=notmuch 'new\n");
    g_assert_null (ib_config_load (home.paths, &error));
    g_assert_true (g_str_has_prefix (behind (&home, error->message),
                                     "inbasket.conf:2: after-delivery: the command cannot be split into words: "));
}

static void
loads_to_mend (void)
{
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    write_file (home.paths->config, "inbasket.conf", "[filter]\nscripts=gone.sieve;work.sieve\n");
    g_assert_null (ib_config_load (home.paths, NULL));
    g_autoptr (IbConfig) config = ib_config_load_to_mend (home.paths, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (config->scripts[0], ==, "gone.sieve");
    g_assert_true (ib_config_set (home.paths, "filter.scripts", "work.sieve", &error));
    g_assert_no_error (error);
}

/* --- accounts -------------------------------------------------------------------------------------------------------------- */

static void
one_broken_account (void)
{
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    write_file (home.paths->accounts, "work.conf", ACCOUNT "aliases=Anna@Work.example;ANNA@example.org\n");
    write_file (home.paths->accounts, "home.conf", ACCOUNT "[filter]\nscripts=lists.sieve\n");
    write_file (home.paths->accounts, "broken.conf", ACCOUNT "hots=x\n");
    write_file (home.paths->accounts, "scripts.conf", ACCOUNT "[filter]\nscripts=jnk.sieve\n");
    write_file (home.paths->accounts, "No Name.conf", ACCOUNT);
    write_file (home.paths->accounts, "work.conf~", "an editor's copy");
    write_file (home.paths->accounts, ".work.conf", "hidden");

    g_autoptr (IbConfig) config = ib_config_load (home.paths, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (config->accounts->len, ==, 2);
    g_assert_cmpstr (((IbAccount *) g_ptr_array_index (config->accounts, 0))->name, ==, "home");
    g_assert_cmpstr (((IbAccount *) g_ptr_array_index (config->accounts, 1))->name, ==, "work");
    g_assert_null (ib_config_account (config, "broken"));

    g_assert_cmpuint (config->broken->len, ==, 3);
    const IbBrokenAccount *broken = ib_config_broken (config, "broken");
    g_assert_cmpstr (behind (&home, broken->error->message), ==,
                     "accounts/broken.conf:4: unknown key \"hots\" in [account]; did you mean \"host\"?");
    broken = ib_config_broken (config, "scripts");
    g_assert_cmpstr (behind (&home, broken->error->message), ==,
                     "accounts/scripts.conf:5: scripts: there is no filter \"jnk.sieve\"; did you mean \"junk.sieve\"?");
    broken = ib_config_broken (config, "No Name");
    g_assert_true (g_str_has_prefix (behind (&home, broken->error->message),
                                     "accounts/No Name.conf:2: \"No Name\" cannot be an account's name"));

    g_auto (GStrv) own = ib_config_own_addresses (config);
    const char *const expected[] = { "anna@example.org", "anna@work.example", NULL };
    g_assert_cmpstrv (own, expected);

    const char *const lists[] = { "lists.sieve", NULL }, *const junk[] = { "junk.sieve", NULL };
    g_assert_cmpstrv (ib_config_scripts (config, ib_config_account (config, "home")), lists);
    g_assert_cmpstrv (ib_config_scripts (config, ib_config_account (config, "work")), junk);
}

/* --- filters ---------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *script, *text, *error; } scripts[] = {
    { "own",           "work.sieve",  "# my work\n", NULL },
    { "shipped",       "junk.sieve",  "# shipped junk\n", NULL },
    { "own-goes-first", "lists.sieve", "# my lists\n", NULL },
    { "mistyped",      "list.sieve",  NULL, "there is no filter \"list.sieve\"; did you mean \"lists.sieve\"?" },
    { "out-of-folder", "../inbasket.conf", NULL,
      "\"../inbasket.conf\" is not the name of a filter: give the file's name without its folder" },
    { "no-suffix",     "work",        NULL, "\"work\" is not the name of a filter; did you mean \"work.sieve\"?" },
};

static void
reads_script (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_auto (Home) home;
    home_open (&home);
    gsize length = 0;
    g_autofree char *path = NULL;
    g_autofree char *text = ib_config_read_script (home.paths, scripts[i].script, &path, &length, &error);
    g_assert_cmpstr (text, ==, scripts[i].text);
    g_assert_cmpstr (error != NULL ? error->message : NULL, ==, scripts[i].error);
    if (text != NULL) {
        g_assert_cmpuint (length, ==, strlen (text));
        g_assert_true (g_str_has_suffix (path, scripts[i].script));
    }
}

static void
lists_scripts (void)
{
    g_auto (Home) home;
    home_open (&home);
    g_auto (GStrv) names = ib_config_list_scripts (home.paths);
    const char *const expected[] = { "junk.sieve", "lists.sieve", "work.sieve", NULL };
    g_assert_cmpstrv (names, expected);
}

/* --- setting ---------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *before, *key, *value, *after, *error; } settings[] = {
    { "new-file", NULL, "filter.scripts", "junk.sieve;work.sieve",
      "[filter]\nscripts=junk.sieve;work.sieve\n", NULL },
    { "comments-stay", "# mine\n[filter]\n# in this order\nscripts=junk.sieve\n\n[service]\n", "filter.scripts",
      "work.sieve;junk.sieve", "# mine\n[filter]\n# in this order\nscripts=work.sieve;junk.sieve\n\n[service]\n", NULL },
    { "empty-list", "[filter]\nscripts=junk.sieve\n", "filter.scripts", "", "[filter]\nscripts=\n", NULL },
    { "default-again", "[filter]\nscripts=work.sieve\n", "filter.scripts", NULL, "[filter]\n", NULL },
    { "wrong-value", "[filter]\n", "filter.scripts", "wrok.sieve", "[filter]\n",
      "scripts: there is no filter \"wrok.sieve\"; did you mean \"work.sieve\"?" },
    { "broken-elsewhere", "[service]\nnotify=x\n", "filter.scripts", "work.sieve", "[service]\nnotify=x\n",
      "inbasket.conf:2: notify: \"x\" is not one of none, important, all" },
    { "unknown-key", NULL, "filter.script", "x", NULL, "unknown key \"filter.script\"; did you mean \"filter.scripts\"?" },
};

static void
sets (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL, unread = NULL;
    g_auto (Home) home;
    home_open (&home);
    if (settings[i].before != NULL)
        write_file (home.paths->config, "inbasket.conf", settings[i].before);

    bool is_set = ib_config_set (home.paths, settings[i].key, settings[i].value, &error);
    g_assert_cmpint (is_set, ==, settings[i].error == NULL);
    g_assert_cmpstr (error != NULL ? behind (&home, error->message) : NULL, ==, settings[i].error);

    g_autofree char *text = NULL;
    (void) g_file_get_contents (home.paths->config_file, &text, NULL, &unread); /* stays NULL where there is none */
    g_assert_cmpstr (text, ==, settings[i].after);
}

static void
add_rows (const char *group, gsize n, const char *const *first_name, gsize stride, GTestDataFunc test)
{
    for (gsize i = 0; i < n; i++) {
        const char *name = *(const char *const *) ((const char *) first_name + i * stride);
        g_autofree char *path = g_strdup_printf ("/config/%s/%s", group, name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
    }
}
#define ADD_ROWS(group, rows, test) add_rows (group, G_N_ELEMENTS (rows), &rows[0].name, sizeof rows[0], test)

int
main (int argc, char **argv)
{
    g_setenv ("HOME", "/people/anna", TRUE);
    g_setenv ("LC_ALL", "C.UTF-8", TRUE);
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS ("value", values, reads_value);
    ADD_ROWS ("error", errors, refuses);
    ADD_ROWS ("script", scripts, reads_script);
    ADD_ROWS ("set", settings, sets);
    g_test_add_func ("/config/all-keys-are-tested", all_keys_are_tested);
    g_test_add_func ("/config/without-a-file", without_a_file);
    g_test_add_func ("/config/loads-to-mend", loads_to_mend);
    g_test_add_func ("/config/quotes", refuses_quotes);
    g_test_add_func ("/config/one-broken-account", one_broken_account);
    g_test_add_func ("/config/list-scripts", lists_scripts);
    return g_test_run ();
}
