/* letters.c - letters that ASCII lacks */
#include "letters.h"

#include <locale.h>
#include <string.h>

void
ib_letters_say_all (void)
{
    if (strcmp (setlocale (LC_CTYPE, NULL), "C") == 0)
        (void) setlocale (LC_CTYPE, "C.UTF-8"); /* where there is none, “?” stands for them */
}
