/* mail-place.h - where mail was delivered last
 *
 * Of a disk that is not mounted there is an empty folder left, or none. What is delivered there lies below the disk once that
 * is back, where nobody sees it. So a Maildir is noted once it was used (in state/maildir), and not made anew when it has
 * gone: its user says whether that is meant. */
#pragma once

#include "config.h"
#include "maildir.h"

#include <gio/gio.h>
#include <stdbool.h>

/* False: @maildir was used, and is not there. The error says what to do. */
bool ib_mail_place_check (const IbPaths *paths, const char *maildir, GError **error);
/* For whoever only looks: opening makes what is missing. NULL: there is none. */
IbMaildir *ib_mail_place_open (const IbConfig *config);
/* It is in use. Where that cannot be noted, it will be made anew. */
void ib_mail_place_note (const IbPaths *paths, const char *maildir);
