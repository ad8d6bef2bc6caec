/* What a script is told: "LINE:COLUMN message", a line each; "" where nothing is wrong. */
#include "mail-limits.h"
#include "sieve.h"

#include <string.h>
#include <time.h>

#define TAIL " {}"

static const struct {
    const char *name, *script, *expected;
} cases[] = {
    { "empty", "", "" },
    { "blanks", " \t\r\n\n", "" },
    { "comments", "# one\n/* two * / **/ keep /* three */ ; # end", "" },
    { "comment-in-arguments", "if header /* a */ :is # b\n [\"a\" /* c */ , # d\n \"b\"] \"c\" { keep; }",
      "" },
    { "comment-marks-in-string", "if header \"a\" \"/* # */\" { keep; }", "" },
    { "byte-order-mark", "\357\273\277keep;", "" },
    { "letter-case",
      "REQUIRE \"fileinto\"; IF NOT Header :IS :COMPARATOR \"I;OCTET\" \"a\" \"b\" { FileInto \"x\"; }", "" },
    { "octets-in-quotes", "if header \"a\" \"\\a\\\\\\\"\" { keep; }", "" },
    { "multi-line", "if header \"a\" text: # note\r\n..dot\r\n.\r\n { keep; }",
      "1:15 warning: \".dot\\x0d\\x0a\" is never found: fields are looked at in one line\n" },
    { "multi-line-last-line", "if header \"a\" text:\n.\n{}", "" },
    { "numbers", "if anyof (size :over 1k, size :over 2M, size :over 8589934591G) { keep; }", "" },
    { "all-requires",
      "require [\"comparator-i;octet\", \"comparator-i;ascii-casemap\", \"fileinto\"]; require \"copy\";",
      "" },
    { "list-of-one", "if exists [\"a\"] { keep; }", "" },

    { "no-semicolon-at-end", "keep", "1:5 expected \";\" before the end of the script\n" },
    { "no-semicolon", "keep\nstop;", "2:1 expected \";\" before \"stop\"\n" },
    { "no-semicolon-before-if", "require \"fileinto\";\nfileinto \"a\"\nif header \"a\" \"b\" { keep; foo; }",
      "3:1 expected \";\" before \"if\"\n3:27 unknown command \"foo\"\n" },
    { "trailing-comma", "if header [\"a\", \"b\",] \"x\" { keep; foo; }",
      "1:21 expected a string before \"]\"\n1:35 unknown command \"foo\"\n" },
    { "no-comma", "if header [\"a\" \"b\"] \"x\" { keep; }", "1:16 expected \",\" before \"b\"\n" },
    { "empty-list", "if header [] \"x\" { keep; }", "1:12 expected a string before \"]\"\n" },
    { "number-in-list", "if header [\"a\", 5] \"x\" { keep; }", "1:17 expected a string before \"5\"\n" },
    { "trailing-test-comma", "if allof (true, ) { foo; } bar;",
      "1:17 expected a test before \")\"\n1:21 unknown command \"foo\"\n1:28 unknown command \"bar\"\n" },
    { "tests-without-comma", "if allof (true false) { keep; }",
      "1:16 \"true\" takes no test: did not expect \"false\" behind it\n" },
    { "no-parenthesis", "if allof (true { keep; }", "1:16 expected \",\" or \")\" before \"{\"\n" },
    { "no-brace", "if true keep;", "1:9 expected \"{\" before \"keep\"\n" },
    { "no-block", "if true;", "1:1 \"if\" lacks its block: expected \"{\"\n" },
    { "no-closing-brace", "if true {\n keep;", "1:9 this block has no end: expected \"}\"\n" },
    { "needless-brace", "keep; } foo;", "1:7 this \"}\" ends no block\n1:9 unknown command \"foo\"\n" },
    { "needless-block", "keep { foo; }",
      "1:1 \"keep\" takes no block: expected \";\"\n1:8 unknown command \"foo\"\n" },
    { "comma-between-arguments", "if header \"a\", \"b\" { foo; }",
      "1:14 expected \"{\" before \",\"\n1:22 unknown command \"foo\"\n" },
    { "string-as-command", "\"foo\"; bar;",
      "1:1 expected a command before \"foo\"\n1:8 unknown command \"bar\"\n" },
    { "nonsense", "%&§ keep; \001", "1:1 \"%&§\" has no meaning here\n1:11 \"\\x01\" has no meaning here\n" },
    { "column-counts-characters", "if header \"ä\" \"ß€\" { foo; }",
      "1:11 \"ä\" cannot be the name of a header field\n1:22 unknown command \"foo\"\n" },
    { "no-end-of-string", "foo; redirect \"abc",
      "1:1 unknown command \"foo\"\n1:15 this string has no end: expected '\"'\n" },
    { "no-end-of-comment", "keep; /* abc *", "1:7 this comment has no end: expected \"*/\"\n" },
    { "no-end-of-text", "redirect text:\nabc\n..\n",
      "1:10 this text has no end: expected a line that holds only \".\"\n" },
    { "words-after-text", "if header \"a\" text: abc\n.\n" TAIL,
      "1:15 warning: \"abc\\x0d\\x0a\" is never found: fields are looked at in one line\n"
      "1:21 expected the end of the line after \"text:\"\n" },
    { "number-suffix", "if size :over 10KB {}",
      "1:15 a number ends with a digit or with K, M or G, not with \"B\"\n" },
    { "number-largest", "if size :over 9223372036854775807 {}", "" },
    { "number-too-large", "if size :over 9223372036854775808 {}",
      "1:15 this number is too large: the largest is 9223372036854775807\n" },
    { "number-too-large-by-unit", "if size :over 8589934592G {}",
      "1:15 this number is too large: the largest is 9223372036854775807\n" },
    { "number-far-too-large", "if size :over 99999999999999999999999999999999999999999999 {}",
      "1:15 this number is too large: the largest is 9223372036854775807\n" },
    { "not-utf8", "keep;\n# \344\n", "2:3 a script is written in UTF-8, and this byte (0xe4) is none\n" },

    { "unknown-command", "discrad;", "1:1 unknown command \"discrad\" (did you mean \"discard\"?)\n" },
    { "unknown-test", "if tru { keep; }", "1:4 unknown test \"tru\" (did you mean \"true\"?)\n" },
    { "several", "foo;\nbar;\nif baz {\n  qux;\n}\n",
      "1:1 unknown command \"foo\"\n2:1 unknown command \"bar\"\n3:4 unknown test \"baz\"\n4:3 unknown command \"qux\"\n" },
    { "test-as-command", "header \"a\" \"b\";",
      "1:1 \"header\" is a test: expected a command, such as \"if\" before it\n" },
    { "command-as-test", "if keep {}", "1:4 \"keep\" is a command: expected a test\n" },
    { "else-alone", "else { keep; }", "1:1 \"else\" must follow an \"if\" or \"elsif\"\n" },
    { "elsif-after-else", "if true {} else {} elsif true {}",
      "1:20 \"elsif\" must follow an \"if\" or \"elsif\"\n" },
    { "else-after-broken-if", "if tru {} else {}", "1:4 unknown test \"tru\" (did you mean \"true\"?)\n" },
    { "else-after-other", "if true {} keep; else {}", "1:18 \"else\" must follow an \"if\" or \"elsif\"\n" },
    { "else-with-test", "if true {} else true {}",
      "1:17 \"else\" takes no test: did not expect \"true\" behind it\n" },
    { "if-without-test", "if { keep; }", "1:1 \"if\" lacks its test\n" },
    { "if-with-list", "if (true, false) {}", "1:5 \"if\" takes one test, without parentheses\n" },
    { "anyof-without-list", "if anyof true {}", "1:10 \"anyof\" takes a list of tests: expected \"(\"\n" },
    { "require-late", "keep; require \"fileinto\";",
      "1:7 \"require\" must stand before all other commands\n" },
    { "require-in-block", "if true { require \"fileinto\"; }",
      "1:11 \"require\" may not stand in a block\n" },
    { "require-unknown", "require [\"filinto\", \"vnd.other\"];",
      "1:10 Inbasket does not know the extension \"filinto\" (did you mean \"fileinto\"?)\n"
      "1:21 Inbasket does not know the extension \"vnd.other\"\n" },
    { "require-is-exact", "require \"FILEINTO\";",
      "1:9 Inbasket does not know the extension \"FILEINTO\" (did you mean \"fileinto\"?)\n" },
    { "not-required", "if envelope \"from\" \"a\" { fileinto \"x\"; }",
      "1:4 \"envelope\" needs: require \"envelope\";\n1:26 \"fileinto\" needs: require \"fileinto\";\n" },
    { "tag-not-required", "require \"fileinto\"; fileinto :copy \"a\";",
      "1:30 \":copy\" needs: require \"copy\";\n" },
    { "comparator-not-required", "if header :comparator \"i;ascii-numeric\" \"a\" \"1\" {}",
      "1:23 \"i;ascii-numeric\" needs: require \"comparator-i;ascii-numeric\";\n" },

    { "too-few-arguments", "if header \"x\" {}", "1:4 \"header\" lacks its list of keys\n" },
    { "too-many-arguments", "if header \"a\" \"b\" \"c\" {}",
      "1:19 \"header\" takes no more arguments: did not expect a string\n" },
    { "wrong-type", "if header 5 \"b\" {}",
      "1:11 \"header\" takes a string or list of strings here (list of header fields), not a number\n" },
    { "list-for-string", "redirect [\"a@b\"];",
      "1:10 \"redirect\" takes a string here (address), not a list\n" },
    { "unknown-tag", "if header :cntains \"a\" \"b\" {}",
      "1:11 \"header\" takes no \":cntains\" (did you mean \":contains\"?)\n" },
    { "tag-of-others", "if header :domain \"a\" \"b\" {}", "1:11 \"header\" takes no \":domain\"\n" },
    { "tag-twice", "if header :is :is \"a\" \"b\" {}", "1:15 \":is\" is given twice\n" },
    { "tags-exclude", "if header :is :matches \"a\" \"b\" {}",
      "1:15 \":is\" and \":matches\" exclude each other\n" },
    { "tag-after-arguments", "if header \"a\" :is \"b\" {}",
      "1:15 tagged arguments go first: expected \":is\" before a string\n" },
    { "tag-without-parameter", "if size :over {}", "1:9 \":over\" needs a number behind it\n" },
    { "tag-with-wrong-parameter", "if size :over \"a\" {}", "1:15 \":over\" needs a number behind it\n" },
    { "size-without-tag", "if size {}", "1:4 \"size\" lacks \":over\" or \":under\"\n" },
    { "comparator-unknown", "if header :comparator \"i;foo\" \"a\" \"b\" {}",
      "1:23 unknown comparator \"i;foo\"\n" },
    { "comparator-without-substrings",
      "require \"comparator-i;ascii-numeric\";\nif header :matches :comparator \"i;ascii-numeric\" \"a\" \"1\" {}",
      "2:11 \":matches\" cannot be used with the comparator \"i;ascii-numeric\"\n" },
    { "relation-unknown", "require \"relational\"; if header :value \"xx\" \"a\" \"b\" {}",
      "1:40 \"xx\" is no relation: expected one of \"gt\", \"ge\", \"lt\", \"le\", \"eq\", \"ne\"\n" },
    { "field-name-colon", "if exists [\"a\", \"b:\"] {}",
      "1:17 \"b:\" cannot be the name of a header field\n" },
    { "field-name-empty", "if exists \"\" {}", "1:11 \"\" cannot be the name of a header field\n" },
    { "address-of-no-address", "if address \"subject\" \"x\" {}",
      "1:12 the field \"subject\" holds no addresses: \"header\" can test it\n" },
    { "address-of-typo", "if address \"fron\" \"x\" {}",
      "1:12 the field \"fron\" holds no addresses: \"header\" can test it (did you mean \"from\"?)\n" },
    { "envelope-part", "require \"envelope\"; if envelope \"notify\" \"x\" {}",
      "1:33 \"notify\" is no part of an envelope: expected one of \"from\", \"to\", \"orig_to\", \"auth\"\n" },
    { "redirect-to-nobody", "redirect \"foo\";", "1:10 \"foo\" is no mail address\n" },
    { "percent-not-required", "require \"spamtest\"; if spamtest :percent \"1\" {}",
      "1:33 \":percent\" needs: require \"spamtestplus\";\n" },

    { "variable-name", "require \"variables\"; set \"a b\" \"x\"; set \"1\" \"x\"; set \"${a}\" \"x\";",
      "1:26 \"a b\" cannot be the name of a variable\n1:41 \"1\" cannot be the name of a variable\n"
      "1:54 \"${a}\" cannot be the name of a variable\n" },
    { "variable-namespace", "require \"variables\"; set \"a\" \"${global.x}\";",
      "1:30 ${global.x} is in a namespace that no extension brings\n" },
    { "variable-not-required", "set \"a\" \"${a}\";", "1:1 \"set\" needs: require \"variables\";\n" },
    { "capture-too-large", "require \"variables\"; set \"a\" \"${32}${33}\";",
      "1:30 ${33} is more than a match can take: the last is ${32}\n" },
    { "modifiers-exclude", "require \"variables\"; set :lower :upper \"a\" \"b\";",
      "1:33 \":lower\" and \":upper\" exclude each other\n" },
    { "flag-variable-not-required", "require \"imap4flags\"; setflag \"f\" \"x\";",
      "1:31 \"setflag\" with the name of a variable needs: require \"variables\";\n" },

    { "environment-unknown", "require \"environment\"; if environment \"vnd.other\" \"x\" {}",
      "1:39 warning: Inbasket does not know the item \"vnd.other\", so this test never holds\n" },
    { "regex-no-utf8", "require [\"regex\", \"encoded-character\"]; if header :regex \"a\" \"b${hex:ff}\" {}",
      "1:62 \"b\357\277\275\" is no regular expression: it is not UTF-8\n" },
    { "unreachable", "stop; keep;", "1:7 warning: this is never reached\n" },
    { "unreachable-in-block", "if true { stop; keep; } keep;", "1:17 warning: this is never reached\n" },
    { "no-folder", "require \"fileinto\"; fileinto \"a//b\";",
      "1:30 warning: \"a//b\" is no folder's name: a level of it is empty, or begins or ends with a blank\n" },

    { "unicode-surrogate", "require \"encoded-character\"; if header \"a\" \"${unicode:d800}\" {}",
      "1:44 ${unicode:d800} is no character\n" },
    { "unicode-too-large", "require \"encoded-character\"; if header \"a\" \"${unicode: 61 110000}\" {}",
      "1:44 ${unicode:110000} is no character\n" },
    { "hex-forms-that-stay-text",
      "require [\"encoded-character\", \"fileinto\"]; if header \"a\" [\"${hex:400}\", \"${ unicode:40}\", \"${hex:40\", \"${hex:}\", "
      "\"${hex:4${hex:30}}\", \"$${hex:40}\", \"${unicode:}\"] {}",
      "" },
};

static char *
describe (const GPtrArray *diagnostics)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < diagnostics->len; i++) {
        const IbDiagnostic *item = diagnostics->pdata[i];
        g_string_append_printf (text, "%u:%u %s%s\n", item->line, item->column,
                                item->is_warning ? "warning: " : "", item->message);
    }
    return g_string_free (text, FALSE);
}

static bool
has_error (const GPtrArray *diagnostics)
{
    for (guint i = 0; i < diagnostics->len; i++)
        if (!((IbDiagnostic *) diagnostics->pdata[i])->is_warning)
            return true;
    return false;
}

static char *
told (const char *script, gsize length)
{
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program = ib_sieve_compile ("t", script, length, NULL, &diagnostics, &error);
    g_assert_true ((program == NULL) == has_error (diagnostics));
    g_assert_true ((program == NULL) == g_error_matches (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE));
    return describe (diagnostics);
}

static void
test_case (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *text = told (cases[i].script, strlen (cases[i].script));
    g_assert_cmpstr (text, ==, cases[i].expected);
}

static void
a_nul_is_told (void)
{
    g_autofree char *text = told ("keep;\n\"a\0\"", 10);
    g_assert_cmpstr (text, ==, "2:3 a script may not hold a NUL\n");
}

/* What exactly is wrong with it are the words of PCRE2. */
static void
a_wrong_regex_is_told (void)
{
    const char *script = "require \"regex\"; if header :regex \"a\" [\"b\", \"c(\"] {}";
    g_autofree char *text = told (script, strlen (script));
    g_assert_true (g_str_has_prefix (text, "1:45 \"c(\" is no regular expression: "));
    g_assert_null (strstr (text, "LIMIT_MATCH"));
}

static void
the_first_error_is_named (void)
{
    g_autoptr (GError) error = NULL;
    g_assert_null (ib_sieve_compile ("my.sieve", "stop; keep;\nfoo;", 16, NULL, NULL, &error));
    g_assert_cmpstr (error->message, ==, "my.sieve:2:1: unknown command \"foo\"");
}

/* @repeated, @count times, between @before and @after. */
static char *
repeat (const char *before, const char *repeated, guint count, const char *after)
{
    GString *text = g_string_new (before);
    for (guint i = 0; i < count; i++)
        g_string_append (text, repeated);
    g_string_append (text, after);
    return g_string_free (text, FALSE);
}

static void
errors_beyond_the_limit_are_counted (void)
{
    g_autofree char *script = repeat ("", "foo;\n", 1000, "");
    g_autofree char *text = told (script, strlen (script));
    g_auto (GStrv) lines = g_strsplit (g_strchomp (text), "\n", -1);
    g_assert_cmpuint (g_strv_length (lines), ==, IB_LIMIT_DIAGNOSTICS + 1);
    g_assert_cmpstr (lines[0], ==, "1:1 unknown command \"foo\"");
    g_assert_cmpstr (lines[IB_LIMIT_DIAGNOSTICS], ==, "50:1 and 950 more");
}

static void
nesting_has_limits (void)
{
    g_autofree char *most = repeat ("", "if true {", IB_LIMIT_SCRIPT_NESTING, "");
    g_autofree char *most_blocks = repeat (most, "}", IB_LIMIT_SCRIPT_NESTING, "");
    g_autofree char *ok = told (most_blocks, strlen (most_blocks));
    g_assert_cmpstr (ok, ==, "");

    g_autofree char *more = repeat (most, "if true {", 100000, "");
    g_autofree char *more_blocks = repeat (more, "}", IB_LIMIT_SCRIPT_NESTING + 100000, "foo;");
    g_autofree char *told_blocks = told (more_blocks, strlen (more_blocks));
    g_assert_nonnull (strstr (told_blocks, "1:297 blocks are nested more than 32 deep\n"));
    g_assert_nonnull (strstr (told_blocks, "unknown command \"foo\"\n"));

    g_autofree char *tests = repeat ("if ", "not ", 200000, "true { foo; }");
    g_autofree char *told_tests = told (tests, strlen (tests));
    g_assert_nonnull (strstr (told_tests, "tests are nested more than 32 deep\n"));
    g_assert_nonnull (strstr (told_tests, "unknown command \"foo\"\n"));
}

static void
arguments_have_a_limit (void)
{
    g_autofree char *script = repeat ("keep ", "1 ", 100000, "; foo;");
    g_autofree char *text = told (script, strlen (script));
    g_assert_cmpstr (text, ==, "1:72 more than 32 arguments\n1:200008 unknown command \"foo\"\n");
}

static void
a_script_has_a_limit (void)
{
    g_autofree char *script = repeat ("", "keep;\n", IB_LIMIT_SCRIPT_BYTES / 6 + 1, "");
    g_autofree char *text = told (script, strlen (script));
    g_assert_cmpstr (text, ==, "1:1 this script is larger than 1024 kB\n");
}

/* The largest script of each shape compiles, or fails, in less than the second that the issue allows; a sanitizer's
 * build gets more. What is quadratic takes minutes. */
static const struct {
    const char *name, *before, *repeated, *after;
} shapes[] = {
    { "commands", "", "keep;\n", "" },
    { "rules", "require \"fileinto\";", "if header :contains \"subject\" \"a\" { fileinto \"x\"; }\n", "" },
    { "elsif", "if true {}", "elsif header :matches \"a\" \"*b*\" { keep; }\n", "" },
    { "names", "if exists [\"x\"", ",\"ab\"", "] { keep; }" },
    { "keys", "if header :matches \"x\" [\"x\"", ",\"*?*\"", "] { keep; }" },
    { "regexes", "require \"regex\"; if header :regex \"x\" [\"x\"", ",\"a+\"", "] { keep; }" },
    { "stars", "if header :matches \"x\" \"", "*a", "\" { keep; }" },
    { "tests", "if anyof (true", ",true", ") { keep; }" },
    { "flags", "require \"imap4flags\"; setflag \"", "ab ", "\";" },
    { "unknown-commands", "", "foo;", "" },
    { "unknown-tests", "", "if hedaer {}", "" },
    { "unknown-tags", "", "if header :contians \"a\" \"b\" {}", "" },
    { "unknown-extensions", "require [\"a\"", ",\"filinto\"", "];" },
    { "closing-braces", "", "}keep;", "" },
    { "opening-braces", "", "{", "" },
    { "brackets", "", "[", "" },
    { "semicolons", "", ";", "" },
    { "nonsense", "", "% ", "" },
    { "comments", "", "/**/", "" },
    { "hex", "require \"encoded-character\"; if header \"x\" \"", "${hex:40 ", "\" {}" },
    { "lines", "", "\n", "keep;" },
};

static void
test_shape (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    gsize room = IB_LIMIT_SCRIPT_BYTES - strlen (shapes[i].before) - strlen (shapes[i].after);
    g_autofree char *script = repeat (shapes[i].before, shapes[i].repeated,
                                      (guint) (room / strlen (shapes[i].repeated)), shapes[i].after);
    clock_t start = clock ();
    g_autofree char *text = told (script, strlen (script));
    double took_s = (double) (clock () - start) / CLOCKS_PER_SEC;
    g_test_message ("%s: %.3f s", shapes[i].name, took_s);
    g_assert_cmpfloat (took_s, <, IB_SANITIZED ? 10 : 1);
}

/* Every extension that is announced can be required, all at once. */
static void
announced_extensions_are_known (void)
{
    g_auto (GStrv) names = g_strsplit (ib_sieve_extensions (), " ", -1);
    g_autofree char *list = g_strjoinv ("\", \"", names);
    g_autofree char *script = g_strdup_printf ("require [\"%s\"]; keep;", list);
    g_autofree char *text = told (script, strlen (script));
    g_assert_cmpstr (text, ==, "");
    g_assert_cmpuint (g_strv_length (names), >=, 11);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/compile/%s", cases[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/largest/%s", shapes[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_shape);
    }
    g_test_add_func ("/sieve/compile/a-nul-is-told", a_nul_is_told);
    g_test_add_func ("/sieve/compile/a-wrong-regex-is-told", a_wrong_regex_is_told);
    g_test_add_func ("/sieve/compile/the-first-error-is-named", the_first_error_is_named);
    g_test_add_func ("/sieve/compile/errors-beyond-the-limit-are-counted",
                     errors_beyond_the_limit_are_counted);
    g_test_add_func ("/sieve/compile/nesting-has-limits", nesting_has_limits);
    g_test_add_func ("/sieve/compile/arguments-have-a-limit", arguments_have_a_limit);
    g_test_add_func ("/sieve/compile/a-script-has-a-limit", a_script_has_a_limit);
    g_test_add_func ("/sieve/compile/announced-extensions-are-known", announced_extensions_are_known);
    return g_test_run ();
}
