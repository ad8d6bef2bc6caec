/* account-file.h - accounts/NAME.conf on disk
 *
 * Reading checks everything: an unknown key, group or value is an error that names file, line and the
 * nearest known word. Writing replaces the file atomically and durably, and keeps what the user wrote
 * around the keys that changed: comments, order, blank lines. */
#pragma once

#include "account.h"
#include "settings-file.h"

/* Every error about the text (IB_SETTINGS_ERROR_INVALID) has one line and begins "FILE:LINE: ".
 * IB_SETTINGS_ERROR_MISSING: there is no such file. The account's name is the file's. */
IbAccount *ib_account_load (const char *path, GError **error);

/* Checks @text as ib_account_load () checks a file; @path is only named in errors. */
IbAccount *ib_account_parse (const char *path, const char *text, gsize length, GError **error);

/* The text of the file at @path, which need not exist, with @keys ("group.key" and value in turn, NULL-ended; an empty
 * value removes the key) set, if that is a valid account; *out_account (nullable) is what it says. Writes nothing.
 * Where the file as it is has no fault, an error is about the values given, and begins with the key.
 * Returns: (transfer full) (nullable) */
char *ib_account_file_edit (const char *path, const char *const *keys_and_values, IbAccount **out_account,
                            GError **error);
/* The same, and writes it. */
bool ib_account_file_set (const char *path, const char *const *keys_and_values, GError **error);

/* The key table, for `account add`'s flags, `account show` and the man page's test: NULL-ended
 * "group.key" names in the documented order. */
const char *const *ib_account_file_keys (void);
/* The line of the file at @path that sets @key ("filter.scripts"), or where it would have to stand; 1 if the file cannot
 * be read. */
guint ib_account_file_line (const char *path, const char *key);
/* A key's value as plain text, that ib_account_file_set () takes; "" if it is not set; NULL if @key is unknown. Returns: (transfer full) */
char *ib_account_get_text (const IbAccount *self, const char *key);
