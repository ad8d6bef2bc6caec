/* Measures the classifier in one process: the online protocol (judge, then learn the true label) over an index of
 * messages, "spam PATH" or "ham PATH" a line in order of arrival, paths from the index's folder.
 *
 *     bench-classify [OPTION…] INDEX
 *
 * Reading, parsing and finding the features are timed apart from scoring and learning. The figures are explained in
 * tests/bench/README.md. */
#include "learner.h"
#include "message.h"
#include "text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static int every = 1, first, count = G_MAXINT, shuffle, confirm_after, lag;
static double noise, threshold = 0.5;
static gboolean is_curve, is_brief;
static char *scores;

static const GOptionEntry options[] = {
    { "every", 0, 0, G_OPTION_ARG_INT, &every, "Only every Nth message", "N" },
    { "first", 0, 0, G_OPTION_ARG_INT, &first, "Begin at message N", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "Only N messages", "N" },
    { "shuffle", 0, 0, G_OPTION_ARG_INT, &shuffle, "In a random order, by seed N", "N" },
    { "lag", 0, 0, G_OPTION_ARG_INT, &lag, "Learn each message N messages later", "N" },
    { "confirm", 0, 0, G_OPTION_ARG_INT, &confirm_after,
      "Learn mistakes at once, the others N messages later", "N" },
    { "noise", 0, 0, G_OPTION_ARG_DOUBLE, &noise, "Learn this share of labels wrong", "SHARE" },
    { "threshold", 0, 0, G_OPTION_ARG_DOUBLE, &threshold, "Spam from this probability", "P" },
    { "curve", 0, 0, G_OPTION_ARG_NONE, &is_curve, "Figures by the number of messages known, too", NULL },
    { "brief", 0, 0, G_OPTION_ARG_NONE, &is_brief, "Errors, LAM and the strict corner alone", NULL },
    { "scores", 0, 0, G_OPTION_ARG_FILENAME, &scores, "Write label, path and log-odds of each message",
      "FILE" },
    { NULL },
};

typedef struct {
    char *path;
    bool is_spam;
    double score;
    IbFeatures *features;
    GByteArray *packed;
} Mail;

static void
mail_free (gpointer pointer)
{
    Mail *self = pointer;
    g_free (self->path);
    ib_features_free (self->features);
    g_clear_pointer (&self->packed, g_byte_array_unref);
    g_free (self);
}

static double
cpu_seconds (void)
{
    struct rusage usage;
    getrusage (RUSAGE_SELF, &usage);
    return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
read_mail (Mail *mail, const IbFacts *facts)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents (mail->path, &bytes, &length, NULL))
        g_printerr ("%s: cannot be read\n", mail->path);
    g_autoptr (IbMessage) message = ib_message_new (bytes, length);
    g_autoptr (IbOrigin) origin = ib_origin_find (message, facts);
    mail->features = ib_features_new (message, facts, origin, IB_FEATURES_NAMED);
    mail->packed = g_byte_array_new ();
    ib_features_pack (mail->features, mail->packed);
}

static GPtrArray *
read_index (const char *path)
{
    g_autofree char *text = NULL;
    g_autofree char *folder = g_path_get_dirname (path);
    if (!g_file_get_contents (path, &text, NULL, NULL))
        return NULL;
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    GPtrArray *mails = g_ptr_array_new_with_free_func (mail_free);
    for (int i = first; i < (int) g_strv_length (lines) && (int) mails->len < count; i += every) {
        char *blank = strchr (lines[i], ' ');
        if (blank == NULL)
            continue;
        Mail *mail = g_new0 (Mail, 1);
        mail->is_spam = g_ascii_tolower (*lines[i]) == 's';
        mail->path = g_build_filename (folder, blank + 1, NULL);
        g_ptr_array_add (mails, mail);
    }
    return mails;
}

static void
mix (GPtrArray *mails)
{
    g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) shuffle);
    for (guint i = mails->len; shuffle != 0 && i > 1; i--) {
        guint other = (guint) g_rand_int_range (rand, 0, (gint32) i);
        gpointer swapped = mails->pdata[i - 1];
        mails->pdata[i - 1] = mails->pdata[other];
        mails->pdata[other] = swapped;
    }
}

static double
log_odds (double p)
{
    return log (p / (1 - p));
}

static int
compare_scores (const void *one, const void *other)
{
    double a = (*(Mail *const *) one)->score, b = (*(Mail *const *) other)->score;
    return (a < b) - (a > b);
}

/* The spam that is missed, in percent, when @lost ham may be called spam: the cut lies at the next one. */
static double
missed_at (const GPtrArray *sorted, guint n_spam, guint lost)
{
    guint caught = 0, ham = 0;
    for (guint i = 0; i < sorted->len; i++) {
        const Mail *mail = sorted->pdata[i];
        if (mail->is_spam)
            caught++;
        else if (ham++ == lost)
            break;
    }
    return 100.0 * (n_spam - caught) / MAX (n_spam, 1);
}

/* The share of pairs of a ham and a spam that are in the wrong order. */
static double
wrong_pairs (const GPtrArray *sorted, double n_ham, double n_spam)
{
    double ham = 0, wrong = 0;
    for (guint i = 0; i < sorted->len; i++) {
        const Mail *mail = sorted->pdata[i];
        if (mail->is_spam)
            wrong += ham;
        else
            ham++;
    }
    return 100 * wrong / (n_ham * n_spam);
}

static void
report (const char *title, Mail **mails, guint n)
{
    g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
    guint n_spam = 0, lost = 0, missed = 0;
    for (guint i = 0; i < n; i++) {
        bool is_called_spam = mails[i]->score > log_odds (threshold);
        n_spam += mails[i]->is_spam;
        lost += !mails[i]->is_spam && is_called_spam;
        missed += mails[i]->is_spam && !is_called_spam;
        g_ptr_array_add (sorted, mails[i]);
    }
    g_ptr_array_sort (sorted, compare_scores);
    double ham_rate = (lost + 0.5) / (n - n_spam + 1), spam_rate = (missed + 0.5) / (n_spam + 1);
    double lam = 100 / (1 + exp (-(log_odds (ham_rate) + log_odds (spam_rate)) / 2));
    printf (
        "%s%u messages: %u errors (%u ham lost, %u spam missed), LAM %.3f %%, (1-AUC) %.4f %%, missed at 0/1/3/5 ham lost "
        "%.2f %.2f %.2f %.2f %%\n",
        title, n, lost + missed, lost, missed, lam, wrong_pairs (sorted, n - n_spam, n_spam),
        missed_at (sorted, n_spam, 0), missed_at (sorted, n_spam, 1), missed_at (sorted, n_spam, 3),
        missed_at (sorted, n_spam, 5));
}

static void
learn (IbLearner *learner, const Mail *mail, bool is_spam, IbLessonKind kind)
{
    ib_learner_learn (learner, mail->path, is_spam, mail->packed->data, mail->packed->len, kind);
}

/* A label that is learned late, or wrong. */
static void
run (GPtrArray *mails, void *model)
{
    g_autoptr (IbLearner) learner = ib_learner_new (model);
    g_autoptr (GRand) rand = g_rand_new_with_seed (4711);
    g_autoptr (GPtrArray) late = g_ptr_array_new ();
    guint wait = (guint) (confirm_after + lag);
    for (guint i = 0; i < mails->len; i++) {
        Mail *mail = mails->pdata[i];
        mail->score = ib_model_score (model, mail->features);
        bool is_wrong = mail->is_spam != (mail->score > log_odds (threshold));
        bool label = mail->is_spam != (noise > 0 && g_rand_double (rand) < noise);
        if (wait == 0 || (confirm_after > 0 && is_wrong))
            learn (learner, mail, label, is_wrong ? IB_LESSON_CORRECTION : IB_LESSON_CONFIRMATION);
        else
            g_ptr_array_add (late, mail);
        if (wait > 0 && late->len > wait) {
            const Mail *old = g_ptr_array_steal_index (late, 0);
            learn (learner, old, old->is_spam, IB_LESSON_CONFIRMATION);
        }
    }
}

static void
write_scores (const GPtrArray *mails)
{
    FILE *file = fopen (scores, "w");
    for (guint i = 0; file != NULL && i < mails->len; i++) {
        const Mail *mail = mails->pdata[i];
        fprintf (file, "%s %s %.6f\n", mail->is_spam ? "spam" : "ham", mail->path, mail->score);
    }
    if (file == NULL || fclose (file) != 0)
        g_printerr ("%s: cannot be written\n", scores);
}

int
main (int argc, char **argv)
{
    g_autoptr (GOptionContext) context = g_option_context_new ("INDEX - measure the classifier");
    g_autoptr (GError) error = NULL;
    g_option_context_add_main_entries (context, options, NULL);
    if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2) {
        g_printerr ("%s\n", error != NULL ? error->message : "exactly one index is needed");
        return 2;
    }
    ib_text_prepare ();
    g_autoptr (IbFacts) facts = ib_facts_new ();
    g_autoptr (GPtrArray) mails = read_index (argv[1]);
    if (mails == NULL || mails->len == 0) {
        g_printerr ("%s: no index\n", argv[1]);
        return 1;
    }
    mix (mails);

    double start = cpu_seconds (), n_slots = 0, n_packed = 0;
    for (guint i = 0; i < mails->len; i++)
        read_mail (mails->pdata[i], facts);
    double found = cpu_seconds ();
    g_autofree void *model = g_malloc0 (ib_model_size ());
    ib_model_init (model);
    run (mails, model);
    double learned = cpu_seconds ();

    report ("", (Mail **) mails->pdata, mails->len);
    static const guint cuts[] = { 0, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000 };
    for (guint i = 0; is_curve && cuts[i] < mails->len; i++) {
        g_autofree char *title = g_strdup_printf ("  from %u: ", cuts[i]);
        report (title, (Mail **) mails->pdata + cuts[i], MIN (cuts[i + 1], mails->len) - cuts[i]);
    }
    for (guint i = 0; i < mails->len; i++) {
        const Mail *mail = mails->pdata[i];
        for (IbFeatureTable table = 0; table < IB_TABLES; table++) {
            gsize n;
            (void) ib_features_slots (mail->features, table, &n);
            n_slots += (double) n;
        }
        n_packed += mail->packed->len;
    }
    if (!is_brief)
        printf (
            "CPU for 1000 messages: features %.3f s, scores and lessons %.3f s; %.0f features and %.0f packed bytes each\n",
            (found - start) / mails->len * 1000, (learned - found) / mails->len * 1000, n_slots / mails->len,
            n_packed / mails->len);
    if (scores != NULL)
        write_scores (mails);
    return 0;
}
