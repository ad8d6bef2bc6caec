/* arrival-row.c - a message in a short list */
#include "arrival-row.h"
#include "arrival-view.h"

struct _IbArrivalRow {
    AdwPreferencesRow parent;

    char *id;
    IbArrivalView *view;
};

G_DEFINE_FINAL_TYPE (IbArrivalRow, ib_arrival_row, ADW_TYPE_PREFERENCES_ROW)

static void
ib_arrival_row_finalize (GObject *object)
{
    g_free (IB_ARRIVAL_ROW (object)->id);
    G_OBJECT_CLASS (ib_arrival_row_parent_class)->finalize (object);
}

static void
ib_arrival_row_class_init (IbArrivalRowClass *class)
{
    G_OBJECT_CLASS (class)->finalize = ib_arrival_row_finalize;
}

static void
ib_arrival_row_init (IbArrivalRow *self)
{
    self->view = g_object_new (IB_TYPE_ARRIVAL_VIEW, NULL);
    gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), GTK_WIDGET (self->view));
}

GtkWidget *
ib_arrival_row_new (IbArrival *arrival)
{
    IbArrivalRow *self = g_object_new (IB_TYPE_ARRIVAL_ROW, "use-markup", FALSE, "title",
                                       ib_arrival_subject (arrival), NULL);
    g_autofree char *spoken = ib_arrival_view_words (arrival);
    self->id = g_strdup (ib_arrival_id (arrival));
    ib_arrival_view_show (self->view, arrival);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
    return GTK_WIDGET (self);
}

const char *
ib_arrival_row_id (IbArrivalRow *self)
{
    return self->id;
}

void
ib_arrival_row_offer (IbArrivalRow *self, const char *label, const char *action)
{
    ib_arrival_view_offer (self->view, label, action, self->id);
}
