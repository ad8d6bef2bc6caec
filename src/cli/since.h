/* since.h - "7d", "90m" or "2026-01-31" as a point in time */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* *out_since: microseconds. The error says what is understood. */
bool ib_since_parse (const char *text, gint64 now, gint64 *out_since, GError **error);
/* "90m", "7d" as seconds. */
bool ib_since_parse_span (const char *text, gint64 *out_seconds);
