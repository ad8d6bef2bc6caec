/* pipeline.h - the delivery thread
 *
 *     message + plan ─write─▶ tmp/ ─┐ batch: nothing more in flight, 256 messages, or 50 ms
 *                                   ▼
 *         data synced, intents in the journal ▶ renamed ▶ folders synced ▶ delivered in the journal
 *
 * While much is on its way the next batch gathers as the data of the one before are synced; all else comes one batch after the
 * other. One thread owns journal and Maildir; the main loop hands it work and hears of it by callbacks on the context that
 * opened the pipeline, in the order of asking; but the end of a mailbox, and of a poll, comes behind the batch that waits,
 * which others may still add to. The first failure of the store sticks: all that waits and all that comes
 * hears it, and no server is told of anything that is not delivered. */
#pragma once

#include "bag.h"
#include "home.h"
#include "marks.h"
#include "plan.h"
#include "server-work.h"

#include "account.h"

typedef struct _IbPipeline IbPipeline;

/* Takes @home. With one that is only looked at nothing is written, and every answer is as if. */
IbPipeline *ib_pipeline_new (IbHome *home, bool deduplicates);

/* Where does a mailbox stand? @stand (transfer full) or @error. */
typedef void (*IbPipelineStand) (IbMailboxStand *stand, const GError *error, gpointer user_data);
void ib_pipeline_enter (IbPipeline *self, const char *account, const char *mailbox, guint32 uidvalidity,
                        const char *listing, bool is_restarted, IbPipelineStand done, gpointer user_data);

/* How a message is taken, and what happens on the server once it is safe here. */
typedef struct {
    bool is_renumbered; /* the mailbox's UIDVALIDITY changed: that the message is met there says nothing of who moved it */
    bool is_rematched; /* that, or it was left open, perhaps then: what is here by its bytes is not delivered again */
    bool may_be_unmet;    /* POP3: IbMailboxStand.has_unmet: the same, but it waits for nothing, since that may be so for ever */
    gint64 renamed_until; /* POP3: nothing that came up to this message (IbMailboxStand.newest) is there under its UIDL: what is
                             here by its bytes is not delivered again; 0: that is not so */
    const char *former_id; /* the source gives this id, which a message that is here has: it may be that one, or another; NULL:
                              that is not so. Good until the answer */
    IbServerRule rule;
    const char *folder; /* of a move */
    bool is_target;     /* found in the mailbox that it would be moved to */
    bool learns;        /* what is moved on the server is learned from; only with .rule.moves_junk */
    bool is_unread;     /* no filter could read it: one that was to be recognized, and may be here, waits for one that can */
    bool is_hopeless;   /* and it waits no more: none ever will */
} IbDeliveryPolicy;

/* A message is on its way here: a batch waits for it (a while). Taken back by one ib_pipeline_deliver () or
 * ib_pipeline_unexpect (). */
void ib_pipeline_expect (IbPipeline *self);
void ib_pipeline_unexpect (IbPipeline *self);

typedef struct {
    /* Written into tmp/: its place in the bag is not needed any more. */
    void (*written) (const IbStory *story, gpointer user_data);
    /* Delivered, durably; or @error: then it is still on the server. @story->action says whether it was a duplicate.
     * @paths: of each file of @story; NULL if nothing is in the Maildir. */
    void (*delivered) (const IbStory *story, const char *const *paths, const GError *error,
                       gpointer user_data);
    /* Instead of delivered: the journal knew it already, by its id or its bytes. Nothing was delivered or held. @trouble:
     * what could not be done with the one that is here, for people; NULL. */
    void (*recognized) (const IbStory *story, const char *trouble, gpointer user_data);
    /* Instead of delivered, with .is_unread: it stays on its server, open, and its mailbox counts as not taken. */
    void (*waits) (const IbStory *story, gpointer user_data);
} IbPipelineEvents;

/* Takes @story (its files have folder and info), @plan (its segments) and @bag, in which the story's .size_bytes are from
 * @offset on. @events must outlive the pipeline. */
void ib_pipeline_deliver (IbPipeline *self, IbStory *story, IbPlan *plan, IbBag *bag, guint64 offset,
                          const IbDeliveryPolicy *policy, const IbPipelineEvents *events, gpointer user_data);

typedef void (*IbPipelineDone) (const GError *error, gpointer user_data);

/* A message that stays on the server (open), or is not wanted there (passed over). */
void ib_pipeline_leave_open (IbPipeline *self, gint64 mailbox_key, guint32 uid, const char *uidl,
                             guint64 size_bytes, IbOpenReason reason, const char *server_text);
void ib_pipeline_pass_over (IbPipeline *self, gint64 mailbox_key, guint32 uid, const char *uidl, gint64 date_s);
/* What waits there for a filter was not fetched again: the mailbox counts as not taken. */
void ib_pipeline_leave_waiting (IbPipeline *self, gint64 mailbox_key);
/* POP3: no others than those with the UIDLs of @uidls (transfer full) are open there, but what waits. */
void ib_pipeline_left_open_only (IbPipeline *self, gint64 mailbox_key, GHashTable *uidls);

/* All of a mailbox was handed over: commits what waits, lets the low water rise, and says what is due on the server
 * (@due: IbPending, transfer full). @since_s: as for ib_journal_taken (). */
typedef void (*IbPipelineDue) (GPtrArray *due, const GError *error, gpointer user_data);
void ib_pipeline_taken (IbPipeline *self, gint64 mailbox_key, guint32 highest_uid, const char *listing,
                        gint64 since_s, gint64 now_s, IbPipelineDue done, gpointer user_data);

/* Each notes and commits what became of messages on the server, as the journal's call of that name has it: COPY is done; DELE
 * is said, and QUIT is not; what was to be deleted is not there; all is done. Copies the lists. */
void ib_pipeline_copied (IbPipeline *self, gint64 mailbox_key, GArray *uids, IbPipelineDone done,
                         gpointer user_data);
void ib_pipeline_given_up (IbPipeline *self, gint64 mailbox_key, GPtrArray *uidls, IbPipelineDone done,
                           gpointer user_data);
void ib_pipeline_gone (IbPipeline *self, gint64 mailbox_key, GPtrArray *uidls, IbPipelineDone done,
                       gpointer user_data);
void ib_pipeline_settled (IbPipeline *self, gint64 mailbox_key, GArray *uids, GPtrArray *uidls,
                          IbPipelineDone done, gpointer user_data);
/* The same of what nobody can tell to be there still: ib_journal_doubted (), for a day from now. @done: of so many that is news. */
typedef void (*IbPipelineDoubted) (guint fresh, const GError *error, gpointer user_data);
void ib_pipeline_doubted (IbPipeline *self, gint64 mailbox_key, GArray *uids, GPtrArray *uidls,
                          IbPipelineDoubted done, gpointer user_data);

/* Notes that what we moved out of @mailbox_key stands in @mailbox there now, one of @new_uids for each of @uids (0: not
 * known): then it need not be recognized. Of no effect if that mailbox was never entered. */
void ib_pipeline_moved (IbPipeline *self, gint64 mailbox_key, const char *mailbox, guint32 uidvalidity,
                        const GArray *uids, const GArray *new_uids);

/* A poll of @account ended, or rests (@watches): then more will come. @state is the word that `status` shows; NULL: that of
 * the poll before stays. Commits. */
void ib_pipeline_note_poll (IbPipeline *self, const char *account, gint64 at, const char *state,
                            const char *text, bool watches, IbPipelineDone done, gpointer user_data);

/* The home itself, between two batches: until ib_pipeline_give_back () it is the borrower's, on the main context, and what
 * is to be delivered waits. Loans come in the order of asking. @error: there is none, @home is NULL, nothing is given back.
 * Not of a home that is only looked at. */
typedef void (*IbPipelineUse) (IbHome *home, const GError *error, gpointer user_data);
void ib_pipeline_borrow (IbPipeline *self, IbPipelineUse use, gpointer user_data);
/* The same for another process: when @ready is called without an error, the home is closed and its lock is free. Once it is
 * given back, @open opens it again, on the delivery thread; where it cannot, that is a failure of the store. */
typedef IbHome *(*IbPipelineOpen) (gpointer user_data, GError **error);
void ib_pipeline_lend (IbPipeline *self, IbPipelineOpen open, IbPipelineDone ready, gpointer user_data);
/* Ends the loan; nothing, if there is none. */
void ib_pipeline_give_back (IbPipeline *self);
/* @done when all that was asked before is done: the thread does not hang. */
void ib_pipeline_ping (IbPipeline *self, IbPipelineDone done, gpointer user_data);

/* The folders of the Maildir at opening. */
const char *const *ib_pipeline_folders (const IbPipeline *self);
/* What filters have seen (`duplicate`), as the journal had it at opening. */
IbMarks *ib_pipeline_marks (const IbPipeline *self);
/* The store failed elsewhere (no room for a large message): from now on as if it had failed here. */
void ib_pipeline_fail (IbPipeline *self, const GError *error);
/* The error that stuck, or NULL. For the main loop. */
const GError *ib_pipeline_get_error (const IbPipeline *self);

/* Commits what waits and ends the thread; callbacks that are due are called before it returns. Ends a loan. */
void ib_pipeline_close (IbPipeline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPipeline, ib_pipeline_close)
