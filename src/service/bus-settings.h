/* bus-settings.h - the configuration, as it is asked for and changed over the bus
 *
 *     a{ss} of the bus ──may it be set from here?──▶ the configuration's own parser ──▶ the file, comments kept
 *
 * Whoever may talk to us need not be allowed to run programs, and to read and write files, as a confined program is not: what
 * names a command, a file with a secret in it or a folder that is written to is set nowhere here. */
#pragma once

#include "service.h"

/* Each answers @invocation. */
void ib_bus_settings_tell (const IbService *service, GDBusMethodInvocation *invocation);
void ib_bus_settings_tell_account (const IbService *service, const char *account,
                                   GDBusMethodInvocation *invocation);

/* True: it is written, and the caller answers once it was read. False: @invocation was refused. @keys: a{ss}. */
bool ib_bus_settings_change (const IbService *service, GVariant *keys, GDBusMethodInvocation *invocation);
bool ib_bus_settings_add_account (const IbService *service, const char *name, GVariant *keys,
                                  GDBusMethodInvocation *invocation);
bool ib_bus_settings_change_account (const IbService *service, const char *account, GVariant *keys,
                                     GDBusMethodInvocation *invocation);
bool ib_bus_settings_remove_account (const IbService *service, const char *name,
                                     GDBusMethodInvocation *invocation);
