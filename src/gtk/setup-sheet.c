/* setup-sheet.c - one page of the wizard, as a window shows it */
#include "setup-sheet.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A control, and the field that it is for. */
typedef struct {
    IbSetupSheet *sheet;
    const char *field;
    GtkWidget *control;
    const char *const *values; /* of a choice; NULL: it is none */
} Tie;

typedef struct {
    IbSetup *setup;
    char *title, *verb;
    GPtrArray *ties;
    bool is_filling, is_touched;
} IbSetupSheetPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (IbSetupSheet, ib_setup_sheet, ADW_TYPE_BIN)

enum { PROPERTY_TITLE = 1, PROPERTY_VERB };

static IbSetupSheetPrivate *
inside (IbSetupSheet *self)
{
    return ib_setup_sheet_get_instance_private (self);
}

/* --- ties --------------------------------------------------------------------------------------------------------- */

static void
fill (const Tie *tie)
{
    const char *value = ib_setup_get (inside (tie->sheet)->setup, tie->field);
    if (tie->values != NULL) {
        guint place = 0;
        while (tie->values[place] != NULL && strcmp (tie->values[place], value) != 0)
            place++;
        adw_combo_row_set_selected (ADW_COMBO_ROW (tie->control),
                                    tie->values[place] != NULL ? place : GTK_INVALID_LIST_POSITION);
    } else if (ADW_IS_ENTRY_ROW (tie->control)) {
        if (strcmp (gtk_editable_get_text (GTK_EDITABLE (tie->control)), value) != 0)
            gtk_editable_set_text (GTK_EDITABLE (tie->control), value);
    } else {
        g_object_set (tie->control, "active", strcmp (value, "yes") == 0, NULL);
    }
}

static void
on_tied_changed (const Tie *tie)
{
    if (inside (tie->sheet)->setup == NULL)
        return;
    if (tie->values != NULL) {
        guint place = adw_combo_row_get_selected (ADW_COMBO_ROW (tie->control));
        if (place != GTK_INVALID_LIST_POSITION)
            ib_setup_sheet_set (tie->sheet, tie->field, tie->values[place]);
    } else if (ADW_IS_ENTRY_ROW (tie->control)) {
        g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (tie->control))));
        ib_setup_sheet_set (tie->sheet, tie->field, text);
    } else {
        gboolean is_active = FALSE;
        g_object_get (tie->control, "active", &is_active, NULL);
        ib_setup_sheet_set (tie->sheet, tie->field, is_active ? "yes" : "no");
    }
    gtk_widget_remove_css_class (tie->control, "error");
}

static void
tie (IbSetupSheet *self, const char *field, GtkWidget *control, const char *const *values, const char *signal)
{
    Tie *it = g_new (Tie, 1);
    *it = (Tie){ self, field, control, values };
    g_ptr_array_add (inside (self)->ties, it);
    /* The control is the sheet's own, and goes before the sheet and the tie do. */
    g_signal_connect_swapped (control, signal, G_CALLBACK (on_tied_changed), it);
}

void
ib_setup_sheet_tie_entry (IbSetupSheet *self, const char *field, AdwEntryRow *row)
{
    tie (self, field, GTK_WIDGET (row), NULL, "changed");
}

void
ib_setup_sheet_tie_yes (IbSetupSheet *self, const char *field, GtkWidget *toggle)
{
    tie (self, field, toggle, NULL, "notify::active");
}

void
ib_setup_sheet_tie_choice (IbSetupSheet *self, const char *field, AdwComboRow *row, const char *const *values)
{
    tie (self, field, GTK_WIDGET (row), values, "notify::selected");
}

/* --- for sheets ----------------------------------------------------------------------------------------------------- */

IbSetup *
ib_setup_sheet_setup (IbSetupSheet *self)
{
    return inside (self)->setup;
}

void
ib_setup_sheet_changed (IbSetupSheet *self)
{
    g_signal_emit_by_name (self, "changed");
}

void
ib_setup_sheet_touch (IbSetupSheet *self)
{
    if (!inside (self)->is_filling)
        inside (self)->is_touched = true;
}

bool
ib_setup_sheet_is_filling (IbSetupSheet *self)
{
    return inside (self)->is_filling;
}

void
ib_setup_sheet_set (IbSetupSheet *self, const char *field, const char *value)
{
    IbSetupSheetPrivate *private = inside (self);
    if (private->is_filling || private->setup == NULL)
        return;
    ib_setup_sheet_touch (self);
    (void) ib_setup_set (private->setup, field, value, NULL); /* a control offers only what its field takes */
    ib_setup_sheet_changed (self);
}

void
ib_setup_sheet_refill (IbSetupSheet *self)
{
    IbSetupSheetPrivate *private = inside (self);
    IbSetupSheetClass *class = IB_SETUP_SHEET_GET_CLASS (self);
    private->is_filling = true;
    for (guint i = 0; i < private->ties->len; i++)
        fill (private->ties->pdata[i]);
    if (class->show != NULL)
        class->show (self, private->setup);
    if (class->look != NULL)
        class->look (self, private->setup);
    private->is_filling = false;
    ib_setup_sheet_changed (self);
}

void
ib_setup_sheet_set_verb (IbSetupSheet *self, const char *verb)
{
    g_object_set (self, "verb", verb, NULL);
}

/* --- names for those who hear the page ------------------------------------------------------------------------------ */

/* What @part is called, if the toolkit leaves it without a name; else NULL. */
static const char *
missing_name (GtkWidget *part, const char *page)
{
    GtkWidget *fold = gtk_widget_get_ancestor (part, ADW_TYPE_EXPANDER_ROW);
    GtkWidget *choice = gtk_widget_get_ancestor (part, ADW_TYPE_COMBO_ROW);
    GtkWidget *group = gtk_widget_get_ancestor (part, ADW_TYPE_PREFERENCES_GROUP);
    const char *title
        = group != NULL ? adw_preferences_group_get_title (ADW_PREFERENCES_GROUP (group)) : NULL;
    if (GTK_IS_BUTTON (part)
        && ADW_IS_PASSWORD_ENTRY_ROW (gtk_widget_get_ancestor (part, ADW_TYPE_ENTRY_ROW)))
        return _ ("Show or Hide the Password");
    if (choice != NULL)
        return GTK_IS_LIST_VIEW (part) ? adw_preferences_row_get_title (ADW_PREFERENCES_ROW (choice)) : NULL;
    if (G_OBJECT_TYPE (part) == ADW_TYPE_ACTION_ROW || G_OBJECT_TYPE (part) == ADW_TYPE_EXPANDER_ROW)
        return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (part));
    if (!GTK_IS_LIST_BOX (part))
        return NULL;
    return fold != NULL                      ? adw_preferences_row_get_title (ADW_PREFERENCES_ROW (fold))
           : title == NULL || *title == '\0' ? page
                                             : NULL;
}

static void
name_parts (GtkWidget *widget, const char *page)
{
    for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
         child = gtk_widget_get_next_sibling (child)) {
        const char *name = missing_name (child, page);
        if (name != NULL)
            gtk_accessible_update_property (GTK_ACCESSIBLE (child), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
        name_parts (child, page);
    }
}

/* --- for the frame ----------------------------------------------------------------------------------------------------- */

void
ib_setup_sheet_show (IbSetupSheet *self, IbSetup *setup)
{
    inside (self)->setup = setup;
    ib_setup_sheet_refill (self);
    name_parts (GTK_WIDGET (self), inside (self)->title);
}

void
ib_setup_sheet_look (IbSetupSheet *self)
{
    IbSetupSheetPrivate *private = inside (self);
    IbSetupSheetClass *class = IB_SETUP_SHEET_GET_CLASS (self);
    private->is_filling = true;
    if (class->look != NULL)
        class->look (self, private->setup);
    private->is_filling = false;
}

bool
ib_setup_sheet_is_complete (IbSetupSheet *self)
{
    IbSetupSheetClass *class = IB_SETUP_SHEET_GET_CLASS (self);
    return class->is_complete == NULL || class->is_complete (self, inside (self)->setup);
}

bool
ib_setup_sheet_leave (IbSetupSheet *self, GError **error)
{
    IbSetupSheetClass *class = IB_SETUP_SHEET_GET_CLASS (self);
    return class->leave == NULL || class->leave (self, inside (self)->setup, error);
}

bool
ib_setup_sheet_proceed (IbSetupSheet *self, GError **error)
{
    IbSetupSheetClass *class = IB_SETUP_SHEET_GET_CLASS (self);
    IbSetup *setup = inside (self)->setup;
    return class->proceed != NULL ? class->proceed (self, setup, error) : ib_setup_next (setup, error);
}

bool
ib_setup_sheet_is_touched (IbSetupSheet *self)
{
    return inside (self)->is_touched;
}

const char *
ib_setup_sheet_title (IbSetupSheet *self)
{
    return inside (self)->title;
}

const char *
ib_setup_sheet_verb (IbSetupSheet *self)
{
    const char *verb = inside (self)->verb;
    return verb != NULL ? verb : _ ("_Continue");
}

static bool
is_about (const char *text, const char *field)
{
    gsize length = strlen (field);
    return text != NULL && strncmp (text, field, length) == 0 && text[length] == ':';
}

const char *
ib_setup_sheet_mark (IbSetupSheet *self, const char *text)
{
    IbSetupSheetPrivate *private = inside (self);
    const char *words = text;
    for (guint i = 0; i < private->ties->len; i++) {
        const Tie *it = private->ties->pdata[i];
        gtk_widget_remove_css_class (it->control, "error");
        if (!is_about (text, it->field))
            continue;
        GtkWidget *fold = gtk_widget_get_ancestor (it->control, ADW_TYPE_EXPANDER_ROW);
        if (fold != NULL)
            adw_expander_row_set_expanded (ADW_EXPANDER_ROW (fold), TRUE);
        gtk_widget_add_css_class (it->control, "error");
        (void) gtk_widget_grab_focus (it->control); /* it is seen to be wrong in any case */
        words = text + strlen (it->field) + 1;
        words += strspn (words, " ");
    }
    return words;
}

/* --- the widget ---------------------------------------------------------------------------------------------------------- */

static void
ib_setup_sheet_get_property (GObject *object, guint property, GValue *value, GParamSpec *spec)
{
    IbSetupSheetPrivate *private = inside (IB_SETUP_SHEET (object));
    g_value_set_string (value, property == PROPERTY_TITLE ? private->title : private->verb);
}

static void
ib_setup_sheet_set_property (GObject *object, guint property, const GValue *value, GParamSpec *spec)
{
    IbSetupSheetPrivate *private = inside (IB_SETUP_SHEET (object));
    char **text = property == PROPERTY_TITLE ? &private->title : &private->verb;
    g_free (*text);
    *text = g_value_dup_string (value);
    ib_setup_sheet_changed (IB_SETUP_SHEET (object));
}

static void
ib_setup_sheet_finalize (GObject *object)
{
    IbSetupSheetPrivate *private = inside (IB_SETUP_SHEET (object));
    g_free (private->title);
    g_free (private->verb);
    g_ptr_array_unref (private->ties);
    G_OBJECT_CLASS (ib_setup_sheet_parent_class)->finalize (object);
}

static void
ib_setup_sheet_class_init (IbSetupSheetClass *class)
{
    GObjectClass *object = G_OBJECT_CLASS (class);
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;
    object->get_property = ib_setup_sheet_get_property;
    object->set_property = ib_setup_sheet_set_property;
    object->finalize = ib_setup_sheet_finalize;
    g_object_class_install_property (object, PROPERTY_TITLE,
                                     g_param_spec_string ("title", NULL, NULL, NULL, flags));
    g_object_class_install_property (object, PROPERTY_VERB,
                                     g_param_spec_string ("verb", NULL, NULL, NULL, flags));
    g_signal_new ("changed", IB_TYPE_SETUP_SHEET, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
ib_setup_sheet_init (IbSetupSheet *self)
{
    inside (self)->ties = g_ptr_array_new_with_free_func (g_free);
}
