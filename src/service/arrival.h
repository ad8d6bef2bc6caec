/* arrival.h - how a message that is here came: for looking at it as when it came
 *
 * Through which account and which of the server's folders, and when: the journal knows it by the message's id. */
#pragma once

#include "config.h"
#include "facts.h"
#include "home.h"
#include "known.h"

typedef struct {
    const IbConfig *config;
    const IbKnown *known;
    IbJournal *journal;       /* NULL: nobody knows */
    const IbAccount *account; /* as if all had come through this one; NULL: as the journal has it */
} IbArrivals;

/* Completes what dry-run.h knows of the message at a path; @id is what the file's name says, "" if it has none. */
void ib_arrivals_sharpen (const IbArrivals *self, const char *id, IbFacts *facts);
/* The same by its file's name. */
void ib_arrivals_sharpen_file (const IbArrivals *self, const char *path, IbFacts *facts);
