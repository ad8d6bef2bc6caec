/* counts.h - how much mail came which way, and what was thought of it: for reports
 *
 * Counted in the journal, whatever the number of messages: a row for each way and day. Reads only. */
#pragma once

#include "journal.h"

typedef enum { IB_TAUGHT_NOTHING, IB_TAUGHT_HAM, IB_TAUGHT_SPAM } IbTaught;

/* Messages that have all of this in common. */
typedef struct {
    const char *account;
    const char *recipient;     /* see IbStory */
    const char *relay;         /* "" came through none */
    const char *mx;            /* "match", "beside", "" */
    const char *server_filter; /* "marked", "passed", "" */
    bool was_caught;           /* sorted as spam when it came */
    IbTaught taught;           /* what the user said, or showed, later */
    guint day;                 /* since the beginning of what was asked for, from 0 */
    guint64 count;
} IbCount;

typedef void (*IbCountsEach) (const IbCount *count, gpointer user_data);
/* What was delivered or discarded from @since to @until (microseconds); duplicates are not counted twice. */
bool ib_counts_read (IbJournal *journal, gint64 since, gint64 until, IbCountsEach each, gpointer user_data,
                     GError **error);
