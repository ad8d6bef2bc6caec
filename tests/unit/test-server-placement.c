/* What it means that a message is found somewhere else on its server. */
#include "server-placement.h"

#define LEAVE IB_STORY_LEAVE, false
#define TO_DO(work) IB_STORY_##work, false
#define DONE(work) IB_STORY_##work, true

static const struct { const char *name; IbServerPlacement placement; IbServerFinding finding; bool may_be_missed; } cases[] = {
    /*                               in Junk: was, is    work            renumbered, same date, learns                       may be missed */
    { "moved-into-junk",           { false, true,        LEAVE,          false, true,  true },  IB_FOUND_JUNKED, false },
    { "moved-out-of-junk",         { true,  false,       LEAVE,          false, true,  true },  IB_FOUND_RESCUED, true },
    { "second-in-the-inbox",       { false, false,       LEAVE,          false, true,  true },  IB_FOUND_COPY, false },
    { "second-in-junk",            { true,  true,        LEAVE,          false, true,  true },  IB_FOUND_COPY, false },
    { "another-delivery-to-junk",  { false, true,        LEAVE,          false, false, true },  IB_FOUND_COPY, false },
    { "another-beside-junk",       { true,  false,       LEAVE,          false, false, true },  IB_FOUND_COPY, false },
    { "nobody-learns",             { false, true,        LEAVE,          false, true,  false }, IB_FOUND_KNOWN, false },
    { "nobody-learns-of-ham",      { true,  false,       LEAVE,          false, true,  false }, IB_FOUND_KNOWN, true },
    { "renumbered",                { false, true,        LEAVE,          true,  true,  true },  IB_FOUND_KNOWN, false },
    { "renumbered-elsewhere",      { true,  false,       LEAVE,          true,  true,  true },  IB_FOUND_KNOWN, true },

    { "we-moved-it-there",         { false, true,        DONE (JUNK),    false, true,  true },  IB_FOUND_KNOWN, false },
    { "we-moved-it-date-and-all",  { false, true,        DONE (JUNK),    false, false, true },  IB_FOUND_KNOWN, false },
    { "who-was-first",             { false, true,        TO_DO (JUNK),   false, true,  true },  IB_FOUND_KNOWN, false },
    { "we-did-they-undid",         { false, false,       DONE (JUNK),    false, true,  true },  IB_FOUND_RESCUED, true },
    { "not-yet-moved-a-second",    { false, false,       TO_DO (JUNK),   false, true,  true },  IB_FOUND_COPY, false },
    { "we-rescued-it",             { true,  false,       DONE (RESCUE),  false, true,  true },  IB_FOUND_KNOWN, false },
    { "they-rescued-it-first",     { true,  false,       TO_DO (RESCUE), false, true,  true },  IB_FOUND_KNOWN, false },
    { "rescue-before-it-is-found", { false, true,        TO_DO (RESCUE), false, true,  true },  IB_FOUND_KNOWN, false },
    { "rescue-that-was-void",      { false, true,        DONE (RESCUE),  false, true,  true },  IB_FOUND_KNOWN, false },
    { "we-rescued-they-undid",     { true,  true,        DONE (RESCUE),  false, true,  true },  IB_FOUND_JUNKED, false },
    { "rescue-not-yet-a-second",   { true,  true,        TO_DO (RESCUE), false, true,  true },  IB_FOUND_COPY, false },

    { "we-deleted-it",             { false, true,        DONE (DELETE),  false, true,  true },  IB_FOUND_COPY, false },
    { "before-we-deleted-it",      { false, true,        TO_DO (DELETE), false, true,  true },  IB_FOUND_JUNKED, false },
    { "from-where-we-put-it",      { false, true,        DONE (MOVE),    false, true,  true },  IB_FOUND_JUNKED, false },
    { "where-we-put-it",           { false, false,       DONE (MOVE),    false, true,  true },  IB_FOUND_COPY, false },
};

static void
means (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbServerFinding finding = ib_server_placement_means (&cases[i].placement);
    g_assert_cmpint (finding, ==, cases[i].finding);
    g_assert_true (ib_server_placement_may_be_missed (&cases[i].placement, finding) == cases[i].may_be_missed);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *name = g_strdup_printf ("/server-placement/%s", cases[i].name);
        g_test_add_data_func (name, GSIZE_TO_POINTER (i), means);
    }
    return g_test_run ();
}
