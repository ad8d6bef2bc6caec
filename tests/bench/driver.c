/* driver.c - one fetch over a real server, measured: no sandbox, no filter, no Maildir
 *
 *     bench-driver PROTOCOL SECURITY HOST PORT USER PASSWORD CA-FILE [KEY=VALUE]...
 *
 * folders=A;B  low=UID  delete=UID,UID  move=FOLDER  to=DIRECTORY (a file a message)  quiet=1
 * sessions=N (one after the other, each with the ticket of the one before) */
#include "fetch.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <unistd.h>

typedef struct {
    GHashTable *options;
    guint64 messages, bytes, skipped;
} Trial;

static const char *
option (const Trial *self, const char *name)
{
    const char *value = g_hash_table_lookup (self->options, name);
    return value != NULL ? value : "";
}

static void
on_step (IbFetchStep step, const char *text, gpointer data)
{
    printf ("step %d: %s\n", step, text);
}

static bool
on_enter (const IbMailboxState *state, IbCursor **out_cursor, gpointer data, GError **error)
{
    const Trial *self = data;
    printf ("enter %s (%s) use '%s' uidvalidity %u uidnext %u exists %u\n", state->name, state->display_name,
            state->special_use, state->uidvalidity, state->uidnext, state->exists);
    *out_cursor = ib_cursor_new ();
    (*out_cursor)->low_water = (guint32) atoi (option (self, "low"));
    return true;
}

static void
on_mailbox_failed (const char *mailbox, const char *text, gpointer data)
{
    printf ("failed %s: %s\n", mailbox, text);
}

static void
on_found (guint64 messages, guint64 bytes, gpointer data)
{
    printf ("found %u messages, %u bytes\n", (guint) messages, (guint) bytes);
}

static int
on_open_body (guint64 size_hint, gpointer data, GError **error)
{
    return memfd_create ("body", MFD_CLOEXEC);
}

static int
on_grow_body (int fd, gpointer data, GError **error)
{
    return fd;
}

static void
on_drop_body (int fd, gpointer data)
{
    close (fd);
}

static void
save (const char *directory, guint32 uid, int fd, guint64 size)
{
    g_autofree char *path = g_strdup_printf ("%s/%u", directory, uid);
    int out = open (path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    off_t at = 0;
    while (out >= 0 && at < (off_t) size && sendfile (out, fd, &at, size - (guint64) at) > 0)
        continue;
    close (out);
}

static bool
on_deliver (const IbRemoteMessage *message, int fd, gpointer data, GError **error)
{
    Trial *self = data;
    self->messages++;
    self->bytes += message->size_bytes;
    if (*option (self, "to") != '\0')
        save (option (self, "to"), message->uid, fd, message->size_bytes);
    close (fd);
    return true;
}

static bool
on_skip (const IbRemoteMessage *message, IbSkip reason, const char *text, gpointer data, GError **error)
{
    ((Trial *) data)->skipped++;
    printf ("skip %u: reason %d %s\n", message->uid, reason, text);
    return true;
}

static bool
on_taken (guint32 highest_uid, const char *listing, GPtrArray **out_orders, gpointer data, GError **error)
{
    const Trial *self = data;
    const char *folder = option (self, "move");
    printf ("taken up to %u\n", highest_uid);
    g_auto (GStrv) uids = g_strsplit (option (self, "uids"), ",", -1);
    if (uids[0] == NULL)
        return true;
    IbSettleOrder *order = ib_settle_order_new (*folder != '\0' ? IB_SETTLE_MOVE : IB_SETTLE_DELETE, folder);
    for (gsize i = 0; uids[i] != NULL; i++) {
        guint32 uid = (guint32) atoi (uids[i]);
        g_array_append_val (order->uids, uid);
    }
    *out_orders = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_settle_order_free);
    g_ptr_array_add (*out_orders, order);
    return true;
}

static bool
on_copied (const IbSettleOrder *order, gpointer data, GError **error)
{
    printf ("copied %u\n", order->uids->len);
    return true;
}

static bool
on_settled (const IbSettleOrder *order, bool is_done, const char *text, gpointer data, GError **error)
{
    printf ("settled %u: %s %s\n", order->uids->len, is_done ? "done" : "refused", text);
    return true;
}

static int
connect_to (const char *host, const char *port)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    g_autoptr (GSocketConnection) connection
        = g_socket_client_connect_to_host (client, host, (guint16) atoi (port), NULL, &error);
    if (connection == NULL) {
        fprintf (stderr, "%s\n", error->message);
        exit (1);
    }
    return dup (g_socket_get_fd (g_socket_connection_get_socket (connection)));
}

static GHashTable *
read_options (char **words)
{
    GHashTable *options = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    for (; *words != NULL; words++) {
        g_auto (GStrv) pair = g_strsplit (*words, "=", 2);
        if (pair[0] != NULL && pair[1] != NULL)
            g_hash_table_insert (options, g_strdup (pair[0]), g_strdup (pair[1]));
    }
    return options;
}

static void
report (const Trial *self, IbStream *stream, gint64 began)
{
    struct rusage usage;
    guint64 received, sent;
    getrusage (RUSAGE_SELF, &usage);
    ib_stream_get_counts (stream, &received, &sent);
    printf ("%u messages, %u skipped, %u bytes; received %u, sent %u; %.3f s, %.3f s CPU, %ld kB\n",
            (guint) self->messages, (guint) self->skipped, (guint) self->bytes, (guint) received,
            (guint) sent, (double) (g_get_monotonic_time () - began) / 1e6,
            (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
            usage.ru_maxrss);
}

/* One session, over whatever an earlier one left in *ticket. */
static bool
fetch_once (Trial *trial, const IbFetchRequest *request, const IbFetchCallbacks *callbacks, const char *port,
            const char *ca_file, IbSecret **ticket)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbTrust) trust = ib_trust_new (ca_file, "", &error);
    if (trust == NULL) {
        fprintf (stderr, "%s\n", error->message);
        return false;
    }
    IbStream *stream = ib_stream_new (connect_to (request->account->host, port), -1, trust, request->account->host);
    gint64 began = g_get_monotonic_time ();
    ib_stream_resume (stream, *ticket);
    bool is_good = ib_fetch_run (stream, request, callbacks, &error);
    report (trial, stream, began);
    if (!is_good)
        printf ("error %d: %s\n", error->code, error->message);
    ib_secret_unref (*ticket);
    *ticket = ib_stream_get_ticket (stream);
    ib_stream_free (stream);
    return is_good;
}

int
main (int argc, char **argv)
{
    if (argc < 8) {
        fprintf (
            stderr,
            "usage: bench-driver imap|pop3 tls|starttls|none HOST PORT USER PASSWORD CA-FILE [KEY=VALUE]...\n");
        return 2;
    }
    Trial trial = { .options = read_options (argv + 8) };
    const char *wanted = option (&trial, "folders");
    g_auto (GStrv) folders = g_strsplit (*wanted != '\0' ? wanted : "INBOX", ";", -1);
    IbAccount account = {
        .name = (char *) "trial",
        .host = argv[3],
        .port = (guint16) atoi (argv[4]),
        .user = argv[5],
        .folders = folders,
        .protocol = strcmp (argv[1], "pop3") == 0 ? IB_PROTOCOL_POP3 : IB_PROTOCOL_IMAP,
        .security = strcmp (argv[2], "tls") == 0        ? IB_SECURITY_TLS
                    : strcmp (argv[2], "starttls") == 0 ? IB_SECURITY_STARTTLS
                                                        : IB_SECURITY_NONE,
        .after = *option (&trial, "uids") != '\0' ? IB_AFTER_DELETE : IB_AFTER_KEEP,
        .max_size_bytes = g_ascii_strtoull (option (&trial, "max-size"), NULL, 10),
    };
    g_autoptr (IbSecret) secret = ib_secret_new (argv[6], strlen (argv[6]), NULL);
    const IbFetchRequest request = { .account = &account, .secret = secret };
    const IbFetchCallbacks callbacks = {
        .step = on_step,
        .enter = on_enter,
        .mailbox_failed = on_mailbox_failed,
        .found = on_found,
        .open_body = on_open_body,
        .grow_body = on_grow_body,
        .deliver = on_deliver,
        .drop_body = on_drop_body,
        .skip = on_skip,
        .taken = on_taken,
        .copied = on_copied,
        .settled = on_settled,
        .user_data = &trial,
    };
    IbSecret *ticket = NULL;
    guint sessions = (guint) MAX (atoi (option (&trial, "sessions")), 1);
    bool is_good = true;
    for (; is_good && sessions > 0; sessions--)
        is_good = fetch_once (&trial, &request, &callbacks, argv[4], argv[7], &ticket);
    ib_secret_unref (ticket);
    g_hash_table_unref (trial.options);
    return is_good ? 0 : 1;
}
