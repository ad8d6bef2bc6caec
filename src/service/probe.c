/* probe.c - a session that only looks */
#include "probe.h"
#include "session.h"

struct _IbProbe {
    IbProbeKind kind;
    const IbProbeEvents *events;
    gpointer user_data;
    IbSession *session;
    guint ending; /* the source that ends it, once the oldest message came */
};

static void
on_step (const char *step, const char *text, gpointer data)
{
    const IbProbe *self = data;
    if (self->events->step != NULL)
        self->events->step (step, text, self->user_data);
}

/* A cursor that knows nothing has all counted; without one, the mailbox is left alone. */
static void
on_enter (const IbMailboxState *state, gpointer data)
{
    const IbProbe *self = data;
    g_autoptr (IbCursor) cursor = self->kind == IB_PROBE_WEIGH ? ib_cursor_new () : NULL;
    ib_session_answer_cursor (self->session, cursor);
}

static void
on_mailbox_failed (const char *display_name, const char *server_text, gpointer data)
{
    const IbProbe *self = data;
    if (self->events->mailbox_failed != NULL)
        self->events->mailbox_failed (display_name, server_text, self->user_data);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    const IbProbe *self = data;
    if (self->events->found != NULL)
        self->events->found (messages, bytes, self->user_data);
}

static gboolean
on_enough (gpointer data)
{
    IbProbe *self = data;
    self->ending = 0;
    g_clear_pointer (&self->session, ib_session_free);
    self->events->ended (NULL, self->user_data);
    return G_SOURCE_REMOVE;
}

/* The first is the oldest, and no other is wanted. A session cannot be ended from within its own message. What a worker
 * sends to SIGN_IN all the same is turned away. */
static void
on_message (const IbRemoteMessage *message, IbBag *bag, guint64 offset, gpointer data)
{
    IbProbe *self = data;
    if (self->kind != IB_PROBE_WEIGH || self->ending != 0)
        return;
    if (self->events->oldest != NULL)
        self->events->oldest (message->internal_date_s, self->user_data);
    self->ending = g_idle_add (on_enough, self);
}

static void
on_taken (guint32 highest_uid, const char *listing, gpointer data)
{
    g_autoptr (GPtrArray) nothing = g_ptr_array_new ();
    ib_session_answer_orders (((IbProbe *) data)->session, nothing);
}

static void
on_store_failed (const GError *error, gpointer data)
{
}

static void
on_ended (const GError *error, const IbRemoteMessage *attempted, gpointer data)
{
    IbProbe *self = data;
    g_clear_handle_id (&self->ending, g_source_remove);
    self->events->ended (error, self->user_data);
}

IbProbe *
ib_probe_start (const IbAccount *account, IbProbeKind kind, IbTokens *tokens, const IbProbeEvents *events,
                gpointer user_data)
{
    static const IbSessionEvents session_events = {
        .step = on_step,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .found = on_found,
        .message = on_message,
        .taken = on_taken,
        .store_failed = on_store_failed,
        .ended = on_ended,
    };
    const IbFetchRequest request = {
        .account = account,
        .is_probe = kind == IB_PROBE_SIGN_IN,
        .is_dry = kind == IB_PROBE_WEIGH,
    };
    IbProbe *self = g_new0 (IbProbe, 1);
    self->kind = kind;
    self->events = events;
    self->user_data = user_data;
    self->session = ib_session_start (&request, tokens, g_get_tmp_dir (), &session_events, self);
    return self;
}

void
ib_probe_free (IbProbe *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id (&self->ending, g_source_remove);
    ib_session_free (self->session);
    g_free (self);
}
