/* oauth2.h - signing in with tokens instead of a password: the client, and what passes through a browser
 *
 *     you, in a browser ─consent─▶ code ─redeem─▶ tokens ─refresh─▶ tokens ─refresh─▶ …
 *
 * RFC 6749 with PKCE (RFC 7636, S256 only) for native programs (RFC 8252). Pure: oauth2-endpoint.h speaks with the
 * provider, oauth2-answer.h reads what it answers, consent.h leads a person through. */
#pragma once

#include "secret.h"

#include <gio/gio.h>
#include <stdbool.h>

/* What a failure asks of whoever wanted tokens. */
typedef enum {
    IB_OAUTH2_ERROR_OFFLINE, /* no way there now: what there is may still be good; again, later */
    IB_OAUTH2_ERROR_BUSY,    /* it is out of order, or said "not now": the same, but wait longer */
    IB_OAUTH2_ERROR_SIGN_IN, /* the grant is gone or was never given: only the user can help, by consenting again */
    IB_OAUTH2_ERROR_CLIENT,  /* it does not take our client, or there is none: the settings must be mended */
    IB_OAUTH2_ERROR_UNSAFE,  /* not encrypted, not verified, or not the answer to what we asked: stop */
    IB_OAUTH2_ERROR_PENDING, /* a device code that nobody has used yet: ask again after its interval */
    IB_OAUTH2_ERROR_SLOW_DOWN, /* the same, and the interval grows by 5 s (RFC 8628, 3.5) */
} IbOAuth2Error;
#define IB_OAUTH2_ERROR (ib_oauth2_error_quark ())
GQuark ib_oauth2_error_quark (void);

/* As whom we come, and to where. Texts are never NULL; "" is not known, or none. */
typedef struct {
    char *provider; /* for people: "Gmail" */
    char *issuer;   /* its URL, or a host alone */
    char *auth_url, *token_url, *device_url, *userinfo_url, *registration_url;
    char *scope;
    char *id, *secret; /* the latter is none to speak of: every copy of a program has it (RFC 8252, 8.5) */
    char *redirect;    /* "http://127.0.0.1/"; a port is put in if it names none */
    char *source;      /* where the id comes from, for people */
    bool names_issuer; /* its redirects always have iss (RFC 9207) */
} IbOAuth2Client;

IbOAuth2Client *ib_oauth2_client_new (void);
IbOAuth2Client *ib_oauth2_client_copy (const IbOAuth2Client *self);
void ib_oauth2_client_free (IbOAuth2Client *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbOAuth2Client, ib_oauth2_client_free)
/* Puts a copy of @text into @field. */
void ib_oauth2_set (char **field, const char *text);

/* Whether tokens may be sent to @url: https, or http to this machine itself. CLIENT says why not; @what names it. */
bool ib_oauth2_check_url (const char *what, const char *url, GError **error);

/* A word that nobody can guess: 43 characters of base64url, for a verifier or a state. Returns: (transfer full) */
IbSecret *ib_oauth2_new_word (void);
/* code_challenge of S256 (RFC 7636, 4.2). Returns: (transfer full) */
char *ib_oauth2_challenge (const char *verifier);

/* Where the person consents. @login_hint: the address that is wanted. Returns: (transfer full) */
char *ib_oauth2_authorization_url (const IbOAuth2Client *client, const char *redirect, const char *state,
                                   const char *verifier, const char *login_hint);

/* Whether @text could be a redirect at all: an address with a query that has state=, and code= or error=. */
bool ib_oauth2_is_redirect (const char *text);
/* The code that a redirect (a whole address, or the part behind its host) brings back. UNSAFE: it is not the answer to
 * what was asked with @state, or comes from another issuer. SIGN_IN: it brings a refusal. Returns: (transfer full)
 * (nullable) */
IbSecret *ib_oauth2_read_redirect (const IbOAuth2Client *client, const char *text, const char *state,
                                   GError **error);

/* SIGN_IN, naming both, unless one of @signed_in (NULL-ended, possibly empty: then nothing is known) is one of @expected. */
bool ib_oauth2_check_person (const char *const *signed_in, const char *const *expected, GError **error);
