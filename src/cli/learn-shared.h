/* learn-shared.h - what the commands about the classifier share */
#pragma once

#include "command.h"
#include "home.h"

/* The home, for writing. NULL: it was told, and *out_status says with what to exit. */
IbHome *ib_learn_open_home (const IbCli *cli, const IbConfig *config, IbExit *out_status);
/* `learn --from`. @tells_progress: in JSON lines, if it is to be JSON. */
IbExit ib_learn_from (const IbCli *cli, const char *const *sources, bool tells_progress);
