/* What is done on the server with mail that is safe here. */
#include "server-work.h"

#include <string.h>

#define DAYS (14 * 86400)

static const struct { const char *name; IbServerRule rule; IbStoryAfter good, spam; } cases[] = {
    { "keep",                   { IB_AFTER_KEEP, 0, false, false },      IB_STORY_LEAVE,  IB_STORY_LEAVE },
    { "keep-and-junk",          { IB_AFTER_KEEP, 0, true, false },       IB_STORY_LEAVE,  IB_STORY_JUNK },
    { "delete",                 { IB_AFTER_DELETE, 0, false, false },    IB_STORY_DELETE, IB_STORY_DELETE },
    { "delete-and-junk",        { IB_AFTER_DELETE, 0, true, false },     IB_STORY_DELETE, IB_STORY_DELETE },
    { "delete-later",           { IB_AFTER_DELETE, DAYS, false, false }, IB_STORY_DELETE, IB_STORY_DELETE },
    { "delete-later-and-junk",  { IB_AFTER_DELETE, DAYS, true, false },  IB_STORY_DELETE, IB_STORY_JUNK },
    { "move",                   { IB_AFTER_MOVE, 0, false, false },      IB_STORY_MOVE,   IB_STORY_MOVE },
    { "move-and-junk",          { IB_AFTER_MOVE, 0, true, false },       IB_STORY_MOVE,   IB_STORY_JUNK },
    { "from-junk",              { IB_AFTER_KEEP, 0, true, true },        IB_STORY_LEAVE,  IB_STORY_LEAVE },
    { "from-junk-delete",       { IB_AFTER_DELETE, 0, true, true },      IB_STORY_LEAVE,  IB_STORY_LEAVE },
    { "from-junk-move",         { IB_AFTER_MOVE, 0, true, true },        IB_STORY_LEAVE,  IB_STORY_LEAVE },
};

static void
decides (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_server_work (&cases[i].rule, false), ==, cases[i].good);
    g_assert_cmpint (ib_server_work (&cases[i].rule, true), ==, cases[i].spam);
}

static const struct { const char *name; IbStoryAction action; const char *folder, *verdict, *twin; bool is_spam; } spams[] = {
    { "into-junk",                IB_STORY_DELIVER,   "Junk",      "spam", NULL,    true },
    { "below-junk",               IB_STORY_DELIVER,   "Junk.2026", "spam", NULL,    true },
    { "into-junk-by-a-rule",      IB_STORY_DELIVER,   "Junk",      "ham",  NULL,    true },
    { "out-of-junk-by-a-rule",    IB_STORY_DELIVER,   "INBOX",     "spam", NULL,    false },
    { "ordinary",                 IB_STORY_DELIVER,   "Lists.foo", "ham",  NULL,    false },
    { "discarded-spam",           IB_STORY_DISCARD,   "",          "spam", NULL,    true },
    { "discarded-otherwise",      IB_STORY_DISCARD,   "",          "ham",  NULL,    false },
    { "twin-in-junk",             IB_STORY_DUPLICATE, "",          "ham",  "Junk",  true },
    { "twin-in-the-inbox",        IB_STORY_DUPLICATE, "",          "spam", "INBOX", false },
    { "twin-of-an-old-journal",   IB_STORY_DUPLICATE, "",          "spam", "",      false },
};

static void
tells_spam (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbStory) story = ib_story_new ();
    story->action = spams[i].action;
    story->verdict = g_strdup (spams[i].verdict);
    (void) ib_story_add_file (story, spams[i].folder, "");
    g_assert_cmpint (ib_server_work_is_spam (story, spams[i].twin), ==, spams[i].is_spam);
}

static const struct { const char *name, *folder, *mailbox, *special_use; bool goes_there; } targets[] = {
    { "same-name",         "Done",       "Done",            "",        true },
    { "another",           "Done",       "Done2",           "",        false },
    { "a-part",            "Done2",      "Done",            "",        false },
    { "another-case",      "Done",       "done",            "",        false },
    { "below-the-inbox",   "Done",       "INBOX.Done",      "",        true },
    { "not-quite-below",   "Done",       "INBOX2.Done",     "",        false },
    { "below-another",     "Done",       "Old.Done",        "",        false },
    { "as-the-server-has", "INBOX/Done", "INBOX/Done",      "",        true },
    { "other-separator",   "Done/2026",  "INBOX.Done.2026", "",        true },
    { "special-use",       "\\Archive",  "Alles",           "Archive", true },
    { "another-use",       "\\Archive",  "Alles",           "Junk",    false },
    { "usual-name",        "\\Archive",  "Archive",         "",        true },
    { "no-such-use",       "\\Done",     "Done",            "",        true },
    { "nor-a-use",         "\\Done",     "INBOX",           "",        false },
};

static void
tells_target (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    bool goes_there = ib_server_work_goes_to (targets[i].folder, targets[i].mailbox, targets[i].special_use);
    g_assert_cmpint (goes_there, ==, targets[i].goes_there);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strdup_printf ("/server-work/%s", cases[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), decides);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (spams); i++) {
        g_autofree char *name = g_strdup_printf ("/server-work/spam/%s", spams[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), tells_spam);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (targets); i++) {
        g_autofree char *name = g_strdup_printf ("/server-work/target/%s", targets[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), tells_target);
    }
    return g_test_run ();
}
