/* cradle.c - a worker that is loaded once, and copied whenever one is needed */
#include "cradle.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE_FD 3

typedef enum { CRADLE, WORKER } Who;

/* False: the service is gone, or speaks nonsense. */
static bool
receive (int *out_channel, int *out_words)
{
    char byte;
    int fds[2];
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE (sizeof fds)];
    } control;
    struct iovec part = { &byte, sizeof byte };
    struct msghdr message
        = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control };
    gssize n;
    do
        n = recvmsg (SERVICE_FD, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);

    const struct cmsghdr *header = n == 1 ? CMSG_FIRSTHDR (&message) : NULL;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN (sizeof fds))
        return false;
    memcpy (fds, CMSG_DATA (header), sizeof fds);
    *out_channel = fds[0];
    *out_words = fds[1];
    return true;
}

static void
settle_in (int channel, int words)
{
    (void) setpgid (0, 0); /* an interrupt from the keyboard is the service's to act on */
    dup2 (words, STDERR_FILENO);
    dup2 (channel, SERVICE_FD); /* the service's own end of the cradle is none of the worker's */
    close (words);
    close (channel);
}

/* *out_worker is -1 where none could be made. */
static Who
make_worker (pid_t *out_worker)
{
    int ends[2];
    *out_worker = -1;
    if (pipe (ends) != 0)
        return CRADLE;
    pid_t between = fork ();
    if (between == 0) {
        pid_t worker = fork ();
        close (ends[0]);
        if (worker != 0)
            _exit (write (ends[1], &worker, sizeof worker) != sizeof worker);
        close (ends[1]);
        return WORKER;
    }
    close (ends[1]);
    if (between > 0) {
        if (read (ends[0], out_worker, sizeof *out_worker) != sizeof *out_worker)
            *out_worker = -1;
        while (waitpid (between, NULL, 0) < 0 && errno == EINTR)
            ; /* only now the worker is the service's child */
    }
    close (ends[0]);
    return CRADLE;
}

bool
ib_cradle_serve (void)
{
    int channel, words;
    while (receive (&channel, &words)) {
        pid_t worker;
        if (make_worker (&worker) == WORKER) {
            settle_in (channel, words);
            return true;
        }
        close (channel);
        close (words);
        if (send (SERVICE_FD, &worker, sizeof worker, MSG_NOSIGNAL) < 0)
            return false;
    }
    return false;
}
