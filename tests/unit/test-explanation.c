/* explanation.c: what the document says is there, and what it lacks or has otherwise is as nothing. */
#include "explanation.h"

#include <math.h>

static const char whole[]
    = "{\"id\":\"1a2b\",\"account\":\"work\",\"subject\":\"S\",\"from\":\"F\",\"spam\":0.97,\"verdict\":\"spam\","
      "\"causes\":[\"relay\",\"beside-mx\"],"
      "\"path\":[{\"from\":\"mx\",\"by\":\"in\",\"ip\":\"192.0.2.1\",\"trusted\":true,\"tls\":true},"
      "{\"from\":\"x\",\"trusted\":false}],"
      "\"entry\":{\"host\":\"mx\",\"ip\":\"192.0.2.1\",\"relay\":null},"
      "\"authentication\":{\"spf\":\"pass\",\"dkim\":null,\"proven\":true},"
      "\"evidence\":[{\"feature\":\"text\",\"weight\":2.5,\"text\":\"pills\"},{\"feature\":\"kind\",\"weight\":0}],"
      "\"rules\":[{\"script\":\"junk.sieve\",\"line\":16,\"kind\":\"action\",\"what\":\"fileinto\",\"value\":\"Junk\"}],"
      "\"result\":{\"target\":\"Junk\",\"folder\":\"INBOX\",\"action\":\"deliver\",\"rule\":\"junk.sieve:16\"},"
      "\"learned\":{\"as\":\"ham\",\"why\":\"command\"}}";

static void
reads_the_whole (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbExplanation) why = ib_explanation_read (whole, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (why->id, ==, "1a2b");
    g_assert_cmpfloat (why->probability, ==, 0.97);
    g_assert_cmpstr (why->causes[1], ==, "beside-mx");
    g_assert_null (why->causes[2]);
    g_assert_cmpuint (why->hops->len, ==, 2);
    const IbExplainedHop *hop = why->hops->pdata[0], *below = why->hops->pdata[1];
    g_assert_true (hop->is_trusted && hop->is_encrypted && !below->is_trusted);
    g_assert_cmpstr (hop->ip, ==, "192.0.2.1");
    g_assert_cmpstr (below->by, ==, "");
    g_assert_cmpstr (why->relay, ==, "");
    g_assert_cmpstr (why->spf, ==, "pass");
    g_assert_cmpstr (why->dkim, ==, "");
    g_assert_true (why->is_proven);
    g_assert_cmpfloat (((const IbExplainedEvidence *) why->evidence->pdata[0])->weight, ==, 2.5);
    g_assert_cmpint (((const IbExplainedRule *) why->rules->pdata[0])->line, ==, 16);
    g_assert_cmpstr (why->target, ==, "Junk");
    g_assert_cmpstr (why->folder, ==, "INBOX");
    g_assert_cmpstr (why->learned, ==, "ham");
}

static const struct {
    const char *name, *document;
} otherwise[] = {
    { "empty", "{}" },
    { "nothing-known", "{\"spam\":null,\"verdict\":null,\"learned\":null,\"path\":null}" },
    { "other-kinds", "{\"id\":[],\"path\":{},\"entry\":7,\"causes\":\"relay\",\"evidence\":[1,[2]],\"rules\":[null],"
                     "\"authentication\":[],\"result\":\"Junk\",\"spam\":{}}" },
    { "a-list", "[1,2]" },
};

static void
passes_over (gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbExplanation) why
        = ib_explanation_read (otherwise[GPOINTER_TO_SIZE (data)].document, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (why->id, ==, "");
    g_assert_cmpstr (why->target, ==, "");
    g_assert_cmpstr (why->learned, ==, "");
    g_assert_true (isnan (why->probability));
    g_assert_cmpuint (why->hops->len + why->evidence->len + why->rules->len, ==, 0);
    g_assert_null (why->causes[0]);
}

static void
refuses_what_is_no_document (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_explanation_read ("{\"id\":", &error));
    g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/explanation/whole", reads_the_whole);
    for (gsize i = 0; i < G_N_ELEMENTS (otherwise); i++) {
        g_autofree char *path = g_strconcat ("/explanation/", otherwise[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), passes_over);
    }
    g_test_add_func ("/explanation/no-document", refuses_what_is_no_document);
    return g_test_run ();
}
