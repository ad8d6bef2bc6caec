/* at-login.h - has the service run from login on
 *
 * Where the user's systemd knows the service's unit, that unit is enabled, with a drop-in of ours beside it, for what only the
 * settings tell: the folders that the service writes to (all else is read-only to it), and where its home is if it is not
 * in the usual place. Elsewhere a file in the desktop's autostart folder has it started. Never both, so it is never started
 * twice; and all this is for the user's own home only.
 *
 * Everything here blocks, for as long as the service takes to start or to stop. */
#pragma once

#include "paths.h"

#include <gio/gio.h>
#include <stdbool.h>

typedef enum { IB_AT_LOGIN_SYSTEMD, IB_AT_LOGIN_AUTOSTART } IbAtLoginWay;

typedef struct {
    IbAtLoginWay way; /* that fits here */
    bool is_enabled;
    bool is_outdated; /* enabled, but with other folders than these: enable it again */
    bool is_running;
    gint64 since; /* microseconds since 1970; 0: not known */
    guint pid;    /* 0: none, or not known */
    char *file;   /* what was written: the drop-in, or the file in the autostart folder */
} IbAtLogin;

/* @folders: NULL-ended, absolute, those that the service writes to beside its own. Returns: (transfer full) */
IbAtLogin *ib_at_login_look (const IbPaths *paths, const char *const *folders);
void ib_at_login_free (IbAtLogin *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAtLogin, ib_at_login_free)

/* Enables it, and has it run now; one that runs is started again if what it may write to has changed. @folders are made if
 * they are missing. Enabling it again is no error. G_IO_ERROR_BUSY: it is enabled, but cannot be started while another
 * Inbasket works on this home. */
bool ib_at_login_enable (const IbPaths *paths, const char *const *folders, GError **error);
/* Disables it in both ways, and stops it. One that is neither enabled nor running is no error. */
bool ib_at_login_disable (const IbPaths *paths, GError **error);

/* The drop-in's text, for tests. G_IO_ERROR_INVALID_FILENAME: systemd has no way to write such a folder down.
 * Returns: (transfer full) (nullable) */
char *ib_at_login_drop_in (const IbPaths *paths, const char *const *folders, GError **error);
