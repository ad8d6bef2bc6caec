/* date.c - moments as mail writes them, and their parts in a zone */
#include "date.h"

#include <string.h>

#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

static const char months[12][4]
    = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char weekdays[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

/* A day of the Gregorian calendar, which is taken to have always been. */
typedef struct {
    gint64 year;
    int month, day; /* from 1 */
} Day;

/* --- the calendar --- */

/* Years are taken to begin in March, so that the leap day is the last of one; eras are the 400 years after which
 * everything is the same again. */
#define DAYS_AN_ERA 146097
#define DAYS_TO_1970 719468

static gint64
floor_divide (gint64 a, gint64 b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* Days since 1970-01-01. */
static gint64
days_of (const Day *day)
{
    gint64 year = day->year - (day->month <= 2 ? 1 : 0);
    gint64 era = floor_divide (year, 400), year_of_era = year - era * 400;
    gint64 day_of_year = (153 * ((day->month + 9) % 12) + 2) / 5 + day->day - 1;
    gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_AN_ERA + day_of_era - DAYS_TO_1970;
}

static Day
day_from (gint64 days)
{
    days += DAYS_TO_1970;
    gint64 era = floor_divide (days, DAYS_AN_ERA), day_of_era = days - era * DAYS_AN_ERA;
    gint64 year_of_era
        = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (DAYS_AN_ERA - 1)) / 365;
    gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    gint64 month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int) (month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return (Day){ era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
                  (int) (day_of_year - (153 * month_from_march + 2) / 5 + 1) };
}

/* A day that the calendar has not is another one on the way back. */
static bool
is_day (const Day *day)
{
    Day same = day_from (days_of (day));
    return same.month == day->month && same.day == day->day;
}

/* --- reading --- */

typedef struct {
    const char *at, *end;
} Reader;

/* CFWS: blanks, folds and comments, which nest (RFC 5322, 3.2.2). */
static void
skip_blanks (Reader *r)
{
    guint depth = 0;
    for (; r->at < r->end; r->at++) {
        if (*r->at == '(')
            depth++;
        else if (*r->at == ')' && depth > 0)
            depth--;
        else if (*r->at == '\\' && depth > 0 && r->at + 1 < r->end)
            r->at++;
        else if (depth == 0 && !g_ascii_isspace (*r->at))
            return;
    }
}

static bool
accept (Reader *r, char c)
{
    skip_blanks (r);
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* A number of @least to @most digits, and no more behind them. Returns how many; 0 if there is no such number. */
static gsize
read_number (Reader *r, gsize least, gsize most, int *out_number)
{
    skip_blanks (r);
    int number = 0;
    gsize digits = 0;
    for (; r->at + digits < r->end && g_ascii_isdigit (r->at[digits]); digits++)
        if (digits < most)
            number = number * 10 + (r->at[digits] - '0');
    if (digits < least || digits > most)
        return 0;
    r->at += digits;
    *out_number = number;
    return digits;
}

static gsize
word_length (Reader *r)
{
    gsize length = 0;
    skip_blanks (r);
    while (r->at + length < r->end && g_ascii_isalpha (r->at[length]))
        length++;
    return length;
}

/* [ day-name [","] ]: which one it is says the date, whatever stands here. */
static bool
read_weekday (Reader *r)
{
    gsize length = word_length (r);
    if (length == 0)
        return true;
    if (length < 3)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS (weekdays); i++)
        if (g_ascii_strncasecmp (r->at, weekdays[i], 3) == 0) {
            r->at += length;
            (void) accept (r, ',');
            return true;
        }
    return false;
}

static bool
read_month (Reader *r, int *out_month)
{
    gsize length = word_length (r);
    for (int i = 0; length == 3 && i < (int) G_N_ELEMENTS (months); i++)
        if (g_ascii_strncasecmp (r->at, months[i], 3) == 0) {
            r->at += length;
            *out_month = i + 1;
            return true;
        }
    return false;
}

/* year = 4*DIGIT; obs-year = 2*DIGIT, which 1950 is the first of; three digits are what is left of a bug of 2000 */
static bool
read_year (Reader *r, gint64 *out_year)
{
    int year;
    gsize digits = read_number (r, 2, 4, &year);
    if (digits == 2)
        year += year < 50 ? 2000 : 1900;
    else if (digits == 3)
        year += 1900;
    *out_year = year;
    return digits > 0;
}

/* date = day month year */
static bool
read_day (Reader *r, Day *out_day)
{
    return read_number (r, 1, 2, &out_day->day) > 0 && read_month (r, &out_day->month)
           && read_year (r, &out_day->year) && is_day (out_day);
}

/* time-of-day = hour ":" minute [ ":" second ] */
static bool
read_time (Reader *r, int *out_second_of_day, bool *out_is_leap_second)
{
    int hour, minute, second = 0;
    if (read_number (r, 1, 2, &hour) == 0 || !accept (r, ':') || read_number (r, 2, 2, &minute) == 0)
        return false;
    if (accept (r, ':') && read_number (r, 2, 2, &second) == 0)
        return false;
    *out_is_leap_second = second == 60;
    *out_second_of_day = hour * HOUR_S + minute * MINUTE_S + MIN (second, 59);
    return hour < 24 && minute < 60 && second <= 60;
}

bool
ib_date_parse_zone (const char *text, gsize length, gint32 *out_zone_s)
{
    if (length != 5 || (text[0] != '+' && text[0] != '-'))
        return false;
    for (gsize i = 1; i < length; i++)
        if (!g_ascii_isdigit (text[i]))
            return false;
    int hours = (text[1] - '0') * 10 + (text[2] - '0'), minutes = (text[3] - '0') * 10 + (text[4] - '0');
    if (minutes > 59)
        return false;
    *out_zone_s = (text[0] == '-' ? -1 : 1) * (hours * HOUR_S + minutes * MINUTE_S);
    return true;
}

/* obs-zone: what is not in this list, the military letters among it, is as good as "-0000" (RFC 5322, 4.3). */
static gint32
zone_named (const char *name, gsize length)
{
    static const struct {
        char name[4];
        int hours;
    } zones[] = {
        { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
        { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
        if (length == 3 && g_ascii_strncasecmp (name, zones[i].name, 3) == 0)
            return zones[i].hours * HOUR_S;
    return 0;
}

/* zone = ("+" / "-") 4DIGIT / obs-zone / nothing at all */
static bool
read_zone (Reader *r, gint32 *out_zone_s)
{
    gsize length = word_length (r);
    if (length > 0 || r->at == r->end) {
        *out_zone_s = zone_named (r->at, length);
        return true;
    }
    return r->end - r->at >= 5 && (r->end - r->at == 5 || !g_ascii_isdigit (r->at[5]))
           && ib_date_parse_zone (r->at, 5, out_zone_s);
}

/* What stands behind the last ";" that is neither in a comment nor in quotes; everything if there is none. */
static Reader
find_date (const char *text, gsize length)
{
    Reader r = { text, text + length };
    guint depth = 0;
    bool is_quoted = false;
    for (gsize i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\\' && (depth > 0 || is_quoted))
            i++;
        else if (c == '"' && depth == 0)
            is_quoted = !is_quoted;
        else if (!is_quoted && c == '(')
            depth++;
        else if (!is_quoted && c == ')' && depth > 0)
            depth--;
        else if (!is_quoted && depth == 0 && c == ';')
            r.at = text + i + 1;
    }
    return r;
}

/* date-time = [ day-of-week "," ] date time-of-day zone                      RFC 5322, 3.3 */
bool
ib_date_parse (const char *text, gsize length, IbDate *out_date)
{
    Reader r = find_date (text, length);
    IbDate date = { .seconds = 0 };
    Day day;
    int second_of_day;
    if (!read_weekday (&r) || !read_day (&r, &day) || !read_time (&r, &second_of_day, &date.is_leap_second)
        || !read_zone (&r, &date.zone_s))
        return false;
    date.seconds = days_of (&day) * DAY_S + second_of_day - date.zone_s;
    *out_date = date;
    return true;
}

/* --- writing --- */

/* What calendar and clock of a zone show. */
typedef struct {
    Day day;
    gint64 days; /* since 1970 */
    int hour, minute, second;
    char sign;
    int zone_hours, zone_minutes;
} Shown;

static Shown
show (const IbDate *date, gint32 zone_s)
{
    gint64 local = date->seconds + zone_s, days = floor_divide (local, DAY_S);
    int second_of_day = (int) (local - days * DAY_S), zone_minutes = ABS (zone_s) / MINUTE_S;
    return (Shown){
        .day = day_from (days),
        .days = days,
        .hour = second_of_day / HOUR_S,
        .minute = second_of_day / MINUTE_S % 60,
        .second = second_of_day % 60 + (date->is_leap_second ? 1 : 0),
        .sign = zone_s < 0 ? '-' : '+',
        .zone_hours = zone_minutes / 60,
        .zone_minutes = zone_minutes % 60,
    };
}

#define MODIFIED_JULIAN_1970 40587

static int
weekday_of (gint64 days)
{
    return (int) (((days + 4) % 7 + 7) % 7);
}

gsize
ib_date_part (const IbDate *date, gint32 zone_s, IbDatePart part, char out[IB_DATE_PART_BYTES])
{
    Shown s = show (date, zone_s);
    int year = (int) CLAMP (s.day.year, -1, 10000), month = s.day.month, day = s.day.day;
    int written = 0;
    if (year < 0 || year > 9999)
        return 0;

#define WRITE(...) written = g_snprintf (out, IB_DATE_PART_BYTES, __VA_ARGS__)
    switch (part) {
    case IB_DATE_YEAR:
        WRITE ("%04d", year);
        break;
    case IB_DATE_MONTH:
        WRITE ("%02d", month);
        break;
    case IB_DATE_DAY:
        WRITE ("%02d", day);
        break;
    case IB_DATE_DATE:
        WRITE ("%04d-%02d-%02d", year, month, day);
        break;
    case IB_DATE_JULIAN:
        WRITE ("%" G_GINT64_FORMAT, s.days + MODIFIED_JULIAN_1970);
        break;
    case IB_DATE_HOUR:
        WRITE ("%02d", s.hour);
        break;
    case IB_DATE_MINUTE:
        WRITE ("%02d", s.minute);
        break;
    case IB_DATE_SECOND:
        WRITE ("%02d", s.second);
        break;
    case IB_DATE_TIME:
        WRITE ("%02d:%02d:%02d", s.hour, s.minute, s.second);
        break;
    case IB_DATE_ISO8601:
        WRITE ("%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", year, month, day, s.hour, s.minute, s.second,
               s.sign, s.zone_hours, s.zone_minutes);
        break;
    case IB_DATE_STD11:
        WRITE ("%s, %02d %s %04d %02d:%02d:%02d %c%02d%02d", weekdays[weekday_of (s.days)], day,
               months[month - 1], year, s.hour, s.minute, s.second, s.sign, s.zone_hours, s.zone_minutes);
        break;
    case IB_DATE_ZONE:
        WRITE ("%c%02d%02d", s.sign, s.zone_hours, s.zone_minutes);
        break;
    case IB_DATE_WEEKDAY:
        WRITE ("%d", weekday_of (s.days));
        break;
    }
#undef WRITE
    return (gsize) written;
}
