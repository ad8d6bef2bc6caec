/* loan.h - the home from the service's hands into ours
 *
 * What needs the home's lock is done by the command itself, whether a service runs or not: it gives the home out for as long as
 * that takes. So both give the same output. */
#pragma once

#include "client.h"
#include "command.h"

typedef struct {
    IbClient *lender; /* NULL: nobody had the home */
} IbLoan;

/* True: as far as the service goes, the home is free. To be taken before it is opened, and ended after it is closed.
 * Error: IB_CLIENT_ERROR. */
bool ib_loan_take (const IbPaths *paths, IbLoan *out_loan, GError **error);
void ib_loan_end (IbLoan *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IbLoan, ib_loan_end)

/* The same, and says what went wrong; then *out_status is due. */
bool ib_loan_take_or_say (const IbCli *cli, IbLoan *out_loan, IbExit *out_status);

/* The service of this home; NULL without error: there is none, or it does not answer and the home is free. Error: it does not
 * answer, and the home is locked. */
IbClient *ib_loan_find_service (const IbPaths *paths, GError **error);
IbExit ib_loan_exit_for (const GError *error);
