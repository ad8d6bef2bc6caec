/* special-use.h - folders by what they are for (RFC 8579) */
#pragma once

#include "vm.h"

/* The folder that is there for @attribute ("\\Junk"); NULL if there is none. */
const char *ib_special_use_folder (IbVm *vm, IbSpan attribute);
