/* rlimits.h - what the system lets this process do */
#pragma once

#include <glib.h>

/* As many descriptors as may be, up to what the largest home needs; and a file that may not grow any more (RLIMIT_FSIZE, and the
 * file system's own limit) is an error of the call, EFBIG, rather than a signal that ends the process. For main (), before any
 * thread. Programs that we start get SIGXFSZ as usual. */
void ib_rlimits_prepare (void);
/* How many descriptors may be open. */
guint ib_rlimits_descriptors (void);
