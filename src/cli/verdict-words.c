/* verdict-words.c - a verdict, for people and as JSON */
#include "verdict-words.h"
#include "evidence-words.h"

#include <glib/gi18n-lib.h>
#include <math.h>

static void
evidence_json (JsonBuilder *builder, const IbEvidence *evidence)
{
    g_autofree char *words = ib_evidence_words (evidence);
    json_builder_begin_object (builder);
    ib_json_text (builder, "feature", evidence->feature);
    ib_json_double (builder, "weight", evidence->weight);
    ib_json_text (builder, "text", words);
    json_builder_end_object (builder);
}

void
ib_verdict_json (JsonBuilder *builder, const IbVerdict *verdict)
{
    ib_json_double (builder, "spam", verdict != NULL ? verdict->probability : NAN);
    ib_json_text (builder, "verdict", verdict != NULL ? ib_verdict_name (verdict->kind) : NULL);
    json_builder_set_member_name (builder, "evidence");
    json_builder_begin_array (builder);
    for (guint i = 0; verdict != NULL && i < verdict->evidence->len; i++)
        evidence_json (builder, verdict->evidence->pdata[i]);
    json_builder_end_array (builder);
}

char *
ib_verdict_short_words (const IbVerdict *verdict, guint most)
{
    GString *words = g_string_new (NULL);
    char weight[G_ASCII_DTOSTR_BUF_SIZE];
    for (guint i = 0; i < MIN (verdict->evidence->len, most); i++) {
        const IbEvidence *evidence = verdict->evidence->pdata[i];
        g_string_append_printf (words, "%s%s", i > 0 ? ", " : "", evidence->feature);
        if (evidence->weight != 0)
            g_string_append_printf (words, " %s",
                                    g_ascii_formatd (weight, sizeof weight, "%+.2f", evidence->weight));
    }
    return g_string_free (words, FALSE);
}

/* Log-odds in words. */
static const char *
weight_words (double weight)
{
    double size = fabs (weight);
    if (size == 0)
        return NULL;
    return size < 0.5 ? _ ("a little") : size < 2 ? _ ("clearly") : _ ("strongly");
}

static int
sign_of (double weight)
{
    return (weight > 0) - (weight < 0);
}

void
ib_verdict_each_evidence (const IbVerdict *verdict, guint most, IbVerdictEach each, gpointer user_data)
{
    const struct {
        int sign;
        const char *title;
    } groups[] = {
        { 1, _ ("For spam") },
        { -1, _ ("Against it") },
        { 0, _ ("And this was found") },
    };
    guint shown = MIN (most, verdict->evidence->len);
    for (gsize group = 0; group < G_N_ELEMENTS (groups); group++)
        for (guint i = 0; i < shown; i++) {
            const IbEvidence *evidence = verdict->evidence->pdata[i];
            if (sign_of (evidence->weight) != groups[group].sign)
                continue;
            g_autofree char *words = ib_evidence_words (evidence);
            each (groups[group].title, weight_words (evidence->weight), words, user_data);
        }
}
