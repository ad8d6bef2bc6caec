/* The index of a header: every byte is a field's, junk, or the body's. */
#include "message.h"
#include "mail-limits.h"

#include <string.h>
#include <time.h>

/* @index: "name=value" of each field, "|" between, and behind "//" the body. */
static const struct {
    const char *name, *bytes, *index;
} messages[] = {
    { "plain", "Subject: a\nTo: b\n\nbody\n", "Subject=a|To=b//body\n" },
    { "empty", "", "//" },
    { "one-newline", "\n", "//" },
    { "empty-header", "\nSubject: text\n", "//Subject: text\n" },
    { "no-body", "Subject: a\n\n", "Subject=a//" },
    { "no-empty-line", "Subject: a\nTo: b\n", "Subject=a|To=b//" },
    { "no-final-newline", "Subject: a\nTo: b", "Subject=a|To=b//" },
    { "name-only", "Subject:", "Subject=//" },
    { "folded", "Subject: a\n b\n\tc\n\nbody", "Subject=a b\tc//body" },
    { "folded-blank-line", "Subject: a\n \nTo: b\n\nbody", "Subject=a|To=b//body" },
    { "crlf", "Subject: a\r\n b\r\nTo: c\r\n\r\nbody", "Subject=a b|To=c//body" },
    { "bare-cr", "Subject: a\rb\nTo: c\n\nbody\r", "Subject=a\rb|To=c//body\r" },
    { "blank-before-colon", "Subject : a\nTo\t:b\n\n", "Subject=a|To=b//" },
    { "no-blank-after-colon", "Subject:a\n\n", "Subject=a//" },
    { "colons", "Subject: a: b\n\n", "Subject=a: b//" },
    { "no-colon-inside", "Subject: a\nno colon\nTo: b\n\nbody", "Subject=a|To=b//body" },
    { "folded-behind-junk", "Subject: a\nno colon\n more\nTo: b\n\n", "Subject=a|To=b//" },
    { "empty-name", "Subject: a\n: b\nTo: c\n\n", "Subject=a|To=c//" },
    { "8-bit-name", "Subject: a\nS\xfc: b\n\n", "Subject=a//" },
    { "mbox", "From x@y Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody", "Subject=a//body" },
    { "mbox-alone", "From x@y Mon Jan  1 00:00:00 2024", "//" },
    { "quoted-mbox", ">From x@y Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody", "Subject=a//body" },
    { "folded-first", " junk\nSubject: a\n\nbody", "Subject=a//body" },
    { "byte-order-mark", "\xef\xbb\xbfSubject: a\n\nbody", "Subject=a//body" },
    { "body-first", "Hello there\nyou: all\n\nbye", "//Hello there\nyou: all\n\nbye" },
    { "body-first-behind-mbox", "From x\nHello there\n", "//Hello there\n" },
    { "encoded", "Subject: =?utf-8?q?caf=C3=A9?=\n =?utf-8?q?_au?=\n\n", "Subject=café au//" },
    { "raw-8-bit", "Subject: caf\xe9\nTo: caf\xc3\xa9\n\n", "Subject=café|To=café//" },
};

static char *
render (const IbMessage *message)
{
    GString *text = g_string_new (NULL);
    gsize count, length;
    const IbField *fields = ib_message_fields (message, &count);
    const char *bytes = ib_message_bytes (message, &length);

    for (gsize i = 0; i < count; i++) {
        g_autofree char *value = ib_message_field_text (message, &fields[i]);
        g_string_append_printf (text, "%s%.*s=%s", i > 0 ? "|" : "", (int) fields[i].name_length,
                                bytes + fields[i].offset, value);
    }
    gsize body = ib_message_body_offset (message);
    g_string_append (text, "//");
    g_string_append_len (text, bytes + body, (gssize) (length - body));
    return g_string_free (text, FALSE);
}

/* Fields lie one behind the other, inside the header, from the beginning of a line to the end of one. */
static void
assert_sound (const IbMessage *message)
{
    gsize count, length, end = 0;
    const IbField *fields = ib_message_fields (message, &count);
    const char *bytes = ib_message_bytes (message, &length);
    gsize body = ib_message_body_offset (message);

    for (gsize i = 0; i < count; i++) {
        const IbField *field = &fields[i];
        g_assert_cmpuint (field->offset, >=, end);
        end = field->offset + field->length;
        g_assert_cmpuint (end, <=, body);
        g_assert_true (bytes[end - 1] == '\n' || end == length);
        g_assert_cmpuint (field->value_offset, <=, end);
        g_assert_cmpuint (field->offset + field->name_length, <, field->value_offset);
        g_assert_cmpint (bytes[field->value_offset - 1], ==, ':');
    }
    g_assert_cmpuint (body, <=, length);
}

static void
message_is_indexed (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbMessage) message = ib_message_new (messages[i].bytes, strlen (messages[i].bytes));
    g_autofree char *index = render (message);
    g_assert_cmpstr (index, ==, messages[i].index);
    assert_sound (message);
}

/* Every beginning of every message above, too, with its end at the end of its memory. */
static void
message_may_end_anywhere (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    for (gsize length = 0; length <= strlen (messages[i].bytes); length++) {
        g_autofree char *bytes = g_memdup2 (messages[i].bytes, MAX (length, 1));
        g_autoptr (IbMessage) message = ib_message_new (bytes, length);
        assert_sound (message);
    }
}

static void
nul_hides_nothing (void)
{
    static const char bytes[] = "Subject: a\0b\nT\0o: c\n\nbo\0dy";
    g_autoptr (IbMessage) message = ib_message_new (bytes, sizeof bytes - 1);
    gsize count, length;
    const IbField *fields = ib_message_fields (message, &count);
    g_assert_cmpuint (count, ==, 1);
    g_autofree char *text = ib_message_field_text (message, &fields[0]);
    g_assert_cmpstr (text, ==,
                     "a\xef\xbf\xbd"
                     "b");
    g_autofree char *raw = ib_message_field_raw (message, &fields[0]);
    g_assert_cmpstr (raw, ==, "a b");
    (void) ib_message_bytes (message, &length);
    g_assert_cmpuint (length - ib_message_body_offset (message), ==, 5);
}

static void
raw_stays_as_it_stands (void)
{
    const char *bytes = "Subject: \t=?utf-8?q?a?=\n caf\xe9 \n\n";
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    g_autofree char *raw = ib_message_field_raw (message, &fields[0]);
    g_assert_cmpstr (raw, ==, "=?utf-8?q?a?= caf\xe9");
}

static void
first_field_of_a_name_counts (void)
{
    const char *bytes = "SUBJECT: one\nSubject: two\nSubjects: three\n\n";
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    g_autofree char *subject = ib_message_header (message, "subject");
    g_assert_cmpstr (subject, ==, "one");
    g_assert_null (ib_message_header (message, "Subj"));
}

static const struct {
    const char *name, *bytes, *own;
} forgeries[] = {
    { "none", "Subject: X-Inbasket-Id: 1\n\nX-Inbasket-Id: 1\n", "" },
    { "one", "X-Inbasket-Verdict: ham\nSubject: a\n\n", "X-Inbasket-Verdict: ham\n" },
    { "any-case", "Subject: a\nx-INBASKET-verdict: ham\n\n", "x-INBASKET-verdict: ham\n" },
    { "folded", "X-Inbasket-Verdict: ham;\n more\nSubject: a\n\n", "X-Inbasket-Verdict: ham;\n more\n" },
    { "unknown", "X-Inbasket-Whatever: 1\n\n", "X-Inbasket-Whatever: 1\n" },
    { "blank-before-colon", "X-Inbasket-Id : 1\n\n", "X-Inbasket-Id : 1\n" },
    { "behind-junk", "Subject: a\njunk\nX-Inbasket-Id: 1\n\n", "X-Inbasket-Id: 1\n" },
    { "last-without-newline", "Subject: a\nX-Inbasket-Id: 1", "X-Inbasket-Id: 1" },
    { "another-name", "X-Inbasketed: 1\n\n", "" },
};

static void
forgery_is_found (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbMessage) message = ib_message_new (forgeries[i].bytes, strlen (forgeries[i].bytes));
    g_autoptr (GString) own = g_string_new (NULL);
    gsize count;
    const IbField *fields = ib_message_own_fields (message, &count);
    for (gsize k = 0; k < count; k++)
        g_string_append_len (own, forgeries[i].bytes + fields[k].offset, (gssize) fields[k].length);
    g_assert_cmpstr (own->str, ==, forgeries[i].own);
}

static const struct {
    const char *name, *one, *other;
    bool are_twins;
} pairs[] = {
    { "same", "Message-ID: <1>\nSubject: a\n\nbody\n", "Message-ID: <1>\nSubject: a\n\nbody\n", true },
    { "final-newlines", "Message-ID: <1>\n\nbody\n\n", "Message-ID: <1>\n\nbody", true },
    { "received", "Message-ID: <1>\n\nbody", "Received: by x\nX-Inbasket-Id: 7\nMessage-ID: <1>\n\nbody",
      true },
    { "order-of-fields", "From: a\nMessage-ID: <1>\nDate: d\n\nx", "Date: d\nMessage-ID: <1>\nFrom: a\n\nx",
      true },
    { "folding", "Message-ID: <1>\nSubject: a\n b\n\nx", "Message-ID:\n <1>\nSubject: a b\n\nx", true },
    { "other-id", "Message-ID: <1>\n\nbody", "Message-ID: <2>\n\nbody", false },
    { "other-from", "Message-ID: <1>\nFrom: a\n\nbody", "Message-ID: <1>\nFrom: b\n\nbody", false },
    { "other-date", "Message-ID: <1>\nDate: a\n\nbody", "Message-ID: <1>\nDate: b\n\nbody", false },
    { "other-subject", "Message-ID: <1>\nSubject: a\n\nbody", "Message-ID: <1>\nSubject: b\n\nbody", false },
    { "other-body", "Message-ID: <1>\n\nbody", "Message-ID: <1>\n\nbodY", false },
    { "from-is-not-subject", "Message-ID: <1>\nFrom: a\n\nbody", "Message-ID: <1>\nSubject: a\n\nbody",
      false },
};

static void
twins_have_one_key (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autoptr (IbMessage) one = ib_message_new (pairs[i].one, strlen (pairs[i].one));
    g_autoptr (IbMessage) other = ib_message_new (pairs[i].other, strlen (pairs[i].other));
    g_autofree char *key = ib_message_twin_key (one), *other_key = ib_message_twin_key (other);
    g_assert_cmpuint (strlen (key), ==, 64);
    g_assert_true (g_str_equal (key, other_key) == pairs[i].are_twins);
}

/* What is over the limit of judging may not part twins whose headers differ in length. */
static void
large_twins_have_one_key (void)
{
    g_autofree char *body = g_strnfill (IB_LIMIT_JUDGED_BYTES, 'x');
    g_autofree char *long_header = g_strnfill (50000, 'y');
    g_autofree char *first = g_strdup_printf ("Message-ID: <1>\n\n%s", body);
    g_autofree char *second = g_strdup_printf ("Received: %s\nMessage-ID: <1>\n\n%s", long_header, body);
    g_autoptr (IbMessage) one = ib_message_new (first, strlen (first));
    g_autoptr (IbMessage) other = ib_message_new (second, strlen (second));
    g_autofree char *key = ib_message_twin_key (one), *other_key = ib_message_twin_key (other);
    g_assert_cmpstr (key, ==, other_key);
}

static void
without_an_id_nothing_is_a_twin (void)
{
    g_autoptr (IbMessage) none = ib_message_new ("Subject: a\n\nbody", 16);
    g_assert_null (ib_message_twin_key (none));
    g_autoptr (IbMessage) blank = ib_message_new ("Message-ID: \n\nbody", 18);
    g_assert_null (ib_message_twin_key (blank));
}

static char *
repeat (const char *head, const char *piece, gsize count, const char *tail)
{
    GString *text = g_string_new (head);
    for (gsize i = 0; i < count; i++)
        g_string_append (text, piece);
    g_string_append (text, tail);
    return g_string_free (text, FALSE);
}

static const struct {
    const char *name, *head, *piece;
    gsize count;
    const char *tail;
    bool is_over;
} limits[] = {
    { "2000-fields", "", "A: b\n", 2000, "\nbody", false },
    { "2001-fields", "", "A: b\n", 2001, "\nbody", true },
    { "100000-fields", "", "A: b\n", 100000, "\nbody", true },
    { "100000-forged", "", "X-Inbasket-Id: 1\nA: b\n", 50000, "\nbody", true },
    { "100000-junk-lines", "A: b\n", "junk\n", 100000, "\nbody", false },
    { "100000-folded-lines", "A: b\n", " c\n", 100000, "\nbody", true },
    { "field-of-60-kB", "A: ", "x", 60000, "\n\nbody", false },
    { "field-of-70-kB", "A: ", "x", 70000, "\n\nbody", true },
    { "name-of-1-MB", "", "x", 1 << 20, ": a\n\nbody", true },
    { "words-50000", "Subject: ", "=?utf-8?q?a?= ", 50000, "\n\nbody", true },
    { "line-of-8-MB", "A: ", "x", 8000000, "\n\nbody", true },
};

static void
limit_is_told (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = repeat (limits[i].head, limits[i].piece, limits[i].count, limits[i].tail);
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    gsize count, length;
    const IbField *fields = ib_message_fields (message, &count);

    g_assert_true ((ib_message_over_limit (message) != NULL) == limits[i].is_over);
    g_assert_cmpuint (count, <=, IB_LIMIT_HEADER_FIELDS);
    (void) ib_message_bytes (message, &length);
    g_assert_cmpuint (length - ib_message_body_offset (message), ==, strlen ("body"));
    assert_sound (message);
    for (gsize k = 0; k < MIN (count, 10); k++) {
        g_autofree char *text = ib_message_field_text (message, &fields[k]);
        g_assert_cmpuint (strlen (text), <=, IB_LIMIT_FIELD_BYTES);
    }
}

static double
cpu_seconds (void)
{
    return (double) clock () / CLOCKS_PER_SEC;
}

/* All that judging asks of a message. */
static double
time_to_read (const char *piece, gsize count)
{
    g_autofree char *bytes = repeat ("Message-ID: <1>\nFrom: ", piece, count, "\n\nbody");
    double start = cpu_seconds ();
    for (guint round = 0; round < 8; round++) {
        g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
        g_autofree char *key = ib_message_twin_key (message), *from = ib_message_header (message, "From");
        g_assert_nonnull (key);
    }
    return cpu_seconds () - start;
}

/* Twice the size may not take three times as long; a busy machine gets three tries. */
static void
time_is_linear (gconstpointer piece)
{
    gsize count = 500000 / strlen (piece);
    double ratio = G_MAXDOUBLE;
    for (guint attempt = 0; attempt < 3 && ratio >= 3; attempt++)
        ratio = time_to_read (piece, 2 * count) / MAX (time_to_read (piece, count), 1e-4);
    g_assert_cmpfloat (ratio, <, 3);
}

static const char *const slow_pieces[] = { "A: b\n",     "\nA", "\n ", "=?",  "=?utf-8?q?a?= ",
                                           "=?utf-8?q?", "x",   "\r",  ":\n", "\nX-Inbasket-Id: 1\nB: c" };

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
#define ADD_ROWS(table, folder, function)                                                                    \
    for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {                                                       \
        g_autofree char *path = g_strdup_printf ("/message/" folder "/%s", table[i].name);                   \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);                                         \
    }
    ADD_ROWS (messages, "index", message_is_indexed)
    ADD_ROWS (messages, "ends-anywhere", message_may_end_anywhere)
    ADD_ROWS (forgeries, "forgery", forgery_is_found)
    ADD_ROWS (pairs, "twins", twins_have_one_key)
    ADD_ROWS (limits, "limit", limit_is_told)
    g_test_add_func ("/message/nul-hides-nothing", nul_hides_nothing);
    g_test_add_func ("/message/raw-stays-as-it-stands", raw_stays_as_it_stands);
    g_test_add_func ("/message/first-field-of-a-name-counts", first_field_of_a_name_counts);
    g_test_add_func ("/message/twins/large", large_twins_have_one_key);
    g_test_add_func ("/message/twins/without-an-id", without_an_id_nothing_is_a_twin);
    for (gsize i = 0; i < G_N_ELEMENTS (slow_pieces); i++) {
        g_autofree char *path = g_strdup_printf ("/message/linear/%zu", i);
        g_test_add_data_func (path, slow_pieces[i], time_is_linear);
    }
    return g_test_run ();
}
