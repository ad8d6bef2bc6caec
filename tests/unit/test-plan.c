/* An edit list stays short: ranges that follow each other are one. */
#include "plan.h"

static void
ranges_are_joined (void)
{
    g_autoptr (IbPlan) plan = ib_plan_new ();
    ib_plan_append_literal (plan, "X-Inbasket-Id: 1\n");
    ib_plan_append_range (plan, 0, 10);
    ib_plan_append_range (plan, 10, 0);
    ib_plan_append_range (plan, 10, 5);
    ib_plan_append_range (plan, 20, 5);

    g_assert_cmpuint (plan->segments->len, ==, 3);
    const IbSegment *second = &g_array_index (plan->segments, IbSegment, 1);
    g_assert_cmpuint (second->offset, ==, 0);
    g_assert_cmpuint (second->length, ==, 15);
    const IbSegment *third = &g_array_index (plan->segments, IbSegment, 2);
    g_assert_cmpuint (third->offset, ==, 20);
}

static void
one_folder_is_stored_in_once (void)
{
    g_autoptr (IbPlan) plan = ib_plan_new ();
    const char *const seen[] = { "\\Seen", NULL }, *const more[] = { "\\SEEN", "work", NULL };
    ib_plan_store (plan, IB_ACTION_FILEINTO, "INBOX", seen);
    ib_plan_store (plan, IB_ACTION_FILEINTO, "Lists", NULL);
    IbAction *action = ib_plan_store (plan, IB_ACTION_KEEP, "INBOX", more);

    g_assert_cmpuint (plan->actions->len, ==, 2);
    g_assert_true (action == plan->actions->pdata[0]);
    const char *const united[] = { "\\Seen", "work", NULL };
    g_assert_cmpstrv (action->flags, united);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/plan/ranges-are-joined", ranges_are_joined);
    g_test_add_func ("/plan/one-folder-is-stored-in-once", one_folder_is_stored_in_once);
    return g_test_run ();
}
