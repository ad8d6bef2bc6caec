/* setup-settings-sheet.c - the server that was found, by whom, and each of its settings to be changed */
#include "setup-settings-sheet.h"
#include "escape.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_SOURCE 300

struct _IbSetupSettingsSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *server, *confirm, *twin;
    AdwExpanderRow *others;
    bool is_choosing;      /* one of them, which has the keyboard and stays */
    GPtrArray *other_rows; /* in it, one a candidate */
    GPtrArray *marks;      /* of them: GtkCheckButton, in the order of the candidates */
    AdwEntryRow *name, *host, *port, *user, *ca_file, *fingerprint;
    AdwComboRow *protocol, *security;
    GtkSwitch *is_right, *is_twice;
};

G_DEFINE_FINAL_TYPE (IbSetupSettingsSheet, ib_setup_settings_sheet, IB_TYPE_SETUP_SHEET)

static const char *const protocols[] = { "imap", "pop3", NULL };
static const char *const securities[] = { "tls", "starttls", "none", NULL };

/* --- who says so ---------------------------------------------------------------------------------------------------- */

/* A candidate's source, as it stands in a sentence. */
static char *
source_words (const IbCandidate *candidate)
{
    g_autofree char *source = ib_candidate_source_text (candidate);
    return ib_escape_text (source, -1, LONGEST_SOURCE);
}

static void
describe (AdwPreferencesGroup *group, const char *words)
{
    g_autofree char *markup = g_markup_escape_text (words, -1); /* a group reads its description as markup */
    adw_preferences_group_set_description (group, markup);
}

static char *
server_words (IbSetup *setup)
{
    const IbCandidate *candidate = ib_setup_candidate (setup);
    g_autofree char *source = candidate != NULL ? source_words (candidate) : NULL;
    if (source != NULL)
        return g_strdup_printf (_ ("The server is known from %s."), source);
    if (*ib_setup_get (setup, "online") != '\0')
        return g_strdup (_ ("The server is known from GNOME’s Online Accounts."));
    return ib_setup_candidates (setup)->len == 0
               ? g_strdup (_ ("No settings were found for this address; you can give them yourself."))
               : g_strdup ("");
}

/* Another mailbox is another matter, too. */
static void
show_twin (IbSetupSettingsSheet *self, IbSetup *setup)
{
    g_autofree char *twin = setup != NULL ? ib_setup_twin (setup) : NULL;
    gtk_widget_set_visible (GTK_WIDGET (self->twin), twin != NULL);
    if (twin == NULL)
        return;
    g_autofree char *words = g_strdup_printf (
        _ ("The account %s fetches this mailbox already: each message would be fetched twice."), twin);
    describe (self->twin, words);
    gtk_switch_set_active (self->is_twice, strcmp (ib_setup_get (setup, "twice"), "yes") == 0);
}

/* Another host is another matter: who named it, and whether that must be confirmed. */
static void
show_source (IbSetupSettingsSheet *self)
{
    IbSetup *setup = ib_setup_sheet_setup (IB_SETUP_SHEET (self));
    bool is_doubtful = setup != NULL && ib_setup_must_confirm (setup);
    g_autofree char *words = setup != NULL ? server_words (setup) : g_strdup ("");
    describe (self->server, words);
    show_twin (self, setup);
    gtk_widget_set_visible (GTK_WIDGET (self->confirm), is_doubtful);
    if (!is_doubtful)
        return;
    const IbCandidate *candidate = ib_setup_candidate (setup);
    g_autofree char *source = source_words (candidate);
    g_autofree char *host = ib_escape_text (candidate->host, -1, LONGEST_SOURCE);
    g_autofree char *question = g_strdup_printf (
        _ ("%s comes from %s. Your password is sent to it only if you know it for your provider's."), host,
        source);
    describe (self->confirm, question);
}

/* --- the others that were found ----------------------------------------------------------------------------------------- */

static void
on_chosen (GtkCheckButton *mark, GParamSpec *spec, gpointer data)
{
    IbSetupSettingsSheet *self = data;
    guint place;
    if (!gtk_check_button_get_active (mark) || ib_setup_sheet_is_filling (IB_SETUP_SHEET (self))
        || !g_ptr_array_find (self->marks, mark, &place))
        return;
    g_autofree char *number = g_strdup_printf ("%u", place + 1);
    ib_setup_sheet_set (IB_SETUP_SHEET (self), "server", number);
    self->is_choosing = true;
    ib_setup_sheet_refill (IB_SETUP_SHEET (self));
    self->is_choosing = false;
}

static void
add_candidate (IbSetupSettingsSheet *self, const IbCandidate *candidate)
{
    g_autofree char *host = ib_escape_text (candidate->host, -1, LONGEST_SOURCE);
    g_autofree char *title
        = g_strdup_printf (_ ("%s at %s, port %u"), candidate->protocol == IB_PROTOCOL_IMAP ? "IMAP" : "POP3",
                           host, candidate->port);
    g_autofree char *source = source_words (candidate);
    g_autofree char *words = g_strdup_printf (_ ("From %s"), source);
    /* That it is no markup holds only once the row is made: the texts come after that. */
    GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, NULL);
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
    adw_action_row_set_subtitle (ADW_ACTION_ROW (row), words);
    GtkWidget *mark
        = g_object_new (GTK_TYPE_CHECK_BUTTON, "accessible-role", GTK_ACCESSIBLE_ROLE_RADIO, NULL);
    gtk_check_button_set_group (GTK_CHECK_BUTTON (mark), self->marks->len > 0 ? self->marks->pdata[0] : NULL);
    gtk_widget_set_valign (mark, GTK_ALIGN_CENTER);
    gtk_accessible_update_property (GTK_ACCESSIBLE (mark), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
    adw_action_row_add_prefix (ADW_ACTION_ROW (row), mark);
    adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), mark);
    adw_expander_row_add_row (self->others, row);
    g_signal_connect (mark, "notify::active", G_CALLBACK (on_chosen), self);
    g_ptr_array_add (self->other_rows, row);
    g_ptr_array_add (self->marks, mark);
}

static void
show_others (IbSetupSettingsSheet *self, IbSetup *setup)
{
    const GPtrArray *candidates = ib_setup_candidates (setup);
    guint64 number = 0;
    for (guint i = 0; i < self->other_rows->len; i++)
        adw_expander_row_remove (self->others, self->other_rows->pdata[i]);
    g_ptr_array_set_size (self->other_rows, 0);
    g_ptr_array_set_size (self->marks, 0);
    for (guint i = 0; i < candidates->len; i++)
        add_candidate (self, candidates->pdata[i]);
    gtk_widget_set_visible (GTK_WIDGET (self->others), candidates->len > 1);
    if (self->marks->len > 0
        && ib_units_parse_number (ib_setup_get (setup, "server"), 1, self->marks->len, &number))
        gtk_check_button_set_active (self->marks->pdata[number - 1], TRUE);
}

static void
ib_setup_settings_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupSettingsSheet *self = IB_SETUP_SETTINGS_SHEET (sheet);
    if (!self->is_choosing)
        show_others (self, setup);
}

static bool
ib_setup_settings_sheet_is_complete (IbSetupSheet *sheet, IbSetup *setup)
{
    g_autofree char *twin = ib_setup_twin (setup);
    return *ib_setup_get (setup, "host") != '\0' && *ib_setup_get (setup, "name") != '\0'
           && (!ib_setup_must_confirm (setup) || strcmp (ib_setup_get (setup, "confirm-host"), "yes") == 0)
           && (twin == NULL || strcmp (ib_setup_get (setup, "twice"), "yes") == 0);
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
ib_setup_settings_sheet_finalize (GObject *object)
{
    IbSetupSettingsSheet *self = IB_SETUP_SETTINGS_SHEET (object);
    g_ptr_array_unref (self->other_rows);
    g_ptr_array_unref (self->marks);
    G_OBJECT_CLASS (ib_setup_settings_sheet_parent_class)->finalize (object);
}

static void
ib_setup_settings_sheet_class_init (IbSetupSettingsSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_setup_settings_sheet_finalize;
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_settings_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_settings_sheet_is_complete;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-settings-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, server);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, confirm);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, twin);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, others);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, name);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, protocol);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, host);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, port);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, security);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, user);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, ca_file);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, fingerprint);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, is_right);
    gtk_widget_class_bind_template_child (widget, IbSetupSettingsSheet, is_twice);
}

static void
ib_setup_settings_sheet_init (IbSetupSettingsSheet *self)
{
    IbSetupSheet *sheet = IB_SETUP_SHEET (self);
    self->other_rows = g_ptr_array_new ();
    self->marks = g_ptr_array_new ();
    gtk_widget_init_template (GTK_WIDGET (self));
    ib_setup_sheet_tie_entry (sheet, "name", self->name);
    ib_setup_sheet_tie_choice (sheet, "protocol", self->protocol, protocols);
    ib_setup_sheet_tie_entry (sheet, "host", self->host);
    ib_setup_sheet_tie_entry (sheet, "port", self->port);
    ib_setup_sheet_tie_choice (sheet, "security", self->security, securities);
    ib_setup_sheet_tie_entry (sheet, "user", self->user);
    ib_setup_sheet_tie_entry (sheet, "ca-file", self->ca_file);
    ib_setup_sheet_tie_entry (sheet, "fingerprint", self->fingerprint);
    ib_setup_sheet_tie_yes (sheet, "confirm-host", GTK_WIDGET (self->is_right));
    ib_setup_sheet_tie_yes (sheet, "twice", GTK_WIDGET (self->is_twice));
    g_signal_connect (self, "changed", G_CALLBACK (show_source), NULL);
}
