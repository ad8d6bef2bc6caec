/* fault.c - named points at which a test can end or hinder the program */
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order in which a message passes them; a point stands before what it is named after. */
static const char *const names[] = {
    "filter.crash",
    "filter.hang",
    "filter.nonsense",
    "filter.withhold",
    "session.silence",
    "fs.make-folder",
    "fs.lock",
    "fs.write",
    "fs.copy",
    "fs.rename",
    "fs.sync-file",
    "fs.sync-folder",
    "maildir.make-folder",
    "delivery.write",
    "delivery.sync",
    "delivery.together",
    "journal.intend",
    "journal.commit",
    "delivery.rename",
    "held.rename",
    "delivery.sync-folder",
    "held.sync",
    "held.remove",
    "journal.delivered",
    "journal.copied",
    "journal.settled",
    "maildir.move",
    "watch.add",
    "watch.read",
    NULL,
};

static const struct {
    const char *name;
    int value;
} errnos[] = {
    { "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EDQUOT", EDQUOT }, { "EINTR", EINTR },
    { "EINVAL", EINVAL }, { "EIO", EIO },       { "EMFILE", EMFILE }, { "ENOENT", ENOENT },
    { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EROFS", EROFS },
};

/* What is to happen; @point NULL: nothing. Set before there are threads, or by a test between them. */
static const char *point;
static int first;
static bool is_lasting;
static int fails_with; /* 0: the process dies */
static int passings;

static const char *
find_name (const char *name, gsize length)
{
    for (gsize i = 0; names[i] != NULL; i++)
        if (strlen (names[i]) == length && strncmp (names[i], name, length) == 0)
            return names[i];
    return NULL;
}

static int
find_errno (const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS (errnos); i++)
        if (strcmp (errnos[i].name, name) == 0)
            return errnos[i].value;
    return 0;
}

/* spec = name ":" number ["+"] [":" errno] */
bool
ib_fault_set (const char *spec)
{
    point = NULL;
    if (spec == NULL || strcmp (spec, "list") == 0)
        return true;

    const char *colon = strchr (spec, ':');
    const char *name = colon == NULL ? NULL : find_name (spec, (gsize) (colon - spec));
    if (name == NULL || !g_ascii_isdigit (colon[1]))
        return false;

    char *rest = NULL;
    first = (int) MIN (g_ascii_strtoull (colon + 1, &rest, 10), G_MAXINT);
    is_lasting = *rest == '+';
    if (is_lasting)
        rest++;
    fails_with = *rest == ':' ? find_errno (rest + 1) : 0;
    if (first == 0 || (*rest == ':' ? fails_with == 0 : *rest != '\0') || (is_lasting && fails_with == 0))
        return false;

    g_atomic_int_set (&passings, 0);
    point = name;
    return true;
}

__attribute__ ((constructor)) static void
read_environment (void)
{
    const char *spec = getenv ("IB_FAULT");
    if (ib_fault_set (spec))
        return;
    fprintf (stderr, "IB_FAULT=%s names no fault; IB_FAULT=list shows the points\n", spec);
    _exit (2);
}

int
ib_fault (const char *name)
{
    if (G_LIKELY (point == NULL))
        return 0;
    g_assert (find_name (name, strlen (name)) != NULL);
    if (strcmp (name, point) != 0)
        return 0;

    int passing = g_atomic_int_add (&passings, 1) + 1;
    if (passing != first && !(is_lasting && passing > first))
        return 0;
    if (fails_with != 0)
        return fails_with;

    (void) kill (getpid (), SIGKILL);
    abort (); /* A sandbox may have forbidden the kill. */
}

const char *const *
ib_fault_names (void)
{
    return names;
}
