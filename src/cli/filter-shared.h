/* filter-shared.h - what the commands on filters have in common */
#pragma once

#include "command.h"
#include "config.h"
#include "dry-run.h"
#include "sieve.h"

/* "junk" is "junk.sieve". Returns: (transfer full) */
char *ib_filter_name (const char *word);
/* Compiles a filter in this process: it is the user's own. Errors, and with @wants_warnings warnings, are said:
 * "PATH:LINE:COLUMN: …" on standard error, on a terminal with the line and a mark below. @draft: for scripts that include
 * it, or NULL. NULL: it has errors. */
IbProgram *ib_filter_compile (const IbCli *cli, const char *path, const char *text, gsize length,
                              const IbScriptText *draft, bool wants_warnings);
/* --draft WORD: what standard input has is the filter WORD. NULL: it cannot be one, and that was said.
 * Returns: (transfer full) (nullable) */
IbScriptText *ib_filter_read_draft (const char *word);

/* The account called @name; NULL for none, which is no error. False: there is no such one, that was said, and *out_exit is
 * due. */
bool ib_filter_find_account (const IbConfig *config, const char *name, const IbAccount **out_account,
                             IbExit *out_exit);
/* Those of --script, @words, or the account's, or the common ones; IbScriptText elements. @draft (nullable) stands in the
 * place of the one of its name; if there is none, behind all others, but always.sieve before them. NULL: one is missing or wrong, and that was said. */
GPtrArray *ib_filter_load_scripts (const IbCli *cli, const IbConfig *config, const IbAccount *account,
                                   const char *const *words, const IbScriptText *draft);

IbExit ib_filter_always (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_list (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_run (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_replay (const IbCli *cli, int argc, char **argv);
IbExit ib_filter_test (const IbCli *cli, int argc, char **argv);
