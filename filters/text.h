/* text.h - bytes in any charset, and encoded words, as UTF-8
 *
 * Bytes that name no charset are UTF-8 if they are valid as such, else windows-1252; a charset that is not in our list
 * is read as windows-1252. Whatever goes in, valid UTF-8 without NUL comes out: what has no meaning becomes U+FFFD. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Opens the converters of all charsets that are known, and GMime's ground, once in a process. Whoever locks himself in
 * calls it before (ib_judge_new () does); afterwards nothing here opens a file. Otherwise the first use calls it. */
void ib_text_prepare (void);

/* Without a charset. Returns: (transfer full) */
char *ib_text_from_bytes (const char *bytes, gsize length);
/* @charset is a MIME charset's name in any case; NULL: as ib_text_from_bytes (). Returns: (transfer full) */
char *ib_text_from_charset (const char *charset, const char *bytes, gsize length);
bool ib_text_knows_charset (const char *charset);
/* Whether the charset is known and all of the bytes mean something in it. */
bool ib_text_is_in_charset (const char *charset, const char *bytes, gsize length);

/* An unfolded header value with its encoded words decoded (RFC 2047, leniently: words without white space around them,
 * blanks inside them, characters split between words of one charset). After IB_LIMIT_ENCODED_WORDS the rest stays as it
 * is. Returns: (transfer full) */
char *ib_text_from_header (const char *value, gsize length);
