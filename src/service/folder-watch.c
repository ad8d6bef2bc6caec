/* folder-watch.c - tells when somebody else's hand changed the Maildir
 *
 * One source: the inotify descriptor, and a time at which it is ready by itself. While a move waits to be told of, the descriptor
 * is left alone: its queue is emptied when the time has come, so that ten thousand moves wake nobody ten thousand times. */
#include "folder-watch.h"
#include "fault.h"
#include "folder-role.h"
#include "maildir.h"

#include <dirent.h>
#include <errno.h>
#include <glib/gi18n-lib.h>
#include <limits.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

/* A quarter of the system's limit; the rest is for the user's other programs. */
#define OUR_SHARE 4
#define WATCHES_MOST 8192
#define WATCHES_UNKNOWN 2048
#define LIMIT_FILE "/proc/sys/fs/inotify/max_user_watches"

#define QUIET_MS 2000
#define LATEST_MS 30000
/* Directories that are visited before others have their turn. */
#define VISITED_TOGETHER 200
/* Levels of folders: more than a name of the longest kind can have. */
#define DEEPEST_LEVEL 100

#define MAIL_EVENTS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define LEVEL_EVENTS (MAIL_EVENTS | IN_MOVE_SELF)
#define HOW (IN_ONLYDIR | IN_DONT_FOLLOW)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

/* A directory that is watched. */
typedef struct {
    char *folder; /* its folder's path below the Maildir, "" for the INBOX */
    bool is_mail; /* its cur/ or new/; else itself */
} Spot;

struct _IbFolderWatch {
    char *path;
    IbLayout layout;
    IbFolderWatchLimits limits;
    const IbFolderWatchEvents *events;
    gpointer user_data;

    GSource *source;
    int fd; /* -1: there is none */
    gpointer tag;
    GHashTable *spots; /* number of the watch → Spot */
    GQueue *to_visit;  /* char*: directories below the Maildir whose watch does not stand yet */
    int top;           /* the Maildir's watch; -1: it is not there */
    bool is_whole, was_told_of;

    /* Microseconds of the monotonic clock; 0: nothing. */
    gint64 changed_at,
        moved_at;    /* the first change that is not told of yet, and the last of the moves among them */
    bool is_overdue; /* to be told of as soon as all is watched */
    bool is_stale;   /* what is watched is not what is there: all is begun anew */

    /* The last file that left a folder, until it is known where it went. */
    guint32 cookie;
    char *left;
};

static void
spot_free (gpointer pointer)
{
    Spot *self = pointer;
    g_free (self->folder);
    g_free (self);
}

/* --- what was seen ---------------------------------------------------------------------------------------------- */

static void
note_change (IbFolderWatch *self)
{
    if (self->changed_at == 0)
        self->changed_at = g_get_monotonic_time ();
}

static void
note_move (IbFolderWatch *self)
{
    note_change (self);
    self->moved_at = g_get_monotonic_time ();
}

/* Events were lost, or directories went where nobody follows them. */
static void
note_stale (IbFolderWatch *self)
{
    note_move (self);
    self->is_stale = true;
}

/* --- watching --------------------------------------------------------------------------------------------------- */

/* 8192 of 32768; or what little there is. */
static guint
share_of_system (void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents (LIMIT_FILE, &text, NULL, NULL))
        return WATCHES_UNKNOWN;
    guint64 most = g_ascii_strtoull (text, NULL, 10) / OUR_SHARE;
    return (guint) CLAMP (most, 1, WATCHES_MOST);
}

static void
say_partial (IbFolderWatch *self, const char *why)
{
    self->is_whole = false;
    if (self->was_told_of)
        return;
    self->was_told_of = true;
    g_autofree char *text = g_strdup_printf (
        _ ("Not all mail folders can be watched (%s): what you move there is learned from at the next poll"),
        why);
    self->events->notice (text, self->user_data);
}

static void
say_no_room (IbFolderWatch *self)
{
    guint used = g_hash_table_size (self->spots);
    g_autofree char *why
        = g_strdup_printf (ngettext ("%u watch is in use; see fs.inotify.max_user_watches",
                                     "%u watches are in use; see fs.inotify.max_user_watches", used),
                           used);
    say_partial (self, why);
}

static int
add_watch (IbFolderWatch *self, const char *path, guint32 events)
{
    if (g_hash_table_size (self->spots) >= self->limits.watches)
        errno = ENOSPC;
    else if ((errno = ib_fault ("watch.add")) == 0)
        return inotify_add_watch (self->fd, path, events | HOW);
    return -1;
}

/* False: it is not there; or there is no room, which is said. */
static bool
watch (IbFolderWatch *self, const char *folder, const char *part, int *out_number)
{
    g_autofree char *path = g_build_filename (self->path, folder, part, NULL);
    int number = add_watch (self, path, part != NULL ? MAIL_EVENTS : LEVEL_EVENTS);
    if (number < 0) {
        if (errno == ENOSPC || errno == ENOMEM)
            say_no_room (self);
        else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
            say_partial (self, g_strerror (errno));
        return false;
    }
    Spot *spot = g_new (Spot, 1);
    *spot = (Spot){ g_strdup (folder), part != NULL };
    g_hash_table_insert (self->spots, GINT_TO_POINTER (number), spot);
    if (out_number != NULL)
        *out_number = number;
    return true;
}

/* --- which directories ------------------------------------------------------------------------------------------ */

static bool
is_part (const char *name)
{
    return strcmp (name, "cur") == 0 || strcmp (name, "new") == 0;
}

static bool
is_level (const IbFolderWatch *self, const char *name)
{
    if (self->layout == IB_LAYOUT_MAILDIRPP)
        return name[0] == '.' && name[1] != '\0' && strcmp (name, "..") != 0;
    return name[0] != '.' && !is_part (name) && strcmp (name, "tmp") != 0;
}

static guint
level_of (const char *folder)
{
    guint level = *folder != '\0' ? 1 : 0;
    for (const char *at = folder; *at != '\0'; at++)
        level += *at == '/' ? 1 : 0;
    return level;
}

/* Junk first: if not all can be watched, then what matters. */
static void
visit_later (IbFolderWatch *self, const char *above, const char *name)
{
    char *folder = *above != '\0' ? g_strconcat (above, "/", name, NULL) : g_strdup (name);
    if (ib_folder_role (name + (*name == '.' ? 1 : 0)) == IB_ROLE_JUNK)
        g_queue_push_head (self->to_visit, folder);
    else
        g_queue_push_tail (self->to_visit, folder);
}

static void
find_levels (IbFolderWatch *self, const char *folder)
{
    g_autofree char *path = g_build_filename (self->path, folder, NULL);
    g_autoptr (DIR) directory = opendir (path);
    const struct dirent *entry;
    while (directory != NULL && (entry = readdir (directory)) != NULL)
        if ((entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && is_level (self, entry->d_name))
            visit_later (self, folder, entry->d_name);
}

/* Where folders may come to be: watched before it is read, so that none is missed. */
static void
visit_level (IbFolderWatch *self, const char *folder)
{
    bool is_top = *folder == '\0';
    bool is_watched = watch (self, folder, NULL, is_top ? &self->top : NULL);
    if (is_watched && (is_top || (self->layout == IB_LAYOUT_FS && level_of (folder) < DEEPEST_LEVEL)))
        find_levels (self, folder);
}

/* In maildir++ a folder is watched as a whole only as long as its parts are missing. */
static void
visit (IbFolderWatch *self, const char *folder)
{
    bool has_levels = *folder == '\0' || self->layout == IB_LAYOUT_FS;
    if (has_levels)
        visit_level (self, folder);
    bool has_parts = watch (self, folder, "cur", NULL);
    has_parts = watch (self, folder, "new", NULL) && has_parts;
    if (has_parts || has_levels || !watch (self, folder, NULL, NULL))
        return;
    (void) watch (self, folder, "cur", NULL); /* it may have come meanwhile */
    (void) watch (self, folder, "new", NULL);
}

static void
visit_some (IbFolderWatch *self)
{
    for (guint i = 0; i < VISITED_TOGETHER && self->fd >= 0; i++) {
        g_autofree char *folder = g_queue_pop_head (self->to_visit);
        if (folder == NULL)
            return;
        visit (self, folder);
    }
}

/* --- beginning, and beginning anew ------------------------------------------------------------------------------ */

static void
stop (IbFolderWatch *self)
{
    if (self->tag != NULL)
        g_source_remove_unix_fd (self->source, self->tag);
    self->tag = NULL;
    if (self->fd >= 0)
        (void) close (self->fd);
    self->fd = self->top = -1;
    g_hash_table_remove_all (self->spots);
    g_queue_clear_full (self->to_visit, g_free);
    g_clear_pointer (&self->left, g_free);
}

static void
start (IbFolderWatch *self)
{
    stop (self);
    self->is_whole = true;
    self->is_stale = false;
    self->changed_at = self->moved_at = 0;
    self->is_overdue = true; /* what came before the watch stands */
    self->fd = inotify_init1 (IN_NONBLOCK | IN_CLOEXEC);
    if (self->fd < 0) {
        say_partial (self, g_strerror (errno));
        return;
    }
    self->tag = g_source_add_unix_fd (self->source, self->fd, G_IO_IN);
    g_queue_push_tail (self->to_visit, g_strdup (""));
}

/* --- events ----------------------------------------------------------------------------------------------------- */

static bool
is_ours (const char *name)
{
    char id[IB_ID_LENGTH + 1];
    return ib_maildir_read_name (name, id, NULL);
}

/* Nobody said where the last file went that left a folder: it left. */
static void
settle_departure (IbFolderWatch *self)
{
    if (self->left != NULL)
        note_move (self);
    g_clear_pointer (&self->left, g_free);
}

static void
note_arrival (IbFolderWatch *self, const Spot *spot, const struct inotify_event *event)
{
    bool is_pair = self->left != NULL && event->cookie != 0 && event->cookie == self->cookie;
    bool is_same_folder = is_pair && strcmp (self->left, spot->folder) == 0;
    if (is_same_folder) {
        g_clear_pointer (&self->left, g_free);
        note_change (self); /* read, answered, flagged */
        return;
    }
    settle_departure (self);
    if (!is_ours (event->name))
        note_move (self);
}

static void
note_mail (IbFolderWatch *self, const Spot *spot, const struct inotify_event *event)
{
    if ((event->mask & IN_ISDIR) != 0 || event->name[0] == '.')
        return;
    if ((event->mask & (IN_CREATE | IN_MOVED_TO)) != 0) {
        note_arrival (self, spot, event);
        return;
    }
    settle_departure (self);
    if ((event->mask & IN_MOVED_FROM) != 0) {
        self->left = g_strdup (spot->folder);
        self->cookie = event->cookie;
    } else {
        note_move (self);
    }
}

/* A folder that comes is visited, and told of then. Watches of one that moves away would go with it. */
static void
note_level (IbFolderWatch *self, const Spot *spot, const struct inotify_event *event)
{
    bool comes = (event->mask & (IN_CREATE | IN_MOVED_TO)) != 0;
    if ((event->mask & IN_ISDIR) == 0)
        return;
    if (is_part (event->name)) {
        if (comes)
            g_queue_push_tail (self->to_visit, g_strdup (spot->folder));
        note_move (self);
    } else if (is_level (self, event->name)) {
        if (comes)
            visit_later (self, spot->folder, event->name);
        else if ((event->mask & IN_MOVED_FROM) != 0)
            self->is_stale = true;
        note_move (self);
    }
}

/* The kernel watches it no more: it is gone. */
static void
forget (IbFolderWatch *self, int number)
{
    g_hash_table_remove (self->spots, GINT_TO_POINTER (number));
    if (number == self->top) {
        self->top = -1;
        self->is_whole = false;
    }
    note_move (self);
}

static void
note_event (IbFolderWatch *self, const struct inotify_event *event)
{
    if ((event->mask & IN_Q_OVERFLOW) != 0) {
        note_stale (self);
        return;
    }
    const Spot *spot = g_hash_table_lookup (self->spots, GINT_TO_POINTER (event->wd));
    if (spot == NULL)
        return;
    if ((event->mask & (IN_IGNORED | IN_UNMOUNT)) != 0)
        forget (self, event->wd);
    else if (event->wd == self->top && (event->mask & IN_MOVE_SELF) != 0)
        note_stale (self);
    else if (event->len > 0 && spot->is_mail)
        note_mail (self, spot, event);
    else if (event->len > 0)
        note_level (self, spot, event);
}

/* One reading. False: nothing is left, or no more can be read. */
static bool
read_some (IbFolderWatch *self)
{
    _Alignas(struct inotify_event) char buffer[32 * 1024];
    errno = ib_fault ("watch.read");
    gssize length = errno == 0 ? read (self->fd, buffer, sizeof buffer) : -1;
    if (length < 0 && errno == EINTR)
        return true;
    if (length < 0 && errno != EAGAIN)
        note_stale (self);
    for (gssize at = 0; at < length;) {
        const struct inotify_event *event = (const struct inotify_event *) (gconstpointer) (buffer + at);
        note_event (self, event);
        at += (gssize) (sizeof *event + event->len);
    }
    return length > 0;
}

static void
read_all (IbFolderWatch *self)
{
    while (self->fd >= 0 && !self->is_stale && read_some (self))
        ;
    settle_departure (self);
}

/* --- when to tell ----------------------------------------------------------------------------------------------- */

static gint64
due_at (const IbFolderWatch *self)
{
    if (self->changed_at == 0)
        return -1;
    gint64 latest = self->changed_at + self->limits.latest_ms * G_GINT64_CONSTANT (1000);
    gint64 quiet = self->moved_at + self->limits.quiet_ms * G_GINT64_CONSTANT (1000);
    return self->moved_at != 0 ? MIN (quiet, latest) : latest;
}

static bool
has_time_come (const IbFolderWatch *self)
{
    return self->changed_at != 0 && g_get_monotonic_time () >= due_at (self);
}

/* What comes while a move waits is read when the time has come. */
static void
arm (IbFolderWatch *self)
{
    bool has_work = !self->is_stale && (self->is_overdue || !g_queue_is_empty (self->to_visit));
    if (self->tag != NULL)
        g_source_modify_unix_fd (self->source, self->tag, self->moved_at != 0 ? 0 : G_IO_IN);
    g_source_set_ready_time (self->source, has_work ? 0 : due_at (self));
}

/* True: all that is to be watched is, and it is time to tell. However often events are lost, no more is done about it than
 * once in a quiet time. */
static bool
look (IbFolderWatch *self)
{
    read_all (self);
    if (self->is_stale && !has_time_come (self))
        return false;
    if (self->is_stale)
        start (self);
    visit_some (self);
    return g_queue_is_empty (self->to_visit) && (self->is_overdue || has_time_come (self));
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
    IbFolderWatch *self = user_data;
    bool tells = look (self);
    if (tells) {
        self->is_overdue = false;
        self->changed_at = self->moved_at = 0;
    }
    arm (self);
    if (tells)
        self->events->changed (self->user_data); /* may free us */
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = { .dispatch = dispatch };

/* --- public ----------------------------------------------------------------------------------------------------- */

IbFolderWatch *
ib_folder_watch_new (const char *maildir, IbLayout layout, const IbFolderWatchLimits *limits,
                     const IbFolderWatchEvents *events, gpointer user_data)
{
    const IbFolderWatchLimits none = { 0 };
    IbFolderWatch *self = g_new0 (IbFolderWatch, 1);
    const IbFolderWatchLimits *wanted = limits != NULL ? limits : &none;
    self->path = g_strdup (maildir);
    self->layout = layout;
    self->limits.watches = wanted->watches != 0 ? wanted->watches : share_of_system ();
    self->limits.quiet_ms = wanted->quiet_ms != 0 ? wanted->quiet_ms : QUIET_MS;
    self->limits.latest_ms = wanted->latest_ms != 0 ? wanted->latest_ms : LATEST_MS;
    self->events = events;
    self->user_data = user_data;
    self->fd = self->top = -1;
    self->spots = g_hash_table_new_full (NULL, NULL, NULL, spot_free);
    self->to_visit = g_queue_new ();
    self->source = g_source_new (&functions, sizeof (GSource));
    g_source_set_callback (self->source, NULL, self, NULL);
    g_source_set_static_name (self->source, "folder-watch");
    start (self);
    arm (self);
    g_source_attach (self->source, g_main_context_get_thread_default ());
    return self;
}

void
ib_folder_watch_polled (IbFolderWatch *self)
{
    if (ib_folder_watch_is_whole (self))
        return;
    if (self->top < 0 && g_queue_is_empty (self->to_visit))
        start (self);
    self->is_overdue = true;
    arm (self);
}

bool
ib_folder_watch_is_whole (const IbFolderWatch *self)
{
    return self->is_whole && self->top >= 0 && g_queue_is_empty (self->to_visit);
}

guint
ib_folder_watch_count (const IbFolderWatch *self)
{
    return g_hash_table_size (self->spots);
}

void
ib_folder_watch_free (IbFolderWatch *self)
{
    if (self == NULL)
        return;
    stop (self);
    g_source_destroy (self->source);
    g_source_unref (self->source);
    g_hash_table_unref (self->spots);
    g_queue_free (self->to_visit);
    g_free (self->path);
    g_free (self);
}
