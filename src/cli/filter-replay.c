/* filter-replay.c - `inbasket filter replay`: what filters would have done with the mail that is here */
#include "filter-shared.h"
#include "print.h"
#include "progress.h"
#include "replay.h"

#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define EXAMPLES 3
#define PROGRESS_US (G_USEC_PER_SEC / 10)
/* In examples on a terminal. */
#define FROM_COLUMNS 30

/* --- words ------------------------------------------------------------------------------------------------------------- */

/* "+\Flagged -\Seen" of Maildir's letters. Returns: (transfer full) */
static char *
flag_words (const IbReplayChange *change)
{
    static const struct {
        char letter;
        const char *flag;
    } flags[] = { { 'D', "\\Draft" }, { 'F', "\\Flagged" }, { 'R', "\\Answered" }, { 'S', "\\Seen" } };
    GString *words = g_string_new (NULL);
    for (gsize i = 0; i < G_N_ELEMENTS (flags); i++) {
        bool is_added = strchr (change->added, flags[i].letter) != NULL;
        if (is_added || strchr (change->removed, flags[i].letter) != NULL)
            g_string_append_printf (words, "%s%c%s", words->len > 0 ? " " : "", is_added ? '+' : '-',
                                    flags[i].flag);
    }
    return g_string_free (words, FALSE);
}

/* "Lists.foo + INBOX", "discard". Returns: (transfer full) */
static char *
target_words (const IbReplayChange *change)
{
    return change->to[0] != NULL ? g_strjoinv (" + ", change->to) : g_strdup (change->instead);
}

static char *
day_of (gint64 at_s)
{
    g_autoptr (GDateTime) at = at_s != 0 ? g_date_time_new_from_unix_local (at_s) : NULL;
    return at != NULL ? g_date_time_format (at, "%Y-%m-%d") : g_strdup ("?");
}

static void
say_changes (const IbReplay *replay)
{
    const char *const heads[]
        = { _ (">Messages"), _ ("Stand in"), _ ("Would be in"), _ ("Flags"), _ ("By"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (guint i = 0; i < replay->changes->len; i++) {
        const IbReplayChange *change = replay->changes->pdata[i];
        g_autofree char *to = target_words (change), *flags = flag_words (change);
        ib_table_cell (table, IB_COLOUR_BOLD, "%" PRIu64, change->count);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s", change->from);
        ib_table_cell (table, *change->rule == '\0' ? IB_COLOUR_FAINT : IB_COLOUR_GOOD, "%s", to);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s", flags);
        ib_table_cell (table, IB_COLOUR_FAINT, "%s",
                       *change->rule != '\0' ? change->rule : _ ("none decided"));
    }
    ib_table_print (table);
}

static void
say_rules (const IbReplay *replay)
{
    const char *const heads[] = { _ (">Messages"), _ (">Changed"), _ ("Rule that decided"), NULL };
    g_autoptr (IbTable) table = ib_table_new (heads);
    for (guint i = 0; i < replay->rules->len; i++) {
        const IbReplayRule *rule = replay->rules->pdata[i];
        ib_table_cell (table, IB_COLOUR_PLAIN, "%" PRIu64, rule->count);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%" PRIu64, rule->changed);
        ib_table_cell (table, IB_COLOUR_PLAIN, "%s", *rule->rule != '\0' ? rule->rule : _ ("none"));
    }
    g_print ("\n");
    ib_table_print (table);
}

static void
say_example (const IbReplayExample *example, const IbCli *cli)
{
    g_autofree char *day = day_of (example->arrived_s);
    g_autofree char *from = ib_print_safe (example->from, FROM_COLUMNS);
    g_autoptr (GString) line = g_string_new (NULL);
    g_string_append_printf (line, "%s  %s%*s  %s", day, from,
                            (int) MAX (0, FROM_COLUMNS - g_utf8_strlen (from, -1)), "", example->subject);
    g_autofree char *shown
        = ib_print_safe (line->str, ib_print_is_terminal () ? MAX (ib_print_width (), 30) - 2 : 0);
    g_print ("  %s\n", shown);
    if (cli->verbose) {
        g_autofree char *path = ib_print_safe (example->path, 0);
        g_print ("      %s%s%s\n", ib_print_colour (IB_COLOUR_FAINT), path,
                 ib_print_colour (IB_COLOUR_PLAIN));
    }
}

/* "INBOX → Lists  +\Flagged  (lists.sieve:18)" */
static void
say_title (const IbReplayChange *change)
{
    g_autofree char *to = target_words (change), *flags = flag_words (change);
    g_autofree char *words = g_strdup_printf (
        "%s → %s%s%s%s%s%s", change->from, to, *flags != '\0' ? "  " : "", flags,
        *change->rule != '\0' ? "  (" : "", change->rule, *change->rule != '\0' ? ")" : "");
    g_autofree char *safe = ib_print_safe (words, 0);
    g_print ("\n%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), safe, ib_print_colour (IB_COLOUR_PLAIN));
}

static void
say_examples (const IbReplay *replay, const IbCli *cli)
{
    for (guint i = 0; i < replay->changes->len; i++) {
        const IbReplayChange *change = replay->changes->pdata[i];
        if (change->examples->len == 0)
            continue;
        say_title (change);
        for (guint e = 0; e < change->examples->len; e++)
            say_example (change->examples->pdata[e], cli);
    }
}

static void
say_failures (const IbReplay *replay)
{
    for (guint i = 0; i < replay->failures->len; i++) {
        const IbReplayFailure *failure = replay->failures->pdata[i];
        /* Some errors name the file themselves. */
        if (g_str_has_prefix (failure->why, failure->path))
            ib_print_error ("%s", failure->why);
        else
            ib_print_error ("%s: %s", failure->path, failure->why);
    }
    if (replay->failed > replay->failures->len)
        ib_print_error (_ ("… and %" PRIu64 " more failed"), replay->failed - replay->failures->len);
}

static void
say (const IbReplay *replay, const IbCli *cli)
{
    if (!cli->quiet) {
        guint64 right = replay->messages - replay->changed - replay->failed;
        g_print (ngettext ("%" PRIu64 " message: ", "%" PRIu64 " messages: ", (gulong) replay->messages),
                 replay->messages);
        g_print (_ ("%" PRIu64 " would stand elsewhere or have other flags, "), replay->changed);
        g_print (ngettext ("%" PRIu64 " stands where these filters would put it",
                           "%" PRIu64 " stand where these filters would put them", (gulong) right),
                 right);
        if (replay->failed > 0)
            g_print (_ (", %" PRIu64 " failed"), replay->failed);
        if (replay->gone > 0)
            g_print (_ (", and %" PRIu64 " went away meanwhile"), replay->gone);
        g_print (_ (". Nothing was changed.\n"));
        if (replay->changes->len > 0) {
            g_print ("\n");
            say_changes (replay);
        }
        if (replay->rules->len > 0)
            say_rules (replay);
        say_examples (replay, cli);
    }
    say_failures (replay);
}

/* --- JSON -------------------------------------------------------------------------------------------------------------- */

static void
strings_json (JsonBuilder *builder, const char *name, char *const *strings)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
    for (; *strings != NULL; strings++)
        json_builder_add_string_value (builder, *strings);
    json_builder_end_array (builder);
}

static void
begin_list (JsonBuilder *builder, const char *name)
{
    json_builder_set_member_name (builder, name);
    json_builder_begin_array (builder);
}

static void
example_json (JsonBuilder *builder, const IbReplayExample *example)
{
    g_autoptr (GDateTime) at = g_date_time_new_from_unix_utc (example->arrived_s);
    g_autofree char *date = at != NULL ? g_date_time_format_iso8601 (at) : NULL;
    json_builder_begin_object (builder);
    ib_json_text (builder, "path", example->path);
    ib_json_text (builder, "date", date);
    ib_json_text (builder, "from", example->from);
    ib_json_text (builder, "subject", example->subject);
    json_builder_end_object (builder);
}

static void
change_json (JsonBuilder *builder, const IbReplayChange *change)
{
    g_autofree char *to = change->to[0] != NULL ? g_strjoinv (" + ", change->to) : NULL;
    g_autofree char *flags = flag_words (change);
    g_auto (GStrv) words = g_strsplit (flags, " ", -1);
    json_builder_begin_object (builder);
    ib_json_text (builder, "from", change->from);
    ib_json_text (builder, "to", to);
    strings_json (builder, "folders", change->to);
    ib_json_text (builder, "action", change->to[0] != NULL ? "store" : change->instead);
    strings_json (builder, "flags", words);
    ib_json_text (builder, "rule", *change->rule != '\0' ? change->rule : NULL);
    ib_json_int (builder, "count", (gint64) change->count);
    begin_list (builder, "examples");
    for (guint i = 0; i < change->examples->len; i++)
        example_json (builder, change->examples->pdata[i]);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
}

static void
rule_json (JsonBuilder *builder, const IbReplayRule *rule)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "rule", *rule->rule != '\0' ? rule->rule : NULL);
    ib_json_int (builder, "count", (gint64) rule->count);
    ib_json_int (builder, "changed", (gint64) rule->changed);
    json_builder_end_object (builder);
}

static void
failure_json (JsonBuilder *builder, const IbReplayFailure *failure)
{
    json_builder_begin_object (builder);
    ib_json_text (builder, "path", failure->path);
    ib_json_text (builder, "error", failure->why);
    json_builder_end_object (builder);
}

static void
say_json (const IbReplay *replay)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_int (builder, "messages", (gint64) replay->messages);
    ib_json_int (builder, "changed", (gint64) replay->changed);
    ib_json_int (builder, "unchanged", (gint64) (replay->messages - replay->changed - replay->failed));
    ib_json_int (builder, "failed", (gint64) replay->failed);
    ib_json_int (builder, "gone", (gint64) replay->gone);
    begin_list (builder, "changes");
    for (guint i = 0; i < replay->changes->len; i++)
        change_json (builder, replay->changes->pdata[i]);
    json_builder_end_array (builder);
    begin_list (builder, "rules");
    for (guint i = 0; i < replay->rules->len; i++)
        rule_json (builder, replay->rules->pdata[i]);
    json_builder_end_array (builder);
    begin_list (builder, "errors");
    for (guint i = 0; i < replay->failures->len; i++)
        failure_json (builder, replay->failures->pdata[i]);
    json_builder_end_array (builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* --- the command ------------------------------------------------------------------------------------------------------- */

/* How far it is: on the terminal, or, for whoever runs us, a line "DONE EXPECTED" in a pipe. */
typedef struct {
    IbProgress *line;
    int pipe; /* -1: none */
    guint64 done, expected;
    gint64 told_at;
} HowFar;

static void
tell (HowFar *self)
{
    gint64 now = g_get_monotonic_time ();
    if (self->pipe < 0
        || (now - self->told_at < PROGRESS_US && self->done > 0 && self->done < self->expected))
        return;
    self->told_at = now;
    if (dprintf (self->pipe, "%" PRIu64 " %" PRIu64 "\n", self->done, self->expected) < 0)
        self->pipe = -1; /* nobody listens: the answer may be wanted all the same */
}

static void
progress (guint64 bytes, gpointer data)
{
    HowFar *self = data;
    ib_progress_done (self->line, 1, bytes);
    self->done++;
    tell (self);
}

/* What lies below all of @words. NULL: one of them is no folder, and that was said. */
static GPtrArray *
list_all (const IbConfig *config, const char *const *words)
{
    g_autoptr (GPtrArray) all = NULL;
    for (; *words != NULL; words++) {
        g_autoptr (GError) error = NULL;
        GPtrArray *found = ib_standing_list (config, *words, &error);
        if (found == NULL) {
            ib_print_refusal (_ ("“inbasket filter run” takes single messages"), "%s", error->message);
            return NULL;
        }
        if (all == NULL)
            all = found;
        else
            g_ptr_array_extend_and_steal (all, found);
    }
    return g_steal_pointer (&all);
}

static IbExit
replay (const IbCli *cli, const IbReplayRun *asked, int pipe, const char *const *scripts,
        const char *const *words)
{
    IbReplayRun run = *asked;
    g_autoptr (GPtrArray) standings = list_all (run.config, words);
    if (standings == NULL)
        return IB_EXIT_USAGE;
    g_autoptr (GPtrArray) loaded = ib_filter_load_scripts (cli, run.config, run.account, scripts, run.draft);
    if (loaded == NULL)
        return scripts != NULL || run.draft != NULL ? IB_EXIT_USAGE : IB_EXIT_CONFIG;

    g_autoptr (IbProgress) line = ib_progress_new (cli->has_progress);
    ib_progress_expect (line, standings->len, 0);
    if (pipe >= 0)
        (void) fcntl (pipe, F_SETFD, FD_CLOEXEC); /* it is none of the workers' */
    HowFar how_far = { .line = line, .pipe = pipe, .expected = standings->len };
    tell (&how_far);
    g_autoptr (IbKnown) known = ib_known_new (cli->paths, run.config, NULL);
    run.known = known;
    run.scripts = loaded;
    run.progress = progress;
    run.user_data = &how_far;
    g_autoptr (IbReplay) result = ib_replay_run (&run, standings);
    ib_progress_clear (line);

    if (cli->json)
        say_json (result);
    else
        say (result, cli);
    return result->failed > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}

IbExit
ib_filter_replay (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *account = NULL, *draft_name = NULL;
    g_auto (GStrv) scripts = NULL;
    int examples = EXAMPLES, pipe = -1;
    const GOptionEntry entries[] = {
        { "script", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &scripts,
          N_ ("Run this filter (name, or a file with its folder)"), N_ ("FILTER") },
        { "account", 'a', 0, G_OPTION_ARG_STRING, &account,
          N_ ("As if all messages came through this account"), N_ ("NAME") },
        { "draft", 0, 0, G_OPTION_ARG_FILENAME, &draft_name,
          N_ ("What standard input has is the filter NAME"), N_ ("NAME") },
        { "progress-fd", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &pipe, NULL, NULL },
        { "examples", 'e', 0, G_OPTION_ARG_INT, &examples, N_ ("So many of each change (3)"), N_ ("N") },
        { NULL },
    };
    if (!ib_command_parse (
            "filter replay FOLDER …",
            _ ("Says what filters would have done with the mail that is here, against where it stands: a Maildir "
               "with all its folders, one folder of it, or folders of message files. Nothing is changed."),
            "  inbasket filter replay ~/Mail\n  inbasket filter replay --script ./new.sieve ~/Mail/.Lists\n"
            "  inbasket filter replay --script lists --examples 10 INBOX\n"
            "  inbasket filter replay --draft lists ~/Mail < new.sieve\n"
            "  inbasket filter replay --json ~/Mail | jq '.rules'",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc < 2 || examples < 0) {
        ib_print_refusal (_ ("“inbasket filter replay --help” says more"), "%s",
                          argc < 2 ? _ ("No folder was named")
                                   : _ ("A number of examples cannot be negative"));
        return IB_EXIT_USAGE;
    }
    IbExit status;
    g_autoptr (GError) error = NULL;
    g_autoptr (IbConfig) config = ib_config_load (cli->paths, &error);
    IbReplayRun run = { .paths = cli->paths, .config = config, .examples = (guint) examples };
    if (config == NULL) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_CONFIG;
    }
    if (!ib_filter_find_account (config, account, &run.account, &status))
        return status;
    g_autoptr (IbScriptText) draft = draft_name != NULL ? ib_filter_read_draft (draft_name) : NULL;
    if (draft_name != NULL && draft == NULL)
        return IB_EXIT_USAGE;
    run.draft = draft;
    return replay (cli, &run, pipe, (const char *const *) scripts, (const char *const *) argv + 1);
}
