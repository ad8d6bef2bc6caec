/* causes.h - the ways round a server's filter that a message took
 *
 * Each says what protection it came past, whether it is spam or not; how much of the spam took which way is for others to
 * count. Pure. */
#pragma once

#include "config.h"
#include "signals.h"

typedef enum {
    IB_CAUSE_UNPROTECTED = 1 << 0, /* its account's filter is off, or it was sent to an address of no account */
    IB_CAUSE_REMOTE = 1 << 1,      /* it lay on a server that no filter has left a result on */
    IB_CAUSE_RELAY = 1 << 2,       /* a relay that is trusted took it from a stranger */
    IB_CAUSE_BESIDE_MX = 1 << 3,   /* it came in at a host that is no MX of the domain that it was sent to */
} IbCause;
#define IB_CAUSE_LAST IB_CAUSE_BESIDE_MX

/* An or of IbCause. @account: that it came through; NULL: none that is known. */
guint ib_causes_find (const IbConfig *config, const IbAccount *account, const IbSignals *signals);
/* The same of what is known one by one; texts as those of an IbStory. */
guint ib_causes_of (const IbConfig *config, const IbAccount *account, const char *recipient,
                    const char *relay, const char *mx, const char *server_filter);
/* "unprotected", "no-server-filter", "relay", "beside-mx". */
const char *ib_cause_name (IbCause cause);
/* Is it an address, and of no account? "anna+shop@example.org" is anna@example.org's. */
bool ib_causes_is_foreign (const IbConfig *config, const char *address);
