/* import-report.h - what became of another program's accounts, for people and for scripts */
#pragma once

#include "account.h"
#include "command.h"
#include "import.h"

typedef enum {
    IB_IMPORT_ADDED,
    IB_IMPORT_WOULD_BE_ADDED, /* a dry run */
    IB_IMPORT_PRESENT,        /* an account fetches that mailbox already */
    IB_IMPORT_REFUSED,        /* it cannot be an account */
    IB_IMPORT_FAILED,         /* it could not be written */
} IbImportOutcome;

/* What is told of one. */
typedef struct {
    const IbImported *imported;
    IbImportOutcome outcome;
    const IbAccount *account;   /* NULL: it is none */
    const char *name, *path;    /* of its file, if it is or would be added */
    const char *error;          /* why it was not; a sentence without its full stop */
    const char *password;       /* where it is, or what is to be done about it; such a sentence, or NULL */
    bool is_password_kept;      /* in the keyring, from the text */
} IbImportTold;

typedef struct {
    guint outcomes[IB_IMPORT_FAILED + 1];
    guint recognized; /* messages of the Maildir that are known now */
} IbImportSums;

void ib_import_report_account (const IbCli *cli, const char *program, const IbImportTold *one);
/* What in the configuration belonged to no account. */
void ib_import_report_rest (const IbCli *cli, const IbImport *import);
/* @imports: IbImport. @is_desktop: nothing has to be stopped. */
void ib_import_report_end (const IbCli *cli, const char *program, bool is_desktop, const IbImportSums *sums,
                           const GPtrArray *imports);
