"""What a process that does not go on is doing, and everything that it has started: for the words of a test that waited in vain."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path


def parents():
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            found[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def family(pid):
    """It and its descendants, the older first."""
    above, found = parents(), [pid]
    for member in found:    # it grows meanwhile
        found += sorted(child for child, parent in above.items() if parent == member)
    return found


def read(path):
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace").replace("\0", " ").strip()
    return "?"


def threads(pid):
    for task in sorted(Path(f"/proc/{pid}/task").iterdir()):
        state = read(task / "stat").rpartition(")")[2].split()[:1]
        yield f"  thread {task.name} {read(task / 'comm')}: {''.join(state)}, in {read(task / 'wchan')}, system call {read(task / 'syscall')}"


def stacks(pid):
    """Where there is a debugger, what each thread has called."""
    if shutil.which("gdb") is None:
        return []
    with contextlib.suppress(subprocess.TimeoutExpired):
        run = subprocess.run(["gdb", "-p", str(pid), "-batch", "-nx", "-ex", "set debuginfod enabled off", "-ex", "thread apply all backtrace 40"],
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60, check=False)
        return ["  " + line for line in run.stdout.splitlines() if line.startswith(("#", "Thread"))]
    return ["  (the debugger did not answer)"]


def describe(pid):
    """Many lines; of what has ended, none."""
    lines = []
    for member in family(pid):
        with contextlib.suppress(OSError):
            lines += [f"process {member}: {read(Path(f'/proc/{member}/cmdline'))}", *threads(member), *stacks(member)]
    return "\n".join(lines)


def end(pid):
    """SIGKILL for it and its descendants, the older first: nobody goes on because another one has ended."""
    for member in family(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(member, 9)


def run(command, *, timeout, **options):
    """subprocess.run () with text, of a command that may start others; one that does not end is described and ended, its servers with it."""
    given = options.pop("input", None)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL if given is None else subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, errors="replace", **options) as process:
        try:
            out, err = process.communicate(given, timeout=timeout)
        except subprocess.TimeoutExpired:
            doing = describe(process.pid)
            end(process.pid)
            out, err = process.communicate()
            raise AssertionError(f"it did not end in {timeout} s: {' '.join(map(str, command))}\n{doing}\n--- it said\n{out}\n{err}") from None
    return subprocess.CompletedProcess(command, process.returncode, out, err)
