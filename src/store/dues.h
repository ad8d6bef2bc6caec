/* dues.h - what is to be learned from where messages stand, now or later
 *
 * At most one thing of each message: a later one takes its place. */
#pragma once

#include "places.h"

/* The numbers stand in the journal. */
typedef enum {
    IB_DUE_NOTHING = 0,
    IB_DUE_HAM = 1, /* confirmations */
    IB_DUE_SPAM = 2,
    IB_DUE_CORRECT_HAM = 3, /* the user moved it there */
    IB_DUE_CORRECT_SPAM = 4,
    IB_DUE_PEOPLE = 5, /* no lesson: whom it is from, or to, is known */
} IbDueKind;

typedef struct {
    IbPlacedFile *file;
    IbDueKind kind;
    char *why; /* see IbLesson */
} IbDue;
void ib_due_free (IbDue *self);

/* Durable with the next ib_journal_flush (). A confirmation that is set does not take the place of a correction. @at:
 * microseconds. */
bool ib_dues_set (IbJournal *journal, const IbPlacedFile *file, IbDueKind kind, const char *why, gint64 at,
                  GError **error);
/* What this file of the message was to teach. */
bool ib_dues_drop (IbJournal *journal, const IbPlacedFile *file, GError **error);
/* The same, but for a correction, which only another move takes back. */
bool ib_dues_drop_confirmation (IbJournal *journal, const IbPlacedFile *file, GError **error);
/* What is due at @now: at most so many corrections, those first that came first, and then so many others, the newest
 * first. Elements IbDue. (transfer full) */
GPtrArray *ib_dues_read (IbJournal *journal, gint64 now, guint corrections, guint others, GError **error);
