/* eval-words.c - how well the classifier would have told mail apart, for people and as JSON */
#include "eval-words.h"
#include "print.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

/* Of the curve over time: so many slices, of no fewer messages. */
#define SLICES 10
#define SLICE_LEAST 20
#define BAR_COLUMNS 30

const char *
ib_eval_stage_words (IbEvaluationStage stage)
{
    switch (stage) {
    case IB_EVALUATION_DATES:
        return _ ("when it came");
    case IB_EVALUATION_LEARNS:
        return _ ("classifying and learning");
    case IB_EVALUATION_LOOKS_AGAIN:
        return _ ("looking again");
    }
    g_assert_not_reached ();
}

/* --- slices of time ------------------------------------------------------------------------------------------------ */

typedef struct {
    gsize from, count;
    IbMeasures measures;
} Slice;

static guint
count_slices (const IbEvalWords *self)
{
    return (guint) CLAMP (self->readable / SLICE_LEAST, 1, SLICES);
}

static Slice
cut_slice (const IbEvalWords *self, const IbScored *scores, guint index, guint slices)
{
    gsize from = self->readable * index / slices, to = self->readable * (index + 1) / slices;
    return (Slice){ from, to - from, ib_measures_of (scores + from, to - from) };
}

static guint64
errors_of (const IbMeasures *measures)
{
    return measures->ham_lost + measures->spam_missed;
}

static double
error_share (const IbMeasures *measures)
{
    guint64 messages = measures->ham + measures->spam;
    return messages > 0 ? 100 * (double) errors_of (measures) / (double) messages : NAN;
}

static char *
date_of (const IbEvalWords *self, gsize index)
{
    const IbEvaluated *evaluated = self->mail->pdata[index];
    g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (evaluated->arrived_s);
    return date != NULL ? g_date_time_format (date, "%Y-%m-%d") : g_strdup ("");
}

/* --- for people ---------------------------------------------------------------------------------------------------- */

static void
print_head (const char *title)
{
    g_print ("\n%s%s%s\n", ib_print_colour (IB_COLOUR_BOLD), title, ib_print_colour (IB_COLOUR_PLAIN));
}

static void
print_figure (const char *what, double per_cent, const char *note)
{
    if (isnan (per_cent))
        g_print ("  %-34s %9s  %s\n", what, "–", note);
    else
        g_print ("  %-34s %7.3f %%  %s\n", what, per_cent, note);
}

static void
print_measures (const IbEvalWords *self, const IbMeasures *measures)
{
    g_autofree char *errors
        = g_strdup_printf (_ ("%" PRIu64 " of %zu"), errors_of (measures), self->readable);
    g_autofree char *lost
        = g_strdup_printf (_ ("%" PRIu64 " of %" PRIu64), measures->ham_lost, measures->ham);
    g_autofree char *missed
        = g_strdup_printf (_ ("%" PRIu64 " of %" PRIu64), measures->spam_missed, measures->spam);
    print_figure (_ ("errors"), error_share (measures), errors);
    print_figure (_ ("good mail lost"), measures->ham_lost_share, lost);
    print_figure (_ ("spam missed"), measures->spam_missed_share, missed);
    print_figure (_ ("LAM"), measures->lam, _ ("the logistic average of both"));
    print_figure (_ ("1-AUC"), measures->area, _ ("how often good mail scores above spam"));
    print_figure (_ ("spam missed, losing no good mail"), measures->missed_at[0],
                  _ ("with the best threshold"));
    print_figure (_ ("spam missed, losing one"), measures->missed_at[1], _ ("with the best threshold"));
}

static void
print_slice (const IbEvalWords *self, const Slice *slice, double largest)
{
    double share = error_share (&slice->measures);
    guint columns = largest > 0 ? (guint) lround (share / largest * BAR_COLUMNS) : 0;
    g_autofree char *from = date_of (self, slice->from);
    g_autoptr (GString) bar = g_string_new (NULL);
    for (guint i = 0; i < columns; i++)
        g_string_append (bar, "█");
    g_print ("  %-10s %7zu %8.2f %%  %s\n", from, slice->count, share, bar->str);
}

static void
print_curve (const IbEvalWords *self, const IbScored *scores)
{
    guint slices = count_slices (self);
    double largest = 0;
    print_head (_ ("Errors over time, the oldest mail first"));
    for (guint i = 0; i < slices; i++) {
        Slice slice = cut_slice (self, scores, i, slices);
        largest = MAX (largest, error_share (&slice.measures));
    }
    for (guint i = 0; i < slices; i++) {
        Slice slice = cut_slice (self, scores, i, slices);
        print_slice (self, &slice, largest);
    }
}

static void
print_suspects (const IbEvalWords *self)
{
    g_autoptr (GPtrArray) suspects = ib_evaluation_suspects (self->mail, self->readable);
    guint shown = MIN (self->suspects, suspects->len);
    if (shown == 0)
        return;
    print_head (_ ("Probably misfiled: in the end, the classifier says otherwise"));
    for (guint i = 0; i < shown; i++) {
        const IbEvaluated *evaluated = suspects->pdata[i];
        g_autofree char *path = ib_print_safe (evaluated->path, 0);
        g_print ("  %s %5.1f %%  %s\n",
                 evaluated->is_spam ? _ ("junk, but spam only by") : _ ("good, but spam by     "),
                 100 * ib_evaluated_likeness_now (evaluated), path);
    }
    if (shown < suspects->len)
        g_print (ngettext ("  and %u more: --suspects shows it\n", "  and %u more: --suspects shows them\n",
                           suspects->len - shown),
                 suspects->len - shown);
}

static void
print_mail (const IbEvalWords *self, const IbMeasures *measures)
{
    g_autofree char *from = date_of (self, 0), *to = date_of (self, self->readable - 1);
    g_print (ngettext ("%zu message of %s to %s", "%zu messages of %s to %s", self->readable), self->readable,
             from, to);
    g_print (_ (": %" PRIu64 " good, %" PRIu64 " junk\n"), measures->ham, measures->spam);
    if (isnan (self->threshold))
        g_print (_ ("Lost and missed are as the verdict would have been: none is spam at the beginning.\n"));
    else
        g_print (_ ("Called spam is what is at least %.3g %% likely to be.\n"), 100 * self->threshold);
    g_print ("\n");
}

void
ib_eval_print (const IbEvalWords *self)
{
    g_autofree IbScored *scores = ib_evaluation_scores (self->mail, self->readable);
    IbMeasures measures = ib_measures_of (scores, self->readable);
    if (self->readable == 0) {
        g_print (_ ("There is no message to look at.\n"));
        return;
    }
    print_mail (self, &measures);
    print_measures (self, &measures);
    print_curve (self, scores);
    print_suspects (self);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------- */

static void
measures_json (JsonBuilder *builder, const IbMeasures *measures)
{
    ib_json_int (builder, "messages", (gint64) (measures->ham + measures->spam));
    ib_json_int (builder, "ham", (gint64) measures->ham);
    ib_json_int (builder, "spam", (gint64) measures->spam);
    ib_json_int (builder, "errors", (gint64) errors_of (measures));
    ib_json_int (builder, "ham_lost", (gint64) measures->ham_lost);
    ib_json_int (builder, "spam_missed", (gint64) measures->spam_missed);
    ib_json_double (builder, "ham_lost_percent", measures->ham_lost_share);
    ib_json_double (builder, "spam_missed_percent", measures->spam_missed_share);
    ib_json_double (builder, "lam_percent", measures->lam);
    ib_json_double (builder, "one_minus_auc_percent", measures->area);
    json_builder_set_member_name (builder, "spam_missed_percent_at_ham_lost");
    json_builder_begin_object (builder);
    ib_json_double (builder, "0", measures->missed_at[0]);
    ib_json_double (builder, "1", measures->missed_at[1]);
    json_builder_end_object (builder);
}

static void
slice_json (const IbEvalWords *self, JsonBuilder *builder, const Slice *slice)
{
    g_autofree char *from = date_of (self, slice->from), *to = date_of (self, slice->from + slice->count - 1);
    json_builder_begin_object (builder);
    ib_json_text (builder, "from", from);
    ib_json_text (builder, "to", to);
    measures_json (builder, &slice->measures);
    json_builder_end_object (builder);
}

static void
curve_json (const IbEvalWords *self, JsonBuilder *builder, const IbScored *scores)
{
    guint slices = self->readable > 0 ? count_slices (self) : 0;
    json_builder_set_member_name (builder, "curve");
    json_builder_begin_array (builder);
    for (guint i = 0; i < slices; i++) {
        Slice slice = cut_slice (self, scores, i, slices);
        slice_json (self, builder, &slice);
    }
    json_builder_end_array (builder);
}

static void
suspects_json (const IbEvalWords *self, JsonBuilder *builder)
{
    g_autoptr (GPtrArray) suspects = ib_evaluation_suspects (self->mail, self->readable);
    json_builder_set_member_name (builder, "suspects");
    json_builder_begin_array (builder);
    for (guint i = 0; i < MIN (self->suspects, suspects->len); i++) {
        const IbEvaluated *evaluated = suspects->pdata[i];
        json_builder_begin_object (builder);
        ib_json_text (builder, "path", evaluated->path);
        ib_json_text (builder, "label", evaluated->is_spam ? "spam" : "ham");
        ib_json_double (builder, "score", ib_evaluated_likeness_now (evaluated));
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

static void
failures_json (const IbEvalWords *self, JsonBuilder *builder)
{
    json_builder_set_member_name (builder, "failed");
    json_builder_begin_array (builder);
    for (gsize i = self->readable; i < self->mail->len; i++) {
        const IbEvaluated *evaluated = self->mail->pdata[i];
        json_builder_begin_object (builder);
        ib_json_text (builder, "path", evaluated->path);
        ib_json_text (builder, "error", evaluated->error);
        json_builder_end_object (builder);
    }
    json_builder_end_array (builder);
}

void
ib_eval_print_json (const IbEvalWords *self)
{
    g_autofree IbScored *scores = ib_evaluation_scores (self->mail, self->readable);
    IbMeasures measures = ib_measures_of (scores, self->readable);
    g_autoptr (JsonBuilder) builder = json_builder_new ();
    json_builder_begin_object (builder);
    measures_json (builder, &measures);
    ib_json_double (builder, "threshold", self->threshold);
    curve_json (self, builder, scores);
    suspects_json (self, builder);
    failures_json (self, builder);
    json_builder_end_object (builder);
    ib_print_json (builder);
}
