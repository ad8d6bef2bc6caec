/* What a server's bytes become before the parser sees them, in one piece and byte by byte; and that the parser then
 * understands every bit of it. */
#include "imap-guard.h"
#include "imap-parser.h"
#include "server-limits.h"

#include <string.h>

#define BYTES(text) text, sizeof text - 1
#define REFUSED NULL
#define LETTERS_50 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx"

/* Command 1 is open and wants @want. */
static const struct {
    const char *name;
    IbImapWant want;
    const char *in;
    gsize in_length;
    const char *out;    /* for the parser, but for the end of the command; NULL: refused */
    const char *heard;  /* lines, "|" behind each; or the words of the refusal */
} cases[] = {
    /* Bytes that bring libetpan down: none of them reaches it, and few end the session. */
    { "badcharset", IB_IMAP_WANT_FETCH, BYTES ("* OK [BADCHARSET (\"x\")] hi\r\n"), "",
      "* OK [BADCHARSET (\"x\")] hi|" },
    { "badcharset-twice", IB_IMAP_WANT_SEARCH, BYTES ("* NO [BADCHARSET (a)] x\r\n* NO [BADCHARSET (a)] x\r\n"), "",
      "* NO [BADCHARSET (a)] x|* NO [BADCHARSET (a)] x|" },
    { "permanentflags", IB_IMAP_WANT_LIST, BYTES ("* OK [PERMANENTFLAGS (%x)] y\r\n"), "",
      "* OK [PERMANENTFLAGS (%x)] y|" },
    { "alert-without-text", IB_IMAP_WANT_FETCH, BYTES ("* OK [ALERT]\r\n"), "", "* OK [ALERT]|" },
    { "highestmodseq-without-text", IB_IMAP_WANT_FETCH, BYTES ("* OK [HIGHESTMODSEQ 99999999999]\r\n"), "",
      "* OK [HIGHESTMODSEQ 99999999999]|" },
    { "namespace", IB_IMAP_WANT_LIST, BYTES ("* NAMESPACE ((\"\" \"\")) NIL NIL\r\n"), "",
      "* NAMESPACE ((\"\" \"\")) NIL NIL|" },
    { "annotation", IB_IMAP_WANT_FETCH, BYTES ("* ANNOTATION x (((\r\n"), "", "* ANNOTATION x (((|" },
    { "continuation-code", IB_IMAP_WANT_FETCH, BYTES ("+ [BADCHARSET (\"x\")] idling\r\n"), "",
      "+ [BADCHARSET (\"x\")] idling|" },
    { "capability", IB_IMAP_WANT_FETCH, BYTES ("* CAPABILITY IMAP4rev1 X\r\n"), "", "* CAPABILITY IMAP4rev1 X|" },
    { "bodystructure", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODYSTRUCTURE ((((((((((((((((((((((((x)\r\n"), REFUSED,
      "cannot be read" },
    { "bodystructure-shallow", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODYSTRUCTURE ((\"a\" \"b\" NIL) x) UID 3)\r\n"),
      "* 1 FETCH (UID 3)\r\n", "" },
    { "status-empty", IB_IMAP_WANT_LIST, BYTES ("* STATUS \"x\" ()\r\n"), "", "* STATUS \"x\" ()|" },
    { "expunge", IB_IMAP_WANT_FETCH, BYTES ("* 4 EXPUNGE\r\n* 12 EXISTS\r\n* 1 RECENT\r\n"), "",
      "* 4 EXPUNGE|* 12 EXISTS|* 1 RECENT|" },
    { "bare-code", IB_IMAP_WANT_FETCH, BYTES ("[COPYUID 11 5 7]\r\n* 2 EXISTS\r\n"), "", "* OK [COPYUID 11 5 7]|* 2 EXISTS|" },
    { "empty-line", IB_IMAP_WANT_FETCH, BYTES ("\r\n* 2 EXISTS\r\n"), "", "* 2 EXISTS|" },

    /* FETCH, as it should be and as it is. */
    { "fetch", IB_IMAP_WANT_FETCH,
      BYTES ("* 1 FETCH (UID 7 FLAGS (\\Seen $Junk) INTERNALDATE \" 1-Jan-2026 10:00:00 +0100\" RFC822.SIZE 5 "
             "BODY[] {5}\r\na\0b\r\n)\r\n"),
      "* 1 FETCH (UID 7 FLAGS (\\Seen) INTERNALDATE \" 1-Jan-2026 10:00:00 +0100\" RFC822.SIZE 5 "
      "BODY[] {5}\r\na\001b\r\n)\r\n", "" },
    { "fetch-body-first", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] {2}\r\nhi UID 7)\r\n"),
      "* 1 FETCH (BODY[] {2}\r\nhi UID 7)\r\n", "" },
    { "fetch-quoted-body", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] \"a\\\"b\" UID 7)\r\n"),
      "* 1 FETCH (BODY[] {3}\r\na\"b UID 7)\r\n", "" },
    { "fetch-nil", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7 BODY[] NIL)\r\n"), "* 1 FETCH (UID 7)\r\n", "" },
    { "fetch-empty-body", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n"),
      "* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\n", "" },
    { "fetch-nothing", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH ()\r\n"), "* 1 FETCH (FLAGS ())\r\n", "" },
    { "fetch-lower-case", IB_IMAP_WANT_FETCH, BYTES ("* 1 fetch (uid 7 body[] {1}\r\nx)\r\n"),
      "* 1 FETCH (UID 7 BODY[] {1}\r\nx)\r\n", "" },
    { "fetch-bad-date", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (INTERNALDATE \"yesterday\" UID 7)\r\n"),
      "* 1 FETCH (UID 7)\r\n", "" },
    { "fetch-bad-size", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (RFC822.SIZE -1 UID 7)\r\n"), "* 1 FETCH (UID 7)\r\n", "" },
    { "fetch-huge-uid", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 4294967303 FLAGS ())\r\n"),
      "* 1 FETCH (FLAGS ())\r\n", "" },
    { "fetch-unknown-item", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (X-GM-LABELS (\"a b\" \\Inbox) UID 7 MODSEQ (5))\r\n"),
      "* 1 FETCH (UID 7)\r\n", "" },
    { "fetch-odd-flags", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (FLAGS (\\* %x \\Recent \\answered a]b) UID 7)\r\n"),
      "* 1 FETCH (FLAGS (\\Answered) UID 7)\r\n", "" },
    { "fetch-not-asked", IB_IMAP_WANT_SEARCH, BYTES ("* 1 FETCH (FLAGS (\\Seen))\r\n"), "",
      "* 1 FETCH (FLAGS (\\Seen))|" },
    { "fetch-body-not-asked", IB_IMAP_WANT_SEARCH, BYTES ("* 1 FETCH (BODY[] {12}\r\n1 OK wrong\r\n)\r\n"), "", "" },
    { "fetch-other-section", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[1] {2}\r\nhi UID 7)\r\n"), REFUSED,
      "cannot be read" },
    { "fetch-header-not-asked", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[HEADER] {2}\r\nhi UID 7)\r\n"), REFUSED,
      "cannot be read" },
    { "header", IB_IMAP_WANT_HEADER, BYTES ("* 1 FETCH (UID 7 BODY[HEADER] {4}\r\nA:1\n FLAGS ())\r\n"),
      "* 1 FETCH (UID 7 BODY[] {4}\r\nA:1\n FLAGS ())\r\n", "" },
    { "header-quoted", IB_IMAP_WANT_HEADER, BYTES ("* 1 FETCH (UID 7 body[header] \"A:1\")\r\n"),
      "* 1 FETCH (UID 7 BODY[] {3}\r\nA:1)\r\n", "" },
    { "header-nil", IB_IMAP_WANT_HEADER, BYTES ("* 1 FETCH (UID 7 BODY[HEADER] NIL)\r\n"), "* 1 FETCH (UID 7)\r\n", "" },
    { "header-of-a-part", IB_IMAP_WANT_HEADER, BYTES ("* 1 FETCH (BODY[1.HEADER] {2}\r\nhi UID 7)\r\n"), REFUSED,
      "cannot be read" },
    { "header-and-whole", IB_IMAP_WANT_HEADER, BYTES ("* 1 FETCH (BODY[HEADER] {2}\r\nhi BODY[] {2}\r\nho)\r\n"), REFUSED,
      "cannot be read" },
    { "fetch-two-bodies", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] {2}\r\nhi BODY[] {2}\r\nho)\r\n"), REFUSED,
      "no body" },
    { "fetch-two-quoted", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] \"hi\" BODY[] \"ho\")\r\n"), REFUSED,
      "two bodies" },
    { "fetch-literal-too-short", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7 BODY[] {3}\r\nhello)\r\n"), REFUSED,
      "cannot be read" },
    { "fetch-literal-too-long", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7 BODY[] {9}\r\nhello)\r\n1 OK done\r\n"),
      REFUSED, "cannot be read" },
    { "fetch-literal-4g", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] {4294967299}\r\nabc)\r\n"), REFUSED,
      "beyond all measure" },
    { "fetch-literal-30-digits", IB_IMAP_WANT_FETCH,
      BYTES ("* 1 FETCH (BODY[] {999999999999999999999999999999}\r\n)\r\n"), REFUSED, "cannot be read" },
    { "fetch-literal-negative", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] {-1}\r\n)\r\n"), REFUSED,
      "cannot be read" },
    { "fetch-literal-that-is-no-body", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7) {3}\r\nabc\r\n"), REFUSED, "no body" },
    { "fetch-literal-behind-the-body", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (BODY[] {2}\r\nhi) {2}\r\nho\r\n"), REFUSED,
      "no body" },
    { "fetch-literal-not-asked-4g", IB_IMAP_WANT_SEARCH, BYTES ("* 1 FETCH (BODY[] {4294967299}\r\nabc)\r\n"), REFUSED,
      "too large" },
    { "fetch-open", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7\r\n"), REFUSED, "cannot be read" },
    { "fetch-more-behind", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7) x\r\n"), REFUSED, "something behind" },
    { "fetch-nul", IB_IMAP_WANT_FETCH, BYTES ("* 1 FETCH (UID 7 \0)\r\n"), REFUSED, "a NUL" },

    /* LIST */
    { "list", IB_IMAP_WANT_LIST, BYTES ("* LIST (\\HasNoChildren \\Trash) \"/\" \"Bin x\"\r\n"),
      "* LIST (\\HasNoChildren \\Trash) \"/\" {5}\r\nBin x\r\n", "" },
    { "list-atom", IB_IMAP_WANT_LIST, BYTES ("* LIST () NIL INBOX\r\n"), "* LIST () NIL {5}\r\nINBOX\r\n", "" },
    { "list-literal", IB_IMAP_WANT_LIST, BYTES ("* LIST () \".\" {5}\r\na\"b\\c\r\n"),
      "* LIST () \".\" {5}\r\na\"b\\c\r\n", "" },
    { "list-backslash", IB_IMAP_WANT_LIST, BYTES ("* LIST () \"\\\\\" a\\b\r\n"), "* LIST () \"\\\\\" {3}\r\na\\b\r\n",
      "" },
    { "list-odd-flags", IB_IMAP_WANT_LIST, BYTES ("* LIST (\\* x \\A%) \"/\" a\r\n"), "* LIST () \"/\" {1}\r\na\r\n", "" },
    { "list-long-flag", IB_IMAP_WANT_LIST, /* 64 letters are one; 200 are none */
      BYTES ("* LIST (\\" LETTERS_50 "abcdefghijklmn \\" LETTERS_50 "abcdefghijklmno \\" LETTERS_50 LETTERS_50 LETTERS_50
             LETTERS_50 ") \"/\" a\r\n"),
      "* LIST (\\" LETTERS_50 "abcdefghijklmn) \"/\" {1}\r\na\r\n", "" },
    { "list-name-with-line-end", IB_IMAP_WANT_LIST, BYTES ("* LIST () \"/\" {5}\r\na\r\nbc\r\n"), "", "" },
    { "list-name-with-nul", IB_IMAP_WANT_LIST, BYTES ("* LIST () \"/\" {3}\r\na\0c\r\n"), "", "" },
    { "list-empty-name", IB_IMAP_WANT_LIST, BYTES ("* LIST (\\Noselect) \"/\" \"\"\r\n"), "", "" },
    { "list-childinfo", IB_IMAP_WANT_LIST, BYTES ("* LIST () \"/\" \"a\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"),
      "* LIST () \"/\" {1}\r\na\r\n", "" },
    { "list-name-too-long", IB_IMAP_WANT_LIST, BYTES ("* LIST () \"/\" {5000}\r\n"), REFUSED, "too large" },

    /* SEARCH */
    { "search", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 3 4294967295 5\r\n"), "* SEARCH 3 4294967295 5\r\n", "" },
    { "search-none", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH\r\n"), "", "" },
    { "search-blank", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 5 \r\n"), "* SEARCH 5\r\n", "" },
    { "search-modseq", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 5 6 (MODSEQ 917162500)\r\n"), "* SEARCH 5 6\r\n", "" },
    { "search-wraps", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 4294967297\r\n"), REFUSED, "cannot be read" },
    { "search-literal", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 5 {3}\r\n6 7\r\n"), REFUSED, "a SEARCH with a literal" },
    { "search-literal-not-asked", IB_IMAP_WANT_FETCH, BYTES ("* SEARCH 5 {3}\r\n6 7\r\n"), REFUSED, "a SEARCH with a literal" },
    { "search-zero", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 0\r\n"), REFUSED, "cannot be read" },
    { "search-word", IB_IMAP_WANT_SEARCH, BYTES ("* SEARCH 5x\r\n"), REFUSED, "cannot be read" },

    /* Answers */
    { "early-answer", IB_IMAP_WANT_FETCH, BYTES ("2 OK done\r\n"), REFUSED, "not given" },
    { "other-answer", IB_IMAP_WANT_FETCH, BYTES ("1 MAYBE\r\n"), REFUSED, "neither yes nor no" },
    { "nonsense", IB_IMAP_WANT_FETCH, BYTES ("hello\r\n"), REFUSED, "no known form" },
    { "quoted-brace", IB_IMAP_WANT_FETCH, BYTES ("* OK mind the \" and {5}\r\n* 1 EXISTS\r\n"), "",
      "* OK mind the \" and {5}|* 1 EXISTS|" },
};

static void
hear (const char *line, gpointer heard)
{
    g_string_append_printf (heard, "%s|", line);
}

static void
check (gsize i, gsize step)
{
    g_autoptr (GString) heard = g_string_new (NULL);
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (hear, heard);
    const char *why = NULL;
    g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
    g_string_truncate (heard, 0);
    ib_imap_guard_sent (guard, 1, cases[i].want);

    bool is_good = true;
    for (gsize at = 0; is_good && at < cases[i].in_length; at += step)
        is_good = ib_imap_guard_feed (guard, cases[i].in + at, MIN (step, cases[i].in_length - at), out, &why);
    if (cases[i].out == REFUSED) {
        g_assert_false (is_good);
        g_assert_nonnull (strstr (why, cases[i].heard));
        g_assert_false (ib_imap_guard_feed (guard, "1 OK done\r\n", 11, out, &why));
        return;
    }
    g_assert_cmpstr (why, ==, NULL);
    g_assert_true (ib_imap_guard_is_between_lines (guard));
    for (guint j = 0; j < out->len; j++) /* a body's NUL, so that the expected text can be a string */
        out->data[j] = out->data[j] == 0 ? 1 : out->data[j];
    g_assert_cmpmem (out->data, out->len, cases[i].out, strlen (cases[i].out));
    g_assert_cmpstr (heard->str, ==, cases[i].heard);
}

static void
lets_through (gconstpointer data)
{
    for (gsize step = 1; step < 200; step = step * 3 + 1)
        check (GPOINTER_TO_SIZE (data), step);
}

/* --- with the parser behind it ------------------------------------------------------------------------------- */

typedef struct {
    GByteArray *bytes;
    gsize at;
} Source;

static gssize
give (void *buffer, gsize size, gpointer user_data)
{
    Source *source = user_data;
    gsize n = MIN (size, source->bytes->len - source->at);
    if (n == 0)
        return -1;
    memcpy (buffer, source->bytes->data + source->at, n);
    source->at += n;
    return (gssize) n;
}

static void
ignore_mailbox (const char *name, char delimiter, const char *const *flags, gpointer user_data)
{
}

static void
ignore_hit (guint32 uid, gpointer user_data)
{
}

static bool
ignore_body (const char *bytes, gsize length, gpointer user_data)
{
    return true;
}

static void
ignore_message (const IbImapMessage *message, gpointer user_data)
{
}

/* Whatever the guard lets through, libetpan reads to the end of the command. */
static void
is_understood (gconstpointer data)
{
    static const IbImapSink sink = { ignore_mailbox, ignore_hit, ignore_body, ignore_message, NULL };
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GString) heard = g_string_new (NULL);
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (hear, heard);
    const char *why = NULL;
    ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why);
    ib_imap_guard_sent (guard, 1, cases[i].want);
    if (!ib_imap_guard_feed (guard, cases[i].in, cases[i].in_length, out, &why))
        return;
    g_assert_true (ib_imap_guard_feed (guard, "1 NO [BADCHARSET (x)]\r\n", 23, out, &why));
    Source source = { out, 0 };
    g_autoptr (IbImapParser) parser = ib_imap_parser_new (give, &source);
    g_assert_true (ib_imap_parser_run (parser, 1, &sink));
    g_assert_cmpuint (source.at, ==, out->len);
}

/* --- limits -------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *begin, *again, *why; IbImapWant want; } floods[] = {
    { "endless-line",     "* OK ", "xxxxxxxx", "endless line", IB_IMAP_WANT_FETCH },
    { "endless-fetch",    "* 1 FETCH (UID 7 FLAGS (", "\\Seen x ", "endless line", IB_IMAP_WANT_FETCH },
    { "endless-search",   "* SEARCH ", "4294967295 ", "endless line", IB_IMAP_WANT_SEARCH },
    { "unasked-search",   "* SEARCH ", "4294967295 ", "endless line", IB_IMAP_WANT_FETCH },
    { "endless-untagged", "", "* 1 EXISTS\r\n", "too many answers", IB_IMAP_WANT_FETCH },
    { "many-literals",    "* X ", "{0}\r\n", "too many literals", IB_IMAP_WANT_FETCH },
    { "nested-list",      "* LIST ", "(", "endless line", IB_IMAP_WANT_LIST },
};

static void
drop (const char *line, gpointer user_data)
{
}

static void
ends_flood (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (drop, NULL);
    const char *why = NULL;
    g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
    ib_imap_guard_sent (guard, 1, floods[i].want);
    g_assert_true (ib_imap_guard_feed (guard, floods[i].begin, strlen (floods[i].begin), out, &why));
    gsize sent = 0;
    while (ib_imap_guard_feed (guard, floods[i].again, strlen (floods[i].again), out, &why))
        g_assert_cmpuint (sent += strlen (floods[i].again), <, 4 * 1024 * 1024);
    g_assert_nonnull (strstr (why, floods[i].why));
    g_assert_cmpuint (out->len, <, 1024);
}

static void
wants_greeting (void)
{
    static const char *const bad[] = { "+ OK\r\n", "+OK POP3 ready\r\n", "220 smtp\r\n", "* CAPABILITY X\r\n", "\r\n",
                                       "1 OK x\r\n", "* 1 EXISTS\r\n", "[ALERT] x\r\n" };
    for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
        g_autoptr (GByteArray) out = g_byte_array_new ();
        g_autoptr (IbImapGuard) guard = ib_imap_guard_new (drop, NULL);
        const char *why = NULL;
        g_assert_false (ib_imap_guard_feed (guard, bad[i], strlen (bad[i]), out, &why));
        g_assert_nonnull (strstr (why, "greeting"));
    }
}

static void
keeps_order (void)
{
    g_autoptr (GString) heard = g_string_new (NULL);
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (hear, heard);
    const char *why = NULL;
    g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
    ib_imap_guard_sent (guard, 1, IB_IMAP_WANT_NOTHING);
    ib_imap_guard_sent (guard, 2, IB_IMAP_WANT_SEARCH);
    static const char answers[] = "* SEARCH 9\r\n1 OK one\r\n* SEARCH 8\r\n2 BAD two\r\n";
    g_assert_true (ib_imap_guard_feed (guard, answers, sizeof answers - 1, out, &why));
    g_assert_cmpmem (out->data, out->len, "* SEARCH 8\r\n2 OK done\r\n", 23);
    g_assert_cmpstr (heard->str, ==, "* OK hello|* SEARCH 9|1 OK one|2 BAD two|");
}

/* A name as long as any; one letter more is left out. */
static void
measures_names (void)
{
    for (gsize longer = 0; longer < 2; longer++) {
        g_autofree char *name = g_strnfill (IB_LIMIT_MAILBOX_NAME_BYTES + longer, 'x');
        g_autofree char *line = g_strdup_printf ("* LIST () \"/\" \"%s\"\r\n", name);
        g_autoptr (GByteArray) out = g_byte_array_new ();
        g_autoptr (IbImapGuard) guard = ib_imap_guard_new (drop, NULL);
        const char *why = NULL;
        g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
        ib_imap_guard_sent (guard, 1, IB_IMAP_WANT_LIST);
        g_assert_true (ib_imap_guard_feed (guard, line, strlen (line), out, &why));
        g_assert_cmpint (out->len > 0, ==, longer == 0);
    }
}

/* More hits than one SEARCH looks at messages. */
static void
counts_hits (void)
{
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (drop, NULL);
    g_autoptr (GString) line = g_string_new ("* SEARCH");
    const char *why = NULL;
    for (guint i = 0; i < IB_LIMIT_SEARCH_MESSAGES; i++)
        g_string_append (line, " 9");
    g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
    ib_imap_guard_sent (guard, 1, IB_IMAP_WANT_SEARCH);
    g_assert_true (ib_imap_guard_feed (guard, line->str, line->len, out, &why));
    g_assert_true (ib_imap_guard_feed (guard, "\r\n", 2, out, &why));
    g_string_append (line, " 9\r\n");
    g_assert_false (ib_imap_guard_feed (guard, line->str, line->len, out, &why));
    g_assert_nonnull (strstr (why, "more hits"));
}

/* What may be said unasked is counted from command to command: a long session has more of it in all. */
static void
counts_anew_with_each_command (void)
{
    static const char line[] = "* 1 EXISTS\r\n";
    g_autoptr (GByteArray) out = g_byte_array_new ();
    g_autoptr (IbImapGuard) guard = ib_imap_guard_new (drop, NULL);
    const char *why = NULL;
    g_assert_true (ib_imap_guard_feed (guard, "* OK hello\r\n", 12, out, &why));
    for (guint i = 0; i < 2 * IB_LIMIT_UNTAGGED; i++) {
        if (i % 1000 == 0)
            ib_imap_guard_sent (guard, 1, IB_IMAP_WANT_NOTHING);
        g_assert_true (ib_imap_guard_feed (guard, line, sizeof line - 1, out, &why));
        if (i % 1000 == 999)
            g_assert_true (ib_imap_guard_feed (guard, "1 OK done\r\n", 11, out, &why));
    }
}

static void
add (const char *group, const char *name, gsize i, GTestDataFunc function)
{
    g_autofree char *path = g_strdup_printf ("/imap-guard/%s/%s", group, name);
    g_test_add_data_func (path, GSIZE_TO_POINTER (i), function);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        add ("lets-through", cases[i].name, i, lets_through);
        add ("understood", cases[i].name, i, is_understood);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (floods); i++)
        add ("flood", floods[i].name, i, ends_flood);
    g_test_add_func ("/imap-guard/greeting", wants_greeting);
    g_test_add_func ("/imap-guard/order", keeps_order);
    g_test_add_func ("/imap-guard/names", measures_names);
    g_test_add_func ("/imap-guard/hits", counts_hits);
    g_test_add_func ("/imap-guard/counts", counts_anew_with_each_command);
    return g_test_run ();
}
