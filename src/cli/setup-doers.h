/* setup-doers.h - what setup's model leaves to whoever can: trying an account, counting its mail, a dry run */
#pragma once

#include "command.h"
#include "setup.h"

typedef struct _IbSetupWorkers IbSetupWorkers;

/* @changed: as IbSetupDoers has it. */
IbSetupWorkers *ib_setup_workers_new (const IbCli *cli, void (*changed) (IbSetup *, gpointer),
                                      gpointer user_data);
/* For ib_setup_new (), with the workers themselves as the user data. */
const IbSetupDoers *ib_setup_workers_doers (const IbSetupWorkers *self);
void ib_setup_workers_free (IbSetupWorkers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSetupWorkers, ib_setup_workers_free)
