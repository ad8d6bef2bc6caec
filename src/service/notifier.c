/* notifier.c - what the user is told on his desktop (org.freedesktop.Notifications) */
#include "notifier.h"
#include "alarm.h"
#include "incident.h"
#include "mail-program.h"
#include "notice-plan.h"
#include "notice-text.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SERVER "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define PROPERTIES "org.freedesktop.DBus.Properties"
/* As the installed .desktop file is called: under this name desktops keep the user's choices. */
#define DESKTOP_ENTRY "io.github.inbasket.Inbasket"
#define CALL_TIMEOUT_MS (10 * 1000)
/* A server that could not be started is not tried again with each message. */
#define RETRY_US (60 * G_USEC_PER_SEC)
/* Of an incident's sentence, which may hold a server's words. */
#define WORDS_MOST 400

/* What the user may click. */
#define ACTION_OPEN "default"
#define ACTION_JUNK "junk"
#define ACTION_READ "read"
#define ACTION_SHOW "show"
#define ACTION_SIGN_IN "sign-in"

typedef enum { SERVER_UNASKED, SERVER_ASKED, SERVER_ABSENT, SERVER_KNOWN } ServerState;

struct _IbNotifier {
    GDBusConnection *session;
    const IbNotifierActions *actions;
    gpointer user_data;
    GCancellable *cancellable;
    GHashTable *accounts; /* name → Account */
    IbNotify notify;
    bool is_labelled; /* there are several accounts */
    bool is_locked;
    guint soon; /* source: look what there is to do */
    /* The server, and what it can do. */
    guint watch, signals, changes;
    ServerState state;
    bool has_owner;
    bool is_stale; /* the one that was asked has left */
    bool shows_body, shows_markup, offers_actions, is_inhibited;
    bool has_complained;
    gint64 absent_since;
    /* Comes before the click that it is for. */
    guint32 token_id;
    char *token;
};

typedef struct {
    IbNotifier *notifier;
    char *name;
    GCancellable *cancellable; /* of what is on its way */
    IbNoticePlan *plan;
    guint later;     /* source: a group may grow again, or an incident is due */
    gint64 later_at; /* monotonic */
    IbIncident *incident;
    guint32 incident_id;   /* its bubble; 0: none */
    bool incident_showing; /* on its way */
    GQueue alerts;         /* char *: the server's words, not shown yet */
} Account;

static void look_soon (IbNotifier *self);

/* --- calls --- */

/* Where no answer matters. */
static void
call_and_forget (IbNotifier *self, const char *method, GVariant *parameters)
{
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, SERVER, method, parameters, NULL,
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, NULL, NULL, NULL);
}

static void
close_bubble (IbNotifier *self, guint32 id)
{
    call_and_forget (self, "CloseNotification", g_variant_new ("(u)", id));
}

static bool
was_cancelled (const GError *error)
{
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Once until there was one again: a machine without a desktop has none. */
static void
note_absent (IbNotifier *self, const GError *error)
{
    self->state = SERVER_ABSENT;
    self->absent_since = g_get_monotonic_time ();
    if (!self->has_complained)
        g_message ("no notifications: %s", error->message);
    self->has_complained = true;
}

/* --- an account's --- */

static void
account_free (gpointer pointer)
{
    Account *self = pointer;
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    g_clear_handle_id (&self->later, g_source_remove);
    ib_notice_plan_free (self->plan);
    ib_incident_free (self->incident);
    g_queue_clear_full (&self->alerts, g_free);
    g_free (self->name);
    g_free (self);
}

static Account *
account_of (IbNotifier *self, const char *name)
{
    Account *account = g_hash_table_lookup (self->accounts, name);
    if (account != NULL)
        return account;
    account = g_new0 (Account, 1);
    account->notifier = self;
    account->name = g_strdup (name);
    account->cancellable = g_cancellable_new ();
    g_queue_init (&account->alerts);
    account->plan = ib_notice_plan_new (name);
    ib_notice_plan_set_labelled (account->plan, self->is_labelled);
    g_hash_table_insert (self->accounts, account->name, account);
    return account;
}

static gboolean
on_later (gpointer user_data)
{
    Account *account = user_data;
    account->later = 0;
    look_soon (account->notifier);
    return G_SOURCE_REMOVE;
}

/* Whichever is first: then it is seen what else there is to wait for. */
static void
look_later (Account *account, gint64 wait_us)
{
    gint64 at = g_get_monotonic_time () + wait_us;
    if (account->later != 0 && account->later_at <= at)
        return;
    g_clear_handle_id (&account->later, g_source_remove);
    account->later = g_timeout_add ((guint) CLAMP (wait_us / 1000 + 1, 1, G_MAXINT), on_later, account);
    account->later_at = at;
}

/* --- what a bubble looks like --- */

static void
add_action (GVariantBuilder *actions, const char *key, const char *label)
{
    g_variant_builder_add (actions, "s", key);
    g_variant_builder_add (actions, "s", label);
}

static void
add_mail_actions (const IbNotifier *self, GVariantBuilder *actions, const IbBubble *bubble)
{
    bool is_one = bubble->count == 1;
    if (ib_mail_program_is_there ())
        add_action (actions, ACTION_OPEN, _ ("Open"));
    if (self->actions->mark_junk != NULL && is_one)
        add_action (actions, ACTION_JUNK, _ ("Mark as junk"));
    if (self->actions->mark_read != NULL && bubble->ids->len == bubble->count)
        add_action (actions, ACTION_READ, is_one ? _ ("Mark read") : _ ("Mark all read"));
    if (self->actions->show_mail != NULL)
        add_action (actions, ACTION_SHOW, is_one ? _ ("Why?") : _ ("Show all"));
}

static GVariant *
hints_new (IbUrgency urgency, const char *category)
{
    GVariantBuilder hints;
    g_variant_builder_init (&hints, G_VARIANT_TYPE ("a{sv}"));
    g_variant_builder_add (&hints, "{sv}", "urgency", g_variant_new_byte ((guchar) urgency));
    g_variant_builder_add (&hints, "{sv}", "category", g_variant_new_string (category));
    g_variant_builder_add (&hints, "{sv}", "desktop-entry", g_variant_new_string (DESKTOP_ENTRY));
    return g_variant_builder_end (&hints);
}

/* Markup is in the body alone, and only of servers that say so. */
static char *
body_for (const IbNotifier *self, const char *text)
{
    if (!self->shows_body)
        return g_strdup ("");
    return self->shows_markup ? g_markup_escape_text (text, -1) : g_strdup (text);
}

/* A server that shows titles only is given all in one line. */
static char *
title_for (const IbNotifier *self, const char *title, const char *text)
{
    gsize line = strcspn (text, "\n");
    return self->shows_body ? g_strdup (title) : g_strdup_printf ("%s: %.*s", title, (int) line, text);
}

/* @actions: as. */
static void
show (Account *account, guint32 replaces, const char *icon, const char *title, const char *text,
      GVariantBuilder *actions, GVariant *hints, GAsyncReadyCallback done)
{
    IbNotifier *self = account->notifier;
    g_autofree char *shown_title = title_for (self, title, text), *body = body_for (self, text);
    g_dbus_connection_call (
        self->session, SERVER, SERVER_PATH, SERVER, "Notify",
        g_variant_new ("(susssas@a{sv}i)", "Inbasket", replaces, icon, shown_title, body, actions, hints, -1),
        G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, account->cancellable, done, account);
}

/* What the server calls the bubble; 0: it does not show it. False: nobody waits any more, and @account may be gone. */
static bool
finish_showing (GObject *source, GAsyncResult *result, guint32 *out_id)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (was_cancelled (error))
        return false;
    *out_id = 0;
    if (reply != NULL)
        g_variant_get (reply, "(u)", out_id);
    else
        g_message ("a notification was not shown: %s", error->message);
    return true;
}

/* --- mail --- */

static void
on_bubble_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Account *account = user_data;
    guint32 id = 0;
    if (!finish_showing (source, result, &id))
        return;
    ib_notice_plan_shown (account->plan, id, g_get_monotonic_time ());
    look_soon (account->notifier);
}

static void
show_bubble (Account *account, const IbBubble *bubble)
{
    IbNotifier *self = account->notifier;
    GVariantBuilder actions;
    g_variant_builder_init (&actions, G_VARIANT_TYPE ("as"));
    if (self->offers_actions)
        add_mail_actions (self, &actions, bubble);
    show (account, bubble->replaces, "mail-unread", bubble->title, bubble->body, &actions,
          hints_new (bubble->urgency, "email.arrived"), on_bubble_shown);
}

static void
tell_of_mail (Account *account)
{
    for (;;) {
        const IbBubble *bubble = NULL;
        guint32 id = 0;
        gint64 when = 0, now = g_get_monotonic_time ();
        switch (ib_notice_plan_next (account->plan, now, &bubble, &id, &when)) {
        case IB_NOTICE_REST:
            if (when > 0)
                look_later (account, when - now);
            return;
        case IB_NOTICE_SHOW:
            show_bubble (account, bubble);
            return;
        case IB_NOTICE_CLOSE:
            close_bubble (account->notifier, id);
            break;
        }
    }
}

/* --- incidents --- */

static void
on_incident_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Account *account = user_data;
    guint32 id = 0;
    if (!finish_showing (source, result, &id))
        return;
    account->incident_showing = false;
    if (account->incident == NULL && id != 0)
        close_bubble (account->notifier, id); /* over before it was seen */
    else
        account->incident_id = id;
    look_soon (account->notifier);
}

static void
show_incident (Account *account)
{
    IbNotifier *self = account->notifier;
    bool is_sign_in = ib_incident_is_sign_in (account->incident);
    g_autofree char *title = g_strdup_printf (
        is_sign_in ? _ ("Sign in to %s again") : _ ("The mail of %s needs you"), account->name);
    g_autofree char *words = ib_notice_text_clean (account->incident->words, WORDS_MOST);
    GVariantBuilder actions;
    g_variant_builder_init (&actions, G_VARIANT_TYPE ("as"));
    if (self->offers_actions && is_sign_in && self->actions->sign_in != NULL)
        add_action (&actions, ACTION_SIGN_IN, _ ("Sign in"));
    else if (self->offers_actions && !is_sign_in && self->actions->show_account != NULL)
        add_action (&actions, ACTION_SHOW, _ ("Show"));
    account->incident_showing = true;
    ib_incident_told (account->incident, ib_alarm_now ());
    show (account, account->incident_id, is_sign_in ? "dialog-password" : "dialog-warning", title, words,
          &actions, hints_new (IB_URGENCY_NORMAL, "network.error"), on_incident_shown);
}

static bool
is_incident_due (Account *account)
{
    if (account->incident == NULL || account->incident_showing)
        return false;
    gint64 due = ib_incident_due (account->incident), now = ib_alarm_now ();
    if (due != G_MAXINT64 && due > now)
        look_later (account, due - now);
    return due <= now;
}

/* --- what a mail server says --- */

static void
on_alert_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
    guint32 id = 0;
    (void) finish_showing (source, result, &id); /* nothing can be done with it but read it */
}

static void
show_alert (Account *account)
{
    g_autofree char *alert = g_queue_pop_head (&account->alerts);
    g_autofree char *title = g_strdup_printf (_ ("The mail server of %s says"), account->name);
    g_autofree char *words = ib_notice_text_clean (alert, WORDS_MOST);
    GVariantBuilder actions;
    g_variant_builder_init (&actions, G_VARIANT_TYPE ("as"));
    show (account, 0, "dialog-warning", title, words, &actions, hints_new (IB_URGENCY_NORMAL, "network"),
          on_alert_shown);
}

/* --- the server --- */

static bool
has_capability (const char *const *capabilities, const char *name)
{
    return g_strv_contains (capabilities, name);
}

static bool
is_held (const IbNotifier *self)
{
    return self->is_locked || self->is_inhibited;
}

static void
sum_up (IbNotifier *self)
{
    GHashTableIter iter;
    gpointer account;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &account))
        ib_notice_plan_sum_up (((Account *) account)->plan);
    look_soon (self);
}

static void
set_inhibited (IbNotifier *self, GVariant *value)
{
    bool was_held = is_held (self);
    self->is_inhibited
        = g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (value);
    if (was_held && !is_held (self))
        sum_up (self);
}

/* Do Not Disturb, as Plasma says it; others keep what comes to themselves then, or have no such thing. */
static void
on_inhibited (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (was_cancelled (error))
        return;
    IbNotifier *self = user_data;
    self->is_inhibited = false;
    if (reply != NULL) {
        g_autoptr (GVariant) value = NULL;
        g_variant_get (reply, "(v)", &value);
        set_inhibited (self, value);
    }
    self->state = self->is_stale ? SERVER_UNASKED : SERVER_KNOWN;
    self->has_complained = false;
    look_soon (self);
}

/* After one that could not be spoken to. */
static void
meet_another (IbNotifier *self)
{
    self->state = SERVER_UNASKED;
    sum_up (self);
}

static void
on_capabilities (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (was_cancelled (error))
        return;
    IbNotifier *self = user_data;
    if (reply == NULL) {
        bool has_another = self->is_stale && self->has_owner;
        note_absent (self, error);
        if (has_another)
            meet_another (self);
        return;
    }
    g_autofree const char **capabilities = NULL;
    g_variant_get (reply, "(^a&s)", &capabilities);
    self->shows_body = has_capability (capabilities, "body");
    self->shows_markup = has_capability (capabilities, "body-markup");
    self->offers_actions = has_capability (capabilities, "actions");
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, PROPERTIES, "Get",
                            g_variant_new ("(ss)", SERVER, "Inhibited"), G_VARIANT_TYPE ("(v)"),
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, self->cancellable, on_inhibited,
                            self);
}

/* Starts one where that can be done. */
static void
ask_for_capabilities (IbNotifier *self)
{
    self->state = SERVER_ASKED;
    self->is_stale = false;
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, SERVER, "GetCapabilities", NULL,
                            G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS,
                            self->cancellable, on_capabilities, self);
}

static bool
is_ready (IbNotifier *self)
{
    bool may_retry = self->state == SERVER_ABSENT && g_get_monotonic_time () >= self->absent_since + RETRY_US;
    if (self->state == SERVER_UNASKED || may_retry)
        ask_for_capabilities (self);
    return self->state == SERVER_KNOWN;
}

static gboolean
look (gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    self->soon = 0;
    g_hash_table_iter_init (&iter, self->accounts);
    while (!is_held (self) && g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        if (is_incident_due (account) && is_ready (self))
            show_incident (account);
        while (!g_queue_is_empty (&account->alerts) && is_ready (self))
            show_alert (account);
        if (ib_notice_plan_waits (account->plan) && is_ready (self))
            tell_of_mail (account);
    }
    return G_SOURCE_REMOVE;
}

/* All that the loop has at hand comes first: what arrives together is told of together. */
static void
look_soon (IbNotifier *self)
{
    if (self->soon == 0)
        self->soon = g_idle_add_full (G_PRIORITY_DEFAULT, look, self, NULL);
}

static void
on_server_came (GDBusConnection *session, const char *name, const char *owner, gpointer user_data)
{
    IbNotifier *self = user_data;
    self->has_owner = true;
    if (self->state == SERVER_ABSENT)
        meet_another (self);
    else
        look_soon (self); /* incidents that stood on the one before */
}

static void
on_server_left (GDBusConnection *session, const char *name, gpointer user_data)
{
    IbNotifier *self = user_data;
    GHashTableIter iter;
    gpointer value;
    if (!self->has_owner)
        return; /* there was none to begin with */
    self->has_owner = self->is_inhibited = false;
    self->is_stale = true;
    if (self->state == SERVER_KNOWN)
        self->state = SERVER_UNASKED;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        ib_notice_plan_forget (account->plan);
        if (account->incident != NULL && (account->incident_id != 0 || account->incident_showing))
            ib_incident_lost (account->incident);
        account->incident_id = 0;
    }
}

/* --- what the user does --- */

static void
on_closed (IbNotifier *self, guint32 id)
{
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        ib_notice_plan_closed (account->plan, id);
        if (account->incident_id == id)
            account->incident_id = 0;
    }
}

static void
act_on_mail (IbNotifier *self, const Account *account, const IbBubble *bubble, const char *key,
             const char *token)
{
    const IbNotifierActions *actions = self->actions;
    g_autoptr (GStrvBuilder) list = g_strv_builder_new ();
    for (guint i = 0; i < bubble->ids->len; i++)
        g_strv_builder_add (list, bubble->ids->pdata[i]);
    g_auto (GStrv) ids = g_strv_builder_end (list);
    g_autofree char *name = g_strdup (account->name);
    const char *const *known = (const char *const *) ids;

    if (strcmp (key, ACTION_OPEN) == 0)
        ib_mail_program_open (self->session, token);
    else if (strcmp (key, ACTION_JUNK) == 0 && actions->mark_junk != NULL && bubble->count == 1)
        actions->mark_junk (name, known, self->user_data);
    else if (strcmp (key, ACTION_READ) == 0 && actions->mark_read != NULL)
        actions->mark_read (name, known, self->user_data);
    else if (strcmp (key, ACTION_SHOW) == 0 && actions->show_mail != NULL)
        actions->show_mail (bubble->count == 1 ? ids[0] : NULL, token, self->user_data);
}

static void
act_on_incident (IbNotifier *self, const Account *account, const char *key, const char *token)
{
    const IbNotifierActions *actions = self->actions;
    g_autofree char *name = g_strdup (account->name);
    if (strcmp (key, ACTION_SIGN_IN) == 0 && actions->sign_in != NULL)
        actions->sign_in (name, token, self->user_data);
    else if (strcmp (key, ACTION_SHOW) == 0 && actions->show_account != NULL)
        actions->show_account (name, token, self->user_data);
}

/* Other programs' bubbles are told of, too. Most servers close one that was clicked; the others are asked to. */
static void
on_clicked (IbNotifier *self, guint32 id, const char *key)
{
    g_autofree char *token = self->token_id == id ? g_steal_pointer (&self->token) : NULL;
    GHashTableIter iter;
    gpointer value;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        const Account *account = value;
        const IbBubble *bubble = ib_notice_plan_find (account->plan, id);
        bool is_incident = account->incident_id == id;
        if (bubble == NULL && !is_incident)
            continue;
        close_bubble (self, id);
        if (bubble != NULL)
            act_on_mail (self, account, bubble, key, token);
        else
            act_on_incident (self, account, key, token);
        on_closed (self, id);
        return;
    }
}

static void
on_signal (GDBusConnection *session, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *parameters, gpointer user_data)
{
    IbNotifier *self = user_data;
    guint32 id = 0;
    const char *text = NULL;
    if (strcmp (signal, "NotificationClosed") == 0
        && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uu)"))) {
        g_variant_get (parameters, "(uu)", &id, NULL);
        on_closed (self, id);
    } else if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(us)"))) {
        g_variant_get (parameters, "(u&s)", &id, &text);
        if (strcmp (signal, "ActionInvoked") == 0) {
            on_clicked (self, id, text);
        } else if (strcmp (signal, "ActivationToken") == 0) {
            self->token_id = id;
            g_free (self->token);
            self->token = g_strdup (text);
        }
    }
}

static void
on_changes (GDBusConnection *session, const char *sender, const char *path, const char *interface,
            const char *signal, GVariant *parameters, gpointer user_data)
{
    IbNotifier *self = user_data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
    g_autoptr (GVariant) value = g_variant_lookup_value (changed, "Inhibited", NULL);
    if (value != NULL)
        set_inhibited (self, value);
}

/* --- what others say --- */

IbNotifier *
ib_notifier_new (GDBusConnection *session, const IbNotifierActions *actions, gpointer user_data)
{
    IbNotifier *self = g_new0 (IbNotifier, 1);
    self->session = g_object_ref (session);
    self->actions = actions;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
    self->accounts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, account_free);
    self->notify = IB_NOTIFY_NONE;
    self->watch = g_bus_watch_name_on_connection (session, SERVER, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                  on_server_came, on_server_left, self, NULL);
    self->signals = g_dbus_connection_signal_subscribe (session, SERVER, SERVER, NULL, SERVER_PATH, NULL,
                                                        G_DBUS_SIGNAL_FLAGS_NONE, on_signal, self, NULL);
    self->changes
        = g_dbus_connection_signal_subscribe (session, SERVER, PROPERTIES, "PropertiesChanged", SERVER_PATH,
                                              SERVER, G_DBUS_SIGNAL_FLAGS_NONE, on_changes, self, NULL);
    return self;
}

void
ib_notifier_free (IbNotifier *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_bus_unwatch_name (self->watch);
    g_dbus_connection_signal_unsubscribe (self->session, self->signals);
    g_dbus_connection_signal_unsubscribe (self->session, self->changes);
    g_clear_handle_id (&self->soon, g_source_remove);
    g_hash_table_unref (self->accounts);
    g_object_unref (self->cancellable);
    g_object_unref (self->session);
    g_free (self->token);
    g_free (self);
}

/* Its bubbles go; one that is on its way to the server stays until the user closes it. */
static void
withdraw (Account *account)
{
    g_autoptr (GArray) ids = ib_notice_plan_open (account->plan);
    for (guint i = 0; i < ids->len; i++)
        close_bubble (account->notifier, g_array_index (ids, guint32, i));
    if (account->incident_id != 0)
        close_bubble (account->notifier, account->incident_id);
}

void
ib_notifier_set_config (IbNotifier *self, const IbConfig *config)
{
    GHashTableIter iter;
    gpointer value;
    self->notify = config->notify;
    self->is_labelled = config->accounts->len > 1;
    g_hash_table_iter_init (&iter, self->accounts);
    while (g_hash_table_iter_next (&iter, NULL, &value)) {
        Account *account = value;
        if (ib_config_account (config, account->name) == NULL) {
            withdraw (account);
            g_hash_table_iter_remove (&iter);
            continue;
        }
        ib_notice_plan_set_labelled (account->plan, self->is_labelled);
        if (self->notify == IB_NOTIFY_NONE)
            ib_notice_plan_drop (account->plan);
    }
}

void
ib_notifier_delivered (IbNotifier *self, const IbStory *story)
{
    if (!ib_notice_is_wanted (story, self->notify))
        return;
    ib_notice_plan_add (account_of (self, story->account)->plan, story);
    look_soon (self);
}

void
ib_notifier_attention (IbNotifier *self, const char *account, const char *code, const char *words)
{
    Account *concerned = account_of (self, account);
    concerned->incident = ib_incident_note (concerned->incident, code, words, ib_alarm_now ());
    look_soon (self);
}

void
ib_notifier_resolved (IbNotifier *self, const char *account)
{
    Account *concerned = g_hash_table_lookup (self->accounts, account);
    if (concerned == NULL)
        return;
    g_clear_pointer (&concerned->incident, ib_incident_free);
    if (concerned->incident_id != 0)
        close_bubble (self, concerned->incident_id);
    concerned->incident_id = 0;
}

void
ib_notifier_alert (IbNotifier *self, const char *account, const char *words)
{
    g_queue_push_tail (&account_of (self, account)->alerts, g_strdup (words));
    look_soon (self);
}

void
ib_notifier_set_locked (IbNotifier *self, bool is_locked)
{
    bool was_held = is_held (self);
    self->is_locked = is_locked;
    if (was_held && !is_held (self))
        sum_up (self);
}
