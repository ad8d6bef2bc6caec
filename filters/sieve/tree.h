/* tree.h - a script as its grammar has it (RFC 5228, 8.2)
 *
 * Commands and tests are nodes, what stands behind their names are arguments. The parser builds it without knowing any
 * command; the checker then notes in each node which row of the language it is. All of it lives in one arena. */
#pragma once

#include "diagnostic.h"
#include "language.h"

struct _IbArgument {
    IbType type; /* NUMBER, STRING, STRINGS or TAG */
    IbPosition at;
    IbSpan text; /* STRING: its contents; TAG: its name, without the colon */
    guint64 number;
    IbArgument *items; /* STRINGS: its strings */
    IbArgument *next;

    /* The checker's: */
    const IbTag *tag;      /* TAG: which one */
    IbArgument *parameter; /* TAG: the argument behind it that belongs to it */
    bool belongs_to_tag;
    const IbExtension *dynamic; /* STRING: which one puts it together at run time; NULL: it is what it is */
};

struct _IbNode {
    IbPosition at;
    IbSpan name;
    IbArgument *arguments;
    IbNode *tests; /* the one test, or the test list */
    bool has_test_list;
    bool has_block;
    bool is_broken;    /* a syntax error in it was told: what it lacks is no news */
    bool is_cut_short; /* the script ended in one of its strings or comments */
    IbNode *block;
    IbNode *next, *previous;
    IbNode *parent; /* whose block, or whose test, this is; NULL: of the script itself */

    /* The checker's: */
    const IbCommand *row;                      /* NULL: unknown */
    IbArgument *positional[IB_POSITIONAL_MAX]; /* NULL: an optional one that is not there */
    IbComparison comparison;                   /* of a test that matches */
    guint unit;                                /* the one that an inclusion enters; 0: none */
    IbKnown known;                             /* of a test */
};

/* The first string of a list, or the string itself; and the next one, NULL after the last. */
const IbArgument *ib_tree_strings (const IbArgument *argument);
const IbArgument *ib_tree_next (const IbArgument *argument, const IbArgument *string);
/* The tag of @node in @slot; NULL if there is none. */
IbArgument *ib_tree_tag (const IbNode *node, IbSlot slot);
