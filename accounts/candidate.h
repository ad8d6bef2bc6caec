/* candidate.h - a mail server that may be the right one for an address, and who says so
 *
 * A value. Whoever knows something about an address's domain makes candidates; ranking puts them in the order in which
 * they are to be believed. Pure. */
#pragma once

#include "account.h"
#include "provider.h"

/* Who says so; the most believable first. */
typedef enum {
    IB_FROM_TABLE,         /* the table of providers knows the domain */
    IB_FROM_MX,            /* it knows the host that takes the domain's mail */
    IB_FROM_SRV,           /* the domain's owner, in DNS (RFC 6186, RFC 8314) */
    IB_FROM_AUTOCONFIG,    /* the domain's owner, over https */
    IB_FROM_MX_AUTOCONFIG, /* the owner of the host that takes the domain's mail, over https */
    IB_FROM_ISPDB,         /* a database on the Internet */
    IB_FROM_GUESS,         /* nobody: a host of a usual name answers, with the right certificate */
} IbCandidateSource;

#define IB_CANDIDATE_WAYS 6

typedef struct {
    IbCandidateSource source;
    char *evidence; /* the host or URL that said so; "" for the table */
    IbProtocol protocol;
    char *host; /* a sound name, lower case */
    guint16 port;
    IbSecurity security; /* never none */
    char *user;
    IbSignIn sign_in[IB_CANDIDATE_WAYS]; /* the best first */
    guint n_sign_in;
    char *provider; /* its id in the table, or "" */
    char *oauth2_issuer, *oauth2_auth_url, *oauth2_token_url, *oauth2_device_url, *oauth2_scope,
        *oauth2_client_id; /* "" if not known */
    /* No password may go there before a person has said that this is the right host: it is guessed, or lies outside the
     * address's domain and only DNS or a third party says so. */
    bool needs_confirmation;
} IbCandidate;

/* Signs in with a password until more is known; is to be confirmed if it is a guess. */
IbCandidate *ib_candidate_new (IbCandidateSource source, const char *evidence, IbProtocol protocol,
                               const char *host, guint16 port, IbSecurity security, const char *user);
/* @provider's server of @protocol for @address; NULL if it has none. */
IbCandidate *ib_candidate_from_provider (const IbProvider *provider, IbProtocol protocol, const char *address,
                                         IbCandidateSource source, const char *evidence);
/* What the table knows of @provider: its ways to sign in, and where. */
void ib_candidate_take_provider (IbCandidate *self, const IbProvider *provider);
IbCandidate *ib_candidate_copy (const IbCandidate *self);
void ib_candidate_free (IbCandidate *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbCandidate, ib_candidate_free)

/* Elements are freed with it. */
GPtrArray *ib_candidates_new (void);
/* By source, IMAP before POP3, TLS before STARTTLS; else as they stand. Of one server that several name the best source's
 * stays; what an owner says over https of a server that DNS names as well is put in there, and vouches for it. */
void ib_candidates_rank (GPtrArray *candidates);

/* For people: "the mail provider's own settings file, https://…". Returns: (transfer full) */
char *ib_candidate_source_text (const IbCandidate *self);

/* Whether @host can be a host's name: labels of letters, digits, "-" and "_", at least two of them, no address. */
bool ib_candidate_host_is_sound (const char *host);
/* @host is @domain or below it. */
bool ib_candidate_host_is_below (const char *host, const char *domain);
