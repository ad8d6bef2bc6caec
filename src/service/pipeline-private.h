/* pipeline-private.h - the inside that the pipeline's files share
 *
 * pipeline.c has the thread, its jobs and their replies; pipeline-message.c a message's way in, pipeline-batch.c the way of a
 * batch to durability; pipeline-moved.c what was moved on its server; pipeline-files.c what can be told by its file only; pipeline-ours.c what is
 * served out of our own Maildir; pipeline-mailbox.c the jobs about mailboxes, servers and polls; pipeline-loan.c the home in other hands. */
#pragma once

#include "pipeline.h"
#include "server-placement.h"

/* A piece of work for the thread and a reply for the main loop. */
typedef struct _IbJob IbJob;
typedef struct _IbFiles IbFiles;
struct _IbJob {
    void (*work) (IbPipeline *self, IbJob *job);  /* on the thread */
    void (*reply) (IbPipeline *self, IbJob *job); /* on the main context; may be NULL */
    void (*free) (IbJob *job);
    GError *error;
    gpointer user_data;
};

/* A message on its way. */
typedef struct {
    IbJob job;
    IbPipeline *pipeline;
    IbStory *story;
    IbPlan *plan;
    IbBag *bag;           /* NULL: written */
    guint64 offset;       /* in it */
    GPtrArray *stretches; /* IbStretch arrays, of the editions: NULL as long as none is to be written */
    IbEdition *editions;
    IbDeliveryPolicy policy;
    char *after_folder; /* the policy's */
    const IbPipelineEvents *events;
    char **paths;
    IbTwin twin;
    bool leads_twin; /* a better verdict than the twin that is here: it decides where that one stands */
    char *trouble; /* why a known one could not follow where its server has it; NULL */
    char *lead_folder;
    bool is_known;      /* the journal has it: nothing to deliver */
    bool is_renumbered; /* known under another number, and the journal has the new one */
    bool waits;         /* on its server, for a filter to tell whether it is known */
} IbIncoming;

/* Messages that become durable together. */
typedef struct {
    GPtrArray *messages; /* IbIncoming */
    GHashTable *twins;   /* twin key → IbStory of the batch */
    GHashTable *ids;     /* char*, of its stories that are new */
    GArray *put_off;     /* PutOff: comes behind them */
    gint64 since;        /* it gathers; monotonic */
} IbBatch;

struct _IbPipeline {
    GMainContext *context;
    GThread *thread;
    GAsyncQueue *jobs;
    GAsyncQueue *letters; /* what the thread has to say to the main loop */
    GSource *letter_box;
    GAsyncQueue *returns; /* the main loop gives the home back */
    gint expected;        /* messages on their way here; atomic */
    bool is_on_loan;      /* the main loop's: home and thread are its own until it gives them back */
    bool deduplicates, is_dry;
    guint batch_messages; /* at most; each has a descriptor while its data are synced, and while it is in its bag */
    char **folders;
    IbMarks *marks;

    gint untold; /* letters that the loop was not woken for yet; atomic */

    /* The thread's. */
    IbHome *home; /* NULL: lent, or gone for good: see .failure */
    IbDelivery *delivery;
    IbBatch *batch;   /* gathers */
    IbBatch *closed;  /* its data are on their way to stable storage, and all else is still to be done; NULL: none */
    IbJob all_synced; /* says that they are there */
    GHashTable *
        dry_twins; /* twin key → IbTwin, of all that a dry run would have delivered: no journal hears of it */
    GHashTable *dry_known;   /* likewise: ids of what it has recognized under other numbers (char*) */
    GHashTable *dry_skipped; /* where that was looked for → how many (guint) of what was found are taken */
    GHashTable *renamed; /* gint64: mailboxes (keys) whose UIDLs are all new, as was found since they were entered */
    GHashTable *waiting; /* gint64: mailboxes (keys) something of which waits on its server, since they were entered */
    GHashTable *sizes_without_key; /* gint64, as the journal has them, and of what is on its way; NULL: not asked yet */
    IbFiles *adopted; /* a lost journal's; NULL: not looked for yet */
    IbFiles *formers; /* of a mailbox that was numbered anew; NULL: not looked for */
    gint64 formers_of; /* which one */
    GHashTable *ours; /* id → GPtrArray of paths, of all files here; NULL: not looked for */
    GHashTable *visits; /* gint64: mailboxes (keys) → what their servers have noted in our Maildir */
    GError *failure;
    bool is_closing;

    /* The main loop's copy of what stuck. */
    GError *told;
};

IbBatch *ib_batch_new (void);
void ib_batch_free (IbBatch *self);

/* Takes @job, which its .free frees after the reply. */
void ib_pipeline_submit (IbPipeline *self, IbJob *job);

/* --- on the thread ---------------------------------------------------------------------------------------- */

/* To the main loop, which hears of it when it is woken: a call before the job's reply (on any thread), or the reply, with what
 * stuck, if nothing else. Always through one queue, so that order holds. */
void ib_pipeline_post (IbPipeline *self, IbJob *job, void (*call) (IbPipeline *self, IbJob *job));
void ib_pipeline_post_reply (IbPipeline *self, IbJob *job);
/* If anything was posted. On any thread. */
void ib_pipeline_wake_loop (IbPipeline *self);
/* Calls the job's reply on the main context, after all that were posted before; with what stuck, if nothing else. */
void ib_pipeline_reply (IbPipeline *self, IbJob *job);
/* Takes @error. Keeps the first failure; from now on nothing is written. */
void ib_pipeline_stick (IbPipeline *self, GError *error);
/* Adds @message to the batch that gathers; a full one is closed. */
void ib_pipeline_gather (IbPipeline *self, IbIncoming *message);
/* The next one gathers while the data of this one are brought to stable storage. */
void ib_pipeline_close_batch (IbPipeline *self);
/* Of a dry run. */
void ib_pipeline_remember_dry_twins (IbPipeline *self, const IbBatch *batch);
/* Delivers what waits, if anything, and concludes what was put off. */
void ib_pipeline_commit (IbPipeline *self);
/* Once all messages that came before are delivered, @note writes into the journal, and @conclude is called when that is
 * durable, or all has failed: accounts that come to their ends side by side wait for the disk together. Neither closes a
 * batch. Of a home that is only looked at, @note is not called. */
void ib_pipeline_put_off (IbPipeline *self, IbJob *job,
                          bool (*note) (IbJournal *journal, IbJob *job, GError **error),
                          void (*conclude) (IbPipeline *self, IbJob *job));

/* SHA-256 of so many bytes, hexadecimal; of those that can be read. Returns: (transfer full) */
char *ib_pipeline_digest (int fd, guint64 offset, guint64 length);

/* The message that is here by its bytes and otherwise known by its file only. *out_id: IB_ID_LENGTH + 1; "" if there is none. */
bool ib_pipeline_find_adopted (IbPipeline *self, const IbIncoming *message, char *out_id, GError **error);
/* The same of those that came from its mailbox, which was numbered anew, and have a key, as it has not. *out_is_certain: if it is
 * none of them, it is not here; else files are missing. */
bool ib_pipeline_find_former (IbPipeline *self, const IbIncoming *message, char *out_id, bool *out_is_certain,
                              GError **error);
/* The fields that we put in front of a message. They are shorter: what is longer is not recognized. */
#define IB_PIPELINE_OWN_PREFIX "X-Inbasket-"
#define IB_PIPELINE_TOP_BYTES 8192
/* Of those at the @top of a message, one or more lines each. -1: they have no end here. */
gssize ib_pipeline_own_length (const char *top, gsize length);
/* -1 and errno: it cannot be read; 0: it is none. *out_offset, *out_size: of what is behind our fields. */
int ib_pipeline_open_behind_ours (const char *path, guint64 *out_offset, guint64 *out_size);

/* A table for .visits. */
GHashTable *ib_pipeline_new_visits (void);
/* The mailbox was entered: what was known of it goes for what comes now no more. @uidvalidity 0: POP3. */
void ib_pipeline_begin_visit (IbPipeline *self, gint64 mailbox_key, guint32 uidvalidity);
/* One that is served to us out of our Maildir: by what it bears, or by what its server has noted there, it is one of our files, and
 * that is here, with the same bytes. That its mailbox is one of these is noted. */
bool ib_pipeline_find_ours (IbPipeline *self, const IbIncoming *message, bool *out_is_ours, GError **error);
/* There are others by now. */
void ib_pipeline_forget_ours (IbPipeline *self);
/* It was met by now. */
void ib_pipeline_forget_file (IbPipeline *self, const char *id);
void ib_files_free (IbFiles *self);

/* What it means if the message is one that was moved on its server, by us or the user: that is noted, and done. One that is
 * IB_FOUND_COPY or IB_FOUND_MISSED is still to be delivered. *out_trouble (transfer full): why its file does not follow, for
 * people; left alone where that is no trouble. */
bool ib_pipeline_find_moved (IbPipeline *self, const IbStory *story, const IbDeliveryPolicy *policy,
                             IbServerFinding *out_finding, char **out_trouble, GError **error);
