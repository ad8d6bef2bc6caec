/* caged.c - runs a command under the call filter of a systemd unit
 *
 *     caged UNIT COMMAND ...
 *
 * What systemd makes of SystemCallFilter=, SystemCallErrorNumber=, RestrictAddressFamilies=, RestrictNamespaces=,
 * RestrictSUIDSGID= and MemoryDenyWriteExecute= is made here from the same lines, so that it can be tried where no systemd
 * runs. The groups of calls are those of the systemd that is installed. */
#include <errno.h>
#include <glib.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN die (const char *format, ...)
{
    va_list arguments;
    va_start (arguments, format);
    vfprintf (stderr, format, arguments);
    va_end (arguments);
    fputc ('\n', stderr);
    exit (125);
}

static void
check (int result, const char *what)
{
    if (result != 0)
        die ("%s: %s", what, strerror (-result));
}

/* --- the unit ------------------------------------------------------------------------------------------------ */

/* All that is said of @key, in order. */
static GPtrArray *
values_of (const char *unit, const char *key)
{
    GPtrArray *values = g_ptr_array_new_with_free_func (g_free);
    g_auto (GStrv) lines = g_strsplit (unit, "\n", -1);
    g_autofree char *start = g_strconcat (key, "=", NULL);
    for (char **line = lines; *line != NULL; line++)
        if (g_str_has_prefix (*line, start))
            g_ptr_array_add (values, g_strdup (*line + strlen (start)));
    return values;
}

static bool
is_on (const char *unit, const char *key)
{
    g_autoptr (GPtrArray) values = values_of (unit, key);
    return values->len > 0 && g_str_equal (values->pdata[values->len - 1], "yes");
}

/* --- groups of calls ----------------------------------------------------------------------------------------- */

/* @name, or all of a group, groups within it too. */
static void
add_names (GHashTable *names, const char *name, bool is_wanted)
{
    if (name[0] != '@') {
        if (is_wanted)
            g_hash_table_add (names, g_strdup (name));
        else
            g_hash_table_remove (names, name);
        return;
    }
    g_autofree char *text = NULL;
    g_autoptr (GError) error = NULL;
    const char *const argv[] = { "systemd-analyze", "--no-pager", "syscall-filter", name, NULL };
    int status;
    if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, &status, &error)
        || !g_spawn_check_wait_status (status, &error))
        die ("%s: %s", name, error->message);
    g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        const char *member = g_strstrip (*line);
        if (*member != '\0' && *member != '#' && !g_str_equal (member, name))
            add_names (names, member, is_wanted);
    }
}

static GHashTable *
allowed_calls (const char *unit)
{
    GHashTable *names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr (GPtrArray) lines = values_of (unit, "SystemCallFilter");
    add_names (names, "@default", true);
    for (guint i = 0; i < lines->len; i++) {
        const char *line = lines->pdata[i];
        bool is_wanted = line[0] != '~';
        g_auto (GStrv) words = g_strsplit (is_wanted ? line : line + 1, " ", -1);
        for (char **word = words; *word != NULL; word++)
            add_names (names, *word, is_wanted);
    }
    if (g_hash_table_size (names) < 100)
        die ("the filter has %u calls only", g_hash_table_size (names));
    return names;
}

/* --- filters ------------------------------------------------------------------------------------------------- */

static int
number_of (const char *name)
{
    return seccomp_syscall_resolve_name (name);
}

static void
load (scmp_filter_ctx filter, const char *what)
{
    check (seccomp_load (filter), what);
    seccomp_release (filter);
}

static void
enter_calls (const char *unit)
{
    g_autoptr (GHashTable) names = allowed_calls (unit);
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init (&iter, names);
    while (g_hash_table_iter_next (&iter, &name, NULL)) {
        int number = number_of (name);
        if (number != __NR_SCMP_ERROR && number >= 0) /* those of other machines are none of ours */
            check (seccomp_rule_add (filter, SCMP_ACT_ALLOW, number, 0), name);
    }
    load (filter, "the calls");
}

static int
family_of (const char *name)
{
    static const struct {
        const char *name;
        int family;
    } families[] = { { "AF_UNIX", AF_UNIX }, { "AF_INET", AF_INET }, { "AF_INET6", AF_INET6 }, { "AF_NETLINK", AF_NETLINK } };
    for (gsize i = 0; i < G_N_ELEMENTS (families); i++)
        if (g_str_equal (families[i].name, name))
            return families[i].family;
    die ("%s is no family that is known here", name);
}

static void
enter_families (const char *unit)
{
    g_autoptr (GPtrArray) values = values_of (unit, "RestrictAddressFamilies");
    if (values->len != 1)
        die ("RestrictAddressFamilies= is said %u times", values->len);
    bool is_allowed[AF_MAX] = { false };
    g_auto (GStrv) words = g_strsplit (values->pdata[0], " ", -1);
    for (char **word = words; *word != NULL; word++)
        is_allowed[family_of (*word)] = true;

    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    for (scmp_datum_t family = 0; family < AF_MAX; family++)
        if (!is_allowed[family])
            check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EAFNOSUPPORT), SCMP_SYS (socket), 1,
                                     SCMP_A0 (SCMP_CMP_EQ, family)), "socket");
    load (filter, "the families");
}

/* What is written is not executed, and what is executed was not written. */
static void
enter_memory (const char *unit)
{
    if (!is_on (unit, "MemoryDenyWriteExecute"))
        return;
    const scmp_datum_t both = PROT_WRITE | PROT_EXEC;
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (mmap), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, both, both)), "mmap");
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (mprotect), 1,
                             SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)), "mprotect");
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (pkey_mprotect), 1,
                             SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC)), "pkey_mprotect");
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (shmat), 1, SCMP_A2 (SCMP_CMP_MASKED_EQ, SHM_EXEC, SHM_EXEC)),
           "shmat");
    load (filter, "the memory");
}

static void
enter_namespaces (const char *unit)
{
    static const scmp_datum_t kinds[] = { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS };
    if (!is_on (unit, "RestrictNamespaces"))
        return;
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0), "clone3");
    check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (setns), 0), "setns");
    for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++) {
        check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (unshare), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, kinds[i], kinds[i])),
               "unshare");
        check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), SCMP_SYS (clone), 1, SCMP_A0 (SCMP_CMP_MASKED_EQ, kinds[i], kinds[i])),
               "clone");
    }
    load (filter, "the name spaces");
}

static void
enter_modes (const char *unit)
{
    static const scmp_datum_t bits[] = { S_ISUID, S_ISGID };
    if (!is_on (unit, "RestrictSUIDSGID"))
        return;
    scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ALLOW);
    for (gsize i = 0; i < G_N_ELEMENTS (bits); i++) {
        const struct scmp_arg_cmp second = SCMP_A1 (SCMP_CMP_MASKED_EQ, bits[i], bits[i]);
        const struct scmp_arg_cmp third = SCMP_A2 (SCMP_CMP_MASKED_EQ, bits[i], bits[i]);
        const struct { int call; struct scmp_arg_cmp mode; } makers[] = {
            { SCMP_SYS (chmod), second }, { SCMP_SYS (fchmod), second }, { SCMP_SYS (fchmodat), third },
            { SCMP_SYS (mkdir), second }, { SCMP_SYS (mkdirat), third }, { SCMP_SYS (mknod), second }, { SCMP_SYS (mknodat), third },
        };
        for (gsize at = 0; at < G_N_ELEMENTS (makers); at++)
            check (seccomp_rule_add (filter, SCMP_ACT_ERRNO (EPERM), makers[at].call, 1, makers[at].mode), "a mode");
    }
    load (filter, "the modes");
}

int
main (int argc, char **argv)
{
    g_autofree char *unit = NULL;
    g_autoptr (GError) error = NULL;
    if (argc < 3)
        die ("caged UNIT COMMAND ...");
    if (!g_file_get_contents (argv[1], &unit, NULL, &error))
        die ("%s", error->message);
    if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        die ("no new privileges: %s", strerror (errno));
    enter_families (unit);
    enter_memory (unit);
    enter_namespaces (unit);
    enter_modes (unit);
    enter_calls (unit); /* last: seccomp() is among what it may deny */
    execvp (argv[2], argv + 2);
    die ("%s: %s", argv[2], strerror (errno));
}
