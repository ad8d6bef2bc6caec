/* checkup.c - is all of it as it should be? */
#include "checkup-private.h"

typedef struct {
    const char *name;
    void (*look) (IbCheckup *self);
    bool needs_config;
} Row;

static const Row rows[] = {
    { "configuration", ib_checkup_home_configuration, false },
    { "permissions", ib_checkup_home_permissions, false },
    { "keyring", ib_checkup_accounts_keyring, true },
    { "sign-in", ib_checkup_accounts_sign_in, true },
    { "servers", ib_checkup_accounts_servers, true },
    { "maildir", ib_checkup_store_maildir, true },
    { "journal", ib_checkup_store_journal, false },
    { "classifier", ib_checkup_store_classifier, false },
    { "service", ib_checkup_parts_service, false },
    { "sandbox", ib_checkup_parts_sandbox, false },
    { "filters", ib_checkup_parts_filters, true },
    { "trust", ib_checkup_trust_relays, true },
    { "coverage", ib_checkup_trust_coverage, true },
    { "mx", ib_checkup_trust_mx, true },
};

const char *
ib_finding_level_name (IbFindingLevel level)
{
    switch (level) {
    case IB_FINDING_FINE:
        return "fine";
    case IB_FINDING_WARNING:
        return "warning";
    case IB_FINDING_WRONG:
        return "wrong";
    }
    g_assert_not_reached ();
}

const char *const *
ib_checkup_names (void)
{
    static const char *names[G_N_ELEMENTS (rows) + 1];
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        names[i] = rows[i].name;
    return names;
}

void
ib_checkup_say (IbCheckup *self, IbFindingLevel level, const char *subject, const char *remedy,
                const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_autofree char *text = g_strdup_vprintf (format, arguments);
    va_end (arguments);
    const IbFinding finding = {
        .check = self->check,
        .subject = (char *) subject,
        .level = level,
        .text = text,
        .remedy = (char *) remedy,
    };
    self->worst = MAX (self->worst, level);
    self->each (&finding, self->user_data);
}

/* A table that is broken is told of by the configuration's row. */
static IbProviders *
load_providers (const IbPaths *paths)
{
    const char *const folders[] = { ib_paths_shipped_providers (), paths->providers, NULL };
    const char *const none[] = { NULL };
    IbProviders *providers = ib_providers_load (folders, NULL);
    return providers != NULL ? providers : ib_providers_load (none, NULL);
}

IbFindingLevel
ib_checkup_run (const IbCheckupWishes *wishes, IbCheckupEach each, gpointer user_data, bool *out_parses)
{
    IbCheckup self = {
        .wishes = wishes,
        .paths = wishes->paths,
        .config = ib_config_load_to_mend (wishes->paths, NULL),
        .providers = load_providers (wishes->paths),
        .now = g_get_real_time (),
        .each = each,
        .user_data = user_data,
    };
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        if (rows[i].needs_config && self.config == NULL)
            continue;
        self.check = rows[i].name;
        rows[i].look (&self);
        if (rows[i].look == ib_checkup_home_configuration)
            *out_parses = self.worst != IB_FINDING_WRONG;
    }
    g_clear_error (&self.silence);
    ib_config_free (self.config);
    ib_providers_free (self.providers);
    return self.worst;
}
