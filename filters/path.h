/* path.h - the way that a message came: its Received fields, and how far down they can be believed
 *
 *     hop 0      written by the server that the message was fetched from
 *     hop 1      believed as long as the hop above says that whoever connected is one of ours:
 *     ...        a host of the account's provider, one in `relays`, one that no stranger can reach
 *     entry hop  the last that is believed: a stranger handed the message over to its writer
 *     below      hearsay: the stranger may have written it
 *
 * Whoever connected is known by the address that the writer saw and the name that it looked up, never by HELO. So
 * nothing that a sender can write makes a hop believed, as long as one of ours writes a line of its own into all that it
 * takes in. One that does not (a gate behind whose private address all strangers stand) lends its trust to the line below,
 * which must then fit: that shuts out a line made for anybody, not one that was made for this server. */
#pragma once

#include "facts.h"
#include "message.h"
#include "received.h"

typedef enum { IB_MX_UNKNOWN, IB_MX_MATCHES, IB_MX_BESIDE } IbMxMatch;

typedef struct {
    GPtrArray *hops;  /* IbHop, the newest first; at most IB_LIMIT_HOPS */
    guint n_believed; /* of them, from the newest */
    int entry;        /* of .hops; -1: no stranger handed it over, or nothing says so */
    /* The entry of `relays` that the message came through from a stranger; NULL if through none, or by the MX. */
    char *relay;
    IbMxMatch mx; /* was it taken in by an MX of the domain that it was sent to */
    /* The address that it was sent to, as believed hops and delivery say, the user's own or not (one that is forwarded
     * here, a list's); lower case; "" if none is named. */
    char *recipient;
    gint64 longest_wait_s; /* between two believed hops; 0 */
    bool runs_back;        /* a believed hop's date lies well before that of the one below it */
    char *hint_ip;         /* X-Originating-IP and its like: anybody may have written it; "" */
} IbPath;

/* Without a hop. */
IbPath *ib_path_new (void);
/* Returns: (transfer full) */
IbPath *ib_path_walk (const IbMessage *message, const IbFacts *facts);
/* The entry hop; NULL if there is none. */
const IbHop *ib_path_entry_hop (const IbPath *self);
/* What to call whoever handed the message over: his looked-up name, or else his address; "" if nothing is known. */
const char *ib_path_entry_host (const IbPath *self);
void ib_path_free (IbPath *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPath, ib_path_free)
