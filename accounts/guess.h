/* guess.h - hosts of the usual names that answer
 *
 * imap., mail., pop. and pop3. before a domain, and the domain itself, all at once: TLS at the usual ports, the certificate
 * verified. Nothing is sent but the handshake, and nothing that the host says is read. Asynchronous, on the caller's main
 * context; when cancelled, those have answered that did by then. */
#pragma once

#include <gio/gio.h>

void ib_guess (const char *domain, const char *address, GCancellable *cancellable,
               GAsyncReadyCallback callback, gpointer user_data);
/* Elements: IbCandidate, all of them to be confirmed. Returns: (transfer full) */
GPtrArray *ib_guess_finish (GAsyncResult *result);
