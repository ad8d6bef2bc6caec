/* oauth2-endpoint.h - asking an authorization server
 *
 * One request each, over https (http only to this machine itself), verified, without cookies, never redirected, of at most
 * 30 s and 64 KiB. Asynchronous on the thread-default main context. Errors are IB_OAUTH2_ERROR's, or
 * G_IO_ERROR_CANCELLED. What is sent is wiped, and from the first request on the process leaves no core dump, since the
 * libraries beneath keep copies. */
#pragma once

#include "oauth2-answer.h"

/* Tokens for the code that a redirect brought. @verifier: whose challenge went out with the link; @redirect: as it was
 * there. */
void ib_oauth2_redeem (const IbOAuth2Client *client, const IbSecret *code, const IbSecret *verifier,
                       const char *redirect, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data);
/* Tokens for a refresh token, which may be void from now on: whatever new one comes must be kept first. */
void ib_oauth2_refresh (const IbOAuth2Client *client, const IbSecret *refresh_token,
                        GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Tokens for a device code: PENDING and SLOW_DOWN say to ask again. */
void ib_oauth2_redeem_device (const IbOAuth2Client *client, const IbOAuth2Device *device,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Of these three. Returns: (transfer full) (nullable) */
IbOAuth2Tokens *ib_oauth2_tokens_finish (GAsyncResult *result, GError **error);

/* A code for a device without a browser (RFC 8628). */
void ib_oauth2_ask_device (const IbOAuth2Client *client, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
IbOAuth2Device *ib_oauth2_ask_device_finish (GAsyncResult *result, GError **error);

/* Whom an access token stands for. */
void ib_oauth2_ask_userinfo (const IbOAuth2Client *client, const IbSecret *access_token,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* Returns: (transfer full) (nullable) */
char **ib_oauth2_ask_userinfo_finish (GAsyncResult *result, GError **error);

/* What the server at client->issuer says of itself: RFC 8414's metadata, or OpenID Connect's (@is_openid). */
void ib_oauth2_ask_metadata (const IbOAuth2Client *client, bool is_openid, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
/* Makes this copy of Inbasket known to the server, at client->registration_url. */
void ib_oauth2_register (const IbOAuth2Client *client, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
/* Of these two: the client, completed. Returns: (transfer full) (nullable) */
IbOAuth2Client *ib_oauth2_client_finish (GAsyncResult *result, GError **error);
