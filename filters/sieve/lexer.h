/* lexer.h - a script's text in tokens (RFC 5228, 8.1)
 *
 * What is wrong is told to the diagnostics at once and then passed by, so there is no token for an error. */
#pragma once

#include "diagnostic.h"

typedef enum {
    IB_TOKEN_END,
    IB_TOKEN_IDENTIFIER,
    IB_TOKEN_TAG,
    IB_TOKEN_NUMBER,
    IB_TOKEN_STRING,
    IB_TOKEN_LPAREN,
    IB_TOKEN_RPAREN,
    IB_TOKEN_LBRACKET,
    IB_TOKEN_RBRACKET,
    IB_TOKEN_LBRACE,
    IB_TOKEN_RBRACE,
    IB_TOKEN_COMMA,
    IB_TOKEN_SEMICOLON,
} IbTokenKind;

typedef struct {
    IbTokenKind kind;
    IbPosition at;
    IbSpan source; /* as it stands in the script */
    IbSpan text;   /* IDENTIFIER; TAG: without the colon; STRING: its contents, in the arena */
    guint64 number;
} IbToken;

typedef struct {
    const char *next, *end;
    IbPosition at;
    IbArena *arena;
    IbDiagnosticList *diagnostics;
    bool is_cut_short; /* a string or comment had no end: what seems to be missing after it is no news */
} IbLexer;

/* @text must outlive the lexer and be valid UTF-8 without NUL: see ib_lexer_accepts (). */
IbLexer ib_lexer_new (const char *text, gsize length, IbArena *arena, IbDiagnosticList *diagnostics);
void ib_lexer_next (IbLexer *self, IbToken *out_token);

/* Whether the text may be read at all; if not, why not is told. */
bool ib_lexer_accepts (const char *text, gsize length, gsize most_bytes, IbDiagnosticList *diagnostics);
