/* rlimits.c - what the system lets this process do */
#include "rlimits.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>

/* Workers' sockets, messages in flight and watched folders: more than an ordinary user's 1024 may be. */
#define WANTED_DESCRIPTORS 8192

/* Unlike SIG_IGN, a handler ends with exec. */
static void
on_too_large (int number)
{
}

static void
raise_descriptors (void)
{
    struct rlimit limit;
    if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= WANTED_DESCRIPTORS)
        return;
    limit.rlim_cur = MIN (limit.rlim_max, WANTED_DESCRIPTORS);
    (void) setrlimit (RLIMIT_NOFILE, &limit);
}

void
ib_rlimits_prepare (void)
{
    const struct sigaction too_large = { .sa_handler = on_too_large, .sa_flags = SA_RESTART };
    (void) sigaction (SIGXFSZ, &too_large, NULL);
    raise_descriptors ();
}

guint
ib_rlimits_descriptors (void)
{
    struct rlimit limit;
    bool is_known = getrlimit (RLIMIT_NOFILE, &limit) == 0;
    return is_known ? (guint) MIN (limit.rlim_cur, WANTED_DESCRIPTORS) : 0;
}
