/* nursery.c - where workers come from that share what it took to load them */
#include "nursery.h"
#include "worker-process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

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

static bool
start (IbNursery *self)
{
    char *const arguments[] = { self->path, (char *) "--cradle", NULL };
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int ends[2];
    if (self->fd >= 0)
        return true;
    if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    int theirs = ib_worker_process_lift (ends[1]);
    bool is_started
        = theirs >= 0
          && ib_worker_process_start (self->path, arguments, self->environment, theirs, -1, &self->cradle)
                 == 0;
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
