/* bus-acts.c - Learn, MarkJunk, MarkGood, MarkRead and Undo */
#include "bus-acts.h"
#include "bus-callers.h"
#include "bus-errors.h"
#include "bus-message.h"
#include "service-acts.h"

#include <glib/gi18n-lib.h>

/* What one call may ask for. */
#define MOST_MESSAGES 1000
/* So many calls wait for their end: of one caller, and of all. */
#define MOST_OF_ONE 16
#define MOST_AT_ONCE 64

struct _IbBusActs {
    IbDbusManager *manager;
    IbService *service;
    IbBusCallers *callers;
};

/* A call that is not answered yet. It lives on without IbBusActs, which may be freed before. */
typedef struct {
    GDBusMethodInvocation *invocation;
    IbBusCallers *callers;
} Call;

/* NULL: it was refused. */
static Call *
call_new (IbBusActs *self, GDBusMethodInvocation *invocation)
{
    if (!ib_bus_callers_take (self->callers, g_dbus_method_invocation_get_sender (invocation))) {
        (void) ib_bus_refuse (invocation, IB_BUS_FAILED, "%s", _ ("Too much is asked at once: try again"));
        return NULL;
    }
    Call *call = g_new (Call, 1);
    *call = (Call){ invocation, ib_bus_callers_ref (self->callers) };
    return call;
}

/* Returns: its invocation, to be answered. */
static GDBusMethodInvocation *
call_end (Call *call)
{
    GDBusMethodInvocation *invocation = call->invocation;
    ib_bus_callers_give_back (call->callers, g_dbus_method_invocation_get_sender (invocation));
    ib_bus_callers_unref (call->callers);
    g_free (call);
    return invocation;
}

static void
on_acted (guint done, GPtrArray *refused, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = call_end (user_data);
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

/* NULL: it was refused. */
static Call *
call_about (IbBusActs *self, const char *const *messages, GDBusMethodInvocation *invocation)
{
    return are_messages (messages, invocation) ? call_new (self, invocation) : NULL;
}

static gboolean
on_learn (IbDbusManager *manager, GDBusMethodInvocation *invocation, gboolean is_spam,
          const char *const *messages, gpointer user_data)
{
    IbBusActs *self = user_data;
    Call *call = call_about (self, messages, invocation);
    if (call != NULL)
        ib_service_acts_learn (self->service, is_spam, messages, on_acted, call);
    return TRUE;
}

static gboolean
on_mark_junk (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBusActs *self = user_data;
    Call *call = call_about (self, messages, invocation);
    if (call != NULL)
        ib_service_acts_mark_junk (self->service, messages, on_acted, call);
    return TRUE;
}

static gboolean
on_mark_good (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBusActs *self = user_data;
    Call *call = call_about (self, messages, invocation);
    if (call != NULL)
        ib_service_acts_mark_good (self->service, messages, on_acted, call);
    return TRUE;
}

static gboolean
on_mark_read (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *const *messages,
              gpointer user_data)
{
    IbBusActs *self = user_data;
    Call *call = call_about (self, messages, invocation);
    if (call != NULL)
        ib_service_acts_mark_read (self->service, messages, on_acted, call);
    return TRUE;
}

static void
on_undone (GPtrArray *undone, const GError *error, gpointer user_data)
{
    GDBusMethodInvocation *invocation = call_end (user_data);
    GVariantBuilder list;
    if (error != NULL) {
        (void) ib_bus_refuse_error (invocation, error);
        return;
    }
    g_variant_builder_init (&list, G_VARIANT_TYPE ("a(sssay)"));
    for (guint i = 0; i < undone->len; i++) {
        const IbActUndone *one = undone->pdata[i];
        g_variant_builder_add (&list, "(sss^ay)", one->id, one->account != NULL ? one->account : "",
                               ib_undone_name (one->result), one->path != NULL ? one->path : "");
    }
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a(sssay))", &list));
}

static gboolean
on_undo (IbDbusManager *manager, GDBusMethodInvocation *invocation, const char *id, gint64 from_time,
         gpointer user_data)
{
    IbBusActs *self = user_data;
    if ((*id != '\0' && (!ib_bus_message_is_id (id) || from_time != 0)) || from_time < 0)
        return ib_bus_refuse (invocation, IB_BUS_INVALID, "%s",
                              _ ("Either an id, or the first six or more of its digits, or a time"));
    Call *call = call_new (self, invocation);
    if (call != NULL)
        ib_service_acts_undo (self->service, *id != '\0' ? id : NULL, from_time, on_undone, call);
    return TRUE;
}

IbBusActs *
ib_bus_acts_new (IbDbusManager *manager, IbService *service)
{
    const struct {
        const char *signal;
        GCallback callback;
    } handlers[] = {
        { "handle-learn", G_CALLBACK (on_learn) },         { "handle-mark-good", G_CALLBACK (on_mark_good) },
        { "handle-mark-junk", G_CALLBACK (on_mark_junk) }, { "handle-mark-read", G_CALLBACK (on_mark_read) },
        { "handle-undo", G_CALLBACK (on_undo) },
    };
    IbBusActs *self = g_new (IbBusActs, 1);
    *self = (IbBusActs){ g_object_ref (manager), service, ib_bus_callers_new (MOST_OF_ONE, MOST_AT_ONCE) };
    for (gsize i = 0; i < G_N_ELEMENTS (handlers); i++)
        g_signal_connect (manager, handlers[i].signal, handlers[i].callback, self);
    return self;
}

void
ib_bus_acts_free (IbBusActs *self)
{
    if (self == NULL)
        return;
    g_signal_handlers_disconnect_by_data (self->manager, self);
    g_object_unref (self->manager);
    ib_bus_callers_unref (self->callers);
    g_free (self);
}
