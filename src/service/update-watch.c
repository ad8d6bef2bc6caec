/* update-watch.c - tells when the programs of this service were replaced, as an update does it */
#include "update-watch.h"

#include "paths.h"

#include <gio/gio.h>
#include <sys/stat.h>

enum { SERVICE, FETCH, FILTER, PROGRAMS };

typedef struct {
    char *path; /* NULL: it is not watched */
    GFileMonitor *monitor;
    struct stat was;
} Program;

struct _IbUpdateWatch {
    Program programs[PROGRAMS];
    void (*replaced) (gpointer user_data);
    gpointer user_data;
};

static bool
is_another (const struct stat *one, const struct stat *other)
{
    return one->st_dev != other->st_dev || one->st_ino != other->st_ino
           || one->st_mtim.tv_sec != other->st_mtim.tv_sec || one->st_mtim.tv_nsec != other->st_mtim.tv_nsec;
}

static bool
is_replaced (const IbUpdateWatch *self)
{
    bool is_any = false;
    for (gsize i = 0; i < PROGRAMS; i++) {
        struct stat now;
        if (self->programs[i].path == NULL)
            continue;
        if (stat (self->programs[i].path, &now) != 0)
            return false;
        is_any = is_any || is_another (&now, &self->programs[i].was);
    }
    return is_any;
}

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user_data)
{
    IbUpdateWatch *self = user_data;
    if (is_replaced (self))
        self->replaced (self->user_data);
}

/* Takes @path. One that is not there, or cannot be watched, is none of those that may be replaced. */
static void
watch (IbUpdateWatch *self, gsize number, char *path)
{
    Program *program = &self->programs[number];
    if (path == NULL || stat (path, &program->was) != 0) {
        g_free (path);
        return;
    }
    g_autoptr (GFile) file = g_file_new_for_path (path);
    program->path = path;
    program->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
    if (program->monitor != NULL)
        g_signal_connect (program->monitor, "changed", G_CALLBACK (on_changed), self);
}

IbUpdateWatch *
ib_update_watch_new (void (*replaced) (gpointer user_data), gpointer user_data)
{
    IbUpdateWatch *self = g_new0 (IbUpdateWatch, 1);
    self->replaced = replaced;
    self->user_data = user_data;
    watch (self, SERVICE, g_file_read_link ("/proc/self/exe", NULL));
    if (self->programs[SERVICE].path == NULL)
        return self;
    watch (self, FETCH, g_build_filename (ib_paths_libexec (), "inbasket-fetch", NULL));
    watch (self, FILTER, g_build_filename (ib_paths_libexec (), "inbasket-filter", NULL));
    return self;
}

const char *
ib_update_watch_program (const IbUpdateWatch *self)
{
    return self->programs[SERVICE].path;
}

void
ib_update_watch_free (IbUpdateWatch *self)
{
    if (self == NULL)
        return;
    for (gsize i = 0; i < PROGRAMS; i++) {
        if (self->programs[i].monitor != NULL)
            g_signal_handlers_disconnect_by_data (self->programs[i].monitor, self);
        g_clear_object (&self->programs[i].monitor);
        g_free (self->programs[i].path);
    }
    g_free (self);
}
