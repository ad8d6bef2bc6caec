/* Addresses of any field, as "local@domain (name)" one after the other. */
#include "address.h"
#include "mail-limits.h"

#include <string.h>

static const struct {
    const char *name, *value, *addresses;
} fields[] = {
    { "bare", "anna@example.org", "anna|example.org|" },
    { "named", "Anna <anna@example.org>", "anna|example.org|Anna" },
    { "quoted-name", "\"Miller, Anna\" <anna@example.org>", "anna|example.org|Miller, Anna" },
    { "two", "a@b.c, Dora <d@e.f>", "a|b.c|, d|e.f|Dora" },
    { "empty", "", "" },
    { "null-path", "<>", "||" },
    { "null-path-padded", " <> ", "||" },
    { "undisclosed", "undisclosed-recipients:;", "" },
    { "group", "Friends: a@b.c, Dora <d@e.f>; , x@y.z", "a|b.c|, d|e.f|Dora, x|y.z|" },
    { "source-route", "<@relay1,@relay2:user@example.org>", "user|example.org|" },
    { "quoted-local", "\"john doe\"@example.org", "john doe|example.org|" },
    { "escaped-local", "\"j\\\"q\"@example.org", "j\"q|example.org|" },
    { "at-in-local", "\"a@b\"@example.org", "a@b|example.org|" },
    { "punycode-stays", "anna@xn--mnchen-3ya.de", "anna|xn--mnchen-3ya.de|" },
    { "utf8", "用户@例子.公司", "用户|例子.公司|" },
    { "literal", "a@[192.0.2.1]", "a|[192.0.2.1]|" },
    { "no-domain", "MAILER-DAEMON", "MAILER-DAEMON||" },
    { "comment", "anna (home) @ example . org", "anna|example.org|" },
    { "comment-name", "anna@example.org (Anna)", "anna|example.org|Anna" },
    { "encoded-name", "=?utf-8?q?Zo=C3=AB?= <z@b.c>", "z|b.c|Zoë" },
    { "encoded-two-words", "=?utf-8?q?Zo?= =?utf-8?q?=C3=AB?= <z@b.c>", "z|b.c|Zoë" },
    { "encoded-in-quotes", "\"=?iso-8859-1?q?Zo=EB?=\" <z@b.c>", "z|b.c|Zoë" },
    { "encoded-comma-forges-nothing", "=?utf-8?q?a=40b=2Ec=2C_=3Cx=40y=2Ez=3E?= <d@e.f>",
      "d|e.f|a@b.c, <x@y.z>" },
    { "unknown-charset", "=?nonesuch?q?Zo=EB?= <z@b.c>", "z|b.c|Zoë" },
    { "raw-8-bit-name", "Zo\xeb <z@b.c>", "z|b.c|Zoë" },
    { "address-as-name", "paypal@paypal.com <evil@example.net>", "evil|example.net|paypal@paypal.com" },
    { "semicolons", "a@b.c; d@e.f", "a|b.c|, d|e.f|" },
    { "many-commas", "a@b.c,,,d@e.f", "a|b.c|, d|e.f|" },
    { "colon-in-quotes", "\"Re: x: y\" <a@b.c>", "a|b.c|Re: x: y" },
    { "no-local", "@example.org", "" },
    { "no-domain-after-at", "anna@", "" },
    { "words", "not an address", "" },
    { "double-brackets", "Anna <<a@b.c>>", "a|b.c|Anna" },
    { "unended-brackets", "Anna <a@b.c", "a|b.c|Anna" },
    { "unended-quote", "\"Anna <a@b.c>", "a|b.c|Anna" },
    { "two-ats", "a@b.c@d.e", "a|b.c|" },
};

static char *
join (GPtrArray *addresses)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < addresses->len; i++) {
        const IbAddress *address = addresses->pdata[i];
        g_string_append_printf (text, "%s%s|%s|%s", i > 0 ? ", " : "", address->local_part, address->domain,
                                address->name);
    }
    return g_string_free (text, FALSE);
}

static void
field_is_parsed (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (GPtrArray) addresses = ib_address_parse (fields[i].value);
    g_autofree char *text = join (addresses);
    g_assert_cmpstr (text, ==, fields[i].addresses);
}

static void
address_stays_as_it_stands (void)
{
    g_autoptr (GPtrArray) addresses = ib_address_parse ("Zoe <\"john doe\"@XN--mnchen-3ya.DE>");
    g_assert_cmpuint (addresses->len, ==, 1);
    const IbAddress *address = addresses->pdata[0];
    g_assert_cmpstr (address->address, ==, "\"john doe\"@XN--mnchen-3ya.DE");
}

/* Pieces that make parsers recurse or look again and again; what counts is that each comes back and stays in bounds. */
static const char *const hostile[] = {
    "(",    ")",      "\"",     "<",
    ">",    "a@b.c,", "a:",     ":",
    ";",    "a;",     "\\",     "(a",
    "((\\", "@",      "@,",     "a ",
    "[",    "a@[",    "<@a,",   "=?utf-8?q?a?= ",
    "=?",   "xn--",   "a@xn--", "a:b@c.d,",
    "<a,",  "(a,",    "[a,",    "a, ",
    "a <",  "\"\\",   "\xff",   "\xee\x80\x80",
};

static void
hostile_value_is_bounded (gconstpointer piece)
{
    g_autoptr (GString) value = g_string_new ("a@b.c, ");
    while (value->len < 200000)
        g_string_append (value, piece);
    g_autoptr (GPtrArray) addresses = ib_address_parse (value->str);
    g_assert_cmpuint (addresses->len, <=, IB_LIMIT_ADDRESSES);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *path = g_strdup_printf ("/address/field/%s", fields[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), field_is_parsed);
    }
    g_test_add_func ("/address/stays-as-it-stands", address_stays_as_it_stands);
    for (gsize i = 0; i < G_N_ELEMENTS (hostile); i++) {
        g_autofree char *path = g_strdup_printf ("/address/hostile/%zu", i);
        g_test_add_data_func (path, hostile[i], hostile_value_is_bounded);
    }
    return g_test_run ();
}
