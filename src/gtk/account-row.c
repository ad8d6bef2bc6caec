/* account-row.c - one account: how it stands, and what can be done about it */
#include "account-row.h"
#include "account-window.h"
#include "account-words.h"
#include "credential.h"
#include "escape.h"
#include "telling.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Characters of a server's or a program's complaint. */
#define LONGEST_ERROR 500

struct _IbAccountRow {
    AdwPreferencesRow parent;

    IbLink *link;
    char *name;
    GtkImage *icon;
    GtkLabel *title, *address, *state, *next, *error, *counts;
    GtkWidget *check_button, *resume_button, *sign_in_button, *unlock_button;
    GtkProgressBar *progress;
};

G_DEFINE_FINAL_TYPE (IbAccountRow, ib_account_row, ADW_TYPE_PREFERENCES_ROW)

/* --- what it shows ------------------------------------------------------------------------------------------------ */

/* How a state looks: its icon, and the style of its words. */
typedef struct {
    const char *state, *icon, *style;
} Look;

static const Look *
look_of (const IbHeardAccount *account)
{
    static const Look looks[] = {
        { "ok", "emblem-ok-symbolic", "success" },
        { "paused", "media-playback-pause-symbolic", "dim-label" },
        { "sign-in-needed", "dialog-password-symbolic", "error" },
        { "unsafe", "security-low-symbolic", "error" },
        { "waiting-for-network", "network-offline-symbolic", "warning" },
        { "waiting-for-keyring", "changes-prevent-symbolic", "warning" },
        { "throttled", "preferences-system-time-symbolic", "warning" },
        { NULL, "dialog-warning-symbolic", "error" },
    };
    const Look *look = looks;
    while (look->state != NULL && strcmp (look->state, account->state) != 0)
        look++;
    return look;
}

static void
set_text (GtkLabel *label, const char *text)
{
    gtk_label_set_text (label, text);
    gtk_widget_set_visible (GTK_WIDGET (label), *text != '\0');
}

static void
show_look (IbAccountRow *self, const Look *look)
{
    const char *styles[] = { look->style, NULL };
    gtk_image_set_from_icon_name (self->icon, look->icon);
    gtk_widget_set_css_classes (GTK_WIDGET (self->icon), styles);
    gtk_widget_set_css_classes (GTK_WIDGET (self->state), styles);
}

/* "1,200 delivered, 45 of them to Junk, 2 left on the server. Not filtered!" */
static char *
count_words (const IbHeardAccount *account)
{
    GString *words = g_string_new (NULL);
    g_string_append_printf (words, _ ("%'lu delivered, %'lu of them to Junk"), (gulong) account->delivered,
                            (gulong) account->junk);
    if (account->open > 0)
        g_string_append_printf (words, _ (", %'lu left on the server"), (gulong) account->open);
    if (!account->is_protected)
        g_string_append (words, _ (". No filter looks at its mail"));
    return g_string_free (words, FALSE);
}

static void
show_remedies (IbAccountRow *self, const IbHeardAccount *account)
{
    IbRemedy remedy = ib_account_words_remedy (account);
    bool is_paused = remedy == IB_REMEDY_RESUME;
    gtk_widget_set_visible (self->check_button, remedy == IB_REMEDY_CHECK || account->is_running);
    gtk_widget_set_visible (self->resume_button, is_paused);
    gtk_widget_set_visible (self->sign_in_button, remedy == IB_REMEDY_SIGN_IN);
    gtk_widget_set_visible (self->unlock_button, remedy == IB_REMEDY_UNLOCK);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "account.check",
                                   remedy != IB_REMEDY_NONE && !is_paused);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "account.resume", is_paused);
}

void
ib_account_row_show (IbAccountRow *self, const IbHeardAccount *account)
{
    g_autofree char *state = ib_account_words_state (account);
    g_autofree char *next = ib_account_words_next (account, g_get_real_time ());
    g_autofree char *error = ib_escape_text (account->error, -1, LONGEST_ERROR);
    g_autofree char *address = ib_escape_text (account->address, -1, 0);
    g_autofree char *host = ib_escape_text (account->host, -1, 0);
    g_autofree char *where = g_strdup_printf ("%s · %s", address, host);
    g_autofree char *counts = count_words (account);
    g_autofree char *spoken = g_strdup_printf ("%s: %s", self->name, state);

    show_look (self, look_of (account));
    set_text (self->title, self->name);
    set_text (self->address, where);
    set_text (self->state, state);
    set_text (self->next, next);
    set_text (self->error, account->is_running ? "" : error);
    set_text (self->counts, counts);
    gtk_widget_set_visible (GTK_WIDGET (self->progress), account->is_running);
    if (!account->is_running)
        gtk_progress_bar_set_fraction (self->progress, 0);
    show_remedies (self, account);
    gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

void
ib_account_row_show_progress (IbAccountRow *self, guint64 fetched, guint64 messages)
{
    if (messages > 0)
        gtk_progress_bar_set_fraction (self->progress, (double) fetched / (double) MAX (messages, fetched));
    g_autofree char *words
        = g_strdup_printf (_ ("%'lu of %'lu fetched"), (gulong) fetched, (gulong) MAX (messages, fetched));
    set_text (self->next, words);
}

/* --- what can be done ----------------------------------------------------------------------------------------------- */

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbAccountRow) self = user_data;
    g_autoptr (GError) error = NULL;
    if (!ib_link_finish (IB_LINK (source), result, &error))
        ib_tell (GTK_WIDGET (self), error->message);
}

static void
check (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbAccountRow *self = IB_ACCOUNT_ROW (widget);
    ib_link_check (self->link, self->name, on_done, g_object_ref (self));
}

static void
pause_for (GtkWidget *widget, const char *action, GVariant *seconds)
{
    IbAccountRow *self = IB_ACCOUNT_ROW (widget);
    ib_link_pause (self->link, self->name, g_variant_get_uint32 (seconds), on_done, g_object_ref (self));
}

static void
resume (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbAccountRow *self = IB_ACCOUNT_ROW (widget);
    ib_link_resume (self->link, self->name, on_done, g_object_ref (self));
}

static void
sign_in (GtkWidget *widget, const char *action, GVariant *parameter)
{
    (void) gtk_widget_activate_action (widget, "app.sign-in", "s", IB_ACCOUNT_ROW (widget)->name);
}

/* The service sees the keyring open, and goes on. */
static void
on_unlocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbAccountRow) self = user_data;
    g_autoptr (GError) error = NULL;
    if (!ib_credential_unlock_finish (result, &error))
        ib_tell (GTK_WIDGET (self), error->message);
    gtk_widget_action_set_enabled (GTK_WIDGET (self), "account.unlock", TRUE);
}

static void
unlock (GtkWidget *widget, const char *action, GVariant *parameter)
{
    gtk_widget_action_set_enabled (widget, "account.unlock", FALSE); /* one question is enough */
    ib_credential_unlock (IB_ACCOUNT_ROW (widget)->name, on_unlocked, g_object_ref (widget));
}

static void
show_settings (GtkWidget *widget, const char *action, GVariant *parameter)
{
    IbAccountRow *self = IB_ACCOUNT_ROW (widget);
    GtkRoot *window = gtk_widget_get_root (widget);
    if (GTK_IS_WINDOW (window))
        gtk_window_present (ib_account_window_new (GTK_WINDOW (window), self->link, self->name));
}

/* --- the widget ------------------------------------------------------------------------------------------------------- */

static void
ib_account_row_finalize (GObject *object)
{
    IbAccountRow *self = IB_ACCOUNT_ROW (object);
    g_clear_object (&self->link);
    g_free (self->name);
    G_OBJECT_CLASS (ib_account_row_parent_class)->finalize (object);
}

static void
ib_account_row_class_init (IbAccountRowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->finalize = ib_account_row_finalize;
    gtk_widget_class_set_template_from_resource (widget, "/io/github/inbasket/Inbasket/account-row.ui");
    gtk_widget_class_bind_template_child (widget, IbAccountRow, icon);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, title);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, address);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, state);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, next);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, error);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, counts);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, progress);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, check_button);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, resume_button);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, sign_in_button);
    gtk_widget_class_bind_template_child (widget, IbAccountRow, unlock_button);
    gtk_widget_class_install_action (widget, "account.check", NULL, check);
    gtk_widget_class_install_action (widget, "account.pause", "u", pause_for);
    gtk_widget_class_install_action (widget, "account.resume", NULL, resume);
    gtk_widget_class_install_action (widget, "account.sign-in", NULL, sign_in);
    gtk_widget_class_install_action (widget, "account.unlock", NULL, unlock);
    gtk_widget_class_install_action (widget, "account.settings", NULL, show_settings);
}

static void
ib_account_row_init (IbAccountRow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
ib_account_row_new (IbLink *link, const char *name)
{
    IbAccountRow *self = g_object_new (IB_TYPE_ACCOUNT_ROW, "title", name, NULL);
    self->link = g_object_ref (link);
    self->name = g_strdup (name);
    return GTK_WIDGET (self);
}

const char *
ib_account_row_name (IbAccountRow *self)
{
    return self->name;
}
