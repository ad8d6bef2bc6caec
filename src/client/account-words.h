/* account-words.h - how an account stands, in sentences for people
 *
 * Pure. What the words say is the service's; nothing is decided here. */
#pragma once

#include "heard.h"

/* "Looking for mail now", "Needs you to sign in": a few words, translated. Returns: (transfer full) */
char *ib_account_words_state (const IbHeardAccount *account);
/* When mail was looked for last, when that will be done next, and why then: one sentence or two. @now_us: microseconds.
 * Returns: (transfer full) */
char *ib_account_words_next (const IbHeardAccount *account, gint64 now_us);
/* "in 4 minutes", "2 hours ago". Returns: (transfer full) */
char *ib_account_words_when (gint64 at_us, gint64 now_us);

/* What the user can do about it with one click. */
typedef enum {
    IB_REMEDY_CHECK,
    IB_REMEDY_RESUME,
    IB_REMEDY_SIGN_IN,
    IB_REMEDY_UNLOCK, /* the keyring */
    IB_REMEDY_NONE, /* it is being looked at, or switched off in its file */
} IbRemedy;
IbRemedy ib_account_words_remedy (const IbHeardAccount *account);

/* Whether something is wrong that only the user can mend. */
bool ib_account_words_is_grave (const IbHeardAccount *account);
