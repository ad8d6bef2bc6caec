/* verdict.c - is it spam, how sure, and why */
#include "verdict.h"

#include <math.h>
#include <string.h>

/* RFC 5322, 2.1.1 allows lines of 998; the field's name and a margin go off. */
#define FIELD_BYTES 900

static void
detail_free (gpointer pointer)
{
    IbEvidenceDetail *self = pointer;
    g_free (self->text);
    g_free (self);
}

static void
evidence_free (gpointer pointer)
{
    IbEvidence *self = pointer;
    g_free (self->feature);
    g_ptr_array_unref (self->details);
    g_free (self);
}

IbVerdict *
ib_verdict_new (IbVerdictKind kind, double probability)
{
    IbVerdict *self = g_new0 (IbVerdict, 1);
    self->kind = kind;
    self->probability = probability;
    self->evidence = g_ptr_array_new_with_free_func (evidence_free);
    return self;
}

IbEvidence *
ib_verdict_add (IbVerdict *self, const char *feature, double weight, const char *detail)
{
    IbEvidence *evidence = g_new0 (IbEvidence, 1);
    evidence->feature = g_strdup (feature);
    evidence->weight = weight;
    evidence->details = g_ptr_array_new_with_free_func (detail_free);
    g_ptr_array_add (self->evidence, evidence);
    if (detail != NULL)
        ib_verdict_add_detail (evidence, detail, 0);
    return evidence;
}

void
ib_verdict_add_detail (IbEvidence *evidence, const char *text, double share)
{
    IbEvidenceDetail *detail = g_new (IbEvidenceDetail, 1);
    *detail = (IbEvidenceDetail){ g_strdup (text), share };
    g_ptr_array_add (evidence->details, detail);
}

double
ib_verdict_likeness (const IbVerdict *self)
{
    return 1 / (1 + exp (-self->score));
}

const char *
ib_verdict_name (IbVerdictKind kind)
{
    switch (kind) {
    case IB_VERDICT_UNSURE:
        return "unsure";
    case IB_VERDICT_HAM:
        return "ham";
    case IB_VERDICT_SPAM:
        return "spam";
    }
    g_assert_not_reached ();
}

char *
ib_verdict_field (const IbVerdict *self)
{
    GString *field = g_string_new (ib_verdict_name (self->kind));
    char probability[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isnan (self->probability))
        g_string_append_printf (field, "; probability=%s",
                                g_ascii_formatd (probability, sizeof probability, "%.3f", self->probability));

    for (guint i = 0; i < self->evidence->len; i++) {
        const IbEvidence *evidence = self->evidence->pdata[i];
        if (field->len + strlen (evidence->feature) > FIELD_BYTES)
            break;
        g_string_append_printf (field, "%s%s", i == 0 ? "; reasons=" : ",", evidence->feature);
    }
    return g_string_free (field, FALSE);
}

void
ib_verdict_free (IbVerdict *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->evidence);
    g_free (self);
}
