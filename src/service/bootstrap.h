/* bootstrap.h - the classifier learns from the mail that is there already
 *
 *     an account's INBOX, Junk, Archive, Sent ──session──┐                        ┌─▶ lessons, in the order of arrival
 *                                                        ├─▶ filter workers: ─────┤
 *     folders of messages here ──────────────────────────┘   examples             └─▶ people whom the user writes with
 *
 * bootstrap-plan.h says what teaches what. Nothing is delivered, and nothing changes on a server: its mailboxes are opened for
 * reading only, and no flag is set. Doing it again adds what is new; what the user taught himself stays as he has it. */
#pragma once

#include "bootstrap-plan.h"
#include "paths.h"

#include <gio/gio.h>

typedef enum {
    IB_BOOTSTRAP_ERROR_CONFIG, /* inbasket.conf does not parse */
    IB_BOOTSTRAP_ERROR_BUSY,   /* another Inbasket works on this home */
    IB_BOOTSTRAP_ERROR_STORE,  /* what was learned cannot be recorded */
} IbBootstrapError;
#define IB_BOOTSTRAP_ERROR (ib_bootstrap_error_quark ())
GQuark ib_bootstrap_error_quark (void);

typedef struct {
    void (*started) (const char *source, gpointer user_data);
    /* So many more messages will be looked at, with so many bytes; and one was. */
    void (*found) (guint64 messages, guint64 bytes, gpointer user_data);
    void (*looked) (guint64 bytes, gpointer user_data);
    /* Something that the user should know: one sentence. */
    void (*notice) (const char *text, gpointer user_data);
    /* @error NULL: all of it was looked at. */
    void (*ended) (const char *source, const GError *error, gpointer user_data);
    /* At the end, of each that was looked into. */
    void (*folder) (const IbBootstrapFolder *folder, gpointer user_data);
} IbBootstrapEvents;

typedef struct {
    guint sources;
    guint failed;      /* of the sources */
    guint misconfigured, unreachable; /* of the failed: accounts whose file does not parse; that could not be signed in to */
    guint refused;     /* messages and mailboxes that could not be looked at */
    bool was_stopped;  /* by a signal: what had been looked at by then is learned */
    guint64 ham, spam; /* what the classifier knows now */
    guint people;      /* whom the user writes with, as far as that is known now */
} IbBootstrapOutcome;

/* @sources: names of accounts; else paths of folders, or names of folders of the Maildir. Runs the default main context; SIGINT
 * and SIGTERM end it early. */
bool ib_bootstrap_run (const IbPaths *paths, const char *const *sources, const IbBootstrapEvents *events,
                       gpointer user_data, IbBootstrapOutcome *out_outcome, GError **error);
