/* pop3-session.h - a POP3 server, greeted, encrypted and signed in to
 *
 *     TLS ─▶ greeting ─▶ (CAPA ─▶ STLS ─▶ TLS) ─▶ CAPA ─▶ (UTF8) ─▶ AUTH or USER/PASS ─▶ CAPA ─▶ signed in
 *
 * Where it is known what the server offers, all behind TLS goes out at once: pop3-ahead.c.
 *
 * No password goes out in clear unless the account says so, and nothing that was said in clear is remembered or shown.
 * Errors are IB_FETCH_ERROR's, or the stream's, which whoever drives the session turns into those. */
#pragma once

#include "pop3-reader.h"
#include "remote.h"

typedef struct {
    IbStream *stream; /* the caller's */
    const IbFetchRequest *request;
    const IbFetchCallbacks *callbacks;
    const char *host;
    IbPop3Reader *reader;

    /* What CAPA said last. A server without CAPA may have all but pipelining, so it is tried. */
    bool has_capa;
    bool has_stls, has_pipelining, has_top, has_uidl, has_user;
    bool has_utf8; /* RFC 6856: whoever does not ask for it may get something else in place of a message */
    char **mechanisms;   /* SASL; may be NULL */
    gint64 login_delay_s;
    bool has_auth_codes; /* AUTH-RESP-CODE, RFC 3206: a wrong password is told from anything else */
    char *capabilities;  /* all of them, to show */

    GPtrArray *ahead; /* char*: commands that went out before their turn, their answers not yet read */
    char *ahead_way;  /* the sign-in among them: "AUTH PLAIN", "USER"; NULL: there was none */
    char *ahead_words; /* what was said to USER */
    char *offers;     /* the lines of the CAPA before signing in; "" if they cannot be kept */
    bool is_signed_in;
    bool is_smooth;   /* the first way in was there, in its first form */
} IbPop3Session;

/* (transfer full) (nullable) */
IbPop3Session *ib_pop3_session_open (IbStream *stream, const IbFetchRequest *request,
                                     const IbFetchCallbacks *callbacks, GError **error);
void ib_pop3_session_free (IbPop3Session *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbPop3Session, ib_pop3_session_free)

/* Adds a command line to what the next flush sends. */
bool ib_pop3_session_send (IbPop3Session *self, const char *command, GError **error);
/* Sends one, unless it was sent ahead, and reads its status. */
bool ib_pop3_session_ask (IbPop3Session *self, const char *command, IbPop3Status *out_status,
                          const char **out_text, GError **error);

/* No answer is awaited. What comes in spite of that fails the session; but for an -ERR before we are signed in, by which a
 * server says that it has no room for us, and hangs up: IB_FETCH_ERROR_BUSY, in its words. Does not wait. */
bool ib_pop3_session_check_silence (IbPop3Session *self, GError **error);

/* What a line of CAPA says. */
void ib_pop3_session_note_capability (IbPop3Session *self, const char *line);
void ib_pop3_session_forget_capabilities (IbPop3Session *self);

/* Sends what can be sent before the greeting; nothing, if nothing is known of the server. */
bool ib_pop3_session_run_ahead (IbPop3Session *self, GError **error);
/* The part of it that signs in. *out_is_sent: there is a way that goes in one flight. */
bool ib_pop3_sign_in_ahead (IbPop3Session *self, bool *out_is_sent, GError **error);
/* Adds a command whose turn comes later. */
bool ib_pop3_session_send_ahead (IbPop3Session *self, const char *command, GError **error);
/* Whether @command, whose turn it is, is sent already. If not, nothing else is. */
bool ib_pop3_session_was_sent (IbPop3Session *self, const char *command);
/* (nullable) (transfer none) What was sent already and has its turn next. */
const char *ib_pop3_session_peek_ahead (const IbPop3Session *self);
/* Nothing of it is of use. */
bool ib_pop3_session_drop_ahead (IbPop3Session *self, GError **error);
/* Tells what is to be remembered for the next time, if that is not known. */
void ib_pop3_session_tell_offers (IbPop3Session *self);

void ib_pop3_session_step (IbPop3Session *self, IbFetchStep which, const char *text);
/* With what CAPA said, best way first; pop3-sign-in.c. */
bool ib_pop3_sign_in (IbPop3Session *self, GError **error);

/* What an -ERR asks for: by its response code (RFC 2449, 3206), else by words that servers without codes use, else
 * @plain. */
IbFetchError ib_pop3_remedy (const char *text, IbFetchError plain);
/* Tells how long the server asks to be left alone, if @text says so. */
void ib_pop3_session_tell_backoff (IbPop3Session *self, const char *text);
/* Sets an error of ib_pop3_remedy (): @what was refused, in the words of @text. Always returns false. */
bool ib_pop3_session_refused (IbPop3Session *self, const char *what, const char *text, IbFetchError plain,
                              GError **error);
