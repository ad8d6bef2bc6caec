/* ext-special-use.c - "special-use": folders by what they are for (RFC 8579)
 *
 * What a folder is for says its name: Inbasket and the mail clients that it knows use these five. */
#include "check.h"
#include "extensions.h"
#include "folder-name.h"
#include "special-use.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const struct {
    const char *attribute, *folder;
} uses[] = {
    { "\\Archive", "Archive" }, { "\\Drafts", "Drafts" }, { "\\Junk", "Junk" },
    { "\\Sent", "Sent" },       { "\\Trash", "Trash" },
};

static const char *
find_folder (IbSpan attribute)
{
    for (gsize i = 0; i < G_N_ELEMENTS (uses); i++)
        if (ib_language_is (attribute, uses[i].attribute))
            return uses[i].folder;
    return NULL;
}

const char *
ib_special_use_folder (IbVm *vm, IbSpan attribute)
{
    const char *folder = find_folder (attribute);
    bool exists = folder != NULL && g_strv_contains ((const char *const *) ib_vm_facts (vm)->folders, folder);
    return exists ? folder : NULL;
}

/* use-attr = "\" atom (RFC 6154, 6) */
static bool
is_attribute (IbSpan text)
{
    if (text.length < 2 || text.bytes[0] != '\\')
        return false;
    for (gsize i = 1; i < text.length; i++)
        if ((guchar) text.bytes[i] <= ' ' || (guchar) text.bytes[i] >= 0x7F
            || strchr ("(){%*\"\\]", text.bytes[i]) != NULL)
            return false;
    return true;
}

static bool
check_attributes (IbCheck *check, const IbArgument *argument)
{
    bool ok = true;
    for (const IbArgument *string = ib_tree_strings (argument); string != NULL;
         string = ib_tree_next (argument, string)) {
        if (string->dynamic != NULL || is_attribute (string->text))
            continue;
        g_autofree char *quoted = ib_diagnostic_quote (string->text);
        ok = ib_check_error (check, string->at, _ ("%s is no special use: expected one such as \"\\\\Junk\""),
                             quoted);
    }
    return ok;
}

static bool
check_uses (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return check_attributes (check, argument);
}

static bool
check_use (IbCheck *check, IbNode *node, IbArgument *tag)
{
    return check_attributes (check, tag->parameter);
}

/* --- specialuse_exists [<mailbox: string>] <special-use-attrs: string-list>: a folder for each of them; with a
 * mailbox, it for all of them --- */

/* Is @mailbox, NULL for any, there for @attribute? */
static bool
serves (IbVm *vm, const char *mailbox, IbSpan attribute)
{
    const char *folder = ib_special_use_folder (vm, attribute);
    return folder != NULL && (mailbox == NULL || strcmp (folder, mailbox) == 0);
}

static bool
test_specialuse_exists (IbVm *vm, const IbCall *call)
{
    const IbOperand *named = &call->positional[0], *wanted = &call->positional[1];
    g_autofree char *why = NULL, *mailbox = NULL;
    if (named->is_given)
        mailbox = ib_folder_name_parse (ib_vm_text (vm, named->texts), &why);
    if (named->is_given && mailbox == NULL)
        return false;
    for (guint i = 0; i < wanted->n_texts; i++)
        if (!ib_vm_spend (vm, 16 * g_strv_length (ib_vm_facts (vm)->folders))
            || !serves (vm, mailbox, ib_vm_text (vm, &wanted->texts[i])))
            return false;
    return true;
}

static const IbPositional arguments[] = {
    { .name = N_ ("folder"), .type = IB_TYPE_STRING, .is_optional = true, .check = ib_check_folder },
    { .name = N_ ("list of special uses"), .type = IB_TYPE_STRINGS, .check = check_uses },
    { NULL },
};
static const IbCommand exists_row = {
    .name = "specialuse_exists",
    .kind = IB_KIND_TEST,
    .positional = arguments,
    .test = test_specialuse_exists,
};

static const IbCommand *const commands[] = { &exists_row, NULL };
/* Obeyed by fileinto. */
static const IbTag tags[] = {
    { .name = "specialuse",
      .of = IB_TAKES_FOLDER,
      .slot = IB_SLOT_SPECIAL_USE,
      .parameter = IB_TYPE_STRING,
      .check = check_use },
    { NULL },
};
const IbExtension ib_ext_special_use = { .name = "special-use", .commands = commands, .tags = tags };
