/* import-mbsync-state.c - what mbsync has fetched, as its state files have it */
#include "import-mbsync.h"
#include "import-private.h"
#include "import-words.h"
#include "server-limits.h"

#include <string.h>

void
ib_mbsync_channel_free (IbMbsyncChannel *self)
{
    if (self == NULL)
        return;
    g_free (self->far_store);
    g_free (self->near_store);
    g_free (self->far_box);
    g_free (self->near_box);
    g_free (self->remote_path);
    g_free (self->state);
    g_free (self->path);
    g_free (self->inbox);
    g_free (self->subfolders);
    g_free (self->flatten);
    g_free (self);
}

/* --- one state -------------------------------------------------------------------------------------------------------------- */

static bool
read_number (const char **at, guint32 *out_number)
{
    char *end;
    if (!g_ascii_isdigit (**at))
        return false;
    guint64 number = g_ascii_strtoull (*at, &end, 10);
    *at = end;
    *out_number = (guint32) MIN (number, G_MAXUINT32);
    return number <= G_MAXUINT32;
}

/* head = word SP number */
static void
read_head (const char *line, IbImportMailbox *mailbox)
{
    const char *number = strchr (line, ' ');
    guint32 value;
    if (number == NULL)
        return;
    number++;
    if (!read_number (&number, &value))
        return;
    if (g_str_has_prefix (line, "FarUidValidity ") || g_str_has_prefix (line, "MasterUidValidity "))
        mailbox->uidvalidity = value;
    else if (g_str_has_prefix (line, "MaxPulledUid "))
        mailbox->low_water = value;
}

/* pair = far-uid SP near-uid SP flags */
static bool
read_pair (const char *line, IbImportMailbox *mailbox, guint32 *highest)
{
    guint32 far, near;
    if (!read_number (&line, &far) || *line++ != ' ' || !read_number (&line, &near))
        return false;
    bool was_fetched = near > 0 ? strchr (line, '>') == NULL : strpbrk (line, "~X") != NULL;
    *highest = MAX (*highest, far);
    if (far == 0)
        return true; /* it was never on the server, or is there no more */
    if (!was_fetched && far <= mailbox->low_water)
        g_array_append_val (mailbox->open, far);
    else if (was_fetched && far > mailbox->low_water)
        g_array_append_val (mailbox->done, far);
    return true;
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
    return x < y ? -1 : x > y;
}

bool
ib_mbsync_state_parse (const char *text, IbImportMailbox *mailbox)
{
    IbImportLines lines = { text, 0 };
    guint32 highest = 0;
    bool is_in_head = true, is_good = g_str_has_suffix (text, "\n"); /* else it was cut off */
    char *line;
    while (is_good && (line = ib_import_lines_next (&lines)) != NULL) {
        if (*line == '\0')
            is_in_head = false;
        else if (is_in_head)
            read_head (line, mailbox);
        else
            is_good = read_pair (line, mailbox, &highest);
        g_free (line);
    }
    /* No number alone makes mail that is still to come seem fetched. */
    mailbox->low_water = MIN (mailbox->low_water, highest);
    g_array_sort (mailbox->done, compare);
    g_array_sort (mailbox->open, compare);
    return is_good && mailbox->uidvalidity > 0 && (mailbox->low_water > 0 || mailbox->done->len > 0);
}

/* --- which folder of the server it is about ---------------------------------------------------------------------------------- */

static void
add_copy (IbImported *account, const IbImportMailbox *state, const char *name)
{
    for (guint i = 0; i < account->mailboxes->len; i++)
        if (strcmp (((const IbImportMailbox *) account->mailboxes->pdata[i])->name, name) == 0)
            return;
    IbImportMailbox *copy = ib_imported_add_mailbox (account, name, state->uidvalidity);
    copy->low_water = state->low_water;
    g_array_append_vals (copy->done, state->done->data, state->done->len);
    g_array_append_vals (copy->open, state->open->data, state->open->len);
}

/* @box has "/" between its levels; what the server has there is known to it alone, if the configuration does not say it.
 * So it is noted for all that it may be called: with one name too many no mail is lost, since nothing is there. */
static void
add_state (const IbMbsyncChannel *channel, const IbImportMailbox *state, const char *box)
{
    if (g_ascii_strcasecmp (box, "INBOX") == 0) {
        add_copy (channel->account, state, "INBOX");
        return;
    }
    const char delimiters[] = { channel->delimiter != '\0' ? channel->delimiter : '/', '.' };
    for (gsize i = 0; i < (channel->delimiter != '\0' ? 1 : G_N_ELEMENTS (delimiters)); i++) {
        g_autofree char *below = g_strdelimit (g_strdup (box), "/", delimiters[i]);
        g_autofree char *name = g_strconcat (channel->remote_path, below, NULL);
        g_autofree char *spaced = g_strdup_printf ("INBOX%c%s", delimiters[i], below);
        add_copy (channel->account, state, name);
        if (channel->has_namespace)
            add_copy (channel->account, state, spaced);
    }
}

static void
read_state (const IbMbsyncChannel *channel, const char *path, const char *box)
{
    gsize length;
    g_autofree char *text = NULL;
    if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, &length, NULL)
        || length > IB_LIMIT_IMPORT_STATE_BYTES || strlen (text) != length)
        return;
    IbImportMailbox *state = ib_import_mailbox_new (box, 0);
    if (ib_mbsync_state_parse (text, state))
        add_state (channel, state, box);
    ib_import_mailbox_free (state);
}

/* The server's folder behind the near one @near: what stands in front differs. NULL: it is none of the channel's. */
static char *
far_of (const IbMbsyncChannel *channel, const char *near)
{
    if (!channel->has_patterns) {
        const char *own = *channel->near_box != '\0' ? channel->near_box : "INBOX";
        bool is_own = strcmp (near, own) == 0;
        return is_own ? g_strdup (*channel->far_box != '\0' ? channel->far_box : "INBOX") : NULL;
    }
    if (!g_str_has_prefix (near, channel->near_box))
        return NULL;
    return g_strconcat (channel->far_box, near + strlen (channel->near_box), NULL);
}

/* --- states in the folders ("SyncState *") ------------------------------------------------------------------------------------ */

/* One tree of folders; @depth grows with each level. */
typedef struct {
    const IbMbsyncChannel *channel;
    const char *hidden; /* what stands in front of the names of folders below others: "" or "." */
    guint folders;
} Walk;

static void
read_folder (const Walk *self, const char *path, const char *near)
{
    g_autofree char *file = g_build_filename (path, ".mbsyncstate", NULL);
    g_autofree char *flat = NULL;
    if (*self->channel->flatten != '\0' && *near != '\0') {
        g_auto (GStrv) levels = g_strsplit (near, self->channel->flatten, -1);
        flat = g_strjoinv ("/", levels);
    }
    g_autofree char *far = far_of (self->channel, flat != NULL ? flat : near);
    if (far != NULL)
        read_state (self->channel, file, far);
}

static void
walk (Walk *self, const char *path, const char *near, guint depth)
{
    g_autoptr (GDir) dir = depth < IB_LIMIT_IMPORT_DEPTH ? g_dir_open (path, 0, NULL) : NULL;
    const char *name;
    while (dir != NULL && self->folders < IB_LIMIT_IMPORT_FOLDERS && (name = g_dir_read_name (dir)) != NULL) {
        const char *front = depth > 0 ? self->hidden : "";
        g_autofree char *below = g_build_filename (path, name, NULL);
        bool is_part = g_strv_contains ((const char *const[]){ "cur", "new", "tmp", NULL }, name);
        if (is_part || !g_str_has_prefix (name, front) || !g_file_test (below, G_FILE_TEST_IS_DIR)
            || g_file_test (below, G_FILE_TEST_IS_SYMLINK))
            continue;
        const char *level = name + strlen (front);
        g_autofree char *box = *near != '\0' ? g_strconcat (near, "/", level, NULL) : g_strdup (level);
        self->folders++;
        read_folder (self, below, box);
        walk (self, below, box, depth + 1);
    }
}

/* "Inbox/.a.b" */
static void
walk_maildirpp (Walk *self, const char *inbox)
{
    g_autoptr (GDir) dir = g_dir_open (inbox, 0, NULL);
    const char *name;
    while (dir != NULL && self->folders < IB_LIMIT_IMPORT_FOLDERS && (name = g_dir_read_name (dir)) != NULL) {
        if (*name != '.' || name[1] == '\0')
            continue;
        self->folders++;
        g_autofree char *path = g_build_filename (inbox, name, NULL);
        g_autofree char *box = g_strdelimit (g_strdup (name + 1), ".", '/');
        read_folder (self, path, box);
    }
}

static void
recall_in_folders (const IbMbsyncChannel *channel)
{
    Walk self = { channel, strcmp (channel->subfolders, "legacy") == 0 ? "." : "", 0 };
    read_folder (&self, channel->inbox, "INBOX");
    if (strcmp (channel->subfolders, "maildir++") == 0)
        walk_maildirpp (&self, channel->inbox);
    else if (*channel->path != '\0')
        walk (&self, channel->path, "", 0);
}

/* --- states in files of their own ----------------------------------------------------------------------------------------------- */

/* name = common-front ":" far-store ":" far-box "_:" near-store ":" near-box, or front near-box; "!" for "/" */
static void
read_named (const IbMbsyncChannel *channel, const char *path, const char *name, const char *front)
{
    g_autofree char *far = NULL;
    if (!g_str_has_prefix (name, front))
        return;
    name += strlen (front);
    if (channel->is_state_common) {
        g_autofree char *from = g_strdup_printf (":%s:", channel->far_store);
        g_autofree char *to = g_strdup_printf ("_:%s:", channel->near_store);
        const char *end = g_str_has_prefix (name, from) ? strstr (name + strlen (from), to) : NULL;
        g_autofree char *near = end != NULL ? g_strdelimit (g_strdup (end + strlen (to)), "!", '/') : NULL;
        g_autofree char *expected = near != NULL ? far_of (channel, near) : NULL;
        if (expected != NULL)
            far = g_strdelimit (g_strndup (name + strlen (from), (gsize) (end - name) - strlen (from)), "!",
                                '/');
    } else {
        g_autofree char *near = g_strdelimit (g_strdup (name), "!", '/');
        far = far_of (channel, near);
    }
    if (far != NULL)
        read_state (channel, path, far);
}

static void
recall_in_files (const IbMbsyncChannel *channel, const char *state)
{
    g_autofree char *folder = g_str_has_suffix (state, "/") ? g_strdup (state) : g_path_get_dirname (state);
    const char *front = strrchr (state, '/') != NULL ? strrchr (state, '/') + 1 : "";
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *name;
    for (guint i = 0; dir != NULL && i < IB_LIMIT_IMPORT_FOLDERS && (name = g_dir_read_name (dir)) != NULL;
         i++) {
        g_autofree char *path = g_build_filename (folder, name, NULL);
        read_named (channel, path, name, front);
    }
}

void
ib_mbsync_recall (const IbMbsyncChannel *channel, const char *home)
{
    if (strcmp (channel->state, "*") == 0) {
        recall_in_folders (channel);
        return;
    }
    if (*channel->state != '\0') {
        recall_in_files (channel, channel->state);
        return;
    }
    /* Unless it is told: ~/.mbsync/, or with later releases below the XDG state folder. */
    const char *xdg = g_getenv ("XDG_STATE_HOME");
    g_autofree char *old = g_build_filename (home, ".mbsync/", NULL);
    g_autofree char *recent = xdg != NULL && g_path_is_absolute (xdg)
                                  ? g_build_filename (xdg, "isync/", NULL)
                                  : g_build_filename (home, ".local/state/isync/", NULL);
    recall_in_files (channel, old);
    recall_in_files (channel, recent);
}
