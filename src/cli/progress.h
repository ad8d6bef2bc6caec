/* progress.h - one line on a terminal that says how far a long work is
 *
 * On standard error, drawn over itself at most ten times a second; nothing at all unless it was asked for. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct _IbProgress IbProgress;

IbProgress *ib_progress_new (bool is_shown);
/* @account is at work; the line names those that are. */
void ib_progress_begin (IbProgress *self, const char *account);
void ib_progress_end (IbProgress *self, const char *account);
void ib_progress_expect (IbProgress *self, guint64 messages, guint64 bytes);
void ib_progress_done (IbProgress *self, guint64 messages, guint64 bytes);
/* Takes the line away, for other words; the next call above draws it again. */
void ib_progress_clear (IbProgress *self);
void ib_progress_free (IbProgress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbProgress, ib_progress_free)

/* "[#####.....] 1,200 of 20,000 · 34.1 MB · 3.2 MB/s · about 12 s left · work, home". Pure, for tests.
 * Returns: (transfer full) */
char *ib_progress_line (guint64 done, guint64 expected, guint64 bytes, double seconds, const char *who,
                        guint columns);
