/* inspect.h - is the journal sound? Looks only, beside whoever writes */
#pragma once

#include "journal.h"

/* Reads the whole file at @path. False: there is none (G_IO_ERROR_NOT_FOUND), it is damaged (IB_JOURNAL_ERROR_BROKEN), a later
 * Inbasket's (NEWER), or cannot be read. *out_messages: that it knows. */
bool ib_inspect_journal (const char *path, guint64 *out_messages, GError **error);
