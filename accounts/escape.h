/* escape.h - words from outside made safe to show
 *
 * Control characters, invalid UTF-8 and bidirectional overrides become "\x1b"-like escapes. What is already plain stays
 * as it is. */
#pragma once

#include "secret.h"

#include <glib.h>

/* @length -1: NUL-terminated. Cut after @limit characters with "…"; 0: whole. Returns: (transfer full) */
char *ib_escape_text (const char *text, gssize length, gsize limit);
/* The same, cut at IB_LIMIT_SERVER_TEXT: for a server's own words inside a sentence of ours. */
char *ib_escape_server_text (const char *text, gssize length);

/* From now on @secret (nullable: none) stands in none of those words that this thread shows: a server that repeats what it was
 * sent would have it shown, and kept. It is looked for as it is, as IMAP quotes it, and in base64. A reference is held. */
void ib_escape_hide (const IbSecret *secret);
