/* imap-server.h - what an IMAP server has said of itself, and of the selected mailbox
 *
 * Kept as it is said in passing, whatever was asked. */
#pragma once

#include "imap-answer.h"

typedef struct _IbImapServer IbImapServer;

/* What is known of the selected mailbox; 0 where the server did not say. */
typedef struct {
    guint32 exists, uidvalidity, uidnext; /* uidnext: as it was when it was selected */
    bool is_read_only;
    guint32 fresh;  /* so many of them came since ib_imap_server_count (), and are the last ones */
} IbImapSelected;

IbImapServer *ib_imap_server_new (void);

/* --- for imap-session.c: it has said this --------------------------------------------------------------------- */

/* What follows the "*" of an untagged line that is no answer. */
void ib_imap_server_note_line (IbImapServer *self, const char *text);
/* An answer's code. */
void ib_imap_server_note_code (IbImapServer *self, const IbImapAnswer *answer);
/* As if it had never said anything. */
void ib_imap_server_forget_all (IbImapServer *self);

/* --- asked ----------------------------------------------------------------------------------------------------- */

/* Capabilities, in any case; all false until the server has listed them. */
bool ib_imap_server_has (const IbImapServer *self, const char *capability);
bool ib_imap_server_knows_capabilities (const IbImapServer *self);
void ib_imap_server_forget_capabilities (IbImapServer *self);
/* As if the server had listed them: what it said another time. */
void ib_imap_server_assume_capabilities (IbImapServer *self, const char *list);
/* All of them, to show. Returns: (transfer full) */
char *ib_imap_server_describe_capabilities (const IbImapServer *self);

const IbImapSelected *ib_imap_server_get_selected (const IbImapServer *self);
void ib_imap_server_forget_selected (IbImapServer *self);
/* What is there now is going to be looked at: from here on, and not from later, others are fresh. */
void ib_imap_server_count (IbImapServer *self);
/* The mailbox was opened once more: so many of its messages are not fresh, nor is any up to UID @highest. Where one went and another
 * came there are as many as before, and UIDNEXT tells. */
void ib_imap_server_count_again (IbImapServer *self, guint32 seen, guint32 highest);
/* What the last COPYUID said, if one came since it was taken; NULL. */
const char *ib_imap_server_get_copy_uid (const IbImapServer *self);
/* The same. Returns: (transfer full) (nullable) */
char *ib_imap_server_take_copy_uid (IbImapServer *self);
/* The personal namespace: prefix ("" unless asked for) and delimiter (0 unless known). */
const char *ib_imap_server_get_prefix (const IbImapServer *self);
char ib_imap_server_get_delimiter (const IbImapServer *self);

void ib_imap_server_free (IbImapServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbImapServer, ib_imap_server_free)
