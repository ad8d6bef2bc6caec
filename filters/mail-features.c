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

void
ib_feature_set_add_word (IbFeatureSet *self, const IbSource *source, guint64 hash, const char *word,
                         gsize length)
{
    if (!ib_feature_set_add (self, IB_TABLE_WORDS, source->group, hash ^ source->salt) || self->names == NULL)
        return;
    self->found[IB_TABLE_WORDS][self->n_found[IB_TABLE_WORDS] - 1].name = (guint32) self->names->len;
    g_string_append (self->names, source->label);
    g_string_append_len (self->names, word, (gssize) length);
    g_string_append_c (self->names, '\0');
}

void
ib_feature_set_add_symbol (IbFeatureSet *self, IbFeatureGroup group, const char *symbol)
{
    const IbSource source = { .group = group, .label = "", .salt = 0x51ed270b9f1a3c07u };
    gsize length = strlen (symbol);
    ib_feature_set_add_word (self, &source, ib_hash_bytes (IB_HASH_START, symbol, length), symbol, length);
}

static int
compare_slots (const void *one, const void *other)
{
    guint32 a = ((const IbFeature *) one)->slot, b = ((const IbFeature *) other)->slot;
    return (a > b) - (a < b);
}

/* A byte of the slots at a time, the lowest first. */
static void
sort_by_slot (IbFeature *features, guint count)
{
    qsort (features, count, sizeof *features, compare_slots);
}

static void
settle_table (Table *table, IbFeature *found, guint count, bool has_names)
{
    sort_by_slot (found, count);
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
    for (guint i = 0; i < IB_TABLES; i++)
        settle_table (&self->tables[i], set->found[i], set->n_found[i], self->names != NULL);
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

/* --- packed: of each table the number of slots, and the way from each to the next, seven bits a byte --- */

static void
pack_number (GByteArray *out, guint32 number)
{
    guint8 bytes[5];
    guint length = 0;
    for (; number >= 0x80; number >>= 7)
        bytes[length++] = (guint8) (number | 0x80);
    bytes[length++] = (guint8) number;
    g_byte_array_append (out, bytes, length);
}

void
ib_features_pack (const IbFeatures *self, GByteArray *out)
{
    for (guint i = 0; i < IB_TABLES; i++) {
        const Table *table = &self->tables[i];
        guint32 next = 0;
        pack_number (out, table->count);
        for (guint j = 0; j < table->count; j++) {
            pack_number (out, table->slots[j] - next);
            next = table->slots[j] + 1;
        }
    }
}

/* There is one way only to write a number. */
static bool
unpack_number (const guint8 **at, const guint8 *end, guint32 limit, guint32 *out_number)
{
    guint64 number = 0;
    for (guint shift = 0; *at < end && shift < 28; shift += 7) {
        guint8 byte = *(*at)++;
        number |= (guint64) (byte & 0x7f) << shift;
        if (byte >= 0x80)
            continue;
        *out_number = (guint32) number;
        return number <= limit && (byte != 0 || shift == 0);
    }
    return false;
}

static bool
unpack_table (Table *table, const guint8 **at, const guint8 *end)
{
    guint32 next = 0;
    if (!unpack_number (at, end, IB_LIMIT_FEATURES, &table->count) || table->count > (gsize) (end - *at))
        return false;
    table->slots = g_new (guint32, table->count);
    for (guint i = 0; i < table->count; i++) {
        guint32 step;
        if (next >= IB_FEATURE_SLOTS || !unpack_number (at, end, IB_FEATURE_SLOTS - 1 - next, &step))
            return false;
        table->slots[i] = next + step;
        next += step + 1;
    }
    return true;
}

IbFeatures *
ib_features_unpack (const guint8 *bytes, gsize length)
{
    g_autoptr (IbFeatures) self = g_new0 (IbFeatures, 1);
    const guint8 *at = bytes, *end = bytes + length;
    for (guint i = 0; i < IB_TABLES; i++)
        if (!unpack_table (&self->tables[i], &at, end))
            return NULL;
    return at == end ? g_steal_pointer (&self) : NULL;
}
