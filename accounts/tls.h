/* tls.h - TLS on a connection: OpenSSL, 1.2 or later, chain and name verified against subjectAltName only
 *
 * All errors are the connection's. For stream.c. */
#pragma once

#include "connection.h"
#include "trust.h"

typedef struct _IbTls IbTls;

/* Shakes hands with the connection's host, and believes it only if @trust does. Both outlive it. NULL: the connection
 * failed. */
IbTls *ib_tls_new (IbConnection *connection, IbTrust *trust);
/* "TLSv1.3, TLS_AES_256_GCM_SHA384", and ", resumed" where it was. */
const char *ib_tls_describe (const IbTls *self);

/* Some bytes, after a wait if need be; 0: the connection failed. */
gsize ib_tls_receive (IbTls *self, void *buffer, gsize size);
gsize ib_tls_send (IbTls *self, const void *bytes, gsize length);
/* Whether there is anything to be received, be it the end. */
bool ib_tls_has_arrived (IbTls *self);

/* Both have said goodbye: free () will not do so once more. */
void ib_tls_end (IbTls *self);
void ib_tls_free (IbTls *self);
