/* refusal.h - what servers write when a sign-in fails, and what they mean by it
 *
 * Response codes say it better and are looked at where the protocols are; these are the words of servers that have none,
 * or the wrong one. Pure. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* It will pass, whatever code stands before it: throttled, too many, a rate limit. A "wrong password" in the same breath is
 * none. */
bool ib_refusal_is_passing (const char *text);
/* An OK that takes itself back: "OK Unable to authenticate" (Exchange). */
bool ib_refusal_is_disguised (const char *text);
/* So long it asks to be left alone, in seconds, rounded up, at most IB_LIMIT_BACKOFF_S: "Suggested Backoff Time: 299961
 * milliseconds" (Exchange), "try again in 15 minutes". 0: it does not say. */
gint64 ib_refusal_backoff_s (const char *text);
/* What the user has to do, if the words tell more than "wrong password": a translated sentence, or NULL. */
const char *ib_refusal_advice (const char *text);
/* What to tell of a server that closed the connection instead of answering. Returns: (transfer full) */
char *ib_refusal_by_silence (const char *host);
