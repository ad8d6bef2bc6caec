/* ext-editheader.c - "editheader": addheader and deleteheader (RFC 5293)
 *
 * The header of a run is replaced by an edited one, so tests that follow see the edit, and actions take along the header
 * of their time; the body is never touched. A run that fails leaves the header as it was. */
#include "check.h"
#include "extensions.h"
#include "index.h"
#include "mail-limits.h"
#include "matching.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* Nobody may take away by which way a message came, or that nobody wrote it (RFC 5293, 6). */
static const char *const never_deleted[] = { "received", "auto-submitted", NULL };

static bool
is_among (IbSpan name, const char *const *names)
{
    for (; names != NULL && *names != NULL; names++)
        if (ib_language_is (name, *names))
            return true;
    return false;
}

static bool
may_add (const IbSieveSettings *settings, IbSpan name)
{
    return !ib_vm_hides_field (name.bytes, name.length) && !is_among (name, settings->may_not_add);
}

static bool
may_delete (const IbSieveSettings *settings, IbSpan name)
{
    return !ib_vm_hides_field (name.bytes, name.length) && !is_among (name, never_deleted)
           && !is_among (name, settings->may_not_delete);
}

/* A name that is known is checked at once; one that only the run knows, then. Fields that may not be edited are left
 * alone, which is worth a warning and no error. */
static bool
check_name (IbCheck *check, const IbArgument *name,
            bool (*may_edit) (const IbSieveSettings *settings, IbSpan name))
{
    if (!ib_check_field_name (check, name))
        return false;
    if (name->dynamic == NULL && !may_edit (ib_check_settings (check), name->text)) {
        g_autofree char *quoted = ib_diagnostic_quote (name->text);
        ib_check_warn (check, name->at, _ ("the field %s is protected: this changes nothing"), quoted);
    }
    return true;
}

/* NULL after ib_vm_fail (). */
static const char *
read_name (IbVm *vm, const IbText *text)
{
    IbSpan name = ib_vm_text (vm, text);
    if (ib_check_is_field_name (name) && name.length <= IB_LIMIT_ADDED_FIELD_BYTES)
        return ib_arena_copy (ib_vm_arena (vm), name.bytes, name.length);
    g_autofree char *quoted = ib_diagnostic_quote (name);
    ib_vm_fail (vm, _ ("%s cannot be the name of a header field"), quoted);
    return NULL;
}

/* --- addheader [":last"] <field-name: string> <value: string> --- */

static bool
check_addheader (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return check_name (check, argument, may_add);
}

/* One line of UTF-8: where lines end, the field may be folded again. */
static char *
unfold (IbSpan value)
{
    g_autofree char *valid = g_utf8_make_valid (value.bytes, (gssize) value.length);
    GString *line = g_string_new (NULL);
    for (const char *at = valid; *at != '\0'; at++) {
        if (*at != '\r' && *at != '\n')
            g_string_append_c (line, *at);
        else if (at[1] != '\n' && at[1] != '\r' && at[1] != ' ' && at[1] != '\t')
            g_string_append_c (line, ' ');
    }
    return g_strstrip (g_string_free (line, FALSE));
}

static bool
fits (IbVm *vm, const char *name, const char *value)
{
    gsize most = ib_vm_settings (vm)->most_added_field_bytes;
    if (strlen (name) + strlen (value) > most) {
        ib_vm_fail (vm,
                    g_dngettext (GETTEXT_PACKAGE, "a header field may not be longer than %zu byte",
                                 "a header field may not be longer than %zu bytes", most),
                    most);
        return false;
    }
    g_autofree char *first = ib_header_added (ib_vm_header (vm), false);
    g_autofree char *last = ib_header_added (ib_vm_header (vm), true);
    /* Encoded words take up to twice the room, and folding some more. */
    if (strlen (first) + strlen (last) + 3 * (strlen (name) + strlen (value)) <= IB_LIMIT_ADDED_BYTES)
        return true;
    ib_vm_fail (vm, _ ("more than %d kB are added to the header"), IB_LIMIT_ADDED_BYTES / 1024);
    return false;
}

static void
run_addheader (IbVm *vm, const IbCall *call)
{
    const char *name = read_name (vm, call->positional[0].texts);
    IbSpan text = ib_vm_text (vm, call->positional[1].texts);
    g_autofree char *value = memchr (text.bytes, '\0', text.length) == NULL ? unfold (text) : NULL;
    if (value == NULL)
        ib_vm_fail (vm, _ ("a header field may not hold a NUL"));
    if (ib_vm_has_failed (vm) || !may_add (ib_vm_settings (vm), (IbSpan){ name, strlen (name) })
        || !fits (vm, name, value))
        return;
    guint count;
    (void) ib_header_fields (ib_vm_header (vm), &count);
    if (!ib_vm_spend (vm, 16 * (guint64) count + 8 * text.length))
        return;
    bool at_end = ib_program_tag (call, IB_SLOT_LAST) != NULL;
    ib_vm_set_header (vm, ib_header_with (ib_vm_header (vm), name, value, at_end));
    ib_vm_note_edit (vm, true, name, value);
    ib_vm_looks_at (vm, text);
}

static const IbTag addheader_tags[] = { { .name = "last", .slot = IB_SLOT_LAST }, { NULL } };
static const IbPositional addheader_arguments[] = {
    { .name = N_ ("name of a field"), .type = IB_TYPE_STRING, .check = check_addheader },
    { .name = N_ ("value"), .type = IB_TYPE_STRING },
    { NULL },
};
static const IbCommand addheader_row = {
    .name = "addheader",
    .tags = addheader_tags,
    .positional = addheader_arguments,
    .run = run_addheader,
};

/* --- deleteheader [":index" <fieldno: number> [":last"]] [COMPARATOR] [MATCH-TYPE] <field-name: string>
 * [<value-patterns: string-list>] --- */

static bool
check_deleted (IbCheck *check, IbNode *node, IbArgument *argument)
{
    return check_name (check, argument, may_delete);
}

static bool
check_deleteheader (IbCheck *check, IbNode *node)
{
    const IbArgument *match = ib_tree_tag (node, IB_SLOT_MATCH);
    if (match == NULL || !match->tag->match->counts)
        return true;
    return ib_check_error (check, match->at, _ ("\":%s\" counts fields and cannot choose among them"),
                           match->tag->name);
}

static bool
is_wanted (IbVm *vm, const IbCall *call, const IbHeaderField *field)
{
    const IbOperand *patterns = &call->positional[1];
    if (!patterns->is_given)
        return true;
    IbValue value = { .text = ib_vm_decode (vm, field) };
    IbMatching matching = ib_matching_new (vm, call, patterns);
    (void) ib_matching_value (&matching, &value);
    return ib_matching_finish (&matching);
}

/* The fields in [*from, *to) of those of the name are meant: see ib_vm_fields (). */
static void
read_index (const IbCall *call, guint count, guint *from, guint *to)
{
    const IbCallTag *index = ib_program_tag (call, IB_SLOT_INDEX);
    *from = 0;
    *to = count;
    if (index == NULL)
        return;
    guint64 number = index->parameter.number;
    if (number == 0 || number > count) {
        *to = 0;
        return;
    }
    *from = ib_program_tag (call, IB_SLOT_LAST) != NULL ? count - (guint) number : (guint) number - 1;
    *to = *from + 1;
}

/* The places in the header of the fields that are to go, in order. */
static GArray *
find_deleted (IbVm *vm, const IbCall *call, IbSpan name)
{
    g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (guint));
    GArray *deleted = g_array_new (FALSE, FALSE, sizeof (guint));
    guint count, from, to;
    const IbHeaderField *fields = ib_header_fields (ib_vm_header (vm), &count);
    for (guint i = 0; i < count; i++)
        if (ib_vm_field_is (&fields[i], name))
            g_array_append_val (places, i);
    read_index (call, places->len, &from, &to);
    for (guint i = from; i < to && !ib_vm_has_failed (vm); i++) {
        guint place = g_array_index (places, guint, i);
        if (is_wanted (vm, call, &fields[place]))
            g_array_append_val (deleted, place);
    }
    return deleted;
}

static void
run_deleteheader (IbVm *vm, const IbCall *call)
{
    guint count;
    const char *name = read_name (vm, call->positional[0].texts);
    IbSpan span = { name, name != NULL ? strlen (name) : 0 };
    (void) ib_header_fields (ib_vm_header (vm), &count);
    if (name == NULL || !may_delete (ib_vm_settings (vm), span) || !ib_vm_spend (vm, 16 * (guint64) count))
        return;
    g_autoptr (GArray) deleted = find_deleted (vm, call, span);
    if (ib_vm_has_failed (vm) || deleted->len == 0)
        return;
    ib_vm_set_header (
        vm, ib_header_without (ib_vm_header (vm), (const guint *) (gpointer) deleted->data, deleted->len));
    ib_vm_note_edit (vm, false, name, "");
}

static const IbTag deleteheader_tags[] = {
    { .name = "index", .slot = IB_SLOT_INDEX, .parameter = IB_TYPE_NUMBER, .check = ib_index_check_number },
    { .name = "last", .slot = IB_SLOT_LAST, .check = ib_index_check_last },
    { NULL },
};
static const IbPositional deleteheader_arguments[] = {
    { .name = N_ ("name of a field"), .type = IB_TYPE_STRING, .check = check_deleted },
    { .name = N_ ("list of patterns"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS, .is_optional = true },
    { NULL },
};
static const IbCommand deleteheader_row = {
    .name = "deleteheader",
    .takes = IB_TAKES_MATCH,
    .tags = deleteheader_tags,
    .positional = deleteheader_arguments,
    .check = check_deleteheader,
    .run = run_deleteheader,
};

static const IbCommand *const commands[] = { &addheader_row, &deleteheader_row, NULL };
const IbExtension ib_ext_editheader = { .name = "editheader", .commands = commands };
