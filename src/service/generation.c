/* generation.c - one reading of the configuration, and what was made of it */
#include "generation.h"
#include "inclusion.h"
#include "sieve.h"

struct _IbGeneration {
    guint references;
    const IbPaths *paths;
    IbConfig *config;
    IbKnown *known;
    GHashTable *scripts; /* name → IbScriptText */
    IbInclusions *inclusions;
    IbPollContext context;
};

IbGeneration *
ib_generation_read (const IbPaths *paths, char **out_notice, GError **error)
{
    g_autoptr (IbConfig) config = ib_config_load (paths, error);
    if (config == NULL)
        return NULL;
    IbGeneration *self = g_new0 (IbGeneration, 1);
    self->references = 1;
    self->paths = paths;
    self->config = g_steal_pointer (&config);
    self->known = ib_known_new (paths, self->config, out_notice);
    self->scripts
        = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) ib_script_text_free);
    self->inclusions = ib_inclusions_new (self->config->filters);
    return self;
}

IbGeneration *
ib_generation_ref (IbGeneration *self)
{
    self->references++;
    return self;
}

void
ib_generation_unref (IbGeneration *self)
{
    if (self == NULL || --self->references > 0)
        return;
    ib_filter_pool_free (self->context.pool);
    g_hash_table_unref (self->scripts);
    ib_inclusions_free (self->inclusions);
    ib_known_free (self->known);
    ib_config_free (self->config);
    g_free (self);
}

const IbConfig *
ib_generation_config (const IbGeneration *self)
{
    return self->config;
}

const IbKnown *
ib_generation_known (const IbGeneration *self)
{
    return self->known;
}

void
ib_generation_refresh (IbGeneration *self)
{
    ib_known_refresh (self->known);
}

/* --- scripts ----------------------------------------------------------------------------------------------- */

/* Compiled here only to tell the user; the workers compile it for themselves. */
static bool
check_script (IbGeneration *self, const char *name, const char *text, gsize length, GError **error)
{
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = self->inclusions };
    g_autoptr (IbProgram) program = ib_sieve_compile (name, text, length, &options, NULL, error);
    if (program == NULL)
        return false;
    g_autofree char *why = ib_program_why_not_activatable (program);
    if (why == NULL)
        return true;
    g_set_error_literal (error, IB_CONFIG_ERROR, IB_CONFIG_ERROR_SCRIPT, why);
    return false;
}

static bool
load_script (IbGeneration *self, const char *name, GError **error)
{
    gsize length = 0;
    if (g_hash_table_contains (self->scripts, name))
        return true;
    g_autofree char *text = ib_config_read_script (self->paths, name, NULL, &length, error);
    if (text == NULL || !check_script (self, name, text, length, error))
        return false;

    IbScriptText *script = ib_script_text_new (name, text, length);
    g_hash_table_insert (self->scripts, script->name, script);
    return true;
}

bool
ib_generation_load_scripts (IbGeneration *self, const IbAccount *account, GError **error)
{
    if (!account->is_filtered)
        return true;
    for (const char *const *name = ib_config_scripts (self->config, account); *name != NULL; name++)
        if (!load_script (self, *name, error))
            return false;
    return true;
}

/* --- what polls share -------------------------------------------------------------------------------------- */

static IbFilterPool *
make_pool (IbGeneration *self, const IbEquipment *equipment)
{
    const char *const *folders = (const char *const *) ib_pipeline_folders (equipment->pipeline);
    g_autoptr (IbFacts) settings = ib_known_facts (self->known, folders);
    g_autoptr (GPtrArray) scripts = g_ptr_array_new ();
    GHashTableIter each;
    gpointer script;

    ib_learned_add_facts (equipment->learned, settings);
    settings->marks = ib_marks_ref (ib_pipeline_marks (equipment->pipeline));
    g_hash_table_iter_init (&each, self->scripts);
    while (g_hash_table_iter_next (&each, NULL, &script))
        g_ptr_array_add (scripts, script);
    g_ptr_array_extend (scripts, ib_inclusions_found (self->inclusions), NULL, NULL);

    IbFilterPool *pool = ib_filter_pool_new (scripts, settings);
    ib_learned_lend (equipment->learned, pool);
    return pool;
}

void
ib_generation_equip (IbGeneration *self, const IbEquipment *equipment)
{
    self->context = (IbPollContext){
        .paths = self->paths,
        .config = self->config,
        .known = self->known,
        .pool = make_pool (self, equipment),
        .pipeline = equipment->pipeline,
        .servers = equipment->servers,
        .alerts = equipment->alerts,
        .tokens = equipment->tokens,
        .is_dry = equipment->is_dry,
    };
}

const IbPollContext *
ib_generation_context (const IbGeneration *self)
{
    return &self->context;
}
