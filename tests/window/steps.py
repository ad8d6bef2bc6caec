"""The wizard from its begin to one of its pages, for what is tested there; and what comes of it."""

import json
import re
import subprocess

from e2e.inbasket import PATIENCE
from integration.test_setup import PASSWORD
from servers.screen import Atspi, Window, is_in

from window.wizard import go, reach

NAMED = ("push button", "toggle button", "text", "list", "list item", "check box", "radio button", "combo box", "progress bar")


def begin(desk, home, kind=Window, **env):
    """The wizard for a home that has no account; nobody's browser or service is asked."""
    window = desk.window("--home", home.path, kind=kind, **env)
    window.titled("No Account Yet")
    window.press("push button", "Add an Account…")
    window.titled("Welcome")
    return window


def to_settings(window, address="anna@example.com"):
    go(window, "Your Address")
    window.type("Mail Address", address)
    go(window, "The Way to Sign In")
    go(window, "The Settings")


def to_password(window, server):
    to_settings(window)
    window.type("Own Authority (File)", str(server.ca))
    go(window, "The Password")


def to_test(window, server):
    to_password(window, server)
    window.type("Password", PASSWORD)
    # Nobody has a keyring here: the file is suggested.
    window.press("check box", "Write It There, Not Encrypted")
    go(window, "A Test")
    window.says("It Works")


def to_forecast(window, server):
    to_test(window, server)
    go(window, "What Will Happen")
    window.says("messages are there")


def to_filter(window, server):
    to_forecast(window, server)
    go(window, "Sorting")


def to_done(window, server, learn=False):
    to_filter(window, server)
    if not learn:
        switch(window, "Learn From the Mail That Is There")
    go(window, "Done", "Add Account")


def switch(window, name):
    reach(window, None, name)
    window.keys("space")


def choose(window, name, steps):
    """Of a list that opens, by keyboard: so many steps below the one that is chosen now."""
    reach(window, "combo box", name)
    window.keys("space", *["Down"] * steps, "Return")


def written(home, name="example"):
    return (home.accounts / f"{name}.conf").read_text()


def clipboard(window):
    return subprocess.run(["xsel", "--clipboard", "--output"], env=window.environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=PATIENCE).stdout


def outside_lists(node):
    """All, but what a combo box keeps for itself, and the lists that a row that opens is made of."""
    if node.name != "GtkListBox":
        yield node
    for child in node.children if node.role != "combo box" else []:
        yield from outside_lists(child)


def check_names(window):
    unnamed = [(node.role, node.parent.parent.name) for node in outside_lists(window.top())
               if node.role in NAMED and is_in(node, Atspi.StateType.VISIBLE)
               and re.fullmatch(r"(Gtk|Adw|Ib)\w+|", node.name)]
    assert not unnamed, f"{unnamed}\n{window.tree()}"


def told(home, *command):
    return json.loads(home.run(*command, "--json").out)
