/* always-rule.c: what it writes compiles, takes the mail that it is about and no other, and stands once for the same thing. */
#include "always-rule.h"
#include "folder.h"
#include "judge.h"

#include <string.h>

#define NOW (G_GINT64_CONSTANT (1795694400) * G_USEC_PER_SEC)

static IbAlwaysRule
rule_of (IbAlwaysKind kind, const char *value)
{
    return (IbAlwaysRule){ .kind = kind, .value = (char *) value };
}

/* --- what it says --------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    IbAlwaysRule rule;
    const char *folder, *text;
} written[] = {
    { "list",
      { IB_ALWAYS_LIST, (char *) "choir.example.org", false },
      "Lists.choir",
      "# Mail of the list choir.example.org (26 Nov 2026)\nif header :contains \"List-Id\" \"<choir.example.org>\" {\n"
      "    fileinto \"Lists.choir\";\n    stop;\n}\n" },
    { "bare-list",
      { IB_ALWAYS_LIST, (char *) "choir", true },
      "INBOX",
      "# Mail of the list choir (26 Nov 2026)\nif header :is \"List-Id\" \"choir\" {\n    fileinto \"INBOX\";\n    stop;\n}\n" },
    { "sender",
      { IB_ALWAYS_SENDER, (char *) "zoe@example.org", false },
      "Friends",
      "# Mail from zoe@example.org, unless it only claims to be (26 Nov 2026)\n"
      "if allof (address :is \"From\" \"zoe@example.org\",\n"
      "          not environment :is \"vnd.inbasket.authentication\" [\"dmarc=fail\", \"sender=refuted\"]) {\n"
      "    fileinto \"Friends\";\n    stop;\n}\n" },
    { "sender-to-junk",
      { IB_ALWAYS_SENDER, (char *) "zoe@example.org", false },
      "Junk",
      "# Mail from zoe@example.org (26 Nov 2026)\nif address :is \"From\" \"zoe@example.org\" {\n"
      "    fileinto \"Junk\";\n    stop;\n}\n" },
    { "domain-to-junk",
      { IB_ALWAYS_DOMAIN, (char *) "example.org", false },
      "Junk",
      "# Mail from anybody at example.org (26 Nov 2026)\nif address :domain :is \"From\" \"example.org\" {\n"
      "    fileinto \"Junk\";\n    stop;\n}\n" },
    { "recipient",
      { IB_ALWAYS_RECIPIENT, (char *) "anna+shop@example.com", false },
      "Shop \"x\" \\",
      "# Mail sent to anna+shop@example.com (26 Nov 2026)\nif address :is [\"To\", \"Cc\"] \"anna+shop@example.com\" {\n"
      "    fileinto \"Shop \\\"x\\\" \\\\\";\n    stop;\n}\n" },
    { "blind-copy",
      { IB_ALWAYS_RECIPIENT, (char *) "old@example.com", true },
      "Old",
      "# Mail sent to old@example.com (26 Nov 2026)\nif environment :is \"vnd.inbasket.recipient\" \"old@example.com\" {\n"
      "    fileinto \"Old\";\n    stop;\n}\n" },
};

static void
writes_for_people (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *text = ib_always_rule_write (&written[i].rule, written[i].folder, NOW);
    g_assert_cmpstr (text, ==, written[i].text);
}

/* --- what it does ---------------------------------------------------------------------------------------------------- */

/* Where @message goes by @text alone; "" if that decides nothing. */
static char *
sort (const char *text, const char *message)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (IbJudge) judge = ib_judge_new ();
    (void) ib_judge_add_script (judge, IB_ALWAYS_FILTER, text, strlen (text), &error);
    g_assert_no_error (error);
    g_autoptr (IbFacts) facts = ib_facts_new ();
    static const char *const scripts[] = { IB_ALWAYS_FILTER, NULL };
    ib_facts_set_list (&facts->scripts, g_strdupv ((char **) scripts));
    ib_facts_set_text (&facts->account_folder, g_strdup ("INBOX"));
    g_autoptr (IbJudgement) judgement = ib_judge_message (judge, message, strlen (message), facts, 0);
    g_assert_cmpstr (judgement->error, ==, NULL);
    g_assert_cmpuint (judgement->plan->actions->len, ==, 1);
    const IbAction *action = judgement->plan->actions->pdata[0];
    return g_strdup (action->kind == IB_ACTION_FILEINTO ? action->mailbox : "");
}

static char *
place (const char *text, IbAlwaysKind kind, const char *value, const char *folder)
{
    const IbAlwaysRule rule = rule_of (kind, value);
    g_assert_null (ib_always_rule_fault (&rule));
    g_autofree char *written_rule = ib_always_rule_write (&rule, folder, NOW);
    return ib_always_rule_place (&rule, written_rule, text);
}

/* A message that names @value where rules of @kind look. */
static char *
message_with (IbAlwaysKind kind, const char *value)
{
    static const char *const fields[IB_ALWAYS_KINDS] = {
        [IB_ALWAYS_LIST] = "List-Id: A list of \"ours\" <%s>",
        [IB_ALWAYS_SENDER] = "From: Some Body <%s>",
        [IB_ALWAYS_DOMAIN] = "From: Some Body <a.b@%s>",
        [IB_ALWAYS_RECIPIENT] = "To: x@example.net, %s",
    };
    g_auto (GStrv) parts = g_strsplit (fields[kind], "%s", 2);
    return g_strconcat (parts[0], value, parts[1], "\nSubject: s\n\nbody\n", NULL);
}

static const struct {
    const char *name;
    IbAlwaysKind kind;
    const char *value;
} taken[] = {
    { "list", IB_ALWAYS_LIST, "choir.example.org" },
    { "list-with-quotes", IB_ALWAYS_LIST, "a\"b\\c.example" },
    { "list-with-sieve-in-it", IB_ALWAYS_LIST, "x\" { discard; } #" },
    { "list-with-wildcards", IB_ALWAYS_LIST, "*?.example" },
    { "list-with-umlaut", IB_ALWAYS_LIST, "chör.example.org" },
    { "list-with-dollar", IB_ALWAYS_LIST, "$1.{x}.example" },
    { "list-with-comment", IB_ALWAYS_LIST, "/* a */ # b" },
    { "sender", IB_ALWAYS_SENDER, "zoe@example.org" },
    { "sender-quoted", IB_ALWAYS_SENDER, "\"zoë example\"@example.org" },
    { "sender-with-detail", IB_ALWAYS_SENDER, "zoe+a{b}*@example.org" },
    { "sender-umlaut", IB_ALWAYS_SENDER, "zoë@exämple.org" },
    { "domain", IB_ALWAYS_DOMAIN, "mail.example.org" },
    { "domain-umlaut", IB_ALWAYS_DOMAIN, "exämple.org" },
    { "recipient", IB_ALWAYS_RECIPIENT, "anna+shop@example.com" },
};

static void
takes_its_own_and_no_other (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    IbAlwaysKind kind = taken[i].kind;
    g_autofree char *text = place (NULL, kind, taken[i].value, "There");
    g_autofree char *longer = g_strconcat (taken[i].value, "x", NULL);
    g_autofree char *below = g_strconcat ("x.", taken[i].value, NULL);
    const char *const others[] = { longer, below, "quite.other@example.net" };
    g_autofree char *own = message_with (kind, taken[i].value);
    g_autofree char *where = sort (text, own);
    g_assert_cmpstr (where, ==, "There");
    for (gsize o = 0; o < G_N_ELEMENTS (others); o++) {
        g_autofree char *message = message_with (kind, others[o]);
        g_autofree char *elsewhere = sort (text, message);
        g_assert_cmpstr (elsewhere, ==, "");
    }
}

/* Text of letters that mean something to somebody. */
static char *
random_value (void)
{
    static const char *const pieces[] = { "a", "B",     "7",  ".",  "-",   "\"",   "\\",     "*",
                                          "?", "{",     "}",  "(",  ")",   "[",    "]",      ";",
                                          ",", "#",     "/*", "*/", "$",   "${",   "ä",      "漢",
                                          " ", "text:", "\n", "\r", "\t",  "\x01", "\u202e", "\xff",
                                          "<", ">",     "'",  "if", "stop" };
    GString *value = g_string_new (NULL);
    for (gint length = g_test_rand_int_range (1, 12); length > 0; length--)
        g_string_append (value, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
    return g_string_free (value, FALSE);
}

static void
holds_for_whatever_it_takes (void)
{
    guint count = 0;
    for (guint i = 0; i < 3000; i++) {
        g_autofree char *value = random_value (), *name = random_value ();
        g_autofree char *folder = ib_folder_normalize (name, NULL);
        const IbAlwaysRule rule = rule_of (IB_ALWAYS_LIST, value);
        if (ib_always_rule_fault (&rule) != NULL || folder == NULL || !ib_always_rule_takes_folder (folder))
            continue;
        g_autofree char *text = place (NULL, IB_ALWAYS_LIST, value, folder);
        g_autofree char *own = message_with (IB_ALWAYS_LIST, value);
        g_autofree char *longer = g_strconcat (value, "x", NULL);
        g_autofree char *other = message_with (IB_ALWAYS_LIST, longer);
        g_autofree char *where = sort (text, own), *elsewhere = sort (text, other);
        g_assert_cmpstr (where, ==, folder);
        g_assert_cmpstr (elsewhere, ==, "");
        count++;
    }
    g_assert_cmpuint (count, >, 100);
}

/* --- what it does not take -------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    IbAlwaysKind kind;
    const char *value;
} refused[] = {
    { "line-break", IB_ALWAYS_LIST, "a\nb" },
    { "return", IB_ALWAYS_SENDER, "a\rb@example.org" },
    { "control", IB_ALWAYS_LIST, "a\x07" },
    { "right-to-left", IB_ALWAYS_SENDER, "a\u202e@example.org" },
    { "no-utf8", IB_ALWAYS_DOMAIN, "ex\xff.org" },
    { "variable", IB_ALWAYS_LIST, "${env.home}" },
    { "encoded-character", IB_ALWAYS_SENDER, "${hex:22}@example.org" },
    { "brackets", IB_ALWAYS_LIST, "a> <b" },
};

static void
refuses (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    const IbAlwaysRule rule = rule_of (refused[i].kind, refused[i].value);
    g_assert_nonnull (ib_always_rule_fault (&rule));
}

static void
is_bounded (void)
{
    g_autofree char *fits = g_strnfill (255, 'a'), *long_one = g_strnfill (256, 'a'),
                    *longest = g_strnfill (1000, 'a');
    const IbAlwaysRule most = rule_of (IB_ALWAYS_LIST, fits), more = rule_of (IB_ALWAYS_LIST, long_one),
                       much_more = rule_of (IB_ALWAYS_SENDER, longest);
    g_assert_null (ib_always_rule_fault (&most));
    g_assert_nonnull (ib_always_rule_fault (&more));
    g_assert_nonnull (ib_always_rule_fault (&much_more));
}

/* --- its place ---------------------------------------------------------------------------------------------------------- */

static guint
count (const char *text, const char *part)
{
    g_auto (GStrv) parts = g_strsplit (text, part, -1);
    return g_strv_length (parts) - 1;
}

static void
replaces_the_earlier_one (void)
{
    g_autofree char *one = place (NULL, IB_ALWAYS_LIST, "a.example", "A");
    g_autofree char *two = place (one, IB_ALWAYS_SENDER, "zoe@example.org", "Friends");
    g_autofree char *three = place (two, IB_ALWAYS_LIST, "a.example", "B");
    g_autofree char *four = place (three, IB_ALWAYS_SENDER, "zoe@example.org", "Junk");
    g_autofree char *message = message_with (IB_ALWAYS_LIST, "a.example");
    g_autofree char *where = sort (four, message);
    g_assert_cmpstr (where, ==, "B");
    g_assert_cmpuint (count (four, "fileinto \""), ==, 2);
    g_assert_cmpuint (count (four, "\n# Mail"), ==, 2);
    g_assert_cmpuint (count (four, "unless it only"), ==, 0);
    g_assert_cmpuint (count (four, "require"), ==, 1);
    /* What was said last for the same thing stands as if it alone had been said. */
    g_autofree char *again = place (four, IB_ALWAYS_SENDER, "zoe@example.org", "Junk");
    g_assert_cmpstr (again, ==, four);
}

static void
narrow_ones_come_before_broad_ones (void)
{
    g_autofree char *one = place (NULL, IB_ALWAYS_DOMAIN, "example.org", "Junk");
    g_autofree char *two = place (one, IB_ALWAYS_SENDER, "zoe@example.org", "Friends");
    g_autofree char *three = place (two, IB_ALWAYS_RECIPIENT, "anna@example.com", "Anna");
    g_autofree char *message = message_with (IB_ALWAYS_SENDER, "zoe@example.org");
    g_autofree char *other = message_with (IB_ALWAYS_SENDER, "bob@example.org");
    g_autofree char *where = sort (three, message), *elsewhere = sort (three, other);
    g_assert_cmpstr (where, ==, "Friends");
    g_assert_cmpstr (elsewhere, ==, "Junk");
}

static const struct {
    const char *name, *text;
} by_hand[] = {
    { "empty", "" },
    { "only-a-comment", "# mine" },
    { "other-extensions", "require \"imap4flags\";\nif header :is \"X\" \"y\" { addflag \"\\\\Flagged\"; }" },
    { "no-rule-left", "require [\"environment\", \"fileinto\"];" },
    { "our-test-without-an-end",
      "require [\"environment\", \"fileinto\"];\n\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Old\"; stop; }\n" },
    { "own-comment-over-ours",
      "require [\"environment\", \"fileinto\"];\n\n# the choir, on Mondays\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Old\";\n    stop;\n}\n" },
    { "own-words-in-our-comment",
      "require [\"environment\", \"fileinto\"];\n\n# Mail of the list a.example (26 Nov 2026): ask Zoë\n"
      "if header :contains \"List-Id\" \"<a.example>\" {\n    fileinto \"Old\";\n    stop;\n}\n" },
    { "our-rule-does-more",
      "require [\"environment\", \"fileinto\"];\nrequire \"imap4flags\";\n\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    addflag \"\\\\Flagged\"; # they matter\n    fileinto \"Old\";\n    stop;\n}\n" },
    { "a-note-in-our-rule",
      "require [\"environment\", \"fileinto\"];\n\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Old\"; # and more\n    stop;\n}\n" },
    { "our-rule-with-a-copy",
      "require [\"environment\", \"fileinto\"];\n\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Old\"; fileinto \"Copy\";\n    stop;\n}\n" },
    { "our-rule-with-an-else",
      "require [\"environment\", \"fileinto\"];\n\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Old\";\n    stop;\n} else { keep; }\n" },
    { "our-rule-in-a-comment",
      "require [\"environment\", \"fileinto\"];\n\n/* not now\nif header :contains \"List-Id\" \"<a.example>\" {\n"
      "    fileinto \"Gone\";\n    stop;\n}\n*/\n" },
    { "in-a-comment", "/* \nif header :contains \"List-Id\" \"<a.example>\" {\n*/\n" },
};

/* What people made of it stays, and the rule is in it. */
static void
goes_into_what_was_edited (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *text = place (by_hand[i].text, IB_ALWAYS_LIST, "a.example", "There");
    g_autofree char *message = message_with (IB_ALWAYS_LIST, "a.example");
    g_autofree char *where = sort (text, message);
    g_assert_cmpstr (where, ==, "There");
    g_auto (GStrv) lines = g_strsplit (by_hand[i].text, "\n", -1);
    for (char **line = lines; *line != NULL; line++)
        if (strcmp (*line, "    fileinto \"Old\";") != 0)
            g_assert_nonnull (strstr (text, *line));
}

#define ADD_ROWS(rows, folder, test)                                                                         \
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {                                                        \
        g_autofree char *path = g_strconcat ("/always-rule/" folder "/", rows[i].name, NULL);                \
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test);                                             \
    }

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    ADD_ROWS (written, "written", writes_for_people)
    ADD_ROWS (taken, "taken", takes_its_own_and_no_other)
    g_test_add_func ("/always-rule/whatever-it-takes", holds_for_whatever_it_takes);
    ADD_ROWS (refused, "refused", refuses)
    g_test_add_func ("/always-rule/bounded", is_bounded);
    g_test_add_func ("/always-rule/replaces", replaces_the_earlier_one);
    g_test_add_func ("/always-rule/order", narrow_ones_come_before_broad_ones);
    ADD_ROWS (by_hand, "by-hand", goes_into_what_was_edited)
    return g_test_run ();
}
