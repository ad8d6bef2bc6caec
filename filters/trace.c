/* trace.c - what a script looked at and did, step by step */
#include "trace.h"
#include "mail-limits.h"

#include <string.h>

static void
step_free (gpointer pointer)
{
    IbTraceStep *self = pointer;
    g_free (self->script);
    g_free (self->what);
    g_free (self->value);
    g_free (self);
}

IbTrace *
ib_trace_new (void)
{
    IbTrace *self = g_new0 (IbTrace, 1);
    self->steps = g_ptr_array_new_with_free_func (step_free);
    return self;
}

/* The first 200 characters, so that a trace stays small whatever a message holds. */
static char *
cut (const char *value)
{
    char *valid = g_utf8_make_valid (value, (gssize) strnlen (value, 4 * 200));
    if (g_utf8_strlen (valid, -1) > 200)
        *g_utf8_offset_to_pointer (valid, 200) = '\0';
    return valid;
}

void
ib_trace_add (IbTrace *self, IbTraceKind kind, const char *script, guint line, const char *what,
              const char *value, bool result)
{
    if (self == NULL)
        return;
    if (self->steps->len == IB_LIMIT_TRACE_STEPS) {
        self->is_cut = true;
        return;
    }
    IbTraceStep *step = g_new0 (IbTraceStep, 1);
    step->kind = kind;
    step->script = g_strdup (script);
    step->line = line;
    step->what = g_strdup (what);
    step->value = value != NULL ? cut (value) : NULL;
    step->result = result;
    g_ptr_array_add (self->steps, step);
}

void
ib_trace_free (IbTrace *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->steps);
    g_free (self);
}
