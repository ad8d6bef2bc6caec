/* same-folder.h - whether two names are one folder's */
#pragma once

#include <stdbool.h>

/* By whatever way each leads there; a folder that is not there yet has its name only. */
bool ib_same_folder (const char *one, const char *other);
