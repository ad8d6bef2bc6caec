/* adopt.c - mail that another program has fetched already */
#include "adopt.h"
#include "dry-run.h"
#include "home.h"
#include "standing.h"

static bool
pass_over (IbJournal *journal, gint64 key, const IbImportMailbox *mailbox, GError **error)
{
    for (guint i = 0; i < mailbox->done->len; i++)
        if (!ib_journal_pass_over (journal, key, g_array_index (mailbox->done, guint32, i), NULL, 0, error))
            return false;
    for (guint i = 0; i < mailbox->uidls->len; i++)
        if (!ib_journal_pass_over (journal, key, 0, mailbox->uidls->pdata[i], 0, error))
            return false;
    return true;
}

static bool
leave_open (IbJournal *journal, gint64 key, const IbImportMailbox *mailbox, GError **error)
{
    for (guint i = 0; i < mailbox->open->len; i++)
        if (!ib_journal_open_message (journal, key, g_array_index (mailbox->open, guint32, i), NULL, 0,
                                      IB_OPEN_TOO_LARGE, "", error))
            return false;
    return true;
}

/* A mailbox of another UIDVALIDITY must not be entered: that would void what is known of it. */
static bool
is_known_otherwise (IbJournal *journal, const char *account, const IbImportMailbox *mailbox, bool *out_is,
                    GError **error)
{
    g_autoptr (IbMailboxStand) stand
        = ib_journal_look (journal, account, mailbox->name, mailbox->uidvalidity, NULL, false, error);
    if (stand == NULL)
        return false;
    *out_is = stand->key < 0;
    return true;
}

/* A message above low_water that is done there is passed over; of those below nobody asks. */
static bool
adopt_mailbox (IbJournal *journal, const char *account, const IbImportMailbox *mailbox, GError **error)
{
    bool is_other = false;
    if (!is_known_otherwise (journal, account, mailbox, &is_other, error))
        return false;
    if (is_other)
        return true;
    g_autoptr (IbMailboxStand) stand
        = ib_journal_enter (journal, account, mailbox->name, mailbox->uidvalidity, NULL, error);
    if (stand == NULL)
        return false;
    if (!pass_over (journal, stand->key, mailbox, error))
        return false;
    /* What was left open before may be here by now: so it is told once only. */
    return mailbox->low_water <= stand->low_water
           || (ib_journal_taken (journal, stand->key, mailbox->low_water, NULL, 0, error)
               && leave_open (journal, stand->key, mailbox, error));
}

bool
ib_adopt (const IbPaths *paths, const IbConfig *config, const char *account, const GPtrArray *mailboxes,
          GError **error)
{
    if (mailboxes->len == 0)
        return true;
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), error);
    if (home == NULL)
        return false;
    for (guint i = 0; i < mailboxes->len; i++)
        if (!adopt_mailbox (home->journal, account, mailboxes->pdata[i], error))
            return false;
    return ib_journal_flush (home->journal, error);
}

/* --- by the mail itself ----------------------------------------------------------------------------------------------- */

/* A Maildir that is read. */
typedef struct {
    IbJournal *journal;
    guint count;
    GError *error;
} Reading;

/* One that cannot be read is none that would be recognized. */
static void
on_read (const char *path, const IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Reading *self = user_data;
    char id[IB_ID_LENGTH + 1];
    g_autofree char *name = g_path_get_basename (path);
    bool is_nobody = error != NULL && g_error_matches (error, IB_FILTER_ERROR, IB_FILTER_ERROR_NO_FILTER);
    if (self->error != NULL)
        return;
    if (is_nobody)
        self->error = g_error_copy (error);
    if (judgement == NULL || judgement->twin_key == NULL)
        return;
    ib_story_foreign_id (name, id);
    if (ib_journal_know (self->journal, id, judgement->twin_key, &self->error))
        self->count++;
}

/* Those that have no name of ours. NULL: the Maildir cannot be read. */
static char **
find_foreign (const IbConfig *config, GError **error)
{
    g_autoptr (GPtrArray) standings = ib_standing_list (config, config->maildir, error);
    g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
    for (guint i = 0; standings != NULL && i < standings->len; i++) {
        const IbStanding *standing = standings->pdata[i];
        if (standing->id[0] == '\0')
            g_strv_builder_add (paths, standing->path);
    }
    return standings != NULL ? g_strv_builder_end (paths) : NULL;
}

bool
ib_adopt_maildir (const IbPaths *paths, const IbConfig *config, guint *out_count, GError **error)
{
    *out_count = 0;
    if (!config->deduplicates || !g_file_test (config->maildir, G_FILE_TEST_IS_DIR))
        return true;
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), error);
    g_auto (GStrv) foreign = home != NULL ? find_foreign (config, error) : NULL;
    if (foreign == NULL)
        return false;
    if (foreign[0] == NULL)
        return true;

    g_autoptr (IbKnown) known = ib_known_new (paths, config, NULL);
    g_autoptr (GPtrArray) no_scripts = g_ptr_array_new ();
    const IbDryRun run = { .config = config, .known = known, .scripts = no_scripts };
    Reading self = { home->journal, 0, NULL };
    ib_dry_run (&run, (const char *const *) foreign, on_read, &self);
    if (self.error != NULL) {
        g_propagate_error (error, self.error);
        return false;
    }
    *out_count = self.count;
    return ib_journal_flush (home->journal, error);
}
