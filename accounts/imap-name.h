/* imap-name.h - mailbox names: the server's way and ours
 *
 * The server's way is modified UTF-7 (RFC 3501, 5.1.3) with a delimiter of its own choice, perhaps below a personal
 * namespace; ours is UTF-8. Pure functions. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What is no valid modified UTF-7 is taken as it stands, made valid UTF-8. Returns: (transfer full) */
char *ib_imap_name_to_utf8 (const char *name);
/* Returns: (transfer full) */
char *ib_imap_name_from_utf8 (const char *name);

/* Whether @name (UTF-8) is among what folders= asks for: names and globs ("*" anything, "%" all but the delimiter), "!" in
 * front excludes, and only excludes mean all but these. "/" in @folders stands for the server's @delimiter (0: none), and
 * @prefix, the personal namespace, may be left out. INBOX is the same in any case. */
bool ib_imap_name_is_wanted (const char *name, const char *const *folders, char delimiter, const char *prefix);
/* Whether @folders asks for nothing but the INBOX, by name. */
bool ib_imap_folders_are_inbox (const char *const *folders);

/* A name that a user gave for a mailbox that may have to be made, as the server wants it: "/" becomes @delimiter, @prefix
 * is put in front unless it is there, in modified UTF-7. Returns: (transfer full) */
char *ib_imap_name_for_server (const char *name, char delimiter, const char *prefix);

/* @text as a quoted string; NULL if it holds CR, LF or NUL, or 8-bit characters and @may_be_8bit is false.
 * Returns: (transfer full) (nullable) */
char *ib_imap_quote (const char *text, bool may_be_8bit);
