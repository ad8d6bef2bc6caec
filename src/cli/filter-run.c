/* filter-run.c - `inbasket filter run`: what filters would do with messages */
#include "always-rule.h"
#include "dry-run.h"
#include "filter-shared.h"
#include "plan-words.h"
#include "print.h"
#include "trace-words.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

/* --- telling --------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const IbCli *cli;
    bool any_failed;
} Telling;

static void
texts_json (JsonBuilder *builder, const char *name, const GPtrArray *texts)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (guint i = 0; texts != NULL && i < texts->len; i++)
        json_builder_add_string_value (builder, texts->pdata[i]);
    json_builder_end_array (builder);
}

static void
step_json (JsonBuilder *builder, const IbTraceStep *step)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "script", step->script);
    ib_json_int (builder, "line", step->line);
    ib_json_int (builder, "depth", step->depth);
    ib_json_text (builder, "kind", ib_trace_kind_name (step->kind));
    ib_json_text (builder, "test", step->what);
    ib_json_text (builder, "value", ib_trace_step_value (step));
    texts_json (builder, "values", step->values);
    ib_json_int (builder, "looked_at", step->n_values);
    ib_json_text (builder, "key", step->key);
    texts_json (builder, "captures", step->captures);
    ib_json_bool (builder, "result", step->result);
    json_builder_end_object (builder);
}

static void
judgement_json (JsonBuilder *builder, const IbJudgement *judgement)
{
    ib_json_double (builder, "spam", judgement->verdict->probability);
    ib_json_text (builder, "verdict", ib_verdict_name (judgement->verdict->kind));
    ib_plan_json (builder, judgement->plan);
    ib_json_text (builder, "rule", judgement->rule);
    if (judgement->trace == NULL)
        return;
    json_builder_set_member_name (builder, "trace");
    json_builder_begin_array (builder);
    for (guint i = 0; i < judgement->trace->steps->len; i++)
        step_json (builder, g_ptr_array_index (judgement->trace->steps, i));
    json_builder_end_array (builder);
    ib_json_bool (builder, "trace_is_cut", judgement->trace->is_cut);
}

static void
tell_json (const char *path, const IbJudgement *judgement, const char *error)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "path", path);
    if (judgement != NULL) {
        judgement_json (builder, judgement);
    } else {
        ib_json_double (builder, "spam", NAN);
        ib_json_text (builder, "verdict", NULL);
        json_builder_set_member_name (builder, "actions");
        json_builder_begin_array (builder);
        json_builder_end_array (builder);
    }
    ib_json_text (builder, "error", error);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
tell_words (const char *path, const IbJudgement *judgement)
{
    g_autofree char *shown = ib_print_safe (path, 0);
    g_autofree char *actions = ib_plan_words (judgement->plan);
    g_print ("%s: %s → %s%s%s%s\n", shown, ib_verdict_name (judgement->verdict->kind), actions,
             *judgement->rule != '\0' ? " (" : "", judgement->rule, *judgement->rule != '\0' ? ")" : "");
    if (judgement->trace != NULL) {
        g_autofree char *trace
            = ib_trace_words (judgement->trace, 2, ib_print_is_terminal () ? ib_print_width () : 0);
        g_print ("%s", trace);
    }
}

static void
tell (const char *path, const IbJudgement *judgement, const GError *error, gpointer data)
{
    Telling *telling = data;
    const char *why = error != NULL ? error->message : judgement->error;
    telling->any_failed |= why != NULL;
    if (telling->cli->json)
        tell_json (path, judgement, why);
    else if (judgement != NULL && !telling->cli->quiet)
        tell_words (path, judgement);
    if (why != NULL && !telling->cli->json)
        ib_print_error ("%s%s%s", error != NULL ? "" : path, error != NULL ? "" : ": ", why);
}

/* --- which filters ------------------------------------------------------------------------------------------------------------ */

/* @word: a filter's name, or a file somewhere else. */
static char *
read_word (const IbCli *cli, const char *word, const char *name, char **out_path, gsize *out_length)
{
    g_autoptr (GError) error = NULL;
    char *text = NULL;
    if (strchr (word, '/') == NULL)
        text = ib_config_read_script (cli->paths, name, out_path, out_length, &error);
    else if (g_file_get_contents (word, &text, out_length, &error))
        *out_path = g_strdup (word);
    if (text == NULL)
        ib_print_error ("%s", error->message);
    return text;
}

static bool
add_text (const IbCli *cli, GPtrArray *scripts, const char *name, const char *path, const char *text,
          gsize length, const IbScriptText *draft)
{
    g_autoptr (IbProgram) program = ib_filter_compile (cli, path, text, length, draft, false);
    if (program != NULL)
        g_ptr_array_add (scripts, ib_script_text_new (name, text, length));
    return program != NULL;
}

static bool
add_draft (const IbCli *cli, GPtrArray *scripts, const IbScriptText *draft)
{
    gsize length = 0;
    const char *text = ib_script_text_bytes (draft, &length);
    return add_text (cli, scripts, draft->name, draft->name, text, length, draft);
}

static bool
add_script (const IbCli *cli, GPtrArray *scripts, const char *word, const IbScriptText *draft,
            bool *is_draft_there)
{
    gsize length = 0;
    g_autofree char *path = NULL, *base = g_path_get_basename (word);
    g_autofree char *name = ib_filter_name (base);
    if (draft != NULL && strchr (word, '/') == NULL && strcmp (name, draft->name) == 0) {
        *is_draft_there = true;
        return add_draft (cli, scripts, draft);
    }
    g_autofree char *text = read_word (cli, word, name, &path, &length);
    return text != NULL && add_text (cli, scripts, name, path, text, length, draft);
}

GPtrArray *
ib_filter_load_scripts (const IbCli *cli, const IbConfig *config, const IbAccount *account,
                        const char *const *words, const IbScriptText *draft)
{
    g_autoptr (GPtrArray) scripts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_script_text_free);
    bool is_draft_there = false;
    if (words == NULL)
        words = account != NULL ? ib_config_scripts (config, account) : (const char *const *) config->scripts;
    for (; *words != NULL; words++)
        if (!add_script (cli, scripts, *words, draft, &is_draft_there))
            return NULL;
    if (draft != NULL && !is_draft_there && !add_draft (cli, scripts, draft))
        return NULL;
    if (draft != NULL && !is_draft_there && strcmp (draft->name, IB_ALWAYS_FILTER) == 0)
        g_ptr_array_insert (scripts, 0, g_ptr_array_steal_index (scripts, scripts->len - 1));
    return g_steal_pointer (&scripts);
}

/* --- the command --------------------------------------------------------------------------------------------------------------- */

bool
ib_filter_find_account (const IbConfig *config, const char *name, const IbAccount **out_account,
                        IbExit *out_exit)
{
    *out_account = name != NULL ? ib_config_account (config, name) : NULL;
    if (name == NULL || *out_account != NULL)
        return true;
    const IbBrokenAccount *broken = ib_config_broken (config, name);
    *out_exit = broken != NULL ? IB_EXIT_CONFIG : IB_EXIT_USAGE;
    if (broken != NULL)
        ib_print_error ("%s", broken->error->message);
    else
        ib_print_error (_ ("There is no account “%s”"), name);
    return false;
}

static IbExit
run_on (const IbCli *cli, const char *account_name, const char *const *scripts, bool wants_trace,
        const char *const *paths)
{
    IbExit status;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    IbDryRun dry = { .config = config, .wants = wants_trace ? IB_JUDGE_TRACE : 0 };
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (!ib_filter_find_account (config, account_name, &dry.account, &status))
        return status;
    g_autoptr (GPtrArray) loaded = ib_filter_load_scripts (cli, config, dry.account, scripts, NULL);
    if (loaded == NULL)
        return scripts != NULL ? IB_EXIT_USAGE : IB_EXIT_CONFIG;

    Telling telling = { cli, false };
    g_autoptr (IbKnown) known = ib_known_new (cli->paths, config, NULL);
    const char *const standard_input[] = { "-", NULL };
    dry.scripts = loaded;
    g_autoptr (IbLearned) learned = ib_learned_new (cli->paths, NULL, true);
    dry.known = known;
    dry.learned = learned;
    ib_dry_run (&dry, *paths != NULL ? paths : standard_input, tell, &telling);
    return telling.any_failed ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

IbExit
ib_filter_run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *account = NULL;
    g_auto (GStrv) scripts = NULL;
    gboolean wants_trace = FALSE;
    const GOptionEntry entries[] = {
        { "script", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &scripts,
          N_ ("Run this filter (name, or a file with its folder)"), N_ ("FILTER") },
        { "account", 'a', 0, G_OPTION_ARG_STRING, &account,
          N_ ("As if the messages came through this account"), N_ ("NAME") },
        { "trace", 't', 0, G_OPTION_ARG_NONE, &wants_trace, N_ ("Show each test, and what it looked at"),
          NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "filter run [MESSAGE …]",
            _ ("Says what filters would do with messages: files, folders of them, or standard input. "
               "Nothing is changed."),
            "  inbasket filter run --trace message.eml\n  inbasket filter run --script lists ~/Mail\n"
            "  inbasket filter run --script ./new.sieve < message.eml",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    return run_on (cli, account, (const char *const *) scripts, wants_trace, (const char *const *) argv + 1);
}
