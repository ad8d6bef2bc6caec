/* tests/mail/paths/NAME.path: what is known beside the message, the header, and what the walk makes of it. A hop is
 * "+ BY < NAME [IP] ...", and "-" in front of one that is hearsay. */
#include "path.h"

#include <string.h>

static void
fill_facts (IbFacts *facts, const char *text)
{
    const struct {
        const char *key;
        char ***list;
    } lists[] = {
        { "own: ", &facts->own_addresses }, { "provider: ", &facts->provider_hosts },
        { "relays: ", &facts->relays },
    };
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    g_autoptr (GStrvBuilder) mx = g_strv_builder_new ();
    for (char **line = lines; *line != NULL; line++) {
        for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
            if (g_str_has_prefix (*line, lists[i].key)) {
                g_strfreev (*lists[i].list);
                *lists[i].list = g_strsplit (*line + strlen (lists[i].key), " ", -1);
            }
        if (g_str_has_prefix (*line, "mx: "))
            g_strv_builder_add (mx, *line + strlen ("mx: "));
        if (g_str_has_prefix (*line, "server: ")) {
            g_free (facts->server_host);
            facts->server_host = g_strdup (*line + strlen ("server: "));
        }
    }
    g_strfreev (facts->mx);
    facts->mx = g_strv_builder_end (mx);
    if (facts->own_addresses[0] != NULL) {
        g_free (facts->account_address);
        facts->account_address = g_strdup (facts->own_addresses[0]);
    }
}

static void
describe_hop (GString *text, const IbHop *hop, bool is_believed)
{
    g_string_append_printf (text, "%c %s <", is_believed ? '+' : '-', hop->by);
    if (*hop->name != '\0')
        g_string_append_printf (text, " %s", hop->name);
    if (hop->has_from)
        g_string_append_printf (text, " [%s]", hop->ip);
    g_string_append_printf (text, "%s%s%s%s\n", hop->is_encrypted ? " TLS" : "",
                            hop->kind == IB_HOP_INSIDE ? " inside" : "",
                            hop->kind == IB_HOP_PULLED ? " pulled" : "", hop->is_clear ? "" : " unclear");
}

static char *
describe (const IbPath *path)
{
    static const char *const matches[] = { NULL, "matches", "beside" };
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < path->hops->len; i++)
        describe_hop (text, path->hops->pdata[i], i < path->n_believed);
    const IbHop *entry = ib_path_entry_hop (path);
    if (entry != NULL)
        g_string_append_printf (text, "entry: %s%s[%s]\n", entry->name, *entry->name != '\0' ? " " : "",
                                entry->ip);
    if (path->relay != NULL)
        g_string_append_printf (text, "relay: %s\n", path->relay);
    if (path->mx != IB_MX_UNKNOWN)
        g_string_append_printf (text, "mx: %s\n", matches[path->mx]);
    if (*path->recipient != '\0')
        g_string_append_printf (text, "recipient: %s\n", path->recipient);
    if (path->longest_wait_s > 60)
        g_string_append_printf (text, "longest wait: %" G_GINT64_FORMAT "\n", path->longest_wait_s);
    if (path->runs_back)
        g_string_append (text, "runs back\n");
    if (*path->hint_ip != '\0')
        g_string_append_printf (text, "hint: %s\n", path->hint_ip);
    return g_string_free (text, FALSE);
}

static void
test_golden (gconstpointer file)
{
    g_autofree char *text = NULL;
    g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
    g_auto (GStrv) parts = g_strsplit (text, "--\n", 3);
    g_assert_cmpuint (g_strv_length (parts), ==, 3);

    g_autoptr (IbFacts) facts = ib_facts_new ();
    fill_facts (facts, parts[0]);
    g_autoptr (IbMessage) message = ib_message_new (parts[1], strlen (parts[1]));
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autofree char *described = describe (path);
    g_assert_cmpstr (described, ==, parts[2]);
}

/* --- whatever a stranger writes below the hop at which he handed it over, he stays the one who did --- */

static const char *const stranger_lines[] = {
    "from mail.example.org (localhost [127.0.0.1]) by mail.example.org (Postfix) with ESMTP id 1",
    "by mail.example.org with LMTP id 2",
    "from relay.example.com (relay.example.com [198.51.100.7]) by mail.example.org (Postfix) with ESMTPS id 3",
    "from pop.example.org [192.0.2.1] by mail.example.org with POP3 (fetchmail-6.4.37)",
    "from a (b [10.0.0.1]) by localhost with ESMTP",
    "(qmail 1 invoked from network)",
    "from x (",
    "",
    "from mail.bank.example (mail.bank.example [192.0.2.44]) by relay.example.com with ESMTPS",
};
static const char *const stranger_helos[] = {
    "mail.example.org", "relay.example.com", "[10.0.0.1]", "[127.0.0.1]", "localhost", "by", "with", "from", "LMTP",
    "x([127.0.0.1])", "x;", "\"", "x(helo=a)", "HELO", "198.51.100.7", "mail.example.org.", "[IPv6:::1]",
};
/* How the user's server writes who connected. */
static const char *const entries[] = {
    "from %s (unknown [203.0.113.66]) by mail.example.org (Postfix) with ESMTP id 4Q2; Tue, 24 Nov 2026 10:00:00 +0100",
    "from %s (evil.example.net [203.0.113.66]) by mail.example.org (Postfix) with ESMTPS id 4Q2",
    "from evil.example.net ([203.0.113.66] helo=%s) by mail.example.org with esmtp (Exim 4.96) id 1",
    "from [203.0.113.66] (helo=%s) by mail.example.org with esmtp (Exim 4.96) id 1",
    "from unknown (HELO %s) (203.0.113.66) by mail.example.org with SMTP",
    "from %s (203.0.113.66) by mail.example.org (10.0.0.2) with Microsoft SMTP Server id 15.20",
    "from 203.0.113.66 (EHLO %s) by 10.1.2.3 with SMTPs",
};

static void
test_stranger_stays (void)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    fill_facts (facts, "server: mail.example.org\nrelays: 198.51.100.7 relay.example.com\nown: anna@example.org\n");
    g_autoptr (GRand) random = g_rand_new_with_seed (5);
    for (guint round = 0; round < 20000; round++) {
        const char *helo = stranger_helos[g_rand_int_range (random, 0, G_N_ELEMENTS (stranger_helos))];
        const char *form = entries[g_rand_int_range (random, 0, G_N_ELEMENTS (entries))];
        g_auto (GStrv) halves = g_strsplit (form, "%s", 2);
        g_autoptr (GString) header = g_string_new ("Received: from mail.example.org ([127.0.0.1]) by mail.example.org "
                                                   "with LMTP id 9\n");
        g_string_append_printf (header, "Received: %s%s%s\n", halves[0], helo, halves[1]);
        for (guint n = (guint) g_rand_int_range (random, 0, 4); n > 0; n--)
            g_string_append_printf (header, "Received: %s\n",
                                    stranger_lines[g_rand_int_range (random, 0, G_N_ELEMENTS (stranger_lines))]);
        g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
        g_autoptr (IbPath) path = ib_path_walk (message, facts);
        const IbHop *entry = ib_path_entry_hop (path);
        if (path->n_believed != 2 || entry == NULL || (*entry->ip != '\0' && strcmp (entry->ip, "203.0.113.66") != 0))
            g_error ("believed %u hops of\n%s", path->n_believed, header->str);
    }
}

/* ... and no field of his makes an address the user's: what is named is what the entry hop or delivery named. */
static const char *const stranger_fields[] = {
    "Delivered-To: ceo@bank.example",
    "X-Original-To: <ceo@bank.example>",
    "Envelope-To: bob@example.org",
    "X-Delivered-To: ceo@bank.example",
    "Received: by mail.example.org with LMTP for <ceo@bank.example>; Tue, 24 Nov 2026 10:00:00 +0100",
    "Received: from mail.example.org (localhost [127.0.0.1]) by mail.example.org for ceo@bank.example",
    "To: ceo@bank.example",
};

static void
test_no_address_is_invented (void)
{
    static const char *const recipients[] = { "", "anna@example.org", "old@example.com" };
    g_autoptr (IbFacts) facts = ib_facts_new ();
    fill_facts (facts, "server: mail.example.org\nown: anna@example.org bob@example.org\n");
    g_autoptr (GRand) random = g_rand_new_with_seed (6);
    for (guint round = 0; round < 20000; round++) {
        const char *recipient = recipients[g_rand_int_range (random, 0, G_N_ELEMENTS (recipients))];
        bool is_written_by_hop = g_rand_boolean (random);
        g_autoptr (GString) header = g_string_new (NULL);
        if (*recipient != '\0' && !is_written_by_hop)
            g_string_append_printf (header, "Delivered-To: %s\n", recipient);
        g_string_append (header, "Received: from ");
        g_string_append (header, stranger_helos[g_rand_int_range (random, 0, G_N_ELEMENTS (stranger_helos))]);
        g_string_append (header, " (evil.example.net [203.0.113.66]) by mail.example.org (Postfix) with ESMTP id 4Q2");
        if (*recipient != '\0' && is_written_by_hop)
            g_string_append_printf (header, "\n\tfor <%s>", recipient);
        g_string_append (header, "; Tue, 24 Nov 2026 10:00:00 +0100\n");
        for (guint n = (guint) g_rand_int_range (random, 0, 5); n > 0; n--)
            g_string_append_printf (header, "%s\n",
                                    stranger_fields[g_rand_int_range (random, 0, G_N_ELEMENTS (stranger_fields))]);
        g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
        g_autoptr (IbPath) path = ib_path_walk (message, facts);
        /* A HELO that is made to confuse may cost what the hop says; it never adds to it. */
        if (strcmp (path->recipient, recipient) != 0 && !(is_written_by_hop && *path->recipient == '\0'))
            g_error ("sent to “%s”? %s", path->recipient, header->str);
    }
}

static void
test_bounded (void)
{
    g_autoptr (GString) header = g_string_new (NULL);
    for (guint i = 0; i < 5000; i++)
        g_string_append_printf (header, "Received: from a%u (localhost [127.0.0.1]) by localhost with LMTP\n", i);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_assert_cmpuint (path->hops->len, ==, 100);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_autofree char *folder = g_build_filename (g_getenv ("IB_TEST_SOURCE"), "tests", "mail", "paths", NULL);
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    g_assert_nonnull (dir);
    for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
        g_autofree char *path = g_strconcat ("/path/golden/", name, NULL);
        g_test_add_data_func_full (path, g_build_filename (folder, name, NULL), test_golden, g_free);
    }
    g_test_add_func ("/path/stranger-stays", test_stranger_stays);
    g_test_add_func ("/path/no-address-is-invented", test_no_address_is_invented);
    g_test_add_func ("/path/bounded", test_bounded);
    return g_test_run ();
}
