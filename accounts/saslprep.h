/* saslprep.h - one spelling for a name or password, however it was typed (RFC 4013)
 *
 * Blanks of all kinds become spaces, what shows nothing is left out, and the rest is normalised to NFKC. That is GLib's
 * NFKC, of a newer Unicode than the RFC's: a difference only in characters that came after 2002. What RFC 4013 forbids,
 * and what is no UTF-8, is handed on as it stands, since a server that has such a password took it so. */
#pragma once

#include <glib.h>

/* @text is wiped from whatever this needs in between, but for GLib's own scratch memory if it is not ASCII. The caller
 * wipes the result. Returns: (transfer full) */
char *ib_saslprep (const char *text);
