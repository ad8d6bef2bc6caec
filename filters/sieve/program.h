/* program.h - a script made ready: a flat list of instructions
 *
 * A test leaves whether it holds in one register; conditions are jumps. All strings, keys and names of fields are made
 * ready once, so that a run looks up, compares and allocates next to nothing. Read-only once emitted. */
#pragma once

#include "language.h"
#include "sieve.h"

typedef enum {
    IB_OP_CALL, /* run a command or test */
    IB_OP_SET,  /* the register takes .operand */
    IB_OP_NOT,
    IB_OP_JUMP,    /* to .operand */
    IB_OP_JUMP_IF, /* if the register holds */
    IB_OP_JUMP_UNLESS,
    IB_OP_NOTE,   /* nothing; for the trace */
    IB_OP_LOOP,   /* the loop of .call begins */
    IB_OP_NEXT,   /* its next round; if there is none, it is over, and the run goes on at .operand */
    IB_OP_LEAVE,  /* the innermost .operand loops are over */
    IB_OP_RETURN, /* to the script that included this one; the run is over if none did */
    IB_OP_GUARD,  /* from here on an error or stop ends nothing: the run goes on at .operand; 0: it ends the run again */
} IbOp;

/* An operator or branch that instructions stand for, as the trace shows it. */
typedef struct {
    const IbCommand *row;
    guint line, depth; /* of nesting */
} IbShown;

typedef struct {
    IbOp op;
    guint operand;
    const IbCall *call;   /* CALL and LOOP */
    const IbShown *shown; /* of the others; NULL: nothing is */
} IbInstruction;

/* A string of the script. Read it with ib_vm_text (). */
typedef struct {
    IbSpan literal;
    const IbTemplate *template; /* what it is put together from at run time; NULL: .literal it is */
    guint field;                /* IB_USE_FIELDS: its number among the program's fields */
    IbKey key;                  /* IB_USE_KEYS */
} IbText;

/* An argument: a number, or one or more strings. */
typedef struct {
    bool is_given;
    guint64 number;
    bool is_dynamic; /* one of the texts is put together at run time */
    guint n_texts;
    const IbText *texts;
} IbOperand;

struct _IbCallTag {
    const IbTag *tag;
    IbOperand parameter;
};

/* A command or test with its arguments. */
struct _IbCall {
    const IbCommand *row;
    guint line, depth; /* of nesting */
    IbComparison comparison;
    guint n_tags;
    const IbCallTag *tags;
    IbOperand positional[IB_POSITIONAL_MAX];
    guint unit; /* the one that an inclusion enters; 0: none */
};

/* One script: the program's own, or one that it includes. */
typedef struct {
    const char *name;
    guint start;              /* of its code */
    const IbExtension *taker; /* of what matches take; NULL: nobody */
} IbUnit;

struct _IbProgram {
    IbArena *arena;
    const IbLanguage *language;
    GArray *units;       /* IbUnit; the first is the script itself */
    GArray *code;        /* IbInstruction: unit after unit */
    GPtrArray *fields;   /* IbSpan: names of header fields, each once */
    GPtrArray *required; /* IbExtension, by any of the units */
    const IbCall *sends; /* the first that sends mail; NULL */
    const char *sends_in;
};

/* The tag in @slot; NULL if there is none. */
const IbCallTag *ib_program_tag (const IbCall *call, IbSlot slot);
/* Does any of its scripts use the extension? */
bool ib_program_requires (const IbProgram *self, const IbExtension *extension);
/* "header :contains \"Subject\" \"sale\"". Returns: (transfer full) */
char *ib_program_phrase (const IbCall *call);
