/* preferences-window.c - what holds for all accounts, to be changed */
#include "preferences-window.h"
#include "child.h"
#include "escape.h"
#include "settings-form.h"
#include "telling.h"

#include <glib/gi18n-lib.h>

struct _IbPreferencesWindow {
    AdwPreferencesWindow parent;

    const IbPaths *paths;
    IbLink *link;
    IbSettingsForm *form;
    IbChild *child; /* that is asked, or told, about running at login; NULL: none */
    bool runs_at_login;

    GtkWidget *trouble_group;
    GtkLabel *trouble;
    GtkSwitch *at_login;
    AdwActionRow *at_login_row;
    AdwComboRow *notify, *on_metered, *on_battery_saver, *spam_threshold;
    GtkSwitch *learn_from_moves, *dns_lookups, *deduplicate, *annotate;
    AdwEntryRow *relays, *authserv_ids;
    AdwActionRow *maildir, *after_delivery;
    GtkWidget *maildir_button;
};

G_DEFINE_FINAL_TYPE (IbPreferencesWindow, ib_preferences_window, ADW_TYPE_PREFERENCES_WINDOW)

/* --- what the service says ------------------------------------------------------------------------------------ */

/* The words of a threshold that is none of ours: "From 85 % on". */
static char *
threshold_words (const char *value)
{
    return g_strdup_printf (_ ("%.0f %% sure"), g_ascii_strtod (value, NULL) * 100);
}

static void
bind_settings (IbPreferencesWindow *self)
{
    static const char *const notify[] = { "none", "important", "all", NULL };
    static const char *const metered[] = { "normal", "pause-large", "pause", NULL };
    static const char *const saver[] = { "normal", "stretch", "pause", NULL };
    static const char *const thresholds[] = { "0.70", "0.80", "0.90", NULL };
    IbSettingsForm *form = self->form;
    ib_settings_form_add_choice (form, "service.notify", self->notify, notify, NULL);
    ib_settings_form_add_choice (form, "service.on-metered", self->on_metered, metered, NULL);
    ib_settings_form_add_choice (form, "service.on-battery-saver", self->on_battery_saver, saver, NULL);
    ib_settings_form_add_choice (form, "filter.spam-threshold", self->spam_threshold, thresholds,
                                 threshold_words);
    ib_settings_form_add_switch (form, "filter.learn-from-moves", self->learn_from_moves, "false", "true");
    ib_settings_form_add_entry (form, "trust.relays", self->relays);
    ib_settings_form_add_entry (form, "trust.authserv-ids", self->authserv_ids);
    ib_settings_form_add_switch (form, "privacy.dns-lookups", self->dns_lookups, "none", "mx");
    ib_settings_form_add_switch (form, "delivery.deduplicate", self->deduplicate, "false", "true");
    ib_settings_form_add_switch (form, "delivery.annotate", self->annotate, "false", "true");
}

static void
show_text (AdwActionRow *row, const char *text, const char *otherwise)
{
    g_autofree char *safe = ib_escape_text (text != NULL ? text : "", -1, 0);
    adw_action_row_set_subtitle (row, *safe != '\0' ? safe : otherwise);
}

static void
on_settings (IbPreferencesWindow *self)
{
    g_autofree char *fault = ib_link_trouble (self->link);
    g_autofree char *safe = ib_escape_text (fault, -1, 0);
    const char *trouble = ib_settings_form_trouble (self->form);
    if (trouble == NULL && *safe != '\0')
        trouble = safe; /* what holds was read before that */
    gtk_label_set_text (self->trouble, trouble != NULL ? trouble : "");
    gtk_widget_set_visible (self->trouble_group, trouble != NULL);
    const char *maildir = ib_settings_form_get (self->form, "delivery.maildir");
    gtk_widget_set_sensitive (self->maildir_button, maildir != NULL);
    show_text (self->maildir, maildir, _ ("Not known now"));
    show_text (self->after_delivery, ib_settings_form_get (self->form, "service.after-delivery"),
               _ ("None. The settings file can name one"));
}

/* --- what is opened with other programs ----------------------------------------------------------------------- */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbPreferencesWindow) self = user_data;
    g_autoptr (GError) error = NULL;
    if (!gtk_show_uri_full_finish (GTK_WINDOW (source), result, &error))
        ib_tell (GTK_WIDGET (self->maildir), error->message);
}

static void
open_path (IbPreferencesWindow *self, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *uri = g_filename_to_uri (path, NULL, &error);
    if (uri != NULL)
        gtk_show_uri_full (GTK_WINDOW (self), uri, GDK_CURRENT_TIME, NULL, on_opened, g_object_ref (self));
    else
        ib_tell (GTK_WIDGET (self->maildir), error->message);
}

static void
open_maildir (IbPreferencesWindow *self)
{
    const char *maildir = ib_settings_form_get (self->form, "delivery.maildir");
    if (maildir != NULL)
        open_path (self, maildir);
}

/* An editor cannot open what is not there. */
static bool
make_file (const char *path, GError **error)
{
    static const char comment[] = "# Settings of Inbasket: see the manual page inbasket.conf(5)\n";
    g_autoptr (GError) why = NULL;
    g_autofree char *folder = g_path_get_dirname (path);
    g_autoptr (GFile) file = g_file_new_for_path (path);
    (void) g_mkdir_with_parents (folder, 0700); /* what follows says what is wrong */
    g_autoptr (GFileOutputStream) stream = g_file_create (file, G_FILE_CREATE_PRIVATE, NULL, &why);
    if (stream == NULL && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_EXISTS)) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    return stream == NULL
           || (g_output_stream_write_all (G_OUTPUT_STREAM (stream), comment, sizeof comment - 1, NULL, NULL,
                                          error)
               && g_output_stream_close (G_OUTPUT_STREAM (stream), NULL, error));
}

static void
open_file (IbPreferencesWindow *self)
{
    g_autoptr (GError) error = NULL;
    if (make_file (self->paths->config_file, &error))
        open_path (self, self->paths->config_file);
    else
        ib_tell (GTK_WIDGET (self->maildir), error->message);
}

/* --- running at login ------------------------------------------------------------------------------------------- */

static void ask_about_login (IbPreferencesWindow *self);

static void
set_login_sensitive (IbPreferencesWindow *self, bool is_sensitive)
{
    gtk_widget_set_sensitive (GTK_WIDGET (self->at_login_row), is_sensitive);
    gtk_widget_set_sensitive (GTK_WIDGET (self->at_login), is_sensitive);
}

static void
show_login (IbPreferencesWindow *self)
{
    gtk_switch_set_active (self->at_login, self->runs_at_login);
    set_login_sensitive (self, self->child == NULL);
}

static void
on_login_line (JsonObject *line, gpointer user_data)
{
    ((IbPreferencesWindow *) user_data)->runs_at_login
        = json_object_get_boolean_member_with_default (line, "enabled", FALSE);
}

static void
say_login_failed (IbPreferencesWindow *self, const char *complaint)
{
    g_autofree char *safe = ib_escape_text (complaint != NULL ? complaint : "", -1, 0);
    adw_action_row_set_subtitle (self->at_login_row,
                                 *safe != '\0' ? safe : _ ("It is not known whether it does"));
}

static void
on_login_told (int status, const char *complaint, gpointer user_data)
{
    IbPreferencesWindow *self = user_data;
    self->child = NULL;
    if (status < 0 || complaint != NULL)
        say_login_failed (self, complaint);
    show_login (self);
}

/* What holds afterwards is asked for, whatever came of it. */
static void
on_login_changed (int status, const char *complaint, gpointer user_data)
{
    IbPreferencesWindow *self = user_data;
    self->child = NULL;
    if (status != 0)
        say_login_failed (self, complaint);
    else
        adw_action_row_set_subtitle (
            self->at_login_row,
            _ ("Mail is fetched for as long as you are signed in, also while this window is closed"));
    ask_about_login (self);
}

static void
run_service_command (IbPreferencesWindow *self, const char *verb, const IbChildEvents *events)
{
    g_autoptr (GError) error = NULL;
    const char *const command[] = { "service", verb, NULL };
    self->child = ib_child_start (self->paths->home, command, events, self, &error);
    if (self->child == NULL)
        say_login_failed (self, error->message);
    show_login (self);
}

static void
ask_about_login (IbPreferencesWindow *self)
{
    static const IbChildEvents events = { on_login_line, on_login_told };
    run_service_command (self, "status", &events);
}

static void
on_at_login (IbPreferencesWindow *self)
{
    static const IbChildEvents events = { on_login_line, on_login_changed };
    bool is_wanted = gtk_switch_get_active (self->at_login);
    if (self->child != NULL || is_wanted == self->runs_at_login)
        return;
    self->runs_at_login = is_wanted; /* until it is known */
    run_service_command (self, is_wanted ? "enable" : "disable", &events);
}

/* A home of its own may be gone at the next login. */
static void
begin_with_login (IbPreferencesWindow *self)
{
    if (self->paths->home == NULL) {
        ask_about_login (self);
        return;
    }
    set_login_sensitive (self, false);
    adw_action_row_set_subtitle (self->at_login_row,
                                 _ ("Only the service of your own home runs at login, not that of a trial"));
}

/* --- the widget ---------------------------------------------------------------------------------------------------- */

/* Whoever comes back may have been with the settings file. */
static void
on_is_active (IbPreferencesWindow *self)
{
    if (gtk_window_is_active (GTK_WINDOW (self)))
        ib_settings_form_load (self->form);
}

static void
ib_preferences_window_dispose (GObject *object)
{
    IbPreferencesWindow *self = IB_PREFERENCES_WINDOW (object);
    if (self->form != NULL)
        ib_settings_form_close (self->form);
    g_clear_object (&self->form);
    g_clear_object (&self->link);
    g_clear_pointer (&self->child, ib_child_free);
    G_OBJECT_CLASS (ib_preferences_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget)
{
#define CHILD(name) gtk_widget_class_bind_template_child (widget, IbPreferencesWindow, name)
    CHILD (trouble_group);
    CHILD (trouble);
    CHILD (at_login);
    CHILD (at_login_row);
    CHILD (notify);
    CHILD (on_metered);
    CHILD (on_battery_saver);
    CHILD (spam_threshold);
    CHILD (learn_from_moves);
    CHILD (relays);
    CHILD (authserv_ids);
    CHILD (dns_lookups);
    CHILD (deduplicate);
    CHILD (annotate);
    CHILD (maildir);
    CHILD (maildir_button);
    CHILD (after_delivery);
#undef CHILD
}

static void
ib_preferences_window_class_init (IbPreferencesWindowClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_preferences_window_dispose;
    gtk_widget_class_set_template_from_resource (widget,
                                                 "/io/github/inbasket/Inbasket/preferences-window.ui");
    bind_children (widget);
    gtk_widget_class_bind_template_callback (widget, open_maildir);
    gtk_widget_class_bind_template_callback (widget, open_file);
}

static void
ib_preferences_window_init (IbPreferencesWindow *self)
{
    gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWindow *
ib_preferences_window_new (GtkWindow *parent, IbLink *link, const IbPaths *paths)
{
    IbPreferencesWindow *self = g_object_new (IB_TYPE_PREFERENCES_WINDOW, "transient-for", parent, NULL);
    self->paths = paths;
    self->link = g_object_ref (link);
    self->form = ib_settings_form_new (link, NULL);
    bind_settings (self);
    g_signal_connect_object (self->form, "changed", G_CALLBACK (on_settings), self, G_CONNECT_SWAPPED);
    g_signal_connect_object (link, "changed", G_CALLBACK (ib_settings_form_load), self->form,
                             G_CONNECT_SWAPPED);
    g_signal_connect (self, "notify::is-active", G_CALLBACK (on_is_active), NULL);
    g_signal_connect_swapped (self->at_login, "notify::active", G_CALLBACK (on_at_login), self);
    ib_settings_form_load (self->form);
    begin_with_login (self);
    return GTK_WINDOW (self);
}
