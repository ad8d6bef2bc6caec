/* account-run.h - one account in the service: its life, and the polls that it leads to
 *
 *     account-life.h says what is next ─▶ one poll of all mailboxes, which then watches one of them
 *                                          └─▶ one more for each other mailbox, as far as the server grants sessions
 *
 * On the main context of whoever made it. */
#pragma once

#include "account-life.h"
#include "generation.h"

typedef struct _IbAccountRun IbAccountRun;

/* All as in service.h; @run tells whose. */
typedef struct {
    /* Something happened: ib_account_run_act () is due, soon, not from here. */
    void (*news) (IbAccountRun *run, gpointer user_data);
    void (*started) (IbAccountRun *run, gpointer user_data);
    void (*found) (IbAccountRun *run, guint64 messages, guint64 bytes, gpointer user_data);
    void (*fetched) (IbAccountRun *run, guint64 bytes, gpointer user_data);
    void (*delivered) (IbAccountRun *run, const IbStory *story, const char *folder, const char *const *paths,
                       gpointer user_data);
    void (*notice) (IbAccountRun *run, const char *text, gpointer user_data);
    void (*alert) (IbAccountRun *run, const char *text, gpointer user_data);
    void (*polled) (IbAccountRun *run, const IbPollResult *result, bool is_whole, gpointer user_data);
} IbAccountRunEvents;

/* @account is one of @generation's, which is equipped. @events and what @user_data is outlive it. */
IbAccountRun *ib_account_run_new (IbGeneration *generation, const IbAccount *account,
                                  const IbLifeSurroundings *surroundings, gint64 now,
                                  const IbAccountRunEvents *events, gpointer user_data);
const char *ib_account_run_name (const IbAccountRun *self);
const IbAccount *ib_account_run_account (const IbAccountRun *self);
/* For news, which ib_account_run_act () must follow. */
IbAccountLife *ib_account_run_life (const IbAccountRun *self);
/* Goes on by another reading of the configuration. Sessions live on if the account itself is as it was. */
void ib_account_run_adopt (IbAccountRun *self, IbGeneration *generation, const IbAccount *account,
                           gint64 now);
/* The machine is surrounded by something else, as far as this account is concerned. */
void ib_account_run_surround (IbAccountRun *self, const IbLifeSurroundings *surroundings, gint64 now);
/* Does what is next, until that is nothing. */
void ib_account_run_act (IbAccountRun *self, gint64 now);
/* Ends all polls; what they had handed over is still delivered. */
void ib_account_run_stop (IbAccountRun *self);
/* A poll is under way that does not wait for news yet. */
bool ib_account_run_is_looking (const IbAccountRun *self);
/* No poll is under way, and none is still delivering. */
bool ib_account_run_is_quiet (const IbAccountRun *self);
/* Why the last poll failed; "" if it did not. */
const char *ib_account_run_error (const IbAccountRun *self);
/* Only once it is quiet. */
void ib_account_run_free (IbAccountRun *self);
