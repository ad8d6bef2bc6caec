/* face.c - whom a message speaks to */
#include "face.h"

#include <glib.h>

#define VARIABLE "INBASKET_FACE"

void
ib_face_be_window (void)
{
    g_setenv (VARIABLE, "window", TRUE);
}

bool
ib_face_is_window (void)
{
    return g_strcmp0 (g_getenv (VARIABLE), "window") == 0;
}

const char *
ib_face_words (const char *for_files, const char *for_window)
{
    return ib_face_is_window () ? for_window : for_files;
}
