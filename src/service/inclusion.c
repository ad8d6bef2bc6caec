/* inclusion.c - the scripts that filters include, from the two folders that they may be in */
#include "inclusion.h"

#include "mail-limits.h"
#include "paths.h"

#include <string.h>

struct _IbInclusions {
    char *filters;
    const IbScriptText *draft; /* NULL: none */
    GPtrArray *found;          /* IbScriptText */
    GPtrArray *paths;          /* of each */
};

IbInclusions *
ib_inclusions_new (const char *filters)
{
    IbInclusions *self = g_new0 (IbInclusions, 1);
    self->filters = g_strdup (filters);
    self->found = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_script_text_free);
    self->paths = g_ptr_array_new_with_free_func (g_free);
    return self;
}

void
ib_inclusions_free (IbInclusions *self)
{
    if (self == NULL)
        return;
    g_free (self->filters);
    g_ptr_array_unref (self->found);
    g_ptr_array_unref (self->paths);
    g_free (self);
}

void
ib_inclusions_suppose (IbInclusions *self, const IbScriptText *draft)
{
    self->draft = draft;
}

/* @path is taken over. */
static const IbScriptText *
remember (IbInclusions *self, IbScriptPlace place, const char *name, const char *text, gsize length,
          char *path)
{
    IbScriptText *found = ib_script_text_new (name, text, length);
    found->role = ib_script_text_role (place);
    g_ptr_array_add (self->found, found);
    g_ptr_array_add (self->paths, path);
    return found;
}

static const IbScriptText *
take_draft (IbInclusions *self, const char *name)
{
    gsize length = 0;
    if (self->draft->text == NULL)
        return NULL;
    const char *text = ib_script_text_bytes (self->draft, &length);
    return remember (self, IB_SCRIPT_PERSONAL, name, text, length, g_strdup (self->draft->name));
}

/* The compiler lets no name through that leads out of the folder. A file that is too large is cut where the compiler
 * sees that it is. */
static const IbScriptText *
load (IbInclusions *self, IbScriptPlace place, const char *name)
{
    const char *folder = place == IB_SCRIPT_PERSONAL ? self->filters : ib_paths_shipped_filters ();
    const char *suffix = g_str_has_suffix (name, ".sieve") ? "" : ".sieve";
    g_autofree char *file = g_strconcat (name, suffix, NULL);
    g_autofree char *path = g_build_filename (folder, file, NULL);
    if (self->draft != NULL && place == IB_SCRIPT_PERSONAL && strcmp (self->draft->name, file) == 0)
        return take_draft (self, name);
    g_autoptr (GMappedFile) mapped
        = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_mapped_file_new (path, FALSE, NULL) : NULL;
    if (mapped == NULL)
        return NULL;
    gsize length = MIN (g_mapped_file_get_length (mapped), IB_LIMIT_SCRIPT_BYTES + 1);
    return remember (self, place, name, length > 0 ? g_mapped_file_get_contents (mapped) : "", length,
                     g_steal_pointer (&path));
}

char *
ib_inclusions_source (IbScriptPlace place, const char *name, gsize *out_length, gpointer inclusions)
{
    IbInclusions *self = inclusions;
    const IbScriptText *text = ib_script_text_find (self->found, ib_script_text_role (place), name);
    if (text == NULL)
        text = load (self, place, name);
    return ib_script_text_answer (text, out_length);
}

GPtrArray *
ib_inclusions_found (IbInclusions *self)
{
    return self->found;
}

const char *
ib_inclusions_path (const IbInclusions *self, const char *name, GBytes **out_text)
{
    for (guint i = 0; i < self->found->len; i++) {
        const IbScriptText *text = self->found->pdata[i];
        if (strcmp (text->name, name) != 0)
            continue;
        *out_text = text->text;
        return self->paths->pdata[i];
    }
    return NULL;
}

void
ib_inclusions_gather (IbInclusions *self, GPtrArray *scripts)
{
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = self };
    for (guint i = 0; i < scripts->len; i++) {
        const IbScriptText *script = scripts->pdata[i];
        gsize length = 0;
        const char *text = ib_script_text_bytes (script, &length);
        g_autoptr (IbProgram) program = ib_sieve_compile (script->name, text, length, &options, NULL, NULL);
    }
    g_ptr_array_extend (scripts, self->found, NULL, NULL);
}
