/* trace.h - what a script looked at and did, step by step
 *
 * Typed while running, words only when somebody asks. A NULL trace costs nothing. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum { IB_TRACE_TEST, IB_TRACE_ACTION, IB_TRACE_ERROR } IbTraceKind;

typedef struct {
    IbTraceKind kind;
    char *script;
    guint line;
    char *what;       /* the test or command as a phrase: "header :contains \"Subject\" \"sale\"" */
    char *value;      /* the value looked at, cut at 200 characters; NULL if none */
    bool result;      /* TEST: did it hold */
} IbTraceStep;

typedef struct {
    GPtrArray *steps;     /* IbTraceStep, at most IB_LIMIT_TRACE_STEPS */
    bool is_cut;
} IbTrace;

IbTrace *ib_trace_new (void);
/* @self may be NULL. @value may be NULL. */
void ib_trace_add (IbTrace *self, IbTraceKind kind, const char *script, guint line, const char *what,
                   const char *value, bool result);
void ib_trace_free (IbTrace *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTrace, ib_trace_free)
