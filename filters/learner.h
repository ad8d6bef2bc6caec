/* learner.h - the one writer of a model
 *
 * Learns a message when it is told what it is, and goes over some older ones again, which keeps the model from
 * forgetting. The same lessons in the same order make the same model, bit by bit, on whatever machine: so a model can be
 * built anew from a journal. With its model it takes IB_LIMIT_LEARNER_BYTES at most. */
#pragma once

#include "model.h"

typedef enum {
    IB_LESSON_CORRECTION,   /* the user says so: learned until the model agrees, within reason */
    IB_LESSON_CONFIRMATION, /* nobody objected */
} IbLessonKind;

typedef struct _IbLearner IbLearner;

/* @memory is a sound model, which must outlive the learner. */
IbLearner *ib_learner_new (void *memory);
void ib_learner_free (IbLearner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLearner, ib_learner_free)

/* Keeps an example, in the order of the lessons, without learning it: for a model that knows it already. @packed is from
 * ib_features_pack (). False if that is nonsense; nothing has changed then. */
bool ib_learner_remember (IbLearner *self, const char *key, bool is_spam, const guint8 *packed, gsize length);
/* @key names the message: a second lesson with it takes the place of the first one. False as above. */
bool ib_learner_learn (IbLearner *self, const char *key, bool is_spam, const guint8 *packed, gsize length,
                       IbLessonKind kind);
