/* remote.c - a stream's error as a remedy */
#include "remote.h"

#include <string.h>

/* What may pass by itself is OFFLINE; what somebody may have done on purpose is UNSAFE and never tried again unasked. */
static IbFetchError
remedy (IbStreamError code)
{
    switch (code) {
    case IB_STREAM_ERROR_EOF:
    case IB_STREAM_ERROR_IO:
    case IB_STREAM_ERROR_TIMEOUT:
        return IB_FETCH_ERROR_OFFLINE;
    case IB_STREAM_ERROR_CANCELLED:
        return IB_FETCH_ERROR_STOPPED;
    case IB_STREAM_ERROR_TLS:
    case IB_STREAM_ERROR_CERTIFICATE:
    case IB_STREAM_ERROR_INJECTED:
        return IB_FETCH_ERROR_UNSAFE;
    case IB_STREAM_ERROR_GUARD:
    case IB_STREAM_ERROR_DEFLATE:
        return IB_FETCH_ERROR_SERVER;
    }
    return IB_FETCH_ERROR_SERVER;
}

void
ib_remote_propagate (GError **error, const GError *stream_error, const char *host)
{
    if (stream_error == NULL)
        return;
    IbFetchError code = stream_error->domain == IB_STREAM_ERROR ? remedy ((IbStreamError) stream_error->code)
                                                                : IB_FETCH_ERROR_SERVER;
    /* Most of the stream's sentences name the host themselves. */
    if (strstr (stream_error->message, host) != NULL)
        g_set_error_literal (error, IB_FETCH_ERROR, (gint) code, stream_error->message);
    else
        g_set_error (error, IB_FETCH_ERROR, (gint) code, "%s: %s", host, stream_error->message);
}
