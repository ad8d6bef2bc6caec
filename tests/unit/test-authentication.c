/* Who is believed to have vouched for a sender, as "spf=… dkim=… dmarc=… arc=… by=… stranger=…": "+" behind a result that
 * is aligned with From. The message came from 203.0.113.5 at mail.example.org, below which all is hearsay. */
#include "authentication.h"
#include "address.h"

#include <string.h>

#define TOP                                                                                                        \
    "Received: from out.example.net (out.example.net [203.0.113.5]) by mail.example.org (Postfix) with ESMTP id 1; " \
    "Tue, 24 Nov 2026 10:00:00 +0100\n"
#define BELOW "Received: from a (a [192.0.2.9]) by out.example.net with SMTP; Tue, 24 Nov 2026 09:00:00 +0100\n"
#define FROM "From: Dora <dora@example.net>\n"
#define PASS "Authentication-Results: mail.example.org; spf=pass smtp.mailfrom=b@example.net; dkim=pass header.d=example.net; dmarc=pass header.from=example.net\n"

static const struct {
    const char *name, *header, *results;
} messages[] = {
    { "all-pass", PASS TOP FROM, "spf=pass+ dkim=pass+ dmarc=pass+ arc= by=mail.example.org stranger=" },
    { "below-the-entry-hop", TOP PASS FROM, "spf=pass+ dkim=pass+ dmarc=pass+ arc= by=mail.example.org stranger=" },
    { "below-hearsay", TOP BELOW PASS FROM, "spf= dkim= dmarc= arc= by= stranger=mail.example.org" },
    { "strange-id", TOP "Authentication-Results: mx.example.net; dkim=pass header.d=example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=mx.example.net" },
    { "id-that-only-ends-alike", TOP "Authentication-Results: evilmail.example.org.example.net; dkim=pass header.d=example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=evilmail.example.org.example.net" },
    { "stranger-who-says-fail-is-no-matter", TOP "Authentication-Results: mx.example.net; dkim=fail header.d=example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "of-authserv-ids", TOP "Authentication-Results: filter; dkim=pass header.d=example.net\n" FROM,
      "spf= dkim=pass+ dmarc= arc= by=filter stranger=" },
    { "same-organization", TOP "Authentication-Results: mx2.example.org 1; dkim=pass header.d=mail.example.net\n" FROM,
      "spf= dkim=pass+ dmarc= arc= by=mx2.example.org stranger=" },
    /* Its servers write under the name of the one that took it in: nobody takes out what else is called like them. */
    { "same-organization-beside-the-server-itself",
      TOP "Authentication-Results: mail.example.org; spf=fail smtp.mailfrom=example.net\n"
          "Authentication-Results: made-up.example.org; dmarc=pass header.from=example.net\n" FROM,
      "spf=fail+ dkim= dmarc= arc= by=mail.example.org stranger=made-up.example.org" },
    { "same-organization-above-the-entry-hop",
      "Authentication-Results: filter2.example.org; dkim=pass header.d=example.net\n" TOP
          "Authentication-Results: mail.example.org; spf=fail smtp.mailfrom=example.net\n" FROM,
      "spf=fail+ dkim=pass+ dmarc= arc= by=filter2.example.org stranger=" },
    /* As Outlook.com's hosts write it, which this one is not. */
    { "without-an-id", TOP "Authentication-Results: spf=pass (sender IP is 203.0.113.5) smtp.mailfrom=example.net; dkim=pass header.d=example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "not-aligned", TOP "Authentication-Results: mail.example.org; spf=pass smtp.mailfrom=bounce@bulk.example.com\n" FROM,
      "spf=pass dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "co-uk-is-no-organization",
      TOP "Authentication-Results: mail.example.org; dkim=pass header.d=evil.co.uk\nFrom: a@bank.co.uk\n",
      "spf= dkim=pass dmarc= arc= by=mail.example.org stranger=" },
    { "newer-field-counts",
      "Authentication-Results: mail.example.org; dmarc=fail header.from=example.net\n" TOP
      "Authentication-Results: mail.example.org; dmarc=pass header.from=example.net\n" FROM,
      "spf= dkim= dmarc=fail+ arc= by=mail.example.org stranger=" },
    { "one-field-a-method",
      "Authentication-Results: mail.example.org; spf=softfail smtp.mailfrom=example.net\n"
      "Authentication-Results: mail.example.org; dkim=none\n" TOP FROM,
      "spf=softfail+ dkim=none dmarc= arc= by=mail.example.org stranger=" },
    { "best-of-two-signatures",
      TOP "Authentication-Results: mail.example.org; dkim=fail header.d=example.net; dkim=pass header.d=list.example.com;"
          " dkim=pass header.i=@example.net; dkim=neutral header.d=x.example\n" FROM,
      "spf= dkim=pass+ dmarc= arc= by=mail.example.org stranger=" },
    { "comments-and-blanks",
      TOP "Authentication-Results: mail.example.org (the \"best\"; dkim=fail) 1 ;\n\tdkim (a(b)c) = (x) pass (2048-bit; key)\n"
          "\treason=\"it; fits\" header.d = example.net\n" FROM,
      "spf= dkim=pass+ dmarc= arc= by=mail.example.org stranger=" },
    { "version-of-a-method", TOP "Authentication-Results: mail.example.org/1; dkim=pass\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=mail.example.org/1" },
    { "method-with-version", TOP "Authentication-Results: mail.example.org; dkim/1=pass header.d=example.net\n" FROM,
      "spf= dkim=pass+ dmarc= arc= by=mail.example.org stranger=" },
    { "quoted-value", TOP "Authentication-Results: \"mail.example.org\"; spf=pass smtp.mailfrom=\"b c@example.net\"\n" FROM,
      "spf=pass+ dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "quoted-semicolon-forges-nothing",
      TOP "Authentication-Results: mail.example.org; spf=fail smtp.mailfrom=\"x; dmarc=pass header.from=example.net\"\n" FROM,
      "spf=fail dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "helo-for-the-null-path", TOP "Authentication-Results: mail.example.org; spf=pass smtp.mailfrom= smtp.helo=out.example.net\n" FROM,
      "spf=pass+ dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "none", TOP "Authentication-Results: mail.example.org; none\n" FROM,
      "spf= dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "two-authors-belong-to-nobody",
      TOP "Authentication-Results: mail.example.org; dkim=pass header.d=example.net\nFrom: a@example.net, b@bank.example\n",
      "spf= dkim=pass dmarc= arc= by=mail.example.org stranger=" },
    { "two-from-fields", TOP PASS FROM "From: b@bank.example\n",
      "spf=pass dkim=pass dmarc=pass arc= by=mail.example.org stranger=" },
    { "received-spf", "Received-SPF: Pass (x: domain of b@example.net) client-ip=203.0.113.5; envelope-from=\"b@example.net\"; helo=x\n" TOP FROM,
      "spf=pass+ dkim= dmarc= arc= by= stranger=" },
    { "received-spf-of-another-address",
      "Received-SPF: pass client-ip=192.0.2.1; envelope-from=b@example.net\n" TOP FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "received-spf-that-a-stranger-wrote-of-himself",
      TOP "Received-SPF: pass client-ip=203.0.113.5; envelope-from=b@example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "received-spf-is-second-choice",
      "Received-SPF: pass client-ip=203.0.113.5; envelope-from=b@example.net\n" TOP
          "Authentication-Results: mail.example.org; spf=fail smtp.mailfrom=example.net\n" FROM,
      "spf=fail+ dkim= dmarc= arc= by=mail.example.org stranger=" },
    { "received-spf-below-hearsay",
      TOP BELOW "Received-SPF: pass client-ip=203.0.113.5; envelope-from=b@example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "arc-of-a-trusted-forwarder",
      "Authentication-Results: mail.example.org; arc=pass; dmarc=fail header.from=example.net\n" TOP
      "ARC-Seal: i=1; a=rsa-sha256; d=forwarder.example; cv=none\n"
      "ARC-Authentication-Results: i=1; forwarder.example; spf=pass smtp.mailfrom=example.net; dmarc=pass header.from=example.net\n" FROM,
      "spf=pass+ dkim= dmarc=pass+ arc=pass by=mail.example.org stranger=" },
    { "arc-of-a-stranger",
      "Authentication-Results: mail.example.org; arc=pass; dmarc=fail header.from=example.net\n" TOP
      "ARC-Seal: i=1; d=stranger.example\n"
      "ARC-Authentication-Results: i=1; forwarder.example; dmarc=pass header.from=example.net\n" FROM,
      "spf= dkim= dmarc=fail+ arc=pass by=mail.example.org stranger=" },
    { "arc-that-nobody-verified",
      TOP "ARC-Seal: i=1; d=forwarder.example\n"
          "ARC-Authentication-Results: i=1; forwarder.example; dmarc=pass header.from=example.net\n" FROM,
      "spf= dkim= dmarc= arc= by= stranger=" },
    { "unended-comment", TOP "Authentication-Results: mail.example.org; dkim=pass (header.d=example.net\n" FROM,
      "spf= dkim=pass dmarc= arc= by=mail.example.org stranger=" },
    { "empty", TOP "Authentication-Results:\n" FROM, "spf= dkim= dmarc= arc= by= stranger=" },
    { "no-fields", "", "spf= dkim= dmarc= arc= by= stranger=" },
};

static void
test_message (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_free (facts->server_host);
    facts->server_host = g_strdup ("mail.example.org");
    g_strfreev (facts->authserv_ids);
    facts->authserv_ids = g_strsplit ("filter forwarder.example", " ", -1);

    g_autoptr (IbMessage) message = ib_message_new (messages[i].header, strlen (messages[i].header));
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
    g_autoptr (IbAuthentication) read = ib_authentication_read (message, authors, path, facts);
    g_autofree char *described = g_strdup_printf (
        "spf=%s%s dkim=%s%s dmarc=%s%s arc=%s by=%s stranger=%s", read->spf.result, read->spf.is_aligned ? "+" : "",
        read->dkim.result, read->dkim.is_aligned ? "+" : "", read->dmarc.result, read->dmarc.is_aligned ? "+" : "",
        read->arc.result, read->authserv_id, read->stranger_id);
    g_assert_cmpstr (described, ==, messages[i].results);
}

static const struct {
    const char *name, *header;
    bool is_proven;
} proofs[] = {
    { "dmarc", PASS TOP FROM, true },
    { "dmarc-that-names-no-domain", "Authentication-Results: mail.example.org; dmarc=pass\n" TOP FROM, true },
    { "dmarc-of-another-domain", "Authentication-Results: mail.example.org; dmarc=pass header.from=bulk.example\n" TOP FROM, false },
    { "dmarc-of-one-of-two-authors", PASS TOP FROM "From: b@bank.example\n", false },
    { "dmarc-of-nobody", "Authentication-Results: mail.example.org; dmarc=pass\n" TOP, false },
};

/* Hosts of Microsoft's write no authserv-id: believed where they took it in, and the account is with them. */
static const struct {
    const char *name, *provider, *results;
} microsofts[] = {
    { "its-account", ".outlook.com", "spf=pass dkim=pass dmarc=pass by=edge.mail.protection.outlook.com" },
    { "another-account", ".example.org", "spf= dkim= dmarc= by=" },
};

static void
test_microsoft (gconstpointer data)
{
    static const char header[]
        = "Received: from out.example.net (203.0.113.5) by edge.mail.protection.outlook.com (10.152.1.1) with Microsoft\n"
          " SMTP Server id 15.20.7025.1 via Frontend Transport; Tue, 24 Nov 2026 09:00:00 +0000\n"
          "Authentication-Results: spf=pass (sender IP is 203.0.113.5)\n smtp.mailfrom=example.net; dkim=pass (signature was"
          " verified)\n header.d=example.net;dmarc=pass action=none header.from=example.net;compauth=pass reason=100\n" FROM;
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_strfreev (facts->provider_hosts);
    facts->provider_hosts = g_strsplit (microsofts[i].provider, " ", -1);
    g_autoptr (IbMessage) message = ib_message_new (header, strlen (header));
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
    g_autoptr (IbAuthentication) read = ib_authentication_read (message, authors, path, facts);
    g_autofree char *described = g_strdup_printf ("spf=%s dkim=%s dmarc=%s by=%s", read->spf.result, read->dkim.result,
                                                  read->dmarc.result, read->authserv_id);
    g_assert_cmpstr (described, ==, microsofts[i].results);
    g_assert_cmpstr (read->stranger_id, ==, "");
}

static void
test_proof (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new (proofs[i].header, strlen (proofs[i].header));
    g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
    g_autoptr (IbAuthentication) read = ib_authentication_read (message, authors, path, facts);
    g_assert_cmpstr (read->dmarc.result, ==, "pass");
    g_assert_cmpint (ib_authentication_is_proven (read), ==, proofs[i].is_proven);
}

/* 200,000 of each thing that may come many times: must end in well under the test's time limit. */
static void
test_bounded (void)
{
    static const char *const pieces[] = { " ", "=", "(", ")", ";", "\"", "x=y ", "dkim=pass;", "\\" };
    g_autoptr (IbFacts) facts = ib_facts_new ();
    for (gsize piece = 0; piece < G_N_ELEMENTS (pieces); piece++) {
        g_autoptr (GString) header = g_string_new (NULL);
        for (guint field = 0; field < 10; field++) {
            g_string_append (header, "Authentication-Results: x; dkim= ");
            for (guint i = 0; i < 20000; i++)
                g_string_append (header, pieces[piece]);
            g_string_append_c (header, '\n');
        }
        g_autoptr (IbMessage) message = ib_message_new (header->str, header->len);
        g_autoptr (IbPath) path = ib_path_walk (message, facts);
    g_autoptr (GPtrArray) authors = ib_address_of_fields (message, "From");
        g_autoptr (IbAuthentication) read = ib_authentication_read (message, authors, path, facts);
        g_assert_cmpstr (read->dkim.result, ==, "");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/authentication/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_message);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (microsofts); i++) {
        g_autofree char *path = g_strconcat ("/authentication/microsoft/", microsofts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_microsoft);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (proofs); i++) {
        g_autofree char *path = g_strconcat ("/authentication/proof/", proofs[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_proof);
    }
    g_test_add_func ("/authentication/bounded", test_bounded);
    return g_test_run ();
}
