/* follow.c - waits until something may be other than it was */
#include "follow.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

/* News come in flocks: what comes within it is shown together. */
#define FLOCK_MS 150
/* "2 min ago" grows old, too. */
#define LONGEST_WAIT_MS 60000
/* How often to look for a service where there is none. */
#define SEARCH_US (10 * G_USEC_PER_SEC)

/* What is written there is news. */
typedef struct {
    char *path;    /* absolute */
    char *watched; /* it, or the nearest above it that there is */
    GFileMonitor *monitor;
} Folder;

struct _IbFollow {
    const IbPaths *paths;
    IbClient *service; /* NULL: there is none */
    bool is_gone;      /* it has left; it is let go of when none of its callbacks runs */
    gint64 search_at;  /* monotonic */
    bool has_news, is_due, is_over;
    guint timer;
    guint signals[3];
    Folder folders[3];
};

static gboolean
on_time (gpointer user_data)
{
    IbFollow *self = user_data;
    self->timer = 0;
    self->is_due = true;
    return G_SOURCE_REMOVE;
}

static void
wake_in (IbFollow *self, guint after_ms)
{
    if (self->timer != 0)
        g_source_remove (self->timer);
    self->timer = g_timeout_add (after_ms, on_time, self);
}

static void
hear (IbFollow *self)
{
    if (!self->has_news)
        wake_in (self, FLOCK_MS);
    self->has_news = true;
}

static void
on_account_changed (const char *account, gpointer user_data)
{
    hear (user_data);
}

static void
on_delivered (const IbHeardMessage *message, gpointer user_data)
{
    hear (user_data);
}

static void
on_polled (const IbHeardResult *result, gpointer user_data)
{
    hear (user_data);
}

static void
on_gone (const GError *error, gpointer user_data)
{
    IbFollow *self = user_data;
    self->is_gone = true;
    hear (self);
}

static void
search (IbFollow *self)
{
    static const IbClientEvents events = {
        .account_changed = on_account_changed,
        .delivered = on_delivered,
        .polled = on_polled,
        .gone = on_gone,
    };
    gint64 now = g_get_monotonic_time ();
    if (self->is_gone)
        g_clear_pointer (&self->service, ib_client_free);
    self->is_gone = false;
    if (self->service != NULL || now < self->search_at)
        return;
    self->search_at = now + SEARCH_US;
    self->service = ib_client_find (self->paths, NULL);
    if (self->service != NULL && !ib_client_listen (self->service, &events, self, NULL))
        g_clear_pointer (&self->service, ib_client_free);
}

/* --- files --------------------------------------------------------------------------------------------------------------- */

/* Looking at the journal makes and removes files beside it, but writes none. */
static bool
tells_of_journal (const char *name, GFileMonitorEvent event)
{
    if (strcmp (name, "journal.db-wal") == 0)
        return event == G_FILE_MONITOR_EVENT_CHANGED;
    return strcmp (name, "journal.db") == 0
           && (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_CREATED);
}

static bool
tells_of_configuration (const char *name, GFileMonitorEvent event)
{
    return g_str_has_suffix (name, ".conf")
           && (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_CREATED
               || event == G_FILE_MONITOR_EVENT_DELETED);
}

/* On the way to a folder that is not there yet. */
static bool
tells_of_way (const char *path, const char *folder, GFileMonitorEvent event)
{
    gsize length = strlen (path);
    return event == G_FILE_MONITOR_EVENT_CREATED && strncmp (folder, path, length) == 0
           && (folder[length] == '/' || folder[length] == '\0');
}

static void
on_file (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer user_data)
{
    IbFollow *self = user_data;
    g_autofree char *path = g_file_get_path (file);
    g_autofree char *name = g_file_get_basename (file);
    bool is_news = tells_of_journal (name, event) || tells_of_configuration (name, event);
    for (gsize i = 0; i < G_N_ELEMENTS (self->folders); i++)
        is_news = is_news || tells_of_way (path, self->folders[i].path, event);
    if (is_news)
        hear (self);
}

/* @path, or what there is of the way to it. Returns: (transfer full) */
static char *
nearest_folder (const char *path)
{
    char *folder = g_strdup (path);
    while (!g_file_test (folder, G_FILE_TEST_IS_DIR) && strcmp (folder, "/") != 0) {
        char *parent = g_path_get_dirname (folder);
        g_free (folder);
        folder = parent;
    }
    return folder;
}

static void
stop_watching (Folder *self)
{
    if (self->monitor != NULL)
        (void) g_file_monitor_cancel (self->monitor);
    g_clear_object (&self->monitor);
    g_clear_pointer (&self->watched, g_free);
}

/* Before anybody looks: what is written from then on is seen. */
static void
watch_folders (IbFollow *self)
{
    for (gsize i = 0; i < G_N_ELEMENTS (self->folders); i++) {
        Folder *folder = &self->folders[i];
        g_autofree char *nearest = nearest_folder (folder->path);
        if (g_strcmp0 (nearest, folder->watched) == 0)
            continue;
        stop_watching (folder);
        g_autoptr (GFile) file = g_file_new_for_path (nearest);
        folder->monitor = g_file_monitor_directory (file, G_FILE_MONITOR_NONE, NULL, NULL);
        folder->watched = g_steal_pointer (&nearest);
        if (folder->monitor != NULL)
            g_signal_connect (folder->monitor, "changed", G_CALLBACK (on_file), self);
    }
}

/* --- signals ------------------------------------------------------------------------------------------------------------- */

static gboolean
on_end (gpointer user_data)
{
    IbFollow *self = user_data;
    self->is_over = true;
    return G_SOURCE_CONTINUE;
}

static gboolean
on_resize (gpointer user_data)
{
    hear (user_data);
    return G_SOURCE_CONTINUE;
}

/* --- waiting ------------------------------------------------------------------------------------------------------------- */

IbFollow *
ib_follow_new (const IbPaths *paths)
{
    IbFollow *self = g_new0 (IbFollow, 1);
    self->paths = paths;
    self->signals[0] = g_unix_signal_add (SIGINT, on_end, self);
    self->signals[1] = g_unix_signal_add (SIGTERM, on_end, self);
    self->signals[2] = g_unix_signal_add (SIGWINCH, on_resize, self);
    self->folders[0].path = g_canonicalize_filename (paths->state, NULL);
    self->folders[1].path = g_canonicalize_filename (paths->config, NULL);
    self->folders[2].path = g_canonicalize_filename (paths->accounts, NULL);
    watch_folders (self);
    return self;
}

void
ib_follow_free (IbFollow *self)
{
    if (self == NULL)
        return;
    ib_client_free (self->service);
    g_clear_handle_id (&self->timer, g_source_remove);
    for (gsize i = 0; i < G_N_ELEMENTS (self->signals); i++)
        g_source_remove (self->signals[i]);
    for (gsize i = 0; i < G_N_ELEMENTS (self->folders); i++) {
        stop_watching (&self->folders[i]);
        g_free (self->folders[i].path);
    }
    g_free (self);
}

IbClient *
ib_follow_service (IbFollow *self)
{
    search (self);
    return self->service;
}

bool
ib_follow_wait (IbFollow *self)
{
    search (self);
    wake_in (self, self->has_news ? FLOCK_MS : LONGEST_WAIT_MS);
    self->is_due = false;
    while (!self->is_due && !self->is_over)
        (void) g_main_context_iteration (NULL, TRUE);
    self->has_news = false;
    watch_folders (self);
    return !self->is_over;
}
