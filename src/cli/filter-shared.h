/* filter-shared.h - what the commands on filters have in common */
#pragma once

#include "command.h"
#include "config.h"
#include "sieve.h"

/* "junk" is "junk.sieve". Returns: (transfer full) */
char *ib_filter_name (const char *word);
/* Compiles a filter in this process: it is the user's own. Errors, and with @wants_warnings warnings, are said:
 * "PATH:LINE:COLUMN: …" on standard error, on a terminal with the line and a mark below. NULL: it has errors. */
IbProgram *ib_filter_compile (const IbCli *cli, const char *path, const char *text, gsize length, bool wants_warnings);

/* The account called @name; NULL for none, which is no error. False: there is no such one, that was said, and *out_exit is
 * due. */
bool ib_filter_find_account (const IbConfig *config, const char *name, const IbAccount **out_account,
                             IbExit *out_exit);
/* Those of --script, @words, or the account's, or the common ones; IbScriptText elements. NULL: one is missing or wrong,
 * and that was said. */
GPtrArray *ib_filter_load_scripts (const IbCli *cli, const IbConfig *config, const IbAccount *account,
                                   const char *const *words);

IbExit ib_filter_run (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_replay (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_test (const IbCli *cli, int argc, char **argv);
