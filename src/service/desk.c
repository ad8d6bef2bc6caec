/* desk.c - between the service and the desktop */
#include "desk.h"
#include "face.h"
#include "notifier.h"
#include "service-acts.h"

#include <glib/gi18n-lib.h>

/* The window, which the bus starts if it is installed (org.freedesktop.Application). */
#define WINDOW_NAME "io.github.inbasket.Inbasket"
#define WINDOW_PATH "/io/github/inbasket/Inbasket"

struct _IbDesk {
    IbService *service;
    GDBusConnection *session;
    IbNotifier *notifier;
};

/* --- clicks ------------------------------------------------------------------------------------------------ */

/* @data: the service, which outlives the question as it would not outlive us. */
static void
on_acted (guint done, GPtrArray *refused, const GError *error, gpointer user_data)
{
    IbService *service = user_data;
    if (error != NULL)
        ib_service_say (service, error->message);
    for (guint i = 0; refused != NULL && i < refused->len; i++)
        ib_service_say (service, ((const IbActRefusal *) refused->pdata[i])->words);
}

static void
mark_junk (const char *account, const char *const *ids, gpointer user_data)
{
    IbDesk *self = user_data;
    ib_service_acts_mark_junk (self->service, ids, on_acted, self->service);
}

static void
mark_read (const char *account, const char *const *ids, gpointer user_data)
{
    IbDesk *self = user_data;
    ib_service_acts_mark_read (self->service, ids, on_acted, self->service);
}

static void
on_window (GObject *source, GAsyncResult *result, gpointer user_data)
{
    IbService *service = user_data;
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
    if (answer != NULL)
        return;
    g_dbus_error_strip_remote_error (error);
    g_autofree char *text = g_strdup_printf (
        _ ("Inbasket's window does not open (%s); “inbasket” in a terminal says the same"), error->message);
    ib_service_say (service, text);
}

/* @word: what the action takes; NULL: nothing. */
static void
ask_window (IbDesk *self, const char *action, const char *word, const char *token)
{
    GVariantBuilder platform;
    g_variant_builder_init (&platform, G_VARIANT_TYPE_VARDICT);
    if (token != NULL) {
        g_variant_builder_add (&platform, "{sv}", "desktop-startup-id", g_variant_new_string (token));
        g_variant_builder_add (&platform, "{sv}", "activation-token", g_variant_new_string (token));
    }
    GVariant *parameter = word != NULL ? g_variant_new_variant (g_variant_new_string (word)) : NULL;
    GVariant *parameters = g_variant_new_array (G_VARIANT_TYPE_VARIANT, &parameter, word != NULL ? 1 : 0);
    g_dbus_connection_call (self->session, WINDOW_NAME, WINDOW_PATH, "org.freedesktop.Application",
                            "ActivateAction", g_variant_new ("(s@ava{sv})", action, parameters, &platform),
                            NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_window, self->service);
}

static void
sign_in (const char *account, const char *token, gpointer user_data)
{
    ask_window (user_data, "sign-in", account, token);
}

static void
show_mail (const char *id, const char *token, gpointer user_data)
{
    ask_window (user_data, id != NULL ? "show-message" : "activity", id, token);
}

static void
show_account (const char *account, const char *token, gpointer user_data)
{
    ask_window (user_data, "accounts", NULL, token);
}

/* --- what the service says --------------------------------------------------------------------------------- */

static void
on_delivered (const IbStory *story, const char *folder, const char *const *paths, gpointer user_data)
{
    ib_notifier_delivered (((IbDesk *) user_data)->notifier, story);
}

static void
on_alert (const char *account, const char *text, gpointer user_data)
{
    ib_notifier_alert (((IbDesk *) user_data)->notifier, account, text);
}

/* A bubble is read by who has the window behind it. */
static void
tell_attention (IbDesk *self, const char *account, const char *code, const char *words)
{
    g_autofree char *for_window = ib_face_read (words, IB_FACE_WINDOW);
    ib_notifier_attention (self->notifier, account, code, for_window);
}

static void
on_attention (const char *account, const char *code, const char *words, const char *action,
              gpointer user_data)
{
    tell_attention (user_data, account, code, words);
}

static void
on_relieved (const char *account, gpointer user_data)
{
    ib_notifier_resolved (((IbDesk *) user_data)->notifier, account);
}

static void
on_reloaded (gpointer user_data)
{
    IbDesk *self = user_data;
    const IbConfig *config = ib_service_config (self->service);
    if (config != NULL)
        ib_notifier_set_config (self->notifier, config);
}

/* What was told before there was a desk to tell it on. */
static void
catch_up (IbDesk *self)
{
    const IbConfig *config = ib_service_config (self->service);
    for (guint i = 0; config != NULL && i < config->accounts->len; i++) {
        const char *name = ((const IbAccount *) config->accounts->pdata[i])->name;
        IbAccountNow now;
        if (!ib_service_describe (self->service, name, &now))
            continue;
        if (now.needs_user)
            tell_attention (self, name, now.state, now.error);
        if (now.alert != NULL)
            ib_notifier_alert (self->notifier, name, now.alert);
    }
}

IbDesk *
ib_desk_new (IbService *service, GDBusConnection *session)
{
    static const IbNotifierActions actions = { mark_junk, mark_read, sign_in, show_mail, show_account };
    static const IbServiceListener listener = {
        .delivered = on_delivered,
        .alert = on_alert,
        .attention = on_attention,
        .relieved = on_relieved,
        .reloaded = on_reloaded,
    };
    IbDesk *self = g_new0 (IbDesk, 1);
    self->service = service;
    self->session = g_object_ref (session);
    self->notifier = ib_notifier_new (session, &actions, self);
    on_reloaded (self);
    catch_up (self);
    ib_service_listen (service, &listener, self);
    return self;
}

void
ib_desk_set_locked (IbDesk *self, bool is_locked)
{
    ib_notifier_set_locked (self->notifier, is_locked);
}

void
ib_desk_free (IbDesk *self)
{
    if (self == NULL)
        return;
    ib_service_unlisten (self->service, self);
    ib_notifier_free (self->notifier);
    g_object_unref (self->session);
    g_free (self);
}
