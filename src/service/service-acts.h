/* service-acts.h - what the user does with mail that is here, by a click or over the bus
 *
 *     asked ─▶ the service's home borrowed, in the order of asking ─▶ done between two batches ─▶ answer
 *
 * All is asynchronous, and answers come on the main loop. What cannot be done with one message does not hinder the others. */
#pragma once

#include "service.h"
#include "undo.h"

/* A message that nothing was done with. */
typedef struct {
    char *message; /* as it was asked for */
    char *words;   /* why */
} IbActRefusal;

/* @done: so many messages; @refused: IbActRefusal, of the others. Or @error: nothing was done, or it could not be written
 * down (IB_HOME_ERROR, IB_CONFIG_ERROR or G_IO_ERROR). */
typedef void (*IbActDone) (guint done, GPtrArray *refused, const GError *error, gpointer user_data);

/* @messages: whatever ib_find_message () knows, but standard input and relative paths; and folders in the Maildir, which are taken
 * whole. Copied.
 *
 * Teaches the classifier what they are. */
void ib_service_acts_learn (IbService *service, bool is_spam, const char *const *messages, IbActDone done,
                            gpointer user_data);
/* Teaches that they are spam, and moves them into Junk. */
void ib_service_acts_mark_junk (IbService *service, const char *const *messages, IbActDone done,
                                gpointer user_data);
/* Teaches that they are good mail, and moves those that are in Junk into the INBOX, whoever put them there. */
void ib_service_acts_mark_good (IbService *service, const char *const *messages, IbActDone done,
                                gpointer user_data);
/* As a mail client does that has shown them. */
void ib_service_acts_mark_read (IbService *service, const char *const *messages, IbActDone done,
                                gpointer user_data);

typedef struct {
    char id[IB_ID_LENGTH + 1];
    char *account;
    IbUndone result;
    char *path; /* where it is now; NULL if it was left */
} IbActUndone;

/* @undone: IbActUndone; or @error: one of IB_UNDO_ERROR. */
typedef void (*IbActUndoneAll) (GPtrArray *undone, const GError *error, gpointer user_data);
/* As ib_undo_run (). */
void ib_service_acts_undo (IbService *service, const char *id, gint64 since, IbActUndoneAll done,
                           gpointer user_data);
