/* Which addresses are protected: configuration and figures in, one line for each address out. */
#include "coverage.h"

#include <string.h>

/* Accounts: "NAME ADDRESS[,ALIAS] STATE", where STATE is on, off (no filter) or paused. */
static IbAccount *
account_new (const char *text)
{
    g_auto (GStrv) words = g_strsplit (text, " ", 3);
    g_auto (GStrv) addresses = g_strsplit (words[1], ",", 2);
    IbAccount *account = g_new0 (IbAccount, 1);
    account->name = g_strdup (words[0]);
    account->address = g_strdup (addresses[0]);
    account->aliases = addresses[1] != NULL ? g_strsplit (addresses[1], ",", -1) : g_new0 (char *, 1);
    account->is_filtered = strcmp (words[2], "off") != 0;
    account->is_enabled = strcmp (words[2], "paused") != 0;
    return account;
}

typedef struct {
    const char *name;
    const char *accounts;   /* ";" between */
    const char *figures;    /* "NAME LAST-POLL FAILING-SINCE;" */
    const char *recipients; /* "ACCOUNT ADDRESS COUNT LAST-AT;" */
    const char *expected;   /* "ADDRESS ACCOUNT COVER SINCE MESSAGES LAST-AT\n" */
} Row;

static const Row rows[] = {
    { "nothing", "", "", "", "" },
    { "one", "home anna@a.example on", "", "", "anna@a.example home full 0 0 0\n" },
    { "alias", "home Anna@A.example,a@b.example on", "", "home a@b.example 3 70",
      "anna@a.example home full 0 0 0\na@b.example home full 0 3 70\n" },
    { "filter-off", "home anna@a.example on;forum f@b.example off", "", "",
      "anna@a.example home full 0 0 0\nf@b.example forum filter-off 0 0 0\n" },
    { "paused", "home anna@a.example paused", "home 50 0", "", "anna@a.example home paused 50 0 0\n" },
    { "failing", "home anna@a.example on;work w@a.example on", "home 50 20;work 50 0", "",
      "anna@a.example home failing 20 0 0\nw@a.example work full 0 0 0\n" },
    /* What is worse comes first. */
    { "filter-off-and-failing", "home anna@a.example off", "home 50 20", "",
      "anna@a.example home filter-off 0 0 0\n" },
    { "of-no-account", "home anna@a.example on", "", "home anna@a.example 9 10;home old@b.example 4 90",
      "anna@a.example home full 0 9 10\nold@b.example home no-account 0 4 90\n" },
    { "most-used-first", "home anna@a.example on", "",
      "home x@b.example 1 1;home y@b.example 7 1;home w@b.example 1 1",
      "anna@a.example home full 0 0 0\ny@b.example home no-account 0 7 1\nw@b.example home no-account 0 1 1\n"
      "x@b.example home no-account 0 1 1\n" },
    { "subaddress", "home anna@a.example on", "",
      "home anna+shop@a.example 2 1;home o+1@b.example 1 5;home o+2@b.example 1 6",
      "anna@a.example home full 0 2 1\no@b.example home no-account 0 2 6\n" },
    { "through-the-last", "home anna@a.example on;work w@a.example on", "",
      "home old@b.example 5 10;work old@b.example 1 20",
      "anna@a.example home full 0 0 0\nw@a.example work full 0 0 0\nold@b.example work no-account 0 6 20\n" },
    { "through-one-that-is-gone", "home anna@a.example on", "", "lost old@b.example 5 10",
      "anna@a.example home full 0 0 0\nold@b.example - no-account 0 5 10\n" },
    /* Of two accounts with one address the better one protects it. */
    { "twice", "all a@a.example off;home a@a.example on", "", "", "a@a.example home full 0 0 0\n" },
};

static IbConfig *
config_new (const char *accounts)
{
    IbConfig *config = g_new0 (IbConfig, 1);
    config->scripts = g_strsplit ("junk.sieve", " ", -1);
    config->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_account_free);
    config->broken = g_ptr_array_new ();
    g_auto (GStrv) list = g_strsplit (accounts, ";", -1);
    for (char **each = list; *each != NULL; each++)
        g_ptr_array_add (config->accounts, account_new (*each));
    return config;
}

static void
add_all_figures (IbCoverage *coverage, const char *text)
{
    g_auto (GStrv) list = g_strsplit (text, ";", -1);
    for (char **each = list; *each != NULL; each++) {
        g_auto (GStrv) words = g_strsplit (*each, " ", 3);
        const IbAccountFigures figures = { .last_poll = g_ascii_strtoll (words[1], NULL, 10),
                                           .failing_since = g_ascii_strtoll (words[2], NULL, 10) };
        ib_coverage_add_figures (coverage, words[0], &figures);
    }
}

static void
add_all_recipients (IbCoverage *coverage, const char *text)
{
    g_auto (GStrv) list = g_strsplit (text, ";", -1);
    for (char **each = list; *each != NULL; each++) {
        g_auto (GStrv) words = g_strsplit (*each, " ", 4);
        const IbHistoryRecipient recipient = { .account = words[0],
                                               .address = words[1],
                                               .count = g_ascii_strtoull (words[2], NULL, 10),
                                               .last_at = g_ascii_strtoll (words[3], NULL, 10) };
        ib_coverage_add_recipient (coverage, &recipient);
    }
}

static char *
describe (const GPtrArray *addresses)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < addresses->len; i++) {
        const IbCoveredAddress *each = addresses->pdata[i];
        const char *cover = ib_cover_name (each->cover);
        g_string_append_printf (text, "%s %s %s %d %d %d\n", each->address,
                                each->account != NULL ? each->account : "-", cover != NULL ? cover : "full",
                                (int) each->since, (int) each->messages, (int) each->last_at);
    }
    return g_string_free (text, FALSE);
}

static void
test_row (gconstpointer data)
{
    const Row *row = data;
    g_autoptr (IbConfig) config = config_new (row->accounts);
    g_autoptr (IbCoverage) coverage = ib_coverage_new (config);
    add_all_figures (coverage, row->figures);
    add_all_recipients (coverage, row->recipients);
    g_autofree char *text = describe (ib_coverage_addresses (coverage));
    g_assert_cmpstr (text, ==, row->expected);
}

/* Whoever takes all mail of a domain meets every name that spammers can think of. */
static void
test_bounded (void)
{
    g_autoptr (IbConfig) config = config_new ("home anna@a.example on");
    g_autoptr (IbCoverage) coverage = ib_coverage_new (config);
    for (guint i = 0; i < 3 * IB_COVERAGE_MOST; i++) {
        g_autofree char *address = g_strdup_printf ("name%u@a.example", i);
        const IbHistoryRecipient recipient = { .account = "home", .address = address, .count = 1 };
        ib_coverage_add_recipient (coverage, &recipient);
    }
    g_assert_cmpuint (ib_coverage_addresses (coverage)->len, ==, IB_COVERAGE_MOST);
}

/* An address that is in no account may be the one of a file that cannot be read. */
static void
test_broken_account (void)
{
    g_autoptr (IbConfig) config = config_new ("home anna@a.example on");
    g_autofree IbBrokenAccount *broken = g_new0 (IbBrokenAccount, 1);
    g_ptr_array_add (config->broken, broken);
    g_autoptr (IbCoverage) coverage = ib_coverage_new (config);
    add_all_recipients (coverage, "home anna@a.example 9 10;home w@b.example 4 90");
    g_autofree char *text = describe (ib_coverage_addresses (coverage));
    g_assert_cmpstr (text, ==, "anna@a.example home full 0 9 10\n");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/coverage/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], test_row);
    }
    g_test_add_func ("/coverage/bounded", test_bounded);
    g_test_add_func ("/coverage/broken-account", test_broken_account);
    return g_test_run ();
}
