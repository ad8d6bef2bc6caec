/* pop3-session.c - from a connected socket to a session that is signed in */
#include "pop3-session.h"

#include "escape.h"
#include "refusal.h"
#include "sasl.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* RFC 2449, 4: longer command lines are refused by some servers. */
#define COMMAND_BYTES 255

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
    return ib_pop3_reader_check_silence (self->reader, error) && ib_pop3_session_send (self, command, error)
           && ib_stream_flush (self->stream, error)
           && ib_pop3_reader_status (self->reader, out_status, out_text, error);
}

IbFetchError
ib_pop3_remedy (const char *text, IbFetchError plain)
{
    static const struct {
        const char *code;
        IbFetchError remedy;
    } codes[] = {
        { "[IN-USE]", IB_FETCH_ERROR_BUSY },   { "[LOGIN-DELAY]", IB_FETCH_ERROR_BUSY },
        { "[SYS/TEMP]", IB_FETCH_ERROR_BUSY }, { "[SYS/PERM]", IB_FETCH_ERROR_SERVER },
        { "[AUTH]", IB_FETCH_ERROR_SIGN_IN },
    };
    /* Not "locked" alone: an account that is locked stays so until its owner does something. */
    static const char *const busy_words[] = {
        "already locked", "lock busy", "maildrop is locked", "mailbox is locked", "mailbox locked",
        "maildrop lock",  "in use",    "already open",       "too many",          "try again later",
        "try later",      "throttl",   "temporar",           "system is busy",    "server is busy",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
        if (g_ascii_strncasecmp (text, codes[i].code, strlen (codes[i].code)) == 0)
            return codes[i].remedy;

    g_autofree char *lower = g_ascii_strdown (text, -1);
    for (gsize i = 0; i < G_N_ELEMENTS (busy_words); i++)
        if (strstr (lower, busy_words[i]) != NULL)
            return IB_FETCH_ERROR_BUSY;
    return plain;
}

bool
ib_pop3_session_refused (IbPop3Session *self, const char *what, const char *text, IbFetchError plain,
                         GError **error)
{
    IbFetchError remedy = ib_pop3_remedy (text, plain);
    g_autofree char *words = ib_escape_server_text (text, -1);

    if (remedy == IB_FETCH_ERROR_BUSY)
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY, _ ("%s is busy and refused %s for now: %s"),
                     self->host, what, words);
    else
        g_set_error (error, IB_FETCH_ERROR, (gint) remedy, _ ("%s refused %s: %s"), self->host, what,
                     *words != '\0' ? words : _ ("it did not say why"));
    return false;
}

static void
step (IbPop3Session *self, IbFetchStep which, const char *text)
{
    self->callbacks->step (which, text, self->callbacks->user_data);
}

/* --- greeting, capabilities, encryption ---------------------------------------------------------------------- */

/* What was said in clear may be anybody's words, so before STLS it is not shown. */
static bool
greet (IbPop3Session *self, bool is_shown, GError **error)
{
    IbPop3Status status;
    const char *text;

    if (!ib_pop3_reader_status (self->reader, &status, &text, error))
        return false;
    if (status != IB_POP3_OK)
        return ib_pop3_session_refused (self, _ ("the connection"), is_shown ? text : "[SYS/TEMP]",
                                        IB_FETCH_ERROR_BUSY, error);

    g_autofree char *words = ib_escape_server_text (is_shown ? text : "", -1);
    step (self, IB_STEP_GREETED, words);
    return true;
}

static void
forget_capabilities (IbPop3Session *self)
{
    self->has_capa = self->has_stls = self->has_pipelining = self->has_top = self->has_uidl = self->has_user
        = false;
    self->has_auth_codes = false;
    g_clear_pointer (&self->mechanisms, g_strfreev);
    g_clear_pointer (&self->capabilities, g_free);
}

/* capability = name *( SP argument )                              RFC 2449, 3 and 6; SASL: RFC 5034, 3 */
static void
note_capability (IbPop3Session *self, const char *line)
{
    const struct {
        const char *name;
        bool *flag;
    } known[] = {
        { "STLS", &self->has_stls }, { "PIPELINING", &self->has_pipelining },
        { "TOP", &self->has_top },   { "UIDL", &self->has_uidl },
        { "USER", &self->has_user }, { "AUTH-RESP-CODE", &self->has_auth_codes },
    };
    g_auto (GStrv) words = g_strsplit_set (line, " \t", -1);

    if (words[0] == NULL)
        return;
    for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
        if (g_ascii_strcasecmp (words[0], known[i].name) == 0)
            *known[i].flag = true;
    if (g_ascii_strcasecmp (words[0], "SASL") != 0)
        return;
    g_strfreev (self->mechanisms);
    self->mechanisms = g_strdupv (words + 1);
}

/* More lines than a server can mean: RFC 2449 has it at a dozen capabilities. */
#define CAPABILITIES 200

static bool
ask_capabilities (IbPop3Session *self, GError **error)
{
    IbPop3Status status;
    const char *text;
    g_autoptr (GString) all = g_string_new (NULL);

    forget_capabilities (self);
    if (!ib_pop3_session_ask (self, "CAPA", &status, &text, error))
        return false;
    self->has_capa = status == IB_POP3_OK;
    for (guint lines = 0; self->has_capa; lines++) {
        if (lines > CAPABILITIES)
            return ib_pop3_reader_fail (self->reader, _ ("the server lists capabilities without an end"),
                                        error);
        if (!ib_pop3_reader_line (self->reader, &text, error))
            return false;
        if (text == NULL)
            break;
        note_capability (self, text);
        g_string_append_printf (all, "%s%s", all->len > 0 ? ", " : "", text);
    }
    self->capabilities = ib_escape_server_text (all->str, -1);
    return true;
}

static bool
start_tls (IbPop3Session *self, GError **error)
{
    if (!ib_stream_start_tls (self->stream, error))
        return false;
    step (self, IB_STEP_TLS, ib_stream_describe_tls (self->stream));
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
    forget_capabilities (self);
    if (status != IB_POP3_OK) {
        g_set_error (
            error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE,
            _ ("%s refused to encrypt the connection (STLS), or somebody on the way did. No password was sent. "
               "Try security=tls."),
            self->host);
        return false;
    }
    return start_tls (self, error);
}

/* --- sign-in ------------------------------------------------------------------------------------------------- */

/* How a way in ended. WRONG_FORM: the command was not understood, so it may be tried in two steps; NOT_OFFERED: the server
 * has not got it after all, and the next may be tried. */
typedef enum { SIGNED_IN, REFUSED, WRONG_FORM, NOT_OFFERED } Outcome;

/* @before and a secret, as a line. */
static bool
send_secret (IbPop3Session *self, const char *before, const IbSecret *secret, GError **error)
{
    gsize length;
    const char *bytes = ib_secret_peek (secret, &length);
    return ib_stream_write (self->stream, before, strlen (before), error)
           && ib_stream_write (self->stream, bytes, length, error)
           && ib_stream_write (self->stream, "\r\n", 2, error) && ib_stream_flush (self->stream, error);
}

/* A mechanism was broken off, and so is the session. */
static bool
distrust (IbPop3Session *self, const IbSasl *sasl, const GError *why, GError **error)
{
    if (!g_error_matches (why, IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN)) {
        g_autofree char *text
            = g_strdup_printf (_ ("the server breaks the rules of signing in: %s"), why->message);
        return ib_pop3_reader_fail (self->reader, text, error);
    }
    g_set_error (
        error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE,
        _ ("%s may not be the server that it says it is: in the sign-in by %s %s. The password was not "
           "sent, and is not sent in another way."),
        self->host, ib_sasl_get_name (sasl), why->message);
    return false;
}

/* Answers what the server asks until it has said +OK or -ERR. A question may also be a reason why it will refuse
 * (XOAUTH2). */
static bool
converse (IbPop3Session *self, IbSasl *sasl, bool *has_begun, IbPop3Status *out_status, const char **out_text,
          GError **error)
{
    for (;;) {
        g_autoptr (GError) broken = NULL;
        if (!ib_pop3_reader_status (self->reader, out_status, out_text, error))
            return false;
        if (*out_status != IB_POP3_CONTINUE)
            return true;
        g_autoptr (IbSecret) word
            = *has_begun ? ib_sasl_answer (sasl, *out_text, &broken) : ib_sasl_begin (sasl, &broken);
        *has_begun = true;
        if (word == NULL)
            return distrust (self, sasl, broken, error);
        if (!send_secret (self, "", word, error))
            return false;
    }
}

/* What the last word on an exchange means. @was_sent: our first word had gone out on a line of its own, so that a refusal
 * is one of the secret and not of the command's form. */
static Outcome
judge (const IbSasl *sasl, IbPop3Status status, const char *text, bool was_sent)
{
    if (status == IB_POP3_OK)
        return ib_refusal_is_disguised (text) ? REFUSED : SIGNED_IN;
    IbFetchError remedy = ib_pop3_remedy (text, IB_FETCH_ERROR_MESSAGE);
    if (ib_sasl_was_asked (sasl) || ib_refusal_is_passing (text)
        || (remedy != IB_FETCH_ERROR_MESSAGE && remedy != IB_FETCH_ERROR_SIGN_IN))
        return REFUSED;
    /* A server without this user's SCRAM keys can only refuse before it asks; a wrong password shows later. */
    if (ib_sasl_wants_proof (sasl) && (was_sent || remedy == IB_FETCH_ERROR_SIGN_IN))
        return NOT_OFFERED;
    return was_sent || remedy == IB_FETCH_ERROR_SIGN_IN ? REFUSED : WRONG_FORM;
}

/* The whole of one exchange. @word: the first word goes with the command; NULL: once the server asks for it. */
static bool
exchange (IbPop3Session *self, IbSasl *sasl, const IbSecret *word, Outcome *out_outcome,
          const char **out_text, GError **error)
{
    g_autofree char *command
        = g_strconcat ("AUTH ", ib_sasl_get_name (sasl), word != NULL ? " " : "\r\n", NULL);
    bool has_begun = word != NULL;
    IbPop3Status status;

    if (!ib_pop3_reader_check_silence (self->reader, error)
        || (word != NULL ? !send_secret (self, command, word, error)
                         : !ib_stream_write (self->stream, command, strlen (command), error)
                               || !ib_stream_flush (self->stream, error))
        || !converse (self, sasl, &has_begun, &status, out_text, error))
        return false;
    *out_outcome = judge (sasl, status, *out_text, word == NULL && has_begun);
    if (*out_outcome != SIGNED_IN || ib_sasl_is_proven (sasl))
        return true;
    g_autoptr (GError) unproven = g_error_new_literal (
        IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN, _ ("it said OK without a proof that it knows the password"));
    return distrust (self, sasl, unproven, error);
}

/* One step saves a round trip, two go everywhere; Microsoft takes XOAUTH2 in two only. */
static bool
may_sign_in_at_once (IbPop3Session *self, const IbSasl *sasl, const IbSecret *word)
{
    gsize length;
    (void) ib_secret_peek (word, &length);
    return self->has_auth_codes && self->request->account->auth == IB_AUTH_PASSWORD
           && !ib_sasl_is_prompted (sasl)
           && strlen ("AUTH  \r\n") + strlen (ib_sasl_get_name (sasl)) + length <= COMMAND_BYTES;
}

static bool
sign_in_by_sasl (IbPop3Session *self, const char *mechanism, char **out_status, Outcome *out_outcome,
                 const char **out_text, GError **error)
{
    const IbAccount *account = self->request->account;
    g_autoptr (IbSasl) sasl = ib_sasl_new (mechanism, account->user, self->request->secret, self->host,
                                           ib_account_port (account));
    g_autoptr (GError) broken = NULL;
    g_autoptr (IbSecret) word = ib_sasl_begin (sasl, &broken);
    if (word == NULL)
        return distrust (self, sasl, broken, error);
    *out_outcome = WRONG_FORM;
    if (may_sign_in_at_once (self, sasl, word) && !exchange (self, sasl, word, out_outcome, out_text, error))
        return false;
    if (*out_outcome == WRONG_FORM && !exchange (self, sasl, NULL, out_outcome, out_text, error))
        return false;
    if (*out_outcome == WRONG_FORM)
        *out_outcome = NOT_OFFERED;
    *out_status = g_strdup (ib_sasl_get_refusal (sasl));
    return true;
}

static bool
sign_in_by_pass (IbPop3Session *self, Outcome *out_outcome, const char **out_text, GError **error)
{
    g_autofree char *user = g_strconcat ("USER ", self->request->account->user, NULL);
    IbPop3Status status;

    if (!ib_pop3_session_ask (self, user, &status, out_text, error))
        return false;
    if (status == IB_POP3_OK
        && (!send_secret (self, "PASS ", self->request->secret, error)
            || !ib_pop3_reader_status (self->reader, &status, out_text, error)))
        return false;
    *out_outcome = status == IB_POP3_OK && !ib_refusal_is_disguised (*out_text) ? SIGNED_IN : REFUSED;
    return true;
}

static bool
is_offered (const char *mechanism, gpointer user_data)
{
    const IbPop3Session *self = user_data;
    for (char **offered = self->mechanisms; offered != NULL && *offered != NULL; offered++)
        if (g_ascii_strcasecmp (*offered, mechanism) == 0)
            return true;
    return false;
}

/* What a sign-in came to. */
typedef struct {
    Outcome outcome;
    char *way;        /* "AUTH PLAIN" */
    char *status;     /* what the mechanism was told, "401"; or NULL */
    const char *text; /* the server's last words, until it is read again */
} Attempt;

static void
attempt_clear (Attempt *attempt)
{
    g_clear_pointer (&attempt->way, g_free);
    g_clear_pointer (&attempt->status, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attempt, attempt_clear)

/* SASL where the server offers it, best first; USER and PASS where it has not got it, or does not know what it offers. */
static bool
try_ways (IbPop3Session *self, Attempt *attempt, GError **error)
{
    IbAuth auth = self->request->account->auth;
    g_autoptr (GPtrArray) mechanisms = ib_sasl_list (auth, is_offered, self);

    for (guint i = 0; attempt->outcome == NOT_OFFERED && i < mechanisms->len; i++) {
        attempt_clear (attempt);
        attempt->way = g_strconcat ("AUTH ", mechanisms->pdata[i], NULL);
        if (!sign_in_by_sasl (self, mechanisms->pdata[i], &attempt->status, &attempt->outcome, &attempt->text,
                              error))
            return false;
    }
    if (attempt->outcome != NOT_OFFERED || auth != IB_AUTH_PASSWORD || (self->has_capa && !self->has_user))
        return true;
    attempt_clear (attempt);
    attempt->way = g_strdup ("USER");
    return sign_in_by_pass (self, &attempt->outcome, &attempt->text, error);
}

static bool
check_user (IbPop3Session *self, GError **error)
{
    const char *user = self->request->account->user;
    if (*user != '\0' && strpbrk (user, "\r\n") == NULL)
        return true;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
                 _ ("user= for %s is empty or has a line break in it"), self->host);
    return false;
}

static bool
no_way_in (IbPop3Session *self, GError **error)
{
    g_set_error (
        error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
        self->request->account->auth == IB_AUTH_PASSWORD
            ? _ ("%s takes no password here. Sign in with the browser (auth=oauth2).")
            : _ ("%s offers no sign-in with the browser over POP3. Use an app password (auth=password)."),
        self->host);
    return false;
}

/* Some servers close the line on a wrong password, without a word. */
static bool
hung_up (IbPop3Session *self, GError **error)
{
    if (!g_error_matches (ib_stream_get_error (self->stream), IB_STREAM_ERROR, IB_STREAM_ERROR_EOF))
        return false;
    g_clear_error (error);
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE,
                 _ ("%s closed the connection instead of answering the sign-in; some servers do so when the "
                    "password or token is wrong"),
                 self->host);
    return false;
}

static bool
refuse (IbPop3Session *self, const Attempt *attempt, GError **error)
{
    const char *advice = ib_refusal_advice (attempt->text);
    g_autofree char *words = ib_escape_server_text (attempt->text, -1);
    g_autofree char *status = attempt->status != NULL && *attempt->status != '\0'
                                  ? g_strdup_printf (_ (" (status %s)"), attempt->status)
                                  : g_strdup ("");
    g_autoptr (GError) refusal = NULL;
    if (ib_refusal_is_passing (attempt->text)) {
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY,
                     _ ("%s is busy and signs nobody in for now: %s"), self->host, words);
        return false;
    }
    if (advice != NULL) {
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN, _ ("%s: %s%s. The server said: %s"),
                     self->host, advice, status, words);
        return false;
    }
    g_autofree char *what = g_strdup_printf (_ ("to sign in %s%s"), self->request->account->user, status);
    ib_pop3_session_refused (self, what, attempt->text, IB_FETCH_ERROR_SIGN_IN, &refusal);
    if (g_error_matches (refusal, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN))
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
                     self->request->account->auth == IB_AUTH_PASSWORD
                         ? _ ("%s (check user= and the password; many providers want an app password)")
                         : _ ("%s (sign in again)"),
                     refusal->message);
    else
        g_propagate_error (error, g_steal_pointer (&refusal));
    return false;
}

static bool
sign_in (IbPop3Session *self, GError **error)
{
    g_auto (Attempt) attempt = { .outcome = NOT_OFFERED, .text = "" };

    if (!check_user (self, error))
        return false;
    if (!try_ways (self, &attempt, error))
        return hung_up (self, error);
    if (attempt.outcome == NOT_OFFERED && attempt.way == NULL)
        return no_way_in (self, error);
    if (attempt.outcome != SIGNED_IN)
        return refuse (self, &attempt, error);
    g_autofree char *words = g_strdup_printf ("%s as %s", attempt.way, self->request->account->user);
    step (self, IB_STEP_SIGNED_IN, words);
    return true;
}

/* --- the road ------------------------------------------------------------------------------------------------ */

static bool
may_speak_in_clear (IbPop3Session *self, GError **error)
{
    if (ib_account_may_be_plaintext (self->request->account))
        return true;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE,
                 _ ("security=none to %s would send the password unencrypted. Use security=tls."),
                 self->host);
    return false;
}

static bool
connect_safely (IbPop3Session *self, GError **error)
{
    switch (self->request->account->security) {
    case IB_SECURITY_TLS:
        return start_tls (self, error) && greet (self, true, error);
    case IB_SECURITY_STARTTLS:
        return greet (self, false, error) && upgrade (self, error);
    case IB_SECURITY_NONE:
        return may_speak_in_clear (self, error) && greet (self, true, error);
    }
    g_assert_not_reached ();
}

/* Some servers say more once they know who asks, LOGIN-DELAY for one. */
static bool
ask_capabilities_again (IbPop3Session *self, GError **error)
{
    g_autofree char *before = g_strdup (self->capabilities);
    if (!ask_capabilities (self, error))
        return false;
    if (strcmp (before, self->capabilities) != 0)
        step (self, IB_STEP_CAPABILITIES, self->capabilities);
    return true;
}

static bool
travel (IbPop3Session *self, GError **error)
{
    ib_stream_set_deadline (self->stream, IB_LIMIT_SIGN_IN_MS);
    if (!connect_safely (self, error) || !ask_capabilities (self, error))
        return false;
    step (self, IB_STEP_CAPABILITIES, self->capabilities);
    if (!sign_in (self, error) || !ask_capabilities_again (self, error))
        return false;
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
    return travel (self, error) ? g_steal_pointer (&self) : NULL;
}

void
ib_pop3_session_free (IbPop3Session *self)
{
    if (self == NULL)
        return;
    ib_pop3_reader_free (self->reader);
    forget_capabilities (self);
    g_free (self);
}
