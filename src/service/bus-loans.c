/* bus-loans.c - the home in the hands of others on the bus */
#include "bus-loans.h"
#include "bus-errors.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Who waits here is a command line that somebody typed. */
#define MOST_WAITING 32

typedef struct {
    IbBusLoans *loans;
    char *borrower;                    /* a unique name */
    GDBusMethodInvocation *invocation; /* NULL: it was answered */
    guint watch;
    bool is_gone; /* it left, or gave it back before it had it */
} Loan;

struct _IbBusLoans {
    IbService *service;
    void (*returned) (gpointer user_data);
    gpointer user_data;
    GQueue queue;     /* Loan; the first one is asked for, or has the home */
    bool is_lent;     /* to the first */
    bool is_orphaned; /* freed, but for the service's answer that is still to come */
};

static void lend_to_first (IbBusLoans *self);

static void
loan_free (Loan *loan)
{
    if (loan->invocation != NULL)
        (void) ib_bus_refuse (loan->invocation, IB_BUS_FAILED, "%s", _ ("The service is ending"));
    if (loan->watch != 0)
        g_bus_unwatch_name (loan->watch);
    g_free (loan->borrower);
    g_free (loan);
}

static void
take_back (IbBusLoans *self)
{
    self->is_lent = false;
    loan_free (g_queue_pop_head (&self->queue));
    ib_service_take_back (self->service);
    self->returned (self->user_data);
    lend_to_first (self);
}

static void
on_ready (const GError *error, gpointer user_data)
{
    IbBusLoans *self = user_data;
    if (self->is_orphaned) {
        if (error == NULL)
            ib_service_take_back (self->service);
        g_free (self);
        return;
    }
    Loan *first = self->queue.head->data;
    GDBusMethodInvocation *invocation = g_steal_pointer (&first->invocation);
    if (error != NULL) {
        if (invocation != NULL)
            (void) ib_bus_refuse_error (invocation, error);
        loan_free (g_queue_pop_head (&self->queue));
        lend_to_first (self);
        return;
    }
    self->is_lent = true;
    if (invocation != NULL)
        g_dbus_method_invocation_return_value (invocation, NULL);
    if (first->is_gone)
        take_back (self);
}

static void
lend_to_first (IbBusLoans *self)
{
    if (!g_queue_is_empty (&self->queue))
        ib_service_lend (self->service, on_ready, self);
}

static Loan *
find (IbBusLoans *self, const char *borrower)
{
    for (GList *each = self->queue.head; each != NULL; each = each->next) {
        Loan *loan = each->data;
        if (strcmp (loan->borrower, borrower) == 0 && !loan->is_gone)
            return loan;
    }
    return NULL;
}

/* The first one's wish is with the service: it ends when that has answered. */
static void
end_loan (IbBusLoans *self, Loan *loan)
{
    loan->is_gone = true;
    if (self->queue.head->data != loan) {
        g_queue_remove (&self->queue, loan);
        loan_free (loan);
    } else if (self->is_lent) {
        take_back (self);
    }
}

static void
on_left (GDBusConnection *connection, const char *name, gpointer user_data)
{
    Loan *loan = user_data;
    if (!loan->is_gone)
        end_loan (loan->loans, loan);
}

IbBusLoans *
ib_bus_loans_new (IbService *service, void (*returned) (gpointer user_data), gpointer user_data)
{
    IbBusLoans *self = g_new0 (IbBusLoans, 1);
    self->service = service;
    self->returned = returned;
    self->user_data = user_data;
    g_queue_init (&self->queue);
    return self;
}

/* Somebody whose patience was over asks again. */
static void
ask_again (IbBusLoans *self, Loan *loan, GDBusMethodInvocation *invocation)
{
    if (self->is_lent && self->queue.head->data == loan) {
        g_dbus_method_invocation_return_value (invocation, NULL);
        return;
    }
    if (loan->invocation != NULL)
        (void) ib_bus_refuse (loan->invocation, IB_BUS_FAILED, "%s", _ ("It was asked for again"));
    loan->invocation = invocation;
}

void
ib_bus_loans_lend (IbBusLoans *self, GDBusMethodInvocation *invocation)
{
    const char *borrower = g_dbus_method_invocation_get_sender (invocation);
    Loan *loan = find (self, borrower);
    if (loan != NULL) {
        ask_again (self, loan, invocation);
        return;
    }
    if (g_queue_get_length (&self->queue) >= MOST_WAITING) {
        (void) ib_bus_refuse (invocation, IB_BUS_FAILED, "%s", _ ("Too many wait for this home"));
        return;
    }
    loan = g_new0 (Loan, 1);
    loan->loans = self;
    loan->borrower = g_strdup (borrower);
    loan->invocation = invocation;
    g_queue_push_tail (&self->queue, loan);
    loan->watch
        = g_bus_watch_name_on_connection (g_dbus_method_invocation_get_connection (invocation), borrower,
                                          G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_left, loan, NULL);
    if (g_queue_get_length (&self->queue) == 1)
        lend_to_first (self);
}

bool
ib_bus_loans_give_back (IbBusLoans *self, const char *borrower)
{
    Loan *loan = find (self, borrower);
    if (loan == NULL)
        return false;
    end_loan (self, loan);
    return true;
}

void
ib_bus_loans_free (IbBusLoans *self)
{
    if (self == NULL)
        return;
    bool is_asked = !g_queue_is_empty (&self->queue) && !self->is_lent;
    if (self->is_lent)
        ib_service_take_back (self->service);
    g_queue_clear_full (&self->queue, (GDestroyNotify) loan_free);
    self->is_orphaned = is_asked;
    if (!is_asked)
        g_free (self);
}
