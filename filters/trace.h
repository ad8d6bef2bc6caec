/* trace.h - what scripts looked at and did, step by step
 *
 * Typed while running, words only when somebody asks. A NULL trace costs nothing.
 *
 * Steps stand in the order in which they were done, so a test stands before the "anyof" or "if" that wanted to know it.
 * .depth is the nesting in the script: tests and commands are one deeper than the operator or branch that they are of. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
    IB_TRACE_TEST,
    IB_TRACE_ACTION,   /* any command */
    IB_TRACE_ERROR,    /* the script failed: .what says how */
    IB_TRACE_OPERATOR, /* allof, anyof, not: .result is what came of it */
    IB_TRACE_BRANCH,   /* if, elsif, else: .result says whether it was taken */
    IB_TRACE_END,      /* the script ended by .what, "stop" or "end"; .result: the implicit keep stands */
} IbTraceKind;
#define IB_TRACE_LAST IB_TRACE_END

typedef struct {
    IbTraceKind kind;
    char *script;
    guint line, depth;
    char *what;          /* the test or command as a phrase: "header :contains \"Subject\" \"sale\"" */
    GPtrArray *values;   /* what was looked at, the last at the end: of a test that holds, what matched. NULL if nothing */
    guint n_values;      /* of them in all; those between the first few and the last are left out */
    char *key;           /* the key that matched, as it was at that time; NULL */
    GPtrArray *captures; /* what the match took, the whole first, then each wildcard; NULL */
    bool result;         /* TEST: did it hold */
} IbTraceStep;

/* Texts are made valid UTF-8 and cut, with "…" at the cut, so that a trace stays small whatever a message holds. */
IbTraceStep *ib_trace_step_new (IbTraceKind kind, const char *script, guint line, guint depth, const char *what);
void ib_trace_step_add_value (IbTraceStep *self, const char *bytes, gsize length);
void ib_trace_step_set_key (IbTraceStep *self, const char *bytes, gsize length);
void ib_trace_step_add_capture (IbTraceStep *self, const char *bytes, gsize length);
/* The last value; NULL if there is none. */
const char *ib_trace_step_value (const IbTraceStep *self);
void ib_trace_step_free (IbTraceStep *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTraceStep, ib_trace_step_free)

typedef struct {
    GPtrArray *steps;     /* IbTraceStep, at most IB_LIMIT_TRACE_STEPS */
    bool is_cut;
} IbTrace;

IbTrace *ib_trace_new (void);
/* @self may be NULL. Takes @step. */
void ib_trace_add (IbTrace *self, IbTraceStep *step);
/* "test", "action" ... */
const char *ib_trace_kind_name (IbTraceKind kind);
void ib_trace_free (IbTrace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTrace, ib_trace_free)
