/* pop3-sign-in.c - the ways in: SASL, and USER and PASS */
#include "pop3-session.h"

#include "escape.h"
#include "face.h"
#include "refusal.h"
#include "sasl.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* RFC 2449, 4: longer command lines are refused by some servers. */
#define COMMAND_BYTES 255

/* How a way in ended. WRONG_FORM: the command was not understood, so it may be tried in two steps; NOT_OFFERED: the server
 * has not got it after all, and the next may be tried. */
typedef enum { SIGNED_IN, REFUSED, WRONG_FORM, NOT_OFFERED } Outcome;

/* @before and a secret, as a line that the next flush sends. */
static bool
add_secret (IbPop3Session *self, const char *before, const IbSecret *secret, GError **error)
{
    gsize length;
    const char *bytes = ib_secret_peek (secret, &length);
    return ib_stream_write (self->stream, before, strlen (before), error)
           && ib_stream_write (self->stream, bytes, length, error)
           && ib_stream_write (self->stream, "\r\n", 2, error);
}

static bool
send_secret (IbPop3Session *self, const char *before, const IbSecret *secret, GError **error)
{
    return add_secret (self, before, secret, error) && ib_stream_flush (self->stream, error);
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

    if (!ib_pop3_session_check_silence (self, error)
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
    if (may_sign_in_at_once (self, sasl, word)) {
        if (!exchange (self, sasl, word, out_outcome, out_text, error))
            return false;
        self->is_smooth &= *out_outcome != WRONG_FORM;
    }
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
        && (!ib_pop3_session_check_silence (self, error)
            || !send_secret (self, "PASS ", self->request->secret, error)
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

/* Some list no way in at all, and have this one. In clear, where a server that lists none means it, nothing is sent. */
static bool
may_have_user (const IbPop3Session *self)
{
    return !self->has_capa || self->has_user
           || (self->mechanisms == NULL && ib_stream_is_encrypted (self->stream));
}

/* SASL where the server offers it, best first; USER and PASS where it has not got it, or does not know what it offers. */
static bool
try_ways (IbPop3Session *self, Attempt *attempt, GError **error)
{
    IbAuth auth = self->request->account->auth;
    g_autoptr (GPtrArray) mechanisms = ib_sasl_list (auth, is_offered, self);

    self->is_smooth = self->has_capa && self->ahead_way == NULL;
    for (guint i = 0; attempt->outcome == NOT_OFFERED && i < mechanisms->len; i++) {
        attempt_clear (attempt);
        self->is_smooth &= i == 0;
        attempt->way = g_strconcat ("AUTH ", mechanisms->pdata[i], NULL);
        if (!sign_in_by_sasl (self, mechanisms->pdata[i], &attempt->status, &attempt->outcome, &attempt->text,
                              error))
            return false;
    }
    if (attempt->outcome != NOT_OFFERED || auth != IB_AUTH_PASSWORD || !may_have_user (self))
        return true;
    attempt_clear (attempt);
    self->is_smooth &= mechanisms->len == 0;
    attempt->way = g_strdup ("USER");
    return sign_in_by_pass (self, &attempt->outcome, &attempt->text, error);
}

/* --- ahead --------------------------------------------------------------------------------------------------- */

static bool
is_user_sound (const IbPop3Session *self)
{
    const char *user = self->request->account->user;
    return *user != '\0' && strpbrk (user, "\r\n") == NULL;
}

/* Only what the server has no question about. */
static bool
send_mechanism_ahead (IbPop3Session *self, const char *mechanism, bool *out_is_sent, GError **error)
{
    const IbAccount *account = self->request->account;
    g_autoptr (IbSasl) sasl = ib_sasl_new (mechanism, account->user, self->request->secret, self->host,
                                           ib_account_port (account));
    g_autoptr (IbSecret) word = ib_sasl_is_one_word (sasl) ? ib_sasl_begin (sasl, NULL) : NULL;
    if (word == NULL || !may_sign_in_at_once (self, sasl, word))
        return true;
    g_autofree char *command = g_strdup_printf ("AUTH %s ", mechanism);
    self->ahead_way = g_strdup_printf ("AUTH %s", mechanism);
    *out_is_sent = true;
    g_ptr_array_add (self->ahead, g_strdup ("AUTH"));
    return add_secret (self, command, word, error);
}

static bool
send_pass_ahead (IbPop3Session *self, bool *out_is_sent, GError **error)
{
    g_autofree char *user = g_strconcat ("USER ", self->request->account->user, NULL);
    self->ahead_way = g_strdup ("USER");
    *out_is_sent = true;
    g_ptr_array_add (self->ahead, g_strdup ("USER"));
    g_ptr_array_add (self->ahead, g_strdup ("PASS"));
    return ib_pop3_session_send (self, user, error)
           && add_secret (self, "PASS ", self->request->secret, error);
}

bool
ib_pop3_sign_in_ahead (IbPop3Session *self, bool *out_is_sent, GError **error)
{
    IbAuth auth = self->request->account->auth;
    g_autoptr (GPtrArray) mechanisms = ib_sasl_list (auth, is_offered, self);
    if (!is_user_sound (self))
        return true;
    if (mechanisms->len > 0)
        return send_mechanism_ahead (self, mechanisms->pdata[0], out_is_sent, error);
    return auth != IB_AUTH_PASSWORD || !self->has_user || send_pass_ahead (self, out_is_sent, error);
}

/* What the answer to it means, now that it is known what the server offers. */
static Outcome
judge_ahead (IbPop3Session *self, IbPop3Status status, const char *text)
{
    const char *mechanism = strchr (self->ahead_way, ' ');
    bool is_there = mechanism != NULL ? is_offered (mechanism + 1, self) : self->has_user;
    if (status == IB_POP3_OK)
        return ib_refusal_is_disguised (text) ? REFUSED : SIGNED_IN;
    IbFetchError remedy = ib_pop3_remedy (text, IB_FETCH_ERROR_MESSAGE);
    if (ib_refusal_is_passing (text)
        || (remedy != IB_FETCH_ERROR_MESSAGE && remedy != IB_FETCH_ERROR_SIGN_IN))
        return REFUSED;
    /* With AUTH-RESP-CODE a wrong password says so. */
    bool may_be_form = mechanism != NULL && remedy == IB_FETCH_ERROR_MESSAGE;
    return is_there && !may_be_form ? REFUSED : NOT_OFFERED;
}

/* The answer that decides: that to PASS, unless there was no such user. */
static bool
hear_sign_in_ahead (IbPop3Session *self, IbPop3Status *out_status, const char **out_text, GError **error)
{
    if (strchr (self->ahead_way, ' ') != NULL)
        return ib_pop3_session_ask (self, "AUTH", out_status, out_text, error);
    if (!ib_pop3_session_ask (self, "USER", out_status, out_text, error))
        return false;
    IbPop3Status user = *out_status;
    self->ahead_words = g_strdup (*out_text);
    if (!ib_pop3_session_ask (self, "PASS", out_status, out_text, error))
        return false;
    if (user != IB_POP3_ERR)
        return true;
    *out_status = user;
    *out_text = self->ahead_words;
    return true;
}

/* Reads what came of it. NOT_OFFERED: all other ways are open. */
static bool
read_sign_in_ahead (IbPop3Session *self, Attempt *attempt, GError **error)
{
    IbPop3Status status;
    if (!hear_sign_in_ahead (self, &status, &attempt->text, error))
        return false;
    if (status == IB_POP3_CONTINUE)
        return ib_pop3_reader_fail (self->reader, _ ("the server asks for more than before to sign in"),
                                    error);
    attempt->outcome = judge_ahead (self, status, attempt->text);
    self->is_smooth = attempt->outcome == SIGNED_IN;
    if (attempt->outcome != NOT_OFFERED) {
        attempt->way = g_strdup (self->ahead_way);
        return true;
    }
    attempt->text = "";
    return ib_pop3_session_drop_ahead (self, error);
}

/* --- all of it ----------------------------------------------------------------------------------------------- */

static bool
check_user (IbPop3Session *self, GError **error)
{
    if (is_user_sound (self))
        return true;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
                 ib_face_words (_ ("user= for %s is empty or has a line break in it"),
                                _ ("The user name for %s is empty or has a line break in it")),
                 self->host);
    return false;
}

static bool
no_way_in (IbPop3Session *self, GError **error)
{
    g_set_error (
        error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
        self->request->account->auth == IB_AUTH_PASSWORD
            ? ib_face_words (_ ("%s takes no password here. Sign in with the browser (auth=oauth2)."),
                             _ ("%s takes no password here. Sign in with the browser."))
            : ib_face_words (
                _ ("%s offers no sign-in with the browser over POP3. Use an app password (auth=password)."),
                _ ("%s offers no sign-in with the browser over POP3. Use an app password.")),
        self->host);
    return false;
}

/* Some servers close the line on a wrong password, without a word. */
static bool
hung_up (IbPop3Session *self, GError **error)
{
    if (!g_error_matches (ib_stream_get_error (self->stream), IB_STREAM_ERROR, IB_STREAM_ERROR_EOF))
        return false;
    g_autofree char *told = ib_refusal_by_silence (self->host);
    g_clear_error (error);
    g_set_error_literal (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE, told);
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
        ib_pop3_session_tell_backoff (self, attempt->text);
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
                     self->request->account->auth == IB_AUTH_PASSWORD ? ib_face_words (
                         _ ("%s (check user= and the password; many providers want an app password)"),
                         _ ("%s (check the user name and the password; many providers want an app password)"))
                                                                      : _ ("%s (sign in again)"),
                     refusal->message);
    else
        g_propagate_error (error, g_steal_pointer (&refusal));
    return false;
}

bool
ib_pop3_sign_in (IbPop3Session *self, GError **error)
{
    g_auto (Attempt) attempt = { .outcome = NOT_OFFERED, .text = "" };

    if (!check_user (self, error))
        return false;
    if (self->ahead_way != NULL && !read_sign_in_ahead (self, &attempt, error))
        return hung_up (self, error);
    if (attempt.outcome == NOT_OFFERED && !try_ways (self, &attempt, error))
        return hung_up (self, error);
    if (attempt.outcome == NOT_OFFERED && attempt.way == NULL)
        return no_way_in (self, error);
    if (attempt.outcome != SIGNED_IN)
        return refuse (self, &attempt, error);
    g_autofree char *words = g_strdup_printf ("%s as %s", attempt.way, self->request->account->user);
    ib_pop3_session_step (self, IB_STEP_SIGNED_IN, words);
    return true;
}
