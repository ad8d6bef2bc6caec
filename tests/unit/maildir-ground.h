/* maildir-ground.h - a Maildir and a held folder of their own, and messages to deliver into them */
#pragma once

#include "delivery.h"

#include "fault.h"
#include "fs.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    char *folder, *path, *held_path;
    IbMaildir *maildir;
    IbHeld *held;
    IbDelivery *delivery;
} Ground;

static inline void
set_up (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    ground->folder = g_dir_make_tmp ("ib-maildir-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "Mail", NULL);
    ground->held_path = g_build_filename (ground->folder, "state", "held", NULL);
    ground->maildir = ib_maildir_open (ground->path, (IbLayout) GPOINTER_TO_INT (data), &error);
    g_assert_no_error (error);
    ground->held = ib_held_open (ground->held_path, &error);
    g_assert_no_error (error);
    ground->delivery = ib_delivery_new (ground->maildir, ground->held);
}

static inline void
tear_down (Ground *ground, gconstpointer data)
{
    ib_fault_set (NULL);
    ib_delivery_free (ground->delivery);
    ib_held_close (ground->held);
    ib_maildir_close (ground->maildir);
    g_autofree char *remove = g_strdup_printf ("chmod -R u+w '%s'; rm -rf '%s'", ground->folder, ground->folder);
    const char *const argv[] = { "sh", "-c", remove, NULL };
    g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
    g_free (ground->folder);
    g_free (ground->path);
    g_free (ground->held_path);
}

static inline int
memory (const char *text)
{
    int fd = memfd_create ("message", MFD_CLOEXEC);
    g_assert_true (ib_fs_write (fd, text, strlen (text), "memory", NULL));
    return fd;
}

/* Ends with a NULL folder; each folder is followed by its info. */
static inline IbStory *
make_story (guint32 uid, const char *folder, ...)
{
    va_list more;
    IbStory *story = ib_story_new ();
    ib_story_imap_id ("home", "INBOX", 7, uid, story->id);
    story->internal_date_s = 1600000000;
    story->delivered_at = G_GINT64_CONSTANT (1700000000000001);
    va_start (more, folder);
    for (; folder != NULL; folder = va_arg (more, const char *))
        ib_story_add_file (story, folder, va_arg (more, const char *));
    va_end (more);
    return story;
}

static inline GPtrArray *
batch_of (IbStory *story)
{
    GPtrArray *batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, story);
    return batch;
}

static inline bool
write_text (Ground *ground, IbStory *story, const char *text, GError **error)
{
    const IbPiece source = { memory (text), 0, strlen (text) };
    bool is_written = ib_delivery_write (ground->delivery, story, &source, NULL, 0, error);
    close (source.fd);
    return is_written;
}

static inline bool
place (Ground *ground, GPtrArray *batch, GError **error)
{
    return ib_delivery_sync (ground->delivery, batch, error) && ib_delivery_rename (ground->delivery, batch, error) &&
           ib_delivery_sync_folders (ground->delivery, batch, error);
}

/* Delivers "text\n"; the first file's name. */
static inline char *
deliver (Ground *ground, IbStory *story)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) batch = batch_of (story);
    g_assert_true (write_text (ground, story, "text\n", &error));
    g_assert_true (place (ground, batch, &error));
    g_assert_no_error (error);
    return g_strdup (((IbStoryFile *) g_ptr_array_index (story->files, 0))->name);
}

/* All paths of plain files below @folder, sorted, a line each, relative. */
static inline char *
tree (const char *folder)
{
    const char *const argv[] = { "sh", "-c", "find . -type f ! -name maildirfolder | sort", NULL };
    char *out = NULL;
    g_assert_true (g_spawn_sync (folder, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL));
    return out;
}

static inline void
assert_empty (const char *folder)
{
    g_autofree char *files = tree (folder);
    g_assert_cmpstr (files, ==, "");
}

static inline char *
contents (const char *folder, const char *directory, const char *name)
{
    char *text = NULL;
    g_autofree char *path = g_build_filename (folder, directory, name, NULL);
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    return text;
}

static inline char *
list (Ground *ground)
{
    g_auto (GStrv) folders = ib_maildir_list (ground->maildir);
    return g_strjoinv (" ", folders);
}

/* What a client does: path relative to the Maildir. */
static inline void
client_makes (Ground *ground, const char *path)
{
    g_autofree char *whole = g_build_filename (ground->path, path, NULL);
    g_assert_cmpint (g_mkdir_with_parents (whole, 0700), ==, 0);
}

static inline void
client_writes (Ground *ground, const char *path)
{
    g_autofree char *whole = g_build_filename (ground->path, path, NULL);
    g_assert_true (g_file_set_contents (whole, "client\n", -1, NULL));
}
