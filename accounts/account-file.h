/* account-file.h - accounts/NAME.conf on disk
 *
 * Reading checks everything: an unknown key, group or value is an error that names file, line and the
 * nearest known word. Writing replaces the file atomically and durably, and keeps what the user wrote
 * around the keys that changed: comments, order, blank lines. */
#pragma once

#include "account.h"

/* Every error of ours has one line and begins "FILE:LINE: ". */
IbAccount *ib_account_load (const char *path, GError **error);

/* Checks @text as ib_account_load () checks a file; @path is only named in errors. */
IbAccount *ib_account_parse (const char *path, const char *text, gsize length, GError **error);

/* Sets @keys ("group.key" and value in turn, NULL-ended; an empty value removes the key) in the file at @path,
 * which need not exist, and writes it if the result is a valid account. */
bool ib_account_file_set (const char *path, const char *const *keys_and_values, GError **error);

/* The key table, for `account add`'s flags, `account show` and the man page's test: NULL-ended
 * "group.key" names in the documented order. */
const char *const *ib_account_file_keys (void);
/* A key's value as text, as the file would have it; NULL if @key is unknown. Returns: (transfer full) */
char *ib_account_get_text (const IbAccount *self, const char *key);
