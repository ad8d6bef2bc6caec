/* lookup.h - what DNS says of a mail domain
 *
 * Asynchronous, on the caller's main context. Answers are not to be trusted: only sound host names come through, and few
 * of them. That nothing is known, for whatever reason, is an empty answer; who is cancelled gives what is known by then. */
#pragma once

#include <gio/gio.h>

/* The hosts that take @domain's mail, the preferred first. */
void ib_lookup_exchangers (const char *domain, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
/* Returns: (transfer full) */
char **ib_lookup_exchangers_finish (GAsyncResult *result);

/* The services imaps, imap, pop3s and pop3 of @address's domain @domain (RFC 6186, RFC 8314). A host outside the domain is
 * one that needs to be confirmed. */
void ib_lookup_services (const char *domain, const char *address, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
/* Elements: IbCandidate. Returns: (transfer full) */
GPtrArray *ib_lookup_services_finish (GAsyncResult *result);
