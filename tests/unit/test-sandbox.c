/* A process that locked itself in tries what is forbidden, and does what it must be able to do. */
#include "frame.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What was open before the door closed. */
static struct {
    int folder, unconnected, pair[2];
    iconv_t converter;
    char *page;
} had;

static int
say (bool is_done)
{
    return is_done ? 0 : errno;
}

/* --- forbidden: each returns 0 if it was let do it, else the errno it met ---------------------------------------- */

static int
open_a_file (void)
{
    return say (open ("/etc/passwd", O_RDONLY) >= 0);
}
static int
make_a_file (void)
{
    return say (open ("/tmp/inbasket-sandbox-test", O_CREAT | O_WRONLY, 0600) >= 0);
}
static int
open_below_a_folder (void)
{
    return say (openat (had.folder, "passwd", O_RDONLY) >= 0);
}
static int
look_at_a_file (void)
{
    struct stat found;
    return say (stat ("/etc/passwd", &found) == 0);
}
static int
look_at_a_file_oddly (void)
{
    struct stat found;
    return say (syscall (SYS_newfstatat, AT_FDCWD, "/etc/passwd", &found, AT_EMPTY_PATH) == 0);
}
static int
read_a_link (void)
{
    char to[99];
    return say (readlink ("/proc/self/exe", to, sizeof to) >= 0);
}
static int
remove_a_file (void)
{
    return say (unlink ("/tmp/inbasket-sandbox-test") == 0);
}
static int
list_a_folder (void)
{
    char got[999];
    return say (syscall (SYS_getdents64, had.folder, got, sizeof got) >= 0);
}
static int
change_folder (void)
{
    return say (fchdir (had.folder) == 0);
}

static int
open_a_socket (void)
{
    return say (socket (AF_INET, SOCK_STREAM, 0) >= 0);
}
static int
open_a_unix_socket (void)
{
    return say (socket (AF_UNIX, SOCK_STREAM, 0) >= 0);
}
static int
open_netlink (void)
{
    return say (socket (AF_NETLINK, SOCK_RAW, 0) >= 0);
}
static int
pair_sockets (void)
{
    int two[2];
    return say (socketpair (AF_UNIX, SOCK_STREAM, 0, two) == 0);
}
static int
connect_out (void)
{
    struct sockaddr_in to
        = { .sin_family = AF_INET, .sin_port = htons (9), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    return say (connect (had.unconnected, (struct sockaddr *) &to, sizeof to) == 0 || errno == ECONNREFUSED);
}
static int
bind_here (void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
    return say (bind (had.unconnected, (struct sockaddr *) &at, sizeof at) == 0);
}
static int
listen_here (void)
{
    return say (listen (had.unconnected, 1) == 0);
}
static int
set_an_option (void)
{
    int one = 1;
    return say (setsockopt (had.unconnected, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
}

static char word[] = "true";
static char *const no_words[] = { word, NULL };
static int
run_a_program (void)
{
    return say (execve ("/bin/true", no_words, no_words + 1) == 0);
}
static int
run_from_memory (void)
{
    int fd = memfd_create ("program", 0);
    return say (syscall (SYS_execveat, fd, "", no_words, no_words + 1, AT_EMPTY_PATH) == 0);
}
static int
have_a_child (void)
{
    return say (syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0);
}
static int
have_a_child_by_fork (void)
{
    return say (fork () >= 0);
}
static int
have_a_child_by_clone3 (void)
{
    guint64 arguments[11] = { 0 };
    return say (syscall (SYS_clone3, arguments, sizeof arguments) >= 0);
}
static void *
idle (void *nothing)
{
    return nothing;
}
static int
start_a_thread (void)
{
    pthread_t thread;
    errno = pthread_create (&thread, NULL, idle, NULL);
    return errno;
}

static int
trace_the_parent (void)
{
    return say (ptrace (PTRACE_ATTACH, getppid (), 0, 0) == 0);
}
static int
read_the_parent (void)
{
    char got[8];
    struct iovec here = { got, sizeof got }, there = { had.page, sizeof got };
    return say (process_vm_readv (getppid (), &here, 1, &there, 1, 0) >= 0);
}
static int
signal_the_parent (void)
{
    return say (kill (getppid (), 0) == 0);
}
static int
signal_everybody (void)
{
    return say (kill (-1, 0) == 0);
}
static int
signal_a_thread (void)
{
    return say (syscall (SYS_tgkill, getppid (), getppid (), 0) == 0);
}
static int
signal_by_a_descriptor (void)
{
    return say (fcntl (had.pair[0], F_SETOWN, getppid ()) == 0);
}

static int
map_code (void)
{
    return say (mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}
static int
turn_into_code (void)
{
    return say (mprotect (had.page, 4096, PROT_READ | PROT_EXEC) == 0);
}
static int
take_much_memory (void)
{
    return say (mmap (NULL, 600u << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}
static int
write_a_large_file (void)
{
    return say (ftruncate (memfd_create ("large", 0), 65 << 20) == 0);
}
static int
open_many (void)
{
    for (guint i = 0; i < 2000; i++)
        if (dup (0) < 0)
            return errno;
    return 0;
}

static int
become_dumpable (void)
{
    return say (prctl (PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
}
static int
raise_a_limit (void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    return say (setrlimit (RLIMIT_CORE, &limit) == 0);
}
static int
become_somebody (void)
{
    return say (setresuid (1, 1, 1) == 0);
}
static int
leave_the_namespace (void)
{
    return say (unshare (CLONE_NEWUSER) == 0);
}
static int
mount_something (void)
{
    return say (mount ("none", "/mnt", "tmpfs", 0, NULL) == 0);
}
static int
load_bpf (void)
{
    return say (syscall (SYS_bpf, 0, NULL, 0) >= 0);
}
static int
use_io_uring (void)
{
    return say (syscall (SYS_io_uring_setup, 1, NULL) >= 0);
}
static int
watch_events (void)
{
    return say (syscall (SYS_perf_event_open, NULL, 0, -1, -1, 0) >= 0);
}
static int
catch_faults (void)
{
    return say (syscall (SYS_userfaultfd, 0) >= 0);
}
static int
ask_for_keys (void)
{
    return say (syscall (SYS_keyctl, 0, 0, 0) >= 0);
}
static int
type_on_the_terminal (void)
{
    return say (ioctl (0, TIOCSTI, "x") == 0);
}
static int
change_the_scheduler (void)
{
    struct sched_param most = { 1 };
    return say (sched_setscheduler (0, SCHED_FIFO, &most) == 0);
}
#ifdef __x86_64__
static int
call_in_x32 (void)
{
    return say (syscall (0x40000000 + SYS_getpid) >= 0);
}
static int
call_in_32_bit (void)
{
    long result = 20; /* getpid of i386 */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result > 0 ? 0 : (int) -result;
}
#endif

/* --- needed: each returns 0 if it worked -------------------------------------------------------------------------- */

static int
use_the_channel (void)
{
    static const IbFrameKind kinds[] = { { 1, "ay", IB_FRAME_WITH_FD }, { 0 } };
    g_autoptr (IbChannel) here = ib_channel_new (had.pair[0], kinds);
    g_autoptr (IbChannel) there = ib_channel_new (had.pair[1], kinds);
    g_auto (IbFrame) frame = { .fd = -1 };
    return !ib_channel_send (here, 1, g_variant_new_bytestring ("words"), had.folder, NULL)
           || !ib_channel_receive (there, &frame, NULL) || frame.fd < 0;
}
static int
use_memory_files (void)
{
    const gsize size = 32 << 20;
    int fd = memfd_create ("message", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || write (fd, "x", 1) != 1 || ftruncate (fd, size) != 0
        || fcntl (fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return errno;
    const char *bytes = mmap (NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    return bytes == MAP_FAILED || bytes[0] != 'x' || lseek (fd, 0, SEEK_END) != (off_t) size
           || (fcntl (fd, F_GET_SEALS) & F_SEAL_WRITE) == 0 || close (fd) != 0;
}
static int
use_memory (void)
{
    char *much = malloc (100 << 20);
    if (much == NULL)
        return ENOMEM;
    memset (much, 1, 100 << 20);
    much = realloc (much, 120 << 20);
    int result = much == NULL || much[99] != 1;
    free (much);
    return result;
}
static int
compare_numbers (const void *a, const void *b)
{
    return *(const int *) a - *(const int *) b;
}
static int
sort_much (void)
{
    static int numbers[100000];
    for (int i = 0; i < 100000; i++)
        numbers[i] = (i * 7919) % 100003;
    qsort (numbers, 100000, sizeof (int), compare_numbers);
    return numbers[0] > numbers[99999];
}
static int
use_pipes_and_poll (void)
{
    int ends[2];
    if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) != 0 || write (ends[1], "x", 1) != 1)
        return errno;
    struct pollfd one = { .fd = ends[0], .events = POLLIN };
    return poll (&one, 1, 1000) != 1 || (fcntl (ends[0], F_GETFL) & O_NONBLOCK) == 0;
}
static int
know_the_time (void)
{
    time_t now = time (NULL);
    struct tm parts;
    struct timespec moment = { 0, 1000 };
    return now < 1700000000 || localtime_r (&now, &parts) == NULL || nanosleep (&moment, NULL) != 0
           || g_get_monotonic_time () <= 0;
}
static int
convert_with_what_was_opened (void)
{
    char in[] = "\x82\xa0", out[8] = "", *from = in, *to = out;
    gsize in_left = 2, out_left = sizeof out;
    if (iconv (had.converter, &from, &in_left, &to, &out_left) == (gsize) -1)
        return errno;
    iconv_t again = iconv_open ("UTF-8", "SHIFT_JIS"); /* loaded already: needs no file */
    return again == (iconv_t) -1 || strcmp (out, "\u3042") != 0;
}
static int
do_without_a_converter (void)
{
    return iconv_open ("UTF-8", "EUC-TW") != (iconv_t) -1;
}
static int
log_a_warning (void)
{
    int ends[2];
    char text[200] = "";
    if (pipe2 (ends, 0) != 0)
        return errno;
    close (2);
    fcntl (ends[1], F_DUPFD_CLOEXEC, 2);
    g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_INFO, "MESSAGE", "%s", "not heard");
    g_log_structured (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "MESSAGE", "%s", "the last words");
    return read (ends[0], text, sizeof text - 1) <= 0 || strstr (text, "the last words") == NULL;
}
static int
random_bytes (void)
{
    char got[16];
    return getentropy (got, sizeof got);
}
static int
find_the_cores (void)
{
    return g_get_num_processors () < 1;
}
static int
end_by_itself (void)
{
    signal (SIGABRT, SIG_DFL);
    abort ();
}

/* ----------------------------------------------------------------------------------------------------------------- */

#define KILLED (-SIGSYS)
enum { BOTH = -1 };

typedef struct {
    const char *name;
    int (*attempt) (void);
    int expected; /* an errno, 0 done, or negative: the signal that ends it */
    int kind;
} Row;

static const Row rows[] = {
    { "open", open_a_file, EACCES, BOTH },
    { "create", make_a_file, EACCES, BOTH },
    { "openat-folder", open_below_a_folder, EACCES, BOTH },
    { "stat", look_at_a_file, EACCES, BOTH },
    { "stat-empty-path", look_at_a_file_oddly, EACCES, BOTH },
    { "readlink", read_a_link, EACCES, BOTH },
    { "unlink", remove_a_file, KILLED, BOTH },
    { "getdents", list_a_folder, EPERM, BOTH },
    { "fchdir", change_folder, EPERM, BOTH },
    { "socket-inet", open_a_socket, KILLED, BOTH },
    { "socket-unix", open_a_unix_socket, KILLED, BOTH },
    { "socket-netlink", open_netlink, KILLED, BOTH },
    { "socketpair", pair_sockets, EPERM, BOTH },
    { "connect", connect_out, KILLED, BOTH },
    { "bind", bind_here, KILLED, BOTH },
    { "listen", listen_here, KILLED, BOTH },
    { "setsockopt", set_an_option, EINVAL, BOTH },
    { "execve", run_a_program, KILLED, BOTH },
    { "execveat", run_from_memory, KILLED, BOTH },
    { "clone", have_a_child, KILLED, BOTH },
    { "fork", have_a_child_by_fork, KILLED, BOTH },
    { "clone3", have_a_child_by_clone3, KILLED, BOTH },
    { "thread", start_a_thread, KILLED, BOTH },
    { "ptrace", trace_the_parent, KILLED, BOTH },
    { "process-vm-readv", read_the_parent, KILLED, BOTH },
    { "kill-parent", signal_the_parent, KILLED, BOTH },
    { "kill-all", signal_everybody, KILLED, BOTH },
    { "tgkill", signal_a_thread, KILLED, BOTH },
    { "setown", signal_by_a_descriptor, EPERM, BOTH },
    { "mmap-exec", map_code, EPERM, BOTH },
    { "mprotect-exec", turn_into_code, EPERM, BOTH },
    { "large-file-fetch", write_a_large_file, EFBIG, IB_SANDBOX_FETCH },
    { "large-file-filter", write_a_large_file, EFBIG, IB_SANDBOX_FILTER },
    { "many-descriptors", open_many, EMFILE, BOTH },
    { "dumpable", become_dumpable, EPERM, BOTH },
    { "setrlimit", raise_a_limit, EPERM, BOTH },
    { "setresuid", become_somebody, KILLED, BOTH },
    { "unshare", leave_the_namespace, KILLED, BOTH },
    { "mount", mount_something, KILLED, BOTH },
    { "bpf", load_bpf, KILLED, BOTH },
    { "io-uring", use_io_uring, KILLED, BOTH },
    { "perf", watch_events, KILLED, BOTH },
    { "userfaultfd", catch_faults, KILLED, BOTH },
    { "keyctl", ask_for_keys, KILLED, BOTH },
    { "ioctl", type_on_the_terminal, EPERM, BOTH },
    { "scheduler", change_the_scheduler, EPERM, BOTH },
#ifdef __x86_64__
    { "x32", call_in_x32, KILLED, BOTH },
    { "32-bit", call_in_32_bit, KILLED, BOTH },
#endif
    /* A sanitizer needs all the address space there is. */
    { "much-memory", take_much_memory, IB_SANITIZED ? 0 : ENOMEM, BOTH },
    { "needs-channel", use_the_channel, 0, BOTH },
    { "needs-memory-files", use_memory_files, 0, IB_SANDBOX_FETCH },
    { "needs-memory", use_memory, 0, BOTH },
    { "needs-qsort", sort_much, 0, BOTH },
    { "needs-pipes", use_pipes_and_poll, 0, BOTH },
    { "needs-time", know_the_time, 0, BOTH },
    { "needs-iconv", convert_with_what_was_opened, 0, BOTH },
    { "needs-no-converter", do_without_a_converter, 0, BOTH },
    { "needs-log", log_a_warning, 0, BOTH },
    { "needs-random", random_bytes, 0, BOTH },
    { "needs-cores", find_the_cores, 0, BOTH },
    { "needs-abort", end_by_itself, -SIGABRT, BOTH },
};

static void
prepare (void)
{
    had.folder = open ("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    had.unconnected = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    had.converter = iconv_open ("UTF-8", "SHIFT_JIS");
    had.page = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, had.pair), ==, 0);
    tzset ();
}

/* In a child of ours: nobody's rights if asked for, then the walls. Ends with @status_if_not if that fails. */
static void
lock_in (IbSandboxKind kind, bool as_root)
{
    IbSandboxStatus status;
    g_autoptr (GError) error = NULL;
    if (!as_root && geteuid () == 0
        && (setresgid (65534, 65534, 65534) != 0 || setresuid (65534, 65534, 65534) != 0))
        _exit (254);
    if (!ib_sandbox_enter (kind, &status, &error)) {
        g_printerr ("%s\n", error->message);
        _exit (255);
    }
}

static void
try (const Row *row, IbSandboxKind kind, bool as_root)
{
    pid_t child = fork ();
    if (child == 0) {
        signal (SIGSYS, SIG_DFL);
        lock_in (kind, as_root);
        _exit (row->attempt ());
    }
    int status = 0;
    g_assert_cmpint (waitpid (child, &status, 0), ==, child);
    g_assert_cmpint (WIFSIGNALED (status) ? -WTERMSIG (status) : WEXITSTATUS (status), ==, row->expected);
}

/* Whoever runs the tests, and, if that is root, an ordinary user as well. */
static void
tries (gconstpointer data)
{
    const Row *row = data;
    for (int kind = IB_SANDBOX_FETCH; kind <= IB_SANDBOX_FILTER; kind++) {
        if (row->kind != BOTH && row->kind != kind)
            continue;
        try (row, (IbSandboxKind) kind, false);
        if (geteuid () == 0)
            try (row, (IbSandboxKind) kind, true);
    }
}

static int
kernel_landlock (void)
{
    return (int) MAX (0, syscall (SYS_landlock_create_ruleset, NULL, 0, 1));
}

/* What the kernel says of such a process. */
static void
walls_are_up (void)
{
    int ends[2];
    g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    pid_t child = fork ();
    if (child == 0) {
        IbSandboxStatus status = { 0 };
        if (!ib_sandbox_enter (IB_SANDBOX_FILTER, &status, NULL))
            _exit (1);
        char said[] = { (char) status.landlock_abi, (char) status.has_seccomp };
        if (write (ends[1], said, 2) != 2 || read (ends[1], said, 1) != 1)
            _exit (2);
        _exit (0);
    }

    char said[2], path[64];
    g_assert_cmpint (read (ends[0], said, 2), ==, 2);
    g_assert_cmpint (said[0], ==, kernel_landlock ());
    g_assert_cmpint (said[1], ==, 1);

    g_autofree char *status = NULL, *limits = NULL;
    g_snprintf (path, sizeof path, "/proc/%d/status", (int) child);
    g_assert_true (g_file_get_contents (path, &status, NULL, NULL));
    g_assert_nonnull (strstr (status, "\nNoNewPrivs:\t1\n"));
    g_assert_nonnull (strstr (status, "\nSeccomp:\t2\n"));
    g_snprintf (path, sizeof path, "/proc/%d/limits", (int) child);
    g_assert_true (g_file_get_contents (path, &limits, NULL, NULL));
    g_assert_true (g_regex_match_simple ("^Max core file size +0 +0 ", limits, G_REGEX_MULTILINE, 0));
    g_assert_true (g_regex_match_simple ("^Max processes +0 +0 ", limits, G_REGEX_MULTILINE, 0));

    int result = -1;
    g_assert_cmpint (write (ends[0], "x", 1), ==, 1);
    g_assert_cmpint (waitpid (child, &result, 0), ==, child);
    g_assert_cmpint (result, ==, 0);
}

/* A worker of @kind that says a byte into @says once it is locked in, and then waits for one that never comes. */
static pid_t
start_waiting (IbSandboxKind kind, int says, int hears)
{
    pid_t child = fork ();
    if (child != 0)
        return child;
    IbSandboxStatus status;
    char byte = 0;
    bool is_in = ib_sandbox_enter (kind, &status, NULL);
    _exit (is_in && write (says, &byte, 1) == 1 && read (hears, &byte, 1) == 1 ? 0 : 1);
}

/* Its memory, which holds mail and a password, is not for other processes of the same user. */
static void
is_closed_to_others (gconstpointer data)
{
    int says[2], hears[2], status = 0;
    g_assert_true (pipe2 (says, O_CLOEXEC) == 0 && pipe2 (hears, O_CLOEXEC) == 0);
    pid_t other = fork ();
    if (other == 0) {
        char byte;
        if (geteuid () == 0 && (setresgid (65534, 65534, 65534) != 0 || setresuid (65534, 65534, 65534) != 0))
            _exit (254);
        prctl (PR_SET_DUMPABLE, 1, 0, 0, 0); /* as it is behind an exec */
        pid_t worker = start_waiting (GPOINTER_TO_INT (data), says[1], hears[0]);
        if (read (says[0], &byte, 1) != 1)
            _exit (253);
        g_autofree char *path = g_strdup_printf ("/proc/%d/mem", (int) worker);
        int fd = open (path, O_RDONLY | O_CLOEXEC);
        int number = fd < 0 ? errno : 0;
        kill (worker, SIGKILL);
        _exit (number);
    }
    g_assert_cmpint (waitpid (other, &status, 0), ==, other);
    g_assert_true (WIFEXITED (status));
    g_assert_cmpint (WEXITSTATUS (status), ==, EACCES);
    for (gsize i = 0; i < 2; i++)
        g_assert_true (close (says[i]) == 0 && close (hears[i]) == 0);
}

/* A worker does not outlive whoever it works for. */
static void
goes_with_its_parent (gconstpointer data)
{
    int says[2], hears[2];
    char bytes[2];
    g_assert_true (pipe2 (says, O_CLOEXEC) == 0 && pipe2 (hears, O_CLOEXEC) == 0);
    pid_t parent = fork ();
    if (parent == 0) {
        pid_t worker = start_waiting (GPOINTER_TO_INT (data), says[1], hears[0]);
        _exit (read (says[0], bytes, 1) == 1 && write (says[1], bytes, 1) == 1 && worker > 0 ? 0 : 1);
    }
    close (says[1]);
    close (hears[0]);
    g_assert_cmpint (waitpid (parent, NULL, 0), ==, parent);
    g_assert_cmpint (read (says[0], bytes, 1), ==, 1);
    struct pollfd end = { says[0], POLLIN, 0 };
    g_assert_cmpint (poll (&end, 1, 30000), ==, 1);
    g_assert_cmpint (read (says[0], bytes, 1), ==, 0); /* nobody has the other end any more */
    close (says[0]);
    close (hears[1]);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    prepare ();
    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autofree char *path = g_strconcat ("/sandbox/", rows[i].name, NULL);
        g_test_add_data_func (path, &rows[i], tries);
    }
    g_test_add_func ("/sandbox/walls", walls_are_up);
    for (int kind = IB_SANDBOX_FETCH; kind <= IB_SANDBOX_FILTER; kind++) {
        const char *name = kind == IB_SANDBOX_FETCH ? "fetch" : "filter";
        g_autofree char *closed = g_strconcat ("/sandbox/is-closed-to-others/", name, NULL);
        g_autofree char *goes = g_strconcat ("/sandbox/goes-with-its-parent/", name, NULL);
        g_test_add_data_func (closed, GINT_TO_POINTER (kind), is_closed_to_others);
        g_test_add_data_func (goes, GINT_TO_POINTER (kind), goes_with_its_parent);
    }
    return g_test_run ();
}
