/* compose.h - from a judgement to a story: which files, with which flags
 *
 * Pure. A folder that cannot be one, or a plan without any place, becomes the INBOX, with a note: nothing is lost over a
 * script's mistake. */
#pragma once

#include "judge.h"
#include "story.h"

/* Fills @story's action, files, verdict, reasons, rule, key, texts, where it came from and what the user is to be told, out
 * of @judgement. */
void ib_compose_story (IbStory *story, const IbJudgement *judgement, const IbFacts *facts);
/* What is done with a message that could not be filtered: unmarked into the INBOX, as @facts->flags have it, whole, our
 * fields on top if @facts says so. @why, for people, is the note. Returns the plan: (transfer full) */
IbPlan *ib_compose_unfiltered (IbStory *story, const IbFacts *facts, guint64 size_bytes, const char *why);
/* Its server called it junk: it goes into Junk here, whatever was judged, which is kept. */
void ib_compose_from_junk (IbStory *story);
/* The user took it out of the server's Junk: it goes into the INBOX instead of into Junk or nowhere. */
void ib_compose_wanted (IbStory *story);
/* Whether the reasons of a story say that its server called it junk. */
bool ib_compose_is_from_junk (const char *reasons);
/* … and it is there, but was judged to be good mail: what "undo" would bring back. */
bool ib_compose_offers_rescue (const IbStory *story);
/* "2,FS" for cur/, "" for new/. Returns: (transfer full) */
char *ib_compose_info (const char *const *flags);
