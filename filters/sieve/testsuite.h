/* testsuite.h - the door to the language of test scripts (`require "vnd.dovecot.testsuite"`)
 *
 * A test file is a Sieve script that may say more: it sets the message under test, compiles and runs other scripts,
 * looks at what comes of them, carries it out in a mail store that lives in memory, and says what failed. Its words are
 * rows like all others, in a table beside the whole language: ordinary filters do not know them.
 *
 * The file is one run. What `test_set`, `test_message`, `set`, `test_config_set` and the like leave behind, and the mail
 * that was stored, is there for the cases after it. A run-time error ends its case, not the file. */
#pragma once

#include "sieve.h"

/* What a case came to. */
typedef struct {
    char *name;
    guint line; /* where it begins */
    bool has_passed;
    char *where;      /* "FILE:LINE" of what failed; NULL: it passed */
    char *reason;     /* why; NULL: it passed */
    GPtrArray *notes; /* char *: what it wanted to be printed */
} IbTestsuiteCase;

typedef struct {
    char *skipped_for;  /* the extension that Inbasket does not know; then nothing ran. NULL: it ran */
    GPtrArray *cases;   /* IbTestsuiteCase, in their order; what is wrong with the file itself is one too */
    GPtrArray *remarks; /* char *: settings that mean nothing here */
} IbTestsuiteReport;

void ib_testsuite_report_free (IbTestsuiteReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbTestsuiteReport, ib_testsuite_report_free)
/* How many cases failed. */
guint ib_testsuite_report_failures (const IbTestsuiteReport *self);

/* The text of the file at @path; NULL with an error that says why there is none. Returns: (transfer full) */
typedef char *(*IbTestsuiteRead) (const char *path, gsize *out_length, gpointer user_data, GError **error);

typedef struct {
    /* Scripts that a test names, and those that these include: beside the test file in included/ (personal) and
     * included-global/ (global). NULL: there are none. */
    IbTestsuiteRead read;
    gpointer user_data;
    gint64 now;          /* microseconds since 1970, UTC */
    gint32 utc_offset_s; /* the zone of date tests */
} IbTestsuiteOptions;

/* Runs the test file @text, which stands at @path. Never fails: what is wrong with it is a failed case.
 * Returns: (transfer full) */
IbTestsuiteReport *ib_testsuite_run (const char *path, const char *text, gsize length,
                                     const IbTestsuiteOptions *options);
