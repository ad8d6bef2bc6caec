/* filter-trying.c - what a filter would do, in a window of its own */
#include "filter-trying.h"
#include "heard-filters.h"
#include "trial-window.h"

#include <glib/gi18n-lib.h>

static void
on_replayed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbTrialWindow) trial = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document = NULL;
    if (answer != NULL)
        g_variant_get (answer, "(&s)", &document);
    g_autoptr (IbHeardTrial) replay = document != NULL ? ib_heard_trial_read (document, &error) : NULL;
    if (replay != NULL)
        ib_trial_window_show_replay (trial, replay);
    else
        ib_trial_window_show_trouble (trial, error->message);
}

void
ib_filter_trying_on_mail (GtkWindow *editor, IbLink *link, const char *name, const char *text)
{
    GtkWindow *trial = ib_trial_window_new (editor, _ ("What It Would Do"));
    gtk_window_present (trial);
    ib_link_ask (link, "ReplayFilter", g_variant_new ("(ss)", name, text), "(s)", on_replayed,
                 g_object_ref (trial));
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbTrialWindow) trial = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = ib_link_answer (IB_LINK (source), result, &error);
    const char *document;
    if (answer == NULL) {
        ib_trial_window_show_trouble (trial, error->message);
        return;
    }
    g_variant_get (answer, "(&s)", &document);
    g_autoptr (GPtrArray) tests = ib_heard_tests_read (document);
    ib_trial_window_show_tests (trial, tests);
}

void
ib_filter_trying_by_test (GtkWindow *editor, IbLink *link, const char *name)
{
    GtkWindow *trial = ib_trial_window_new (editor, _ ("Its Test"));
    gtk_window_present (trial);
    ib_link_ask (link, "TestFilter", g_variant_new ("(s)", name), "(s)", on_tested, g_object_ref (trial));
}
