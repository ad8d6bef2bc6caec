"""What a run of the program needs, with all of its workers."""

import subprocess
import sys
from typing import NamedTuple

from e2e.inbasket import PATIENCE, Run

# A child begins with the memory of who started it, so a small one starts ours. Workers that outlive the program by a moment come to
# it, too, and are waited for.
MEASURE = """import ctypes, os, resource, subprocess, sys
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
status = subprocess.run(sys.argv[2:], check=False).returncode
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
used = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1], "w").write(f"{used.ru_maxrss} {used.ru_utime + used.ru_stime}")
sys.exit(status)
"""


class Need(NamedTuple):
    peak_kib: int      # the most that any process had
    cpu_s: float       # of all of them


def measured(home, *arguments):
    """The run, whatever it ends with, and its Need."""
    figures = home.path / "figures"
    done = subprocess.run([sys.executable, "-ISc", MEASURE, figures, *home.command(*arguments)], env=home.environment(),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False, timeout=PATIENCE * 5)
    peak_kib, cpu_s = figures.read_text().split()
    return Run([str(a) for a in arguments], done.returncode, done.stdout, done.stderr), Need(int(peak_kib), float(cpu_s))
