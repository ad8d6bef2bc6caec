/* list-files.h - the user's own lists on disk: a file each, see lists.h
 *
 * Filters look things up in them (Sieve's extlists); the filter workers get their texts with the scripts. */
#pragma once

#include "lists.h"

/* The files of @folder, the first IB_LIMIT_LISTS by name. What cannot be read, is larger than IB_LIMIT_LIST_BYTES or
 * whose name no script could write, is left out. NULL: there is none. Returns: (transfer full) (nullable) */
IbLists *ib_list_files_read (const char *folder);
