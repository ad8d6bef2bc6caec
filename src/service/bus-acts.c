/* bus-acts.c - Learn, MarkJunk, MarkGood, MarkRead and Undo */
#include "bus-acts.h"
#include "bus-errors.h"
#include "bus-message.h"
#include "service-acts.h"

#include <glib/gi18n-lib.h>

/* What one call may ask for. */
#define MOST_MESSAGES 1000

static void
on_acted (guint done, GPtrArray *refused, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    GVariantBuilder list;
    if (error != NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ss)"));
    for (guint i = 0; i < refused->len; i++) {
        const IbActRefusal *refusal = refused->pdata[i];
        g_autofree char *words = ib_bus_words (refusal->words);
        g_variant_builder_add (&list, "(ss)", refusal->message, words);
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(ua(ss))", done, &list));
}

/* False: it was refused. */
static bool
are_messages (const char *const *messages, GDBusMethodInvocation *invocation)
{
    if (g_strv_length ((char **) messages) > MOST_MESSAGES)
        return !ib_bus_refuse (invocation, IB_BUS_INVALID, _ ("At most %d messages at once"), MOST_MESSAGES);
    for (; *messages != NULL; messages++)
        if (!ib_bus_message_is_one (*messages))
            return !ib_bus_refuse (invocation, IB_BUS_INVALID, "%s", _ ("That is no message"));
    return true;
}

static gboolean
on_learn (IbDbusManager *manager, GDBusMethodInvocation *invocation, gboolean is_spam,
          const char *const *messages, gpointer user_data)
{
    if (are_messages (messages, invocation))
        ib_service_acts_learn (user_data, is_spam, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_junk (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    if (are_messages (messages, invocation))
        ib_service_acts_mark_junk (user_data, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_good (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    if (are_messages (messages, invocation))
        ib_service_acts_mark_good (user_data, messages, on_acted, invocation);
    return TRUE;
}

static gboolean
on_mark_read (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    if (are_messages (messages, invocation))
        ib_service_acts_mark_read (user_data, messages, on_acted, invocation);
    return TRUE;
}

static const char *
result_name (IbUndone result)
{
    switch (result) {
    case IB_UNDONE_MOVED:
        return "moved";
    case IB_UNDONE_RESTORED:
        return "restored";
    case IB_UNDONE_LEFT:
        return "left";
    case IB_UNDONE_NOTHING:
        return "nothing";
    }
    g_assert_not_reached ();
}

static void
on_undone (GPtrArray *undone, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = user_data;
    GVariantBuilder list;
    if (error != NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sssay)"));
    for (guint i = 0; i < undone->len; i++) {
        const IbActUndone *one = undone->pdata[i];
        g_variant_builder_add (&list, "(sss^ay)", one->id, one->account != NULL ? one->account : "",
                               result_name (one->result), one->path != NULL ? one->path : "");
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(sssay))", &list));
}

static gboolean
on_undo (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *id, gint64 from_time,
         gpointer user_data)
{
    if ((*id != '\0' && (!ib_bus_message_is_id (id) || from_time != 0)) || from_time < 0)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s",
                              _ ("Either an id, or the first six or more of its digits, or a time"));
    ib_service_acts_undo (user_data, *id != '\0' ? id : NULL, from_time, on_undone, invocation);
    return TRUE;
}

void
ib_bus_acts_connect (IbDbusManager *manager, IbService *service)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-learn", G_CALLBACK (on_learn) },         { "handle-mark-good", G_CALLBACK (on_mark_good) },
        { "handle-mark-junk", G_CALLBACK (on_mark_junk) }, { "handle-mark-read", G_CALLBACK (on_mark_read) },
        { "handle-undo", G_CALLBACK (on_undo) },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (manager, handlers[i].signal, handlers[i].callback, service);
}

void
ib_bus_acts_disconnect (IbDbusManager *manager, IbService *service)
{
    g_signal_handlers_disconnect_by_data (manager, service);
}
