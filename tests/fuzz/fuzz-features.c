/* Any bytes have features, which come back as they were packed; and any bytes may claim to be packed features. */
#include "mail-features.h"
#include "mail-limits.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

static void
check_slots (const IbFeatures *features)
{
    for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
        gsize count;
        const guint32 *slots = ib_features_slots (features, table, &count);
        g_assert_cmpuint (count, <=, IB_LIMIT_FEATURES);
        for (gsize i = 0; i < count; i++)
            g_assert_cmpuint (slots[i], <, i + 1 < count ? slots[i + 1] : IB_FEATURE_SLOTS);
    }
}

static void
check_names (const IbFeatures *features)
{
    gsize count;
    (void) ib_features_slots (features, IB_TABLE_WORDS, &count);
    for (gsize i = 0; i < count; i++) {
        IbFeatureGroup group;
        g_assert_true (g_utf8_validate (ib_features_name (features, IB_TABLE_WORDS, i, &group), -1, NULL));
        g_assert_cmpint (group, <, IB_FEATURE_GROUPS);
    }
}

static void
check_message (const char *bytes, gsize length)
{
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbMessage) message = ib_message_new (bytes, length);
    g_autoptr (IbOrigin) origin = ib_origin_find (message, facts);
    g_autoptr (IbFeatures) features = ib_features_new (message, facts, origin, IB_FEATURES_NAMED);
    check_slots (features);
    check_names (features);

    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_features_pack (features, packed);
    g_assert_cmpuint (packed->len, <=, IB_LIMIT_PACKED_FEATURES);
    g_autoptr (IbFeatures) back = ib_features_unpack (packed->data, packed->len);
    g_assert_nonnull (back);
    check_slots (back);
}

/* There is one way only to pack features. */
static void
check_packed (const uint8_t *bytes, size_t length)
{
    g_autoptr (IbFeatures) features = ib_features_unpack (bytes, length);
    if (features == NULL)
        return;
    check_slots (features);
    g_autoptr (GByteArray) packed = g_byte_array_new ();
    ib_features_pack (features, packed);
    g_assert_cmpmem (packed->data, packed->len, bytes, length);
}

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    check_message ((const char *) bytes, length);
    check_packed (bytes, length);
    return 0;
}
