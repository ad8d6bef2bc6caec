/* Scripts that edit headers (RFC 5293) and remember ids (RFC 7352), as the judge has it: what is delivered, byte for
 * byte, and what is remembered. */
#include "judge.h"

#include <string.h>

#define HOPS                                                                                                 \
    "Received: from a by b;\n\tMon, 1 Jan 2024 00:00:00 +0000\n"                                             \
    "Auto-Submitted: no\n"
#define MAIL                                                                                                 \
    "X-Hop: one\n"                                                                                           \
    "Subject: A sale,\n today only\n"                                                                        \
    "X-Hop:  two \n"                                                                                         \
    "X-Inbasket-Verdict: ham\n"                                                                              \
    "x-hop: three\n"                                                                                         \
    "\n"                                                                                                     \
    "Hello\n\nX-Hop: in the body\n"
#define EDIT "require [\"editheader\", \"fileinto\", \"variables\", \"encoded-character\", \"copy\"]; "

/* What is delivered where: "FOLDER<bytes>", by @script, without our own fields. The mail stands as MAIL unless said. */
static const struct {
    const char *name, *script, *mail, *expected;
} deliveries[] = {
    { "nothing", EDIT "keep;", "A: b\n\nc", "INBOX<A: b\n\nc>" },
    { "add", EDIT "addheader \"X-New\" \"value\";", "A: b\n\nc", "INBOX<X-New: value\nA: b\n\nc>" },
    { "add-two", EDIT "addheader \"X-A\" \"1\"; addheader \"X-B\" \"2\";", "A: b\n\nc",
      "INBOX<X-B: 2\nX-A: 1\nA: b\n\nc>" },
    { "add-last", EDIT "addheader :last \"X-A\" \"1\"; addheader :last \"X-B\" \"2\";", "A: b\n\nc",
      "INBOX<A: b\nX-A: 1\nX-B: 2\n\nc>" },
    { "add-last-crlf", EDIT "addheader :last \"X-A\" \"1\";", "A: b\r\n\r\nc",
      "INBOX<A: b\r\nX-A: 1\n\r\nc>" },
    { "add-last-without-body", EDIT "addheader :last \"X-A\" \"1\";", "A: b\n", "INBOX<A: b\nX-A: 1\n>" },
    { "add-last-cut-off", EDIT "addheader :last \"X-A\" \"1\";", "A: b", "INBOX<X-A: 1\nA: b>" },
    { "add-empty", EDIT "addheader \"X-A\" \"\";", "A: b\n\nc", "INBOX<X-A:\nA: b\n\nc>" },
    { "add-utf8", EDIT "addheader \"X-A\" \"to J\xc3\xbcrgen Gr\xc3\xbc\xc3\x9f\x65 you\";", "A: b\n\nc",
      "INBOX<X-A: to =?utf-8?B?SsO8cmdlbiBHcsO8w59l?= you\nA: b\n\nc>" },
    { "add-folds",
      EDIT "addheader \"X-A\" \"0123456789 0123456789 0123456789 0123456789 0123456789 "
           "0123456789 0123456789 0123456789\";",
      "A: b\n\nc",
      "INBOX<X-A: 0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n"
      " 0123456789 0123456789\nA: b\n\nc>" },
    { "add-line-ends", EDIT "addheader \"X-A\" text:\none\n two\nthree\n.\n;", "A: b\n\nc",
      "INBOX<X-A: one two three\nA: b\n\nc>" },
    { "add-no-field-in-a-value", EDIT "addheader \"X-A\" \"a${hex:0d 0a}Bcc: b\";", "A: b\n\nc",
      "INBOX<X-A: a Bcc: b\nA: b\n\nc>" },
    { "add-ours-is-ignored", EDIT "addheader \"X-Inbasket-Verdict\" \"ham\";", "A: b\n\nc",
      "INBOX<A: b\n\nc>" },
    { "add-before-from-line", EDIT "addheader \"X-A\" \"1\";", "From me\nA: b\n\nc",
      "INBOX<X-A: 1\nFrom me\nA: b\n\nc>" },
    { "delete", EDIT "deleteheader \"x-HOP\";", NULL,
      "INBOX<Subject: A sale,\n today only\n\nHello\n\nX-Hop: in the body\n>" },
    { "delete-folded", EDIT "deleteheader \"subject\";", NULL,
      "INBOX<X-Hop: one\nX-Hop:  two \nx-hop: three\n\nHello\n\nX-Hop: in the body\n>" },
    { "delete-index", EDIT "deleteheader :index 2 \"X-Hop\";", "X-Hop: 1\nX-Hop: 2\nX-Hop: 3\n\n",
      "INBOX<X-Hop: 1\nX-Hop: 3\n\n>" },
    { "delete-index-twice", EDIT "deleteheader :index 1 \"X-Hop\"; deleteheader :index 2 \"X-Hop\";",
      "X-Hop: 1\nX-Hop: 2\nX-Hop: 3\n\n", "INBOX<X-Hop: 2\n\n>" },
    { "delete-last", EDIT "deleteheader :index 1 :last \"X-Hop\";", "X-Hop: 1\nX-Hop: 2\nX-Hop: 3\n\n",
      "INBOX<X-Hop: 1\nX-Hop: 2\n\n>" },
    { "delete-index-too-far", EDIT "deleteheader :index 4 \"X-Hop\";", "X-Hop: 1\nX-Hop: 2\n\n",
      "INBOX<X-Hop: 1\nX-Hop: 2\n\n>" },
    { "delete-matching", EDIT "deleteheader :contains \"X-Hop\" [\"w\", \"x\"];",
      "X-Hop: one\nX-Hop: two\nX-Hop: six\n\n", "INBOX<X-Hop: one\n\n>" },
    { "delete-is-by-default", EDIT "deleteheader \"X-Hop\" \"TWO\";", "X-Hop: one\nX-Hop:  two \n\n",
      "INBOX<X-Hop: one\n\n>" },
    { "delete-index-and-pattern", EDIT "deleteheader :index 1 :is \"X-Hop\" \"two\";",
      "X-Hop: one\nX-Hop: two\n\n", "INBOX<X-Hop: one\nX-Hop: two\n\n>" },
    { "delete-protected", EDIT "deleteheader \"Received\"; deleteheader \"auto-submitted\";", HOPS "\n",
      "INBOX<" HOPS "\n>" },
    { "delete-what-was-added", EDIT "addheader \"X-A\" \"1\"; deleteheader \"X-A\";", "A: b\n\nc",
      "INBOX<A: b\n\nc>" },
    { "replace",
      EDIT "if header :matches \"subject\" \"*\" { set \"s\" \"${1}\"; deleteheader \"subject\";"
           " addheader :last \"Subject\" \"[x] ${s}\"; }",
      "Subject: y\nA: b\n\nc", "INBOX<A: b\nSubject: [x] y\n\nc>" },
    { "tests-see-it",
      EDIT "addheader \"X-A\" \"J\xc3\xbcrgen\"; if header :is \"x-a\" \"j\xc3\xbcrgen\" "
           "{ fileinto \"Seen\"; }",
      "A: b\n\nc", "Seen<X-A: =?utf-8?B?SsO8cmdlbg==?=\nA: b\n\nc>" },
    { "tests-miss-it", EDIT "if exists \"a\" { deleteheader \"a\"; } if exists \"a\" { discard; }",
      "A: b\n\nc", "INBOX<\nc>" },
    { "dynamic-name",
      EDIT "set \"n\" \"X-A\"; addheader \"${n}\" \"1\"; if exists \"X-A\" { fileinto \"B\"; }", "A: b\n\nc",
      "B<X-A: 1\nA: b\n\nc>" },
    { "each-action-its-time",
      EDIT "fileinto \"A\"; addheader \"X-A\" \"1\"; fileinto \"B\"; deleteheader \"A\";"
           " keep;",
      "A: b\n\nc", "A<A: b\n\nc>B<X-A: 1\nA: b\n\nc>INBOX<X-A: 1\n\nc>" },
    { "edits-behind-the-last-action", EDIT "keep; addheader \"X-A\" \"1\";", "A: b\n\nc",
      "INBOX<A: b\n\nc>" },
    { "error-drops-edits",
      EDIT "fileinto \"A\"; addheader \"X-A\" \"1\"; set \"n\" \"a b\"; addheader \"${n}\" \"1\";",
      "A: b\n\nc", "INBOX<A: b\n\nc>!s:1: \"a b\" cannot be the name of a header field" },
    { "nul-in-value", EDIT "addheader \"X-A\" \"${hex:00}\";", "A: b\n\nc",
      "INBOX<A: b\n\nc>!s:1: a header field may not hold a NUL" },
};

static const struct {
    const char *name, *script, *expected;
} errors[] = {
    { "name", EDIT "addheader\n\"a b\" \"\";", "s:2:1: \"a b\" cannot be the name of a header field" },
    { "empty-name", EDIT "deleteheader\n\"\";", "s:2:1: \"\" cannot be the name of a header field" },
    { "last-without-index", EDIT "deleteheader\n:last \"a\";",
      "s:2:1: \":last\" counts from the end: expected \":index\" beside it" },
    { "index-zero", EDIT "deleteheader :index\n0 \"a\";", "s:2:1: fields are counted from 1" },
    { "count",
      "require [\"editheader\", \"relational\", \"comparator-i;ascii-numeric\"]; deleteheader\n"
      ":count \"eq\" \"a\" \"1\";",
      "s:2:1: \":count\" counts fields and cannot choose among them" },
    { "no-value", EDIT "\naddheader \"a\";", "s:2:1: \"addheader\" lacks its value" },
    { "header-and-uniqueid", "require \"duplicate\"; if duplicate :header \"a\"\n:uniqueid \"b\" { }",
      "s:2:1: \":header\" and \":uniqueid\" exclude each other" },
    { "header-name", "require \"duplicate\"; if duplicate :header\n\"a b\" { }",
      "s:2:1: \"a b\" cannot be the name of a header field" },
};

static IbFacts *
facts_new (void)
{
    IbFacts *facts = ib_facts_new ();
    g_strfreev (facts->scripts);
    facts->scripts = g_strsplit ("s", " ", -1);
    facts->now = (gint64) 1000 * G_USEC_PER_SEC;
    return facts;
}

static void
append_bytes (GString *text, const GArray *segments, const char *mail, gsize length)
{
    if (segments->len == 0)
        g_string_append_len (text, mail, (gssize) length);
    for (guint i = 0; i < segments->len; i++) {
        const IbSegment *segment = &g_array_index (segments, IbSegment, i);
        if (segment->literal != NULL)
            g_string_append_len (text, g_bytes_get_data (segment->literal, NULL), (gssize) segment->length);
        else
            g_string_append_len (text, mail + segment->offset, (gssize) segment->length);
    }
}

static char *
describe (const IbJudgement *judgement, const char *mail)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < judgement->plan->actions->len; i++) {
        const IbAction *action = judgement->plan->actions->pdata[i];
        g_string_append_printf (text, "%s<", action->mailbox);
        append_bytes (text, action->segments != NULL ? action->segments : judgement->plan->segments, mail,
                      strlen (mail));
        g_string_append_c (text, '>');
    }
    if (judgement->error != NULL)
        g_string_append_printf (text, "!%s", judgement->error);
    return g_string_free (text, FALSE);
}

static IbJudge *
judge_new (const char *script)
{
    g_autoptr (GError) error = NULL;
    IbJudge *judge = ib_judge_new ();
    ib_judge_add_script (judge, "s", script, strlen (script), &error);
    g_assert_no_error (error);
    return judge;
}

/* Our own fields go, from the top of each file. */
static char *
without_ours (const char *text)
{
    g_autoptr (GRegex) own = g_regex_new ("X-Inbasket-[^\n]*\n", 0, 0, NULL);
    return g_regex_replace_literal (own, text, -1, 0, "", 0, NULL);
}

/* What is delivered is the same whether our own fields are added or not, but for them. */
static void
test_delivery (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const char *mail = deliveries[i].mail != NULL ? deliveries[i].mail : MAIL;
    g_autoptr (IbJudge) judge = judge_new (deliveries[i].script);
    for (int annotates = 0; annotates < 2; annotates++) {
        g_autoptr (IbFacts) facts = facts_new ();
        facts->annotates = annotates != 0;
        g_autoptr (IbJudgement) judgement = ib_judge_message (judge, mail, strlen (mail), facts, false);
        g_autofree char *text = describe (judgement, mail);
        g_autofree char *bare = without_ours (text);
        g_assert_cmpstr (bare, ==, deliveries[i].expected);
        g_assert_true (annotates == 0 || strstr (text, "X-Inbasket-Verdict: unsure") != NULL);
    }
}

static void
test_error (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbJudge) judge = ib_judge_new ();
    g_assert_false (ib_judge_add_script (judge, "s", errors[i].script, strlen (errors[i].script), &error));
    g_assert_cmpstr (error->message, ==, errors[i].expected);
}

/* The next script sees what the one before it made of the header; one that fails undoes all. */
static void
the_next_script_sees_edits (void)
{
    const char *first = EDIT "addheader \"X-A\" \"1\";";
    const char *second = EDIT "if exists \"X-A\" { fileinto \"A\"; }";
    const char *third = EDIT "set \"n\" \" \"; fileinto :copy \"A\"; addheader \"${n}\" \"1\";";
    g_autoptr (IbJudge) judge = judge_new (first);
    ib_judge_add_script (judge, "t", second, strlen (second), NULL);
    ib_judge_add_script (judge, "u", third, strlen (third), NULL);
    g_autoptr (IbFacts) facts = facts_new ();
    g_strfreev (facts->scripts);
    facts->scripts = g_strsplit ("s t", " ", -1);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *text = describe (judgement, "A: b\n\n");
    g_assert_cmpstr (text, ==, "A<X-A: 1\nA: b\n\n>");
    g_assert_cmpuint (judgement->plan->edits->len, ==, 1);

    g_strfreev (facts->scripts);
    facts->scripts = g_strsplit ("s u", " ", -1);
    g_autoptr (IbJudgement) failed = ib_judge_message (judge, "A: b\n\n", 6, facts, false);
    g_autofree char *as_it_came = describe (failed, "A: b\n\n");
    g_assert_true (g_str_has_prefix (as_it_came, "INBOX<A: b\n\n>!u:1: "));
    g_assert_cmpuint (failed->plan->edits->len, ==, 0);
}

/* Values of every length and many alphabets come back from what was written as they were. */
static void
values_survive (void)
{
    g_autoptr (IbMessage) message = ib_message_new ("A: b\n\n", 6);
    g_autoptr (IbHeader) header = ib_header_new (message);
    static const char *const words[]
        = { "a", "wort", "gr\xc3\xbc\xc3\x9f\x65", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x93\xac" };
    for (guint length = 1; length < 120; length++) {
        g_autoptr (GString) value = g_string_new (words[length % G_N_ELEMENTS (words)]);
        for (guint i = 1; i < length; i++)
            g_string_append_printf (value, "%s%s", i % 3 == 0 ? "" : " ",
                                    words[(i * length) % G_N_ELEMENTS (words)]);
        g_autoptr (IbHeader) edited = ib_header_with (header, "X-A", value->str, length % 2 == 0);
        g_autofree char *written = ib_header_added (edited, length % 2 == 0);
        g_autoptr (IbMessage) back = ib_message_new (written, strlen (written));
        g_autofree char *text = ib_message_header (back, "X-A");
        g_assert_cmpstr (text, ==, value->str);
        g_auto (GStrv) lines = g_strsplit (written, "\n", -1);
        for (gsize i = 0; lines[i] != NULL; i++)
            g_assert_cmpuint (strlen (lines[i]), <=, 90);
        for (const char *at = written; *at != '\0'; at++)
            g_assert_true (g_ascii_isprint (*at) || *at == '\n');
    }
}

/* --- duplicate --- */

#define ID(id) "Message-ID: " id "\nX-Id: 7\nX-Id: 8\n\nHello\n"
#define DUP "require [\"duplicate\", \"fileinto\", \"variables\"]; "

/* Mails one after the other, at the seconds given: "1" where the script discards. */
static const struct {
    const char *name, *test;
    struct {
        gint64 at_s;
        const char *mail;
    } mails[5];
    const char *expected;
} sequences[] = {
    { "message-id", "duplicate", { { 10, ID ("<a>") }, { 20, ID ("<b>") }, { 30, ID ("<a>") } }, "001" },
    { "id-as-it-is-written", "duplicate", { { 10, ID ("<a>") }, { 20, ID ("<A>") } }, "00" },
    { "blanks-do-not-count", "duplicate", { { 10, ID ("<a>") }, { 20, ID ("  <a> ") } }, "01" },
    { "without-id", "duplicate", { { 10, "A: b\n\n" }, { 20, "A: b\n\n" } }, "00" },
    { "header", "duplicate :header \"x-id\"", { { 10, ID ("<a>") }, { 20, ID ("<b>") } }, "01" },
    { "header-absent", "duplicate :header \"x-none\"", { { 10, ID ("<a>") }, { 20, ID ("<a>") } }, "00" },
    { "uniqueid", "duplicate :uniqueid \"u\"", { { 10, ID ("<a>") }, { 20, ID ("<b>") } }, "01" },
    { "expires",
      "duplicate :seconds 60",
      { { 10, ID ("<a>") }, { 69, ID ("<a>") }, { 70, ID ("<a>") } },
      "010" },
    { "last",
      "duplicate :last :seconds 60",
      { { 10, ID ("<a>") }, { 60, ID ("<a>") }, { 110, ID ("<a>") }, { 170, ID ("<a>") } },
      "0110" },
    { "no-seconds", "duplicate :seconds 0", { { 10, ID ("<a>") }, { 10, ID ("<a>") } }, "00" },
    { "a-week-by-default",
      "duplicate",
      { { 10, ID ("<a>") }, { 604809, ID ("<a>") }, { 604810, ID ("<a>") } },
      "010" },
    { "not-in-one-run", "anyof (duplicate, duplicate)", { { 10, ID ("<a>") }, { 20, ID ("<a>") } }, "01" },
    { "handles", "duplicate :handle \"h\"", { { 10, ID ("<a>") }, { 20, ID ("<a>") } }, "01" },
};

static bool
judge_one (IbJudge *judge, IbMarks *marks, const char *id, gint64 at_s, const char *mail)
{
    g_autoptr (IbFacts) facts = facts_new ();
    facts->now = at_s * G_USEC_PER_SEC;
    facts->marks = ib_marks_ref (marks);
    g_free (facts->id);
    facts->id = g_strdup (id);
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, mail, strlen (mail), facts, false);
    g_assert_null (judgement->error);
    for (guint i = 0; i < judgement->marks->len; i++) {
        const IbMark *mark = judgement->marks->pdata[i];
        ib_marks_add (marks, mark->mark, mark->expires_at_s, id);
    }
    return ((IbAction *) judgement->plan->actions->pdata[0])->kind == IB_ACTION_DISCARD;
}

static void
test_sequence (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *script = g_strdup_printf (DUP "if %s { discard; }", sequences[i].test);
    g_autoptr (IbJudge) judge = judge_new (script);
    g_autoptr (IbMarks) marks = ib_marks_new ();
    g_autoptr (GString) said = g_string_new (NULL);
    for (gsize k = 0; sequences[i].mails[k].mail != NULL; k++) {
        g_autofree char *id = g_strdup_printf ("%zu", k);
        bool is_known = judge_one (judge, marks, id, sequences[i].mails[k].at_s, sequences[i].mails[k].mail);
        g_string_append_c (said, is_known ? '1' : '0');
    }
    g_assert_cmpstr (said->str, ==, sequences[i].expected);
}

static void
handles_and_ids_are_parted (void)
{
    g_autoptr (IbJudge) judge
        = judge_new (DUP "if header \"a\" \"1\" { if duplicate :handle \"ab\" :uniqueid \"c\" { discard; } }"
                         "elsif duplicate :handle \"a\" :uniqueid \"bc\" { discard; }");
    g_autoptr (IbMarks) marks = ib_marks_new ();
    g_assert_false (judge_one (judge, marks, "1", 10, "A: 1\n\n"));
    g_assert_false (judge_one (judge, marks, "2", 20, "A: 2\n\n"));
    g_assert_true (judge_one (judge, marks, "3", 30, "A: 1\n\n"));
}

/* A message that is judged again, since it could not be delivered, is not its own duplicate. */
static void
no_message_is_its_own_duplicate (void)
{
    g_autoptr (IbJudge) judge = judge_new (DUP "if duplicate { discard; }");
    g_autoptr (IbMarks) marks = ib_marks_new ();
    g_assert_false (judge_one (judge, marks, "1", 10, ID ("<a>")));
    g_assert_false (judge_one (judge, marks, "1", 20, ID ("<a>")));
    g_assert_true (judge_one (judge, marks, "2", 30, ID ("<a>")));
}

static void
a_run_that_fails_remembers_nothing (void)
{
    g_autoptr (IbJudge) judge = judge_new (DUP "if duplicate { } set \"a\" \"/\"; fileinto \"${a}\";");
    g_autoptr (IbFacts) facts = facts_new ();
    g_autoptr (IbJudgement) judgement
        = ib_judge_message (judge, ID ("<a>"), strlen (ID ("<a>")), facts, false);
    g_assert_nonnull (judgement->error);
    g_assert_cmpuint (judgement->marks->len, ==, 0);
}

static void
add (const char *folder, const char *name, gsize i, GTestDataFunc test)
{
    g_autofree char *path = g_strconcat (folder, name, NULL);
    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (deliveries); i++)
        add ("/edits/delivery/", deliveries[i].name, i, test_delivery);
    for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
        add ("/edits/error/", errors[i].name, i, test_error);
    for (gsize i = 0; i < G_N_ELEMENTS (sequences); i++)
        add ("/edits/duplicate/", sequences[i].name, i, test_sequence);
    g_test_add_func ("/edits/next-script", the_next_script_sees_edits);
    g_test_add_func ("/edits/values-survive", values_survive);
    g_test_add_func ("/edits/duplicate/handles-parted", handles_and_ids_are_parted);
    g_test_add_func ("/edits/duplicate/not-its-own", no_message_is_its_own_duplicate);
    g_test_add_func ("/edits/duplicate/failed-run", a_run_that_fails_remembers_nothing);
    return g_test_run ();
}
