/* trace-words.c - a trace, for people */
#include "trace-words.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Values of a test that matched none of them. */
#define VALUES_SHOWN 3
/* Levels of nesting that move a line to the right, and what is left for it in the narrowest terminal. */
#define DEPTH_SHOWN 16
#define LEAST_ROOM 30

/* --- the order of the script ------------------------------------------------------------------------------------------- */

static bool
has_conditions (const IbTraceStep *step)
{
    return step->kind == IB_TRACE_OPERATOR || step->kind == IB_TRACE_BRANCH;
}

static bool
is_condition_of (const IbTraceStep *step, const IbTraceStep *of)
{
    return (step->kind == IB_TRACE_TEST || step->kind == IB_TRACE_OPERATOR) && step->depth > of->depth
           && strcmp (step->script, of->script) == 0;
}

/* A branch is over with the tests before it: none behind it asked for them. Elements: IbTraceStep, (transfer none). */
static GPtrArray *
as_the_script_reads (const IbTrace *trace)
{
    GPtrArray *order = g_ptr_array_sized_new (trace->steps->len);
    guint over = 0;
    for (guint i = 0; i < trace->steps->len; i++) {
        IbTraceStep *step = trace->steps->pdata[i];
        guint at = order->len;
        while (has_conditions (step) && at > over && is_condition_of (order->pdata[at - 1], step))
            at--;
        g_ptr_array_insert (order, (gint) at, step);
        if (step->kind == IB_TRACE_BRANCH)
            over = order->len;
    }
    return order;
}

/* --- one step ---------------------------------------------------------------------------------------------------------- */

static const char *
mark_of (const IbTraceStep *step)
{
    switch (step->kind) {
    case IB_TRACE_TEST:
    case IB_TRACE_OPERATOR:
    case IB_TRACE_BRANCH:
        return step->result ? _ ("yes") : _ ("no");
    case IB_TRACE_ACTION:
        return "→";
    case IB_TRACE_ERROR:
        return "!";
    case IB_TRACE_END:
        return "·";
    }
    g_assert_not_reached ();
}

static IbColour
colour_of (const IbTraceStep *step)
{
    switch (step->kind) {
    case IB_TRACE_TEST:
    case IB_TRACE_OPERATOR:
    case IB_TRACE_BRANCH:
        return step->result ? IB_COLOUR_GOOD : IB_COLOUR_FAINT;
    case IB_TRACE_ACTION:
        return IB_COLOUR_BOLD;
    case IB_TRACE_ERROR:
        return IB_COLOUR_BAD;
    case IB_TRACE_END:
        return IB_COLOUR_FAINT;
    }
    g_assert_not_reached ();
}

static void
append_quoted (GString *line, const char *text)
{
    g_autofree char *safe = ib_print_safe (text, 0);
    g_string_append_printf (line, "« %s »", safe);
}

/* The one that matched; of a test that does not hold, and of a command, the first few. */
static void
append_values (GString *line, const IbTraceStep *step)
{
    bool has_matched = step->kind == IB_TRACE_TEST && step->result;
    guint first = has_matched ? step->values->len - 1 : 0;
    guint end = has_matched ? step->values->len : MIN (step->values->len, VALUES_SHOWN);
    for (guint i = first; i < end; i++) {
        if (i > first && strcmp (step->values->pdata[i], step->values->pdata[i - 1]) == 0)
            continue; /* a text that is a folder's name, too */
        if (i > first)
            g_string_append (line, ", ");
        append_quoted (line, step->values->pdata[i]);
    }
    if (!has_matched && step->n_values > end)
        g_string_append_printf (line, _ (" and %u more"), step->n_values - end);
}

/* Of a single key nothing is said: it stands in the test already. */
static void
append_key (GString *line, const IbTraceStep *step)
{
    g_autofree char *only = g_strdup_printf ("\"%s\"", step->key);
    if (g_str_has_suffix (step->what, only))
        return;
    g_autofree char *safe = ib_print_safe (step->key, 0);
    g_string_append_printf (line, _ ("; matched “%s”"), safe);
}

static void
append_captures (GString *line, const IbTraceStep *step)
{
    for (guint i = 1; i < step->captures->len; i++) {
        g_autofree char *safe = ib_print_safe (step->captures->pdata[i], 0);
        g_string_append_printf (line, _ ("; ${%u} is “%s”"), i, safe);
    }
}

static char *
what_of (const IbTraceStep *step)
{
    if (step->kind != IB_TRACE_END)
        return ib_print_safe (step->what, 0);
    return g_strconcat (strcmp (step->what, "stop") == 0 ? _ ("stopped; ") : _ ("the end of the script; "),
                        step->result ? _ ("nothing was decided") : _ ("it decided"), NULL);
}

/* What it looked at, and what came of that. */
static char *
details_of (const IbTraceStep *step)
{
    GString *details = g_string_new (NULL);
    if (step->values != NULL && step->values->len > 0)
        append_values (details, step);
    if (step->key != NULL)
        append_key (details, step);
    if (step->captures != NULL)
        append_captures (details, step);
    return g_string_free (details, FALSE);
}

/* Padded by what is seen: the marks are words of any language. */
static void
append_mark (GString *line, const IbTraceStep *step)
{
    const char *mark = mark_of (step);
    glong width = MAX (MAX (g_utf8_strlen (_ ("yes"), -1), g_utf8_strlen (_ ("no"), -1)), 3);
    glong padding = width - g_utf8_strlen (mark, -1);
    g_string_append_printf (line, "%s%s%s%*s  ", ib_print_colour (colour_of (step)), mark,
                            ib_print_colour (IB_COLOUR_PLAIN), (int) MAX (padding, 0), "");
}

static void
append_cut (GString *words, const char *text, guint columns)
{
    g_autofree char *shown = ib_print_safe (text, columns);
    g_string_append (words, shown);
    g_string_append_c (words, '\n');
}

/* In one line, or with the details in a line below where they do not fit. */
static void
append_step (GString *words, const IbTraceStep *step, guint indent, guint columns)
{
    g_autofree char *what = what_of (step), *details = details_of (step);
    bool has_place = step->kind != IB_TRACE_END && step->kind != IB_TRACE_ERROR;
    guint before = indent + 12 + (has_place ? 2 * MIN (step->depth, DEPTH_SHOWN) : 0);
    guint room = columns > before + LEAST_ROOM ? columns - before : columns == 0 ? 0 : LEAST_ROOM;
    bool fits = room == 0 || g_utf8_strlen (what, -1) + 2 + g_utf8_strlen (details, -1) <= room;

    g_string_append_printf (words, "%*s", (int) indent, "");
    if (step->line > 0 && step->kind != IB_TRACE_END)
        g_string_append_printf (words, "%5u  ", step->line);
    else
        g_string_append (words, "       ");
    append_mark (words, step);
    g_string_append_printf (words, "%*s", (int) (before - indent - 12), "");

    if (*details == '\0' || !fits) {
        append_cut (words, what, room);
    } else {
        g_autofree char *line = g_strconcat (what, "  ", details, NULL);
        append_cut (words, line, room);
    }
    if (*details != '\0' && !fits) {
        g_string_append_printf (words, "%*s", (int) before + 4, "");
        append_cut (words, details, room > 4 ? room - 4 : room);
    }
}

char *
ib_trace_words (const IbTrace *trace, guint indent, guint columns)
{
    g_autoptr (GPtrArray) steps = as_the_script_reads (trace);
    GString *words = g_string_new (NULL);
    const char *script = "";
    for (guint i = 0; i < steps->len; i++) {
        const IbTraceStep *step = steps->pdata[i];
        if (strcmp (step->script, script) != 0) {
            g_autofree char *name = ib_print_safe (step->script, 0);
            g_string_append_printf (words, "%*s%s%s%s\n", (int) indent, "", ib_print_colour (IB_COLOUR_BOLD),
                                    name, ib_print_colour (IB_COLOUR_PLAIN));
            script = step->script;
        }
        append_step (words, step, indent, columns);
    }
    if (trace->is_cut)
        g_string_append_printf (words, "%*s%s\n", (int) indent, "",
                                _ ("… and further steps, which are not shown"));
    return g_string_free (words, FALSE);
}
