/* heard-rule.c: what the documents say is there; what they lack, or have otherwise, is as nothing. */
#include "heard-rule.h"

static const char proposal[]
    = "{\"kinds\":[{\"kind\":\"list\",\"value\":null,\"words\":null,\"refused\":\"It names no mailing list\"},"
      "{\"kind\":\"sender\",\"value\":\"z@a\",\"words\":\"Mail from z@a\",\"refused\":null}],\"folders\":[\"INBOX\",\"Junk\"],"
      "\"refused\":null,\"folder\":\"Friends\",\"rule\":\"if …\",\"decides\":\"always.sieve:9\",\"name\":\"always.sieve\","
      "\"text\":\"# new\",\"before\":null,\"active\":[\"junk.sieve\"],\"scripts\":[\"always.sieve\",\"junk.sieve\"],\"note\":null}";

static void
reads_a_rule (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardRule) rule = ib_heard_rule_read (proposal, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (rule->kinds->len, ==, 2);
    const IbHeardRuleKind *list = rule->kinds->pdata[0], *sender = rule->kinds->pdata[1];
    g_assert_cmpstr (list->refused, ==, "It names no mailing list");
    g_assert_cmpstr (sender->words, ==, "Mail from z@a");
    g_assert_cmpstr (sender->refused, ==, "");
    g_assert_cmpstr (rule->folders[1], ==, "Junk");
    g_assert_cmpstr (rule->decides, ==, "always.sieve:9");
    g_assert_cmpstr (rule->scripts[0], ==, "always.sieve");
    g_assert_cmpstr (rule->active[0], ==, "junk.sieve");
    g_assert_true (rule->is_new);
}

/* An empty file is one. */
static void
knows_what_was_there (void)
{
    g_autoptr (IbHeardRule) rule = ib_heard_rule_read ("{\"before\":\"\"}", NULL);
    g_assert_false (rule->is_new);
    g_assert_cmpstr (rule->before, ==, "");
}

static void
reads_a_replay (void)
{
    static const char document[]
        = "{\"messages\":9,\"rules\":[{\"rule\":\"always.sieve:9\",\"count\":5,\"changed\":3},{\"rule\":null,\"count\":4}],"
          "\"changes\":[{\"rule\":\"always.sieve:9\",\"count\":2,\"examples\":[{\"from\":\"a\",\"subject\":\"one\"}]},"
          "{\"rule\":\"junk.sieve:15\",\"count\":1,\"examples\":[{\"from\":\"b\",\"subject\":\"other\"}]},"
          "{\"rule\":\"always.sieve:9\",\"count\":1,\"examples\":[{\"from\":\"c\",\"subject\":\"two\"}]}]}";
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardReplay) replay = ib_heard_replay_read (document, "always.sieve:9", &error);
    g_autoptr (IbHeardReplay) none = ib_heard_replay_read (document, "always.sieve:90", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (replay->decided, ==, 5);
    g_assert_cmpuint (replay->moved, ==, 3);
    g_assert_cmpuint (replay->examples->len, ==, 2);
    g_assert_cmpstr (((const IbHeardTried *) replay->examples->pdata[1])->subject, ==, "two");
    g_assert_cmpuint (none->decided + none->moved + none->examples->len, ==, 0);
}

static const struct {
    const char *name, *document;
} otherwise[] = {
    { "empty", "{}" },
    { "a-list", "[{}]" },
    { "other-kinds",
      "{\"kinds\":{},\"folders\":\"INBOX\",\"rule\":[],\"scripts\":[1,null,{}],\"rules\":7,\"changes\":[[],3]}" },
    { "broken-parts",
      "{\"rules\":[{\"rule\":{},\"count\":-3}],\"changes\":[{\"rule\":\"r\",\"examples\":{}}]}" },
};

static void
passes_over (gconstpointer data)
{
    const char *document = otherwise[GPOINTER_TO_SIZE (data)].document;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbHeardRule) rule = ib_heard_rule_read (document, &error);
    g_autoptr (IbHeardReplay) replay = ib_heard_replay_read (document, "r", &error);
    g_assert_no_error (error);
    g_assert_cmpuint (rule->kinds->len, ==, 0);
    g_assert_cmpstr (rule->decides, ==, "");
    g_assert_null (rule->folders[0]);
    g_assert_true (rule->is_new);
    g_assert_cmpuint (replay->decided + replay->moved + replay->examples->len, ==, 0);
}

static void
refuses_what_is_no_document (void)
{
    g_autoptr (GError) one = NULL, other = NULL;
    g_assert_null (ib_heard_rule_read ("", &one));
    g_assert_null (ib_heard_replay_read ("{\"rules\"", "r", &other));
    g_assert_nonnull (one);
    g_assert_nonnull (other);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/heard-rule/rule", reads_a_rule);
    g_test_add_func ("/heard-rule/before", knows_what_was_there);
    g_test_add_func ("/heard-rule/replay", reads_a_replay);
    for (gsize i = 0; i < G_N_ELEMENTS (otherwise); i++) {
        g_autofree char *path = g_strconcat ("/heard-rule/", otherwise[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), passes_over);
    }
    g_test_add_func ("/heard-rule/no-document", refuses_what_is_no_document);
    return g_test_run ();
}
