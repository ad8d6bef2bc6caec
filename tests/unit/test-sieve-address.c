#include "sieve-address.h"

#include <string.h>

static const struct {
    const char *name, *text, *address; /* NULL: it is none */
} cases[] = {
    { "bare", "anna@example.org", "anna@example.org" },
    { "angle", "<anna@example.org>", "anna@example.org" },
    { "named", "Anna B. <anna@example.org>", "anna@example.org" },
    { "quoted-name", "\"B, Anna\" <anna@example.org>", "anna@example.org" },
    { "quoted-local-part", "\"a \\\" b@c\"@example.org", "\"a \\\" b@c\"@example.org" },
    { "literal", "anna@[192.0.2.1]", "anna@[192.0.2.1]" },
    { "blanks", " anna@example.org\r\n ", "anna@example.org" },
    { "comments", "(hi) anna@example.org (the (old) \\) one)", "anna@example.org" },
    { "all-signs", "!#$%&'*+-/=?^_`{|}~@a_b.example", "!#$%&'*+-/=?^_`{|}~@a_b.example" },
    { "international", "jürgen@müller.example", "jürgen@müller.example" },
    { "empty", "", NULL },
    { "null", "<>", NULL },
    { "no-at", "anna", NULL },
    { "no-local-part", "@example.org", NULL },
    { "no-domain", "anna@", NULL },
    { "two-ats", "anna@home@example.org", NULL },
    { "two-dots", "anna@example..org", NULL },
    { "last-dot", "anna@example.org.", NULL },
    { "blank-within", "anna maria@example.org", NULL },
    { "words-behind", "anna@example.org and ben", NULL },
    { "list", "anna@example.org, ben@example.org", NULL },
    { "trailing-comma", "anna@example.org,", NULL },
    { "group", "all: anna@example.org;", NULL },
    { "route", "<@relay.example:anna@example.org>", NULL },
    { "angle-open", "Anna <anna@example.org", NULL },
    { "angle-behind", "anna@example.org>", NULL },
    { "quote-open", "\"anna@example.org", NULL },
    { "literal-open", "anna@[192.0.2.1", NULL },
    { "comment-open", "anna@example.org (old", NULL },
    { "backslash-last", "anna@example.org (\\", NULL },
    { "line-in-quotes", "\"anna\n\"@example.org", NULL },
    { "control", "anna\a@example.org", NULL },
    { "broken-utf8", "ann\xe4@example.org", NULL },
};

static void
test_row (gconstpointer user_data)
{
    gsize i = GPOINTER_TO_SIZE (user_data);
    /* Without the zero behind it: a sanitizer sees who reads on. */
    gsize length = strlen (cases[i].text);
    g_autofree char *text = g_memdup2 (cases[i].text, length);
    g_autofree char *address = ib_sieve_address_parse ((IbSpan){ length > 0 ? text : "", length });
    g_assert_cmpstr (address, ==, cases[i].address);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strconcat ("/sieve-address/", cases[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_row);
    }
    return g_test_run ();
}
