/* window.c - the main window: its pages, and the way between them */
#include "window.h"
#include "accounts-page.h"
#include "activity-page.h"
#include "arrivals.h"
#include "escape.h"
#include "filter-editor.h"
#include "filters-page.h"
#include "learning-question.h"
#include "preferences-window.h"
#include "report-page.h"
#include "review-page.h"
#include "telling.h"
#include "why-page.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_TROUBLE 500

/* Something that can be done only once it is known whether there is a service. @text: a message or an account; NULL. */
typedef void (*Wish) (IbWindow *self, const char *text);

struct _IbWindow {
    AdwApplicationWindow parent;

    Wish wish; /* NULL: none waits; the last one counts */
    char *wish_text;

    IbLink *link;
    const IbPaths *paths;
    GListModel *arrivals;
    GtkWindow *preferences; /* NULL: closed */
    AdwToastOverlay *toasts;
    AdwLeaflet *levels; /* the pages, and the message behind them */
    GtkStack *body;     /* whether there is a service to show anything of */
    AdwViewStack *pages;
    AdwViewSwitcherTitle *switcher_title;
    AdwStatusPage *absent;
    GtkWidget *start_button, *setup_button;
    GtkRevealer *banner;
    GtkLabel *trouble;
    IbAccountsPage *accounts;
    IbActivityPage *activity;
    IbReviewPage *review;
    IbReportPage *report;
    IbFiltersPage *filters;
    IbWhyPage *why;
};

G_DEFINE_FINAL_TYPE (IbWindow, ib_window, ADW_TYPE_APPLICATION_WINDOW)

/* --- where we are --------------------------------------------------------------------------------------------------- */

static bool
is_on_message (IbWindow *self)
{
    return strcmp (adw_leaflet_get_visible_child_name (self->levels), "message") == 0;
}

/* The name of what is seen is the window's, for people and for screen readers. */
static void
show_title (IbWindow *self)
{
    GtkWidget *page = adw_view_stack_get_visible_child (self->pages);
    const char *title
        = page != NULL ? adw_view_stack_page_get_title (adw_view_stack_get_page (self->pages, page)) : NULL;
    adw_view_switcher_title_set_title (self->switcher_title, title != NULL ? title : "");
    if (is_on_message (self))
        title = _ ("Why");
    else if (strcmp (gtk_stack_get_visible_child_name (self->body), "absent") == 0)
        title = adw_status_page_get_title (self->absent);
    gtk_window_set_title (GTK_WINDOW (self), title != NULL ? title : _ ("Inbasket"));
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.back", is_on_message (self));
}

static void
go_to_page (GtkWidget *widget, const char *action, GVariant *number)
{
    IbWindow *self = IB_WINDOW (widget);
    g_autoptr (GtkSelectionModel) pages = adw_view_stack_get_pages (self->pages);
    adw_leaflet_set_visible_child_name (self->levels, "pages");
    gtk_selection_model_select_item (pages, (guint) g_variant_get_int32 (number), TRUE);
}

static void
go_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
    adw_leaflet_set_visible_child_name (IB_WINDOW (widget)->levels, "pages");
}

static void
search (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWindow *self = IB_WINDOW (widget);
    adw_leaflet_set_visible_child_name (self->levels, "pages");
    adw_view_stack_set_visible_child_name (self->pages, "activity");
    ib_activity_page_search (self->activity);
}

/* Who starts us by a click in a notification wishes for something before the bus has answered. */
static bool
postpone (IbWindow *self, Wish wish, const char *text)
{
    if (ib_link_state (self->link) != IB_LINK_LOOKING)
        return false;
    char *copy = g_strdup (text);
    g_free (self->wish_text);
    self->wish_text = copy;
    self->wish = wish;
    return true;
}

static void
grant_wish (IbWindow *self)
{
    Wish wish = g_steal_pointer (&self->wish);
    g_autofree char *text = g_steal_pointer (&self->wish_text);
    if (wish != NULL)
        wish (self, text);
}

void
ib_window_show_message (IbWindow *self, const char *id)
{
    if (postpone (self, ib_window_show_message, id))
        return;
    ib_why_page_show (self->why, self->link, id);
    adw_leaflet_set_visible_child_name (self->levels, "message");
    /* Its keys are heard where the keyboard is. */
    (void) gtk_widget_child_focus (GTK_WIDGET (self->why), GTK_DIR_TAB_FORWARD);
}

static void
show_message (GtkWidget *widget, const char *action, GVariant *id)
{
    ib_window_show_message (IB_WINDOW (widget), g_variant_get_string (id, NULL));
}

/* --- the service -------------------------------------------------------------------------------------------------- */

/* Who has none yet needs one before the service has anything to do. */
static bool
has_account_file (const IbWindow *self)
{
    g_autoptr (GDir) folder = g_dir_open (self->paths->accounts, 0, NULL); /* not there: none */
    const char *name = NULL;
    while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        if (*name != '.' && g_str_has_suffix (name, ".conf"))
            return true;
    return false;
}

static void
show_absence (IbWindow *self, IbLinkState state)
{
    bool is_elsewhere = state == IB_LINK_ELSEWHERE, is_first_time = !has_account_file (self);
    const char *title = is_elsewhere    ? _ ("Busy With Another Folder")
                        : is_first_time ? _ ("No Account Yet")
                                        : _ ("The Service Does Not Run");
    const char *words
        = is_elsewhere ? _ ("The Inbasket service that runs works for another home folder than this window.")
          : is_first_time ? _ (
                "Inbasket collects the mail of all your accounts, filters it in one place, and leaves it where "
                "your mail program reads it.")
                          : _ ("Inbasket’s service fetches and filters mail in the background. No mail is "
                               "fetched until it runs.\n\n“inbasket service enable” in a terminal has it "
                               "run at every login.");
    adw_status_page_set_title (self->absent, title);
    adw_status_page_set_description (self->absent, words);
    adw_status_page_set_icon_name (self->absent,
                                   is_first_time ? "mail-unread-symbolic" : "system-shutdown-symbolic");
    gtk_widget_set_visible (self->setup_button, state == IB_LINK_ABSENT && is_first_time);
    gtk_widget_set_visible (self->start_button,
                            state == IB_LINK_ABSENT && !is_first_time && ib_link_can_start (self->link));
}

void
ib_window_look (IbWindow *self)
{
    static const char *const bodies[] = {
        [IB_LINK_LOOKING] = "looking",
        [IB_LINK_ABSENT] = "absent",
        [IB_LINK_ELSEWHERE] = "absent",
        [IB_LINK_HERE] = "here",
    };
    IbLinkState state = ib_link_state (self->link);
    g_autofree char *trouble = ib_link_trouble (self->link);
    g_autofree char *safe = ib_escape_text (trouble, -1, LONGEST_TROUBLE);
    g_autofree char *words = g_strdup_printf (_ ("Nothing is fetched: %s"), safe);
    gtk_label_set_text (self->trouble, words);
    gtk_revealer_set_reveal_child (self->banner, *trouble != '\0');
    show_absence (self, state);
    gtk_stack_set_visible_child_name (self->body, bodies[state]);
    gtk_widget_set_sensitive (self->start_button, TRUE);
    show_title (self);
    if (state != IB_LINK_LOOKING)
        grant_wish (self);
}

void
ib_window_tell (IbWindow *self, const char *words)
{
    g_autofree char *safe = ib_escape_text (words, -1, LONGEST_TROUBLE);
    ib_tell (GTK_WIDGET (self->levels), safe);
}

/* It stays to be read until something changes. */
static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    gtk_widget_set_sensitive (self->start_button, TRUE);
    if (ib_link_finish (IB_LINK (source), result, &error))
        return;
    g_autofree char *words = g_strdup_printf (
        _ ("It cannot be started from here: %s.\n\n“inbasket service enable” in a terminal says more."),
        error->message);
    g_autofree char *markup = g_markup_escape_text (words, -1);
    adw_status_page_set_description (self->absent, markup);
}

static void
start (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbWindow *self = IB_WINDOW (widget);
    gtk_widget_set_sensitive (self->start_button, FALSE);
    ib_link_start (self->link, on_started, g_object_ref (self));
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    if (!ib_link_finish (IB_LINK (source), result, &error))
        ib_tell (GTK_WIDGET (self->levels), error->message);
}

void
ib_window_check (IbWindow *self, const char *account)
{
    if (!postpone (self, ib_window_check, account)
        && (account == NULL || ib_link_state (self->link) == IB_LINK_HERE))
        ib_link_check (self->link, account, on_asked, g_object_ref (self));
}

void
ib_window_show_page (IbWindow *self, const char *name)
{
    adw_leaflet_set_visible_child_name (self->levels, "pages");
    adw_view_stack_set_visible_child_name (self->pages, name);
}

void
ib_window_show_preferences (IbWindow *self)
{
    if (self->preferences == NULL)
        g_set_weak_pointer (&self->preferences,
                            ib_preferences_window_new (GTK_WINDOW (self), self->link, self->paths));
    gtk_window_present (self->preferences);
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
on_acted (IbWindow *self, const char *id)
{
    ib_review_page_settle (self->review, id);
    ib_arrivals_reload (self->arrivals);
}

/* What is written in a window over this one would go with it. */
/* They would go with it by themselves, but one that is still needed for a moment, as by the key that was pressed in it, has GTK
 * 4.8 look at a parent that is no more. */
static void
destroy_those_above (GtkWindow *window)
{
    g_autolist (GtkWindow) windows = gtk_window_list_toplevels ();
    g_list_foreach (windows, (GFunc) (void (*) (void)) g_object_ref, NULL);
    for (GList *each = windows; each != NULL; each = each->next) {
        if (gtk_window_get_transient_for (each->data) != window)
            continue;
        destroy_those_above (each->data);
        gtk_window_set_transient_for (each->data, NULL);
        gtk_window_destroy (each->data);
    }
}

static gboolean
ib_window_close_request (GtkWindow *window)
{
    if (ib_filter_editor_ask_all (window) || ib_learning_question_ask (window))
        return TRUE;
    destroy_those_above (window);
    return GTK_WINDOW_CLASS (ib_window_parent_class)->close_request (window);
}

static void
ib_window_dispose (GObject *object)
{
    IbWindow *self = IB_WINDOW (object);
    g_clear_weak_pointer (&self->preferences);
    g_clear_object (&self->arrivals);
    g_clear_object (&self->link);
    g_clear_pointer (&self->wish_text, g_free);
    G_OBJECT_CLASS (ib_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
    gtk_widget_class_bind_template_child (widget, IbWindow, toasts);
    gtk_widget_class_bind_template_child (widget, IbWindow, levels);
    gtk_widget_class_bind_template_child (widget, IbWindow, body);
    gtk_widget_class_bind_template_child (widget, IbWindow, pages);
    gtk_widget_class_bind_template_child (widget, IbWindow, absent);
    gtk_widget_class_bind_template_child (widget, IbWindow, start_button);
    gtk_widget_class_bind_template_child (widget, IbWindow, setup_button);
    gtk_widget_class_bind_template_child (widget, IbWindow, banner);
    gtk_widget_class_bind_template_child (widget, IbWindow, trouble);
    gtk_widget_class_bind_template_child (widget, IbWindow, accounts);
    gtk_widget_class_bind_template_child (widget, IbWindow, activity);
    gtk_widget_class_bind_template_child (widget, IbWindow, review);
    gtk_widget_class_bind_template_child (widget, IbWindow, report);
    gtk_widget_class_bind_template_child (widget, IbWindow, filters);
    gtk_widget_class_bind_template_child (widget, IbWindow, switcher_title);
    gtk_widget_class_bind_template_child (widget, IbWindow, why);
    gtk_widget_class_bind_template_callback (widget, show_title);
    gtk_widget_class_bind_template_callback (widget, on_acted);
}

static void
ib_window_class_init (IbWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_window_dispose;
    GTK_WINDOW_CLASS (class)->close_request = ib_window_close_request;
    g_type_ensure (IB_TYPE_ACCOUNTS_PAGE);
    g_type_ensure (IB_TYPE_ACTIVITY_PAGE);
    g_type_ensure (IB_TYPE_FILTERS_PAGE);
    g_type_ensure (IB_TYPE_REPORT_PAGE);
    g_type_ensure (IB_TYPE_REVIEW_PAGE);
    g_type_ensure (IB_TYPE_WHY_PAGE);
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/window.ui");
    bind_children (widget);
    gtk_widget_class_install_action (widget, "win.page", "i", go_to_page);
    gtk_widget_class_install_action (widget, "win.back", NULL, go_back);
    gtk_widget_class_install_action (widget, "win.search", NULL, search);
    gtk_widget_class_install_action (widget, "win.start", NULL, start);
    gtk_widget_class_install_action (widget, "win.show-message", "s", show_message);
}

static void
ib_window_init (IbWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

IbWindow *
ib_window_new (GtkApplication *application, IbLink *link, const IbPaths *paths)
{
    IbWindow *self = g_object_new (IB_TYPE_WINDOW, "application", application, NULL);
    self->link = g_object_ref (link);
    self->paths = paths;
    self->arrivals = ib_arrivals_new (link);
    ib_accounts_page_follow (self->accounts, link);
    ib_activity_page_show (self->activity, self->arrivals);
    ib_review_page_show (self->review, link, self->arrivals);
    ib_report_page_follow (self->report, link);
    ib_filters_page_follow (self->filters, link);
    g_signal_connect_object (link, "changed", G_CALLBACK (ib_window_look), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (link, "notice", G_CALLBACK (ib_window_tell), self, G_CONNECT_SWAPPED);
    ib_window_look (self);
    return self;
}
