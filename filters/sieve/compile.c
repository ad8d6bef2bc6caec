/* compile.c - a script and all that it includes, read and checked */
#include "compile.h"
#include "check.h"
#include "lexer.h"
#include "parser.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Like the name of a mailbox that holds scripts elsewhere (RFC 5804, 1.6). */
#define NAME_BYTES 256

const char *
ib_script_place_name (IbScriptPlace place)
{
    switch (place) {
    case IB_SCRIPT_PERSONAL:
        return "personal";
    case IB_SCRIPT_GLOBAL:
        return "global";
    }
    g_assert_not_reached ();
}

static IbScript *
script_new (IbCompilation *self, const char *name, IbScriptPlace place, const IbScript *includer)
{
    IbScript *script = ib_arena_new_array (self->arena, IbScript, 1);
    script->number = self->scripts->len;
    script->name = ib_arena_copy (self->arena, name, strlen (name));
    script->place = place;
    script->is_required = ib_arena_new_array (self->arena, bool, self->language->count);
    script->includer = includer;
    script->depth = includer != NULL ? includer->depth + 1 : 0;
    g_ptr_array_add (self->scripts, script);
    return script;
}

/* @text must live as long as the arena. */
static void
read_script (IbCompilation *self, IbScript *script, const char *text, gsize length)
{
    guint outer = ib_diagnostic_list_enter (self->diagnostics, script->name);
    script->is_open = true;
    ib_diagnostic_list_syntax (self->diagnostics, true);
    bool is_readable = ib_lexer_accepts (text, length, self->settings->most_script_bytes, self->diagnostics);
    if (is_readable)
        script->commands = ib_parser_parse (text, length, self->arena, self->diagnostics);
    ib_diagnostic_list_syntax (self->diagnostics, false);
    if (is_readable) {
        ib_check_script (self, script);
    }
    script->is_open = false;
    ib_diagnostic_list_leave (self->diagnostics, outer);
}

void
ib_compilation_begin (IbCompilation *self, const char *name, const char *text, gsize length)
{
    IbScript *script = script_new (self, name, IB_SCRIPT_PERSONAL, NULL);
    read_script (self, script, text, length);
}

/* --- inclusion ------------------------------------------------------------------------------------------------------- */

static bool
tell (IbCompilation *self, IbPosition at, IbSpan name, const char *what)
{
    g_autofree char *quoted = ib_diagnostic_quote (name);
    ib_diagnostic_error (self->diagnostics, at, "%s: %s", quoted, what);
    return false;
}

/* A name, and not a path. */
static bool
is_name (IbSpan name)
{
    if (name.length == 0 || name.length > NAME_BYTES || name.bytes[0] == '.')
        return false;
    const char *end = name.bytes + name.length;
    if (!g_utf8_validate_len (name.bytes, name.length, NULL))
        return false;
    for (const char *at = name.bytes; at < end; at = g_utf8_next_char (at)) {
        gunichar c = g_utf8_get_char (at);
        if (c == '/' || c == '\\' || g_unichar_iscntrl (c) || c == 0x2028 || c == 0x2029)
            return false;
    }
    return true;
}

static bool
is_called (const IbScript *script, IbScriptPlace place, IbSpan name)
{
    return script->place == place && strlen (script->name) == name.length
           && memcmp (script->name, name.bytes, name.length) == 0;
}

static IbScript *
find (const IbCompilation *self, IbScriptPlace place, IbSpan name)
{
    for (guint i = 1; i < self->scripts->len; i++)
        if (is_called (self->scripts->pdata[i], place, name))
            return self->scripts->pdata[i];
    return NULL;
}

static bool
check_limits (IbCompilation *self, const IbScript *from, IbPosition at, IbSpan name)
{
    const IbSieveSettings *settings = self->settings;
    if (from->depth + 1 > settings->include_depth) {
        g_autofree char *what
            = g_strdup_printf (_ ("scripts include one another more than %u deep"), settings->include_depth);
        return tell (self, at, name, what);
    }
    if (self->scripts->len > settings->include_count) {
        g_autofree char *what
            = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "more than %u script is included",
                                            "more than %u scripts are included", settings->include_count),
                               settings->include_count);
        return tell (self, at, name, what);
    }
    return true;
}

/* The text, in the arena; NULL: there is no such script. */
static const char *
load (IbCompilation *self, IbScriptPlace place, IbSpan name, gsize *out_length)
{
    const IbSieveOptions *options = self->options;
    if (options == NULL || options->source == NULL)
        return NULL;
    g_autofree char *terminated = g_strndup (name.bytes, name.length);
    char *text = options->source (place, terminated, out_length, options->source_data);
    if (text != NULL)
        ib_arena_own (self->arena, text, g_free);
    return text;
}

IbIncluded
ib_compilation_include (IbCompilation *self, const IbScript *from, IbPosition at, IbScriptPlace place,
                        IbSpan name, bool is_once, const IbScript **out_script)
{
    if (!is_name (name))
        return tell (self, at, name, _ ("this is not the name of a script, without a folder")),
               IB_INCLUDED_WRONGLY;
    IbScript *script = find (self, place, name);
    *out_script = script;
    if (script != NULL && script->is_open && !is_once)
        return tell (self, at, name, _ ("this script includes itself, by way of others or not")),
               IB_INCLUDED_WRONGLY;
    if (script != NULL)
        return IB_INCLUDED;
    if (!check_limits (self, from, at, name))
        return IB_INCLUDED_WRONGLY;

    gsize length = 0;
    const char *text = load (self, place, name, &length);
    if (text == NULL)
        return IB_INCLUDED_NOTHING;
    g_autofree char *terminated = g_strndup (name.bytes, name.length);
    script = script_new (self, terminated, place, from);
    *out_script = script;
    read_script (self, script, text, length);
    return IB_INCLUDED;
}
