/* cmd-filter.c - `inbasket filter`: check, enable, disable; list, run, replay and test stand in files of their own */
#include "diagnostic-words.h"
#include "dry-run.h"
#include "filter-files.h"
#include "filter-shared.h"
#include "inclusion.h"
#include "nearest.h"
#include "print.h"
#include "settings-file.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- compiling ------------------------------------------------------------------------------------------------------------ */

char *
ib_filter_name (const char *word)
{
    return g_str_has_suffix (word, ".sieve") ? g_strdup (word) : g_strconcat (word, ".sieve", NULL);
}

static IbDiagnosticStyle
diagnostic_style (void)
{
    if (!isatty (STDERR_FILENO))
        return IB_DIAGNOSTIC_LINE;
    return ib_print_wants_colour (STDERR_FILENO) ? IB_DIAGNOSTIC_COLOURED : IB_DIAGNOSTIC_CARET;
}

/* Of the compiled script, @path with @text, or of one that it includes. */
static void
place_of (const IbInclusions *inclusions, const IbDiagnostic *diagnostic, const char **path,
          const char **text, gsize *length)
{
    GBytes *included = NULL;
    const char *where = strcmp (diagnostic->file, *path) != 0
                            ? ib_inclusions_path (inclusions, diagnostic->file, &included)
                            : NULL;
    if (where == NULL)
        return;
    *path = where;
    *text = g_bytes_get_data (included, length);
}

static void
say_diagnostic (const IbInclusions *inclusions, const char *path, const char *text, gsize length,
                const IbDiagnostic *diagnostic)
{
    place_of (inclusions, diagnostic, &path, &text, &length);
    g_autofree char *words = ib_diagnostic_words (path, text, length, diagnostic, diagnostic_style ());
    (void) fflush (stdout);
    g_printerr ("%s", words);
}

/* NULL: nobody can know. */
static char **
known_folders (const IbCli *cli)
{
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, NULL);
    return config != NULL ? ib_dry_run_folders (config) : NULL;
}

static IbProgram *
compile (const IbCli *cli, const char *path, const char *text, gsize length, IbInclusions *inclusions,
         bool wants_warnings, GPtrArray **out_diagnostics)
{
    g_auto (GStrv) folders = wants_warnings ? known_folders (cli) : NULL;
    const IbSieveOptions options = { .source = ib_inclusions_source,
                                     .source_data = inclusions,
                                     .folders = (const char *const *) folders };
    return ib_sieve_compile (path, text, length, &options, out_diagnostics, NULL);
}

IbProgram *
ib_filter_compile (const IbCli *cli, const char *path, const char *text, gsize length,
                   const IbScriptText *draft, bool wants_warnings)
{
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (cli->paths->filters);
    ib_inclusions_suppose (inclusions, draft);
    IbProgram *program = compile (cli, path, text, length, inclusions, wants_warnings, &diagnostics);
    for (guint i = 0; diagnostics != NULL && i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = g_ptr_array_index (diagnostics, i);
        if (wants_warnings || !diagnostic->is_warning)
            say_diagnostic (inclusions, path, text, length, diagnostic);
    }
    return program;
}

IbScriptText *
ib_filter_read_draft (const char *word)
{
    gsize length = 0;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = NULL, *name = ib_filter_name (word);
    g_autofree char *why = ib_setting_why_no_script (name);
    g_autoptr (GIOChannel) input = g_io_channel_unix_new (STDIN_FILENO);
    if (why != NULL) {
        ib_print_error ("%s", why);
        return NULL;
    }
    (void) g_io_channel_set_encoding (input, NULL,
                                      NULL); /* bytes: nothing was read yet that could be in the way */
    if (g_io_channel_read_to_end (input, &text, &length, &error) != G_IO_STATUS_NORMAL) {
        ib_print_error ("%s", error->message);
        return NULL;
    }
    return ib_script_text_new (name, text != NULL ? text : "", length);
}

/* --- check ---------------------------------------------------------------------------------------------------------------- */

/* A file, or the name of a filter. */
static char *
load_script (const IbCli *cli, const char *word, char **out_path, gsize *out_length, GError **error)
{
    if (strchr (word, '/') == NULL && !g_file_test (word, G_FILE_TEST_EXISTS)) {
        g_autofree char *name = ib_filter_name (word);
        return ib_config_read_script (cli->paths, name, out_path, out_length, error);
    }
    char *text = NULL;
    if (!g_file_get_contents (word, &text, out_length, error))
        return NULL;
    *out_path = g_strdup (word);
    return text;
}

static void
diagnostic_json (const char *path, const IbDiagnostic *diagnostic)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "file", path);
    ib_json_int (builder, "line", diagnostic->line);
    ib_json_int (builder, "column", diagnostic->column);
    ib_json_text (builder, "severity", diagnostic->is_warning ? "warning" : "error");
    ib_json_text (builder, "message", diagnostic->message);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static IbProgram *
check_json (const IbCli *cli, const char *path, const char *text, gsize length, const IbScriptText *draft)
{
    g_autoptr (GPtrArray) diagnostics = NULL;
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (cli->paths->filters);
    ib_inclusions_suppose (inclusions, draft);
    IbProgram *program = compile (cli, path, text, length, inclusions, true, &diagnostics);
    for (guint i = 0; diagnostics != NULL && i < diagnostics->len; i++) {
        const IbDiagnostic *diagnostic = g_ptr_array_index (diagnostics, i);
        const char *where = path, *of = text;
        gsize of_length = length;
        place_of (inclusions, diagnostic, &where, &of, &of_length);
        diagnostic_json (where, diagnostic);
    }
    return program;
}

/* A filter that is right, but cannot be made active: @why says where, and what for. */
static void
dry_only_json (const char *path, const char *why)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "file", path);
    ib_json_text (builder, "severity", "dry-run-only");
    ib_json_text (builder, "message", why);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static bool
check_text (const IbCli *cli, const char *path, const char *text, gsize length, const IbScriptText *draft)
{
    g_autoptr (IbProgram) program = cli->json
                                        ? check_json (cli, path, text, length, draft)
                                        : ib_filter_compile (cli, path, text, length, draft, !cli->quiet);
    if (program == NULL)
        return false;

    g_autofree char *why = ib_program_why_not_activatable (program);
    if (cli->json && why != NULL)
        dry_only_json (path, why);
    else if (!cli->json && !cli->quiet)
        g_print ("%s: %s%s\n", path, why != NULL ? _ ("right, but may only be run dry: ") : _ ("right"),
                 why != NULL ? why : "");
    return true;
}

static bool
check_draft (const IbCli *cli, const IbScriptText *draft)
{
    gsize length = 0;
    const char *text = ib_script_text_bytes (draft, &length);
    return check_text (cli, draft->name, text, length, draft);
}

static bool
check_one (const IbCli *cli, const char *word, const IbScriptText *draft)
{
    gsize length = 0;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *text = load_script (cli, word, &path, &length, &error);
    if (text == NULL)
        ib_print_error ("%s", error->message);
    return text != NULL && check_text (cli, path, text, length, draft);
}

static IbExit
run_check (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *draft_name = NULL;
    g_autoptr (IbScriptText) draft = NULL;
    const GOptionEntry entries[] = {
        { "draft", 0, 0, G_OPTION_ARG_FILENAME, &draft_name,
          N_ ("What standard input has is the filter NAME"), N_ ("NAME") },
        { NULL },
    };
    if (!ib_command_parse (
            "filter check FILE …", _ ("Compiles filters and says what is wrong: FILE:LINE:COLUMN: message."),
            "  inbasket filter check ~/.config/inbasket/filters/*.sieve\n  inbasket filter check junk\n"
            "  inbasket filter check --draft junk < new.sieve",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc < 2 && draft_name == NULL) {
        ib_print_error (_ ("Which file is to be checked?"));
        return IB_EXIT_USAGE;
    }
    if (draft_name != NULL && (draft = ib_filter_read_draft (draft_name)) == NULL)
        return IB_EXIT_USAGE;
    bool all_right = draft == NULL || check_draft (cli, draft);
    for (int i = 1; i < argc; i++)
        all_right &= check_one (cli, argv[i], draft);
    return all_right ? IB_EXIT_DONE : IB_EXIT_SOME_FAILED;
}

/* --- enable, disable -------------------------------------------------------------------------------------------------------- */

static IbExit
set_scripts (const IbCli *cli, char **scripts)
{
    g_autoptr (GError) error = NULL;
    if (!ib_filter_files_activate (cli->paths, (const char *const *) scripts, &error)) {
        ib_print_error ("%s", error->message);
        return g_error_matches (error, IB_SETTINGS_ERROR, IB_SETTINGS_ERROR_FILE) ? IB_EXIT_SOME_FAILED
                                                                                  : IB_EXIT_CONFIG;
    }
    if (cli->json) {
        g_autoptr (JsonBuilder) builder = json_builder_new ();
        json_builder_begin_object (builder);
        json_builder_set_member_name (builder, "scripts");
        json_builder_begin_array (builder);
        for (gsize i = 0; scripts[i] != NULL; i++)
            json_builder_add_string_value (builder, scripts[i]);
        json_builder_end_array (builder);
        json_builder_end_object (builder);
        ib_print_json (builder);
    } else if (!cli->quiet) {
        g_autofree char *shown = g_strjoinv (", ", scripts);
        g_print (_ ("Active, in this order: %s\n"), *shown != '\0' ? shown : _ ("none"));
    }
    return IB_EXIT_DONE;
}

/* The active filters, and the one that the command is about. False: why was said, *out_exit is due. */
static bool
begin_change (const IbCli *cli, int argc, char **argv, char ***out_scripts, char **out_name, IbExit *out_exit)
{
    g_autoptr (GError) error = NULL;
    *out_exit = IB_EXIT_USAGE;
    if (argc != 2) {
        ib_print_refusal (_ ("“inbasket filter list” names those that there are"), "%s",
                          argc < 2 ? _ ("No filter was named") : _ ("One filter at a time"));
        return false;
    }
    g_autoptr (IbConfig) config = ib_config_load_to_mend (cli->paths, &error);
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        *out_exit = IB_EXIT_CONFIG;
        return false;
    }
    *out_scripts = g_steal_pointer (&config->scripts);
    *out_name = ib_filter_name (argv[1]);
    return true;
}

/* Whether @name compiles and may act on mail by itself. */
static bool
may_be_active (const IbCli *cli, const char *name)
{
    gsize length;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *text = ib_config_read_script (cli->paths, name, &path, &length, &error);
    if (text == NULL) {
        ib_print_error ("%s", error->message);
        return false;
    }
    g_autoptr (IbProgram) program = ib_filter_compile (cli, path, text, length, NULL, true);
    if (program == NULL) {
        ib_print_error (_ ("%s does not compile, so it was not enabled"), name);
        return false;
    }
    g_autofree char *why = ib_program_why_not_activatable (program);
    if (why != NULL)
        ib_print_error (_ ("%s may only be run dry, so it was not enabled: %s"), name, why);
    return why == NULL;
}

static IbExit
run_enable (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "filter enable NAME",
            _ ("Adds a filter to the active ones, as the last. Their order is scripts= in inbasket.conf."),
            "  inbasket filter enable lists", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    IbExit status;
    g_auto (GStrv) scripts = NULL;
    g_autofree char *name = NULL;
    if (!begin_change (cli, argc, argv, &scripts, &name, &status))
        return status;
    if (g_strv_contains ((const char *const *) scripts, name)) {
        if (!cli->quiet)
            g_print (_ ("%s is active already.\n"), name);
        return IB_EXIT_DONE;
    }
    g_autoptr (GError) error = NULL;
    g_autofree char *path = ib_config_find_script (cli->paths, name, &error);
    if (path == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_USAGE;
    }
    if (!may_be_active (cli, name))
        return IB_EXIT_SOME_FAILED;

    g_autoptr (GStrvBuilder) longer = g_strv_builder_new ();
    g_strv_builder_addv (longer, (const char **) scripts);
    g_strv_builder_add (longer, name);
    g_auto (GStrv) all = g_strv_builder_end (longer);
    return set_scripts (cli, all);
}

static IbExit
run_disable (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse ("filter disable NAME",
                           _ ("Takes a filter out of the active ones; its file stays."),
                           "  inbasket filter disable lists", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    IbExit status;
    g_auto (GStrv) scripts = NULL;
    g_autofree char *name = NULL;
    if (!begin_change (cli, argc, argv, &scripts, &name, &status))
        return status;
    if (!g_strv_contains ((const char *const *) scripts, name)) {
        const char *nearest = ib_nearest (name, (const char *const *) scripts);
        g_autofree char *remedy
            = nearest != NULL ? g_strdup_printf (_ ("Did you mean “%s”?"), nearest) : NULL;
        ib_print_refusal (remedy, _ ("%s is not active"), name);
        return IB_EXIT_USAGE;
    }
    g_autoptr (GStrvBuilder) shorter = g_strv_builder_new ();
    for (gsize i = 0; scripts[i] != NULL; i++)
        if (strcmp (scripts[i], name) != 0)
            g_strv_builder_add (shorter, scripts[i]);
    g_auto (GStrv) rest = g_strv_builder_end (shorter);
    return set_scripts (cli, rest);
}

/* --- the command ------------------------------------------------------------------------------------------------------------- */

static const IbCommand commands[] = {
    { "list", N_ ("Names the active filters in order, and the others"), ib_filter_list },
    { "enable", N_ ("Makes one active"), run_enable },
    { "disable", N_ ("Makes one inactive"), run_disable },
    { "always", N_ ("Writes a rule: mail like this one always goes to one folder"), ib_filter_always },
    { "check", N_ ("Compiles filters and says what is wrong"), run_check },
    { "run", N_ ("Says what filters would do with messages"), ib_filter_run },
    { "replay", N_ ("Says what filters would have done with the mail that is here"), ib_filter_replay },
    { "test", N_ ("Runs test scripts"), ib_filter_test },
    { NULL, NULL, NULL },
};

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    return ib_command_run_sub (cli, "filter", _ ("The Sieve scripts that sort your mail."), commands, argc,
                               argv);
}

const IbCommand ib_command_filter = { "filter", N_ ("List, check, try, enable and disable filters"), run };
