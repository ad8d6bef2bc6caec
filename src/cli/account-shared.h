/* account-shared.h - what the commands on accounts have in common */
#pragma once

#include "command.h"
#include "config.h"

/* accounts/NAME.conf of @name. Returns: (transfer full) */
char *ib_account_path (const IbCli *cli, const char *name);
/* Takes the one NAME out of what ib_command_parse () left; NULL: was said, IB_EXIT_USAGE is due. */
const char *ib_account_name_argument (int argc, char **argv);
/* Whether there is a file of that name, broken or not; if not, it was said. */
bool ib_account_exists (const IbCli *cli, const char *name);
/* The account, loaded with what it stands in; NULL: why was said, and *out_exit is due. */
IbAccount *ib_account_find (const IbCli *cli, const char *name, IbExit *out_exit);

IbExit ib_account_add (const IbCli *cli, int argc, char **argv);
IbExit ib_account_edit (const IbCli *cli, int argc, char **argv);
IbExit ib_account_import (const IbCli *cli, int argc, char **argv);
IbExit ib_account_pause (const IbCli *cli, int argc, char **argv);
IbExit ib_account_resume (const IbCli *cli, int argc, char **argv);
IbExit ib_account_token (const IbCli *cli, int argc, char **argv);
IbExit ib_account_test (const IbCli *cli, int argc, char **argv);
