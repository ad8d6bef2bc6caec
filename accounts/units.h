/* units.h - numbers, durations, sizes and dates as people write them in settings
 *
 *     90s 5m 1h 14d 2w     500K 20M 1G     2026-01-31
 *
 * Pure. Parsing takes the whole text or nothing; writing gives the shortest text that reads back as the same. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Decimal digits alone, no sign and no blank; false where it is none or not within [@least, @most]. To be used in place of
 * g_ascii_string_to_unsigned(), which trusts errno: a lock inside the first call of a process may set it while other threads
 * start (GLib 2.74), and a sound number is refused. */
bool ib_units_parse_number (const char *text, guint64 least, guint64 most, guint64 *out_number);
bool ib_units_parse_duration (const char *text, gint64 *out_seconds);
bool ib_units_parse_size (const char *text, guint64 *out_bytes);
/* Seconds since 1970 at which that day begins in the user's time zone. */
bool ib_units_parse_date (const char *text, gint64 *out_seconds);

/* Returns: (transfer full) */
char *ib_units_duration_text (gint64 seconds);
char *ib_units_size_text (guint64 bytes);
