/* filter-naming.c - asks what a new filter is to be called */
#include "filter-naming.h"
#include "escape.h"
#include "settings-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Characters: what the service takes, whatever they are. */
#define LONGEST_NAME 40

typedef struct {
    GtkWidget *owner;
    IbFilterNamed named;
    GtkWidget *dialog, *entry;
    GtkLabel *why;
} Naming;

static void
naming_free (gpointer pointer)
{
    Naming *self = pointer;
    g_object_unref (self->owner);
    g_free (self);
}

/* "trips" is "trips.sieve". */
static char *
name_of (Naming *self)
{
    g_autofree char *word = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
    return *word == '\0' || g_str_has_suffix (word, ".sieve") ? g_steal_pointer (&word)
                                                              : g_strconcat (word, ".sieve", NULL);
}

static void
on_typed (GtkEditable *entry, gpointer user_data)
{
    Naming *self = user_data;
    g_autofree char *name = name_of (self);
    g_autofree char *why = *name != '\0' ? ib_setting_why_no_script (name) : NULL;
    g_autofree char *safe = ib_escape_text (why != NULL ? why : "", -1, 0);
    gtk_label_set_text (self->why, safe);
    gtk_widget_set_visible (GTK_WIDGET (self->why), why != NULL);
    adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self->dialog), "create",
                                             *name != '\0' && why == NULL);
}

static void
on_create (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
    Naming *self = user_data;
    g_autofree char *name = name_of (self);
    if (gtk_widget_get_root (self->owner) != NULL)
        self->named (self->owner, name);
}

static GtkWidget *
make_fields (Naming *self)
{
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
    GtkWidget *why = gtk_label_new (NULL);
    self->entry = gtk_entry_new ();
    self->why = GTK_LABEL (why);
    gtk_entry_set_max_length (GTK_ENTRY (self->entry), LONGEST_NAME);
    gtk_entry_set_activates_default (GTK_ENTRY (self->entry), TRUE);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"),
                                    -1);
    gtk_label_set_wrap (self->why, TRUE);
    gtk_widget_add_css_class (why, "error");
    gtk_widget_set_visible (why, FALSE);
    gtk_box_append (GTK_BOX (box), self->entry);
    gtk_box_append (GTK_BOX (box), why);
    g_signal_connect (self->entry, "changed", G_CALLBACK (on_typed), self);
    return box;
}

void
ib_filter_naming_ask (GtkWidget *owner, IbFilterNamed named)
{
    Naming *self = g_new0 (Naming, 1);
    self->owner = g_object_ref (owner);
    self->named = named;
    self->dialog = adw_message_dialog_new (
        GTK_WINDOW (gtk_widget_get_root (owner)), _ ("New Filter"),
        _ ("A word for what it sorts, such as “trips”. Its file is called so, in your folder of filters."));
    AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self->dialog);
    g_object_set_data_full (G_OBJECT (dialog), "naming", self, naming_free);
    adw_message_dialog_set_extra_child (dialog, make_fields (self));
    adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "create", _ ("_Write It"), NULL);
    adw_message_dialog_set_response_appearance (dialog, "create", ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_response_enabled (dialog, "create", FALSE);
    adw_message_dialog_set_default_response (dialog, "create");
    adw_message_dialog_set_close_response (dialog, "cancel");
    g_signal_connect (dialog, "response::create", G_CALLBACK (on_create), self);
    gtk_window_present (GTK_WINDOW (dialog));
}
