/* since.c - "7d", "90m" or "2026-01-31" as a point in time */
#include "since.h"

#include <glib/gi18n-lib.h>
#include <string.h>

bool
ib_since_parse_span (const char *text, gint64 *out_seconds)
{
    static const struct {
        char unit;
        gint64 seconds;
    } units[] = {
        { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 7 * 86400 },
    };
    char *end = NULL;
    guint64 number = g_ascii_strtoull (text, &end, 10);
    if (end == text || !g_ascii_isdigit (*text) || number > 1000000 || strlen (end) != 1)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (units); i++) {
        if (units[i].unit == *end) {
            *out_seconds = (gint64) number * units[i].seconds;
            return true;
        }
    }
    return false;
}

bool
ib_since_parse (const char *text, gint64 now, gint64 *out_since, GError **error)
{
    gint64 seconds = 0;
    if (ib_since_parse_span (text, &seconds)) {
        *out_since = now - seconds * G_USEC_PER_SEC;
        return true;
    }
    g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
    g_autofree char *midnight = g_strdup_printf ("%sT00:00:00", text);
    g_autoptr (GDateTime) date
        = g_date_time_new_from_iso8601 (strchr (text, 'T') != NULL ? text : midnight, zone);
    if (date == NULL) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("“%s” is no time: write 90m, 12h, 7d, 2w or 2026-01-31"), text);
        return false;
    }
    *out_since = g_date_time_to_unix (date) * G_USEC_PER_SEC;
    return true;
}
