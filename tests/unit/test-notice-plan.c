/* Of which mail the user is told, and in which bubbles. */
#include "notice-plan.h"

#include <string.h>

/* --- of which --- */

/* @files: "FOLDER:INFO", ";" between. @asked: the importance that a filter's notify asks for, 0: none does. */
static const struct {
    const char *name;
    IbStoryAction action;
    const char *verdict, *files, *kind;
    bool is_known;
    guint asked;
    const char *told; /* at none, important, all: "-", "i", "a" */
} wishes[] = {
    { "friend", IB_STORY_DELIVER, "ham", "INBOX:", "personal", true, 0, "-ia" },
    { "friend-while-unsure", IB_STORY_DELIVER, "unsure", "INBOX:", "personal", true, 0, "-ia" },
    { "friend-in-a-folder", IB_STORY_DELIVER, "ham", "Family:", "personal", true, 0, "-ia" },
    { "invitation", IB_STORY_DELIVER, "ham", "INBOX:", "calendar", true, 0, "-ia" },
    { "stranger", IB_STORY_DELIVER, "ham", "INBOX:", "personal", false, 0, "--a" },
    { "invitation-by-a-stranger", IB_STORY_DELIVER, "ham", "INBOX:", "calendar", false, 0, "--a" },
    { "list", IB_STORY_DELIVER, "ham", "Lists.foo:", "list", true, 0, "--a" },
    { "newsletter", IB_STORY_DELIVER, "ham", "INBOX:", "newsletter", true, 0, "--a" },
    { "bulk", IB_STORY_DELIVER, "ham", "INBOX:", "bulk", true, 0, "--a" },
    { "machine", IB_STORY_DELIVER, "ham", "INBOX:", "notification", true, 0, "--a" },
    { "could-not-be-filtered", IB_STORY_DELIVER, "unsure", "INBOX:", NULL, false, 0, "--a" },
    { "flagged", IB_STORY_DELIVER, "ham", "Lists.foo:2,F", "list", false, 0, "-ia" },
    { "seen", IB_STORY_DELIVER, "ham", "INBOX:2,S", "personal", true, 0, "---" },
    { "seen-and-flagged", IB_STORY_DELIVER, "ham", "INBOX:2,FS", "personal", true, 0, "---" },
    { "asked-for", IB_STORY_DELIVER, "ham", "Lists.foo:", "list", false, 3, "-ia" },
    { "asked-for-and-seen", IB_STORY_DELIVER, "ham", "INBOX:2,S", "bulk", false, 1, "-ia" },
    { "spam", IB_STORY_DELIVER, "spam", "INBOX:", "personal", true, 1, "---" },
    { "junk", IB_STORY_DELIVER, "unsure", "Junk:", "personal", true, 1, "---" },
    { "below-junk", IB_STORY_DELIVER, "ham", "Junk.lottery:", "personal", true, 1, "---" },
    { "junkyard-is-no-junk", IB_STORY_DELIVER, "ham", "Junkyard:", "personal", true, 0, "-ia" },
    { "trash", IB_STORY_DELIVER, "ham", "Trash:", "personal", true, 0, "---" },
    { "junk-and-elsewhere", IB_STORY_DELIVER, "ham", "Junk:;INBOX:", "personal", true, 0, "-ia" },
    { "discarded", IB_STORY_DISCARD, "ham", ":", "personal", true, 1, "---" },
    { "duplicate", IB_STORY_DUPLICATE, "ham", ":", "personal", true, 1, "---" },
};

static IbStory *
story_new (guint number, const char *from, const char *subject)
{
    IbStory *story = ib_story_new ();
    g_snprintf (story->id, sizeof story->id, "%032x", number);
    story->from = g_strdup (from);
    story->subject = g_strdup (subject);
    story->kind = g_strdup ("personal");
    story->is_from_known = true;
    return story;
}

static void
told_of (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbStory) story = story_new (1, "Anna <anna@example.org>", "Lunch");
    g_auto (GStrv) files = g_strsplit (wishes[i].files, ";", -1);
    char told[4] = "---";
    g_free (story->kind);
    story->kind = g_strdup (wishes[i].kind);
    story->is_from_known = wishes[i].is_known;
    story->action = wishes[i].action;
    story->verdict = g_strdup (wishes[i].verdict);
    for (char **file = files; *file != NULL; file++) {
        g_auto (GStrv) parts = g_strsplit (*file, ":", 2);
        (void) ib_story_add_file (story, parts[0], parts[1]);
    }
    if (wishes[i].asked > 0)
        ib_story_add_notice (story, "", "", wishes[i].asked);
    if (ib_notice_is_wanted (story, IB_NOTIFY_NONE))
        told[0] = 'n';
    if (ib_notice_is_wanted (story, IB_NOTIFY_IMPORTANT))
        told[1] = 'i';
    if (ib_notice_is_wanted (story, IB_NOTIFY_ALL))
        told[2] = 'a';
    g_assert_cmpstr (told, ==, wishes[i].told);
}

/* --- in which bubbles --- */

/* What happens, a word a step:
 *     +N    N messages come          look  what there is to do is done, all answers included
 *     send  the same, but the answer to a bubble is still awaited; ok  it comes; lost  it is an error
 *     xN    bubble N is closed       gone  the server and all bubbles are     later  two seconds have passed
 *     sum   it came while nobody looked       drop  nobody is told of what waits
 * @done: what the server was asked for: "[N COUNT]" a new bubble N for COUNT messages, "[N<M COUNT]" in the place of M,
 * "(close N)". The server counts its bubbles from 1. */
static const struct {
    const char *name, *steps, *done;
} runs[] = {
    { "nothing", "look", "" },
    { "one", "+1 look", "[1 1]" },
    { "three-each", "+1 look +1 look +1 look", "[1 1] [2 1] [3 1]" },
    { "three-at-once", "+3 look", "[1 1] [2 1] [3 1]" },
    { "fourth-makes-a-group", "+3 look +1 look", "[1 1] [2 1] [3 1] [3<3 4] (close 1) (close 2)" },
    { "four-at-once", "+4 look", "[1 4]" },
    { "a-burst-is-one", "+1000 look", "[1 1000]" },
    { "a-burst-is-two", "+1 send +999 ok look", "[1 1] [1<1 1000]" },
    { "one-at-a-time", "+1 send +1 send send ok look", "[1 1] [2 1]" },
    { "group-grows", "+4 look later +2 look", "[1 4] [1<1 6]" },
    { "group-grows-not-too-often", "+4 look +2 look +3 look later look", "[1 4] [1<1 9]" },
    { "closed-group-is-forgotten", "+4 look x1 +1 look", "[1 4] [2 1]" },
    { "closed-ones-do-not-count", "+3 look x1 x2 +2 look", "[1 1] [2 1] [3 1] [4 1] [5 1]" },
    { "closed-by-another", "+1 look x7 +3 look", "[1 1] [1<1 4]" },
    { "lost-is-not-repeated", "+1 send lost look +1 look", "[? 1] [1 1]" },
    { "server-restarts", "+3 look gone +1 look", "[1 1] [2 1] [3 1] [4 1]" },
    { "server-dies-over-it", "+3 look +1 send gone lost +1 look", "[1 1] [2 1] [3 1] [?<3 4] [4 1]" },
    { "summed-up", "+2 sum look", "[1 2]" },
    { "summed-up-is-one", "+1 sum look", "[1 1]" },
    { "summed-up-once", "+2 sum look x1 +2 look", "[1 2] [2 1] [3 1]" },
    { "summed-up-with-open-ones", "+1 look +2 sum look", "[1 1] [1<1 3]" },
    { "nothing-to-sum-up", "sum +2 look", "[1 1] [2 1]" },
    { "dropped", "+5 drop look +1 look", "[1 1]" },
};

typedef struct {
    IbNoticePlan *plan;
    gint64 now;
    guint number;
    guint32 last_id, replaces; /* of what the server is asked for */
    bool is_asked;
    GString *done;
    gsize id_at; /* in it: where the id of what is asked for belongs */
} Run;

static bool
next_step (Run *run)
{
    const IbBubble *bubble = NULL;
    guint32 id = 0;
    gint64 when = 0;
    IbNoticeStep step = ib_notice_plan_next (run->plan, run->now, &bubble, &id, &when);
    if (step == IB_NOTICE_REST) {
        g_assert_true (when == 0 || when > run->now);
        return false;
    }
    if (run->done->len > 0)
        g_string_append_c (run->done, ' ');
    if (step == IB_NOTICE_CLOSE) {
        g_string_append_printf (run->done, "(close %u)", id);
        return true;
    }
    g_string_append_c (run->done, '[');
    run->id_at = run->done->len;
    run->is_asked = true;
    run->replaces = bubble->replaces;
    if (bubble->replaces != 0)
        g_string_append_printf (run->done, "<%u", bubble->replaces);
    g_string_append_printf (run->done, " %u]", bubble->count);
    g_assert_cmpuint (bubble->ids->len, ==, MIN (bubble->count, IB_NOTICE_IDS));
    return true;
}

static void
answer (Run *run, bool is_ok)
{
    guint32 id = !is_ok ? 0 : run->replaces != 0 ? run->replaces : ++run->last_id;
    g_autofree char *name = is_ok ? g_strdup_printf ("%u", id) : g_strdup ("?");
    g_assert_true (run->is_asked);
    run->is_asked = false;
    g_string_insert (run->done, (gssize) run->id_at, name);
    ib_notice_plan_shown (run->plan, id, run->now);
}

static void
take_step (Run *run, const char *step)
{
    guint number = (guint) g_ascii_strtoull (step + 1, NULL, 10);
    if (*step == '+') {
        for (guint i = 0; i < number; i++) {
            g_autoptr (IbStory) story = story_new (++run->number, "Anna <anna@example.org>", "Lunch");
            ib_notice_plan_add (run->plan, story);
        }
    } else if (*step == 'x') {
        ib_notice_plan_closed (run->plan, number);
    } else if (strcmp (step, "look") == 0) {
        while (next_step (run))
            if (run->is_asked)
                answer (run, true);
    } else if (strcmp (step, "send") == 0) {
        while (next_step (run))
            ;
    } else if (strcmp (step, "ok") == 0 || strcmp (step, "lost") == 0) {
        answer (run, strcmp (step, "ok") == 0);
    } else if (strcmp (step, "gone") == 0) {
        ib_notice_plan_forget (run->plan);
    } else if (strcmp (step, "later") == 0) {
        run->now += IB_NOTICE_GROWTH_US;
    } else if (strcmp (step, "sum") == 0) {
        ib_notice_plan_sum_up (run->plan);
    } else {
        g_assert_cmpstr (step, ==, "drop");
        ib_notice_plan_drop (run->plan);
    }
}

static void
bubbles_are (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbNoticePlan) plan = ib_notice_plan_new ("work");
    g_autoptr (GString) done = g_string_new (NULL);
    g_auto (GStrv) steps = g_strsplit (runs[i].steps, " ", -1);
    Run run = { .plan = plan, .now = 1, .done = done };
    for (char **step = steps; *step != NULL; step++)
        take_step (&run, *step);
    g_assert_cmpstr (done->str, ==, runs[i].done);
    g_assert_false (ib_notice_plan_waits (plan));
}

/* --- in which words --- */

static const IbBubble *
show_next (IbNoticePlan *plan, guint32 id, gint64 now)
{
    const IbBubble *bubble = NULL;
    guint32 closed = 0;
    gint64 when = 0;
    IbNoticeStep step;
    while ((step = ib_notice_plan_next (plan, now, &bubble, &closed, &when)) == IB_NOTICE_CLOSE)
        ;
    g_assert_cmpint (step, ==, IB_NOTICE_SHOW);
    ib_notice_plan_shown (plan, id, now);
    return bubble;
}

static void
one_is_worded (void)
{
    g_autoptr (IbNoticePlan) plan = ib_notice_plan_new ("work");
    g_autoptr (IbStory) known = story_new (1, "Anna Example <anna@example.org>", "Lunch\non Sunday");
    g_autoptr (IbStory) stranger = story_new (2, "Bank <x@phish.example>", "");
    stranger->is_from_known = false;
    ib_notice_plan_add (plan, known);
    const IbBubble *bubble = show_next (plan, 1, 1);
    g_assert_cmpstr (bubble->title, ==, "Anna Example");
    g_assert_cmpstr (bubble->body, ==, "Lunch on Sunday");
    g_assert_cmpint (bubble->urgency, ==, IB_URGENCY_NORMAL);
    g_assert_cmpstr (bubble->ids->pdata[0], ==, known->id);
    g_assert_true (ib_notice_plan_find (plan, 1) == bubble);
    g_assert_null (ib_notice_plan_find (plan, 2));

    ib_notice_plan_set_labelled (plan, true);
    ib_notice_plan_add (plan, stranger);
    bubble = show_next (plan, 2, 1);
    g_assert_cmpstr (bubble->title, ==, "Bank <x@phish.example>");
    g_assert_cmpstr (bubble->body, ==, "Without a subject\nfor work");
}

static void
group_is_worded (void)
{
    g_autoptr (IbNoticePlan) plan = ib_notice_plan_new ("work");
    ib_notice_plan_set_labelled (plan, true);
    for (guint i = 1; i <= 6; i++) {
        g_autofree char *subject = g_strdup_printf ("number %u", i);
        g_autoptr (IbStory) story = story_new (i, "Anna <anna@example.org>", subject);
        if (i == 1)
            ib_story_add_notice (story, "the roof!", "Landlord", 1);
        ib_notice_plan_add (plan, story);
    }
    const IbBubble *bubble = show_next (plan, 1, 1);
    g_assert_cmpstr (bubble->title, ==, "6 new messages for work");
    /* What is urgent stays, of the others the newest. */
    g_assert_cmpstr (bubble->body, ==,
                     "Landlord: the roof!\nAnna: number 4\nAnna: number 5\nAnna: number 6\nand 2 more");
    g_assert_cmpint (bubble->urgency, ==, IB_URGENCY_CRITICAL);
}

static const struct {
    const char *name, *kind, *asked; /* "IMPORTANCE:FROM:TEXT", "," between */
    const char *title, *body;
    IbUrgency urgency;
} askings[] = {
    { "text", "list", "2:Landlord:The roof", "Landlord", "The roof", IB_URGENCY_NORMAL },
    { "bare", "list", "2::", "Anna", "Lunch", IB_URGENCY_NORMAL },
    { "high", "list", "1::now", "Anna", "now", IB_URGENCY_CRITICAL },
    { "low", "personal", "3::later", "Anna", "later", IB_URGENCY_LOW },
    { "most-important-of-several", "list", "3::low,1::high,1::too,2::mid", "Anna", "high", IB_URGENCY_CRITICAL },
    { "nobody-asks", "list", "", "Anna", "Lunch", IB_URGENCY_LOW },
};

static void
asking_is_worded (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbNoticePlan) plan = ib_notice_plan_new ("work");
    g_autoptr (IbStory) story = story_new (1, "Anna <anna@example.org>", "Lunch");
    g_auto (GStrv) asked = g_strsplit (askings[i].asked, ",", -1);
    g_free (story->kind);
    story->kind = g_strdup (askings[i].kind);
    for (char **notice = asked; *notice != NULL; notice++) {
        g_auto (GStrv) parts = g_strsplit (*notice, ":", 3);
        ib_story_add_notice (story, parts[2], parts[1], (guint) g_ascii_strtoull (parts[0], NULL, 10));
    }
    ib_notice_plan_add (plan, story);
    const IbBubble *bubble = show_next (plan, 1, 1);
    g_assert_cmpstr (bubble->title, ==, askings[i].title);
    g_assert_cmpstr (bubble->body, ==, askings[i].body);
    g_assert_cmpint (bubble->urgency, ==, askings[i].urgency);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
#define ADD_ROWS(table, folder, function)                                                                    \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/notice-plan/" folder "/%s", table[i].name);               \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);                                         \
    }
    ADD_ROWS (wishes, "told", told_of)
    ADD_ROWS (runs, "bubbles", bubbles_are)
    ADD_ROWS (askings, "asking", asking_is_worded)
    g_test_add_func ("/notice-plan/one", one_is_worded);
    g_test_add_func ("/notice-plan/group", group_is_worded);
    return g_test_run ();
}
