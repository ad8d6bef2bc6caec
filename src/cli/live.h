/* live.h - a command whose output stays, and is shown anew as it changes
 *
 * On a terminal it is drawn in its place, on a screen of its own that is gone afterwards. Elsewhere the whole is printed
 * again, with --json a document a change, otherwise with an empty line in between. */
#pragma once

#include "command.h"
#include "follow.h"

/* Prints the whole, with g_print () or ib_print_json (). @service: NULL if none runs. Whatever is other than IB_EXIT_DONE and
 * IB_EXIT_SOME_FAILED sets @error. */
typedef IbExit (*IbLiveShow) (const IbCli *cli, IbClient *service, GError **error);

/* Until the user ends it (SIGINT, SIGTERM), which is IB_EXIT_DONE. What cannot be shown at first ends it, too; what fails later
 * is told, and tried again with the next change. */
IbExit ib_live_run (const IbCli *cli, IbLiveShow show);
