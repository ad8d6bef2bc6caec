/* The four ways round a server's filter: what is known of a message in, their names out. */
#include "causes.h"

#include <string.h>

static const struct {
    const char *name, *account; /* "off", "on", "none" */
    const char *recipient, *relay, *mx, *server_filter, *causes;
} rows[] = {
    { "none", "on", "anna@a.example", "", "match", "passed", "" },
    { "filter-off", "off", "anna@a.example", "", "", "passed", "unprotected" },
    { "address-of-no-account", "on", "old@b.example", "", "", "marked", "unprotected" },
    { "nobody-says-to-whom", "on", "", "", "", "marked", "" },
    { "no-filter-on-the-server", "on", "anna@a.example", "", "", "", "no-server-filter" },
    { "relay", "on", "anna@a.example", "198.51.100.7", "", "passed", "relay" },
    { "beside-mx", "on", "anna@a.example", "", "beside", "passed", "beside-mx" },
    { "all", "off", "old@b.example", "r.example", "beside", "",
      "unprotected no-server-filter relay beside-mx" },
    /* A file that came through no account lay on no server. */
    { "no-account", "none", "", "", "", "", "" },
};

static IbConfig *
config_new (bool is_filtered)
{
    IbConfig *config = g_new0 (IbConfig, 1);
    IbAccount *account = g_new0 (IbAccount, 1);
    account->name = g_strdup ("home");
    account->address = g_strdup ("Anna@a.example");
    account->aliases = g_new0 (char *, 1);
    account->is_filtered = is_filtered;
    config->scripts = g_strsplit ("junk.sieve", " ", -1);
    config->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_account_free);
    config->broken = g_ptr_array_new ();
    g_ptr_array_add (config->accounts, account);
    return config;
}

static char *
names_of (guint causes)
{
    GString *text = g_string_new (NULL);
    for (guint cause = 1; cause <= IB_CAUSE_LAST; cause <<= 1)
        if ((causes & cause) != 0)
            g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", ib_cause_name ((IbCause) cause));
    return g_string_free (text, FALSE);
}

static void
set (char **field, const char *value)
{
    g_free (*field);
    *field = g_strdup (value);
}

static void
test_row (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbConfig) config = config_new (strcmp (rows[i].account, "off") != 0);
    bool has_account = strcmp (rows[i].account, "none") != 0;
    g_autoptr (IbSignals) signals = ib_signals_new ();
    set (&signals->recipient, rows[i].recipient);
    set (&signals->relay, rows[i].relay);
    set (&signals->mx, rows[i].mx);
    set (&signals->server_filter, rows[i].server_filter);
    const IbAccount *account = has_account ? config->accounts->pdata[0] : NULL;
    g_autofree char *found = names_of (ib_causes_find (config, account, signals));
    g_assert_cmpstr (found, ==, rows[i].causes);
    g_autofree char *one_by_one = names_of (ib_causes_of (config, account, rows[i].recipient, rows[i].relay,
                                                          rows[i].mx, rows[i].server_filter));
    g_assert_cmpstr (one_by_one, ==, rows[i].causes);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/causes/", rows[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_row);
    }
    return g_test_run ();
}
