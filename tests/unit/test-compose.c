/* From a judgement to files: folders, flags, and what no script's mistake may lose. */
#include "compose.h"

#include <string.h>

static const struct {
    const char *name;
    const char *flags[5];
    const char *info;
} flag_cases[] = {
    { "none", { NULL }, "" },
    { "seen", { "\\Seen", NULL }, "2,S" },
    { "sorted", { "\\Seen", "\\Flagged", "\\Answered", "\\Draft", NULL }, "2,DFRS" },
    { "any-case", { "\\SEEN", NULL }, "2,S" },
    { "twice", { "\\Seen", "\\Seen", NULL }, "2,S" },
    { "deleted-is-not-taken-over", { "\\Deleted", NULL }, "" },
    { "keywords-have-no-letter", { "$Important", NULL }, "" },
};

static void
flags_become_letters (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *info = ib_compose_info (flag_cases[i].flags);
    g_assert_cmpstr (info, ==, flag_cases[i].info);
}

static const char *const seen[] = { "\\Seen", NULL };

/* @actions: "keep INBOX", "fileinto A", "discard", ";" between. @files: "FOLDER:INFO", "," between. */
static const struct {
    const char *name, *actions;
    IbStoryAction action;
    const char *files, *note;
} plan_cases[] = {
    { "keep", "keep INBOX", IB_STORY_DELIVER, "INBOX:2,S", "" },
    { "fileinto", "fileinto Lists.foo", IB_STORY_DELIVER, "Lists.foo:2,S", "" },
    { "slash-is-dot", "fileinto Lists/foo", IB_STORY_DELIVER, "Lists.foo:2,S", "" },
    { "two-files", "fileinto A;keep INBOX", IB_STORY_DELIVER, "A:2,S INBOX:2,S", "" },
    { "one-folder-once", "fileinto A;fileinto A", IB_STORY_DELIVER, "A:2,S", "" },
    { "inbox-in-any-case", "fileinto inbox;keep INBOX", IB_STORY_DELIVER, "INBOX:2,S", "" },
    { "discard", "discard", IB_STORY_DISCARD, ":", "" },
    { "discard-and-fileinto", "discard;fileinto A", IB_STORY_DELIVER, "A:2,S", "" },
    { "hostile-folder", "fileinto ../../etc", IB_STORY_DELIVER, "INBOX:2,S", "put into the INBOX" },
    { "no-place-at-all", "redirect anna@example.org", IB_STORY_DELIVER, "INBOX:", "" },
};

static void
add_actions (IbPlan *plan, const char *text)
{
    g_auto (GStrv) actions = g_strsplit (text, ";", -1);
    for (gsize i = 0; actions[i] != NULL; i++) {
        g_auto (GStrv) words = g_strsplit (actions[i], " ", 2);
        for (int kind = IB_ACTION_KEEP; kind <= IB_ACTION_LAST; kind++)
            if (strcmp (words[0], ib_action_name ((IbActionKind) kind)) == 0)
                (void) ib_plan_add (plan, (IbActionKind) kind, words[1], seen);
    }
}

static void
plans_become_files (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbStory) story = ib_story_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_SPAM, 0.97);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    g_autoptr (GString) files = g_string_new (NULL);
    char empty[] = "", subject[] = "caf\351";
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbSignals) signals = ib_signals_new ();
    const IbJudgement judgement = {
        .signals = signals,
        .verdict = verdict,
        .plan = plan,
        .message_id = empty,
        .from = empty,
        .subject = subject,
        .rule = empty,
    };

    ib_verdict_add (verdict, "one", 1.0, "first");
    ib_verdict_add (verdict, "two", 0.5, "second");
    add_actions (plan, plan_cases[i].actions);
    ib_compose_story (story, &judgement, facts);
    for (guint f = 0; f < story->files->len; f++) {
        const IbStoryFile *file = story->files->pdata[f];
        g_string_append_printf (files, "%s%s:%s", f > 0 ? " " : "", file->folder, file->info);
    }
    g_assert_cmpstr (files->str, ==, plan_cases[i].files);
    g_assert_cmpint (story->action, ==, plan_cases[i].action);
    g_assert_true (g_str_has_prefix (story->note, plan_cases[i].note));
    g_assert_cmpstr (story->verdict, ==, "spam");
    g_assert_cmpstr (story->reasons, ==, "one,two");
    g_assert_true (g_utf8_validate (story->subject, -1, NULL));
}

static void
set (char **field, const char *value)
{
    g_free (*field);
    *field = g_strdup (value);
}

/* To whom nobody says that it was sent, it was sent to the account. */
static void
origins_are_kept (void)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbSignals) signals = ib_signals_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_HAM, 0.1);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    char empty[] = "";
    const IbJudgement judgement = { .verdict = verdict, .plan = plan, .signals = signals, .message_id = empty,
                                    .from = empty, .subject = empty, .rule = empty };
    set (&facts->account_address, "anna@example.org");
    set (&signals->entry_host, "out.example.net");
    set (&signals->entry_ip, "203.0.113.5");
    set (&signals->relay, "relay.example.org");
    set (&signals->mx, "beside");
    set (&signals->server_filter, "passed");
    for (guint round = 0; round < 2; round++) {
        g_autoptr (IbStory) story = ib_story_new ();
        ib_compose_story (story, &judgement, facts);
        g_assert_cmpstr (story->entry_host, ==, "out.example.net");
        g_assert_cmpstr (story->entry_ip, ==, "203.0.113.5");
        g_assert_cmpstr (story->relay, ==, "relay.example.org");
        g_assert_cmpstr (story->mx, ==, "beside");
        g_assert_cmpstr (story->server_filter, ==, "passed");
        g_assert_cmpstr (story->recipient, ==, round == 0 ? "anna@example.org" : "old@example.com");
        set (&signals->recipient, "old@example.com");
    }
}

/* @told: "IMPORTANCE FROM TEXT", "" if nobody is to be told. */
static const struct {
    const char *name, *method, *importance, *from, *text, *told;
} notice_cases[] = {
    { "whole", "desktop:", "1", "The landlord", "It rains in", "1 The landlord|It rains in" },
    { "bare", "desktop:", NULL, NULL, NULL, "2 |" },
    { "low", "DESKTOP:", "3", NULL, "read me", "3 |read me" },
    { "importance-of-no-kind", "desktop:", "0", NULL, "x", "2 |x" },
    { "by-mail", "mailto:anna@example.org", "1", NULL, "x", "" },
    { "no-utf-8", "desktop:", "2", NULL, "caf\351", "2 |caf\357\277\275" },
};

static void
notices_are_taken (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbSignals) signals = ib_signals_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_HAM, 0.1);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    char empty[] = "";
    const IbJudgement judgement = { .verdict = verdict, .plan = plan, .signals = signals, .message_id = empty,
                                    .from = empty, .subject = empty, .rule = empty };
    IbAction *action = ib_plan_add (plan, IB_ACTION_NOTIFY, notice_cases[i].method, seen);
    if (notice_cases[i].importance != NULL)
        ib_action_add_detail (action, "importance", notice_cases[i].importance);
    if (notice_cases[i].from != NULL)
        ib_action_add_detail (action, "from", notice_cases[i].from);
    if (notice_cases[i].text != NULL)
        ib_action_add_detail (action, "message", notice_cases[i].text);
    set (&signals->kind, "list");
    set (&signals->sender, "known");

    g_autoptr (IbStory) composed = ib_story_new ();
    ib_compose_story (composed, &judgement, facts);
    g_autoptr (IbStory) story = ib_story_copy (composed);
    g_autoptr (GString) told = g_string_new (NULL);
    for (guint n = 0; n < story->notices->len; n++) {
        const IbStoryNotice *notice = story->notices->pdata[n];
        g_string_append_printf (told, "%u %s|%s", notice->importance, notice->from, notice->text);
    }
    g_assert_cmpstr (told->str, ==, notice_cases[i].told);
    g_assert_cmpstr (story->kind, ==, "list");
    g_assert_true (story->is_from_known);
    g_assert_cmpstr (((const IbStoryFile *) story->files->pdata[0])->folder, ==, "INBOX");
}

static void
unfiltered_mail_is_whole_and_marked (void)
{
    g_autoptr (IbStory) story = ib_story_new ();
    g_autoptr (IbFacts) facts = ib_facts_new ();
    facts->annotates = true;
    g_autoptr (IbPlan) plan = ib_compose_unfiltered (story, facts, 1000, "could not be filtered: it hung twice");

    g_assert_cmpuint (plan->segments->len, ==, 2);
    const IbSegment *fields = &g_array_index (plan->segments, IbSegment, 0);
    const IbSegment *whole = &g_array_index (plan->segments, IbSegment, 1);
    gsize size;
    const char *text = g_bytes_get_data (fields->literal, &size);
    g_assert_nonnull (g_strstr_len (text, (gssize) size, "unsure; reasons=could-not-be-filtered"));
    g_assert_cmpuint (whole->offset, ==, 0);
    g_assert_cmpuint (whole->length, ==, 1000);
    g_assert_cmpstr (((const IbStoryFile *) story->files->pdata[0])->folder, ==, "INBOX");
    g_assert_cmpstr (story->note, ==, "could not be filtered: it hung twice"); /* once: people read it */
}

/* --- what a server called junk ----------------------------------------------------------------------------- */

/* @files: as they were, and as they are. */
static const struct {
    const char *name;
    IbStoryAction action;
    const char *verdict, *reasons, *files[3];
    const char *file, *new_reasons;
    bool is_offered;
} junk_cases[] = {
    { "good", IB_STORY_DELIVER, "ham", "words", { "INBOX" }, "Junk", "junk-on-server,words", true },
    { "filed-twice", IB_STORY_DELIVER, "ham", "", { "Lists.a", "INBOX" }, "Junk", "junk-on-server", true },
    { "spam", IB_STORY_DELIVER, "spam", "words", { "Junk" }, "Junk", "junk-on-server,words", false },
    { "unsure", IB_STORY_DELIVER, "unsure", "", { "INBOX" }, "Junk", "junk-on-server", false },
    { "discarded", IB_STORY_DISCARD, "ham", "", { "" }, "", "junk-on-server", false },
};

static void
stays_junk (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbStory) story = ib_story_new ();
    story->action = junk_cases[i].action;
    story->verdict = g_strdup (junk_cases[i].verdict);
    g_free (story->reasons);
    story->reasons = g_strdup (junk_cases[i].reasons);
    for (gsize f = 0; junk_cases[i].files[f] != NULL; f++)
        (void) ib_story_add_file (story, junk_cases[i].files[f], "2,S");
    g_assert_false (ib_compose_is_from_junk (story->reasons));
    g_assert_false (ib_compose_offers_rescue (story));
    ib_compose_from_junk (story);
    g_assert_true (ib_compose_is_from_junk (story->reasons));
    g_assert_cmpstr (story->reasons, ==, junk_cases[i].new_reasons);
    g_assert_cmpuint (story->files->len, ==, 1);
    g_assert_cmpstr (((const IbStoryFile *) story->files->pdata[0])->folder, ==, junk_cases[i].file);
    g_assert_cmpstr (((const IbStoryFile *) story->files->pdata[0])->info, ==, "2,S");
    g_assert_cmpint (ib_compose_offers_rescue (story), ==, junk_cases[i].is_offered);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (flag_cases); i++) {
        g_autofree char *path = g_strconcat ("/compose/flags/", flag_cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), flags_become_letters);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (plan_cases); i++) {
        g_autofree char *path = g_strconcat ("/compose/plan/", plan_cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), plans_become_files);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (notice_cases); i++) {
        g_autofree char *path = g_strconcat ("/compose/notice/", notice_cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), notices_are_taken);
    }
    g_test_add_func ("/compose/origins", origins_are_kept);
    g_test_add_func ("/compose/unfiltered", unfiltered_mail_is_whole_and_marked);
    for (gsize i = 0; i < G_N_ELEMENTS (junk_cases); i++) {
        g_autofree char *name = g_strdup_printf ("/compose/from-junk/%s", junk_cases[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), stays_junk);
    }
    return g_test_run ();
}
