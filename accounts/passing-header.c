/* passing-header.c - what a header that streams by tells of its message */
#include "passing-header.h"

#include "server-limits.h"

#include <stdio.h>
#include <string.h>

/* What the journal keeps of a Message-ID may be cut, but not as short as this. */
#define MARKED_BYTES 400

struct _IbPassingHeader {
    GChecksum *checksum;
    bool is_over;           /* the empty line was seen */
    bool is_field_left_out; /* the field that a folded line belongs to */
    bool is_answer;
    bool is_in_message_id; /* the line before this one was */
    guint lines;
    gint64 date_s;
    GString *message_id; /* what counts of it; NULL: there was none so far */
    GString *line;       /* what came of the line so far, without its end */
};

static const char *const left_out[] = { "Status", "X-Status", "X-UIDL", "X-Keywords", "Content-Length" };

IbPassingHeader *
ib_passing_header_new (void)
{
    IbPassingHeader *self = g_new0 (IbPassingHeader, 1);
    self->checksum = g_checksum_new (G_CHECKSUM_SHA256);
    self->line = g_string_new (NULL);
    return self;
}

void
ib_passing_header_free (IbPassingHeader *self)
{
    if (self == NULL)
        return;
    g_checksum_free (self->checksum);
    g_string_free (self->line, TRUE);
    if (self->message_id != NULL)
        g_string_free (self->message_id, TRUE);
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

/* Only what every server and every reader leaves as it is. */
static void
append_marked (GString *out, const char *text)
{
    for (; *text != '\0' && out->len < MARKED_BYTES; text++)
        if (g_ascii_isgraph (*text))
            g_string_append_c (out, *text);
}

static guint64
mark_of (const GString *message_id)
{
    guint8 digest[32];
    gsize length = sizeof digest;
    guint64 mark = 0;
    if (message_id == NULL || message_id->len == 0)
        return 0;
    g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
    g_checksum_update (sum, (const guchar *) message_id->str, (gssize) message_id->len);
    g_checksum_get_digest (sum, digest, &length);
    memcpy (&mark, digest, sizeof mark);
    return MAX (mark, 1);
}

guint64
ib_passing_header_mark_of (const char *message_id)
{
    g_autoptr (GString) counts = g_string_new (NULL);
    append_marked (counts, message_id);
    return mark_of (counts);
}

/* The first is the one that counts, and may go on in the lines behind it. */
static void
look_for_message_id (IbPassingHeader *self, const char *line)
{
    const char *value = self->is_in_message_id ? line : NULL;
    if (*line != ' ' && *line != '\t') {
        value = self->message_id == NULL ? value_of (line, "Message-ID") : NULL;
        self->is_in_message_id = value != NULL;
    }
    if (value == NULL)
        return;
    if (self->message_id == NULL)
        self->message_id = g_string_new (NULL);
    append_marked (self->message_id, value);
}

static void
take_line (IbPassingHeader *self, const char *line, gsize length)
{
    self->lines++;
    if (length == 0) {
        self->is_over = true;
        return;
    }
    if (self->lines == 1)
        self->is_answer = g_str_has_prefix (line, "+OK") || g_str_has_prefix (line, "-ERR");
    look_for_message_id (self, line);
    if (*line != ' ' && *line != '\t')
        self->is_field_left_out = is_left_out (line);
    if (self->is_field_left_out)
        return;

    const char *date = self->date_s == 0 ? value_of (line, "Date") : NULL;
    if (date != NULL)
        self->date_s = ib_passing_header_parse_date (date);
    g_checksum_update (self->checksum, (const guchar *) line, (gssize) length);
    g_checksum_update (self->checksum, (const guchar *) "\n", 1);
}

static void
end_line (IbPassingHeader *self)
{
    gsize length = self->line->len;
    if (length > 0 && self->line->str[length - 1] == '\r')
        g_string_truncate (self->line, length - 1);
    take_line (self, self->line->str, self->line->len);
    g_string_truncate (self->line, 0);
}

gsize
ib_passing_header_feed (IbPassingHeader *self, const char *bytes, gsize length)
{
    const char *begin = bytes, *end = bytes + length;
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
    return (gsize) (bytes - begin);
}

const char *
ib_passing_header_digest (IbPassingHeader *self)
{
    if (!self->is_over && self->line->len > 0)
        end_line (self);
    self->is_over = true;
    return g_checksum_get_string (self->checksum);
}

guint64
ib_passing_header_mark (IbPassingHeader *self)
{
    (void) ib_passing_header_digest (self); /* the last line, too */
    return mark_of (self->message_id);
}

GChecksum *
ib_passing_header_begin_body (const IbPassingHeader *self)
{
    if (!self->is_over)
        return NULL;
    GChecksum *checksum = g_checksum_copy (self->checksum);
    g_checksum_update (checksum, (const guchar *) "\n", 1);
    return checksum;
}

gint64
ib_passing_header_date (const IbPassingHeader *self)
{
    return self->date_s;
}

bool
ib_passing_header_is_answer (const IbPassingHeader *self)
{
    return self->is_answer;
}

/* date-time = [ day-name "," ] day month year hour ":" minute [ ":" second ] zone      RFC 5322, 3.3 */
gint64
ib_passing_header_parse_date (const char *text)
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
