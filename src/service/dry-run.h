/* dry-run.h - what filters would do with messages that are here, without doing it
 *
 *     files, folders, standard input ─▶ as fetching would have them ─▶ filter workers ─▶ judgements, in the order given
 *
 * The same workers and the same facts as for mail that is fetched; nothing is written. */
#pragma once

#include "config.h"
#include "filter-pool.h"
#include "known.h"
#include "learned.h"

typedef struct {
    const IbConfig *config;
    const IbKnown *known;
    const IbAccount *account; /* through which the messages would have come; NULL: none */
    GPtrArray *scripts;       /* IbScriptText, in the order of running */
    const IbScriptText *draft; /* for those that include it: see inclusion.h; NULL: none */
    IbJudgeWants wants;
    const char *top; /* below this folder no link is followed, and all paths are files; NULL: they are what they are */
    IbLearned *learned; /* what the classifier knows; NULL: nothing */
    /* May say of each message, with its @path and the user data of the run, what is known beside; or NULL.
     * What all messages of an account share is taken from the first. */
    void (*sharpen) (IbFacts *facts, const char *path, gpointer user_data);
} IbDryRun;

/* @path: "-" for standard input. Exactly one of @judgement and @error. */
typedef void (*IbDryRunEach) (const char *path, const IbJudgement *judgement, const GError *error,
                              gpointer user_data);

/* @paths: message files; folders of them, a Maildir's cur and new or plain; "-". Returns when all were told. Runs the
 * default main context. */
void ib_dry_run (const IbDryRun *self, const char *const *paths, IbDryRunEach each, gpointer user_data);
/* The same without waiting: @each for all, then @done, never before this returns, on the thread-default main context. What
 * @self points to must outlive that. */
typedef void (*IbDryRunDone) (gpointer user_data);
void ib_dry_run_begin (const IbDryRun *self, const char *const *paths, IbDryRunEach each, IbDryRunDone done,
                       gpointer user_data);

/* The same, one message at a time, with workers that stay. What @run points to must outlive it. */
typedef struct _IbDryRunner IbDryRunner;
IbDryRunner *ib_dry_runner_new (const IbDryRun *run, gpointer user_data);
/* Returns: (transfer full) (nullable) */
IbJudgement *ib_dry_runner_judge (IbDryRunner *self, const char *path, GError **error);
void ib_dry_runner_free (IbDryRunner *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbDryRunner, ib_dry_runner_free)

/* The folders of the Maildir; none if there is none yet, or it cannot be read. Returns: (transfer full) */
char **ib_dry_run_folders (const IbConfig *config);
