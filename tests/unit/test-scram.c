/* The client's part of SCRAM-SHA-256, against RFC 7677's example and servers that are wrong. */
#include "sasl.h"
#include "scram.h"

#include <string.h>

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define BOTH NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define FIRST "r=" BOTH ",s=" SALT ",i=4096"
#define PROOF "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define VERIFIER "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static const struct {
    const char *name;
    const char *first, *proof; /* NULL @proof: distrusted */
    const char *final;         /* NULL: the server gets no further */
    bool is_proven;
    const char *refusal; /* NULL: distrusted */
} cases[] = {
    { "rfc-7677", FIRST, PROOF, VERIFIER, true, "" },
    { "final-with-extension", FIRST, PROOF, VERIFIER ",x=y", true, "" },
    { "refused", FIRST, PROOF, "e=invalid-proof", false, "invalid-proof" },
    /* servers that do not know the password */
    { "wrong-signature", FIRST, PROOF, "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", false, NULL },
    { "short-signature", FIRST, PROOF, "v=6rriTRBi23WpRR/wtup+mA==", false, NULL },
    { "long-signature", FIRST, PROOF, "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G54", false, NULL },
    { "no-signature", FIRST, PROOF, "v=", false, NULL },
    { "empty-final", FIRST, PROOF, "", false, NULL },
    { "our-proof-returned", FIRST, PROOF, "v=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false, NULL },
    { "first-again", FIRST, PROOF, FIRST, false, NULL },
    /* server-first */
    { "somebody-elses-nonce", "r=XOprNGfwEbeRWgbNEkqO%hvY,s=" SALT ",i=4096", NULL, NULL, false, NULL },
    { "nonce-not-prolonged", "r=" NONCE ",s=" SALT ",i=4096", NULL, NULL, false, NULL },
    { "nonce-shortened", "r=rOpr,s=" SALT ",i=4096", NULL, NULL, false, NULL },
    { "nonce-missing", "s=" SALT ",i=4096", NULL, NULL, false, NULL },
    { "salt-empty", "r=" BOTH ",s=,i=4096", NULL, NULL, false, NULL },
    { "rounds-too-few", "r=" BOTH ",s=" SALT ",i=4095", NULL, NULL, false, NULL },
    { "rounds-one", "r=" BOTH ",s=" SALT ",i=1", NULL, NULL, false, NULL },
    { "rounds-none", "r=" BOTH ",s=" SALT ",i=0", NULL, NULL, false, NULL },
    { "rounds-negative", "r=" BOTH ",s=" SALT ",i=-4096", NULL, NULL, false, NULL },
    { "rounds-too-many", "r=" BOTH ",s=" SALT ",i=1000001", NULL, NULL, false, NULL },
    { "rounds-overflow", "r=" BOTH ",s=" SALT ",i=4294971392", NULL, NULL, false, NULL },
    { "rounds-hexadecimal", "r=" BOTH ",s=" SALT ",i=0x2000", NULL, NULL, false, NULL },
    { "unknown-must", "m=strange," FIRST, NULL, NULL, false, NULL },
    { "other-order", "s=" SALT ",r=" BOTH ",i=4096", NULL, NULL, false, NULL },
    { "empty", "", NULL, NULL, false, NULL },
    { "commas", ",,,,,,,,", NULL, NULL, false, NULL },
    { "final-at-once", VERIFIER, NULL, NULL, false, NULL },
};

static IbScram *
begin (const char *user, const char *password)
{
    g_autoptr (IbSecret) secret = ib_secret_new (password, strlen (password), NULL);
    return ib_scram_new (user, secret, NONCE);
}

static void
answers (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbScram) scram = begin ("user", "pencil");
    g_autofree char *first = ib_scram_begin (scram);
    g_assert_cmpstr (first, ==, "n,,n=user,r=" NONCE);

    g_autofree char *proof = ib_scram_answer (scram, cases[i].first, &error);
    g_assert_false (ib_scram_is_proven (scram));
    if (cases[i].proof == NULL) {
        g_assert_null (proof);
        g_assert_error (error, IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN);
        return;
    }
    g_assert_no_error (error);
    g_assert_cmpstr (proof, ==, cases[i].proof);

    g_autofree char *last = ib_scram_answer (scram, cases[i].final, &error);
    g_assert_cmpint (ib_scram_is_proven (scram), ==, cases[i].is_proven);
    if (cases[i].refusal == NULL) {
        g_assert_null (last);
        g_assert_error (error, IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN);
        return;
    }
    g_assert_cmpstr (last, ==, "");
    g_assert_cmpstr (ib_scram_get_refusal (scram), ==, cases[i].refusal);
    g_assert_null (ib_scram_answer (scram, cases[i].final, NULL)); /* nothing comes after the end */
    g_assert_cmpint (ib_scram_is_proven (scram), ==, cases[i].is_proven);
}

static const struct {
    const char *user, *first;
} users[] = {
    { "a,b=c", "n,,n=a=2Cb=3Dc,r=" NONCE },
    { "anna\302\240m\303\274ller", "n,,n=anna m\303\274ller,r=" NONCE },
};

static void
writes_user (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbScram) scram = begin (users[i].user, "x");
    g_autofree char *first = ib_scram_begin (scram);
    g_assert_cmpstr (first, ==, users[i].first);
}

/* The same password, however it was typed. */
static void
prepares_password (void)
{
    g_autoptr (IbScram) composed = begin ("user", "p\303\244ss");
    g_autoptr (IbScram) decomposed = begin ("user", "pa\314\210ss");
    g_autofree char *one = ib_scram_answer (composed, FIRST, NULL);
    g_autofree char *other = ib_scram_answer (decomposed, FIRST, NULL);
    g_assert_nonnull (one);
    g_assert_cmpstr (one, ==, other);
}

/* An extension after the rounds is passed over, and is part of what is proved. */
static void
takes_extensions (void)
{
    g_autoptr (IbScram) scram = begin ("user", "pencil");
    g_autofree char *proof = ib_scram_answer (scram, FIRST ",x=y", NULL);
    g_assert_nonnull (proof);
    g_assert_cmpstr (proof, !=, PROOF);
}

static void
has_fresh_nonces (void)
{
    g_autoptr (IbSecret) secret = ib_secret_new ("x", 1, NULL);
    g_autoptr (IbScram) one = ib_scram_new ("user", secret, NULL);
    g_autoptr (IbScram) other = ib_scram_new ("user", secret, NULL);
    g_autofree char *first = ib_scram_begin (one);
    g_autofree char *second = ib_scram_begin (other);
    g_assert_cmpuint (strlen (first), ==, strlen ("n,,n=user,r=") + 32);
    g_assert_cmpstr (first, !=, second);
}

/* The most that a server may ask for is done within seconds, even in a build with sanitizers. */
static void
bears_most_rounds (void)
{
    g_autoptr (IbScram) scram = begin ("user", "pencil");
    gint64 start = g_get_monotonic_time ();
    g_autofree char *proof = ib_scram_answer (scram, "r=" BOTH ",s=" SALT ",i=1000000", NULL);
    double seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
    g_assert_nonnull (proof);
    g_test_message ("a million rounds: %.2f s", seconds);
    g_assert_cmpfloat (seconds, <, 20);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/scram/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), answers);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (users); i++) {
        g_autofree char *path = g_strdup_printf ("/scram/user/%zu", i);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), writes_user);
    }
    g_test_add_func ("/scram/prepares-password", prepares_password);
    g_test_add_func ("/scram/takes-extensions", takes_extensions);
    g_test_add_func ("/scram/fresh-nonces", has_fresh_nonces);
    g_test_add_func ("/scram/most-rounds", bears_most_rounds);
    return g_test_run ();
}
