/* said.h - what happened, as the bus says it
 *
 * data/dbus/io.github.inbasket.Inbasket1.xml names the keys; src/client/heard.h is the other side. Text from mail is made
 * valid UTF-8, as the bus wants it. */
#pragma once

#include "poll.h"

/* A sentence of the service: valid UTF-8, and where face.h has two, in the words of a window. Returns: (transfer full) */
char *ib_said_words (const char *words);
/* The same for whoever shows it in a terminal. Returns: (transfer full) */
char *ib_said_words_for_terminal (const char *words);
/* a{sv}, floating. @folder: the server's, UTF-8; NULL: it is read from @story. @paths: of each file, or NULL. */
GVariant *ib_said_message (const IbStory *story, const char *folder, const char *const *paths);
/* a{sv}, floating. */
GVariant *ib_said_result (const IbPollResult *result);
/* The same for an account that is broken as it is configured: @words say how. */
GVariant *ib_said_broken (const char *account, const char *words);
/* What was said of one account first and then, together: counts are added, the rest is as in @then. Floating. */
GVariant *ib_said_both (GVariant *first, GVariant *then);
