/* What each mechanism says first, and to a challenge. */
#include "sasl.h"

#include <string.h>

static const struct {
    const char *mechanism, *user, *secret, *first;
    const char *challenge; /* NULL: none comes */
    const char *answer;    /* NULL: breaks off */
    const char *refusal;
} cases[] = {
    { "PLAIN", "anna", "s3cret", "AGFubmEAczNjcmV0", NULL, NULL, "" },
    { "PLAIN", "m\303\274ller", "p\303\244ss \"\\", "AG3DvGxsZXIAcMOkc3MgIlw=", NULL, NULL, "" },
    { "PLAIN", "anna", "", "AGFubmEA", "AAAA", NULL, "" },
    { "LOGIN", "anna", "p\303\244ss", "YW5uYQ==", "UGFzc3dvcmQ6", "cMOkc3M=", "" },
    { "LOGIN", "anna", "s3cret", "YW5uYQ==", "", "czNjcmV0", "" }, /* a prompt without words */
    { "XOAUTH2", "a@b.example", "ya29.x", "dXNlcj1hQGIuZXhhbXBsZQFhdXRoPUJlYXJlciB5YTI5LngBAQ==",
      "eyJzdGF0dXMiOiI0MDEifQ==", "", "401" },
    { "XOAUTH2", "anna", "t", "dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHQBAQ==", /* { "status" : 400 } */
      "eyAic3RhdHVzIiA6IDQwMCB9", "", "400" },
    { "XOAUTH2", "anna", "t", "dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHQBAQ==", /* no status in it, and no JSON */
      "c29ycnkbWzJK", "", "sorry\\x1b[2J" },
    { "XOAUTH2", "anna", "t", "dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHQBAQ==", "", "", "" },
    { "PLAIN", "anna", "x", "AGFubmEAeA==", "", "AGFubmEAeA==", "" }, /* asked again for its first word */
    { "OAUTHBEARER", "a,b=c@d", "tok", /* n,a=a=2Cb=3Dc@d,^Ahost=h.example^Aport=993^Aauth=Bearer tok^A^A */
      "bixhPWE9MkNiPTNEY0BkLAFob3N0PWguZXhhbXBsZQFwb3J0PTk5MwFhdXRoPUJlYXJlciB0b2sBAQ==",
      "eyJzdGF0dXMiOiIbWzFtIn0=", "AQ==", "\\x1b[1m" },
    { "OAUTHBEARER", "anna", "t", "bixhPWFubmEsAWhvc3Q9aC5leGFtcGxlAXBvcnQ9OTkzAWF1dGg9QmVhcmVyIHQBAQ==",
      /* {"status":"invalid_token","scope":"mail"} */
      "eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJtYWlsIn0=", "AQ==", "invalid_token" },
};

static void
speaks (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new (cases[i].secret, strlen (cases[i].secret), &error);
    g_autoptr (IbSasl) sasl = ib_sasl_new (cases[i].mechanism, cases[i].user, secret, "h.example", 993);
    g_autoptr (IbSecret) first = ib_sasl_begin (sasl, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (ib_secret_peek (first, NULL), ==, cases[i].first);

    if (cases[i].challenge != NULL) {
        g_autoptr (IbSecret) answer = ib_sasl_answer (sasl, cases[i].challenge, &error);
        if (cases[i].answer == NULL)
            g_assert_error (error, IB_SASL_ERROR, IB_SASL_ERROR_BROKEN);
        else
            g_assert_cmpstr (ib_secret_peek (answer, NULL), ==, cases[i].answer);
    }
    g_assert_cmpstr (ib_sasl_get_refusal (sasl), ==, cases[i].refusal);
}

static bool
is_in_list (const char *mechanism, gpointer list)
{
    return g_strv_contains (list, mechanism);
}

static const struct {
    const char *name, *offered;
    IbAuth auth;
    const char *list;
} choices[] = {
    { "strongest-first", "LOGIN PLAIN SCRAM-SHA-256 XOAUTH2", IB_AUTH_PASSWORD, "SCRAM-SHA-256 PLAIN LOGIN" },
    { "tokens-go-to-token-ways", "SCRAM-SHA-256 PLAIN OAUTHBEARER XOAUTH2", IB_AUTH_OAUTH2, "XOAUTH2 OAUTHBEARER" },
    { "no-token-as-a-password", "SCRAM-SHA-256 PLAIN LOGIN", IB_AUTH_OAUTH2, "" },
    { "no-password-as-a-token", "OAUTHBEARER XOAUTH2", IB_AUTH_PASSWORD, "" },
    { "none-of-ours", "GSSAPI plainer CRAM-MD5 SCRAM-SHA-256-PLUS", IB_AUTH_PASSWORD, "" },
};

static void
chooses (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (GStrv) offered = g_strsplit (choices[i].offered, " ", -1);
    g_autoptr (GPtrArray) list = ib_sasl_list (choices[i].auth, is_in_list, offered);
    g_ptr_array_add (list, NULL);
    g_autofree char *text = g_strjoinv (" ", (char **) list->pdata);
    g_assert_cmpstr (text, ==, choices[i].list);
}

/* Whatever a server asks on and on, it gets few answers. */
static void
ends (gconstpointer data)
{
    g_autoptr (IbSecret) secret = ib_secret_new ("x", 1, NULL);
    g_autoptr (IbSasl) sasl = ib_sasl_new (data, "anna", secret, "h.example", 993);
    for (guint answers = 0; ; answers++) {
        g_autoptr (GError) error = NULL;
        g_autoptr (IbSecret) answer = ib_sasl_answer (sasl, "", &error);
        if (answer == NULL)
            break;
        g_assert_cmpuint (answers, <, 4);
    }
}

/* An OK is worth nothing before the server's proof, and ways without one have none to wait for. */
static void
owes_proof (void)
{
    g_autoptr (IbSecret) secret = ib_secret_new ("x", 1, NULL);
    g_autoptr (IbSasl) scram = ib_sasl_new ("SCRAM-SHA-256", "anna", secret, "h.example", 993);
    g_autoptr (IbSasl) plain = ib_sasl_new ("PLAIN", "anna", secret, "h.example", 993);
    g_autoptr (IbSecret) first = ib_sasl_begin (scram, NULL);
    g_assert_nonnull (first);
    g_assert_true (ib_sasl_wants_proof (scram));
    g_assert_false (ib_sasl_is_proven (scram));
    g_assert_false (ib_sasl_was_asked (scram));
    g_assert_true (ib_sasl_is_proven (plain));
}

/* A challenge of a megabyte is not decoded. */
static void
is_bounded (void)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbSecret) secret = ib_secret_new ("x", 1, NULL);
    g_autoptr (IbSasl) sasl = ib_sasl_new ("XOAUTH2", "anna", secret, "h.example", 993);
    g_autofree char *much = g_strnfill (1024 * 1024, 'A');
    g_assert_null (ib_sasl_answer (sasl, much, &error));
    g_assert_error (error, IB_SASL_ERROR, IB_SASL_ERROR_BROKEN);
}

int
main (int argc, char **argv)
{
    static const char *const all[] = { "SCRAM-SHA-256", "PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER" };
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/sasl/%s/%zu", cases[i].mechanism, i);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), speaks);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (choices); i++) {
        g_autofree char *path = g_strconcat ("/sasl/chooses/", choices[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), chooses);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (all); i++) {
        g_autofree char *path = g_strconcat ("/sasl/ends/", all[i], NULL);
        g_test_add_data_func (path, all[i], ends);
    }
    g_test_add_func ("/sasl/owes-proof", owes_proof);
    g_test_add_func ("/sasl/bounded", is_bounded);
    return g_test_run ();
}
