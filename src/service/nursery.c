/* nursery.c - where workers come from that share what it took to load them */
#include "nursery.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the cradle finds its end. */
#define CRADLE_FD 3
/* It answers in a millisecond, or after it was loaded. */
#define PATIENCE_S 5

struct _IbNursery {
    char *path;
    char **environment;
    int fd; /* to the cradle; -1: there is none */
    GPid cradle;
};

static void
give_up (IbNursery *self)
{
    if (self->fd < 0)
        return;
    close (self->fd);
    self->fd = -1;
    (void) kill (self->cradle, SIGKILL);
    while (waitpid (self->cradle, NULL, 0) < 0 && errno == EINTR)
        ;
}

static int
spawn (IbNursery *self, int theirs)
{
    char *const arguments[] = { self->path, (char *) "--cradle", NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;

    posix_spawn_file_actions_init (&files);
    posix_spawn_file_actions_addopen (&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen (&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen (&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2 (&files, theirs, CRADLE_FD);
    posix_spawn_file_actions_addclosefrom_np (&files, CRADLE_FD + 1);
    sigemptyset (&none);
    sigfillset (&all);
    posix_spawnattr_init (&attributes);
    posix_spawnattr_setsigmask (&attributes, &none);
    posix_spawnattr_setsigdefault (&attributes, &all);
    posix_spawnattr_setpgroup (&attributes, 0);
    posix_spawnattr_setflags (&attributes,
                              POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    int result = posix_spawn (&self->cradle, self->path, &files, &attributes, arguments, self->environment);
    posix_spawnattr_destroy (&attributes);
    posix_spawn_file_actions_destroy (&files);
    return result;
}

static bool
start (IbNursery *self)
{
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int ends[2];
    if (self->fd >= 0)
        return true;
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    int theirs = fcntl (ends[1], F_DUPFD_CLOEXEC, CRADLE_FD + 1); /* not overwritten before it is in place */
    close (ends[1]);
    bool is_started = theirs >= 0 && spawn (self, theirs) == 0;
    if (theirs >= 0)
        close (theirs);
    if (!is_started) {
        close (ends[0]);
        return false;
    }
    self->fd = ends[0];
    (void) setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return true;
}

static bool
ask (IbNursery *self, int channel, int words)
{
    const int fds[] = { channel, words };
    char byte = 0;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE (sizeof fds)];
    } control = { 0 };
    struct iovec part = { &byte, sizeof byte };
    struct msghdr message
        = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR (&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN (sizeof fds);
    memcpy (CMSG_DATA (header), fds, sizeof fds);
    return sendmsg (self->fd, &message, MSG_NOSIGNAL) == sizeof byte;
}

static GPid
hear (IbNursery *self)
{
    pid_t worker = -1;
    gssize n;
    do
        n = recv (self->fd, &worker, sizeof worker, 0);
    while (n < 0 && errno == EINTR);
    return n == sizeof worker && worker > 0 ? worker : -1;
}

/* If it is not, nobody could wait for its end. */
static bool
is_ours (GPid worker)
{
    siginfo_t info;
    return waitid (P_PID, (id_t) worker, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Orphans become ours only while we ask for this one. */
GPid
ib_nursery_take (IbNursery *self, int channel, int words)
{
    if (!start (self))
        return -1;
    bool is_taking_in = prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
    GPid worker = is_taking_in && ask (self, channel, words) ? hear (self) : -1;
    (void) prctl (PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    if (worker > 0 && is_ours (worker))
        return worker;
    if (worker > 0)
        (void) kill (worker, SIGKILL);
    give_up (self);
    return -1;
}

IbNursery *
ib_nursery_new (const char *path, char **environment)
{
    IbNursery *self = g_new0 (IbNursery, 1);
    self->path = g_strdup (path);
    self->environment = g_strdupv (environment);
    self->fd = -1;
    return self;
}

void
ib_nursery_renew (IbNursery *self)
{
    give_up (self);
}

void
ib_nursery_free (IbNursery *self)
{
    if (self == NULL)
        return;
    give_up (self);
    g_free (self->path);
    g_strfreev (self->environment);
    g_free (self);
}
