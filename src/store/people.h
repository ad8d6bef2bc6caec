/* people.h - whom the user writes with, as sent mail and answers showed
 *
 * Only what the user did makes somebody known: mail that merely came never does. */
#pragma once

#include "journal.h"

/* @address is "local@domain" in any case; @name may be "", which keeps the name that was known. Durable with the next
 * ib_journal_flush (). @at: microseconds. */
bool ib_people_note (IbJournal *journal, const char *address, const char *name, gint64 at, GError **error);
/* A line "address name" each, those first that were last written with; at most @most. Returns: (transfer full) */
GBytes *ib_people_read (IbJournal *journal, guint most, GError **error);
