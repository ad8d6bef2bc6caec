/* bus-checks.c - who asked for a look at which accounts, and what came of it */
#include "bus-checks.h"
#include "generation.h"
#include "said.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* An account that does not begin within it cannot: the machine is about to sleep, or the network wants a sign-in first. */
#define PATIENCE_S 10

typedef enum {
    CHECK_WAITS,  /* for the end of a poll that began before it was asked for */
    CHECK_IS_DUE, /* asked of the service */
    CHECK_RUNS,
    CHECK_IS_OVER, /* .result is to be told */
} CheckState;

typedef struct {
    IbBusChecks *checks;
    CheckState state;
    char *asker;
    guint32 ticket;
    char *account;
    GVariant *result; /* so far; NULL */
    guint source;     /* of the patience, or of telling; 0: none */
} Check;

struct _IbBusChecks {
    IbService *service;
    IbBusChecked checked;
    gpointer user_data;
    GPtrArray *checks; /* Check */
    guint32 last_ticket;
};

static void
check_free (gpointer pointer)
{
    Check *check = pointer;
    if (check->source != 0)
        g_source_remove (check->source);
    g_clear_pointer (&check->result, g_variant_unref);
    g_free (check->asker);
    g_free (check->account);
    g_free (check);
}

/* --- the end ------------------------------------------------------------------------------------------------- */

/* A poll that was stopped since nothing can be written says so; by now the service knows. */
static void
blame_store (Check *check)
{
    const GError *trouble = ib_service_get_trouble (check->checks->service);
    const char *reason = "";
    (void) g_variant_lookup (check->result, "reason", "&s", &reason);
    if (trouble == NULL || trouble->domain == IB_CONFIG_ERROR || strcmp (reason, "stopped") != 0)
        return;
    GVariantDict result;
    g_autofree char *words = ib_said_words (trouble->message);
    g_autofree char *for_terminal = ib_said_words_for_terminal (trouble->message);
    g_variant_dict_init (&result, check->result);
    g_variant_dict_insert (&result, "reason", "s", "store");
    g_variant_dict_insert (&result, "error", "s", words);
    g_variant_dict_insert (&result, "error-for-terminal", "s", for_terminal);
    g_variant_unref (check->result);
    check->result = g_variant_ref_sink (g_variant_dict_end (&result));
}

static gboolean
tell (gpointer user_data)
{
    Check *check = user_data;
    IbBusChecks *self = check->checks;
    check->source = 0;
    blame_store (check);
    self->checked (check->asker, check->ticket, check->account, check->result, self->user_data);
    g_ptr_array_remove (self->checks, check);
    return G_SOURCE_REMOVE;
}

static void
add_result (Check *check, GVariant *result)
{
    g_autoptr (GVariant) first = g_steal_pointer (&check->result);
    g_autoptr (GVariant) then = g_variant_ref_sink (result);
    check->result = first != NULL ? g_variant_ref_sink (ib_said_both (first, then)) : g_variant_ref (then);
}

static void
end_check (Check *check, GVariant *result)
{
    add_result (check, result);
    check->state = CHECK_IS_OVER;
    g_clear_handle_id (&check->source, g_source_remove);
    check->source = g_idle_add (tell, check);
}

/* It does not begin: its state says why. */
static gboolean
lose_patience (gpointer user_data)
{
    Check *check = user_data;
    IbAccountNow now = { .state = "error", .error = "" };
    check->source = 0;
    (void) ib_service_describe (check->checks->service, check->account, &now);
    g_autoptr (GError) error = g_error_new_literal (
        IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE,
        *now.error != '\0' ? now.error
                           : _ ("it cannot be looked at now: it is tried again as soon as that is possible"));
    const IbPollResult result = { .account = check->account, .error = error, .state = now.state };
    end_check (check, ib_said_result (&result));
    return G_SOURCE_REMOVE;
}

/* --- the way there --------------------------------------------------------------------------------------------- */

static void
ask_service (Check *check)
{
    const char *const accounts[] = { check->account, NULL };
    g_autoptr (GError) error = NULL;
    check->state = CHECK_IS_DUE;
    if (!ib_service_check (check->checks->service, accounts, &error)) {
        end_check (check, ib_said_broken (check->account, error->message));
        return;
    }
    if (check->state == CHECK_IS_DUE)
        check->source = g_timeout_add_seconds (PATIENCE_S, lose_patience, check);
}

void
ib_bus_checks_started (IbBusChecks *self, const char *account)
{
    for (guint i = 0; i < self->checks->len; i++) {
        Check *check = self->checks->pdata[i];
        if (check->state != CHECK_IS_DUE || strcmp (check->account, account) != 0)
            continue;
        check->state = CHECK_RUNS;
        g_clear_handle_id (&check->source, g_source_remove);
    }
}

void
ib_bus_checks_polled (IbBusChecks *self, const IbPollResult *result, bool is_whole)
{
    for (guint i = 0; is_whole && i < self->checks->len; i++) {
        Check *check = self->checks->pdata[i];
        if (strcmp (check->account, result->account) != 0)
            continue;
        if (check->state == CHECK_WAITS) {
            add_result (check, ib_said_result (result));
            ask_service (check);
        } else if (check->state == CHECK_RUNS) {
            end_check (check, ib_said_result (result));
        }
    }
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* Why an account that the configuration has does not live in the service: read anew, since that is seldom asked. */
static char *
fault_of (IbBusChecks *self, const char *name)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *notice = NULL;
    g_autoptr (IbGeneration) generation
        = ib_generation_read (ib_service_paths (self->service), &notice, &error);
    const IbAccount *account
        = generation != NULL ? ib_config_account (ib_generation_config (generation), name) : NULL;
    if (account != NULL && ib_generation_load_scripts (generation, account, &error))
        return g_strdup (_ ("its settings have changed just now: try again"));
    return g_strdup (error != NULL ? error->message : _ ("its settings have changed just now: try again"));
}

static void
begin (IbBusChecks *self, const char *asker, const char *account, GStrvBuilder *accounts)
{
    const IbBrokenAccount *broken = ib_config_broken (ib_service_config (self->service), account);
    IbAccountNow now;
    Check *check = g_new0 (Check, 1);
    check->checks = self;
    check->asker = g_strdup (asker);
    check->account = g_strdup (account);
    check->ticket = self->last_ticket;
    g_ptr_array_add (self->checks, check);
    g_strv_builder_add (accounts, account);

    if (broken != NULL) {
        end_check (check, ib_said_broken (account, broken->error->message));
    } else if (!ib_service_describe (self->service, account, &now)) {
        g_autofree char *fault = fault_of (self, account);
        end_check (check, ib_said_broken (account, fault));
    } else if (now.is_running) {
        check->state = CHECK_WAITS;
    } else {
        ask_service (check);
    }
}

/* For a time. */
static bool
is_paused (IbBusChecks *self, const char *account)
{
    IbAccountNow now;
    return ib_service_describe (self->service, account, &now) && strcmp (now.state, "paused") == 0;
}

/* Those that are wanted: named; or all, of which one that is switched off, or paused for a time, is none. */
static bool
choose (IbBusChecks *self, const IbConfig *config, const char *const *names, GPtrArray *chosen,
        GError **error)
{
    if (config->accounts->len + config->broken->len == 0) {
        g_set_error_literal (
            error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_ACCOUNT,
            _ ("There is no account yet: “inbasket setup” adds one, step by step"));
        return false;
    }
    for (gsize i = 0; names[i] != NULL; i++) {
        const IbAccount *account = ib_config_account (config, names[i]);
        if (account == NULL && ib_config_broken (config, names[i]) == NULL) {
            g_set_error (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_ACCOUNT,
                         _ ("There is no account “%s”: “inbasket account list” shows what there is"),
                         names[i]);
            return false;
        }
        if (account != NULL && !account->is_enabled) {
            g_set_error (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_ACCOUNT,
                         _ ("%s is paused: “inbasket account resume %s” has it fetched again"), names[i],
                         names[i]);
            return false;
        }
        if (!g_ptr_array_find_with_equal_func (chosen, names[i], g_str_equal, NULL))
            g_ptr_array_add (chosen, (gpointer) names[i]);
    }
    for (guint i = 0; *names == NULL && i < config->broken->len; i++)
        g_ptr_array_add (chosen, ((IbBrokenAccount *) config->broken->pdata[i])->name);
    for (guint i = 0; *names == NULL && i < config->accounts->len; i++) {
        const IbAccount *account = config->accounts->pdata[i];
        if (account->is_enabled && !is_paused (self, account->name))
            g_ptr_array_add (chosen, account->name);
    }
    return true;
}

bool
ib_bus_checks_ask (IbBusChecks *self, const char *asker, const char *const *accounts, guint32 *out_ticket,
                   char ***out_accounts, GError **error)
{
    const GError *trouble = ib_service_get_trouble (self->service);
    const IbConfig *config = ib_service_config (self->service);
    g_autoptr (GPtrArray) chosen = g_ptr_array_new ();
    if (trouble != NULL && trouble->domain == IB_CONFIG_ERROR) {
        g_propagate_error (error, g_error_copy (trouble));
        return false;
    }
    if (trouble != NULL || config == NULL) {
        g_set_error_literal (error, IB_SERVICE_ERROR, IB_SERVICE_ERROR_TROUBLE,
                             trouble != NULL ? trouble->message : _ ("The service is starting"));
        return false;
    }
    if (!choose (self, config, accounts, chosen, error))
        return false;
    g_autoptr (GStrvBuilder) begun = g_strv_builder_new ();
    *out_ticket = ++self->last_ticket;
    for (guint i = 0; i < chosen->len; i++)
        begin (self, asker, chosen->pdata[i], begun);
    *out_accounts = g_strv_builder_end (begun);
    return true;
}

IbBusChecks *
ib_bus_checks_new (IbService *service, IbBusChecked checked, gpointer user_data)
{
    IbBusChecks *self = g_new0 (IbBusChecks, 1);
    self->service = service;
    self->checked = checked;
    self->user_data = user_data;
    self->checks = g_ptr_array_new_with_free_func (check_free);
    return self;
}

void
ib_bus_checks_free (IbBusChecks *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->checks);
    g_free (self);
}
