/* discovery.c - from an address to the servers that its mail may be fetched from */
#include "discovery.h"
#include "autoconfig.h"
#include "dns-name.h"
#include "guess.h"
#include "lookup.h"
#include "settings-url.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

G_DEFINE_QUARK (ib-discovery-error-quark, ib_discovery_error)

typedef struct {
    char *address, *domain;
    const IbProviders *providers;
    const IbProvider *moving; /* the table's, for a domain of which its exchanger knows more; or NULL */
    bool asks_ispdb, has_guessed;
    GPtrArray *found;
    IbSettingsClient *client; /* NULL until needed */
    guint n_running;          /* questions of this stage */
    GCancellable
        *stage; /* cancelled once the stage is over: enough is known, or time is up, or nobody waits */
    GSource *deadline;
    GCancellable *caller;
    gulong caller_handler;
} Discovery;

static void next_stage (GTask *task);

static void
end_stage (Discovery *self)
{
    if (self->deadline != NULL) {
        g_source_destroy (self->deadline);
        g_clear_pointer (&self->deadline, g_source_unref);
    }
    g_cancellable_disconnect (self->caller, self->caller_handler);
    self->caller_handler = 0;
    g_clear_object (&self->stage);
}

static void
discovery_free (gpointer data)
{
    Discovery *self = data;
    end_stage (self);
    g_clear_object (&self->caller);
    g_clear_object (&self->client);
    g_ptr_array_unref (self->found);
    g_free (self->address);
    g_free (self->domain);
    g_free (self);
}

/* --- stages ----------------------------------------------------------------------------------------------------------- */

static gboolean
on_deadline (gpointer stage)
{
    g_cancellable_cancel (stage);
    return G_SOURCE_REMOVE;
}

static void
on_caller_cancelled (GCancellable *caller, gpointer stage)
{
    g_cancellable_cancel (stage);
}

static void
begin_stage (GTask *task)
{
    Discovery *self = g_task_get_task_data (task);
    self->stage = g_cancellable_new ();
    self->deadline = g_timeout_source_new_seconds (IB_DISCOVERY_STAGE_S);
    g_source_set_callback (self->deadline, on_deadline, g_object_ref (self->stage), g_object_unref);
    g_source_attach (self->deadline, g_task_get_context (task));
    if (self->caller != NULL)
        self->caller_handler = g_cancellable_connect (self->caller, G_CALLBACK (on_caller_cancelled),
                                                      g_object_ref (self->stage), g_object_unref);
    self->n_running = 1; /* whoever asks, until all is asked */
}

/* One question of the stage was answered, or is given up. Takes @task. */
static void
end_question (GTask *task)
{
    Discovery *self = g_task_get_task_data (task);
    if (--self->n_running == 0)
        next_stage (task);
    g_object_unref (task);
}

static GTask *
begin_question (GTask *task)
{
    ((Discovery *) g_task_get_task_data (task))->n_running++;
    return g_object_ref (task);
}

/* --- the table -------------------------------------------------------------------------------------------------------- */

static void
add_provider (Discovery *self, const IbProvider *provider, IbCandidateSource source, const char *evidence)
{
    const IbProtocol protocols[] = { IB_PROTOCOL_IMAP, IB_PROTOCOL_POP3 };
    for (gsize i = 0; i < G_N_ELEMENTS (protocols); i++) {
        IbCandidate *candidate
            = ib_candidate_from_provider (provider, protocols[i], self->address, source, evidence);
        if (candidate != NULL)
            g_ptr_array_add (self->found, candidate);
    }
}

/* What is known of the servers that others have named. */
static void
take_others (Discovery *self, GPtrArray *candidates)
{
    for (guint i = 0; i < candidates->len; i++) {
        IbCandidate *candidate = ib_candidate_copy (candidates->pdata[i]);
        const IbProvider *provider = ib_providers_by_server (self->providers, candidate->host);
        if (provider != NULL)
            ib_candidate_take_provider (candidate, provider);
        g_ptr_array_add (self->found, candidate);
    }
}

/* --- settings files ------------------------------------------------------------------------------------------------------ */

typedef struct {
    GTask *task;
    IbCandidateSource source;
} FileQuestion;

static void
on_file (GObject *source, GAsyncResult *result, gpointer data)
{
    FileQuestion *question = data;
    Discovery *self = g_task_get_task_data (question->task);
    g_autofree char *url = NULL;
    /* NULL: there is none, or none that could be had. Then others may know. */
    g_autoptr (GBytes) bytes = ib_settings_url_fetch_finish (result, &url, NULL);
    gsize length = 0;
    const char *text = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;
    g_autoptr (GPtrArray) candidates
        = text != NULL ? ib_autoconfig_parse (text, length, self->address, question->source, url, NULL)
                       : NULL;
    if (candidates != NULL)
        take_others (self, candidates);
    end_question (question->task);
    g_free (question);
}

/* Takes @url. */
static void
ask_for_file (GTask *task, IbCandidateSource source, char *url)
{
    Discovery *self = g_task_get_task_data (task);
    FileQuestion *question = g_new (FileQuestion, 1);
    *question = (FileQuestion){ begin_question (task), source };
    if (self->client == NULL)
        self->client = ib_settings_client_new ();
    ib_settings_url_fetch (self->client, url, self->stage, on_file, question);
    g_free (url);
}

/* The address is for the domain's own host. */
static void
ask_owner (GTask *task)
{
    const Discovery *self = g_task_get_task_data (task);
    g_autofree char *address = g_uri_escape_string (self->address, "@", FALSE);
    ask_for_file (task, IB_FROM_AUTOCONFIG,
                  g_strdup_printf ("https://autoconfig.%s/mail/config-v1.1.xml?emailaddress=%s", self->domain,
                                   address));
    ask_for_file (task, IB_FROM_AUTOCONFIG,
                  g_strdup_printf ("https://%s/.well-known/autoconfig/mail/config-v1.1.xml", self->domain));
}

static void
ask_ispdb (GTask *task, const char *domain)
{
    const Discovery *self = g_task_get_task_data (task);
    if (self->asks_ispdb)
        ask_for_file (task, IB_FROM_ISPDB, g_strdup_printf ("https://v1.ispdb.net/%s", domain));
}

static void
ask_domain_of_exchanger (GTask *task, const char *domain)
{
    ask_for_file (task, IB_FROM_MX_AUTOCONFIG,
                  g_strdup_printf ("https://autoconfig.%s/mail/config-v1.1.xml", domain));
    ask_ispdb (task, domain);
}

/* mx1.mail.example.net: first mail.example.net, which its owner may have set apart, then example.net. */
static void
ask_owner_of (GTask *task, const char *exchanger)
{
    const Discovery *self = g_task_get_task_data (task);
    const char *parent = strchr (exchanger, '.') + 1; /* a sound name has one */
    const char *base = soup_tld_get_base_domain (exchanger, NULL);
    if (base == NULL || strcmp (base, self->domain) == 0)
        return;
    if (strlen (parent) > strlen (base))
        ask_domain_of_exchanger (task, parent);
    ask_domain_of_exchanger (task, base);
}

/* --- DNS ------------------------------------------------------------------------------------------------------------------- */

static void
on_exchangers (GObject *source, GAsyncResult *result, gpointer data)
{
    GTask *task = data;
    Discovery *self = g_task_get_task_data (task);
    g_auto (GStrv) hosts = ib_lookup_exchangers_finish (result);
    const IbProvider *provider = NULL;
    char **host = hosts;
    for (; *host != NULL && provider == NULL; host++)
        provider = ib_providers_by_mx (self->providers, *host);
    if (provider != NULL) {
        add_provider (self, provider, IB_FROM_MX, host[-1]);
        g_cancellable_cancel (self->stage); /* none of the others is more to be believed */
    } else if (hosts[0] != NULL && !g_cancellable_is_cancelled (self->stage)) {
        ask_owner_of (task, hosts[0]);
    }
    end_question (task);
}

static void
on_services (GObject *source, GAsyncResult *result, gpointer data)
{
    GTask *task = data;
    g_autoptr (GPtrArray) candidates = ib_lookup_services_finish (result);
    take_others (g_task_get_task_data (task), candidates);
    end_question (task);
}

static void
on_guesses (GObject *source, GAsyncResult *result, gpointer data)
{
    GTask *task = data;
    g_autoptr (GPtrArray) candidates = ib_guess_finish (result);
    take_others (g_task_get_task_data (task), candidates);
    end_question (task);
}

/* --- the whole ------------------------------------------------------------------------------------------------------------- */

static void
finish (GTask *task)
{
    Discovery *self = g_task_get_task_data (task);
    ib_candidates_rank (self->found);
    g_task_return_pointer (task, g_ptr_array_ref (self->found), (GDestroyNotify) g_ptr_array_unref);
}

static bool
has_moved (const Discovery *self)
{
    for (guint i = 0; i < self->found->len; i++)
        if (((const IbCandidate *) self->found->pdata[i])->source == IB_FROM_MX)
            return true;
    return false;
}

static void
next_stage (GTask *task)
{
    Discovery *self = g_task_get_task_data (task);
    bool is_unwanted = g_cancellable_is_cancelled (self->caller);
    end_stage (self);
    if (self->moving != NULL && !has_moved (self))
        add_provider (self, self->moving, IB_FROM_TABLE, "");
    if (self->found->len > 0 || self->has_guessed || is_unwanted) {
        finish (task);
        return;
    }
    self->has_guessed = true;
    begin_stage (task);
    ib_guess (self->domain, self->address, self->stage, on_guesses, begin_question (task));
    end_question (g_object_ref (task));
}

static void
ask_all (GTask *task)
{
    Discovery *self = g_task_get_task_data (task);
    begin_stage (task);
    ib_lookup_exchangers (self->domain, self->stage, on_exchangers, begin_question (task));
    ib_lookup_services (self->domain, self->address, self->stage, on_services, begin_question (task));
    ask_owner (task);
    ask_ispdb (task, self->domain);
    end_question (g_object_ref (task));
}

/* The domain as DNS has it; NULL if there is none that could be asked for. */
static char *
domain_of (const char *address)
{
    const char *at = strrchr (address, '@');
    g_autofree char *domain = at != NULL && at != address ? ib_dns_name (at + 1) : NULL;
    return domain != NULL && ib_candidate_host_is_sound (domain) ? g_steal_pointer (&domain) : NULL;
}

void
ib_discover (const char *address, const IbProviders *providers, bool asks_ispdb, GCancellable *cancellable,
             GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_set_source_tag (task, ib_discover);
    char *domain = domain_of (address);
    if (domain == NULL) {
        g_task_return_new_error (task, IB_DISCOVERY_ERROR, IB_DISCOVERY_ERROR_ADDRESS,
                                 _ ("\"%s\" is no mail address whose provider could be looked up"), address);
        return;
    }
    Discovery *self = g_new0 (Discovery, 1);
    self->address = g_strdup (address);
    self->domain = domain;
    self->providers = providers;
    self->asks_ispdb = asks_ispdb;
    self->found = ib_candidates_new ();
    self->caller = cancellable != NULL ? g_object_ref (cancellable) : NULL;
    g_task_set_task_data (task, self, discovery_free);

    const IbProvider *provider = ib_providers_by_domain (providers, domain);
    if (provider != NULL && provider->mx_decides)
        self->moving = provider;
    else if (provider != NULL)
        add_provider (self, provider, IB_FROM_TABLE, "");
    if (provider != NULL && self->moving == NULL)
        finish (task);
    else
        ask_all (task);
}

GPtrArray *
ib_discover_finish (GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
