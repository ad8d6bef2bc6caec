/* moves.h - the user moves, reads and answers mail, and the classifier learns
 *
 *     rescan.h: where everything stands ─▶ placement.h: what that teaches ─▶ the journal: what is due ─▶ teacher.h
 *
 * What is due is written down before it is learned: neither a limit nor an interruption loses a correction. */
#pragma once

#include "home.h"
#include "known.h"
#include "learned.h"

/* Looks what changed in the Maildir and learns from it, at most so much in one run: the rest follows in the next. Nothing if
 * the configuration says that nothing is to be learned. A message that is gone meanwhile is no error, and
 * what a missing filter keeps from being learned stays due. Runs the default main context. @now: microseconds. False: the journal, or what was learned, cannot be written. */
bool ib_moves_learn (const IbConfig *config, const IbKnown *known, IbLearned *learned, IbHome *home, gint64 now,
                     GError **error);
