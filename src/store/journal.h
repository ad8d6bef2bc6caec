/* journal.h - each message's story
 *
 *     INTENDED ──rename──▶ DELIVERED ──server told──▶ SETTLED
 *
 * An intent is on disk before its files are renamed into place; a server is told only of what stands here as
 * delivered. After a crash, therefore: an intent one of whose files is in the Maildir, in any folder and under any
 * flags, is completed; any other is forgotten and fetched again. One writer (the delivery thread); any number of
 * readers, each with an IbJournal of its own opened for reading.
 *
 * What is durable when: ib_journal_intend (), _copied (), _given_up () and _rename_all (), and _enter () with a changed
 * UIDVALIDITY, return when it is on stable storage. All else is a note, durable with the next of these or with
 * ib_journal_flush (). After an error the journal is as at its last commit, and the notes since are undone: what they said of files is found by recovery
 * (ib_journal_unfinished ()), which is therefore due after a failed batch as it is at start. */
#pragma once

#include "story.h"

#include <gio/gio.h>

typedef enum {
    IB_JOURNAL_ERROR_NEWER,    /* a later Inbasket wrote this file; it is left untouched */
    IB_JOURNAL_ERROR_BROKEN,   /* no database, or a damaged one: set aside, then rebuilt from file names */
    IB_JOURNAL_ERROR_WRITE,    /* full, read-only, I/O error: nothing may be told to a server */
} IbJournalError;
#define IB_JOURNAL_ERROR (ib_journal_error_quark ())
GQuark ib_journal_error_quark (void);

typedef struct _IbJournal IbJournal;

/* Opens @path, creating or migrating it first. Returns: (transfer full) (nullable) */
IbJournal *ib_journal_open (const char *path, GError **error);
/* For `status`, `log` and other lookers-on beside a running writer. G_IO_ERROR_NOT_FOUND if there is none yet. */
IbJournal *ib_journal_open_read_only (const char *path, GError **error);
/* Renames a broken journal to PATH.broken-DATE, out of the way of a new one. Returns: the new path (transfer full) */
char *ib_journal_set_aside (const char *path, GError **error);
/* Whether it knows any message: not so if it is new, or its rebuilding from file names was cut short. False without error
 * if not. */
bool ib_journal_has_any (IbJournal *self, GError **error);
void ib_journal_close (IbJournal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbJournal, ib_journal_close)

/* --- where a mailbox stands ----------------------------------------------------------------------------- */

typedef enum {
    IB_OPEN_TOO_LARGE,   /* over max-size */
    IB_OPEN_REFUSED,     /* the server could not give it */
    IB_OPEN_WAITS = 3,   /* no filter could read it, and it may be one that is here; as schema.c has it */
    IB_OPEN_NOT_SHOWN,   /* IMAP: not open, since it seems to be gone; but its server may have left it out, so that it is looked
                            for once more, and for a day */
} IbOpenReason;

/* IMAP: what tells a message from any other that has its number by now. */
typedef struct {
    guint32 uid;
    gint64 internal_date_s;
    char *message_id;
} IbWitness;

typedef struct {
    gint64 key;              /* negative: see ib_journal_look () */
    guint32 uidvalidity;
    guint32 low_water;       /* POP3: 1 once all was taken */
    bool is_new;             /* never polled to its end before: the account's `since` applies */
    gint64 since_s;          /* what was older was not wanted at the first poll: nor is it, once the mailbox was_revalidated.
                                0: all was, or nobody knows */
    bool was_revalidated;    /* UIDVALIDITY changed (POP3: all UIDLs), and not all was taken since: pending server work
                                was voided, low_water is 0, what is here already is to be recognized by its content */
    bool has_unmet;          /* POP3: all UIDLs changed once, and something that had come before has not been met since: a server
                                that is filled again may show it at any time, or never, where it was deleted there */
    GArray *done;            /* guint32, sorted: delivered or never wanted, above low_water */
    GArray *open;            /* guint32, sorted: open ones, whatever the reason */
    GArray *gaps;            /* guint32, sorted: what was not shown below the last that came */
    GPtrArray *witnesses;    /* IbWitness, sorted by number: of the last few that were delivered, those that can be told from others */
    GArray *refused;         /* guint32, sorted: of the open ones, those that the server could not give, but a thousand at most */
    GHashTable *open_uidls;  /* POP3: char* set: the same; empty if it is_unchanged */
    GHashTable *refused_uidls; /* POP3: char* set: of the open ones, those that the server could not give */
    GArray *waiting;         /* guint32, sorted: of the open ones, those that wait for a filter */
    GHashTable *waiting_uidls; /* POP3: char* set: the same */
    gint64 newest;           /* up to this one messages had come on entering, of whatever account */
    bool has_rescue;         /* something was due to be moved out of the server's Junk on entering */
    bool is_unchanged;       /* the listing is one all of which was taken, and nothing of it was left open: then
                                uidls is empty */
    GHashTable *uidls;       /* POP3: char* set: delivered and neither deleted nor gone there, never wanted */
    GHashTable *old_dates;   /* POP3: gint64* set: the Dates of what was never wanted for them */
    GHashTable *former_ids;  /* char* set: of messages here which may have no number there any more, or another one: if a number
                                that is not known gives one of these, it may be that message again, or any other. POP3: also
                                what the last name gives of what is gone */
} IbMailboxStand;
void ib_mailbox_stand_free (IbMailboxStand *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbMailboxStand, ib_mailbox_stand_free)

/* Finds or makes the row of (@account, @mailbox). A changed @uidvalidity starts the mailbox anew and voids what is
 * pending on the server there. POP3: @uidvalidity 0, and @listing, a digest of all that is listed there; "" for none. */
IbMailboxStand *ib_journal_enter (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                                  const char *listing, GError **error);
/* IMAP: under the same UIDVALIDITY its numbers mean other messages by now. As with a changed one: the mailbox starts anew, and what
 * is pending on the server there is void. */
bool ib_journal_restarted (IbJournal *self, const char *account, const char *mailbox, GError **error);
/* What ib_journal_enter () would say, after ib_journal_restarted () if that @is_restarted, without changing anything: for a dry
 * run. @self NULL: there is no journal yet. The key of a mailbox that was never entered is 0; that of one whose UIDVALIDITY has
 * changed is the former one, negative: for those who look for what came from there. */
IbMailboxStand *ib_journal_look (IbJournal *self, const char *account, const char *mailbox, guint32 uidvalidity,
                                 const char *listing, bool is_restarted, GError **error);
/* A message left on the server for a reason. @uidl NULL for IMAP. */
bool ib_journal_open_message (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl, guint64 size_bytes,
                              IbOpenReason reason, const char *server_text, GError **error);
/* POP3: no message is open any more but those with the UIDLs of @but, and those that wait. */
bool ib_journal_drop_open (IbJournal *self, gint64 mailbox_key, GHashTable *but, GError **error);
/* A message never wanted (before `since`), here already under another number, or gone: not asked about again. @date_s: POP3, the
 * Date for which it was not wanted; else 0. */
bool ib_journal_pass_over (IbJournal *self, gint64 mailbox_key, guint32 uid, const char *uidl, gint64 date_s,
                           GError **error);
/* Message @id of an earlier UIDVALIDITY of the mailbox is @uid there now, or @uidl where the account has become one of POP3: it is
 * not asked about again, and what was to be done with it on the server, void since the change, is to be done under this number,
 * and with this date. */
bool ib_journal_renumbered (IbJournal *self, const char *id, gint64 mailbox_key, guint32 uid, const char *uidl,
                            gint64 internal_date_s, GError **error);
/* POP3: nothing that came into the mailbox up to message @until is there under its UIDL any more. As with a changed UIDVALIDITY:
 * what is pending on the server there is void, and until all was taken the mailbox is one that was_revalidated. What was
 * deleted on the server is no part of it. */
bool ib_journal_rename_all (IbJournal *self, gint64 mailbox_key, gint64 until, GError **error);
/* Message @former_id, which was renumbered since it came, has the number of @story again: as ib_journal_renumbered ().
 * *out_has_returned: it is here, with these bytes; else nothing is changed. */
bool ib_journal_returned (IbJournal *self, const char *former_id, const IbStory *story, bool *out_has_returned,
                          GError **error);
/* All up to @highest_uid, or of @listing, was looked at, and what was wanted is delivered or open: the low water
 * rises; by POP3 none waits. If this was the first poll, @since_s (0: none) is the mailbox's for good. */
bool ib_journal_taken (IbJournal *self, gint64 mailbox_key, guint32 highest_uid, const char *listing, gint64 since_s,
                       GError **error);

/* --- a batch's way --------------------------------------------------------------------------------------- */

/* Records every story of @batch (IbStory) with its files and what is to be done on the server: all or none. Nothing
 * of that is due before the story is delivered. Intending a forgotten source again is no
 * error; its id is the same. Also notes in the same transaction what the last batch left to note. */
bool ib_journal_intend (IbJournal *self, GPtrArray *batch, GError **error);
/* The batch's files are in place and their folders synced; what they want to be remembered is, from now on. Durable with the next commit, at the latest with
 * ib_journal_flush (). */
bool ib_journal_delivered (IbJournal *self, GPtrArray *batch, GError **error);
bool ib_journal_flush (IbJournal *self, GError **error);
/* At rest, before the last change: puts the log in order where it has become long, so that the next ones are durable
 * sooner. As ib_journal_flush () there. */
bool ib_journal_fold (IbJournal *self, GError **error);
/* Once, at rest of a program that stays: what is committed from now on is durable sooner. */
void ib_journal_make_room (IbJournal *self);

/* What `duplicate` remembers at @now_s, the @most that last longest. */
typedef void (*IbJournalMark) (const char *mark, gint64 expires_at_s, const char *id, gpointer user_data);
bool ib_journal_marks (IbJournal *self, gint64 now_s, guint most, IbJournalMark each, gpointer user_data,
                       GError **error);
/* Forgets what is not to be remembered any more. */
bool ib_journal_drop_marks (IbJournal *self, gint64 now_s, GError **error);

/* A message that is here, with its first file; folder and name "" if the journal does not know them any more. */
typedef struct {
    char id[IB_ID_LENGTH + 1];
    char *folder, *name, *verdict;
    char *reasons;           /* as in IbStory */
    double probability;      /* NAN: not known */
} IbTwin;
void ib_twin_clear (IbTwin *self);
/* The delivered message with this twin key; false without error if none. Sees intents of this run too. */
bool ib_journal_find_twin (IbJournal *self, const char *twin_key, IbTwin *out_twin, GError **error);
/* The same of a message without a key: the delivered one with the bytes of @story that its server took in at the same time, in
 * another mailbox of the account. IMAP. */
bool ib_journal_find_copy (IbJournal *self, const IbStory *story, IbTwin *out_twin, GError **error);
/* The message of an earlier UIDVALIDITY of the same mailbox with these bytes, whatever was done with it. Of several, not the first
 * @skipped: in a dry run these are taken. */
bool ib_journal_find_content (IbJournal *self, gint64 mailbox_key, const char *content_digest, guint64 size_bytes,
                              guint skipped, IbTwin *out_twin, GError **error);
/* The same of this very mailbox, up to message @until. Once ib_journal_rename_all () was called for that, only what was
 * renumbered since is found. */
bool ib_journal_find_renamed (IbJournal *self, gint64 mailbox_key, gint64 until, const char *content_digest,
                              guint64 size_bytes, guint skipped, IbTwin *out_twin, GError **error);
/* The last message that is here with the bytes of @story: @id, or another one that had its UIDL. False without error if there
 * is none. @out_id: IB_ID_LENGTH + 1 */
bool ib_journal_find_namesake (IbJournal *self, const char *id, const IbStory *story, char *out_id, GError **error);
/* The same of a story that no filter has read: whether it may be such a message, by its size. False without error if not. */
bool ib_journal_may_have_namesake (IbJournal *self, const char *id, const IbStory *story, GError **error);
typedef void (*IbJournalSized) (const char *id, guint64 size_bytes, gpointer user_data);

/* What has no twin key is known by its bytes alone: a filter found no Message-ID in it, or none worked when it came. The sizes
 * of all such messages that are here. Returns: (transfer full) gint64 set; NULL on error */
GHashTable *ib_journal_sizes_without_key (IbJournal *self, GError **error);
/* Whether one of them has these bytes; false without error if not. */
bool ib_journal_has_bytes (IbJournal *self, const char *bytes_digest, guint64 size_bytes, GError **error);
/* By now a filter has read these bytes: each of them is known by @twin_key from now on, too. */
bool ib_journal_give_key (IbJournal *self, const char *bytes_digest, guint64 size_bytes, const char *twin_key,
                          GError **error);
/* What has a twin key, and came from the mailbox under a number that means nothing any more; or, see ib_journal_find_renamed (),
 * under one that may mean nothing: up to message @until. */
bool ib_journal_list_formers (IbJournal *self, gint64 mailbox_key, gint64 until, IbJournalSized each,
                              gpointer user_data, GError **error);
/* Whether (id) is delivered already: an IMAP message seen again after a crash. Not for one only intended. False without
 * error if not. */
bool ib_journal_has (IbJournal *self, const char *id, GError **error);

/* --- on the server --------------------------------------------------------------------------------------- */

/* As IbStoryAfter has them. */
typedef enum { IB_PENDING_DELETE, IB_PENDING_MOVE, IB_PENDING_JUNK, IB_PENDING_RESCUE } IbPendingVerb;
typedef struct {
    IbPendingVerb verb;
    char *folder;        /* all but DELETE */
    gint64 due_at_s;
    guint32 uid;
    char *uidl;
    gint64 internal_date_s;  /* as IbStory has them */
    char *message_id;
    char *content_digest;    /* if it came without a Message-ID, or nobody could read it then; else NULL */
    bool is_copied;      /* the COPY of a move is done, \Deleted not yet */
} IbPending;
void ib_pending_free (IbPending *self);

/* Changes what is to be done on the server with a message. */
bool ib_journal_plan_pending (IbJournal *self, const char *id, IbPendingVerb verb, const char *folder, gint64 due_at_s,
                              GError **error);
/* What is due in a mailbox at @now_s, delivered and not settled. Elements IbPending. (transfer full) */
GPtrArray *ib_journal_due (IbJournal *self, gint64 mailbox_key, gint64 now_s, GError **error);
bool ib_journal_copied (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, GError **error);
/* Done: settled. What has the same UIDL from then on may be other mail. */
bool ib_journal_settled (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count,
                         const char *const *uidls, GError **error);
/* POP3: what was to be deleted is not there any more, so there is nothing to do. Unlike what we deleted it may still be there
 * under a new name, or be there again: met again, it is known, and to be deleted once more. */
bool ib_journal_gone (IbJournal *self, gint64 mailbox_key, const char *const *uidls, GError **error);
/* POP3: their DELE is said, and nobody knows what becomes of it until the server has answered QUIT, if it does: from here on
 * they are as what is gone, until they are settled. */
bool ib_journal_given_up (IbJournal *self, gint64 mailbox_key, const char *const *uidls, GError **error);
/* Whether what stands there is this mail cannot be told: what is to be done with it is due from @due_at_s on. *out_fresh: with so
 * many of them that has not happened before. */
bool ib_journal_doubted (IbJournal *self, gint64 mailbox_key, const guint32 *uids, gsize count, const char *const *uidls,
                         gint64 due_at_s, guint *out_fresh, GError **error);

/* --- recovery and undo ----------------------------------------------------------------------------------- */

/* Stories intended and not delivered, of an earlier run. Elements IbStory. (transfer full) */
GPtrArray *ib_journal_unfinished (IbJournal *self, GError **error);
/* An intent none of whose files exists: it never happened. */
bool ib_journal_forget (IbJournal *self, const char *id, GError **error);
/* A file found in the Maildir whose id the journal does not know (journal lost): its story is made from it. */
bool ib_journal_adopt (IbJournal *self, const IbStory *story, GError **error);
/* What was adopted and was not met on a server since, nor is known by its content: @size_bytes as it was measured; 0: not yet. */
bool ib_journal_list_adopted (IbJournal *self, IbJournalSized each, gpointer user_data, GError **error);
bool ib_journal_measure_adopted (IbJournal *self, const char *id, guint64 size_bytes, GError **error);
/* @id, which was adopted, was met on its server as @story: where it stands there and what it is known by are noted. Nothing is done
 * with it there: that the file which bears its id is this very message, nobody has seen, and servers use numbers again. Any
 * other message stays as it is. */
bool ib_journal_place_adopted (IbJournal *self, const char *id, const IbStory *story, GError **error);
/* A message that another program delivered, known by @twin_key from now on: fetched, it is a duplicate. It is nobody's, and is
 * listed nowhere. Knowing it again is no error. */
bool ib_journal_know (IbJournal *self, const char *id, const char *twin_key, GError **error);
/* A file moved by us (undo, a better twin): where it is now. */
bool ib_journal_moved (IbJournal *self, const char *id, const char *old_folder, const char *name,
                       const char *new_folder, const char *why, GError **error);
/* A held message was brought back: action becomes deliver, its file @folder/@name. What is in held/ has had its time. */
bool ib_journal_restored (IbJournal *self, const char *id, const char *folder, const char *name, const char *info,
                          GError **error);
/* Held files whose time is over, since they are older than @before (microseconds) or were brought back: ids. They are marked as
 * dropped, but not yet durably: to be removed first. */
GPtrArray *ib_journal_drop_held (IbJournal *self, gint64 before, GError **error);
/* Stories older than @before (microseconds) keep their identity only: no names, texts, files or events. Those that
 * still have something to do on a server or stand in held/ stay whole; but what is to be moved out of Junk there only if that was said
 * since. */
bool ib_journal_trim (IbJournal *self, gint64 before, GError **error);
