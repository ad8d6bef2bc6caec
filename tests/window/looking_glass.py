"""What of a window cannot be read or reached, however small it is: asked of its widgets themselves, since a screen reader is told every text whole.

    glass = LookingGlass(desk)
    window = desk.window(**glass.environment)
    narrow(window)
    assert not glass.faults(window)
"""

import ast
import os
import signal
from pathlib import Path
from typing import NamedTuple

from window.desk import preloaded

# The border that a window without a window manager draws itself is there, too: so wide is a window of 360.
WIDTH, BORDER = 360, 12


class Fault(NamedTuple):
    """How, as looking-glass.c has it; the type of the widget, and of the row that it is in; its text."""

    how: str
    widget: str
    row: str
    text: str


class LookingGlass:
    def __init__(self, desk):
        self.report = Path(desk.xdg["XDG_STATE_HOME"]) / "looking-glass"
        self.environment = preloaded("toasts", "looking-glass") | {"INBASKET_LOOKING_GLASS": str(self.report)}

    def look(self, window):
        """All that is wrong right now."""
        self.report.unlink(missing_ok=True)
        os.kill(window.pid(), signal.SIGUSR1)
        window.until(self.report.exists, "what is seen in the looking glass")
        return [Fault(*(ast.literal_eval(f'b"{part}"').decode() for part in line.split("\t")))
                for line in self.report.read_text().splitlines()]

    def faults(self, window, allowed=()):
        """The same once two looks in a row are the same: nothing moves any more. `allowed` texts may be shortened."""
        last = None

        def is_still():
            nonlocal last
            before, last = last, self.look(window)
            return before == last
        window.until(is_still, "a window that stands still")
        return [fault for fault in last if fault.how != "ellipsized" or fault.text not in allowed]


def is_narrow(window):
    return window.size()[0] <= WIDTH + BORDER


def narrow(window, height=720):
    """So narrow it must get."""
    window.resize(WIDTH + BORDER, height)
    window.until(lambda: is_narrow(window), f"a narrow window, and not {window.size()}")
