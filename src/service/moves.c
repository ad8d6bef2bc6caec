/* moves.c - the user moves, reads and answers mail, and the classifier learns */
#include "moves.h"
#include "dues.h"
#include "folder-role.h"
#include "rescan.h"
#include "survey.h"
#include "teacher.h"

#include <string.h>

/* Of one run, so that new mail need not wait: each takes a millisecond or two. */
#define MOST_CORRECTIONS 1000
#define MOST_CONFIRMATIONS 400
#define MOST_SENT 200

typedef struct {
    const IbConfig *config;
    const IbKnown *known;
    IbLearned *knowledge;
    IbHome *home;
    gint64 now;
    guint most_corrections, most_confirmations, most_sent;
    bool is_brief;
    IbMovesDone done;
    gpointer user_data;

    GPtrArray *dues;   /* IbDue */
    GPtrArray *sent;   /* IbSentMail */
    GPtrArray *tasks;  /* IbTask */
    GHashTable *about; /* IbTask → IbDue */
    GHashTable *of;    /* IbTask → IbSentMail */
    bool is_cut;       /* a limit was reached */
    guint settled;     /* dues and sent mail that will not come again */
    GError *error;
} Moves;

/* --- what is due ------------------------------------------------------------------------------------------------ */

static IbFolderRole
role_of (const Moves *self, const IbPlacedFile *file)
{
    g_autofree char *path = g_path_get_dirname (file->place);
    g_autofree char *folder = ib_survey_folder_of (path);
    return ib_folder_role (folder);
}

/* A message that stands both in Junk and elsewhere is neither confirmed. */
static bool
is_in_two_minds (const Moves *self, const IbDue *due, GError **error)
{
    g_autoptr (GPtrArray) files = ib_places_of (self->home->journal, due->file->message, error);
    bool is_junk = role_of (self, due->file) == IB_ROLE_JUNK;
    bool differs = false;
    for (guint i = 0; files != NULL && i < files->len; i++) {
        const IbPlacedFile *file = files->pdata[i];
        if (!file->is_gone && file->place != NULL)
            differs = differs || (role_of (self, file) == IB_ROLE_JUNK) != is_junk;
    }
    return differs;
}

/* The user may have told meanwhile, by a command. */
static bool
is_news (const Moves *self, const IbDue *due, GError **error)
{
    IbTaught taught = due->file->taught;
    switch (due->kind) {
    case IB_DUE_CORRECT_HAM:
        return taught != IB_TAUGHT_HAM;
    case IB_DUE_CORRECT_SPAM:
        return taught != IB_TAUGHT_SPAM;
    case IB_DUE_HAM:
    case IB_DUE_SPAM:
        return taught == IB_TAUGHT_NOTHING && !is_in_two_minds (self, due, error);
    case IB_DUE_PEOPLE:
        return true;
    case IB_DUE_NOTHING:
        break;
    }
    return false;
}

static bool
was_answered (const IbPlacedFile *file)
{
    const char *info = strstr (file->place, ":2,");
    return info != NULL && strchr (info + 3, 'R') != NULL;
}

static IbTask *
task_new (const Moves *self, const char *place)
{
    g_autofree char *path = g_build_filename (ib_maildir_path (self->home->maildir), place, NULL);
    return ib_task_new (path, false, false, "");
}

static void
add_due (Moves *self, IbDue *due)
{
    IbTask *task = task_new (self, due->file->place);
    bool is_spam = due->kind == IB_DUE_SPAM || due->kind == IB_DUE_CORRECT_SPAM;
    memcpy (task->id, due->file->id, sizeof task->id);
    task->is_spam = is_spam;
    task->is_certain = due->kind == IB_DUE_CORRECT_HAM || due->kind == IB_DUE_CORRECT_SPAM;
    task->why = due->why;
    task->was_sent = strcmp (due->why, "sent") == 0;
    task->was_answered = !is_spam && !task->was_sent && was_answered (due->file);
    task->is_no_lesson = due->kind == IB_DUE_PEOPLE;
    g_ptr_array_add (self->tasks, task);
    g_hash_table_insert (self->about, task, due);
}

static void
add_sent (Moves *self, IbSentMail *mail)
{
    IbTask *task = task_new (self, mail->place);
    task->was_sent = true;
    task->is_no_lesson = true;
    g_ptr_array_add (self->tasks, task);
    g_hash_table_insert (self->of, task, mail);
}

/* Corrections last, since what the classifier hears last weighs most. */
static bool
add_tasks (Moves *self, GError **error)
{
    g_autoptr (GError) why = NULL;
    for (guint i = self->dues->len; i > 0 && why == NULL; i--) {
        IbDue *due = self->dues->pdata[i - 1];
        if (due->file->place == NULL) /* not looked at since we put it there: its folder cannot be read */
            continue;
        bool is_wanted = is_news (self, due, &why);
        if (is_wanted)
            add_due (self, due);
        else if (why == NULL && ib_dues_drop (self->home->journal, due->file, &why))
            self->settled++;
    }
    for (guint i = 0; i < self->sent->len; i++)
        add_sent (self, self->sent->pdata[i]);
    if (why == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&why));
    return false;
}

/* --- learning --------------------------------------------------------------------------------------------------- */

/* No fault of the message's: no filter runs; or a mail client gave the file another name meanwhile, which the next look
 * sees, but takes for no other move. */
static bool
is_for_later (const IbTask *task, const GError *error)
{
    return g_error_matches (error, IB_FILTER_ERROR, IB_FILTER_ERROR_NO_FILTER)
           || (task->is_certain && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND));
}

/* Learned; or it cannot be learned from: then it is not tried again, unless it is moved again. */
static void
learned (const IbTask *task, const GError *error, gpointer user_data)
{
    Moves *self = user_data;
    IbJournal *journal = self->home->journal;
    const IbDue *due = g_hash_table_lookup (self->about, task);
    const IbSentMail *mail = g_hash_table_lookup (self->of, task);
    if (self->error != NULL || is_for_later (task, error))
        return;
    self->settled++;
    if (due != NULL)
        (void) ib_dues_drop (journal, due->file, &self->error);
    if (mail != NULL) {
        const IbStranger stranger = { .name = mail->name, .is_read = true };
        (void) ib_places_note_stranger (journal, mail->directory, &stranger, &self->error);
    }
}

/* --- a run ------------------------------------------------------------------------------------------------------ */

static void
moves_free (Moves *self)
{
    g_clear_pointer (&self->dues, g_ptr_array_unref);
    g_clear_pointer (&self->sent, g_ptr_array_unref);
    g_ptr_array_unref (self->tasks);
    g_hash_table_unref (self->about);
    g_hash_table_unref (self->of);
    g_clear_error (&self->error);
    g_free (self);
}

/* More is for another run only if this one got on. */
static void
end (Moves *self)
{
    bool is_more = self->is_cut && self->settled > 0 && self->error == NULL;
    self->done (is_more, self->error, self->user_data);
    moves_free (self);
}

static void
on_taught (const GError *error, gpointer user_data)
{
    Moves *self = user_data;
    if (error != NULL && self->error == NULL)
        self->error = g_error_copy (error);
    end (self);
}

static void
teach (Moves *self)
{
    const IbTeacher teacher = {
        .config = self->config,
        .known = self->known,
        .home = self->home,
        .learned = self->knowledge,
        .top = ib_maildir_path (self->home->maildir),
        .is_brief = self->is_brief,
        .each = learned,
        .user_data = self,
    };
    ib_teacher_begin (&teacher, self->tasks, on_taught, self);
}

/* What the look found, and what was left of earlier ones. */
static bool
gather (Moves *self, GError **error)
{
    self->dues = ib_dues_read (self->home->journal, self->now, self->most_corrections,
                               self->most_confirmations, error);
    if (self->dues == NULL)
        return false;
    self->is_cut = self->dues->len >= MIN (self->most_corrections, self->most_confirmations)
                   || self->sent->len >= self->most_sent;
    return add_tasks (self, error);
}

static void
look (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Moves *self = data;
    GError *error = NULL;
    if (ib_rescan (self->config, self->home, self->now, self->most_sent, &self->sent, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer user_data)
{
    Moves *self = user_data;
    bool is_done = g_task_propagate_boolean (G_TASK (result), &self->error);
    if (is_done && self->sent != NULL && gather (self, &self->error)) {
        if (self->tasks->len > 0) {
            teach (self);
            return;
        }
        (void) ib_journal_flush (self->home->journal, &self->error);
    }
    end (self);
}

void
ib_moves_begin (const IbConfig *config, const IbKnown *known, IbLearned *knowledge, IbHome *home, gint64 now,
                guint most, IbMovesDone done, gpointer user_data)
{
    guint limit = most != 0 ? most : G_MAXUINT;
    Moves *self = g_new0 (Moves, 1);
    *self = (Moves){
        .config = config,
        .known = known,
        .knowledge = knowledge,
        .home = home,
        .now = now,
        .most_corrections = MIN (limit, MOST_CORRECTIONS),
        .most_confirmations = MIN (limit, MOST_CONFIRMATIONS),
        .most_sent = MIN (limit, MOST_SENT),
        .is_brief = most != 0,
        .done = done,
        .user_data = user_data,
        .tasks = g_ptr_array_new_with_free_func (ib_task_free),
        .about = g_hash_table_new (NULL, NULL),
        .of = g_hash_table_new (NULL, NULL),
    };
    g_autoptr (GTask) task = g_task_new (NULL, NULL, on_looked, self);
    g_task_set_task_data (task, self, NULL);
    if (config->learns_from_moves)
        g_task_run_in_thread (task, look);
    else
        g_task_return_boolean (task, TRUE);
}

typedef struct {
    GError *error;
    bool is_over;
} Waiting;

static void
note_over (bool is_more, const GError *error, gpointer user_data)
{
    Waiting *waiting = user_data;
    waiting->error = error != NULL ? g_error_copy (error) : NULL;
    waiting->is_over = true;
}

bool
ib_moves_learn (const IbConfig *config, const IbKnown *known, IbLearned *knowledge, IbHome *home, gint64 now,
                GError **error)
{
    Waiting waiting = { 0 };
    ib_moves_begin (config, known, knowledge, home, now, 0, note_over, &waiting);
    while (!waiting.is_over)
        g_main_context_iteration (NULL, TRUE);
    if (waiting.error == NULL)
        return true;
    g_propagate_error (error, waiting.error);
    return false;
}
