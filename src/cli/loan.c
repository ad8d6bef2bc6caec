/* loan.c - the home from the service's hands into ours */
#include "loan.h"
#include "fs.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

static bool
is_locked (const IbPaths *paths)
{
    g_autoptr (GError) error = NULL;
    int lock = ib_fs_lock (paths->lock, &error);
    if (lock >= 0)
        close (lock);
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BUSY);
}

/* Who does not answer cannot say whose he is: the lock tells. */
static bool
set_silent (const IbPaths *paths, GError **error)
{
    if (!is_locked (paths))
        return false;
    g_set_error (error, IB_CLIENT_ERROR, IB_CLIENT_ERROR_SILENT,
                 _ ("The Inbasket service works on %s, and does not answer: wait a moment, or end it"),
                 paths->state);
    return true;
}

IbClient *
ib_loan_find_service (const IbPaths *paths, GError **error)
{
    g_autoptr (GError) why = NULL;
    IbClient *service = ib_client_find (paths, &why);
    if (why != NULL)
        (void) set_silent (paths, error);
    return service;
}

bool
ib_loan_take (const IbPaths *paths, IbLoan *out_loan, GError **error)
{
    GError *why = NULL;
    *out_loan = (IbLoan){ NULL };
    g_autoptr (IbClient) service = ib_loan_find_service (paths, &why);
    if (why == NULL && service != NULL && !ib_client_borrow (service, &why)) {
        /* It has left: nobody has the home. */
        if (g_error_matches (why, IB_CLIENT_ERROR, IB_CLIENT_ERROR_GONE)
            || (g_error_matches (why, IB_CLIENT_ERROR, IB_CLIENT_ERROR_SILENT) && !is_locked (paths))) {
            g_clear_error (&why);
            g_clear_pointer (&service, ib_client_free);
        }
    }
    if (why != NULL) {
        g_propagate_error (error, why);
        return false;
    }
    out_loan->lender = g_steal_pointer (&service);
    return true;
}

void
ib_loan_end (IbLoan *self)
{
    g_clear_pointer (&self->lender, ib_client_free);
}

IbExit
ib_loan_exit_for (const GError *error)
{
    switch ((IbClientError) error->code) {
    case IB_CLIENT_ERROR_CONFIG:
        return IB_EXIT_CONFIG;
    case IB_CLIENT_ERROR_NO_ACCOUNT:
        return IB_EXIT_USAGE;
    case IB_CLIENT_ERROR_STORE:
        return IB_EXIT_STORE;
    case IB_CLIENT_ERROR_SILENT:
        return IB_EXIT_BUSY;
    case IB_CLIENT_ERROR_GONE:
    case IB_CLIENT_ERROR_REFUSED:
        return IB_EXIT_SOME_FAILED;
    }
    g_assert_not_reached ();
}

bool
ib_loan_take_or_say (const IbCli *cli, IbLoan *out_loan, IbExit *out_status)
{
    g_autoptr (GError) error = NULL;
    if (ib_loan_take (cli->paths, out_loan, &error))
        return true;
    ib_print_error ("%s", error->message);
    *out_status = ib_loan_exit_for (error);
    return false;
}
