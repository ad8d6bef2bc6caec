"""A screen of our own (Xvfb) with a session bus and accessibility, and windows that are driven through AT-SPI.

    with Screen() as screen:
        with Window(screen, [program], environment) as window:
            window.titled("Accounts")
            window.press("push button", "Check Now")
            window.picture("accounts.png")

What a screen reader can find, a test can press, and nothing else. GTK 4.8 tells the accessible state of what is out of sight as
if it were seen, so a window's title says which page is seen.
"""

import contextlib
import fcntl
import os
import subprocess
import tempfile
import time
from pathlib import Path

import dbus

from . import accessible
from .accessible import Atspi, is_in, walk
from .desktop import Bus
from .notifications import wait_for


LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
# A sanitized build is several times slower.
PATIENCE = float(os.environ.get("INBASKET_PATIENCE", "60"))


@contextlib.contextmanager
def no_other():
    """One that ends takes the place of its number away, also where another has just got it."""
    folder = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


class Screen:
    def __init__(self, size="1100x900"):
        self.size = size

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="inbasket-screen-")
        reader, writer = os.pipe()
        with no_other():
            # Without -r a key repeats itself if the machine is too busy to let it go at once.
            self.server = subprocess.Popen(["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{self.size}x24", "-nolisten", "tcp", "-r"],
                                           pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.close(writer)
            with os.fdopen(reader) as display:
                self.display = ":" + display.readline().strip()
        self.bus = Bus(Path(self.folder.name), "session")
        self.environment = self.bus.environment | {
            "DISPLAY": self.display, "XDG_RUNTIME_DIR": self.folder.name, "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
            "LIBGL_ALWAYS_SOFTWARE": "1", "GTK_A11Y": "atspi", "GTK_USE_PORTAL": "0", "ADW_DISABLE_PORTAL": "1",
            "GSETTINGS_BACKEND": "memory", "HOME": self.folder.name, "XDG_CACHE_HOME": f"{self.folder.name}/cache"}
        self.launcher = subprocess.Popen([LAUNCHER, "--launch-immediately"], env=os.environ | self.environment,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.listen()
        except BaseException:
            self.__exit__()
            raise
        return self

    def listen(self):
        launcher = wait_for(self.switch_on, "the accessibility bus")
        self.accessibility = accessible.Bus(str(launcher.GetAddress(dbus_interface="org.a11y.Bus")))

    def switch_on(self):
        """The accessibility bus's launcher; None: it is not ready, even if it has its name already."""
        try:
            launcher = self.bus.connection.get_object("org.a11y.Bus", "/org/a11y/bus", introspect=False)
            launcher.Set("org.a11y.Status", "IsEnabled", dbus.Boolean(True, variant_level=1),
                         dbus_interface="org.freedesktop.DBus.Properties", signature="ssv")
        except dbus.exceptions.DBusException:
            return None
        return launcher

    def __exit__(self, *_):
        self.launcher.terminate()
        self.launcher.wait()
        with no_other():
            self.server.terminate()
            self.server.wait()
        self.bus.end()
        self.folder.cleanup()


class Window:
    """A program with one window, from `with` to its end."""

    def __init__(self, screen, command, environment):
        self.screen, self.command = screen, [str(word) for word in command]
        self.environment = os.environ | screen.environment | environment
        self.log = Path(screen.folder.name) / "window.log"
        self.application = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log)
        bus = self.screen.accessibility
        self.application = self.until(
            lambda: next((accessible.Application(bus, name) for name in bus.applications() if bus.pid(name) == self.pid()), None),
            "the window")
        self.until(self.application.windows, "a window of it")
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        self.process.wait()
        if kind is None:
            said = [line for line in self.log.read_text(errors="replace").splitlines()
                    if "CRITICAL" in line or "WARNING" in line and "Inbasket" in line]
            assert not said, said

    def until(self, condition, what):
        """The first true answer; what vanishes while it is looked at is looked at again."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                if answer := condition():
                    return answer
            except (accessible.Gone, IndexError):
                pass
            assert self.process.poll() is None, f"it ended: {self.log.read_text(errors='replace')}"
            assert time.monotonic() < deadline, f"waited for {what}\n{self.tree()}"
            time.sleep(0.05)

    def pid(self):
        """The program's own; another's, if it runs within something."""
        return self.process.pid

    # What is there

    def top(self):
        return self.application.windows()[-1]

    def title(self):
        return self.application.title()

    def titled(self, title):
        self.until(lambda: self.title() == title, f"the title “{title}”")

    def nodes(self, role=None, name=""):
        """All with `name` in their names; those first that are called just so."""
        found = [node for node in walk(self.top())
                 if (role is None or node.role == role) and name in (node.name)
                 and is_in(node, Atspi.StateType.VISIBLE)]
        return sorted(found, key=lambda node: node.name != name)

    def find(self, role, name, gone=False):
        if gone:
            return self.until(lambda: not self.nodes(role, name), f"the end of {role} “{name}”")
        return self.until(lambda: self.nodes(role, name), f"{role} “{name}”")[0]

    def says(self, words):
        return self.find("label", words)

    def tree(self):
        if self.application is None:
            return "no window yet"
        lines = []

        def describe(node, depth):
            lines.append(f"{'  ' * depth}{node.role} {node.name!r}")
            for child in node.children:
                if is_in(child, Atspi.StateType.VISIBLE):
                    describe(child, depth + 1)
        try:
            describe(self.top(), 0)
        except (accessible.Gone, IndexError) as error:
            lines.append(str(error))
        return "\n".join(lines)

    # What is done

    def press(self, role, name):
        def do():
            return any(is_in(node, Atspi.StateType.SENSITIVE) and node.act() for node in self.nodes(role, name))
        self.until(do, f"{role} “{name}”, to be pressed")

    def type(self, name, text):
        """Into the field `name`, instead of what is in it."""
        def do():
            fields = [node for named in self.nodes(None, name) for node in walk(named) if node.has("EditableText")]
            return fields and fields[0].set_text(text)
        self.until(do, f"a field “{name}”")

    def x11(self):
        """The X window."""
        def search():
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.pid())], env=self.environment,
                                   capture_output=True, text=True).stdout.split()
            return found and found[-1]
        return self.until(search, "the window on the screen")

    def keys(self, *keys):
        """On a real keyboard."""
        window = self.x11()
        subprocess.run(["xdotool", "windowfocus", "--sync", window], env=self.environment, check=True)
        subprocess.run(["xdotool", "key", "--delay", "60", *keys], env=self.environment, check=True)

    def write(self, text):
        """On a real keyboard, to where it is."""
        subprocess.run(["xdotool", "type", "--delay", "30", text], env=self.environment, check=True)

    def answer_prompt(self, kind, text):
        """To another program's window on this screen, which asks for a word."""
        def search():
            return subprocess.run(["xdotool", "search", "--onlyvisible", "--class", kind], env=self.environment,
                                  capture_output=True, text=True).stdout.split()
        window = self.until(search, f"a window of {kind}")[-1]
        subprocess.run(["xdotool", "windowfocus", "--sync", window], env=self.environment, check=True)
        self.write(text)
        subprocess.run(["xdotool", "key", "Return"], env=self.environment, check=True)

    def focused(self):
        """(role, name) of where the keyboard is."""
        return next(((node.role, node.name) for node in walk(self.top()) if is_in(node, Atspi.StateType.FOCUSED)), None)

    def focus(self, role, name, most=40):
        """Goes there by the key Tab, as somebody without a mouse does. (Within an entry GTK 4.8 does not tell where the keyboard is.)"""
        for _ in range(most):
            before = self.until(lambda: (self.focused(),), "where the keyboard is")[0]
            if before and before[0] == role and name in before[1]:
                return
            self.keys("Tab")
            if before:
                self.until(lambda: self.focused() != before, f"the keyboard to leave {before}")
        raise AssertionError(f"the keyboard did not come to {role} “{name}”\n{self.tree()}")

    def choose(self, name, place):
        """In the list of the row `name`, in which the keyboard is at the first place once it is open."""
        self.focus("combo box", name)
        self.keys("space", *["Down"] * place or ["Down", "Up"], "Return")

    def resize(self, width, height):
        subprocess.run(["xdotool", "windowsize", "--sync", self.x11(), str(width), str(height)], env=self.environment, check=True)

    def size(self):
        answer = subprocess.run(["xdotool", "getwindowgeometry", "--shell", self.x11()], env=self.environment, check=True,
                                capture_output=True, text=True).stdout
        values = dict(line.split("=") for line in answer.split())
        return int(values["WIDTH"]), int(values["HEIGHT"])

    def picture(self, path):
        """Of the window, once two in a row are the same: nothing moves any more."""
        window, last = self.x11(), None

        def is_still():
            nonlocal last
            subprocess.run(["import", "-silent", "-window", window, "-depth", "8", str(path)], env=self.environment, check=True)
            before, last = last, Path(path).read_bytes()
            time.sleep(0.15)
            return before == last
        self.until(is_still, "a picture that stands still")
