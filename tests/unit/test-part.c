/* A message comes apart into its parts, however badly it was put together. */
#include "part.h"
#include "mail-limits.h"

#include <string.h>
#include <time.h>

#define MIXED "Content-Type: multipart/mixed; boundary=a\n"
#define INNER "Content-Type: multipart/alternative; boundary=b\n"

/* @parts: "type{body}" of each that holds none, "type<prologue|parts|epilogue>" of a multipart, "type(part)" of a message
 * in a message. */
static const struct {
    const char *name, *bytes, *parts;
} messages[] = {
    { "empty", "", "text/plain{}" },
    { "plain", "Subject: a\n\nhello\n", "text/plain{hello\n}" },
    { "html", "Content-Type: TEXT/html\n\nhello", "TEXT/html{hello}" },
    { "body-first", "hello\n\nbye", "text/plain{hello\n\nbye}" },
    { "broken-type", "Content-Type: text\n\nhello", "text/plain{hello}" },
    { "two-types", "Content-Type: text/a\nContent-Type: text/b\n\nhello", "text/a{hello}" },
    { "mixed", MIXED "\n--a\n\none\n--a\nContent-Type: text/html\n\ntwo\n--a--\n",
      "multipart/mixed<|text/plain{one} text/html{two}|>" },
    { "crlf", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\none\r\n\r\n--a--\r\n",
      "multipart/mixed<|text/plain{one\r\n}|>" },
    { "prologue-and-epilogue", MIXED "\nbefore\n--a\n\none\n--a--\nafter\n",
      "multipart/mixed<before|text/plain{one}|after\n>" },
    { "prologue-of-two-lines", MIXED "\nx\ny\n\n--a\n\none\n--a--", "multipart/mixed<x\ny\n|text/plain{one}|>" },
    { "nested",
      MIXED "\n--a\n" INNER "\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n--b--\n--a\n\nthree\n--a--\n",
      "multipart/mixed<|multipart/alternative<|text/plain{one} text/html{two}|> text/plain{three}|>" },
    { "inner-epilogue", MIXED "\n--a\n" INNER "\nx\n--b\n\none\n--b--\ny\n--a--\nz",
      "multipart/mixed<|multipart/alternative<x|text/plain{one}|y>|z>" },
    { "message",
      MIXED "\n--a\nContent-Type: message/rfc822\n\nSubject: b\n\ninner\n--a--\n",
      "multipart/mixed<|message/rfc822(text/plain{inner})|>" },
    { "message-with-parts",
      MIXED "\n--a\nContent-Type: message/rfc822\n\nSubject: b\n" INNER "\n--b\n\none\n--b--\n\n--a\n\ntwo\n--a--\n",
      "multipart/mixed<|message/rfc822(multipart/alternative<|text/plain{one}|>) text/plain{two}|>" },
    { "whole-message", "Content-Type: message/rfc822\n\nSubject: b\n\ninner\n", "message/rfc822(text/plain{inner\n})" },
    { "message-behind-mbox-line", "Content-Type: message/rfc822\n\nFrom x\nContent-Type: text/html\n\ninner\n",
      "message/rfc822(text/html{inner\n})" },
    { "message-without-header", "Content-Type: message/rfc822\n\ninner text\n", "message/rfc822(text/plain{inner text\n})" },
    { "message-of-header-only", MIXED "\n--a\nContent-Type: message/rfc822\n\nSubject: b\n--a--\n",
      "multipart/mixed<|message/rfc822(text/plain{})|>" },
    { "empty-message", MIXED "\n--a\nContent-Type: message/rfc822\n--a--\n",
      "multipart/mixed<|message/rfc822{}|>" },
    { "encoded-message", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogYQ==\n",
      "message/rfc822{U3ViamVjdDogYQ==\n}" },
    { "digest", "Content-Type: multipart/digest; boundary=a\n\n--a\n\nSubject: b\n\ninner\n--a--\n",
      "multipart/digest<|message/rfc822(text/plain{inner})|>" },
    { "digest-of-text", "Content-Type: multipart/digest; boundary=a\n\n--a\nContent-Type: text/plain\n\ninner\n--a--\n",
      "multipart/digest<|text/plain{inner}|>" },
    { "digest-of-junk", "Content-Type: multipart/digest; boundary=a\n\n--a\njunk\n--a--\n",
      "multipart/digest<|message/rfc822(text/plain{junk})|>" },

    /* Broken. */
    { "no-end", MIXED "\n--a\n\none\n--a\n\ntwo\n", "multipart/mixed<|text/plain{one} text/plain{two\n}|>" },
    { "no-inner-end", MIXED "\n--a\n" INNER "\n--b\n\none\n--a\n\ntwo\n--a--\n",
      "multipart/mixed<|multipart/alternative<|text/plain{one}|> text/plain{two}|>" },
    { "no-part", MIXED "\nhello\n", "multipart/mixed{hello\n}" },
    { "end-only", MIXED "\nhello\n--a--\nx", "multipart/mixed{hello\n--a--\nx}" },
    { "no-boundary", "Content-Type: multipart/mixed\n\n--\nhello\n", "multipart/mixed{--\nhello\n}" },
    { "empty-boundary", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\nhello\n----\n",
      "multipart/mixed{--\nhello\n----\n}" },
    { "boundary-last", MIXED "\n--a", "multipart/mixed<|text/plain{}|>" },
    { "empty-parts", MIXED "\n--a\n--a\n--a--\n", "multipart/mixed<|text/plain{} text/plain{}|>" },
    { "header-without-end", MIXED "\n--a\nContent-Type: text/html\n--a\n\none\n--a--\n",
      "multipart/mixed<|text/html{} text/plain{one}|>" },
    { "no-header", MIXED "\n--a\nhello there\nyou: all\n--a--\n",
      "multipart/mixed<|text/plain{hello there\nyou: all}|>" },
    { "blanks-behind-boundary", MIXED "\n--a \t\n\none\n--a-- \n", "multipart/mixed<|text/plain{one}|>" },
    { "blank-in-boundary", "Content-Type: multipart/mixed; boundary=\"a b \"\n\n--a b\n\none\n--a b--\n",
      "multipart/mixed<|text/plain{one}|>" },
    { "junk-behind-boundary", MIXED "\n--a;x\n\none\n--a--;x\ny", "multipart/mixed<|text/plain{one}|y>" },
    { "boundary-begins-another",
      MIXED "\n--a\nContent-Type: multipart/mixed; boundary=ab\n\n--ab\n\none\n--ab--\n--a\n\ntwo\n--a--\n",
      "multipart/mixed<|multipart/mixed<|text/plain{one}|> text/plain{two}|>" },
    { "another-begins-boundary",
      "Content-Type: multipart/mixed; boundary=ab\n\n--ab\n" MIXED "\n--a\n\none\n--a--\n--ab\n\ntwo\n--ab--\n",
      "multipart/mixed<|multipart/mixed<|text/plain{one}|> text/plain{two}|>" },
    { "strange-boundary", MIXED "\n--a\n\n--ab\n--ab--\n---a\n--a--\n",
      "multipart/mixed<|text/plain{--ab\n--ab--\n---a}|>" },
    { "boundary-with-dashes", "Content-Type: multipart/mixed; boundary=\"a--\"\n\n--a--\n\none\n--a----\n",
      "multipart/mixed<|text/plain{one}|>" },
    { "one-boundary-for-both",
      MIXED "\n--a\n" MIXED "\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n",
      "multipart/mixed<|multipart/mixed<|text/plain{one}|> text/plain{two}|>" },
    { "behind-the-end", MIXED "\n--a\n\none\n--a--\n--a\n\ntwo\n--a--\n",
      "multipart/mixed<|text/plain{one}|--a\n\ntwo\n--a--\n>" },
    { "boundary-in-pieces", "Content-Type: multipart/mixed;\n boundary*0=\"a\"; boundary*1=\"b\"\n\n--ab\n\none\n--ab--\n",
      "multipart/mixed<|text/plain{one}|>" },
    { "nul", "Content-Type: multipart/mixed; boundary=a\n\n--a\n\no\1e\n--a--\n", "multipart/mixed<|text/plain{o\1e}|>" },
};

static void render (const GPtrArray *parts, guint index, const char *bytes, GString *text);

static void
render_within (const GPtrArray *parts, const IbPart *part, const char *bytes, GString *text)
{
    for (guint i = part->index + 1; i <= part->index + part->n_within;) {
        const IbPart *child = parts->pdata[i];
        g_assert_true (child->parent == part);
        if (i > part->index + 1)
            g_string_append_c (text, ' ');
        render (parts, i, bytes, text);
        i += child->n_within + 1;
    }
}

static void
append_range (GString *text, const char *bytes, gsize start, gsize end)
{
    g_string_append_len (text, bytes + start, (gssize) (end - start));
}

static void
render (const GPtrArray *parts, guint index, const char *bytes, GString *text)
{
    const IbPart *part = parts->pdata[index];
    g_string_append (text, part->type->word);
    if (part->is_multipart && part->n_within > 0) {
        g_string_append_c (text, '<');
        append_range (text, bytes, part->body, part->prologue_end);
        g_string_append_c (text, '|');
        render_within (parts, part, bytes, text);
        g_string_append_c (text, '|');
        append_range (text, bytes, part->epilogue, part->end);
        g_string_append_c (text, '>');
    } else if (part->is_message) {
        g_string_append_c (text, '(');
        render_within (parts, part, bytes, text);
        g_string_append_c (text, ')');
    } else {
        g_string_append_c (text, '{');
        append_range (text, bytes, part->body, part->end);
        g_string_append_c (text, '}');
    }
}

static void
message_comes_apart (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row), length;
    g_autoptr (IbMessage) message = ib_message_new (messages[i].bytes, strlen (messages[i].bytes));
    g_autoptr (GString) text = g_string_new (NULL);
    render (ib_message_parts (message), 0, ib_message_bytes (message, &length), text);
    g_assert_cmpstr (text->str, ==, messages[i].parts);
    g_assert_null (ib_message_over_limit (message));
}

/* --- what is in a part: @header is that of a message, @text what a reader sees; @content if it differs --- */

#define BASE64 "Content-Transfer-Encoding: base64\n"
#define QUOTED "Content-Transfer-Encoding: quoted-printable\n"
#define HTML "Content-Type: text/html; charset=utf-8\n"
#define NOT_TEXT "Content-Type: application/octet-stream\n"

static const struct {
    const char *name, *header, *body, *text, *content;
} contents[] = {
    { "7bit", "X: y\n", "hello", "hello" },
    { "line-ends", "X: y\n", "a\nb\r\nc\rd\n", "a\r\nb\r\nc\rd\r\n", "a\nb\r\nc\rd\n" },
    { "8bit", "Content-Type: text/plain; charset=iso-8859-2\n", "\xb1", "ą", "\xb1" },
    { "8bit-without-charset", "X: y\n", "caf\xe9", "café", "caf\xe9" },
    { "unknown-charset", "Content-Type: text/plain; charset=x-none\n", "caf\xe9", "café", "caf\xe9" },
    { "charset-lies", "Content-Type: text/plain; charset=utf-8\n", "caf\xe9!", "caf\xef\xbf\xbd!", "caf\xe9!" },
    { "base64", BASE64, "aGVs\nbG8=\n", "hello" },
    { "base64-unpadded", BASE64, "aGVsbG8", "hello" },
    { "base64-junk", BASE64, "a*GV\xff s\n\nbG8=", "hello" },
    { "base64-in-two", BASE64, "aGVs\nbG8=\naGVsbG8=\n", "hellohello" },
    { "base64-with-line-ends", BASE64, "YQpiCg==", "a\r\nb\r\n", "a\nb\n" },
    { "base64-charset", "Content-Type: text/plain; charset=koi8-r\n" BASE64, "8NLJ18XU", "Привет",
      "\xf0\xd2\xc9\xd7\xc5\xd4" },
    { "base64-quoted-name", "Content-Transfer-Encoding: \"BASE64\" (x)\n", "aGVsbG8=", "hello" },
    { "quoted", QUOTED "Content-Type: text/plain; charset=utf-8\n", "caf=C3=a9 =3D", "café =" },
    { "quoted-soft-break", QUOTED, "hel=\nlo=  \r\n!", "hello!" },
    { "quoted-blanks-at-end", QUOTED, "hello \t\nbye ", "hello\r\nbye", "hello\nbye" },
    { "quoted-junk", QUOTED, "=XY =4 = =\x01=", "=XY =4 = =\x01" },
    { "quoted-line-ends", QUOTED, "a=0D=0Ab=0Ac", "a\r\nb\r\nc", "a\r\nb\nc" },
    { "unknown-encoding", "Content-Transfer-Encoding: x-rot13\n", "uryyb", "uryyb" },
    { "not-text", NOT_TEXT BASE64, "aGVsbG8=", "", "hello" },
    { "html", HTML, "<p>a&amp;b</p><p>c", "a&b\r\nc", "<p>a&amp;b</p><p>c" },
    { "multipart-without-parts", "Content-Type: multipart/mixed\n", "hello", "hello" },
};

static void
content_is_decoded (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row), length;
    g_autofree char *bytes = g_strconcat (contents[i].header, "\n", contents[i].body, NULL);
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    const IbPart *part = ib_message_parts (message)->pdata[0];

    const char *text = ib_part_plain_text (part, &length);
    g_assert_cmpmem (text, length, contents[i].text, strlen (contents[i].text));
    const char *wanted = contents[i].content != NULL ? contents[i].content : contents[i].text;
    const char *content = ib_part_content (part, &length);
    g_assert_cmpmem (content, length, wanted, strlen (wanted));
}

static const struct {
    const char *name, *header, *body;
    bool is_readable;
} readable[] = {
    { "plain", "X: y\n", "hello \xff", true },
    { "utf-8", "Content-Type: text/plain; charset=utf-8\n", "caf\xc3\xa9", true },
    { "bad-utf-8", "Content-Type: text/plain; charset=utf-8\n", "caf\xe9", false },
    { "bad-euc", "Content-Type: text/plain; charset=euc-jp\n", "\xff", false },
    { "unknown-charset", "Content-Type: text/plain; charset=x-none\n", "a", false },
    { "unknown-encoding", "Content-Transfer-Encoding: x-rot13\n", "a", false },
};

static void
readable_is_told (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strconcat (readable[i].header, "\n", readable[i].body, NULL);
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    g_assert_true (ib_part_is_readable (ib_message_parts (message)->pdata[0]) == readable[i].is_readable);
}

static const struct {
    const char *name, *header, *filename;
} filenames[] = {
    { "none", "X: y\n", NULL },
    { "disposition", "Content-Disposition: attachment; filename=a.pdf\n", "a.pdf" },
    { "type", "Content-Type: application/pdf; name=b.pdf\n", "b.pdf" },
    { "both", "Content-Type: application/pdf; name=b.pdf\nContent-Disposition: inline; filename=\"a b.pdf\"\n", "a b.pdf" },
    { "encoded-word", "Content-Type: application/pdf; name=\"=?utf-8?q?=C3=A9.pdf?=\"\n", "é.pdf" },
};

static void
filename_is_found (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    g_autofree char *bytes = g_strconcat (filenames[i].header, "\n", NULL);
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    g_assert_cmpstr (ib_part_filename (ib_message_parts (message)->pdata[0]), ==, filenames[i].filename);
}

static void
fields_are_those_of_the_part (void)
{
    static const char bytes[] = "Subject: outer\n" MIXED "\n--a\nSubject: =?utf-8?q?=C3=A9?=\nX-A: 1\n 2\n\none\n--a\nX-A: 3\n\n--a--\n";
    g_autoptr (IbMessage) message = ib_message_new (bytes, strlen (bytes));
    const GPtrArray *parts = ib_message_parts (message);
    const IbPart *whole = parts->pdata[0], *one = parts->pdata[1], *two = parts->pdata[2];

    g_autofree char *outer = ib_message_field_text (message, ib_part_field (whole, "subject"));
    g_assert_cmpstr (outer, ==, "outer");
    g_autofree char *subject = ib_message_field_text (message, ib_part_field (one, "SUBJECT"));
    g_assert_cmpstr (subject, ==, "é");
    g_autofree char *folded = ib_message_field_text (message, ib_part_field (one, "X-A"));
    g_assert_cmpstr (folded, ==, "1 2");
    g_autofree char *other = ib_message_field_text (message, ib_part_field (two, "X-A"));
    g_assert_cmpstr (other, ==, "3");
    g_assert_null (ib_part_field (two, "Subject"));
    g_assert_cmpuint (one->n_fields, ==, 2);
    g_assert_cmpuint (two->n_fields, ==, 1);
}

static void
zero_octets_stay (void)
{
    static const char bytes[] = NOT_TEXT BASE64 "\nYQBi";
    gsize length;
    g_autoptr (IbMessage) message = ib_message_new (bytes, sizeof bytes - 1);
    const char *content = ib_part_content (ib_message_parts (message)->pdata[0], &length);
    g_assert_cmpmem (content, length, "a\0b", 3);
}

/* --- hostile: bounded, and twice the size at most three times the time --- */

static void
repeat (GString *bytes, const char *text, guint count)
{
    for (guint i = 0; i < count; i++)
        g_string_append (bytes, text);
}

static void
nest (GString *bytes, guint count)
{
    for (guint i = 0; i < count; i++)
        g_string_append_printf (bytes, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
}

static void
nest_messages (GString *bytes, guint count)
{
    repeat (bytes, "Content-Type: message/rfc822\n\n", count);
}

static void
stand_side_by_side (GString *bytes, guint count)
{
    g_string_append (bytes, MIXED "\n");
    repeat (bytes, "--a\n\nx\n", count);
}

static void
almost_part (GString *bytes, guint count)
{
    nest (bytes, 25);
    repeat (bytes, "\n--b--b--c\n--\n", count);
}

static void
have_many_fields (GString *bytes, guint count)
{
    g_string_append (bytes, MIXED "\n--a\n");
    repeat (bytes, "a:\n", count);
}

static void
have_many_parameters (GString *bytes, guint count)
{
    g_string_append (bytes, MIXED "\n");
    for (guint i = 0; i < count / 200; i++) {
        g_string_append (bytes, "--a\nContent-Type: text/plain");
        for (guint k = 0; k < 200; k++)
            g_string_append_printf (bytes, ";\n n*%u=x", k);
        g_string_append (bytes, "\n\nx\n");
    }
}

static void
begin_comments (GString *bytes, guint count)
{
    g_string_append (bytes, HTML "\n");
    repeat (bytes, "<!-- ->--<!>-", count);
}

static void
begin_tags (GString *bytes, guint count)
{
    g_string_append (bytes, HTML "\n");
    repeat (bytes, "<a b='<c=\"></script", count);
}

static void
begin_scripts (GString *bytes, guint count)
{
    g_string_append (bytes, HTML "\n");
    repeat (bytes, "<title></titl<script></script x></title>", count);
}

static void
begin_references (GString *bytes, guint count)
{
    g_string_append (bytes, HTML "\n");
    repeat (bytes, "&&#&#x&CounterClockwiseContourIntegra&am<", count);
}

static void
fill_base64 (GString *bytes, guint count)
{
    g_string_append (bytes, BASE64 "\n");
    repeat (bytes, "AAAAA=\n", count);
}

static void
fill_quoted (GString *bytes, guint count)
{
    g_string_append (bytes, QUOTED HTML "\n");
    repeat (bytes, "=\n=FF= =3C=\n", count);
}

static const struct {
    const char *name;
    void (*build) (GString *bytes, guint count);
    guint count;
    const char *limit;
} hostile[] = {
    { "nested", nest, 10000, "part-depth" },
    { "nested-messages", nest_messages, 10000, "part-depth" },
    { "siblings", stand_side_by_side, 100000, "part-count" },
    { "almost-boundaries", almost_part, 200000, NULL },
    { "fields", have_many_fields, 500000, "part-fields" },
    { "parameters", have_many_parameters, 90000, NULL },
    { "comments", begin_comments, 300000, NULL },
    { "tags", begin_tags, 300000, NULL },
    { "scripts", begin_scripts, 100000, NULL },
    { "references", begin_references, 100000, NULL },
    { "base64", fill_base64, 500000, NULL },
    { "quoted", fill_quoted, 300000, NULL },
};

static double
cpu_seconds (void)
{
    struct timespec now;
    clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

static double
time_to_read (gsize i, guint count)
{
    g_autoptr (GString) bytes = g_string_new (NULL);
    hostile[i].build (bytes, count);
    double start = cpu_seconds ();
    g_autoptr (IbMessage) message = ib_message_new (bytes->str, bytes->len);
    const GPtrArray *parts = ib_message_parts (message);
    g_assert_cmpuint (parts->len, <=, IB_LIMIT_PARTS);
    for (guint k = 0; k < parts->len; k++) {
        const IbPart *part = parts->pdata[k];
        gsize length;
        g_assert_cmpuint (part->depth, <=, IB_LIMIT_PART_DEPTH);
        (void) ib_part_plain_text (part, &length);
    }
    double seconds = cpu_seconds () - start;
    const char *limit = ib_message_over_limit (message);
    g_assert_cmpstr (limit, ==, hostile[i].limit);
    return seconds;
}

/* Twice the size may not take three times as long; a busy machine gets five tries, and what is over at once is good. */
static void
hostile_message_is_bounded (gconstpointer row)
{
    gsize i = GPOINTER_TO_SIZE (row);
    double whole = G_MAXDOUBLE, half = G_MAXDOUBLE;
    for (guint attempt = 0; attempt < 5 && (attempt == 0 || whole >= 3 * half); attempt++) {
        whole = MIN (whole, time_to_read (i, hostile[i].count));
        half = MIN (half, MAX (time_to_read (i, hostile[i].count / 2), 0.02));
    }
    g_assert_cmpfloat (whole, <, IB_SANITIZED ? 10 : 1);
    g_assert_cmpfloat (whole, <, 3 * half);
}

#define ADD(group, rows, function)                                                                           \
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {                                                        \
        g_autofree char *path = g_strdup_printf ("/part/%s/%s", group, rows[i].name);                        \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);                                         \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD ("apart", messages, message_comes_apart)
    ADD ("content", contents, content_is_decoded)
    ADD ("readable", readable, readable_is_told)
    ADD ("filename", filenames, filename_is_found)
    ADD ("hostile", hostile, hostile_message_is_bounded)
    g_test_add_func ("/part/fields", fields_are_those_of_the_part);
    g_test_add_func ("/part/zero-octets", zero_octets_stay);
    return g_test_run ();
}
