/* learning.h - accounts that stand now teach the classifier, one after the other, by the mail that is on their servers
 *
 * As `inbasket learn --from` does it: with the home on loan, where a service has it. */
#pragma once

#include "paths.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef struct _IbLearning IbLearning;

typedef struct {
    /* So many of the messages have been looked at; @expected may grow, and is 0 until something is known. */
    void (*progressed) (const char *account, guint64 looked, guint64 expected, gpointer user_data);
    /* Of each account, last: @words say what is known now, or @error why it taught nothing or not all. */
    void (*ended) (const char *account, const char *words, const GError *error, gpointer user_data);
} IbLearningEvents;

/* @events must outlive it. On the default main context. */
IbLearning *ib_learning_new (const IbPaths *paths, const IbLearningEvents *events, gpointer user_data);
/* At once, or when those before it are at their end. */
void ib_learning_add (IbLearning *self, const char *account);
/* What has been looked at by then is learned, and that end told like any other; those that wait are passed over. */
void ib_learning_stop (IbLearning *self);
/* Nobody listens any more. What was begun goes on to its end, and until then a GApplication runs, with or without windows. */
void ib_learning_free (IbLearning *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLearning, ib_learning_free)

/* One that is being learned from in this program, be it that nobody listens; NULL: none is. */
const char *ib_learning_account (void);
/* Has all of that end, as ib_learning_stop () does. */
void ib_learning_stop_all (void);

/* "The classifier knows 40 good messages …". Returns: (transfer full) */
char *ib_learning_words (guint64 ham, guint64 spam, guint people);
/* It takes @enough of each until it judges; NULL: it does. Returns: (transfer full) (nullable) */
char *ib_learning_hint (guint64 ham, guint64 spam, guint enough);
