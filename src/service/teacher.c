/* teacher.c - messages that are here become lessons */
#include "teacher.h"
#include "dry-run.h"
#include "standing.h"
#include "teaching.h"

IbTask *
ib_task_new (const char *path, bool is_spam, bool is_certain, const char *why)
{
    IbTask *self = g_new0 (IbTask, 1);
    g_autofree char *name = g_path_get_basename (path);
    self->path = g_strdup (path);
    self->is_spam = is_spam;
    self->is_certain = is_certain;
    self->why = why;
    (void) ib_standing_read_id (name, self->id);
    return self;
}

void
ib_task_free (gpointer task)
{
    IbTask *self = task;
    g_free (self->path);
    g_free (self);
}

/* Lessons after which what was learned is saved: the journal need not hold all of a large folder at once, and who is
 * interrupted has learned something. */
#define SAVED_AFTER 1000

typedef struct {
    IbTeacher teacher;
    IbArrivals arrivals;
    GPtrArray *no_scripts;
    GHashTable *tasks; /* path → IbTask */
    guint pending;     /* not saved yet */
    IbTeacherDone done;
    gpointer user_data;
    GError *error;
} Lesson;

static void
sharpen (IbFacts *facts, const char *path, gpointer user_data)
{
    const Lesson *self = user_data;
    const IbTask *task = g_hash_table_lookup (self->tasks, path);
    ib_arrivals_sharpen (&self->arrivals, task->id, facts);
}

static bool
note_people (IbJournal *journal, const IbTask *task, const IbExample *example, GError **error)
{
    gint64 now = g_get_real_time ();
    if (task->was_answered && !ib_people_note (journal, example->sender, example->sender_name, now, error))
        return false;
    return !task->was_sent || ib_teaching_note_recipients (journal, example->recipients, now, error);
}

IbLesson *
ib_teacher_make_lesson (const IbTask *task, const IbJudgement *judgement)
{
    IbLesson *lesson = ib_lesson_new ();
    g_free (lesson->key);
    g_free (lesson->why);
    lesson->at = g_get_real_time ();
    lesson->key = ib_teaching_key (judgement);
    g_strlcpy (lesson->id, task->id, sizeof lesson->id);
    lesson->is_spam = task->is_spam;
    lesson->force = task->is_certain ? IB_LESSON_CORRECTS : IB_LESSON_CONFIRMS;
    lesson->why = g_strdup (task->why);
    lesson->example = g_bytes_ref (judgement->example->features);
    return lesson;
}

/* A copy of the message, under a name or an account of its own, tells nothing against what the user said of it. */
static bool
is_settled (IbJournal *journal, const IbTask *task, const IbLesson *lesson, GError **error)
{
    return !task->is_certain && ib_lessons_has_correction (journal, lesson->key, error);
}

bool
ib_teacher_learn (const IbTeacher *self, const IbTask *task, const IbJudgement *judgement, GError **error)
{
    g_autoptr (IbLesson) lesson = ib_teacher_make_lesson (task, judgement);
    IbJournal *journal = self->home->journal;
    g_autoptr (GError) why = NULL;
    bool is_lesson = !task->is_no_lesson && !is_settled (journal, task, lesson, &why);
    if (why != NULL) {
        g_propagate_error (error, g_steal_pointer (&why));
        return false;
    }
    return (!is_lesson || ib_learned_teach (self->learned, journal, lesson, error))
           && note_people (journal, task, judgement->example, error);
}

/* Before the next is learned: whatever was noted beside the last one is saved with it. */
static bool
save_now_and_then (Lesson *self)
{
    if (self->pending++ < SAVED_AFTER)
        return true;
    self->pending = 1;
    return ib_learned_save (self->teacher.learned, self->teacher.home->journal, &self->error);
}

static void
judged (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Lesson *self = user_data;
    const IbTeacher *teacher = &self->teacher;
    const IbTask *task = g_hash_table_lookup (self->tasks, path);
    if (self->error != NULL)
        return;
    if (judgement != NULL
        && (!save_now_and_then (self) || !ib_teacher_learn (teacher, task, judgement, &self->error)))
        return;
    if (teacher->each != NULL)
        teacher->each (task, error, teacher->user_data);
}

/* What was recorded before it failed is learned, too. */
static void
conclude (gpointer user_data)
{
    Lesson *self = user_data;
    g_autoptr (GError) why = NULL;
    const IbTeacher *teacher = &self->teacher;
    bool is_saved = teacher->is_brief ? ib_learned_commit (teacher->learned, teacher->home->journal, &why)
                                      : ib_learned_save (teacher->learned, teacher->home->journal, &why);
    if (!is_saved && self->error == NULL)
        self->error = g_steal_pointer (&why);
    self->done (self->error, self->user_data);
    g_hash_table_unref (self->tasks);
    g_ptr_array_unref (self->no_scripts);
    g_clear_error (&self->error);
    g_free (self);
}

void
ib_teacher_begin (const IbTeacher *self, const GPtrArray *tasks, IbTeacherDone done, gpointer user_data)
{
    Lesson *lesson = g_new0 (Lesson, 1);
    *lesson = (Lesson){
        .teacher = *self,
        .arrivals = { self->config, self->known, self->home->journal, self->account },
        .no_scripts = g_ptr_array_new (),
        .tasks = g_hash_table_new (g_str_hash, g_str_equal),
        .done = done,
        .user_data = user_data,
    };
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    for (guint i = 0; i < tasks->len; i++) {
        IbTask *task = tasks->pdata[i];
        if (g_hash_table_insert (lesson->tasks, task->path, task))
            g_ptr_array_add (paths, task->path);
    }
    g_ptr_array_add (paths, NULL);
    const IbDryRun run = {
        .config = self->config,
        .known = self->known,
        .account = self->account,
        .scripts = lesson->no_scripts,
        .wants = IB_JUDGE_EXAMPLE,
        .top = self->top,
        .learned = self->learned,
        .sharpen = sharpen,
    };
    ib_dry_run_begin (&run, (const char *const *) paths->pdata, judged, conclude, lesson);
}

typedef struct {
    GError *error;
    bool is_over;
} Waiting;

static void
note_over (const GError *error, gpointer user_data)
{
    Waiting *waiting = user_data;
    waiting->error = error != NULL ? g_error_copy (error) : NULL;
    waiting->is_over = true;
}

bool
ib_teacher_teach (const IbTeacher *self, const GPtrArray *tasks, GError **error)
{
    Waiting waiting = { 0 };
    ib_teacher_begin (self, tasks, note_over, &waiting);
    while (!waiting.is_over)
        g_main_context_iteration (NULL, TRUE);
    if (waiting.error == NULL)
        return true;
    g_propagate_error (error, waiting.error);
    return false;
}
