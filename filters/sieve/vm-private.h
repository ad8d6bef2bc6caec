/* vm-private.h - the inside of a run */
#pragma once

#include "vm.h"

/* The fields of one name, looked up when first asked for. */
typedef struct {
    bool is_found, is_decoded;
    guint count;
    const IbHeaderField *fields;
    IbValue *values;
    GPtrArray *addresses;
} IbVmFields;

/* A script that runs, and where to go on in the one that included it. */
typedef struct {
    guint unit;
    guint return_to;
    guint loops;      /* that ran when it began */
    gpointer *states; /* of local extensions, by their index; NULL: none yet */
} IbVmFrame;

typedef struct {
    const IbCall *call;
    gpointer state;
} IbVmLoop;

struct _IbVm {
    const IbProgram *program;
    const IbMessage *message;
    const IbSieveContext *context;
    IbArena *arena;
    guint octets; /* looked at since the last full step */

    IbHeader *header;
    IbVmFields *fields;
    GHashTable *other_fields; /* lower-case name → IbVmFields: names that are put together at run time */

    IbCaptures captures; /* of the match that is being tried */
    gpointer *states;    /* by the index of the extension */

    GArray *frames;  /* IbVmFrame: the innermost is the last */
    GArray *loops;   /* IbVmLoop: the same */
    bool *is_entered; /* by unit */
    guint next;      /* the instruction to do */
    guint guard;     /* where to go on after an error; 0: nowhere */

    const IbCall *call; /* the one that runs */
    bool holds;         /* the register */
    bool is_stopped;
    guint ends_at; /* the line of the stop that did it; 0: none did */
    char *error;
    char *caught; /* the error that the guard stopped */

    IbPlan *plan;          /* this script's own actions */
    const IbPlan *earlier; /* those of the scripts before it */
    GPtrArray *marks;      /* IbMark */
    guint n_redirects;
    bool keeps_implicitly;
    guint decided_at;
    const char *decided_in;
    const char *const *flags;

    IbTraceStep *step; /* of the call that runs; NULL: nobody wants to know */
};

/* vm-field.c */
void ib_vm_forget_fields (IbVm *self);
/* vm.c */
const char *ib_vm_script (const IbVm *self);
