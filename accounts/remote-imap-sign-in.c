/* remote-imap-sign-in.c - from a connected stream to a session that is signed in
 *
 *     TLS ─▶ greeting ─┐
 *     greeting ─▶ STARTTLS ─▶ TLS ─┴─▶ capabilities ─▶ AUTHENTICATE or LOGIN ─▶ capabilities ─▶ ID
 *
 * Where the capabilities are known from another time, all that stands behind TLS and greeting goes out at once, and the
 * best way in of that time is taken, unless the greeting names a better one. Where they are not, all that stands behind
 * the first capabilities does.
 *
 * STARTTLS is asked for without looking: what a server lists in clear may have been written by anybody. */
#include "remote-imap.h"
#include "face.h"

#include "imap-name.h"
#include "refusal.h"
#include "sasl.h"
#include "server-limits.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
step (IbRemote *self, IbFetchStep kind, const char *text)
{
    self->callbacks->step (kind, text, self->callbacks->user_data);
}

static bool G_GNUC_PRINTF (2, 3) unsafe (GError **error, const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    g_propagate_error (error, g_error_new_valist (IB_FETCH_ERROR, IB_FETCH_ERROR_UNSAFE, format, arguments));
    va_end (arguments);
    return false;
}

/* --- greeting and TLS ---------------------------------------------------------------------------------------- */

static bool
start_tls (IbRemote *self, GError **error)
{
    if (!ib_stream_start_tls (self->stream, NULL))
        return ib_remote_imap_broke (self, error);
    step (self, IB_STEP_TLS, ib_stream_describe_tls (self->stream));
    return true;
}

static bool
greet (IbRemote *self, bool *out_is_preauth, GError **error)
{
    g_autoptr (IbImapAnswer) greeting = ib_imap_session_greet (self->session);
    if (greeting == NULL)
        return ib_remote_imap_broke (self, error);
    bool is_starttls = self->request->account->security == IB_SECURITY_STARTTLS;
    *out_is_preauth = greeting->result == IB_IMAP_PREAUTH;
    if (greeting->result == IB_IMAP_BYE
        && is_starttls) { /* who said it is not known: so its words are not shown */
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY, _ ("%s turned us away"), self->host);
        return false;
    }
    if (greeting->result == IB_IMAP_BYE)
        return ib_remote_imap_refused (self, greeting, IB_FETCH_ERROR_BUSY, _ ("The server turned us away"),
                                       error);
    if (!is_starttls)
        step (self, IB_STEP_GREETED, greeting->text);
    return true;
}

static bool
upgrade (IbRemote *self, bool is_preauth, GError **error)
{
    if (is_preauth)
        return unsafe (
            error,
            ib_face_words (
                _ ("%s claims to be signed in already, which rules encryption out. Somebody may be tampering "
                   "with the connection. Use security=tls."),
                _ ("%s claims to be signed in already, which rules encryption out. Somebody may be tampering "
                   "with the connection. Choose TLS as the security.")),
            self->host);
    guint tag = ib_imap_session_send (self->session, IB_IMAP_WANT_NOTHING, "STARTTLS");
    g_autofree char *plus = ib_imap_session_wait_for_plus (self->session, tag);
    g_autoptr (IbImapAnswer) answer = plus == NULL ? ib_imap_session_wait (self->session, tag) : NULL;
    if (plus == NULL && answer == NULL)
        return ib_remote_imap_broke (self, error);
    if (answer == NULL || answer->result != IB_IMAP_OK)
        return unsafe (
            error,
            ib_face_words (
                _ ("%s refuses to encrypt the connection (STARTTLS), so the password was not sent. Use "
                   "security=tls; if this worked before, somebody may be tampering with the connection."),
                _ ("%s refuses to encrypt the connection (STARTTLS), so the password was not sent. Choose TLS as the "
                   "security; if this worked before, somebody may be tampering with the connection.")),
            self->host);
    if (!start_tls (self, error))
        return false;
    ib_imap_session_forget_all (self->session);
    return true;
}

static bool
connect_safely (IbRemote *self, bool *out_is_preauth, GError **error)
{
    switch (self->request->account->security) {
    case IB_SECURITY_TLS:
        return start_tls (self, error) && greet (self, out_is_preauth, error);
    case IB_SECURITY_STARTTLS:
        return greet (self, out_is_preauth, error) && upgrade (self, *out_is_preauth, error);
    case IB_SECURITY_NONE:
        if (!ib_account_may_be_plaintext (self->request->account))
            return unsafe (
                error,
                ib_face_words (
                    _ ("security=none would send the password to %s unencrypted. Use security=tls."),
                    _ ("Without security the password would go to %s unencrypted. Choose TLS as the security.")),
                self->host);
        return greet (self, out_is_preauth, error);
    }
    return false;
}

/* --- refusals ------------------------------------------------------------------------------------------------ */

/* @status: what the mechanism was told, "401"; "" for nothing. */
static bool
refuse (IbRemote *self, const IbImapAnswer *answer, const char *status, GError **error)
{
    const char *advice = ib_refusal_advice (answer->text);
    if (ib_refusal_is_passing (answer->text)) {
        ib_remote_imap_tell_backoff (self, answer->text);
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_BUSY, _ ("%s signs nobody in for now: %s"),
                     self->host, answer->text);
        return false;
    }
    g_autoptr (GString) what = g_string_new (NULL);
    if (advice != NULL)
        g_string_append (what, advice);
    else
        g_string_append_printf (
            what,
            self->request->account->auth == IB_AUTH_PASSWORD
                ? ib_face_words (_ ("The server did not take the password of %s. Check user= and the "
                                    "password; many providers want an app password"),
                                 _ ("The server did not take the password of %s. Check the user name and the "
                                    "password; many providers want an app password"))
                : _ ("The server did not take the token of %s. Sign in again"),
            self->request->account->user);
    if (*status != '\0')
        g_string_append_printf (what, _ (" (status %s)"), status);
    return ib_remote_imap_refused (self, answer, IB_FETCH_ERROR_SIGN_IN, what->str, error);
}

/* The line went while the secret was looked at, with a last word or without. */
static bool
hung_up (IbRemote *self, GError **error)
{
    const IbImapAnswer *bye = ib_imap_session_get_bye (self->session);
    const GError *broken = ib_stream_get_error (self->stream);
    if (!g_error_matches (broken, IB_STREAM_ERROR, IB_STREAM_ERROR_EOF))
        return ib_remote_imap_broke (self, error);
    if (bye != NULL && ib_refusal_advice (bye->text) != NULL)
        return refuse (self, bye, "", error);
    if (bye != NULL)
        return ib_remote_imap_broke (self, error);
    g_autofree char *told = ib_refusal_by_silence (self->host);
    g_set_error_literal (error, IB_FETCH_ERROR, IB_FETCH_ERROR_OFFLINE, told);
    return false;
}

/* A mechanism was broken off: so is the session, and what the server says to that is of no interest. */
static bool
distrust (IbRemote *self, const IbSasl *sasl, const GError *why, GError **error)
{
    if (!g_error_matches (why, IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN)) {
        g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER,
                     _ ("%s breaks the rules of signing in: %s"), self->host, why->message);
        return false;
    }
    return unsafe (
        error,
        _ ("%s may not be the server that it says it is: in the sign-in by %s %s. The password was "
           "not sent, and is not sent in another way."),
        self->host, ib_sasl_get_name (sasl), why->message);
}

/* --- AUTHENTICATE -------------------------------------------------------------------------------------------- */

static bool
offers (const char *mechanism, gpointer user_data)
{
    IbRemote *self = user_data;
    g_autofree char *capability = g_strconcat ("AUTH=", mechanism, NULL);
    return ib_imap_server_has (self->server, capability);
}

static void
add_secret (IbRemote *self, const IbSecret *secret)
{
    gsize length;
    const char *bytes = ib_secret_peek (secret, &length);
    ib_imap_session_add (self->session, bytes, length);
}

/* Answers each "+" with what the mechanism says, then waits for the end. */
static IbImapAnswer *
converse (IbRemote *self, IbSasl *sasl, guint tag, bool has_begun, GError **error)
{
    bool is_up = ib_remote_imap_hear_offers (self);
    while (is_up) {
        g_autofree char *challenge = ib_imap_session_wait_for_plus (self->session, tag);
        if (challenge == NULL)
            break;
        if (has_begun && ib_sasl_is_one_word (sasl))
            self->ahead.is_smooth = false;
        if (ib_remote_imap_ran_ahead (self)) { /* it takes what stands behind the sign-in for the answer */
            g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER,
                         _ ("%s asks for more than before to sign in"), self->host);
            return NULL;
        }
        g_autoptr (GError) broken = NULL;
        g_autoptr (IbSecret) word
            = has_begun ? ib_sasl_answer (sasl, challenge, &broken) : ib_sasl_begin (sasl, &broken);
        if (word == NULL) {
            distrust (self, sasl, broken, error);
            return NULL;
        }
        has_begun = true;
        add_secret (self, word);
        ib_imap_session_end_line (self->session);
    }
    IbImapAnswer *answer = is_up ? ib_imap_session_wait (self->session, tag) : NULL;
    if (answer == NULL)
        hung_up (self, error);
    return answer;
}

static IbImapAnswer *
authenticate (IbRemote *self, IbSasl *sasl, bool is_initial, GError **error)
{
    g_autofree char *command
        = g_strconcat ("AUTHENTICATE ", ib_sasl_get_name (sasl), is_initial ? " " : NULL, NULL);
    g_autoptr (GError) broken = NULL;
    g_autoptr (IbSecret) first = is_initial ? ib_sasl_begin (sasl, &broken) : NULL;
    if (is_initial && first == NULL) {
        distrust (self, sasl, broken, error);
        return NULL;
    }
    guint tag = ib_imap_session_begin (self->session, command);
    if (is_initial)
        add_secret (self, first);
    ib_imap_session_end_line (self->session);
    if (is_initial && ib_sasl_is_one_word (sasl))
        ib_remote_imap_enter_ahead (self);
    return converse (self, sasl, tag, is_initial, error);
}

/* Some servers list SASL-IR and do not take it (Coremail): BAD is about the form, so the form is changed once. */
static IbImapAnswer *
authenticate_either_way (IbRemote *self, IbSasl *sasl, bool is_initial, GError **error)
{
    g_autoptr (IbImapAnswer) answer = authenticate (self, sasl, is_initial, error);
    if (answer != NULL && answer->result == IB_IMAP_BAD && is_initial && !ib_sasl_was_asked (sasl)
        && !ib_refusal_is_passing (answer->text)) {
        g_clear_pointer (&answer, ib_imap_answer_free);
        ib_remote_imap_drop_ahead (self);
        self->ahead.is_smooth = false;
        answer = authenticate (self, sasl, false, error);
    }
    return g_steal_pointer (&answer);
}

/* How a way in ended. NOT_THERE: the server has not got it after all, and the next may be tried. */
typedef enum { SIGNED_IN, REFUSED, NOT_THERE } Outcome;

/* A server without this user's SCRAM keys can only say NO before it asks anything; a wrong password shows later. */
static bool
is_there (IbRemote *self, const IbSasl *sasl, const IbImapAnswer *answer, const GError *refusal)
{
    g_autofree char *capability = g_strconcat ("AUTH=", ib_sasl_get_name (sasl), NULL);
    if (ib_sasl_was_asked (sasl) || !g_error_matches (refusal, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN))
        return true;
    if (!ib_remote_imap_was_offered (self, capability)) /* but another time */
        return false;
    return answer->result != IB_IMAP_BAD && !ib_sasl_wants_proof (sasl);
}

/* What it offers is what it said with that, or is asked for, but not what it said to a CAPABILITY that went out too early. */
static Outcome
let_in (IbRemote *self, const IbImapAnswer *answer)
{
    if (self->ahead.may_be_told_of_before && strcmp (answer->code, "CAPABILITY") != 0)
        ib_imap_server_forget_capabilities (self->server);
    return SIGNED_IN;
}

static Outcome
judge (IbRemote *self, const IbSasl *sasl, const IbImapAnswer *answer, GError **error)
{
    g_autoptr (GError) refusal = NULL;
    if (answer->result == IB_IMAP_OK && !ib_refusal_is_disguised (answer->text)) {
        if (ib_sasl_is_proven (sasl))
            return let_in (self, answer);
        refusal = g_error_new_literal (IB_SASL_ERROR, IB_SASL_ERROR_UNPROVEN,
                                       _ ("it said OK without a proof that it knows the password"));
        distrust (self, sasl, refusal, error);
        return REFUSED;
    }
    refuse (self, answer, ib_sasl_get_refusal (sasl), &refusal);
    bool was_there = is_there (self, sasl, answer, refusal);
    g_propagate_error (error, g_steal_pointer (&refusal));
    return was_there ? REFUSED : NOT_THERE;
}

static Outcome
try_mechanism (IbRemote *self, const char *mechanism, bool is_initial, GError **error)
{
    const IbAccount *account = self->request->account;
    g_autoptr (IbSasl) sasl = ib_sasl_new (mechanism, account->user, self->request->secret, account->host,
                                           ib_account_port (account));
    g_autoptr (IbImapAnswer) answer
        = authenticate_either_way (self, sasl, is_initial && !ib_sasl_is_prompted (sasl), error);
    return answer != NULL ? judge (self, sasl, answer, error) : REFUSED;
}

/* --- LOGIN --------------------------------------------------------------------------------------------------- */

/* As a quoted string, which every server takes, be it 8-bit if @may_be_8bit; else what is not ASCII must be a literal,
 * which some hang up on. */
static bool
add_astring (IbRemote *self, guint tag, const char *text, bool may_be_8bit)
{
    char *quoted = ib_imap_quote (text, may_be_8bit);
    if (quoted != NULL) {
        ib_imap_session_add (self->session, quoted, strlen (quoted));
        ib_secret_wipe (quoted, strlen (quoted));
        g_free (quoted);
        return true;
    }
    g_autofree char *size = g_strdup_printf ("{%" G_GSIZE_FORMAT "}\r\n", strlen (text));
    ib_imap_session_add (self->session, size, strlen (size));
    g_autofree char *plus = ib_imap_session_wait_for_plus (self->session, tag);
    if (plus != NULL)
        ib_imap_session_add (self->session, text, strlen (text));
    return plus != NULL;
}

static bool
needs_literal (IbRemote *self)
{
    return !g_str_is_ascii (self->request->account->user)
           || !g_str_is_ascii (ib_secret_peek (self->request->secret, NULL));
}

static IbImapAnswer *
login (IbRemote *self, bool may_be_8bit, GError **error)
{
    bool is_one_line = may_be_8bit || !needs_literal (self);
    guint tag = ib_imap_session_begin (self->session, "LOGIN ");
    if (add_astring (self, tag, self->request->account->user, may_be_8bit)) {
        ib_imap_session_add (self->session, " ", 1);
        if (add_astring (self, tag, ib_secret_peek (self->request->secret, NULL), may_be_8bit))
            ib_imap_session_end_line (self->session);
    }
    self->ahead.is_smooth &= is_one_line;
    if (is_one_line)
        ib_remote_imap_enter_ahead (self);
    IbImapAnswer *answer
        = ib_remote_imap_hear_offers (self) ? ib_imap_session_wait (self->session, tag) : NULL;
    if (answer == NULL)
        hung_up (self, error);
    return answer;
}

/* BAD, where there was a literal, may be about the literal: IMAP4rev2 has UTF-8 between quotes. */
static Outcome
try_login (IbRemote *self, GError **error)
{
    g_autoptr (IbImapAnswer) answer = login (self, false, error);
    if (answer != NULL && answer->result == IB_IMAP_BAD && needs_literal (self)) {
        g_clear_pointer (&answer, ib_imap_answer_free);
        self->ahead.is_smooth = false;
        answer = login (self, true, error);
    }
    if (answer == NULL)
        return REFUSED;
    if (answer->result == IB_IMAP_OK && !ib_refusal_is_disguised (answer->text))
        return let_in (self, answer);
    refuse (self, answer, "", error);
    return ib_remote_imap_was_offered (self, "LOGINDISABLED") ? NOT_THERE : REFUSED;
}

/* --- the way in ---------------------------------------------------------------------------------------------- */

static bool
fail_no_way (IbRemote *self, GError **error)
{
    g_autofree char *offered = ib_imap_server_describe_capabilities (self->server);
    bool is_password = self->request->account->auth == IB_AUTH_PASSWORD;
    if (!ib_stream_is_encrypted (self->stream))
        return unsafe (
            error,
            ib_face_words (_ ("%s takes no password without encryption. Use security=tls."),
                           _ ("%s takes no password without encryption. Choose TLS as the security.")),
            self->host);
    g_set_error (
        error, IB_FETCH_ERROR, IB_FETCH_ERROR_SIGN_IN,
        is_password
            ? ib_face_words (
                _ ("%s takes no password from mail programs (it offers: %s). Try auth=oauth2, or ask its "
                   "operator for an app password."),
                _ ("%s takes no password from mail programs (it offers: %s). Try the browser, or ask its "
                   "operator for an app password."))
            : ib_face_words (_ ("%s does not take OAuth2 tokens (it offers: %s). Use auth=password."),
                             _ ("%s does not take OAuth2 tokens (it offers: %s). Sign in with a password.")),
        self->host, offered);
    return false;
}

/* The commands that could let us in, best first. (transfer full) */
static GPtrArray *
list_ways (IbRemote *self)
{
    IbAuth auth = self->request->account->auth;
    GPtrArray *ways = ib_sasl_list (auth, offers, self);
    for (guint i = 0; i < ways->len; i++)
        g_ptr_array_index (ways, i) = g_strconcat ("AUTHENTICATE ", ways->pdata[i], NULL);
    g_ptr_array_set_free_func (ways, g_free);
    if (auth == IB_AUTH_PASSWORD && !ib_imap_server_has (self->server, "LOGINDISABLED"))
        g_ptr_array_add (ways, g_strdup ("LOGIN"));
    return ways;
}

static Outcome
try_way (IbRemote *self, const char *way, bool is_initial, GError **error)
{
    const char *mechanism = strchr (way, ' ');
    return mechanism != NULL ? try_mechanism (self, mechanism + 1, is_initial, error)
                             : try_login (self, error);
}

static void
tell_signed_in (IbRemote *self, const char *way)
{
    g_autofree char *text = g_strdup_printf (_ ("%s as %s"), way, self->request->account->user);
    step (self, IB_STEP_SIGNED_IN, text);
}

/* Best first; on to the next only if the one before turned out not to be there. */
static bool
present_secret (IbRemote *self, GError **error)
{
    g_autoptr (GPtrArray) ways = list_ways (self);
    g_autoptr (GError) refusal = NULL;
    bool is_initial = ib_imap_server_has (self->server, "SASL-IR");

    if (ways->len == 0)
        return fail_no_way (self, error);
    ib_remote_imap_note_offers (self);
    for (guint i = 0; i < ways->len; i++) {
        g_clear_error (&refusal);
        self->ahead.is_smooth = i == 0;
        Outcome outcome = try_way (self, ways->pdata[i], is_initial, &refusal);
        if (outcome == SIGNED_IN)
            tell_signed_in (self, ways->pdata[i]);
        if (outcome != NOT_THERE)
            break;
        if (ib_remote_imap_ran_ahead (self))
            ib_remote_imap_drop_ahead (self);
    }
    if (refusal == NULL)
        return true;
    g_propagate_error (error, g_steal_pointer (&refusal));
    return false;
}

/* By the best way of what is offered now or was the last time, with more behind it. NOT_THERE: the ordinary road is still
 * open, with what the server has said by now. */
static Outcome
present_secret_at_once (IbRemote *self, GError **error)
{
    g_autoptr (GError) refusal = NULL;
    ib_remote_imap_assume_offers (self);
    g_autoptr (GPtrArray) ways = list_ways (self);
    bool is_initial = ib_imap_server_has (self->server, "SASL-IR");
    if (self->ahead.listed == 0)
        ib_remote_imap_note_offers (self);

    self->ahead.is_smooth = true;
    Outcome outcome = ways->len > 0 ? try_way (self, ways->pdata[0], is_initial, &refusal) : NOT_THERE;
    if (outcome == SIGNED_IN) {
        tell_signed_in (self, ways->pdata[0]);
        return SIGNED_IN;
    }
    if (outcome == NOT_THERE && ib_stream_get_error (self->stream) == NULL
        && ib_remote_imap_hear_offers (self)) {
        ib_remote_imap_drop_ahead (self);
        ib_imap_server_assume_capabilities (self->server, self->ahead.offers);
        return NOT_THERE;
    }
    if (refusal != NULL)
        g_propagate_error (error, g_steal_pointer (&refusal));
    else
        ib_remote_imap_broke (self, error);
    return REFUSED;
}

/* What it offers now that we are in, unless it keeps that to itself and something better than waiting is under way. */
static bool
learn_again (IbRemote *self, GError **error)
{
    bool must_ask = !ib_remote_imap_ran_ahead (self) || self->ahead.listed_anew != 0;
    if (must_ask && !ib_remote_imap_learn (self, error))
        return false;
    g_autofree char *capabilities = ib_imap_server_describe_capabilities (self->server);
    if (ib_imap_server_knows_capabilities (self->server))
        step (self, IB_STEP_CAPABILITIES, capabilities);
    return true;
}

/* IMAP4rev2 answers SEARCH in another way, so that every mailbox would seem to be empty. Who speaks it nearly always speaks
 * the older one, too, to those who do not ask for it. */
static bool
speaks_our_language (IbRemote *self, GError **error)
{
    if (!ib_imap_server_has (self->server, "IMAP4REV2") || ib_imap_server_has (self->server, "IMAP4REV1"))
        return true;
    g_set_error (error, IB_FETCH_ERROR, IB_FETCH_ERROR_SERVER,
                 _ ("%s speaks IMAP4rev2 only, and Inbasket IMAP4rev1. Does it have POP3?"), self->host);
    return false;
}

/* The road on which the server is heard before a way in is chosen. Where that was not done, @is_first, more goes out behind
 * the sign-in. */
static bool
sign_in_by_and_by (IbRemote *self, bool is_preauth, bool is_first, GError **error)
{
    bool were_told = ib_imap_server_knows_capabilities (self->server);
    if (!ib_remote_imap_learn (self, error) || !speaks_our_language (self, error))
        return false;
    if (is_first && !is_preauth)
        ib_remote_imap_heed_offers (self, !were_told);
    return (is_preauth || present_secret (self, error)) && learn_again (self, error);
}

bool
ib_remote_imap_sign_in (IbRemote *self, GError **error)
{
    bool is_preauth = false;
    Outcome outcome = NOT_THERE;
    ib_stream_set_deadline (self->stream, IB_LIMIT_SIGN_IN_MS);
    if (!connect_safely (self, &is_preauth, error))
        return false;
    bool is_first = !ib_remote_imap_knows_offers (self);
    if (!is_preauth && !is_first)
        outcome = present_secret_at_once (self, error);
    if (outcome == REFUSED
        || (outcome == NOT_THERE && !sign_in_by_and_by (self, is_preauth, is_first, error)))
        return false;
    ib_remote_imap_tell_offers (self);
    ib_remote_imap_tell_terms (self);
    ib_remote_imap_introduce (self);
    ib_stream_set_deadline (self->stream, 0);
    return true;
}
