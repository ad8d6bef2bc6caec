/* service-shared.h - what running at login needs to know of the settings */
#pragma once

#include "config.h"

/* What the service writes to beside its own folders: the Maildir, and where tokens are kept in files, which are renewed.
 * Returns: (transfer full) NULL-ended */
char **ib_service_folders (const IbConfig *config);
