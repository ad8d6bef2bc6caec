/* telling.c - a word to the user that passes by itself */
#include "telling.h"

/* Long enough to read what is offered, think, and reach for the button. */
#define OFFER_S 15
/* A toast asks for what its title would like to have, and gets it: this and a button fit into 360 pixels. */
#define LINE_CHARS 28

/* With all of its words: a toast's own title is one line, which it cuts. */
static AdwToast *
make_toast (const char *words)
{
    AdwToast *toast = adw_toast_new ("");
    GtkWidget *title = gtk_label_new (words);
    gtk_label_set_wrap (GTK_LABEL (title), TRUE);
    gtk_label_set_wrap_mode (GTK_LABEL (title), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_max_width_chars (GTK_LABEL (title), LINE_CHARS);
    gtk_widget_add_css_class (title, "heading");
    adw_toast_set_custom_title (toast, title);
    return toast;
}

void
ib_tell (GtkWidget *widget, const char *words)
{
    GtkWidget *overlay = widget != NULL ? gtk_widget_get_ancestor (widget, ADW_TYPE_TOAST_OVERLAY) : NULL;
    if (overlay != NULL)
        adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), make_toast (words));
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
    AdwToast *toast = make_toast (words);
    Offer *offer = g_new (Offer, 1);
    *offer = (Offer){ accept, user_data, free };
    adw_toast_set_button_label (toast, label);
    adw_toast_set_timeout (toast, OFFER_S);
    g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_accepted), offer, offer_free, 0);
    adw_toast_overlay_add_toast (ADW_TOAST_OVERLAY (overlay), toast);
}
