/* evidence.h - what speaks against a message beside its words: the way it came, and what its sender pretends to be
 *
 * Evidence in words, and never a rule by itself. */
#pragma once

#include "correspondents.h"
#include "origin.h"
#include "verdict.h"

/* Adds to @verdict:
 *
 *     beside-mx           it came in at a host that is no MX of the domain that it was sent to
 *     via-relay           a relay that is trusted took it from a stranger
 *     clocks              the dates of believed hops run back
 *     display-address     an address of another organization stands in From's display name
 *     namesake            From's name is that of somebody known, whose address is elsewhere
 *     lookalike-domain    From's domain looks like one that is known
 *     reply-elsewhere     answers go to another organization than From's, and it is no mailing list
 *     several-authors     From holds addresses of several domains
 *     forged-results      a stranger claims that the sender was authenticated, and nobody whom we believe does
 *     executable          it brings a file that is a program
 *     unproven-sender     DMARC failed: the domain in From did not send it */
void ib_evidence_note (IbVerdict *verdict, const IbMessage *message, const IbOrigin *origin,
                       const IbCorrespondents *known);
