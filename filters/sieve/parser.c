/* parser.c - tokens into a tree: recursive descent, one function a rule
 *
 * A rule that fails has told why and returns false up to its command, which is marked broken; parsing goes on behind
 * the next ";" or in front of the "}" that ends the block. */
#include "parser.h"
#include "lexer.h"
#include "mail-limits.h"

#include <glib/gi18n-lib.h>

typedef struct {
    IbLexer lexer;
    IbToken token; /* the one that comes next */
    IbArena *arena;
    IbDiagnosticList *diagnostics;
    guint block_depth, test_depth;
    const char *told_at; /* the token that the last message was about: one a token is enough */
} Parser;

static void
next (Parser *p)
{
    ib_lexer_next (&p->lexer, &p->token);
}

static bool
sees (const Parser *p, IbTokenKind kind)
{
    return p->token.kind == kind;
}

static bool
accept (Parser *p, IbTokenKind kind)
{
    if (!sees (p, kind))
        return false;
    next (p);
    return true;
}

static char *
name_token (const IbToken *token)
{
    if (token->kind == IB_TOKEN_END)
        return g_strdup (_ ("the end of the script"));
    if (token->kind == IB_TOKEN_STRING)
        return ib_diagnostic_quote (token->text);
    return ib_diagnostic_quote (token->source);
}

/* @what is a whole phrase, quotation marks included. Returns: false */
static bool
fail_expecting (Parser *p, const char *what)
{
    if ((sees (p, IB_TOKEN_END) && p->lexer.is_cut_short) || p->told_at == p->token.source.bytes)
        return false;
    p->told_at = p->token.source.bytes;
    g_autofree char *found = name_token (&p->token);
    ib_diagnostic_error (p->diagnostics, p->token.at, _ ("expected %s before %s"), what, found);
    return false;
}

static IbArgument *
argument_new (Parser *p, IbType type)
{
    IbArgument *argument = ib_arena_new_array (p->arena, IbArgument, 1);
    argument->type = type;
    argument->at = p->token.at;
    argument->text = p->token.text;
    argument->number = p->token.number;
    return argument;
}

/* string = quoted-string / multi-line */
static IbArgument *
parse_string (Parser *p)
{
    IbArgument *string = argument_new (p, IB_TYPE_STRING);
    next (p);
    return string;
}

/* After a string of a list: true if another one follows. A comma too many or too few is told and passed by. */
static bool
continues_list (Parser *p)
{
    if (sees (p, IB_TOKEN_STRING))
        return fail_expecting (p, "\",\""), true;
    if (!accept (p, IB_TOKEN_COMMA))
        return false;
    if (!sees (p, IB_TOKEN_STRING))
        return fail_expecting (p, _ ("a string"));
    return true;
}

/* string-list = "[" string *("," string) "]" */
static IbArgument *
parse_string_list (Parser *p)
{
    IbArgument *list = argument_new (p, IB_TYPE_STRINGS);
    IbArgument **tail = &list->items;

    next (p);
    if (!sees (p, IB_TOKEN_STRING)) {
        fail_expecting (p, _ ("a string"));
        return accept (p, IB_TOKEN_RBRACKET) ? list : NULL;
    }
    do {
        *tail = parse_string (p);
        tail = &(*tail)->next;
    } while (continues_list (p));

    if (accept (p, IB_TOKEN_RBRACKET))
        return list;
    fail_expecting (p, "\"]\"");
    return NULL;
}

/* argument = string-list / number / tag; NULL with *out_ok true: here is none */
static IbArgument *
parse_argument (Parser *p, bool *out_ok)
{
    IbArgument *argument = NULL;
    *out_ok = true;

    switch (p->token.kind) {
    case IB_TOKEN_STRING:
        return parse_string (p);
    case IB_TOKEN_LBRACKET:
        argument = parse_string_list (p);
        *out_ok = argument != NULL;
        return argument;
    case IB_TOKEN_NUMBER:
        argument = argument_new (p, IB_TYPE_NUMBER);
        break;
    case IB_TOKEN_TAG:
        argument = argument_new (p, IB_TYPE_TAG);
        break;
    case IB_TOKEN_END:
    case IB_TOKEN_IDENTIFIER:
    case IB_TOKEN_LPAREN:
    case IB_TOKEN_RPAREN:
    case IB_TOKEN_RBRACKET:
    case IB_TOKEN_LBRACE:
    case IB_TOKEN_RBRACE:
    case IB_TOKEN_COMMA:
    case IB_TOKEN_SEMICOLON:
        return NULL;
    }
    next (p);
    return argument;
}

static bool parse_test (Parser *p, IbNode *parent, IbNode **out_test);

/* test-list = "(" test *("," test) ")" */
static bool
parse_test_list (Parser *p, IbNode *parent)
{
    IbNode **tail = &parent->tests;

    next (p);
    parent->has_test_list = true;
    do {
        if (!parse_test (p, parent, tail))
            return false;
        tail = &(*tail)->next;
    } while (accept (p, IB_TOKEN_COMMA));

    return accept (p, IB_TOKEN_RPAREN) || fail_expecting (p, _ ("\",\" or \")\""));
}

/* arguments = *argument [ test / test-list ] */
static bool
parse_arguments (Parser *p, IbNode *parent)
{
    IbArgument **tail = &parent->arguments;
    guint count = 0;
    bool ok;

    while ((*tail = parse_argument (p, &ok)) != NULL) {
        tail = &(*tail)->next;
        if (++count > IB_LIMIT_ARGUMENTS) {
            ib_diagnostic_error (p->diagnostics, p->token.at, _ ("more than %d arguments"),
                                 IB_LIMIT_ARGUMENTS);
            return false;
        }
    }
    if (!ok)
        return false;
    if (sees (p, IB_TOKEN_LPAREN))
        return parse_test_list (p, parent);
    if (sees (p, IB_TOKEN_IDENTIFIER))
        return parse_test (p, parent, &parent->tests);
    return true;
}

static IbNode *
node_new (Parser *p, IbNode *parent)
{
    IbNode *node = ib_arena_new_array (p->arena, IbNode, 1);
    node->parent = parent;
    node->at = p->token.at;
    node->name = p->token.text;
    next (p);
    return node;
}

/* test = identifier arguments */
static bool
parse_test (Parser *p, IbNode *parent, IbNode **out_test)
{
    if (!sees (p, IB_TOKEN_IDENTIFIER))
        return fail_expecting (p, _ ("a test"));
    if (p->test_depth == IB_LIMIT_TEST_NESTING) {
        ib_diagnostic_error (p->diagnostics, p->token.at, _ ("tests are nested more than %d deep"),
                             IB_LIMIT_TEST_NESTING);
        return false;
    }
    *out_test = node_new (p, parent);
    p->test_depth++;
    bool ok = parse_arguments (p, *out_test);
    p->test_depth--;
    if (!ok)
        (*out_test)->is_broken = true;
    return ok;
}

static IbNode *parse_commands (Parser *p, IbNode *parent);

/* A block that is nested too deep is passed by, braces counted. */
static void
skip_block (Parser *p)
{
    guint depth = 1;
    for (; depth > 0 && !sees (p, IB_TOKEN_END); next (p)) {
        if (sees (p, IB_TOKEN_LBRACE))
            depth++;
        else if (sees (p, IB_TOKEN_RBRACE))
            depth--;
    }
}

/* block = "{" commands "}" */
static void
parse_block (Parser *p, IbNode *owner)
{
    IbPosition start = p->token.at;

    next (p);
    owner->has_block = true;
    if (p->block_depth == IB_LIMIT_SCRIPT_NESTING) {
        ib_diagnostic_error (p->diagnostics, start, _ ("blocks are nested more than %d deep"),
                             IB_LIMIT_SCRIPT_NESTING);
        owner->is_broken = true;
        skip_block (p);
        return;
    }
    p->block_depth++;
    owner->block = parse_commands (p, owner);
    p->block_depth--;
    if (!accept (p, IB_TOKEN_RBRACE) && !p->lexer.is_cut_short)
        ib_diagnostic_error (p->diagnostics, start, _ ("this block has no end: expected \"}\""));
}

/* Goes to where the next command can begin: behind a ";" or a block, which is parsed for its own errors, or in front
 * of the "}" of the block that we are in. */
static void
recover (Parser *p, IbNode *broken)
{
    broken->is_broken = true;
    while (!sees (p, IB_TOKEN_END) && !sees (p, IB_TOKEN_RBRACE)) {
        if (sees (p, IB_TOKEN_LBRACE)) {
            parse_block (p, broken);
            return;
        }
        if (accept (p, IB_TOKEN_SEMICOLON))
            return;
        next (p);
    }
}

/* What the command and the tests at its end may lack is no news then. */
static void
mark_broken (IbNode *node, bool is_cut_short)
{
    for (; node != NULL; node = node->has_test_list ? NULL : node->tests) {
        node->is_broken = true;
        node->is_cut_short |= is_cut_short;
    }
}

/* command = identifier arguments (";" / block) */
static IbNode *
parse_command (Parser *p, IbNode *parent)
{
    IbNode *command = node_new (p, parent);

    if (parse_arguments (p, command)) {
        if (sees (p, IB_TOKEN_LBRACE)) {
            parse_block (p, command);
            return command;
        }
        if (accept (p, IB_TOKEN_SEMICOLON))
            return command;
        fail_expecting (p, command->tests != NULL ? "\"{\"" : "\";\"");
    }
    mark_broken (command, p->lexer.is_cut_short);
    recover (p, command);
    return command;
}

/* What is no command is told once and passed by up to the next place where one may begin. */
static void
skip_to_command (Parser *p)
{
    if (sees (p, IB_TOKEN_RBRACE)) {
        ib_diagnostic_error (p->diagnostics, p->token.at, _ ("this \"}\" ends no block"));
        next (p);
        return;
    }
    IbNode nobody = { .is_broken = true };
    fail_expecting (p, _ ("a command"));
    recover (p, &nobody);
}

/* commands = *command */
static IbNode *
parse_commands (Parser *p, IbNode *parent)
{
    IbNode *first = NULL, *last = NULL;

    while (!sees (p, IB_TOKEN_END) && !(sees (p, IB_TOKEN_RBRACE) && p->block_depth > 0)) {
        if (!sees (p, IB_TOKEN_IDENTIFIER)) {
            skip_to_command (p);
            continue;
        }
        IbNode *command = parse_command (p, parent);
        command->previous = last;
        if (last != NULL)
            last->next = command;
        else
            first = command;
        last = command;
    }
    return first;
}

/* start = commands */
IbNode *
ib_parser_parse (const char *text, gsize length, IbArena *arena, IbDiagnosticList *diagnostics)
{
    Parser p = { .arena = arena, .diagnostics = diagnostics };

    p.lexer = ib_lexer_new (text, length, arena, diagnostics);
    next (&p);
    return parse_commands (&p, NULL);
}
