/* scram-server.h - a SCRAM-SHA-256 server for scripted dialogues, made of GLib's HMAC and nothing that the client uses
 *
 * In a server's line, @FIRST:ROUNDS@ becomes its first message, @FINAL@ its proof, @LIE@ a proof of another password,
 * @REFUSAL@ "e=invalid-proof". A client's line that ends in @BEGIN@ or @PROOF@ is right if the message there is. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *user, *password;
    char *first_bare, *server_first, *nonce; /* of this exchange */
    guint rounds;
    char *message; /* what both sides prove */
} ScramServer;

/* The line to send. Returns: (transfer full) */
char *scram_server_fill (ScramServer *self, const char *line);
/* Whether @heard is what @expected wants. */
bool scram_server_accepts (ScramServer *self, const char *expected, const char *heard);
void scram_server_clear (ScramServer *self);
