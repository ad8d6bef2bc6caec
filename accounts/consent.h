/* consent.h - a person lets Inbasket in, in a browser of theirs
 *
 *     (who is there? ─▶ register ─▶) show link ─▶ browser ─redirect─▶ our door on 127.0.0.1, or pasted ─▶ code ─▶ tokens
 *                                    show code ─▶ any browser anywhere ──── asked for again and again ────────▶ tokens
 *
 * The first way is RFC 8252's, the second (a device code) RFC 8628's; both look the same from here. A window and a
 * terminal call the same functions. The door is opened before the link is shown, takes one right answer, and is shut; what
 * else knocks is turned away. Asynchronous on the default main context. */
#pragma once

#include "oauth2-answer.h"

typedef enum {
    IB_CONSENT_BROWSER, /* a browser on this machine, or on another whose last address is pasted */
    IB_CONSENT_DEVICE,  /* any browser, in which a code is typed */
} IbConsentWay;

typedef struct {
    /* For the person to open, and to copy. @code: to be typed there, with the second way; else NULL. Once. */
    void (*show) (const char *url, const char *code, gpointer user_data);
    /* Once, last. @tokens have a refresh token, and are of one of the addresses, as far as can be known; @client is the one
     * given, completed: its id may be new. Or an error of IB_OAUTH2_ERROR. The consent may be freed from here. */
    void (*ended) (const IbOAuth2Client *client, const IbOAuth2Tokens *tokens, const GError *error,
                   gpointer user_data);
} IbConsentEvents;

typedef struct _IbConsent IbConsent;

/* @addresses (NULL-ended): whose mail it is to be; the first is suggested in the browser. Copies what it needs. */
IbConsent *ib_consent_start (const IbOAuth2Client *client, IbConsentWay way, const char *const *addresses,
                             const IbConsentEvents *events, gpointer user_data);
/* The address that the person's browser ended at, pasted. False: it is not one that could be meant, and nothing changed;
 * otherwise it is taken for the answer, as if it had come by itself. */
bool ib_consent_paste (IbConsent *self, const char *text, GError **error);
/* Ends it at once; no event comes any more. */
void ib_consent_free (IbConsent *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbConsent, ib_consent_free)
