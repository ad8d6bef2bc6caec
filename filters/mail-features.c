/* mail-features.c - what the classifier sees of a message */
#include "features-private.h"

#include <string.h>

typedef struct {
    guint count;
    guint32 *slots;
    guint8 *groups; /* NULL: unpacked, nobody knows */
    guint32 *names; /* NULL: not asked for */
} Table;

struct _IbFeatures {
    Table tables[IB_TABLES];
    GString *names;
};

/* Names of fields and types are any bytes. */
static void
append_valid (GString *names, const char *bytes, gsize length)
{
    if (g_utf8_validate_len (bytes, length, NULL)) {
        g_string_append_len (names, bytes, (gssize) length);
        return;
    }
    g_autofree char *valid = g_utf8_make_valid (bytes, (gssize) length);
    g_string_append (names, valid);
}

void
ib_feature_set_add_word (IbFeatureSet *self, const IbSource *source, guint64 hash, const char *word,
                         gsize length)
{
    if (!ib_feature_set_add (self, IB_TABLE_WORDS, source->group, hash ^ source->salt) || self->names == NULL)
        return;
    self->found[IB_TABLE_WORDS][self->n_found[IB_TABLE_WORDS] - 1].name = (guint32) self->names->len;
    append_valid (self->names, source->label, strlen (source->label));
    append_valid (self->names, word, length);
    g_string_append_c (self->names, '\0');
}

#define SYMBOL_SALT 0x51ed270b9f1a3c07u

void
ib_feature_set_add_pair (IbFeatureSet *self, IbFeatureGroup group, const char *what, const char *value)
{
    const IbSource source = { .group = group, .label = what, .salt = SYMBOL_SALT };
    gsize length = strlen (value);
    guint64 hash = ib_hash_bytes (ib_hash_bytes (IB_HASH_START, what, strlen (what)), value, length);
    ib_feature_set_add_word (self, &source, hash, value, length);
}

void
ib_feature_set_add_symbol (IbFeatureSet *self, IbFeatureGroup group, const char *symbol)
{
    ib_feature_set_add_pair (self, group, "", symbol);
}

#define RADIX_BITS 9

/* By @shift's bits of the slot, keeping the order of those that have the same. */
static void
sort_by_bits (const IbFeature *from, IbFeature *to, guint count, guint shift)
{
    guint places[(1 << RADIX_BITS) + 1] = { 0 };
    for (guint i = 0; i < count; i++)
        places[(from[i].slot >> shift) % (1 << RADIX_BITS) + 1]++;
    for (guint i = 1; i < 1 << RADIX_BITS; i++)
        places[i] += places[i - 1];
    for (guint i = 0; i < count; i++)
        to[places[(from[i].slot >> shift) % (1 << RADIX_BITS)]++] = from[i];
}

static void
sort_by_slot (IbFeatureSet *set, IbFeatureTable table)
{
    G_STATIC_ASSERT (IB_FEATURE_SLOTS == 1u << (2 * RADIX_BITS));
    sort_by_bits (set->found[table], set->spare, set->n_found[table], 0);
    sort_by_bits (set->spare, set->found[table], set->n_found[table], RADIX_BITS);
}

static void
settle_table (Table *table, const IbFeature *found, guint count, bool has_names)
{
    table->count = count;
    table->slots = g_new (guint32, count);
    table->groups = g_new (guint8, count);
    table->names = has_names ? g_new (guint32, count) : NULL;
    for (guint i = 0; i < count; i++) {
        table->slots[i] = found[i].slot;
        table->groups[i] = (guint8) found[i].group;
        if (has_names)
            table->names[i] = found[i].name;
    }
}

IbFeatures *
ib_features_new (const IbMessage *message, const IbFacts *facts, const IbOrigin *origin, IbFeatureNames names)
{
    IbFeatureSet *set = g_new (IbFeatureSet, 1);
    memset (set->seen, 0, sizeof set->seen);
    memset (set->n_found, 0, sizeof set->n_found);
    set->names = names == IB_FEATURES_NAMED ? g_string_new_len ("\0", 1) : NULL;

    ib_features_add_header (set, message);
    ib_features_add_body (set, message);
    ib_features_add_origin (set, facts, origin);

    IbFeatures *self = g_new0 (IbFeatures, 1);
    self->names = set->names;
    for (guint i = 0; i < IB_TABLES; i++) {
        sort_by_slot (set, i);
        settle_table (&self->tables[i], set->found[i], set->n_found[i], self->names != NULL);
    }
    g_free (set);
    return self;
}

void
ib_features_free (IbFeatures *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < IB_TABLES; i++) {
        g_free (self->tables[i].slots);
        g_free (self->tables[i].groups);
        g_free (self->tables[i].names);
    }
    if (self->names != NULL)
        g_string_free (self->names, TRUE);
    g_free (self);
}

const guint32 *
ib_features_slots (const IbFeatures *self, IbFeatureTable table, gsize *out_count)
{
    *out_count = self->tables[table].count;
    return self->tables[table].slots;
}

const char *
ib_features_name (const IbFeatures *self, IbFeatureTable table, gsize index, IbFeatureGroup *out_group)
{
    *out_group = self->tables[table].groups[index];
    return self->names != NULL ? self->names->str + self->tables[table].names[index] : "";
}

/* --- packed: of each table (Elias-Fano; Vigna 2013)
 *
 *     n_slots   two bytes, the lower one first
 *     lows      the lower eight bits of each slot
 *     highs     a bit 1 for each slot, and a bit 0 where the higher bits of the next ones are one more: n_slots ones and
 *               HIGHS zeros in all, the lowest bit of a byte first, filled up with zeros
 *
 * There is one way only to write a set of slots, and it takes 10 bits a slot, as a rule. --- */

#define LOW_BITS 8
#define HIGHS (IB_FEATURE_SLOTS >> LOW_BITS)

static gsize
highs_bytes (guint count)
{
    return (HIGHS + count + 7) / 8;
}

static void
pack_table (const Table *table, GByteArray *out)
{
    guint start = out->len;
    g_byte_array_set_size (out, start + 2 + table->count + (guint) highs_bytes (table->count));
    guint8 *at = out->data + start, *highs = at + 2 + table->count;
    at[0] = (guint8) table->count;
    at[1] = (guint8) (table->count >> 8);
    memset (highs, 0, highs_bytes (table->count));
    for (guint i = 0; i < table->count; i++) {
        guint bit = (table->slots[i] >> LOW_BITS) + i;
        at[2 + i] = (guint8) table->slots[i];
        highs[bit / 8] |= (guint8) (1u << bit % 8);
    }
}

void
ib_features_pack (const IbFeatures *self, GByteArray *out)
{
    for (guint i = 0; i < IB_TABLES; i++)
        pack_table (&self->tables[i], out);
}

/* Eight bytes at a time, as far as there are eight. */
static guint64
read_bits (const guint8 *bytes, gsize at, gsize length)
{
    guint64 bits = 0;
    memcpy (&bits, bytes + at, MIN (length - at, sizeof bits));
    return GUINT64_FROM_LE (bits);
}

/* Whether the slots ascend and are as many as @table's count. */
static bool
unpack_slots (Table *table, const guint8 *lows, const guint8 *highs)
{
    guint found = 0;
    gint64 last = -1;
    bool ascends = true;
    gsize length = highs_bytes (table->count);
    for (gsize at = 0; at < length; at += 8)
        for (guint64 bits = read_bits (highs, at, length); bits != 0; bits &= bits - 1) {
            if (found == table->count)
                return false;
            gint64 high = (gint64) at * 8 + __builtin_ctzll (bits) - found;
            gint64 slot = high << LOW_BITS | lows[found];
            ascends &= slot > last;
            last = slot;
            table->slots[found++] = (guint32) slot;
        }
    return ascends && found == table->count && last < IB_FEATURE_SLOTS;
}

static bool
unpack_table (Table *table, const guint8 **at, const guint8 *end)
{
    if (end - *at < 2)
        return false;
    table->count = (*at)[0] | (guint) (*at)[1] << 8;
    const guint8 *lows = *at + 2, *highs = lows + table->count;
    if (table->count > IB_LIMIT_FEATURES || (gsize) (end - lows) < table->count + highs_bytes (table->count))
        return false;
    *at = highs + highs_bytes (table->count);
    return unpack_slots (table, lows, highs);
}

bool
ib_features_unpack_again (IbFeatures *self, const guint8 *bytes, gsize length)
{
    const guint8 *at = bytes, *end = bytes + length;
    for (guint i = 0; i < IB_TABLES; i++)
        if (!unpack_table (&self->tables[i], &at, end))
            return false;
    return at == end;
}

IbFeatures *
ib_features_unpack (const guint8 *bytes, gsize length)
{
    g_autoptr (IbFeatures) self = g_new0 (IbFeatures, 1);
    for (guint i = 0; i < IB_TABLES; i++)
        self->tables[i].slots = g_new (guint32, IB_LIMIT_FEATURES);
    return ib_features_unpack_again (self, bytes, length) ? g_steal_pointer (&self) : NULL;
}

IbFeatures *
ib_features_new_empty (void)
{
    g_autoptr (GByteArray) nothing = g_byte_array_new ();
    Table none = { .count = 0 };
    for (guint i = 0; i < IB_TABLES; i++)
        pack_table (&none, nothing);
    return ib_features_unpack (nothing->data, nothing->len);
}
