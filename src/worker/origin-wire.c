/* origin-wire.c - where a message came from, as it crosses from the filter worker */
#include "origin-wire.h"
#include "mail-limits.h"

#include <string.h>

/* A host's name in HELO, an address: longer ones are nobody's. */
#define TEXT_BYTES 300
/* Cut in half, and made valid: each byte may have become three. */
#define VALID_BYTES (3 * TEXT_BYTES)
/* "spf=pass" and its like: one of four methods, and what follows from them. */
#define RESULTS 5

static void
pack_text (GByteArray *out, const char *text)
{
    g_autofree char *cut = g_utf8_make_valid (text, (gssize) MIN (strlen (text), TEXT_BYTES));
    ib_pack_text (out, cut);
}

static char *
unpack_text (IbPacked *packed)
{
    return g_strdup (ib_packed_text (packed));
}

static void
pack_hop (GByteArray *out, const IbHop *hop)
{
    pack_text (out, hop->name);
    pack_text (out, hop->helo);
    pack_text (out, hop->ip);
    pack_text (out, hop->by);
    pack_text (out, hop->with);
    pack_text (out, hop->for_address);
    ib_pack_number (out, (guint64) hop->date_s);
    ib_pack_number (out, hop->kind);
    ib_pack_number (out, hop->is_encrypted);
    ib_pack_number (out, hop->is_authenticated);
    ib_pack_number (out, hop->has_from);
    ib_pack_number (out, hop->is_clear);
}

static IbHop *
unpack_hop (IbPacked *packed)
{
    IbHop *hop = g_new0 (IbHop, 1);
    hop->name = unpack_text (packed);
    hop->helo = unpack_text (packed);
    hop->ip = unpack_text (packed);
    hop->by = unpack_text (packed);
    hop->with = unpack_text (packed);
    hop->for_address = unpack_text (packed);
    hop->date_s = ib_packed_signed (packed);
    hop->kind = (IbHopKind) ib_packed_number (packed, IB_HOP_PULLED);
    hop->is_encrypted = ib_packed_bool (packed);
    hop->is_authenticated = ib_packed_bool (packed);
    hop->has_from = ib_packed_bool (packed);
    hop->is_clear = ib_packed_bool (packed);
    return hop;
}

static void
pack_result (GByteArray *out, const IbAuthResult *result)
{
    pack_text (out, result->result);
    pack_text (out, result->domain);
    ib_pack_number (out, result->is_aligned);
}

static void
unpack_result (IbPacked *packed, IbAuthResult *out_result)
{
    out_result->result = unpack_text (packed);
    out_result->domain = unpack_text (packed);
    out_result->is_aligned = ib_packed_bool (packed);
}

/* One line of UTF-8 that can be shown. */
static bool
is_text (const char *text)
{
    if (strlen (text) > VALID_BYTES || !g_utf8_validate (text, -1, NULL))
        return false;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return false;
    return true;
}

/* Of letters, digits and what is between them: a host's name, or an address. */
static bool
is_host (const char *text)
{
    return strlen (text) <= TEXT_BYTES
           && strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-_.:") == strlen (text);
}

static void
pack_line (GByteArray *out, const char *text)
{
    pack_text (out, is_text (text) ? text : "");
}

void
ib_origin_wire_pack_signals (GByteArray *out, const IbSignals *signals)
{
    pack_text (out, signals->entry_host);
    pack_text (out, signals->entry_ip);
    pack_line (out, signals->relay);
    pack_text (out, signals->mx);
    pack_line (out, signals->recipient);
    pack_text (out, signals->server_filter);
    pack_text (out, signals->sender);
    pack_text (out, signals->kind);
    guint count = MIN (g_strv_length (signals->authentication), RESULTS);
    ib_pack_number (out, count);
    for (guint i = 0; i < count; i++)
        pack_line (out, signals->authentication[i]);
}

IbSignals *
ib_origin_wire_unpack_signals (IbPacked *packed)
{
    IbSignals *signals = g_new0 (IbSignals, 1);
    signals->entry_host = unpack_text (packed);
    signals->entry_ip = unpack_text (packed);
    signals->relay = unpack_text (packed);
    signals->mx = unpack_text (packed);
    signals->recipient = unpack_text (packed);
    signals->server_filter = unpack_text (packed);
    signals->sender = unpack_text (packed);
    signals->kind = unpack_text (packed);
    signals->authentication = ib_packed_list (packed, RESULTS);
    return signals;
}

static bool
is_kind (const char *text)
{
    if (*text == '\0')
        return true;
    for (guint kind = 0; kind <= IB_MAIL_NOTIFICATION; kind++)
        if (strcmp (text, ib_mail_kind_name ((IbMailKind) kind)) == 0)
            return true;
    return false;
}

bool
ib_origin_wire_is_sound (const IbSignals *signals)
{
    static const char *const matches[] = { "", "match", "beside", NULL };
    static const char *const filters[] = { "", "passed", "marked", NULL };
    static const char *const senders[] = { "", "known", NULL };
    if (!is_host (signals->entry_host) || !is_host (signals->entry_ip)
        || !g_strv_contains (matches, signals->mx) || !g_strv_contains (filters, signals->server_filter)
        || !g_strv_contains (senders, signals->sender) || !is_kind (signals->kind)
        || !is_text (signals->relay) || !is_text (signals->recipient)
        || (*signals->recipient != '\0' && strchr (signals->recipient, '@') == NULL))
        return false;
    for (char **result = signals->authentication; *result != NULL; result++)
        if (!is_text (*result))
            return false;
    return true;
}

void
ib_origin_wire_pack (GByteArray *out, const IbOrigin *origin)
{
    const IbPath *path = origin->path;
    ib_pack_number (out, path->hops->len);
    for (guint i = 0; i < path->hops->len; i++)
        pack_hop (out, path->hops->pdata[i]);
    ib_pack_number (out, path->n_believed);
    ib_pack_number (out, (guint64) (path->entry + 1));
    ib_pack_text (out, path->relay);
    ib_pack_number (out, path->mx);
    pack_text (out, path->recipient);
    ib_pack_number (out, (guint64) path->longest_wait_s);
    ib_pack_number (out, path->runs_back);
    pack_text (out, path->hint_ip);

    const IbAuthentication *authentication = origin->authentication;
    pack_result (out, &authentication->spf);
    pack_result (out, &authentication->dkim);
    pack_result (out, &authentication->dmarc);
    pack_result (out, &authentication->arc);
    pack_text (out, authentication->authserv_id);
    pack_text (out, authentication->stranger_id);
    ib_pack_number (out, authentication->stranger_is_near);
    pack_text (out, authentication->from_domain);
    ib_pack_number (out, origin->kind);
    ib_pack_number (out, origin->server_filter);
}

static IbPath *
unpack_path (IbPacked *packed)
{
    IbPath *path = ib_path_new ();
    guint count = ib_packed_count (packed, IB_LIMIT_HOPS);
    for (guint i = 0; i < count && !packed->is_broken; i++)
        g_ptr_array_add (path->hops, unpack_hop (packed));
    path->n_believed = (guint) ib_packed_number (packed, path->hops->len);
    path->entry = (int) ib_packed_number (packed, path->n_believed) - 1;
    path->relay = g_strdup (ib_packed_nullable (packed));
    path->mx = (IbMxMatch) ib_packed_number (packed, IB_MX_BESIDE);
    path->recipient = unpack_text (packed);
    path->longest_wait_s = ib_packed_signed (packed);
    path->runs_back = ib_packed_bool (packed);
    path->hint_ip = unpack_text (packed);
    return path;
}

static IbAuthentication *
unpack_authentication (IbPacked *packed)
{
    IbAuthentication *authentication = g_new0 (IbAuthentication, 1);
    unpack_result (packed, &authentication->spf);
    unpack_result (packed, &authentication->dkim);
    unpack_result (packed, &authentication->dmarc);
    unpack_result (packed, &authentication->arc);
    authentication->authserv_id = unpack_text (packed);
    authentication->stranger_id = unpack_text (packed);
    authentication->stranger_is_near = ib_packed_bool (packed);
    authentication->from_domain = unpack_text (packed);
    return authentication;
}

IbOrigin *
ib_origin_wire_unpack (IbPacked *packed)
{
    IbOrigin *origin = g_new0 (IbOrigin, 1);
    origin->path = unpack_path (packed);
    origin->authentication = unpack_authentication (packed);
    origin->kind = (IbMailKind) ib_packed_number (packed, IB_MAIL_NOTIFICATION);
    origin->server_filter = (IbServerFilter) ib_packed_number (packed, IB_SERVER_FILTER_MARKED);
    return origin;
}
