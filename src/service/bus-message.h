/* bus-message.h - the words by which callers on the bus mean a message */
#pragma once

#include <stdbool.h>

/* One that can be meant, and cannot be taken for anything else. */
bool ib_bus_message_is_one (const char *word);
/* The first six digits of an id, or more. */
bool ib_bus_message_is_id (const char *word);
/* @message for the command line. Whoever asks need not be allowed to read files: a Message-ID in its brackets is none.
 * Returns: (transfer full) */
char *ib_bus_message_word (const char *message);
