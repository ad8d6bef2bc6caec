/* mail-program.h - what a click on new mail opens: the desktop's own mail program
 *
 * That is what the desktop starts for mailto: links, started as from its menu, without a message to write. Whether it reads
 * the Maildir is not known here. One that needs a terminal is none. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

bool ib_mail_program_is_there (void);
/* Starts it, or has it show itself: outside the service's cage where that is a unit of systemd. @token: see notifier.h.
 * Does not block; a failure is a line in the log. */
void ib_mail_program_open (GDBusConnection *session, const char *token);

/* What @exec, a desktop file's Exec, runs without any file or address: its field codes are left out, but for the name of the
 * program, @name. NULL: it cannot be read. Returns: (transfer full) */
char **ib_mail_program_argv (const char *exec, const char *name);
