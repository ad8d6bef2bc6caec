/* evidence.h - what speaks against a message beside its words: the way it came, and what its sender pretends to be
 *
 * Evidence, and never a rule by itself. */
#pragma once

#include "correspondents.h"
#include "origin.h"
#include "verdict.h"

/* Adds to @verdict, with the details in brackets ("" for a host without a name):
 *
 *     beside-mx           it came in at a host [1] that is no MX of the domain that it was sent to
 *     via-relay           a relay that is trusted [1] took it from a stranger [2]
 *     clocks              the dates of believed hops run back
 *     display-address     an address of another organization [1] than From's [2] stands in From's display name
 *     namesake            From's name is that of somebody known [1], whose address is not at that domain [2]
 *     lookalike-domain    From's domain [1] looks like one that is known [2]
 *     reply-elsewhere     answers go to another organization [1] than From's [2], and it is no mailing list
 *     several-authors     From holds addresses of several domains
 *     forged-results      in the name of a server [1] a stranger claims that the sender was authenticated, and nobody whom
 *                         we believe does
 *     executable          it brings a file that is a program [its name]
 *     unproven-sender     DMARC failed, says a server [1]: the domain in From [2] did not send it */
void ib_evidence_note (IbVerdict *verdict, const IbMessage *message, const IbOrigin *origin,
                       const IbCorrespondents *known);
