/* keyring-trouble.h - what a keyring refuses, and what that asks of whom
 *
 * Two kinds of errors: what libsecret and D-Bus say (@why), and IB_CREDENTIAL_ERROR's, which are said to people. For
 * credential-keyring.c and its parts. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

/* There is no keyring. */
bool ib_keyring_trouble_is_absent (const GError *why);
/* What was found is not there any more: a keyring that opens, or that somebody else writes to, makes its items anew. */
bool ib_keyring_trouble_is_gone (const GError *why);
/* It answers as no keyring should, or has forgotten what it had said. */
bool ib_keyring_trouble_is_odd (const GError *why);
/* One of libsecret's: it is such an answer. */
void ib_keyring_trouble_set_odd (const char *what, GError **why);
/* One of libsecret's: somebody was asked to unlock it, or could not be asked, and it is locked still. */
void ib_keyring_trouble_set_locked (GError **why);

/* What @why, which is taken, asks of whom. */
void ib_keyring_trouble_explain (GError *why, GError **error);
/* The same of one that is merely locked. */
void ib_keyring_trouble_explain_locked (GError **error);
/* … and of one that is open, and would ask a person before it gives something. */
void ib_keyring_trouble_explain_withheld (GError **error);
