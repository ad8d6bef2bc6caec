/* testsuite-language.c - the table that test files are read by: the whole language, and the words of its own */
#include "matching.h"
#include "testsuite-private.h"
#include "variables.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const IbCommand *const *const lists[] = {
    ib_testsuite_case_rows,   ib_testsuite_config_rows, ib_testsuite_message_rows,
    ib_testsuite_result_rows, ib_testsuite_script_rows,
};

typedef struct {
    IbExtension extension;
    IbLanguage language;
} Table;

static const IbCommand *const *
join_rows (void)
{
    GPtrArray *rows = g_ptr_array_new ();
    for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
        for (const IbCommand *const *row = lists[i]; *row != NULL; row++)
            g_ptr_array_add (rows, (gpointer) *row);
    g_ptr_array_add (rows, NULL);
    return (const IbCommand *const *) g_ptr_array_free (rows, FALSE);
}

/* --- ${tst.path}: where the test file stands --- */

static gpointer
state_new (IbVm *vm, IbArena *arena)
{
    return ib_variables_new (vm);
}

static IbVariables *
own_variables (IbVm *vm)
{
    IbTestsuite *suite = ib_testsuite_of (vm);
    const IbExtension *extension
        = ib_language_extension (ib_testsuite_language (), IB_SPAN (IB_TESTSUITE_EXTENSION));
    if (!suite->knows_path) {
        suite->knows_path = true;
        ib_variables_set (vm, IB_SPAN ("tst.path"), (IbSpan){ suite->folder, strlen (suite->folder) });
    }
    return ib_vm_state (vm, extension);
}

/* --- the table --- */

/* Made once, and never freed: programs point to its rows. */
static gpointer
make_table (gpointer unused)
{
    const IbLanguage *whole = ib_language_whole ();
    Table *table = g_new0 (Table, 1);
    table->extension = (IbExtension){
        .name = IB_TESTSUITE_EXTENSION,
        .commands = join_rows (),
        .state_new = state_new,
        .is_about_script = true,
        .name_space = "tst",
        .variables = own_variables,
    };

    const IbExtension **extensions = g_new0 (const IbExtension *, whole->count + 2);
    for (guint i = 0; i < whole->count; i++)
        extensions[i] = whole->extensions[i];
    extensions[whole->count] = &table->extension;
    table->language = (IbLanguage){ extensions, whole->count + 1 };
    return table;
}

const IbLanguage *
ib_testsuite_language (void)
{
    static GOnce once = G_ONCE_INIT;
    const Table *table = g_once (&once, make_table, NULL);
    return &table->language;
}

IbTestsuite *
ib_testsuite_of (const IbVm *vm)
{
    return ib_vm_context (vm)->user_data;
}

const IbTag ib_testsuite_index_tags[]
    = { { .name = "index", .slot = IB_SLOT_OWN, .parameter = IB_TYPE_NUMBER }, { NULL } };
const IbPositional ib_testsuite_keys[] = {
    { .name = N_ ("list of keys"), .type = IB_TYPE_STRINGS, .use = IB_USE_KEYS },
    { NULL },
};

bool
ib_testsuite_match (IbVm *vm, const IbCall *call, const char *const *texts, guint count)
{
    const IbCallTag *index = ib_program_tag (call, IB_SLOT_OWN);
    IbMatching matching = ib_matching_new (vm, call, &call->positional[0]);
    for (guint i = 0; i < count; i++) {
        if (index != NULL && index->parameter.number != i + 1)
            continue;
        IbValue value = { .text = { texts[i], strlen (texts[i]) } };
        if (ib_matching_value (&matching, &value))
            break;
    }
    return ib_matching_finish (&matching);
}
