/* check.c - a tree against the language */
#include "check.h"
#include "folder-name.h"
#include "match.h"

#include <glib/gi18n-lib.h>
#include <string.h>

struct _IbCheck {
    IbCompilation *compilation;
    IbScript *script;
    const IbLanguage *language;
    IbArena *arena;
    IbDiagnosticList *diagnostics;
    GHashTable *variables; /* lower-case name → IbScope */
    bool is_past_prologue;
    guint depth;           /* of blocks */
    int most_captures;     /* that any pattern takes; -1: there is none */
    bool has_open_pattern; /* that only the run knows */
    GArray *references;    /* Reference */
};

/* "${number}" in a string. */
typedef struct {
    IbPosition at;
    guint number;
} Reference;

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

/* Nobody reads guesses about what is not told any more. */
static IbNearest
nearest_to (const IbCheck *self, const char *word)
{
    return (IbNearest){ .word = ib_diagnostic_is_full (self->diagnostics) ? "" : word };
}

/* @format is ours or a translation of ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static bool
tell_unknown (IbCheck *self, IbPosition at, IbSpan written, const IbNearest *nearest, const char *format)
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
    IbNearest nearest = nearest_to (self, word);
    for (; *candidates != NULL; candidates++)
        ib_nearest_offer (&nearest, *candidates);
    return tell_unknown (self, at, written, &nearest, format);
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

static bool
is_open (const IbCheck *self, const IbExtension *extension)
{
    return extension->name == NULL || self->script->is_required[index_of (self->language, extension)];
}

bool
ib_check_has (const IbCheck *self, const char *extension)
{
    const IbExtension *row
        = ib_language_extension (self->language, (IbSpan){ extension, strlen (extension) });
    return row != NULL && is_open (self, row);
}

static bool
tell_unknown_extension (IbCheck *self, const IbArgument *string)
{
    g_autofree char *word = g_strndup (string->text.bytes, string->text.length);
    IbNearest nearest = nearest_to (self, word);
    for (guint i = 0; i < self->language->count; i++)
        if (self->language->extensions[i]->name != NULL)
            ib_nearest_offer (&nearest, self->language->extensions[i]->name);
    return tell_unknown (self, string->at, string->text, &nearest,
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
    return extension != NULL && is_open (self, extension);
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
    Reference reference = { at, number };
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

/* --- names --- */

static bool
tell_unknown_command (IbCheck *self, const IbNode *node, IbKind kind)
{
    g_autofree char *word = g_strndup (node->name.bytes, node->name.length);
    IbNearest nearest = nearest_to (self, word);
    for (guint i = 0; i < self->language->count; i++) {
        const IbCommand *const *command = self->language->extensions[i]->commands;
        for (; command != NULL && *command != NULL; command++)
            if ((*command)->kind == kind)
                ib_nearest_offer (&nearest, (*command)->name);
    }
    return tell_unknown (self, node->at, node->name, &nearest,
                         kind == IB_KIND_TEST ? _ ("unknown test %s%s") : _ ("unknown command %s%s"));
}

static bool
tell_wrong_kind (IbCheck *self, const IbNode *node, IbKind wanted)
{
    g_autofree char *quoted = ib_diagnostic_quote (node->name);
    if (wanted == IB_KIND_COMMAND)
        return ib_check_error (self, node->at,
                               _ ("%s is a test: expected a command, such as \"if\" before it"), quoted);
    return ib_check_error (self, node->at, _ ("%s is a command: expected a test"), quoted);
}

/* Finds the row of @node. One of an extension that was not required is told and taken all the same, so that what else
 * is wrong with it is told too. */
static bool
resolve (IbCheck *self, IbNode *node, IbKind kind)
{
    const IbExtension *extension;
    node->row = ib_language_command (self->language, node->name, kind, &extension);
    if (node->row != NULL) {
        if (!is_open (self, extension))
            ib_check_error (self, node->at, _ ("\"%s\" needs: require \"%s\";"), node->row->name,
                            extension->name);
        return true;
    }
    IbKind other = kind == IB_KIND_TEST ? IB_KIND_COMMAND : IB_KIND_TEST;
    if (ib_language_command (self->language, node->name, other, &extension) != NULL)
        return tell_wrong_kind (self, node, kind);
    return tell_unknown_command (self, node, kind);
}

/* --- tagged arguments --- */

static const IbTag *
find_in (const IbTag *tags, guint families, IbSpan name)
{
    for (; tags != NULL && tags->name != NULL; tags++)
        if ((tags->of == 0 || (tags->of & families) != 0) && ib_language_is (name, tags->name))
            return tags;
    return NULL;
}

/* A tag of the extensions that are open goes before one of the same name that is not. */
static const IbTag *
find_tag (IbCheck *self, const IbCommand *row, IbSpan name, const IbExtension **out_closed)
{
    const IbTag *found = find_in (row->tags, 0, name);
    *out_closed = NULL;
    for (guint i = 0; i < self->language->count && (found == NULL || *out_closed != NULL); i++) {
        const IbExtension *extension = self->language->extensions[i];
        const IbTag *tag = find_in (extension->tags, row->takes, name);
        bool open = tag != NULL && is_open (self, extension);
        if (tag == NULL || (!open && found != NULL))
            continue;
        found = tag;
        *out_closed = open ? NULL : extension;
    }
    return found;
}

static void
offer_tags (IbNearest *nearest, const IbTag *tags, guint families)
{
    for (; tags != NULL && tags->name != NULL; tags++)
        if (tags->of == 0 || (tags->of & families) != 0)
            ib_nearest_offer (nearest, tags->name);
}

static bool
tell_unknown_tag (IbCheck *self, const IbNode *node, const IbArgument *argument)
{
    g_autofree char *word = g_strndup (argument->text.bytes, MIN (argument->text.length, 60));
    IbNearest nearest = nearest_to (self, word);
    offer_tags (&nearest, node->row->tags, 0);
    for (guint i = 0; i < self->language->count; i++)
        offer_tags (&nearest, self->language->extensions[i]->tags, node->row->takes);

    g_autofree char *question = nearest.best != NULL
                                    ? g_strdup_printf (_ (" (did you mean \":%s\"?)"), nearest.best)
                                    : g_strdup ("");
    return ib_check_error (self, argument->at, _ ("\"%s\" takes no \":%s\"%s"), node->row->name, word,
                           question);
}

static bool
is_of_type (const IbArgument *argument, IbType type)
{
    return argument->type == type || (type == IB_TYPE_STRINGS && argument->type == IB_TYPE_STRING);
}

static const char *
type_phrase (IbType type)
{
    switch (type) {
    case IB_TYPE_NONE:
        return _ ("nothing");
    case IB_TYPE_NUMBER:
        return _ ("a number");
    case IB_TYPE_STRING:
        return _ ("a string");
    case IB_TYPE_STRINGS:
        return _ ("a string or list of strings");
    case IB_TYPE_TAG:
        return _ ("a tagged argument");
    }
    g_assert_not_reached ();
}

/* Gives the argument behind a tag to it. */
static bool
take_parameter (IbCheck *self, IbArgument *argument)
{
    IbArgument *parameter = argument->next;
    if (argument->tag->parameter == IB_TYPE_NONE)
        return true;
    if (parameter == NULL || !is_of_type (parameter, argument->tag->parameter))
        return ib_check_error (self, parameter != NULL ? parameter->at : argument->at,
                               _ ("\":%s\" needs %s behind it"), argument->tag->name,
                               type_phrase (argument->tag->parameter));
    argument->parameter = parameter;
    parameter->belongs_to_tag = true;
    return true;
}

static bool
check_slot (IbCheck *self, const IbNode *node, const IbArgument *argument, const IbTag *tag)
{
    const IbArgument *earlier = ib_tree_tag (node, tag->slot);
    if (earlier == NULL)
        return true;
    if (earlier->tag == tag)
        return ib_check_error (self, argument->at, _ ("\":%s\" is given twice"), tag->name);
    return ib_check_error (self, argument->at, _ ("\":%s\" and \":%s\" exclude each other"),
                           earlier->tag->name, tag->name);
}

static bool
check_tag (IbCheck *self, IbNode *node, IbArgument *argument)
{
    const IbExtension *closed;
    const IbTag *tag = find_tag (self, node->row, argument->text, &closed);

    if (tag == NULL)
        return tell_unknown_tag (self, node, argument);
    if (closed != NULL)
        ib_check_error (self, argument->at, _ ("\":%s\" needs: require \"%s\";"), tag->name, closed->name);
    if (!check_slot (self, node, argument, tag))
        return false;
    argument->tag = tag;
    return take_parameter (self, argument) && closed == NULL
           && (tag->check == NULL || tag->check (self, node, argument));
}

static bool
check_tags (IbCheck *self, IbNode *node)
{
    bool ok = true;
    const IbArgument *before = NULL, *positional = NULL;

    for (IbArgument *argument = node->arguments; argument != NULL;
         before = argument, argument = argument->next) {
        if (argument->belongs_to_tag)
            continue;
        if (argument->type != IB_TYPE_TAG) {
            /* What stands behind a tag that was refused may be its parameter. */
            if (before == NULL || before->type != IB_TYPE_TAG || before->tag != NULL)
                positional = argument;
            continue;
        }
        if (positional != NULL)
            ok = ib_check_error (
                self, argument->at, _ ("tagged arguments go first: expected \":%.*s\" before %s"),
                (int) MIN (argument->text.length, 40), argument->text.bytes, type_phrase (positional->type));
        ok &= check_tag (self, node, argument);
    }
    return ok;
}

/* --- positional arguments --- */

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

static bool
check_field_names (IbCheck *self, const IbArgument *argument)
{
    bool ok = true;
    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = ib_tree_next (argument, string))
        ok &= ib_check_field_name (self, string);
    return ok;
}

static bool
check_one_positional (IbCheck *self, IbNode *node, const IbPositional *wanted, IbArgument *argument)
{
    if (!is_of_type (argument, wanted->type))
        return ib_check_error (self, argument->at, _ ("\"%s\" takes %s here (%s), not %s"), node->row->name,
                               type_phrase (wanted->type), wanted->name,
                               argument->type == IB_TYPE_STRINGS ? _ ("a list")
                                                                 : type_phrase (argument->type));
    if (wanted->use == IB_USE_FIELDS && !check_field_names (self, argument))
        return false;
    return wanted->check == NULL || wanted->check (self, node, argument);
}

static guint
count_positional (const IbNode *node)
{
    guint count = 0;
    for (const IbArgument *argument = node->arguments; argument != NULL; argument = argument->next)
        count += argument->type != IB_TYPE_TAG && !argument->belongs_to_tag;
    return count;
}

static IbArgument *
next_positional (IbArgument *argument)
{
    while (argument != NULL && (argument->type == IB_TYPE_TAG || argument->belongs_to_tag))
        argument = argument->next;
    return argument;
}

/* Walks what the row wants beside what is there. */
static bool
check_positional (IbCheck *self, IbNode *node)
{
    IbArgument *argument = next_positional (node->arguments);
    guint wanted_count = 0, given = count_positional (node);
    bool ok = true;

    for (const IbPositional *w = node->row->positional; w != NULL && w->name != NULL; w++)
        wanted_count++;
    for (guint i = 0; i < wanted_count; i++) {
        const IbPositional *wanted = &node->row->positional[i];
        if (wanted->is_optional && given < wanted_count - i)
            continue;
        if (argument == NULL) {
            if (node->is_broken)
                return false;
            return ib_check_error (self, node->at, _ ("\"%s\" lacks its %s"), node->row->name, wanted->name);
        }
        node->positional[i] = argument;
        ok &= check_one_positional (self, node, wanted, argument);
        argument = next_positional (argument->next);
        given--;
    }
    if (argument != NULL && !node->is_broken)
        ok = ib_check_error (self, argument->at, _ ("\"%s\" takes no more arguments: did not expect %s"),
                             node->row->name, type_phrase (argument->type));
    return ok;
}

/* A string in the notations of the extensions that the script required. */
static void
read_string (IbCheck *self, IbArgument *string)
{
    for (guint i = 0; i < self->language->count; i++) {
        const IbExtension *extension = self->language->extensions[i];
        if (extension->read_string != NULL && is_open (self, extension))
            string->text = extension->read_string (self, string);
    }
    for (guint i = 0; i < self->language->count; i++) {
        const IbExtension *extension = self->language->extensions[i];
        if (extension->read_template != NULL && is_open (self, extension)
            && extension->read_template (self, self->arena, string) != NULL)
            string->dynamic = extension;
    }
}

static void
read_strings (IbCheck *self, IbArgument *argument)
{
    for (; argument != NULL; argument = argument->next) {
        if (argument->type == IB_TYPE_STRING)
            read_string (self, argument);
        else if (argument->type == IB_TYPE_STRINGS)
            read_strings (self, argument->items);
    }
}

/* --- how a test compares --- */

static const IbComparator *
find_comparator (IbCheck *self, const IbArgument *tag)
{
    const IbArgument *name = tag->parameter;
    const IbComparator *found = name != NULL ? ib_language_comparator (self->language, name->text) : NULL;
    if (name == NULL)
        return NULL;
    if (found == NULL) {
        g_autofree char *quoted = ib_diagnostic_quote (name->text);
        ib_check_error (self, name->at, _ ("unknown comparator %s"), quoted);
        return NULL;
    }
    if (found->extension != NULL && !ib_check_has (self, found->extension))
        ib_check_error (self, name->at, _ ("\"%s\" needs: require \"%s\";"), found->name, found->extension);
    return found;
}

/* Keys that only the run knows are checked by nobody: what cannot be read then matches nothing. */
static bool
check_keys (IbCheck *self, const IbNode *node, const IbMatchType *type)
{
    bool ok = true;
    for (guint i = 0; i < IB_POSITIONAL_MAX && node->row->positional[i].name != NULL; i++) {
        const IbArgument *keys = node->positional[i];
        if (keys == NULL || node->row->positional[i].use != IB_USE_KEYS)
            continue;
        for (const IbArgument *key = ib_tree_strings (keys); key != NULL; key = ib_tree_next (keys, key))
            ok &= key->dynamic != NULL || type->check_key (self, key);
    }
    return ok;
}

static void
note_captures (IbCheck *self, const IbNode *node, const IbMatchType *type)
{
    for (guint i = 0; i < IB_POSITIONAL_MAX && node->row->positional[i].name != NULL; i++) {
        const IbArgument *keys = node->positional[i];
        if (keys == NULL || node->row->positional[i].use != IB_USE_KEYS)
            continue;
        for (const IbArgument *key = ib_tree_strings (keys); key != NULL; key = ib_tree_next (keys, key)) {
            guint count = type->count_captures != NULL ? type->count_captures (key->text) : 0;
            self->most_captures = MAX (self->most_captures, (int) count);
            self->has_open_pattern |= key->dynamic != NULL;
        }
    }
}

static bool
check_comparison (IbCheck *self, IbNode *node)
{
    const IbArgument *match = ib_tree_tag (node, IB_SLOT_MATCH);
    const IbArgument *comparator = ib_tree_tag (node, IB_SLOT_COMPARATOR);
    IbComparison *how = &node->comparison;

    how->type = match != NULL ? match->tag->match : &ib_match_is;
    how->comparator = how->type->counts ? &ib_match_numeric : &ib_match_casemap;
    if (comparator != NULL && (how->comparator = find_comparator (self, comparator)) == NULL)
        return false;
    if (how->type->needs_substrings && !how->comparator->has_substrings)
        return ib_check_error (self, match->at, _ ("\":%s\" cannot be used with the comparator \"%s\""),
                               how->type->name, how->comparator->name);
    if (how->type->captures)
        note_captures (self, node, how->type);
    return how->type->check_key == NULL || check_keys (self, node, how->type);
}

/* --- commands and tests --- */

static bool check_node (IbCheck *self, IbNode *node, IbKind kind);

/* A command's name where a test could stand: what ends the command before it is missing. */
static bool
tell_needless_test (IbCheck *self, const IbNode *node)
{
    const IbExtension *extension;
    const IbNode *test = node->tests;
    if (test == NULL || node->has_test_list)
        return ib_check_error (self, test != NULL ? test->at : node->at, _ ("\"%s\" takes no tests"),
                               node->row->name);

    g_autofree char *quoted = ib_diagnostic_quote (test->name);
    if (ib_language_command (self->language, test->name, IB_KIND_COMMAND, &extension) != NULL)
        return ib_check_error (self, test->at, _ ("expected %s before %s"),
                               node->row->kind == IB_KIND_COMMAND ? "\";\"" : "\"{\"", quoted);
    return ib_check_error (self, test->at, _ ("\"%s\" takes no test: did not expect %s behind it"),
                           node->row->name, quoted);
}

/* Tests behind one that is known to decide are never run, and may use what there is not (RFC 5463, 4): they go. */
static void
cut_behind_decision (IbNode *node, IbNode *test)
{
    if (node->row->decided_by == IB_KNOWN_NOT)
        return;
    bool decides = test->known == node->row->decided_by;
    if (decides || test == node->tests)
        node->known = test->known;
    else if (node->known != test->known)
        node->known = IB_KNOWN_NOT;
    if (decides)
        test->next = NULL;
}

static bool
check_tests (IbCheck *self, IbNode *node)
{
    bool ok = true;

    if (node->row->tests == IB_TESTS_NONE)
        return (node->tests == NULL && !node->has_test_list) || tell_needless_test (self, node);
    if (node->tests == NULL)
        return !node->is_broken
               && ib_check_error (self, node->at, _ ("\"%s\" lacks its test"), node->row->name);
    if (node->row->tests == IB_TESTS_LIST && !node->has_test_list)
        ok = ib_check_error (self, node->tests->at, _ ("\"%s\" takes a list of tests: expected \"(\""),
                             node->row->name);
    if (node->row->tests == IB_TESTS_ONE && node->has_test_list)
        ok = ib_check_error (self, node->tests->at, _ ("\"%s\" takes one test, without parentheses"),
                             node->row->name);
    for (IbNode *test = node->tests; test != NULL; test = test->next) {
        ok &= check_node (self, test, IB_KIND_TEST);
        cut_behind_decision (node, test);
    }
    return ok;
}

static bool check_block (IbCheck *self, IbNode *first);

static bool
continues (const IbCheck *self, const IbNode *node)
{
    const IbExtension *extension;
    const IbCommand *row
        = node != NULL ? ib_language_command (self->language, node->name, IB_KIND_COMMAND, &extension) : NULL;
    return row != NULL && row->continues;
}

/* The same for the block of a test that is known not to hold, and the branches behind one that is known to. */
static void
cut_unused_branches (const IbCheck *self, IbNode *node)
{
    IbKnown known = node->tests != NULL ? node->tests->known : IB_KNOWN_NOT;
    if (known == IB_KNOWN_FALSE)
        node->block = NULL;
    while (known == IB_KNOWN_TRUE && continues (self, node->next))
        node->next = node->next->next;
}

/* Where the tests are wrong, a missing block is most often no news. */
static bool
check_own_block (IbCheck *self, IbNode *node, bool tests_are_right)
{
    bool ok = true;

    if (node->row->has_block && !node->has_block && !node->is_broken && tests_are_right)
        ok = ib_check_error (self, node->at, _ ("\"%s\" lacks its block: expected \"{\""), node->row->name);
    else if (!node->row->has_block && node->has_block && !node->is_broken && node->tests == NULL)
        ok = ib_check_error (self, node->at, _ ("\"%s\" takes no block: expected \";\""), node->row->name);
    cut_unused_branches (self, node);
    self->depth++;
    ok &= check_block (self, node->block);
    self->depth--;
    return ok;
}

static void
check_order (IbCheck *self, const IbNode *node)
{
    if (!node->row->is_prologue)
        self->is_past_prologue = true;
    else if (self->depth > 0)
        ib_check_error (self, node->at, _ ("\"%s\" may not stand in a block"), node->row->name);
    else if (self->is_past_prologue)
        ib_check_error (self, node->at, _ ("\"%s\" must stand before all other commands"), node->row->name);
}

/* Where a tag is wrong, what follows it may be its parameter or not: positional arguments are not looked at. */
static bool
check_arguments (IbCheck *self, IbNode *node)
{
    if (node->is_cut_short)
        return false;
    read_strings (self, node->arguments);
    return check_tags (self, node) && check_positional (self, node)
           && ((node->row->takes & IB_TAKES_MATCH) == 0 || check_comparison (self, node));
}

static bool
check_node (IbCheck *self, IbNode *node, IbKind kind)
{
    if (!resolve (self, node, kind)) {
        if (kind == IB_KIND_COMMAND) {
            self->depth++;
            (void) check_block (self, node->block); /* told already; this for what is in it */
            self->depth--;
        }
        return false;
    }
    check_order (self, node);
    bool arguments_ok = check_arguments (self, node);
    bool tests_ok = check_tests (self, node);
    bool ok = arguments_ok && tests_ok;
    if (kind == IB_KIND_COMMAND)
        ok &= check_own_block (self, node, tests_ok);
    return ok && (node->row->check == NULL || node->row->check (self, node));
}

static bool ends_block (const IbNode *node);

/* Is what stands behind the block never reached? */
static bool
block_ends (const IbNode *first)
{
    for (; first != NULL; first = first->next)
        if (ends_block (first))
            return true;
    return false;
}

/* The last of several branches ends the block if all of them do and it has no test. */
static bool
ends_block (const IbNode *node)
{
    if (node->row == NULL || node->row->ends_block)
        return node->row != NULL;
    if (!node->row->continues || node->row->tests != IB_TESTS_NONE)
        return false;
    while (node != NULL && node->row != NULL && node->row->continues && block_ends (node->block))
        node = node->previous;
    return node != NULL && node->row != NULL && !node->row->continues && block_ends (node->block);
}

static bool
check_block (IbCheck *self, IbNode *first)
{
    bool ok = true, is_over = false;
    for (IbNode *node = first; node != NULL; node = node->next) {
        if (is_over)
            ib_check_warn (self, node->at, _ ("this is never reached"));
        ok &= check_node (self, node, IB_KIND_COMMAND);
        is_over = ends_block (node);
    }
    return ok;
}

/* What no pattern can fill is always empty, and surely another number was meant. Of a script with errors not all
 * patterns may be known. */
static void
check_references (IbCheck *self)
{
    bool are_all_known = !self->has_open_pattern && !ib_diagnostic_has_errors (self->diagnostics);
    for (guint i = 0; i < self->references->len && are_all_known; i++) {
        const Reference *reference = &g_array_index (self->references, Reference, i);
        if ((int) reference->number > self->most_captures)
            ib_check_warn (self, reference->at,
                           _ ("${%u} is always empty: no pattern of this script takes so much"),
                           reference->number);
    }
}

void
ib_check_script (IbCompilation *compilation, IbScript *script)
{
    g_autoptr (GArray) references = g_array_new (FALSE, FALSE, sizeof (Reference));
    IbCheck self = {
        .most_captures = -1,
        .references = references,
        .compilation = compilation,
        .script = script,
        .language = compilation->language,
        .arena = compilation->arena,
        .diagnostics = compilation->diagnostics,
        .variables = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    };
    (void) check_block (&self, script->commands);
    check_references (&self);
    g_hash_table_unref (self.variables);
}
