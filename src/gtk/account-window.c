/* account-window.c - what holds for one account, to be changed, and the way to remove it */
#include "account-window.h"
#include "escape.h"
#include "settings-form.h"
#include "telling.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbAccountWindow {
    AdwPreferencesWindow parent;

    IbLink *link;
    char *account;
    IbSettingsForm *form;

    GtkWidget *trouble_group;
    GtkLabel *trouble;
    GtkSwitch *enabled, *push, *server_junk, *filtered;
    AdwComboRow *interval, *max_size, *after;
    AdwEntryRow *folders, *folder, *address, *aliases;
    AdwActionRow *server, *user, *server_junk_row, *push_row;
    GtkWidget *remove_button;
};

G_DEFINE_FINAL_TYPE (IbAccountWindow, ib_account_window, ADW_TYPE_PREFERENCES_WINDOW)

/* --- what the service says ------------------------------------------------------------------------------------ */

static char *
after_words (const char *value)
{
    if (g_str_has_prefix (value, "move:"))
        return g_strdup_printf (_ ("Is moved there into “%s”"), value + strlen ("move:"));
    if (g_str_has_prefix (value, "delete-after:"))
        return g_strdup_printf (_ ("Is deleted there after %s"), value + strlen ("delete-after:"));
    return NULL;
}

static char *
interval_words (const char *value)
{
    return g_strdup_printf (_ ("Every %s"), value);
}

static char *
size_words (const char *value)
{
    return g_strdup_printf (_ ("Up to %s"), value);
}

static void
bind_settings (IbAccountWindow *self)
{
    static const char *const intervals[] = { "1m", "5m", "15m", "30m", "1h", NULL };
    static const char *const sizes[] = { "", "5M", "20M", "50M", NULL };
    static const char *const afters[] = { "keep", "delete", "delete-after:14d", "delete-after:30d", NULL };
    IbSettingsForm *form = self->form;
    ib_settings_form_add_switch (form, "account.enabled", self->enabled, "false", "true");
    ib_settings_form_add_choice (form, "fetch.interval", self->interval, intervals, interval_words);
    ib_settings_form_add_switch (form, "fetch.push", self->push, "false", "true");
    ib_settings_form_add_entry (form, "fetch.folders", self->folders);
    ib_settings_form_add_choice (form, "fetch.max-size", self->max_size, sizes, size_words);
    ib_settings_form_add_choice (form, "fetch.after", self->after, afters, after_words);
    ib_settings_form_add_switch (form, "filter.server-junk", self->server_junk, "none", "move");
    ib_settings_form_add_switch (form, "filter.enabled", self->filtered, "false", "true");
    ib_settings_form_add_entry (form, "filter.folder", self->folder);
    ib_settings_form_add_entry (form, "account.address", self->address);
    ib_settings_form_add_entry (form, "account.aliases", self->aliases);
}

static const char *
get (IbAccountWindow *self, const char *key)
{
    const char *value = ib_settings_form_get (self->form, key);
    return value != NULL ? value : "";
}

/* "IMAP at mail.example.org" */
static void
show_server (IbAccountWindow *self)
{
    g_autofree char *host = ib_escape_text (get (self, "account.host"), -1, 0);
    g_autofree char *user = ib_escape_text (get (self, "account.user"), -1, 0);
    bool is_pop3 = strcmp (get (self, "account.protocol"), "pop3") == 0;
    g_autofree char *where = g_strdup_printf (is_pop3 ? _ ("POP3 at %s") : _ ("IMAP at %s"), host);
    adw_action_row_set_subtitle (self->server, *host != '\0' ? where : "");
    adw_action_row_set_subtitle (self->user, user);
    /* What POP3 cannot do. */
    gtk_widget_set_visible (GTK_WIDGET (self->folders), !is_pop3);
    gtk_widget_set_visible (GTK_WIDGET (self->push_row), !is_pop3);
    gtk_widget_set_visible (GTK_WIDGET (self->server_junk_row), !is_pop3);
}

static void
on_settings (IbAccountWindow *self)
{
    const char *trouble = ib_settings_form_trouble (self->form);
    gtk_label_set_text (self->trouble, trouble != NULL ? trouble : "");
    gtk_widget_set_visible (self->trouble_group, trouble != NULL);
    gtk_widget_set_sensitive (self->remove_button, trouble == NULL);
    if (trouble == NULL)
        show_server (self);
}

static bool
is_there (IbAccountWindow *self)
{
    g_autoptr (GPtrArray) accounts = ib_link_accounts (self->link);
    for (guint i = 0; i < accounts->len; i++)
        if (strcmp (((const IbHeardAccount *) accounts->pdata[i])->name, self->account) == 0)
            return true;
    return false;
}

static void
on_link_changed (IbAccountWindow *self)
{
    if (ib_link_state (self->link) == IB_LINK_HERE && !is_there (self))
        gtk_window_close (GTK_WINDOW (self));
    else
        ib_settings_form_load (self->form);
}

/* --- what can be done ------------------------------------------------------------------------------------------- */

static void
sign_in (IbAccountWindow *self)
{
    GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
    g_autofree char *account = g_strdup (self->account);
    gtk_window_close (GTK_WINDOW (self));
    if (parent != NULL)
        (void) gtk_widget_activate_action (GTK_WIDGET (parent), "app.sign-in", "s", account);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbAccountWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    if (ib_link_finish (IB_LINK (source), result, &error))
        gtk_window_close (GTK_WINDOW (self)); /* the account's end may have done so already */
    else
        ib_tell (GTK_WIDGET (self->server), error->message);
}

static void
on_remove_sure (IbAccountWindow *self)
{
    ib_link_ask (self->link, "RemoveAccount", g_variant_new ("(s)", self->account), "()", on_removed,
                 g_object_ref (self));
}

static void
remove_account (IbAccountWindow *self)
{
    GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), NULL, NULL);
    adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _ ("Remove “%s”?"), self->account);
    adw_message_dialog_set_body (
        ADW_MESSAGE_DIALOG (dialog),
        _ ("Its mail is fetched no more. What is here stays here, and what is on the server stays there; so does "
           "its password in the keyring. Added again, no message comes twice."));
    adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "remove",
                                      _ ("_Remove"), NULL);
    adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "remove",
                                                ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
    adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
    gtk_window_set_destroy_with_parent (GTK_WINDOW (dialog),
                                        TRUE); /* another may have removed it meanwhile */
    g_signal_connect_object (dialog, "response::remove", G_CALLBACK (on_remove_sure), self,
                             G_CONNECT_SWAPPED);
    gtk_window_present (GTK_WINDOW (dialog));
}

/* --- the widget ---------------------------------------------------------------------------------------------------- */

/* Whoever comes back may have been with the account's file. */
static void
on_is_active (IbAccountWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)))
        ib_settings_form_load (self->form);
}

static void
ib_account_window_dispose (GObject *object)
{
    IbAccountWindow *self = IB_ACCOUNT_WINDOW (object);
    if (self->form != NULL)
        ib_settings_form_close (self->form);
    g_clear_object (&self->form);
    g_clear_object (&self->link);
    g_clear_pointer (&self->account, g_free);
    G_OBJECT_CLASS (ib_account_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
#define CHILD(name) gtk_widget_class_bind_template_child (widget, IbAccountWindow, name)
    CHILD (trouble_group);
    CHILD (trouble);
    CHILD (enabled);
    CHILD (interval);
    CHILD (push_row);
    CHILD (push);
    CHILD (folders);
    CHILD (max_size);
    CHILD (after);
    CHILD (server_junk_row);
    CHILD (server_junk);
    CHILD (filtered);
    CHILD (folder);
    CHILD (address);
    CHILD (aliases);
    CHILD (server);
    CHILD (user);
    CHILD (remove_button);
#undef CHILD
}

static void
ib_account_window_class_init (IbAccountWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_account_window_dispose;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/account-window.ui");
    bind_children (widget);
    gtk_widget_class_bind_template_callback (widget, sign_in);
    gtk_widget_class_bind_template_callback (widget, remove_account);
}

static void
ib_account_window_init (IbAccountWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
ib_account_window_new (GtkWindow *parent, IbLink *link, const char *account)
{
    IbAccountWindow *self
        = g_object_new (IB_TYPE_ACCOUNT_WINDOW, "transient-for", parent, "title", account, NULL);
    self->link = g_object_ref (link);
    self->account = g_strdup (account);
    self->form = ib_settings_form_new (link, account);
    bind_settings (self);
    g_signal_connect_object (self->form, "changed", G_CALLBACK (on_settings), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (link, "changed", G_CALLBACK (on_link_changed), self, G_CONNECT_SWAPPED);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (on_is_active), NULL);
    ib_settings_form_load (self->form);
    return GTK_WINDOW (self);
}
