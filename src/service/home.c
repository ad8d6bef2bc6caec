/* home.c - one home, opened for writing */
#include "home.h"
#include "alarm.h"
#include "fs.h"
#include "mail-place.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HELD_DAYS 30
#define STORY_DAYS 365
#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

G_DEFINE_QUARK (ib-home-error-quark, ib_home_error)

/* --- recovery: what an earlier run left between intent and delivery ---------------------------------------- */

static bool
recover (IbHome *self, GError **error)
{
    g_autoptr (IbDelivery) delivery = ib_delivery_new (self->maildir, self->held);
    g_autoptr (GPtrArray) unfinished = ib_journal_unfinished (self->journal, error);
    g_autoptr (GPtrArray) completed
        = unfinished != NULL ? ib_delivery_complete (delivery, unfinished, error) : NULL;
    if (completed == NULL || !ib_journal_delivered (self->journal, completed, error))
        return false;

    for (guint i = 0; i < unfinished->len; i++) {
        const IbStory *story = unfinished->pdata[i];
        if (!g_ptr_array_find (completed, story, NULL)
            && !ib_journal_forget (self->journal, story->id, error))
            return false;
    }
    return ib_journal_flush (self->journal, error) && ib_maildir_sweep (self->maildir, error)
           && ib_held_sweep (self->held, error);
}

/* --- a lost or damaged journal ----------------------------------------------------------------------------- */

typedef struct {
    IbJournal *journal;
    gint64 now;
    GHashTable *seen;
    bool takes_first; /* those that are numbered 0; else those that have no such file */
    GError *error;
} Adoption;

static void
adopt_file (const char *folder, const char *path, const char *name, const char *id, gpointer user_data)
{
    Adoption *adoption = user_data;
    char same_id[IB_ID_LENGTH + 1];
    guint number = 0;
    if (adoption->error != NULL || g_hash_table_contains (adoption->seen, id)
        || !ib_maildir_read_name (name, same_id, &number) || (number == 0) != adoption->takes_first)
        return;
    if (ib_home_adopt (adoption->journal, id, folder, name, adoption->now, &adoption->error))
        g_hash_table_add (adoption->seen, g_strdup (id));
}

static bool
adopt_files (IbHome *self, Adoption *adoption, bool takes_first, GError **error)
{
    adoption->takes_first = takes_first;
    if (!ib_maildir_scan (self->maildir, adopt_file, adoption, error)) {
        g_clear_error (&adoption->error);
        return false;
    }
    if (adoption->error == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&adoption->error));
    return false;
}

/* What was a duplicate, nobody knows any more. */
static void
adopt_held (const char *id, gint64 since_s, gpointer user_data)
{
    Adoption *adoption = user_data;
    if (adoption->error != NULL)
        return;
    g_autoptr (IbStory) story = ib_story_new ();
    g_strlcpy (story->id, id, sizeof story->id);
    story->action = IB_STORY_DISCARD;
    story->delivered_at = MIN (since_s * G_USEC_PER_SEC, adoption->now);
    ib_story_add_file (story, "", "")->name = g_strdup (id);
    if (ib_journal_adopt (adoption->journal, story, &adoption->error))
        g_hash_table_add (adoption->seen, g_strdup (id));
}

static bool
adopt_all_held (IbHome *self, Adoption *adoption, GError **error)
{
    if (!ib_held_scan (self->held, adopt_held, adoption, error))
        return false;
    if (adoption->error == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&adoption->error));
    return false;
}

/* File names carry the ids: what is here already is never delivered twice, even with an empty journal. Of what is held and in the
 * Maildir, too, an undo was cut short: it is held, as before, and the undo is done when it is asked for again. All or nothing: a
 * rebuilding that is cut short leaves the journal empty, and is begun again. */
static bool
rebuild (IbHome *self, gint64 now, guint *out_adopted, GError **error)
{
    g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    Adoption adoption = { .journal = self->journal, .now = now, .seen = seen };
    if (!adopt_all_held (self, &adoption, error))
        return false;
    guint held = g_hash_table_size (seen);
    if (!adopt_files (self, &adoption, true, error) || !adopt_files (self, &adoption, false, error))
        return false;
    *out_adopted = g_hash_table_size (seen) - held;
    return ib_journal_flush (self->journal, error);
}

static bool
open_journal (IbHome *self, const IbPaths *paths, gint64 now, GError **error)
{
    guint adopted = 0;
    g_autofree char *aside = NULL;
    g_autoptr (GError) broken = NULL;

    self->journal = ib_journal_open (paths->journal, &broken);
    if (g_error_matches (broken, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_BROKEN)) {
        aside = ib_journal_set_aside (paths->journal, error);
        if (aside == NULL)
            return false;
        g_clear_error (&broken);
        self->journal = ib_journal_open (paths->journal, &broken);
    }
    if (self->journal == NULL) {
        g_propagate_error (error, g_steal_pointer (&broken));
        return false;
    }
    if (!ib_journal_has_any (self->journal, &broken)) {
        if (broken != NULL) {
            g_propagate_error (error, g_steal_pointer (&broken));
            return false;
        }
        if (!rebuild (self, now, &adopted, error))
            return false;
    }
    if (aside != NULL)
        self->notice = g_strdup_printf (
            ngettext ("The journal was damaged: it is kept as %s, and a new one knows the %u message "
                      "that the Maildir holds",
                      "The journal was damaged: it is kept as %s, and a new one knows the %u messages "
                      "that the Maildir holds",
                      adopted),
            aside, adopted);
    else if (adopted > 0)
        self->notice = g_strdup_printf (
            ngettext ("The journal was missing: a new one knows the %u message that the Maildir holds",
                      "The journal was missing: a new one knows the %u messages that the Maildir holds",
                      adopted),
            adopted);
    return true;
}

/* --- keeping it bounded ------------------------------------------------------------------------------------ */

/* Durably: the journal that says so may be durable sooner than they are gone. */
static bool
remove_held (IbHome *self, const GPtrArray *ids, GError **error)
{
    for (guint i = 0; i < ids->len; i++)
        if (!ib_held_remove (self->held, ids->pdata[i], error))
            return false;
    return ids->len == 0 || ib_held_sync (self->held, error);
}

static bool
drop_old (IbHome *self, gint64 wall_now, GError **error)
{
    gint64 known = 0, boot = ib_alarm_now ();
    if (!ib_history_last_good_poll (self->journal, &known, error))
        return false;
    self->clock = ib_due_clock_new (known, wall_now, boot);
    gint64 now = ib_due_clock_earliest (&self->clock, wall_now, boot);
    g_autoptr (GPtrArray) ids = ib_journal_drop_held (self->journal, now - HELD_DAYS * DAY_US, error);
    return ids != NULL && remove_held (self, ids, error)
           && ib_journal_drop_marks (self->journal, now / G_USEC_PER_SEC, error)
           && ib_journal_trim (self->journal, now - STORY_DAYS * DAY_US, error);
}

/* --- what the user can do about it -------------------------------------------------------------------------- */

/* For what is not ours to write, whose that should be. Returns: (transfer full) */
static char *
remedy (const IbPaths *paths, const IbConfig *config)
{
    const char *const needed[] = { config->maildir, paths->state, paths->held, paths->journal };
    for (gsize i = 0; i < G_N_ELEMENTS (needed); i++)
        if (access (needed[i], R_OK | W_OK) != 0 && (errno == EACCES || errno == EROFS))
            return g_strdup_printf (
                _ ("%s must be able to write %s: mend that, and “inbasket doctor” says whether all is well"),
                g_get_user_name (), needed[i]);
    return g_strdup (_ ("“inbasket doctor” looks at what is wrong there"));
}

/* A later Inbasket's journal says itself what is to be done. */
static void
tell (const IbPaths *paths, const IbConfig *config, const GError *why, GError **error)
{
    g_autofree char *words = remedy (paths, config);
    if (g_error_matches (why, IB_JOURNAL_ERROR, IB_JOURNAL_ERROR_NEWER))
        g_set_error_literal (error, IB_HOME_ERROR, IB_HOME_ERROR_STORE, why->message);
    else
        g_set_error (error, IB_HOME_ERROR, IB_HOME_ERROR_STORE, "%s. %s", why->message, words);
}

/* --- open and close ---------------------------------------------------------------------------------------- */

static bool
open_all (IbHome *self, const IbPaths *paths, const IbConfig *config, gint64 now, GError **error)
{
    if (!ib_mail_place_check (paths, config->maildir, error))
        return false;
    self->maildir = ib_maildir_open (config->maildir, config->layout, error);
    if (self->maildir == NULL)
        return false;
    ib_mail_place_note (paths, config->maildir);
    self->held = ib_held_open (paths->held, error);
    return self->held != NULL && open_journal (self, paths, now, error) && recover (self, error)
           && drop_old (self, now, error);
}

IbHome *
ib_home_open (const IbPaths *paths, const IbConfig *config, gint64 now, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) self = g_new0 (IbHome, 1);

    self->lock = -1;
    if (ib_fs_make_folder (paths->state, &why))
        self->lock = ib_fs_lock (paths->lock, &why);
    if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_BUSY)) {
        g_set_error (error, IB_HOME_ERROR, IB_HOME_ERROR_BUSY,
                     _ ("Another Inbasket is working on %s: wait until it is done, or stop it"),
                     paths->state);
        return NULL;
    }
    if (self->lock < 0 || !open_all (self, paths, config, now, &why)) {
        tell (paths, config, why, error);
        return NULL;
    }
    return g_steal_pointer (&self);
}

IbHome *
ib_home_look (const IbPaths *paths, const IbConfig *config, GError **error)
{
    g_autoptr (GError) why = NULL;
    g_autoptr (IbHome) self = g_new0 (IbHome, 1);

    self->lock = -1;
    self->is_dry = true;
    self->journal = ib_journal_open_read_only (paths->journal, &why);
    if (self->journal == NULL && !g_error_matches (why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
        tell (paths, config, why, error);
        return NULL;
    }
    g_clear_error (&why);
    self->maildir = ib_mail_place_open (config);
    return g_steal_pointer (&self);
}

bool
ib_home_adopt (IbJournal *journal, const char *id, const char *folder, const char *name, gint64 now,
               GError **error)
{
    g_autoptr (IbStory) story = ib_story_new ();
    gint64 named_s = g_ascii_strtoll (name, NULL, 10); /* a name begins with its time, and may be anybody's */
    g_strlcpy (story->id, id, sizeof story->id);
    story->delivered_at = CLAMP (named_s, 0, now / G_USEC_PER_SEC) * G_USEC_PER_SEC;
    ib_story_add_file (story, folder, "")->name = g_strdup (name);
    return ib_journal_adopt (journal, story, error);
}

void
ib_home_close (IbHome *self)
{
    if (self == NULL)
        return;
    ib_journal_close (self->journal);
    ib_held_close (self->held);
    ib_maildir_close (self->maildir);
    if (self->lock >= 0)
        close (self->lock);
    g_free (self->notice);
    g_free (self);
}
