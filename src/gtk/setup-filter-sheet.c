/* setup-filter-sheet.c - how the account's mail is sorted, and whether what is there teaches */
#include "setup-filter-sheet.h"

#include <string.h>

struct _IbSetupFilterSheet {
    IbSetupSheet parent;

    GtkSwitch *filter, *sort, *learn;
    GtkWidget *sort_row;
    AdwEntryRow *folder;
    AdwPreferencesGroup *learn_part;
};

G_DEFINE_FINAL_TYPE (IbSetupFilterSheet, ib_setup_filter_sheet, IB_TYPE_SETUP_SHEET)

static bool
is_field (IbSetup *setup, const char *field, const char *value)
{
    return strcmp (ib_setup_get (setup, field), value) == 0;
}

/* Without a filter there is nothing to sort by, and nobody to teach; untested it cannot be learned from. */
static void
show_what_matters (IbSetupFilterSheet *self)
{
    IbSetup *setup = ib_setup_sheet_setup (IB_SETUP_SHEET (self));
    bool is_filtered = setup != NULL && is_field (setup, "filter", "yes");
    gtk_widget_set_sensitive (self->sort_row, is_filtered);
    gtk_widget_set_visible (GTK_WIDGET (self->learn_part), is_filtered && ib_setup_is_tried (setup));
}

static void
on_sort (IbSetupFilterSheet *self)
{
    ib_setup_sheet_set (IB_SETUP_SHEET (self), "sort", gtk_switch_get_active (self->sort) ? "all" : "common");
}

static void
ib_setup_filter_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    gtk_switch_set_active (IB_SETUP_FILTER_SHEET (sheet)->sort, is_field (setup, "sort", "all"));
}

static void
ib_setup_filter_sheet_class_init (IbSetupFilterSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_filter_sheet_show;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-filter-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, filter);
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, sort);
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, sort_row);
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, folder);
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, learn);
    gtk_widget_class_bind_template_child (widget, IbSetupFilterSheet, learn_part);
}

static void
ib_setup_filter_sheet_init (IbSetupFilterSheet *self)
{
    IbSetupSheet *sheet = IB_SETUP_SHEET (self);
    gtk_widget_init_template (GTK_WIDGET (self));
    ib_setup_sheet_tie_yes (sheet, "filter", GTK_WIDGET (self->filter));
    ib_setup_sheet_tie_yes (sheet, "learn", GTK_WIDGET (self->learn));
    ib_setup_sheet_tie_entry (sheet, "folder", self->folder);
    g_signal_connect_swapped (self->sort, "notify::active", G_CALLBACK (on_sort), self);
    g_signal_connect (self, "changed", G_CALLBACK (show_what_matters), NULL);
}
