/* adopt.c - mail that another program has fetched already */
#include "adopt.h"
#include "home.h"

static bool
pass_over (IbJournal *journal, gint64 key, const IbImportMailbox *mailbox, GError **error)
{
    for (guint i = 0; i < mailbox->done->len; i++)
        if (!ib_journal_pass_over (journal, key, g_array_index (mailbox->done, guint32, i), NULL, error))
            return false;
    for (guint i = 0; i < mailbox->uidls->len; i++)
        if (!ib_journal_pass_over (journal, key, 0, mailbox->uidls->pdata[i], error))
            return false;
    return true;
}

static bool
leave_open (IbJournal *journal, gint64 key, const IbImportMailbox *mailbox, GError **error)
{
    for (guint i = 0; i < mailbox->open->len; i++)
        if (!ib_journal_open_message (journal, key, g_array_index (mailbox->open, guint32, i), NULL, 0,
                                      IB_OPEN_TOO_LARGE, "", error))
            return false;
    return true;
}

/* A mailbox of another UIDVALIDITY must not be entered: that would void what is known of it. */
static bool
is_known_otherwise (IbJournal *journal, const char *account, const IbImportMailbox *mailbox, bool *out_is,
                    GError **error)
{
    g_autoptr (IbMailboxStand) stand
        = ib_journal_look (journal, account, mailbox->name, mailbox->uidvalidity, NULL, error);
    if (stand == NULL)
        return false;
    *out_is = stand->key == 0 && !stand->is_new;
    return true;
}

/* A message above low_water that is done there is passed over; of those below nobody asks. */
static bool
adopt_mailbox (IbJournal *journal, const char *account, const IbImportMailbox *mailbox, GError **error)
{
    bool is_other = false;
    if (!is_known_otherwise (journal, account, mailbox, &is_other, error))
        return false;
    if (is_other)
        return true;
    g_autoptr (IbMailboxStand) stand
        = ib_journal_enter (journal, account, mailbox->name, mailbox->uidvalidity, NULL, error);
    if (stand == NULL)
        return false;
    if (!pass_over (journal, stand->key, mailbox, error))
        return false;
    /* What was left open before may be here by now: so it is told once only. */
    return mailbox->low_water <= stand->low_water
           || (ib_journal_taken (journal, stand->key, mailbox->low_water, NULL, error)
               && leave_open (journal, stand->key, mailbox, error));
}

bool
ib_adopt (const IbPaths *paths, const IbConfig *config, const char *account, const GPtrArray *mailboxes,
          GError **error)
{
    if (mailboxes->len == 0)
        return true;
    g_autoptr (IbHome) home = ib_home_open (paths, config, g_get_real_time (), error);
    if (home == NULL)
        return false;
    for (guint i = 0; i < mailboxes->len; i++)
        if (!adopt_mailbox (home->journal, account, mailboxes->pdata[i], error))
            return false;
    return ib_journal_flush (home->journal, error);
}
