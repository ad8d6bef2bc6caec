/* poll-waiting.c - what waits on its server until a filter can tell whether it is here
 *
 * It was fetched once, and is not once more for as long as no filter works. Whether one does is asked with a message of our own,
 * which costs the server nothing. */
#include "memory-file.h"
#include "poll-private.h"
#include "served-facts.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#define TRIAL "Subject: trial\n\n"

typedef struct {
    IbPoll *poll;
    IbMailboxStand *stand;
    IbPollStand answer;
    IbFacts *facts;
    int fd;
} Trial;

static void
trial_free (Trial *self)
{
    ib_facts_free (self->facts);
    if (self->fd >= 0)
        (void) close (self->fd);
    g_free (self);
}

static void
on_tried (IbJudgement *judgement, const GError *error, gpointer user_data)
{
    Trial *trial = user_data;
    IbPoll *self = trial->poll;
    ib_judgement_free (judgement);
    trial->answer (self, trial->stand, error);
    trial_free (trial);
    ib_poll_came_back (self, NULL);
}

void
ib_poll_ask_filter (IbPoll *self, IbMailboxStand *stand, IbPollStand answer)
{
    const IbRemoteMessage message = { 0 };
    int fd = ib_memory_file_of ("inbasket-trial", TRIAL, strlen (TRIAL));
    if (fd < 0) { /* what is fetched will meet the same trouble, and tell of it */
        answer (self, stand, NULL);
        return;
    }
    Trial *trial = g_new0 (Trial, 1);
    *trial = (Trial){ .poll = self, .stand = stand, .answer = answer, .fd = fd };
    trial->facts = ib_served_facts (self->account, self->display_name, self->special_use, &message,
                                    g_get_real_time ());
    ib_facts_set_text (&trial->facts->id, g_strdup (""));
    self->busy++;
    const IbPiece piece = { fd, 0, strlen (TRIAL) };
    ib_filter_pool_judge (self->context->pool, self->account_number, &piece, trial->facts, false, on_tried,
                          trial);
}

void
ib_poll_leave_waiting (IbPoll *self, const IbMailboxStand *stand, IbCursor *cursor, const GError *why)
{
    GHashTableIter iter;
    gpointer uidl;
    guint count = stand->waiting->len + g_hash_table_size (stand->waiting_uidls);
    for (guint i = 0; i < stand->waiting->len; i++)
        ib_poll_leave_out (cursor, g_array_index (stand->waiting, guint32, i));
    g_array_sort (cursor->done, ib_poll_compare_uids);
    g_hash_table_iter_init (&iter, stand->waiting_uidls);
    while (g_hash_table_iter_next (&iter, &uidl, NULL))
        g_hash_table_add (cursor->known_uidls, g_strdup (uidl));
    ib_pipeline_leave_waiting (self->context->pipeline, stand->key);
    self->result.skipped += count;
    ib_poll_notice (
        self,
        ngettext ("%s: %u message stays on its server until a filter can tell whether it is here already, "
                  "under a number that it had before: %s",
                  "%s: %u messages stay on their server until a filter can tell whether they are here "
                  "already, under numbers that they had before: %s",
                  count),
        self->account->name, count, why->message);
}
