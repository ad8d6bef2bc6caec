/* deception.h - what a sender pretends to be: evidence, and never a rule by itself */
#pragma once

#include "authentication.h"
#include "correspondents.h"
#include "verdict.h"

/* Adds to @verdict what is found, in words:
 *
 *     display-address     an address of another organization stands in From's display name
 *     namesake            From's name is that of somebody known, whose address is elsewhere
 *     lookalike-domain    From's domain looks like one that is known
 *     reply-elsewhere     answers go to another organization than From's, and it is no mailing list
 *     several-authors     From holds addresses of several domains
 *     forged-results      a stranger claims that the sender was authenticated, and nobody whom we believe does
 *     unproven-sender     DMARC failed: the domain in From did not send it */
void ib_deception_note (IbVerdict *verdict, const IbMessage *message, const IbAuthentication *authentication,
                        const IbCorrespondents *known);
