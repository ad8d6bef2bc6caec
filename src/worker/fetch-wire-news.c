/* fetch-wire-news.c - what a fetch worker tells of its session, of mailboxes and of messages */
#include "fetch-wire-private.h"

#include "escape.h"
#include "face.h"
#include "packed.h"
#include "server-limits.h"

#include <string.h>

/* RFC 6154 and its successors have names of a dozen letters. */
#define SPECIAL_USE_BYTES 32
/* The year 9999, and as far back: what GDateTime knows, with room to add to it. */
#define FAR_DATE_S (G_GINT64_CONSTANT (250000000000))

/* --- a session ------------------------------------------------------------------------------------------------- */

GVariant *
ib_fetch_wire_pack_step (IbFetchStep step, const char *text)
{
    return g_variant_new ("(y@ay)", step, ib_fetch_wire_pack_text (text));
}

bool
ib_fetch_wire_unpack_step (GVariant *body, IbFetchStep *out_step, const char **out_text)
{
    guint8 step;
    g_variant_get_child (body, 0, "y", &step);
    if (step > IB_STEP_BROKE_AT_UTF8 || !ib_fetch_wire_unpack_text (body, 1, out_text))
        return false;
    *out_step = (IbFetchStep) step;
    return true;
}

GVariant *
ib_fetch_wire_pack_offered (const char *offers)
{
    return ib_fetch_wire_pack_bytes (offers);
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
    return ib_fetch_wire_read_bytes (body, IB_LIMIT_OFFERS_BYTES, out_offers) && are_offers (*out_offers);
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
    return g_variant_new ("(@ay)", ib_fetch_wire_pack_text (text));
}

bool
ib_fetch_wire_unpack_alert (GVariant *body, const char **out_text)
{
    return ib_fetch_wire_unpack_text (body, 0, out_text) && **out_text != '\0';
}

GVariant *
ib_fetch_wire_pack_failed (const GError *error, gint64 retry_after_s)
{
    bool is_known = error->domain == IB_FETCH_ERROR && error->code <= IB_FETCH_ERROR_STOPPED;
    g_autofree char *for_files = ib_face_read (error->message, IB_FACE_FILES);
    g_autofree char *for_window = ib_face_read (error->message, IB_FACE_WINDOW);
    return g_variant_new ("(y@ay@ayx)", is_known ? error->code : IB_FETCH_ERROR_STOPPED,
                          ib_fetch_wire_pack_text (for_files), ib_fetch_wire_pack_text (for_window),
                          retry_after_s);
}

/* Any bytes, made a text. Returns: (transfer full) */
static char *
text_at (GVariant *body, gsize index)
{
    g_autoptr (GVariant) text = g_variant_get_child_value (body, index);
    gsize length;
    const char *bytes = g_variant_get_fixed_array (text, &length, 1);
    if (length > 0 && bytes[length - 1] == '\0')
        length--;
    return ib_escape_text (bytes, (gssize) length, IB_FETCH_WIRE_TEXT_BYTES / 4);
}

GError *
ib_fetch_wire_unpack_failed (GVariant *body, gint64 *out_retry_after_s)
{
    guint8 code;
    gint64 retry_after_s;
    g_variant_get_child (body, 0, "y", &code);
    g_variant_get_child (body, 3, "x", &retry_after_s);
    *out_retry_after_s = CLAMP (retry_after_s, 0, IB_LIMIT_BACKOFF_S);
    g_autofree char *for_files = text_at (body, 1);
    g_autofree char *for_window = text_at (body, 2);
    g_autofree char *words = ib_face_join (for_files, for_window);
    return g_error_new_literal (IB_FETCH_ERROR, code <= IB_FETCH_ERROR_STOPPED ? code : IB_FETCH_ERROR_SERVER,
                                words);
}

/* --- mailboxes --------------------------------------------------------------------------------------------------- */

static bool
read_name (GVariant *body, const char **out_mailbox)
{
    return ib_fetch_wire_read_bytes (body, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox) && **out_mailbox != '\0';
}

GVariant *
ib_fetch_wire_pack_watching (const char *mailbox)
{
    return ib_fetch_wire_pack_bytes (mailbox);
}

bool
ib_fetch_wire_unpack_watching (GVariant *body, const char **out_mailbox)
{
    return read_name (body, out_mailbox);
}

GVariant *
ib_fetch_wire_pack_broke_at (const char *mailbox)
{
    return ib_fetch_wire_pack_bytes (mailbox);
}

/* It will stand in a list with one a line. */
bool
ib_fetch_wire_unpack_broke_at (GVariant *body, const char **out_mailbox)
{
    return read_name (body, out_mailbox) && strchr (*out_mailbox, '\n') == NULL;
}

GVariant *
ib_fetch_wire_pack_mailbox (const IbMailboxState *state)
{
    return g_variant_new ("(@ay@ay@ayuuu@aybu)", ib_fetch_wire_pack_bytes (state->name),
                          ib_fetch_wire_pack_bytes (state->display_name),
                          ib_fetch_wire_pack_bytes (state->special_use), state->uidvalidity, state->uidnext,
                          state->exists, ib_fetch_wire_pack_bytes (state->listing), state->is_restarted,
                          state->most_shown);
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
    gboolean is_restarted;
    if (!ib_fetch_wire_unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, &state.name) || *state.name == '\0'
        || !ib_fetch_wire_unpack_utf8 (body, 1, IB_LIMIT_MAILBOX_NAME_BYTES, &state.display_name)
        || *state.display_name == '\0'
        || !ib_fetch_wire_unpack_bytes (body, 2, SPECIAL_USE_BYTES, &state.special_use)
        || !is_word (state.special_use)
        || !ib_fetch_wire_unpack_bytes (body, 6, IB_LIMIT_LISTING_BYTES, &state.listing)
        || !is_word (state.listing))
        return false;
    g_variant_get_child (body, 3, "u", &state.uidvalidity);
    g_variant_get_child (body, 4, "u", &state.uidnext);
    g_variant_get_child (body, 5, "u", &state.exists);
    g_variant_get_child (body, 7, "b", &is_restarted);
    state.is_restarted = is_restarted;
    g_variant_get_child (body, 8, "u", &state.most_shown);
    *out_state = state;
    return true;
}

GVariant *
ib_fetch_wire_pack_taken (guint32 highest_uid, const char *listing)
{
    return g_variant_new ("(u@ay)", highest_uid, ib_fetch_wire_pack_bytes (listing));
}

bool
ib_fetch_wire_unpack_taken (GVariant *body, guint32 *out_highest_uid, const char **out_listing)
{
    g_variant_get_child (body, 0, "u", out_highest_uid);
    return ib_fetch_wire_unpack_bytes (body, 1, IB_LIMIT_LISTING_BYTES, out_listing)
           && is_word (*out_listing);
}

GVariant *
ib_fetch_wire_pack_mailbox_failed (const char *mailbox, const char *server_text)
{
    return g_variant_new ("(@ay@ay)", ib_fetch_wire_pack_bytes (mailbox),
                          ib_fetch_wire_pack_text (server_text));
}

bool
ib_fetch_wire_unpack_mailbox_failed (GVariant *body, const char **out_mailbox, const char **out_server_text)
{
    return ib_fetch_wire_unpack_bytes (body, 0, IB_LIMIT_MAILBOX_NAME_BYTES, out_mailbox)
           && **out_mailbox != '\0' && ib_fetch_wire_unpack_text (body, 1, out_server_text);
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

/* --- messages --------------------------------------------------------------------------------------------------- */

static bool
is_message (const IbRemoteMessage *message)
{
    const guint32 all_flags
        = IB_FLAG_SEEN | IB_FLAG_ANSWERED | IB_FLAG_FLAGGED | IB_FLAG_DRAFT | IB_FLAG_DELETED;
    if ((message->uid != 0) == (message->uidl != NULL))
        return false;
    if (message->uidl != NULL
        && (strlen (message->uidl) > IB_LIMIT_IDENTITY_BYTES || !ib_fetch_wire_is_identity (message->uidl)))
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

GVariant *
ib_fetch_wire_pack_attempt (guint32 uid, const char *uidl)
{
    return g_variant_new ("(u@ay)", uid, ib_fetch_wire_pack_bytes (uidl));
}

bool
ib_fetch_wire_unpack_attempt (GVariant *body, guint32 *out_uid, const char **out_uidl)
{
    if (!ib_fetch_wire_unpack_bytes (body, 1, IB_LIMIT_IDENTITY_BYTES, out_uidl)
        || (**out_uidl != '\0' && !ib_fetch_wire_is_identity (*out_uidl)))
        return false;
    g_variant_get_child (body, 0, "u", out_uid);
    return true;
}

static GVariant *
pack_skipped (const IbRemoteMessage *message)
{
    return g_variant_new ("(u@ayuxtt)", message->uid, ib_fetch_wire_pack_bytes (message->uidl),
                          message->flags, message->internal_date_s, message->size_served,
                          message->size_bytes);
}

static bool
unpack_skipped (GVariant *body, IbRemoteMessage *out_message)
{
    IbRemoteMessage message;
    if (!ib_fetch_wire_unpack_bytes (body, 1, IB_LIMIT_IDENTITY_BYTES, &message.uidl))
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
    return g_variant_new ("(@" IB_FETCH_WIRE_MESSAGE_TYPE "y@ay)", pack_skipped (message), reason,
                          ib_fetch_wire_pack_text (server_text));
}

bool
ib_fetch_wire_unpack_skip (GVariant *body, IbRemoteMessage *out_message, IbSkip *out_reason,
                           const char **out_server_text)
{
    g_autoptr (GVariant) message = g_variant_get_child_value (body, 0);
    guint8 reason;

    g_variant_get_child (body, 1, "y", &reason);
    if (reason > IB_SKIP_LEFT_OUT || !ib_fetch_wire_unpack_text (body, 2, out_server_text)
        || !unpack_skipped (message, out_message))
        return false;
    *out_reason = (IbSkip) reason;
    return true;
}
