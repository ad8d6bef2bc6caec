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
    IB_OP_NOTE, /* nothing; for the trace */
} IbOp;

typedef struct {
    IbOp op;
    guint operand;
    const IbCall *call; /* of others than CALL: the operator or branch that they stand for, which the trace shows */
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

typedef struct {
    const IbTag *tag;
    IbOperand parameter;
} IbCallTag;

/* A command or test with its arguments. */
struct _IbCall {
    const IbCommand *row;
    guint line, depth; /* of nesting */
    IbComparison comparison;
    guint n_tags;
    const IbCallTag *tags;
    IbOperand positional[IB_POSITIONAL_MAX];
};

struct _IbProgram {
    char *name;
    IbArena *arena;
    const IbLanguage *language;
    GPtrArray *required; /* IbExtension */
    GArray *code;        /* IbInstruction */
    GPtrArray *fields;   /* IbSpan: names of header fields, each once */
    const IbCall *sends; /* the first that sends mail; NULL */
};

/* The tag in @slot; NULL if there is none. */
const IbCallTag *ib_program_tag (const IbCall *call, IbSlot slot);
/* "header :contains \"Subject\" \"sale\"". Returns: (transfer full) */
char *ib_program_phrase (const IbCall *call);
