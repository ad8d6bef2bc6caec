/* Scripts that include others (RFC 6609): what comes of them, and what is wrong with them. */
#include "sieve.h"

#include "mail-limits.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define MAIL "From: anna@example.org\nSubject: sale\n\nHello\n"
#define USE "require [\"include\", \"variables\", \"fileinto\", \"imap4flags\"]; "

/* The scripts that may be included. */
static const struct {
    IbScriptPlace place;
    const char *name, *text;
} library[] = {
    { IB_SCRIPT_PERSONAL, "file", "require \"fileinto\"; fileinto \"Personal\";" },
    { IB_SCRIPT_GLOBAL, "file", "require \"fileinto\"; fileinto \"Global\";" },
    { IB_SCRIPT_PERSONAL, "stops", "stop; discard;" },
    { IB_SCRIPT_PERSONAL, "returns", "require \"include\"; if true { return; } discard;" },
    { IB_SCRIPT_PERSONAL, "outer",
      "require [\"include\", \"fileinto\"]; include \"returns\"; fileinto \"Outer\";" },
    { IB_SCRIPT_PERSONAL, "counts",
      "require [\"include\", \"variables\"]; global \"n\"; set \"n\" \"${n}1\";" },
    { IB_SCRIPT_PERSONAL, "sets-own", "require \"variables\"; set \"own\" \"theirs\";" },
    { IB_SCRIPT_PERSONAL, "sees-own",
      "require [\"variables\", \"fileinto\"]; fileinto \"own-${own}\"; set \"own\" \"again\";" },
    { IB_SCRIPT_PERSONAL, "sets-space", "require [\"include\", \"variables\"]; set \"global.n\" \"space\";" },
    { IB_SCRIPT_PERSONAL, "matches",
      "require [\"variables\"]; if header :matches \"from\" \"*@*\" { set \"a\" \"${1}\"; }" },
    { IB_SCRIPT_PERSONAL, "self", "require \"include\"; include \"self\";" },
    { IB_SCRIPT_PERSONAL, "self-once",
      "require [\"include\", \"fileinto\"]; include :once \"self-once\"; fileinto \"Once\";" },
    { IB_SCRIPT_PERSONAL, "ping", "require \"include\"; include \"pong\";" },
    { IB_SCRIPT_PERSONAL, "pong", "require \"include\"; include \"ping\";" },
    { IB_SCRIPT_PERSONAL, "wrong", "keep;\nfoo;\nrequire \"fileinto\";\n" },
    { IB_SCRIPT_PERSONAL, "needs", "fileinto \"A\";" },
    { IB_SCRIPT_PERSONAL, "fails",
      "require [\"variables\", \"fileinto\"];\nset \"a\" \"../..\";\nfileinto \"${a}\";" },
    { IB_SCRIPT_PERSONAL, "flags", "require \"imap4flags\"; addflag \"$Label1\";" },
    { IB_SCRIPT_PERSONAL, "keeps", "keep;" },
    { IB_SCRIPT_PERSONAL, "grüße", "require \"fileinto\"; fileinto \"Utf8\";" },
    { IB_SCRIPT_PERSONAL, "redirects", "\nredirect \"a@example.org\";" },
};

static char *
source (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (library); i++)
        if (library[i].place == place && strcmp (library[i].name, name) == 0) {
            *out_length = strlen (library[i].text);
            return g_strdup (library[i].text);
        }
    int number;
    if (sscanf (name, "deep%d", &number) != 1)
        return NULL;
    char *text = g_strdup_printf ("require \"include\"; include :optional \"deep%d\";", number + 1);
    *out_length = strlen (text);
    return text;
}

static const IbSieveOptions options = { .source = source };

/* "fileinto A; +keep", or the error. */
static const struct {
    const char *name, *script, *expected;
} runs[] = {
    { "personal-by-default", USE "include \"file\";", "fileinto Personal;" },
    { "personal", USE "include :personal \"file\";", "fileinto Personal;" },
    { "global", USE "include :global \"file\";", "fileinto Global;" },
    { "both-of-one-name", USE "include \"file\"; include :global \"file\";",
      "fileinto Personal; fileinto Global;" },
    { "in-a-block", USE "if false { include \"file\"; } else { include :global \"file\"; }",
      "fileinto Global;" },
    { "stop-stops-all", USE "include \"stops\"; fileinto \"A\";", "+keep" },
    { "return-ends-its-own", USE "include \"returns\"; fileinto \"A\";", "fileinto A;" },
    { "return-in-the-script-itself", USE "fileinto \"A\"; if true { return; } fileinto \"B\";",
      "fileinto A;" },
    { "nested-return", USE "include \"outer\"; fileinto \"A\";", "fileinto Outer; fileinto A;" },
    { "twice", USE "global \"n\"; include \"counts\"; include \"counts\"; fileinto \"n${n}\";",
      "fileinto n11;" },
    { "once", USE "global \"n\"; include :once \"counts\"; include :once \"counts\"; fileinto \"n${n}\";",
      "fileinto n1;" },
    { "once-after-always",
      USE "global \"n\"; include \"counts\"; include :once \"counts\"; fileinto \"n${n}\";", "fileinto n1;" },
    { "always-after-once",
      USE "global \"n\"; include :once \"counts\"; include \"counts\"; fileinto \"n${n}\";",
      "fileinto n11;" },
    { "once-that-was-not-run",
      USE
      "global \"n\"; if false { include :once \"counts\"; } include :once \"counts\"; fileinto \"n${n}\";",
      "fileinto n1;" },
    { "once-of-itself", USE "include \"self-once\";", "fileinto Once;" },
    { "optional-missing", USE "include :optional \"none\"; fileinto \"A\";", "fileinto A;" },
    { "optional-there", USE "include :optional :once \"file\";", "fileinto Personal;" },
    { "variables-are-own", USE "set \"own\" \"mine\"; include \"sets-own\"; fileinto \"${own}\";",
      "fileinto mine;" },
    { "variables-are-not-seen", USE "set \"own\" \"mine\"; include \"sees-own\";", "fileinto own-;" },
    { "each-inclusion-begins-anew", USE "include \"sees-own\"; include \"sees-own\";", "fileinto own-;" },
    { "name-space-reads", USE "global \"n\"; set \"n\" \"x\"; fileinto \"${global.n}\";", "fileinto x;" },
    { "name-space-writes", USE "set \"global.n\" \"y\"; global \"n\"; fileinto \"${n}\";", "fileinto y;" },
    { "name-space-in-any-case", USE "set \"GLOBAL.N\" \"y\"; fileinto \"${global.n}\";", "fileinto y;" },
    { "name-space-crosses", USE "include \"sets-space\"; fileinto \"${global.n}\";", "fileinto space;" },
    { "name-space-is-not-local",
      USE "set \"n\" \"mine\"; set \"global.n\" \"all\"; fileinto \"${n}-${global.n}\";",
      "fileinto mine-all;" },
    { "not-declared-is-own", USE "set \"n\" \"mine\"; include \"counts\"; fileinto \"${n}-${global.n}\";",
      "fileinto mine-1;" },
    { "captures-are-own",
      USE "if header :matches \"subject\" \"*\" { include \"matches\"; fileinto \"${1}\"; }",
      "fileinto sale;" },
    { "flags-are-common", USE "include \"flags\"; fileinto :flags [\"a\"] \"A\"; keep;",
      "fileinto A [a]; keep INBOX [$Label1];" },
    { "keep-in-an-included", USE "include \"keeps\";", "keep INBOX;" },
    { "utf8-name", USE "include \"gr\xc3\xbc\xc3\x9f\x65\";", "fileinto Utf8;" },
    { "fails-with-its-name", USE "include \"fails\"; fileinto \"A\";",
      "+keep !fails:3: \"../..\" is no folder's name: a level of it is empty, or begins or ends with a blank" },
    { "flag-variable-in-name-space",
      USE "addflag \"global.f\" \"b c\"; if hasflag \"global.f\" \"c\" { fileinto \"A\"; }", "fileinto A;" },
};

static const struct {
    const char *name, *script, *expected;
} errors[] = {
    { "not-required", "include \"file\";", "t:1:1 \"include\" needs: require \"include\";\n" },
    { "missing", USE "include\n \"none\";", "t:2:2 there is no personal script \"none\"\n" },
    { "missing-global", USE "include :global\n \"none\";", "t:2:2 there is no global script \"none\"\n" },
    { "two-places", USE "include :personal\n:global \"file\";",
      "t:2:1 \":personal\" and \":global\" exclude each other\n" },
    { "itself", USE "include \"self\";",
      "self:1:28 \"self\": this script includes itself, by way of others or not\n" },
    { "in-a-circle", USE "include \"ping\";",
      "pong:1:28 \"ping\": this script includes itself, by way of others or not\n" },
    { "wrong-inside", USE "\nbar;\ninclude \"wrong\";",
      "t:2:1 unknown command \"bar\"\n"
      "wrong:2:1 unknown command \"foo\"\n"
      "wrong:3:1 \"require\" must stand before all other commands\n" },
    { "told-once", USE "include \"wrong\"; include \"wrong\";",
      "wrong:2:1 unknown command \"foo\"\n"
      "wrong:3:1 \"require\" must stand before all other commands\n" },
    { "requires-are-not-shared", USE "include \"needs\";",
      "needs:1:1 \"fileinto\" needs: require \"fileinto\";\n" },
    { "path", USE "include\n\"../file\";",
      "t:2:1 \"../file\": this is not the name of a script, without a folder\n" },
    { "hidden", USE "include\n\".file\";",
      "t:2:1 \".file\": this is not the name of a script, without a folder\n" },
    { "empty", USE "include\n\"\";", "t:2:1 \"\": this is not the name of a script, without a folder\n" },
    { "variable", USE "set \"a\" \"file\"; include\n\"${a}\";",
      "t:2:1 the name of a script may not hold variables\n" },
    { "too-deep", USE "include \"deep1\";",
      "deep10:1:38 \"deep11\": scripts include one another more than 10 deep\n" },
    { "global-without-variables", "require \"include\"; global\n\"a\";",
      "t:1:20 \"global\" needs: require \"variables\";\n" },
    { "global-after-set", USE "set \"a\" \"1\"; global\n\"A\";",
      "t:2:1 the variable \"A\" was set before it is declared to be global\n" },
    { "global-number", USE "global\n\"1\";", "t:2:1 \"1\" cannot be the name of a variable\n" },
    { "global-name-space", USE "global\n\"global.a\";",
      "t:2:1 \"global.a\" cannot be the name of a variable\n" },
    { "name-space-without-include", "require [\"variables\"]; set\n\"global.a\" \"\";",
      "t:2:1 \"global.a\" cannot be the name of a variable\n" },
    { "name-space-read-without-include", "require [\"variables\"]; set \"a\"\n\"${global.a}\";",
      "t:2:1 ${global.a} is in a namespace that no extension brings\n" },
};

static char *
describe (const IbPlan *plan, const IbSieveOutcome *outcome)
{
    GString *text = g_string_new (NULL);
    for (guint i = 0; i < plan->actions->len; i++) {
        const IbAction *action = plan->actions->pdata[i];
        g_autofree char *flags = g_strjoinv (" ", action->flags);
        g_string_append_printf (text, "%s %s%s%s%s; ", ib_action_name (action->kind), action->mailbox,
                                *flags != '\0' ? " [" : "", flags, *flags != '\0' ? "]" : "");
    }
    if (outcome->keeps_implicitly)
        g_string_append (text, "+keep ");
    if (outcome->error != NULL)
        g_string_append_printf (text, "!%s", outcome->error);
    return g_strchomp (g_string_free (text, FALSE));
}

static char *
run (const IbProgram *program, char **out_decided_in)
{
    g_autoptr (IbMessage) message = ib_message_new (MAIL, strlen (MAIL));
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (IbVerdict) verdict = ib_verdict_new (IB_VERDICT_UNSURE, NAN);
    g_autoptr (IbPlan) plan = ib_plan_new ();
    guint64 steps = 100000;
    const IbSieveContext context = { .facts = facts, .verdict = verdict, .steps = &steps };
    IbSieveOutcome outcome = { 0 };
    ib_sieve_run (program, message, &context, plan, &outcome);
    char *text = describe (plan, &outcome);
    if (out_decided_in != NULL)
        *out_decided_in = g_strdup (outcome.decided_in);
    ib_sieve_outcome_clear (&outcome);
    return text;
}

static IbProgram *
compile (const char *script)
{
    g_autoptr (GError) error = NULL;
    IbProgram *program = ib_sieve_compile ("t", script, strlen (script), &options, NULL, &error);
    g_assert_no_error (error);
    return program;
}

static void
test_run (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (IbProgram) program = compile (runs[i].script);
    g_autofree char *text = run (program, NULL);
    g_assert_cmpstr (text, ==, runs[i].expected);
}

static void
test_error (gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE (data);
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) told = g_string_new (NULL);
    g_autoptr (IbProgram) program
        = ib_sieve_compile ("t", errors[i].script, strlen (errors[i].script), &options, &diagnostics, &error);
    for (guint k = 0; k < diagnostics->len; k++) {
        const IbDiagnostic *one = diagnostics->pdata[k];
        g_string_append_printf (told, "%s:%u:%u %s\n", one->file, one->line, one->column, one->message);
    }
    g_assert_null (program);
    g_assert_error (error, IB_SIEVE_ERROR, IB_SIEVE_ERROR_COMPILE);
    g_assert_cmpstr (told->str, ==, errors[i].expected);
}

static void
the_script_that_decided_is_named (void)
{
    g_autofree char *decided_in = NULL;
    g_autoptr (IbProgram) program = compile (USE "include \"file\";");
    g_autofree char *text = run (program, &decided_in);
    g_assert_cmpstr (decided_in, ==, "file");
}

static void
an_included_redirect_is_not_activated (void)
{
    g_autoptr (IbProgram) program = compile (USE "include \"redirects\";");
    g_autofree char *why = ib_program_why_not_activatable (program);
    g_assert_true (g_str_has_prefix (why, "redirects:2: "));
}

/* Hundreds of names, each a script of its own. */
static char *
any_name (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    *out_length = 5;
    return g_strdup ("keep;");
}

static void
the_scripts_are_counted (void)
{
    const IbSieveOptions many = { .source = any_name };
    g_autoptr (GString) script = g_string_new ("require \"include\";");
    for (guint i = 0; i < IB_LIMIT_INCLUDES; i++)
        g_string_append_printf (script, "include \"n%u\";", i);
    g_autoptr (GError) error = NULL;
    g_autoptr (IbProgram) program = ib_sieve_compile ("t", script->str, script->len, &many, NULL, &error);
    g_assert_no_error (error);

    g_string_append (script, "\ninclude \"more\";");
    g_assert_null (ib_sieve_compile ("t", script->str, script->len, &many, NULL, &error));
    g_assert_cmpstr (error->message, ==, "t:2:9: \"more\": more than 255 scripts are included");
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (runs); i++) {
        g_autofree char *path = g_strconcat ("/sieve/include/run/", runs[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_run);
    }
    for (gsize i = 0; i < G_N_ELEMENTS (errors); i++) {
        g_autofree char *path = g_strconcat ("/sieve/include/error/", errors[i].name, NULL);
        g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_error);
    }
    g_test_add_func ("/sieve/include/decided-in", the_script_that_decided_is_named);
    g_test_add_func ("/sieve/include/not-activatable", an_included_redirect_is_not_activated);
    g_test_add_func ("/sieve/include/count", the_scripts_are_counted);
    return g_test_run ();
}
