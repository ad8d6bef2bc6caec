/* bus-loans.h - the home in the hands of others on the bus
 *
 *     Lend ─▶ queue ─▶ the service closes the home ─▶ answered: it is theirs ─▶ Return, or they leave the bus ─▶ the next
 *
 * One at a time, in the order of asking. Who asks again keeps his place, or hears that he has it. */
#pragma once

#include "service.h"

typedef struct _IbBusLoans IbBusLoans;

/* @returned: a loan is over; the home may be other than it was. */
IbBusLoans *ib_bus_loans_new (IbService *service, void (*returned) (gpointer user_data), gpointer user_data);
/* Takes @invocation. */
void ib_bus_loans_lend (IbBusLoans *self, GDBusMethodInvocation *invocation);
/* False: @borrower has no loan. */
bool ib_bus_loans_give_back (IbBusLoans *self, const char *borrower);
/* Takes the home back from whoever has it, and refuses those who wait. */
void ib_bus_loans_free (IbBusLoans *self);
