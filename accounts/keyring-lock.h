/* keyring-lock.h - what is locked in a keyring, and opening it
 *
 * For credential-keyring.c. */
#pragma once

#include <libsecret/secret.h>
#include <stdbool.h>

/* Of an item, or a whole collection; what does not say is. */
bool ib_keyring_lock_is_shut (GDBusProxy *object);
/* What would have to be opened to get at @item, or, without one, before "not found" may be believed: some keyrings show
 * nothing of what they hold while they are locked. NULL if nothing is locked. Returns: (transfer full) (nullable) */
char *ib_keyring_lock_path (SecretService *service, SecretItem *item, GCancellable *cancellable);
/* @item is shut, though the keyring that it is in is open: that asks a person about each program that wants something. */
bool ib_keyring_lock_is_withheld (SecretItem *item, GCancellable *cancellable);
/* Opens it if nobody needs to be asked for that. */
bool ib_keyring_lock_open_quietly (SecretService *service, const char *path, GCancellable *cancellable);
/* Opens all of @items, of one keyring; the user may be asked to. False with libsecret's error: they stay locked. */
bool ib_keyring_lock_open (SecretService *service, GList *items, GCancellable *cancellable, GError **why);
/* The same of the default keyring. None yet is no error: storing makes one. */
bool ib_keyring_lock_open_default (SecretService *service, GCancellable *cancellable, GError **why);
