"""Which words of a window cannot be read: labels that are cut, and what has less room than it needs.

    glass = LookingGlass(tmp_path)
    window = desk.window(**glass.environment)
    assert glass.faults(window) == []
"""

import signal

from e2e.inbasket import BUILD

LIBRARY = BUILD / "tests" / "window" / "liblooking-glass.so"
# Where the program is sanitized, so is this, and comes first.
SANITIZED = {"ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}


class LookingGlass:
    def __init__(self, folder):
        self.report = folder / "looking-glass"
        self.environment = {"LD_PRELOAD": str(LIBRARY), "INBASKET_LOOKING_GLASS": str(self.report)} | SANITIZED

    def faults(self, window):
        """A line for each: what is wrong, with which widget, in what row, and its text."""
        self.report.unlink(missing_ok=True)
        window.process.send_signal(signal.SIGUSR1)
        window.until(self.report.exists, "what is seen in the looking glass")
        return [line.split("\t") for line in self.report.read_text().splitlines()]
