/* date.h - moments as mail writes them (RFC 5322, 3.3 and 4.3), and their parts in a zone: pure
 *
 * Every zone form is read: "+hhmm", the obsolete names and military letters; an unknown name, a letter and no zone at all
 * are UTC, since nobody can know what they mean (RFC 5322, 4.3). */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    gint64 seconds;      /* since 1970, UTC */
    gint32 zone_s;       /* as it was written, east of UTC, in whole minutes */
    bool is_leap_second; /* :60, of which .seconds counts the second before */
} IbDate;

/* The date that @text, a field's raw value, is; of one that says more before it, as Received does, what stands behind the
 * last ";". Comments and folding are passed over, and what follows the zone is not looked at. Returns false if there is
 * none, or a day that no calendar has. */
bool ib_date_parse (const char *text, gsize length, IbDate *out_date);

/* "+hhmm" or "-hhmm" as seconds east of UTC. Returns false if @text is no such thing. */
bool ib_date_parse_zone (const char *text, gsize length, gint32 *out_zone_s);

typedef enum {
    IB_DATE_YEAR,
    IB_DATE_MONTH,
    IB_DATE_DAY,
    IB_DATE_DATE,   /* yyyy-mm-dd */
    IB_DATE_JULIAN, /* days since 1858-11-17 */
    IB_DATE_HOUR,
    IB_DATE_MINUTE,
    IB_DATE_SECOND,
    IB_DATE_TIME,    /* hh:mm:ss */
    IB_DATE_ISO8601, /* yyyy-mm-ddThh:mm:ss+hh:mm */
    IB_DATE_STD11,   /* as the Date field has it */
    IB_DATE_ZONE,    /* +hhmm */
    IB_DATE_WEEKDAY, /* 0 is Sunday */
} IbDatePart;

/* Enough for any part. */
#define IB_DATE_PART_BYTES 48

/* @part of @date as a clock in @zone_s shows it (RFC 5260, 4.2). Returns how many bytes were written to @out; 0 if the
 * year has not four digits there. */
gsize ib_date_part (const IbDate *date, gint32 zone_s, IbDatePart part, char out[IB_DATE_PART_BYTES]);
