/* teacher.h - messages that are here become lessons
 *
 *     files ─▶ filter workers: what the classifier sees of each ─▶ journal and classifier, one after the other
 *
 * The messages are looked at as when they came. Nothing of them is moved or changed. */
#pragma once

#include "arrival.h"
#include "learned.h"

/* A message, and what it is. */
typedef struct {
    char *path;
    char id[IB_ID_LENGTH + 1]; /* of one that came through us; "" */
    bool is_spam;
    bool is_certain;   /* the user said so: learned until the classifier agrees */
    const char *why;   /* see IbLesson; static */
    bool was_sent;     /* the user sent it: whom it went to is known from now on */
    bool was_answered; /* the user answered it: whom it came from is */
    bool is_no_lesson; /* it only makes people known */
} IbTask;

/* The id is read from the file's name. Returns: (transfer full) */
IbTask *ib_task_new (const char *path, bool is_spam, bool is_certain, const char *why);
void ib_task_free (gpointer task);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTask, ib_task_free)

typedef struct {
    const IbConfig *config;
    const IbKnown *known;
    IbHome *home;
    IbLearned *learned;
    const char *top;          /* of IbDryRun: the Maildir, where somebody else named what stands there; or NULL */
    bool is_brief;            /* what was learned is committed, but model.ib may stay behind */
    const IbAccount *account; /* as if all had come through this one; NULL: as the journal has it */
    /* After each, in the order given; @error says why nothing could be learned from it. May be NULL. */
    void (*each) (const IbTask *task, const GError *error, gpointer user_data);
    gpointer user_data;
} IbTeacher;

/* What is learned of a message that was judged with its example. Returns: (transfer full) */
IbLesson *ib_teacher_make_lesson (const IbTask *task, const IbJudgement *judgement);
/* Learns from @task, whose message was judged with its example, and records it; with ib_learned_save () it is durable.
 * What the user said of a copy of it stands against what is not certain. */
bool ib_teacher_learn (const IbTeacher *self, const IbTask *task, const IbJudgement *judgement,
                       GError **error);
/* Learns from all @tasks (IbTask; paths are files, each is learned from once), in their order, and saves what was learned.
 * Runs the default main context. False: it
 * cannot be recorded; what was recorded before is learned. */
bool ib_teacher_teach (const IbTeacher *self, const GPtrArray *tasks, GError **error);
/* The same without waiting: @done is called on the thread-default main context, never before this returns. @tasks and what
 * @self points to must outlive that. */
typedef void (*IbTeacherDone) (const GError *error, gpointer user_data);
void ib_teacher_begin (const IbTeacher *self, const GPtrArray *tasks, IbTeacherDone done, gpointer user_data);
