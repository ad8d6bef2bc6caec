/* cmd-classify.c - `inbasket classify`: what the classifier takes messages for */
#include "arrival.h"
#include "classifier.h"
#include "classify-shared.h"
#include "dry-run.h"
#include "filter-shared.h"
#include "print.h"
#include "verdict-words.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#define REASONS_SHOWN 4

typedef struct {
    const IbCli *cli;
    IbArrivals arrivals;
    bool any_failed, any_early;
} Telling;

static void
sharpen (IbFacts *facts, const char *path, gpointer data)
{
    const Telling *self = data;
    ib_arrivals_sharpen_file (&self->arrivals, path, facts);
}

static void
tell_json (const char *path, const IbVerdict *verdict, const char *error)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "path", path);
    ib_json_double (builder, "score", verdict != NULL ? ib_verdict_likeness (verdict) : NAN);
    ib_verdict_json (builder, verdict);
    ib_json_text (builder, "error", error);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
tell_words (const char *path, const IbVerdict *verdict)
{
    static const IbColour colours[] = {
        [IB_VERDICT_UNSURE] = IB_COLOUR_PLAIN,
        [IB_VERDICT_HAM] = IB_COLOUR_GOOD,
        [IB_VERDICT_SPAM] = IB_COLOUR_WARN,
    };
    g_autofree char *shown = ib_print_safe (path, 0);
    g_autofree char *reasons = ib_verdict_short_words (verdict, REASONS_SHOWN);
    char score[G_ASCII_DTOSTR_BUF_SIZE];
    (void) g_ascii_formatd (score, sizeof score, "%.6f", ib_verdict_likeness (verdict));
    g_print ("%s %s%-6s%s %s", score, ib_print_colour (colours[verdict->kind]),
             ib_verdict_name (verdict->kind), ib_print_colour (IB_COLOUR_PLAIN), shown);
    if (*reasons != '\0')
        g_print ("  %s(%s)%s", ib_print_colour (IB_COLOUR_FAINT), reasons, ib_print_colour (IB_COLOUR_PLAIN));
    g_print ("\n");
}

static void
tell (const char *path, const IbJudgement *judgement, const GError *error, gpointer data)
{
    Telling *self = data;
    const IbVerdict *verdict = judgement != NULL ? judgement->verdict : NULL;
    self->any_failed |= error != NULL;
    self->any_early |= verdict != NULL && isnan (verdict->probability);
    if (self->cli->json)
        tell_json (path, verdict, error != NULL ? error->message : NULL);
    else if (verdict != NULL)
        tell_words (path, verdict);
    else
        ib_print_error ("%s", error->message);
}

static void
tell_how_early (const Telling *self, IbLearned *learned)
{
    guint64 ham = 0, spam = 0;
    if (ib_learned_notice (learned) != NULL)
        ib_print_hint ("%s", ib_learned_notice (learned));
    if (!self->any_early || self->cli->json || self->cli->quiet)
        return;
    ib_learned_count (learned, &ham, &spam);
    ib_print_hint (ngettext ("It knows %" PRIu64 " good message and %" PRIu64
                             " of spam, and judges from %d of each on: “inbasket learn --help” shows how",
                             "It knows %" PRIu64 " good messages and %" PRIu64
                             " of spam, and judges from %d of each on: “inbasket learn --help” shows how",
                             (gulong) ham),
                   ham, spam, IB_KNOWN_ENOUGH);
}

static IbExit
classify (const IbCli *cli, const IbConfig *config, const IbAccount *account, const char *const *paths)
{
    const char *const standard_input[] = { "-", NULL };
    g_autoptr (GPtrArray) no_scripts = g_ptr_array_new ();
    g_autoptr (IbKnown) known = ib_known_new (cli->paths, config, NULL);
    g_autoptr (IbHome) home = ib_home_look (cli->paths, config, NULL);
    IbJournal *journal = home != NULL ? home->journal : NULL;
    g_autoptr (IbLearned) learned = ib_learned_new (cli->paths, journal, true);
    const IbDryRun run = {
        .config = config,
        .known = known,
        .account = account,
        .scripts = no_scripts,
        .wants = IB_JUDGE_TRACE, /* names the words that weighed most */
        .learned = learned,
        .sharpen = sharpen,
    };
    Telling telling = { .cli = cli, .arrivals = { config, known, journal, account } };
    ib_dry_run (&run, *paths != NULL ? paths : standard_input, tell, &telling);
    tell_how_early (&telling, learned);
    return telling.any_failed ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *account_name = NULL;
    gboolean is_batch = FALSE;
    const GOptionEntry entries[] = {
        { "account", 'a', 0, G_OPTION_ARG_STRING, &account_name,
          N_ ("As if the messages had come through this account"), N_ ("NAME") },
        { "batch", 'b', 0, G_OPTION_ARG_NONE, &is_batch,
          N_ ("Answer lines: “classify PATH”, “train spam PATH”, “train ham PATH”"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "classify [PATH …]",
            _ ("What the classifier takes messages for: how likely each is to be spam, the verdict, and what "
               "weighed most. A PATH is a message file, a folder of them, or “-” for standard input, which "
               "is also read without any. Nothing is changed."),
            "  inbasket classify ~/Mail/.Junk\n  inbasket classify < message\n"
            "  printf 'train spam message\\nclassify message\\n' | inbasket classify --batch",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (is_batch && (argc > 1 || cli->json)) {
        ib_print_refusal (
            _ ("“inbasket classify --help” shows how"),
            _ ("“classify --batch” reads what to do from standard input, and answers in its own way"));
        return IB_EXIT_USAGE;
    }
    IbExit status;
    const IbAccount *account = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (!ib_filter_find_account (config, account_name, &account, &status))
        return status;
    return is_batch ? ib_classify_batch (cli, config, account)
                    : classify (cli, config, account, (const char *const *) argv + 1);
}

const IbCommand ib_command_classify = { "classify", N_ ("Say what the classifier takes messages for"), run };
