/* tutor.h - one message at a time: what does the classifier take it for, and what is it really?
 *
 *     classify ─▶ verdict, and what the classifier saw of the message ─┐
 *     teach    ─▶ lesson ◀──────────────────────────────────────────────┘ of the message that was classified last
 *                   ├─▶ the table, which the next verdict shows
 *                   └─▶ the journal: durable with ib_tutor_commit ()
 *
 * Classifying only looks. The first lesson opens the home for writing, which stays open: nobody else works on it then. */
#pragma once

#include "home.h"
#include "learned.h"

typedef struct _IbTutor IbTutor;

/* @account: as if all messages had come through it; NULL: as the journal has it. All must outlive it. */
IbTutor *ib_tutor_new (const IbPaths *paths, const IbConfig *config, const IbAccount *account);
/* Commits nothing; see ib_tutor_close (). */
void ib_tutor_free (IbTutor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTutor, ib_tutor_free)

/* @path: a message file. The judgement's verdict counts, not its plan; it stays the tutor's, until the next call. */
const IbJudgement *ib_tutor_classify (IbTutor *self, const char *path, GError **error);
/* IB_HOME_ERROR_BUSY: another Inbasket works on this home; it may be tried again. On any error nothing was learned. */
bool ib_tutor_teach (IbTutor *self, const char *path, bool is_spam, GError **error);

/* Lessons that are not durable yet. */
guint ib_tutor_pending (const IbTutor *self);
bool ib_tutor_commit (IbTutor *self, GError **error);
/* Commits, and brings model.ib up to date. */
bool ib_tutor_close (IbTutor *self, GError **error);
/* What the user should hear: of a damaged journal or table; NULL: nothing. */
const char *ib_tutor_notice (const IbTutor *self);
