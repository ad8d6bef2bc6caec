/* ledger.c - which system call fails, and what was done in which order */
#include "ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST_PLACES 8
#define FIRST_BYTES 4064

/* At the beginning of the file; ledger.py knows it, too. */
typedef struct {
    _Atomic uint64_t counted, fired, end;
    _Atomic int64_t set_s; /* the clock of the day was set so far ahead */
    char first[FIRST_BYTES]; /* the first call that failed, in words */
} Head;

typedef struct {
    _Atomic uint32_t event; /* set last */
    uint32_t length;        /* of the whole, a multiple of 8 */
    int64_t value;
    uint64_t inode, begin;
    uint32_t pid, path, other, data; /* lengths of what follows, without NUL */
} Record;

static const struct {
    const char *name;
    int number;
    unsigned kinds;
} faults[] = {
    { "ENOSPC", ENOSPC, LEDGER_CREATE | LEDGER_WRITE | LEDGER_SYNC | LEDGER_RESIZE },
    { "EDQUOT", EDQUOT, LEDGER_CREATE | LEDGER_WRITE | LEDGER_SYNC | LEDGER_RESIZE },
    { "EROFS", EROFS, LEDGER_CREATE | LEDGER_MODIFY },
    { "EIO", EIO,
      LEDGER_OPEN | LEDGER_CREATE | LEDGER_WRITE | LEDGER_READ | LEDGER_SYNC | LEDGER_CLOSE | LEDGER_LOOK
          | LEDGER_NAME | LEDGER_LOCK | LEDGER_RESIZE },
    { "EMFILE", EMFILE, LEDGER_OPEN | LEDGER_DESCRIPTOR },
    { "ENFILE", ENFILE, LEDGER_OPEN | LEDGER_DESCRIPTOR },
    { "ENOMEM", ENOMEM,
      LEDGER_OPEN | LEDGER_CREATE | LEDGER_LOOK | LEDGER_NAME | LEDGER_MAP | LEDGER_DESCRIPTOR
          | LEDGER_SPAWN },
    { "EAGAIN", EAGAIN, LEDGER_SPAWN },
    /* Opening waits, and so is interrupted, only where there is no file behind the name. */
    { "EINTR", EINTR, LEDGER_WRITE | LEDGER_READ | LEDGER_SYNC | LEDGER_CLOSE | LEDGER_RESIZE },
    { "short", LEDGER_SHORT, LEDGER_WRITE },
};

static Head *head; /* NULL: nobody watches */
static uint64_t size_bytes;
static unsigned kinds_minded;
static int number;
static uint64_t first;
static bool is_lasting, is_traced;
static char *places[MOST_PLACES];
static int64_t clock_off;
static uint64_t clock_from;

static void
give_up (const char *what, const char *text)
{
    dprintf (STDERR_FILENO, "ledger: %s %s\n", what, text);
    _exit (2);
}

/* fault = name ":" number ["+"] */
static void
read_fault (const char *text)
{
    const char *colon = strchr (text, ':');
    for (size_t i = 0; colon != NULL && i < sizeof faults / sizeof faults[0]; i++) {
        if (strlen (faults[i].name) != (size_t) (colon - text)
            || strncmp (faults[i].name, text, (size_t) (colon - text)) != 0)
            continue;
        char *rest = NULL;
        number = faults[i].number;
        kinds_minded = faults[i].kinds;
        first = strtoull (colon + 1, &rest, 10);
        is_lasting = *rest == '+';
        return;
    }
    give_up ("no fault:", text);
}

static void
read_places (const char *text)
{
    char *rest = strdup (text);
    for (size_t i = 0; i < MOST_PLACES && rest != NULL; i++)
        places[i] = strsep (&rest, ":");
}

static void
map_file (const char *path)
{
    struct stat status;
    int fd = (int) syscall (SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0 || syscall (SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) != 0)
        give_up ("cannot open", path);
    size_bytes = (uint64_t) status.st_size;
    void *mapped = (void *) syscall (SYS_mmap, NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED)
        give_up ("cannot map", path);
    syscall (SYS_close, fd);
    head = mapped;
}

__attribute__ ((constructor)) static void
read_environment (int argc, char **argv)
{
    const char *path = getenv ("IB_FAULT_LEDGER"), *in = getenv ("IB_FAULT_IN"),
               *under = getenv ("IB_FAULT_UNDER");
    const char *fault = getenv ("IB_FAULT_CALL"), *clock = getenv ("IB_FAULT_CLOCK");
    const char *slash = argc > 0 ? strrchr (argv[0], '/') : NULL;
    if (path == NULL || argc == 0 || (in != NULL && strcmp (slash == NULL ? argv[0] : slash + 1, in) != 0))
        return;
    if (fault != NULL)
        read_fault (fault);
    if (under != NULL)
        read_places (under);
    if (clock != NULL) {
        char *rest = NULL;
        clock_off = strtoll (clock, &rest, 10);
        clock_from = *rest == '@' ? strtoull (rest + 1, NULL, 10) : 0;
    }
    is_traced = getenv ("IB_FAULT_TRACE") != NULL;
    map_file (path);
}

bool
ledger_watches (const char *path)
{
    if (places[0] == NULL)
        return true;
    for (size_t i = 0; i < MOST_PLACES && places[i] != NULL; i++)
        if (strncmp (path, places[i], strlen (places[i])) == 0)
            return true;
    return false;
}

bool
ledger_minds (unsigned kinds)
{
    return head != NULL && (kinds & kinds_minded) != 0;
}

int
ledger_meet (unsigned kinds, const char *call, const char *path)
{
    if (!ledger_minds (kinds) || (*path != '\0' && !ledger_watches (path)))
        return 0;
    /* Nobody waits for memory, so nobody is interrupted. */
    if (number == EINTR && strncmp (path, "/memfd:", strlen ("/memfd:")) == 0)
        return 0;
    uint64_t count = atomic_fetch_add (&head->counted, 1) + 1;
    if (first == 0 || (count != first && !(is_lasting && count > first)))
        return 0;
    if (atomic_fetch_add (&head->fired, 1) == 0)
        snprintf (head->first, sizeof head->first, "%s %s", call, path);
    return number;
}

bool
ledger_traces (void)
{
    return head != NULL && is_traced;
}

uint64_t
ledger_now (void)
{
    return head == NULL ? 0 : atomic_load (&head->end);
}

static char *
append (char *at, const void *bytes, size_t length)
{
    if (length > 0)
        memcpy (at, bytes, length);
    return at + length;
}

void
ledger_note (const LedgerNote *note)
{
    size_t path = note->path == NULL ? 0 : strlen (note->path),
           other = note->other == NULL ? 0 : strlen (note->other);
    size_t length = (sizeof (Record) + path + other + note->length + 7) & ~(size_t) 7;
    uint64_t at = sizeof (Head) + atomic_fetch_add (&head->end, length);
    if (at + length > size_bytes)
        give_up ("too small", "for this run");

    Record *record = (Record *) (void *) ((char *) head + at);
    record->length = (uint32_t) length;
    record->value = note->value;
    record->inode = note->inode;
    record->begin = note->begin;
    record->pid = (uint32_t) getpid ();
    record->path = (uint32_t) path;
    record->other = (uint32_t) other;
    record->data = (uint32_t) note->length;
    char *text = append (append ((char *) (record + 1), note->path, path), note->other, other);
    append (text, note->data, note->length);
    atomic_store (&record->event, (uint32_t) note->event);
}

int64_t
ledger_clock (void)
{
    if (head == NULL)
        return 0;
    return atomic_load (&head->set_s) + (atomic_load (&head->counted) < clock_from ? 0 : clock_off);
}
