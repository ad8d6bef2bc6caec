/* keeping.h - where a password can be kept on this machine
 *
 * For whoever asks a person where it shall go. The keyring first; where there is none, or it stays locked, the others: a
 * program that prints it, a systemd credential, and last a file in clear, for which a yes is due. Nothing is written here:
 * ib_credential_store () does that, and what only others can write is written by them. */
#pragma once

#include "account.h"

#include <gio/gio.h>

typedef struct {
    IbSecretSource source;
    bool is_awaited;  /* whether it is open is being asked; it is not, as long as that is not known */
    bool is_open;     /* what is kept there would be found again */
    bool needs_value; /* a command line, a credential's name, a path */
    bool is_written;  /* by us: the password is asked for */
    const char *name; /* as in secret= */
    char *words;      /* what it is, or why it is shut: a sentence for people */
} IbKeepingPlace;

/* All four, the best first; the keyring is asked whether it is there, which blocks, and never prompts. Returns:
 * (transfer full) */
GPtrArray *ib_keeping_places (void);
/* The same, without asking: the keyring is awaited. Returns: (transfer full) */
GPtrArray *ib_keeping_places_awaited (void);
/* The same as ib_keeping_places (), without blocking; a keyring that does not answer is shut before long. */
void ib_keeping_ask (GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* NULL: it was cancelled. Returns: (transfer full) (nullable) */
GPtrArray *ib_keeping_ask_finish (GAsyncResult *result, GError **error);
/* Whether we write what is kept there. */
bool ib_keeping_is_written (IbSecretSource source);
/* The one for @source; never NULL. Returns: (transfer none) */
const IbKeepingPlace *ib_keeping_place (const GPtrArray *places, IbSecretSource source);
