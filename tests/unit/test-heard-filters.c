/* heard-filters.c: what the documents say is there; what they lack, or have otherwise, is as nothing. */
#include "heard-filters.h"

#include <string.h>

static const char list[]
    = "{\"name\":\"b.sieve\",\"active\":true,\"place\":1,\"path\":\"/f/b.sieve\",\"own\":true,\"hides_shipped\":true,"
      "\"compiles\":true,\"about\":\"lists\",\"test\":\"/f/b.svtest\",\"accounts\":[{\"name\":\"work\",\"place\":2}]}\n"
      "{\"name\":\"a.sieve\",\"active\":false,\"place\":null,\"path\":null,\"compiles\":false,\"about\":null,\"test\":null,"
      "\"accounts\":[{\"name\":\"work\",\"place\":1},{\"name\":\"home\",\"place\":1}]}\n"
      "\n[]\nno JSON\n{\"active\":true}\n";

static void
reads_the_list (void)
{
    g_autoptr (GPtrArray) filters = ib_heard_filters_read (list);
    g_assert_cmpuint (filters->len, ==, 2);
    const IbHeardFilter *first = filters->pdata[0], *second = filters->pdata[1];
    g_assert_cmpstr (first->name, ==, "b.sieve");
    g_assert_cmpstr (first->about, ==, "lists");
    g_assert_true (first->is_active && first->is_there && first->is_own && first->hides_shipped && first->is_sound
                   && first->has_test);
    g_assert_cmpstr (second->about, ==, "");
    g_assert_false (second->is_active || second->is_there || second->is_own || second->is_sound || second->has_test);
}

static void
gathers_the_accounts (void)
{
    g_autoptr (GPtrArray) filters = ib_heard_filters_read (list);
    g_auto (GStrv) accounts = ib_heard_filters_accounts (filters);
    g_auto (GStrv) work = ib_heard_filters_of_account (filters, "work");
    g_auto (GStrv) nobody = ib_heard_filters_of_account (filters, "nobody");
    g_autofree char *names = g_strjoinv (" ", accounts), *order = g_strjoinv (" ", work);
    g_assert_cmpstr (names, ==, "home work");
    g_assert_cmpstr (order, ==, "a.sieve b.sieve");
    g_assert_null (nobody[0]);
}

static const struct {
    const char *name, *line;
    bool is_error;
    guint at, column;
} faults[] = {
    { "error", "{\"file\":\"a\",\"line\":3,\"column\":7,\"severity\":\"error\",\"message\":\"m\"}", true, 3, 7 },
    { "warning", "{\"file\":\"a\",\"line\":3,\"column\":7,\"severity\":\"warning\",\"message\":\"m\"}", false, 3, 7 },
    { "dry-only", "{\"file\":\"a\",\"severity\":\"dry-run-only\",\"message\":\"m\"}", false, 0, 0 },
    { "hostile", "{\"file\":\"a\",\"line\":-1,\"column\":1e300,\"severity\":7,\"message\":[]}", false, 0, G_MAXINT },
};

static void
reads_faults (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GPtrArray) found = ib_heard_faults_read (faults[i].line);
    g_assert_cmpuint (found->len, ==, 1);
    const IbHeardFault *fault = found->pdata[0];
    g_assert_cmpint (fault->is_error, ==, faults[i].is_error);
    g_assert_cmpuint (fault->line, ==, faults[i].at);
    g_assert_cmpuint (fault->column, <=, faults[i].column); /* a number that is none may be nothing, too */
    g_assert_cmpstr (fault->file, ==, "a");
}

static void
reads_a_trial (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardTrial) trial = ib_heard_trial_read (
        "{\"messages\":5,\"changed\":3,\"failed\":0,\"changes\":[{\"from\":\"INBOX\",\"to\":\"Lists\",\"action\":\"store\","
        "\"flags\":[\"+\\\\Seen\"],\"rule\":\"a.sieve:1\",\"count\":2,\"examples\":[{\"from\":\"x\",\"subject\":\"y\"}]},"
        "{\"from\":\"INBOX\",\"to\":null,\"action\":\"discard\",\"rule\":null,\"count\":1}]}",
        &error);
    g_assert_no_error (error);
    g_assert_cmpuint (trial->messages, ==, 5);
    g_assert_cmpuint (trial->changes->len, ==, 2);
    const IbHeardChange *moved = trial->changes->pdata[0], *gone = trial->changes->pdata[1];
    g_assert_cmpstr (moved->to, ==, "Lists");
    g_assert_cmpstr (moved->flags, ==, "+\\Seen");
    g_assert_cmpstr (((const IbHeardTried *) moved->examples->pdata[0])->subject, ==, "y");
    g_assert_cmpstr (gone->to, ==, "discard");
    g_assert_cmpstr (gone->rule, ==, "");
    g_assert_null (ib_heard_trial_read ("{\"changes\"", NULL));
}

static void
reads_tests (void)
{
    g_autoptr (GPtrArray) tests = ib_heard_tests_read (
        "{\"event\":\"test\",\"name\":\"one\",\"passed\":true,\"reason\":null}\n"
        "{\"event\":\"test\",\"name\":\"two\",\"passed\":false,\"reason\":\"why\"}\n"
        "{\"event\":\"skipped\",\"extension\":\"unknown\"}\n{\"event\":\"summary\",\"passed\":1,\"failed\":1}\n");
    g_assert_cmpuint (tests->len, ==, 3);
    g_assert_cmpstr (((const IbHeardTest *) tests->pdata[0])->reason, ==, "");
    g_assert_cmpstr (((const IbHeardTest *) tests->pdata[1])->reason, ==, "why");
    g_assert_cmpstr (((const IbHeardTest *) tests->pdata[2])->reason, ==, "unknown");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/heard-filters/list", reads_the_list);
    g_test_add_func ("/heard-filters/accounts", gathers_the_accounts);
    for (gsize i = 0; i < G_N_ELEMENTS (faults); i++) {
        g_autofree char *path = g_strconcat ("/heard-filters/fault/", faults[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads_faults);
    }
    g_test_add_func ("/heard-filters/trial", reads_a_trial);
    g_test_add_func ("/heard-filters/tests", reads_tests);
    return g_test_run ();
}
