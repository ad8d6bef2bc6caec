/* Extensions, each by what its tests say of a message; and what a compiler says of their wrong use. */
#include "mail-limits.h"
#include "sieve.h"

#include <math.h>
#include <string.h>

#define MAIL                                                                                                 \
    "Received: from a (b [192.0.2.1]) by c id d;\n\tThu, 26 Feb 2026 23:30:00 +0000 (UTC)\n"                 \
    "Received: from x by b; Thu, 26 Feb 2026 18:00:00 -0500\n"                                               \
    "Received: by x; never\n"                                                                                \
    "From: Anna Berg <anna@example.org>\n"                                                                   \
    "To: me@home.example\n"                                                                                  \
    "Subject: Hello\n"                                                                                       \
    "Date: Thu, 26 Feb 2026 23:29:01 +0530\n"                                                                \
    "X-Bad: Thu, 30 Feb 2026 23:29:01 +0530\n"                                                               \
    "X-Hop: one\n"                                                                                           \
    "X-Hop: two\n"                                                                                           \
    "X-Hop: three\n"                                                                                         \
    "\n"                                                                                                     \
    "Hello\n"

/* 2026-02-26T23:45:06Z, for a user an hour east of it. */
#define NOW_S 1772149506
#define UTC_OFFSET_S 3600

/* Whether a test holds on MAIL: "if TEST { discard; }". */
static const struct {
    const char *name, *require, *test;
    bool holds;
} tests[] = {
    /* The user's own zone is an hour east, where the message came in the next morning. */
    { "date-local", "date", "date \"received\" \"date\" \"2026-02-27\"", true },
    { "date-local-zone", "date", "date \"date\" \"zone\" \"+0100\"", true },
    { "date-originalzone", "date", "date :originalzone \"date\" \"time\" \"23:29:01\"", true },
    { "date-originalzone-zone", "date", "date :originalzone \"date\" \"zone\" \"+0530\"", true },
    { "date-zone", "date", "date :zone \"-0500\" \"date\" \"iso8601\" \"2026-02-26T12:59:01-05:00\"", true },
    { "date-zone-zone", "date", "date :zone \"-0500\" \"date\" \"zone\" \"-0500\"", true },
    { "date-std11", "date",
      "date :zone \"+0000\" \"date\" \"std11\" \"Thu, 26 Feb 2026 17:59:01 +0000\"", true },
    { "date-weekday", "date", "date :zone \"+0000\" \"date\" \"weekday\" \"4\"", true },
    { "date-julian", "date", "date :zone \"+0000\" \"date\" \"Julian\" \"61097\"", true },
    { "date-value", "date\", \"relational",
      "date :value \"ge\" :originalzone \"date\" \"hour\" \"23\"", true },
    { "date-numeric", "date\", \"relational\", \"comparator-i;ascii-numeric",
      "date :value \"lt\" :comparator \"i;ascii-numeric\" \"date\" \"year\" \"12026\"", true },
    { "date-any-field", "date", "date :originalzone \"received\" \"hour\" \"18\"", true },
    { "date-count", "date\", \"relational", "date :count \"eq\" \"received\" \"date\" \"2\"", true },
    { "date-invalid", "date", "date :matches \"x-bad\" \"date\" \"*\"", false },
    { "date-invalid-count", "date\", \"relational", "date :count \"eq\" \"x-bad\" \"date\" \"0\"", true },
    { "date-absent", "date", "date :matches \"resent-date\" \"date\" \"*\"", false },
    { "date-not-a-date", "date", "date :contains \"subject\" \"year\" \"\"", false },
    { "date-index", "date\", \"index", "date :index 2 :originalzone \"received\" \"hour\" \"18\"", true },
    { "date-index-first", "date\", \"index", "date :index 1 :originalzone \"received\" \"hour\" \"18\"",
      false },
    { "date-last", "date\", \"index", "date :last :index 2 :originalzone \"received\" \"hour\" \"18\"", true },
    { "date-last-invalid", "date\", \"index", "date :index 1 :last \"received\" \"hour\" \"18\"", false },

    { "currentdate", "date", "currentdate \"iso8601\" \"2026-02-27T00:45:06+01:00\"", true },
    { "currentdate-zone", "date", "currentdate :zone \"-0800\" \"iso8601\" \"2026-02-26T15:45:06-08:00\"",
      true },
    { "currentdate-weekday", "date", "currentdate :zone \"+0000\" \"weekday\" \"4\"", true },
    { "currentdate-value", "date\", \"relational", "currentdate :value \"gt\" \"date\" \"2026-02-26\"",
      true },
    { "currentdate-matches", "date", "currentdate :matches \"month\" \"0?\"", true },
    { "currentdate-count", "date\", \"relational", "currentdate :count \"eq\" \"date\" \"1\"", true },

    { "index", "index", "header :index 2 \"x-hop\" \"two\"", true },
    { "index-other", "index", "header :index 1 \"x-hop\" \"two\"", false },
    { "index-last", "index", "header :index 1 :last \"x-hop\" \"three\"", true },
    { "index-last-first", "index", "header :index 3 :last \"x-hop\" \"one\"", true },
    { "index-too-large", "index", "header :index 4 :contains \"x-hop\" \"\"", false },
    { "index-last-too-large", "index", "header :index 4 :last :contains \"x-hop\" \"\"", false },
    { "index-by-name", "index", "header :index 1 [\"subject\", \"x-hop\"] \"one\"", true },
    { "index-count", "index\", \"relational", "header :index 2 :count \"eq\" [\"x-hop\", \"to\"] \"1\"", true },
};

/* What is wrong with a script: the first error. */
static const struct {
    const char *name, *script, *error;
} errors[] = {
    { "date-part", "require \"date\"; if date \"date\" \"dy\" \"1\" {}",
      "t:1:32: \"dy\" is no part of a date: expected one of \"year\", \"month\", \"day\", \"date\", \"julian\", "
      "\"hour\", \"minute\", \"second\", \"time\", \"iso8601\", \"std11\", \"zone\", \"weekday\"" },
    { "date-zone", "require \"date\"; if date :zone \"CET\" \"date\" \"day\" \"1\" {}",
      "t:1:31: \"CET\" is no time zone: expected one such as \"+0100\" or \"-0530\"" },
    { "date-two-zones", "require \"date\"; if date :zone \"+0100\" :originalzone \"date\" \"day\" \"1\" {}",
      "t:1:39: \":zone\" and \":originalzone\" exclude each other" },
    { "currentdate-originalzone", "require \"date\"; if currentdate :originalzone \"day\" \"1\" {}",
      "t:1:32: \"currentdate\" takes no \":originalzone\"" },
    { "date-list", "require \"date\"; if date [\"date\"] \"day\" \"1\" {}",
      "t:1:25: \"date\" takes a string here (header field), not a list" },
    { "index-zero", "require \"index\"; if header :index 0 \"a\" \"b\" {}",
      "t:1:35: fields are counted from 1" },
    { "last-alone", "require \"index\"; if header :last \"a\" \"b\" {}",
      "t:1:28: \":last\" counts from the end: expected \":index\" beside it" },
    { "index-text", "require \"index\"; if header :index \"1\" \"a\" \"b\" {}",
      "t:1:35: \":index\" needs a number behind it" },
    { "index-not-required", "if header :index 1 \"a\" \"b\" {}",
      "t:1:11: \":index\" needs: require \"index\";" },
};

static IbFacts *
facts_new (void)
{
    IbFacts *facts = ib_facts_new ();
    facts->now = (gint64) NOW_S * G_USEC_PER_SEC;
    facts->utc_offset_s = UTC_OFFSET_S;
    return facts;
}

static IbSieveOutcome
run (const IbProgram *program, IbPlan *plan)
{
    g_autoptr (IbMessage) message = ib_message_new (MAIL, strlen (MAIL));
    g_autoptr (IbFacts) facts = facts_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    guint64 steps = IB_LIMIT_STEPS;
    IbSieveOutcome outcome = { 0 };
    const IbSieveContext context = { .facts = facts, .verdict = verdict, .steps = &steps };
    ib_sieve_run (program, message, &context, plan, &outcome);
    return outcome;
}

static void
test_holds (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *script
        = g_strdup_printf ("require [\"%s\"];\nif %s { discard; }", tests[i].require, tests[i].test);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program = ib_sieve_compile ("t", script, strlen (script), NULL, NULL, &error);
    g_assert_no_error (error);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    IbSieveOutcome outcome = run (program, plan);
    g_assert_cmpstr (outcome.error, ==, NULL);
    g_assert_cmpint (!outcome.keeps_implicitly, ==, tests[i].holds);
    ib_sieve_outcome_clear (&outcome);
}

static void
test_error (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("t", errors[i].script, strlen (errors[i].script), NULL, NULL, &error);
    g_assert_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE);
    g_assert_cmpstr (error->message, ==, errors[i].error);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/extension/test/%s", tests[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_holds);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (errors); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/extension/error/%s", errors[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_error);
    }
    return g_test_run ();
}
