/* Any bytes may be a list's id, and any other what a person made of always.sieve. What becomes a rule compiles, and takes the mail
 * that it is about to where it should go; it stands in any filter once only. */
#include "always-rule.h"
#include "sieve.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static bool
compiles (const char *text)
{
    g_autoptr (IbProgram) program = ib_sieve_compile (IB_ALWAYS_FILTER, text, strlen (text), NULL, NULL, NULL);
    return program != NULL;
}

/* The first byte chooses the kind; a zero byte parts the value from the filter. */
int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    if (length == 0)
        return 0;
    const IbAlwaysKind kind = bytes[0] % IB_ALWAYS_KINDS;
    const char *input = (const char *) bytes + 1;
    gsize first = strnlen (input, length - 1);
    g_autofree char *value = g_strndup (input, first);
    g_autofree char *text = first + 1 < length - 1 ? g_strndup (input + first + 1, length - 2 - first) : NULL;
    const IbAlwaysRule rule = { .kind = kind, .value = value, .is_indirect = (bytes[0] & 0x80) != 0 };
    if (*value == '\0' || ib_always_rule_fault (&rule) != NULL)
        return 0;
    g_autofree char *written = ib_always_rule_write (&rule, "There", 0);
    g_autofree char *alone = ib_always_rule_place (&rule, written, NULL);
    g_autofree char *twice = ib_always_rule_place (&rule, written, alone);
    g_autofree char *there = ib_always_rule_place (&rule, written, text);
    g_autofree char *again = ib_always_rule_place (&rule, written, there);
    g_assert_true (compiles (alone));
    g_assert_cmpstr (twice, ==, alone);
    g_assert_nonnull (strstr (there, written));
    /* What is no Sieve may hold anything; what is stays so, and does not grow. */
    if (text == NULL || compiles (text))
        g_assert_true (strlen (again) <= strlen (there));
    return 0;
}
