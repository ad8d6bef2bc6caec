/* check.c - a tree against the language: commands and tests, in their order */
#include "check-private.h"

#include <glib/gi18n-lib.h>

/* --- names --- */

static bool
tell_unknown_command (IbCheck *self, const IbNode *node, IbKind kind)
{
    g_autofree char *word = g_strndup (node->name.bytes, node->name.length);
    IbNearest nearest = ib_check_nearest_to (self, word);
    for (guint i = 0; i < self->language->count; i++) {
        const IbCommand *const *command = self->language->extensions[i]->commands;
        for (; command != NULL && *command != NULL; command++)
            if ((*command)->kind == kind)
                ib_nearest_offer (&nearest, (*command)->name);
    }
    return ib_check_tell_unknown (self, node->at, node->name, &nearest,
                                  kind == IB_KIND_TEST ? _ ("unknown test %s%s")
                                                       : _ ("unknown command %s%s"));
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
        if (!ib_check_is_open (self, extension))
            ib_check_error (self, node->at, _ ("\"%s\" needs: require \"%s\";"), node->row->name,
                            extension->name);
        return true;
    }
    IbKind other = kind == IB_KIND_TEST ? IB_KIND_COMMAND : IB_KIND_TEST;
    if (ib_language_command (self->language, node->name, other, &extension) != NULL)
        return tell_wrong_kind (self, node, kind);
    return tell_unknown_command (self, node, kind);
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
    bool arguments_ok = ib_check_arguments (self, node);
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
        const IbCheckReference *reference = &g_array_index (self->references, IbCheckReference, i);
        if ((int) reference->number > self->most_captures)
            ib_check_warn (self, reference->at,
                           _ ("${%u} is always empty: no pattern of this script takes so much"),
                           reference->number);
    }
}

void
ib_check_script (IbCompilation *compilation, IbScript *script)
{
    g_autoptr (GArray) references = g_array_new (FALSE, FALSE, sizeof (IbCheckReference));
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
