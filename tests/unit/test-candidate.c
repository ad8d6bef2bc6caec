/* Candidates: the order in which they are believed, what becomes of one server that several name, and sound names. */
#include "candidate.h"

#include <string.h>

/* "source protocol host port security user way[,way] [confirm]", with words as below. */
static IbCandidate *
candidate_from (const char *text)
{
    static const char *const sources[]
        = { "table", "mx", "srv", "autoconfig", "mx-autoconfig", "ispdb", "guess", NULL };
    g_auto (GStrv) words = g_strsplit (text, " ", -1);
    int source = -1;
    for (int i = 0; sources[i] != NULL; i++)
        if (strcmp (sources[i], words[0]) == 0)
            source = i;
    g_assert_cmpint (source, >=, 0);
    IbCandidate *candidate = ib_candidate_new (
        (IbCandidateSource) source, "x", strcmp (words[1], "imap") == 0 ? IB_PROTOCOL_IMAP : IB_PROTOCOL_POP3, words[2],
        (guint16) atoi (words[3]), strcmp (words[4], "tls") == 0 ? IB_SECURITY_TLS : IB_SECURITY_STARTTLS, words[5]);
    candidate->needs_confirmation = words[6] != NULL && strcmp (words[6], "confirm") == 0;
    return candidate;
}

static char *
candidate_text (const IbCandidate *self)
{
    static const char *const sources[]
        = { "table", "mx", "srv", "autoconfig", "mx-autoconfig", "ispdb", "guess" };
    return g_strdup_printf ("%s %s %s %u %s %s%s", sources[self->source], self->protocol == IB_PROTOCOL_IMAP ? "imap" : "pop3",
                            self->host, self->port, self->security == IB_SECURITY_TLS ? "tls" : "starttls", self->user,
                            self->needs_confirmation ? " confirm" : "");
}

#define AT_MOST 5
static const struct {
    const char *name;
    const char *given[AT_MOST];
    const char *expected[AT_MOST];
} ranks[] = {
    { "sources",
      { "guess imap imap.a.org 993 tls u confirm", "ispdb imap b.org 993 tls u", "srv imap c.org 993 tls u", "mx imap d.org 993 tls u" },
      { "mx imap d.org 993 tls u", "srv imap c.org 993 tls u", "ispdb imap b.org 993 tls u", "guess imap imap.a.org 993 tls u confirm" } },
    { "protocols-and-security",
      { "srv pop3 a.org 110 starttls u", "srv pop3 a.org 995 tls u", "srv imap a.org 143 starttls u", "srv imap a.org 993 tls u" },
      { "srv imap a.org 993 tls u", "srv imap a.org 143 starttls u", "srv pop3 a.org 995 tls u", "srv pop3 a.org 110 starttls u" } },
    { "alike-as-they-stand",
      { "srv imap b.org 993 tls u", "srv imap a.org 993 tls u" },
      { "srv imap b.org 993 tls u", "srv imap a.org 993 tls u" } },
    { "twice", { "guess imap a.org 993 tls u confirm", "table imap a.org 993 tls u" }, { "table imap a.org 993 tls u" } },
    { "other-port-is-another", { "srv imap a.org 993 tls u", "srv imap a.org 994 tls u" },
      { "srv imap a.org 993 tls u", "srv imap a.org 994 tls u" } },
    { "owner-vouches", { "srv imap a.org 993 tls u@b.org confirm", "autoconfig imap a.org 993 tls u" },
      { "srv imap a.org 993 tls u" } },
    { "stranger-does-not-vouch", { "srv imap a.org 993 tls u@b.org confirm", "ispdb imap a.org 993 tls u" },
      { "srv imap a.org 993 tls u@b.org confirm" } },
    { "none", { NULL }, { NULL } },
};

static void
test_rank (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data), n_expected = 0;
    g_autoptr (GPtrArray) candidates = ib_candidates_new ();
    for (gsize i = 0; i < AT_MOST && ranks[row].given[i] != NULL; i++)
        g_ptr_array_add (candidates, candidate_from (ranks[row].given[i]));
    ib_candidates_rank (candidates);
    while (n_expected < AT_MOST && ranks[row].expected[n_expected] != NULL)
        n_expected++;
    g_assert_cmpuint (candidates->len, ==, n_expected);
    for (guint i = 0; i < candidates->len; i++) {
        g_autofree char *text = candidate_text (candidates->pdata[i]);
        g_assert_cmpstr (text, ==, ranks[row].expected[i]);
    }
}

/* What the owner's file says of signing in goes with its vouching. */
static void
test_merged_ways (void)
{
    g_autoptr (GPtrArray) candidates = ib_candidates_new ();
    IbCandidate *owner = candidate_from ("autoconfig imap a.org 993 tls u");
    owner->sign_in[0] = IB_SIGN_IN_OAUTH2;
    g_free (owner->oauth2_token_url);
    owner->oauth2_token_url = g_strdup ("https://a.org/token");
    g_ptr_array_add (candidates, candidate_from ("srv imap a.org 993 tls u@b.org confirm"));
    g_ptr_array_add (candidates, owner);
    ib_candidates_rank (candidates);
    const IbCandidate *kept = candidates->pdata[0];
    g_assert_cmpint (kept->sign_in[0], ==, IB_SIGN_IN_OAUTH2);
    g_assert_cmpstr (kept->oauth2_token_url, ==, "https://a.org/token");
}

/* Of a server that is in the table nobody but the table says how it is signed in to. */
static void
test_provider (void)
{
    IbSignIn way = IB_SIGN_IN_OAUTH2;
    char *none = (char *) "";
    const IbProvider provider = { .id = (char *) "hoster", .sign_in = &way, .n_sign_in = 1,
                                  .oauth2_issuer = none, .oauth2_auth_url = (char *) "https://hoster.org/auth",
                                  .oauth2_token_url = none, .oauth2_device_url = none, .oauth2_scope_imap = none };
    g_autoptr (IbCandidate) candidate = candidate_from ("autoconfig imap a.org 993 tls u");
    char **fields[] = { &candidate->oauth2_client_id, &candidate->oauth2_auth_url, &candidate->oauth2_token_url,
                        &candidate->oauth2_scope, &candidate->oauth2_issuer };
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_free (*fields[i]);
        *fields[i] = g_strdup ("foreign");
    }
    ib_candidate_take_provider (candidate, &provider);
    g_assert_cmpstr (candidate->oauth2_client_id, ==, "");
    g_assert_cmpstr (candidate->oauth2_auth_url, ==, "https://hoster.org/auth");
    g_assert_cmpstr (candidate->oauth2_token_url, ==, "");
    g_assert_cmpstr (candidate->oauth2_scope, ==, "");
    g_assert_cmpstr (candidate->oauth2_issuer, ==, "");
}

static const struct { const char *name, *host; bool is_sound; } hosts[] = {
    { "plain", "imap.example.org", true },
    { "two-labels", "example.org", true },
    { "capitals", "IMAP.Example.Org", true },
    { "digits-first", "1und1.de", true },
    { "underscore", "_x.example.org", true },
    { "one-label", "localhost", false },
    { "empty", "", false },
    { "empty-label", "a..org", false },
    { "dot-behind", "a.org.", false },
    { "dot-before", ".a.org", false },
    { "hyphen-before", "-a.org", false },
    { "hyphen-behind", "a-.org", false },
    { "blank", "a b.org", false },
    { "slash", "a/b.org", false },
    { "at", "a@b.org", false },
    { "colon", "a.org:993", false },
    { "line", "a.org\nb.org", false },
    { "utf-8", "b\xc3\xbc" "cher.org", false },
    { "percent", "%EMAILDOMAIN%.org", false },
    { "address", "127.0.0.1", false },
    { "address-in-other-dress", "127.1", false },
    { "address-6", "::1", false },
    { "long-label", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.org", false },
};

static void
test_host (gconstpointer data)
{
    gsize row = GPOINTER_TO_SIZE (data);
    g_assert_true (ib_candidate_host_is_sound (hosts[row].host) == hosts[row].is_sound);
}

static void
test_below (void)
{
    g_assert_true (ib_candidate_host_is_below ("imap.example.org", "example.org"));
    g_assert_true (ib_candidate_host_is_below ("Example.ORG", "example.org"));
    g_assert_false (ib_candidate_host_is_below ("notexample.org", "example.org"));
    g_assert_false (ib_candidate_host_is_below ("example.org.evil.net", "example.org"));
    g_assert_false (ib_candidate_host_is_below ("org", "example.org"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (ranks); i++) {
        g_autofree char *path = g_strconcat ("/candidate/rank/", ranks[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_rank);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++) {
        g_autofree char *path = g_strconcat ("/candidate/host/", hosts[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_host);
    }
    g_test_add_func ("/candidate/merged-ways", test_merged_ways);
    g_test_add_func ("/candidate/provider", test_provider);
    g_test_add_func ("/candidate/below", test_below);
    return g_test_run ();
}
