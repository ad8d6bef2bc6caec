/* bus-settings.h - the configuration, as it is asked for and changed over the bus
 *
 *     a{ss} of the bus ──may it be set from here?──▶ the configuration's own parser ──▶ the file, comments kept
 *
 * Whoever may talk to us need not be allowed to run programs, and to read and write files, as a confined program is not: what
 * names a command, a secret that is somewhere already or a folder that is written to is set nowhere here. Nor is it changed where an
 * account's secret is sent, and how safely, as long as there is one: else whoever may talk to us would have it sent to him. */
#pragma once

#include "service.h"

/* Each answers @invocation. */
void ib_bus_settings_tell (const IbService *service, GDBusMethodInvocation *invocation);
void ib_bus_settings_tell_account (const IbService *service, const char *account,
                                   GDBusMethodInvocation *invocation);

/* True: it is written, and the caller answers once it was read. False: @invocation was refused. @keys: a{ss}. */
bool ib_bus_settings_change (const IbService *service, GVariant *keys, GDBusMethodInvocation *invocation);
bool ib_bus_settings_remove_account (const IbService *service, const char *name,
                                     GDBusMethodInvocation *invocation);

/* Changes that wait for the keyring to say whether there is a secret. */
typedef struct _IbBusSettings IbBusSettings;

/* The file of @account is written; takes @invocation, and answers it once the file was read. */
typedef void (*IbBusSettingsWritten) (GDBusMethodInvocation *invocation, const char *account,
                                      gpointer user_data);

IbBusSettings *ib_bus_settings_new (const IbService *service, IbBusSettingsWritten written,
                                    gpointer user_data);
/* Each takes @invocation. @keys: a{ss}. */
void ib_bus_settings_add_account (IbBusSettings *self, const char *name, GVariant *keys,
                                  GDBusMethodInvocation *invocation);
void ib_bus_settings_change_account (IbBusSettings *self, const char *account, GVariant *keys,
                                     GDBusMethodInvocation *invocation);
/* What still waits is refused. */
void ib_bus_settings_free (IbBusSettings *self);
