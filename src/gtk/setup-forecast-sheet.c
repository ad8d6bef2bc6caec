/* setup-forecast-sheet.c - what will happen with the mail that is there, and what of that can be otherwise */
#include "setup-forecast-sheet.h"
#include "escape.h"
#include "setup-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_TEXT 1000
#define N_CHOICES 3

/* A field with some usual values, and an entry for all others. */
typedef struct {
    const char *field;
    const char *values[4]; /* NULL-ended; behind them comes the choice “Other” */
    AdwComboRow *row;
    AdwEntryRow *other;
    bool is_other; /* chosen, whatever the value is */
} Choice;

struct _IbSetupForecastSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *sentences;
    AdwComboRow *since, *after, *interval;
    AdwEntryRow *since_other, *after_other, *interval_other, *folders;
    AdwActionRow *rehearsal;
    GtkWidget *rehearse_button;
    Choice choices[N_CHOICES];
    bool is_edited; /* since it was counted */
};

G_DEFINE_FINAL_TYPE (IbSetupForecastSheet, ib_setup_forecast_sheet, IB_TYPE_SETUP_SHEET)

static IbSetup *
setup_of (IbSetupForecastSheet *self)
{
    return ib_setup_sheet_setup (IB_SETUP_SHEET (self));
}

/* --- choices ------------------------------------------------------------------------------------------------------------ */

static guint
place_of (const Choice *choice, const char *value)
{
    guint place = 0;
    while (choice->values[place] != NULL && strcmp (choice->values[place], value) != 0)
        place++;
    return place;
}

static void
show_choice (Choice *choice, IbSetup *setup)
{
    guint place = place_of (choice, ib_setup_get (setup, choice->field));
    bool is_other = choice->is_other || choice->values[place] == NULL;
    guint other = (guint) g_strv_length ((char **) choice->values);
    adw_combo_row_set_selected (choice->row, is_other ? other : place);
    gtk_widget_set_visible (GTK_WIDGET (choice->other), is_other);
}

static void
note_edited (IbSetupForecastSheet *self, bool is_edited)
{
    self->is_edited = is_edited;
    ib_setup_sheet_set_verb (IB_SETUP_SHEET (self), is_edited ? _ ("_Recount") : NULL);
}

/* Counted anew, if it can be: else the model says what is wrong when the page is left. */
static bool
count_again (IbSetupForecastSheet *self)
{
    IbSetup *setup = setup_of (self);
    g_autoptr (IbAccount) account = ib_setup_is_tried (setup) ? ib_setup_account (setup, NULL) : NULL;
    note_edited (self, false);
    if (account != NULL)
        ib_setup_again (setup);
    return account != NULL;
}

static void
on_chosen (AdwComboRow *row, GParamSpec *spec, gpointer data)
{
    IbSetupForecastSheet *self = data;
    guint place = adw_combo_row_get_selected (row);
    for (gsize i = 0; i < N_CHOICES && !ib_setup_sheet_is_filling (IB_SETUP_SHEET (self)); i++) {
        Choice *choice = &self->choices[i];
        if (choice->row != row)
            continue;
        choice->is_other = choice->values[place] == NULL;
        gtk_widget_set_visible (GTK_WIDGET (choice->other), choice->is_other);
        if (choice->is_other) {
            (void) gtk_widget_grab_focus (GTK_WIDGET (choice->other)); /* that is what is wanted next */
            return;
        }
        ib_setup_sheet_set (IB_SETUP_SHEET (self), choice->field, choice->values[place]);
        gtk_editable_set_text (GTK_EDITABLE (choice->other), choice->values[place]);
        (void) count_again (self);
    }
}

/* What is typed is counted once it is whole. */
static void
on_edited (IbSetupForecastSheet *self)
{
    if (setup_of (self) != NULL && !ib_setup_sheet_is_filling (IB_SETUP_SHEET (self)))
        note_edited (self, true);
}

/* --- what is shown --------------------------------------------------------------------------------------------------------- */

static void
show_sentences (IbSetupForecastSheet *self, IbSetup *setup)
{
    g_auto (GStrv) sentences = ib_setup_forecast (setup, g_get_real_time () / G_USEC_PER_SEC);
    const GPtrArray *lines = ib_setup_lines (setup);
    ib_setup_rows_clear (self->sentences);
    for (char **sentence = sentences; sentence != NULL && *sentence != NULL; sentence++)
        (void) ib_setup_rows_add (self->sentences, *sentence, "", NULL);
    for (guint i = 0; i < lines->len; i++)
        (void) ib_setup_rows_add (self->sentences, ((const IbSetupLine *) lines->pdata[i])->text, "",
                                  "dialog-warning-symbolic");
    if (sentences == NULL && ib_setup_is_busy (setup))
        (void) ib_setup_rows_add (self->sentences, _ ("What waits on the server is being counted."), "",
                                  NULL);
    else if (sentences == NULL && self->is_edited)
        (void) ib_setup_rows_add (self->sentences, _ ("What waits on the server is to be counted again."), "",
                                  NULL);
    else if (sentences == NULL)
        (void) ib_setup_rows_add (self->sentences, _ ("What waits on the server could not be counted."), "",
                                  NULL);
}

static void
show_rehearsal (IbSetupForecastSheet *self, IbSetup *setup)
{
    const char *came = ib_setup_rehearsal (setup);
    g_autofree char *safe = ib_escape_text (came != NULL ? came : "", -1, LONGEST_TEXT);
    adw_action_row_set_subtitle (
        self->rehearsal, came != NULL ? safe : _ ("Fetches and judges the mail, and changes nothing."));
    gtk_widget_set_sensitive (self->rehearse_button, !ib_setup_is_busy (setup) && ib_setup_is_tried (setup));
}

static void
ib_setup_forecast_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    show_sentences (IB_SETUP_FORECAST_SHEET (sheet), setup);
    show_rehearsal (IB_SETUP_FORECAST_SHEET (sheet), setup);
}

static void
ib_setup_forecast_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupForecastSheet *self = IB_SETUP_FORECAST_SHEET (sheet);
    for (gsize i = 0; i < N_CHOICES; i++) {
        self->choices[i].is_other = false;
        show_choice (&self->choices[i], setup);
    }
    note_edited (self, false);
    gtk_widget_set_visible (GTK_WIDGET (self->folders),
                            strcmp (ib_setup_get (setup, "protocol"), "imap") == 0);
}

static bool
ib_setup_forecast_sheet_proceed (IbSetupSheet *sheet, IbSetup *setup, GError **error)
{
    IbSetupForecastSheet *self = IB_SETUP_FORECAST_SHEET (sheet);
    return (self->is_edited && count_again (self)) || ib_setup_next (setup, error);
}

static void
on_rehearse (IbSetupForecastSheet *self)
{
    ib_setup_rehearse (setup_of (self));
}

/* --- the widget -------------------------------------------------------------------------------------------------------------- */

static void
ib_setup_forecast_sheet_class_init (IbSetupForecastSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_forecast_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_forecast_sheet_look;
    IB_SETUP_SHEET_CLASS (class)->proceed = ib_setup_forecast_sheet_proceed;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-forecast-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, sentences);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, since);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, since_other);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, after);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, after_other);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, interval);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, interval_other);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, folders);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, rehearsal);
    gtk_widget_class_bind_template_child (widget, IbSetupForecastSheet, rehearse_button);
    gtk_widget_class_bind_template_callback (widget, on_edited);
    gtk_widget_class_bind_template_callback (widget, on_rehearse);
}

static void
ib_setup_forecast_sheet_init (IbSetupForecastSheet *self)
{
    IbSetupSheet *sheet = IB_SETUP_SHEET (self);
    gtk_widget_init_template (GTK_WIDGET (self));
    const Choice choices[N_CHOICES] = {
        { "since", { "", "30d", "365d" }, self->since, self->since_other, false },
        { "after", { "keep", "delete", "delete-after:14d" }, self->after, self->after_other, false },
        { "interval", { "", "15m", "1h" }, self->interval, self->interval_other, false },
    };
    for (gsize i = 0; i < N_CHOICES; i++) {
        self->choices[i] = choices[i];
        ib_setup_sheet_tie_entry (sheet, choices[i].field, choices[i].other);
        g_signal_connect_object (choices[i].row, "notify::selected", G_CALLBACK (on_chosen), self, 0);
    }
    ib_setup_sheet_tie_entry (sheet, "folders", self->folders);
}
