/* judge.h - THE door: scripts + message + facts → verdict, plan, trace
 *
 *     bytes ─parse─▶ message ─▶ signals ─▶ verdict ─▶ scripts in order ─▶ plan (actions, edit list)
 *
 * Pure: opens nothing, asks no clock. Scripts run in the order that the facts name; the next one runs only while the
 * implicit keep of those before it stands. */
#pragma once

#include "facts.h"
#include "plan.h"
#include "trace.h"
#include "verdict.h"

typedef struct _IbJudge IbJudge;

IbJudge *ib_judge_new (void);
/* Compiles @text under @name, replacing an older one of that name. Errors are those of sieve.h. */
bool ib_judge_add_script (IbJudge *self, const char *name, const char *text, gsize length, GError **error);

typedef struct {
    IbVerdict *verdict;
    IbPlan *plan;
    IbTrace *trace;        /* NULL unless asked for */
    char *twin_key;        /* see ib_message_twin_key (); NULL if none */
    char *message_id;      /* as it stands, "" if none; hostile bytes */
    char *from, *subject;  /* decoded, UTF-8, "" if none; hostile text */
    char *rule;            /* "junk.sieve:12" of the action that decided; "" for the implicit keep */
    char *error;           /* a script failed at run time: what and where; NULL if none. The plan is implicit keep. */
} IbJudgement;

/* @bytes is the message or its beginning. A script in the facts that was not added is an error in the judgement. */
IbJudgement *ib_judge_message (IbJudge *self, const char *bytes, gsize length, const IbFacts *facts, bool wants_trace);

void ib_judgement_free (IbJudgement *self);
void ib_judge_free (IbJudge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudgement, ib_judgement_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudge, ib_judge_free)
