/* quote.h - a path or a word, as each program's own syntax has it
 *
 * Folders may be called what their owner likes: blanks, quotes, "$" and "#" included. Each function makes of @text what
 * that syntax reads back as @text. Pure; @text has no line end, see ib_quote_can (). Returns of all: (transfer full) */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether every syntax here can say @text: UTF-8 without control characters. */
bool ib_quote_can (const char *text);

/* 'it'\''s': a word for a shell, and for mutt's files. */
char *ib_quote_shell (const char *text);
/* "\$HOME": a word for a shell within mutt's backticks, in which a backtick needs its backslash. */
char *ib_quote_shell_in_mutt (const char *text);
/* The word for a shell in letters that no file of settings minds: plain, or "$(printf '\047')". */
char *ib_quote_shell_plain (const char *text);
/* A path within a URL: %23. */
char *ib_quote_url_path (const char *text);
/* A string of Emacs Lisp. */
char *ib_quote_elisp (const char *text);
/* A value of a GKeyFile. */
char *ib_quote_key_file (const char *text);
/* A value of dovecot.conf (2.3). */
char *ib_quote_dovecot (const char *text);
/* The same text where Dovecot puts variables in: "%" is "%%". */
char *ib_quote_dovecot_variables (const char *text);
/* A part of mail_location, before ib_quote_dovecot (): ":" is "::", too. */
char *ib_quote_dovecot_location (const char *text);
/* A word of a command line in a unit of systemd. */
char *ib_quote_unit (const char *text);
