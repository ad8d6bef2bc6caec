/* lookup.c - what DNS says of a mail domain */
#include "lookup.h"
#include "candidate.h"

#include <string.h>

/* Of one domain; more are no sign of anything. */
#define EXCHANGERS_MAX 20

/* Lower case, without the dot of the root; NULL if it is no host's name. */
static char *
sound_host (const char *name)
{
    g_autofree char *host = g_ascii_strdown (name, -1);
    gsize length = strlen (host);
    if (length > 0 && host[length - 1] == '.')
        host[length - 1] = '\0';
    return ib_candidate_host_is_sound (host) ? g_steal_pointer (&host) : NULL;
}

/* --- exchangers ------------------------------------------------------------------------------------------------------ */

typedef struct {
    guint16 preference;
    char *host;
} Exchanger;

static void
exchanger_clear (gpointer exchanger)
{
    g_free (((Exchanger *) exchanger)->host);
}

static gint
compare_exchangers (gconstpointer a, gconstpointer b)
{
    return ((const Exchanger *) a)->preference - ((const Exchanger *) b)->preference;
}

static GArray *
read_exchangers (GList *records)
{
    GArray *exchangers = g_array_new (FALSE, FALSE, sizeof (Exchanger));
    g_array_set_clear_func (exchangers, exchanger_clear);
    for (; records != NULL && exchangers->len < EXCHANGERS_MAX; records = records->next) {
        const char *name;
        Exchanger exchanger;
        g_variant_get (records->data, "(q&s)", &exchanger.preference, &name);
        exchanger.host = sound_host (name);
        if (exchanger.host != NULL)
            g_array_append_val (exchangers, exchanger);
    }
    g_array_sort (exchangers, compare_exchangers);
    return exchangers;
}

static void
on_exchangers (GObject *resolver, GAsyncResult *result, gpointer data)
{
    g_autoptr (GTask) task = data;
    /* NULL for a domain without any as for a failure: either way nothing is known. */
    GList *records = g_resolver_lookup_records_finish (G_RESOLVER (resolver), result, NULL);
    g_autoptr (GArray) exchangers = read_exchangers (records);
    g_autoptr (GStrvBuilder) hosts = g_strv_builder_new ();
    for (guint i = 0; i < exchangers->len; i++)
        g_strv_builder_add (hosts, g_array_index (exchangers, Exchanger, i).host);
    g_list_free_full (records, (GDestroyNotify) g_variant_unref);
    g_task_return_pointer (task, g_strv_builder_end (hosts), (GDestroyNotify) g_strfreev);
}

void
ib_lookup_exchangers (const char *domain, GCancellable *cancellable, GAsyncReadyCallback callback,
                      gpointer user_data)
{
    GTask *task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    g_task_set_source_tag (task, ib_lookup_exchangers);
    g_task_set_check_cancellable (task, FALSE);
    g_resolver_lookup_records_async (resolver, domain, G_RESOLVER_RECORD_MX, cancellable, on_exchangers,
                                     task);
}

char **
ib_lookup_exchangers_finish (GAsyncResult *result)
{
    return g_task_propagate_pointer (G_TASK (result), NULL); /* it never fails */
}

/* --- services ----------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *service;
    IbProtocol protocol;
    IbSecurity security;
} services[] = {
    { "imaps", IB_PROTOCOL_IMAP, IB_SECURITY_TLS },
    { "imap", IB_PROTOCOL_IMAP, IB_SECURITY_STARTTLS },
    { "pop3s", IB_PROTOCOL_POP3, IB_SECURITY_TLS },
    { "pop3", IB_PROTOCOL_POP3, IB_SECURITY_STARTTLS },
};

typedef struct {
    char *domain, *address;
    GPtrArray *found;
    gsize n_running;
} Services;

/* One of the questions. */
typedef struct {
    GTask *task;
    gsize service;
} Question;

static void
services_free (gpointer data)
{
    Services *self = data;
    g_free (self->domain);
    g_free (self->address);
    if (self->found != NULL)
        g_ptr_array_unref (self->found);
    g_free (self);
}

/* GLib has sorted them; the others stand in for the first. The host "." says that there is no such service. */
static void
take_first (Services *self, gsize service, GList *targets)
{
    g_autofree char *host = targets != NULL ? sound_host (g_srv_target_get_hostname (targets->data)) : NULL;
    guint16 port = targets != NULL ? g_srv_target_get_port (targets->data) : 0;
    if (host == NULL || port == 0)
        return;
    IbCandidate *candidate = ib_candidate_new (IB_FROM_SRV, self->domain, services[service].protocol, host,
                                               port, services[service].security, self->address);
    candidate->needs_confirmation = !ib_candidate_host_is_below (host, self->domain);
    g_ptr_array_add (self->found, candidate);
}

static void
on_service (GObject *resolver, GAsyncResult *result, gpointer data)
{
    Question *question = data;
    g_autoptr (GTask) task = question->task;
    Services *self = g_task_get_task_data (task);
    GList *targets = g_resolver_lookup_service_finish (G_RESOLVER (resolver), result, NULL);
    take_first (self, question->service, targets);
    g_resolver_free_targets (targets);
    g_free (question);
    if (--self->n_running == 0)
        g_task_return_pointer (task, g_steal_pointer (&self->found), (GDestroyNotify) g_ptr_array_unref);
}

void
ib_lookup_services (const char *domain, const char *address, GCancellable *cancellable,
                    GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    Services *self = g_new0 (Services, 1);
    self->domain = g_strdup (domain);
    self->address = g_strdup (address);
    self->found = ib_candidates_new ();
    self->n_running = G_N_ELEMENTS (services);
    g_task_set_source_tag (task, ib_lookup_services);
    g_task_set_check_cancellable (task, FALSE);
    g_task_set_task_data (task, self, services_free);
    for (gsize i = 0; i < G_N_ELEMENTS (services); i++) {
        Question *question = g_new (Question, 1);
        *question = (Question){ g_object_ref (task), i };
        g_resolver_lookup_service_async (resolver, services[i].service, "tcp", domain, cancellable,
                                         on_service, question);
    }
}

GPtrArray *
ib_lookup_services_finish (GAsyncResult *result)
{
    return g_task_propagate_pointer (G_TASK (result), NULL); /* it never fails */
}
