/* Where a message came from, across the boundary: as it was; and damaged at any byte, without a crash. */
#include "origin-wire.h"

#include <string.h>

static const char header[]
    = "Authentication-Results: mail.example.org; dkim=pass header.d=example.net\n"
      "Received: from relay.example.com (relay.example.com [198.51.100.7]) by mail.example.org (Postfix) with ESMTPSA id 2\n"
      "\tfor <anna@example.org>; Tue, 24 Nov 2026 10:00:00 +0100\n"
      "Received: from \xff (bulk.example.net [203.0.113.5]) by relay.example.com (Postfix) with ESMTP id 1;\n"
      "\tTue, 24 Nov 2026 09:58:00 +0100\n"
      "X-Originating-IP: 203.0.113.99\nList-Id: x\nFrom: a@example.net\n";

static IbOrigin *
an_origin (void)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_free (facts->server_host);
    facts->server_host = g_strdup ("mail.example.org");
    g_strfreev (facts->relays);
    facts->relays = g_strsplit ("198.51.100.7", " ", -1);
    ib_facts_set_list (&facts->own_addresses, g_strsplit ("anna@example.org", " ", -1));
    g_autoptr (IbMessage) message = ib_message_new (header, strlen (header));
    return ib_origin_find (message, facts);
}

static void
assert_same_hop (const IbHop *a, const IbHop *b)
{
    g_assert_cmpstr (a->name, ==, b->name);
    g_assert_cmpstr (a->ip, ==, b->ip);
    g_assert_cmpstr (a->by, ==, b->by);
    g_assert_cmpstr (a->with, ==, b->with);
    g_assert_cmpstr (a->for_address, ==, b->for_address);
    g_assert_cmpint (a->date_s, ==, b->date_s);
    g_assert_cmpint (a->kind, ==, b->kind);
    g_assert_true (a->is_encrypted == b->is_encrypted && a->is_authenticated == b->is_authenticated
                   && a->has_from == b->has_from && a->is_clear == b->is_clear);
}

static void
test_arrives (void)
{
    g_autoptr (IbOrigin) origin = an_origin ();
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_origin_wire_pack (bytes, origin);
    IbPacked packed;
    ib_packed_init (&packed, bytes->data, bytes->len);
    g_autoptr (IbOrigin) read = ib_origin_wire_unpack (&packed);
    g_assert_true (ib_packed_is_whole (&packed));

    g_assert_cmpuint (read->path->hops->len, ==, 2);
    for (guint i = 0; i < 2; i++)
        assert_same_hop (read->path->hops->pdata[i], origin->path->hops->pdata[i]);
    g_assert_cmpuint (read->path->n_believed, ==, 2);
    g_assert_cmpint (read->path->entry, ==, 1);
    g_assert_cmpstr (read->path->relay, ==, "198.51.100.7");
    g_assert_cmpint (read->path->longest_wait_s, ==, 120);
    g_assert_cmpstr (read->path->hint_ip, ==, "203.0.113.99");
    g_assert_cmpstr (read->authentication->dkim.result, ==, "pass");
    g_assert_true (read->authentication->dkim.is_aligned);
    g_assert_cmpstr (read->authentication->authserv_id, ==, "mail.example.org");
    g_assert_cmpstr (read->authentication->from_domain, ==, "example.net");
    g_assert_cmpint (read->kind, ==, IB_MAIL_LIST);
    g_assert_true (g_utf8_validate (ib_path_entry_hop (read->path)->helo, -1, NULL));
}

static void
test_without_entry_hop (void)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new ("From: a\n", 8);
    g_autoptr (IbOrigin) origin = ib_origin_find (message, facts);
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_origin_wire_pack (bytes, origin);
    IbPacked packed;
    ib_packed_init (&packed, bytes->data, bytes->len);
    g_autoptr (IbOrigin) read = ib_origin_wire_unpack (&packed);
    g_assert_true (ib_packed_is_whole (&packed));
    g_assert_null (ib_path_entry_hop (read->path));
    g_assert_null (read->path->relay);
}

/* Whatever a worker that was taken over sends: what is read is safe to look at. */
static void
test_damaged (void)
{
    g_autoptr (IbOrigin) origin = an_origin ();
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_origin_wire_pack (bytes, origin);
    for (guint at = 0; at < bytes->len; at++)
        for (guint bit = 0; bit < 8; bit++) {
            bytes->data[at] ^= (guint8) (1u << bit);
            IbPacked packed;
            ib_packed_init (&packed, bytes->data, bytes->len);
            g_autoptr (IbOrigin) read = ib_origin_wire_unpack (&packed);
            const IbHop *entry = ib_path_entry_hop (read->path);
            g_assert_true (entry == NULL || entry->ip != NULL);
            g_assert_cmpuint (read->path->n_believed, <=, read->path->hops->len);
            g_assert_nonnull (ib_mail_kind_name (read->kind));
            bytes->data[at] ^= (guint8) (1u << bit);
        }
}

/* --- in short ----------------------------------------------------------------------------------------------- */

static IbSignals *
crossed (const IbSignals *signals)
{
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_origin_wire_pack_signals (bytes, signals);
    IbPacked packed;
    ib_packed_init (&packed, bytes->data, bytes->len);
    IbSignals *read = ib_origin_wire_unpack_signals (&packed);
    g_assert_true (ib_packed_is_whole (&packed));
    return read;
}

static void
test_signals_arrive (void)
{
    g_autoptr (IbOrigin) origin = an_origin ();
    g_autoptr (IbSignals) signals = ib_origin_signals (origin), read = crossed (signals);
    g_assert_true (ib_origin_wire_is_sound (read));
    g_assert_cmpstr (read->entry_host, ==, "bulk.example.net");
    g_assert_cmpstr (read->entry_ip, ==, "203.0.113.5");
    g_assert_cmpstr (read->relay, ==, "198.51.100.7");
    g_assert_cmpstr (read->mx, ==, "");
    g_assert_cmpstr (read->recipient, ==, "anna@example.org");
    g_assert_cmpstr (read->kind, ==, "list");
    g_assert_cmpstrv (read->authentication, signals->authentication);
}

typedef struct {
    const char *name;
    gsize field;
    const char *value;
} Unsound;

/* What no honest worker says. */
static const Unsound unsound[] = {
    { "host-with-blank", G_STRUCT_OFFSET (IbSignals, entry_host), "a b" },
    { "host-with-capitals", G_STRUCT_OFFSET (IbSignals, entry_host), "MX.example" },
    { "host-with-escape", G_STRUCT_OFFSET (IbSignals, entry_host), "\x1b[31m" },
    { "ip-with-line-end", G_STRUCT_OFFSET (IbSignals, entry_ip), "192.0.2.1\n" },
    { "relay-of-two-lines", G_STRUCT_OFFSET (IbSignals, relay), "a\nb" },
    { "mx-of-no-kind", G_STRUCT_OFFSET (IbSignals, mx), "maybe" },
    { "recipient-without-domain", G_STRUCT_OFFSET (IbSignals, recipient), "anna" },
    { "recipient-with-line-end", G_STRUCT_OFFSET (IbSignals, recipient), "anna@example.org\n" },
    { "recipient-in-latin-1", G_STRUCT_OFFSET (IbSignals, recipient), "\xe4@example.org" },
    { "filter-of-no-kind", G_STRUCT_OFFSET (IbSignals, server_filter), "good" },
    { "sender-of-no-kind", G_STRUCT_OFFSET (IbSignals, sender), "friend" },
    { "kind-of-no-kind", G_STRUCT_OFFSET (IbSignals, kind), "spam" },
};

static void
test_unsound (gconstpointer data)
{
    const Unsound *row = data;
    g_autoptr (IbOrigin) origin = an_origin ();
    g_autoptr (IbSignals) signals = ib_origin_signals (origin);
    char **field = G_STRUCT_MEMBER_P (signals, row->field);
    g_free (*field);
    *field = g_strdup (row->value);
    g_assert_false (ib_origin_wire_is_sound (signals));
}

static void
test_unsound_when_too_long (void)
{
    g_autoptr (IbSignals) signals = ib_signals_new ();
    g_assert_true (ib_origin_wire_is_sound (signals));
    g_free (signals->relay);
    signals->relay = g_strnfill (5000, 'a');
    g_assert_false (ib_origin_wire_is_sound (signals));
    g_autoptr (IbSignals) read = crossed (signals);
    g_assert_true (ib_origin_wire_is_sound (read));
}

static void
test_signals_damaged (void)
{
    g_autoptr (IbOrigin) origin = an_origin ();
    g_autoptr (IbSignals) signals = ib_origin_signals (origin);
    g_autoptr (GByteArray) bytes = g_byte_array_new ();
    ib_origin_wire_pack_signals (bytes, signals);
    for (guint at = 0; at < bytes->len; at++)
        for (guint bit = 0; bit < 8; bit++) {
            bytes->data[at] ^= (guint8) (1u << bit);
            IbPacked packed;
            ib_packed_init (&packed, bytes->data, bytes->len);
            g_autoptr (IbSignals) read = ib_origin_wire_unpack_signals (&packed);
            if (ib_packed_is_whole (&packed) && ib_origin_wire_is_sound (read))
                g_assert_true (g_utf8_validate (read->recipient, -1, NULL));
            bytes->data[at] ^= (guint8) (1u << bit);
        }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/origin-wire/arrives", test_arrives);
    g_test_add_func ("/origin-wire/without-entry-hop", test_without_entry_hop);
    g_test_add_func ("/origin-wire/damaged", test_damaged);
    g_test_add_func ("/origin-wire/signals-arrive", test_signals_arrive);
    g_test_add_func ("/origin-wire/signals-damaged", test_signals_damaged);
    g_test_add_func ("/origin-wire/too-long", test_unsound_when_too_long);
    for (gsize i = 0; i < G_N_ELEMENTS (unsound); i++) {
        g_autofree char *path = g_strconcat ("/origin-wire/unsound/", unsound[i].name, NULL);
        g_test_add_data_func (path, &unsound[i], test_unsound);
    }
    return g_test_run ();
}
