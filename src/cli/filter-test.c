/* filter-test.c - `inbasket filter test`: runs test scripts and counts what passed */
#include "filter-shared.h"
#include "print.h"
#include "testsuite.h"

#include <glib/gi18n-lib.h>
#include <string.h>

typedef struct {
    const IbCli *cli;
    gsize passed, failed, skipped;
} Tally;

/* --- telling: a line a case ---------------------------------------------------------------------------------------------- */

static void
say_safely (const char *indent, const char *text)
{
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        g_autofree char *safe = ib_print_safe (g_strchomp (*line), 0);
        g_print ("%s%s\n", indent, safe);
    }
}

/* "FILE:LINE: reason"; what the compiler says has the place in it already. */
static void
say_failure (const IbTestsuiteCase *one)
{
    g_autofree char *text = g_str_has_prefix (one->reason, one->where)
                                ? g_strdup (one->reason)
                                : g_strdup_printf ("%s: %s", one->where, one->reason);
    say_safely ("      ", text);
}

static void
say_case (const Tally *tally, const IbTestsuiteCase *one)
{
    bool is_terminal = ib_print_is_terminal ();
    const char *mark
        = one->has_passed ? (is_terminal ? "✓" : _ ("passed")) : (is_terminal ? "✗" : _ ("FAILED"));
    g_autofree char *name = ib_print_safe (one->name, 0);
    if (one->has_passed && tally->cli->quiet)
        return;
    g_print ("  %s%s%s %s\n", ib_print_colour (one->has_passed ? IB_COLOUR_GOOD : IB_COLOUR_BAD), mark,
             ib_print_colour (IB_COLOUR_PLAIN), name);
    if (!one->has_passed)
        say_failure (one);
    for (guint i = 0; i < one->notes->len; i++)
        say_safely ("      ", one->notes->pdata[i]);
}

static void
say_report (const Tally *tally, const char *path, const IbTestsuiteReport *report)
{
    g_autofree char *shown = ib_print_safe (path, 0);
    bool has_news = !tally->cli->quiet || ib_testsuite_report_failures (report) > 0;
    if (report->skipped_for != NULL) {
        g_autofree char *extension = ib_print_safe (report->skipped_for, 0);
        g_print (_ ("%s: skipped, since Inbasket does not know the extension \"%s\"\n"), shown, extension);
        return;
    }
    if (has_news)
        g_print ("%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), shown, ib_print_colour (IB_COLOUR_PLAIN));
    for (guint i = 0; i < report->cases->len; i++)
        say_case (tally, report->cases->pdata[i]);
    for (guint i = 0; i < report->remarks->len && !tally->cli->quiet; i++)
        ib_print_hint ("%s", (const char *) report->remarks->pdata[i]);
}

/* --- telling: JSON -------------------------------------------------------------------------------------------------------- */

static JsonBuilder *
begin_event (const char *event, const char *path)
{
    JsonBuilder *builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "event", event);
    if (path != NULL)
        ib_json_text (builder, "file", path);
    return builder;
}

static void
end_event (JsonBuilder *builder)
{
    json_builder_end_object (builder);
    ib_print_json (builder);
}

static void
case_json (const char *path, const IbTestsuiteCase *one)
{
    g_autoptr (JsonBuilder) builder = begin_event ("test", path);
    ib_json_text (builder, "name", one->name);
    ib_json_int (builder, "line", one->line);
    ib_json_bool (builder, "passed", one->has_passed);
    ib_json_text (builder, "where", one->where);
    ib_json_text (builder, "reason", one->reason);
    json_builder_set_member_name (builder, "printed");
    json_builder_begin_array (builder);
    for (guint i = 0; i < one->notes->len; i++) {
        g_autofree char *valid = ib_print_valid (one->notes->pdata[i]);
        json_builder_add_string_value (builder, valid);
    }
    json_builder_end_array (builder);
    end_event (builder);
}

static void
report_json (const char *path, const IbTestsuiteReport *report)
{
    if (report->skipped_for != NULL) {
        g_autoptr (JsonBuilder) builder = begin_event ("skipped", path);
        ib_json_text (builder, "extension", report->skipped_for);
        end_event (builder);
    }
    for (guint i = 0; i < report->cases->len; i++)
        case_json (path, report->cases->pdata[i]);
    for (guint i = 0; i < report->remarks->len; i++) {
        g_autoptr (JsonBuilder) builder = begin_event ("remark", path);
        ib_json_text (builder, "text", report->remarks->pdata[i]);
        end_event (builder);
    }
}

static void
tell_summary (const Tally *tally)
{
    if (!tally->cli->json) {
        g_print (_ ("%zu passed, %zu failed, %zu skipped\n"), tally->passed, tally->failed, tally->skipped);
        return;
    }
    g_autoptr (JsonBuilder) builder = begin_event ("summary", NULL);
    ib_json_int (builder, "passed", (gint64) tally->passed);
    ib_json_int (builder, "failed", (gint64) tally->failed);
    ib_json_int (builder, "skipped", (gint64) tally->skipped);
    end_event (builder);
}

/* --- running -------------------------------------------------------------------------------------------------------------- */

static char *
read_script (const char *path, gsize *out_length, gpointer unused, GError **error)
{
    char *text = NULL;
    return g_file_get_contents (path, &text, out_length, error) ? text : NULL;
}

static IbTestsuiteOptions
options_now (void)
{
    g_autoptr (GDateTime) local = g_date_time_new_now_local ();
    return (IbTestsuiteOptions){
        .read = read_script,
        .now = g_get_real_time (),
        .utc_offset_s = (gint32) (g_date_time_get_utc_offset (local) / G_USEC_PER_SEC),
    };
}

/* A file that cannot be read counts as one that failed. */
static void
test_one (Tally *tally, const char *path)
{
    gsize length = 0;
    g_autoptr (GError) error = NULL;
    g_autofree char *text = read_script (path, &length, NULL, &error);
    if (text == NULL) {
        ib_print_error ("%s", error->message);
        tally->failed++;
        return;
    }
    IbTestsuiteOptions options = options_now ();
    g_autoptr (IbTestsuiteReport) report = ib_testsuite_run (path, text, length, &options);
    guint failures = ib_testsuite_report_failures (report);
    tally->failed += failures;
    tally->passed += report->cases->len - failures;
    tally->skipped += report->skipped_for != NULL;
    if (tally->cli->json)
        report_json (path, report);
    else
        say_report (tally, path, report);
}

IbExit
ib_filter_test (const IbCli *cli, int argc, char **argv)
{
    if (!ib_command_parse (
            "filter test FILE.svtest …",
            _ ("Runs test scripts, which say what filters should do with messages of their own: "
               "see inbasket-sieve(7), TESTING. Nothing outside of them is touched."),
            "  inbasket filter test ~/.config/inbasket/filters/tests/*.svtest", NULL, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc < 2) {
        ib_print_error (_ ("Which test script is to be run?"));
        return IB_EXIT_USAGE;
    }
    Tally tally = { .cli = cli };
    for (int i = 1; i < argc; i++)
        test_one (&tally, argv[i]);
    tell_summary (&tally);
    return tally.failed > 0 ? IB_EXIT_SOME_FAILED : IB_EXIT_DONE;
}
