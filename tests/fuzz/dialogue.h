/* dialogue.h - a session whose both sides are chosen by a fuzz input
 *
 *     known=aaa bbb        what the client knows and wants: lines KEY=VALUE, up to a line of "--"
 *     flags=cautious
 *     --
 *     +OK ready            what the server says, in pieces that end with such a line: one whenever the client waits for it
 *     --
 *     wish: look           at the start of a piece: so much is wished for, and then the rest of it is said
 *     deflate: from here   at the start of a piece: from it on what the server says is compressed
 *     @ OK done            at the start of a line: "@" is the tag of the client's oldest command that has no answer yet
 *
 * After its last piece the server hangs up. No clock and no thread has a part in it: poll () is ours, so the same input is
 * always the same session. One at a time. */
#pragma once

#include "account.h"

#include <glib.h>
#include <stdbool.h>

typedef struct _Dialogue Dialogue;

Dialogue *dialogue_new (const guint8 *bytes, gsize length);
void dialogue_free (Dialogue *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Dialogue, dialogue_free)

/* The client's socket, which is the caller's from then on. */
int dialogue_take_client (Dialogue *self);
/* Readable when there is a wish; each is the first byte of its word. */
int dialogue_get_wishes (Dialogue *self);

/* Of the plan; NULL if it does not say. */
const char *dialogue_get (const Dialogue *self, const char *key);
guint64 dialogue_get_number (const Dialogue *self, const char *key);
/* None, unless it says "starttls" or "tls". */
IbSecurity dialogue_get_security (const Dialogue *self);
/* Whether @word is one of those of "flags". */
bool dialogue_has_flag (const Dialogue *self, const char *word);
/* The words of @key, none if it does not say. (transfer full) */
char **dialogue_get_words (const Dialogue *self, const char *key, const char *separator);
/* Unless "stop" says that the client's run ends @where. */
bool dialogue_goes_on (const Dialogue *self, const char *where);

/* A message's body: a descriptor that is to come back, -1 where the run stops at "open". */
int dialogue_open_body (Dialogue *self);
void dialogue_close_body (Dialogue *self, int fd);
/* Those that have not come back. */
guint dialogue_count_bodies (const Dialogue *self);

/* Whether the client has sent @command, in clear. */
bool dialogue_was_told (Dialogue *self, const char *command);
