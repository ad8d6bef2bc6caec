/* journal-private.h - what journal.c and history.c share */
#pragma once

#include "db.h"

struct _IbJournal {
    IbDb *db;
    GHashTable *intended;   /* id → sequence (gint64): intents of this run whose file rows are right */
};

/* The columns that ib_journal_read_story () wants, in its order, of "message m LEFT JOIN mailbox b". */
#define IB_JOURNAL_STORY_COLUMNS                                                                                    \
    "m.sequence, m.id, b.account, b.name, m.mailbox, m.uid, m.uidl, m.size, m.internal_date, m.delivered_at, "       \
    "m.action, m.verdict, m.probability, m.reasons, m.rule, m.twin_key, m.twin_of, m.content_digest, "               \
    "m.message_id, m.sender, m.subject, m.note, m.server_verb, m.server_folder, m.server_due, "                       \
    "m.entry_host, m.entry_ip, m.relay, m.mx, m.recipient, m.server_filter"

/* The story of the current row, with its files. Returns: (transfer full) (nullable) */
IbStory *ib_journal_read_story (IbJournal *self, sqlite3_stmt *rows, GError **error);
