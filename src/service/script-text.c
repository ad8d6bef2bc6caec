/* script-text.c - a Sieve script's text, under the name that it is known by */
#include "script-text.h"

#include <string.h>

IbScriptText *
ib_script_text_new (const char *name, const char *text, gsize length)
{
    IbScriptText *self = g_new (IbScriptText, 1);
    self->name = g_strdup (name);
    self->text = text != NULL ? g_bytes_new (text, length) : NULL;
    self->role = IB_SCRIPT_TO_RUN;
    return self;
}

IbScriptText *
ib_script_text_copy (const IbScriptText *self)
{
    IbScriptText *copy = g_new (IbScriptText, 1);
    copy->name = g_strdup (self->name);
    copy->text = self->text != NULL ? g_bytes_ref (self->text) : NULL;
    copy->role = self->role;
    return copy;
}

const char *
ib_script_text_bytes (const IbScriptText *self, gsize *out_length)
{
    const char *bytes = g_bytes_get_data (self->text, out_length);
    return *out_length > 0 ? bytes : "";
}

void
ib_script_text_free (IbScriptText *self)
{
    if (self == NULL)
        return;
    g_free (self->name);
    g_clear_pointer (&self->text, g_bytes_unref);
    g_free (self);
}

IbScriptRole
ib_script_text_role (IbScriptPlace place)
{
    return place == IB_SCRIPT_PERSONAL ? IB_SCRIPT_TO_INCLUDE : IB_SCRIPT_TO_INCLUDE_GLOBALLY;
}

const IbScriptText *
ib_script_text_find (const GPtrArray *texts, IbScriptRole role, const char *name)
{
    for (guint i = 0; i < texts->len; i++) {
        const IbScriptText *text = texts->pdata[i];
        if (text->role == role && strcmp (text->name, name) == 0)
            return text;
    }
    return NULL;
}

char *
ib_script_text_answer (const IbScriptText *self, gsize *out_length)
{
    if (self == NULL)
        return NULL;
    const char *bytes = ib_script_text_bytes (self, out_length);
    return g_memdup2 (bytes, MAX (*out_length, 1));
}
