/* emit.h - a checked tree into a program */
#pragma once

#include "program.h"
#include "tree.h"

/* Takes the tree of a script in which nothing was wrong. Never fails. */
/* @required: (transfer none): the IbExtension rows that the script required. */
IbProgram *ib_emit_program (const char *name, const IbLanguage *language, GPtrArray *required,
                            const IbNode *commands);

/* --- for the rows --- */

/* The command or test of @node as one call. */
void ib_emit_call (IbEmit *self, const IbNode *node);
void ib_emit_test (IbEmit *self, const IbNode *test);
void ib_emit_block (IbEmit *self, const IbNode *first);
/* An instruction without a call. Returns its place, for ib_emit_land (). */
guint ib_emit_op (IbEmit *self, IbOp op, guint operand);
/* The same, and the trace shows it as what came of @node. */
guint ib_emit_shown (IbEmit *self, IbOp op, guint operand, const IbNode *node);
/* The jump at @place goes to what is emitted next. */
void ib_emit_land (IbEmit *self, guint place);
