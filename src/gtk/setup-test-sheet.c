/* setup-test-sheet.c - the account is tried: a line for each step, as it is taken */
#include "setup-test-sheet.h"
#include "setup-rows.h"
#include "setup-words.h"

#include <glib/gi18n-lib.h>

struct _IbSetupTestSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *lines, *ways_on;
    GtkCheckButton *untested;
    guint shown; /* of the model's lines */
};

G_DEFINE_FINAL_TYPE (IbSetupTestSheet, ib_setup_test_sheet, IB_TYPE_SETUP_SHEET)

static void
show_lines (IbSetupTestSheet *self, IbSetup *setup)
{
    const GPtrArray *lines = ib_setup_lines (setup);
    if (self->shown > lines->len) {
        ib_setup_rows_clear (self->lines);
        self->shown = 0;
    }
    for (; self->shown < lines->len; self->shown++) {
        const IbSetupLine *line = lines->pdata[self->shown];
        if (*line->text != '\0')
            (void) ib_setup_rows_add (self->lines, ib_setup_words_step (line->step), line->text,
                                      "emblem-ok-symbolic");
    }
}

static void
ib_setup_test_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupTestSheet *self = IB_SETUP_TEST_SHEET (sheet);
    bool is_tried = ib_setup_is_tried (setup), is_busy = ib_setup_is_busy (setup);
    show_lines (self, setup);
    if (ib_setup_is_renewal (setup))
        ib_setup_sheet_set_verb (sheet, _ ("_Done"));
    adw_preferences_group_set_title (self->lines, is_busy    ? _ ("Trying the Account")
                                                  : is_tried ? _ ("It Works")
                                                             : _ ("It Does Not Work Yet"));
    gtk_widget_set_visible (GTK_WIDGET (self->ways_on), !is_busy && !is_tried);
}

/* Those of another time are of another account, or of other settings. */
static void
ib_setup_test_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupTestSheet *self = IB_SETUP_TEST_SHEET (sheet);
    ib_setup_rows_clear (self->lines);
    self->shown = 0;
}

static bool
ib_setup_test_sheet_is_complete (IbSetupSheet *sheet, IbSetup *setup)
{
    return ib_setup_is_tried (setup) || g_str_equal (ib_setup_get (setup, "untested"), "yes");
}

static void
on_again (IbSetupTestSheet *self)
{
    ib_setup_again (ib_setup_sheet_setup (IB_SETUP_SHEET (self)));
}

static void
ib_setup_test_sheet_class_init (IbSetupTestSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_test_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_test_sheet_look;
    IB_SETUP_SHEET_CLASS (class)->is_complete = ib_setup_test_sheet_is_complete;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/setup-test-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupTestSheet, lines);
    gtk_widget_class_bind_template_child (widget, IbSetupTestSheet, ways_on);
    gtk_widget_class_bind_template_child (widget, IbSetupTestSheet, untested);
    gtk_widget_class_bind_template_callback (widget, on_again);
}

static void
ib_setup_test_sheet_init (IbSetupTestSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    ib_setup_sheet_tie_yes (IB_SETUP_SHEET (self), "untested", GTK_WIDGET (self->untested));
}
