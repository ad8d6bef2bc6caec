/* server-side.h - where messages stand on their servers
 *
 * The journal has each message where it was fetched: its mailbox and UID. With the server's Junk in step with ours, messages
 * go from mailbox to mailbox there, by our hand or the user's, and get other numbers each time: what is found under new ones is
 * recognized by what it is, and noted there. */
#pragma once

#include "journal.h"

typedef struct {
    char id[IB_ID_LENGTH + 1];
    bool is_in_junk;   /* fetched or found in the server's Junk */
    IbStoryAfter work; /* what we did there, or have still to do */
    bool is_done;      /* it was; or copied, or void */
    gint64 internal_date_s;
} IbServerSide;

/* A message that came through @account and is the same as one with @content_digest (see IbStory), found now in its Junk, or
 * not: of several, one that we moved, then one from the other side. False without error if there is none. */
bool ib_server_side_find (IbJournal *journal, const char *account, const char *content_digest, bool is_junk,
                          IbServerSide *out_side, GError **error);

/* Notes, durable with the next ib_journal_flush (). The mailbox is the server's Junk. */
bool ib_server_side_note_junk (IbJournal *journal, gint64 mailbox_key, GError **error);
/* Message @id is @uid of @mailbox_key now, with this date (0: not known), and is not asked about again. What was to be done with it
 * is done, but what the user wants out of Junk, and is there now. */
bool ib_server_side_note_moved (IbJournal *journal, const char *id, gint64 mailbox_key, guint32 uid,
                                gint64 internal_date_s, GError **error);
/* What we moved out of @mailbox_key, where it was @uid, is @new_uid of @mailbox. Put into Junk it is noted there, as above; put
 * where the settings have it the number is one that need not be fetched; what was rescued is still to be recognized. Of no
 * effect if @mailbox with that @uidvalidity was never entered. */
bool ib_server_side_note_put (IbJournal *journal, gint64 mailbox_key, guint32 uid, const char *mailbox,
                              guint32 uidvalidity, guint32 new_uid, GError **error);
/* Whether one that is the same, see ib_server_side_find (), was in another mailbox than @mailbox_key, and was moved from there
 * as the settings have it, or was about to be. Its server took it in at @internal_date_s. */
bool ib_server_side_was_put (IbJournal *journal, const char *account, const char *content_digest,
                             gint64 internal_date_s, gint64 mailbox_key, GError **error);
/* Out of the mailbox our own Maildir's mail came just now: its server reads what is written here. A note, as above. */
bool ib_server_side_note_ours (IbJournal *journal, gint64 mailbox_key, gint64 now_s, GError **error);
/* All such mailboxes since then, as their servers write them. */
typedef void (*IbServerSideMailbox) (const char *account, const char *mailbox, gpointer user_data);
bool ib_server_side_list_ours (IbJournal *journal, gint64 since_s, IbServerSideMailbox each, gpointer user_data,
                               GError **error);
/* What @id was is gone here: nothing that is found is recognized by it any more. */
bool ib_server_side_forget (IbJournal *journal, const char *id, GError **error);
/* The user wants @id and its twins out of the server's Junk: they are to be moved into the INBOX if they are there, and are not
 * moved there if they were about to be. */
bool ib_server_side_rescue (IbJournal *journal, const char *id, GError **error);
