/* parser.h - tokens into a tree (RFC 5228, 8.2) */
#pragma once

#include "tree.h"

/* The commands of @text, which ib_lexer_accepts (). What is wrong is told to @diagnostics; the rest is parsed all the
 * same. @arena owns the tree; strings live there, names point into @text. NULL if there is no command. */
IbNode *ib_parser_parse (const char *text, gsize length, IbArena *arena, IbDiagnosticList *diagnostics);
