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
    IbHome *home;
    GPtrArray *dues;   /* IbDue */
    GPtrArray *sent;   /* IbSentMail */
    GPtrArray *tasks;  /* IbTask */
    GHashTable *about; /* IbTask → IbDue */
    GHashTable *of;    /* IbTask → IbSentMail */
    GError *error;
} Moves;

/* --- what is due ------------------------------------------------------------------------------------------------ */

static IbFolderRole
role_of (const Moves *self, const IbPlacedFile *file)
{
    g_autofree char *path = g_path_get_dirname (file->place);
    g_autofree char *folder = ib_survey_folder_of (self->home->maildir, path);
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
        bool is_wanted = is_news (self, due, &why);
        if (is_wanted)
            add_due (self, due);
        else if (why == NULL)
            (void) ib_dues_drop (self->home->journal, due->file, &why);
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
    if (due != NULL)
        (void) ib_dues_drop (journal, due->file, &self->error);
    if (mail != NULL) {
        const IbStranger stranger = { .name = mail->name, .is_read = true };
        (void) ib_places_note_stranger (journal, mail->directory, &stranger, &self->error);
    }
}

static bool
teach (Moves *self, const IbConfig *config, const IbKnown *known, IbLearned *knowledge, GError **error)
{
    const IbTeacher teacher = {
        .config = config,
        .known = known,
        .home = self->home,
        .learned = knowledge,
        .each = learned,
        .user_data = self,
    };
    bool is_taught = ib_teacher_teach (&teacher, self->tasks, error);
    if (self->error == NULL)
        return is_taught;
    if (is_taught)
        g_propagate_error (error, g_steal_pointer (&self->error));
    g_clear_error (&self->error);
    return false;
}

bool
ib_moves_learn (const IbConfig *config, const IbKnown *known, IbLearned *knowledge, IbHome *home, gint64 now,
                GError **error)
{
    g_autoptr (GPtrArray) sent = NULL;
    if (!config->learns_from_moves)
        return true;
    if (!ib_rescan (config, home, now, MOST_SENT, &sent, error))
        return false;
    g_autoptr (GPtrArray) dues
        = ib_dues_read (home->journal, now, MOST_CORRECTIONS, MOST_CONFIRMATIONS, error);
    if (dues == NULL)
        return false;

    g_autoptr (GPtrArray) tasks = g_ptr_array_new_with_free_func (ib_task_free);
    g_autoptr (GHashTable) about = g_hash_table_new (NULL, NULL);
    g_autoptr (GHashTable) of = g_hash_table_new (NULL, NULL);
    Moves self = { home, dues, sent, tasks, about, of, NULL };
    if (!add_tasks (&self, error))
        return false;
    return tasks->len > 0 ? teach (&self, config, known, knowledge, error)
                          : ib_journal_flush (home->journal, error);
}
