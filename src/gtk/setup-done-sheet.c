/* setup-done-sheet.c - the account stands: what it teaches, running at login, and the mail program that reads it all */
#include "setup-done-sheet.h"
#include "escape.h"
#include "reader-row.h"
#include "setup-window.h"

#include <glib/gi18n-lib.h>

#define LONGEST_TEXT 1000

struct _IbSetupDoneSheet {
    IbSetupSheet parent;

    GCancellable *cancellable;
    IbGuides *guides; /* NULL: not answered yet */
    bool is_asked;

    AdwActionRow *account, *learning, *maildir;
    AdwPreferencesGroup *learning_part, *login_part, *readers, *others;
    GtkProgressBar *progress;
    GtkWidget *stop_button;
    GtkSwitch *login;
};

G_DEFINE_FINAL_TYPE (IbSetupDoneSheet, ib_setup_done_sheet, IB_TYPE_SETUP_SHEET)

static IbSetup *
setup_of (IbSetupDoneSheet *self)
{
    return ib_setup_sheet_setup (IB_SETUP_SHEET (self));
}

static void
on_another (IbSetupDoneSheet *self)
{
    (void) ib_setup_next (setup_of (self), NULL); /* from here that always goes, or is asked for again */
}

/* --- learning ---------------------------------------------------------------------------------------------------------- */

static char *
progress_words (const IbSetupLearning *learning)
{
    if (learning->error != NULL)
        return ib_escape_text (learning->error->message, -1, LONGEST_TEXT);
    if (learning->words != NULL)
        return g_strdup (learning->words);
    if (learning->expected == 0)
        return g_strdup (_ ("Looking for the folders…"));
    return g_strdup_printf (ngettext ("%u of %u message", "%u of %u messages", (gulong) learning->expected),
                            (guint) learning->looked, (guint) learning->expected);
}

static void
show_learning (IbSetupDoneSheet *self, const IbSetupLearning *learning)
{
    gtk_widget_set_visible (GTK_WIDGET (self->learning_part), learning != NULL);
    if (learning == NULL)
        return;
    g_autofree char *words = progress_words (learning);
    g_autofree char *title = g_strdup_printf (learning->is_running      ? _ ("Learning From %s")
                                              : learning->error != NULL ? _ ("Could Not Learn From All of %s")
                                                                        : _ ("Learned From %s"),
                                              learning->account);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->learning), title);
    adw_action_row_set_subtitle (self->learning, words);
    gtk_widget_set_visible (self->stop_button, learning->is_running);
    gtk_widget_set_visible (GTK_WIDGET (self->progress), learning->is_running);
    if (learning->expected > 0)
        gtk_progress_bar_set_fraction (self->progress,
                                       MIN ((double) learning->looked / (double) learning->expected, 1));
    else
        gtk_progress_bar_pulse (self->progress);
}

static void
on_stop (IbSetupDoneSheet *self)
{
    gtk_widget_set_sensitive (self->stop_button, FALSE); /* it ends in order */
    ib_setup_stop_learning (setup_of (self));
}

/* --- running at login ---------------------------------------------------------------------------------------------------- */

static void
on_login (IbSetupDoneSheet *self)
{
    if (setup_of (self) != NULL && !ib_setup_sheet_is_filling (IB_SETUP_SHEET (self)))
        ib_setup_run_at_login (setup_of (self), gtk_switch_get_active (self->login));
}

/* While it is being changed the switch stands where it was put. */
static void
show_login (IbSetupDoneSheet *self, IbSetup *setup)
{
    gtk_widget_set_visible (GTK_WIDGET (self->login_part), ib_setup_offers_login (setup));
    gtk_widget_set_sensitive (GTK_WIDGET (self->login_part), !ib_setup_is_busy (setup));
    if (!ib_setup_is_busy (setup))
        gtk_switch_set_active (self->login, ib_setup_runs_at_login (setup));
}

/* --- mail programs --------------------------------------------------------------------------------------------------------- */

static const char *
home_of (IbSetupDoneSheet *self)
{
    return ib_setup_window_home (IB_SETUP_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr (GError) error = NULL;
    IbGuides *guides = ib_guides_list_finish (result, &error);
    if (guides == NULL)
        return; /* the way to the mail is shown in the terminal, too, and what is wrong with the settings anywhere */
    IbSetupDoneSheet *self = data;
    self->guides = guides;
    g_autofree char *safe = ib_escape_text (guides->maildir, -1, LONGEST_TEXT);
    adw_action_row_set_subtitle (self->maildir, safe);
    gtk_widget_set_visible (GTK_WIDGET (self->readers), TRUE);
    for (guint i = 0; i < guides->guides->len; i++) {
        const IbGuide *guide = guides->guides->pdata[i];
        adw_preferences_group_add (guide->is_here ? self->readers : self->others,
                                   ib_reader_row_new (guide, home_of (self)));
        if (!guide->is_here)
            gtk_widget_set_visible (GTK_WIDGET (self->others), TRUE);
    }
}

static void
on_copy_maildir (IbSetupDoneSheet *self)
{
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->guides->maildir);
}

static void
ask_for_guides (IbSetupDoneSheet *self)
{
    if (self->is_asked)
        return;
    self->is_asked = true;
    gtk_widget_set_visible (GTK_WIDGET (self->readers), FALSE);
    ib_guides_list (home_of (self), self->cancellable, on_listed, self);
}

/* --- the sheet ----------------------------------------------------------------------------------------------------------- */

static void
ib_setup_done_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupDoneSheet *self = IB_SETUP_DONE_SHEET (sheet);
    show_learning (self, ib_setup_learning (setup));
    show_login (self, setup);
}

static void
ib_setup_done_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupDoneSheet *self = IB_SETUP_DONE_SHEET (sheet);
    const GPtrArray *added = ib_setup_added (setup);
    g_autofree char *words
        = g_strdup_printf (_ ("The account %s is set up."), (const char *) added->pdata[added->len - 1]);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->account), words);
    gtk_widget_set_sensitive (self->stop_button, TRUE);
    ask_for_guides (self);
}

static bool
ib_setup_done_sheet_proceed (IbSetupSheet *sheet, IbSetup *setup, GError **error)
{
    gtk_window_close (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (sheet))));
    return true;
}

static void
ib_setup_done_sheet_dispose (GObject *object)
{
    g_cancellable_cancel (IB_SETUP_DONE_SHEET (object)->cancellable);
    G_OBJECT_CLASS (ib_setup_done_sheet_parent_class)->dispose (object);
}

static void
ib_setup_done_sheet_finalize (GObject *object)
{
    IbSetupDoneSheet *self = IB_SETUP_DONE_SHEET (object);
    ib_guides_free (self->guides);
    g_object_unref (self->cancellable);
    G_OBJECT_CLASS (ib_setup_done_sheet_parent_class)->finalize (object);
}

static void
ib_setup_done_sheet_class_init (IbSetupDoneSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_setup_done_sheet_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_setup_done_sheet_finalize;
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_done_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_done_sheet_look;
    IB_SETUP_SHEET_CLASS (class)->proceed = ib_setup_done_sheet_proceed;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/setup-done-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, account);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, learning_part);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, learning);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, progress);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, stop_button);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, login_part);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, login);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, readers);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, maildir);
    gtk_widget_class_bind_template_child (widget, IbSetupDoneSheet, others);
    gtk_widget_class_bind_template_callback (widget, on_another);
    gtk_widget_class_bind_template_callback (widget, on_stop);
    gtk_widget_class_bind_template_callback (widget, on_login);
    gtk_widget_class_bind_template_callback (widget, on_copy_maildir);
}

static void
ib_setup_done_sheet_init (IbSetupDoneSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    self->cancellable = g_cancellable_new ();
}
