/* relocate.c - lets a Dovecot run from another folder than the one it was compiled for
 *
 * Preloaded into the test server. Dovecot knows the names of its modules and of its own programs from
 * compile time; here such names are led below $IB_DOVECOT_ROOT. Every other name passes unchanged. */

#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const compiled_in[] = { "/usr/lib/dovecot", "/usr/bin/doveconf", "/usr/sbin/dovecot" };

static int
is_below (const char *name, const char *prefix)
{
    size_t length = strlen (prefix);
    return strncmp (name, prefix, length) == 0 && (name[length] == '\0' || name[length] == '/');
}

static const char *
relocated (const char *name, char *room, size_t room_size)
{
    const char *root = getenv ("IB_DOVECOT_ROOT");

    for (size_t i = 0; root != NULL && name != NULL && i < sizeof compiled_in / sizeof *compiled_in; i++)
        if (is_below (name, compiled_in[i])) {
            snprintf (room, room_size, "%s%s", root, name);
            return room;
        }
    return name;
}

DIR *
opendir (const char *name)
{
    DIR *(*real) (const char *) = (DIR * (*) (const char *) ) dlsym (RTLD_NEXT, "opendir");
    char room[PATH_MAX];
    return real (relocated (name, room, sizeof room));
}

void *
dlopen (const char *name, int flags)
{
    void *(*real) (const char *, int) = (void *(*) (const char *, int) ) dlsym (RTLD_NEXT, "dlopen");
    char room[PATH_MAX];
    return real (relocated (name, room, sizeof room), flags);
}

int
execv (const char *path, char *const argv[])
{
    int (*real) (const char *, char *const[])
        = (int (*) (const char *, char *const[])) dlsym (RTLD_NEXT, "execv");
    char room[PATH_MAX];
    return real (relocated (path, room, sizeof room), argv);
}
