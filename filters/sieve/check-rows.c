/* check-rows.c - what the rows of the language ask of a check, and tell it */
#include "check-private.h"
#include "folder-name.h"

#include <glib/gi18n-lib.h>
#include <string.h>

bool
ib_check_error (IbCheck *self, IbPosition at, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *message = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    ib_diagnostic_error (self->diagnostics, at, "%s", message);
    return false;
}

void
ib_check_warn (IbCheck *self, IbPosition at, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *message = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    ib_diagnostic_warn (self->diagnostics, at, "%s", message);
}

IbNearest
ib_check_nearest_to (const IbCheck *self, const char *word)
{
    return (IbNearest){ .word = ib_diagnostic_is_full (self->diagnostics) ? "" : word };
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
bool
ib_check_tell_unknown (IbCheck *self, IbPosition at, IbSpan written, const IbNearest *nearest,
                       const char *format)
{
    g_autofree char *quoted = ib_diagnostic_quote (written);
    g_autofree char *question = ib_nearest_question (nearest);
    ib_diagnostic_error (self->diagnostics, at, format, quoted, question);
    return false;
}
#pragma GCC diagnostic pop

bool
ib_check_unknown (IbCheck *self, IbPosition at, IbSpan written, const char *const *candidates,
                  const char *format)
{
    g_autofree char *word = g_strndup (written.bytes, written.length);
    IbNearest nearest = ib_check_nearest_to (self, word);
    for (; *candidates != NULL; candidates++)
        ib_nearest_offer (&nearest, *candidates);
    return ib_check_tell_unknown (self, at, written, &nearest, format);
}

bool
ib_check_is_outermost (const IbCheck *self)
{
    return self->depth == 0;
}

IbArena *
ib_check_arena (IbCheck *self)
{
    return self->arena;
}

static guint
index_of (const IbLanguage *language, const IbExtension *extension)
{
    guint i = 0;
    while (language->extensions[i] != extension)
        i++;
    return i;
}

bool
ib_check_is_open (const IbCheck *self, const IbExtension *extension)
{
    return extension->name == NULL || self->script->is_required[index_of (self->language, extension)];
}

bool
ib_check_has (const IbCheck *self, const char *extension)
{
    const IbExtension *row
        = ib_language_extension (self->language, (IbSpan){ extension, strlen (extension) });
    return row != NULL && ib_check_is_open (self, row);
}

static bool
tell_unknown_extension (IbCheck *self, const IbArgument *string)
{
    g_autofree char *word = g_strndup (string->text.bytes, string->text.length);
    IbNearest nearest = ib_check_nearest_to (self, word);
    for (guint i = 0; i < self->language->count; i++)
        if (self->language->extensions[i]->name != NULL)
            ib_nearest_offer (&nearest, self->language->extensions[i]->name);
    return ib_check_tell_unknown (self, string->at, string->text, &nearest,
                                  _ ("Inbasket does not know the extension %s%s"));
}

bool
ib_check_require (IbCheck *self, const IbArgument *string)
{
    const IbExtension *row = ib_language_extension (self->language, string->text);
    if (row == NULL)
        return tell_unknown_extension (self, string);
    self->script->is_required[index_of (self->language, row)] = true;
    if (row->implies != NULL) {
        IbArgument implied
            = { .type = IB_TYPE_STRING, .at = string->at, .text = { row->implies, strlen (row->implies) } };
        return ib_check_require (self, &implied);
    }
    return true;
}

bool
ib_check_include (IbCheck *self, IbNode *node, const IbArgument *name, IbScriptPlace place, bool is_once,
                  bool is_optional)
{
    const IbScript *script = NULL;
    switch (ib_compilation_include (self->compilation, self->script, name->at, place, name->text, is_once,
                                    &script)) {
    case IB_INCLUDED:
        node->unit = script->number;
        return true;
    case IB_INCLUDED_WRONGLY:
        return false;
    case IB_INCLUDED_NOTHING:
        break;
    }
    if (is_optional)
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (name->text);
    return ib_check_error (self, name->at, _ ("there is no %s script %s"), ib_script_place_name (place),
                           quoted);
}

IbScope
ib_check_variable (const IbCheck *self, IbSpan name)
{
    g_autofree char *lower = g_ascii_strdown (name.bytes, (gssize) name.length);
    return (IbScope) GPOINTER_TO_INT (g_hash_table_lookup (self->variables, lower));
}

void
ib_check_set_variable (IbCheck *self, IbSpan name, IbScope scope)
{
    char *lower = g_ascii_strdown (name.bytes, (gssize) name.length);
    if (g_hash_table_contains (self->variables, lower))
        g_free (lower);
    else
        g_hash_table_insert (self->variables, lower, GINT_TO_POINTER (scope));
}

bool
ib_check_has_name_space (const IbCheck *self, IbSpan name)
{
    const IbExtension *extension = ib_language_name_space (self->language, name);
    return extension != NULL && ib_check_is_open (self, extension);
}

const IbSieveSettings *
ib_check_settings (const IbCheck *self)
{
    return self->compilation->settings;
}

const char *const *
ib_check_folders (const IbCheck *self)
{
    return self->compilation->options != NULL ? self->compilation->options->folders : NULL;
}

bool
ib_check_knows (const IbCheck *self, IbSpan extension)
{
    return ib_language_extension (self->language, extension) != NULL;
}

void
ib_check_reference (IbCheck *self, IbPosition at, guint number)
{
    IbCheckReference reference = { at, number };
    g_array_append_val (self->references, reference);
}

int
ib_check_word (IbCheck *self, const IbArgument *argument, const char *const *words, const char *what)
{
    for (int i = 0; words[i] != NULL; i++)
        if (ib_language_is (argument->text, words[i]))
            return i;
    g_autofree char *list = g_strjoinv ("\", \"", (char **) words);
    g_autofree char *quoted = ib_diagnostic_quote (argument->text);
    ib_check_error (self, argument->at, _ ("%s is no %s: expected one of \"%s\""), quoted, what, list);
    return -1;
}

/* A folder that there is not is made; but one that differs from another in letter case only was surely not meant. */
static void
warn_of_other_case (IbCheck *self, const IbArgument *argument, const char *name)
{
    const char *const *folders = ib_check_folders (self);
    if (folders == NULL || g_strv_contains (folders, name))
        return;
    g_autofree char *folded = g_utf8_casefold (name, -1);
    for (; *folders != NULL; folders++) {
        g_autofree char *other = g_utf8_casefold (*folders, -1);
        if (strcmp (folded, other) == 0)
            ib_check_warn (self, argument->at, _ ("there is no folder \"%s\", but \"%s\""), name, *folders);
    }
}

bool
ib_check_folder (IbCheck *self, IbNode *node, IbArgument *argument)
{
    g_autofree char *why = NULL, *name = NULL;
    if (argument->dynamic != NULL)
        return true;
    name = ib_folder_name_parse (argument->text, &why);
    if (name == NULL)
        ib_check_warn (self, argument->at, "%s", why);
    else
        warn_of_other_case (self, argument, name);
    return true;
}

bool
ib_check_hopeless_keys (IbCheck *self, IbNode *node, const IbArgument *keys, IbHopeless is_hopeless)
{
    for (const IbArgument *key = ib_tree_strings (keys); key != NULL; key = ib_tree_next (keys, key)) {
        const char *why = key->dynamic == NULL ? is_hopeless (node, key->text) : NULL;
        if (why == NULL)
            continue;
        g_autofree char *quoted = ib_diagnostic_quote (key->text);
        ib_check_warn (self, key->at, _ ("%s is never found: %s"), quoted, why);
    }
    return true;
}

bool
ib_check_is_field_name (IbSpan name)
{
    for (gsize i = 0; i < name.length; i++)
        if (name.bytes[i] <= ' ' || name.bytes[i] >= 0x7F || name.bytes[i] == ':')
            return false;
    return name.length > 0;
}

bool
ib_check_field_name (IbCheck *self, const IbArgument *string)
{
    if (string->dynamic != NULL || ib_check_is_field_name (string->text))
        return true;
    g_autofree char *quoted = ib_diagnostic_quote (string->text);
    return ib_check_error (self, string->at, _ ("%s cannot be the name of a header field"), quoted);
}
