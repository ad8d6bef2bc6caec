/* stream-error.h - what a session with a mail server breaks at */
#pragma once

#include <glib.h>

typedef enum {
    IB_STREAM_ERROR_EOF, /* the server closed the connection */
    IB_STREAM_ERROR_IO,
    IB_STREAM_ERROR_TIMEOUT,
    IB_STREAM_ERROR_CANCELLED,
    IB_STREAM_ERROR_TLS,         /* no handshake: version, cipher, nonsense */
    IB_STREAM_ERROR_CERTIFICATE, /* expired, wrong host, unknown CA ...: the text says which */
    IB_STREAM_ERROR_INJECTED,    /* bytes in clear where TLS must begin */
    IB_STREAM_ERROR_GUARD,       /* the server broke a limit or the protocol */
    IB_STREAM_ERROR_DEFLATE,     /* it agreed to COMPRESS=DEFLATE, and what came is not that */
} IbStreamError;
#define IB_STREAM_ERROR (ib_stream_error_quark ())
GQuark ib_stream_error_quark (void);
