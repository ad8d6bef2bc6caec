/* journal-ground.h - a journal in a folder of its own, and stories to write into it */
#pragma once

#include "fault.h"
#include "journal.h"

#include <glib.h>

typedef struct {
    char *folder, *path;
    IbJournal *journal;
} Ground;

static inline void
open_journal (Ground *ground)
{
    g_autoptr (GError) error = NULL;
    ground->journal = ib_journal_open (ground->path, &error);
    g_assert_no_error (error);
    g_assert_nonnull (ground->journal);
}

/* As after a crash: what is not committed is gone. */
static inline void
reopen (Ground *ground)
{
    ib_journal_close (ground->journal);
    open_journal (ground);
}

static inline void
set_up (Ground *ground, gconstpointer data)
{
    ground->folder = g_dir_make_tmp ("ib-journal-XXXXXX", NULL);
    ground->path = g_build_filename (ground->folder, "state", "journal.db", NULL);
    open_journal (ground);
}

static inline void
tear_down (Ground *ground, gconstpointer data)
{
    ib_fault_set (NULL);
    ib_journal_close (ground->journal);
    g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", ground->folder);
    g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
    g_free (ground->folder);
    g_free (ground->path);
}

static inline IbMailboxStand *
enter (Ground *ground, const char *mailbox, guint32 uidvalidity)
{
    g_autoptr (GError) error = NULL;
    IbMailboxStand *stand = ib_journal_enter (ground->journal, "home", mailbox, uidvalidity, NULL, &error);
    g_assert_no_error (error);
    return stand;
}

static inline gint64
key_of (Ground *ground, const char *mailbox, guint32 uidvalidity)
{
    g_autoptr (IbMailboxStand) stand = enter (ground, mailbox, uidvalidity);
    return stand->key;
}

/* A story of uid @uid, or of POP3 if that is 0, in the mailbox @key. */
static inline IbStory *
make_story (gint64 key, guint32 uid, const char *uidl, const char *folder)
{
    IbStory *story = ib_story_new ();
    g_autofree char *name = g_strdup_printf ("1700000000.M%u_1.x.host,S=10", uid);
    if (uidl == NULL)
        ib_story_imap_id ("home", "INBOX", (guint32) key, uid, story->id);
    else
        ib_story_pop3_id ("home", uidl, story->id);
    story->account = g_strdup ("home");
    story->mailbox = g_strdup ("INBOX");
    story->mailbox_key = key;
    story->uid = uid;
    story->uidl = g_strdup (uidl);
    story->size_bytes = 10;
    story->internal_date_s = 1700000000;
    story->delivered_at = 1700000000000000 + uid;
    story->verdict = g_strdup ("unsure");
    story->reasons = g_strdup ("a,b");
    story->rule = g_strdup ("junk.sieve:12");
    story->message_id = g_strdup ("<1@x>");
    story->from = g_strdup ("\xff hostile");
    story->subject = g_strdup ("it's; DROP TABLE message");
    story->note = g_strdup ("");
    story->entry_host = g_strdup ("out.example.net");
    story->entry_ip = g_strdup ("2001:db8::1");
    story->relay = g_strdup ("relay.example.org");
    story->mx = g_strdup ("beside");
    story->server_filter = g_strdup ("passed");
    story->recipient = g_strdup (uid % 3 == 0 ? "a-former@example.com" : "anna@example.org");
    ib_story_add_file (story, folder, "2,S")->name = g_steal_pointer (&name);
    return story;
}

static inline void
deliver (Ground *ground, GPtrArray *batch)
{
    g_autoptr (GError) error = NULL;
    g_assert_true (ib_journal_intend (ground->journal, batch, &error));
    g_assert_true (ib_journal_delivered (ground->journal, batch, &error));
    g_assert_true (ib_journal_flush (ground->journal, &error));
    g_assert_no_error (error);
}

static inline void
deliver_story (Ground *ground, IbStory *story)
{
    g_autoptr (GPtrArray) batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    g_ptr_array_add (batch, story);
    deliver (ground, batch);
}

/* Underscores of @name become hyphens. */
static inline void
add_test (const char *group, const char *name, gconstpointer data, void (*test) (Ground *, gconstpointer))
{
    g_autofree char *path = g_strconcat (group, name, NULL);
    g_test_add (g_strdelimit (path, "_", '-'), Ground, data, set_up, test, tear_down);
}

static inline GPtrArray *
make_batch (gint64 key, guint32 first, guint32 count)
{
    GPtrArray *batch = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_story_free);
    for (guint32 i = 0; i < count; i++)
        g_ptr_array_add (batch, make_story (key, first + i, NULL, "INBOX"));
    return batch;
}

static inline guint
count_unfinished (Ground *ground)
{
    g_autoptr (GPtrArray) stories = ib_journal_unfinished (ground->journal, NULL);
    g_assert_nonnull (stories);
    return stories->len;
}
