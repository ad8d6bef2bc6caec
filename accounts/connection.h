/* connection.h - a connected socket, and how long its other end is waited for
 *
 * No wait outlasts the deadline, which counts suspended time too, or the time that the server may be silent, or a
 * server that drips; and it ends at once when the cancel descriptor becomes readable. The first error sticks, whoever
 * finds it. For stream.c, and tls.c between the two. */
#pragma once

#include "stream-error.h"

#include <stdbool.h>

typedef struct _IbConnection IbConnection;

/* Takes @fd, and makes it non-blocking; sets no other option of it. @cancel_fd, -1 for none, stays the caller's.
 * @host is whom errors name. */
IbConnection *ib_connection_new (int fd, int cancel_fd, const char *host);
const char *ib_connection_get_host (const IbConnection *self);

/* Milliseconds from now; 0: none. */
void ib_connection_set_deadline (IbConnection *self, gint64 in_ms);
/* How long the server may be silent, or drip; 0: until the deadline. */
void ib_connection_set_stall (IbConnection *self, gint64 stall_ms);
/* How long bytes were waited for, all in all. */
gint64 ib_connection_get_waited_ms (const IbConnection *self);
/* The clock of all this: it goes on while the machine sleeps. */
gint64 ib_connection_now_ms (void);

/* The first error, or NULL. */
const GError *ib_connection_get_error (const IbConnection *self);
/* An error from here on, if it is none yet. Returns: false */
bool ib_connection_fail (IbConnection *self, IbStreamError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
bool ib_connection_fail_eof (IbConnection *self);
bool ib_connection_fail_io (IbConnection *self, int number);

/* As recv () and send (), which see: no error is made of theirs, and none waits. Into a connection that the server
 * has left everything goes. */
gssize ib_connection_try_receive (IbConnection *self, void *buffer, gsize size);
gssize ib_connection_try_send (IbConnection *self, const void *bytes, gsize length);
/* For what those would have waited for. False: it failed. */
bool ib_connection_wait_for_bytes (IbConnection *self);
bool ib_connection_wait_for_room (IbConnection *self);
/* Some bytes, after a wait if need be; 0: it failed. */
gsize ib_connection_receive (IbConnection *self, void *buffer, gsize size);
gsize ib_connection_send (IbConnection *self, const void *bytes, gsize length);

/* So many bytes more will be passed, by all that is known. While they are many, those who wait for some wait a moment
 * longer, and get more at once. */
void ib_connection_expect (IbConnection *self, guint64 bytes);

typedef enum {
    IB_ARRIVED_NOTHING,
    IB_ARRIVED_BYTES,
    IB_ARRIVED_END, /* the server's, or the connection's */
} IbArrived;
/* What is there to be received, without a wait. */
IbArrived ib_connection_look (IbConnection *self);
/* However long it takes, until something arrives, or @other_fd is readable and nothing has: 1. 0: nothing yet, though
 * the socket woke us; -1: it failed. */
int ib_connection_wait_for_either (IbConnection *self, int other_fd);
/* So many bytes were handed on to whoever reads: what tells a server that sends from one that drips. A server that
 * sends without a pause never makes us wait, so deadline and cancellation are looked at here, too. */
bool ib_connection_pass (IbConnection *self, gsize bytes);

void ib_connection_free (IbConnection *self);
