/* loop.c - what a main loop watches for us */
#include "loop.h"

void
ib_loop_drop (GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy (*source);
    g_clear_pointer (source, g_source_unref);
}
