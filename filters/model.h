/* model.h - what the classifier has learned: the table itself
 *
 * A model is one flat piece of memory that somebody else owns: a file mapped into the service, which learns, and
 * read-only into the workers, which judge. It is used where it lies, and a lesson shows in the next score. One process
 * writes it (learner.h); a reader meanwhile sees some weights before a lesson and some after it, which is harmless. */
#pragma once

#include "mail-features.h"

#include <stdbool.h>

gsize ib_model_size (void);
/* Makes ib_model_size () zero bytes at @memory (aligned for a double) a model that knows nothing. Touches no more than
 * their beginning, so that a table takes memory as it learns. */
void ib_model_init (void *memory);
/* Is it a model of this version, as far as its beginning says? */
bool ib_model_is_one (const void *memory, gsize size);
/* And is there nothing in it that could spoil a score? Looks at all of it. */
bool ib_model_is_sound (const void *memory, gsize size);

/* The log-odds of spam: the mean of the two tables', nearer to 0 the less of the message was learned before. 0 where
 * nothing is known. */
double ib_model_score (const void *memory, const IbFeatures *features);
/* The share that each of ib_features_slots () has in the score: those of both tables add up to it. @out_shares has room
 * for as many. */
void ib_model_shares (const void *memory, const IbFeatures *features, IbFeatureTable table,
                      double *out_shares);

/* Different messages learned. */
guint64 ib_model_n_ham (const void *memory);
guint64 ib_model_n_spam (const void *memory);
/* The number of the last lesson in it, which whoever keeps the journal of lessons sets; 0 at first. */
guint64 ib_model_lesson (const void *memory);
void ib_model_set_lesson (void *memory, guint64 lesson);
