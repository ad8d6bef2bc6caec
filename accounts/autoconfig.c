/* autoconfig.c - a provider's settings file, as read */
#include "autoconfig.h"
#include "dns-name.h"
#include "units.h"

#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

/* Of one provider: two protocols, each with and without STARTTLS, at a few hosts. */
#define SERVERS_MAX 16
/* Names and URLs are shorter. */
#define VALUE_BYTES 512

G_DEFINE_QUARK (ib-autoconfig-error-quark, ib_autoconfig_error)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlParserCtxt, xmlFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

typedef struct {
    const char *address, *url;
    char *local_part, *domain;
    IbCandidateSource source;
    const xmlNode *oauth2; /* NULL: there is none */
    GPtrArray *found;
} Reader;

/* --- XML ------------------------------------------------------------------------------------------------------------ */

/* A document type is what entities, and all that grows from them, would be declared in. */
static void
refuse_doctype (void *context, const xmlChar *name, const xmlChar *external_id, const xmlChar *system_id)
{
    xmlStopParser (context);
}

static xmlDoc *
read_xml (const char *text, gsize length)
{
    g_autoptr (xmlParserCtxt) context = length <= IB_AUTOCONFIG_BYTES ? xmlNewParserCtxt () : NULL;
    if (context == NULL)
        return NULL;
    context->sax->internalSubset = refuse_doctype;
    context->sax->externalSubset = refuse_doctype;
    xmlDoc *doc = xmlCtxtReadMemory (context, text, (int) length, NULL, NULL,
                                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (doc != NULL && (!context->wellFormed || doc->intSubset != NULL))
        g_clear_pointer (&doc, xmlFreeDoc);
    return doc;
}

static bool
is_element (const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp ((const char *) node->name, name) == 0;
}

/* The first child of that name at @node or behind it. */
static const xmlNode *
find (const xmlNode *node, const char *name)
{
    while (node != NULL && !is_element (node, name))
        node = node->next;
    return node;
}

/* The text of an element without further ones; NULL if it is none that we would use. */
static char *
text_of (const xmlNode *element)
{
    g_autoptr (GString) text = g_string_new (NULL);
    for (const xmlNode *child = element != NULL ? element->children : NULL; child != NULL;
         child = child->next)
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) && child->content != NULL)
            g_string_append (text, (const char *) child->content);
    g_strstrip (text->str);
    if (*text->str == '\0' || strlen (text->str) > VALUE_BYTES || !g_utf8_validate (text->str, -1, NULL))
        return NULL;
    for (const char *at = text->str; *at != '\0'; at = g_utf8_next_char (at))
        if (g_unichar_iscntrl (g_utf8_get_char (at)))
            return NULL;
    return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
child_text (const xmlNode *element, const char *name)
{
    return text_of (find (element->children, name));
}

/* --- a server ------------------------------------------------------------------------------------------------------ */

/* Puts in %EMAILADDRESS% and its like. */
static char *
fill_in (const Reader *reader, const char *text)
{
    GString *filled = g_string_new (text);
    g_string_replace (filled, "%EMAILADDRESS%", reader->address, 1);
    g_string_replace (filled, "%EMAILLOCALPART%", reader->local_part, 1);
    g_string_replace (filled, "%EMAILDOMAIN%", reader->domain, 1);
    return g_string_free (filled, FALSE);
}

static bool
read_protocol (const xmlNode *server, IbProtocol *out_protocol)
{
    xmlChar *type = xmlGetNoNsProp (server, (const xmlChar *) "type");
    const char *text = type != NULL ? (const char *) type : "";
    bool is_imap = g_ascii_strcasecmp (text, "imap") == 0, is_pop3 = g_ascii_strcasecmp (text, "pop3") == 0;
    xmlFree (type);
    *out_protocol = is_imap ? IB_PROTOCOL_IMAP : IB_PROTOCOL_POP3;
    return is_imap || is_pop3;
}

static bool
read_security (const xmlNode *server, IbSecurity *out_security)
{
    g_autofree char *type = child_text (server, "socketType");
    if (type == NULL)
        return false;
    *out_security = g_ascii_strcasecmp (type, "SSL") == 0 ? IB_SECURITY_TLS : IB_SECURITY_STARTTLS;
    return *out_security == IB_SECURITY_TLS || g_ascii_strcasecmp (type, "STARTTLS") == 0;
}

static bool
read_port (const xmlNode *server, IbProtocol protocol, guint16 *out_port)
{
    guint64 port = 0;
    g_autofree char *text = child_text (server, "port");
    if (text == NULL || !ib_units_parse_number (text, 1, G_MAXUINT16, &port))
        return false;
    /* The databases have such slips. */
    bool is_foreign = protocol == IB_PROTOCOL_IMAP ? port == 110 || port == 995 : port == 143 || port == 993;
    *out_port = (guint16) port;
    return !is_foreign && port != 25 && port != 465 && port != 587;
}

static const struct {
    const char *name;
    IbSignIn way;
} ways[] = {
    { "OAuth2", IB_SIGN_IN_OAUTH2 },
    { "password-cleartext", IB_SIGN_IN_PASSWORD },
    { "password-encrypted", IB_SIGN_IN_PASSWORD },
    { "plain", IB_SIGN_IN_PASSWORD }, /* as older files write them */
    { "secure", IB_SIGN_IN_PASSWORD },
};

static void
add_way (IbCandidate *candidate, IbSignIn way)
{
    for (guint i = 0; i < candidate->n_sign_in; i++)
        if (candidate->sign_in[i] == way)
            return;
    if (candidate->n_sign_in < IB_CANDIDATE_WAYS)
        candidate->sign_in[candidate->n_sign_in++] = way;
}

/* In the file's order, which is the provider's; none named is a password. */
static void
read_ways (const xmlNode *server, IbCandidate *candidate)
{
    bool is_named = false;
    candidate->n_sign_in = 0;
    for (const xmlNode *at = find (server->children, "authentication"); at != NULL;
         at = find (at->next, "authentication")) {
        g_autofree char *name = text_of (at);
        is_named = true;
        for (gsize i = 0; i < G_N_ELEMENTS (ways) && name != NULL; i++)
            if (g_ascii_strcasecmp (ways[i].name, name) == 0)
                add_way (candidate, ways[i].way);
    }
    if (!is_named)
        add_way (candidate, IB_SIGN_IN_PASSWORD);
}

/* Tokens are asked for over https only. */
static void
read_url (const xmlNode *oauth2, const char *name, char **field)
{
    g_autofree char *text = child_text (oauth2, name);
    g_autoptr (GUri) uri = text != NULL ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;
    if (uri == NULL || !g_str_has_prefix (text, "https://") || g_uri_get_host (uri) == NULL)
        return;
    g_free (*field);
    *field = g_steal_pointer (&text);
}

static void
read_word (const xmlNode *oauth2, const char *name, char **field)
{
    char *text = child_text (oauth2, name);
    if (text == NULL)
        return;
    g_free (*field);
    *field = text;
}

/* login.example.org and token.example.org are of one owner; two names below co.uk are not. */
static bool
is_same_site (const char *url, const char *other)
{
    g_autoptr (GUri) one = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
    g_autoptr (GUri) two = g_uri_parse (other, G_URI_FLAGS_NONE, NULL);
    const char *host = g_uri_get_host (one), *other_host = g_uri_get_host (two);
    if (g_ascii_strcasecmp (host, other_host) == 0)
        return true;
    const char *base = soup_tld_get_base_domain (host, NULL);
    const char *other_base = soup_tld_get_base_domain (other_host, NULL);
    return base != NULL && other_base != NULL && g_ascii_strcasecmp (base, other_base) == 0;
}

/* A file that names a well-known sign-in page, and a place of its own for what comes of it, would be told the code and the
 * verifier of the mailbox there (RFC 9700, 4.4: mix-up). Whose the two rightly differ is in the table. */
static void
drop_mix_up (IbCandidate *candidate)
{
    char **auth = &candidate->oauth2_auth_url, **token = &candidate->oauth2_token_url;
    if (**auth == '\0' || **token == '\0' || is_same_site (*auth, *token))
        return;
    g_free (*auth);
    g_free (*token);
    *auth = g_strdup ("");
    *token = g_strdup ("");
}

static void
read_oauth2 (const xmlNode *oauth2, IbCandidate *candidate)
{
    read_word (oauth2, "issuer", &candidate->oauth2_issuer);
    read_word (oauth2, "scope", &candidate->oauth2_scope);
    read_word (oauth2, "clientID", &candidate->oauth2_client_id);
    read_url (oauth2, "authURL", &candidate->oauth2_auth_url);
    read_url (oauth2, "tokenURL", &candidate->oauth2_token_url);
    drop_mix_up (candidate);
}

/* What is broken, or not for us, is left out. */
static void
read_server (const Reader *reader, const xmlNode *server)
{
    IbProtocol protocol;
    IbSecurity security;
    guint16 port;
    g_autofree char *host = child_text (server, "hostname");
    g_autofree char *user = child_text (server, "username");
    if (host == NULL || !read_protocol (server, &protocol) || !read_security (server, &security)
        || !read_port (server, protocol, &port))
        return;
    g_autofree char *full_host = fill_in (reader, host);
    g_autofree char *full_user = fill_in (reader, user != NULL ? user : "%EMAILADDRESS%");
    if (!ib_candidate_host_is_sound (full_host))
        return;

    g_autoptr (IbCandidate) candidate
        = ib_candidate_new (reader->source, reader->url, protocol, full_host, port, security, full_user);
    read_ways (server, candidate);
    if (reader->oauth2 != NULL)
        read_oauth2 (reader->oauth2, candidate);
    candidate->needs_confirmation
        = reader->source != IB_FROM_AUTOCONFIG && !ib_candidate_host_is_below (full_host, reader->domain);
    if (candidate->n_sign_in > 0)
        g_ptr_array_add (reader->found, g_steal_pointer (&candidate));
}

static void
read_provider (Reader *reader, const xmlNode *provider)
{
    const xmlNode *oauth2 = find (provider->children, "oAuth2");
    if (oauth2 != NULL)
        reader->oauth2 = oauth2;
    for (const xmlNode *server = find (provider->children, "incomingServer");
         server != NULL && reader->found->len < SERVERS_MAX; server = find (server->next, "incomingServer"))
        read_server (reader, server);
}

GPtrArray *
ib_autoconfig_parse (const char *text, gsize length, const char *address, IbCandidateSource source,
                     const char *url, GError **error)
{
    const char *at = strrchr (address, '@');
    g_autoptr (xmlDoc) doc = read_xml (text, length);
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement (doc) : NULL;
    const xmlNode *provider
        = root != NULL && is_element (root, "clientConfig") ? find (root->children, "emailProvider") : NULL;
    if (provider == NULL || at == NULL) {
        g_set_error (error, IB_AUTOCONFIG_ERROR, IB_AUTOCONFIG_ERROR_INVALID,
                     _ ("%s holds no settings of a mail provider"), url);
        return NULL;
    }
    g_autoptr (GPtrArray) found = ib_candidates_new ();
    Reader reader = {
        .address = address,
        .url = url,
        .local_part = g_strndup (address, (gsize) (at - address)),
        .domain = ib_dns_name (at + 1),
        .source = source,
        .oauth2 = find (root->children, "oAuth2"),
        .found = found,
    };
    if (reader.domain == NULL)
        reader.domain = g_strdup (at + 1);
    read_provider (&reader, provider);
    g_free (reader.local_part);
    g_free (reader.domain);
    return g_steal_pointer (&found);
}
