/* From what was learned to a verdict, and its reasons to the last digit. */
#include "classifier.h"
#include "judge.h"
#include "learner.h"

#include <math.h>
#include <string.h>

#define HEAD                                                                                                 \
    "Received: from mail.friend.example (mail.friend.example [192.0.2.9]) by mx.example.org; Mon, 1 Jan "    \
    "2024 00:00:00 +0000\n"                                                                                  \
    "Authentication-Results: mx.example.org; dmarc=%s header.from=friend.example\n"                          \
    "From: Anna <anna@friend.example>\nTo: me@example.org\nSubject: %s\nMessage-ID: <1@friend.example>\n\n%s\n"

typedef struct {
    void *model;
    IbLearner *learner;
    IbFacts *facts;
    IbJudge *judge;
} Desk;

static void
desk_set_up (Desk *desk, gconstpointer unused)
{
    desk->model = g_malloc0 (ib_model_size ());
    ib_model_init (desk->model);
    desk->learner = ib_learner_new (desk->model);
    desk->facts = ib_facts_new ();
    ib_facts_set_text (&desk->facts->account, g_strdup ("home"));
    ib_facts_set_text (&desk->facts->server_host, g_strdup ("mx.example.org"));
    ib_facts_set_list (&desk->facts->authserv_ids, g_strsplit ("mx.example.org", " ", -1));
    desk->judge = ib_judge_new ();
    ib_judge_set_model (desk->judge, desk->model, ib_model_size ());
}

static void
desk_tear_down (Desk *desk, gconstpointer unused)
{
    ib_judge_free (desk->judge);
    ib_facts_free (desk->facts);
    ib_learner_free (desk->learner);
    g_free (desk->model);
}

static char *
letter (const char *dmarc, const char *words)
{
    return g_strdup_printf (HEAD, dmarc, words, words);
}

static void
teach (Desk *desk, guint n_ham, guint n_spam)
{
    for (guint i = 0; i < MAX (n_ham, n_spam); i++) {
        for (guint is_spam = 0; is_spam < 2; is_spam++) {
            if (i >= (is_spam ? n_spam : n_ham))
                continue;
            g_autofree char *words
                = g_strdup_printf (is_spam ? "cheap pills %u now" : "minutes of meeting %u", i);
            g_autofree char *text = letter ("none", words);
            g_autofree char *key = g_strdup_printf ("%u-%u", is_spam, i);
            g_autoptr (IbMessage) message = ib_message_new (text, strlen (text));
            g_autoptr (IbOrigin) origin = ib_origin_find (message, desk->facts);
            g_autoptr (IbFeatures) features
                = ib_features_new (message, desk->facts, origin, IB_FEATURES_PLAIN);
            g_autoptr (GByteArray) packed = g_byte_array_new ();
            ib_features_pack (features, packed);
            ib_learner_learn (desk->learner, key, is_spam, packed->data, packed->len, IB_LESSON_CONFIRMATION);
        }
    }
}

static IbJudgement *
judge (Desk *desk, const char *dmarc, const char *words)
{
    g_autofree char *text = letter (dmarc, words);
    return ib_judge_message (desk->judge, text, strlen (text), desk->facts, true);
}

static const IbEvidence *
find (const IbVerdict *verdict, const char *feature)
{
    for (guint i = 0; i < verdict->evidence->len; i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        if (g_str_equal (evidence->feature, feature))
            return evidence;
    }
    return NULL;
}

static void
nothing_is_known_without_a_lesson (Desk *desk, gconstpointer unused)
{
    g_autoptr (IbJudgement) judgement = judge (desk, "none", "cheap pills");
    g_assert_true (isnan (judgement->verdict->probability));
    g_assert_cmpint (judgement->verdict->kind, ==, IB_VERDICT_UNSURE);
}

static void
what_was_learned_is_judged (Desk *desk, gconstpointer unused)
{
    teach (desk, 40, 40);
    g_autoptr (IbJudgement) spam = judge (desk, "none", "cheap pills for you now");
    g_autoptr (IbJudgement) ham = judge (desk, "none", "minutes of meeting with anna");
    g_assert_cmpint (spam->verdict->kind, ==, IB_VERDICT_SPAM);
    g_assert_cmpint (ham->verdict->kind, ==, IB_VERDICT_HAM);
}

/* The user's threshold decides between unsure and spam. */
static void
threshold_is_the_users (Desk *desk, gconstpointer unused)
{
    teach (desk, 40, 40);
    g_autoptr (IbJudgement) first = judge (desk, "none", "cheap pills for you now");
    desk->facts->spam_threshold = first->verdict->probability + 1e-9;
    g_autoptr (IbJudgement) careful = judge (desk, "none", "cheap pills for you now");
    g_assert_cmpint (careful->verdict->kind, ==, IB_VERDICT_UNSURE);
}

static void
nothing_is_spam_too_early (Desk *desk, gconstpointer unused)
{
    teach (desk, IB_KNOWN_ENOUGH - 1, 60);
    g_autoptr (IbJudgement) early = judge (desk, "none", "cheap pills for you now");
    g_assert_true (isnan (early->verdict->probability));
    g_assert_cmpfloat (early->verdict->score, >, log (4));
    g_assert_cmpint (early->verdict->kind, ==, IB_VERDICT_UNSURE);
    g_assert_nonnull (find (early->verdict, "too-early"));
}

/* Without a single lesson: one sign alone is not enough, two strong ones are. */
static void
signs_set_by_hand_count_from_the_first_day (Desk *desk, gconstpointer unused)
{
    g_autoptr (IbJudgement) one = judge (desk, "fail", "hello");
    g_assert_cmpint (one->verdict->kind, ==, IB_VERDICT_UNSURE);
    g_assert_cmpfloat (find (one->verdict, "unproven-sender")->weight, >, 0.5);
    g_assert_null (find (one->verdict, "too-early"));

    static const char *const two
        = "Received: from x (x.example [203.0.113.5]) by mx.example.org (Postfix); Mon, 1 Jan 2024 00:00:00 +0000\n"
          "Authentication-Results: mx.example.org; dmarc=fail header.from=friend.example\n"
          "From: \"service@bank.example\" <anna@friend.example>\n\nhello\n";
    g_autoptr (IbJudgement) both = ib_judge_message (desk->judge, two, strlen (two), desk->facts, IB_JUDGE_TRACE);
    g_assert_cmpint (both->verdict->kind, ==, IB_VERDICT_SPAM);
    g_assert_true (isnan (both->verdict->probability));
}

static void
known_and_proven_is_never_spam (Desk *desk, gconstpointer unused)
{
    teach (desk, 40, 40);
    ib_facts_set_list (&desk->facts->own_addresses, g_strsplit ("anna@friend.example", " ", -1));
    g_autoptr (IbJudgement) proven = judge (desk, "pass", "cheap pills for you now");
    g_assert_cmpfloat (proven->verdict->probability, >, 0.8);
    g_assert_cmpint (proven->verdict->kind, ==, IB_VERDICT_UNSURE);
    g_assert_nonnull (find (proven->verdict, "known-sender"));
    g_autoptr (IbJudgement) pretended = judge (desk, "fail", "cheap pills for you now");
    g_assert_cmpint (pretended->verdict->kind, ==, IB_VERDICT_SPAM);
}

static void
evidence_adds_up (Desk *desk, gconstpointer unused)
{
    teach (desk, 5, 7);
    g_autoptr (IbJudgement) judgement = judge (desk, "fail", "cheap minutes of pills");
    double sum = 0, last = INFINITY;
    for (guint i = 0; i < judgement->verdict->evidence->len; i++) {
        const IbEvidence *evidence = judgement->verdict->evidence->pdata[i];
        if (strcmp (evidence->feature, "too-early") != 0) {
            g_assert_cmpfloat (fabs (evidence->weight), <=, last);
            last = fabs (evidence->weight);
        }
        sum += evidence->weight;
    }
    g_assert_cmpfloat_with_epsilon (sum, judgement->verdict->score, 1e-9);
    g_assert_cmpfloat (find (judgement->verdict, "unproven-sender")->weight, >, 0.5);
}

static void
weights_set_by_hand_fade (Desk *desk, gconstpointer unused)
{
    teach (desk, 1000, 1000);
    g_autoptr (IbJudgement) judgement = judge (desk, "fail", "minutes");
    g_assert_cmpfloat (find (judgement->verdict, "unproven-sender")->weight, <, 0.01);
}

/* The shipped filter, by what it does with the three letters. */
static void
junk_is_filed (Desk *desk, gconstpointer unused)
{
    g_autofree char *path = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "data/filters/junk.sieve", NULL);
    g_autofree char *script = NULL;
    gsize length;
    g_assert_true (g_file_get_contents (path, &script, &length, NULL));
    g_assert_true (ib_judge_add_script (desk->judge, "junk.sieve", script, length, NULL));
    ib_facts_set_list (&desk->facts->scripts, g_strsplit ("junk.sieve", " ", -1));
    teach (desk, 40, 40);

    g_autoptr (IbJudgement) spam = judge (desk, "none", "cheap pills for you now");
    g_autoptr (IbJudgement) ham = judge (desk, "none", "minutes of meeting with anna");
    ib_facts_set_list (&desk->facts->own_addresses, g_strsplit ("anna@friend.example", " ", -1));
    g_autoptr (IbJudgement) known = judge (desk, "pass", "cheap pills for you now");
    const IbAction *action = spam->plan->actions->pdata[0];
    g_assert_cmpstr (action->mailbox, ==, "Junk");
    g_assert_cmpstr (spam->rule, ==, "junk.sieve:16");
    g_assert_cmpstr (ham->rule, ==, "");
    g_assert_cmpstr (known->rule, ==, "");
}

static void
words_are_named (Desk *desk, gconstpointer unused)
{
    teach (desk, 40, 40);
    g_autoptr (IbJudgement) judgement = judge (desk, "none", "cheap pills for you now");
    const IbEvidence *subject = find (judgement->verdict, "subject");
    g_assert_cmpfloat (subject->weight, >, 0);
    const IbEvidenceDetail *heaviest = subject->details->pdata[0];
    g_assert_cmpstr (heaviest->text, ==, "pills");
    g_assert_cmpfloat (heaviest->share, >, 0);
}

int
main (int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test) (Desk *desk, gconstpointer unused);
    } tests[] = {
        { "nothing-is-known-without-a-lesson", nothing_is_known_without_a_lesson },
        { "what-was-learned-is-judged", what_was_learned_is_judged },
        { "threshold-is-the-users", threshold_is_the_users },
        { "nothing-is-spam-too-early", nothing_is_spam_too_early },
        { "signs-set-by-hand-count-from-the-first-day", signs_set_by_hand_count_from_the_first_day },
        { "known-and-proven-is-never-spam", known_and_proven_is_never_spam },
        { "evidence-adds-up", evidence_adds_up },
        { "weights-set-by-hand-fade", weights_set_by_hand_fade },
        { "junk-is-filed", junk_is_filed },
        { "words-are-named", words_are_named },
    };
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strconcat ("/classifier/", tests[i].name, NULL);
        g_test_add (path, Desk, NULL, desk_set_up, tests[i].test, desk_tear_down);
    }
    return g_test_run ();
}
