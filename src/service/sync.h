/* sync.h - the service's core in the foreground: every wanted account polled once
 *
 * What `inbasket sync` runs, and what the tests of the service run. Accounts are polled side by side: one that is slow,
 * dead or broken delays no other. */
#pragma once

#include "poll.h"

typedef enum {
    IB_SYNC_ERROR_CONFIG,     /* inbasket.conf, or each wanted account's file, does not parse */
    IB_SYNC_ERROR_NO_ACCOUNT, /* there is none by that name, or none at all */
    IB_SYNC_ERROR_BUSY,       /* another Inbasket works on this home */
    IB_SYNC_ERROR_STORE, /* the Maildir or the journal cannot be written; nothing is removed from a server */
} IbSyncError;
#define IB_SYNC_ERROR (ib_sync_error_quark ())
GQuark ib_sync_error_quark (void);

typedef struct {
    void (*started) (const char *account, gpointer user_data);
    void (*found) (const char *account, guint64 messages, guint64 bytes, gpointer user_data);
    void (*fetched) (const char *account, guint64 bytes, gpointer user_data);
    void (*delivered) (const IbStory *story, const char *folder, const char *const *paths,
                       gpointer user_data);
    void (*notice) (const char *text, gpointer user_data);
    void (*ended) (const IbPollResult *result, gpointer user_data);
} IbSyncEvents;

typedef struct {
    guint polled, failed; /* accounts; failed ones include those whose file or filters are broken */
    guint unreachable;    /* of the failed: not reached, not signed in */
    guint refused;        /* messages and server work that did not go as they should */
    bool was_stopped;     /* by a signal: set before the ends of polls are told */
} IbSyncOutcome;

/* Runs until all is done or SIGINT/SIGTERM came (then what was handed over is still delivered). @names: accounts, NULL or
 * empty for all that are enabled. An error means that the run as a whole failed. */
bool ib_sync_run (const IbPaths *paths, const char *const *names, bool is_dry, const IbSyncEvents *events,
                  gpointer user_data, IbSyncOutcome *out_outcome, GError **error);
