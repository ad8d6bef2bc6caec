/* probe.h - a session that only looks
 *
 * It signs in, counts, and leaves: nothing is fetched, and all stays as it was on the server. */
#pragma once

#include "fetch.h"
#include "tokens.h"

typedef enum {
    IB_PROBE_SIGN_IN, /* signs in and counts what the mailboxes hold */
    IB_PROBE_WEIGH,   /* counts what a first poll would fetch, too, and ends with the oldest of it */
} IbProbeKind;

/* All but `ended` may be NULL. */
typedef struct {
    /* As IbSessionEvents has them. */
    void (*step) (const char *step, const char *text, gpointer user_data);
    void (*mailbox_failed) (const char *display_name, const char *server_text, gpointer user_data);
    void (*found) (guint64 messages, guint64 bytes, gpointer user_data);
    /* WEIGH: when the oldest message came, seconds since 1970; 0: it does not say. Mailboxes behind its own are not counted. */
    void (*oldest) (gint64 internal_date_s, gpointer user_data);
    /* Once, last: all is well (NULL), or an error of IB_FETCH_ERROR. The probe may be freed from here. */
    void (*ended) (const GError *error, gpointer user_data);
} IbProbeEvents;

typedef struct _IbProbe IbProbe;

/* @account is copied; @tokens and @events must outlive it. On the default main context. */
IbProbe *ib_probe_start (const IbAccount *account, IbProbeKind kind, IbTokens *tokens,
                         const IbProbeEvents *events, gpointer user_data);
/* Ends it at once; no event comes any more. */
void ib_probe_free (IbProbe *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbProbe, ib_probe_free)
