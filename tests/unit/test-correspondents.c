/* Who is known, who bears a known name elsewhere, and what looks like a known domain. */
#include "correspondents.h"

#include <string.h>

static IbCorrespondents *
people (void)
{
    IbCorrespondents *self = ib_correspondents_new ();
    ib_correspondents_add (self, "Dora.Miller@example.net", "Dora Miller");
    ib_correspondents_add (self, "dora@private.example", "Dora Miller");
    ib_correspondents_add (self, "service@mail.paypal.com", "PayPal");
    ib_correspondents_add (self, "bo@bank.co.uk", "Zoë Björk");
    ib_correspondents_add (self, "info@microsoft.com", "");
    ib_correspondents_add (self, "x@abcd.com", "");
    ib_correspondents_add (self, "no address", "Nobody There");
    return self;
}

static const struct {
    const char *name, *domain, *like;
} lookalikes[] = {
    { "itself", "paypal.com", NULL },
    { "below-itself", "www.paypal.com", NULL },
    { "cyrillic-a", "xn--pypal-4ve.com", "paypal.com" },
    { "digit-one", "paypa1.com", "paypal.com" },
    { "digit-one-below", "login.paypa1.com", "paypal.com" },
    { "rn-for-m", "rnicrosoft.com", "microsoft.com" },
    { "letter-more", "paypall.com", "paypal.com" },
    { "letter-less", "paypl.com", "paypal.com" },
    { "other-letter", "paybal.com", "paypal.com" },
    { "two-letters", "poybal.com", NULL },
    { "shifted-by-one", "aypalx.com", NULL },
    { "other-suffix", "paypal.net", NULL },
    { "short-names-are-near-by-chance", "abce.com", NULL },
    { "known-public-suffix", "bank.org.uk", NULL },
    { "stranger", "example.com", NULL },
    { "empty", "", NULL },
};

static void
test_lookalike (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbCorrespondents) self = people ();
    g_assert_cmpstr (ib_correspondents_lookalike (self, lookalikes[i].domain), ==, lookalikes[i].like);
}

static const struct {
    const char *name, *called, *domain, *namesake;
} namesakes[] = {
    { "elsewhere", "Dora Miller", "evil.example.com", "dora.miller@example.net" },
    { "any-letter-case", "  DORA miller", "evil.example.com", "dora.miller@example.net" },
    { "composed-otherwise", "Zoe\xcc\x88 Bjo\xcc\x88rk", "evil.example.com", "bo@bank.co.uk" },
    { "at-home", "Dora Miller", "mail.example.net", NULL },
    { "at-the-other-home", "Dora Miller", "private.example", NULL },
    { "one-word", "PayPal", "evil.example.com", NULL },
    { "unknown", "Eva Miller", "evil.example.com", NULL },
    { "of-no-address", "Nobody There", "evil.example.com", NULL },
    { "empty", "", "evil.example.com", NULL },
};

static void
test_namesake (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbCorrespondents) self = people ();
    g_assert_cmpstr (ib_correspondents_namesake (self, namesakes[i].called, namesakes[i].domain), ==,
                     namesakes[i].namesake);
}

static void
test_knows (void)
{
    g_autoptr (IbCorrespondents) self = people ();
    g_assert_true (ib_correspondents_knows (self, "dora.miller@EXAMPLE.net"));
    g_assert_false (ib_correspondents_knows (self, "eva@example.net"));
}

static void
test_bounded (void)
{
    g_autoptr (IbCorrespondents) self = ib_correspondents_new ();
    for (guint i = 0; i < 25000; i++) {
        g_autofree char *address = g_strdup_printf ("a%u@example.net", i);
        ib_correspondents_add (self, address, "");
    }
    g_assert_true (ib_correspondents_knows (self, "a19999@example.net"));
    g_assert_false (ib_correspondents_knows (self, "a20000@example.net"));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (lookalikes); i++) {
        g_autofree char *path = g_strconcat ("/correspondents/lookalike/", lookalikes[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_lookalike);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (namesakes); i++) {
        g_autofree char *path = g_strconcat ("/correspondents/namesake/", namesakes[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_namesake);
    }
    g_test_add_func ("/correspondents/knows", test_knows);
    g_test_add_func ("/correspondents/bounded", test_bounded);
    return g_test_run ();
}
