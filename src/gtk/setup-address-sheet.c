/* setup-address-sheet.c - the address, by which all else is found, and who may be asked about its domain */
#include "setup-address-sheet.h"
#include "setup-rows.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbSetupAddressSheet {
    IbSetupSheet parent;

    AdwEntryRow *address;
    AdwPreferencesGroup *online, *database;
    const GPtrArray *listed; /* the model's, that is shown; NULL: not known yet */
    guint n_listed;
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

/* --- what GNOME is signed in to ------------------------------------------------------------------------------------- */

static void
on_online (GtkWidget *row, gpointer data)
{
    IbSetupSheet *sheet = data;
    ib_setup_sheet_set (sheet, "online", g_object_get_data (G_OBJECT (row), "online"));
    ib_setup_sheet_refill (sheet); /* it brings its address */
    (void) gtk_widget_activate_action (GTK_WIDGET (sheet), "setup.next", NULL);
}

static void
add_online (IbSetupAddressSheet *self, const IbOnlineAccount *account)
{
    GtkWidget *row = ib_setup_rows_add (self->online, account->identity, account->provider, NULL);
    GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "icon-name", "go-next-symbolic", "accessible-role",
                                    GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), icon);
    gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
    g_object_set_data_full (G_OBJECT (row), "online", g_strdup (account->id), g_free);
    g_signal_connect (row, "activated", G_CALLBACK (on_online), self);
}

/* GNOME answers when it likes; one that was taken is not offered again. */
static void
ib_setup_address_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupAddressSheet *self = IB_SETUP_ADDRESS_SHEET (sheet);
    const GPtrArray *online = ib_setup_online (setup);
    guint n_online = online != NULL ? online->len : 0;
    if (online == self->listed && n_online == self->n_listed)
        return;
    self->listed = online;
    self->n_listed = n_online;
    ib_setup_rows_clear (self->online);
    for (guint i = 0; i < n_online; i++)
        add_online (self, online->pdata[i]);
    gtk_widget_set_visible (GTK_WIDGET (self->online), n_online > 0);
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
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_address_sheet_look;
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_address_sheet_is_complete;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-address-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupAddressSheet, address);
    gtk_widget_class_bind_template_child (widget, IbSetupAddressSheet, online);
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
    gtk_widget_set_visible (GTK_WIDGET (self->online), FALSE);
    g_signal_connect (self, "changed", G_CALLBACK (show_question), NULL);
}
