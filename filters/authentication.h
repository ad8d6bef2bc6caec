/* authentication.h - who vouches for the sender: SPF, DKIM, DMARC, ARC, as a server that we believe saw them
 *
 * Nothing is verified here: the account's server did, and wrote it down (RFC 8601). Anybody can write such a field, so
 * only those are believed whose authserv-id is one of `authserv-ids`, the account's provider's, or the name of a server
 * that wrote a believed hop; and only above the first hop that is hearsay. A believed server takes out what strangers
 * wrote in its name (RFC 8601, 5), but perhaps not what they wrote in the name of another host of the provider's: below
 * the entry hop, that counts only where no field is in the server's own name. Of two of a method, the newer one counts. */
#pragma once

#include "path.h"

typedef struct {
    char *result;    /* "pass", "fail", "softfail", "none" ..., lower case; "" if nobody said */
    char *domain;    /* that it is about, normalized; "" */
    bool is_aligned; /* with the domain in From, relaxed (RFC 7489, 3.1) */
} IbAuthResult;

typedef struct {
    IbAuthResult spf, dkim, dmarc, arc; /* of several signatures, the one that says most for the sender */
    char *authserv_id;                  /* who said so; "" if nobody */
    char *stranger_id; /* an authserv-id of a stranger's that says "pass" where no believed one does; "" */
    bool stranger_is_near; /* its field stands where it would be believed if the user named it */
    char *from_domain;     /* normalized; "" if there is none, or From names several */
} IbAuthentication;

/* @authors: the IbAddress elements of From. Returns: (transfer full) */
IbAuthentication *ib_authentication_read (const IbMessage *message, const GPtrArray *authors,
                                          const IbPath *path, const IbFacts *facts);
/* Does something believed show that the domain in From sent it: DMARC, or an aligned pass of SPF or DKIM? */
bool ib_authentication_is_proven (const IbAuthentication *self);
/* Does something believed show that it did not: DMARC failed? */
bool ib_authentication_is_refuted (const IbAuthentication *self);
void ib_authentication_free (IbAuthentication *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAuthentication, ib_authentication_free)
