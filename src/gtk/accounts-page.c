/* accounts-page.c - all accounts, live */
#include "accounts-page.h"
#include "account-row.h"

#include <string.h>

/* "4 minutes ago" grows old. */
#define REFRESH_S 20

struct _IbAccountsPage {
    AdwBin parent;

    IbLink *link;
    guint refresh;
    GtkStack *states;
    GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (IbAccountsPage, ib_accounts_page, ADW_TYPE_BIN)

static IbAccountRow *
row_at (IbAccountsPage *self, int place)
{
    GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, place);
    return row != NULL ? IB_ACCOUNT_ROW (row) : NULL;
}

/* Rows stay as long as their accounts do, so that nothing moves under a hand or a screen reader. Both are in order of name. */
static void
show_accounts (IbAccountsPage *self)
{
    g_autoptr (GPtrArray) accounts = ib_link_accounts (self->link);
    guint place = 0;
    while (place < accounts->len || row_at (self, (int) place) != NULL) {
        const IbHeardAccount *account = place < accounts->len ? accounts->pdata[place] : NULL;
        IbAccountRow *row = row_at (self, (int) place);
        int order = row == NULL       ? 1
                    : account == NULL ? -1
                                      : strcmp (ib_account_row_name (row), account->name);
        if (order < 0) {
            gtk_list_box_remove (self->list, GTK_WIDGET (row));
            continue;
        }
        if (order > 0) {
            row = IB_ACCOUNT_ROW (ib_account_row_new (self->link, account->name));
            gtk_list_box_insert (self->list, GTK_WIDGET (row), (int) place);
        }
        ib_account_row_show (row, account);
        place++;
    }
    gtk_stack_set_visible_child_name (self->states, place > 0 ? "some" : "none");
}

static void
on_progress (IbLink *link, const char *account, guint64 fetched, guint64 messages, gpointer user_data)
{
    IbAccountsPage *self = user_data;
    IbAccountRow *row;
    for (int place = 0; (row = row_at (self, place)) != NULL; place++)
        if (strcmp (ib_account_row_name (row), account) == 0)
            ib_account_row_show_progress (row, fetched, messages);
}

static gboolean
refresh (gpointer user_data)
{
    show_accounts (user_data);
    return G_SOURCE_CONTINUE;
}

static void
ib_accounts_page_map (GtkWidget *widget)
{
    IbAccountsPage *self = IB_ACCOUNTS_PAGE (widget);
    if (self->link != NULL)
        show_accounts (self);
    self->refresh = g_timeout_add_seconds (REFRESH_S, refresh, self);
    GTK_WIDGET_CLASS (ib_accounts_page_parent_class)->map (widget);
}

static void
ib_accounts_page_unmap (GtkWidget *widget)
{
    g_clear_handle_id (&IB_ACCOUNTS_PAGE (widget)->refresh, g_source_remove);
    GTK_WIDGET_CLASS (ib_accounts_page_parent_class)->unmap (widget);
}

static void
ib_accounts_page_dispose (GObject *object)
{
    IbAccountsPage *self = IB_ACCOUNTS_PAGE (object);
    g_clear_handle_id (&self->refresh, g_source_remove);
    g_clear_object (&self->link);
    G_OBJECT_CLASS (ib_accounts_page_parent_class)->dispose (object);
}

static void
ib_accounts_page_class_init (IbAccountsPageClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_accounts_page_dispose;
    widget->map = ib_accounts_page_map;
    widget->unmap = ib_accounts_page_unmap;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/accounts-page.ui");
    gtk_widget_class_bind_template_child (widget, IbAccountsPage, states);
    gtk_widget_class_bind_template_child (widget, IbAccountsPage, list);
}

static void
ib_accounts_page_init (IbAccountsPage *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

void
ib_accounts_page_follow (IbAccountsPage *self, IbLink *link)
{
    self->link = g_object_ref (link);
    g_signal_connect_object (link, "changed", G_CALLBACK (show_accounts), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (link, "progress", G_CALLBACK (on_progress), self, G_CONNECT_DEFAULT);
    show_accounts (self);
}
