/* sasl.c - signing in, whatever the protocol around it */
#include "sasl.h"
#include "escape.h"
#include "scram.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* A refusal is a small JSON document. */
#define CHALLENGE_BYTES 4096
/* Questions in the longest exchange: the first word again, SCRAM's server-first, and its server-final. */
#define MOST_CHALLENGES 3

G_DEFINE_QUARK (ib-sasl-error-quark, ib_sasl_error)

typedef struct {
    const char *name;
    IbAuth auth;
    bool wants_proof;
    bool is_prompted; /* the server's word comes first, and is a prompt */
    /* The first word in plain; the caller wipes it. */
    GString *(*first) (const IbSasl *self);
    /* The answer to a decoded challenge, likewise; NULL: there must not be one. */
    GString *(*answer) (IbSasl *self, const char *challenge, GError **error);
} Mechanism;

struct _IbSasl {
    const Mechanism *mechanism;
    char *user;
    IbSecret *secret;
    char *host;
    guint16 port;
    IbScram *scram; /* NULL unless it is that */
    guint challenges;
    bool was_asked;
    char *refusal;
};

/* --- the mechanisms ------------------------------------------------------------------------------------------ */

/* A string that is wiped when it has to grow would be one more thing; so it is made large enough at once. */
static GString *
new_text (const IbSasl *self)
{
    gsize length;
    ib_secret_peek (self->secret, &length);
    return g_string_sized_new (length + 3 * strlen (self->user) + strlen (self->host) + 128);
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

/* The value of "status" in {"status":"401","schemes":"bearer"}, be it a string or a number; NULL if there is none. Whole
 * JSON is for those who believe what they read. */
static char *
find_status (const char *json)
{
    const char *at = strstr (json, "\"status\"");
    if (at == NULL)
        return NULL;
    at += strlen ("\"status\"");
    at += strspn (at, " \t\r\n:\"");
    gsize length = strcspn (at, " \t\r\n,}\"");
    return length > 0 ? ib_escape_server_text (at, (gssize) length) : NULL;
}

static void
note_refusal (IbSasl *self, const char *challenge)
{
    g_free (self->refusal);
    self->refusal = find_status (challenge);
    if (self->refusal == NULL)
        self->refusal = ib_escape_server_text (challenge, -1);
}

/* A challenge is a refusal with a reason; the server says NO once it has got an answer. */
static GString *
oauthbearer_answer (IbSasl *self, const char *challenge, GError **error)
{
    note_refusal (self, challenge);
    return g_string_new ("\001");
}

static GString *
xoauth2_answer (IbSasl *self, const char *challenge, GError **error)
{
    note_refusal (self, challenge);
    return g_string_new ("");
}

/* LOGIN was never more than a draft: a prompt for the name, a prompt for the password, in whatever words. */
static GString *
login_first (const IbSasl *self)
{
    return g_string_new (self->user);
}

static GString *
login_answer (IbSasl *self, const char *challenge, GError **error)
{
    gsize length;
    const char *password = ib_secret_peek (self->secret, &length);
    return g_string_append_len (new_text (self), password, (gssize) length);
}

static GString *
scram_first (const IbSasl *self)
{
    g_autofree char *first = ib_scram_begin (self->scram);
    return g_string_new (first);
}

static GString *
scram_answer (IbSasl *self, const char *challenge, GError **error)
{
    g_autofree char *answer = ib_scram_answer (self->scram, challenge, error);
    g_free (self->refusal);
    self->refusal = ib_escape_server_text (ib_scram_get_refusal (self->scram), -1);
    return answer != NULL ? g_string_new (answer) : NULL;
}

/* Best first. The token goes to the server in both OAuth2 ways; XOAUTH2 is the one that all providers take. */
static const Mechanism mechanisms[] = {
    { "SCRAM-SHA-256", IB_AUTH_PASSWORD, true, false, scram_first, scram_answer },
    { "PLAIN", IB_AUTH_PASSWORD, false, false, plain_first, NULL },
    { "LOGIN", IB_AUTH_PASSWORD, false, true, login_first, login_answer },
    { "XOAUTH2", IB_AUTH_OAUTH2, false, false, xoauth2_first, xoauth2_answer },
    { "OAUTHBEARER", IB_AUTH_OAUTH2, false, false, oauthbearer_first, oauthbearer_answer },
};

/* --- what they share ----------------------------------------------------------------------------------------- */

GPtrArray *
ib_sasl_list (IbAuth auth, IbSaslOffered is_offered, gpointer user_data)
{
    GPtrArray *list = g_ptr_array_new ();
    for (gsize i = 0; i < G_N_ELEMENTS (mechanisms); i++)
        if (mechanisms[i].auth == auth && is_offered (mechanisms[i].name, user_data))
            g_ptr_array_add (list, (gpointer) mechanisms[i].name);
    return list;
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
    if (self->mechanism->wants_proof)
        self->scram = ib_scram_new (user, secret, NULL);
    return self;
}

const char *
ib_sasl_get_name (const IbSasl *self)
{
    return self->mechanism->name;
}

/* Wipes and frees @text. */
static IbSecret *
encode (GString *text, GError **error)
{
    char *base64 = g_base64_encode ((const guchar *) text->str, text->len);
    gsize encoded = strlen (base64);
    IbSecret *secret = ib_secret_new (base64, encoded, error);
    ib_secret_wipe (base64, encoded);
    ib_secret_wipe (text->str, text->len);
    g_free (base64);
    g_string_free (text, TRUE);
    return secret;
}

IbSecret *
ib_sasl_begin (IbSasl *self, GError **error)
{
    if (self->mechanism->wants_proof && self->scram == NULL) {
        g_set_error_literal (error, IB_SASL_ERROR, IB_SASL_ERROR_BROKEN, "There are no random numbers");
        return NULL;
    }
    return encode (self->mechanism->first (self), error);
}

static IbSecret *
break_off (const IbSasl *self, GError **error)
{
    g_set_error (error, IB_SASL_ERROR,
                 self->mechanism->wants_proof ? IB_SASL_ERROR_UNPROVEN : IB_SASL_ERROR_BROKEN,
                 _ ("it asked what %s does not know"), self->mechanism->name);
    return NULL;
}

IbSecret *
ib_sasl_answer (IbSasl *self, const char *challenge, GError **error)
{
    const Mechanism *mechanism = self->mechanism;
    if (++self->challenges > MOST_CHALLENGES || strlen (challenge) > CHALLENGE_BYTES)
        return break_off (self, error);
    /* Servers that do not care for a first word inside the command ask for it again. */
    if (*challenge == '\0' && self->challenges == 1 && mechanism->auth == IB_AUTH_PASSWORD
        && !mechanism->is_prompted)
        return ib_sasl_begin (self, error);
    self->was_asked = true;
    if (mechanism->answer == NULL)
        return break_off (self, error);

    gsize length = 0;
    g_autofree guchar *decoded = g_base64_decode (challenge, &length);
    g_autofree char *text = g_strndup ((const char *) decoded, length);
    GString *answer = mechanism->answer (self, text, error);
    return answer != NULL ? encode (answer, error) : NULL;
}

bool
ib_sasl_is_one_word (const IbSasl *self)
{
    return self->mechanism->answer == NULL;
}

bool
ib_sasl_is_prompted (const IbSasl *self)
{
    return self->mechanism->is_prompted;
}

bool
ib_sasl_was_asked (const IbSasl *self)
{
    return self->was_asked;
}

bool
ib_sasl_wants_proof (const IbSasl *self)
{
    return self->mechanism->wants_proof;
}

bool
ib_sasl_is_proven (const IbSasl *self)
{
    return !self->mechanism->wants_proof || (self->scram != NULL && ib_scram_is_proven (self->scram));
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
    ib_scram_free (self->scram);
    ib_secret_unref (self->secret);
    g_free (self->user);
    g_free (self->host);
    g_free (self->refusal);
    g_free (self);
}
