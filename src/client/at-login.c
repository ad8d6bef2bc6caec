/* at-login.c - has the service run from login on */
#include "at-login.h"
#include "at-login-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

void
ib_at_login_free (IbAtLogin *self)
{
    if (self == NULL)
        return;
    g_free (self->file);
    g_free (self);
}

static bool
make_folders (const IbPaths *paths, const char *const *folders, GError **error)
{
    g_autoptr (GPtrArray) all = ib_at_login_folders (paths, folders);
    for (guint i = 0; i < all->len; i++) {
        if (g_mkdir_with_parents (all->pdata[i], 0700) != 0) {
            g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), _ ("%s cannot be made: %s"),
                         (const char *) all->pdata[i], g_strerror (errno));
            return false;
        }
    }
    return true;
}

GPtrArray *
ib_at_login_folders (const IbPaths *paths, const char *const *folders)
{
    GPtrArray *all = g_ptr_array_new ();
    g_ptr_array_add (all, paths->config);
    g_ptr_array_add (all, paths->state);
    g_ptr_array_add (all, paths->cache);
    for (const char *const *folder = folders; *folder != NULL; folder++)
        g_ptr_array_add (all, (gpointer) *folder);
    return all;
}

IbAtLogin *
ib_at_login_look (const IbPaths *paths, const char *const *folders)
{
    IbAtLogin *self = g_new0 (IbAtLogin, 1);
    g_autoptr (GDBusConnection) manager = ib_at_login_unit_find ();
    self->way = manager != NULL ? IB_AT_LOGIN_SYSTEMD : IB_AT_LOGIN_AUTOSTART;
    if (manager != NULL)
        ib_at_login_unit_look (manager, paths, folders, self);
    else
        ib_at_login_entry_look (self);
    if (!self->is_running)
        ib_at_login_process_look (paths, self);
    return self;
}

bool
ib_at_login_enable (const IbPaths *paths, const char *const *folders, GError **error)
{
    g_autoptr (GDBusConnection) manager = ib_at_login_unit_find ();
    if (!make_folders (paths, folders, error))
        return false;
    if (manager == NULL)
        return ib_at_login_entry_write (error) && ib_at_login_process_start (paths, error);
    return ib_at_login_entry_remove (error) && ib_at_login_unit_enable (manager, paths, folders, error);
}

bool
ib_at_login_disable (const IbPaths *paths, GError **error)
{
    g_autoptr (GDBusConnection) manager = ib_at_login_unit_find ();
    return ib_at_login_entry_remove (error) && (manager == NULL || ib_at_login_unit_disable (manager, error))
           && ib_at_login_process_stop (paths, error);
}
