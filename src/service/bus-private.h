/* bus-private.h - the inside of bus.h, for bus.c and bus-methods.c */
#pragma once

#include "bus-accounts.h"
#include "bus-acts.h"
#include "bus-asks.h"
#include "bus-checks.h"
#include "bus-code.h"
#include "bus-filters.h"
#include "bus-loans.h"
#include "bus-news.h"
#include "bus-reload.h"
#include "bus-settings.h"
#include "bus.h"

struct _IbBus {
    IbService *service;
    IbBusNamed named;
    gpointer user_data;
    GCancellable *end;
    guint telling; /* that there is no bus; 0: there is, or it is told */

    GDBusConnection *connection; /* NULL: not connected */
    guint own;
    IbDbusManager *manager;
    GDBusObjectManagerServer *objects;
    IbBusReload *reload;
    IbBusFilterChanges *filter_changes;
    IbBusSettings *settings;
    IbBusAccounts *accounts;
    IbBusChecks *checks;
    IbBusLoans *loans;
    IbBusAsks *asks;
    IbBusFilters *filters;
    IbBusActs *acts;
    IbBusNews *news;
};

/* What can be asked of an account; IbBus as their user_data. */
extern const IbBusAccountMethods ib_bus_account_methods;
/* Who asked for a look hears what came of it, and nobody else. IbBusChecked, with IbBus as user_data. */
void ib_bus_methods_tell_checked (const char *asker, guint32 ticket, const char *account, GVariant *result,
                                  gpointer user_data);
/* A file of the configuration was written: IbBusSettingsWritten, with IbBus as user_data. */
void ib_bus_methods_answer_written (GDBusMethodInvocation *invocation, const char *account,
                                    gpointer user_data);
/* Answers the manager's methods on accounts, the configuration, checks and loans. */
void ib_bus_methods_connect (IbBus *self);
