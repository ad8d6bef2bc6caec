/* learning.h - an account that stands now teaches the classifier, by the mail that is on its server
 *
 * As `inbasket learn --from` does it: with the home on loan, where a service has it. */
#pragma once

#include "paths.h"

#include <gio/gio.h>

typedef struct _IbLearning IbLearning;

typedef struct {
    /* So many of the messages have been looked at; @expected may grow. */
    void (*progressed) (guint64 looked, guint64 expected, gpointer user_data);
    /* Once, last: @words say what is known now, or @error why it learned nothing or not all. The learning may be freed from
     * here. */
    void (*ended) (const char *words, const GError *error, gpointer user_data);
} IbLearningEvents;

/* @events must outlive it. On the default main context. Returns: (transfer full) (nullable) */
IbLearning *ib_learning_start (const IbPaths *paths, const char *account, const IbLearningEvents *events,
                               gpointer user_data, GError **error);
/* What has been looked at by then is learned; that end is told like any other. */
void ib_learning_stop (IbLearning *self);
/* Stops it so, if it is not at its end; nothing is told any more. */
void ib_learning_free (IbLearning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLearning, ib_learning_free)

/* "The classifier knows 40 good messages …". Returns: (transfer full) */
char *ib_learning_words (guint64 ham, guint64 spam, guint people);
/* It takes @enough of each until it judges; NULL: it does. Returns: (transfer full) (nullable) */
char *ib_learning_hint (guint64 ham, guint64 spam, guint enough);
