/* candidate.c - a mail server that may be the right one for an address, and who says so */
#include "candidate.h"

#include <glib/gi18n-lib.h>
#include <string.h>

IbCandidate *
ib_candidate_new (IbCandidateSource source, const char *evidence, IbProtocol protocol, const char *host,
                  guint16 port, IbSecurity security, const char *user)
{
    IbCandidate *self = g_new0 (IbCandidate, 1);
    self->source = source;
    self->evidence = g_strdup (evidence);
    self->protocol = protocol;
    self->host = g_ascii_strdown (host, -1);
    self->port = port;
    self->security = security;
    self->user = g_strdup (user);
    self->sign_in[0] = IB_SIGN_IN_PASSWORD;
    self->n_sign_in = 1;
    self->provider = g_strdup ("");
    self->oauth2_issuer = g_strdup ("");
    self->oauth2_auth_url = g_strdup ("");
    self->oauth2_token_url = g_strdup ("");
    self->oauth2_device_url = g_strdup ("");
    self->oauth2_scope = g_strdup ("");
    self->oauth2_client_id = g_strdup ("");
    self->needs_confirmation = source == IB_FROM_GUESS;
    return self;
}

void
ib_candidate_free (IbCandidate *self)
{
    if (self == NULL)
        return;
    char *texts[] = { self->evidence,         self->host,          self->user,
                      self->provider,         self->oauth2_issuer, self->oauth2_auth_url,
                      self->oauth2_token_url, self->oauth2_scope,  self->oauth2_client_id,
                      self->oauth2_device_url };
    for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
        g_free (texts[i]);
    g_free (self);
}

static void
set (char **field, const char *text)
{
    g_free (*field);
    *field = g_strdup (text);
}

/* Ways to sign in, and all about OAuth2. */
static void
take_ways (IbCandidate *self, const IbCandidate *other)
{
    memcpy (self->sign_in, other->sign_in, sizeof self->sign_in);
    self->n_sign_in = other->n_sign_in;
    set (&self->oauth2_issuer, other->oauth2_issuer);
    set (&self->oauth2_auth_url, other->oauth2_auth_url);
    set (&self->oauth2_token_url, other->oauth2_token_url);
    set (&self->oauth2_device_url, other->oauth2_device_url);
    set (&self->oauth2_scope, other->oauth2_scope);
    set (&self->oauth2_client_id, other->oauth2_client_id);
}

IbCandidate *
ib_candidate_copy (const IbCandidate *self)
{
    IbCandidate *copy = ib_candidate_new (self->source, self->evidence, self->protocol, self->host,
                                          self->port, self->security, self->user);
    take_ways (copy, self);
    set (&copy->provider, self->provider);
    copy->needs_confirmation = self->needs_confirmation;
    return copy;
}

/* --- from the table --------------------------------------------------------------------------------------------- */

void
ib_candidate_take_provider (IbCandidate *self, const IbProvider *provider)
{
    self->n_sign_in = MIN (provider->n_sign_in, IB_CANDIDATE_WAYS);
    for (guint i = 0; i < self->n_sign_in; i++)
        self->sign_in[i] = provider->sign_in[i];
    set (&self->provider, provider->id);
    set (&self->oauth2_client_id,
         ""); /* of whoever named the server; the provider's doors are opened by its own */
    set (&self->oauth2_issuer, provider->oauth2_issuer);
    set (&self->oauth2_auth_url, provider->oauth2_auth_url);
    set (&self->oauth2_token_url, provider->oauth2_token_url);
    set (&self->oauth2_device_url, provider->oauth2_device_url);
    set (&self->oauth2_scope,
         self->protocol == IB_PROTOCOL_IMAP ? provider->oauth2_scope_imap : provider->oauth2_scope_pop3);
}

IbCandidate *
ib_candidate_from_provider (const IbProvider *provider, IbProtocol protocol, const char *address,
                            IbCandidateSource source, const char *evidence)
{
    const IbProviderServer *server = protocol == IB_PROTOCOL_IMAP ? &provider->imap : &provider->pop3;
    const char *at = strrchr (address, '@');
    if (server->host == NULL)
        return NULL;
    g_autofree char *user = provider->user_is_local_part && at != NULL
                                ? g_strndup (address, (gsize) (at - address))
                                : g_strdup (address);
    IbCandidate *self
        = ib_candidate_new (source, evidence, protocol, server->host, server->port, server->security, user);
    ib_candidate_take_provider (self, provider);
    return self;
}

/* --- ranking ------------------------------------------------------------------------------------------------------ */

GPtrArray *
ib_candidates_new (void)
{
    return g_ptr_array_new_with_free_func ((GDestroyNotify) ib_candidate_free);
}

static gint
compare (gconstpointer a, gconstpointer b)
{
    const IbCandidate *one = *(const IbCandidate *const *) a, *other = *(const IbCandidate *const *) b;
    if (one->source != other->source)
        return one->source < other->source ? -1 : 1;
    if (one->protocol != other->protocol)
        return one->protocol == IB_PROTOCOL_IMAP ? -1 : 1;
    return (one->security != IB_SECURITY_TLS) - (other->security != IB_SECURITY_TLS);
}

static bool
is_same_server (const IbCandidate *one, const IbCandidate *other)
{
    return one->protocol == other->protocol && one->port == other->port
           && strcmp (one->host, other->host) == 0;
}

/* DNS says where; the owner's file says how, and comes from whom its certificate names. */
static void
merge (IbCandidate *kept, const IbCandidate *dropped)
{
    if (kept->source != IB_FROM_SRV || dropped->source != IB_FROM_AUTOCONFIG)
        return;
    kept->security = dropped->security;
    set (&kept->user, dropped->user);
    if (*kept->provider == '\0')
        take_ways (kept, dropped);
    kept->needs_confirmation = dropped->needs_confirmation;
}

void
ib_candidates_rank (GPtrArray *candidates)
{
    g_ptr_array_sort (candidates, compare); /* a stable one */
    for (guint i = 0; i < candidates->len; i++)
        for (guint j = i + 1; j < candidates->len;)
            if (is_same_server (candidates->pdata[i], candidates->pdata[j])) {
                merge (candidates->pdata[i], candidates->pdata[j]);
                g_ptr_array_remove_index (candidates, j);
            } else {
                j++;
            }
}

/* --- words, names -------------------------------------------------------------------------------------------------- */

char *
ib_candidate_source_text (const IbCandidate *self)
{
    switch (self->source) {
    case IB_FROM_TABLE:
        return g_strdup (_ ("Inbasket's table of mail providers"));
    case IB_FROM_MX:
        return g_strdup_printf (_ ("Inbasket's table of mail providers, since its mail goes to %s"),
                                self->evidence);
    case IB_FROM_SRV:
        return g_strdup_printf (_ ("the DNS records of %s"), self->evidence);
    case IB_FROM_AUTOCONFIG:
        return g_strdup_printf (_ ("the provider itself, at %s"), self->evidence);
    case IB_FROM_MX_AUTOCONFIG:
        return g_strdup_printf (_ ("the host to which its mail goes, at %s"), self->evidence);
    case IB_FROM_ISPDB:
        return g_strdup_printf (_ ("a public database, at %s"), self->evidence);
    case IB_FROM_GUESS:
        return g_strdup (_ ("a guess: a host of this name answers, and its certificate is right"));
    }
    g_assert_not_reached ();
}

static bool
is_label (const char *label)
{
    gsize length = strlen (label);
    return length > 0 && length <= 63 && label[0] != '-' && label[length - 1] != '-'
           && strspn (label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

bool
ib_candidate_host_is_sound (const char *host)
{
    if (strlen (host) > 253 || g_hostname_is_ip_address (host))
        return false;
    g_auto (GStrv) labels = g_strsplit (host, ".", -1);
    guint n_labels = g_strv_length (labels);
    for (char **label = labels; *label != NULL; label++)
        if (!is_label (*label))
            return false;
    /* What ends in a number is an address in some other dress. */
    return n_labels >= 2 && !g_ascii_isdigit (labels[n_labels - 1][0]);
}

bool
ib_candidate_host_is_below (const char *host, const char *domain)
{
    gsize length = strlen (host), domain_length = strlen (domain);
    return length >= domain_length && g_ascii_strcasecmp (host + length - domain_length, domain) == 0
           && (length == domain_length || host[length - domain_length - 1] == '.');
}
