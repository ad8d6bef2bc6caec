/* teaching.h - what a judgement with an example is good for beside its verdict */
#pragma once

#include "judge.h"
#include "people.h"

/* What a message is known by among lessons: the same for each copy of it. Returns: (transfer full) */
char *ib_teaching_key (const IbJudgement *judgement);
/* @recipients as an example has them ("address name" each): whom the user wrote to. */
bool ib_teaching_note_recipients (IbJournal *journal, char *const *recipients, gint64 at, GError **error);
