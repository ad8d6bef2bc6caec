/* Received fields of every server that people meet, as "name|helo|ip|by|with|kind|marks|date": T for TLS, A for AUTH, and
 * ? where no trust can rest on it. Names and addresses are those kept for documents (RFC 2606, RFC 5737). */
#include "received.h"

#include <string.h>

static const struct {
    const char *name, *value, *hop;
} fields[] = {
    { "postfix",
      "from out.example.net (out.example.net [203.0.113.5])\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
      "(256/256 bits)\t key-exchange X25519 server-signature RSA-PSS (2048 bits))\t(No client certificate requested)\t"
      "by mx.example.org (Postfix) with ESMTPS id 4Q2v\tfor <anna@example.org>; Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "out.example.net|out.example.net|203.0.113.5|mx.example.org|ESMTPS|mail|T|1795510800" },
    { "postfix-no-name",
      "from [10.0.0.9] (unknown [203.0.113.5]) by mx.example.org (Postfix) with ESMTP id 4Q2v; Tue, 24 Nov 2026 10:00:00 +0100",
      "|[10.0.0.9]|203.0.113.5|mx.example.org|ESMTP|mail||1795510800" },
    { "postfix-ipv6",
      "from out.example.net (out.example.net [IPv6:2001:db8:0:0::5]) by mx.example.org (Postfix) with ESMTPS id 4Q2v; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "out.example.net|out.example.net|2001:db8::5|mx.example.org|ESMTPS|mail|T|1795510800" },
    { "postfix-submission",
      "from laptop.local (dsl.example.net [203.0.113.77]) (Authenticated sender: anna@example.org) "
      "by mail.example.org (Postfix) with ESMTPSA id 4Q2v; Tue, 24 Nov 2026 10:00:00 +0100",
      "dsl.example.net|laptop.local|203.0.113.77|mail.example.org|ESMTPSA|mail|TA|1795510800" },
    { "postfix-local", "by mail.example.org (Postfix, from userid 1000) id 4Q2v; Tue, 24 Nov 2026 10:00:00 +0100",
      "|||mail.example.org||inside||1795510800" },
    { "exim-name",
      "from out.example.net ([203.0.113.5] helo=mailer) by mx.example.org with esmtps (TLS1.3) tls "
      "TLS_AES_256_GCM_SHA384 (Exim 4.96) (envelope-from <b@example.net>) id 1r6-00 for anna@example.org; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "out.example.net|mailer|203.0.113.5|mx.example.org|esmtps|mail|T|1795510800" },
    { "exim-name-is-helo",
      "from out.example.net ([203.0.113.5]) by mx.example.org with esmtp (Exim 4.96) id 1r6; Tue, 24 Nov 2026 10:00:00 +0100",
      "out.example.net|out.example.net|203.0.113.5|mx.example.org|esmtp|mail||1795510800" },
    { "exim-no-name",
      "from [203.0.113.5] (port=2525 helo=localhost) by mx.example.org with esmtp (Exim 4.96) id 1r6; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "|localhost|203.0.113.5|mx.example.org|esmtp|mail||1795510800" },
    { "exim-local", "from anna by mail.example.org with local (Exim 4.96) id 1r6; Tue, 24 Nov 2026 10:00:00 +0100",
      "anna|anna||mail.example.org|local|inside||1795510800" },
    { "sendmail",
      "from mailer (out.example.net [203.0.113.5]) by mx.example.org (8.17.1/8.17.1) with ESMTPS id 3A1 "
      "(version=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 bits=256 verify=NOT) for <anna@example.org>; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "out.example.net|mailer|203.0.113.5|mx.example.org|ESMTPS|mail|T|1795510800" },
    { "sendmail-may-be-forged",
      "from mailer (relay.example.org [203.0.113.5] (may be forged)) by mx.example.org (8.17.1/8.17.1) with ESMTP id 3A1; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "|mailer|203.0.113.5|mx.example.org|ESMTP|mail||1795510800" },
    { "sendmail-ident",
      "from mailer (root@out.example.net [203.0.113.5]) by mx.example.org (8.17.1/8.17.1) with ESMTP id 3A1; "
      "Tue, 24 Nov 2026 10:00:00 +0100",
      "out.example.net|mailer|203.0.113.5|mx.example.org|ESMTP|mail||1795510800" },
    { "qmail", "from unknown (HELO out.example.net) (203.0.113.5) by mx.example.org with SMTP; 24 Nov 2026 09:00:00 -0000",
      "|out.example.net|203.0.113.5|mx.example.org|SMTP|mail||1795510800" },
    { "qmail-name-is-not-checked",
      "from relay.example.org (HELO x) (anna@203.0.113.5) by 0 with ESMTPS; 24 Nov 2026 09:00:00 -0000",
      "|x|203.0.113.5|0|ESMTPS|mail|T|1795510800" },
    { "qmail-invoked", "(qmail 4711 invoked by uid 1000); 24 Nov 2026 09:00:00 -0000", "|||||inside||1795510800" },
    { "exchange",
      "from EUR05.outbound.example.com (203.0.113.40) by DB1.mail.example.org (2001:db8:a::17) with Microsoft SMTP Server "
      "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id 15.20.7025.1 via Frontend Transport; "
      "Tue, 24 Nov 2026 09:00:00 +0000",
      "|EUR05.outbound.example.com|203.0.113.40|db1.mail.example.org|Microsoft SMTP Server|mail|T|1795510800" },
    { "exchange-mapi",
      "from AM0.eurprd.example.com ([fe80::1:2:3%4]) by AM0.eurprd.example.com ([fe80::1:2:3%4]) with mapi id "
      "15.20.7025.1; Tue, 24 Nov 2026 09:00:00 +0000",
      "|AM0.eurprd.example.com|fe80::1:2:3|am0.eurprd.example.com|mapi|inside||1795510800" },
    { "gmail",
      "from out.example.net (out.example.net. [203.0.113.5]) by mx.google.com with ESMTPS id x1-2002 for "
      "<anna@gmail.com> (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256); Tue, 24 Nov 2026 01:00:00 -0800 (PST)",
      "out.example.net|out.example.net|203.0.113.5|mx.google.com|ESMTPS|mail|T|1795510800" },
    { "gmail-no-name",
      "from mailer ([203.0.113.5]) by mx.google.com with ESMTP id x1; Tue, 24 Nov 2026 01:00:00 -0800 (PST)",
      "|mailer|203.0.113.5|mx.google.com|ESMTP|mail||1795510800" },
    { "gmail-inside", "by 2002:a05:6a10:1234:b0:1:2:3 with SMTP id a1csp1; Tue, 24 Nov 2026 01:00:00 -0800 (PST)",
      "|||2002:a05:6a10:1234:b0:1:2:3|SMTP|inside||1795510800" },
    { "yahoo",
      "from 203.0.113.5 (EHLO out.example.net) by 10.253.1.2 with SMTPs (version=TLS1_3 "
      "cipher=TLS_AES_128_GCM_SHA256); Tue, 24 Nov 2026 09:00:00 +0000",
      "|out.example.net|203.0.113.5|10.253.1.2|SMTPs|mail|T|1795510800" },
    { "icloud",
      "from out.example.net (out.example.net [203.0.113.5]) by p00-iscream.example.com (Oracle Communications "
      "Messaging Server 8.1.0) with ESMTPS id <0R> for anna@icloud.com (ORCPT anna@icloud.com); "
      "Tue, 24 Nov 2026 09:00:00 +0000 (GMT)",
      "out.example.net|out.example.net|203.0.113.5|p00-iscream.example.com|ESMTPS|mail|T|1795510800" },
    { "dovecot-lmtp",
      "from mx.example.org ([192.0.2.10]) by imap.example.org with LMTP id abc (envelope-from <b@example.net>) for "
      "<anna@example.org>; Tue, 24 Nov 2026 10:00:00 +0100",
      "|mx.example.org|192.0.2.10|imap.example.org|LMTP|inside||1795510800" },
    { "cyrus-lmtp",
      "from mx.example.org ([unix socket]) by imap (Cyrus 3.6.0) with LMTPA; Tue, 24 Nov 2026 10:00:00 +0100",
      "|mx.example.org||imap|LMTPA|inside|A|1795510800" },
    { "courier",
      "from mailer (out.example.net [::ffff:203.0.113.5])  (TLS: TLSv1.3,128bits,ECDHE) by mx.example.org with ESMTPS; "
      "Tue, 24 Nov 2026 10:00:00 +0100  id 000.1",
      "out.example.net|mailer|203.0.113.5|mx.example.org|ESMTPS|mail|T|1795510800" },
    { "mdaemon",
      "from out.example.net ([203.0.113.5]) by mx.example.org (MDaemon PRO v20.0.1) with ESMTP id md50.msg for "
      "<anna@example.org>; Tue, 24 Nov 2026 10:00:00 +0100",
      "|out.example.net|203.0.113.5|mx.example.org|ESMTP|mail||1795510800" },
    { "communigate",
      "from [203.0.113.77] (account anna@example.org HELO laptop) by mail.example.org (CommuniGate Pro SMTP 6.3.15) with "
      "ESMTPSA id 123 for b@example.net; Tue, 24 Nov 2026 10:00:00 +0100",
      "|laptop|203.0.113.77|mail.example.org|ESMTPSA|mail|TA|1795510800" },
    { "opensmtpd",
      "from mailer (<unknown> [203.0.113.5]) by mx.example.org (OpenSMTPD) with ESMTPS id 12ab "
      "(TLSv1.3:TLS_AES_256_GCM_SHA384:256:NO) for <anna@example.org>; Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "|mailer|203.0.113.5|mx.example.org|ESMTPS|mail|T|1795510800" },
    { "zimbra-lmtp",
      "from localhost (LHLO mail.example.org) (127.0.0.1) by mail.example.org with LMTP; Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "|mail.example.org|127.0.0.1|mail.example.org|LMTP|inside||1795510800" },
    { "amavis",
      "from mail.example.org ([127.0.0.1]) by localhost (mail.example.org [127.0.0.1]) (amavisd-new, port 10024) with "
      "ESMTP id x; Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "|mail.example.org|127.0.0.1|localhost|ESMTP|mail||1795510800" },
    { "fetchmail",
      "from pop.example.net [203.0.113.30] by home.example.org with POP3 (fetchmail-6.4.37) for <anna@localhost> "
      "(single-drop); Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "pop.example.net|pop.example.net|203.0.113.30|home.example.org|POP3|pulled||1795510800" },
    { "mailman",
      "from lists.example.org (localhost [IPv6:::1]) by lists.example.org (Postfix) with ESMTP id 4Q; "
      "Tue, 24 Nov 2026 10:00:00 +0100 (CET)",
      "localhost|lists.example.org|::1|lists.example.org|ESMTP|mail||1795510800" },
    { "port-behind-address",
      "from out.example.net ([203.0.113.5]:43210) by mx.example.org with ESMTP; Tue, 24 Nov 2026 10:00:00 +0100",
      "|out.example.net|203.0.113.5|mx.example.org|ESMTP|mail||1795510800" },
    { "webmail", "from 203.0.113.9 (SquirrelMail authenticated user anna) by web.example.org with HTTP; "
                 "Tue, 24 Nov 2026 10:00:00 +0100",
      "|203.0.113.9||web.example.org|HTTP|strange|A|1795510800" },
    { "two-digit-year", "from a ([203.0.113.5]) by b with SMTP; 24 Nov 26 09:00 GMT", "|a|203.0.113.5|b|SMTP|mail||1795510800" },
    { "no-date", "from a ([203.0.113.5]) by b with SMTP", "|a|203.0.113.5|b|SMTP|mail||" },
    { "wrong-date", "from a ([203.0.113.5]) by b with SMTP; yesterday", "|a|203.0.113.5|b|SMTP|mail||" },
    { "upper-case", "FROM a ([203.0.113.5]) BY B.EXAMPLE.ORG. WITH SMTP", "|a|203.0.113.5|b.example.org|SMTP|mail||" },
    { "empty", "", "|||||inside||" },
    { "junk", "hello ; world", "|||||inside||" },

    /* What a stranger may put where he is quoted. */
    { "helo-is-a-literal-of-ours",
      "from [10.0.0.1] (out.example.net [203.0.113.5]) by mx.example.org (Postfix) with SMTP", 
      "out.example.net|[10.0.0.1]|203.0.113.5|mx.example.org|SMTP|mail||" },
    { "helo-with-a-comment",
      "from x([10.0.0.1]) (out.example.net [203.0.113.5]) by mx.example.org with SMTP",
      "out.example.net|x|203.0.113.5|mx.example.org|SMTP|mail||" },
    { "certificate-named-like-an-address",
      "from x (out.example.net [203.0.113.5]) (Client CN \"[10.0.0.1]\", Issuer \"[10.0.0.1]\" (not verified)) "
      "by mx.example.org (Postfix) with ESMTPS",
      "out.example.net|x|203.0.113.5|mx.example.org|ESMTPS|mail|T|" },
    { "exim-helo-is-a-literal",
      "from [203.0.113.5] (helo=[10.0.0.1]) by mx.example.org with esmtp (Exim 4.96)",
      "|[10.0.0.1]|203.0.113.5|mx.example.org|esmtp|mail||" },
    { "qmail-helo-with-parentheses",
      "from unknown (HELO x) (10.0.0.1) (203.0.113.5) by 0 with SMTP", "|x|203.0.113.5|0|SMTP|mail||" },
    { "qmail-helo-that-says-exim",
      "from mail.example.org (HELO x) (Exim) (203.0.113.5) by 0 with SMTP", "|x|203.0.113.5|0|SMTP|mail||" },
    { "qmail-helo-with-clauses",
      "from unknown (HELO x) by mx.example.org with LMTP () (203.0.113.5) by 0 with SMTP",
      "|x||0|SMTP|mail|?|" },
    { "qmail-helo-that-opens-a-comment", "from unknown (HELO x ((y) (203.0.113.5) by 0 with SMTP", "|unknown||||strange|?|" },
    { "helo-called-by", "from by (unknown [203.0.113.5]) by mx.example.org with SMTP",
      "|by|203.0.113.5|mx.example.org|SMTP|mail||" },
    { "helo-called-with", "from with (unknown [203.0.113.5]) by mx.example.org with SMTP",
      "|with|203.0.113.5|mx.example.org|SMTP|mail||" },
    { "literal-without-a-comment-is-a-helo", "from [10.0.0.1] by mx.example.org with SMTP",
      "|[10.0.0.1]||mx.example.org|SMTP|mail||" },
    { "address-of-five-numbers", "from x ([1.2.3.4.5]) by y with SMTP", "|x||y|SMTP|mail||" },
    { "name-with-control-characters", "from x (a\x01" "b [203.0.113.5]) by y with SMTP", "|x|203.0.113.5|y|SMTP|mail||" },
};

static char *
describe (const IbHop *hop)
{
    static const char *const kinds[] = { "strange", "mail", "inside", "pulled" };
    g_autofree char *date
        = hop->date_s != G_MININT64 ? g_strdup_printf ("%" G_GINT64_FORMAT, hop->date_s) : g_strdup ("");
    return g_strdup_printf ("%s|%s|%s|%s|%s|%s|%s%s%s|%s", hop->name, hop->helo, hop->ip, hop->by, hop->with,
                            kinds[hop->kind], hop->is_encrypted ? "T" : "", hop->is_authenticated ? "A" : "",
                            hop->is_clear ? "" : "?", date);
}

static void
test_field (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbHop) hop = ib_received_parse (fields[i].value);
    g_autofree char *described = describe (hop);
    g_assert_cmpstr (described, ==, fields[i].hop);
}

static void
test_for_whom (void)
{
    g_autoptr (IbHop) hop = ib_received_parse ("from a by b with SMTP for <anna@example.org>; 24 Nov 26 09:00 GMT");
    g_assert_cmpstr (hop->for_address, ==, "anna@example.org");
}

/* A hundred thousand of each thing that may come many times. */
static void
test_bounded (void)
{
    static const char *const pieces[] = { "(", ")", "x ", "(a) ", "\"", "[", ";", "by ", "\\" };
    for (gsize piece = 0; piece < G_N_ELEMENTS (pieces); piece++) {
        g_autoptr (GString) value = g_string_new ("from ");
        for (guint i = 0; i < 30000; i++)
            g_string_append (value, pieces[piece]);
        g_autoptr (IbHop) hop = ib_received_parse (value->str);
        g_assert_cmpstr (hop->ip, ==, "");
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *path = g_strconcat ("/received/", fields[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_field);
    }
    g_test_add_func ("/received/for-whom", test_for_whom);
    g_test_add_func ("/received/bounded", test_bounded);
    return g_test_run ();
}
