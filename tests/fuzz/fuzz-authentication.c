/* Whatever a stranger writes below the line of hearsay, nobody vouches for him; and whatever a believed server writes, what is
 * read of it is a word and a domain. */
#include "address.h"
#include "authentication.h"
#include "host.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

#define ENTRY                                                                                                \
    "Received: from a (evil.example.net [203.0.113.66]) by mail.example.org (Postfix) with ESMTP id 1\n"
#define HEARSAY "Received: from b (b.example.net [203.0.113.67]) by evil.example.net with SMTP\n"
#define FROM "From: Bank <service@bank.example>\n"

static IbAuthentication *
read_results (const GString *header)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    ib_facts_set_text (&facts->server_host, g_strdup ("mail.example.org"));
    ib_facts_set_list (&facts->authserv_ids, g_strsplit ("mx.example.org", " ", -1));
    g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    return ib_authentication_read (message, authors, path, facts);
}

static void
check_result (const IbAuthResult *result)
{
    g_autofree char *lower = g_ascii_strdown (result->result, -1);
    g_autofree char *domain
        = *result->domain != '\0' ? ib_host_normalize (result->domain, strlen (result->domain)) : NULL;
    g_assert_cmpstr (result->result, ==, lower);
    g_assert_true (*result->domain == '\0' || g_strcmp0 (domain, result->domain) == 0);
}

static void
check_stranger (const char *bytes, gsize length)
{
    g_autoptr (GString) header
        = g_string_new (FROM ENTRY HEARSAY "X-Line: so that nothing is folded on to it\n");
    g_string_append_len (header, bytes, (gssize) length);
    g_autoptr (IbAuthentication) authentication = read_results (header);
    g_assert_false (ib_authentication_is_proven (authentication));
    g_assert_cmpstr (authentication->authserv_id, ==, "");
}

static void
check_believed (const char *value, const char *field)
{
    g_autofree char *one_line = g_strdelimit (g_strdup (value), "\r\n", ' ');
    g_autoptr (GString) header = g_string_new (NULL);
    g_string_append_printf (header, "%s: mx.example.org;%s\n" FROM ENTRY, field, one_line);
    g_autoptr (IbAuthentication) authentication = read_results (header);
    check_result (&authentication->spf);
    check_result (&authentication->dkim);
    check_result (&authentication->dmarc);
    check_result (&authentication->arc);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *value = length > 0 ? g_strndup ((const char *) bytes, length) : g_strdup ("");
    check_stranger ((const char *) bytes, length);
    check_believed (value, "Authentication-Results");
    check_believed (value, "ARC-Authentication-Results: i=1");
    check_believed (value, "Received-SPF");
    return 0;
}
