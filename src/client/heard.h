/* heard.h - what the service says on the bus, as values again
 *
 * The other side of src/service/said.h. Keys that are not known are passed over, and those that are missing are as nothing:
 * the service may be older or newer. */
#pragma once

#include "story.h"

/* A message, as in the signal Delivered. */
typedef struct {
    IbStory *story;
    char *folder; /* the server's, UTF-8 */
    char **paths; /* of each file of .story; NULL: it is not in the Maildir */
} IbHeardMessage;

/* @message: a{sv}. Returns: (transfer full) */
IbHeardMessage *ib_heard_message_read (GVariant *message);
void ib_heard_message_free (IbHeardMessage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardMessage, ib_heard_message_free)

/* How a poll ended, as in the signal Polled. */
typedef struct {
    char *account;
    char *state;
    char *error;  /* in the words of the face that this process is; NULL: all went well */
    char *reason; /* a word for the error's kind; "" */
    guint64 fetched, delivered, junk, duplicates, discarded, skipped, bytes;
    guint refused;
    double seconds;
    bool was_signed_in;
    bool is_unreachable; /* nobody could sign in */
    bool was_polled;     /* false: the account is broken as it is configured */
} IbHeardResult;

/* @result: a{sv}. Returns: (transfer full) */
IbHeardResult *ib_heard_result_read (GVariant *result);
void ib_heard_result_free (IbHeardResult *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardResult, ib_heard_result_free)

/* An account, as the properties of its object say. */
typedef struct {
    char *name, *address, *protocol, *host, *state, *error, *reason;
    gint64 last_poll, next_poll, paused_until; /* microseconds; 0: none */
    guint64 delivered, junk, open;             /* messages */
    bool is_protected, is_running, is_watching;
} IbHeardAccount;

/* @properties: a{sv}. Returns: (transfer full) */
IbHeardAccount *ib_heard_account_read (GVariant *properties);
void ib_heard_account_free (IbHeardAccount *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbHeardAccount, ib_heard_account_free)
