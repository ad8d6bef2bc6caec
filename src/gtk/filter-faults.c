/* filter-faults.c - what is wrong with a filter's text: underlined in its place, and in a list that leads there */
#include "filter-faults.h"
#include "escape.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MOST_FAULTS 50
#define LONGEST_WORDS 500

/* Stands out on light and on dark; the toolkit's own does not. */
static const GdkRGBA red = { 0.93F, 0.20F, 0.23F, 1 };

struct _IbFilterFaults {
    char *name;
    GPtrArray *found; /* IbHeardFault, as the list shows them */
    GtkTextView *view;
    GtkTextBuffer *buffer;
    GtkTextTag *error, *warning;
    GtkListBox *list;
};

/* From where it is up to the end of the word, or one character. */
static void
underline (IbFilterFaults *self, const IbHeardFault *fault)
{
    GtkTextIter start, end;
    gtk_text_buffer_get_iter_at_line_offset (self->buffer, &start, (int) fault->line - 1,
                                             (int) MAX (fault->column, 1) - 1);
    if (gtk_text_iter_is_end (&start))
        gtk_text_iter_backward_char (&start);
    end = start;
    gtk_text_iter_forward_char (&end);
    while (!gtk_text_iter_ends_line (&end)
           && (g_unichar_isalnum (gtk_text_iter_get_char (&end)) || gtk_text_iter_get_char (&end) == '_'))
        gtk_text_iter_forward_char (&end);
    gtk_text_buffer_apply_tag (self->buffer, fault->is_error ? self->error : self->warning, &start, &end);
}

static bool
has_place (IbFilterFaults *self, const IbHeardFault *fault)
{
    return fault->line > 0 && strcmp (fault->file, self->name) == 0;
}

/* "Line 3, column 5: …"; of a script that it includes, where that is. */
static char *
fault_words (IbFilterFaults *self, const IbHeardFault *fault)
{
    g_autofree char *file = ib_escape_text (fault->file, -1, 0);
    g_autofree char *message = ib_escape_text (fault->message, -1, LONGEST_WORDS);
    return has_place (self, fault)
               ? g_strdup_printf (_ ("Line %u, column %u: %s"), fault->line, fault->column, message)
           : fault->line > 0
               ? g_strdup_printf (_ ("%s, line %u, column %u: %s"), file, fault->line, fault->column, message)
               : g_steal_pointer (&message);
}

static void
add_fault (IbFilterFaults *self, const IbHeardFault *fault)
{
    g_autofree char *words = fault_words (self, fault);
    GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
    GtkWidget *icon = gtk_image_new_from_icon_name (fault->is_error ? "dialog-error-symbolic"
                                                                    : "dialog-warning-symbolic");
    GtkWidget *label = gtk_label_new (words);
    gtk_widget_add_css_class (icon, fault->is_error ? "error" : "warning");
    gtk_label_set_wrap (GTK_LABEL (label), TRUE);
    gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign (GTK_LABEL (label), 0);
    gtk_widget_set_margin_top (box, 9);
    gtk_widget_set_margin_bottom (box, 9);
    gtk_widget_set_margin_start (box, 12);
    gtk_widget_set_margin_end (box, 12);
    gtk_box_append (GTK_BOX (box), icon);
    gtk_box_append (GTK_BOX (box), label);
    gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
    gtk_list_box_append (self->list, row);
}

static char *
state_words (const GPtrArray *found)
{
    guint errors = 0;
    for (guint i = 0; i < found->len; i++)
        errors += ((const IbHeardFault *) found->pdata[i])->is_error;
    guint others = found->len - errors;
    return errors > 0   ? g_strdup_printf (ngettext ("%'u error", "%'u errors", errors), errors)
           : others > 0 ? g_strdup_printf (ngettext ("%'u remark", "%'u remarks", others), others)
                        : g_strdup (_ ("Nothing is wrong"));
}

static void
clear_faults (IbFilterFaults *self)
{
    GtkTextIter start, end;
    GtkListBoxRow *row;
    gtk_text_buffer_get_bounds (self->buffer, &start, &end);
    gtk_text_buffer_remove_tag (self->buffer, self->error, &start, &end);
    gtk_text_buffer_remove_tag (self->buffer, self->warning, &start, &end);
    while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
        gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

IbFilterFaults *
ib_filter_faults_new (GtkTextView *view, GtkListBox *list, const char *name)
{
    IbFilterFaults *self = g_new (IbFilterFaults, 1);
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (view);
    *self = (IbFilterFaults){
        .name = g_strdup (name),
        .found = g_ptr_array_new (),
        .view = view,
        .buffer = buffer,
        .error = gtk_text_buffer_create_tag (buffer, NULL, "underline", PANGO_UNDERLINE_ERROR,
                                             "underline-rgba", &red, NULL),
        .warning = gtk_text_buffer_create_tag (buffer, NULL, "underline", PANGO_UNDERLINE_SINGLE, NULL),
        .list = list,
    };
    return self;
}

void
ib_filter_faults_free (IbFilterFaults *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->found);
    g_free (self->name);
    g_free (self);
}

char *
ib_filter_faults_show (IbFilterFaults *self, GPtrArray *found)
{
    clear_faults (self);
    g_ptr_array_unref (self->found);
    self->found = found;
    for (guint i = 0; i < MIN (found->len, MOST_FAULTS); i++) {
        const IbHeardFault *fault = found->pdata[i];
        if (has_place (self, fault))
            underline (self, fault);
        add_fault (self, fault);
    }
    return state_words (found);
}

void
ib_filter_faults_go_to (IbFilterFaults *self, GtkListBoxRow *row)
{
    const IbHeardFault *fault = self->found->pdata[gtk_list_box_row_get_index (row)];
    GtkTextIter place;
    if (!has_place (self, fault))
        return;
    gtk_text_buffer_get_iter_at_line_offset (self->buffer, &place, (int) fault->line - 1,
                                             (int) MAX (fault->column, 1) - 1);
    gtk_text_buffer_place_cursor (self->buffer, &place);
    gtk_text_view_scroll_to_iter (self->view, &place, 0.1, FALSE, 0, 0);
    gtk_widget_grab_focus (GTK_WIDGET (self->view));
}
