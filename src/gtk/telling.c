/* telling.c - a word to the user that passes by itself */
#include "telling.h"

/* Long enough to read what is offered, think, and reach for the button. */
#define OFFER_S 15

void
ib_tell (GtkWidget *widget, const char *words)
{
    GtkWidget *overlay = widget != NULL ? gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY) : NULL;
    g_autofree char *markup = g_markup_escape_text (words, -1); /* a toast reads its title as markup */
    if (overlay != NULL)
        adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), adw_toast_new (markup));
}

typedef struct {
    void (*accept) (gpointer user_data);
    gpointer user_data;
    GDestroyNotify free;
} Offer;

static void
offer_free (gpointer pointer, GClosure *closure)
{
    Offer *offer = pointer;
    offer->free (offer->user_data);
    g_free (offer);
}

static void
on_accepted (AdwToast *toast, gpointer user_data)
{
    const Offer *offer = user_data;
    offer->accept (offer->user_data);
}

void
ib_tell_and_offer (GtkWidget *widget, const char *words, const char *label,
                   void (*accept) (gpointer user_data), gpointer user_data, GDestroyNotify free)
{
    GtkWidget *overlay = gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY);
    if (overlay == NULL) {
        free (user_data);
        return;
    }
    g_autofree char *markup = g_markup_escape_text (words, -1);
    AdwToast *toast = adw_toast_new (markup);
    Offer *offer = g_new (Offer, 1);
    *offer = (Offer){ accept, user_data, free };
    adw_toast_set_button_label (toast, label);
    adw_toast_set_timeout (toast, OFFER_S);
    g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_accepted), offer, offer_free, 0);
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}
