/* setup-address-sheet.c - the address, by which all else is found, and who may be asked about its domain */
#include "setup-address-sheet.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbSetupAddressSheet {
    IbSetupSheet parent;

    AdwEntryRow *address;
    AdwPreferencesGroup *database;
    GtkSwitch *ispdb;
};

G_DEFINE_FINAL_TYPE (IbSetupAddressSheet, ib_setup_address_sheet, IB_TYPE_SETUP_SHEET)

/* The question stands there once there is a domain that it is about. */
static void
show_question (IbSetupAddressSheet *self)
{
    IbSetup *setup = ib_setup_sheet_setup (IB_SETUP_SHEET (self));
    const char *domain = setup != NULL ? ib_setup_unknown_domain (setup) : NULL;
    gtk_widget_set_visible (GTK_WIDGET (self->database), domain != NULL);
    if (domain == NULL)
        return;
    g_autofree char *words = g_strdup_printf (
        _ ("%s is asked for its settings. A public database may know them as well; it would learn the domain, not your "
           "address."),
        domain);
    g_autofree char *markup = g_markup_escape_text (words, -1); /* a group reads its description as markup */
    adw_preferences_group_set_description (self->database, markup);
}

static bool
ib_setup_address_sheet_is_complete (IbSetupSheet *sheet, IbSetup *setup)
{
    const char *at = strrchr (ib_setup_get (setup, "address"), '@');
    return at != NULL && at != ib_setup_get (setup, "address") && at[1] != '\0';
}

static void
ib_setup_address_sheet_class_init (IbSetupAddressSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_address_sheet_is_complete;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-address-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupAddressSheet, address);
    gtk_widget_class_bind_template_child (widget, IbSetupAddressSheet, database);
    gtk_widget_class_bind_template_child (widget, IbSetupAddressSheet, ispdb);
}

static void
ib_setup_address_sheet_init (IbSetupAddressSheet *self)
{
    IbSetupSheet *sheet = IB_SETUP_SHEET (self);
    gtk_widget_init_template (GTK_WIDGET (self));
    ib_setup_sheet_tie_entry (sheet, "address", self->address);
    ib_setup_sheet_tie_yes (sheet, "ispdb", GTK_WIDGET (self->ispdb));
    g_signal_connect (self, "changed", G_CALLBACK (show_question), NULL);
}
