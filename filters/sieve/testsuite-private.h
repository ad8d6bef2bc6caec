/* testsuite-private.h - what the words of a test file work on */
#pragma once

#include "testsuite-store.h"
#include "testsuite.h"
#include "vm.h"

#define IB_TESTSUITE_EXTENSION "vnd.dovecot.testsuite"

/* What scripts made of a message, until it is carried out. */
typedef struct {
    IbPlan *plan; /* explicit actions and edits; the same one always: the file's own run looks at it, too */
    guint n_done; /* of the actions were carried out */
    bool keeps;   /* the implicit keep stands */
    bool is_keep_done;    /* and was carried out */
    char **keep_flags;    /* its flags; NULL: those of the test file's own script */
    GPtrArray *marks;     /* IbMark: what is remembered once it is carried out */
    GHashTable *notified; /* addresses, in lower case, that notify told of this message */
} IbTestsuiteResult;

typedef struct {
    char *path;      /* of the test file */
    char *folder;    /* that it stands in */
    bool knows_path; /* ${tst.path} was set */
    const IbTestsuiteOptions *options;
    IbTestsuiteReport *report;

    IbTestsuiteCase *running; /* in the report; NULL: none */
    char *failure;            /* the words of test_fail */
    guint failed_at;          /* its line */

    /* The message that is looked at. Everything that was one stays until the file is over: values point into it. */
    const IbMessage *message;
    GPtrArray *messages; /* IbMessage */
    GPtrArray *held;     /* GBytes: what they are made of */
    IbSieveEnvelope envelope;
    IbFacts *facts;
    IbVerdict *verdict;
    guint64 steps;

    /* Settings as they are written, and what the last test_config_reload made of them. */
    GHashTable *wishes; /* key → value */
    GHashTable *config; /* key → value: as of then */
    IbSieveSettings settings;
    IbScoreSource spam, virus;
    IbArena *arena; /* of their texts */

    IbProgram *program;   /* the one that was compiled last; NULL: none, or it failed. In .programs */
    GPtrArray *programs;  /* IbProgram: all of them */
    GHashTable *binaries; /* name → IbProgram that was saved */
    GPtrArray *errors;    /* char *: of the last compilation, run or carrying out */

    IbTestsuiteResult result;
    IbTestsuiteStore *store;
    guint n_drafts;
    GHashTable *answered; /* whom vacation answered, and by which handle */
} IbTestsuite;

/* The one that @vm runs for. */
IbTestsuite *ib_testsuite_of (const IbVm *vm);
/* The whole language and the words of this one. */
const IbLanguage *ib_testsuite_language (void);

/* [:index NUMBER] KEYS, which several tests take: whether one of @texts (or the one of that number, from 1), matches. */
extern const IbTag ib_testsuite_index_tags[];
extern const IbPositional ib_testsuite_keys[];
bool ib_testsuite_match (IbVm *vm, const IbCall *call, const char *const *texts, guint count);

/* The rows, by the file that holds them: each list ends with NULL. */
extern const IbCommand *const ib_testsuite_case_rows[];    /* test, test_fail */
extern const IbCommand *const ib_testsuite_config_rows[];  /* test_config_… */
extern const IbCommand *const ib_testsuite_message_rows[]; /* test_set, test_message, test_mailbox… */
extern const IbCommand *const ib_testsuite_result_rows[];  /* test_result_… */
extern const IbCommand *const ib_testsuite_script_rows[];  /* test_script_…, test_error, test_binary_… */

/* testsuite-case.c: (transfer full) texts. */
IbTestsuiteCase *ib_testsuite_case_begin (IbTestsuite *self, const char *name, guint line);
void ib_testsuite_case_fail (IbTestsuiteCase *self, char *where, char *reason);
/* Splits "NAME:LINE: what"; @out_where may be NULL. Returns: (transfer none): what, in @error */
const char *ib_testsuite_split_error (const char *error, char **out_where);

/* testsuite-message.c */
/* Makes @bytes the message that is looked at, with the envelope that its header suggests; @vm is NULL before a run. */
void ib_testsuite_set_message (IbTestsuite *self, IbVm *vm, GBytes *bytes, const char *const *flags);
/* The flags that it has; scripts begin with them. */
void ib_testsuite_set_flags (IbTestsuite *self, IbVm *vm, const char *const *flags);
void ib_testsuite_set_party (char **party, const char *address);

/* testsuite-script.c */
/* The text of the file @name, which stands beside the test file; NULL with an error. Returns: (transfer full) */
char *ib_testsuite_read (const IbTestsuite *self, const char *name, gsize *out_length, GError **error);
void ib_testsuite_add_error (IbTestsuite *self, const char *what);
/* Compiles @text; its errors are kept. Returns: (transfer none) (nullable) */
IbProgram *ib_testsuite_compile (IbTestsuite *self, const char *name, const char *text, gsize length,
                                 const IbLanguage *language, GPtrArray **out_diagnostics);

/* testsuite-result.c */
void ib_testsuite_result_init (IbTestsuiteResult *self);
void ib_testsuite_result_clear (IbTestsuiteResult *self);
/* Nothing was decided, and the message is as it came. */
void ib_testsuite_result_reset (IbTestsuite *self, IbVm *vm);
/* Takes over what the test file's own script asked for since. */
void ib_testsuite_result_gather (IbTestsuite *self, IbVm *vm);
/* What `mailboxexists` is told are the folders of the store. */
void ib_testsuite_take_folders (IbTestsuite *self);
/* Into the store and the outbox. */
void ib_testsuite_result_execute (IbTestsuite *self, IbVm *vm);

/* testsuite-config.c */
/* As of the last test_config_reload; NULL: not set. */
const char *ib_testsuite_config (const IbTestsuite *self, const char *key);
void ib_testsuite_config_reload (IbTestsuite *self);
