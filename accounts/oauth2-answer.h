/* oauth2-answer.h - what an authorization server answers, read
 *
 * JSON of at most 64 KiB, and of few parts, so that no nesting is deep. All of it is foreign: words are escaped and cut
 * before they stand in an error, tokens must be printable, numbers are held to what can be meant. Pure. */
#pragma once

#include "oauth2.h"

typedef struct {
    IbSecret *access_token;
    IbSecret *refresh_token; /* NULL: none was given */
    gint64 lifetime_s;       /* of the access token, from the moment it was asked for; 0: it was not said */
    char **signed_in;        /* addresses that its id_token calls the person by; never NULL */
} IbOAuth2Tokens;

void ib_oauth2_tokens_free (IbOAuth2Tokens *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbOAuth2Tokens, ib_oauth2_tokens_free)

/* RFC 8628, 3.2 */
typedef struct {
    IbSecret *device_code;
    char *user_code, *url; /* to be shown: what to type, and where */
    char *complete_url;    /* the same with the code in it; "" */
    gint64 lifetime_s, interval_s;
} IbOAuth2Device;

void ib_oauth2_device_free (IbOAuth2Device *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbOAuth2Device, ib_oauth2_device_free)

/* Each reads what a server answered with HTTP's @status. Returns: (transfer full) (nullable) */

/* The token endpoint's answer, to whatever kind of grant (RFC 6749, 5). */
IbOAuth2Tokens *ib_oauth2_answer_tokens (const IbOAuth2Client *client, guint status, const char *body,
                                         gsize length, GError **error);
IbOAuth2Device *ib_oauth2_answer_device (const IbOAuth2Client *client, guint status, const char *body,
                                         gsize length, GError **error);
/* The addresses that userinfo calls the person by. NULL-ended. */
char **ib_oauth2_answer_userinfo (const IbOAuth2Client *client, guint status, const char *body, gsize length,
                                  GError **error);
/* A copy of @client with what the server's metadata (RFC 8414) say where @client knows nothing. They must be of @issuer. */
IbOAuth2Client *ib_oauth2_answer_metadata (const IbOAuth2Client *client, const char *issuer, guint status,
                                           const char *body, gsize length, GError **error);
/* A copy of @client with the id that the server registered (RFC 7591). */
IbOAuth2Client *ib_oauth2_answer_registration (const IbOAuth2Client *client, guint status, const char *body,
                                               gsize length, GError **error);
