/* notice-text.h - hostile words made fit for a bubble
 *
 * Pure. One line, without control characters and whatever else would hide or reorder text, and short. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* At most @most characters, the last of which is "…" if something was cut. Returns: (transfer full) */
char *ib_notice_text_clean (const char *text, guint most);
/* How the sender is called: the name alone of somebody @is_known, else with the address, which a name cannot hide.
 * @from: as the message has it, "" for none. Returns: (transfer full) */
char *ib_notice_text_sender (const char *from, bool is_known, guint most);
