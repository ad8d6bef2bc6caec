/* check-arguments.c - a command's arguments against its row: tags, what stands by place, and how a test compares */
#include "check-private.h"
#include "match.h"

#include <glib/gi18n-lib.h>

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
        bool open = tag != NULL && ib_check_is_open (self, extension);
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
    IbNearest nearest = ib_check_nearest_to (self, word);
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
                               type_phrase (wanted->type), _ (wanted->name),
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
            return ib_check_error (self, node->at, _ ("\"%s\" lacks its %s"), node->row->name,
                                   _ (wanted->name));
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
        if (extension->read_string != NULL && ib_check_is_open (self, extension))
            string->text = extension->read_string (self, string);
    }
    for (guint i = 0; i < self->language->count; i++) {
        const IbExtension *extension = self->language->extensions[i];
        if (extension->read_template != NULL && ib_check_is_open (self, extension)
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

/* --- all of them --- */

bool
ib_check_arguments (IbCheck *self, IbNode *node)
{
    if (node->is_cut_short)
        return false;
    read_strings (self, node->arguments);
    return check_tags (self, node) && check_positional (self, node)
           && ((node->row->takes & IB_TAKES_MATCH) == 0 || check_comparison (self, node));
}
