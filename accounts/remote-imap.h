/* remote-imap.h - what the parts of the IMAP driver share
 *
 * remote-imap.c opens, lists and enters; -sign-in greets and signs in; -survey finds what is new; -take fetches it;
 * -settle clears it away. */
#pragma once

#include "imap-session.h"
#include "remote.h"

/* A mailbox as LIST told it. */
typedef struct {
    char *name;         /* as the server writes it */
    char *display_name; /* UTF-8 */
    char *special_use;  /* "Junk", without backslash; "" */
    char delimiter;
    bool is_selectable;
} IbImapMailbox;
void ib_imap_mailbox_free (IbImapMailbox *self);

struct _IbRemote {
    IbStream *stream;
    const IbFetchRequest *request;
    const IbFetchCallbacks *callbacks;
    const char *host;
    IbImapSession *session;

    GPtrArray *known;          /* IbImapMailbox; NULL until listed */
    char *mailbox;             /* the selected one, as the server writes it */
    char *display_name;
    char *special_use;
    bool is_writable;          /* SELECT, not EXAMINE */

    GArray *wanted;            /* guint32, sorted: what survey found */
    guint32 highest_uid;       /* the highest that survey looked at */
};

/* The session's own failure: the stream's error, or the server's BYE. Always returns false. */
bool ib_remote_imap_broke (IbRemote *self, GError **error);
/* Sets an error whose remedy is read from the answer, else @plain: "@what. The server said: …". Always returns false. */
bool ib_remote_imap_refused (IbRemote *self, const IbImapAnswer *answer, IbFetchError plain, const char *what,
                             GError **error);
/* Sends one command and waits. (transfer full) (nullable): NULL sets @error. */
IbImapAnswer *ib_remote_imap_ask (IbRemote *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

bool ib_remote_imap_sign_in (IbRemote *self, GError **error);
/* Fills self->known, unless it is there already. */
bool ib_remote_imap_list (IbRemote *self, GError **error);
/* SELECT or EXAMINE of self->mailbox. (transfer full) (nullable) */
IbImapAnswer *ib_remote_imap_select (IbRemote *self, bool is_writable, GError **error);

/* Appends to @uids, unsorted, the UIDs of the selected mailbox above @low that meet @criteria ("" for all). */
bool ib_remote_imap_search (IbRemote *self, guint32 low, const char *criteria, GArray *uids, GError **error);
/* Sorts, and takes repetitions out. */
void ib_remote_imap_sort (GArray *uids);

bool ib_remote_imap_survey (IbRemote *self, const IbCursor *cursor, guint64 *out_messages, guint64 *out_bytes,
                            GError **error);
bool ib_remote_imap_take (IbRemote *self, guint32 *out_highest_uid, GError **error);
bool ib_remote_imap_settle (IbRemote *self, const IbSettleOrder *order, GError **error);
