/* replay.h - what filters would have done with the mail that is here, against where it stands
 *
 *     folders ─▶ where each message stands ─▶ dry run ─▶ the same place and flags? ─▶ counted
 *
 * Each message is judged as when it came: at the time of its arrival, and as of the account and the server's folder
 * through which it came, where the journal knows them. Nothing is touched: files are only read. */
#pragma once

#include "dry-run.h"
#include "replay-tally.h"

typedef struct {
    const IbPaths *paths;     /* whose journal is asked */
    const IbConfig *config;
    const IbKnown *known;
    const IbAccount *account; /* as if all had come through this one; NULL: as the journal has it */
    GPtrArray *scripts;       /* IbScriptText, in the order of running */
    const IbScriptText *draft; /* for those that include it; NULL: none */
    guint examples;           /* kept of each change */
    /* After each message; may be NULL. */
    void (*progress) (guint64 bytes, gpointer user_data);
    gpointer user_data;
} IbReplayRun;

/* @standings: IbStanding elements. Runs the default main context. Returns: (transfer full) */
IbReplay *ib_replay_run (const IbReplayRun *self, const GPtrArray *standings);
