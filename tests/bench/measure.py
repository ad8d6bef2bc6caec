"""What a command costs: wall, CPU of all its processes, the peak of their memory together."""

import contextlib
import ctypes
import mmap
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
EVERY = 0.05      # seconds between two looks at the memory


@dataclass
class Cost:
    wall: float
    cpu: float
    peak_mb: float
    status: int | None      # None: it was ended, having used up its time
    output: str


def tree(pid):
    """The processes below `pid`, and itself."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def memory(pids):
    """Bytes that these processes use: pages that several map count once, and so do memfds that travel between
    them, mapped or not."""
    mapped, memfds = 0, {}
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    mapped += int(line.split()[1]) * 1024
                elif line.startswith("Pss_Shmem:"):
                    mapped -= int(line.split()[1]) * 1024
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{name}"
                with contextlib.suppress(OSError):
                    if os.readlink(path).startswith("/memfd:"):
                        about = os.stat(path)
                        memfds[about.st_ino] = about.st_blocks * 512
    return mapped + sum(memfds.values())


def private_kb(pid):
    """What a process has for itself; 0 where it has gone."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))
    return 0


class Watch(threading.Thread):
    """Looks at the memory of a process and all below it until it is told to stop."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()

    def run(self):
        while not self.over.is_set():
            self.peak = max(self.peak, memory(tree(self.pid)))
            self.over.wait(EVERY)


def kill_group(pid):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def have_memory(size):
    """Touches that much and gives it back. A virtual machine gets memory from its host page by page, and only when it
    is touched; without this, whoever runs after others had used up what was there pays for that."""
    with open("/proc/meminfo") as lines:
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    mmap.mmap(-1, max(mmap.PAGESIZE, min(size, free // 2)),
              flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()


AGE = 2      # seconds: file systems' clocks are no coarser


def let_age(folder):
    """Waits until no directory in it could change again without showing that: whoever is careful reads a younger one again."""
    newest = max((path.stat().st_mtime for path in (folder, *folder.rglob("*/"))))
    time.sleep(max(0, newest + AGE - time.time()))


def forget(folder):
    """Its files leave the memory, which those who run next would miss."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with open(path, "rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def run(command, env, patience, log, watches_memory=True):
    """Runs it in a process group of its own and counts every process of the group, whoever waits for it. To watch its memory
    takes a few percent of its time."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with open(log, "wb") as output:
        began = time.monotonic()
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        late = threading.Event()
        alarm = threading.Timer(patience, lambda: (late.set(), kill_group(process.pid)))
        alarm.start()
        watch = Watch(process.pid)
        if watches_memory:
            watch.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        with contextlib.suppress(ChildProcessError):
            while True:      # those whom nobody waited for are ours now; they end by themselves, or by the alarm
                _, _, usage = os.wait4(-process.pid, 0)
                cpu += usage.ru_utime + usage.ru_stime
        alarm.cancel()
        if watches_memory:
            watch.over.set()
            watch.join()
    return Cost(wall, cpu, watch.peak / 1e6, None if late.is_set() else process.returncode,
                Path(log).read_text(errors="replace"))
