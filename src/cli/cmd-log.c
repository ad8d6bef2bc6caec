/* cmd-log.c - `inbasket log`: what arrived and where it went, a line each */
#include "account-shared.h"
#include "command.h"
#include "compose.h"
#include "follow.h"
#include "overview.h"
#include "print.h"
#include "since.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_SINCE "1d"

/* A line on a terminal; sender and subject share what is left. */
#define ID_COLUMNS 8
#define TIME_COLUMNS 16
#define WHERE_COLUMNS 5 /* at least: "INBOX" */
#define FROM_LEAST 16
#define FROM_MOST 28
#define SUBJECT_LEAST 10

/* NULL for what is not known. */
static const char *
known (const char *text)
{
    return *text != '\0' ? text : NULL;
}

static void
print_row_json (const IbStory *story)
{
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    ib_json_text (builder, "id", story->id);
    ib_json_int (builder, "at", story->delivered_at / G_USEC_PER_SEC);
    ib_json_text (builder, "account", story->account);
    ib_json_text (builder, "from", story->from);
    ib_json_text (builder, "subject", story->subject);
    ib_json_text (builder, "message_id", story->message_id);
    ib_json_int (builder, "size", (gint64) story->size_bytes);
    ib_json_text (builder, "action", ib_story_action_name (story->action));
    json_builder_set_member_name (builder, "targets");
    json_builder_begin_array (builder);
    for (guint i = 0; story->action == IB_STORY_DELIVER && i < story->files->len; i++)
        json_builder_add_string_value (builder, ((const IbStoryFile *) story->files->pdata[i])->folder);
    json_builder_end_array (builder);
    ib_json_text (builder, "verdict", story->verdict);
    ib_json_double (builder, "spam", story->probability);
    ib_json_text (builder, "reasons", story->reasons);
    ib_json_text (builder, "rule", story->rule);
    ib_json_bool (builder, "rescue", ib_compose_offers_rescue (story));
    ib_json_text (builder, "entry_host", known (story->entry_host));
    ib_json_text (builder, "entry_ip", known (story->entry_ip));
    ib_json_text (builder, "relay", known (story->relay));
    json_builder_set_member_name (builder, "matches_mx");
    if (*story->mx != '\0')
        json_builder_add_boolean_value (builder, strcmp (story->mx, "match") == 0);
    else
        json_builder_add_null_value (builder);
    ib_json_text (builder, "server_filter", known (story->server_filter));
    ib_json_text (builder, "recipient", known (story->recipient));
    json_builder_end_object (builder);
    ib_print_json (builder);
}

/* "INBOX, Lists.foo", "discarded", "held: twin of 1a2b3c". */
static char *
where_to (const IbStory *story)
{
    switch (story->action) {
    case IB_STORY_DISCARD:
        return g_strdup (_ ("discarded"));
    case IB_STORY_DUPLICATE:
        return g_strdup_printf (_ ("held: twin of %.8s"), story->twin_of != NULL ? story->twin_of : "?");
    case IB_STORY_DELIVER:
        break;
    }
    GString *targets = g_string_new (NULL);
    for (guint i = 0; i < story->files->len; i++)
        g_string_append_printf (targets, "%s%s", i > 0 ? ", " : "",
                                ((const IbStoryFile *) story->files->pdata[i])->folder);
    return g_string_free (targets, FALSE);
}

/* "junk.sieve:12, 97 % spam": what decided, and what the classifier said; "" for neither. */
static char *
reasons_of (const IbStory *story)
{
    const char *rule = story->rule != NULL ? story->rule : "";
    if (isnan (story->probability))
        return g_strdup (rule);
    return g_strdup_printf (_ ("%s%s%.0f %% spam"), rule, *rule != '\0' ? ", " : "",
                            100 * story->probability);
}

/* Not even the least of all that stands in a line fits in one. */
static bool
is_narrow (void)
{
    const guint least
        = ID_COLUMNS + 2 + TIME_COLUMNS + 2 + WHERE_COLUMNS + 2 + FROM_LEAST + 2 + SUBJECT_LEAST;
    return ib_print_is_terminal () && ib_print_width () < least;
}

/* The same for all lines, so that they stand below each other; 0: all that it needs. */
static guint
from_columns (void)
{
    guint fixed = ID_COLUMNS + 2 + TIME_COLUMNS + 2 + WHERE_COLUMNS + 2 + 2, width = ib_print_width ();
    if (!ib_print_is_terminal ())
        return 0;
    return CLAMP ((MAX (width, fixed) - fixed) / 3, FROM_LEAST, FROM_MOST);
}

/* What is left of a line for the subject when all the rest has its place; 0: all that it needs. */
static guint
subject_columns (const char *where, const char *reasons)
{
    if (!ib_print_is_terminal ())
        return 0;
    guint rest = ID_COLUMNS + 2 + TIME_COLUMNS + 2 + MAX (ib_print_columns (where), WHERE_COLUMNS) + 2
                 + from_columns () + 2;
    if (*reasons != '\0')
        rest += ib_print_columns (reasons) + 4;
    return MAX (ib_print_width (), rest + SUBJECT_LEAST) - rest;
}

/* Blanks behind @text, on a terminal, for it to take @columns. */
static int
padding (const char *text, guint columns)
{
    guint own = ib_print_columns (text);
    return ib_print_is_terminal () && own < columns ? (int) (columns - own) : 0;
}

static char *
title_of (const IbStory *story)
{
    return ib_story_is_adopted (story)
               ? g_strdup_printf (_ ("known by its file's name: inbasket why %.*s"), ID_COLUMNS, story->id)
               : g_strdup (story->subject != NULL ? story->subject : "");
}

/* On a narrow terminal: who, what and why in lines of their own. */
static void
print_below (const IbStory *story, const char *reasons)
{
    guint width = MAX (ib_print_width (), 3) - 2;
    g_autofree char *from = ib_print_safe (story->from != NULL ? story->from : "", width);
    g_autofree char *title = title_of (story);
    g_autofree char *subject = ib_print_safe (title, width);
    g_print ("\n  %s\n  %s", from, subject);
    if (*reasons != '\0') {
        g_autofree char *words = g_strdup_printf ("  (%s)", reasons);
        g_autofree char *lines = ib_print_wrap (words, width + 2, "   ");
        g_print ("\n%s%s%s", ib_print_colour (IB_COLOUR_FAINT), lines, ib_print_colour (IB_COLOUR_PLAIN));
    }
}

/* Who, what and why behind the rest, below those of other rows. */
static void
print_beside (const IbStory *story, const char *where, const char *reasons)
{
    g_autofree char *from = ib_print_safe (story->from != NULL ? story->from : "", from_columns ());
    g_autofree char *title = title_of (story);
    g_autofree char *subject = ib_print_safe (title, subject_columns (where, reasons));
    g_print ("%*s  %s%*s  %s", padding (where, WHERE_COLUMNS), "", from, padding (from, from_columns ()), "",
             subject);
    if (*reasons != '\0')
        g_print ("  %s(%s)%s", ib_print_colour (IB_COLOUR_FAINT), reasons, ib_print_colour (IB_COLOUR_PLAIN));
}

static void
print_row (const IbStory *story)
{
    g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (story->delivered_at / G_USEC_PER_SEC);
    g_autoptr (GDateTime) local = g_date_time_to_local (utc);
    g_autofree char *at = g_date_time_format (local, "%Y-%m-%d %H:%M");
    g_autofree char *targets = where_to (story);
    g_autofree char *where = ib_print_safe (targets, 0);
    g_autofree char *why = reasons_of (story);
    g_autofree char *reasons = ib_print_safe (why, 0);
    bool is_junk = g_str_has_prefix (targets, "Junk");

    bool is_short
        = !is_narrow () || ID_COLUMNS + 2 + TIME_COLUMNS + 2 + ib_print_columns (where) <= ib_print_width ();
    g_print ("%s%.*s%s  %s%s  %s%s%s", ib_print_colour (IB_COLOUR_FAINT), ID_COLUMNS, story->id,
             ib_print_colour (IB_COLOUR_PLAIN), at, is_short ? "" : "\n",
             ib_print_colour (is_junk ? IB_COLOUR_WARN : IB_COLOUR_GOOD), where,
             ib_print_colour (IB_COLOUR_PLAIN));
    if (is_narrow ())
        print_below (story, reasons);
    else
        print_beside (story, where, reasons);
    if (ib_compose_offers_rescue (story))
        g_print (_ ("  %sgood mail? its server called it junk: inbasket undo %.*s%s"),
                 ib_print_colour (IB_COLOUR_GOOD), ID_COLUMNS, story->id, ib_print_colour (IB_COLOUR_PLAIN));
    g_print ("\n");
}

static bool
on_story (const IbStory *story, gpointer user_data)
{
    const IbCli *cli = user_data;
    if (cli->json)
        print_row_json (story);
    else
        print_row (story);
    return true;
}

static bool
print_once (const IbCli *cli, IbLogQuery *query)
{
    g_autoptr (GError) error = NULL;
    if (ib_overview_log (cli->paths, query, on_story, (gpointer) cli, &query->after_sequence, &error))
        return true;
    ib_print_error ("%s", error->message);
    return false;
}

/* Of an account that was removed there may still be something to show. One that is not known is complained about. */
static bool
is_unknown (const IbCli *cli, const IbLogQuery *query)
{
    return query->after_sequence == 0 && query->account != NULL && !ib_account_exists (cli, query->account);
}

/* The journal has the rows, whoever tells that there are new ones. */
static IbExit
follow (const IbCli *cli, IbLogQuery *query)
{
    g_autoptr (IbFollow) changes = ib_follow_new (cli->paths);
    (void) ib_follow_service (changes); /* before looking: what comes meanwhile is heard of */
    do {
        if (!print_once (cli, query))
            return IB_EXIT_STORE;
        if (is_unknown (cli, query))
            return IB_EXIT_USAGE;
        (void) fflush (stdout);
    } while (ib_follow_wait (changes));
    return IB_EXIT_DONE;
}

static IbExit
run (const IbCli *cli, int argc, char **argv)
{
    g_autofree char *since = NULL;
    g_autofree char *account = NULL;
    gboolean only_junk = FALSE, follows = FALSE;
    g_autoptr (GError) error = NULL;
    const GOptionEntry entries[] = {
        { "since", 0, 0, G_OPTION_ARG_STRING, &since, N_ ("From when on: 12h, 7d, 2026-01-31 (1d)"),
          N_ ("TIME") },
        { "account", 0, 0, G_OPTION_ARG_STRING, &account, N_ ("Only what came through this account"),
          N_ ("NAME") },
        { "junk", 0, 0, G_OPTION_ARG_NONE, &only_junk, N_ ("Only what went into Junk"), NULL },
        { "follow", 'f', 0, G_OPTION_ARG_NONE, &follows, N_ ("Go on, and print what arrives"), NULL },
        { NULL },
    };
    if (!ib_command_parse (
            "log",
            _ ("Shows what arrived and where it went, a line each: id, time, folder, sender, subject, "
               "and the rule that decided."),
            "  inbasket log --since 7d --junk\n"
            "  inbasket log --follow",
            entries, &argc, &argv))
        return IB_EXIT_USAGE;
    if (argc > 1) {
        ib_print_error (_ ("“log” takes no argument: “%s”"), argv[1]);
        return IB_EXIT_USAGE;
    }
    IbLogQuery query = { .account = account, .only_junk = only_junk };
    if (!ib_since_parse (since != NULL ? since : DEFAULT_SINCE, g_get_real_time (), &query.since, &error)) {
        ib_print_error ("%s", error->message);
        return IB_EXIT_USAGE;
    }
    if (follows)
        return follow (cli, &query);
    if (!print_once (cli, &query))
        return IB_EXIT_STORE;
    if (is_unknown (cli, &query))
        return IB_EXIT_USAGE;
    bool has_shown = query.after_sequence > 0;
    if (!has_shown && !cli->json && !cli->quiet && since == NULL)
        ib_print_hint (_ ("Nothing came in the last day; “inbasket log --since 30d” looks further back"));
    else if (!has_shown && !cli->json && !cli->quiet)
        ib_print_hint (_ ("Nothing came since then that would be shown here"));
    return IB_EXIT_DONE;
}

const IbCommand ib_command_log = { "log", N_ ("Show what arrived and where it went"), run };
