/* trace.c - what scripts looked at and did, step by step */
#include "trace.h"
#include "mail-limits.h"

#include <string.h>

IbTraceStep *
ib_trace_step_new (IbTraceKind kind, const char *script, guint line, guint depth, const char *what)
{
    IbTraceStep *self = g_new0 (IbTraceStep, 1);
    self->kind = kind;
    self->script = g_strdup (script);
    self->line = line;
    self->depth = depth;
    self->what = g_strdup (what);
    return self;
}

void
ib_trace_step_free (IbTraceStep *self)
{
    if (self == NULL)
        return;
    g_free (self->script);
    g_free (self->what);
    g_free (self->key);
    g_clear_pointer (&self->values, g_ptr_array_unref);
    g_clear_pointer (&self->captures, g_ptr_array_unref);
    g_free (self);
}

/* The first IB_LIMIT_TRACE_CHARACTERS. */
static char *
cut (const char *bytes, gsize length)
{
    const gsize most = 4 * IB_LIMIT_TRACE_CHARACTERS;
    g_autofree char *valid = g_utf8_make_valid (bytes, (gssize) MIN (length, most));
    if (length <= most && g_utf8_strlen (valid, -1) <= IB_LIMIT_TRACE_CHARACTERS)
        return g_steal_pointer (&valid);
    glong characters = MIN (g_utf8_strlen (valid, -1), IB_LIMIT_TRACE_CHARACTERS);
    *g_utf8_offset_to_pointer (valid, characters) = '\0';
    return g_strconcat (valid, "…", NULL);
}

void
ib_trace_step_add_value (IbTraceStep *self, const char *bytes, gsize length)
{
    if (self->values == NULL)
        self->values = g_ptr_array_new_with_free_func (g_free);
    self->n_values++;
    if (self->values->len == IB_LIMIT_TRACE_VALUES)
        g_ptr_array_set_size (self->values, IB_LIMIT_TRACE_VALUES - 1);
    g_ptr_array_add (self->values, cut (bytes, length));
}

void
ib_trace_step_set_key (IbTraceStep *self, const char *bytes, gsize length)
{
    g_free (self->key);
    self->key = cut (bytes, length);
}

void
ib_trace_step_add_capture (IbTraceStep *self, const char *bytes, gsize length)
{
    if (self->captures == NULL)
        self->captures = g_ptr_array_new_with_free_func (g_free);
    if (self->captures->len < IB_LIMIT_TRACE_VALUES)
        g_ptr_array_add (self->captures, cut (bytes, length));
}

const char *
ib_trace_step_value (const IbTraceStep *self)
{
    return self->values != NULL ? self->values->pdata[self->values->len - 1] : NULL;
}

static void
step_free (gpointer step)
{
    ib_trace_step_free (step);
}

IbTrace *
ib_trace_new (void)
{
    IbTrace *self = g_new0 (IbTrace, 1);
    self->steps = g_ptr_array_new_with_free_func (step_free);
    return self;
}

void
ib_trace_add (IbTrace *self, IbTraceStep *step)
{
    if (self == NULL || self->steps->len == IB_LIMIT_TRACE_STEPS) {
        if (self != NULL)
            self->is_cut = true;
        ib_trace_step_free (step);
        return;
    }
    g_ptr_array_add (self->steps, step);
}

const char *
ib_trace_kind_name (IbTraceKind kind)
{
    switch (kind) {
    case IB_TRACE_TEST:
        return "test";
    case IB_TRACE_ACTION:
        return "action";
    case IB_TRACE_ERROR:
        return "error";
    case IB_TRACE_OPERATOR:
        return "operator";
    case IB_TRACE_BRANCH:
        return "branch";
    case IB_TRACE_END:
        return "end";
    }
    g_assert_not_reached ();
}

void
ib_trace_free (IbTrace *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->steps);
    g_free (self);
}
