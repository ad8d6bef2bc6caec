/* launch.c - runs a command as a transient unit, as the service does inside its cage, and says how it ended
 *
 *     launch LIMIT-MS COMMAND ...
 *
 * Prints OUT, what it gave, and its end. */
#include "launch.h"

#include <stdio.h>
#include <stdlib.h>

static void
take (gpointer into, const char *bytes, gsize length)
{
    g_string_append_len (into, bytes, (gssize) length);
}

int
main (int argc, char **argv)
{
    g_autoptr (GString) out = g_string_new (NULL);
    g_autoptr (GError) error = NULL;
    const IbRunTerms terms
        = { .limit_ms = (guint) atoi (argv[1]), .grace_ms = 500, .take = take, .into = out };
    IbRunResult result;
    if (argc < 3)
        return 2;
    ib_run_command_by (&ib_launch_as_unit);
    if (!ib_run_command ((const char *const *) argv + 2, &terms, NULL, &result, &error)) {
        printf ("%s\n", error->message);
        return 1;
    }
    printf ("out: %s\nerr: %s\n%s %d\n", out->str, result.complaint,
            result.was_signalled ? "signal" : "status", result.status);
    g_free (result.complaint);
    return 0;
}
