/* ticket.c - a TLS session that a later one may resume */
#include "ticket.h"
#include "server-limits.h"

#include <openssl/ssl.h>
#include <string.h>

/* What stands before OpenSSL's own form of a session. It never leaves this machine's memory. */
typedef struct {
    guint8 trust[IB_SHA256_BYTES];
    gint64 verified_at_s, good_until_s;
} Head;

/* Clock time at which @certificate ends; 0 if it does not say. */
static gint64
end_of (X509 *certificate)
{
    struct tm tm;
    if (certificate == NULL || ASN1_TIME_to_tm (X509_get0_notAfter (certificate), &tm) != 1)
        return 0;
    return (gint64) timegm (&tm);
}

IbSecret *
ib_ticket_seal (SSL_SESSION *session, const IbTicketBinding *binding)
{
    int length = SSL_SESSION_is_resumable (session) == 1 ? i2d_SSL_SESSION (session, NULL) : 0;
    if (length <= 0 || length > IB_LIMIT_SECRET_BYTES - (int) sizeof (Head))
        return NULL;
    Head head = { .verified_at_s = binding->verified_at_s };
    memcpy (head.trust, binding->trust, sizeof head.trust);
    head.good_until_s
        = MIN (end_of (SSL_SESSION_get0_peer (session)), binding->verified_at_s + IB_LIMIT_TICKET_S);

    gsize size = sizeof head + (gsize) length;
    guint8 *bytes = g_malloc (size), *end = bytes + sizeof head;
    memcpy (bytes, &head, sizeof head);
    i2d_SSL_SESSION (session, &end);
    IbSecret *ticket = ib_secret_new_bytes (bytes, size);
    ib_secret_wipe (bytes, size);
    g_free (bytes);
    return ticket;
}

SSL_SESSION *
ib_ticket_open (const IbSecret *ticket, const guint8 trust[IB_SHA256_BYTES], gint64 now_s,
                gint64 *out_verified_at_s)
{
    gsize length;
    const guint8 *bytes = (const guint8 *) ib_secret_peek (ticket, &length);
    Head head;
    if (length <= sizeof head)
        return NULL;
    memcpy (&head, bytes, sizeof head);
    /* A clock that was set back says nothing about how old it is; nor does a ticket itself, which came out of a worker. */
    if (!ib_crypto_is_equal (head.trust, trust, sizeof head.trust) || now_s < head.verified_at_s
        || now_s >= head.good_until_s || now_s >= head.verified_at_s + IB_LIMIT_TICKET_S)
        return NULL;
    const guint8 *at = bytes + sizeof head;
    SSL_SESSION *session = d2i_SSL_SESSION (NULL, &at, (long) (length - sizeof head));
    if (session != NULL)
        *out_verified_at_s = head.verified_at_s;
    return session;
}
