/* classify-shared.h - what the two ways of `inbasket classify` have in common */
#pragma once

#include "command.h"
#include "config.h"

/* Reads lines from standard input and answers each. */
IbExit ib_classify_batch (const IbCli *cli, const IbConfig *config, const IbAccount *account);
