/* folder-name.h - the one spelling of a folder's name: "INBOX", or levels with "." between ("/" is taken as the same) */
#pragma once

#include "arena.h"

/* NULL for what cannot be a folder, with the reason in @out_why (transfer full). Returns: (transfer full) (nullable) */
char *ib_folder_name_parse (IbSpan name, char **out_why);
