/* notice-server.c - the desktop's notification server (org.freedesktop.Notifications), whichever it is */
#include "notice-server.h"

#include <string.h>

#define SERVER "org.freedesktop.Notifications"
#define SERVER_PATH "/org/freedesktop/Notifications"
#define PROPERTIES "org.freedesktop.DBus.Properties"
/* As the installed .desktop file is called: under this name desktops keep the user's choices. */
#define DESKTOP_ENTRY "io.github.inbasket.Inbasket"
#define CALL_TIMEOUT_MS (10 * 1000)
/* A server that could not be started is not tried again with each message. */
#define RETRY_US (60 * G_USEC_PER_SEC)

typedef enum { SERVER_UNASKED, SERVER_ASKED, SERVER_ABSENT, SERVER_KNOWN } ServerState;

struct _IbNoticeServer {
    GDBusConnection *session;
    const IbNoticeServerEvents *events;
    gpointer user_data;
    GCancellable *cancellable;
    guint watch, signals, changes;
    ServerState state;
    bool has_owner;
    bool is_stale; /* the one that was asked has left */
    bool shows_body, shows_markup, offers_actions, is_inhibited;
    bool has_complained;
    gint64 absent_since; /* monotonic */
    /* Comes before the click that it is for. */
    guint32 token_id;
    char *token;
};

static bool
was_cancelled (const GError *error)
{
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* --- bubbles ---------------------------------------------------------------------------------------------------- */

static GVariant *
hints_of (const IbNotice *notice)
{
    GVariantBuilder hints;
    g_variant_builder_init (&hints, G_VARIANT_TYPE ("a{sv}"));
    g_variant_builder_add (&hints, "{sv}", "urgency", g_variant_new_byte ((guchar) notice->urgency));
    g_variant_builder_add (&hints, "{sv}", "category", g_variant_new_string (notice->category));
    g_variant_builder_add (&hints, "{sv}", "desktop-entry", g_variant_new_string (DESKTOP_ENTRY));
    return g_variant_builder_end (&hints);
}

/* Markup is in the body alone, and only of servers that say so. */
static char *
body_for (const IbNoticeServer *self, const char *text)
{
    if (!self->shows_body)
        return g_strdup ("");
    return self->shows_markup ? g_markup_escape_text (text, -1) : g_strdup (text);
}

/* A server that shows titles only is given all in one line. */
static char *
title_for (const IbNoticeServer *self, const char *title, const char *text)
{
    gsize line = strcspn (text, "\n");
    return self->shows_body ? g_strdup (title) : g_strdup_printf ("%s: %.*s", title, (int) line, text);
}

/* Who wants to know that a bubble is shown. */
typedef struct {
    IbNoticeShown shown;
    gpointer user_data;
} Asker;

static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree Asker *asker = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    guint32 id = 0;
    if (was_cancelled (error))
        return;
    if (reply != NULL)
        g_variant_get (reply, "(u)", &id);
    else
        g_message ("a notification was not shown: %s", error->message);
    if (asker->shown != NULL)
        asker->shown (id, asker->user_data);
}

void
ib_notice_server_show (IbNoticeServer *self, const IbNotice *notice, GCancellable *cancellable,
                       IbNoticeShown shown, gpointer user_data)
{
    static const char *const none[] = { NULL };
    g_autofree char *title = title_for (self, notice->title, notice->text);
    g_autofree char *body = body_for (self, notice->text);
    Asker *asker = g_new (Asker, 1);
    *asker = (Asker){ shown, user_data };
    g_dbus_connection_call (
        self->session, SERVER, SERVER_PATH, SERVER, "Notify",
        g_variant_new ("(susss^as@a{sv}i)", "Inbasket", notice->replaces, notice->icon, title, body,
                       self->offers_actions ? notice->actions : none, hints_of (notice), -1),
        G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, cancellable, on_shown, asker);
}

/* No answer matters. */
void
ib_notice_server_close (IbNoticeServer *self, guint32 id)
{
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, SERVER, "CloseNotification",
                            g_variant_new ("(u)", id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS,
                            NULL, NULL, NULL);
}

/* --- which one it is, and what it can do ------------------------------------------------------------------------- */

/* Once until there was one again: a machine without a desktop has none. */
static void
note_absent (IbNoticeServer *self, const GError *error)
{
    self->state = SERVER_ABSENT;
    self->absent_since = g_get_monotonic_time ();
    if (!self->has_complained)
        g_message ("no notifications: %s", error->message);
    self->has_complained = true;
}

static bool
read_inhibited (GVariant *value)
{
    return g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) && g_variant_get_boolean (value);
}

/* Do Not Disturb, as Plasma says it; others keep what comes to themselves then, or have no such thing. */
static void
on_inhibited (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (was_cancelled (error))
        return;
    IbNoticeServer *self = user_data;
    self->is_inhibited = false;
    if (reply != NULL) {
        g_autoptr (GVariant) value = NULL;
        g_variant_get (reply, "(v)", &value);
        self->is_inhibited = read_inhibited (value);
    }
    self->state = self->is_stale ? SERVER_UNASKED : SERVER_KNOWN;
    self->has_complained = false;
    self->events->ready (self->user_data);
}

/* After one that could not be spoken to. */
static void
meet_another (IbNoticeServer *self)
{
    self->state = SERVER_UNASKED;
    self->events->released (self->user_data);
}

static void
on_capabilities (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (was_cancelled (error))
        return;
    IbNoticeServer *self = user_data;
    if (reply == NULL) {
        bool has_another = self->is_stale && self->has_owner;
        note_absent (self, error);
        if (has_another)
            meet_another (self);
        return;
    }
    g_autofree const char **capabilities = NULL;
    g_variant_get (reply, "(^a&s)", &capabilities);
    self->shows_body = g_strv_contains (capabilities, "body");
    self->shows_markup = g_strv_contains (capabilities, "body-markup");
    self->offers_actions = g_strv_contains (capabilities, "actions");
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, PROPERTIES, "Get",
                            g_variant_new ("(ss)", SERVER, "Inhibited"), G_VARIANT_TYPE ("(v)"),
                            G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, self->cancellable, on_inhibited,
                            self);
}

/* Starts one where that can be done. */
static void
ask_for_capabilities (IbNoticeServer *self)
{
    self->state = SERVER_ASKED;
    self->is_stale = false;
    g_dbus_connection_call (self->session, SERVER, SERVER_PATH, SERVER, "GetCapabilities", NULL,
                            G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS,
                            self->cancellable, on_capabilities, self);
}

bool
ib_notice_server_is_ready (IbNoticeServer *self)
{
    bool may_retry = self->state == SERVER_ABSENT && g_get_monotonic_time () >= self->absent_since + RETRY_US;
    if (self->state == SERVER_UNASKED || may_retry)
        ask_for_capabilities (self);
    return self->state == SERVER_KNOWN;
}

static void
on_server_came (GDBusConnection *session, const char *name, const char *owner, gpointer user_data)
{
    IbNoticeServer *self = user_data;
    self->has_owner = true;
    if (self->state == SERVER_ABSENT)
        meet_another (self);
    else
        self->events->ready (self->user_data); /* what stood on the one before */
}

static void
on_server_left (GDBusConnection *session, const char *name, gpointer user_data)
{
    IbNoticeServer *self = user_data;
    if (!self->has_owner)
        return; /* there was none to begin with */
    self->has_owner = self->is_inhibited = false;
    self->is_stale = true;
    if (self->state == SERVER_KNOWN)
        self->state = SERVER_UNASKED;
    self->events->left (self->user_data);
}

/* --- what it says ------------------------------------------------------------------------------------------------ */

static void
on_signal (GDBusConnection *session, const char *sender, const char *path, const char *interface,
           const char *signal, GVariant *parameters, gpointer user_data)
{
    IbNoticeServer *self = user_data;
    guint32 id = 0;
    const char *text = NULL;
    if (strcmp (signal, "NotificationClosed") == 0
        && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(uu)"))) {
        g_variant_get (parameters, "(uu)", &id, NULL);
        self->events->closed (id, self->user_data);
    } else if (g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(us)"))) {
        g_variant_get (parameters, "(u&s)", &id, &text);
        if (strcmp (signal, "ActionInvoked") == 0) {
            g_autofree char *token = self->token_id == id ? g_steal_pointer (&self->token) : NULL;
            self->events->clicked (id, text, token, self->user_data);
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
    IbNoticeServer *self = user_data;
    if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sa{sv}as)")))
        return;
    g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
    g_autoptr (GVariant) value = g_variant_lookup_value (changed, "Inhibited", NULL);
    if (value == NULL)
        return;
    bool was_inhibited = self->is_inhibited;
    self->is_inhibited = read_inhibited (value);
    if (was_inhibited && !self->is_inhibited)
        self->events->released (self->user_data);
}

bool
ib_notice_server_is_inhibited (const IbNoticeServer *self)
{
    return self->is_inhibited;
}

/* --- beginning and end ------------------------------------------------------------------------------------------- */

IbNoticeServer *
ib_notice_server_new (GDBusConnection *session, const IbNoticeServerEvents *events, gpointer user_data)
{
    IbNoticeServer *self = g_new0 (IbNoticeServer, 1);
    self->session = g_object_ref (session);
    self->events = events;
    self->user_data = user_data;
    self->cancellable = g_cancellable_new ();
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
ib_notice_server_free (IbNoticeServer *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_bus_unwatch_name (self->watch);
    g_dbus_connection_signal_unsubscribe (self->session, self->signals);
    g_dbus_connection_signal_unsubscribe (self->session, self->changes);
    g_object_unref (self->cancellable);
    g_object_unref (self->session);
    g_free (self->token);
    g_free (self);
}
