/* link.c - the service of this home, as it comes and goes */
#include "link.h"
#include "bus-code.h"
#include "bus-names.h"
#include "same-folder.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Longer than the service has with what it asks others for: so it is the one to say that it took too long. */
#define PATIENCE_MS 70000

/* All mail that is here may be looked at: the service sees to it that it comes to an end. */
static int
patience_for (const char *method)
{
    return strcmp (method, "ReplayFilter") == 0 ? G_MAXINT : PATIENCE_MS;
}

struct _IbLink {
    GObject parent;

    const IbPaths *paths;
    IbLinkState state;
    GDBusConnection *connection; /* NULL: none (yet) */
    guint watch;
    guint telling;     /* `changed` will be emitted */
    GCancellable *end; /* of what is asked of the present service on the way to HERE */
    IbDbusManager *manager;
    GDBusObjectManager *objects;
};

enum { CHANGED, PROGRESS, DELIVERED, NOTICE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IbLink, ib_link, G_TYPE_OBJECT)

/* --- news --------------------------------------------------------------------------------------------------- */

static gboolean
tell_changed (gpointer user_data)
{
    IbLink *self = user_data;
    self->telling = 0;
    g_signal_emit (self, signals[CHANGED], 0);
    return G_SOURCE_REMOVE;
}

/* Many things change at once: it is told of once. */
static void
change (IbLink *self)
{
    if (self->telling == 0)
        self->telling = g_idle_add (tell_changed, self);
}

static void
set_state (IbLink *self, IbLinkState state)
{
    self->state = state;
    change (self);
}

static void
on_progress (IbDbusManager *manager, const char *account, guint64 messages, guint64 bytes, guint64 fetched,
             guint64 fetched_bytes, gpointer user_data)
{
    g_signal_emit (user_data, signals[PROGRESS], 0, account, fetched, messages);
}

static void
on_delivered (IbDbusManager *manager, GVariant *said, gpointer user_data)
{
    g_autoptr (IbHeardMessage) message = ib_heard_message_read (said);
    g_signal_emit (user_data, signals[DELIVERED], 0, message);
}

static void
on_notice (IbDbusManager *manager, const char *account, const char *words, gpointer user_data)
{
    g_signal_emit (user_data, signals[NOTICE], 0, words);
}

/* --- a service appears, and leaves ---------------------------------------------------------------------------- */

static void
on_objects (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;
    GDBusObjectManager *objects = ib_dbus_object_manager_client_new_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbLink *self = user_data;
    if (objects == NULL) {
        set_state (self, IB_LINK_ABSENT);
        return;
    }
    self->objects = objects;
    g_signal_connect_swapped (objects, "object-added", G_CALLBACK (change), self);
    g_signal_connect_swapped (objects, "object-removed", G_CALLBACK (change), self);
    g_signal_connect_swapped (objects, "interface-proxy-properties-changed", G_CALLBACK (change), self);
    set_state (self, IB_LINK_HERE);
}

/* One home is one configuration and one journal: whoever shares only one of them with us does not do our work. */
static bool
is_of_home (IbLink *self)
{
    const char *config = ib_dbus_manager_get_config_folder (self->manager);
    const char *state = ib_dbus_manager_get_state_folder (self->manager);
    return config != NULL && state != NULL && ib_same_folder (config, self->paths->config)
           && ib_same_folder (state, self->paths->state);
}

static void
on_manager (GObject *source, GAsyncResult *result, gpointer user_data)
{
    const struct {
        const char *signal;
        GCallback callback;
    } news[] = {
        { "progress", G_CALLBACK (on_progress) },
        { "delivered", G_CALLBACK (on_delivered) },
        { "notice", G_CALLBACK (on_notice) },
    };
    g_autoptr (GError) error = NULL;
    IbDbusManager *manager = ib_dbus_manager_proxy_new_finish (result, &error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    IbLink *self = user_data;
    if (manager == NULL) {
        set_state (self, IB_LINK_ABSENT);
        return;
    }
    self->manager = manager;
    if (!is_of_home (self)) {
        set_state (self, IB_LINK_ELSEWHERE);
        return;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (news); i++)
        g_signal_connect (manager, news[i].signal, news[i].callback, self);
    g_signal_connect_swapped (manager, "g-properties-changed", G_CALLBACK (change), self);
    g_signal_connect_swapped (manager, "reloaded", G_CALLBACK (change), self);
    ib_dbus_object_manager_client_new (self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                       g_dbus_proxy_get_name (G_DBUS_PROXY (manager)), IB_BUS_PATH, self->end,
                                       on_objects, self);
}

static void
forget_service (IbLink *self)
{
    g_cancellable_cancel (self->end);
    g_clear_object (&self->end);
    if (self->manager != NULL)
        g_signal_handlers_disconnect_by_data (self->manager, self);
    if (self->objects != NULL)
        g_signal_handlers_disconnect_by_data (self->objects, self);
    g_clear_object (&self->manager);
    g_clear_object (&self->objects);
}

static void
on_appeared (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
    IbLink *self = user_data;
    forget_service (self);
    self->end = g_cancellable_new ();
    ib_dbus_manager_proxy_new (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, owner, IB_BUS_PATH,
                               self->end, on_manager, self);
}

static void
on_vanished (GDBusConnection *connection, const char *name, gpointer user_data)
{
    IbLink *self = user_data;
    forget_service (self);
    set_state (self, IB_LINK_ABSENT);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (IbLink) self = user_data;
    self->connection = g_bus_get_finish (result, NULL);
    if (self->connection == NULL) {
        set_state (self, IB_LINK_ABSENT);
        return;
    }
    self->watch = g_bus_watch_name_on_connection (
        self->connection, IB_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared, on_vanished, self, NULL);
}

/* --- how things stand ----------------------------------------------------------------------------------------- */

IbLinkState
ib_link_state (IbLink *self)
{
    return self->state;
}

char *
ib_link_trouble (IbLink *self)
{
    char *trouble
        = self->state == IB_LINK_HERE ? g_strdup (ib_dbus_manager_get_trouble (self->manager)) : NULL;
    return trouble != NULL ? trouble : g_strdup ("");
}

/* What is known of it, as the bus would say it. Returns: (transfer full) */
static GVariant *
properties_of (GDBusProxy *proxy)
{
    g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (proxy);
    GVariantDict properties;
    g_variant_dict_init (&properties, NULL);
    for (char **name = names; name != NULL && *name != NULL; name++) {
        g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, *name);
        g_variant_dict_insert_value (&properties, *name, value);
    }
    return g_variant_ref_sink (g_variant_dict_end (&properties));
}

static int
by_name (gconstpointer one, gconstpointer other)
{
    return strcmp ((*(IbHeardAccount *const *) one)->name, (*(IbHeardAccount *const *) other)->name);
}

GPtrArray *
ib_link_accounts (IbLink *self)
{
    GPtrArray *accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_heard_account_free);
    GList *objects = self->state == IB_LINK_HERE ? g_dbus_object_manager_get_objects (self->objects) : NULL;
    for (GList *each = objects; each != NULL; each = each->next) {
        g_autoptr (GDBusInterface) account
            = g_dbus_object_get_interface (each->data, IB_BUS_ACCOUNT_INTERFACE);
        if (account == NULL)
            continue;
        g_autoptr (GVariant) properties = properties_of (G_DBUS_PROXY (account));
        g_ptr_array_add (accounts, ib_heard_account_read (properties));
    }
    g_list_free_full (objects, g_object_unref);
    g_ptr_array_sort (accounts, by_name);
    return accounts;
}

bool
ib_link_can_start (IbLink *self)
{
    return self->connection != NULL && self->paths->home == NULL;
}

/* --- questions ------------------------------------------------------------------------------------------------- */

/* Of its kind only so much is kept as whoever asks can act upon. */
static void
take_kind (GError *error)
{
    g_autofree char *kind = g_dbus_error_get_remote_error (error);
    (void) g_dbus_error_strip_remote_error (error);
    if (g_strcmp0 (kind, IB_BUS_ERROR ("Changed")) != 0)
        return;
    error->domain = G_IO_ERROR;
    error->code = G_IO_ERROR_WRONG_ETAG;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    GVariant *reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (reply != NULL) {
        g_task_return_pointer (task, reply, (GDestroyNotify) g_variant_unref);
        return;
    }
    take_kind (error);
    g_task_return_error (task, error);
}

typedef struct {
    const char *path, *interface, *method;
    GVariant *arguments; /* floating; NULL: none */
    const char *reply;
} Question;

static void
ask (IbLink *self, const Question *question, GAsyncReadyCallback done, gpointer user_data)
{
    GTask *task = g_task_new (self, NULL, done, user_data);
    g_task_set_source_tag (task, ask);
    if (self->state != IB_LINK_HERE) {
        if (question->arguments != NULL)
            g_variant_unref (g_variant_ref_sink (question->arguments));
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "%s",
                                 _ ("The Inbasket service does not run"));
        g_object_unref (task);
        return;
    }
    g_dbus_connection_call (self->connection, g_dbus_proxy_get_name (G_DBUS_PROXY (self->manager)),
                            question->path, question->interface, question->method, question->arguments,
                            G_VARIANT_TYPE (question->reply), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                            patience_for (question->method), NULL, on_answer, task);
}

void
ib_link_ask (IbLink *self, const char *method, GVariant *arguments, const char *reply,
             GAsyncReadyCallback done, gpointer user_data)
{
    const Question question = { IB_BUS_PATH, IB_BUS_NAME, method, arguments, reply };
    ask (self, &question, done, user_data);
}

void
ib_link_ask_account (IbLink *self, const char *account, const char *method, GVariant *arguments,
                     const char *reply, GAsyncReadyCallback done, gpointer user_data)
{
    g_autofree char *path = ib_bus_names_account_path (account);
    const Question question = { path, IB_BUS_ACCOUNT_INTERFACE, method, arguments, reply };
    ask (self, &question, done, user_data);
}

GVariant *
ib_link_answer (IbLink *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (g_task_is_valid (result, self), NULL);
    return g_task_propagate_pointer (G_TASK (result), error);
}

void
ib_link_start (IbLink *self, GAsyncReadyCallback done, gpointer user_data)
{
    GTask *task = g_task_new (self, NULL, done, user_data);
    if (!ib_link_can_start (self)) {
        g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "%s",
                                 _ ("The session's bus cannot start a service for this folder"));
        g_object_unref (task);
        return;
    }
    g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                            "org.freedesktop.DBus", "StartServiceByName",
                            g_variant_new ("(su)", IB_BUS_NAME, 0), G_VARIANT_TYPE ("(u)"),
                            G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, NULL, on_answer, task);
}

void
ib_link_check (IbLink *self, const char *account, GAsyncReadyCallback done, gpointer user_data)
{
    const char *const accounts[] = { account, NULL };
    ib_link_ask (self, "Check", g_variant_new ("(^as)", accounts), "(uas)", done, user_data);
}

void
ib_link_pause (IbLink *self, const char *account, guint seconds, GAsyncReadyCallback done, gpointer user_data)
{
    ib_link_ask_account (self, account, "Pause", g_variant_new ("(u)", seconds), "()", done, user_data);
}

void
ib_link_resume (IbLink *self, const char *account, GAsyncReadyCallback done, gpointer user_data)
{
    ib_link_ask_account (self, account, "Resume", NULL, "()", done, user_data);
}

static void
mark (IbLink *self, const char *method, const char *message, GAsyncReadyCallback done, gpointer user_data)
{
    const char *const messages[] = { message, NULL };
    ib_link_ask (self, method, g_variant_new ("(^as)", messages), "(ua(ss))", done, user_data);
}

void
ib_link_mark_junk (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data)
{
    mark (self, "MarkJunk", message, done, user_data);
}

void
ib_link_mark_good (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data)
{
    mark (self, "MarkGood", message, done, user_data);
}

bool
ib_link_finish (IbLink *self, GAsyncResult *result, GError **error)
{
    g_autoptr (GVariant) reply = ib_link_answer (self, result, error);
    if (reply == NULL || !g_variant_is_of_type (reply, G_VARIANT_TYPE ("(ua(ss))")))
        return reply != NULL;
    g_autoptr (GVariant) refused = g_variant_get_child_value (reply, 1);
    if (g_variant_n_children (refused) == 0)
        return true;
    const char *message, *why;
    g_variant_get_child (refused, 0, "(&s&s)", &message, &why);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, why);
    return false;
}

void
ib_link_history (IbLink *self, const char *before, guint limit, GAsyncReadyCallback done, gpointer user_data)
{
    GVariantBuilder query;
    g_variant_builder_init (&query, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add (&query, "{sv}", "limit", g_variant_new_uint32 (limit));
    if (before != NULL)
        g_variant_builder_add (&query, "{sv}", "before", g_variant_new_string (before));
    ib_link_ask (self, "History", g_variant_new ("(a{sv})", &query), "(aa{sv})", done, user_data);
}

GPtrArray *
ib_link_history_finish (IbLink *self, GAsyncResult *result, GError **error)
{
    g_autoptr (GVariant) reply = ib_link_answer (self, result, error);
    if (reply == NULL)
        return NULL;
    GPtrArray *messages = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_heard_message_free);
    g_autoptr (GVariant) rows = g_variant_get_child_value (reply, 0);
    for (gsize i = 0; i < g_variant_n_children (rows); i++) {
        g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);
        g_ptr_array_add (messages, ib_heard_message_read (row));
    }
    return messages;
}

void
ib_link_why (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data)
{
    ib_link_ask (self, "Why", g_variant_new ("(s)", message), "(s)", done, user_data);
}

char *
ib_link_why_finish (IbLink *self, GAsyncResult *result, GError **error)
{
    char *document = NULL;
    g_autoptr (GVariant) reply = ib_link_answer (self, result, error);
    if (reply != NULL)
        g_variant_get (reply, "(s)", &document);
    return document;
}

void
ib_link_undo (IbLink *self, const char *id, GAsyncReadyCallback done, gpointer user_data)
{
    ib_link_ask (self, "Undo", g_variant_new ("(sx)", id, (gint64) 0), "(a(sssay))", done, user_data);
}

char *
ib_link_undo_finish (IbLink *self, GAsyncResult *result, GError **error)
{
    g_autoptr (GVariant) reply = ib_link_answer (self, result, error);
    if (reply == NULL)
        return NULL;
    g_autoptr (GVariant) undone = g_variant_get_child_value (reply, 0);
    char *became = NULL;
    if (g_variant_n_children (undone) > 0)
        g_variant_get_child (undone, 0, "(sss@ay)", NULL, NULL, &became, NULL);
    return became != NULL ? became : g_strdup ("nothing");
}

/* --- the object ------------------------------------------------------------------------------------------------- */

static void
ib_link_dispose (GObject *object)
{
    IbLink *self = IB_LINK (object);
    if (self->watch != 0)
        g_bus_unwatch_name (self->watch);
    self->watch = 0;
    g_clear_handle_id (&self->telling, g_source_remove);
    forget_service (self);
    g_clear_object (&self->connection);
    G_OBJECT_CLASS (ib_link_parent_class)->dispose (object);
}

static void
ib_link_class_init (IbLinkClass *class)
{
    GType type = G_TYPE_FROM_CLASS (class);
    G_OBJECT_CLASS (class)->dispose = ib_link_dispose;
    signals[CHANGED] = g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    signals[PROGRESS] = g_signal_new ("progress", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                      3, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);
    signals[DELIVERED] = g_signal_new ("delivered", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                       1, G_TYPE_POINTER);
    signals[NOTICE] = g_signal_new ("notice", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                    G_TYPE_STRING);
}

static void
ib_link_init (IbLink *self)
{
}

IbLink *
ib_link_new (const IbPaths *paths)
{
    IbLink *self = g_object_new (IB_TYPE_LINK, NULL);
    self->paths = paths;
    g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, g_object_ref (self));
    return self;
}
