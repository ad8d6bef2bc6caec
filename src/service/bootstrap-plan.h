/* bootstrap-plan.h - what of the mail that is there already teaches what, and in which order
 *
 * Junk is spam; what the user read in the INBOX or an archive, or filed, is ham; what he sent shows whom he writes with and is
 * not learned from. Drafts and what was thrown away teach nothing, and neither does mail that nobody has looked at. Pure. */
#pragma once

#include "mailbox-use.h"
#include "story.h"

#include <stdbool.h>

/* Of each mailbox or folder the newest messages are taken, so many with no more bytes in all: months of mail, and minutes
 * over a slow line. */
#define IB_BOOTSTRAP_MESSAGES 500
#define IB_BOOTSTRAP_BYTES (64 * 1024 * 1024)
/* Of all archives of an account together: more good mail would not be learned. */
#define IB_BOOTSTRAP_ARCHIVED_MESSAGES 1000
/* Larger ones are large by what is attached to them, which says little. */
#define IB_BOOTSTRAP_MESSAGE_BYTES (1024 * 1024)

typedef enum { IB_TAKEN_NOT, IB_TAKEN_AS_HAM, IB_TAKEN_AS_SPAM, IB_TAKEN_AS_SENT } IbTakenAs;

/* A mailbox or folder, and what became of its messages. */
typedef struct {
    const char *source; /* as it was named to us */
    char *name;         /* "Junk", "Lists.foo"; a server's, made valid UTF-8 */
    IbMailboxUse use;
    IbTakenAs as;
    guint learned;      /* messages that are lessons now, or that showed whom the user writes with */
    guint known;        /* that were taught before, or stand elsewhere too */
    guint passed_over;  /* that teach nothing, are too large, or too old beside newer ones */
    guint failed;
} IbBootstrapFolder;

IbBootstrapFolder *ib_bootstrap_folder_new (const char *source, const char *name, IbMailboxUse use);
void ib_bootstrap_folder_free (gpointer folder);

/* Of a Maildir's folder ("work.Sent Items"): by the last part of its name. */
IbMailboxUse ib_bootstrap_plan_use_of_folder (const char *folder);
IbTakenAs ib_bootstrap_plan_take_as (IbMailboxUse use);
/* Whether a message of @folder teaches what the folder is taken as. @was_filed: it lies outside the INBOX, and no filter of
 * ours put it there. */
bool ib_bootstrap_plan_teaches (const IbBootstrapFolder *folder, bool was_read, bool was_filed);

/* What is kept of a message until all are there. */
typedef struct {
    IbBootstrapFolder *folder;
    gint64 arrived_at_s;
    gint64 order; /* within its folder: the newer, the higher */
    char *key;    /* the same for each copy of the message */
    char id[IB_ID_LENGTH + 1];
    GBytes *features;
    char **recipients; /* of what was sent */
} IbBootstrapExample;

void ib_bootstrap_example_free (gpointer example);

/* Puts @examples (IbBootstrapExample) into the order in which they are to be learned, the newest last: by the time of their
 * arrival, and what came at one time from several folders evenly mixed. Of copies one is left, of ham at most @most, and as
 * many of spam. What lies in Junk, too, is spam; a mailbox of all mail where that is so holds Junk, and teaches nothing. */
void ib_bootstrap_plan_mix (GPtrArray *examples, guint most);
