"""What of a window is cut off, however small it is: asked of the widgets themselves, since a screen reader is told every text whole.

    window = desk.window(**fits.environment(tmp_path))
    fits.narrow(window)
    assert not fits.cut(window)
"""

import ast
import os
import signal
from pathlib import Path

from e2e.inbasket import BUILD

LIBRARY = BUILD / "tests" / "window" / "measure.so"
# The border that a window without a window manager draws itself is there, too: so wide is a window of 360.
WIDTH, BORDER = 360, 12


def environment(folder):
    return {"LD_PRELOAD": str(LIBRARY), "INBASKET_MEASURED": str(folder / "measured")}


def narrow(window, height=720):
    """So narrow it must get."""
    window.resize(WIDTH + BORDER, height)
    window.until(lambda: window.size()[0] <= WIDTH + BORDER, f"a narrow window, and not {window.size()}")


def look(window):
    """[(how, text)] of what is not seen whole right now."""
    answer = Path(window.environment["INBASKET_MEASURED"])
    answer.unlink(missing_ok=True)
    os.kill(window.pid(), signal.SIGUSR1)
    window.until(answer.exists, "what is cut off")
    lines = [line.split("\t", 1) for line in answer.read_text().splitlines()]
    return [(how, ast.literal_eval(f'b"{text}"').decode()) for how, text in lines]


def cut(window, allowed=()):
    """The same once two looks in a row are the same: nothing moves any more. `allowed` texts may be shortened."""
    last = None

    def is_still():
        nonlocal last
        before, last = last, look(window)
        return before == last
    window.until(is_still, "a window that stands still")
    return [(how, text) for how, text in last if how != "ellipsized" or text not in allowed]
