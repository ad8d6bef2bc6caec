/* learned.c - what the classifier has learned, and whom it knows */
#include "learned.h"
#include "learner.h"
#include "mail-limits.h"
#include "model-file.h"
#include "people.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The table has four megabytes: who learns a lesson now and then need not write it each time. Far fewer than the journal
 * keeps, since what it lacks is learned again from there. */
#define BEHIND_AT_MOST 100

struct _IbLearned {
    char *path; /* model.ib; NULL: all is scratch */
    char *journal;
    bool is_dry, is_damaged; /* model.ib must be set aside first */
    GBytes *people;
    char *notice;

    /* The live table, and its trailer; NULL until it is needed. */
    void *memory;
    int fd; /* that others may read */

    IbLearner *learner;        /* NULL until something is learned */
    const IbJournal *prepared; /* that numbers lessons as we do */
    bool is_changed;           /* model.ib is behind */
    guint behind;              /* by so many lessons, if nobody else writes it */
};

/* @journal NULL: there is none yet. */
static void
read_people (IbLearned *self, IbJournal *journal)
{
    g_clear_pointer (&self->people, g_bytes_unref);
    if (journal != NULL)
        self->people = ib_people_read (journal, IB_LIMIT_CORRESPONDENTS, NULL);
}

IbLearned *
ib_learned_new (const IbPaths *paths, IbJournal *journal, bool is_dry)
{
    IbLearned *self = g_new0 (IbLearned, 1);
    self->path = g_strdup (paths->model);
    self->journal = g_strdup (paths->journal);
    self->is_dry = is_dry;
    self->fd = -1;
    g_autoptr (IbJournal) own = journal == NULL ? ib_journal_open_read_only (paths->journal, NULL) : NULL;
    read_people (self, journal != NULL ? journal : own);
    return self;
}

IbLearned *
ib_learned_new_scratch (void)
{
    IbLearned *self = g_new0 (IbLearned, 1);
    self->fd = -1;
    return self;
}

void
ib_learned_free (IbLearned *self)
{
    if (self == NULL)
        return;
    ib_learner_free (self->learner);
    if (self->memory != NULL)
        munmap (self->memory, ib_model_file_bytes ());
    if (self->fd >= 0)
        close (self->fd);
    g_clear_pointer (&self->people, g_bytes_unref);
    g_free (self->path);
    g_free (self->journal);
    g_free (self->notice);
    g_free (self);
}

void
ib_learned_add_facts (const IbLearned *self, IbFacts *facts)
{
    g_clear_pointer (&facts->people, g_bytes_unref);
    facts->people = self->people != NULL ? g_bytes_ref (self->people) : NULL;
}

void
ib_learned_introduce (const IbLearned *self, IbFilterPool *pool)
{
    ib_filter_pool_set_people (pool, self->people);
}

const char *
ib_learned_notice (const IbLearned *self)
{
    return self->notice;
}

/* --- the live table -------------------------------------------------------------------------------------------- */

static bool
fail (GError **error)
{
    int number = errno;
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number),
                 _ ("The classifier has no memory for its table: %s"), g_strerror (number));
    return false;
}

/* Written through @self->memory only: the descriptor that is lent cannot. */
static bool
make_table (IbLearned *self, GError **error)
{
    gsize length = ib_model_file_bytes ();
    int fd = memfd_create ("inbasket-model", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return fail (error);
    g_autofree char *again = g_strdup_printf ("/proc/self/fd/%d", fd);
    void *memory = MAP_FAILED;
    if (ftruncate (fd, (off_t) length) == 0
        && fcntl (fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
        memory = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    self->fd = memory != MAP_FAILED ? open (again, O_RDONLY | O_CLOEXEC) : -1;
    bool is_made = self->fd >= 0 || fail (error);
    close (fd);
    if (is_made)
        self->memory = memory;
    else if (memory != MAP_FAILED)
        munmap (memory, length);
    return is_made;
}

/* --- the journal's lessons ------------------------------------------------------------------------------------- */

typedef struct {
    IbLearned *self;
    guint learned;
} Lessons;

static bool
go_over (const IbLesson *lesson, gpointer user_data)
{
    Lessons *lessons = user_data;
    IbLearned *self = lessons->self;
    gsize length = 0;
    const guint8 *packed = g_bytes_get_data (lesson->example, &length);
    IbLessonKind kind = lesson->force == IB_LESSON_CORRECTS ? IB_LESSON_CORRECTION : IB_LESSON_CONFIRMATION;
    if ((guint64) lesson->sequence <= ib_model_lesson (self->memory)) {
        (void) ib_learner_remember (self->learner, lesson->key, lesson->is_spam, packed, length);
        return true;
    }
    (void) ib_learner_learn (self->learner, lesson->key, lesson->is_spam, packed, length, kind);
    ib_model_set_lesson (self->memory, (guint64) lesson->sequence);
    self->is_changed = true;
    self->behind++;
    lessons->learned++;
    return true;
}

/* Brings the learner, and through it the table, to where the journal stands. */
static guint
catch_up (IbLearned *self)
{
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (self->journal, NULL);
    Lessons lessons = { .self = self };
    ib_learner_free (self->learner);
    self->learner = ib_learner_new (self->memory);
    if (journal != NULL)
        (void) ib_lessons_read (journal, 0, go_over, &lessons, NULL);
    return lessons.learned;
}

static bool
is_behind (const IbLearned *self)
{
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (self->journal, NULL);
    return journal != NULL && (guint64) ib_lessons_last (journal) > ib_model_lesson (self->memory);
}

void
ib_learned_refresh (IbLearned *self, IbJournal *journal)
{
    read_people (self, journal);
    self->prepared = NULL;
    if (self->memory != NULL && is_behind (self))
        (void) catch_up (self);
}

static void
start_anew (IbLearned *self, const GError *why)
{
    bool is_new = g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    if (!is_new)
        memset (self->memory, 0, ib_model_file_bytes ()); /* what was read of the damaged one */
    ib_model_init (self->memory);
    guint learned = catch_up (self);
    if (is_new)
        return;
    self->is_damaged = self->is_changed = true;
    self->notice = g_strdup_printf (
        ngettext ("What the classifier had learned could not be read (%s): it learned again from the newest "
                  "%u message that it was taught",
                  "What the classifier had learned could not be read (%s): it learned again from the newest "
                  "%u messages that it was taught",
                  learned),
        why->message, learned);
}

static bool
load (IbLearned *self, GError **error)
{
    g_autoptr (GError) why = NULL;
    if (self->memory != NULL)
        return true;
    if (!make_table (self, error))
        return false;
    if (self->path == NULL) {
        ib_model_init (self->memory);
        self->learner = ib_learner_new (self->memory);
        return true;
    }
    if (!ib_model_file_read (self->path, self->memory, &why))
        start_anew (self, why);
    else if (is_behind (self))
        (void) catch_up (self);
    return true;
}

/* --- lending --------------------------------------------------------------------------------------------------- */

/* Without a table mail is judged as before there was one. */
static int
lend (gsize *out_length, gpointer user_data)
{
    IbLearned *self = user_data;
    g_autoptr (GError) error = NULL;
    *out_length = ib_model_size ();
    if (!load (self, &error) && self->notice == NULL)
        self->notice = g_strdup (error->message);
    return self->fd;
}

void
ib_learned_lend (IbLearned *self, IbFilterPool *pool)
{
    ib_filter_pool_set_model (pool, lend, self);
}

void
ib_learned_count (IbLearned *self, guint64 *out_ham, guint64 *out_spam)
{
    bool is_loaded = load (self, NULL);
    *out_ham = is_loaded ? ib_model_n_ham (self->memory) : 0;
    *out_spam = is_loaded ? ib_model_n_spam (self->memory) : 0;
}

/* --- learning -------------------------------------------------------------------------------------------------- */

/* Another process may have taught something since the table was read: from now on none does. */
static bool
prepare (IbLearned *self, IbJournal *journal, GError **error)
{
    if (!load (self, error))
        return false;
    guint64 last = (guint64) ib_lessons_last (journal);
    if (self->learner == NULL || last > ib_model_lesson (self->memory))
        (void) catch_up (self);
    /* The journal was lost: its numbers go on behind those that were learned. */
    guint64 learned = ib_model_lesson (self->memory);
    return last >= learned || ib_lessons_go_on_from (journal, (gint64) learned, error);
}

/* With a number above all that were learned. Those of lessons that could not be committed are given again. */
static bool
record (IbLearned *self, IbJournal *journal, IbLesson *lesson, GError **error)
{
    if (self->prepared != journal && !prepare (self, journal, error))
        return false;
    self->prepared = journal;
    if (!ib_lessons_record (journal, lesson, error))
        return false;
    return (guint64) lesson->sequence > ib_model_lesson (self->memory)
           || (prepare (self, journal, error) && ib_lessons_record (journal, lesson, error));
}

/* Nobody keeps what is learned in a scratch table. */
static bool
number (IbLearned *self, IbLesson *lesson, GError **error)
{
    if (!load (self, error))
        return false;
    lesson->sequence = (gint64) ib_model_lesson (self->memory) + 1;
    return true;
}

bool
ib_learned_teach (IbLearned *self, IbJournal *journal, IbLesson *lesson, GError **error)
{
    gsize length = 0;
    const guint8 *packed = g_bytes_get_data (lesson->example, &length);
    g_autoptr (IbFeatures) features = ib_features_unpack (packed, length);
    if (features == NULL) {
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                             _ ("The classifier cannot read what it should learn"));
        return false;
    }
    g_assert (!self->is_dry);
    if (self->path != NULL ? !record (self, journal, lesson, error) : !number (self, lesson, error))
        return false;
    go_over (lesson, &(Lessons){ .self = self });
    return true;
}

/* A table that cannot be used is kept for whoever wants to look at it. */
static bool
set_damaged_aside (IbLearned *self, GError **error)
{
    if (!self->is_damaged)
        return true;
    g_autofree char *aside = ib_model_file_set_aside (self->path, error);
    if (aside == NULL)
        return false;
    g_autofree char *before = g_steal_pointer (&self->notice);
    self->notice = g_strdup_printf (_ ("%s; the old file is kept as %s"), before, aside);
    self->is_damaged = false;
    return true;
}

static bool
commit (IbJournal *journal, GError **error)
{
    return ib_lessons_trim (journal, IB_LIMIT_LESSONS, error) && ib_journal_flush (journal, error);
}

static bool
write_model (IbLearned *self, GError **error)
{
    if (!self->is_changed)
        return true;
    if (!set_damaged_aside (self, error) || !ib_model_file_write (self->path, self->memory, error))
        return false;
    self->is_changed = false;
    self->behind = 0;
    return true;
}

bool
ib_learned_save (IbLearned *self, IbJournal *journal, GError **error)
{
    return commit (journal, error) && write_model (self, error);
}

bool
ib_learned_commit (IbLearned *self, IbJournal *journal, GError **error)
{
    return commit (journal, error) && (self->behind < BEHIND_AT_MOST || write_model (self, error));
}
