/* judge.h - THE door: scripts + message + facts → verdict, plan, trace
 *
 *     bytes ─parse─▶ message ─▶ signals ─▶ verdict ─▶ scripts in order ─▶ plan (actions, edit list)
 *
 * Pure: opens nothing, asks no clock. Scripts run in the order that the facts name; the next one runs only while the
 * implicit keep of those before it stands. So every action but `fileinto :copy` decides, and an explicit `keep` does
 * too: whoever keeps his friends' mail in the first script does not want the second one to call it junk. `stop` without
 * an action ends its own script only.
 *
 * At the end of the scripts the message is kept in the account's folder if nobody decided. A script that fails at run
 * time, or is missing when its turn comes, leaves that keep alone. `discard` beside a keep or a fileinto means nothing.
 * The flags that the message has on the server go with it into each folder, unless a script takes them off; what a
 * script that decided nothing made of them is what the next one finds.
 *
 * The verdict is the classifier's (classifier.h); until there is a model with a lesson in it, it is unsure and has no
 * probability. The account's provider's opinion is evidence, "provider-mark": fields of its filter [their names, or ""], or its
 * Junk folder [its name; no second detail where it did not lie there]. Scripts see it by `spamtest`. "over-limit": a limit
 * was met [ib_message_over_limit ()]. Where the message came from is always looked at; it becomes evidence where there is a
 * script to see it, or somebody asks for a trace.
 *
 * The edit list, if the facts annotate: X-Inbasket-Id, -Account and -Verdict at the very top, and then the message
 * without the fields of these names that it brought. An mbox "From " line or junk in front stays where it is, behind
 * ours: all readers pass it over there. Without annotating the list is empty: the bytes as they are. */
#pragma once

#include "example.h"
#include "facts.h"
#include "origin.h"
#include "plan.h"
#include "trace.h"
#include "verdict.h"

typedef struct _IbJudge IbJudge;

/* Opens all that judging will ever need (charset converters): a worker locks itself in afterwards. */
IbJudge *ib_judge_new (void);
/* A text that scripts may include, as a personal or a global one. Those that do are added behind it. */
void ib_judge_add_included (IbJudge *self, bool is_global, const char *name, GBytes *text);
/* Compiles @text under @name, replacing an older one of that name, which stays if @text has errors. Errors are those of
 * sieve.h. */
bool ib_judge_add_script (IbJudge *self, const char *name, const char *text, gsize length, GError **error);

/* What the classifier knows: @size bytes at @memory (model.h), which must outlive the judge or the next call; NULL:
 * nothing. What is no model counts for none; that it is sound is the matter of whoever read it from a file. */
void ib_judge_set_model (IbJudge *self, const void *memory, gsize size);

/* What whoever asks wants to know beside what is to be done. */
typedef enum {
    IB_JUDGE_TRACE = 1,   /* which rules ran, and where the message came from */
    IB_JUDGE_EXAMPLE = 2, /* what a lesson about the message is made of */
} IbJudgeWants;

typedef struct {
    IbVerdict *verdict;
    IbPlan *plan;
    IbTrace *trace;     /* NULL unless asked for */
    IbSignals *signals; /* what was found before any script ran; never NULL */
    IbOrigin *origin;   /* where it came from, hop by hop; NULL unless a trace was asked for */
    IbExample *example; /* NULL unless asked for */
    GPtrArray *marks; /* IbMark: what `duplicate` wants to be remembered, unless the run is dry; never NULL */
    char *twin_key;   /* see ib_message_twin_key (); NULL if none */
    char *message_id; /* as it stands, "" if none; hostile bytes */
    char *from, *subject; /* decoded, UTF-8, "" if none; hostile text */
    char *rule;           /* "junk.sieve:12" of the action that decided; "" for the implicit keep */
    char *error; /* a script failed at run time: what and where; NULL if none. The plan is implicit keep. */
} IbJudgement;

/* @bytes is the message or its beginning, if the facts say how long it is in all. A script in the facts that was not added is an error in the judgement. */
IbJudgement *ib_judge_message (IbJudge *self, const char *bytes, gsize length, const IbFacts *facts,
                               IbJudgeWants wants);

void ib_judgement_free (IbJudgement *self);
void ib_judge_free (IbJudge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudgement, ib_judgement_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJudge, ib_judge_free)
