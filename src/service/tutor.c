/* tutor.c - one message at a time: what does the classifier take it for, and what is it really? */
#include "tutor.h"
#include "dry-run.h"
#include "known.h"
#include "teacher.h"

#include <string.h>
#include <sys/stat.h>

/* Beyond so many lessons it takes a while to catch up with the journal, if we are killed. */
#define BEHIND_AT_MOST 5000

#define INSISTED_ON 60

struct _IbTutor {
    const IbPaths *paths;
    const IbConfig *config;
    IbKnown *known;
    IbLearned *learned;
    IbHome *home, *looked_at; /* for writing, once something was taught; for looking until then */
    char *notice;
    guint pending, behind; /* lessons that the journal lacks, and those that model.ib lacks */

    GPtrArray *no_scripts;
    IbArrivals arrivals;
    IbDryRun run;
    IbDryRunner *runner;

    /* The message that was looked at last, as it stood then. */
    char *path;
    struct stat stood;
    IbJudgement *judgement;
};

static void
sharpen (IbFacts *facts, const char *path, gpointer user_data)
{
    const IbTutor *self = user_data;
    ib_arrivals_sharpen_file (&self->arrivals, path, facts);
}

IbTutor *
ib_tutor_new (const IbPaths *paths, const IbConfig *config, const IbAccount *account)
{
    IbTutor *self = g_new0 (IbTutor, 1);
    self->paths = paths;
    self->config = config;
    self->known = ib_known_new (paths, config, NULL);
    self->looked_at = ib_home_look (paths, config, NULL); /* without it, nobody knows how messages came */
    self->learned = ib_learned_new (paths, self->looked_at != NULL ? self->looked_at->journal : NULL, false);
    self->arrivals = (IbArrivals){
        .config = config,
        .known = self->known,
        .journal = self->looked_at != NULL ? self->looked_at->journal : NULL,
        .account = account,
    };
    self->no_scripts = g_ptr_array_new ();
    self->run = (IbDryRun){
        .config = config,
        .known = self->known,
        .account = account,
        .scripts = self->no_scripts,
        .wants = IB_JUDGE_EXAMPLE,
        .learned = self->learned,
        .sharpen = sharpen,
    };
    self->runner = ib_dry_runner_new (&self->run, self);
    return self;
}

void
ib_tutor_free (IbTutor *self)
{
    if (self == NULL)
        return;
    ib_dry_runner_free (self->runner);
    ib_judgement_free (self->judgement);
    g_ptr_array_unref (self->no_scripts);
    ib_learned_free (self->learned);
    ib_known_free (self->known);
    ib_home_close (self->looked_at);
    ib_home_close (self->home);
    g_free (self->notice);
    g_free (self->path);
    g_free (self);
}

/* --- looking ----------------------------------------------------------------------------------------------------- */

static bool
is_same_file (const struct stat *one, const struct stat *other)
{
    return one->st_dev == other->st_dev && one->st_ino == other->st_ino && one->st_size == other->st_size
           && one->st_mtim.tv_sec == other->st_mtim.tv_sec && one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

/* It stands before the message is read: one that changes meanwhile is looked at again the next time. */
static bool
is_looked_at (const IbTutor *self, const char *path, const struct stat *stands)
{
    return self->judgement != NULL && g_strcmp0 (self->path, path) == 0
           && is_same_file (&self->stood, stands);
}

static bool
look (IbTutor *self, const char *path, const struct stat *stands, GError **error)
{
    g_clear_pointer (&self->judgement, ib_judgement_free);
    self->judgement = ib_dry_runner_judge (self->runner, path, error);
    g_free (self->path);
    self->path = g_strdup (path);
    self->stood = *stands;
    return self->judgement != NULL;
}

/* What cannot be looked at is told by whoever reads it. */
const IbJudgement *
ib_tutor_classify (IbTutor *self, const char *path, GError **error)
{
    struct stat stands = { 0 };
    (void) stat (path, &stands);
    return look (self, path, &stands, error) ? self->judgement : NULL;
}

/* --- teaching ---------------------------------------------------------------------------------------------------- */

static bool
open_home (IbTutor *self, GError **error)
{
    if (self->home != NULL)
        return true;
    self->home = ib_home_open (self->paths, self->config, g_get_real_time (), error);
    if (self->home == NULL)
        return false;
    self->arrivals.journal = self->home->journal;
    g_clear_pointer (&self->looked_at, ib_home_close);
    self->notice = g_strdup (self->home->notice);
    return true;
}

/* The first lessons are insisted on, so that each shows. Later ones come by the thousand, and insisting would make the wrong
 * labels among them weigh more than the right ones. */
static bool
is_insisted_on (IbTutor *self)
{
    guint64 ham = 0, spam = 0;
    ib_learned_count (self->learned, &ham, &spam);
    return ham + spam < INSISTED_ON;
}

static bool
learn (IbTutor *self, const char *path, bool is_spam, GError **error)
{
    g_autoptr (IbTask) task = ib_task_new (path, is_spam, is_insisted_on (self), "command");
    const IbTeacher teacher = {
        .config = self->config,
        .known = self->known,
        .home = self->home,
        .learned = self->learned,
        .account = self->run.account,
    };
    if (!ib_teacher_learn (&teacher, task, self->judgement, error))
        return false;
    self->pending++;
    self->behind++;
    return true;
}

bool
ib_tutor_teach (IbTutor *self, const char *path, bool is_spam, GError **error)
{
    struct stat stands = { 0 };
    (void) stat (path, &stands);
    return open_home (self, error)
           && (is_looked_at (self, path, &stands) || look (self, path, &stands, error))
           && learn (self, path, is_spam, error);
}

/* --- keeping ----------------------------------------------------------------------------------------------------- */

guint
ib_tutor_pending (const IbTutor *self)
{
    return self->pending;
}

/* model.ib catches up with the journal by itself, if need be. */
bool
ib_tutor_commit (IbTutor *self, GError **error)
{
    if (self->behind > BEHIND_AT_MOST)
        return ib_tutor_close (self, error);
    if (self->pending > 0 && !ib_journal_flush (self->home->journal, error))
        return false;
    self->pending = 0;
    return true;
}

bool
ib_tutor_close (IbTutor *self, GError **error)
{
    if (self->behind > 0 && !ib_learned_save (self->learned, self->home->journal, error))
        return false;
    self->pending = self->behind = 0;
    return true;
}

const char *
ib_tutor_notice (const IbTutor *self)
{
    return self->notice != NULL ? self->notice : ib_learned_notice (self->learned);
}
