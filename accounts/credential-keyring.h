/* credential-keyring.h - secrets in the desktop's keyring: the Secret Service of GNOME, KWallet, KeePassXC
 *
 * An item an account and kind, with the attributes inbasket-account=NAME and inbasket-kind=password, or refresh-token for
 * auth=oauth2. It is for one server, inbasket-server=HOST, and never given to another; one of an older Inbasket, which did not
 * note that, is for the first that it is used with. While an account moves to another server it has two: the former one's goes
 * when the new one has let it in.
 * Reading never prompts; unlocking does, storing and forgetting may, since somebody sits there. All block on D-Bus and are for a thread, or
 * for a command. Errors are IB_CREDENTIAL_ERROR's. */
#pragma once

#include "account.h"
#include "secret.h"

/* LOCKED: no keyring, a locked one, or one that does not answer. NEEDS_YOU: it has no such item, or for another server.
 * Returns: (transfer full) (nullable) */
IbSecret *ib_credential_keyring_obtain (const IbAccount *account, GCancellable *cancellable, GError **error);
/* Replaces what was there; *out_was_there, which is left alone if the keyring does not answer, says whether something was. LOCKED
 * if nobody unlocked it, or it does not answer. Cancelled, it may have been stored all the same. */
bool ib_credential_keyring_store (const IbAccount *account, const IbSecret *secret, GCancellable *cancellable,
                                  bool *out_was_there, GError **error);
/* Before @account's server is changed, or a new account gets its name (@former NULL): what was kept of it before servers were noted is
 * for the server of @former from now on, and for none that can be named if nobody knows for which. Its user may be asked to
 * unlock it. LOCKED: it may be there, and is for any server still. */
bool ib_credential_keyring_claim (const IbAccount *account, const IbAccount *former, GError **error);
/* Whether there was something older for another server when @account's secret was obtained; told once. */
bool ib_credential_keyring_has_leftovers (const IbAccount *account);
/* What is older than @account's secret, and for another server, goes; nobody is asked anything. */
bool ib_credential_keyring_settle (const IbAccount *account, GError **error);
/* What was stored a moment ago is taken out again; nobody is asked anything. */
bool ib_credential_keyring_take_back (const IbAccount *account, GError **error);
/* The same without ever prompting: LOCKED while it is locked. What there was stays where it is, with another secret. */
bool ib_credential_keyring_renew (const IbAccount *account, const IbSecret *secret, GError **error);
bool ib_credential_keyring_forget (const IbAccount *account, bool *out_was_there, GError **error);
/* Has the keyring with the secrets of the account @name unlocked, or the one that storing would use: its user is asked, for as long as
 * that takes. LOCKED: it stays shut, or there is none. */
bool ib_credential_keyring_unlock (const char *name, GError **error);
/* *out_has: whether there is an item for the account's server, be it locked. False: it cannot be looked for, and @error says why. */
bool ib_credential_keyring_has (const IbAccount *account, bool *out_has, GError **error);
/* False: there is none for any server. Where that cannot be found out, true. */
bool ib_credential_keyring_may_have (const IbAccount *account);
/* Whether there is a keyring at all, be it locked; LOCKED if not. */
bool ib_credential_keyring_is_there (GError **error);

typedef enum { IB_KEYRING_OPEN, IB_KEYRING_LOCKED, IB_KEYRING_ABSENT } IbKeyringState;
/* Of the keyring that storing would use; @error is set for ABSENT, and says why: one that does not answer is none, either. */
IbKeyringState ib_credential_keyring_state (GCancellable *cancellable, GError **error);
