/* ledger.h - which system call fails, and what was done in which order
 *
 * For tests: calls.c is preloaded (LD_PRELOAD) and asks here before each call. What it must know stands in the
 * environment, what it saw goes into a file that all processes of a run share and map, so that noting a call needs no
 * call: it works inside a sandbox, and what was noted survives SIGKILL.
 *
 *     IB_FAULT_LEDGER=PATH     the file, made by the test (ledger.py); without it every call goes through
 *     IB_FAULT_IN=NAME         only in the program of that name
 *     IB_FAULT_UNDER=A:B       only what stands under one of these paths; unset: everything
 *     IB_FAULT_CALL=EIO:17     the 17th call that could fail with EIO does; "EIO:17+": it, and each later one;
 *                              "short:17": it writes a part of what it should; EINTR: once
 *     IB_FAULT_TRACE=1         each change of a file, sync and TLS write is noted
 *     IB_FAULT_CLOCK=SECONDS[@N]   the clock of the day is so far off, from the N-th counted call on; ledger.py can set
 *                              it at any time */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a call does, and so what can befall it. */
enum {
    LEDGER_OPEN = 1 << 0,
    LEDGER_CREATE = 1 << 1, /* a new name */
    LEDGER_MODIFY = 1 << 2, /* anything that a read-only file system refuses */
    LEDGER_WRITE = 1 << 3,
    LEDGER_READ = 1 << 4,
    LEDGER_SYNC = 1 << 5,
    LEDGER_CLOSE = 1 << 6,
    LEDGER_LOOK = 1 << 7, /* stat, readdir and the like */
    LEDGER_NAME = 1 << 8, /* unlink, rename */
    LEDGER_MAP = 1 << 9,
    LEDGER_LOCK = 1 << 10,
    LEDGER_DESCRIPTOR = 1 << 11, /* one without a path */
    LEDGER_SPAWN = 1 << 12,
    LEDGER_RESIZE = 1 << 13,
};

/* What is noted; ledger.py knows the numbers. */
typedef enum {
    LEDGER_EVENT_CREATE = 1, /* path */
    LEDGER_EVENT_WRITE,      /* path, value: offset, data */
    LEDGER_EVENT_TRUNCATE,   /* path, value: size */
    LEDGER_EVENT_SYNC,       /* path, begin; value 1: the whole file system */
    LEDGER_EVENT_RENAME,     /* path, other */
    LEDGER_EVENT_LINK,       /* path, other */
    LEDGER_EVENT_UNLINK,     /* path */
    LEDGER_EVENT_MKDIR,      /* path */
    LEDGER_EVENT_SAY,        /* data: what is about to be said to a server */
} LedgerEvent;

typedef struct {
    LedgerEvent event;
    const char *path, *other; /* nullable */
    int64_t value;
    uint64_t inode, begin;
    const void *data;
    size_t length;
} LedgerNote;

#define LEDGER_SHORT (-1)

/* 0: the call goes through; LEDGER_SHORT; else the errno that it must fail with. @path "": one without a place. */
int ledger_meet (unsigned kinds, const char *call, const char *path);
/* Whether ledger_meet () needs to be asked about @kinds at all, and so to be told a path. */
bool ledger_minds (unsigned kinds);
bool ledger_traces (void);
/* Whether @path is one of those that matter. */
bool ledger_watches (const char *path);
/* Where the next note will stand: what is noted before it was done before. */
uint64_t ledger_now (void);
void ledger_note (const LedgerNote *note);
/* How far the clock of the day is off, in seconds. */
int64_t ledger_clock (void);
