/* fetch-wire-task.c - what a fetch worker is told of the account and of what is here already */
#include "fetch-wire-private.h"

#include "memory-file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- the account ----------------------------------------------------------------------------------------------- */

GVariant *
ib_fetch_wire_pack_request (const IbFetchRequest *request)
{
    const IbAccount *account = request->account;
    const char *const none[] = { NULL };
    return g_variant_new (
        "(ysqybssys^asysytbbbbbbss(tb)^ay)", account->protocol, account->host, account->port,
        account->security, account->allow_plaintext, account->ca_file != NULL ? account->ca_file : "",
        account->fingerprint != NULL ? account->fingerprint : "", account->auth, account->user,
        account->folders != NULL ? (const char *const *) account->folders : none, account->after,
        account->after_folder != NULL ? account->after_folder : "", account->server_junk,
        account->max_size_bytes, request->is_probe, request->is_dry, request->is_cautious, request->watches,
        request->asks_first, request->without_utf8, request->offers != NULL ? request->offers : "",
        request->mailbox != NULL ? request->mailbox : "", request->line.bytes_per_second,
        request->line.does_not_compress, request->put_off != NULL ? request->put_off : "");
}

/* What no worker looks at is empty, but never NULL where account.h promises a list. */
static IbAccount *
new_account (void)
{
    IbAccount *account = g_new0 (IbAccount, 1);
    account->name = g_strdup ("");
    account->address = g_strdup ("");
    account->aliases = g_new0 (char *, 1);
    return account;
}

static bool
is_request_sound (const IbAccount *account)
{
    return account->protocol <= IB_PROTOCOL_POP3 && account->security <= IB_SECURITY_NONE
           && account->auth <= IB_AUTH_OAUTH2 && account->after <= IB_AFTER_MOVE
           && account->server_junk <= IB_SERVER_JUNK_MOVE && *account->host != '\0';
}

IbAccount *
ib_fetch_wire_unpack_request (GVariant *body, IbFetchRequest *out_request)
{
    g_autoptr (IbAccount) account = new_account ();
    guint8 protocol, security, auth, after, server_junk;
    gboolean allow_plaintext, is_probe, is_dry, is_cautious, watches, asks_first, without_utf8,
        does_not_compress;
    guint64 bytes_per_second;
    const char *offers, *mailbox, *put_off;

    g_variant_get (body, "(ysqybssys^asysytbbbbbb&s&s(tb)^&ay)", &protocol, &account->host, &account->port,
                   &security, &allow_plaintext, &account->ca_file, &account->fingerprint, &auth,
                   &account->user, &account->folders, &after, &account->after_folder, &server_junk,
                   &account->max_size_bytes, &is_probe, &is_dry, &is_cautious, &watches, &asks_first,
                   &without_utf8, &offers, &mailbox, &bytes_per_second, &does_not_compress, &put_off);
    account->protocol = (IbProtocol) protocol;
    account->security = (IbSecurity) security;
    account->allow_plaintext = allow_plaintext;
    account->auth = (IbAuth) auth;
    account->after = (IbAfter) after;
    account->server_junk = (IbServerJunk) server_junk;
    if (!is_request_sound (account))
        return NULL;
    *out_request = (IbFetchRequest){
        .account = account,
        .is_probe = is_probe,
        .is_dry = is_dry,
        .is_cautious = is_cautious,
        .watches = watches,
        .asks_first = asks_first,
        .without_utf8 = without_utf8,
        .offers = offers,
        .mailbox = *mailbox != '\0' ? mailbox : NULL,
        .put_off = *put_off != '\0' ? put_off : NULL,
        .line = { bytes_per_second, does_not_compress },
    };
    return g_steal_pointer (&account);
}

GVariant *
ib_fetch_wire_pack_credit (guint64 bytes, guint32 messages)
{
    return g_variant_new ("(tu)", bytes, messages);
}

void
ib_fetch_wire_unpack_credit (GVariant *body, guint64 *out_bytes, guint32 *out_messages)
{
    g_variant_get (body, "(tu)", out_bytes, out_messages);
}

/* --- the cursor ---------------------------------------------------------------------------------------------- */

static void
write_uidls (GString *lines, const char *mark, GHashTable *uidls)
{
    GHashTableIter each;
    gpointer uidl;
    g_hash_table_iter_init (&each, uidls);
    while (g_hash_table_iter_next (&each, &uidl, NULL))
        g_string_append_printf (lines, "%s%s\n", mark, (const char *) uidl);
}

/* UIDLs known and tried, and dates, one a line, in a memory file; -1 in *out_fd if there are none. No UIDL begins with a blank. */
static bool
write_known (const IbCursor *cursor, int *out_fd, GError **error)
{
    g_autoptr (GString) lines = g_string_new (NULL);
    GHashTableIter dates;
    gpointer date;

    *out_fd = -1;
    write_uidls (lines, "", cursor->known_uidls);
    write_uidls (lines, "\t", cursor->tried_uidls);
    g_hash_table_iter_init (&dates, cursor->old_dates);
    while (g_hash_table_iter_next (&dates, &date, NULL))
        g_string_append_printf (lines, " %" G_GINT64_FORMAT "\n", *(const gint64 *) date);
    if (lines->len == 0)
        return true;
    *out_fd = ib_memory_file_of ("inbasket-uidls", lines->str, lines->len);
    if (*out_fd < 0)
        g_set_error (error, G_IO_ERROR, (gint) g_io_error_from_errno (errno),
                     "no memory file for what is known of the server: %s", g_strerror (errno));
    return *out_fd >= 0;
}

static bool
send_cursor_frame (IbChannel *channel, const IbCursor *cursor, guint *done, guint *retry, int fd,
                   bool *out_is_last, GError **error)
{
    gsize n_done = MIN (cursor->done->len - *done, IB_FETCH_WIRE_UIDS);
    gsize n_retry = MIN (cursor->retry->len - *retry, IB_FETCH_WIRE_UIDS);
    GVariant *done_piece = ib_fetch_wire_pack_numbers (&g_array_index (cursor->done, guint32, *done), n_done);
    GVariant *retry_piece
        = ib_fetch_wire_pack_numbers (&g_array_index (cursor->retry, guint32, *retry), n_retry);

    *done += (guint) n_done;
    *retry += (guint) n_retry;
    *out_is_last = *done == cursor->done->len && *retry == cursor->retry->len;
    /* Short lists, each. */
    guint tried = *out_is_last ? cursor->tried->len : 0, gaps = *out_is_last ? cursor->gaps->len : 0,
          witnesses = *out_is_last ? cursor->witnesses->len : 0;
    return ib_channel_send (
        channel, IB_FETCH_WIRE_CURSOR,
        g_variant_new ("(bxbbu@au@aubutb@au@au@au@a(xtt))", FALSE, cursor->since_s, cursor->is_unchanged,
                       cursor->has_orders, cursor->low_water, done_piece, retry_piece, *out_is_last,
                       cursor->sample_messages, cursor->sample_bytes, cursor->samples_read,
                       ib_fetch_wire_pack_numbers ((const guint32 *) cursor->tried->data, tried),
                       ib_fetch_wire_pack_numbers ((const guint32 *) cursor->gaps->data, gaps),
                       ib_fetch_wire_pack_numbers ((const guint32 *) cursor->witnesses->data, witnesses),
                       ib_fetch_wire_pack_known (cursor->known, 0, witnesses)),
        fd, error);
}

bool
ib_fetch_wire_send_cursor (IbChannel *channel, const IbCursor *cursor, GError **error)
{
    if (cursor == NULL)
        return ib_channel_send (channel, IB_FETCH_WIRE_CURSOR,
                                g_variant_new ("(bxbbuauaubutbauauaua(xtt))", TRUE, G_GINT64_CONSTANT (0),
                                               FALSE, FALSE, 0, NULL, NULL, TRUE, 0, G_GUINT64_CONSTANT (0),
                                               FALSE, NULL, NULL, NULL, NULL),
                                -1, error);
    guint done = 0, retry = 0;
    int fd;
    if (!write_known (cursor, &fd, error))
        return false;

    bool is_sent = true;
    for (bool is_last = false; is_sent && !is_last;) {
        is_sent = send_cursor_frame (channel, cursor, &done, &retry, fd, &is_last, error);
        if (fd >= 0)
            close (fd);
        fd = -1;
    }
    return is_sent;
}

static void
read_line (const char *line, gsize length, IbCursor *cursor)
{
    g_autofree char *text = g_strndup (line, length);
    gint64 date_s = *text == ' ' ? g_ascii_strtoll (text + 1, NULL, 10) : 0;
    if (*text == ' ')
        g_hash_table_add (cursor->old_dates, g_memdup2 (&date_s, sizeof date_s));
    else if (*text == '\t')
        g_hash_table_add (cursor->tried_uidls, g_strdup (text + 1));
    else
        g_hash_table_add (cursor->known_uidls, g_steal_pointer (&text));
}

/* Behind the worker's walls: its length is asked of lseek (), since glibc's fstat () is a call that names a path. */
static bool
read_known (int fd, IbCursor *cursor, GError **error)
{
    off_t length = lseek (fd, 0, SEEK_END);
    char *text = length > 0 ? mmap (NULL, (gsize) length, PROT_READ, MAP_PRIVATE, fd, 0) : NULL;
    if (length < 0 || text == MAP_FAILED) {
        g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                     "The list of known messages cannot be read: %s", g_strerror (errno));
        return false;
    }
    const char *at = text, *end = text + length;
    while (at < end) {
        const char *lf = memchr (at, '\n', (gsize) (end - at));
        const char *stop = lf != NULL ? lf : end;
        read_line (at, (gsize) (stop - at), cursor);
        at = stop + 1;
    }
    if (text != NULL)
        munmap (text, (gsize) length);
    return true;
}

bool
ib_fetch_wire_read_cursor (IbFrame *frame, IbCursor **cursor, bool *out_is_last, GError **error)
{
    gboolean is_left_alone, is_unchanged, has_orders, is_last, samples_read;
    gint64 since_s;
    guint32 low_water, sample_messages;
    guint64 sample_bytes;

    g_variant_get (frame->body, "(bxbbu@au@aubutb@au@au@au@a(xtt))", &is_left_alone, &since_s, &is_unchanged,
                   &has_orders, &low_water, NULL, NULL, &is_last, &sample_messages, &sample_bytes,
                   &samples_read, NULL, NULL, NULL, NULL);
    if (is_left_alone) {
        *out_is_last = true;
        return true;
    }
    if (*cursor == NULL)
        *cursor = ib_cursor_new ();
    (*cursor)->since_s = since_s;
    (*cursor)->is_unchanged = is_unchanged;
    (*cursor)->has_orders = has_orders;
    (*cursor)->low_water = low_water;
    (*cursor)->sample_messages = sample_messages;
    (*cursor)->sample_bytes = sample_bytes;
    (*cursor)->samples_read = samples_read;
    ib_fetch_wire_unpack_numbers (frame->body, 5, (*cursor)->done);
    ib_fetch_wire_unpack_numbers (frame->body, 6, (*cursor)->retry);
    ib_fetch_wire_unpack_numbers (frame->body, 11, (*cursor)->tried);
    ib_fetch_wire_unpack_numbers (frame->body, 12, (*cursor)->gaps);
    ib_fetch_wire_unpack_numbers (frame->body, 13, (*cursor)->witnesses);
    ib_fetch_wire_unpack_known (frame->body, 14, (*cursor)->known);
    *out_is_last = is_last;
    return frame->fd < 0 || read_known (frame->fd, *cursor, error);
}
