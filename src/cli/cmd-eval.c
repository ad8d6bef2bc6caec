/* cmd-eval.c - `inbasket eval`: how well the classifier would have told the user's own mail apart */
#include "evaluation.h"
#include "command.h"
#include "eval-words.h"
#include "filter-shared.h"
#include "print.h"
#include "progress.h"
#include "standing.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

typedef struct {
    const IbCli *cli;
    IbProgress *progress;
    IbEvaluationStage stage;
    guint64 expected;
} Watching;

/* --- which mail --------------------------------------------------------------------------------------------------- */

static void
add_message (GHashTable *mail, const char *path, bool is_spam)
{
    if (!g_hash_table_contains (mail, path)) {
        IbEvaluated *evaluated = ib_evaluated_new (path, is_spam);
        g_hash_table_insert (mail, evaluated->path, evaluated);
    }
}

/* A message file, or a folder as a whole. False: it was told. */
static bool
add_word (GHashTable *mail, const IbConfig *config, const char *word, bool is_spam)
{
    g_autoptr (GError) error = NULL;
    if (g_file_test (word, G_FILE_TEST_IS_REGULAR)) {
        add_message (mail, word, is_spam);
        return true;
    }
    g_autoptr (GPtrArray) standings = ib_standing_list (config, word, &error);
    if (standings == NULL) {
        ib_print_error ("%s", error->message);
        return false;
    }
    for (guint i = 0; i < standings->len; i++)
        add_message (mail, ((const IbStanding *) standings->pdata[i])->path, is_spam);
    return true;
}

/* What stands in both is junk: a Maildir as a whole holds its Junk, too. Returns: (transfer full) (nullable) */
static GPtrArray *
gather (const IbConfig *config, char *const *ham, char *const *junk)
{
    g_autoptr (GHashTable) mail = g_hash_table_new (g_str_hash, g_str_equal);
    GPtrArray *all = g_ptr_array_new_with_free_func (ib_evaluated_free);
    bool is_whole = true;
    GHashTableIter each;
    gpointer evaluated;
    for (; *junk != NULL; junk++)
        is_whole &= add_word (mail, config, *junk, true);
    for (; *ham != NULL; ham++)
        is_whole &= add_word (mail, config, *ham, false);
    g_hash_table_iter_init (&each, mail);
    while (g_hash_table_iter_next (&each, NULL, &evaluated))
        g_ptr_array_add (all, evaluated);
    if (!is_whole)
        g_clear_pointer (&all, g_ptr_array_unref);
    return all;
}

/* --- the run ------------------------------------------------------------------------------------------------------ */

static void
watch (IbEvaluationStage stage, const IbEvaluated *evaluated, gpointer user_data)
{
    Watching *self = user_data;
    struct stat stands = { 0 };
    if (self->progress == NULL || stage != self->stage) {
        g_clear_pointer (&self->progress, ib_progress_free);
        self->progress = ib_progress_new (self->cli->has_progress);
        ib_progress_expect (self->progress, self->expected, 0);
        ib_progress_begin (self->progress, ib_eval_stage_words (stage));
        self->stage = stage;
    }
    (void) stat (evaluated->path, &stands);
    ib_progress_done (self->progress, 1, (guint64) stands.st_size);
}

static void
tell_unreadable (const GPtrArray *mail, gsize readable)
{
    for (gsize i = readable; i < mail->len; i++)
        ib_print_error ("%s", ((const IbEvaluated *) mail->pdata[i])->error);
}

static IbExit
evaluate (const IbCli *cli, const IbConfig *config, const IbAccount *account, double threshold,
          guint suspects, GPtrArray *mail)
{
    g_autoptr (GError) error = NULL;
    Watching watching = { .cli = cli, .expected = mail->len };
    const IbEvaluation evaluation = {
        .paths = cli->paths,
        .config = config,
        .account = account,
        .threshold = threshold,
        .each = watch,
        .user_data = &watching,
    };
    gssize readable = ib_evaluation_run (&evaluation, mail, &error);
    g_clear_pointer (&watching.progress, ib_progress_free);
    if (readable < 0) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_SOME_FAILED;
    }
    const IbEvalWords words = {
        .mail = mail,
        .readable = (gsize) readable,
        .threshold = threshold,
        .suspects = suspects,
    };
    if (cli->json)
        ib_eval_print_json (&words);
    else
        ib_eval_print (&words);
    if (!cli->json)
        tell_unreadable (mail, (gsize) readable);
    return (gsize) readable < mail->len ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

typedef struct {
    char *account, *threshold;
    gint suspects;
    char **junk; /* of --junk= */
} Options;

static void
options_clear (Options *self)
{
    g_free (self->account);
    g_free (self->threshold);
    g_strfreev (self->junk);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static bool
parse (Options *options, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        { "junk", 'j', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->junk, N_ ("From here on, all is junk"),
          N_ ("JUNK …") },
        { "threshold", 't', 0, G_OPTION_ARG_STRING, &options->threshold,
          N_ ("Call spam what is so likely to be spam, from the first message on"), N_ ("PROBABILITY") },
        { "suspects", 's', 0, G_OPTION_ARG_INT, &options->suspects,
          N_ ("Show so many messages that are probably misfiled (10)"), N_ ("N") },
        { "account", 'a', 0, G_OPTION_ARG_STRING, &options->account,
          N_ ("As if all had come through this account"), N_ ("NAME") },
        { NULL },
    };
    return ib_command_parse (
        "eval HAM … --junk JUNK …",
        _ ("How well the classifier would have told your mail apart, had it begun with nothing, seen each "
           "message when it came, and been told at once what it was. HAM and JUNK are message files or "
           "folders of them: of the Maildir by name, or any by path. What it has learned until now is neither "
           "used nor changed."),
        "  inbasket eval INBOX Archive --junk Junk\n  inbasket eval ~/Mail --junk ~/Mail/.Junk\n"
        "  inbasket eval --threshold 0.5 good/ --junk bad/",
        entries, argc, argv);
}

/* The words behind --junk are parsed by themselves: which side of it they stand on is what counts. */
static bool
parse_sides (Options *options, int argc, char **argv, char ***out_ham, char ***out_junk)
{
    int ham = 0;
    while (ham < argc && strcmp (argv[ham], "--junk") != 0 && strcmp (argv[ham], "-j") != 0)
        ham++;
    g_autofree char **left = g_memdup2 (argv, (gsize) (ham + 1) * sizeof *argv);
    g_autofree char **right = g_memdup2 (argv + ham, (gsize) (argc - ham + 1) * sizeof *argv);
    char **left_words = left, **right_words = right;
    int left_count = ham, right_count = argc - ham;
    left[ham] = NULL;
    if (right_count > 0)
        right[0] = argv[0];
    bool is_parsed = parse (options, &left_count, &left_words)
                     && (right_count == 0 || parse (options, &right_count, &right_words));
    if (!is_parsed)
        return false;

    g_autoptr (GStrvBuilder) junk = g_strv_builder_new ();
    g_strv_builder_addv (junk, (const char **) (options->junk != NULL ? options->junk : &left[ham]));
    if (right_count > 0)
        g_strv_builder_addv (junk, (const char **) right_words + 1);
    *out_ham = g_strdupv (left_words + 1);
    *out_junk = g_strv_builder_end (junk);
    return true;
}

static bool
read_threshold (const char *text, double *out_threshold)
{
    char *end = NULL;
    *out_threshold = text != NULL ? g_ascii_strtod (text, &end) : NAN;
    if (text == NULL || (end != text && *end == '\0' && *out_threshold > 0 && *out_threshold < 1))
        return true;
    ib_print_refusal (_ ("Give a probability between 0 and 1, like 0.80"), _ ("“%s” is no threshold"), text);
    return false;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    IbExit status;
    double threshold;
    const IbAccount *account = NULL;
    g_auto (Options) options = { .suspects = 10 };
    g_auto (GStrv) ham = NULL, junk = NULL;
    g_autoptr (GError) error = NULL;
    if (!parse_sides (&options, argc, argv, &ham, &junk) || !read_threshold (options.threshold, &threshold))
        return IB_EXIT_USAGE;
    if (options.suspects < 0) {
        ib_print_refusal (_ ("Give 0 or more, like 10"), _ ("“%d” is no number of suspects to show"),
                          options.suspects);
        return IB_EXIT_USAGE;
    }
    if (*ham == NULL || *junk == NULL) {
        ib_print_refusal (_ ("“inbasket eval --help” shows how"),
                          _ ("“eval” takes folders of good mail, --junk, and folders of junk"));
        return IB_EXIT_USAGE;
    }
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (!ib_filter_find_account (config, options.account, &account, &status))
        return status;
    g_autoptr (GPtrArray) mail = gather (config, ham, junk);
    if (mail == NULL)
        return IB_EXIT_USAGE;
    return evaluate (cli, config, account, threshold, (guint) options.suspects, mail);
}

const IbCommand ib_command_eval
    = { "eval", N_ ("Measure how well the classifier tells your mail apart"), run };
