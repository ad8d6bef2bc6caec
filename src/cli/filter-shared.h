/* filter-shared.h - what the commands on filters have in common */
#pragma once

#include "command.h"
#include "config.h"
#include "sieve.h"

/* "junk" is "junk.sieve". Returns: (transfer full) */
char *ib_filter_name (const char *word);
/* Compiles a filter in this process: it is the user's own. Errors, and with @wants_warnings warnings, are said:
 * "PATH:LINE:COLUMN: …" on standard error, on a terminal with the line and a mark below. NULL: it has errors. */
IbProgram *ib_filter_compile (const char *path, const char *text, gsize length, bool wants_warnings);

IbExit ib_filter_run (const IbCli *cli, int argc, char **argv);
