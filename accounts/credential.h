/* credential.h - where an account's secret comes from
 *
 * command: runs as run-command.h says, for at most 30 s; its first line of output is the
 * secret and its standard error is quoted (escaped, cut) when it fails. credential:NAME reads
 * $CREDENTIALS_DIRECTORY/NAME (systemd). file: must be 0600, ours, in a folder that is 0700. Of these two, too, the
 * first line is the secret. goa: asks GNOME Online Accounts for it, each time anew. keyring is the desktop's Secret Service; it is never made to prompt by reading. */
#pragma once

#include "account.h"
#include "secret.h"

typedef enum {
    IB_CREDENTIAL_ERROR_NEEDS_YOU, /* only the user can mend it: missing file, wrong mode, command failed */
    IB_CREDENTIAL_ERROR_LATER,     /* timed out: try again by itself */
    IB_CREDENTIAL_ERROR_LOCKED,    /* the keyring is locked or not there: again once it is open */
    IB_CREDENTIAL_ERROR_SILENT,    /* the same of one that does not answer: whatever it is asked takes as long */
    IB_CREDENTIAL_ERROR_OFFLINE,   /* whoever gives it has no way to its server now: try again by itself */
} IbCredentialError;
#define IB_CREDENTIAL_ERROR (ib_credential_error_quark ())
GQuark ib_credential_error_quark (void);

/* Does not block. @account is copied. */
void ib_credential_obtain (const IbAccount *account, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
/* The same with another limit for commands. */
void ib_credential_obtain_within (const IbAccount *account, guint limit_ms, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
IbSecret *ib_credential_obtain_finish (GAsyncResult *result, GError **error);

/* The next line of what @fd gives, a prompt's or a pipe's other end, and nothing behind it; @whose names it in errors, which
 * are NEEDS_YOU. Blocks. Returns: (transfer full) (nullable) */
IbSecret *ib_credential_read_line (int fd, const char *whose, GError **error);

/* Keeps @secret where @account's secret= says: in the keyring, which may ask its user to unlock it; or in a file, 0600, in a
 * folder made 0700 if it is missing, for which the caller has asked. What only others can write (command:, credential:, goa:) is
 * NEEDS_YOU. Blocks. */
bool ib_credential_store (const IbAccount *account, const IbSecret *secret, GError **error);
/* The same, for whoever may change his mind: *out_was_there, set in any case, is false only if a secret may be there now where none
 * was before, be it that it was cancelled. A keyring that does not answer is LOCKED before long. Blocks: for a thread. */
bool ib_credential_keep (const IbAccount *account, const IbSecret *secret, GCancellable *cancellable,
                         bool *out_was_there, GError **error);
/* Takes out again what ib_credential_keep () has put where nothing was; nobody is asked anything. Blocks, but not for long. */
void ib_credential_take_back (const IbAccount *account);
/* Keeps @secret, a token that takes the place of the one there, in the same way; but does not block, and nobody is asked
 * anything: LOCKED while the keyring is locked. */
void ib_credential_renew (const IbAccount *account, IbSecret *secret, GAsyncReadyCallback callback,
                          gpointer user_data);
bool ib_credential_renew_finish (GAsyncResult *result, GError **error);
/* NEEDS_YOU, or LOCKED for want of a keyring, if ib_credential_store () could not do it whatever the secret is. Writes
 * nothing. */
bool ib_credential_can_store (const IbAccount *account, GError **error);
/* Takes @account's secrets out of the keyring, which may ask its user to unlock it; *out_was_there: there were some. Blocks. */
bool ib_credential_forget (const IbAccount *account, bool *out_was_there, GError **error);
/* Has the keyring that the account @name waits for unlocked: its user is asked. Does not block. LOCKED: it stays shut. */
void ib_credential_unlock (const char *name, GAsyncReadyCallback callback, gpointer user_data);
bool ib_credential_unlock_finish (GAsyncResult *result, GError **error);
/* Before @account's server is changed, or a new account gets its name (@former NULL): what the keyring has of it without a server is
 * kept for that of @former, and never sent to another. LOCKED: that cannot be done before its user has unlocked it, which he may
 * be asked for. Blocks. */
bool ib_credential_claim (const IbAccount *account, const IbAccount *former, GError **error);
/* A server has let @account in: what the keyring had of it for another one before, if obtaining has seen that, goes. Does not
 * block. False: there is nothing to be done, and @done (nullable) is not called. */
bool ib_credential_settle (const IbAccount *account, GAsyncReadyCallback done, gpointer user_data);
/* Whether there is a secret of @account's in the keyring that is for its server, be it locked. Never prompts. Blocks. */
bool ib_credential_has_kept (const IbAccount *account);
/* False: wherever @account's secret is, there is none yet, for any server. Never prompts. Blocks. */
bool ib_credential_may_be_there (const IbAccount *account);
