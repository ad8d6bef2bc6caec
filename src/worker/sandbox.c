/* sandbox.c - a worker locks itself in
 *
 * Four walls, each of which would do for most of it: resource limits, an undumpable process that gains nothing by
 * exec, Landlock (no file, no TCP, no signal to others), and a list of system calls. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((rlim_t) 1024 * 1024)

/* --- limits -------------------------------------------------------------------------------------------------- */

typedef struct {
    int resource;
    rlim_t most;
} Limit;

#define NO_LIMIT                                                                                             \
    {                                                                                                        \
        -1, 0                                                                                                \
    }

/* FSIZE holds for memory files too: the largest message that is kept in one is 32 MiB. NOFILE is also how many
 * descriptors may be on their way from here to the service, together with all others of an ordinary user. NPROC does
 * not hinder root; seccomp does. */
static const Limit fetch_limits[] = {
    { RLIMIT_AS, 256 * MIB }, { RLIMIT_FSIZE, 64 * MIB }, { RLIMIT_NOFILE, 1024 },
    { RLIMIT_NPROC, 0 },      { RLIMIT_CORE, 0 },         NO_LIMIT,
};
static const Limit filter_limits[] = {
    { RLIMIT_AS, 512 * MIB }, { RLIMIT_FSIZE, 0 }, { RLIMIT_NOFILE, 64 },
    { RLIMIT_NPROC, 0 },      { RLIMIT_CORE, 0 },  NO_LIMIT,
};

static bool
fail (GError **error, const char *what, int number)
{
    g_set_error (error, G_IO_ERROR, (int) g_io_error_from_errno (number),
                 "the sandbox cannot be entered: %s: %s", what, g_strerror (number));
    return false;
}

static bool
set_limits (const Limit *limits, GError **error)
{
    for (const Limit *limit = limits; limit->resource >= 0; limit++) {
        /* The sanitizers' shadow memory is as large as the whole address space. */
        if (IB_SANITIZED && limit->resource == RLIMIT_AS)
            continue;
        struct rlimit value;
        if (getrlimit ((__rlimit_resource_t) limit->resource, &value) != 0)
            return fail (error, "reading a limit", errno);
        value.rlim_max = MIN (value.rlim_max, limit->most);
        value.rlim_cur = value.rlim_max;
        if (setrlimit ((__rlimit_resource_t) limit->resource, &value) != 0)
            return fail (error, "setting a limit", errno);
    }
    /* Over a limit a write fails with EFBIG; the message then is what suffers, not the worker. */
    signal (SIGXFSZ, SIG_IGN);
    return true;
}

/* --- what a process may become ------------------------------------------------------------------------------- */

static bool
give_up_privileges (GError **error)
{
    if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return fail (error, "not dumpable", errno);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return fail (error, "no new privileges", errno);
    /* A worker that hangs must not outlive a service that was killed. */
    if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return fail (error, "ending with the parent", errno);
    return true;
}

/* --- Landlock ------------------------------------------------------------------------------------------------ */

/* By hand, since a distribution's headers are older than the kernels that its users run. */
typedef struct {
    uint64_t access_fs;
    uint64_t access_net; /* since ABI 4 */
    uint64_t scoped;     /* since ABI 6 */
} LandlockRules;

#define LANDLOCK_VERSION 1 /* LANDLOCK_CREATE_RULESET_VERSION */

/* What each version of the interface added: all of it is handled, and nothing then allowed. */
static const struct {
    int abi;
    LandlockRules adds;
    size_t size;
} landlock_versions[] = {
    { 1, { .access_fs = (1u << 13) - 1 }, 8 },      /* execute, read, write, make, remove */
    { 2, { .access_fs = 1u << 13 }, 8 },            /* refer */
    { 3, { .access_fs = 1u << 14 }, 8 },            /* truncate */
    { 4, { .access_net = 1u << 0 | 1u << 1 }, 16 }, /* bind and connect TCP */
    { 5, { .access_fs = 1u << 15 }, 16 },           /* ioctl on devices */
    { 6, { .scoped = 1u << 0 | 1u << 1 }, 24 },     /* abstract sockets, signals */
};

/* 0: this kernel has none, or has it switched off. */
static bool
enter_landlock (int *out_abi, GError **error)
{
    int abi = (int) syscall (SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
    if (abi < 1) {
        *out_abi = 0;
        return true;
    }

    LandlockRules rules = { 0 };
    size_t size = 0;
    for (gsize i = 0; i < G_N_ELEMENTS (landlock_versions) && landlock_versions[i].abi <= abi; i++) {
        rules.access_fs |= landlock_versions[i].adds.access_fs;
        rules.access_net |= landlock_versions[i].adds.access_net;
        rules.scoped |= landlock_versions[i].adds.scoped;
        size = landlock_versions[i].size;
    }

    int ruleset = (int) syscall (SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0)
        return fail (error, "Landlock's rules", errno);
    int number = syscall (SYS_landlock_restrict_self, ruleset, 0) != 0 ? errno : 0;
    close (ruleset);
    *out_abi = abi;
    return number == 0 || fail (error, "Landlock", number);
}

/* --- system calls -------------------------------------------------------------------------------------------- */

#define END_OF_CALLS INT32_MIN

/* Allowed. The channel, pipes and the one socket; memory files. */
static const int channel_calls[] = {
    SCMP_SYS (read),       SCMP_SYS (readv),        SCMP_SYS (pread64),
    SCMP_SYS (write),      SCMP_SYS (writev),       SCMP_SYS (pwrite64),
    SCMP_SYS (recvfrom),   SCMP_SYS (recvmsg),      SCMP_SYS (sendto),
    SCMP_SYS (sendmsg),    SCMP_SYS (poll),         SCMP_SYS (ppoll),
    SCMP_SYS (select),     SCMP_SYS (pselect6),     SCMP_SYS (shutdown),
    SCMP_SYS (getsockopt), SCMP_SYS (getsockname),  SCMP_SYS (getpeername),
    SCMP_SYS (close),      SCMP_SYS (dup),          SCMP_SYS (pipe2),
    SCMP_SYS (eventfd2),   SCMP_SYS (memfd_create), SCMP_SYS (ftruncate),
    SCMP_SYS (lseek),      SCMP_SYS (fstat),        END_OF_CALLS,
};

/* Memory, but mmap and mprotect, which have conditions. */
static const int memory_calls[] = {
    SCMP_SYS (brk),   SCMP_SYS (munmap),  SCMP_SYS (mremap), SCMP_SYS (madvise),
    SCMP_SYS (mlock), SCMP_SYS (munlock), END_OF_CALLS,
};

static const int time_calls[] = {
    SCMP_SYS (clock_gettime),
    SCMP_SYS (clock_getres),
    SCMP_SYS (clock_nanosleep),
    SCMP_SYS (nanosleep),
    SCMP_SYS (gettimeofday),
    SCMP_SYS (time),
    END_OF_CALLS,
};

/* Itself. sysinfo is glibc's qsort() asking how much memory there is. */
static const int own_calls[] = {
    SCMP_SYS (futex),
    SCMP_SYS (rt_sigaction),
    SCMP_SYS (rt_sigprocmask),
    SCMP_SYS (rt_sigreturn),
    SCMP_SYS (sigaltstack),
    SCMP_SYS (sched_yield),
    SCMP_SYS (sched_getaffinity),
    SCMP_SYS (rseq),
    SCMP_SYS (getrandom),
    SCMP_SYS (getpid),
    SCMP_SYS (getppid),
    SCMP_SYS (gettid),
    SCMP_SYS (getuid),
    SCMP_SYS (geteuid),
    SCMP_SYS (getgid),
    SCMP_SYS (getegid),
    SCMP_SYS (getrusage),
    SCMP_SYS (sysinfo),
    SCMP_SYS (uname),
    SCMP_SYS (restart_syscall),
    SCMP_SYS (exit),
    SCMP_SYS (exit_group),
    END_OF_CALLS,
};

/* Refused. Libraries look for files that they can do without (converters, time zones, configuration): they find none. */
static const int file_calls[] = {
    SCMP_SYS (open),     SCMP_SYS (openat),     SCMP_SYS (openat2),    SCMP_SYS (creat),
    SCMP_SYS (stat),     SCMP_SYS (lstat),      SCMP_SYS (newfstatat), SCMP_SYS (statx),
    SCMP_SYS (statfs),   SCMP_SYS (access),     SCMP_SYS (faccessat),  SCMP_SYS (faccessat2),
    SCMP_SYS (readlink), SCMP_SYS (readlinkat), SCMP_SYS (getcwd),     END_OF_CALLS,
};

/* Pointless: options were set by the service before it handed the socket over. */
static const int option_calls[] = {
    SCMP_SYS (setsockopt),
    END_OF_CALLS,
};

/* Deadly, from here on: nothing of ours and no library of ours calls these; who does is no longer ours. Programs and
 * processes. */
static const int process_calls[] = {
    SCMP_SYS (execve), SCMP_SYS (execveat), SCMP_SYS (fork), SCMP_SYS (vfork),
    SCMP_SYS (clone),  SCMP_SYS (clone3),   END_OF_CALLS,
};

/* Other ways out. */
static const int socket_calls[] = {
    SCMP_SYS (socket), SCMP_SYS (connect), SCMP_SYS (bind), SCMP_SYS (listen),
    SCMP_SYS (accept), SCMP_SYS (accept4), END_OF_CALLS,
};

/* Other processes. */
static const int foreign_calls[] = {
    SCMP_SYS (ptrace),
    SCMP_SYS (process_vm_readv),
    SCMP_SYS (process_vm_writev),
    SCMP_SYS (process_madvise),
    SCMP_SYS (kcmp),
    SCMP_SYS (pidfd_open),
    SCMP_SYS (pidfd_getfd),
    SCMP_SYS (pidfd_send_signal),
    SCMP_SYS (tkill),
    SCMP_SYS (rt_sigqueueinfo),
    SCMP_SYS (rt_tgsigqueueinfo),
    END_OF_CALLS,
};

/* Another view of the file system. */
static const int mount_calls[] = {
    SCMP_SYS (unshare),
    SCMP_SYS (setns),
    SCMP_SYS (chroot),
    SCMP_SYS (pivot_root),
    SCMP_SYS (mount),
    SCMP_SYS (umount2),
    SCMP_SYS (move_mount),
    SCMP_SYS (open_tree),
    SCMP_SYS (fsopen),
    SCMP_SYS (fsconfig),
    SCMP_SYS (fsmount),
    SCMP_SYS (fspick),
    SCMP_SYS (open_by_handle_at),
    SCMP_SYS (name_to_handle_at),
    END_OF_CALLS,
};

/* Where kernels had most of their holes. */
static const int kernel_calls[] = {
    SCMP_SYS (bpf),
    SCMP_SYS (perf_event_open),
    SCMP_SYS (userfaultfd),
    SCMP_SYS (io_uring_setup),
    SCMP_SYS (io_uring_enter),
    SCMP_SYS (io_uring_register),
    SCMP_SYS (io_setup),
    SCMP_SYS (keyctl),
    SCMP_SYS (add_key),
    SCMP_SYS (request_key),
    SCMP_SYS (personality),
    SCMP_SYS (init_module),
    SCMP_SYS (finit_module),
    SCMP_SYS (delete_module),
    SCMP_SYS (kexec_load),
    SCMP_SYS (kexec_file_load),
    SCMP_SYS (reboot),
    SCMP_SYS (swapon),
    SCMP_SYS (iopl),
    SCMP_SYS (ioperm),
    SCMP_SYS (modify_ldt),
    END_OF_CALLS,
};

/* Other rights. */
static const int rights_calls[] = {
    SCMP_SYS (setuid),    SCMP_SYS (setgid),    SCMP_SYS (setreuid),  SCMP_SYS (setregid),
    SCMP_SYS (setresuid), SCMP_SYS (setresgid), SCMP_SYS (setgroups), SCMP_SYS (setfsuid),
    SCMP_SYS (setfsgid),  SCMP_SYS (capset),    END_OF_CALLS,
};

/* Files by name, to change them. */
static const int change_calls[] = {
    SCMP_SYS (unlink),  SCMP_SYS (unlinkat), SCMP_SYS (rename),  SCMP_SYS (renameat),  SCMP_SYS (renameat2),
    SCMP_SYS (link),    SCMP_SYS (linkat),   SCMP_SYS (symlink), SCMP_SYS (symlinkat), SCMP_SYS (mkdir),
    SCMP_SYS (mkdirat), SCMP_SYS (rmdir),    SCMP_SYS (mknod),   SCMP_SYS (mknodat),   SCMP_SYS (truncate),
    SCMP_SYS (chmod),   SCMP_SYS (fchmodat), SCMP_SYS (chown),   SCMP_SYS (fchownat),  END_OF_CALLS,
};

/* fcntl's harmless commands. */
static const int fcntl_commands[]
    = { F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_ADD_SEALS, F_GET_SEALS };

/* 0 or a negative errno, as libseccomp has it. */
static int
add_calls (scmp_filter_ctx filter, uint32_t action, const int *calls)
{
    int result = 0;
    for (gsize i = 0; result == 0 && calls[i] != END_OF_CALLS; i++)
        result = seccomp_rule_add (filter, action, calls[i], 0);
    return result;
}

/* Memory is written or executed, and what is executed was mapped before. */
static int
add_memory (scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp not_executable = SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    int result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1, not_executable);
    return result != 0 ? result
                       : seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1, not_executable);
}

static int
add_fcntl (scmp_filter_ctx filter)
{
    int result = 0;
    for (gsize i = 0; result == 0 && i < G_N_ELEMENTS (fcntl_commands); i++)
        result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1,
                                   SCMP_A1 (SCMP_CMP_EQ, (scmp_datum_t) fcntl_commands[i]));
    return result;
}

/* abort() signals itself; nobody else is to be signalled. */
static int
add_signals (scmp_filter_ctx filter)
{
    const scmp_datum_t self = (scmp_datum_t) getpid ();
    const int calls[] = { SCMP_SYS (kill), SCMP_SYS (tgkill) };
    int result = 0;
    for (gsize i = 0; result == 0 && i < G_N_ELEMENTS (calls); i++) {
        result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, calls[i], 1, SCMP_A0 (SCMP_CMP_EQ, self));
        if (result == 0)
            result
                = seccomp_rule_add (filter, SCMP_ACT_KILL_PROCESS, calls[i], 1, SCMP_A0 (SCMP_CMP_NE, self));
    }
    return result;
}

/* A limit may be read, and was set above. */
static int
add_limits (scmp_filter_ctx filter)
{
    int result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (getrlimit), 0);
    return result != 0 ? result
                       : seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 2,
                                           SCMP_A0 (SCMP_CMP_EQ, 0), SCMP_A2 (SCMP_CMP_EQ, 0));
}

/* The runtime of the sanitizers names its mappings and asks after its stack. */
static int
add_sanitizer (scmp_filter_ctx filter)
{
    return IB_SANITIZED ? seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prctl), 1,
                                            SCMP_A0 (SCMP_CMP_EQ, 0x53564d41 /* PR_SET_VMA */))
                        : 0;
}

/* Calls by another architecture's numbers (32-bit, x32) are what filters are got round with. */
static int
add_rules (scmp_filter_ctx filter)
{
    const struct {
        uint32_t action;
        const int *calls;
    } lists[] = {
        { SCMP_ACT_ALLOW, channel_calls },        { SCMP_ACT_ALLOW, memory_calls },
        { SCMP_ACT_ALLOW, time_calls },           { SCMP_ACT_ALLOW, own_calls },
        { SCMP_ACT_ERRNO (EACCES), file_calls },  { SCMP_ACT_ERRNO (EINVAL), option_calls },
        { SCMP_ACT_KILL_PROCESS, process_calls }, { SCMP_ACT_KILL_PROCESS, socket_calls },
        { SCMP_ACT_KILL_PROCESS, foreign_calls }, { SCMP_ACT_KILL_PROCESS, mount_calls },
        { SCMP_ACT_KILL_PROCESS, kernel_calls },  { SCMP_ACT_KILL_PROCESS, rights_calls },
        { SCMP_ACT_KILL_PROCESS, change_calls },
    };
    int (*const conditional[]) (scmp_filter_ctx)
        = { add_memory, add_fcntl, add_signals, add_limits, add_sanitizer };

    int result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (result == 0)
        result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
    /* A binary tree: dozens of comparisons a call would be felt in reading small pieces. */
    if (result == 0)
        result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (gsize i = 0; result == 0 && i < G_N_ELEMENTS (lists); i++)
        result = add_calls (filter, lists[i].action, lists[i].calls);
    for (gsize i = 0; result == 0 && i < G_N_ELEMENTS (conditional); i++)
        result = conditional[i](filter);
    return result;
}

static bool
enter_seccomp (GError **error)
{
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
    if (filter == NULL)
        return fail (error, "seccomp", ENOMEM);
    int result = add_rules (filter);
    if (result == 0)
        result = seccomp_load (filter);
    seccomp_release (filter);
    return result == 0 || fail (error, "seccomp", -result);
}

/* --- the door ------------------------------------------------------------------------------------------------ */

static bool is_locked_in;

#if IB_SANITIZED
/* The leak checker reads its own process from outside, which is what an undumpable one does not allow. */
int __lsan_is_turned_off (void);
int
__lsan_is_turned_off (void)
{
    return is_locked_in;
}
#endif

/* GLib's own writer would look for the journal's socket. */
static GLogWriterOutput
write_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
    if (g_log_writer_default_would_drop (level, NULL))
        return G_LOG_WRITER_HANDLED;
    g_autofree char *text = g_log_writer_format_fields (level, fields, n_fields, FALSE);
    g_autofree char *line = g_strconcat (text, "\n", NULL);
    return write (STDERR_FILENO, line, strlen (line)) >= 0 ? G_LOG_WRITER_HANDLED : G_LOG_WRITER_UNHANDLED;
}

bool
ib_sandbox_enter (IbSandboxKind kind, IbSandboxStatus *out_status, GError **error)
{
    const Limit *limits = kind == IB_SANDBOX_FETCH ? fetch_limits : filter_limits;
    int abi = 0;

    g_log_set_writer_func (write_log, NULL, NULL);
    if (!set_limits (limits, error) || !give_up_privileges (error) || !enter_landlock (&abi, error)
        || !enter_seccomp (error))
        return false;

    is_locked_in = true;
    *out_status = (IbSandboxStatus){ .landlock_abi = abi, .has_seccomp = true };
    return true;
}
