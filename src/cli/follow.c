/* follow.c - waits until something may be other than it was */
#include "follow.h"

/* News come in flocks: what comes within it is shown together. */
#define FLOCK_MS 150
/* "2 min ago" grows old, too. */
#define LONGEST_WAIT_MS 60000
/* How often to look for a service where there is none. */
#define SEARCH_US (10 * G_USEC_PER_SEC)

struct _IbFollow {
    const IbPaths *paths;
    guint every_ms;
    IbClient *service; /* NULL: there is none */
    bool is_gone;      /* it has left; it is let go of when none of its callbacks runs */
    gint64 search_at;  /* monotonic */
    GMainLoop *loop;
    bool has_news;
    guint timer;
};

static gboolean
on_time (gpointer user_data)
{
    IbFollow *self = user_data;
    self->timer = 0;
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
}

static void
wake_in (IbFollow *self, guint after_ms)
{
    if (self->timer != 0)
        g_source_remove (self->timer);
    self->timer = g_timeout_add (after_ms, on_time, self);
}

static void
hear (IbFollow *self)
{
    if (!self->has_news && g_main_loop_is_running (self->loop))
        wake_in (self, FLOCK_MS);
    self->has_news = true;
}

static void
on_account_changed (const char *account, gpointer user_data)
{
    hear (user_data);
}

static void
on_delivered (const IbHeardMessage *message, gpointer user_data)
{
    hear (user_data);
}

static void
on_polled (const IbHeardResult *result, gpointer user_data)
{
    hear (user_data);
}

static void
on_gone (const GError *error, gpointer user_data)
{
    IbFollow *self = user_data;
    self->is_gone = true;
    hear (self);
}

static void
search (IbFollow *self)
{
    static const IbClientEvents events = {
        .account_changed = on_account_changed,
        .delivered = on_delivered,
        .polled = on_polled,
        .gone = on_gone,
    };
    gint64 now = g_get_monotonic_time ();
    if (self->is_gone)
        g_clear_pointer (&self->service, ib_client_free);
    self->is_gone = false;
    if (self->service != NULL || now < self->search_at)
        return;
    self->search_at = now + SEARCH_US;
    self->service = ib_client_find (self->paths, NULL);
    if (self->service != NULL && !ib_client_listen (self->service, &events, self, NULL))
        g_clear_pointer (&self->service, ib_client_free);
}

IbFollow *
ib_follow_new (const IbPaths *paths, guint every_ms)
{
    IbFollow *self = g_new0 (IbFollow, 1);
    self->paths = paths;
    self->every_ms = every_ms;
    self->loop = g_main_loop_new (NULL, FALSE);
    return self;
}

void
ib_follow_free (IbFollow *self)
{
    if (self == NULL)
        return;
    ib_client_free (self->service);
    if (self->timer != 0)
        g_source_remove (self->timer);
    g_main_loop_unref (self->loop);
    g_free (self);
}

IbClient *
ib_follow_service (IbFollow *self)
{
    search (self);
    return self->service;
}

void
ib_follow_wait (IbFollow *self)
{
    search (self);
    wake_in (self, self->has_news ? FLOCK_MS : self->service != NULL ? LONGEST_WAIT_MS : self->every_ms);
    g_main_loop_run (self->loop);
    self->has_news = false;
}
