/* at-login-private.h - the two ways of running at login, and the process itself */
#pragma once

#include "at-login.h"

/* All that the service writes to. Elements are borrowed. */
GPtrArray *ib_at_login_folders (const IbPaths *paths, const char *const *folders);

/* --- systemd: at-login-unit.c -------------------------------------------------------------------------------- */

/* The user's systemd, if it knows the service's unit. Returns: (transfer full) (nullable) */
GDBusConnection *ib_at_login_unit_find (void);
void ib_at_login_unit_look (GDBusConnection *manager, const IbPaths *paths, const char *const *folders,
                            IbAtLogin *out_now);
bool ib_at_login_unit_enable (GDBusConnection *manager, const IbPaths *paths, const char *const *folders,
                              GError **error);
bool ib_at_login_unit_disable (GDBusConnection *manager, GError **error);

/* --- autostart: at-login-entry.c ----------------------------------------------------------------------------- */

void ib_at_login_entry_look (IbAtLogin *out_now);
bool ib_at_login_entry_write (GError **error);
bool ib_at_login_entry_remove (GError **error);

/* --- the process itself, where nobody else minds it: at-login-process.c -------------------------------------- */

void ib_at_login_process_look (const IbPaths *paths, IbAtLogin *out_now);
/* One that runs already is no error. */
bool ib_at_login_process_start (const IbPaths *paths, GError **error);
bool ib_at_login_process_stop (const IbPaths *paths, GError **error);
