/* escape.h - a server's words made safe to show
 *
 * Control characters, invalid UTF-8 and bidirectional overrides become "\x1b"-like escapes; cut at
 * IB_LIMIT_SERVER_TEXT characters with "…". What is already plain stays as it is. */
#pragma once

#include <glib.h>

/* @length -1: NUL-terminated. Returns: (transfer full) */
char *ib_escape_server_text (const char *text, gssize length);
