/* fetch-wire.c - packing and unpacking what service and fetch worker say */
#include "fetch-wire.h"

#include "escape.h"
#include "memory-file.h"
#include "packed.h"
#include "server-limits.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of a frame's 64 KiB, what lists may take, counted with their framing. */
#define LIST_BYTES (48 * 1024)
#define UIDS_IN_FRAME (LIST_BYTES / (gsize) sizeof (guint32) / 2)
/* RFC 6154 and its successors have names of a dozen letters. */
#define SPECIAL_USE_BYTES 32
/* An error is a sentence or two around IB_LIMIT_SERVER_TEXT characters of up to four bytes or escapes. */
#define TEXT_BYTES 4096

#define MESSAGE_TYPE "(uayuxtt)"
#define SETTLED_TYPE "(byayauaayay)"

const IbFrameKind ib_fetch_wire_to_worker[] = {
    { IB_FETCH_WIRE_REQUEST, "(ysqybssysasysytxbbbss(tb))", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SOCKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_TICKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_SECRET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_CURSOR, "(bbbuauaubutb)", IB_FRAME_MAYBE_FD },
    { IB_FETCH_WIRE_CREDIT, "(tu)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SETTLE, "(ysauaayau)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ORDERS_END, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_GO_ON, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_LOOK, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_RENEW, "()", IB_FRAME_NO_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

const IbFrameKind ib_fetch_wire_to_service[] = {
    { IB_FETCH_WIRE_STEP, "(yay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_OFFERED, "ay", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TERMS, "(bx)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_LINE, "(tb)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ALERT, "(ay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_WATCHING, "ay", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ENTER, "(ayayayuuuay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_MAILBOX_FAILED, "(ayay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_FOUND, "(tt)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ATTEMPT, "u", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_ALIVE, "t", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_BODY, "t", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_MESSAGES, IB_FRAME_PACKED, IB_FRAME_MAYBE_FD },
    { IB_FETCH_WIRE_SKIP, "(" MESSAGE_TYPE "yay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TAKEN, "(uay)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_COPIED, SETTLED_TYPE, IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_SETTLED, SETTLED_TYPE, IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_MOVED, "(ayuauau)", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_TICKET, "()", IB_FRAME_WITH_FD },
    { IB_FETCH_WIRE_FINISHED, "()", IB_FRAME_NO_FD },
    { IB_FETCH_WIRE_FAILED, "(yayx)", IB_FRAME_NO_FD },
    { 0, NULL, IB_FRAME_NO_FD },
};

/* --- strings and lists --------------------------------------------------------------------------------------- */

static GVariant *
pack_bytes (const char *text)
{
    return g_variant_new_bytestring (text != NULL ? text : "");
}

/* What people will see is escaped on both sides: by the worker, and by the service's insisting on it. */
static GVariant *
pack_text (const char *text)
{
    g_autofree char *safe = ib_escape_text (text != NULL ? text : "", -1, 0);
    return g_variant_new_bytestring (safe);
}

/* An `ay`: a string of at most @most bytes, with its NUL at the end and nowhere else. */
static bool
read_bytes (GVariant *array, gsize most, const char **out_text)
{
    gsize length;
    const char *bytes = g_variant_get_fixed_array (array, &length, 1);

    if (length == 0 || length > most + 1 || memchr (bytes, '\0', length) != bytes + length - 1)
        return false;
    *out_text = bytes;
    return true;
}

/* Child @index of @body. */
static bool
unpack_bytes (GVariant *body, gsize index, gsize most, const char **out_text)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    return read_bytes (child, most, out_text);
}

static bool
unpack_text (GVariant *body, gsize index, const char **out_text)
{
    if (!unpack_bytes (body, index, TEXT_BYTES, out_text))
        return false;
    g_autofree char *safe = ib_escape_text (*out_text, -1, 0);
    return strcmp (safe, *out_text) == 0;
}

static bool
unpack_utf8 (GVariant *body, gsize index, gsize most, const char **out_text)
{
    return unpack_bytes (body, index, most, out_text) && g_utf8_validate (*out_text, -1, NULL);
}

static bool
is_identity (const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        if (*c < 0x21 || *c > 0x7e)
            return false;
    return *text != '\0';
}

static GVariant *
pack_numbers (const guint32 *numbers, gsize count)
{
    return g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, numbers, count, sizeof (guint32));
}

static void
unpack_numbers (GVariant *body, gsize index, GArray *numbers)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    gsize count;
    const guint32 *elements = g_variant_get_fixed_array (child, &count, sizeof (guint32));
    g_array_append_vals (numbers, elements, (guint) count);
}

static bool
are_rising (const GArray *numbers)
{
    guint32 last = 0;
    for (guint i = 0; i < numbers->len; i++) {
        guint32 number = g_array_index (numbers, guint32, i);
        if (number <= last)
            return false;
        last = number;
    }
    return true;
}

static bool
unpack_uidls (GVariant *body, gsize index, GPtrArray *uidls)
{
    g_autoptr (GVariant) child = g_variant_get_child_value (body, index);
    for (gsize i = 0; i < g_variant_n_children (child); i++) {
        const char *uidl;
        if (!unpack_bytes (child, i, IB_LIMIT_IDENTITY_BYTES, &uidl) || !is_identity (uidl))
            return false;
        g_ptr_array_add (uidls, g_strdup (uidl));
    }
    return true;
}

/* --- an order, piece by piece -------------------------------------------------------------------------------- */

/* How far an order has been sent, and the lists of its next piece. */
typedef struct {
    const IbSettleOrder *order;
    guint uid, uidl, copied;
    GVariant *uids, *uidls, *copies; /* floating */
} Pieces;

static GVariant *
next_uidls (Pieces *self)
{
    GVariantBuilder builder;
    gsize bytes = 0;

    g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
    for (; self->uidl < self->order->uidls->len; self->uidl++) {
        const char *uidl = self->order->uidls->pdata[self->uidl];
        bytes += strlen (uidl) + 1 + sizeof (guint32);
        if (bytes > LIST_BYTES)
            break;
        g_variant_builder_add_value (&builder, g_variant_new_bytestring (uidl));
    }
    return g_variant_builder_end (&builder);
}

/* False when there is no more. UIDs first: an order has them or UIDLs. */
static bool
next_piece (Pieces *self)
{
    const GArray *uids = self->order->uids, *copied = self->order->copied;
    guint uid = self->uid, copy = self->copied;

    if (self->uid == uids->len && self->uidl == self->order->uidls->len)
        return false;
    self->uid += (guint) MIN (uids->len - uid, UIDS_IN_FRAME);
    while (self->uid > uid && self->copied < copied->len
           && g_array_index (copied, guint32, self->copied) <= g_array_index (uids, guint32, self->uid - 1))
        self->copied++;

    self->uids = pack_numbers (&g_array_index (uids, guint32, uid), self->uid - uid);
    self->copies = pack_numbers (&g_array_index (copied, guint32, copy), self->copied - copy);
    self->uidls = next_uidls (self);
    return true;
}

/* --- said by the service ------------------------------------------------------------------------------------- */

GVariant *
ib_fetch_wire_pack_request (const IbFetchRequest *request)
{
    const IbAccount *account = request->account;
    const char *const none[] = { NULL };
    return g_variant_new (
        "(ysqybssys^asysytxbbbss(tb))", account->protocol, account->host, account->port, account->security,
        account->allow_plaintext, account->ca_file != NULL ? account->ca_file : "",
        account->fingerprint != NULL ? account->fingerprint : "", account->auth, account->user,
        account->folders != NULL ? (const char *const *) account->folders : none, account->after,
        account->after_folder != NULL ? account->after_folder : "", account->server_junk,
        account->max_size_bytes, request->since_s, request->is_probe, request->is_cautious, request->watches,
        request->offers != NULL ? request->offers : "", request->mailbox != NULL ? request->mailbox : "",
        request->line.bytes_per_second, request->line.does_not_compress);
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
    gboolean allow_plaintext, is_probe, is_cautious, watches, does_not_compress;
    gint64 since_s;
    guint64 bytes_per_second;
    const char *offers, *mailbox;

    g_variant_get (body, "(ysqybssys^asysytxbbb&s&s(tb))", &protocol, &account->host, &account->port,
                   &security, &allow_plaintext, &account->ca_file, &account->fingerprint, &auth,
                   &account->user, &account->folders, &after, &account->after_folder, &server_junk,
                   &account->max_size_bytes, &since_s, &is_probe, &is_cautious, &watches, &offers, &mailbox,
                   &bytes_per_second, &does_not_compress);
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
        .since_s = since_s,
        .is_probe = is_probe,
        .is_cautious = is_cautious,
        .watches = watches,
        .offers = offers,
        .mailbox = *mailbox != '\0' ? mailbox : NULL,
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

/* One a line, in a memory file; -1 in *out_fd if there are none. */
static bool
write_uidls (GHashTable *uidls, int *out_fd, GError **error)
{
    g_autoptr (GString) lines = g_string_new (NULL);
    GHashTableIter iter;
    gpointer uidl;

    *out_fd = -1;
    if (g_hash_table_size (uidls) == 0)
        return true;
    g_hash_table_iter_init (&iter, uidls);
    while (g_hash_table_iter_next (&iter, &uidl, NULL))
        g_string_append_printf (lines, "%s\n", (const char *) uidl);
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
    gsize n_done = MIN (cursor->done->len - *done, UIDS_IN_FRAME);
    gsize n_retry = MIN (cursor->retry->len - *retry, UIDS_IN_FRAME);
    GVariant *done_piece = pack_numbers (&g_array_index (cursor->done, guint32, *done), n_done);
    GVariant *retry_piece = pack_numbers (&g_array_index (cursor->retry, guint32, *retry), n_retry);

    *done += (guint) n_done;
    *retry += (guint) n_retry;
    *out_is_last = *done == cursor->done->len && *retry == cursor->retry->len;
    return ib_channel_send (channel, IB_FETCH_WIRE_CURSOR,
                            g_variant_new ("(bbbu@au@aubutb)", FALSE, cursor->is_first_poll,
                                           cursor->is_unchanged, cursor->low_water, done_piece, retry_piece,
                                           *out_is_last, cursor->sample_messages, cursor->sample_bytes,
                                           cursor->samples_read),
                            fd, error);
}

bool
ib_fetch_wire_send_cursor (IbChannel *channel, const IbCursor *cursor, GError **error)
{
    if (cursor == NULL)
        return ib_channel_send (channel, IB_FETCH_WIRE_CURSOR,
                                g_variant_new ("(bbbu@au@aubutb)", TRUE, FALSE, FALSE, 0,
                                               pack_numbers (NULL, 0), pack_numbers (NULL, 0), TRUE, 0,
                                               G_GUINT64_CONSTANT (0), FALSE),
                                -1, error);
    guint done = 0, retry = 0;
    int fd;
    if (!write_uidls (cursor->known_uidls, &fd, error))
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

/* Behind the worker's walls: its length is asked of lseek (), since glibc's fstat () is a call that names a path. */
static bool
read_uidls (int fd, GHashTable *uidls, GError **error)
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
        g_hash_table_add (uidls, g_strndup (at, (gsize) (stop - at)));
        at = stop + 1;
    }
    if (text != NULL)
        munmap (text, (gsize) length);
    return true;
}

bool
ib_fetch_wire_read_cursor (IbFrame *frame, IbCursor **cursor, bool *out_is_last, GError **error)
{
    gboolean is_left_alone, is_first_poll, is_unchanged, is_last, samples_read;
    guint32 low_water, sample_messages;
    guint64 sample_bytes;

    g_variant_get (frame->body, "(bbbu@au@aubutb)", &is_left_alone, &is_first_poll, &is_unchanged, &low_water,
                   NULL, NULL, &is_last, &sample_messages, &sample_bytes, &samples_read);
    if (is_left_alone) {
        *out_is_last = true;
        return true;
    }
    if (*cursor == NULL)
        *cursor = ib_cursor_new ();
    (*cursor)->is_first_poll = is_first_poll;
    (*cursor)->is_unchanged = is_unchanged;
    (*cursor)->low_water = low_water;
    (*cursor)->sample_messages = sample_messages;
    (*cursor)->sample_bytes = sample_bytes;
    (*cursor)->samples_read = samples_read;
    unpack_numbers (frame->body, 4, (*cursor)->done);
    unpack_numbers (frame->body, 5, (*cursor)->retry);
    *out_is_last = is_last;
    return frame->fd < 0 || read_uidls (frame->fd, (*cursor)->known_uidls, error);
}

/* --- orders -------------------------------------------------------------------------------------------------- */

bool
ib_fetch_wire_send_order (IbChannel *channel, const IbSettleOrder *order, GError **error)
{
    Pieces pieces = { .order = order };
    while (next_piece (&pieces))
        if (!ib_channel_send (channel, IB_FETCH_WIRE_SETTLE,
                              g_variant_new ("(ys@au@aay@au)", order->verb, order->folder, pieces.uids,
                                             pieces.uidls, pieces.copies),
                              -1, error))
            return false;
    return true;
}

IbSettleOrder *
ib_fetch_wire_unpack_order (GVariant *body)
{
    guint8 verb;
    const char *folder;

    g_variant_get (body, "(y&s@au@aay@au)", &verb, &folder, NULL, NULL, NULL);
    g_autoptr (IbSettleOrder) order = ib_settle_order_new ((IbSettleVerb) verb, folder);
    unpack_numbers (body, 2, order->uids);
    unpack_numbers (body, 4, order->copied);
    return verb <= IB_SETTLE_MOVE && unpack_uidls (body, 3, order->uidls) ? g_steal_pointer (&order) : NULL;
}

bool
ib_fetch_wire_send_settled (IbChannel *channel, IbFetchWire kind, const IbSettleOrder *order, bool is_done,
                            const char *server_text, guint *out_frames, GError **error)
{
    Pieces pieces = { .order = order };
    guint frames = 0;

    for (; next_piece (&pieces); frames++) {
        g_variant_unref (g_variant_ref_sink (pieces.copies));
        if (!ib_channel_send (channel, (guint8) kind,
                              g_variant_new ("(by@ay@au@aay@ay)", is_done, order->verb,
                                             pack_bytes (order->folder), pieces.uids, pieces.uidls,
                                             pack_text (server_text)),
                              -1, error))
            return false;
    }
    *out_frames = frames;
    return true;
}

bool
ib_fetch_wire_unpack_settled (GVariant *body, IbSettleOrder **out_order, bool *out_is_done,
                              const char **out_server_text)
{
    gboolean is_done;
    guint8 verb;
    const char *folder, *text;

    g_variant_get_child (body, 0, "b", &is_done);
    g_variant_get_child (body, 1, "y", &verb);
    if (verb > IB_SETTLE_MOVE || !unpack_utf8 (body, 2, IB_LIMIT_MAILBOX_NAME_BYTES, &folder)
        || !unpack_text (body, 5, &text))
        return false;

    g_autoptr (IbSettleOrder) order = ib_settle_order_new ((IbSettleVerb) verb, folder);
    unpack_numbers (body, 3, order->uids);
    if (!are_rising (order->uids) || !unpack_uidls (body, 4, order->uidls)
        || (order->uids->len > 0) == (order->uidls->len > 0))
        return false;
    *out_order = g_steal_pointer (&order);
    *out_is_done = is_done;
    *out_server_text = text;
    return true;
}

GVariant *
ib_fetch_wire_pack_moved (const char *mailbox, guint32 uidvalidity, const GArray *uids,
                          const GArray *new_uids)
{
    return g_variant_new ("(@ayu@au@au)", pack_bytes (mailbox), uidvalidity,
                          pack_numbers ((const guint32 *) uids->data, uids->len),
                          pack_numbers ((const guint32 *) new_uids->data, new_uids->len));
}

bool
ib_fetch_wire_unpack_moved (GVariant *body, const char **out_mailbox, guint32 *out_uidvalidity, GArray *uids,
                            GArray *new_uids)
{
    g_variant_get_child (body, 1, "u", out_uidvalidity);
    unpack_numbers (body, 2, uids);
    unpack_numbers (body, 3, new_uids);
    return unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox) && **out_mailbox != '\0'
           && *out_uidvalidity != 0 && uids->len > 0 && are_rising (uids) && uids->len == new_uids->len;
}

/* --- said by the worker -------------------------------------------------------------------------------------- */

GVariant *
ib_fetch_wire_pack_step (IbFetchStep step, const char *text)
{
    return g_variant_new ("(y@ay)", step, pack_text (text));
}

bool
ib_fetch_wire_unpack_step (GVariant *body, IbFetchStep *out_step, const char **out_text)
{
    guint8 step;
    g_variant_get_child (body, 0, "y", &step);
    if (step > IB_STEP_COUNTED || !unpack_text (body, 1, out_text))
        return false;
    *out_step = (IbFetchStep) step;
    return true;
}

GVariant *
ib_fetch_wire_pack_offered (const char *offers)
{
    return pack_bytes (offers);
}

/* Lines of printable characters: they go into a file. */
static bool
are_offers (const char *text)
{
    for (; *text != '\0'; text++)
        if ((*text < 0x20 || *text > 0x7e) && *text != '\n')
            return false;
    return true;
}

bool
ib_fetch_wire_unpack_offered (GVariant *body, const char **out_offers)
{
    return read_bytes (body, IB_LIMIT_OFFERS_BYTES, out_offers) && are_offers (*out_offers);
}

GVariant *
ib_fetch_wire_pack_terms (const IbServerTerms *terms)
{
    return g_variant_new ("(bx)", terms->can_push, terms->login_delay_s);
}

bool
ib_fetch_wire_unpack_terms (GVariant *body, IbServerTerms *out_terms)
{
    gboolean can_push;
    gint64 login_delay_s;
    g_variant_get (body, "(bx)", &can_push, &login_delay_s);
    if (login_delay_s < 0 || login_delay_s > IB_LIMIT_BACKOFF_S)
        return false;
    *out_terms = (IbServerTerms){ .can_push = can_push, .login_delay_s = login_delay_s };
    return true;
}

GVariant *
ib_fetch_wire_pack_line (const IbServerLine *line)
{
    return g_variant_new ("(tb)", line->bytes_per_second, line->does_not_compress);
}

/* Any speed is one. */
void
ib_fetch_wire_unpack_line (GVariant *body, IbServerLine *out_line)
{
    gboolean does_not_compress;
    g_variant_get (body, "(tb)", &out_line->bytes_per_second, &does_not_compress);
    out_line->does_not_compress = does_not_compress;
}

GVariant *
ib_fetch_wire_pack_alert (const char *text)
{
    return g_variant_new ("(@ay)", pack_text (text));
}

bool
ib_fetch_wire_unpack_alert (GVariant *body, const char **out_text)
{
    return unpack_text (body, 0, out_text) && **out_text != '\0';
}

GVariant *
ib_fetch_wire_pack_watching (const char *mailbox)
{
    return pack_bytes (mailbox);
}

bool
ib_fetch_wire_unpack_watching (GVariant *body, const char **out_mailbox)
{
    return read_bytes (body, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox) && **out_mailbox != '\0';
}

GVariant *
ib_fetch_wire_pack_mailbox (const IbMailboxState *state)
{
    return g_variant_new ("(@ay@ay@ayuuu@ay)", pack_bytes (state->name), pack_bytes (state->display_name),
                          pack_bytes (state->special_use), state->uidvalidity, state->uidnext, state->exists,
                          pack_bytes (state->listing));
}

/* A special use, or a digest. */
static bool
is_word (const char *text)
{
    for (; *text != '\0'; text++)
        if (!g_ascii_isalnum (*text))
            return false;
    return true;
}

bool
ib_fetch_wire_unpack_mailbox (GVariant *body, IbMailboxState *out_state)
{
    IbMailboxState state;
    if (!unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, &state.name) || *state.name == '\0'
        || !unpack_utf8 (body, 1, IB_LIMIT_MAILBOX_NAME_BYTES, &state.display_name)
        || *state.display_name == '\0' || !unpack_bytes (body, 2, SPECIAL_USE_BYTES, &state.special_use)
        || !is_word (state.special_use) || !unpack_bytes (body, 6, IB_LIMIT_LISTING_BYTES, &state.listing)
        || !is_word (state.listing))
        return false;
    g_variant_get_child (body, 3, "u", &state.uidvalidity);
    g_variant_get_child (body, 4, "u", &state.uidnext);
    g_variant_get_child (body, 5, "u", &state.exists);
    *out_state = state;
    return true;
}

GVariant *
ib_fetch_wire_pack_taken (guint32 highest_uid, const char *listing)
{
    return g_variant_new ("(u@ay)", highest_uid, pack_bytes (listing));
}

bool
ib_fetch_wire_unpack_taken (GVariant *body, guint32 *out_highest_uid, const char **out_listing)
{
    g_variant_get_child (body, 0, "u", out_highest_uid);
    return unpack_bytes (body, 1, IB_LIMIT_LISTING_BYTES, out_listing) && is_word (*out_listing);
}

GVariant *
ib_fetch_wire_pack_mailbox_failed (const char *mailbox, const char *server_text)
{
    return g_variant_new ("(@ay@ay)", pack_bytes (mailbox), pack_text (server_text));
}

bool
ib_fetch_wire_unpack_mailbox_failed (GVariant *body, const char **out_mailbox, const char **out_server_text)
{
    return unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox) && **out_mailbox != '\0'
           && unpack_text (body, 1, out_server_text);
}

GVariant *
ib_fetch_wire_pack_found (guint64 messages, guint64 bytes)
{
    return g_variant_new ("(tt)", messages, bytes);
}

bool
ib_fetch_wire_unpack_found (GVariant *body, guint64 *out_messages, guint64 *out_bytes)
{
    guint64 messages, bytes;
    g_variant_get (body, "(tt)", &messages, &bytes);
    if (messages > IB_LIMIT_MAILBOX_MESSAGES)
        return false;
    *out_messages = messages;
    *out_bytes = bytes;
    return true;
}

/* The year 9999, and as far back: what GDateTime knows, with room to add to it. */
#define FAR_DATE_S (G_GINT64_CONSTANT (250000000000))

static bool
is_message (const IbRemoteMessage *message)
{
    const guint32 all_flags
        = IB_FLAG_SEEN | IB_FLAG_ANSWERED | IB_FLAG_FLAGGED | IB_FLAG_DRAFT | IB_FLAG_DELETED;
    if ((message->uid != 0) == (message->uidl != NULL))
        return false;
    if (message->uidl != NULL
        && (strlen (message->uidl) > IB_LIMIT_IDENTITY_BYTES || !is_identity (message->uidl)))
        return false;
    return (message->flags & ~all_flags) == 0 && message->internal_date_s <= FAR_DATE_S
           && message->internal_date_s >= -FAR_DATE_S && message->size_bytes <= IB_LIMIT_MESSAGE_BYTES;
}

void
ib_fetch_wire_pack_message (GByteArray *out, const IbRemoteMessage *message)
{
    ib_pack_number (out, message->uid);
    ib_pack_text (out, message->uidl);
    ib_pack_number (out, message->flags);
    ib_pack_number (out, (guint64) message->internal_date_s);
    ib_pack_number (out, message->size_served);
    ib_pack_number (out, message->size_bytes);
}

GArray *
ib_fetch_wire_unpack_messages (const IbFrame *frame)
{
    g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (IbRemoteMessage));
    gsize length = 0;
    const void *bytes = ib_frame_bytes (frame, &length);
    IbPacked packed;

    ib_packed_init (&packed, bytes, length);
    do {
        IbRemoteMessage message = { .uid = (guint32) ib_packed_number (&packed, G_MAXUINT32) };
        message.uidl = ib_packed_nullable (&packed);
        message.flags = (guint32) ib_packed_number (&packed, G_MAXUINT32);
        message.internal_date_s = ib_packed_signed (&packed);
        message.size_served = ib_packed_number (&packed, G_MAXUINT64);
        message.size_bytes = ib_packed_number (&packed, G_MAXUINT64);
        if (packed.is_broken || !is_message (&message))
            return NULL;
        g_array_append_val (messages, message);
    } while (!ib_packed_is_whole (&packed));
    return g_steal_pointer (&messages);
}

static GVariant *
pack_skipped (const IbRemoteMessage *message)
{
    return g_variant_new ("(u@ayuxtt)", message->uid, pack_bytes (message->uidl), message->flags,
                          message->internal_date_s, message->size_served, message->size_bytes);
}

static bool
unpack_skipped (GVariant *body, IbRemoteMessage *out_message)
{
    IbRemoteMessage message;
    if (!unpack_bytes (body, 1, IB_LIMIT_IDENTITY_BYTES, &message.uidl))
        return false;
    g_variant_get (body, "(u@ayuxtt)", &message.uid, NULL, &message.flags, &message.internal_date_s,
                   &message.size_served, &message.size_bytes);
    if (*message.uidl == '\0')
        message.uidl = NULL;
    if (!is_message (&message))
        return false;
    *out_message = message;
    return true;
}

GVariant *
ib_fetch_wire_pack_skip (const IbRemoteMessage *message, IbSkip reason, const char *server_text)
{
    return g_variant_new ("(@" MESSAGE_TYPE "y@ay)", pack_skipped (message), reason, pack_text (server_text));
}

bool
ib_fetch_wire_unpack_skip (GVariant *body, IbRemoteMessage *out_message, IbSkip *out_reason,
                           const char **out_server_text)
{
    g_autoptr (GVariant) message = g_variant_get_child_value (body, 0);
    guint8 reason;

    g_variant_get_child (body, 1, "y", &reason);
    if (reason > IB_SKIP_GONE || !unpack_text (body, 2, out_server_text)
        || !unpack_skipped (message, out_message))
        return false;
    *out_reason = (IbSkip) reason;
    return true;
}

GVariant *
ib_fetch_wire_pack_failed (const GError *error, gint64 retry_after_s)
{
    bool is_known = error->domain == IB_FETCH_ERROR && error->code <= IB_FETCH_ERROR_STOPPED;
    return g_variant_new ("(y@ayx)", is_known ? error->code : IB_FETCH_ERROR_STOPPED,
                          pack_text (error->message), retry_after_s);
}

GError *
ib_fetch_wire_unpack_failed (GVariant *body, gint64 *out_retry_after_s)
{
    g_autoptr (GVariant) text = g_variant_get_child_value (body, 1);
    guint8 code;
    gint64 retry_after_s;
    gsize length;
    const char *bytes = g_variant_get_fixed_array (text, &length, 1);

    g_variant_get_child (body, 0, "y", &code);
    g_variant_get_child (body, 2, "x", &retry_after_s);
    *out_retry_after_s = CLAMP (retry_after_s, 0, IB_LIMIT_BACKOFF_S);
    if (length > 0 && bytes[length - 1] == '\0')
        length--;
    g_autofree char *safe = ib_escape_text (bytes, (gssize) length, TEXT_BYTES / 4);
    return g_error_new_literal (IB_FETCH_ERROR, code <= IB_FETCH_ERROR_STOPPED ? code : IB_FETCH_ERROR_SERVER,
                                safe);
}
