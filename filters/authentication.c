/* authentication.c - who vouches for the sender, by the fields of servers that we believe
 *
 *     Authentication-Results: authserv-id [version]; method=result [reason=…] [ptype.property=value]…; …
 */
#include "authentication.h"
#include "address.h"
#include "host.h"

#include <string.h>

/* Results of one field that are looked at. */
#define RESULTS_MAX 50
/* Instances of an ARC chain (RFC 8617, 4.2.1). */
#define INSTANCES_MAX 50

static void
result_clear (IbAuthResult *self)
{
    g_free (self->result);
    g_free (self->domain);
}

static void
result_set (IbAuthResult *self, const char *result, char *domain, bool is_aligned)
{
    result_clear (self);
    *self = (IbAuthResult){ g_ascii_strdown (result, -1), domain, is_aligned };
}

void
ib_authentication_free (IbAuthentication *self)
{
    if (self == NULL)
        return;
    result_clear (&self->spf);
    result_clear (&self->dkim);
    result_clear (&self->dmarc);
    result_clear (&self->arc);
    g_free (self->authserv_id);
    g_free (self->stranger_id);
    g_free (self->from_domain);
    g_free (self);
}

static bool
is_pass (const IbAuthResult *result)
{
    return strcmp (result->result, "pass") == 0;
}

/* DMARC speaks of the domain in From: of another's, a pass says nothing. Some servers do not say whose it was. */
static bool
is_dmarc_proven (const IbAuthentication *self)
{
    bool is_about_author = self->dmarc.is_aligned || *self->dmarc.domain == '\0';
    return is_pass (&self->dmarc) && is_about_author && *self->from_domain != '\0';
}

bool
ib_authentication_is_proven (const IbAuthentication *self)
{
    return is_dmarc_proven (self) || (is_pass (&self->spf) && self->spf.is_aligned)
           || (is_pass (&self->dkim) && self->dkim.is_aligned);
}

bool
ib_authentication_is_refuted (const IbAuthentication *self)
{
    return strcmp (self->dmarc.result, "fail") == 0 && !ib_authentication_is_proven (self);
}

/* --- reading a field --- */

/* @value without comments, which may nest, and with one kind of blank. What is quoted stays. */
static char *
strip_comments (const char *value)
{
    GString *plain = g_string_new (NULL);
    guint depth = 0;
    bool in_quotes = false;
    for (const char *at = value; *at != '\0'; at++) {
        bool is_escape = *at == '\\' && at[1] != '\0';
        if (!is_escape && !in_quotes && *at == '(')
            depth++;
        else if (!is_escape && depth == 0 && *at == '"')
            in_quotes = !in_quotes;

        if (depth == 0)
            g_string_append_c (plain, g_ascii_isspace (*at) ? ' ' : *at);
        else if (*at == ')' && --depth == 0)
            g_string_append_c (plain, ' ');
        at += is_escape ? 1 : 0;
    }
    return g_string_free (plain, FALSE);
}

/* Cuts @text at the next @separator outside quotes; returns the piece, and NULL at the end. */
static char *
next_piece (char **text, char separator)
{
    char *piece = *text;
    if (piece == NULL)
        return NULL;
    bool in_quotes = false;
    char *at = piece;
    while (*at != '\0' && (in_quotes || *at != separator)) {
        in_quotes ^= *at == '"';
        at++;
    }
    *text = *at != '\0' ? at + 1 : NULL;
    *at = '\0';
    return piece;
}

/* Does the word that begins at @at hold an equals sign, or have one behind it? Then it is a name. */
static bool
is_name (const char *at)
{
    at += strspn (at, " ");
    at += strcspn (at, " =;");
    return at[strspn (at, " ")] == '=';
}

/* "dkim/1 = pass" is "dkim=pass" with blanks and a version. In "smtp.mailfrom= smtp.helo=x" the value is empty. */
static void
close_up_equals (char *text)
{
    char *to = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '=') {
            *to++ = *at;
            continue;
        }
        while (to > text && to[-1] == ' ')
            to--;
        *to++ = '=';
        if (!is_name (at + 1))
            at += strspn (at + 1, " ");
    }
    *to = '\0';
}

static void
unquote (char *value)
{
    gsize length = strlen (value);
    if (length >= 2 && value[0] == '"' && value[length - 1] == '"') {
        memmove (value, value + 1, length - 2);
        value[length - 2] = '\0';
    }
}

/* One method's result with what it is about. */
typedef struct {
    const char *method, *result;
    const char *mail_from, *helo, *header_d, *header_i, *header_from;
} Said;

static void
read_property (Said *said, const char *name, const char *value)
{
    const struct {
        const char *name;
        const char **value;
    } properties[] = {
        { "smtp.mailfrom", &said->mail_from }, { "smtp.mail", &said->mail_from },
        { "smtp.helo", &said->helo },          { "header.d", &said->header_d },
        { "header.i", &said->header_i },       { "header.from", &said->header_from },
    };
    for (gsize i = 0; i < G_N_ELEMENTS (properties); i++)
        if (g_ascii_strcasecmp (name, properties[i].name) == 0)
            *properties[i].value = value;
}

/* Returns false if @piece is no result, such as "none". */
static bool
read_said (char *piece, Said *out_said)
{
    *out_said = (Said){ 0 };
    close_up_equals (piece);
    for (char *word; (word = next_piece (&piece, ' ')) != NULL;) {
        char *equals = strchr (word, '=');
        if (equals == NULL || equals == word)
            continue;
        *equals = '\0';
        unquote (equals + 1);
        if (out_said->method != NULL) {
            read_property (out_said, word, equals + 1);
            continue;
        }
        word[strcspn (word, "/")] = '\0';
        out_said->method = word;
        out_said->result = equals + 1;
    }
    return out_said->method != NULL;
}

/* The domain of "b@example.net", "@example.net" or "example.net"; "" if it is none. */
static char *
domain_of (const char *value)
{
    if (value == NULL)
        return g_strdup ("");
    const char *at = strrchr (value, '@');
    const char *domain = at != NULL ? at + 1 : value;
    char *normal = ib_host_normalize (domain, strcspn (domain, ">"));
    return normal != NULL ? normal : g_strdup ("");
}

static bool
is_aligned (const IbAuthentication *self, const char *domain)
{
    if (*domain == '\0' || *self->from_domain == '\0')
        return false;
    return strcmp (ib_host_organization (domain), ib_host_organization (self->from_domain)) == 0;
}

/* How much a result says for the sender. */
static int
weight (const IbAuthResult *result)
{
    if (is_pass (result))
        return result->is_aligned ? 3 : 2;
    return *result->result != '\0' ? 1 : 0;
}

static void
keep_better (const IbAuthentication *self, IbAuthResult *kept, const Said *said, const char *about)
{
    IbAuthResult result = { 0 };
    char *domain = domain_of (about);
    result_set (&result, said->result, domain, is_aligned (self, domain));
    if (weight (&result) > weight (kept)) {
        result_clear (kept);
        *kept = result;
    } else {
        result_clear (&result);
    }
}

typedef enum { METHOD_SPF, METHOD_DKIM, METHOD_DMARC, METHOD_ARC, N_METHODS } Method;

/* The reading of one message's fields, the newest first. */
typedef struct {
    IbAuthentication *self;
    const IbPath *path;
    const IbFacts *facts;
    /* Where the entry hop's field stands: below it a stranger wrote, and our server beside that. */
    gsize entry;
    bool has_own_name;        /* a field there is in our server's own name, or one of `authserv-ids` */
    guint field;              /* from 1 */
    guint said_by[N_METHODS]; /* the field that gave a method's result; 0: none yet */
} Reading;

/* What a newer field said stays; but of several signatures in one field, the best counts. */
static void
take_said (Reading *reading, const Said *said)
{
    IbAuthentication *self = reading->self;
    const char *sender = said->mail_from != NULL && *said->mail_from != '\0' ? said->mail_from : said->helo;
    const struct {
        const char *name;
        IbAuthResult *result;
        const char *about;
    } methods[N_METHODS] = {
        { "spf", &self->spf, sender },
        { "dkim", &self->dkim, said->header_d != NULL ? said->header_d : said->header_i },
        { "dmarc", &self->dmarc, said->header_from },
        { "arc", &self->arc, said->header_d },
    };
    for (guint i = 0; i < N_METHODS; i++) {
        guint *said_by = &reading->said_by[i];
        if (g_ascii_strcasecmp (said->method, methods[i].name) != 0
            || (*said_by != 0 && *said_by != reading->field))
            continue;
        *said_by = reading->field;
        keep_better (self, methods[i].result, said, methods[i].about);
    }
}

/* --- whom to believe --- */

/* Is @id, an authserv-id, the name of a server that wrote a believed hop, or one that the user named? A server may call
 * itself by a word that is no host's name. */
static bool
is_own_name (const char *id, const char *host, const IbPath *path, const IbFacts *facts)
{
    for (char **own = facts->authserv_ids; *own != NULL; own++)
        if (g_ascii_strcasecmp (*own, id) == 0)
            return true;
    for (guint i = 0; host != NULL && i < path->n_believed; i++)
        if (strcmp (((const IbHop *) path->hops->pdata[i])->by, host) == 0 && strchr (host, '.') != NULL)
            return true;
    return false;
}

static bool
is_of_provider (const char *host, const IbFacts *facts)
{
    for (char **own = facts->provider_hosts; *own != NULL; own++)
        if ((*own)[0] == '.' && ib_host_is_within (host, *own + 1))
            return true;
    const char *organization = ib_host_organization (facts->server_host);
    return strchr (organization, '.') != NULL && ib_host_is_within (host, organization);
}

/* Microsoft's servers give no authserv-id, and call the fields that a stranger brought Authentication-Results-Original. */
static bool
is_microsofts (const Reading *reading)
{
    static const char edge[] = "protection.outlook.com";
    const IbHop *entry = ib_path_entry_hop (reading->path);
    return entry != NULL && is_of_provider (edge, reading->facts) && ib_host_is_within (entry->by, edge);
}

/* Servers take out what a stranger wrote in their own name, but hardly what he wrote in one that is only like it: where
 * he may have written, such a one counts as long as none of the server's own stands there. */
static bool
is_believed (const Reading *reading, const char *id, gsize at)
{
    if (*id == '\0')
        return is_microsofts (reading);
    g_autofree char *host = ib_host_normalize (id, strlen (id));
    if (is_own_name (id, host, reading->path, reading->facts))
        return true;
    bool is_strangers_place = at > reading->entry;
    return host != NULL && is_of_provider (host, reading->facts)
           && !(is_strangers_place && reading->has_own_name);
}

static bool
says_pass (const char *results)
{
    g_autofree char *text = g_strdup (results);
    close_up_equals (text);
    return strstr (text, "=pass") != NULL;
}

/* The authserv-id, which begins @results, without the version behind it; "" where a server begins with a result. */
static const char *
cut_authserv_id (char **results)
{
    *results += strspn (*results, " ");
    if ((*results)[strcspn (*results, " ;=\"")] == '=')
        return "";
    char *id = next_piece (results, ';');
    g_strchomp (id);
    id[strcspn (id, " ")] = '\0';
    unquote (id);
    return id;
}

static void
take_results (Reading *reading, char *results)
{
    guint count = 0;
    for (char *piece; (piece = next_piece (&results, ';')) != NULL && count < RESULTS_MAX; count++) {
        Said said;
        if (read_said (g_strstrip (piece), &said))
            take_said (reading, &said);
    }
}

static void
note (char **target, const char *value)
{
    if (**target != '\0')
        return;
    g_free (*target);
    *target = g_strdup (value);
}

static void
read_results (Reading *reading, const char *value, gsize at, bool is_hearsay)
{
    g_autofree char *plain = strip_comments (value);
    char *rest = plain;
    const char *id = cut_authserv_id (&rest);
    if (!is_hearsay && is_believed (reading, id, at)) {
        note (&reading->self->authserv_id, *id != '\0' ? id : ib_path_entry_hop (reading->path)->by);
        take_results (reading, rest);
    } else if (rest != NULL && says_pass (rest) && *id != '\0' && *reading->self->stranger_id == '\0') {
        note (&reading->self->stranger_id, id);
        reading->self->stranger_is_near = !is_hearsay;
    }
}

static void
find_own_name (Reading *reading, const char *value, gsize at, bool is_hearsay)
{
    g_autofree char *plain = strip_comments (value);
    char *rest = plain;
    const char *id = cut_authserv_id (&rest);
    g_autofree char *host = ib_host_normalize (id, strlen (id));
    if (!is_hearsay && at > reading->entry && is_own_name (id, host, reading->path, reading->facts))
        reading->has_own_name = true;
}

/* "pass (comment) client-ip=203.0.113.5; envelope-from=…; receiver=…"    RFC 7208, 9.1. Believed if it is about the
 * address that handed the message over. */
static void
read_received_spf (Reading *reading, const char *value)
{
    g_autofree char *plain = strip_comments (value);
    close_up_equals (plain);
    char *rest = plain;
    g_strdelimit (rest, ";", ' ');
    Said said = { .method = "spf" };
    const char *ip = NULL;
    for (char *word; (word = next_piece (&rest, ' ')) != NULL;) {
        char *equals = strchr (word, '=');
        if (equals == NULL) {
            said.result = said.result == NULL && *word != '\0' ? word : said.result;
            continue;
        }
        *equals = '\0';
        unquote (equals + 1);
        if (g_ascii_strcasecmp (word, "client-ip") == 0)
            ip = equals + 1;
        else if (g_ascii_strcasecmp (word, "envelope-from") == 0)
            said.mail_from = equals + 1;
        else if (g_ascii_strcasecmp (word, "helo") == 0)
            said.helo = equals + 1;
    }
    const IbHop *entry = ib_path_entry_hop (reading->path);
    g_autofree char *client = ip != NULL ? ib_ip_parse (ip, strlen (ip)) : NULL;
    if (said.result != NULL && client != NULL && entry != NULL && strcmp (entry->ip, client) == 0)
        take_said (reading, &said);
}

/* --- the fields of a message --- */

/* The Received field of @hop; behind all fields if there is none. */
static gsize
find_hop (const IbMessage *message, guint hop)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    guint hops = 0;
    for (gsize i = 0; i < count; i++)
        if (ib_message_field_is (message, &fields[i], "Received") && hops++ == hop)
            return i;
    return count;
}

/* From @hearsay on a stranger may have written them. */
static void
read_fields (Reading *reading, const IbMessage *message, const char *name, gsize hearsay,
             void (*read) (Reading *reading, const char *value, gsize at, bool is_hearsay))
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++) {
        if (!ib_message_field_is (message, &fields[i], name))
            continue;
        g_autofree char *value = ib_message_field_raw (message, &fields[i]);
        reading->field++;
        read (reading, value, i, i >= hearsay);
    }
}

static void
read_second_choice (Reading *reading, const char *value, gsize at, bool is_hearsay)
{
    if (!is_hearsay && reading->said_by[METHOD_SPF] == 0)
        read_received_spf (reading, value);
}

/* The value of tag @name in "i=1; d=example.com; …" (RFC 6376, 3.2). Returns: (transfer full) (nullable) */
static char *
tag_of (const char *value, const char *name)
{
    g_auto (GStrv) tags = g_strsplit (value, ";", RESULTS_MAX);
    for (char **tag = tags; *tag != NULL; tag++) {
        close_up_equals (g_strstrip (*tag));
        gsize length = strlen (name);
        if (strncmp (*tag, name, length) == 0 && (*tag)[length] == '=')
            return g_strdup (*tag + length + 1);
    }
    return NULL;
}

/* Did one of `authserv-ids` seal instance @instance of the chain (RFC 8617, 4.1.3)? */
static bool
is_sealed_by_ours (const IbMessage *message, const IbFacts *facts, const char *instance)
{
    gsize count;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count; i++) {
        if (!ib_message_field_is (message, &fields[i], "ARC-Seal"))
            continue;
        g_autofree char *value = ib_message_field_raw (message, &fields[i]);
        g_autofree char *of = tag_of (value, "i");
        g_autofree char *domain = tag_of (value, "d");
        if (of == NULL || domain == NULL || strcmp (of, instance) != 0)
            continue;
        for (char **own = facts->authserv_ids; *own != NULL; own++)
            if (g_ascii_strcasecmp (*own, domain) == 0)
                return true;
    }
    return false;
}

/* A forwarder breaks SPF, and often DKIM. What it saw itself stands in its ARC set; that the set is whole, the believed
 * server has said by "arc=pass". */
static void
read_sealed (Reading *reading, const IbMessage *message)
{
    gsize count;
    guint instances = 0;
    const IbField *fields = ib_message_fields (message, &count);
    for (gsize i = 0; i < count && instances < INSTANCES_MAX; i++) {
        if (!ib_message_field_is (message, &fields[i], "ARC-Authentication-Results"))
            continue;
        instances++;
        g_autofree char *value = ib_message_field_raw (message, &fields[i]);
        g_autofree char *instance = tag_of (value, "i");
        if (instance == NULL || !is_sealed_by_ours (message, reading->facts, instance))
            continue;
        g_autofree char *plain = strip_comments (value);
        char *rest = plain;
        next_piece (&rest, ';');
        next_piece (&rest, ';');
        memset (reading->said_by, 0, sizeof reading->said_by);
        reading->said_by[METHOD_ARC] = reading->field++;
        take_results (reading, rest);
        return;
    }
}

/* RFC 5322 has one address in From; what has several domains there belongs to none of them. */
static char *
find_from_domain (const GPtrArray *authors)
{
    g_autofree char *domain = NULL;
    for (guint i = 0; i < authors->len; i++) {
        g_autofree char *own = domain_of (((const IbAddress *) authors->pdata[i])->address);
        if (domain != NULL && strcmp (domain, own) != 0)
            return g_strdup ("");
        if (domain == NULL)
            domain = g_steal_pointer (&own);
    }
    return domain != NULL ? g_steal_pointer (&domain) : g_strdup ("");
}

IbAuthentication *
ib_authentication_read (const IbMessage *message, const GPtrArray *authors, const IbPath *path,
                        const IbFacts *facts)
{
    IbAuthentication *self = g_new0 (IbAuthentication, 1);
    IbAuthResult *results[] = { &self->spf, &self->dkim, &self->dmarc, &self->arc };
    for (gsize i = 0; i < G_N_ELEMENTS (results); i++)
        result_set (results[i], "", g_strdup (""), false);
    self->authserv_id = g_strdup ("");
    self->stranger_id = g_strdup ("");
    self->from_domain = find_from_domain (authors);

    gsize entry = path->entry >= 0 ? find_hop (message, (guint) path->entry) : 0;
    gsize hearsay = find_hop (message, path->n_believed);
    Reading reading = { .self = self, .path = path, .facts = facts, .entry = entry };
    read_fields (&reading, message, "Authentication-Results", hearsay, find_own_name);
    read_fields (&reading, message, "Authentication-Results", hearsay, read_results);
    /* It names nobody who wrote it, and no server takes out a stranger's: so it counts only above the field of the server
     * that the stranger spoke with, where the RFC wants it. */
    read_fields (&reading, message, "Received-SPF", entry, read_second_choice);
    if (is_pass (&self->arc) && !ib_authentication_is_proven (self))
        read_sealed (&reading, message);
    if (*self->authserv_id != '\0' && ib_authentication_is_proven (self)) {
        g_free (self->stranger_id);
        self->stranger_id = g_strdup ("");
        self->stranger_is_near = false;
    }
    return self;
}
