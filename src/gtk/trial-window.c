/* trial-window.c - what came of trying a filter */
#include "trial-window.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOST_ROWS 200
#define LONGEST_WORDS 300

struct _IbTrialWindow {
    AdwWindow parent;

    GtkStack *states;
    GtkLabel *summary;
    GtkListBox *list;
    AdwStatusPage *plain;
};

G_DEFINE_FINAL_TYPE (IbTrialWindow, ib_trial_window, ADW_TYPE_WINDOW)

static void
show_plain (IbTrialWindow *self, const char *icon, const char *title, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_WORDS);
    g_autofree char *markup = g_markup_escape_text (safe, -1);
    adw_status_page_set_icon_name (self->plain, icon);
    adw_status_page_set_title (self->plain, title);
    adw_status_page_set_description (self->plain, markup);
    gtk_stack_set_visible_child_name (self->states, "plain");
}

/* @row: an AdwPreferencesRow. Its texts are plain, and safe already. */
static void
name_row (GtkWidget *row, const char *title, const char *subtitle)
{
    adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
    if (ADW_IS_EXPANDER_ROW (row))
        adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), subtitle);
    else
        adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
    g_autofree char *spoken
        = *subtitle != '\0' ? g_strdup_printf ("%s: %s", title, subtitle) : g_strdup (title);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

/* --- what would move ------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_example (const IbHeardTried *example)
{
    g_autofree char *subject = ib_escape_text (example->subject, -1, LONGEST_WORDS);
    g_autofree char *from = ib_escape_text (example->from, -1, LONGEST_WORDS);
    GtkWidget *row = adw_action_row_new ();
    name_row (row, *subject != '\0' ? subject : _ ("(no subject)"), from);
    return row;
}

/* "12 messages: INBOX → Lists", "lists.sieve:18". */
static GtkWidget *
make_change (const IbHeardChange *change)
{
    g_autofree char *from = ib_escape_text (change->from, -1, LONGEST_WORDS);
    g_autofree char *to = ib_escape_text (change->to, -1, LONGEST_WORDS);
    g_autofree char *rule = ib_escape_text (change->rule, -1, LONGEST_WORDS);
    gulong count = (gulong) change->count;
    g_autofree char *title = g_strdup_printf (
        ngettext ("%'lu message: %s → %s", "%'lu messages: %s → %s", count), count, from, to);
    g_autofree char *subtitle = g_strdup_printf ("%s%s%s", *rule != '\0' ? rule : _ ("No filter decides"),
                                                 *change->flags != '\0' ? "  " : "", change->flags);
    GtkWidget *row = change->examples->len > 0 ? adw_expander_row_new () : adw_action_row_new ();
    name_row (row, title, subtitle);
    for (guint i = 0; i < change->examples->len; i++)
        adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_example (change->examples->pdata[i]));
    return row;
}

/* An answer may come once nobody waits for it any more: then the parts are gone. */
static bool
is_closed (const IbTrialWindow *self)
{
    return self->states == NULL;
}

void
ib_trial_window_show_replay (IbTrialWindow *self, const IbHeardTrial *replay)
{
    if (is_closed (self))
        return;
    if (replay->changes->len == 0) {
        show_plain (self, "emblem-ok-symbolic", _ ("Nothing Would Move"),
                    replay->messages == 0
                        ? _ ("There is no mail here yet to try it on.")
                        : _ ("All mail that is here stands where the filters would put it."));
        return;
    }
    gulong changed = (gulong) replay->changed, messages = (gulong) replay->messages;
    g_autofree char *words = g_strdup_printf (
        ngettext (
            "%'lu of %'lu message that is here would stand elsewhere, or have other flags. Nothing was "
            "changed: this is what the filters that run would have done, with this text among them.",
            "%'lu of %'lu messages that are here would stand elsewhere, or have other flags. Nothing was "
            "changed: this is what the filters that run would have done, with this text among them.",
            messages),
        changed, messages);
    gtk_label_set_text (self->summary, words);
    for (guint i = 0; i < MIN (replay->changes->len, MOST_ROWS); i++)
        gtk_list_box_append (self->list, make_change (replay->changes->pdata[i]));
    gtk_stack_set_visible_child_name (self->states, "some");
}

/* --- its tests --------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_test (const IbHeardTest *test)
{
    bool has_passed = *test->reason == '\0';
    g_autofree char *name = ib_escape_text (test->name, -1, LONGEST_WORDS);
    g_autofree char *reason = ib_escape_text (test->reason, -1, LONGEST_WORDS);
    GtkWidget *row = adw_action_row_new ();
    GtkWidget *icon
        = gtk_image_new_from_icon_name (has_passed ? "emblem-ok-symbolic" : "dialog-error-symbolic");
    gtk_widget_add_css_class (icon, has_passed ? "success" : "error");
    adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
    name_row (row, name, has_passed ? _ ("Passed") : reason);
    return row;
}

void
ib_trial_window_show_tests (IbTrialWindow *self, const GPtrArray *tests)
{
    guint failed = 0;
    if (is_closed (self))
        return;
    for (guint i = 0; i < tests->len; i++) {
        const IbHeardTest *test = tests->pdata[i];
        failed += *test->reason != '\0';
        if (i < MOST_ROWS)
            gtk_list_box_append (self->list, make_test (test));
    }
    g_autofree char *words
        = failed == 0
              ? g_strdup_printf (ngettext ("%'u test passed.", "All %'u tests passed.", tests->len),
                                 tests->len)
              : g_strdup_printf (ngettext ("%'u of %'u test failed.", "%'u of %'u tests failed.", tests->len),
                                 failed, tests->len);
    gtk_label_set_text (self->summary, words);
    gtk_stack_set_visible_child_name (self->states, "some");
}

void
ib_trial_window_show_trouble (IbTrialWindow *self, const char *words)
{
    if (!is_closed (self))
        show_plain (self, "dialog-warning-symbolic", _ ("It Cannot Be Tried"), words);
}

/* --- the window ----------------------------------------------------------------------------------------------------------- */

static void
ib_trial_window_class_init (IbTrialWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/trial-window.ui");
    gtk_widget_class_bind_template_child (widget, IbTrialWindow, states);
    gtk_widget_class_bind_template_child (widget, IbTrialWindow, summary);
    gtk_widget_class_bind_template_child (widget, IbTrialWindow, list);
    gtk_widget_class_bind_template_child (widget, IbTrialWindow, plain);
    gtk_widget_class_add_binding_action (widget, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
ib_trial_window_init (IbTrialWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
ib_trial_window_new (GtkWindow *parent, const char *title)
{
    return g_object_new (IB_TYPE_TRIAL_WINDOW, "transient-for", parent, "destroy-with-parent", TRUE, "title",
                         title, NULL);
}
