/* bus-accounts.h - each account's object on the bus, and how the account stands
 *
 * What the service knows is shown at once; what the journal counts is read on a thread, now and then. */
#pragma once

#include "bus-code.h"
#include "service.h"

typedef struct _IbBusAccounts IbBusAccounts;

/* What can be asked of an account; each takes @invocation. */
typedef struct {
    void (*check) (const char *account, GDBusMethodInvocation *invocation, gpointer user_data);
    void (*pause) (const char *account, guint32 seconds, GDBusMethodInvocation *invocation,
                   gpointer user_data);
    void (*resume) (const char *account, GDBusMethodInvocation *invocation, gpointer user_data);
    void (*change) (const char *account, GVariant *keys, GDBusMethodInvocation *invocation,
                    gpointer user_data);
    void (*settings) (const char *account, GDBusMethodInvocation *invocation, gpointer user_data);
} IbBusAccountMethods;

/* Objects come and go at @objects. */
IbBusAccounts *ib_bus_accounts_new (IbService *service, GDBusObjectManagerServer *objects,
                                    const IbBusAccountMethods *methods, gpointer user_data);
/* Shows all accounts of the configuration as it is now, and no other. */
void ib_bus_accounts_show_all (IbBusAccounts *self);
/* One that may have changed, come or gone. */
void ib_bus_accounts_show (IbBusAccounts *self, const char *account);
/* The journal has changed. */
void ib_bus_accounts_count (IbBusAccounts *self);
/* a{so}: names and objects; floating. */
GVariant *ib_bus_accounts_list (const IbBusAccounts *self);
void ib_bus_accounts_free (IbBusAccounts *self);
