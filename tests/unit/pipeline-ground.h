/* pipeline-ground.h - a delivery thread in a home of its own, and messages for it */
#pragma once

#include "pipeline.h"
#include "story.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    char *folder;
    IbPaths *paths;
    IbConfig *config;
    IbPipeline *pipeline;
    gint64 mailbox_key;
    GHashTable *former_ids;
    bool was_revalidated;
    /* What was heard. */
    GString *heard;
    char *path;
    GPtrArray *due;
    guint waiting;
} Ground;

static inline void
open_pipeline (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    IbHome *home = ib_home_open (ground->paths, ground->config, g_get_real_time (), &error);
    g_assert_no_error (error);
    ground->pipeline = ib_pipeline_new (home, ground->config->deduplicates);
}

static inline void
set_up (Ground *ground, gconstpointer data)
{
    g_autoptr (GError) error = NULL;
    ground->folder = g_dir_make_tmp ("inbasket-pipeline-XXXXXX", &error);
    g_assert_no_error (error);
    ground->paths = ib_paths_new (ground->folder);
    ground->config = ib_config_load (ground->paths, &error);
    g_assert_no_error (error);
    ground->heard = g_string_new (NULL);
    open_pipeline (ground);
}

static inline void
remove_tree (const char *path)
{
    GDir *dir = g_dir_open (path, 0, NULL);
    for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
        g_autofree char *child = g_build_filename (path, name, NULL);
        remove_tree (child);
    }
    g_clear_pointer (&dir, g_dir_close);
    (void) g_remove (path);
}

static inline void
tear_down (Ground *ground, gconstpointer data)
{
    ib_pipeline_close (ground->pipeline);
    ib_config_free (ground->config);
    ib_paths_free (ground->paths);
    remove_tree (ground->folder);
    g_string_free (ground->heard, TRUE);
    g_free (ground->folder);
    g_free (ground->path);
    g_clear_pointer (&ground->due, g_ptr_array_unref);
    g_clear_pointer (&ground->former_ids, g_hash_table_unref);
}

static inline void
wait_all (Ground *ground)
{
    while (ground->waiting > 0)
        g_main_context_iteration (NULL, TRUE);
}

/* --- messages --------------------------------------------------------------------------------------------- */

static inline void
on_written (const IbStory *story, gpointer user_data)
{
    g_string_append_printf (((Ground *) user_data)->heard, "written %u;", story->uid);
}

static inline void
on_delivered (const IbStory *story, const char *const *paths, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "%s %u;",
                            error != NULL ? "failed" : ib_story_action_name (story->action), story->uid);
    if (paths != NULL) {
        g_free (ground->path);
        ground->path = g_strdup (paths[0]);
    }
    ground->waiting--;
}

static inline void
on_recognized (const IbStory *story, const char *trouble, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "recognized %u;", story->uid);
    ground->waiting--;
}

static inline void
on_waits (const IbStory *story, gpointer user_data)
{
    Ground *ground = user_data;
    g_string_append_printf (ground->heard, "waits %u;", story->uid);
    ground->waiting--;
}

typedef struct {
    guint32 uid;
    guint32 uidvalidity; /* 0: 1 */
    const char *text, *folder, *twin_key, *reasons;
    bool is_rematched, is_unread;
    IbAfter after;
} Letter;

static inline void
deliver (Ground *ground, const Letter *letter)
{
    static const IbPipelineEvents events = { on_written, on_delivered, on_recognized, on_waits };
    IbDeliveryPolicy policy = { .is_rematched = letter->is_rematched,
                                .is_unread = letter->is_unread,
                                .rule = { .after = letter->after },
                                .folder = "Done" };
    IbStory *story = ib_story_new ();
    IbPlan *plan = ib_plan_new ();
    gsize length = strlen (letter->text);
    int fd = memfd_create ("letter", MFD_CLOEXEC);

    const gsize offset = 3; /* something stands before it in its bag */
    g_assert_cmpint (pwrite (fd, letter->text, length, offset), ==, (gssize) length);
    ib_story_imap_id ("work", "INBOX", MAX (letter->uidvalidity, 1), letter->uid, story->id);
    if (ground->former_ids != NULL && g_hash_table_contains (ground->former_ids, story->id)) {
        policy.former_id = g_intern_string (story->id);
        ib_story_later_id (policy.former_id, 1, story->id);
    }
    story->account = g_strdup ("work");
    story->mailbox = g_strdup ("INBOX");
    story->mailbox_key = ground->mailbox_key;
    story->uid = letter->uid;
    story->size_bytes = length;
    story->verdict = g_strdup ("unsure");
    story->reasons = g_strdup (letter->reasons != NULL ? letter->reasons : "");
    story->rule = g_strdup ("");
    story->twin_key = g_strdup (letter->twin_key);
    story->message_id = g_strdup ("");
    story->from = g_strdup ("");
    story->subject = g_strdup ("");
    story->note = g_strdup ("");
    (void) ib_story_add_file (story, letter->folder != NULL ? letter->folder : "INBOX", "");
    ib_plan_append_literal (plan, "X-Inbasket-Id: here\n");
    ib_plan_append_range (plan, 0, length);
    ground->waiting++;
    ib_pipeline_expect (ground->pipeline);
    ib_pipeline_deliver (ground->pipeline, story, plan, ib_bag_new (fd), offset, &policy, &events, ground);
}

static inline void
on_stand (IbMailboxStand *stand, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    ground->mailbox_key = stand->key;
    ground->was_revalidated = stand->was_revalidated;
    g_clear_pointer (&ground->former_ids, g_hash_table_unref);
    ground->former_ids = g_steal_pointer (&stand->former_ids);
    ib_mailbox_stand_free (stand);
    ground->waiting--;
}

static inline void
enter (Ground *ground, guint32 uidvalidity)
{
    ground->waiting++;
    ib_pipeline_enter (ground->pipeline, "work", "INBOX", uidvalidity, NULL, false, on_stand, ground);
    wait_all (ground);
}

static inline void
on_due (GPtrArray *due, const GError *error, gpointer user_data)
{
    Ground *ground = user_data;
    g_assert_no_error (error);
    g_clear_pointer (&ground->due, g_ptr_array_unref);
    ground->due = due;
    ground->waiting--;
}

static inline void
take (Ground *ground, guint32 highest_uid)
{
    ground->waiting++;
    ib_pipeline_taken (ground->pipeline, ground->mailbox_key, highest_uid, NULL, 0,
                       g_get_real_time () / G_USEC_PER_SEC, on_due, ground);
    wait_all (ground);
}

static inline guint
count_files (Ground *ground, const char *below)
{
    g_autofree char *path = g_build_filename (ground->folder, below, NULL);
    GDir *dir = g_dir_open (path, 0, NULL);
    guint count = 0;
    while (dir != NULL && g_dir_read_name (dir) != NULL)
        count++;
    g_clear_pointer (&dir, g_dir_close);
    return count;
}
