/* replay.c - what filters would have done with the mail that is here */
#include "replay.h"
#include "arrival.h"
#include "history.h"

#include <string.h>
#include <sys/stat.h>

typedef struct {
    const IbReplayRun *run;
    IbReplayTally *tally;
    GHashTable *standings; /* path → IbStanding */
    IbArrivals arrivals;
} Replay;

static void
sharpen (IbFacts *facts, const char *path, gpointer data)
{
    const Replay *self = data;
    const IbStanding *standing = g_hash_table_lookup (self->standings, path);
    ib_arrivals_sharpen (&self->arrivals, standing->id, facts);
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
    /* Without a journal, or with one that cannot be read, mail is of no account: the filters run all the same. */
    g_autoptr (IbJournal) journal = ib_journal_open_read_only (run->paths->journal, NULL);
    g_autoptr (GPtrArray) paths = g_ptr_array_new ();
    for (guint i = 0; i < standings->len; i++) {
        IbStanding *standing = standings->pdata[i];
        g_ptr_array_add (paths, standing->path);
        g_hash_table_insert (by_path, standing->path, standing);
    }
    g_ptr_array_add (paths, NULL);

    Replay self = {
        .run = run,
        .tally = ib_replay_tally_new (run->examples),
        .standings = by_path,
        .arrivals = { run->config, run->known, journal, run->account },
    };
    g_autoptr (IbLearned) learned = ib_learned_new (run->paths, journal, true);
    const IbDryRun dry = {
        .config = run->config,
        .known = run->known,
        .account = run->account,
        .scripts = run->scripts,
        .draft = run->draft,
        .learned = learned,
        .sharpen = sharpen,
    };
    ib_dry_run (&dry, (const char *const *) paths->pdata, judged, &self);
    return ib_replay_tally_finish (self.tally);
}
