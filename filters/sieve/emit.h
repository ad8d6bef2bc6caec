/* emit.h - a checked tree into a program */
#pragma once

#include "compile.h"
#include "program.h"

/* Takes scripts in which nothing was wrong. Never fails. */
IbProgram *ib_emit_program (const IbCompilation *compilation);

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
/* The loop of @node, a command with a block whose row has a next (): each of its rounds runs the block. */
void ib_emit_loop (IbEmit *self, const IbNode *node);
/* A jump out of the loop of @node, in whose block, or a block of a loop in it, this stands. */
void ib_emit_leave (IbEmit *self, const IbNode *node);
