/* What a script does with a message: script, message, and the actions that come of it. */
#include "mail-limits.h"
#include "sieve.h"

#include <math.h>
#include <string.h>
#include <time.h>

#define MAIL                                                                                                 \
    "Return-Path: <bounce+anna@lists.example.org>\n"                                                         \
    "Delivered-To: me@home.example\n"                                                                        \
    "From: Anna Berg <Anna.Berg@Example.ORG>\n"                                                              \
    "To: \"me, myself\" <me@home.example>, Bob <bob@work.example>\n"                                         \
    "Cc: friends: carl@friends.example, dora@friends.example;\n"                                             \
    "Subject: A *great* sale,\n today only\n"                                                                \
    "X-Score: 00302 points\n"                                                                                \
    "X-Empty:\n"                                                                                             \
    "Sender: a+b+c@x.example\n"                                                                              \
    "Reply-To: a+@x.example\n"                                                                               \
    "X-Inbasket-Verdict: ham\n"                                                                              \
    "X-Hop: one\n"                                                                                           \
    "X-Hop: two\n"                                                                                           \
    "X-Coded: =?iso-8859-1?q?Gr=FC=DFe?= =?utf-8?b?IGF1cw==?= =?utf-8?q?_Wien?=\n"                           \
    "\n"                                                                                                     \
    "Hello\n"

/* Whether a test holds on MAIL: "if TEST { discard; }". */
static const struct {
    const char *name, *require, *test;
    bool holds;
} tests[] = {
    { "true", NULL, "true", true },
    { "false", NULL, "false", false },
    { "not", NULL, "not false", true },
    { "not-not", NULL, "not not false", false },
    { "allof-all", NULL, "allof (true, true, true)", true },
    { "allof-one-false", NULL, "allof (true, false, true)", false },
    { "anyof-none", NULL, "anyof (false, false)", false },
    { "anyof-last", NULL, "anyof (false, not false)", true },
    { "nested", NULL, "allof (anyof (false, true), not anyof (false, allof (true, false)))", true },

    { "ours-is-forged", NULL, "exists \"X-Inbasket-Verdict\"", false },
    { "exists-one", NULL, "exists \"subject\"", true },
    { "exists-all", NULL, "exists [\"From\", \"To\"]", true },
    { "exists-not-all", NULL, "exists [\"From\", \"X-None\"]", false },
    { "exists-empty-field", NULL, "exists \"x-empty\"", true },

    { "header-is", NULL, "header :is \"X-Hop\" \"two\"", true },
    { "header-is-default", NULL, "header \"X-Hop\" \"one\"", true },
    { "header-is-not-part", NULL, "header :is \"X-Hop\" \"tw\"", false },
    { "header-casemap", NULL, "header :is \"x-hop\" \"TWO\"", true },
    { "header-octet", NULL, "header :is :comparator \"i;octet\" \"x-hop\" \"TWO\"", false },
    { "header-octet-same", NULL, "header :comparator \"i;octet\" :is \"x-hop\" \"two\"", true },
    { "header-lists", NULL, "header [\"X-None\", \"X-Hop\"] [\"none\", \"two\"]", true },
    { "header-unfolds", NULL, "header :is \"Subject\" \"A *great* sale, today only\"", true },
    { "header-contains", NULL, "header :contains \"Subject\" \"GREAT\"", true },
    { "header-contains-not", NULL, "header :contains \"Subject\" \"small\"", false },
    { "header-contains-empty", NULL, "header :contains \"Subject\" \"\"", true },
    { "header-contains-empty-absent", NULL, "header :contains \"X-None\" \"\"", false },
    { "header-is-empty", NULL, "header :is \"Subject\" \"\"", false },
    { "header-is-empty-field", NULL, "header :is \"X-Empty\" \"\"", true },
    { "header-is-empty-absent", NULL, "header :is \"X-None\" \"\"", false },
    { "header-decodes", NULL, "header :is \"X-Coded\" \"Grüße aus Wien\"", true },
    { "header-casemap-is-ascii", NULL, "header :is \"X-Coded\" \"GRÜßE AUS WIEN\"", false },

    { "matches-star", NULL, "header :matches \"Subject\" \"*great*\"", true },
    { "matches-is-whole", NULL, "header :matches \"Subject\" \"great\"", false },
    { "matches-escaped-star", NULL, "header :matches \"Subject\" \"A \\\\*great\\\\**\"", true },
    { "matches-escaped-star-not", NULL, "header :matches \"X-Hop\" \"\\\\*\"", false },
    { "matches-any", NULL, "header :matches \"X-Hop\" \"t?o\"", true },
    { "matches-any-needs-one", NULL, "header :matches \"X-Hop\" \"two?\"", false },
    { "matches-empty", NULL, "header :matches \"X-Empty\" \"*\"", true },
    { "matches-empty-any", NULL, "header :matches \"X-Empty\" \"?\"", false },

    { "address-all", NULL, "address \"from\" \"anna.berg@example.org\"", true },
    { "address-no-name", NULL, "address :contains \"from\" \"Anna Berg\"", false },
    { "address-domain", NULL, "address :domain \"from\" \"example.org\"", true },
    { "address-localpart", NULL, "address :localpart :is \"from\" \"anna.berg\"", true },
    { "address-comma-in-name", NULL, "address [\"to\", \"cc\"] \"bob@work.example\"", true },
    { "address-group", NULL, "address :domain \"cc\" \"friends.example\"", true },
    { "address-group-name", NULL, "address :contains \"cc\" \"friends:\"", false },
    { "address-absent", NULL, "address \"bcc\" \"\"", false },

    { "size-over", NULL, "size :over 10", true },
    { "size-over-more", NULL, "size :over 1M", false },
    { "size-under", NULL, "size :under 1K", true },

    { "envelope-from", "envelope", "envelope :is \"from\" \"bounce+anna@lists.example.org\"", true },
    { "envelope-from-domain", "envelope", "envelope :domain \"From\" \"lists.example.org\"", true },
    { "envelope-to", "envelope", "envelope \"to\" \"me@home.example\"", true },

    { "user", "subaddress\", \"envelope", "envelope :user \"from\" \"bounce\"", true },
    { "user-without-detail", "subaddress", "address :user \"to\" \"me\"", true },
    { "detail", "subaddress\", \"envelope", "envelope :detail :is \"from\" \"anna\"", true },
    { "detail-of-many", "subaddress", "address :detail :is \"sender\" \"b+c\"", true },
    { "detail-empty", "subaddress", "address :detail :is \"reply-to\" \"\"", true },
    { "detail-none", "subaddress", "address :detail :contains \"to\" \"\"", false },
    { "virustest", "virustest", "virustest :is \"0\"", true },

    { "environment-name", "environment", "environment :is \"name\" \"inbasket\"", true },
    { "environment-account", "environment", "environment \"vnd.inbasket.account\" \"home\"", true },
    { "environment-folder", "environment", "environment :contains \"vnd.inbasket.server-folder\" \"box\"",
      true },
    { "environment-addresses", "environment\", \"relational",
      "environment :count \"eq\" \"vnd.inbasket.own-addresses\" \"2\"", true },
    { "environment-address", "environment", "environment \"vnd.inbasket.own-addresses\" \"me@work.example\"",
      true },
    { "environment-verdict", "environment", "environment \"vnd.inbasket.verdict\" \"unsure\"", true },
    { "environment-no-evidence", "environment", "environment :contains \"vnd.inbasket.evidence\" \"\"",
      false },
    { "environment-without-value", "environment", "environment :matches \"remote-ip\" \"*\"", false },
    { "environment-unknown", "environment", "environment :matches \"vnd.other\" \"*\"", false },

    { "regex", "regex", "header :regex \"subject\" \"^a .great. (sale|party),\"", true },
    { "regex-not", "regex", "header :regex \"subject\" \"^great\"", false },
    { "regex-octet", "regex", "header :regex :comparator \"i;octet\" \"x-hop\" \"^T\"", false },
    { "regex-class", "regex", "header :regex \"x-score\" \"^[[:digit:]]+ \\\\w+$\"", true },
    { "regex-character", "regex", "header :regex \"x-coded\" \"^GR.[ßx]E \"", true },
    { "regex-no-utf8", "regex\", \"variables\", \"encoded-character", "string :regex \"a${hex:ff}\" \".\"",
      false },
    { "regex-empty", "regex", "header :regex \"x-empty\" \"^$\"", true },
    { "regex-runs-into-its-limit", "regex", "header :regex \"x-score\" \"^((((0*)*)*)*)*x$\"", false },

    { "numeric-prefix", "comparator-i;ascii-numeric",
      "header :comparator \"i;ascii-numeric\" :is \"X-Score\" \"302\"", true },
    { "numeric-not", "comparator-i;ascii-numeric",
      "header :comparator \"i;ascii-numeric\" :is \"X-Score\" \"3020\"", false },
    { "numeric-infinity-is-one", "comparator-i;ascii-numeric",
      "header :comparator \"i;ascii-numeric\" :is \"X-Hop\" \"anything\"", true },
    { "value-gt", "relational\", \"comparator-i;ascii-numeric",
      "header :value \"gt\" :comparator \"i;ascii-numeric\" \"X-Score\" \"301\"", true },
    { "value-le", "relational\", \"comparator-i;ascii-numeric",
      "header :value \"le\" :comparator \"i;ascii-numeric\" \"X-Score\" \"301\"", false },
    { "value-infinity", "relational\", \"comparator-i;ascii-numeric",
      "header :value \"gt\" :comparator \"i;ascii-numeric\" \"X-Hop\" \"99999999999999999999999999\"", true },
    { "value-text", "relational", "header :value \"lt\" \"X-Hop\" \"p\"", true },
    { "value-ne-any-pair", "relational", "header :value \"ne\" \"X-Hop\" \"one\"", true },
    { "count-fields", "relational", "header :count \"eq\" \"X-Hop\" \"2\"", true },
    { "count-several", "relational", "header :count \"ge\" [\"X-Hop\", \"Subject\", \"X-None\"] \"3\"",
      true },
    { "count-none", "relational", "header :count \"eq\" \"X-None\" \"0\"", true },
    { "count-addresses", "relational", "address :count \"eq\" [\"to\", \"cc\"] \"4\"", true },

    { "unicode-casemap", "comparator-i;unicode-casemap",
      "header :is :comparator \"i;unicode-casemap\" \"X-Coded\" \"GRU\314\210ßE AUS WIEN\"", true },
    { "unicode-casemap-contains", "comparator-i;unicode-casemap",
      "header :contains :comparator \"i;unicode-casemap\" \"X-Coded\" \"RÜßE\"", true },
    { "unicode-casemap-value", "comparator-i;unicode-casemap\", \"relational",
      "header :value \"gt\" :comparator \"i;unicode-casemap\" \"X-Hop\" \"ONE\"", true },

    { "hex", "encoded-character", "header :is \"X-Hop\" \"t${hex:77 6F}\"", true },
    { "hex-blanks-case", "encoded-character", "header :is \"X-Hop\" \"t${HEX: 77   6f }\"", true },
    { "hex-not-required", NULL, "header :is \"X-Hop\" \"t${hex:77 6F}\"", false },
    { "unicode", "encoded-character", "header :is \"X-Coded\" \"Gr${unicode:fc}${unicode:00DF}e aus Wien\"",
      true },

    { "folder-inbox", "mailbox", "mailboxexists \"inbox\"", true },
    { "folder-known", "mailbox", "mailboxexists [\"Lists/foo\", \"Junk\"]", true },
    { "folder-unknown", "mailbox", "mailboxexists [\"Junk\", \"Nowhere\"]", false },

    { "server-flag", "imap4flags", "hasflag \"\\\\flagged\"", true },
    { "flag-not", "imap4flags", "hasflag [\"\\\\Seen\", \"work\"]", false },
    { "flag-words", "imap4flags", "hasflag \"work \\\\Flagged\"", true },
    { "flag-contains", "imap4flags", "hasflag :contains \"lag\"", true },
    { "flag-count", "imap4flags\", \"relational", "hasflag :count \"eq\" \"1\"", true },
};

typedef struct {
    IbPlan *plan;
    IbSieveOutcome outcome;
    guint64 steps_left;
} Result;

static void
result_clear (Result *result)
{
    ib_plan_free (result->plan);
    ib_sieve_outcome_clear (&result->outcome);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Result, result_clear)

static IbProgram *
compile (const char *script)
{
    g_autoptr (GError) error = NULL;
    IbProgram *program = ib_sieve_compile ("t", script, strlen (script), NULL, NULL, &error);
    g_assert_no_error (error);
    return program;
}

static IbFacts *
facts_new (void)
{
    IbFacts *facts = ib_facts_new ();
    g_strfreev (facts->folders);
    facts->folders = g_strsplit ("Junk Lists.foo", " ", -1);
    g_strfreev (facts->flags);
    facts->flags = g_strsplit ("\\Flagged", " ", -1);
    g_strfreev (facts->own_addresses);
    facts->own_addresses = g_strsplit ("me@home.example me@work.example", " ", -1);
    g_free (facts->account);
    facts->account = g_strdup ("home");
    g_free (facts->server_folder);
    facts->server_folder = g_strdup ("INBOX");
    return facts;
}

static Result
run_on (const char *script, const char *mail, gsize length, const IbVerdict *verdict, IbTrace *trace)
{
    g_autoptr (IbProgram) program = compile (script);
    g_autoptr (IbMessage) message = ib_message_new (mail, length);
    g_autoptr (IbFacts) facts = facts_new ();
    Result result = { .plan = ib_plan_new (), .steps_left = IB_LIMIT_STEPS };
    const IbSieveContext context
        = { .facts = facts, .verdict = verdict, .steps = &result.steps_left, .trace = trace };
    ib_sieve_run (program, message, &context, result.plan, &result.outcome);
    return result;
}

static Result
run (const char *script, const char *mail)
{
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    return run_on (script, mail, strlen (mail), verdict, NULL);
}

static void
test_holds (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *require = tests[i].require != NULL
                                   ? g_strdup_printf ("require [\"%s\"];\n", tests[i].require)
                                   : g_strdup ("");
    g_autofree char *script = g_strdup_printf ("%sif %s { discard; }", require, tests[i].test);
    g_auto (Result) result = run (script, MAIL);
    g_assert_null (result.outcome.error);
    g_assert_cmpint (!result.outcome.keeps_implicitly, ==, tests[i].holds);
}

/* "ACTION mailbox [flags]; ...", then "+keep [flags]" if the implicit keep stands, then "!error". */
static char *
describe (const Result *result)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < result->plan->actions->len; i++) {
        const IbAction *action = result->plan->actions->pdata[i];
        g_autofree char *flags = g_strjoinv (" ", action->flags);
        g_string_append_printf (text, "%s %s [%s]; ", ib_action_name (action->kind), action->mailbox, flags);
    }
    g_autofree char *flags = g_strjoinv (" ", result->outcome.keep_flags);
    if (result->outcome.keeps_implicitly)
        g_string_append_printf (text, "+keep [%s]", flags);
    if (result->outcome.error != NULL)
        g_string_append_printf (text, " !%s", result->outcome.error);
    return g_strchomp (g_string_free (text, FALSE));
}

#define FOUR "redirect \"a@x\"; redirect \"b@x\"; redirect \"c@x\"; redirect \"d@x\";"
#define FLAGS "require [\"imap4flags\", \"fileinto\", \"copy\"];"

static const struct {
    const char *name, *script, *expected;
} actions[] = {
    { "empty", "", "+keep [\\Flagged]" },
    { "keep", "keep;", "keep INBOX [\\Flagged];" },
    { "keep-twice", "keep; keep;", "keep INBOX [\\Flagged];" },
    { "discard", "discard;", "discard  [];" },
    { "discard-twice", "discard; discard;", "discard  [];" },
    { "fileinto", "require \"fileinto\"; fileinto \"Lists/foo\";", "fileinto Lists.foo [\\Flagged];" },
    { "fileinto-header",
      "require \"fileinto\"; if header :contains \"subject\" \"sale\" { fileinto \"Sale\"; }",
      "fileinto Sale [\\Flagged];" },
    { "fileinto-inbox", "require \"fileinto\"; fileinto \"inbox\";", "fileinto INBOX [\\Flagged];" },
    { "fileinto-and-keep", "require \"fileinto\"; fileinto \"INBOX\"; keep;", "fileinto INBOX [\\Flagged];" },
    { "fileinto-two", "require \"fileinto\"; fileinto \"a\"; fileinto \"b\"; fileinto \"a\";",
      "fileinto a [\\Flagged]; fileinto b [\\Flagged];" },
    { "fileinto-copy", "require [\"fileinto\", \"copy\"]; fileinto :copy \"a\";",
      "fileinto a [\\Flagged]; +keep [\\Flagged]" },
    { "fileinto-create", "require [\"fileinto\", \"mailbox\"]; fileinto :create \"new\";",
      "fileinto new [\\Flagged];" },
    { "fileinto-empty-level", "require \"fileinto\"; fileinto \"a//b\";",
      "+keep [\\Flagged] !t:1: \"a//b\" is no folder's name: a level of it is empty, or begins or ends with a blank" },
    { "fileinto-bad-utf8", "require [\"fileinto\", \"encoded-character\"];\nfileinto \"a${hex:ff}\";",
      "+keep [\\Flagged] !t:2: \"a\357\277\275\" is no folder's name: it is not UTF-8" },
    { "error-voids-actions", "require \"fileinto\";\nfileinto \"a\";\ndiscard;\nfileinto \"\";",
      "+keep [\\Flagged] !t:4: \"\" is no folder's name: a level of it is empty, or begins or ends with a blank" },
    { "redirect", "redirect \"bob@x.example\";", "redirect bob@x.example [];" },
    { "redirect-copy", "require \"copy\"; redirect :copy \"bob@x.example\";",
      "redirect bob@x.example []; +keep [\\Flagged]" },
    { "redirect-same-twice", FOUR "redirect \"a@x\";",
      "redirect a@x []; redirect b@x []; redirect c@x []; redirect d@x [];" },
    { "redirect-too-many", FOUR "redirect \"e@x\";",
      "+keep [\\Flagged] !t:1: more than 4 redirects for one message" },

    { "if", "if true { keep; } else { discard; }", "keep INBOX [\\Flagged];" },
    { "elsif", "if false { keep; } elsif true { discard; } else { stop; }", "discard  [];" },
    { "elsif-second", "if false { keep; } elsif false { keep; } elsif true { discard; }", "discard  [];" },
    { "else", "if false { keep; } elsif false { keep; } else { discard; }", "discard  [];" },
    { "if-falls-through", "if true { discard; } elsif true { keep; }", "discard  [];" },
    { "two-ifs", "if false { keep; } if true { discard; }", "discard  [];" },
    { "stop", "stop; discard;", "+keep [\\Flagged]" },
    { "stop-in-block", "if true { if true { stop; } } discard;", "+keep [\\Flagged]" },
    { "empty-block", "if true { }", "+keep [\\Flagged]" },

    { "folder-by-variable",
      "require [\"variables\", \"fileinto\"]; if header :matches \"x-hop\" \"o*\" { set \"f\" \"a.${1}\"; fileinto \"${f}\"; }",
      "fileinto a.ne [\\Flagged];" },
    { "field-and-key-by-variable",
      "require \"variables\"; set \"h\" \"HOP\"; set \"k\" \"TW\"; if header [\"none\", \"x-${h}\"] [\"x\", \"${k}o\"] { discard; }",
      "discard  [];" },
    { "pattern-by-variable",
      "require \"variables\"; set :quotewildcard \"q\" \"*great*\"; if header :matches \"subject\" \"A ${q} *\" { discard; }",
      "discard  [];" },
    { "address-by-variable", "require \"variables\"; set \"d\" \"x.example\"; redirect \"a@${d}\";",
      "redirect a@x.example [];" },
    { "address-by-variable-wrong", "require \"variables\"; redirect \"${none}\";",
      "+keep [\\Flagged] !t:1: \"\" is no mail address" },
    { "flags-by-variable",
      "require [\"variables\", \"imap4flags\"]; set \"f\" \"a b\"; keep :flags [\"${f}\", \"c\"];",
      "keep INBOX [a b c];" },
    { "hasflag-of-variables",
      "require [\"variables\", \"imap4flags\"]; set \"f\" \"a b\"; set \"k\" \"B\"; if hasflag [\"g\", \"f\"] \"x ${k}\" { discard; }",
      "discard  [];" },
    { "string-counts-what-is-there",
      "require [\"variables\", \"relational\"]; set \"a\" \"x\"; if string :count \"eq\" [\"${a}\", \"${b}\", \"c\"] \"2\" { discard; }",
      "discard  [];" },

    { "setflag", FLAGS "setflag \"\\\\Seen\"; keep;", "keep INBOX [\\Seen];" },
    { "setflag-implicit", FLAGS "setflag \"\\\\seen work\";", "+keep [\\Seen work]" },
    { "addflag", FLAGS "addflag [\"\\\\Seen\", \"\\\\flagged\"];", "+keep [\\Flagged \\Seen]" },
    { "removeflag", FLAGS "addflag \"a b c\"; removeflag [\"B\", \"\\\\Flagged\"];", "+keep [a c]" },
    { "flag-unknown", FLAGS "setflag [\"\\\\Recent\", \"\\\\Foo\", \"a(b\", \"ok\"];", "+keep [ok]" },
    { "flags-tag", FLAGS "setflag \"x\"; fileinto :flags \"\\\\Seen\" \"a\"; keep;",
      "fileinto a [\\Seen]; keep INBOX [x];" },
    { "flags-later", FLAGS "fileinto :copy \"a\"; addflag \"x\";",
      "fileinto a [\\Flagged]; +keep [\\Flagged x]" },
    { "flags-united", FLAGS "fileinto :flags \"x\" \"a\"; fileinto :flags \"X y\" \"a\";",
      "fileinto a [x y];" },
    { "flags-none", FLAGS "keep :flags \"\";", "keep INBOX [];" },
    { "flags-void-after-error", FLAGS "setflag \"x\"; fileinto \"\";",
      "+keep [\\Flagged] !t:1: \"\" is no folder's name: a level of it is empty, or begins or ends with a blank" },
};

static void
test_actions (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_auto (Result) result = run (actions[i].script, MAIL);
    g_autofree char *described = describe (&result);
    g_assert_cmpstr (described, ==, actions[i].expected);
}

/* After BODY, whether a text, put together, is VALUE. */
static const struct {
    const char *name, *body, *text, *value;
} texts[] = {
    { "set", "set \"a\" \"b\";", "${a}", "b" },
    { "name-case", "set \"Ab_1\" \"x\";", "[${aB_1}]", "[x]" },
    { "never-set", "", "[${none}]", "[]" },
    { "set-again", "set \"a\" \"b\"; set \"a\" \"c\";", "${a}", "c" },
    { "set-by-itself", "set \"a\" \"b\"; set \"a\" \"${a}${a}\";", "${a}", "bb" },
    { "no-second-round", "set \"a\" \"b\"; set \"c\" \"$\"; set \"d\" \"{a}\";", "${c}${d}", "$${none}{a}" },
    { "blank-in-braces", "set \"a\" \"b\";", "${ a}${a }${}", "${ a}${a }${}" },
    { "dollars", "set \"a\" \"b\";", "$${a}$ {a} $a", "$b$ {a} $a" },
    { "open-brace", "set \"a\" \"b\";", "${a", "${a" },
    { "nested-braces", "set \"a\" \"b\";", "${${a}}", "$${none}{b}" },
    { "hex-first", "set \"a\" \"b\";", "${hex:24}{a}", "b" },

    { "lower", "set :lower \"a\" \"AbÄ\";", "${a}", "abÄ" },
    { "upper", "set :upper \"a\" \"aBä\";", "${a}", "ABä" },
    { "lowerfirst", "set :lowerfirst \"a\" \"ABC\";", "${a}", "aBC" },
    { "upperfirst", "set :upperfirst \"a\" \"abc\";", "${a}", "Abc" },
    { "first-after-all", "set :upperfirst :lower \"a\" \"JOHN\";", "${a}", "John" },
    { "first-of-empty", "set :upperfirst \"a\" \"\";", "[${a}]", "[]" },
    { "quote", "set :quotewildcard \"a\" \"R*?\\\\x\";", "${a}", "R\\\\*\\\\?\\\\\\\\x" },
    { "length", "set :length \"a\" \"aä€\";", "${a}", "3" },
    { "length-of-quoted", "set :length :quotewildcard \"a\" \"a*\";", "${a}", "3" },

    { "capture", "if header :matches \"subject\" \"A *, *\" {}", "${1}|${2}|${3}",
      "*great* sale|today only|" },
    { "capture-whole", "if header :matches \"x-hop\" \"t?o\" {}", "${0} ${1} ${01}", "two w w" },
    { "capture-kept", "if header :matches \"x-hop\" \"t*\" {} if header :matches \"x-hop\" \"z*\" {}", "${1}",
      "wo" },
    { "capture-not-by-contains",
      "if header :matches \"x-hop\" \"t*\" {} if header :contains \"x-hop\" \"o\" {}", "${1}", "wo" },
    { "capture-first-of-anyof",
      "if anyof (header :matches \"x-hop\" \"o*\", header :matches \"x-hop\" \"t*\") {}", "${1}", "ne" },
    { "capture-cleared", "if header :matches \"x-hop\" \"t*\" {} if header :matches \"x-hop\" \"one\" {}",
      "[${1}]", "[]" },
    { "capture-case-kept", "if address :matches \"from\" \"anna.*@*\" {}", "${1} ${2}", "Berg Example.ORG" },
    { "capture-of-text", "set \"a\" \"x=y\"; if string :matches \"${a}\" \"*=*\" {}", "${2}${1}", "yx" },
    { "capture-none-yet", "", "[${0}]", "[]" },

    { "regex-captures", "if header :regex \"subject\" \"A (x)?.(gr(e)at). (.*), t\" {}",
      "${1}|${2}|${3}|${4}", "|great|e|sale" },
    { "regex-by-variable", "set :quoteregex \"q\" \"*great*\"; if header :regex \"subject\" \"(${q}) s\" {}",
      "${1}", "*great*" },
    { "regex-by-variable-wrong",
      "set \"q\" \"(\"; if not header :regex \"subject\" \"${q}\" { set \"a\" \"b\"; }", "${a}", "b" },
    { "quoteregex", "set :quoteregex \"a\" \"a.b\";", "${a}", "a\\\\.b" },

    { "flags-in-variable",
      "setflag \"f\" [\"\\\\seen\", \"b a\"]; removeflag \"f\" \"B\"; addflag \"f\" \"c\";", "${f}",
      "\\\\Seen a c" },
};

static void
test_text (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *script
        = g_strdup_printf ("require [\"variables\", \"encoded-character\", \"imap4flags\", \"regex\"]; %s\n"
                           "if string :comparator \"i;octet\" \"%s\" \"%s\" { discard; }",
                           texts[i].body, texts[i].text, texts[i].value);
    g_auto (Result) result = run (script, MAIL);
    g_assert_null (result.outcome.error);
    g_assert_false (result.outcome.keeps_implicitly);
}

/* The verdict as spamtest sees it; a probability below 0 stands for none. */
static const struct {
    const char *name;
    double probability;
    const char *feature, *test;
} verdicts[] = {
    { "untested", -1, NULL, "spamtest :is \"0\"" },
    { "untested-percent", -1, NULL, "spamtest :percent :is \"0\"" },
    { "untested-count", -1, NULL, "spamtest :percent :count \"eq\" \"0\"" },
    { "other-evidence", -1, "over-limit", "spamtest :is \"0\"" },
    { "provider-mark", -1, "provider-mark", "spamtest :is \"10\"" },
    { "provider-mark-percent", -1, "provider-mark", "spamtest :percent :is \"100\"" },
    { "classifier-over-mark", 0.2, "provider-mark", "spamtest :is \"2\"" },
    { "clean", 0.0, NULL, "spamtest :is \"1\"" },
    { "clean-percent", 0.0, NULL, "spamtest :percent :is \"0\"" },
    { "clean-count", 0.0, NULL, "spamtest :percent :count \"eq\" \"1\"" },
    { "threshold", 0.80, NULL, "spamtest :value \"ge\" :comparator \"i;ascii-numeric\" \"8\"" },
    { "below-threshold", 0.79, NULL, "not spamtest :value \"ge\" :comparator \"i;ascii-numeric\" \"8\"" },
    { "sure", 1.0, NULL, "spamtest :is \"10\"" },
    { "percent", 0.973, NULL, "spamtest :percent :value \"gt\" :comparator \"i;ascii-numeric\" \"96\"" },
};

static void
test_verdict (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    double probability = verdicts[i].probability < 0 ? NAN : verdicts[i].probability;
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, probability);
    if (verdicts[i].feature != NULL)
        ib_verdict_add (verdict, verdicts[i].feature, 0, "");
    g_autofree char *script = g_strdup_printf (
        "require [\"spamtestplus\", \"relational\", \"comparator-i;ascii-numeric\"]; if %s { discard; }",
        verdicts[i].test);
    g_auto (Result) result = run_on (script, MAIL, strlen (MAIL), verdict, NULL);
    g_assert_false (result.outcome.keeps_implicitly);
}

/* Doubled twenty times a value would be a megabyte: it is cut, and what it costs is counted. */
static void
values_are_cut_between_characters (void)
{
    g_autoptr (GString) script = g_string_new ("require \"variables\"; set \"a\" \"xä€\";");
    for (guint i = 0; i < 20; i++)
        g_string_append (script, "set \"a\" \"${a}${a}\";");
    /* Three characters are 6 octets: 1365 times and "x" are 8191, and half an "ä" would be the next. Once more doubled
     * and cut there is room for another "x". */
    g_string_append (script, "set :length \"n\" \"${a}\"; if string \"${n}\" \"4097\" { discard; }");
    g_auto (Result) result = run (script->str, MAIL);
    g_assert_null (result.outcome.error);
    g_assert_false (result.outcome.keeps_implicitly);
}

static void
texts_do_not_grow_without_end (void)
{
    g_autoptr (GString) script = g_string_new ("require \"variables\"; set \"a\" \"0123456789abcdef\";");
    for (guint i = 0; i < 9; i++)
        g_string_append (script, "set \"a\" \"${a}${a}\";");
    g_string_append (script, "if string \"");
    for (guint i = 0; i < 200; i++)
        g_string_append (script, "${a}");
    g_string_append (script, "\" \"x\" { discard; }");
    g_auto (Result) result = run (script->str, MAIL);
    g_assert_cmpstr (result.outcome.error, ==, "t:1: a text grows beyond 1024 kB");
    g_assert_true (result.outcome.keeps_implicitly);
}

static void
more_than_32_actions_are_an_error (void)
{
    g_autoptr (GString) script = g_string_new ("require \"fileinto\";");
    for (guint i = 0; i < IB_LIMIT_ACTIONS; i++)
        g_string_append_printf (script, "fileinto \"f%u\";", i);
    g_auto (Result) most = run (script->str, MAIL);
    g_assert_null (most.outcome.error);
    g_assert_cmpuint (most.plan->actions->len, ==, IB_LIMIT_ACTIONS);

    g_string_append (script, "keep;");
    g_auto (Result) over = run (script->str, MAIL);
    g_assert_cmpstr (over.outcome.error, ==, "t:1: more than 32 actions for one message");
    g_assert_cmpuint (over.plan->actions->len, ==, 0);
    g_assert_true (over.outcome.keeps_implicitly);
}

/* Not the time that a hostile subject takes, but the steps: those it cannot stretch. */
static void
stars_cost_no_more_than_their_text (void)
{
    g_autoptr (GString) mail = g_string_new ("Subject: ");
    for (guint i = 0; i < 60000; i++)
        g_string_append_c (mail, 'a');
    g_string_append (mail, "\n\nbody\n");
    g_auto (Result) result
        = run ("if header :matches \"subject\" \"*a*a*a*a*a*a*a*a*a*b\" { discard; }", mail->str);
    g_assert_null (result.outcome.error);
    g_assert_true (result.outcome.keeps_implicitly);
    g_assert_cmpuint (IB_LIMIT_STEPS - result.steps_left, <, 60000);
}

static void
a_run_ends_at_its_budget (void)
{
    g_autoptr (GString) mail = g_string_new ("Subject: ");
    for (guint i = 0; i < 60000; i++)
        g_string_append (mail, "a");
    g_string_append (mail, "\n\nbody\n");
    g_autoptr (GString) script = g_string_new ("discard; if anyof (false");
    for (guint i = 0; i < 2000; i++)
        g_string_append (script,
                         ", header :matches \"subject\" \"*??????????????????????????????????????b*\"");
    g_string_append (script, ") { discard; }");
    g_auto (Result) result = run (script->str, mail->str);
    g_assert_nonnull (strstr (result.outcome.error, "takes more than the 4000000 steps"));
    g_assert_cmpuint (result.steps_left, ==, 0);
    g_assert_true (result.outcome.keeps_implicitly);
    g_assert_cmpuint (result.plan->actions->len, ==, 0);
}

static void
a_trace_tells_values_and_results (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    g_auto (Result) result = run_on ("require \"fileinto\";\n"
                                     "if anyof (header :is \"X-Hop\" \"three\",\n"
                                     "          header :contains [\"X-Hop\", \"Subject\"] \"WO\") {\n"
                                     "  fileinto \"Lists/foo\";\n"
                                     "}\n"
                                     "if size :over 1M { discard; }",
                                     MAIL, strlen (MAIL), verdict, trace);
    char size[24];
    g_snprintf (size, sizeof size, "%zu", strlen (MAIL));
    const struct {
        IbTraceKind kind;
        guint line, depth;
        const char *what, *value, *key;
        bool result;
    } expected[] = {
        { IB_TRACE_TEST, 2, 2, "header :is \"X-Hop\" \"three\"", "two", NULL, false },
        { IB_TRACE_TEST, 3, 2, "header :contains [\"X-Hop\", \"Subject\"] \"WO\"", "two", "WO", true },
        { IB_TRACE_OPERATOR, 2, 1, "anyof", NULL, NULL, true },
        { IB_TRACE_BRANCH, 2, 0, "if", NULL, NULL, true },
        { IB_TRACE_ACTION, 4, 1, "fileinto \"Lists/foo\"", "Lists.foo", NULL, true },
        { IB_TRACE_TEST, 6, 1, "size :over 1048576", size, NULL, false },
        { IB_TRACE_BRANCH, 6, 0, "if", NULL, NULL, false },
        { IB_TRACE_END, 0, 0, "end", NULL, NULL, false },
    };
    g_assert_cmpuint (trace->steps->len, ==, G_N_ELEMENTS (expected));
    for (guint i = 0; i < trace->steps->len; i++) {
        const IbTraceStep *step = trace->steps->pdata[i];
        g_assert_cmpint (step->kind, ==, expected[i].kind);
        g_assert_cmpuint (step->line, ==, expected[i].line);
        g_assert_cmpstr (step->what, ==, expected[i].what);
        g_assert_cmpuint (step->depth, ==, expected[i].depth);
        g_assert_cmpstr (ib_trace_step_value (step), ==, expected[i].value);
        g_assert_cmpstr (step->key, ==, expected[i].key);
        g_assert_cmpint (step->result, ==, expected[i].result);
    }
    g_assert_cmpuint (result.outcome.decided_at, ==, 4);
}

static void
a_trace_tells_captures_branches_and_ends (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    const char *mail = "Subject: [choir] hello\n\n";
    g_auto (Result) result = run_on ("require [\"fileinto\", \"variables\"];\n"
                                     "if not exists \"Subject\" { keep; }\n"
                                     "elsif header :matches \"Subject\" \"[*] *\" {\n"
                                     "  fileinto \"L.${1}\";\n"
                                     "  stop;\n"
                                     "}\n"
                                     "else { keep; }",
                                     mail, strlen (mail), verdict, trace);
    const struct {
        IbTraceKind kind;
        guint line, depth;
        const char *what;
        bool result;
    } expected[] = {
        { IB_TRACE_TEST, 2, 2, "exists \"Subject\"", true },
        { IB_TRACE_OPERATOR, 2, 1, "not", false },
        { IB_TRACE_BRANCH, 2, 0, "if", false },
        { IB_TRACE_TEST, 3, 1, "header :matches \"Subject\" \"[*] *\"", true },
        { IB_TRACE_BRANCH, 3, 0, "elsif", true },
        { IB_TRACE_ACTION, 4, 1, "fileinto \"L.${1}\"", true },
        { IB_TRACE_ACTION, 5, 1, "stop", true },
        { IB_TRACE_END, 5, 0, "stop", false },
    };
    g_assert_cmpuint (trace->steps->len, ==, G_N_ELEMENTS (expected));
    for (guint i = 0; i < trace->steps->len; i++) {
        const IbTraceStep *step = trace->steps->pdata[i];
        g_assert_cmpint (step->kind, ==, expected[i].kind);
        g_assert_cmpuint (step->line, ==, expected[i].line);
        g_assert_cmpuint (step->depth, ==, expected[i].depth);
        g_assert_cmpstr (step->what, ==, expected[i].what);
        g_assert_cmpint (step->result, ==, expected[i].result);
    }
    const IbTraceStep *match = trace->steps->pdata[3];
    g_assert_cmpuint (match->captures->len, ==, 3);
    g_assert_cmpstr (match->captures->pdata[1], ==, "choir");
    g_assert_cmpstr (match->captures->pdata[2], ==, "hello");
    g_assert_cmpstr (match->key, ==, "[*] *");
    const IbTraceStep *stored = trace->steps->pdata[5];
    g_assert_cmpstr (ib_trace_step_value (stored), ==, "L.choir");
}

/* Each round of a loop, and which part it is about; the last step says that there is none. */
static void
a_trace_tells_rounds (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    const char *mail = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: text/html\n\ny\n--b--\n";
    g_auto (Result) result
        = run_on ("require \"foreverypart\";\nforeverypart { }", mail, strlen (mail), verdict, trace);
    static const char *const types[] = { "multipart/mixed", "text/plain", "text/html", NULL };
    g_assert_cmpuint (trace->steps->len, ==, G_N_ELEMENTS (types) + 1);
    for (guint i = 0; i < G_N_ELEMENTS (types); i++) {
        const IbTraceStep *step = trace->steps->pdata[i];
        g_assert_cmpint (step->kind, ==, IB_TRACE_BRANCH);
        g_assert_cmpstr (step->what, ==, "foreverypart");
        g_assert_cmpstr (ib_trace_step_value (step), ==, types[i]);
        g_assert_true (step->result == (types[i] != NULL));
    }
}

/* Long values, and many of them: cut, and marked so. */
static void
a_trace_is_bounded (void)
{
    g_autoptr (IbTrace) trace = ib_trace_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    g_autoptr (GString) mail = g_string_new (NULL);
    for (guint i = 0; i < 100; i++)
        g_string_append_printf (mail, "X-Hop: %u\n", i);
    g_autofree char *filler = g_strnfill (5000, 'x');
    g_string_append_printf (mail, "Subject: %s\n\n", filler);
    g_auto (Result) result = run_on ("if header \"X-Hop\" \"none\" { keep; }\n"
                                     "if header :contains \"Subject\" \"xx\" { keep; }",
                                     mail->str, mail->len, verdict, trace);
    const IbTraceStep *many = trace->steps->pdata[0], *is_long = trace->steps->pdata[2];
    g_assert_cmpuint (many->n_values, ==, 100);
    g_assert_cmpuint (many->values->len, ==, IB_LIMIT_TRACE_VALUES);
    g_assert_cmpstr (many->values->pdata[0], ==, "0");
    g_assert_cmpstr (ib_trace_step_value (many), ==, "99");
    g_assert_cmpint (g_utf8_strlen (ib_trace_step_value (is_long), -1), ==, IB_LIMIT_TRACE_CHARACTERS + 1);
    g_assert_true (g_str_has_suffix (ib_trace_step_value (is_long), "…"));
}

static void
envelope_without_fields (void)
{
    g_auto (Result) bounce = run ("require \"envelope\"; if envelope \"from\" \"\" { discard; }",
                                  "Return-Path: <>\nFrom: a@b\n\n");
    g_assert_false (bounce.outcome.keeps_implicitly);
    g_auto (Result) none
        = run ("require \"envelope\"; if envelope :contains \"from\" \"\" { discard; }", "From: a@b\n\n");
    g_assert_true (none.outcome.keeps_implicitly);
}

/* At equality a message is neither over nor under. */
static void
size_is_strict (void)
{
    g_autofree char *over = g_strdup_printf ("if size :over %zu { discard; }", strlen (MAIL));
    g_autofree char *under = g_strdup_printf ("if size :under %zu { discard; }", strlen (MAIL));
    g_auto (Result) not_over = run (over, MAIL), not_under = run (under, MAIL);
    g_assert_true (not_over.outcome.keeps_implicitly);
    g_assert_true (not_under.outcome.keeps_implicitly);
}

static void
what_sends_mail_cannot_be_activated (void)
{
    g_autoptr (IbProgram) sends = compile ("keep;\nredirect \"a@b.example\";");
    g_autofree char *why = ib_program_why_not_activatable (sends);
    g_assert_cmpstr (why, ==, "t:2: Inbasket sends no mail, so \"redirect\" works in dry runs only");
    g_autoptr (IbProgram) harmless = compile ("keep;");
    g_assert_null (ib_program_why_not_activatable (harmless));
}

/* The largest scripts on the most hostile header: each run is over within its steps, and those take no time to speak
 * of. A sanitizer's build gets more. */
static const struct {
    const char *name, *before, *repeated, *after;
} shapes[] = {
    { "fields", "if exists [\"subject\"", ",\"x\"", "] { discard; }" },
    { "keys", "if header \"x\" [\"x\"", ",\"y\"", "] { discard; }" },
    { "patterns", "if header :matches \"x\" [\"x\"", ",\"*a?a*a?b\"", "] { discard; }" },
    { "regex", "require \"regex\"; if header :regex \"subject\" [\"x\"", ",\"(a+)+b\"", "] { discard; }" },
    { "contains", "if header :contains \"subject\" [\"x\"", ",\"aaaaaaaaaaaaaaaaab\"", "] { discard; }" },
    { "tests", "if anyof (false", ",header :contains \"x\" \"b\"", ") { discard; }" },
    { "addresses", "if anyof (false", ",address :domain \"to\" \"b\"", ") { discard; }" },
    { "envelopes", "require \"envelope\"; if anyof (false", ",envelope \"from\" \"b\"", ") { discard; }" },
    { "flags", "require \"imap4flags\"; addflag \"a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9\";",
      "addflag \"c\";", "" },
    { "variables",
      "require \"variables\"; set \"a\" \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";",
      "set \"a\" \"${a}${a}\";", "" },
    { "references", "require \"variables\"; set \"b\" \"", "${a}", "\";" },
    { "comparators", "require \"comparator-i;unicode-casemap\"; if anyof (false",
      ",header :comparator \"i;unicode-casemap\" \"subject\" \"b\",header \"subject\" \"b\"", ") { discard; }" },
    { "folders", "require \"mailbox\"; if mailboxexists [\"Junk\"", ",\"Junk\"", "] { discard; }" },
};

/* 2000 fields with a long one among them, and many addresses. */
static char *
hostile_mail (void)
{
    GString *mail = g_string_new ("Subject: ");
    for (guint i = 0; i < 60000; i++)
        g_string_append_c (mail, 'a');
    g_string_append (mail, "\nReturn-Path: <");
    for (guint i = 0; i < 20000; i++)
        g_string_append (mail, "a,<");
    g_string_append (mail, ">\nTo: ");
    for (guint i = 0; i < 3000; i++)
        g_string_append (mail, "a@b.example, ");
    for (guint i = 0; i < 1900; i++)
        g_string_append (mail, "\nX: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    g_string_append (mail, "\n\n");
    return g_string_free (mail, FALSE);
}

static void
test_shape (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autofree char *mail = hostile_mail ();
    g_autoptr (GString) script = g_string_new (shapes[i].before);
    while (script->len + strlen (shapes[i].repeated) + strlen (shapes[i].after) < IB_LIMIT_SCRIPT_BYTES)
        g_string_append (script, shapes[i].repeated);
    g_string_append (script, shapes[i].after);

    clock_t start = clock ();
    g_auto (Result) result = run (script->str, mail);
    double took_s = (double) (clock () - start) / CLOCKS_PER_SEC;
    g_test_message ("%s: %.2f s, %" G_GUINT64_FORMAT " steps left", shapes[i].name, took_s,
                    result.steps_left);
    g_assert_true (result.outcome.keeps_implicitly || result.outcome.error == NULL);
    g_assert_cmpfloat (took_s, <, IB_SANITIZED ? 60 : 10);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (tests); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/test/%s", tests[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_holds);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (actions); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/actions/%s", actions[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_actions);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (verdicts); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/spamtest/%s", verdicts[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_verdict);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/variables/%s", texts[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_text);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (shapes); i++) {
        g_autofree char *path = g_strdup_printf ("/sieve/hostile/%s", shapes[i].name);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_shape);
    }
    g_test_add_func ("/sieve/run/texts-do-not-grow-without-end", texts_do_not_grow_without_end);
    g_test_add_func ("/sieve/run/values-are-cut-between-characters", values_are_cut_between_characters);
    g_test_add_func ("/sieve/run/more-than-32-actions-are-an-error", more_than_32_actions_are_an_error);
    g_test_add_func ("/sieve/run/stars-cost-no-more-than-their-text", stars_cost_no_more_than_their_text);
    g_test_add_func ("/sieve/run/a-run-ends-at-its-budget", a_run_ends_at_its_budget);
    g_test_add_func ("/sieve/run/a-trace-tells-values-and-results", a_trace_tells_values_and_results);
    g_test_add_func ("/sieve/run/a-trace-tells-captures", a_trace_tells_captures_branches_and_ends);
    g_test_add_func ("/sieve/run/a-trace-tells-rounds", a_trace_tells_rounds);
    g_test_add_func ("/sieve/run/a-trace-is-bounded", a_trace_is_bounded);
    g_test_add_func ("/sieve/run/envelope-without-fields", envelope_without_fields);
    g_test_add_func ("/sieve/run/size-is-strict", size_is_strict);
    g_test_add_func ("/sieve/run/what-sends-mail-cannot-be-activated", what_sends_mail_cannot_be_activated);
    return g_test_run ();
}
