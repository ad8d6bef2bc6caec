/* link.h - the service of this home, as it comes and goes: for a face that must not wait
 *
 *     session bus ──a service appears──▶ of this home? ──yes──▶ HERE ──it leaves──▶ ABSENT
 *                                             └──────no───────▶ ELSEWHERE
 *
 * Looks by itself, all the time. Nothing here blocks: questions are answered on the main context, in the way of GIO, and an
 * error's text is for people. None is answered by a service of another home. */
#pragma once

#include "heard.h"
#include "paths.h"

#include <gio/gio.h>

typedef enum {
    IB_LINK_LOOKING,   /* nothing is known yet */
    IB_LINK_ABSENT,    /* no service runs, or there is no session bus */
    IB_LINK_ELSEWHERE, /* one runs, but for another home */
    IB_LINK_HERE,
} IbLinkState;

/* Signals:
 *     changed ()                               the state, the trouble, how an account stands, or perhaps a setting
 *     progress (account, fetched, messages)    s, t, t: of a poll that is under way
 *     delivered (message)                      IbHeardMessage, for as long as the signal lasts
 *     notice (words)                           s: something that the user should know */
#define IB_TYPE_LINK (ib_link_get_type ())
G_DECLARE_FINAL_TYPE (IbLink, ib_link, IB, LINK, GObject)

/* Copies nothing: @paths must outlive it. */
IbLink *ib_link_new (const IbPaths *paths);

IbLinkState ib_link_state (IbLink *self);
/* Why nothing is fetched at all; "" if all is well, or nothing is known. Returns: (transfer full) */
char *ib_link_trouble (IbLink *self);
/* Elements: IbHeardAccount, by name; empty unless HERE. Returns: (transfer full) */
GPtrArray *ib_link_accounts (IbLink *self);
/* Whether the bus can start a service of this home: the one that it starts is the user's own. */
bool ib_link_can_start (IbLink *self);

/* A @method of the service as a whole, for whoever knows the XML. @arguments: floating, or NULL for none. The answer is of
 * the type @reply, and comes from ib_link_answer (). */
void ib_link_ask (IbLink *self, const char *method, GVariant *arguments, const char *reply,
                  GAsyncReadyCallback done, gpointer user_data);
/* The same of an account's object. */
void ib_link_ask_account (IbLink *self, const char *account, const char *method, GVariant *arguments,
                          const char *reply, GAsyncReadyCallback done, gpointer user_data);
/* What is not as its caller has seen it (the error Changed) is G_IO_ERROR_WRONG_ETAG. Returns: (transfer full) (nullable) */
GVariant *ib_link_answer (IbLink *self, GAsyncResult *result, GError **error);

/* Each of these ends with ib_link_finish (). */
void ib_link_start (IbLink *self, GAsyncReadyCallback done, gpointer user_data);
/* @account NULL: all that are not paused. */
void ib_link_check (IbLink *self, const char *account, GAsyncReadyCallback done, gpointer user_data);
/* @seconds 0: until it is resumed. */
void ib_link_pause (IbLink *self, const char *account, guint seconds, GAsyncReadyCallback done,
                    gpointer user_data);
void ib_link_resume (IbLink *self, const char *account, GAsyncReadyCallback done, gpointer user_data);
/* The classifier is told what @message is, and it goes into Junk, or out of it. A refusal is an error. */
void ib_link_mark_junk (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data);
void ib_link_mark_good (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data);
bool ib_link_finish (IbLink *self, GAsyncResult *result, GError **error);

/* The newest @limit of those that came before the message @before (NULL: of all), the newest last. Elements: IbHeardMessage.
 * Returns: (transfer full) (nullable) */
void ib_link_history (IbLink *self, const char *before, guint limit, GAsyncReadyCallback done,
                      gpointer user_data);
GPtrArray *ib_link_history_finish (IbLink *self, GAsyncResult *result, GError **error);
/* The document of `inbasket why`. Returns: (transfer full) (nullable) */
void ib_link_why (IbLink *self, const char *message, GAsyncReadyCallback done, gpointer user_data);
char *ib_link_why_finish (IbLink *self, GAsyncResult *result, GError **error);
/* Takes back what was done with @id. Returns: what came of it ("moved", "restored", "left", "nothing"); NULL: an error.
 * (transfer full) (nullable) */
void ib_link_undo (IbLink *self, const char *id, GAsyncReadyCallback done, gpointer user_data);
char *ib_link_undo_finish (IbLink *self, GAsyncResult *result, GError **error);
