/* pop3-session.c - from a connected socket to a session that is signed in */
#include "pop3-session.h"

#include "escape.h"
#include "face.h"
#include "refusal.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* --- commands and refusals ---------------------------------------------------------------------------------- */

bool
ib_pop3_session_send (IbPop3Session *self, const char *command, GError **error)
{
    return ib_stream_write (self->stream, command, strlen (command), error)
           && ib_stream_write (self->stream, "\r\n", 2, error);
}

bool
ib_pop3_session_ask (IbPop3Session *self, const char *command, IbPop3Status *out_status,
                     const char **out_text, GError **error)
{
    return (ib_pop3_session_was_sent (self, command)
            || (ib_pop3_session_check_silence (self, error) && ib_pop3_session_send (self, command, error)
                && ib_stream_flush (self->stream, error)))
           && ib_pop3_reader_status (self->reader, out_status, out_text, error);
}

/* resp-code = "[" resp-level *( "/" resp-level ) "]"              RFC 2449, 8: what stands below @code is a kind of it */
static bool
has_code (const char *text, const char *code)
{
    gsize length = strlen (code);
    return g_ascii_strncasecmp (text, code, length) == 0 && (text[length] == ']' || text[length] == '/');
}

IbFetchError
ib_pop3_remedy (const char *text, IbFetchError plain)
{
    static const struct {
        const char *code;
        IbFetchError remedy;
    } codes[] = {
        { "[IN-USE", IB_FETCH_ERROR_BUSY },   { "[LOGIN-DELAY", IB_FETCH_ERROR_BUSY },
        { "[SYS/TEMP", IB_FETCH_ERROR_BUSY }, { "[SYS/PERM", IB_FETCH_ERROR_SERVER },
        { "[AUTH", IB_FETCH_ERROR_SIGN_IN },
    };
    /* Not "locked" alone: an account that is locked stays so until its owner does something. */
    static const char *const busy_words[] = {
        "already locked", "lock busy",   "maildrop is locked", "mailbox is locked",
        "mailbox locked", "queue full",  "maildrop lock",      "in use",
        "already open",   "too many",    "try again later",    "try later",
        "throttl",        "temporar",    "system is busy",     "server is busy",
        "can't lock",     "cannot lock", "could not lock",     "couldn't lock",
        "unable to lock",
    };
    /* What only the server's owner can mend, without a word about who asks. */
    static const char *const broken_words[] = {
        "damaged",
        "corrupt",
        "can't open mail",
        "cannot open mail",
        "could not open mail",
        "unable to open mail",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (has_code (text, codes[i].code))
            return codes[i].remedy;

    g_autofree char *lower = g_ascii_strdown (text, -1);
    for (gsize i = 0; i < G_N_ELEMENTS (busy_words); i++)
        if (strstr (lower, busy_words[i]) != NULL)
            return IB_FETCH_ERROR_BUSY;
    for (gsize i = 0; i < G_N_ELEMENTS (broken_words); i++)
        if (strstr (lower, broken_words[i]) != NULL)
            return IB_FETCH_ERROR_SERVER;
    return plain;
}

void
ib_pop3_session_tell_backoff (IbPop3Session *self, const char *text)
{
    gint64 seconds = ib_refusal_backoff_s (text);
    if (seconds > 0 && self->callbacks->backoff != NULL)
        self->callbacks->backoff (seconds, self->callbacks->user_data);
}

bool
ib_pop3_session_refused (IbPop3Session *self, const char *what, const char *text, IbFetchError plain,
                         GError **error)
{
    IbFetchError remedy = ib_pop3_remedy (text, plain);
    if (remedy == IB_FETCH_ERROR_BUSY)
        ib_pop3_session_tell_backoff (self, text);
    g_autofree char *words = ib_escape_server_text (text, -1);

    if (remedy == IB_FETCH_ERROR_BUSY)
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY, _ ("%s is busy and refused %s for now: %s"),
                     self->host, what, words);
    else
        g_set_error (error, IB_FETCH_ERROR, (gint) remedy, _ ("%s refused %s: %s"), self->host, what,
                     *words != '\0' ? words : _ ("it did not say why"));
    return false;
}

void
ib_pop3_session_step (IbPop3Session *self, IbFetchStep which, const char *text)
{
    self->callbacks->step (which, text, self->callbacks->user_data);
}

/* What was said in clear before STLS may be anybody's words, so it is not shown. */
static const char *
shown (const IbPop3Session *self, const char *text, const char *otherwise)
{
    bool is_anybodys
        = self->request->account->security == IB_SECURITY_STARTTLS && !ib_stream_is_encrypted (self->stream);
    return is_anybodys ? otherwise : text;
}

/* Nothing is read behind it: whatever it says, it ends the session. */
static bool
refused_connection (IbPop3Session *self, const char *text, GError **error)
{
    return ib_pop3_session_refused (self, _ ("the connection"), shown (self, text, "[SYS/TEMP]"),
                                    IB_FETCH_ERROR_BUSY, error);
}

/* Some open the maildrop after they said that one is signed in, and end the session with -ERR if they cannot (Dovecot), whatever they
 * are asked meanwhile: by the code it is told from a word about something else. */
static bool
takes_sign_in_back (const char *text)
{
    IbFetchError remedy = ib_pop3_remedy (text, IB_FETCH_ERROR_MESSAGE);
    return *text == '[' && (remedy == IB_FETCH_ERROR_BUSY || remedy == IB_FETCH_ERROR_SERVER);
}

static bool
refused_mail (IbPop3Session *self, const char *text, GError **error)
{
    return ib_pop3_session_refused (self, _ ("to give the mail"), text, IB_FETCH_ERROR_SERVER, error);
}

bool
ib_pop3_session_check_silence (IbPop3Session *self, GError **error)
{
    char byte;
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_has_more (self->reader))
        return true;
    if (!ib_pop3_reader_peek (self->reader, &byte, error))
        return false;
    if (byte != '-')
        return ib_pop3_reader_check_silence (self->reader, error);
    if (!ib_pop3_reader_status (self->reader, &status, &text, error))
        return false;
    if (!self->is_signed_in)
        return refused_connection (self, text, error);
    return takes_sign_in_back (text)
               ? refused_mail (self, text, error)
               : ib_pop3_reader_fail (self->reader, _ ("the server answered more than it was asked"), error);
}

/* --- greeting, capabilities, encryption ---------------------------------------------------------------------- */

static bool
greet (IbPop3Session *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->reader, &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return refused_connection (self, text, error);

    g_autofree char *words = ib_escape_server_text (shown (self, text, ""), -1);
    ib_pop3_session_step (self, IB_STEP_GREETED, words);
    return true;
}

void
ib_pop3_session_forget_capabilities (IbPop3Session *self)
{
    self->has_capa = self->has_stls = self->has_pipelining = self->has_top = self->has_uidl = self->has_user
        = false;
    self->has_auth_codes = self->has_utf8 = false;
    self->login_delay_s = 0;
    g_clear_pointer (&self->mechanisms, g_strfreev);
    g_clear_pointer (&self->capabilities, g_free);
}

/* capability = name *( SP argument )                              RFC 2449, 3 and 6; SASL: RFC 5034, 3 */
void
ib_pop3_session_note_capability (IbPop3Session *self, const char *line)
{
    const struct {
        const char *name;
        bool *flag;
    } known[] = {
        { "STLS", &self->has_stls }, { "PIPELINING", &self->has_pipelining },
        { "TOP", &self->has_top },   { "UIDL", &self->has_uidl },
        { "USER", &self->has_user }, { "AUTH-RESP-CODE", &self->has_auth_codes },
        { "UTF8", &self->has_utf8 },
    };
    g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);

    if (words[0] == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
        if (g_ascii_strcasecmp (words[0], known[i].name) == 0)
            *known[i].flag = true;
    /* LOGIN-DELAY seconds ["USER"]: asked again after the sign-in, it is this user's. */
    if (g_ascii_strcasecmp (words[0], "LOGIN-DELAY") == 0 && words[1] != NULL)
        self->login_delay_s = (gint64) MIN (g_ascii_strtoull (words[1], NULL, 10), IB_LIMIT_BACKOFF_S);
    if (g_ascii_strcasecmp (words[0], "SASL") != 0)
        return;
    g_strfreev (self->mechanisms);
    self->mechanisms = g_strdupv (words + 1);
}

/* More lines than a server can mean: RFC 2449 has it at a dozen capabilities. */
#define CAPABILITIES 200

/* For the next time; only what can be kept and shown as it is. */
static void
keep_line (GString *offers, const char *line)
{
    for (const char *c = line; *c != '\0'; c++)
        if (!g_ascii_isprint (*c))
            return;
    g_string_append_printf (offers, "%s%s", offers->len > 0 ? "\n" : "", line);
}

static bool
ask_capabilities (IbPop3Session *self, GError **error)
{
    IbPop3Status status;
    const char *text;
    g_autoptr (GString) all = g_string_new (NULL), offers = g_string_new (NULL);

    ib_pop3_session_forget_capabilities (self);
    if (!ib_pop3_session_ask (self, "CAPA", &status, &text, error))
        return false;
    if (status == IB_POP3_ERR && self->is_signed_in && takes_sign_in_back (text))
        return refused_mail (self, text, error);
    self->has_capa = status == IB_POP3_OK;
    for (guint lines = 0; self->has_capa; lines++) {
        if (lines > CAPABILITIES)
            return ib_pop3_reader_fail (self->reader, _ ("the server lists capabilities without an end"),
                                        error);
        if (!ib_pop3_reader_line (self->reader, &text, error))
            return false;
        if (text == NULL)
            break;
        ib_pop3_session_note_capability (self, text);
        g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", text);
        keep_line (offers, text);
    }
    self->capabilities = ib_escape_server_text (all->str, -1);
    g_free (self->offers);
    self->offers = g_string_free (g_steal_pointer (&offers), FALSE);
    return true;
}

static bool
start_tls (IbPop3Session *self, GError **error)
{
    if (!ib_stream_start_tls (self->stream, error))
        return false;
    ib_pop3_session_step (self, IB_STEP_TLS, ib_stream_describe_tls (self->stream));
    return true;
}

/* A CAPA without STLS may be somebody's on the way, so STLS is asked for anyway; only its refusal counts, and then there
 * is no way on. */
static bool
upgrade (IbPop3Session *self, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ask_capabilities (self, error) || !ib_pop3_session_ask (self, "STLS", &status, &text, error))
        return false;
    ib_pop3_session_forget_capabilities (self);
    if (status != IB_POP3_OK) {
        g_set_error (
            error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE,
            ib_face_words (
                _ ("%s refused to encrypt the connection (STLS), or somebody on the way did. No password was sent. "
                   "Try security=tls."),
                _ ("%s refused to encrypt the connection (STLS), or somebody on the way did. No password was sent. "
                   "Choose TLS as the security.")),
            self->host);
        return false;
    }
    return start_tls (self, error);
}

/* --- the road ------------------------------------------------------------------------------------------------ */

static bool
may_speak_in_clear (IbPop3Session *self, GError **error)
{
    if (ib_account_may_be_plaintext (self->request->account))
        return true;
    g_set_error (
        error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE,
        ib_face_words (
            _ ("security=none to %s would send the password unencrypted. Use security=tls."),
            _ ("Without security the password would go to %s unencrypted. Choose TLS as the security.")),
        self->host);
    return false;
}

static bool
connect_safely (IbPop3Session *self, GError **error)
{
    switch (self->request->account->security) {
    case IB_SECURITY_TLS:
        return start_tls (self, error) && ib_pop3_session_run_ahead (self, error) && greet (self, error);
    case IB_SECURITY_STARTTLS:
        return greet (self, error) && upgrade (self, error) && ib_pop3_session_run_ahead (self, error);
    case IB_SECURITY_NONE:
        return may_speak_in_clear (self, error) && ib_pop3_session_run_ahead (self, error)
               && greet (self, error);
    }
    g_assert_not_reached ();
}

/* Mail whose header has more than ASCII in it comes as it is to who says UTF8, before he signs in (RFC 6856, 2). Others get
 * a note in its place from Courier, with the mail inside. A refusal changes nothing; what else goes wrong is told of, as this may
 * be why. */
static bool
accept_utf8 (IbPop3Session *self, GError **error)
{
    const char *ahead = ib_pop3_session_peek_ahead (self);
    bool was_sent = g_strcmp0 (ahead, "UTF8") == 0;
    IbPop3Status status;
    const char *text;

    if (!was_sent && (!self->has_utf8 || self->request->without_utf8))
        return true;
    if (!was_sent && ahead != NULL) /* the sign-in is on its way: once more, and asking first */
        return ib_pop3_reader_fail (self->reader, _ ("the server offers more than before (UTF8)"), error);
    bool is_answered = ib_pop3_session_ask (self, "UTF8", &status, &text, error);
    if (is_answered && status != IB_POP3_CONTINUE)
        return true;
    if (!was_sent)
        ib_pop3_session_step (self, IB_STEP_BROKE_AT_UTF8, "");
    /* It would take the user's name for something else, and then refuse the password. */
    return is_answered
           && ib_pop3_reader_fail (self->reader, _ ("the server gives its answers out of step"), error);
}

/* Some servers say more once they know who asks, LOGIN-DELAY for one. */
static bool
ask_capabilities_again (IbPop3Session *self, GError **error)
{
    g_autofree char *before = g_strdup (self->capabilities), *offers = g_strdup (self->offers);
    if (!ask_capabilities (self, error))
        return false;
    if (strcmp (before, self->capabilities) != 0)
        ib_pop3_session_step (self, IB_STEP_CAPABILITIES, self->capabilities);
    g_free (self->offers);
    self->offers = g_steal_pointer (&offers);
    return true;
}

static void
tell_terms (IbPop3Session *self)
{
    const IbServerTerms terms = { .login_delay_s = self->login_delay_s };
    if (self->callbacks->terms != NULL)
        self->callbacks->terms (&terms, self->callbacks->user_data);
}

static bool
travel (IbPop3Session *self, GError **error)
{
    ib_stream_set_deadline (self->stream, IB_LIMIT_SIGN_IN_MS);
    if (!connect_safely (self, error) || !ask_capabilities (self, error))
        return false;
    ib_pop3_session_step (self, IB_STEP_CAPABILITIES, self->capabilities);
    if (!accept_utf8 (self, error) || !ib_pop3_sign_in (self, error))
        return false;
    self->is_signed_in = true;
    if (!ask_capabilities_again (self, error))
        return false;
    ib_pop3_session_tell_offers (self);
    tell_terms (self);
    ib_stream_set_deadline (self->stream, 0);
    return true;
}

IbPop3Session *
ib_pop3_session_open (IbStream *stream, const IbFetchRequest *request, const IbFetchCallbacks *callbacks,
                      GError **error)
{
    g_autoptr (IbPop3Session) self = g_new0 (IbPop3Session, 1);
    self->stream = stream;
    self->request = request;
    self->callbacks = callbacks;
    self->host = request->account->host;
    self->reader = ib_pop3_reader_new (stream);
    self->ahead = g_ptr_array_new_with_free_func (g_free);
    return travel (self, error) ? g_steal_pointer (&self) : NULL;
}

void
ib_pop3_session_free (IbPop3Session *self)
{
    if (self == NULL)
        return;
    ib_pop3_reader_free (self->reader);
    g_ptr_array_unref (self->ahead);
    g_free (self->ahead_way);
    g_free (self->ahead_words);
    g_free (self->offers);
    ib_pop3_session_forget_capabilities (self);
    g_free (self);
}
