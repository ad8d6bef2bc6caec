/* signals.h - what was found about a message before any script ran, as scripts see it (`environment`)
 *
 * A value made of strings; what is not known is empty. */
#pragma once

#include <glib.h>

typedef struct {
    /* Whoever handed the message to a server that we believe: its looked-up name, or its address. */
    char *entry_host;
    char *entry_ip;
    char *relay; /* the entry of `relays` that it came through */
    char *mx;    /* "match", or "beside" the MX of the domain that it was sent to */
    char *recipient; /* that it was sent to, as servers that we believe say; the user's own or not */
    char *server_filter; /* of the account's server: "passed", "marked" as spam; "" if none left a result */
    char *sender; /* "known": the user writes with whom From names, and no server that we believe refutes it */
    char *kind;   /* "personal", "list", "newsletter", "bulk", "calendar", "notification" */
    /* "spf=pass", "dkim=fail" ... as believed servers saw it; and "sender=proven" or "=refuted". */
    char **authentication;
} IbSignals;

IbSignals *ib_signals_new (void);
void ib_signals_free (IbSignals *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSignals, ib_signals_free)
