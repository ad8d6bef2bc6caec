/* language.h - what the language is made of: const rows
 *
 * The core (parser, check, emit, vm) knows no command, test, tag, comparator or match type by name: each is a const row
 * of an extension, RFC 5228 itself among them, and an extension is one file. The table of extensions is handed down.
 * A command says which families of tagged arguments it takes, a tag which families it is of: so an extension adds a
 * tag to commands that it has never heard of. */
#pragma once

#include "arena.h"
#include "header.h"

typedef struct _IbArgument IbArgument;
typedef struct _IbCall IbCall;
typedef struct _IbCallTag IbCallTag;
typedef struct _IbCheck IbCheck;
typedef struct _IbCommand IbCommand;
typedef struct _IbComparator IbComparator;
typedef struct _IbEmit IbEmit;
typedef struct _IbExtension IbExtension;
typedef struct _IbMatchType IbMatchType;
typedef struct _IbNode IbNode;
typedef struct _IbTemplate IbTemplate;
typedef struct _IbValue IbValue;
typedef struct _IbVariables IbVariables;
typedef struct _IbVm IbVm;

/* What an argument is. Where strings are wanted, one string will do. */
typedef enum { IB_TYPE_NONE, IB_TYPE_NUMBER, IB_TYPE_STRING, IB_TYPE_STRINGS, IB_TYPE_TAG } IbType;

/* What an argument's strings are for, so that they are made ready once. */
typedef enum {
    IB_USE_PLAIN,
    IB_USE_FIELDS, /* names of header fields: checked, then looked up once a run */
    IB_USE_KEYS,   /* what is searched for, by the command's match type and comparator */
} IbUse;

/* Families of tagged arguments. */
enum {
    IB_TAKES_MATCH = 1 << 0,    /* tests that compare: match types and :comparator */
    IB_TAKES_PART = 1 << 1,     /* tests on addresses: which part of one */
    IB_TAKES_COPY = 1 << 2,     /* actions that cancel the implicit keep */
    IB_TAKES_FLAGS = 1 << 3,    /* actions that store */
    IB_TAKES_FOLDER = 1 << 4,   /* actions that store in a folder of the script's choice */
    IB_TAKES_MODIFIER = 1 << 5, /* what changes a text on its way into a variable */
    IB_TAKES_HEADER = 1 << 6,   /* tests of header fields, by ib_vm_fields () and its like: whose header */
    IB_TAKES_INDEX = 1 << 7,    /* those of them that look at values: which of several fields of one name */
    IB_TAKES_VALUE = 1 << 8,    /* those of them that look at whole values: which part of one */
};

/* Of the tags of one slot a command may have one. */
typedef enum {
    IB_SLOT_MATCH,
    IB_SLOT_COMPARATOR,
    IB_SLOT_PART,
    IB_SLOT_COPY,
    IB_SLOT_FLAGS,
    IB_SLOT_CREATE,
    IB_SLOT_SPECIAL_USE,
    IB_SLOT_INDEX,  /* its parameter is a number, from 1: obeyed by ib_vm_fields () and its like */
    IB_SLOT_LAST,   /* … and IB_SLOT_INDEX counts from the end */
    IB_SLOT_HEADER, /* .headers: obeyed by ib_vm_fields () and its like */
    IB_SLOT_HEADER_DEPTH,
    IB_SLOT_VALUE, /* .derive: obeyed by ib_vm_fields () */
    /* Modifiers, in the order in which they are applied (RFC 5229, 4.1). */
    IB_SLOT_MODIFIER_CASE,
    IB_SLOT_MODIFIER_FIRST,
    IB_SLOT_MODIFIER_QUOTE,
    IB_SLOT_MODIFIER_ENCODE,
    IB_SLOT_MODIFIER_LENGTH,
    IB_SLOT_OWN, /* of a command's own tags: IB_SLOT_OWN + n */
} IbSlot;

typedef enum {
    IB_RELATION_NONE,
    IB_RELATION_GT,
    IB_RELATION_GE,
    IB_RELATION_LT,
    IB_RELATION_LE,
    IB_RELATION_EQ,
    IB_RELATION_NE
} IbRelation;

/* How a test compares: resolved by the checker. */
typedef struct {
    const IbMatchType *type;
    const IbComparator *comparator;
    IbRelation relation;
} IbComparison;

/* A text, changed; in the run's arena. */
typedef IbSpan (*IbModifier) (IbVm *vm, IbSpan text);

/* Which part of an address a test looks at; false: this address has no such part. */
typedef bool (*IbAddressPart) (IbVm *vm, const char *address, const char *local_part, const char *domain,
                               IbSpan *out_part);

/* A tagged argument. Ends with a row without a name. */
typedef struct {
    const char *name; /* without the colon */
    guint of;         /* families; 0 for a command's own */
    IbSlot slot;
    IbType parameter;
    guint value;              /* for the command's run */
    const IbMatchType *match; /* IB_SLOT_MATCH */
    IbAddressPart part;       /* IB_SLOT_PART */
    IbModifier modify;        /* IB_SLOT_MODIFIER_… */
    /* IB_SLOT_HEADER: the headers that a test looks at, one after the other, in place of the message's. In the run's
     * arena, or what lives as long. */
    IbHeader *const *(*headers) (IbVm *vm, const IbCall *call, guint *out_count);
    /* IB_SLOT_VALUE: what a test looks at in place of the text of @field: none, one or several values. In the run's
     * arena. */
    IbValue *(*derive) (IbVm *vm, const IbCallTag *tag, const IbHeaderField *field, guint *out_count);
    bool (*check) (IbCheck *check, IbNode *node, IbArgument *tag);
} IbTag;

/* A positional argument. Ends with a row without a name. */
typedef struct {
    const char *name; /* for messages, as gettext knows it: "list of header names" */
    IbType type;
    IbUse use;
    bool is_optional; /* left out if there are too few; the first ones are missing first */
    bool (*check) (IbCheck *check, IbNode *node, IbArgument *argument);
} IbPositional;

#define IB_POSITIONAL_MAX 3

typedef enum { IB_KIND_COMMAND, IB_KIND_TEST } IbKind;
typedef enum { IB_TESTS_NONE, IB_TESTS_ONE, IB_TESTS_LIST } IbTests;

/* What is known of a test when a script is compiled: of ihave alone, and of what is put together from it. */
typedef enum { IB_KNOWN_NOT, IB_KNOWN_TRUE, IB_KNOWN_FALSE } IbKnown;

struct _IbCommand {
    const char *name;
    IbKind kind;
    guint takes;                    /* families of tags */
    const IbTag *tags;              /* its own; may be NULL */
    const IbPositional *positional; /* may be NULL */
    IbTests tests;
    bool has_block;
    bool is_prologue;                      /* may stand before others of its kind only: require */
    bool ends_block;                       /* what follows it is never run */
    bool continues;                        /* the command before it: it is another branch of that one */
    IbKnown decided_by;                    /* of a test with a list: what one of them says is said of all */
    bool sends_mail;                       /* dry runs only */
    bool (*may_send) (const IbNode *node); /* the same of some uses of the command; NULL: see .sends_mail */
    bool (*check) (IbCheck *check, IbNode *node);
    void (*emit) (IbEmit *emit, const IbNode *node); /* NULL: one call */
    void (*run) (IbVm *vm, const IbCall *call);      /* of a command */
    bool (*test) (IbVm *vm, const IbCall *call);     /* of a test */
    /* Of a loop (ib_emit_loop ()): makes the next round ready; false: there is none. @*state is NULL before the first
     * round and is the loop's own; @outer is that of the loop of this row around it, NULL: none. */
    bool (*next) (IbVm *vm, const IbCall *call, gpointer *state, gpointer outer);
};

/* A comparator (RFC 4790): strings are equal, and found in one another, as octets once they are folded. */
struct _IbComparator {
    const char *name;
    const char *extension;                        /* what require must have named; NULL: always there */
    bool has_substrings;                          /* :contains and :matches may use it */
    IbSpan (*fold) (IbArena *arena, IbSpan text); /* NULL: as it is */
    guint fold_cost;                              /* of an octet, in octets looked at; 0: one */
    int (*order) (IbSpan a, IbSpan b);            /* of folded ones; NULL: of octets */
    /* Which octets of a folded text a character of the text as it came ends with; NULL: folding keeps every octet in its
     * place, and each is a character. Characters are those of ib_match_character (). */
    const bool *(*ends) (IbSpan folded);
};

/* A key made ready. */
typedef struct {
    IbSpan folded;
    const void *pattern; /* the match type's own */
} IbKey;

/* What a match took: [0] is the whole, then what each wildcard took. */
#define IB_CAPTURES_MAX 33
typedef struct {
    guint count;
    IbSpan spans[IB_CAPTURES_MAX];
} IbCaptures;

struct _IbMatchType {
    const char *name;
    bool needs_substrings;
    bool counts;   /* looks at how many values there are, not at them */
    bool captures; /* fills @captures of .matches */
    /* Makes a key ready, in @arena; NULL: no pattern. */
    const void *(*prepare) (const IbComparison *how, IbArena *arena, IbSpan key, IbSpan folded);
    /* How many values the pattern of a key takes, the whole not counted. NULL: none. */
    guint (*count_captures) (IbSpan key);
    /* Tells what is wrong with a key; NULL: nothing can be. */
    bool (*check_key) (IbCheck *check, const IbArgument *key);
    /* @folded is @value as the comparator folds it. @captures may be NULL. Adds the octets it looked at to @looked_at. */
    bool (*matches) (const IbComparison *how, const IbKey *key, IbSpan value, IbSpan folded,
                     IbCaptures *captures, guint64 *looked_at);
    /* In place of .matches where it takes more than key and value to know. */
    bool (*looks_up) (IbVm *vm, const IbKey *key, IbSpan value, IbCaptures *captures);
};

/* A string that is put together when the script runs; the extension that reads it embeds this at the beginning. */
struct _IbTemplate {
    IbSpan (*expand) (IbVm *vm, const IbTemplate *self);
};

/* A row of the language; any of its lists may be NULL. */
struct _IbExtension {
    const char *name;                 /* what require asks for; NULL: always there */
    const IbCommand *const *commands; /* ends with NULL */
    const IbTag *tags;
    const IbComparator *const *comparators; /* ends with NULL */
    /* Reads its own notation in a string of a script that required it; what is wrong is told to @check. */
    IbSpan (*read_string) (IbCheck *check, const IbArgument *string);
    /* What such a string is put together from; NULL: it stays as it is. Asked by the checker, with @check, and again
     * by the emitter, without, whose @arena lives as long as the program. */
    const IbTemplate *(*read_template) (IbCheck *check, IbArena *arena, const IbArgument *string);
    /* A test of such a script matched and took @captures. */
    void (*take) (IbVm *vm, const IbCaptures *captures);
    const char *implies; /* another extension that comes with it; NULL */
    /* What it keeps during a run: ib_vm_state (). In the run's arena. */
    gpointer (*state_new) (IbVm *vm, IbArena *arena);
    bool is_local;        /* each inclusion of a script has a state of its own */
    bool is_about_script; /* the state says nothing of the message, and stays when another one is looked at */
    /* Variables called "NAME_SPACE.name" (RFC 5229, 3); NULL: brings none. */
    const char *name_space;
    IbVariables *(*variables) (IbVm *vm);
};

typedef struct _IbLanguage {
    const IbExtension *const *extensions; /* ends with NULL */
    guint count;
} IbLanguage;

/* All that Inbasket speaks. Whoever wants more words (the language of test scripts) makes a table of these rows and its
 * own, and hands it down in IbSieveOptions. */
const IbLanguage *ib_language_whole (void);
/* Space-separated, without those that are always there. */
const char *ib_language_names (void);
/* NULL if there is none; @out_extension is the one that brings it, or the one that would. */
const IbExtension *ib_language_extension (const IbLanguage *self, IbSpan name);
const IbCommand *ib_language_command (const IbLanguage *self, IbSpan name, IbKind kind,
                                      const IbExtension **out_extension);
const IbComparator *ib_language_comparator (const IbLanguage *self, IbSpan name);
const IbExtension *ib_language_name_space (const IbLanguage *self, IbSpan name);

/* Names of the language are the same in any letter case. */
bool ib_language_is (IbSpan text, const char *name);
