/* replay-tally.h - judgements on mail that is here, counted against where it stands: pure */
#pragma once

#include "judge.h"
#include "standing.h"

/* One message of those that are counted. */
typedef struct {
    char *path;
    gint64 arrived_s;
    char *from, *subject; /* hostile text */
} IbReplayExample;

/* Messages that stand in the same folder, and by the same rule would in the same other one or with the same other flags. */
typedef struct {
    char *from;
    char **to;                 /* folders; none: .instead says what */
    char *instead;             /* "discard", or another action that stores nothing; "" */
    char added[8], removed[8]; /* Maildir's letters of flags */
    char *rule;                /* "junk.sieve:12"; "": none decided */
    guint64 count;
    GPtrArray *examples; /* IbReplayExample, the first few */
} IbReplayChange;

typedef struct {
    char *rule; /* "": none decided */
    guint64 count, changed;
} IbReplayRule;

typedef struct {
    char *path, *why;
} IbReplayFailure;

typedef struct {
    guint64 messages; /* changed, unchanged or failed */
    guint64 changed, failed;
    guint64 gone;        /* moved or removed by a mail client meanwhile: not among .messages */
    GPtrArray *changes;  /* IbReplayChange, the most frequent first, those without a rule last */
    GPtrArray *rules;    /* IbReplayRule, the most frequent first */
    GPtrArray *failures; /* IbReplayFailure, the first few */
} IbReplay;
void ib_replay_free (IbReplay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbReplay, ib_replay_free)

typedef struct _IbReplayTally IbReplayTally;
/* Keeps @examples of each change. */
IbReplayTally *ib_replay_tally_new (guint examples);
/* What @judgement says of the message @standing, which arrived at @arrived_s. */
void ib_replay_tally_add (IbReplayTally *self, const IbStanding *standing, gint64 arrived_s,
                          const IbJudgement *judgement);
void ib_replay_tally_fail (IbReplayTally *self, const IbStanding *standing, const char *why);
void ib_replay_tally_gone (IbReplayTally *self);
/* Ends it: only when all are there is it known which copies stand already. Returns: (transfer full) */
IbReplay *ib_replay_tally_finish (IbReplayTally *self);
