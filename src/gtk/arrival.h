/* arrival.h - a message that arrived, as an element of a list: what is shown of it, made safe to show */
#pragma once

#include "heard.h"

#include <adwaita.h>

#define IB_TYPE_ARRIVAL (ib_arrival_get_type ())
G_DECLARE_FINAL_TYPE (IbArrival, ib_arrival, IB, ARRIVAL, GObject)

IbArrival *ib_arrival_new (const IbHeardMessage *message);

const char *ib_arrival_id (IbArrival *self);
const char *ib_arrival_subject (IbArrival *self);
const char *ib_arrival_from (IbArrival *self);
const char *ib_arrival_account (IbArrival *self);
/* "Junk", "INBOX, Lists", "Discarded": where it went, translated. */
const char *ib_arrival_target (IbArrival *self);
/* "Spam", "Not spam", "Unsure", with how sure; "" if it was not judged. */
const char *ib_arrival_verdict (IbArrival *self);
/* "success", "warning", "error": what the verdict looks like; NULL: as nothing. */
const char *ib_arrival_style (IbArrival *self);
gint64 ib_arrival_at_us (IbArrival *self);
/* NAN: not known. */
double ib_arrival_probability (IbArrival *self);
bool ib_arrival_is_junk (IbArrival *self);
/* It was judged, and not called good mail. */
bool ib_arrival_is_doubtful (IbArrival *self);
/* Whether both are the same message, and look the same. */
bool ib_arrival_equals (IbArrival *self, IbArrival *other);
/* Whether every word of @words is in it; words are folded. */
bool ib_arrival_matches (IbArrival *self, char **words);
/* Words to be looked for, as ib_arrival_matches () wants them. Returns: (transfer full) */
char **ib_arrival_fold_words (const char *text);
