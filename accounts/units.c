/* units.c - numbers, durations, sizes and dates as people write them in settings */
#include "units.h"

#include <string.h>

typedef struct {
    char letter;
    guint64 factor;
} Unit;

/* The largest first: so writing finds the shortest text. */
static const Unit durations[] = { { 'w', 604800 }, { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };
static const Unit sizes[] = { { 'G', 1 << 30 }, { 'M', 1 << 20 }, { 'K', 1 << 10 } };

/* Beyond a hundred years, or a terabyte, somebody mistyped. */
#define LONGEST_DURATION_S (G_GUINT64_CONSTANT (100) * 366 * 86400)
#define LARGEST_SIZE (G_GUINT64_CONSTANT (1) << 40)

bool
ib_units_parse_number (const char *text, guint64 least, guint64 most, guint64 *out_number)
{
    gsize digits = strspn (text, "0123456789");
    if (digits == 0 || text[digits] != '\0')
        return false;
    guint64 number
        = g_ascii_strtoull (text, NULL, 10); /* the largest there is, where it is larger than that */
    if (number < least || number > most || number == G_MAXUINT64)
        return false;
    *out_number = number;
    return true;
}

/* amount = 1*12DIGIT [ unit ] */
static bool
parse_amount (const char *text, const Unit *units, gsize n_units, bool needs_unit, guint64 most,
              guint64 *out_amount)
{
    gsize digits = strspn (text, "0123456789");
    if (digits == 0 || digits > 12)
        return false;

    guint64 factor = needs_unit ? 0 : 1;
    const char *unit = text + digits;
    for (gsize i = 0; i < n_units && *unit != '\0'; i++)
        if (g_ascii_toupper (*unit) == g_ascii_toupper (units[i].letter))
            factor = units[i].factor;
    if (factor == 0 || (*unit != '\0' && (unit[1] != '\0' || (factor == 1 && !needs_unit))))
        return false;

    guint64 number = g_ascii_strtoull (text, NULL, 10);
    if (number > most / factor)
        return false;
    *out_amount = number * factor;
    return true;
}

bool
ib_units_parse_duration (const char *text, gint64 *out_seconds)
{
    guint64 seconds;
    if (!parse_amount (text, durations, G_N_ELEMENTS (durations), true, LONGEST_DURATION_S, &seconds))
        return false;
    *out_seconds = (gint64) seconds;
    return true;
}

bool
ib_units_parse_size (const char *text, guint64 *out_bytes)
{
    return parse_amount (text, sizes, G_N_ELEMENTS (sizes), false, LARGEST_SIZE, out_bytes);
}

/* date = 4DIGIT "-" 2DIGIT "-" 2DIGIT */
bool
ib_units_parse_date (const char *text, gint64 *out_seconds)
{
    static const char form[] = "dddd-dd-dd";
    if (strlen (text) != strlen (form))
        return false;
    for (gsize i = 0; form[i] != '\0'; i++)
        if (form[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != form[i])
            return false;

    int year = atoi (text), month = atoi (text + 5), day = atoi (text + 8);
    if (year < 1970)
        return false;
    g_autoptr (GDateTime) begin = g_date_time_new_local (year, month, day, 0, 0, 0);
    if (begin == NULL)
        return false;
    *out_seconds = g_date_time_to_unix (begin);
    return true;
}

char *
ib_units_duration_text (gint64 seconds)
{
    for (gsize i = 0; i < G_N_ELEMENTS (durations) && seconds != 0; i++) {
        gint64 factor = (gint64) durations[i].factor;
        /* Two weeks are "14d" to everybody who wrote "14d". */
        if (durations[i].letter != 'w' && seconds % factor == 0)
            return g_strdup_printf ("%" G_GINT64_FORMAT "%c", seconds / factor, durations[i].letter);
    }
    return g_strdup ("0s");
}

char *
ib_units_size_text (guint64 bytes)
{
    for (gsize i = 0; i < G_N_ELEMENTS (sizes) && bytes != 0; i++)
        if (bytes % sizes[i].factor == 0)
            return g_strdup_printf ("%" G_GUINT64_FORMAT "%c", bytes / sizes[i].factor, sizes[i].letter);
    return g_strdup_printf ("%" G_GUINT64_FORMAT, bytes);
}
