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
bool ib_moves_learn (const IbConfig *config, const IbKnown *known, IbLearned *learned, IbHome *home,
                     gint64 now, GError **error);

/* The same without waiting, for who has other things to do: at most @most lessons of a kind (0: as above), a millisecond or
 * two each, and the Maildir is looked at in a thread. With a limit model.ib may stay behind, see ib_learned_commit (). @home
 * belongs to it until @done was called, which is never before this returns. @is_more: the limit was reached, and another run
 * would go on. */
typedef void (*IbMovesDone) (bool is_more, const GError *error, gpointer user_data);
void ib_moves_begin (const IbConfig *config, const IbKnown *known, IbLearned *learned, IbHome *home,
                     gint64 now, guint most, IbMovesDone done, gpointer user_data);
