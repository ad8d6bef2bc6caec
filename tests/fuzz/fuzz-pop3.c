/* fuzz-pop3.c - a POP3 server that says anything
 *
 * The input is what it says, in pieces: a line of "--" ends each, and the next is said when the client has spoken again
 * or has had the time to. */
#include "fetch.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

typedef struct {
    int fd;
    const char *at, *end;
} Server;

static gpointer
serve (gpointer data)
{
    static const char mark[] = "--\n";
    Server *server = data;
    char heard[65536];

    while (server->at < server->end) {
        const char *stop = memmem (server->at, (gsize) (server->end - server->at), mark, strlen (mark));
        gsize length = (gsize) ((stop != NULL ? stop : server->end) - server->at);
        if (send (server->fd, server->at, length, MSG_NOSIGNAL) < 0)
            break;
        server->at = stop != NULL ? stop + strlen (mark) : server->end;
        /* A client that was told half a line has nothing to say: then on with it. */
        if (stop != NULL && recv (server->fd, heard, sizeof heard, 0) == 0)
            break;
    }
    shutdown (server->fd, SHUT_WR);
    return NULL;
}

static void
on_step (IbFetchStep step, const char *text, gpointer user_data)
{
    g_assert_true (g_utf8_validate (text, -1, NULL));
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer user_data, GError **error)
{
    *out_cursor = ib_cursor_new ();
    (*out_cursor)->is_first_poll = true;
    return true;
}

static void
on_found (guint64 messages, guint64 bytes, gpointer user_data)
{
}

static int
on_open_body (guint64 size_hint, gpointer user_data, GError **error)
{
    return memfd_create ("body", MFD_CLOEXEC);
}

static int
on_grow_body (int fd, gpointer user_data, GError **error)
{
    return fd;
}

/* Every message has an identity, and is named by it in the order that comes. */
static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer user_data, GError **error)
{
    GPtrArray *uidls = ((IbSettleOrder *) user_data)->uidls;
    g_assert_true (message->uidl != NULL && *message->uidl != '\0');
    g_assert_cmpint (lseek (fd, 0, SEEK_END), ==, (gint64) message->size_bytes);
    g_ptr_array_add (uidls, g_strdup (message->uidl));
    close (fd);
    return true;
}

static void
on_drop_body (int fd, gpointer user_data)
{
    close (fd);
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text, gpointer user_data,
         GError **error)
{
    g_assert_true (message->uidl != NULL && g_utf8_validate (server_text, -1, NULL));
    return true;
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer user_data, GError **error)
{
    const IbSettleOrder *taken = user_data;
    IbSettleOrder *order = ib_settle_order_new (IB_SETTLE_DELETE, "");
    for (guint i = 0; i < taken->uidls->len; i++)
        g_ptr_array_add (order->uidls, g_strdup (taken->uidls->pdata[i]));
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    g_ptr_array_add (*out_orders, order);
    return true;
}

static bool
on_copied (const IbSettleOrder *order, gpointer user_data, GError **error)
{
    return true;
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *server_text, gpointer user_data,
            GError **error)
{
    return true;
}

static void
run (int fd)
{
    IbAccount account = { .protocol = IB_PROTOCOL_POP3,
                          .host = (char *) "localhost",
                          .user = (char *) "anna",
                          .security = IB_SECURITY_NONE,
                          .max_size_bytes = 1000 };
    g_autoptr (IbSecret) secret = ib_secret_new ("secret", 6, NULL);
    g_autoptr (IbStream) stream = ib_stream_new (fd, -1, NULL, account.host);
    g_autoptr (IbSettleOrder) taken = ib_settle_order_new (IB_SETTLE_DELETE, "");
    g_autoptr (GError) error = NULL;
    const IbFetchRequest request = { .account = &account, .secret = secret, .since_s = 1700000000 };
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .enter = on_enter,
        .found = on_found,
        .open_body = on_open_body,
        .grow_body = on_grow_body,
        .deliver = on_deliver,
        .drop_body = on_drop_body,
        .skip = on_skip,
        .taken = on_taken,
        .copied = on_copied,
        .settled = on_settled,
        .user_data = taken,
    };
    bool is_done = ib_fetch_run (stream, &request, &callbacks, &error);
    g_assert_true (is_done == (error == NULL));
    g_assert_true (is_done || error->domain == IB_FETCH_ERROR);
}

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);
int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
    int fds[2];
    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        return 0;
    const struct timeval patience = { .tv_usec = 20000 };
    setsockopt (fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    Server server = { .fd = fds[1], .at = (const char *) bytes, .end = (const char *) bytes + length };
    GThread *thread = g_thread_new ("server", serve, &server);
    run (fds[0]);
    g_thread_join (thread);
    close (fds[1]);
    return 0;
}
