/* bus-settings.h - the configuration, as it is asked for and changed over the bus
 *
 *     a{ss} of the bus ──may it be set from here?──▶ the configuration's own parser ──▶ the file, comments kept
 *
 * Whoever may talk to us need not be allowed to run programs, and to read and write files, as a confined program is not: what
 * names a command, a secret that is somewhere already or a folder that is written to is set nowhere here. Nor is it changed where an
 * account's secret is sent, and how safely, as long as there is one: else whoever may talk to us would have it sent to him. */
#pragma once

#include "bus-filter-changes.h"
#include "service.h"

/* Each answers @invocation. */
void ib_bus_settings_tell (const IbService *service, GDBusMethodInvocation *invocation);
void ib_bus_settings_tell_account (const IbService *service, const char *account,
                                   GDBusMethodInvocation *invocation);

/* True: it is written, and the caller answers once it was read. False: @invocation was refused. */
bool ib_bus_settings_remove_account (const IbService *service, const char *name,
                                     GDBusMethodInvocation *invocation);

/* Changes, which may wait for their filters to be compiled, and for the keyring to say whether there is a secret. */
typedef struct _IbBusSettings IbBusSettings;

/* The file of @account (NULL: inbasket.conf) is written; takes @invocation, and answers it once the file was read. */
typedef void (*IbBusSettingsWritten) (GDBusMethodInvocation *invocation, const char *account,
                                      gpointer user_data);

/* @service and @filters must outlive it, and @filters must have ended before it is freed. */
IbBusSettings *ib_bus_settings_new (const IbService *service, IbBusFilterChanges *filters,
                                    IbBusSettingsWritten written, gpointer user_data);
/* Each takes @invocation. @keys: a{ss}. */
void ib_bus_settings_change (IbBusSettings *self, GVariant *keys, GDBusMethodInvocation *invocation);
void ib_bus_settings_add_account (IbBusSettings *self, const char *name, GVariant *keys,
                                  GDBusMethodInvocation *invocation);
void ib_bus_settings_change_account (IbBusSettings *self, const char *account, GVariant *keys,
                                     GDBusMethodInvocation *invocation);
/* What still waits is refused. */
void ib_bus_settings_free (IbBusSettings *self);
