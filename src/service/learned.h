/* learned.h - what the classifier has learned, and whom it knows
 *
 *     lessons in the journal ──learned again──▶ the live table ──mapped read-only──▶ filter workers
 *                                                  ▲    │
 *                                        model.ib ─┘    └─▶ model.ib, now and then
 *
 * The table is read when somebody first needs it. The journal has the last word: lessons that model.ib lacks are learned
 * again, and a model.ib that is missing or damaged is made anew from all that the journal keeps. */
#pragma once

#include "filter-pool.h"
#include "lessons.h"
#include "paths.h"

typedef struct _IbLearned IbLearned;

/* @journal NULL: the home's is looked at, if there is one. @is_dry: nothing is ever written. */
IbLearned *ib_learned_new (const IbPaths *paths, IbJournal *journal, bool is_dry);
/* Knows nothing and nobody, is taught without a journal, and keeps nothing: for measuring. */
IbLearned *ib_learned_new_scratch (void);
void ib_learned_free (IbLearned *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLearned, ib_learned_free)

/* Others may have taught meanwhile, or the journal was opened anew: from now on it says what @journal says. */
void ib_learned_refresh (IbLearned *self, IbJournal *journal);
/* Adds whom the user writes with. */
void ib_learned_add_facts (const IbLearned *self, IbFacts *facts);
/* The same for what will be judged by @pool. */
void ib_learned_introduce (const IbLearned *self, IbFilterPool *pool);
/* Lends the live table to the workers of @pool, which @self must outlive. */
void ib_learned_lend (IbLearned *self, IbFilterPool *pool);
/* Messages that it was told are ham, and spam. */
void ib_learned_count (IbLearned *self, guint64 *out_ham, guint64 *out_spam);
/* What the user should hear: the table was damaged, and what became of it. NULL: nothing. */
const char *ib_learned_notice (const IbLearned *self);

/* Learns @lesson, which the next verdict shows, and records it; with ib_learned_save () it is durable. @journal is the
 * home's, and not @is_dry. False: it could not be recorded, or its example is nonsense; then nothing was learned. */
bool ib_learned_teach (IbLearned *self, IbJournal *journal, IbLesson *lesson, GError **error);
/* Commits what was taught since, and brings model.ib up to date. */
bool ib_learned_save (IbLearned *self, IbJournal *journal, GError **error);
/* The same, but model.ib may stay a little behind, for whoever saves in the end. */
bool ib_learned_commit (IbLearned *self, IbJournal *journal, GError **error);
