/* reader-row.c - how one mail program is pointed at the Maildir: a row that opens */
#include "reader-row.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define LONGEST_LINE 4000

struct _IbReaderRow {
    AdwExpanderRow parent;

    char *home, *name;
    GCancellable *cancellable;
    char *copied; /* what the button copies; NULL: it was not asked for yet, or not answered */
    bool is_asked;

    GtkLabel *text, *remarks;
    GtkWidget *copy_button;
};

G_DEFINE_FINAL_TYPE (IbReaderRow, ib_reader_row, ADW_TYPE_EXPANDER_ROW)

/* Safe to show, and its lines still lines. */
static char *
shown (const char *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *safe = ib_escape_text (*line, -1, LONGEST_LINE);
        g_free (*line);
        *line = safe;
    }
    return g_strchomp (g_strjoinv ("\n", lines));
}

static void
take_text (IbReaderRow *self, const IbGuideText *text)
{
    g_autofree char *safe = shown (text->text);
    g_autofree char *remarks = g_strjoinv ("\n", text->remarks);
    g_autofree char *imap
        = text->is_imap
              ? g_strdup_printf (_ ("“inbasket client %s --write” sets up that server."), self->name)
              : NULL;
    g_autofree char *all = imap != NULL ? g_strjoin ("\n", remarks, imap, NULL) : g_strdup (remarks);
    self->copied = g_strdup (text->text);
    gtk_label_set_text (self->text, safe);
    gtk_label_set_text (self->remarks, all);
    gtk_widget_set_visible (GTK_WIDGET (self->remarks), *all != '\0');
    gtk_widget_set_sensitive (self->copy_button, TRUE);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbGuideText) text = ib_guide_read_finish (result, &error);
    if (text != NULL)
        take_text (data, text);
    else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        gtk_label_set_text (((IbReaderRow *) data)->text, error->message);
}

static void
on_expanded (IbReaderRow *self)
{
    if (self->is_asked)
        return;
    self->is_asked = true;
    ib_guide_read (self->home, self->name, self->cancellable, on_read, self);
}

static void
on_copy (IbReaderRow *self)
{
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->copied);
}

static void
ib_reader_row_dispose (GObject *object)
{
    g_cancellable_cancel (IB_READER_ROW (object)->cancellable);
    G_OBJECT_CLASS (ib_reader_row_parent_class)->dispose (object);
}

static void
ib_reader_row_finalize (GObject *object)
{
    IbReaderRow *self = IB_READER_ROW (object);
    g_object_unref (self->cancellable);
    g_free (self->home);
    g_free (self->name);
    g_free (self->copied);
    G_OBJECT_CLASS (ib_reader_row_parent_class)->finalize (object);
}

static void
ib_reader_row_class_init (IbReaderRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_reader_row_dispose;
    G_OBJECT_CLASS (class)->finalize = ib_reader_row_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/reader-row.ui");
    gtk_widget_class_bind_template_child (widget, IbReaderRow, text);
    gtk_widget_class_bind_template_child (widget, IbReaderRow, remarks);
    gtk_widget_class_bind_template_child (widget, IbReaderRow, copy_button);
    gtk_widget_class_bind_template_callback (widget, on_copy);
}

static void
ib_reader_row_init (IbReaderRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
    self->cancellable = g_cancellable_new ();
}

GtkWidget *
ib_reader_row_new (const IbGuide *guide, const char *home)
{
    IbReaderRow *self = g_object_new (IB_TYPE_READER_ROW, "title", guide->title, NULL);
    self->home = g_strdup (home);
    self->name = g_strdup (guide->name);
    g_autofree char *label = g_strdup_printf (_ ("Copy for %s"), guide->title);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, guide->title, -1);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->copy_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                    -1);
    g_signal_connect (self, "notify::expanded", G_CALLBACK (on_expanded), NULL);
    return GTK_WIDGET (self);
}
