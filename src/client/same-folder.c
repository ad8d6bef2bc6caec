/* same-folder.c - whether two names are one folder's */
#include "same-folder.h"

#include <glib.h>
#include <stdlib.h>

bool
ib_same_folder (const char *one, const char *other)
{
    g_autofree char *first = realpath (one, NULL);
    g_autofree char *second = realpath (other, NULL);
    return g_strcmp0 (first != NULL ? first : one, second != NULL ? second : other) == 0;
}
