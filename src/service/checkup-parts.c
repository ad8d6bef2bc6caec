/* checkup-parts.c - the parts that work together: the service, the workers, the filters */
#include "checkup-private.h"
#include "inclusion.h"
#include "trial.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- service ------------------------------------------------------------------------------------------------------ */

void
ib_checkup_parts_service (IbCheckup *self)
{
    const IbServiceFacts *facts = self->wishes->service;
    const char *home = self->paths->home;
    g_autofree char *word = home != NULL ? g_shell_quote (home) : NULL;
    g_autofree char *by_hand = home != NULL ? g_strdup_printf ("inbasketd --home %s", word) : NULL;
    if (facts == NULL)
        return;
    if (facts->is_silent) {
        ib_checkup_say (self, IB_FINDING_WRONG, NULL,
                        _ ("Start it again: systemctl --user restart inbasketd"),
                        _ ("There is a service, and it does not answer"));
        return;
    }
    if (!facts->is_running) {
        ib_checkup_say (
            self, IB_FINDING_WARNING, NULL,
            home != NULL ? by_hand : _ ("“inbasket service enable” starts it, now and at each login"),
            facts->is_enabled ? _ ("The service is enabled, and does not run")
                              : _ ("No service runs: mail comes only when you run “inbasket sync”"));
        return;
    }
    if (facts->trouble != NULL && *facts->trouble != '\0') {
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("Mend that; it goes on by itself then"),
                        _ ("It runs, and fetches nothing: %s"), facts->trouble);
        return;
    }
    if (facts->version != NULL && strcmp (facts->version, IB_VERSION) != 0) {
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("Start it again: systemctl --user restart inbasketd"),
                        _ ("The service that runs is %s, and this is %s"), facts->version, IB_VERSION);
        return;
    }
    if (facts->is_outdated)
        ib_checkup_say (self, IB_FINDING_WRONG, NULL, _ ("“inbasket service enable” once more lets it"),
                        _ ("It runs, but may not write to all the folders that the settings name"));
    else if (facts->is_enabled || home != NULL)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        home != NULL ? _ ("It runs") : _ ("It runs, and starts with each login"));
    else
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("“inbasket service enable” has it start at each login"),
                        _ ("It runs, but will not start by itself at your next login"));
}

/* --- sandbox -------------------------------------------------------------------------------------------------------- */

static void
tell_worker (IbCheckup *self, const char *program, const GError *error)
{
    ib_checkup_say (
        self, IB_FINDING_WRONG, program,
        _ ("No mail is fetched or filtered without it; is the installation whole, and the kernel one with "
           "seccomp?"),
        _ ("%s did not lock itself in: %s"), program, error->message);
}

void
ib_checkup_parts_sandbox (IbCheckup *self)
{
    IbSandboxStatus status = { 0 };
    g_autoptr (GError) filter = NULL, fetch = NULL;
    if (!ib_trial_filter (&status, &filter))
        tell_worker (self, "inbasket-filter", filter);
    if (!ib_trial_fetch (&fetch))
        tell_worker (self, "inbasket-fetch", fetch);
    if (filter != NULL || fetch != NULL)
        return;
    if (status.landlock_abi > 0)
        ib_checkup_say (self, IB_FINDING_FINE, NULL, NULL,
                        _ ("Both workers lock themselves in, by seccomp and by Landlock (version %d)"),
                        status.landlock_abi);
    else
        ib_checkup_say (self, IB_FINDING_WARNING, NULL,
                        _ ("A kernel from 5.13 on has it, if it is switched on"),
                        _ ("Both workers lock themselves in by seccomp alone: this kernel has no Landlock"));
}

/* --- filters -------------------------------------------------------------------------------------------------------- */

static void
look_at_filter (IbCheckup *self, const char *name)
{
    gsize length = 0;
    g_autoptr (GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *text = ib_config_read_script (self->paths, name, &path, &length, &error);
    g_autofree char *disable = g_strdup_printf (_ ("“inbasket filter disable %s” does without it"), name);
    if (text == NULL) {
        ib_checkup_say (self, IB_FINDING_WRONG, name, disable, "%s", error->message);
        return;
    }
    g_autoptr (IbInclusions) inclusions = ib_inclusions_new (self->paths->filters);
    const IbSieveOptions options = { .source = ib_inclusions_source, .source_data = inclusions };
    g_autoptr (IbProgram) program = ib_sieve_compile (path, text, length, &options, NULL, &error);
    g_autofree char *why = program != NULL ? ib_program_why_not_activatable (program) : NULL;
    g_autofree char *check = g_strdup_printf (_ ("“inbasket filter check %s” shows all that is wrong"), name);
    if (program == NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, name, check, _ ("It does not compile: %s"), error->message);
    else if (why != NULL)
        ib_checkup_say (self, IB_FINDING_WRONG, name, disable, _ ("It may only be run dry: %s"), why);
    else
        ib_checkup_say (self, IB_FINDING_FINE, name, NULL, _ ("It compiles"));
}

static void
add_names (GPtrArray *names, char **scripts)
{
    for (gsize i = 0; scripts != NULL && scripts[i] != NULL; i++)
        if (!g_ptr_array_find_with_equal_func (names, scripts[i], g_str_equal, NULL))
            g_ptr_array_add (names, scripts[i]);
}

void
ib_checkup_parts_filters (IbCheckup *self)
{
    g_autoptr (GPtrArray) names = g_ptr_array_new ();
    add_names (names, self->config->scripts);
    for (guint i = 0; i < self->config->accounts->len; i++)
        add_names (names, ((const IbAccount *) self->config->accounts->pdata[i])->scripts);
    for (guint i = 0; i < names->len; i++)
        look_at_filter (self, names->pdata[i]);
    if (names->len == 0)
        ib_checkup_say (self, IB_FINDING_WARNING, NULL, _ ("“inbasket filter enable junk” sorts spam out"),
                        _ ("No filter is active: all mail goes into the INBOX"));
}
