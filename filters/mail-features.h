/* mail-features.h - what the classifier sees of a message: one definition for judging and for learning
 *
 *     message, facts, origin ─▶ words and grams ─hash─▶ slots ─▶ two sorted sets of numbers
 *
 * "Words" are words of the fields (each with its field's name), of the text and of links, and the message's structure;
 * "grams" are short runs of characters of the fields and the text, which see through spelling tricks and languages
 * without blanks. A feature is there or not; how often does not matter.
 *
 * What changes from copy to copy is left out: seals, ids, dates, other filters' verdicts, the marks of mail clients and
 * all X-Inbasket-*. So the delivered copy of a message has the features that it had when it was fetched, given the same
 * facts. Only the beginning of a text is read: any message costs a bounded time.
 *
 * (A header called features.h would hide the C library's.) */
#pragma once

#include "facts.h"
#include "origin.h"

/* Slots of each table; a power of two. */
#define IB_FEATURE_SLOTS (1u << 18)

typedef enum { IB_TABLE_WORDS, IB_TABLE_GRAMS } IbFeatureTable;
#define IB_TABLES 2

typedef enum {
    IB_GROUP_FROM,
    IB_GROUP_SUBJECT,
    IB_GROUP_HEADER, /* all other fields */
    IB_GROUP_TEXT,
    IB_GROUP_LINKS,
    IB_GROUP_ROUTE, /* the way it came */
    IB_GROUP_AUTHENTICATION,
    IB_GROUP_STRUCTURE,
} IbFeatureGroup;
#define IB_FEATURE_GROUPS 8

typedef enum { IB_FEATURES_PLAIN, IB_FEATURES_NAMED } IbFeatureNames;

typedef struct _IbFeatures IbFeatures;

/* @origin: NULL if nobody looked where it came from. IB_FEATURES_NAMED, for explanations, also tells what each feature
 * is, and costs more. Returns: (transfer full) */
IbFeatures *ib_features_new (const IbMessage *message, const IbFacts *facts, const IbOrigin *origin,
                             IbFeatureNames names);
void ib_features_free (IbFeatures *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbFeatures, ib_features_free)

/* Ascending, each once, at most IB_LIMIT_FEATURES, all below IB_FEATURE_SLOTS. */
const guint32 *ib_features_slots (const IbFeatures *self, IbFeatureTable table, gsize *out_count);
/* What the feature at @index of ib_features_slots () is: the group it belongs to, and its word, decoded and hostile.
 * Not of unpacked ones; "" where no names were asked for; of several features that share a slot, the first. */
const char *ib_features_name (const IbFeatures *self, IbFeatureTable table, gsize index,
                              IbFeatureGroup *out_group);

/* Appends at most IB_LIMIT_PACKED_FEATURES bytes. */
void ib_features_pack (const IbFeatures *self, GByteArray *out);
/* NULL if @bytes are not exactly what ib_features_pack () writes. Returns: (transfer full) (nullable) */
IbFeatures *ib_features_unpack (const guint8 *bytes, gsize length);
