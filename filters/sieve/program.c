/* program.c - a script made ready */
#include "program.h"
#include "diagnostic.h"
#include "extensions.h"

#include <glib/gi18n-lib.h>

/* A phrase is for people: the first few of long lists say enough. */
#define PHRASE_STRINGS 4

void
ib_program_free (IbProgram *self)
{
    if (self == NULL)
        return;
    g_array_unref (self->units);
    g_ptr_array_unref (self->required);
    g_array_unref (self->code);
    g_ptr_array_unref (self->fields);
    ib_arena_free (self->arena);
    g_free (self);
}

char *
ib_program_why_not_activatable (const IbProgram *self)
{
    if (self->sends == NULL)
        return NULL;
    return g_strdup_printf (_ ("%s:%u: Inbasket sends no mail, so \"%s\" works in dry runs only"),
                            self->sends_in, self->sends->line, self->sends->row->name);
}

bool
ib_program_requires (const IbProgram *self, const IbExtension *extension)
{
    return g_ptr_array_find (self->required, extension, NULL);
}

bool
ib_program_edits_header (const IbProgram *self)
{
    return ib_program_requires (self, &ib_ext_editheader);
}

bool
ib_program_remembers (const IbProgram *self)
{
    return ib_program_requires (self, &ib_ext_duplicate);
}

const IbCallTag *
ib_program_tag (const IbCall *call, IbSlot slot)
{
    for (guint i = 0; i < call->n_tags; i++)
        if (call->tags[i].tag->slot == slot)
            return &call->tags[i];
    return NULL;
}

static void
append_operand (GString *phrase, const IbOperand *operand)
{
    if (!operand->is_given)
        return;
    if (operand->texts == NULL) {
        g_string_append_printf (phrase, " %" G_GUINT64_FORMAT, operand->number);
        return;
    }
    g_string_append (phrase, operand->n_texts > 1 ? " [" : " ");
    for (guint i = 0; i < operand->n_texts && i < PHRASE_STRINGS; i++) {
        g_autofree char *quoted = ib_diagnostic_quote (operand->texts[i].literal);
        g_string_append_printf (phrase, "%s%s", i > 0 ? ", " : "", quoted);
    }
    if (operand->n_texts > 1)
        g_string_append (phrase, operand->n_texts > PHRASE_STRINGS ? ", …]" : "]");
}

char *
ib_program_phrase (const IbCall *call)
{
    GString *phrase = g_string_new (call->row->name);
    for (guint i = 0; i < call->n_tags; i++) {
        g_string_append_printf (phrase, " :%s", call->tags[i].tag->name);
        append_operand (phrase, &call->tags[i].parameter);
    }
    for (guint i = 0; i < IB_POSITIONAL_MAX; i++)
        append_operand (phrase, &call->positional[i]);
    return g_string_free (phrase, FALSE);
}
