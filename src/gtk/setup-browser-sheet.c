/* setup-browser-sheet.c - signing in with a browser, here or elsewhere, while the model waits for it */
#include "setup-browser-sheet.h"
#include "escape.h"

#include <glib/gi18n-lib.h>

#define LONGEST_TEXT 4000

struct _IbSetupBrowserSheet {
    IbSetupSheet parent;

    AdwPreferencesGroup *here, *code_part, *paste_part;
    GtkButton *open_button;
    AdwEntryRow *pasted;
    GtkLabel *link, *code, *refusal;
};

G_DEFINE_FINAL_TYPE (IbSetupBrowserSheet, ib_setup_browser_sheet, IB_TYPE_SETUP_SHEET)

static IbSetup *
setup_of (IbSetupBrowserSheet *self)
{
    return ib_setup_sheet_setup (IB_SETUP_SHEET (self));
}

/* --- the link ---------------------------------------------------------------------------------------------------------- */

/* The link may be over by then, and so may the button be: it is shown again with the next one. */
static void
on_open (IbSetupBrowserSheet *self)
{
    const char *link = ib_setup_link (setup_of (self));
    if (link != NULL)
        gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), link, GDK_CURRENT_TIME);
}

static void
copy (IbSetupBrowserSheet *self, const char *text)
{
    if (text != NULL)
        gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
on_copy_link (IbSetupBrowserSheet *self)
{
    copy (self, ib_setup_link (setup_of (self)));
}

static void
on_copy_code (IbSetupBrowserSheet *self)
{
    copy (self, ib_setup_code (setup_of (self)));
}

/* --- the address where it ended -------------------------------------------------------------------------------------- */

static void
show_refusal (IbSetupBrowserSheet *self, const char *words)
{
    gtk_label_set_text (self->refusal, words != NULL ? words : "");
    gtk_widget_set_visible (GTK_WIDGET (self->refusal), words != NULL);
    if (words != NULL)
        gtk_widget_add_css_class (GTK_WIDGET (self->pasted), "error");
    else
        gtk_widget_remove_css_class (GTK_WIDGET (self->pasted), "error");
}

static void
on_paste (IbSetupBrowserSheet *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->pasted))));
    if (!ib_setup_paste (setup_of (self), text, &error))
        show_refusal (self, error->message);
}

static void
on_pasted_changed (IbSetupBrowserSheet *self)
{
    show_refusal (self, NULL);
}

/* --- the sheet ----------------------------------------------------------------------------------------------------------- */

static void
ib_setup_browser_sheet_look (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupBrowserSheet *self = IB_SETUP_BROWSER_SHEET (sheet);
    const char *link = ib_setup_link (setup), *code = ib_setup_code (setup);
    g_autofree char *safe_link = ib_escape_text (link != NULL ? link : "", -1, LONGEST_TEXT);
    g_autofree char *safe_code = ib_escape_text (code != NULL ? code : "", -1, LONGEST_TEXT);
    gtk_widget_set_sensitive (GTK_WIDGET (self->open_button), link != NULL);
    gtk_label_set_text (self->link, safe_link);
    gtk_label_set_text (self->code, safe_code);
    gtk_widget_set_visible (GTK_WIDGET (self->code_part), code != NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->paste_part), code == NULL && link != NULL);
}

static void
ib_setup_browser_sheet_show (IbSetupSheet *sheet, IbSetup *setup)
{
    IbSetupBrowserSheet *self = IB_SETUP_BROWSER_SHEET (sheet);
    gtk_editable_set_text (GTK_EDITABLE (self->pasted), ""); /* it was for another link */
    show_refusal (self, NULL);
}

static void
ib_setup_browser_sheet_class_init (IbSetupBrowserSheetClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    IB_SETUP_SHEET_CLASS (class)->show = ib_setup_browser_sheet_show;
    IB_SETUP_SHEET_CLASS (class)->look = ib_setup_browser_sheet_look;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/setup-browser-sheet.ui");
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, here);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, open_button);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, code_part);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, code);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, link);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, paste_part);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, pasted);
    gtk_widget_class_bind_template_child (widget, IbSetupBrowserSheet, refusal);
    gtk_widget_class_bind_template_callback (widget, on_open);
    gtk_widget_class_bind_template_callback (widget, on_copy_link);
    gtk_widget_class_bind_template_callback (widget, on_copy_code);
    gtk_widget_class_bind_template_callback (widget, on_paste);
    gtk_widget_class_bind_template_callback (widget, on_pasted_changed);
}

static void
ib_setup_browser_sheet_init (IbSetupBrowserSheet *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}
