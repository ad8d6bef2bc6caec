/* skeleton.h - what a name looks like, by ICU's table of confusable characters (UTS 39, 4) */
#pragma once

#include <glib.h>

/* The form that all names which look like @host have in common; A-labels are read as what they show. UTF-8. Where ICU
 * cannot tell, @host as it is. Returns: (transfer full) */
char *ib_skeleton (const char *host);
