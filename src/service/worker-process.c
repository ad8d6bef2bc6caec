/* worker-process.c - a process of ours that gets nothing but what it is handed */
#include "worker-process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define CHANNEL_FD 3

/* What it gets of our environment, by whole name or beginning. */
static const struct {
    const char *name;
    bool is_beginning;
} kept[] = {
    { "LANG", false },
    { "LANGUAGE", false },
    { "LC_", true },
    { "TZ", false },
    { "TZDIR", false },
    { "IB_FAULT", true },
    { "ASAN_OPTIONS", false },
    { "UBSAN_OPTIONS", false },
    { "SSL_CERT_FILE", false },
    { "SSL_CERT_DIR", false },
    { "G_DEBUG", false },
    { "G_MESSAGES_DEBUG", false },
    { "G_SLICE", false },
    { "INBASKET_FACE", false },
    { "INBASKET_LOCALEDIR", false },
};

static bool
is_kept (const char *variable)
{
    for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
        gsize length = strlen (kept[i].name);
        if (strncmp (variable, kept[i].name, length) == 0
            && (kept[i].is_beginning || variable[length] == '='))
            return true;
    }
    return false;
}

char **
ib_worker_process_environment (void)
{
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_auto (GStrv) all = g_get_environ ();
    for (guint i = 0; all[i] != NULL; i++)
        if (is_kept (all[i]))
            g_strv_builder_add (builder, all[i]);
    return g_strv_builder_end (builder);
}

int
ib_worker_process_lift (int fd)
{
    int lifted = fcntl (fd, F_DUPFD_CLOEXEC, CHANNEL_FD + 1);
    close (fd);
    return lifted;
}

static void
put_files (posix_spawn_file_actions_t *files, int channel, int words)
{
    posix_spawn_file_actions_addopen (files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen (files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    if (words >= 0)
        posix_spawn_file_actions_adddup2 (files, words, STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen (files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2 (files, channel, CHANNEL_FD);
    posix_spawn_file_actions_addclosefrom_np (files, CHANNEL_FD + 1);
}

static void
put_attributes (posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    sigemptyset (&none);
    sigfillset (&all);
    posix_spawnattr_setsigmask (attributes, &none);
    posix_spawnattr_setsigdefault (attributes, &all);
    posix_spawnattr_setpgroup (attributes, 0);
    posix_spawnattr_setflags (attributes,
                              POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

int
ib_worker_process_start (const char *path, char *const *arguments, char *const *environment, int channel,
                         int words, GPid *out_pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;

    posix_spawn_file_actions_init (&files);
    put_files (&files, channel, words);
    posix_spawnattr_init (&attributes);
    put_attributes (&attributes);
    int number = posix_spawn (out_pid, path, &files, &attributes, arguments, environment);
    posix_spawnattr_destroy (&attributes);
    posix_spawn_file_actions_destroy (&files);
    return number;
}
