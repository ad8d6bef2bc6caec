/* origin-wire.c - where a message came from, as it crosses from the filter worker */
#include "origin-wire.h"
#include "mail-limits.h"

/* A host's name in HELO, an address: longer ones are nobody's. */
#define TEXT_BYTES 300

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
    pack_text (out, authentication->from_domain);
    ib_pack_number (out, origin->kind);
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
    return origin;
}
