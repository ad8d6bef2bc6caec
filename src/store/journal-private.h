/* journal-private.h - the inside that the journal's files share
 *
 * journal.c opens the file, and ends every change; journal-mailbox.c says where a mailbox stands, journal-story.c writes
 * and reads a story's rows, journal-batch.c takes a batch from intended to delivered; journal-twins.c finds what is here
 * already, journal-pending.c what is still to be done on the server; journal-recovery.c and journal-undo.c look back.
 * What other modules note of messages, and those who only read, see the database through it, too. */
#pragma once

#include "db.h"
#include "journal.h"

struct _IbJournal {
    IbDb *db;
    GHashTable *intended;   /* id → sequence (gint64): intents of this run whose file rows are right */
};

/* As a message's state; see schema.c. */
typedef enum {
    IB_JOURNAL_INTENDED,
    IB_JOURNAL_DELIVERED,
    IB_JOURNAL_SETTLED,
    IB_JOURNAL_IDENTITY_ONLY,
} IbJournalState;

/* Of a message that came by POP3 and may be on its server still. */
#define IB_JOURNAL_MAY_BE_RENAMED "uidl IS NOT NULL AND state > 0 AND NOT (server_verb = 1 AND server_state = 2)"

static inline const char *
ib_journal_or_empty (const char *text)
{
    return text == NULL ? "" : text;
}

/* --- how a change ends ---------------------------------------------------------------------------------- */

/* The end of every change: one that failed takes all with it that is not durable yet. Returns: @is_done */
bool ib_journal_concluded (IbJournal *self, bool is_done);
/* As ib_journal_concluded (), and durable. */
bool ib_journal_committed (IbJournal *self, bool is_done, GError **error);
/* False: @fault, of ib_fault (), is one that a test asked for. */
bool ib_journal_passes (IbJournal *self, int fault, GError **error);

/* --- a story's rows ------------------------------------------------------------------------------------- */

/* One that is there already is left as it is, and nothing has changed. */
bool ib_journal_add_story (IbJournal *self, const IbStory *story, IbJournalState state, GError **error);
bool ib_journal_add_file (IbJournal *self, gint64 sequence, gint64 number, const char *folder, const char *name,
                          const char *info, GError **error);
bool ib_journal_add_files (IbJournal *self, gint64 sequence, const IbStory *story, GError **error);
bool ib_journal_drop_files (IbJournal *self, gint64 sequence, GError **error);
/* An intent that came to nothing: its source is fetched again. */
bool ib_journal_drop_story (IbJournal *self, gint64 sequence, GError **error);
/* The row's number; 0 if there is none. */
bool ib_journal_find_story (IbJournal *self, const char *id, gint64 *out_sequence, GError **error);
bool ib_journal_find_intended (IbJournal *self, const char *id, gint64 *out_sequence, GError **error);

/* The columns that ib_journal_read_story () wants, in its order, of "message m LEFT JOIN mailbox b". */
#define IB_JOURNAL_STORY_COLUMNS                                                                                    \
    "m.sequence, m.id, b.account, b.name, m.mailbox, m.uid, m.uidl, m.size, m.internal_date, m.delivered_at, "       \
    "m.action, m.verdict, m.probability, m.reasons, m.rule, m.twin_key, m.twin_of, m.content_digest, "               \
    "m.message_id, m.sender, m.subject, m.note, m.server_verb, m.server_folder, m.server_due, "                       \
    "m.entry_host, m.entry_ip, m.relay, m.mx, m.recipient, m.server_filter"

/* The story of the current row, with its files. Returns: (transfer full) (nullable) */
IbStory *ib_journal_read_story (IbJournal *self, sqlite3_stmt *rows, GError **error);

/* To the end of @rows: ids and sizes. */
bool ib_journal_list_sized (IbJournal *self, sqlite3_stmt *rows, IbJournalSized each, gpointer user_data,
                            GError **error);

/* --- a mailbox's ---------------------------------------------------------------------------------------- */

/* A message that was left on the server is here now. */
bool ib_journal_fetched_after_all (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl, GError **error);
