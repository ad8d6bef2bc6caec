/* imap-read.h - the smallest pieces of a line of IMAP
 *
 * Each steps @at over the piece, if it stands there; if not, it is false, and @at stays where it is (but for a value's, which
 * may have been stepped into). Lines end with a NUL; letter case does not matter. */
#pragma once

#include <glib.h>
#include <stdbool.h>

bool ib_imap_read_char (const char **at, char c);
/* Whatever stands behind it. */
bool ib_imap_read_text (const char **at, const char *text);
/* One that a blank, which is stepped over, too, or the line ends. */
bool ib_imap_read_word (const char **at, const char *word);
void ib_imap_read_blanks (const char **at);
/* 1*DIGIT, at most @most. */
bool ib_imap_read_number (const char **at, guint64 most, guint64 *out_number);
/* quoted = DQUOTE *QUOTED-CHAR DQUOTE; unescaped into @out, which may be NULL. */
bool ib_imap_read_quoted (const char **at, GString *out);
/* One value of whatever form: an atom, a string, a list of such, at most IB_LIMIT_DEPTH deep. */
bool ib_imap_read_value (const char **at);
/* Whether @line ends in "{" number "}", outside of quotes, and where that begins. A "+" (non-synchronizing) means the same
 * here. */
bool ib_imap_read_literal_mark (const char *line, gsize *out_start, guint64 *out_length);
