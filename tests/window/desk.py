"""A desktop of the tests' own, with the window on it: what its tests share."""

import os
import subprocess
from pathlib import Path

from e2e.inbasket import BUILD, PROGRAM, Service
from mail import generate
from servers.screen import Window, walk

WINDOW = BUILD / "src" / "gtk" / "inbasket-gtk"
NAME, PATH = "io.github.inbasket.Inbasket", "/io/github/inbasket/Inbasket"
# Each page is photographed so. Where nobody wants to look, that the dark one is dark will do.
LOOKS = ["light", "dark", "narrow", "contrast"] if "INBASKET_PICTURES" in os.environ else ["dark"]
# Those of GTK, fontconfig and the like are not ours to mend.
LEAKS_OF_OTHERS = {"ASAN_OPTIONS": "detect_leaks=0"}


def preloaded(*names):
    """A window has these libraries of tests/window in it. Where the program is sanitized, so are they, and come first."""
    libraries = ":".join(str(BUILD / "tests" / "window" / f"{name}.so") for name in names)
    return {"LD_PRELOAD": libraries} | {name: f"{options}:verify_asan_link_order=0" for name, options in LEAKS_OF_OTHERS.items()}


class Desk:
    def __init__(self, screen, home, folder, opened):
        self.screen, self.home, self.opened = screen, home, opened
        # The home as a user's own: the window that the desktop knows has no option.
        self.xdg = {"XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        for part in ("config", "state"):
            (folder / part).mkdir(parents=True)
            (folder / part / "inbasket").symlink_to(home.path / part)
        # Nothing slides or turns: what is seen is what stays.
        (folder / "config" / "gtk-4.0").mkdir()
        (folder / "config" / "gtk-4.0" / "settings.ini").write_text("[Settings]\ngtk-enable-animations=0\n")

    def service(self, **env):
        return self.opened.enter_context(
            Service(self.home, bus=self.screen.bus.address, env={"INBASKET_BINDIR": PROGRAM.parent} | env))

    def another(self, *options, kind=Window, **env):
        """A window, from `with` to its end. It does what the built program does, and with its workers."""
        built = {name: value for name, value in self.home.environment().items() if name.startswith("INBASKET_")}
        return kind(self.screen, [WINDOW, *options], built | {"INBASKET_BINDIR": str(PROGRAM.parent)} | self.xdg | preloaded("toasts") | env)

    def window(self, *options, **env):
        return self.opened.enter_context(self.another(*options, **env))

    def ask(self, action, *parameters):
        """As the service, or a launcher, asks the window for something."""
        listed = ", ".join(f"<'{parameter}'>" for parameter in parameters)
        subprocess.run(["gdbus", "call", "--session", "--dest", NAME, "--object-path", PATH, "--method",
                        "org.freedesktop.Application.ActivateAction", action, f"@av [{listed}]", "{}"],
                       env=os.environ | self.screen.environment, check=True, stdout=subprocess.DEVNULL)


def mails(count, seed=1, kinds=None):
    return [message.data for message in generate.messages(seed, count, kinds=kinds)]


def mail(subject, words="Nothing much."):
    return (f"From: Zoë Example <zoe@example.org>\r\nTo: anna@example.com\r\nSubject: {subject}\r\nMessage-ID: <{abs(hash(subject))}@example.org>\r\n"
            f"Date: Mon, 3 Mar 2025 10:00:00 +0000\r\n\r\n{words}\r\n").encode()


def train(home):
    """The classifier knows what the generator calls spam."""
    for kind, kinds in (("ham", ["personal", "list"]), ("spam", ["spam"])):
        folder = home.path / kind
        folder.mkdir()
        for number, data in enumerate(mails(60, seed=77, kinds=kinds)):
            (folder / f"{number}.eml").write_bytes(data)
        home.run("learn", kind, folder)


def open_first(window):
    window.keys("alt+2")
    window.titled("Activity")
    window.until(lambda: len(rows(window)) == 10, "the rows")
    window.keys("ctrl+f", "Tab", "Down", "Return")
    window.titled("Why")


def rows(window):
    """Of the page Activity."""
    lists = [node for node in window.nodes("list", "What arrived")]
    return [node for node in walk(lists[0]) if node.role == "list item"] if lists else []


def brightness(path):
    return float(subprocess.run(["convert", path, "-colorspace", "gray", "-format", "%[fx:mean]", "info:"], check=True,
                                capture_output=True, text=True).stdout)
