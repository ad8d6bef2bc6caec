/* replay.c - what filters would have done with the mail that is here */
#include "replay.h"
#include "history.h"
#include "imap-name.h"

#include <string.h>
#include <sys/stat.h>

/* How a message came, by its id. */
typedef struct {
    const char *account, *mailbox; /* interned */
    gint64 delivered_at;
} Origin;

typedef struct {
    const IbReplayRun *run;
    IbReplayTally *tally;
    GHashTable *standings; /* path → IbStanding */
    GHashTable *origins;   /* id → Origin */
} Replay;

/* --- what the journal knows -------------------------------------------------------------------------------------------- */

static bool
note_origin (const IbHistoryRow *row, gpointer data)
{
    GHashTable *origins = data;
    Origin *origin = g_new (Origin, 1);
    origin->account = g_intern_string (row->story->account);
    origin->mailbox = g_intern_string (row->story->mailbox);
    origin->delivered_at = row->story->delivered_at;
    g_hash_table_replace (origins, g_strdup (row->story->id), origin);
    return true;
}

static bool
has_ids (const GPtrArray *standings)
{
    for (guint i = 0; i < standings->len; i++)
        if (((const IbStanding *) standings->pdata[i])->id[0] != '\0')
            return true;
    return false;
}

/* Without a journal, or with one that cannot be read, mail is of no account: the filters run all the same. */
static GHashTable *
read_origins (const IbReplayRun *run, const GPtrArray *standings)
{
    GHashTable *origins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr (IbJournal) journal
        = has_ids (standings) ? ib_journal_open_read_only (run->paths->journal, NULL) : NULL;
    const IbHistoryQuery all = { .since = 0 };
    if (journal != NULL)
        (void) ib_history_read (journal, &all, note_origin, origins, NULL);
    return origins;
}

/* --- facts ------------------------------------------------------------------------------------------------------------- */

static void
set_account (IbFacts *facts, const IbReplayRun *run, const Origin *origin)
{
    const IbAccount *account = ib_config_account (run->config, origin->account);
    g_autofree char *folder = ib_imap_name_to_utf8 (origin->mailbox);
    if (account != NULL) {
        ib_known_add_account (run->known, account, facts);
        ib_facts_set_text (&facts->account_folder, ib_account_expand_folder (account, folder));
    } else { /* it was removed since */
        ib_facts_set_text (&facts->account, g_strdup (origin->account));
    }
    ib_facts_set_text (&facts->server_folder, g_strdup (folder));
}

static void
sharpen (IbFacts *facts, const char *path, gpointer data)
{
    const Replay *self = data;
    const IbStanding *standing = g_hash_table_lookup (self->standings, path);
    const Origin *origin = g_hash_table_lookup (self->origins, standing->id);
    facts->now = origin != NULL ? origin->delivered_at : facts->received_at_s * G_USEC_PER_SEC;
    g_autoptr (GDateTime) local = g_date_time_new_from_unix_local (facts->now / G_USEC_PER_SEC);
    if (local != NULL)
        facts->utc_offset_s = (gint32) (g_date_time_get_utc_offset (local) / G_USEC_PER_SEC);
    if (origin != NULL && self->run->account == NULL)
        set_account (facts, self->run, origin);
}

/* --- the run ----------------------------------------------------------------------------------------------------------- */

static void
judged (const char *path, const IbJudgement *judgement, const GError *error, gpointer data)
{
    const Replay *self = data;
    const IbStanding *standing = g_hash_table_lookup (self->standings, path);
    struct stat st;
    bool is_there = stat (path, &st) == 0;

    if (judgement != NULL)
        ib_replay_tally_add (self->tally, standing, is_there ? st.st_mtime : 0, judgement);
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        ib_replay_tally_gone (self->tally);
    else
        ib_replay_tally_fail (self->tally, standing, error->message);
    if (self->run->progress != NULL)
        self->run->progress (is_there ? (guint64) st.st_size : 0, self->run->user_data);
}

IbReplay *
ib_replay_run (const IbReplayRun *run, const GPtrArray *standings)
{
    g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);
    g_autoptr (GHashTable) origins = read_origins (run, standings);
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    for (guint i = 0; i < standings->len; i++) {
        IbStanding *standing = standings->pdata[i];
        g_ptr_array_add (paths, standing->path);
        g_hash_table_insert (by_path, standing->path, standing);
    }
    g_ptr_array_add (paths, NULL);

    Replay self = { run, ib_replay_tally_new (run->examples), by_path, origins };
    const IbDryRun dry = {
        .config = run->config,
        .known = run->known,
        .account = run->account,
        .scripts = run->scripts,
        .sharpen = sharpen,
    };
    ib_dry_run (&dry, (const char *const *) paths->pdata, judged, &self);
    return ib_replay_tally_finish (self.tally);
}
