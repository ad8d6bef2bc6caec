/* unfinished.c - what a program must not end before */
#include "unfinished.h"

#include <gio/gio.h>

static guint n_unfinished;

void
ib_unfinished_begin (void)
{
    GApplication *application = g_application_get_default ();
    n_unfinished++;
    if (application != NULL)
        g_application_hold (application);
}

void
ib_unfinished_end (void)
{
    GApplication *application = g_application_get_default ();
    g_assert (n_unfinished > 0);
    n_unfinished--;
    if (application != NULL)
        g_application_release (application);
}

void
ib_unfinished_wait (void)
{
    while (n_unfinished > 0)
        g_main_context_iteration (NULL, TRUE);
}
