/* setup-workers.h - what setup's model leaves to whoever can: trying an account, counting its mail, a dry run, running at login
 *
 * The same for each face. Servers are spoken with by fetch workers; what reads mail, or waits, is done by our own program beside us:
 * nothing here keeps a face waiting. */
#pragma once

#include "paths.h"
#include "setup.h"

typedef struct _IbSetupWorkers IbSetupWorkers;

/* What is left to the face, as IbSetupDoers has it. @learn NULL: our own program does it, and the model is told. */
typedef struct {
    void (*changed) (IbSetup *setup, gpointer user_data);
    void (*learn) (IbSetup *setup, const char *name, gpointer user_data);
} IbSetupFace;

/* @paths and @face must outlive them. On the default main context. */
IbSetupWorkers *ib_setup_workers_new (const IbPaths *paths, const IbSetupFace *face, gpointer user_data);
/* For ib_setup_new (), with the workers themselves as the user data. */
const IbSetupDoers *ib_setup_workers_doers (const IbSetupWorkers *self);
void ib_setup_workers_free (IbSetupWorkers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IbSetupWorkers, ib_setup_workers_free)
