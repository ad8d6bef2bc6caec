/* account-options.h - an account's keys as options of the command line
 *
 * Each key of accounts/NAME.conf is the option of its name: after= is --after VALUE. Where two groups have a key, the
 * later one's option has the group in front: [filter] enabled= is --filter-enabled. */
#pragma once

#include <glib.h>

typedef struct _IbAccountOptions IbAccountOptions;

/* @more: a command's own options, NULL-ended. */
IbAccountOptions *ib_account_options_new (const GOptionEntry *more);
/* For ib_command_parse (); as long as @self lives. */
const GOptionEntry *ib_account_options_entries (const IbAccountOptions *self);
/* After parsing: "group.key" and value in turn of the options that were given, NULL-ended, for
 * ib_account_file_set (). As long as @self lives. */
const char *const *ib_account_options_given (IbAccountOptions *self);
void ib_account_options_free (IbAccountOptions *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbAccountOptions, ib_account_options_free)
