/* ask.h - questions to the person at the terminal
 *
 * Asked on the controlling terminal, whatever standard input and output are. Without one there is nobody to ask. */
#pragma once

#include "secret.h"

#include <gio/gio.h>
#include <stdbool.h>

/* Somebody can be asked: standard input and error are a terminal. */
bool ib_ask_can (void);
/* "QUESTION [y/N] "; anything but a yes is a no. */
bool ib_ask_yes (const char *question);
/* Nothing that is typed is shown. Returns: (transfer full) (nullable) */
IbSecret *ib_ask_secret (const char *question, GError **error);
