/* Dates as mail writes them: the field's value, and the moment in ISO 8601 in its own zone; NULL: it is none. */
#include "date.h"

#include <string.h>

static const struct {
    const char *name, *text, *expected;
} dates[] = {
    { "usual", "Thu, 26 Feb 2026 09:05:03 +0100", "2026-02-26T09:05:03+01:00" },
    { "west", "Thu, 26 Feb 2026 09:05:03 -0930", "2026-02-26T09:05:03-09:30" },
    { "no-weekday", "26 Feb 2026 09:05:03 +0100", "2026-02-26T09:05:03+01:00" },
    { "wrong-weekday", "Mon, 26 Feb 2026 09:05:03 +0100", "2026-02-26T09:05:03+01:00" },
    { "no-seconds", "Thu, 26 Feb 2026 09:05 +0100", "2026-02-26T09:05:00+01:00" },
    { "one-digit-day", "Sun, 1 Feb 2026 09:05:03 +0100", "2026-02-01T09:05:03+01:00" },
    { "letter-case", "THU, 26 fEB 2026 09:05:03 gmt", "2026-02-26T09:05:03+00:00" },
    { "leap-second", "Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:60+00:00" },
    { "leap-second-elsewhere", "Sun, 1 Jan 2017 05:29:60 +0530", "2017-01-01T05:29:60+05:30" },
    { "leap-day", "29 Feb 2024 00:00:00 +0000", "2024-02-29T00:00:00+00:00" },
    { "leap-day-of-2000", "29 Feb 2000 00:00:00 +0000", "2000-02-29T00:00:00+00:00" },
    { "before-1970", "31 Dec 1969 23:00:00 +0000", "1969-12-31T23:00:00+00:00" },
    { "long-ago", "1 Mar 1601 01:02:03 +0000", "1601-03-01T01:02:03+00:00" },
    { "last-year", "31 Dec 9999 23:59:59 +0000", "9999-12-31T23:59:59+00:00" },

    { "comment-behind", "Thu, 26 Feb 2026 09:05:03 +0100 (CET)", "2026-02-26T09:05:03+01:00" },
    { "comments-between", "(a) Thu (b), (c(d)) 26 (e) Feb 2026 (\\)) 09 : 05:03 (f) +0100",
      "2026-02-26T09:05:03+01:00" },
    { "folded", "Thu,\n\t26 Feb 2026\r\n 09:05:03\n +0100", "2026-02-26T09:05:03+01:00" },
    { "name-behind-zone", "Thu, 26 Feb 2026 09:05:03 +0100 CET", "2026-02-26T09:05:03+01:00" },
    { "received", "from a (b [192.0.2.1]) by c with ESMTP id d; Thu, 26 Feb 2026 09:05:03 +0100",
      "2026-02-26T09:05:03+01:00" },
    { "received-semicolons",
      "from \"a;b\" (helo; 1 Jan 2000 00:00 +0000) by c; x; Thu, 26 Feb 2026 09:05:03 +0100",
      "2026-02-26T09:05:03+01:00" },

    { "two-digits-1950", "1 Jan 50 00:00:00 +0000", "1950-01-01T00:00:00+00:00" },
    { "two-digits-2049", "1 Jan 49 00:00:00 +0000", "2049-01-01T00:00:00+00:00" },
    { "three-digits", "1 Jan 103 00:00:00 +0000", "2003-01-01T00:00:00+00:00" },

    { "zone-ut", "1 Jan 2026 12:00:00 UT", "2026-01-01T12:00:00+00:00" },
    { "zone-gmt", "1 Jan 2026 12:00:00 GMT", "2026-01-01T12:00:00+00:00" },
    { "zone-est", "1 Jan 2026 12:00:00 EST", "2026-01-01T12:00:00-05:00" },
    { "zone-edt", "1 Jan 2026 12:00:00 EDT", "2026-01-01T12:00:00-04:00" },
    { "zone-cst", "1 Jan 2026 12:00:00 CST", "2026-01-01T12:00:00-06:00" },
    { "zone-cdt", "1 Jan 2026 12:00:00 CDT", "2026-01-01T12:00:00-05:00" },
    { "zone-mst", "1 Jan 2026 12:00:00 MST", "2026-01-01T12:00:00-07:00" },
    { "zone-mdt", "1 Jan 2026 12:00:00 MDT", "2026-01-01T12:00:00-06:00" },
    { "zone-pst", "1 Jan 2026 12:00:00 PST", "2026-01-01T12:00:00-08:00" },
    { "zone-pdt", "1 Jan 2026 12:00:00 pdt", "2026-01-01T12:00:00-07:00" },
    { "zone-z", "1 Jan 2026 12:00:00 Z", "2026-01-01T12:00:00+00:00" },
    { "zone-military", "1 Jan 2026 12:00:00 A", "2026-01-01T12:00:00+00:00" },
    { "zone-unknown-name", "1 Jan 2026 12:00:00 XYZT", "2026-01-01T12:00:00+00:00" },
    { "zone-unknown", "1 Jan 2026 12:00:00 -0000", "2026-01-01T12:00:00+00:00" },
    { "zone-missing", "1 Jan 2026 12:00:00", "2026-01-01T12:00:00+00:00" },
    { "zone-in-a-comment", "1 Jan 2026 12:00:00 (+0100)", "2026-01-01T12:00:00+00:00" },
    { "zone-largest", "1 Jan 2026 12:00:00 +9959", "2026-01-01T12:00:00+99:59" },

    { "empty", "", NULL },
    { "words", "yesterday", NULL },
    { "day-too-large", "32 Jan 2026 12:00:00 +0000", NULL },
    { "day-zero", "0 Jan 2026 12:00:00 +0000", NULL },
    { "no-such-day", "31 Jun 2026 12:00:00 +0000", NULL },
    { "no-leap-year", "29 Feb 2026 12:00:00 +0000", NULL },
    { "no-leap-century", "29 Feb 1900 12:00:00 +0000", NULL },
    { "no-such-month", "1 Foo 2026 12:00:00 +0000", NULL },
    { "no-such-weekday", "Foo, 1 Jan 2026 12:00:00 +0000", NULL },
    { "one-digit-year", "1 Jan 6 12:00:00 +0000", NULL },
    { "five-digit-year", "1 Jan 20260 12:00:00 +0000", NULL },
    { "no-time", "1 Jan 2026", NULL },
    { "hour-24", "1 Jan 2026 24:00:00 +0000", NULL },
    { "minute-60", "1 Jan 2026 12:60:00 +0000", NULL },
    { "second-61", "1 Jan 2026 12:00:61 +0000", NULL },
    { "zone-of-three", "1 Jan 2026 12:00:00 +100", NULL },
    { "zone-of-five", "1 Jan 2026 12:00:00 +01000", NULL },
    { "zone-with-colon", "1 Jan 2026 12:00:00 +01:00", NULL },
    { "zone-minutes", "1 Jan 2026 12:00:00 +0160", NULL },
    { "open-comment", "1 Jan 2026 (12:00:00 +0000", NULL },
    { "iso", "2026-02-26T09:05:03+01:00", NULL },
};

static void
date_is_parsed (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbDate date;
    bool is_date = ib_date_parse (dates[i].text, strlen (dates[i].text), &date);
    g_assert_cmpint (is_date, ==, dates[i].expected != NULL);
    if (!is_date)
        return;
    char text[IB_DATE_PART_BYTES];
    g_assert_cmpuint (ib_date_part (&date, date.zone_s, IB_DATE_ISO8601, text), ==,
                      strlen (dates[i].expected));
    g_assert_cmpstr (text, ==, dates[i].expected);
}

/* The moment Thu, 26 Feb 2026 23:05:09 +0000 by its part, in a zone. */
static const struct {
    const char *name;
    IbDatePart part;
    gint32 zone_s;
    const char *expected;
} parts[] = {
    { "year", IB_DATE_YEAR, 0, "2026" },
    { "month", IB_DATE_MONTH, 0, "02" },
    { "day", IB_DATE_DAY, 0, "26" },
    { "day-next", IB_DATE_DAY, 3600, "27" },
    { "date", IB_DATE_DATE, 0, "2026-02-26" },
    { "julian", IB_DATE_JULIAN, 0, "61097" },
    { "julian-next", IB_DATE_JULIAN, 3600, "61098" },
    { "hour", IB_DATE_HOUR, 0, "23" },
    { "hour-next", IB_DATE_HOUR, 3600, "00" },
    { "minute", IB_DATE_MINUTE, 1800, "35" },
    { "second", IB_DATE_SECOND, 0, "09" },
    { "time", IB_DATE_TIME, -3600, "22:05:09" },
    { "iso8601", IB_DATE_ISO8601, -34200, "2026-02-26T13:35:09-09:30" },
    { "std11", IB_DATE_STD11, 7200, "Fri, 27 Feb 2026 01:05:09 +0200" },
    { "zone-utc", IB_DATE_ZONE, 0, "+0000" },
    { "zone-west", IB_DATE_ZONE, -34200, "-0930" },
    { "weekday", IB_DATE_WEEKDAY, 0, "4" },
    { "weekday-next", IB_DATE_WEEKDAY, 3600, "5" },
};

static void
part_is_written (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const char *text = "Thu, 26 Feb 2026 23:05:09 +0000";
    IbDate date;
    char written[IB_DATE_PART_BYTES];
    g_assert_true (ib_date_parse (text, strlen (text), &date));
    (void) ib_date_part (&date, parts[i].zone_s, parts[i].part, written);
    g_assert_cmpstr (written, ==, parts[i].expected);
}

/* A zone moves the last second of year 9999 into a year that has no four digits. */
static void
years_have_four_digits (void)
{
    IbDate date;
    char text[IB_DATE_PART_BYTES];
    const char *last = "31 Dec 9999 23:59:59 +0000";
    g_assert_true (ib_date_parse (last, strlen (last), &date));
    g_assert_cmpuint (ib_date_part (&date, 60, IB_DATE_YEAR, text), ==, 0);
}

/* Four centuries of days by GLib's calendar. */
static void
agrees_with_another_calendar (void)
{
    for (gint64 days = -141427; days < 146097; days += 7) {
        g_autoptr (GDateTime) other = g_date_time_new_from_unix_utc (days * 86400 + 3661);
        g_autofree char *expected = g_date_time_format (other, "%a, %d %b %Y %H:%M:%S +0000");
        IbDate date = { .seconds = days * 86400 + 3661 }, again;
        char text[IB_DATE_PART_BYTES];
        gsize length = ib_date_part (&date, 0, IB_DATE_STD11, text);
        g_assert_cmpstr (text, ==, expected);
        g_assert_true (ib_date_parse (text, length, &again));
        g_assert_cmpint (again.seconds, ==, date.seconds);
    }
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (dates); i++) {
        g_autofree char *path = g_strdup_printf ("/date/field/%s", dates[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), date_is_parsed);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (parts); i++) {
        g_autofree char *path = g_strdup_printf ("/date/part/%s", parts[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), part_is_written);
    }
    g_test_add_func ("/date/years-have-four-digits", years_have_four_digits);
    g_test_add_func ("/date/agrees-with-another-calendar", agrees_with_another_calendar);
    return g_test_run ();
}
