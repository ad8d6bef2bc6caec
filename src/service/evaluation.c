/* evaluation.c - how well would the classifier have told this mail apart? */
#include "evaluation.h"
#include "dry-run.h"
#include "home.h"
#include "teacher.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

IbEvaluated *
ib_evaluated_new (const char *path, bool is_spam)
{
    IbEvaluated *self = g_new0 (IbEvaluated, 1);
    self->path = g_strdup (path);
    self->is_spam = is_spam;
    return self;
}

void
ib_evaluated_free (gpointer evaluated)
{
    IbEvaluated *self = evaluated;
    g_free (self->path);
    g_free (self->error);
    g_free (self);
}

double
ib_evaluated_likeness_now (const IbEvaluated *self)
{
    return 1 / (1 + exp (-self->score_now));
}

typedef struct {
    const IbEvaluation *run;
    IbEvaluationStage stage;
    GHashTable *by_path; /* → IbEvaluated */
    IbArrivals arrivals;
    IbLearned *scratch;
    IbDryRun dry;
} Work;

static void
sharpen (IbFacts *facts, const char *path, gpointer user_data)
{
    const Work *self = user_data;
    ib_arrivals_sharpen_file (&self->arrivals, path, facts);
}

static void
told (const Work *self, const IbEvaluated *evaluated)
{
    if (self->run->each != NULL)
        self->run->each (self->stage, evaluated, self->run->user_data);
}

/* Several workers at once, for what does not depend on the message before. */
static void
look_at_all (Work *self, IbEvaluationStage stage, const GPtrArray *mail, gsize count, IbDryRunEach each)
{
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    for (gsize i = 0; i < count; i++)
        g_ptr_array_add (paths, ((IbEvaluated *) mail->pdata[i])->path);
    g_ptr_array_add (paths, NULL);
    self->stage = stage;
    self->dry.wants = stage == IB_EVALUATION_DATES ? IB_JUDGE_TRACE : IB_JUDGE_EXAMPLE;
    ib_dry_run (&self->dry, (const char *const *) paths->pdata, each, self);
}

/* --- when it came ------------------------------------------------------------------------------------------------ */

/* The newest hop's first; servers write no dates that cannot be read, senders do. */
static gint64
date_of (const char *path, const IbJudgement *judgement)
{
    const GPtrArray *hops = judgement->origin->path->hops;
    struct stat stands = { 0 };
    for (guint i = 0; i < hops->len; i++) {
        const IbHop *hop = hops->pdata[i];
        if (hop->date_s != G_MININT64)
            return hop->date_s;
    }
    (void) stat (path, &stands);
    return stands.st_mtime;
}

static void
dated (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    const Work *self = user_data;
    IbEvaluated *evaluated = g_hash_table_lookup (self->by_path, path);
    if (judgement != NULL)
        evaluated->arrived_s = date_of (path, judgement);
    else
        evaluated->error = g_strdup (error->message);
    told (self, evaluated);
}

static int
compare_arrivals (const void *one, const void *other)
{
    const IbEvaluated *a = *(const IbEvaluated *const *) one, *b = *(const IbEvaluated *const *) other;
    if ((a->error != NULL) != (b->error != NULL))
        return a->error != NULL ? 1 : -1;
    if (a->arrived_s != b->arrived_s)
        return a->arrived_s < b->arrived_s ? -1 : 1;
    return strcmp (a->path, b->path);
}

static gsize
count_readable (const GPtrArray *mail)
{
    gsize count = 0;
    while (count < mail->len && ((const IbEvaluated *) mail->pdata[count])->error == NULL)
        count++;
    return count;
}

/* --- classified, then learned -------------------------------------------------------------------------------------- */

static bool
is_called (const Work *self, const IbVerdict *verdict)
{
    if (isnan (self->run->threshold))
        return verdict->kind == IB_VERDICT_SPAM;
    return ib_verdict_likeness (verdict) >= self->run->threshold;
}

static bool
learn (Work *self, const IbEvaluated *evaluated, const IbJudgement *judgement, GError **error)
{
    g_autoptr (IbTask) task = ib_task_new (evaluated->path, evaluated->is_spam, true, "command");
    g_autoptr (IbLesson) lesson = ib_teacher_make_lesson (task, judgement);
    return ib_learned_teach (self->scratch, NULL, lesson, error);
}

/* A message that is gone meanwhile was read once: only its score is missing. */
static bool
go_through (Work *self, GPtrArray *mail, gsize count, GError **error)
{
    self->stage = IB_EVALUATION_LEARNS;
    self->dry.wants = IB_JUDGE_EXAMPLE;
    g_autoptr (IbDryRunner) runner = ib_dry_runner_new (&self->dry, self);
    for (gsize i = 0; i < count; i++) {
        IbEvaluated *evaluated = mail->pdata[i];
        g_autoptr (GError) why = NULL;
        g_autoptr (IbJudgement) judgement = ib_dry_runner_judge (runner, evaluated->path, &why);
        if (judgement == NULL) {
            evaluated->error = g_strdup (why->message);
        } else {
            evaluated->scored = (IbScored){ .score = judgement->verdict->score,
                                            .is_spam = evaluated->is_spam,
                                            .is_called = is_called (self, judgement->verdict) };
            if (!learn (self, evaluated, judgement, error))
                return false;
        }
        told (self, evaluated);
    }
    return true;
}

static void
seen_again (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    const Work *self = user_data;
    IbEvaluated *evaluated = g_hash_table_lookup (self->by_path, path);
    evaluated->score_now = judgement != NULL ? judgement->verdict->score : evaluated->scored.score;
    told (self, evaluated);
}

/* --- the run ------------------------------------------------------------------------------------------------------- */

static bool
run (Work *self, GPtrArray *mail, gsize *out_count, GError **error)
{
    look_at_all (self, IB_EVALUATION_DATES, mail, mail->len, dated);
    g_ptr_array_sort (mail, compare_arrivals);
    self->dry.learned = self->scratch;
    if (!go_through (self, mail, count_readable (mail), error))
        return false;
    g_ptr_array_sort (mail, compare_arrivals);
    *out_count = count_readable (mail);
    look_at_all (self, IB_EVALUATION_LOOKS_AGAIN, mail, *out_count, seen_again);
    return true;
}

gssize
ib_evaluation_run (const IbEvaluation *self, GPtrArray *mail, GError **error)
{
    g_autoptr (IbKnown) known = ib_known_new (self->paths, self->config, NULL);
    g_autoptr (IbHome) home = ib_home_look (self->paths, self->config, NULL);
    g_autoptr (IbLearned) scratch = ib_learned_new_scratch ();
    g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GPtrArray) no_scripts = g_ptr_array_new ();
    for (guint i = 0; i < mail->len; i++)
        g_hash_table_insert (by_path, ((IbEvaluated *) mail->pdata[i])->path, mail->pdata[i]);

    IbJournal *journal = home != NULL ? home->journal : NULL;
    Work work = {
        .run = self,
        .by_path = by_path,
        .arrivals = { self->config, known, journal, self->account },
        .scratch = scratch,
        .dry = { .config = self->config,
                 .known = known,
                 .account = self->account,
                 .scripts = no_scripts,
                 .sharpen = sharpen },
    };
    gsize count = 0;
    return run (&work, mail, &count, error) ? (gssize) count : -1;
}

/* --- what came of it ----------------------------------------------------------------------------------------------- */

IbScored *
ib_evaluation_scores (const GPtrArray *mail, gsize count)
{
    IbScored *scores = g_new (IbScored, count);
    for (gsize i = 0; i < count; i++)
        scores[i] = ((const IbEvaluated *) mail->pdata[i])->scored;
    return scores;
}

/* Above 0: the label is contradicted. */
static double
contradiction (const IbEvaluated *evaluated)
{
    return evaluated->is_spam ? -evaluated->score_now : evaluated->score_now;
}

static int
compare_contradictions (const void *one, const void *other)
{
    double a = contradiction (*(const IbEvaluated *const *) one),
           b = contradiction (*(const IbEvaluated *const *) other);
    return (a < b) - (a > b);
}

GPtrArray *
ib_evaluation_suspects (const GPtrArray *mail, gsize count)
{
    GPtrArray *suspects = g_ptr_array_new ();
    for (gsize i = 0; i < count; i++)
        if (contradiction (mail->pdata[i]) > 0)
            g_ptr_array_add (suspects, mail->pdata[i]);
    g_ptr_array_sort (suspects, compare_contradictions);
    return suspects;
}
