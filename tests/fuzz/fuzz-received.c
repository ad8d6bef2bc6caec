/* Any Received field is read into names and addresses in their one form; and whatever stands below the hop at which a stranger
 * handed a message over, he stays the one who did, and no address becomes the user's. */
#include "host.h"
#include "path.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

#define ENTRY                                                                                                       \
    "Received: from localhost (evil.example.net [203.0.113.66]) by mail.example.org (Postfix) with ESMTP id 4Q2;\n" \
    "\tTue, 24 Nov 2026 10:00:00 +0100\nX-Line: so that nothing is folded on to it\n"

static void
assert_one_form (char *(*normalize) (const char *text, gsize length), const char *text)
{
    g_autofree char *again = *text != '\0' ? normalize (text, strlen (text)) : g_strdup ("");
    g_assert_cmpstr (again, ==, text);
}

static void
check_field (const char *value)
{
    g_autoptr (IbHop) hop = ib_received_parse (value);
    assert_one_form (ib_host_normalize, hop->name);
    assert_one_form (ib_ip_parse, hop->ip);
    g_assert_nonnull (hop->helo);
    g_assert_nonnull (hop->by);
    g_assert_nonnull (hop->with);
    g_assert_nonnull (hop->for_address);
}

static void
check_below_entry (const char *bytes, gsize length)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    ib_facts_set_text (&facts->server_host, g_strdup ("mail.example.org"));
    ib_facts_set_list (&facts->own_addresses, g_strsplit ("anna@example.org bob@example.org", " ", -1));
    ib_facts_set_list (&facts->relays, g_strsplit ("relay.example.com 198.51.100.7", " ", -1));
    g_autoptr (GString) header = g_string_new (ENTRY);
    g_string_append_len (header, bytes, (gssize) length);
    g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_assert_cmpuint (path->n_believed, ==, 1);
    g_assert_cmpint (path->entry, ==, 0);
    g_assert_cmpstr (ib_path_entry_host (path), ==, "evil.example.net");
    g_assert_cmpstr (path->recipient, ==, "");
    g_assert_null (path->relay);
    assert_one_form (ib_ip_parse, path->hint_ip);
}

/* As the whole header: then anything may be believed, and nothing may break. */
static void
check_header (const char *bytes, gsize length)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    ib_facts_set_text (&facts->server_host, g_strdup ("mail.example.org"));
    ib_facts_set_list (&facts->mx, g_strsplit ("example.org mx.example.org 192.0.2.1", "|", -1));
    g_autoptr (IbMessage) message = ib_message_new (bytes, length);
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_assert_cmpuint (path->n_believed, <=, path->hops->len);
    g_assert_cmpint (path->entry, <, (int) path->n_believed);
    g_assert_true (g_utf8_validate (path->recipient, -1, NULL));
    g_assert_true (*path->recipient == '\0' || strchr (path->recipient, '@') != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *value = length > 0 ? g_strndup ((const char *) bytes, length) : g_strdup ("");
    check_field (value);
    check_below_entry ((const char *) bytes, length);
    check_header ((const char *) bytes, length);
    return 0;
}
