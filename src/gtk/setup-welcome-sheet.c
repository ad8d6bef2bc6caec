/* setup-welcome-sheet.c - what the wizard will do, said the first time only */
#include "setup-welcome-sheet.h"

struct _IbSetupWelcomeSheet {
    IbSetupSheet parent;
};

G_DEFINE_FINAL_TYPE (IbSetupWelcomeSheet, ib_setup_welcome_sheet, IB_TYPE_SETUP_SHEET)

static void
ib_setup_welcome_sheet_class_init (IbSetupWelcomeSheetClass *class)
{
    gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (class),
                                                 "/io/github/inbasket/Inbasket/setup-welcome-sheet.ui");
}

static void
ib_setup_welcome_sheet_init (IbSetupWelcomeSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
