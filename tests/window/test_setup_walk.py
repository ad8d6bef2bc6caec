"""The wizard's every page, on each way through it: nothing is cut on the smallest screen, each control has a name, and the keyboard is enough."""

import os
import re
from pathlib import Path

import pytest
from integration.test_setup import PASSWORD
from integration.test_setup_browser import ANNA

from window import walks
from window.looking_glass import is_narrow, narrow
from window.steps import begin, check_names, written
from window.wizard import go, reach


# Who never saw a settings file is told of none of its words.
FILE_WORDS = re.compile(r"\b(?:user|host|port|protocol|security|auth|secret|ca-file|fingerprint|oauth2-[a-z-]+)=|\b(?:credential|file):[A-Z]")


def check_words(window):
    said = [node.name for node in window.nodes("label") if FILE_WORDS.search(node.name) and not node.name.startswith("http")]
    assert not said, said


def walk(window, glass, way, pages):
    """Looks at each page of the way on a screen of 360 pixels; all that is wrong is told at the end."""
    narrow(window)
    seen, faults = [], {}
    for page in pages:
        if "INBASKET_PICTURES" in os.environ:
            window.picture(f"{os.environ['INBASKET_PICTURES']}/walk-{way}-{page}.png")
        seen.append(page)
        check_names(window)
        check_words(window)
        assert is_narrow(window), (page, window.size())
        if found := glass.faults(window):
            faults[page] = found
    assert not faults, "\n".join(f"{page}: {fault}" for page, found in faults.items() for fault in found)
    return seen


def test_by_password(desk, known, mail, glass):
    walks.make_known(known, mail)
    window = begin(desk, known, **glass.environment)
    seen = walk(window, glass, "password", walks.by_password(window, mail))
    assert seen[0] == "welcome" and seen[-1] == "done" and len(seen) == 15


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_by_browser(desk, hosted, hoster, glass, elsewhere):
    window = begin(desk, hosted, **glass.environment)
    seen = walk(window, glass, "elsewhere" if elsewhere else "here", walks.by_browser(window, hoster, ANNA, elsewhere))
    assert seen[-1] == ("browser" if elsewhere else "said-no")


def test_by_gnome(desk, home, desktop, glass):
    window = begin(desk, home, **desktop, **glass.environment)
    assert walk(window, glass, "gnome", walks.by_gnome(window)) == ["address", "settings"]


def test_signing_in_again(desk, home, mail, glass):
    home.account("work", mail, password="an old one")
    window = desk.window(**glass.environment)
    window.titled("The Service Does Not Run")
    desk.ask("sign-in", "work")
    window.titled("Sign In to “work”")
    assert walk(window, glass, "again", ["secret"]) == ["secret"]


def test_a_label_that_is_cut_is_seen_in_the_glass(desk, home, mail, glass):
    """The glass itself: a title has two lines at most."""
    name = "a-choir-" * 7 + "a"
    home.account(name, mail, password="an old one")
    window = desk.window(**glass.environment)
    window.titled("The Service Does Not Run")
    desk.ask("sign-in", name)
    window.titled(f"Sign In to “{name}”")
    narrow(window)
    assert any(fault.how == "ellipsized" and name in fault.text for fault in glass.faults(window))


@pytest.mark.parametrize("how, style", [
    ("outside", "row { margin-left: -60px; }"),
    ("clipped", "row label { transform: translateY(400px); }"),
])
def test_what_a_style_spoils_is_seen_in_the_glass(desk, home, mail, glass, how, style):
    home.account("work", mail, password="an old one")
    (Path(desk.xdg["XDG_CONFIG_HOME"]) / "gtk-4.0" / "gtk.css").write_text(style)
    window = desk.window(**glass.environment)
    window.titled("The Service Does Not Run")
    desk.ask("sign-in", "work")
    window.titled("Sign In to “work”")
    narrow(window)
    assert (how, "Password") in [(fault.how, fault.text) for fault in glass.faults(window)]


def test_by_keyboard_alone(desk, known, mail):
    window = desk.window("--home", known.path)
    window.titled("No Account Yet")
    reach(window, "push button", "Add an Account…")
    window.keys("Return")
    window.titled("Welcome")
    window.keys("Return")
    window.titled("Your Address")
    window.write("anna@example.com")
    go(window, "The Way to Sign In")
    go(window, "The Settings")
    reach(window, "list item", "Certificate of Its Own")
    window.keys("space", "Tab")
    window.write(str(mail.ca))
    go(window, "The Password")
    window.write(PASSWORD)
    reach(window, None, "Write It There, Not Encrypted")
    window.keys("space")
    go(window, "A Test")
    window.says("It Works")
    go(window, "What Will Happen")
    go(window, "Sorting")
    go(window, "Done", "Add Account")
    go(window, "The Service Does Not Run", "Done")
    assert "[account]" in written(known)
