/* lessons.h - what the classifier was taught
 *
 * The journal keeps the newest lessons with what the classifier saw of their messages: what it learned since its table was
 * last written is learned again from here, and a lost table as a whole. A lesson is about a message wherever it lies: a
 * later one about the same takes its place. */
#pragma once

#include "journal.h"

typedef enum { IB_LESSON_CONFIRMS, IB_LESSON_CORRECTS } IbLessonForce;

typedef struct {
    gint64 sequence;           /* given by ib_lessons_record () */
    gint64 at;                 /* microseconds since 1970, UTC */
    char *key;                 /* of the message: the same for each of its copies */
    char id[IB_ID_LENGTH + 1]; /* of a message that came through us; "" */
    bool is_spam;
    IbLessonForce force;
    char *why;       /* "command", "moved", "read", "answered", "filed", "left-in-junk", "folder" */
    GBytes *example; /* see mail-features.h */
} IbLesson;

IbLesson *ib_lesson_new (void);
void ib_lesson_free (IbLesson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbLesson, ib_lesson_free)

/* Durable with the next ib_journal_flush (). A message that the journal knows is marked as taught. */
bool ib_lessons_record (IbJournal *journal, IbLesson *lesson, GError **error);
/* In the order in which they were given. Returning false from @each ends the reading. */
typedef bool (*IbLessonsEach) (const IbLesson *lesson, gpointer user_data);
bool ib_lessons_read (IbJournal *journal, gint64 after_sequence, IbLessonsEach each, gpointer user_data,
                      GError **error);
/* The one about message @id; NULL without error if there is none. Returns: (transfer full) (nullable) */
IbLesson *ib_lessons_about (IbJournal *journal, const char *id, GError **error);
/* Whether the newest about the message @key is a correction; false without error if not. */
bool ib_lessons_has_correction (IbJournal *journal, const char *key, GError **error);
/* The number of the last one that was ever given; 0 if none was. */
gint64 ib_lessons_last (IbJournal *journal);
/* The next one gets a number above @sequence: of a journal that is younger than what was learned. */
bool ib_lessons_go_on_from (IbJournal *journal, gint64 sequence, GError **error);
/* Forgets all but the newest @keep. */
bool ib_lessons_trim (IbJournal *journal, guint keep, GError **error);
