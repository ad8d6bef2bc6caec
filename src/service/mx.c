/* mx.c - the mail exchangers of the user's own domains */
#include "mx.h"

#include <gio/gio.h>
#include <string.h>

#define DAY_S (24 * 60 * 60)
/* After which a domain that nothing was heard of is asked again. */
#define RETRY_S (60 * 60)
/* Of one domain; more are no sign of anything. */
#define HOSTS_MAX 20
#define ADDRESSES_MAX 100

struct _IbMx {
    char *path;
    const IbConfig *config;
    const IbProviders *providers;
    GKeyFile *state; /* a group a domain: asked (seconds since 1970), hosts, addresses */
    GCancellable *cancellable;
    guint n_running;
    void (*done) (gpointer user_data);
    gpointer user_data;
};

IbMx *
ib_mx_new (const IbPaths *paths, const IbConfig *config, const IbProviders *providers)
{
    IbMx *self = g_new0 (IbMx, 1);
    self->path = g_build_filename (paths->state, "mx", NULL);
    self->config = config;
    self->providers = providers;
    self->state = g_key_file_new ();
    self->cancellable = g_cancellable_new ();
    (void) g_key_file_load_from_file (self->state, self->path, G_KEY_FILE_NONE, NULL);
    return self;
}

void
ib_mx_free (IbMx *self)
{
    if (self == NULL)
        return;
    g_cancellable_cancel (self->cancellable);
    g_object_unref (self->cancellable);
    g_key_file_unref (self->state);
    g_free (self->path);
    g_free (self);
}

/* --- rows --- */

/* The domains of the user's addresses, each once. Elements: char *. */
static GPtrArray *
list_domains (const IbMx *self)
{
    g_auto (GStrv) addresses = ib_config_own_addresses (self->config);
    GPtrArray *domains = g_ptr_array_new_with_free_func (g_free);
    for (char **address = addresses; *address != NULL; address++) {
        const char *at = strrchr (*address, '@');
        if (at == NULL || at[1] == '\0' || strpbrk (at, " []\n") != NULL)
            continue;
        if (!g_ptr_array_find_with_equal_func (domains, at + 1, g_str_equal, NULL))
            g_ptr_array_add (domains, g_strdup (at + 1));
    }
    return domains;
}

static void
append_all (GString *row, char **words)
{
    for (; words != NULL && *words != NULL; words++)
        g_string_append_printf (row, " %s", *words);
}

/* The exchangers themselves, and if they are a provider's, all its hosts: mail goes in by one door and may be written down
 * by the next. */
static char *
write_row (const IbMx *self, const char *domain)
{
    g_autoptr (GString) row = g_string_new (domain);
    const IbProvider *provider = ib_providers_by_domain (self->providers, domain);
    g_auto (GStrv) hosts = g_key_file_get_string_list (self->state, domain, "hosts", NULL, NULL);
    g_auto (GStrv) addresses = g_key_file_get_string_list (self->state, domain, "addresses", NULL, NULL);
    for (char **host = hosts; host != NULL && *host != NULL && provider == NULL; host++)
        provider = ib_providers_by_mx (self->providers, *host);
    append_all (row, hosts);
    append_all (row, addresses);
    append_all (row, provider != NULL ? provider->path : NULL);
    return row->len > strlen (domain) ? g_string_free (g_steal_pointer (&row), FALSE) : NULL;
}

char **
ib_mx_rows (const IbMx *self)
{
    g_autoptr (GPtrArray) domains = list_domains (self);
    g_autoptr (GStrvBuilder) rows = g_strv_builder_new ();
    for (guint i = 0; i < domains->len; i++) {
        g_autofree char *row = write_row (self, domains->pdata[i]);
        if (row != NULL)
            g_strv_builder_add (rows, row);
    }
    return g_strv_builder_end (rows);
}

/* --- asking --- */

/* One domain's question: first for the exchangers, then for the addresses of each. */
typedef struct {
    IbMx *self;
    GCancellable *cancellable; /* cancelled: self is gone */
    char *domain;
    GPtrArray *hosts;
    GPtrArray *addresses;
    guint next; /* of the hosts */
} Question;

static void ask_for_addresses (Question *question);

static void
question_free (Question *question)
{
    g_object_unref (question->cancellable);
    g_free (question->domain);
    g_ptr_array_unref (question->hosts);
    g_ptr_array_unref (question->addresses);
    g_free (question);
}

static void
tell (IbMx *self)
{
    if (self->done != NULL)
        self->done (self->user_data);
}

static void
set_list (GKeyFile *state, const char *domain, const char *key, const GPtrArray *list)
{
    g_key_file_set_string_list (state, domain, key, (const char *const *) list->pdata, list->len);
}

/* What was known of a domain without an answer stays. */
static void
end_question (Question *question)
{
    if (!g_cancellable_is_cancelled (question->cancellable)) {
        IbMx *self = question->self;
        bool is_answered = question->hosts->len > 0;
        gint64 now = g_get_real_time () / G_USEC_PER_SEC;
        g_key_file_set_int64 (self->state, question->domain, "asked",
                              is_answered ? now : now - DAY_S + RETRY_S);
        if (is_answered) {
            set_list (self->state, question->domain, "hosts", question->hosts);
            set_list (self->state, question->domain, "addresses", question->addresses);
        }
        if (--self->n_running == 0) {
            (void) g_key_file_save_to_file (self->state, self->path, NULL);
            tell (self);
        }
    }
    question_free (question);
}

static void
on_addresses (GObject *resolver, GAsyncResult *result, gpointer data)
{
    Question *question = data;
    GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (resolver), result, NULL);
    for (GList *at = found; at != NULL && question->addresses->len < ADDRESSES_MAX; at = at->next)
        g_ptr_array_add (question->addresses, g_inet_address_to_string (at->data));
    g_resolver_free_addresses (found);
    ask_for_addresses (question);
}

static void
ask_for_addresses (Question *question)
{
    if (question->next == question->hosts->len || g_cancellable_is_cancelled (question->cancellable)) {
        end_question (question);
        return;
    }
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    g_resolver_lookup_by_name_async (resolver, question->hosts->pdata[question->next++],
                                     question->cancellable, on_addresses, question);
}

/* RFC 5321, 5.1: a domain without MX takes its mail itself; RFC 7505: "." takes none. */
static void
on_exchangers (GObject *resolver, GAsyncResult *result, gpointer data)
{
    Question *question = data;
    g_autoptr (GError) error = NULL;
    GList *records = g_resolver_lookup_records_finish (G_RESOLVER (resolver), result, &error);
    for (GList *at = records; at != NULL && question->hosts->len < HOSTS_MAX; at = at->next) {
        g_autofree char *host = NULL;
        g_variant_get (at->data, "(qs)", NULL, &host);
        gsize length = strlen (host);
        if (length > 0 && host[length - 1] == '.')
            host[length - 1] = '\0';
        if (*host != '\0')
            g_ptr_array_add (question->hosts, g_ascii_strdown (host, -1));
    }
    if (g_error_matches (error, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND))
        g_ptr_array_add (question->hosts, g_strdup (question->domain));
    g_list_free_full (records, (GDestroyNotify) g_variant_unref);
    ask_for_addresses (question);
}

static void
ask (IbMx *self, const char *domain)
{
    Question *question = g_new0 (Question, 1);
    question->self = self;
    question->cancellable = g_object_ref (self->cancellable);
    question->domain = g_strdup (domain);
    question->hosts = g_ptr_array_new_with_free_func (g_free);
    question->addresses = g_ptr_array_new_with_free_func (g_free);
    self->n_running++;
    g_autoptr (GResolver) resolver = g_resolver_get_default ();
    g_resolver_lookup_records_async (resolver, domain, G_RESOLVER_RECORD_MX, self->cancellable, on_exchangers,
                                     question);
}

/* A clock that was set back makes an answer old too. */
static bool
is_due (const IbMx *self, const char *domain)
{
    gint64 asked = g_key_file_get_int64 (self->state, domain, "asked", NULL);
    gint64 now = g_get_real_time () / G_USEC_PER_SEC;
    return asked > now || now - asked >= DAY_S;
}

/* Names that are kept for documents and tests (RFC 2606): nobody's mail is sent there. */
static bool
is_nobodys (const char *domain)
{
    static const char *const names[]
        = { "example", "invalid", "localhost", "test", "example.com", "example.net", "example.org" };
    for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
        const char *end = g_strrstr (domain, names[i]);
        if (end != NULL && strcmp (end, names[i]) == 0 && (end == domain || end[-1] == '.'))
            return true;
    }
    return false;
}

static bool
is_to_be_asked (const IbMx *self, const char *domain)
{
    return ib_providers_by_domain (self->providers, domain) == NULL && !is_nobodys (domain)
           && is_due (self, domain);
}

void
ib_mx_refresh (IbMx *self, void (*done) (gpointer user_data), gpointer user_data)
{
    self->done = done;
    self->user_data = user_data;
    g_autoptr (GPtrArray) domains = list_domains (self);
    for (guint i = 0; i < domains->len && self->config->dns_lookups == IB_DNS_MX; i++)
        if (is_to_be_asked (self, domains->pdata[i]))
            ask (self, domains->pdata[i]);
    if (self->n_running == 0)
        tell (self);
}
