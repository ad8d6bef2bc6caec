/* filter-brief.c - what every filter worker of a pool is told before its first message */
#include "filter-brief.h"

struct _IbFilterBrief {
    GPtrArray *scripts; /* IbScriptText */
    IbFacts *settings;
    GPtrArray *accounts; /* GVariant, as packed, by number */
    IbFilterModel model; /* NULL: nothing was learned */
    gpointer model_data;
    bool edits_headers, remembers;
};

/* --- what the scripts may do ------------------------------------------------------------------------------------ */

static char *
read_included (IbScriptPlace place, const char *name, gsize *out_length, gpointer user_data)
{
    const IbFilterBrief *self = user_data;
    return ib_script_text_answer (ib_script_text_find (self->scripts, ib_script_text_role (place), name),
                                  out_length);
}

/* The user's own scripts are compiled in this process, too. */
static void
look_at_scripts (IbFilterBrief *self)
{
    const IbSieveOptions options = { .source = read_included, .source_data = self };
    for (guint i = 0; i < self->scripts->len; i++) {
        const IbScriptText *script = self->scripts->pdata[i];
        if (script->role != IB_SCRIPT_TO_RUN)
            continue;
        gsize length = 0;
        const char *text = ib_script_text_bytes (script, &length);
        g_autoptr (IbProgram) program = ib_sieve_compile (script->name, text, length, &options, NULL, NULL);
        self->edits_headers |= program != NULL && ib_program_edits_header (program);
        self->remembers |= program != NULL && ib_program_remembers (program);
    }
}

IbFilterBrief *
ib_filter_brief_new (const GPtrArray *scripts, const IbFacts *settings)
{
    IbFilterBrief *self = g_new0 (IbFilterBrief, 1);
    self->settings = ib_facts_copy (settings);
    self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
    self->scripts = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_script_text_free);
    for (guint i = 0; i < scripts->len; i++)
        g_ptr_array_add (self->scripts, ib_script_text_copy (scripts->pdata[i]));
    look_at_scripts (self);
    return self;
}

bool
ib_filter_brief_edits_headers (const IbFilterBrief *self)
{
    return self->edits_headers;
}

bool
ib_filter_brief_remembers (const IbFilterBrief *self)
{
    return self->remembers;
}

/* --- what is noted ---------------------------------------------------------------------------------------------- */

void
ib_filter_brief_set_model (IbFilterBrief *self, IbFilterModel model, gpointer user_data)
{
    self->model = model;
    self->model_data = user_data;
}

void
ib_filter_brief_set_people (IbFilterBrief *self, GBytes *people)
{
    g_clear_pointer (&self->settings->people, g_bytes_unref);
    self->settings->people = people != NULL ? g_bytes_ref (people) : NULL;
}

GPtrArray *
ib_filter_brief_remember (IbFilterBrief *self, const GPtrArray *marks, const char *by)
{
    GPtrArray *ours = g_ptr_array_new_with_free_func ((GDestroyNotify) ib_mark_free);
    if (self->settings->marks == NULL)
        self->settings->marks = ib_marks_new ();
    for (guint i = 0; i < marks->len; i++) {
        const IbMark *mark = marks->pdata[i];
        ib_marks_add (self->settings->marks, mark->mark, mark->expires_at_s, by);
        g_ptr_array_add (ours, ib_mark_new (mark->mark, mark->expires_at_s, by));
    }
    return ours;
}

guint
ib_filter_brief_add_account (IbFilterBrief *self, const IbFacts *account)
{
    for (guint i = 0; i < self->accounts->len; i++) {
        g_autoptr (GVariant) same
            = g_variant_ref_sink (ib_filter_wire_pack_account (i, account, self->settings));
        if (g_variant_equal (same, self->accounts->pdata[i]))
            return i;
    }
    GVariant *packed = ib_filter_wire_pack_account (self->accounts->len, account, self->settings);
    g_ptr_array_add (self->accounts, g_variant_ref_sink (packed));
    return self->accounts->len - 1;
}

/* --- what is told ----------------------------------------------------------------------------------------------- */

static bool
send_lists (const IbLists *lists, IbChannel *channel, GError **error)
{
    g_autofree const char **names = lists != NULL ? ib_lists_names (lists) : NULL;
    for (gsize i = 0; names != NULL && names[i] != NULL; i++)
        if (!ib_filter_wire_send_list (channel, names[i], ib_lists_text (lists, names[i]), error))
            return false;
    return true;
}

/* Those that are only included, or the others. */
static bool
send_scripts (const IbFilterBrief *self, bool are_run, IbChannel *channel, GError **error)
{
    for (guint i = 0; i < self->scripts->len; i++) {
        const IbScriptText *script = self->scripts->pdata[i];
        if ((script->role == IB_SCRIPT_TO_RUN) == are_run
            && !ib_filter_wire_send_script (channel, script->role, script->name, script->text, error))
            return false;
    }
    return true;
}

static bool
send_model (const IbFilterBrief *self, IbChannel *channel, GError **error)
{
    gsize length = 0;
    int fd = self->model != NULL ? self->model (&length, self->model_data) : -1;
    return fd < 0 || ib_filter_wire_send_model (channel, fd, length, error);
}

bool
ib_filter_brief_tell (const IbFilterBrief *self, IbChannel *channel, GError **error)
{
    const IbFacts *settings = self->settings;
    g_autoptr (GPtrArray) marks = ib_marks_list (settings->marks);
    return send_scripts (self, false, channel, error) && send_scripts (self, true, channel, error)
           && ib_filter_wire_send_settings (channel, settings, error)
           && send_lists (settings->lists, channel, error)
           && (settings->people == NULL || ib_filter_wire_send_people (channel, settings->people, error))
           && send_model (self, channel, error)
           && (marks->len == 0 || ib_filter_wire_send_marks (channel, marks, error));
}

bool
ib_filter_brief_tell_accounts (const IbFilterBrief *self, guint *told, IbChannel *channel, GError **error)
{
    for (; *told < self->accounts->len; (*told)++)
        if (!ib_channel_send (channel, IB_FILTER_WIRE_ACCOUNT, self->accounts->pdata[*told], -1, error))
            return false;
    return true;
}

void
ib_filter_brief_free (IbFilterBrief *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->scripts);
    ib_facts_free (self->settings);
    g_ptr_array_unref (self->accounts);
    g_free (self);
}
