/* path.c - Received fields walked from the newest down, as far as they can be believed */
#include "path.h"
#include "host.h"
#include "mail-limits.h"

#include <string.h>

/* Clocks of hosts differ; who is off by more is wrong or lies. */
#define CLOCK_SKEW_S 600
/* RFC 5321, 4.5.3.1.3: a path, without its brackets. */
#define ADDRESS_BYTES 254

static void
hop_free (gpointer pointer)
{
    ib_hop_free (pointer);
}

IbPath *
ib_path_new (void)
{
    IbPath *self = g_new0 (IbPath, 1);
    self->hops = g_ptr_array_new_with_free_func (hop_free);
    self->entry = -1;
    return self;
}

void
ib_path_free (IbPath *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref (self->hops);
    g_free (self->relay);
    g_free (self->recipient);
    g_free (self->hint_ip);
    g_free (self);
}

const IbHop *
ib_path_entry_hop (const IbPath *self)
{
    return self->entry >= 0 ? self->hops->pdata[self->entry] : NULL;
}

const char *
ib_path_entry_host (const IbPath *self)
{
    const IbHop *hop = ib_path_entry_hop (self);
    if (hop == NULL)
        return "";
    return *hop->name != '\0' ? hop->name : hop->ip;
}

/* --- whom we believe --- */

/* "p*-mta-*": hosts of a provider's that have names of one label. Nobody could look such a name up: it counts only where
 * a believed host wrote it and no address beside it. */
static bool
is_inner_name (const char *entry, const char *name, const char *ip)
{
    return strchr (entry, '*') != NULL && strchr (name, '.') == NULL
           && (*ip == '\0' || strcmp (name, ip) == 0) && g_pattern_match_simple (entry, name);
}

/* "192.0.2.0/24", "relay.example.org", ".example.org" for all hosts below it; and the above. */
static bool
is_host_of (const char *entry, const char *name, const char *ip)
{
    if (is_inner_name (entry, name, ip))
        return true;
    if (*ip != '\0' && ib_ip_is_within (ip, entry))
        return true;
    if (*name == '\0')
        return false;
    return entry[0] == '.' ? ib_host_is_within (name, entry + 1) : g_ascii_strcasecmp (name, entry) == 0;
}

/* The entry of @list that @name or @ip is of; NULL. */
static const char *
find_host (char **list, const char *name, const char *ip)
{
    for (char **entry = list; *entry != NULL; entry++)
        if (is_host_of (*entry, name, ip))
            return *entry;
    return NULL;
}

/* The provider's own hosts: those of its table, and those of the server's organization, but for the lines and machines that
 * it lets to customers. A server that is called by an address, or by a name of one label, has no organization. */
static bool
is_of_provider (const IbFacts *facts, const char *name, const char *ip)
{
    const char *known = find_host (facts->provider_hosts, name, ip);
    if ((known != NULL && (known[0] != '.' || !ib_host_is_let (name, ip)))
        || (*ip != '\0' && strcmp (ip, facts->server_host) == 0))
        return true;
    if (*name == '\0' || *facts->server_host == '\0')
        return false;
    const char *organization = ib_host_organization (facts->server_host);
    bool is_related = strchr (organization, '.') != NULL ? ib_host_is_within (name, organization)
                                                         : strcmp (name, facts->server_host) == 0;
    return is_related && !ib_host_is_let (name, ip);
}

/* Does the writer say of whoever connected only what he called himself, and is that an inner name of the provider's? Its
 * hosts at the edge write addresses. */
static bool
is_called_like_provider (const IbFacts *facts, const IbHop *hop)
{
    bool is_seen = *hop->name != '\0' || *hop->ip != '\0';
    g_autofree char *helo = g_ascii_strdown (hop->helo, -1);
    for (char **entry = facts->provider_hosts; *entry != NULL && !is_seen; entry++)
        if (is_inner_name (*entry, helo, ""))
            return true;
    return false;
}

/* Why the host that connected is one of ours. */
typedef enum {
    OURS_NOT,
    OURS_INSIDE,  /* it is the writer itself, or a mailbox that it chose */
    OURS_PRIVATE, /* no stranger has such an address, but a gate to the Internet may */
    OURS_PROVIDER,
    OURS_RELAY,
} Ours;

static Ours
whose (const IbFacts *facts, const IbHop *hop, const char **out_relay)
{
    *out_relay = NULL;
    if (!hop->is_clear)
        return OURS_NOT;
    if (hop->kind == IB_HOP_INSIDE || hop->kind == IB_HOP_PULLED)
        return OURS_INSIDE;
    *out_relay = find_host (facts->relays, hop->name, hop->ip);
    if (*out_relay != NULL)
        return OURS_RELAY;
    if (is_of_provider (facts, hop->name, hop->ip) || is_called_like_provider (facts, hop))
        return OURS_PROVIDER;
    return *hop->ip != '\0' && ib_ip_is_private (hop->ip) ? OURS_PRIVATE : OURS_NOT;
}

static bool
is_here (const char *by)
{
    static const char *const names[] = { "localhost", "localhost.localdomain", NULL };
    return g_strv_contains (names, by) || ib_ip_is_private (by);
}

/* Of one organization, which is not a mere host. */
static bool
are_related (const char *a, const char *b)
{
    const char *organization = ib_host_organization (a);
    return strchr (organization, '.') != NULL && ib_host_is_within (b, organization);
}

/* One of ours may hand on what it took in without writing a line: then the hop below is a stranger's. So that one's
 * writer must call itself something that fits @hop: whoever connected there, the same host, or another of ours. */
static bool
fits (const IbFacts *facts, Ours ours, const IbHop *hop, const IbHop *below)
{
    const char *by = below->by;
    if (*by == '\0' || is_here (by))
        return ours != OURS_RELAY;
    if (strcmp (by, hop->name) == 0 || strcmp (by, hop->ip) == 0 || strcmp (by, hop->by) == 0)
        return true;
    if ((ours == OURS_RELAY || ours == OURS_PROVIDER || ours == OURS_INSIDE)
        && (g_ascii_strcasecmp (by, hop->helo) == 0 || strchr (by, '.') == NULL))
        return true;
    return find_host (facts->relays, by, by) != NULL || is_of_provider (facts, by, by)
           || are_related (hop->by, by) || are_related (hop->name, by);
}

/* --- the walk --- */

static void
read_hops (IbPath *self, const IbMessage *message)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count && self->hops->len < IB_LIMIT_HOPS; i++) {
        if (!ib_message_field_is (message, &fields[i], "Received"))
            continue;
        g_autofree char *value = ib_message_field_raw (message, &fields[i]);
        g_ptr_array_add (self->hops, ib_received_parse (value));
    }
}

/* The newest is believed: the server that the message lies on took it in, and wrote last. */
static void
walk (IbPath *self, const IbFacts *facts)
{
    const char *relay = NULL, *last_relay = NULL;
    for (guint i = 0; i < self->hops->len; i++) {
        const IbHop *hop = self->hops->pdata[i];
        self->n_believed = i + 1;
        Ours ours = whose (facts, hop, &relay);
        last_relay = relay != NULL ? relay : last_relay;
        bool is_oldest = i + 1 == self->hops->len;
        if (ours == OURS_NOT || (is_oldest && ours == OURS_RELAY)
            || (!is_oldest && !fits (facts, ours, hop, self->hops->pdata[i + 1]))) {
            self->entry = (int) i;
            self->relay = g_strdup (last_relay);
            return;
        }
    }
}

static void
measure_times (IbPath *self)
{
    for (guint i = 0; i + 1 < self->n_believed; i++) {
        const IbHop *newer = self->hops->pdata[i], *older = self->hops->pdata[i + 1];
        if (newer->date_s == G_MININT64 || older->date_s == G_MININT64)
            continue;
        self->longest_wait_s = MAX (self->longest_wait_s, newer->date_s - older->date_s);
        self->runs_back |= older->date_s - newer->date_s > CLOCK_SKEW_S;
    }
}

/* --- to whom, and by which door --- */

/* Names that are of this machine or network only (RFC 6761, 6762): nobody on the Internet can send there. */
static bool
is_inner_domain (const char *domain)
{
    static const char *const ends[]
        = { "local", "localhost", "localdomain", "internal", "lan", "home.arpa", "invalid" };
    for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
        if (ib_host_is_within (domain, ends[i]))
            return true;
    return strchr (domain, '.') == NULL;
}

static bool
has_control (const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return true;
    return false;
}

/* @text in lower case, without brackets, if it is an address to which mail can be sent from outside. NULL. */
static char *
read_address (const char *text)
{
    gsize length = strlen (text);
    bool is_bracketed = length > 2 && text[0] == '<' && text[length - 1] == '>';
    g_autofree char *lower
        = is_bracketed ? g_ascii_strdown (text + 1, (gssize) length - 2) : g_ascii_strdown (text, -1);
    const char *at = strrchr (lower, '@');
    if (at == NULL || at == lower || strlen (lower) > ADDRESS_BYTES || !g_utf8_validate (lower, -1, NULL)
        || strpbrk (lower, " \"(),:;<>[]\\") != NULL || has_control (lower)
        || memchr (lower, '@', (gsize) (at - lower)) != NULL)
        return NULL;
    g_autofree char *domain = ib_host_normalize (at + 1, strlen (at + 1));
    return domain != NULL && !is_inner_domain (domain) ? g_steal_pointer (&lower) : NULL;
}

/* "anna+shop@example.org" is anna@example.org's (RFC 5233), where that is one of ours. */
static char *
own_address (const IbFacts *facts, const char *address)
{
    const char *const *own = (const char *const *) facts->own_addresses;
    const char *plus = strchr (address, '+'), *at = strrchr (address, '@');
    if (g_strv_contains (own, address))
        return g_strdup (address);
    if (plus == NULL || plus == address || plus > at)
        return NULL;
    g_autofree char *base = g_strdup_printf ("%.*s%s", (int) (plus - address), address, at);
    return g_strv_contains (own, base) ? g_steal_pointer (&base) : NULL;
}

/* Where the last believed hop stands in the header; 0 if there is none. What is above was written by servers that are
 * believed. */
static guint64
find_trust_line (const IbPath *self, const IbMessage *message)
{
    gsize count;
    guint hop = 0;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++)
        if (ib_message_field_is (message, &fields[i], "Received") && ++hop == self->n_believed)
            return fields[i].offset;
    return 0;
}

static void
add_address (GPtrArray *addresses, const char *text)
{
    char *address = read_address (text);
    if (address != NULL)
        g_ptr_array_add (addresses, address);
}

/* For whom the believed hops took it, and what delivery wrote above them; the oldest first. */
static GPtrArray *
list_recipients (const IbPath *self, const IbMessage *message)
{
    static const char *const names[] = { "X-Original-To", "Envelope-To", "Delivered-To", "X-Delivered-To" };
    GPtrArray *addresses = g_ptr_array_new_with_free_func (g_free);
    for (guint i = self->n_believed; i > 0; i--)
        add_address (addresses, ((const IbHop *) self->hops->pdata[i - 1])->for_address);

    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    guint64 trust_line = find_trust_line (self, message);
    for (gsize name = 0; name < G_N_ELEMENTS (names); name++)
        for (gsize i = 0; i < count && fields[i].offset < trust_line; i++)
            if (ib_message_field_is (message, &fields[i], names[name])) {
                g_autofree char *value = ib_message_field_raw (message, &fields[i]);
                add_address (addresses, g_strstrip (value));
            }
    return addresses;
}

/* To whom the stranger sent it, if the hop that took it in says so: mail may be forwarded from there to here. Else one of
 * ours that is named; and else what is, since servers have names of their own for their mailboxes. */
static char *
find_recipient (const IbPath *self, const IbMessage *message, const IbFacts *facts)
{
    g_autoptr (GPtrArray) addresses = list_recipients (self, message);
    const IbHop *entry = ib_path_entry_hop (self);
    g_autofree char *asked = entry != NULL ? read_address (entry->for_address) : NULL;
    if (asked != NULL) {
        char *own = own_address (facts, asked);
        return own != NULL ? own : g_steal_pointer (&asked);
    }
    for (guint i = 0; i < addresses->len; i++) {
        char *own = own_address (facts, addresses->pdata[i]);
        if (own != NULL)
            return own;
    }
    return g_strdup (addresses->len > 0 ? addresses->pdata[0] : "");
}

/* The row of facts->mx for @domain, without the domain: what its MX are; NULL if nobody knows. */
static const char *
find_mx (const IbFacts *facts, const char *domain)
{
    gsize length = strlen (domain);
    for (char **row = facts->mx; *row != NULL && length > 0; row++)
        if (g_ascii_strncasecmp (*row, domain, length) == 0 && (*row)[length] == ' ')
            return *row + length + 1;
    return NULL;
}

/* The door is known by the name that its writer gives itself, and by its address, which the hop above saw; if there is none
 * above, it is the account's server. */
static IbMxMatch
match_mx (const IbPath *self, const IbFacts *facts)
{
    const IbHop *entry = ib_path_entry_hop (self);
    const char *address = *self->recipient != '\0' ? self->recipient : facts->account_address;
    const char *at = strrchr (address, '@');
    const char *row = at != NULL ? find_mx (facts, at + 1) : NULL;
    if (entry == NULL || row == NULL || (*entry->name == '\0' && *entry->ip == '\0'))
        return IB_MX_UNKNOWN; /* without an address nobody knows whether it came in there at all */

    g_auto (GStrv) hosts = g_strsplit (row, " ", -1);
    if (find_host (hosts, entry->by, entry->by) != NULL)
        return IB_MX_MATCHES;
    if (self->entry > 0) {
        const IbHop *above = self->hops->pdata[self->entry - 1];
        return find_host (hosts, above->name, above->ip) != NULL ? IB_MX_MATCHES : IB_MX_BESIDE;
    }
    return find_host (hosts, facts->server_host, facts->server_host) != NULL ? IB_MX_MATCHES : IB_MX_BESIDE;
}

static char *
find_hint (const IbMessage *message)
{
    static const char *const fields[] = { "X-Originating-IP", "X-Sender-IP", "X-Source-IP", "X-Client-IP" };
    for (gsize i = 0; i < G_N_ELEMENTS (fields); i++) {
        g_autofree char *value = ib_message_header (message, fields[i]);
        char *ip = value != NULL ? ib_ip_parse (value, strlen (value)) : NULL;
        if (ip != NULL)
            return ip;
    }
    return g_strdup ("");
}

IbPath *
ib_path_walk (const IbMessage *message, const IbFacts *facts)
{
    IbPath *self = ib_path_new ();
    read_hops (self, message);
    walk (self, facts);
    measure_times (self);
    self->recipient = find_recipient (self, message, facts);
    self->mx = match_mx (self, facts);
    /* The MX is there to take mail from strangers, and no back door, though the user names it among his relays. */
    if (self->mx == IB_MX_MATCHES)
        g_clear_pointer (&self->relay, g_free);
    self->hint_ip = find_hint (message);
    return self;
}
