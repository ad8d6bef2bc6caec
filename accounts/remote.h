/* remote.h - what a driver for one mail protocol must be able to do
 *
 *     open ─▶ mailboxes ─▶ ( enter ─▶ survey ─▶ take ─▶ verify ─▶ settle … )* ─▶ close
 *                                       ▲                 │            │
 *                                    reenter ◀────────────┴─ wait ◀─ watch
 *
 * fetch.c walks this road; remote-imap.c and remote-pop3.c pave it. A driver speaks in IB_FETCH_ERROR codes: MESSAGE
 * never leaves it (one message is skipped by the callback instead), any other ends the session. A driver drops the
 * connection after anything that it does not understand. */
#pragma once

#include "fetch.h"

typedef struct _IbRemote IbRemote;

typedef struct {
    /* Greeting, STARTTLS/STLS, capabilities, sign-in. @stream, @request and @callbacks outlive the remote. */
    IbRemote *(*open) (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks,
                       GError **error);
    /* The mailboxes to visit, as the server writes them: the request's, or those that the account's folders= name, as they
     * are now. (transfer full) */
    GPtrArray *(*mailboxes) (IbRemote *self, GError **error);
    /* Opens @mailbox; read-only unless the account wants something done there. @out_state is valid until the next
     * enter. A mailbox that vanished or refuses is told by callbacks->mailbox_failed and *out_is_open = false, not by an
     * error. */
    bool (*enter) (IbRemote *self, const char *mailbox, IbMailboxState *out_state, bool *out_is_open, GError **error);
    /* Whether the numbers of the mailbox just entered, which @cursor goes by, mean other messages by now: then it is asked for
     * another. NULL where there are none. */
    bool (*compare) (IbRemote *self, const IbCursor *cursor, bool *out_is_restarted, GError **error);
    /* Finds what @cursor does not know, skips what is not wanted (callbacks->skip). *out_bytes 0: not known. Empties the
     * state's listing if that must not be relied upon. *out_is_open false: this mailbox cannot be looked through, which was
     * told by callbacks->mailbox_failed, and others may be. */
    bool (*survey) (IbRemote *self, const IbCursor *cursor, bool *out_is_open, guint64 *out_messages, guint64 *out_bytes,
                    GError **error);
    /* Hands over every message found: open_body, deliver; or skip. *out_highest_uid: the highest UID looked at. */
    bool (*take) (IbRemote *self, guint32 *out_highest_uid, GError **error);
    /* Looks whether what stands under the numbers and UIDLs of @orders, as far as it was not taken since the mailbox was entered,
     * is what is known of it. If not, *out_looks_again: nothing may be done now, and after reenter and survey that is new. What
     * cannot be told is taken out of @orders, and reported by callbacks->settled, as IB_SETTLE_DOUBT; what is not there any more,
     * as done. Something may be taken out without a word, until its turn comes. */
    bool (*verify) (IbRemote *self, GPtrArray *orders, bool *out_looks_again, GError **error);
    /* Carries out one order and reports it by callbacks->settled; POP3 reports deletions in close only. */
    bool (*settle) (IbRemote *self, const IbSettleOrder *order, GError **error);
    /* The mailbox entered last, once more and as far as is known of it now; survey finds what came. After verify has found that its
     * numbers mean other messages, it is one that was restarted. */
    void (*reenter) (IbRemote *self, IbMailboxState *out_state);
    /* From here on the server tells what comes into the mailbox entered last; *out_is_watching false: it does not.
     * NULL where no server does, and the next with it. */
    bool (*watch) (IbRemote *self, bool *out_is_watching, GError **error);
    /* Then: waits until something came or @wish_fd is readable, without any limit of time, and has the server stop
     * telling. Or until that should be begun anew. What came since survey looked, at whatever time, is news. */
    bool (*wait) (IbRemote *self, int wish_fd, bool *out_has_news, GError **error);
    /* Nothing will be asked any more, and nothing hangs on the goodbye: says it, and leaves the answer to close. NULL
     * where it would mean something: at QUIT some POP3 servers forget what was fetched. */
    void (*take_leave) (IbRemote *self);
    /* Says goodbye; for POP3 that is when DELE takes effect, so it is waited for. Frees @self. Never fails loudly but
     * for POP3 with deletions pending. */
    bool (*close) (IbRemote *self, GError **error);
    /* Frees @self without a word to the server. */
    void (*abandon) (IbRemote *self);
} IbRemoteDriver;

extern const IbRemoteDriver ib_remote_imap;
extern const IbRemoteDriver ib_remote_pop3;

/* Turns a stream's error into one of IB_FETCH_ERROR that names @host: the one place where that is decided. */
void ib_remote_propagate (GError **error, const GError *stream_error, const char *host);
