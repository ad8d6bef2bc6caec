/* Any bytes may stand in From or To. What is read as an address is parted once and for good: no encoded word, and nothing that
 * was quoted or a comment, makes one that was not there. */
#include "address.h"
#include "mail-limits.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
check (const IbAddress *address)
{
    g_assert_true (g_utf8_validate (address->name, -1, NULL));
    g_assert_true (g_utf8_validate (address->address, -1, NULL));
    g_assert_cmpuint (strlen (address->address), <=, IB_LIMIT_ADDRESS_BYTES);
    g_assert_cmpuint (strlen (address->local_part), <=, strlen (address->address));

    const char *at = strrchr (address->address, '@');
    g_assert_cmpstr (address->domain, ==, at != NULL ? at + 1 : "");
}

/* Behind whatever a stranger wrote there stands one that nobody can take away by that; before it, too. */
static void
check_beside_others (const char *text)
{
    g_autofree char *list = g_strdup_printf ("first@here.example, %s", text);
    g_autoptr (GPtrArray) found = ib_address_parse (list);
    g_assert_cmpuint (found->len, >, 0);
    g_assert_cmpstr (((const IbAddress *) found->pdata[0])->address, ==, "first@here.example");
}

/* What an encoded word says is a name at most. */
static void
check_encoded (const uint8_t *bytes, size_t length)
{
    g_autofree char *base64 = g_base64_encode (bytes, MIN (length, 45));
    g_autofree char *value = g_strdup_printf ("=?utf-8?b?%s?= <anna@here.example>", base64);
    g_autoptr (GPtrArray) found = ib_address_parse (value);
    g_assert_cmpuint (found->len, ==, 1);
    g_assert_cmpstr (((const IbAddress *) found->pdata[0])->address, ==, "anna@here.example");
    check (found->pdata[0]);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    g_autofree char *text = g_strndup (length > 0 ? (const char *) bytes : "", length);
    g_autoptr (GPtrArray) found = ib_address_parse (text);
    g_assert_cmpuint (found->len, <=, IB_LIMIT_ADDRESSES);
    for (guint i = 0; i < found->len; i++)
        check (found->pdata[i]);
    check_beside_others (text);
    check_encoded (bytes, length);
    return 0;
}
