/* A piece of evidence as a phrase: every feature that a worker may send has one. */
#include "evidence-words.h"

#include <string.h>

/* Details by "|", each with its share behind "=" where it has one. */
static const struct {
    const char *feature, *details, *words;
} pieces[] = {
    { "beside-mx", "mail.example.org",
      "it came in at mail.example.org, which is no mail exchanger of the domain that it was sent to" },
    { "beside-mx", "", "it came in at a host without a name, which is no mail exchanger of the domain that it was sent to" },
    { "via-relay", "198.51.100.7|evil.example",
      "it came through the trusted relay 198.51.100.7, which took it from evil.example" },
    { "clocks", NULL, "the clocks of the hosts that passed it on do not agree" },
    { "display-address", "bank.example|evil.example",
      "the sender's name shows an address at bank.example, but the address is at evil.example" },
    { "namesake", "dora@example.com|evil.example",
      "the sender is called like dora@example.com, but the address is at evil.example" },
    { "lookalike-domain", "mybonk.example|mybank.example",
      "the sender's domain mybonk.example looks like mybank.example, which you know" },
    { "reply-elsewhere", "evil.example|bank.example", "answers go to evil.example, but the sender is at bank.example" },
    { "several-authors", NULL, "the sender's field holds addresses that no one server can vouch for" },
    { "unproven-sender", "mail.example.org|bank.example",
      "mail.example.org says that bank.example did not send it (DMARC failed)" },
    { "forged-results", "evil.example",
      "it brought a field in the name of evil.example which says that its sender is proven" },
    { "executable", "{2} %s.exe", "it brings a file that is a program: {2} %s.exe" },
    { "too-early", NULL, "too few messages were learned yet to be sure of any" },
    { "known-sender", NULL, "you know the sender, who is proven to have sent it" },
    { "provider-mark", "X-Spam", "the account's provider marked it as spam (X-Spam)" },
    { "provider-mark", "|Spam", "it lay in the server's Junk folder (Spam)" },
    { "provider-mark", "X-Spam|Spam",
      "the account's provider marked it as spam (X-Spam); it lay in the server's Junk folder (Spam)" },
    { "over-limit", "header-bytes", "the header is longer than 1 MiB" },
    { "over-limit", "header-fields", "the header has more than 2000 fields" },
    { "over-limit", "field-bytes", "a header field is longer than 64 KiB" },
    { "over-limit", "own-fields", "more than 2000 X-Inbasket-* fields" },
    { "over-limit", "part-count", "the message has more than 500 parts" },
    { "over-limit", "part-fields", "the parts have more than 20000 header fields" },
    { "over-limit", "part-depth", "the parts are nested more than 30 deep" },
    { "subject", "invoice=0.9|hello=-0.1", "Subject: “invoice” +0.90, “hello” -0.10" },
    { "structure", NULL, "how it is made" },
    { "of-a-later-worker", "one|two", "of-a-later-worker: “one”, “two”" },
    { "namesake", NULL, "the sender is called like a host without a name, but the address is at a host without a name" },
};

static void
test_piece (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, 0);
    g_auto (GStrv) details = g_strsplit (pieces[i].details != NULL ? pieces[i].details : "", "|", -1);
    IbEvidence *evidence = ib_verdict_add (verdict, pieces[i].feature, 1, NULL);
    if (pieces[i].details != NULL && *pieces[i].details == '\0')
        ib_verdict_add_detail (evidence, "", 0);
    for (char **detail = details; *detail != NULL; detail++) {
        char *share = strchr (*detail, '=');
        if (share != NULL)
            *share++ = '\0';
        ib_verdict_add_detail (evidence, *detail, share != NULL ? g_ascii_strtod (share, NULL) : 0);
    }
    g_autofree char *words = ib_evidence_words (evidence);
    g_assert_cmpstr (words, ==, pieces[i].words);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++) {
        const char *details = pieces[i].details != NULL ? pieces[i].details : "none";
        g_autofree char *path = g_strdup_printf ("/evidence-words/%s/%s", pieces[i].feature,
                                                 *details != '\0' ? details : "unnamed");
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_piece);
    }
    return g_test_run ();
}
