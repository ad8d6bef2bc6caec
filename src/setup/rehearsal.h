/* rehearsal.h - a dry run of an account that does not stand yet
 *
 * In a home of its own with the settings that hold here, which is gone afterwards: here nothing is locked, noted or made. */
#pragma once

#include "paths.h"

#include <gio/gio.h>

typedef struct _IbRehearsal IbRehearsal;

/* Once: @text says what came of it ("INBOX 30, Junk 5"), or @error why nothing did. The rehearsal may be freed from here. */
typedef void (*IbRehearsalEnded) (const char *text, const GError *error, gpointer user_data);

/* @text is that of the file of account @name. On the default main context. Returns: (transfer full) (nullable) */
IbRehearsal *ib_rehearsal_start (const IbPaths *paths, const char *name, const char *text,
                                 IbRehearsalEnded ended, gpointer user_data, GError **error);
/* Ends it at once, if it is not at its end; nothing is told any more. */
void ib_rehearsal_free (IbRehearsal *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbRehearsal, ib_rehearsal_free)
