/* sasl.c - signing in, whatever the protocol around it */
#include "sasl.h"
#include "escape.h"

#include <string.h>

/* A refusal is a small JSON document. */
#define CHALLENGE_BYTES 4096

typedef struct {
    const char *name;
    IbAuth auth;
    /* The first word in plain; the caller wipes it. */
    GString *(*first) (const IbSasl *self);
    /* The answer to a decoded challenge; NULL: there must not be one. */
    const char *(*answer) (IbSasl *self, const char *challenge);
} Mechanism;

struct _IbSasl {
    const Mechanism *mechanism;
    char *user;
    IbSecret *secret;
    char *host;
    guint16 port;
    char *refusal;
};

/* --- the mechanisms ------------------------------------------------------------------------------------------ */

/* A string that is wiped when it has to grow would be one more thing; so it is made large enough at once. */
static GString *
new_text (const IbSasl *self)
{
    gsize length;
    ib_secret_peek (self->secret, &length);
    return g_string_sized_new (length + strlen (self->user) + strlen (self->host) + 128);
}

/* message = [authzid] NUL authcid NUL passwd                                                        RFC 4616, 2 */
static GString *
plain_first (const IbSasl *self)
{
    gsize length;
    const char *password = ib_secret_peek (self->secret, &length);
    GString *text = new_text (self);
    g_string_append_c (text, '\0');
    g_string_append (text, self->user);
    g_string_append_c (text, '\0');
    return g_string_append_len (text, password, (gssize) length);
}

/* client-resp = gs2-header 1*kvpair kvsep                                                          RFC 7628, 3.1 */
static GString *
oauthbearer_first (const IbSasl *self)
{
    GString *text = new_text (self);
    g_string_append (text, "n,a=");
    for (const char *c = self->user; *c != '\0'; c++) {
        if (*c == ',')
            g_string_append (text, "=2C");
        else if (*c == '=')
            g_string_append (text, "=3D");
        else
            g_string_append_c (text, *c);
    }
    g_string_append_printf (text, ",\001host=%s\001port=%u\001auth=Bearer ", self->host, self->port);
    g_string_append (text, ib_secret_peek (self->secret, NULL));
    return g_string_append (text, "\001\001");
}

static GString *
xoauth2_first (const IbSasl *self)
{
    GString *text = new_text (self);
    g_string_append_printf (text, "user=%s\001auth=Bearer ", self->user);
    g_string_append (text, ib_secret_peek (self->secret, NULL));
    return g_string_append (text, "\001\001");
}

/* A challenge is a refusal with a reason; the server says NO once it has got an answer. */
static const char *
oauthbearer_answer (IbSasl *self, const char *challenge)
{
    g_free (self->refusal);
    self->refusal = ib_escape_server_text (challenge, -1);
    return "\001";
}

static const char *
xoauth2_answer (IbSasl *self, const char *challenge)
{
    g_free (self->refusal);
    self->refusal = ib_escape_server_text (challenge, -1);
    return "";
}

/* In order of preference. */
static const Mechanism mechanisms[] = {
    { "PLAIN", IB_AUTH_PASSWORD, plain_first, NULL },
    { "XOAUTH2", IB_AUTH_OAUTH2, xoauth2_first, xoauth2_answer },
    { "OAUTHBEARER", IB_AUTH_OAUTH2, oauthbearer_first, oauthbearer_answer },
};

/* --- what they share ----------------------------------------------------------------------------------------- */

const char *
ib_sasl_choose (IbAuth auth, IbSaslOffered is_offered, gpointer user_data)
{
    for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (mechanisms[i].auth == auth && is_offered (mechanisms[i].name, user_data))
            return mechanisms[i].name;
    return NULL;
}

static const Mechanism *
find (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (strcmp (mechanisms[i].name, name) == 0)
            return &mechanisms[i];
    g_assert_not_reached ();
}

IbSasl *
ib_sasl_new (const char *mechanism, const char *user, const IbSecret *secret, const char *host, guint16 port)
{
    IbSasl *self = g_new0 (IbSasl, 1);
    self->mechanism = find (mechanism);
    self->user = g_strdup (user);
    self->secret = ib_secret_ref ((IbSecret *) secret);
    self->host = g_strdup (host);
    self->port = port;
    self->refusal = g_strdup ("");
    return self;
}

const char *
ib_sasl_get_name (const IbSasl *self)
{
    return self->mechanism->name;
}

static IbSecret *
encode (const char *bytes, gsize length, GError **error)
{
    char *base64 = g_base64_encode ((const guchar *) bytes, length);
    gsize encoded = strlen (base64);
    IbSecret *secret = ib_secret_new (base64, encoded, error);
    ib_secret_wipe (base64, encoded);
    g_free (base64);
    return secret;
}

IbSecret *
ib_sasl_begin (IbSasl *self, GError **error)
{
    GString *text = self->mechanism->first (self);
    IbSecret *first = encode (text->str, text->len, error);
    ib_secret_wipe (text->str, text->len);
    g_string_free (text, TRUE);
    return first;
}

IbSecret *
ib_sasl_answer (IbSasl *self, const char *challenge, GError **error)
{
    if (self->mechanism->answer == NULL || strlen (challenge) > CHALLENGE_BYTES) {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The server asked what %s does not know",
                     self->mechanism->name);
        return NULL;
    }
    gsize length = 0;
    g_autofree guchar *decoded = g_base64_decode (challenge, &length);
    g_autofree char *text = g_strndup ((const char *) decoded, length);
    const char *answer = self->mechanism->answer (self, text);
    return encode (answer, strlen (answer), error);
}

bool
ib_sasl_is_proven (const IbSasl *self)
{
    return true; /* none of the mechanisms so far gets a proof */
}

const char *
ib_sasl_get_refusal (const IbSasl *self)
{
    return self->refusal;
}

void
ib_sasl_free (IbSasl *self)
{
    if (self == NULL)
        return;
    ib_secret_unref (self->secret);
    g_free (self->user);
    g_free (self->host);
    g_free (self->refusal);
    g_free (self);
}
