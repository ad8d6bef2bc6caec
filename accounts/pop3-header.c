/* pop3-header.c - the digest and the date of a header that streams by */
#include "pop3-header.h"

#include "server-limits.h"

#include <stdio.h>
#include <string.h>

struct _IbPop3Header {
    GChecksum *checksum;
    bool is_over;           /* the empty line was seen */
    bool is_field_left_out; /* the field that a folded line belongs to */
    bool is_answer;
    guint lines;
    gint64 date_s;
    GString *line; /* what came of the line so far, without its end */
};

static const char *const left_out[] = { "Status", "X-Status", "X-UIDL", "X-Keywords", "Content-Length" };

IbPop3Header *
ib_pop3_header_new (void)
{
    IbPop3Header *self = g_new0 (IbPop3Header, 1);
    self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
    self->line = g_string_new (NULL);
    return self;
}

void
ib_pop3_header_free (IbPop3Header *self)
{
    if (self == NULL)
        return;
    g_checksum_free (self->checksum);
    g_string_free (self->line, TRUE);
    g_free (self);
}

/* field = name *WSP ":" value                                     RFC 5322, 4.5 */
static const char *
value_of (const char *line, const char *name)
{
    gsize length = strlen (name);
    if (g_ascii_strncasecmp (line, name, length) != 0)
        return NULL;
    line += length;
    line += strspn (line, " \t");
    return *line == ':' ? line + 1 : NULL;
}

/* "Nov" is 11; 0 if it is no month. */
static int
month_of (const char *name)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++)
        if (g_ascii_strncasecmp (name, months + 3 * i, 3) == 0)
            return i + 1;
    return 0;
}

/* zone = ( "+" / "-" ) 4DIGIT / name                              RFC 5322, 4.3: unknown names are UTC */
static gint64
zone_seconds (const char *text)
{
    static const struct {
        const char *name;
        int hours;
    } names[] = {
        { "EST", -5 }, { "EDT", -4 }, { "CST", -6 }, { "CDT", -5 },
        { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 },
    };
    char sign[2];
    int hours, minutes;

    if (sscanf (text, " %1[+-]%2d%2d", sign, &hours, &minutes) == 3)
        return (sign[0] == '-' ? -1 : 1) * (gint64) (hours * 3600 + minutes * 60);
    text += strspn (text, " \t");
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        if (g_ascii_strncasecmp (text, names[i].name, 3) == 0)
            return names[i].hours * 3600;
    return 0;
}

static bool
is_left_out (const char *line)
{
    for (gsize i = 0; i < G_N_ELEMENTS (left_out); i++)
        if (value_of (line, left_out[i]) != NULL)
            return true;
    return false;
}

static void
take_line (IbPop3Header *self, const char *line, gsize length)
{
    self->lines++;
    if (length == 0) {
        self->is_over = true;
        return;
    }
    if (self->lines == 1)
        self->is_answer = g_str_has_prefix (line, "+OK") || g_str_has_prefix (line, "-ERR");
    if (*line != ' ' && *line != '\t')
        self->is_field_left_out = is_left_out (line);
    if (self->is_field_left_out)
        return;

    const char *date = self->date_s == 0 ? value_of (line, "Date") : NULL;
    if (date != NULL)
        self->date_s = ib_pop3_parse_date (date);
    g_checksum_update (self->checksum, (const guchar *) line, (gssize) length);
    g_checksum_update (self->checksum, (const guchar *) "\n", 1);
}

static void
end_line (IbPop3Header *self)
{
    gsize length = self->line->len;
    if (length > 0 && self->line->str[length - 1] == '\r')
        g_string_truncate (self->line, length - 1);
    take_line (self, self->line->str, self->line->len);
    g_string_truncate (self->line, 0);
}

void
ib_pop3_header_feed (IbPop3Header *self, const char *bytes, gsize length)
{
    const char *end = bytes + length;
    while (bytes < end && !self->is_over) {
        /* An endless line is hashed in pieces of one size, so that chunks do not count. */
        const char *limit = bytes + MIN ((gsize) (end - bytes), IB_LIMIT_LINE_BYTES - self->line->len);
        const char *lf = memchr (bytes, '\n', (gsize) (limit - bytes));
        const char *stop = lf != NULL ? lf : limit;

        g_string_append_len (self->line, bytes, stop - bytes);
        if (lf != NULL || self->line->len == IB_LIMIT_LINE_BYTES)
            end_line (self);
        bytes = lf != NULL ? lf + 1 : limit;
    }
}

const char *
ib_pop3_header_digest (IbPop3Header *self)
{
    if (!self->is_over && self->line->len > 0)
        end_line (self);
    self->is_over = true;
    return g_checksum_get_string (self->checksum);
}

gint64
ib_pop3_header_date (const IbPop3Header *self)
{
    return self->date_s;
}

bool
ib_pop3_header_is_answer (const IbPop3Header *self)
{
    return self->is_answer;
}

/* date-time = [ day-name "," ] day month year hour ":" minute [ ":" second ] zone      RFC 5322, 3.3 */
gint64
ib_pop3_parse_date (const char *text)
{
    int day, year, hour, minute, second = 0, used = 0, more = 0;
    char month[4];

    text += strspn (text, " \t");
    while (g_ascii_isalpha (*text))
        text++;
    text += strspn (text, " \t,");
    if (sscanf (text, "%2d%*[ \t-]%3[A-Za-z]%*[ \tA-Za-z.-]%4d%*[ \t]%2d:%2d%n", &day, month, &year, &hour,
                &minute, &used)
        != 5)
        return 0;
    text += used;
    if (sscanf (text, ":%2d%n", &second, &more) == 1)
        text += more;
    if (year < 1000)
        year += year < 50 ? 2000 : 1900;

    /* A leap second is the one before it; a day that no month has is no date. */
    g_autoptr (GDateTime) date
        = g_date_time_new_utc (year, month_of (month), day, hour, minute, MIN (second, 59));
    return date != NULL ? g_date_time_to_unix (date) - zone_seconds (text) : 0;
}
