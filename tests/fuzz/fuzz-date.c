/* Any bytes may stand where a date should: what is read as one is written, and read again as the same moment. */
#include "date.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput (const uint8_t *bytes, size_t length)
{
    IbDate date, again;
    char text[IB_DATE_PART_BYTES];
    if (!ib_date_parse ((const char *) bytes, length, &date))
        return 0;
    for (IbDatePart part = IB_DATE_YEAR; part <= IB_DATE_WEEKDAY; part++)
        g_assert_cmpuint (ib_date_part (&date, date.zone_s, part, text), ==, strlen (text));

    gsize written = ib_date_part (&date, date.zone_s, IB_DATE_STD11, text);
    g_assert_true (ib_date_parse (text, written, &again));
    g_assert_cmpint (again.seconds, ==, date.seconds);
    g_assert_cmpint (again.zone_s, ==, date.zone_s);
    g_assert_true (again.is_leap_second == date.is_leap_second);
    return 0;
}
