/* features-private.h - the inside of mail-features.c, features-header.c, features-body.c and tokens.c */
#pragma once

#include "mail-features.h"
#include "mail-limits.h"

typedef struct {
    guint32 slot;
    guint32 group;
    guint32 name; /* where it stands in .names; 0: it has none */
} IbFeature;

/* Features as they are found, each slot once. */
typedef struct {
    guint64 seen[IB_TABLES][IB_FEATURE_SLOTS / 64];
    IbFeature found[IB_TABLES][IB_LIMIT_FEATURES];
    guint n_found[IB_TABLES];
    IbFeature spare[IB_LIMIT_FEATURES]; /* for sorting */
    GString *names;                     /* NULL: nobody wants them */
} IbFeatureSet;

/* Where words and grams come from: salts them, and says to whom they belong. */
typedef struct {
    IbFeatureGroup group;
    const char *label; /* stands before the word in a name: "x-mailer: "; "" */
    guint64 salt;
} IbSource;

#define IB_HASH_START 0xcbf29ce484222325u

/* FNV-1a, a byte. */
static inline guint64
ib_hash_byte (guint64 hash, guint8 byte)
{
    return (hash ^ byte) * 0x100000001b3u;
}

static inline guint64
ib_hash_bytes (guint64 hash, const char *bytes, gsize length)
{
    for (gsize i = 0; i < length; i++)
        hash = ib_hash_byte (hash, (guint8) bytes[i]);
    return hash;
}

/* Spreads @hash over the slots; returns whether it is a new one. */
static inline bool
ib_feature_set_add (IbFeatureSet *self, IbFeatureTable table, IbFeatureGroup group, guint64 hash)
{
    hash ^= hash >> 29;
    hash *= 0xbf58476d1ce4e5b9u;
    guint32 slot = (guint32) (hash >> 46);
    guint64 bit = G_GUINT64_CONSTANT (1) << (slot % 64);
    guint64 *word = &self->seen[table][slot / 64];
    if ((*word & bit) != 0 || self->n_found[table] == IB_LIMIT_FEATURES)
        return false;
    *word |= bit;
    self->found[table][self->n_found[table]++] = (IbFeature){ .slot = slot, .group = group };
    return true;
}

/* Returns: (transfer full) */
IbFeatures *ib_features_new_empty (void);
/* As ib_features_unpack (), into one that came from there or from ib_features_new_empty (). False: what is in it means
 * nothing then. */
bool ib_features_unpack_again (IbFeatures *self, const guint8 *bytes, gsize length);

/* One feature in words, with its name. */
void ib_feature_set_add_word (IbFeatureSet *self, const IbSource *source, guint64 hash, const char *word,
                              gsize length);
/* A symbol in one word or two: "zone +0200". */
void ib_feature_set_add_symbol (IbFeatureSet *self, IbFeatureGroup group, const char *symbol);
void ib_feature_set_add_pair (IbFeatureSet *self, IbFeatureGroup group, const char *what, const char *value);

/* Words of @text, which is valid UTF-8, folded; and the pieces of long ones. */
void ib_tokens_add_words (IbFeatureSet *set, const IbSource *source, const char *text, gsize length);
/* Runs of four characters of @text, folded, blanks as one; of two, where a character is a word. */
void ib_tokens_add_grams (IbFeatureSet *set, const IbSource *source, const char *text, gsize length);
/* How much of @text fits into @most bytes, with no character cut in two. */
gsize ib_tokens_cut (const char *text, gsize length, gsize most);
/* What a random id is made of: "a7F-x@" → classes of characters without their number. Returns: (transfer full) */
char *ib_tokens_shape (const char *text, gsize length);

void ib_features_add_header (IbFeatureSet *set, const IbMessage *message);
void ib_features_add_body (IbFeatureSet *set, const IbMessage *message);
void ib_features_add_origin (IbFeatureSet *set, const IbFacts *facts, const IbOrigin *origin);
