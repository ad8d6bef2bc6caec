"""Preferences: what holds for all accounts is changed where it is looked for, and what the parser refuses is said there."""

import os
import re
from pathlib import Path

import pytest
from gi.repository import Gio
from servers.screen import Atspi, is_in, walk

from window.desk import LOOKS, brightness
from window.looking_glass import narrow

BUS = "io.github.inbasket.Inbasket1"


@pytest.fixture
def service(home, desk):
    """Of a home whose settings are a person's."""
    home.config.mkdir(parents=True)
    (home.config / "inbasket.conf").write_text("# mine\n[service]\nnotify=important\n")
    service = desk.service()
    service.until(lambda: desk.screen.bus.has(BUS), "its name on the bus")
    return service


@pytest.fixture
def preferences(service, desk):
    return opened(desk.window())


def opened(window):
    window.titled("Accounts")
    window.keys("ctrl+comma")
    window.titled("Preferences")
    return window


def written(home, line):
    return line in (home.config / "inbasket.conf").read_text().splitlines()


# What is changed, with the keyboard alone

CHOICES = [
    ("notify", "Service", "Tell of New Mail", 2, "notify=all"),
    ("no-notice", "Service", "Tell of New Mail", 0, "notify=none"),
    ("metered", "Service", "Connection That Costs by Volume", 2, "on-metered=pause"),
    ("saver", "Service", "Battery Saver", 0, "on-battery-saver=normal"),
    ("threshold", "Filtering", "What Is Junk", 2, "spam-threshold=0.90"),
]


@pytest.mark.parametrize(("page", "row", "place", "line"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_what_is_chosen_is_written(preferences, home, page, row, place, line):
    preferences.find("combo box", row)
    preferences.focus("page tab", page)
    preferences.keys("space")
    preferences.choose(row, place)
    preferences.until(lambda: written(home, line), line)
    assert (home.config / "inbasket.conf").read_text().startswith("# mine\n[service]\n")


SWITCHES = [
    ("learn", "Filtering", "Learn From What You Move", "learn-from-moves=false", "learn-from-moves=true"),
    ("dns", "Filtering", "Look Up Your Domains’ Mail Servers", "dns-lookups=none", "dns-lookups=mx"),
    ("twins", "Mail", "Deliver Twins Once", "deduplicate=false", "deduplicate=true"),
    ("note", "Mail", "Note the Verdict in Each Message", "annotate=false", "annotate=true"),
]


@pytest.mark.parametrize(("page", "row", "off", "on"), [row[1:] for row in SWITCHES], ids=[row[0] for row in SWITCHES])
def test_what_is_switched_is_written(preferences, home, page, row, off, on):
    preferences.press("page tab", page)
    preferences.until(lambda: [node for node in preferences.nodes("check box", row) if is_in(node, Atspi.StateType.CHECKED)], "the default")
    preferences.press("check box", row)
    preferences.until(lambda: written(home, off), off)
    preferences.press("check box", row)
    preferences.until(lambda: written(home, on), on)


def text_of(window, name):
    return window.find("text", name).text()


def test_what_is_typed_is_written_and_what_is_wrong_is_told_below(preferences, home):
    preferences.press("page tab", "Filtering")
    preferences.focus("check box", "Learn From What You Move")
    preferences.keys("Tab")
    preferences.write("mx.example.org;-x")
    preferences.keys("Return")
    preferences.says("a host, an address or a network")
    assert not written(home, "relays=mx.example.org;-x")
    assert text_of(preferences, "Servers and Relays You Trust") == "mx.example.org;-x", "it is there to be mended"
    preferences.keys("BackSpace", "BackSpace", "Return")
    preferences.until(lambda: written(home, "relays=mx.example.org;"), "what is right")
    preferences.find("label", "a host, an address or a network", gone=True)


def test_what_stands_in_the_file_is_shown_as_it_is(service, home, desk):
    (home.config / "inbasket.conf").write_text(
        "[filter]\nspam-threshold=0.85\n[trust]\nrelays=.example.org;192.0.2.1\n[service]\nafter-delivery=notmuch new <b>\n")
    window = opened(desk.window())
    window.says("85 % sure")
    window.says("notmuch new <b>")
    window.says(str(home.maildir))
    window.until(lambda: text_of(window, "Servers and Relays You Trust") == ".example.org;192.0.2.1", "the relays")


def test_what_somebody_else_writes_is_shown(preferences, home):
    shows(preferences, "Important")
    (home.config / "inbasket.conf").write_text("[service]\nnotify=all\n")
    shows(preferences, "All")


def shows(window, choice):
    """Just so, and no words with it in them."""
    window.until(lambda: window.nodes("label", choice)[0].name == choice, choice)


def test_a_fault_in_the_file_is_told_of(preferences, home, desk):
    (home.config / "inbasket.conf").write_text("[service]\nnotify=loud\n")
    preferences.says("inbasket.conf:2: ")
    (home.config / "inbasket.conf").write_text("[service]\nnotify=all\n")
    preferences.find("label", "inbasket.conf:2: ", gone=True)
    shows(preferences, "All")


def test_without_the_service_the_rest_works(service, preferences, home):
    service.stop()
    preferences.says("The Inbasket service does not run")
    preferences.until(lambda: not is_in(preferences.find("combo box", "Tell of New Mail"), Atspi.StateType.SENSITIVE), "rows that wait")
    assert is_in(preferences.find("push button", "Open the Settings File"), Atspi.StateType.SENSITIVE)
    service.start()
    preferences.until(lambda: is_in(preferences.find("combo box", "Tell of New Mail"), Atspi.StateType.SENSITIVE), "rows that work")


# What other programs do

OPENER = """[Desktop Entry]
Type=Application
Name=Opener
Exec=sh -c 'echo "$0" >{opened}' %u
MimeType={kinds};
"""
KINDS = ["inode/directory", Gio.content_type_guess("inbasket.conf", b"# Settings\n")[0]]


@pytest.mark.parametrize(("button", "path"), [("Open Folder", "Mail"), ("Open the Settings File", "inbasket.conf")])
def test_what_is_there_is_opened(service, home, desk, tmp_path, button, path):
    (home.config / "inbasket.conf").unlink()
    home.maildir.mkdir(exist_ok=True)
    programs, opened_file = tmp_path / "share" / "applications", tmp_path / "opened"
    programs.mkdir(parents=True)
    (programs / "opener.desktop").write_text(OPENER.format(opened=opened_file, kinds=";".join(KINDS)))
    (programs / "mimeinfo.cache").write_text("[MIME Cache]\n" + "".join(f"{kind}=opener.desktop;\n" for kind in KINDS))
    window = opened(desk.window(XDG_DATA_HOME=str(tmp_path / "share")))
    window.says(str(home.maildir))
    window.press("page tab", "Mail")
    window.focus("push button", button)
    window.keys("space")
    window.until(lambda: opened_file.exists() and opened_file.read_text().strip().endswith(path), f"{path}, opened")
    assert (home.config / "inbasket.conf").exists() == path.endswith("inbasket.conf")


def test_running_at_login(service, home, desk):
    window = opened(desk.window())
    entry = Path(desk.xdg["XDG_CONFIG_HOME"]) / "autostart" / "inbasketd.desktop"
    window.until(lambda: is_in(window.find("check box", "Run at Login"), Atspi.StateType.SENSITIVE), "what is known")
    window.press("check box", "Run at Login")
    window.until(entry.exists, "the file in the autostart folder")
    window.until(lambda: is_in(window.find("check box", "Run at Login"), Atspi.StateType.SENSITIVE), "its end")
    assert is_in(window.find("check box", "Run at Login"), Atspi.StateType.CHECKED)
    window.press("check box", "Run at Login")
    window.until(lambda: not entry.exists() and service.process.poll() == 0, "its end")


def test_a_trial_does_not_run_at_login(service, home, desk):
    window = opened(desk.window("--home", home.path))
    window.says("not that of a trial")
    assert not is_in(window.find("check box", "Run at Login"), Atspi.StateType.SENSITIVE)


# Who cannot see, or has no mouse, or a small screen

def test_escape_leads_back(preferences):
    preferences.keys("Escape")
    preferences.titled("Accounts")


def test_everything_has_a_name(preferences):
    unnamed = [node.role for node in walk(preferences.top())
               if node.role in ("push button", "toggle button", "text", "check box", "combo box", "page tab")
               and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk(?!Image)|Adw|Ib)\w+|", node.name)]
    assert not unnamed, preferences.tree()


def test_it_fits_a_small_screen(preferences):
    for page in ("Service", "Filtering", "Mail"):
        preferences.press("page tab", page)
        narrow(preferences)
        preferences.resize(620, 640)


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(service, home, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    window = opened(desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                                ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast"))))
    window.says(str(home.maildir))
    if look == "narrow":
        window.resize(360, 720)
    for page in ("Service", "Filtering", "Mail"):
        window.press("page tab", page)
        path = folder / f"preferences-{page.lower()}-{look}.png"
        window.picture(path)
        assert (brightness(path) < 0.5) == (look == "dark")
