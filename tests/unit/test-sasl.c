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
    { "XOAUTH2", "a@b.example", "ya29.x", "dXNlcj1hQGIuZXhhbXBsZQFhdXRoPUJlYXJlciB5YTI5LngBAQ==",
      "eyJzdGF0dXMiOiI0MDEifQ==", "", "{\"status\":\"401\"}" },
    { "OAUTHBEARER", "a,b=c@d", "tok", /* n,a=a=2Cb=3Dc@d,^Ahost=h.example^Aport=993^Aauth=Bearer tok^A^A */
      "bixhPWE9MkNiPTNEY0BkLAFob3N0PWguZXhhbXBsZQFwb3J0PTk5MwFhdXRoPUJlYXJlciB0b2sBAQ==",
      "eyJzdGF0dXMiOiIbWzFtIn0=", "AQ==", "{\"status\":\"\\x1b[1m\"}" },
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
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
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

static void
chooses (void)
{
    const char *usual[] = { "LOGIN", "PLAIN", "XOAUTH2", "OAUTHBEARER", NULL };
    const char *odd[] = { "GSSAPI", "plainer", NULL };
    g_assert_cmpstr (ib_sasl_choose (IB_AUTH_PASSWORD, is_in_list, usual), ==, "PLAIN");
    g_assert_cmpstr (ib_sasl_choose (IB_AUTH_OAUTH2, is_in_list, usual), ==, "XOAUTH2");
    g_assert_cmpstr (ib_sasl_choose (IB_AUTH_PASSWORD, is_in_list, odd), ==, NULL);
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
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/sasl/%s/%zu", cases[i].mechanism, i);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), speaks);
    }
    g_test_add_func ("/sasl/chooses", chooses);
    g_test_add_func ("/sasl/bounded", is_bounded);
    return g_test_run ();
}
