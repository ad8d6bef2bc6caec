/* config-watch.c - tells when the configuration of a home was changed */
#include "config-watch.h"
#include "fs.h"

#include <gio/gio.h>

#define QUIET_MS 400

struct _IbConfigWatch {
    GPtrArray *folders; /* char *: where there is one, it is watched */
    GPtrArray *monitors;
    void (*changed) (gpointer user_data);
    gpointer user_data;
    guint quiet; /* the timer after the last change; 0: none */
};

static void look (IbConfigWatch *self);

static gboolean
on_quiet (gpointer user_data)
{
    IbConfigWatch *self = user_data;
    self->quiet = 0;
    look (self); /* a folder may have come, or be another of the same name */
    self->changed (self->user_data);
    return G_SOURCE_REMOVE;
}

static void
wait_for_quiet (IbConfigWatch *self)
{
    if (self->quiet != 0)
        g_source_remove (self->quiet);
    self->quiet = g_timeout_add (QUIET_MS, on_quiet, self);
}

static void
on_change (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user_data)
{
    g_autofree char *name = g_file_get_basename (file);
    /* What editors and atomic writing put beside a file before it takes its place. */
    if (event == G_FILE_MONITOR_EVENT_RENAMED || (*name != '.' && !g_str_has_suffix (name, "~")))
        wait_for_quiet (user_data);
}

/* Much of other programs happens there. */
static void
on_change_above (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                 gpointer user_data)
{
    IbConfigWatch *self = user_data;
    if (g_file_test (self->folders->pdata[0], G_FILE_TEST_IS_DIR))
        wait_for_quiet (self);
}

static void
drop_monitor (gpointer monitor)
{
    (void) g_file_monitor_cancel (monitor);
    g_object_unref (monitor);
}

/* GLib would look every few seconds for one that is missing; the folder above it tells when it comes. */
static bool
watch (IbConfigWatch *self, const char *path, GCallback changed)
{
    if (!g_file_test (path, G_FILE_TEST_IS_DIR))
        return false;
    g_autoptr (GFile) folder = g_file_new_for_path (path);
    GFileMonitor *monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
    if (monitor == NULL)
        return true; /* then SIGHUP, or a new start, reads it anew */
    g_signal_connect (monitor, "changed", changed, self);
    g_ptr_array_add (self->monitors, monitor);
    return true;
}

/* The whole of it may be away: exchanged for another, brought back from a backup. */
static void
look (IbConfigWatch *self)
{
    g_ptr_array_set_size (self->monitors, 0);
    for (guint i = 0; i < self->folders->len; i++) {
        const char *path = self->folders->pdata[i];
        bool is_there = watch (self, path, G_CALLBACK (on_change));
        g_autofree char *above = i == 0 && !is_there ? g_path_get_dirname (path) : NULL;
        if (above != NULL)
            (void) watch (self, above, G_CALLBACK (on_change_above));
    }
}

IbConfigWatch *
ib_config_watch_new (const IbPaths *paths, void (*changed) (gpointer user_data), gpointer user_data)
{
    IbConfigWatch *self = g_new0 (IbConfigWatch, 1);
    self->folders = g_ptr_array_new_with_free_func (g_free);
    self->monitors = g_ptr_array_new_with_free_func (drop_monitor);
    self->changed = changed;
    self->user_data = user_data;
    const char *const folders[]
        = { paths->config, paths->accounts, paths->filters, paths->providers, paths->oauth_clients };
    for (gsize i = 0; i < G_N_ELEMENTS (folders); i++)
        g_ptr_array_add (self->folders, g_strdup (folders[i]));
    g_ptr_array_add (self->folders, g_build_filename (paths->filters, "lists", NULL));
    (void) ib_fs_make_folder (paths->config, NULL);
    look (self);
    return self;
}

void
ib_config_watch_free (IbConfigWatch *self)
{
    if (self == NULL)
        return;
    if (self->quiet != 0)
        g_source_remove (self->quiet);
    g_ptr_array_unref (self->monitors);
    g_ptr_array_unref (self->folders);
    g_free (self);
}
