/* Digests that hold from session to session, marks, and dates as people's programs write them. */
#include "passing-header.h"

#include <string.h>

static const struct {
    const char *name, *text;
    gint64 expected;
} dates[] = {
    { "rfc5322", " Wed, 25 Nov 2026 13:00:00 +0100", 1795608000 },
    { "with-a-comment", "Wed, 25 Nov 2026 13:00:00 +0100 (CET)", 1795608000 },
    { "without-a-day-name", "25 Nov 2026 12:00:00 GMT", 1795608000 },
    { "without-a-comma", "Wed 25 Nov 2026 12:00:00 +0000", 1795608000 },
    { "without-seconds", "Wed, 25 Nov 2026 12:00 +0000", 1795608000 },
    { "without-a-zone", "Wed, 25 Nov 2026 12:00:00", 1795608000 },
    { "old-zone", "Wed, 25 Nov 2026 07:00:00 EST", 1795608000 },
    { "west", "Wed, 25 Nov 2026 06:30:00 -0530", 1795608000 },
    { "lower-case", "wed, 25 nov 2026 12:00:00 z", 1795608000 },
    { "long-month", "25 November 2026 12:00:00 +0000", 1795608000 },
    { "dashes", "25-Nov-2026 12:00:00 +0000", 1795608000 },
    { "two-digit-year", "25 Nov 26 12:00:00 +0000", 1795608000 },
    { "leap-second", "Sat, 31 Dec 2016 23:59:60 +0000", 1483228799 },
    { "one-digit-day", "Sat, 1 Jan 2000 00:00:00 +0000", 946684800 },
    { "no-month", "25 Xyz 2026 12:00:00 +0000", 0 },
    { "no-such-day", "31 Feb 2026 12:00:00 +0000", 0 },
    { "no-such-hour", "25 Nov 2026 25:00:00 +0000", 0 },
    { "words", "yesterday", 0 },
    { "nothing", "", 0 },
    { "digits-without-end", "99999999999999999999999999999999", 0 },
};

static void
reads_date (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_assert_cmpint (ib_passing_header_parse_date (dates[i].text), ==, dates[i].expected);
}

static char *
digest (const char *text, gsize step)
{
    g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
    gsize length = strlen (text);
    for (gsize at = 0; at < length; at += step)
        ib_passing_header_feed (header, text + at, MIN (step, length - at));
    return g_strdup (ib_passing_header_digest (header));
}

/* Pairs of headers that are, or are not, one message's. */
static const struct {
    const char *name, *one, *other;
    bool is_equal;
} pairs[] = {
    { "line-ends", "A: 1\r\nB: 2\r\n\r\n", "A: 1\nB: 2\n\n", true },
    { "the-body-does-not-count", "A: 1\r\n\r\nbody", "A: 1\r\n\r\nother", true },
    { "status-comes", "A: 1\r\nB: 2\r\n\r\n", "A: 1\r\nStatus: RO\r\nB: 2\r\n\r\n", true },
    { "all-that-servers-change", "A: 1\n\n",
      "status: R\nX-Status: A\nx-uidl: 9\nX-Keywords:\nContent-Length : 7\nA: 1\n\n", true },
    { "folded-along", "A: 1\nX-UIDL: 1\n 2\n\t3\nB: 2\n\n", "A: 1\nB: 2\n\n", true },
    { "without-the-empty-line", "A: 1\n\n", "A: 1\n", true },
    { "without-the-last-line-end", "A: 1\n\n", "A: 1", true },
    { "folded-into-another", "A: 1\n 2\n\n", "A: 1\n\n", false },
    { "another-value", "A: 1\n\n", "A: 2\n\n", false },
    { "status-of-another-name", "A: 1\nStatus-X: 1\n\n", "A: 1\n\n", false },
    { "order", "A: 1\nB: 2\n\n", "B: 2\nA: 1\n\n", false },
};

static void
compares (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *one = digest (pairs[i].one, 1000);
    for (gsize step = 1; step <= 3; step++) {
        g_autofree char *other = digest (pairs[i].other, step);
        g_assert_true ((strcmp (one, other) == 0) == pairs[i].is_equal);
    }
}

static const struct {
    const char *name, *text, *message_id; /* that has its mark; NULL: none has */
} marks[] = {
    { "plain", "Message-ID: <a@example>\r\nA: 1\r\n\r\n", "<a@example>" },
    { "alone", "message-id:<a@example>", "<a@example>" },
    { "folded", "A: 1\nMessage-Id :\n\t<a@\r\n example>\nB: 2\n\n", "<a@example>" },
    { "blanks", "Message-ID:  <a b@example>  \n\n", " <ab@example>" },
    { "not-ascii", "Message-ID: <a\xfc@example>\n\n", "<a\xef\xbf\xbd@example>" },
    { "the-first-counts", "Message-ID: <a@example>\nMessage-ID: <b@example>\n b\n\n", "<a@example>" },
    { "none", "A: 1\n\nMessage-ID: <a@example>\n", NULL },
    { "nothing-in-it", "Message-ID:\n A\n\n", "A" },
    { "empty", "Message-ID: \n\n", NULL },
    { "another-field", "X-Message-ID: <a@example>\nMessage-IDs: <a@example>\n\n", NULL },
    { "references", "References:\n Message-ID: <a@example>\n\n", NULL },
};

static void
marks_it (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data), length = strlen (marks[i].text);
    guint64 expected = marks[i].message_id != NULL ? ib_passing_header_mark_of (marks[i].message_id) : 0;
    for (gsize step = 1; step <= length; step += 3) {
        g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
        for (gsize at = 0; at < length; at += step)
            ib_passing_header_feed (header, marks[i].text + at, MIN (step, length - at));
        g_assert_cmpuint (ib_passing_header_mark (header), ==, expected);
    }
    g_assert_true ((expected != 0) == (marks[i].message_id != NULL));
    g_assert_cmpuint (expected, !=, ib_passing_header_mark_of ("<b@example>"));
}

/* What the journal has of it was cut. */
static void
marks_a_long_id (void)
{
    g_autofree char *long_id = g_strnfill (500000, 'x'), *kept = g_strnfill (500, 'x');
    g_autofree char *text = g_strconcat ("Message-ID: ", long_id, "\n\n", NULL);
    g_autoptr (IbPassingHeader) header = ib_passing_header_new ();
    ib_passing_header_feed (header, text, strlen (text));
    g_assert_cmpuint (ib_passing_header_mark (header), ==, ib_passing_header_mark_of (kept));
}

/* A line longer than any limit: one digest, however it comes. */
static void
bears_an_endless_line (void)
{
    g_autofree char *line = g_strnfill (500000, 'x');
    g_autofree char *text = g_strconcat ("A: ", line, "\r\nB: 2\r\n\r\n", NULL);
    g_autofree char *one = digest (text, 1000000), *other = digest (text, 4097),
                    *third = digest (text, 65537);
    g_assert_cmpstr (one, ==, other);
    g_assert_cmpstr (one, ==, third);
}

static void
sees_an_answer (void)
{
    g_autoptr (IbPassingHeader) answer = ib_passing_header_new (), header = ib_passing_header_new ();
    ib_passing_header_feed (answer, "+OK\r\nA: 1\r\n\r\n", 13);
    ib_passing_header_feed (header, "A: 1\r\n+OK\r\nDate: 25 Nov 2026 12:00:00 +0000\r\n\r\nDate: x", 56);
    g_assert_true (ib_passing_header_is_answer (answer));
    g_assert_false (ib_passing_header_is_answer (header));
    g_assert_cmpint (ib_passing_header_date (header), ==, 1795608000);
    g_assert_cmpint (ib_passing_header_date (answer), ==, 0);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (dates); i++) {
        g_autofree char *path = g_strconcat ("/passing-header/date/", dates[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), reads_date);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++) {
        g_autofree char *path = g_strconcat ("/passing-header/digest/", pairs[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), compares);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (marks); i++) {
        g_autofree char *path = g_strconcat ("/passing-header/mark/", marks[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), marks_it);
    }
    g_test_add_func ("/passing-header/mark/long", marks_a_long_id);
    g_test_add_func ("/passing-header/endless-line", bears_an_endless_line);
    g_test_add_func ("/passing-header/answer", sees_an_answer);
    return g_test_run ();
}
