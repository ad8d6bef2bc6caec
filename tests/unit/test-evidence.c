/* What speaks against a message: the features found, and their details. */
#include "evidence.h"

#include <string.h>

#define TOP "Received: from out.example.net (out.example.net [203.0.113.5]) by mail.example.org (Postfix) with ESMTP id 1\n"

static const struct {
    const char *name, *header, *found;
} messages[] = {
    { "plain", TOP "From: Eva <eva@example.net>\n", "" },
    { "no-header", "", "" },
    { "address-shown", TOP "From: \"service@paypal.com\" <x@evil.example>\n",
      "display-address: paypal.com | evil.example\n" },
    { "own-address-shown", TOP "From: \"eva@example.net\" <eva@mail.example.net>\n", "" },
    { "at-sign-in-a-name", TOP "From: \"Meet @ Noon\" <eva@example.net>\n", "" },
    { "namesake", TOP "From: Dora Miller <dora@evil.example>\n",
      "namesake: dora@example.com | evil.example\n" },
    { "known", TOP "From: Dora Miller <Dora@example.com>\nReply-To: dora@private.example\n",
      "reply-elsewhere: private.example | example.com\n" },
    { "lookalike", TOP "From: Bank <info@mybonk.example>\n",
      "lookalike-domain: mybonk.example | mybank.example\n" },
    { "reply-elsewhere", TOP "From: Eva <eva@example.net>\nReply-To: eva@evil.example\n",
      "reply-elsewhere: evil.example | example.net\n" },
    { "reply-of-the-same", TOP "From: Eva <eva@example.net>\nReply-To: eva@lists.example.net\n", "" },
    { "reply-of-a-list", TOP "List-Id: <x>\nFrom: Eva <eva@example.net>\nReply-To: x@lists.example\n", "" },
    { "several-authors", TOP "From: eva@example.net, bo@bank.example\n",
      "several-authors:\n" },
    { "dmarc-failed", "Authentication-Results: mail.example.org; dmarc=fail header.from=example.net\n" TOP "From: eva@example.net\n",
      "unproven-sender: mail.example.org | example.net\n" },
    { "dmarc-failed-but-proven",
      "Authentication-Results: mail.example.org; dmarc=fail; dkim=pass header.d=example.net\n" TOP "From: eva@example.net\n", "" },
    { "beside-mx", "Delivered-To: anna@elsewhere.example\n" TOP "From: eva@example.net\n",
      "beside-mx: mail.example.org\n" },
    { "via-relay",
      "Received: from relay.example (relay.example [198.51.100.7]) by mail.example.org (Postfix) with ESMTP id 2\n"
      "Received: from a (evil.example [203.0.113.6]) by relay.example (Postfix) with ESMTP id 1\nFrom: eva@example.net\n",
      "via-relay: 198.51.100.7 | evil.example\n" },
    { "executable", TOP "From: eva@example.net\nContent-Type: application/pdf; name=\"invoice.pdf.EXE\"\n\nMZ\n",
      "executable: invoice.pdf.EXE\n" },
    { "executable-of-a-part",
      TOP "From: eva@example.net\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhello\n--b\n"
          "Content-Disposition: attachment; filename=\"a.js \"\n\nx\n--b--\n",
      "executable: a.js \n" },
    { "no-executable", TOP "From: eva@example.net\nContent-Type: application/pdf; name=\"exe\"\n\nx\n", "" },
    { "forged-results", TOP "Authentication-Results: evil.example; dmarc=pass\nFrom: eva@example.net\n",
      "forged-results: evil.example\n" },
};

static void
test_message (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_free (facts->server_host);
    facts->server_host = g_strdup ("mail.example.org");
    g_strfreev (facts->relays);
    facts->relays = g_strsplit ("198.51.100.7", " ", -1);
    g_strfreev (facts->own_addresses);
    facts->own_addresses = g_strsplit ("anna@elsewhere.example", " ", -1);
    g_strfreev (facts->mx);
    facts->mx = g_strsplit ("elsewhere.example mx.elsewhere.example", "|", -1);
    g_autoptr (IbCorrespondents) known = ib_correspondents_new ();
    ib_correspondents_add (known, "dora@example.com", "Dora Miller");
    ib_correspondents_add (known, "info@mybank.example", "");

    g_autoptr (IbMessage) message = ib_message_new (messages[i].header, strlen (messages[i].header));
    g_autoptr (IbOrigin) origin = ib_origin_find (message, facts);
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, 0);
    ib_evidence_note (verdict, message, origin, known);

    g_autoptr (GString) found = g_string_new (NULL);
    for (guint n = 0; n < verdict->evidence->len; n++) {
        const IbEvidence *evidence = verdict->evidence->pdata[n];
        g_string_append_printf (found, "%s:", evidence->feature);
        for (guint k = 0; k < evidence->details->len; k++)
            g_string_append_printf (found, "%s %s", k > 0 ? " |" : "",
                                    ((const IbEvidenceDetail *) evidence->details->pdata[k])->text);
        g_string_append_c (found, '\n');
    }
    g_assert_cmpstr (found->str, ==, messages[i].found);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (messages); i++) {
        g_autofree char *path = g_strconcat ("/evidence/", messages[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_message);
    }
    return g_test_run ();
}
