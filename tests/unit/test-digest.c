/* test-digest.c - digests are what the standard says (FIPS 180-2, appendix B) */
#include "digest.h"

#include <string.h>

static const struct {
    const char *name, *text;
    gsize times;
    const char *expected;
} cases[] = {
    { "nothing", "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "one-block", "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "two-blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    { "in-pieces", "aaaaaaaaaa", 100000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
};

static void
test_digest (gconstpointer data)
{
    gsize n = GPOINTER_TO_SIZE (data);
    g_autoptr (IbDigest) digest = ib_digest_new ();
    for (gsize i = 0; i < cases[n].times; i++)
        ib_digest_add (digest, cases[n].text, strlen (cases[n].text));
    g_autofree char *found = ib_digest_finish (digest);
    g_assert_cmpstr (found, ==, cases[n].expected);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ib_digest_prepare ();
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/digest/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_digest);
    }
    return g_test_run ();
}
