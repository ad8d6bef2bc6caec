/* checkup-store.c - where mail lies, and what is remembered of it */
#include "checkup-private.h"
#include "escape.h"
#include "fs.h"
#include "home.h"
#include "imap-name.h"
#include "inspect.h"
#include "mail-place.h"
#include "model-file.h"
#include "server-side.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB ((guint64) 1024 * 1024)
#define LITTLE_SPACE_BYTES (1024 * MIB)
#define NO_SPACE_BYTES (64 * MIB)
/* What is left in tmp/ for longer was left by a program that did not end well; so says the Maildir's own specification. */
#define STRAY_AFTER_S (36 * 3600)
/* So long after it was last fetched out of itself, a Maildir is said to be. */
#define SERVED_DAYS 7
/* Folders that are looked through. */
#define FOLDERS_MOST 10000

/* --- the Maildir's file system ---------------------------------------------------------------------------------------- */

static const char *
maildir_remedy (void)
{
    return _ (
        "Nothing is taken from a server before mail can be written here: mend that, or set maildir= to another place");
}

static void
look_at_space (IbCheckup *self, const char *path)
{
    struct statvfs st;
    if (statvfs (path, &st) != 0)
        return;
    guint64 free_bytes = (guint64) st.f_bavail * st.f_frsize;
    g_autofree char *size = g_format_size (free_bytes);
    bool has_no_inodes = st.f_files > 0 && st.f_favail < 1000;
    if (has_no_inodes)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("Remove files there: each message needs one"),
                        ngettext ("The file system of %s has room for no more than %lu file",
                                  "The file system of %s has room for no more than %lu files",
                                  (unsigned long) st.f_favail),
                        path, (unsigned long) st.f_favail);
    else if (free_bytes < LITTLE_SPACE_BYTES)
        ib_checkup_say (self, free_bytes < NO_SPACE_BYTES ? IB_FINDING_WRONG : IB_FINDING_WARNING, NULL,
                        _ ("Make room there"), _ ("%s is free for %s"), size, path);
}

/* Some file systems say that a name cannot be, others that there is none such: exfat-fuse, of a file that was just written. */
static bool
is_about_name (const GError *error)
{
    return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT)
           || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

/* What delivery does: a file is written, synced and renamed, and its folder synced. *out_takes_no_colon: it got no name
 * with one. */
static bool
deliver_trial (const char *tmp, bool *out_takes_no_colon, GError **error)
{
    g_autofree char *name = g_strdup_printf ("inbasket-doctor-%d", (int) getpid ());
    g_autofree char *first = g_build_filename (tmp, name, NULL);
    g_autofree char *second = g_strconcat (first, ":2,S", NULL);
    int fd = g_open (first, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (errno), "%s: %s", first,
                     g_strerror (errno));
        return false;
    }
    bool is_written
        = ib_fs_write (fd, "trial\n", strlen ("trial\n"), first, error) && ib_fs_sync_file (fd, first, error);
    bool is_renamed = is_written && ib_fs_rename_new (first, second, error);
    *out_takes_no_colon = is_written && !is_renamed && is_about_name (*error);
    bool is_done = is_renamed && ib_fs_sync_folder (tmp, error);
    close (fd);
    (void) g_unlink (first); /* one of them is not there */
    (void) g_unlink (second);
    return is_done;
}

static bool
look_at_writing (IbCheckup *self, const char *path)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *tmp = g_build_filename (path, "tmp", NULL);
    bool takes_no_colon = false;
    if (deliver_trial (tmp, &takes_no_colon, &error))
        return true;
    ib_checkup_say (
        self, IB_FINDING_WRONG, NULL,
        takes_no_colon
            ? _ ("A Maildir has “:” in names, and this file system takes none, like FAT, exFAT and NTFS: "
                 "set maildir= to a place on another one")
            : maildir_remedy (),
        _ ("Mail cannot be written: %s"), error->message);
    return false;
}

/* --- what is in it ------------------------------------------------------------------------------------------------------ */

typedef struct {
    guint folders, strays, bare; /* strays: old files in tmp/; bare: files in cur/ without flags */
    char *other;                 /* a folder of the other layout */
    char *shut;                  /* why no mail can be put into one */
} Contents;

static void
count_strays (const char *folder, gint64 now_s, Contents *contents)
{
    g_autofree char *tmp = g_build_filename (folder, "tmp", NULL);
    g_autoptr (GDir) files = g_dir_open (tmp, 0, NULL);
    for (const char *name; files != NULL && (name = g_dir_read_name (files)) != NULL;) {
        g_autofree char *path = g_build_filename (tmp, name, NULL);
        struct stat st;
        if (lstat (path, &st) == 0 && S_ISREG (st.st_mode) && now_s - st.st_mtime > STRAY_AFTER_S)
            contents->strays++;
    }
}

/* Delivery needs all three of a folder; what is missing it makes. */
static void
look_for_shut (const char *folder, Contents *contents)
{
    static const char *const parts[] = { "tmp", "new", "cur" };
    for (gsize i = 0; i < G_N_ELEMENTS (parts) && contents->shut == NULL; i++) {
        g_autofree char *path = g_build_filename (folder, parts[i], NULL);
        int number = access (path, W_OK | X_OK) == 0 ? 0 : errno;
        if (number != ENOENT && !g_file_test (path, G_FILE_TEST_IS_DIR))
            number = ENOTDIR;
        if (number != 0 && number != ENOENT)
            contents->shut = g_strdup_printf ("%s: %s", path, g_strerror (number));
    }
}

static void
count_bare (const char *folder, Contents *contents)
{
    g_autofree char *cur = g_build_filename (folder, "cur", NULL);
    g_autoptr (GDir) files = g_dir_open (cur, 0, NULL);
    for (const char *name; files != NULL && (name = g_dir_read_name (files)) != NULL;)
        contents->bare += *name != '.' && strstr (name, ":2,") == NULL;
}

static bool
is_mail_folder (const char *path)
{
    g_autofree char *cur = g_build_filename (path, "cur", NULL);
    struct stat st;
    return lstat (cur, &st) == 0 && S_ISDIR (st.st_mode);
}

/* Whether @name would be a folder in the other layout: what begins with a dot is one in maildir++, what does not, in fs. */
static bool
is_of_other_layout (const char *name, IbLayout layout)
{
    bool has_dot = *name == '.';
    bool is_part = strcmp (name, "cur") == 0 || strcmp (name, "new") == 0 || strcmp (name, "tmp") == 0;
    return layout == IB_LAYOUT_FS ? has_dot : !has_dot && !is_part;
}

static void
look_into (const char *path, const IbConfig *config, gint64 now_s, bool is_top, Contents *contents)
{
    count_strays (path, now_s, contents);
    count_bare (path, contents);
    look_for_shut (path, contents);
    g_autoptr (GDir) names = g_dir_open (path, 0, NULL);
    for (const char *name; names != NULL && (name = g_dir_read_name (names)) != NULL;) {
        g_autofree char *below = g_build_filename (path, name, NULL);
        struct stat st;
        if (contents->folders >= FOLDERS_MOST || lstat (below, &st) != 0 || !S_ISDIR (st.st_mode)
            || !is_mail_folder (below))
            continue;
        if (is_of_other_layout (name, config->layout)) {
            if (contents->other == NULL)
                contents->other = g_strdup (name);
            continue;
        }
        contents->folders++;
        if (is_top || config->layout == IB_LAYOUT_FS)
            look_into (below, config, now_s, false, contents);
    }
}

static void
look_at_contents (IbCheckup *self, const char *path)
{
    Contents contents = { 0 };
    look_into (path, self->config, self->now / G_USEC_PER_SEC, true, &contents);
    bool is_fs = self->config->layout == IB_LAYOUT_FS;
    if (contents.shut != NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, maildir_remedy (), _ ("Mail cannot be written: %s"),
                        contents.shut);
    if (contents.other != NULL)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        is_fs ? _ ("Its mail is not seen here; should layout= be maildir++?")
                              : _ ("Its mail is not seen here; should layout= be fs?"),
                        _ ("%s has a folder “%s”, as the other layout has them"), path, contents.other);
    if (contents.strays > 0)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("They are no mail that anybody waits for: look at them, and remove them"),
                        ngettext ("%u file was left in tmp/ by a program that did not finish",
                                  "%u files were left in tmp/ by a program that did not finish",
                                  contents.strays),
                        contents.strays);
    if (contents.bare > 0)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("Append “:2,” to their names: some mail programs do not show them"),
                        ngettext ("%u file in cur/ has no flags in its name",
                                  "%u files in cur/ have no flags in their names", contents.bare),
                        contents.bare);
    if (contents.shut == NULL && contents.other == NULL && contents.strays == 0 && contents.bare == 0)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        ngettext ("%s can be written, and has %u folder below the INBOX",
                                  "%s can be written, and has %u folders below the INBOX", contents.folders),
                        path, contents.folders);
    g_free (contents.other);
    g_free (contents.shut);
}

/* --- who else reads it, and is fetched from ---------------------------------------------------------------------------- */

static void
tell_served (const char *account, const char *mailbox, gpointer data)
{
    IbCheckup *self = data;
    const IbAccount *fetched = ib_config_account (self->config, account);
    if (fetched == NULL || !fetched->is_enabled)
        return;
    g_autofree char *name = ib_imap_name_to_utf8 (mailbox);
    g_autofree char *words = ib_escape_server_text (name, -1);
    g_autofree char *remedy = g_strdup_printf (
        _ ("Mail programs may use that server, and Inbasket need not: “inbasket account pause %s”; or, if others put "
           "mail there, leave this mailbox out of folders="),
        account);
    ib_checkup_say (
        self, IB_FINDING_WARNING, account, remedy,
        _ ("A loop: its server reads this very Maildir, so what was delivered here is fetched again, out of "
           "its “%s”. It is known, and comes no second time, but takes its way for nothing"),
        words);
}

/* A journal that cannot be read is the journal's row's. */
static void
look_for_loops (IbCheckup *self)
{
    g_autoptr (IbHome) home = ib_home_look (self->paths, self->config, NULL);
    if (home == NULL || home->journal == NULL)
        return;
    gint64 since_s = self->now / G_USEC_PER_SEC - SERVED_DAYS * 24 * 3600;
    (void) ib_server_side_list_ours (home->journal, since_s, tell_served, self, NULL);
}

void
ib_checkup_store_maildir (IbCheckup *self)
{
    const char *path = self->config->maildir;
    g_autoptr (GError) gone = NULL;
    if (!ib_mail_place_check (self->paths, path, &gone)) {
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, maildir_remedy (), "%s", gone->message);
        return;
    }
    if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL, _ ("%s is not there yet; the first mail makes it"),
                        path);
        return;
    }
    if (!g_file_test (path, G_FILE_TEST_IS_DIR)) {
        ib_checkup_say (self, IB_FINDING_WRONG, NULL,
                        _ ("Move it away, or name another place by maildir= in inbasket.conf"),
                        _ ("%s is no folder, so no mail can go there"), path);
        return;
    }
    if (!is_mail_folder (path)) {
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("If that is where mail should go, all is well: “inbasket sync” makes one of it"),
                        _ ("%s is no Maildir yet: it has no cur/"), path);
        return;
    }
    look_at_space (self, path);
    if (look_at_writing (self, path))
        look_at_contents (self, path);
    look_for_loops (self);
}

/* --- journal and classifier ------------------------------------------------------------------------------------------------ */

void
ib_checkup_store_journal (IbCheckup *self)
{
    guint64 messages = 0;
    g_autoptr (GError) error = NULL;
    if (ib_inspect_journal (self->paths->journal, &messages, &error))
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        ngettext ("It is sound, and knows %" PRIu64 " message",
                                  "It is sound, and knows %" PRIu64 " messages", messages),
                        messages);
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL, _ ("There is none yet; the first sync makes it"));
    else
        ib_checkup_say (
            self, IB_FINDING_WRONG, NULL,
            g_error_matches (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN) ? _ (
                "The next sync keeps it aside, and makes a new one from the names of the files in the Maildir")
            : g_error_matches (error, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER)
                ? _ ("Install that Inbasket again")
                : NULL,
            "%s", error->message);
}

void
ib_checkup_store_classifier (IbCheckup *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree void *memory = g_malloc (ib_model_file_bytes ());
    if (ib_model_file_read (self->paths->model, memory, &error))
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL, _ ("What it has learned is sound"));
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL, _ ("It has learned nothing yet"));
    else
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("It is made anew from the journal's lessons when it is needed next"), "%s",
                        error->message);
}
