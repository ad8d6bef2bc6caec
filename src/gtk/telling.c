/* telling.c - a word to the user that passes by itself */
#include "telling.h"

void
ib_tell (GtkWidget *widget, const char *words)
{
    GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
    g_autofree char *markup = g_markup_escape_text (words, -1); /* a toast reads its title as markup */
    if (overlay != NULL)
        adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), adw_toast_new (markup));
}
