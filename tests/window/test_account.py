"""One account's settings, where it is seen; and its end."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from servers.keyring import Keyring
from servers.screen import Atspi, is_in, walk

from window.desk import LOOKS, brightness, mails
from window.looking_glass import narrow


@pytest.fixture
def account(filled):
    """The window of the account `work`, whose ten messages are here."""
    return opened(filled)


def opened(window):
    window.find("list item", "work: ")
    window.press("push button", "More for This Account")
    window.press("menu item", "Settings…")
    window.titled("work")
    return window


def written(home, line):
    return line in (home.accounts / "work.conf").read_text().splitlines()


CHOICES = [
    ("interval", "Look for New Mail", 3, "interval=30m"),
    ("max-size", "Largest Messages", 2, "max-size=20M"),
    ("after", "Mail That Was Fetched", 2, "after=delete-after:14d"),
]


@pytest.mark.parametrize(("row", "place", "line"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_what_is_chosen_is_written(account, home, row, place, line):
    account.find("combo box", row)
    account.choose(row, place)
    account.until(lambda: written(home, line), line)


SWITCHES = [("enabled", "Fetch Its Mail", "enabled=false"), ("push", "New Mail at Once", "push=false"),
            ("junk", "Keep Its Junk Folder in Step", "server-junk=move"), ("filter", "Filter Its Mail", "enabled=false")]


@pytest.mark.parametrize(("row", "line"), [row[1:] for row in SWITCHES], ids=[row[0] for row in SWITCHES])
def test_what_is_switched_is_written(account, home, row, line):
    account.until(lambda: is_in(account.find("check box", row), Atspi.StateType.SENSITIVE), "what holds")
    account.press("check box", row)
    account.until(lambda: written(home, line), line)


def test_what_is_wrong_is_told_below(account, home):
    before = (home.accounts / "work.conf").read_text()
    account.focus("check box", "New Mail at Once")
    account.keys("Tab", "ctrl+a")
    account.write("!INBOX")
    account.keys("Return")
    account.find("label", "folders: ")
    assert (home.accounts / "work.conf").read_text() == before


def test_what_a_person_wrote_is_shown(home, server, desk):
    home.account("work", server, fetch__after="move:Done", fetch__interval="7m", fetch__max_size="3M")
    desk.service()
    window = opened(desk.window())
    for words in ("Is moved there into “Done”", "Every 7m", "Up to 3M", "IMAP at localhost", "anna"):
        window.says(words)


def test_pop3_has_no_folders(home, start, desk):
    home.account("work", start(users={"anna": "secret"}), protocol="pop3")
    desk.service()
    window = opened(desk.window())
    window.says("POP3 at localhost")
    for role, name in (("text", "Folders to Fetch"), ("check box", "Keep Its Junk Folder in Step")):
        window.find(role, name, gone=True)


def test_it_is_removed_once_its_owner_is_sure(account, home):
    account.press("push button", "Remove Account…")
    account.says("what is on the server stays there")
    account.press("push button", "Cancel")
    account.titled("work")
    assert (home.accounts / "work.conf").exists()
    account.press("push button", "Remove Account…")
    account.says("what is on the server stays there")
    account.press("push button", "Remove")
    account.titled("Accounts")
    account.says("No Account Yet")
    assert not (home.accounts / "work.conf").exists() and len(home.files()) == 10


def test_signing_in_anew_is_led_to(account):
    account.press("push button", "Sign In Anew…")
    account.until(lambda: account.title() not in ("work", "Accounts"), "the way to sign in")


def test_it_closes_with_its_account(account, home):
    (home.accounts / "work.conf").unlink()
    account.titled("Accounts")


def test_escape_leads_back(account):
    account.keys("Escape")
    account.titled("Accounts")


def test_everything_has_a_name(account):
    unnamed = [node.role for node in walk(account.top())
               if node.role in ("push button", "toggle button", "text", "check box", "combo box")
               and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk(?!Image)|Adw|Ib)\w+|", node.name)]
    assert not unnamed, account.tree()


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(home, server, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    home.account("work", server)
    desk.service()
    window = opened(desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                                ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast"))))
    window.says("IMAP at localhost")
    if look == "narrow":
        narrow(window)
    path = folder / f"account-{look}.png"
    window.picture(path)
    assert (brightness(path) < 0.5) == (look == "dark")


# The keyring

@pytest.fixture
def locked(home, start, desk):
    """The window of a home whose account's password is in a keyring that is locked, and that keyring."""
    server = start(users={"anna": "secret"})
    server.put("anna", mails(1))
    with Keyring(session=desk.screen.environment) as keyring:
        keyring.unlock()
        subprocess.run(home.command("account", "add", "work", "--address", "anna@example.com", "--host", "localhost", "--user", "anna",
                                    "--ca-file", server.ca, "--port", server.ports["imaps"], "--secret-stdin"),
                       input=b"secret\n", env=home.environment(**keyring.environment), check=True, capture_output=True)
        keyring.start_locked()
        desk.service()
        window = desk.window()
        window.find("list item", "work: Waits for your keyring to be unlocked")
        yield window, keyring


def test_the_keyring_is_unlocked_with_a_click(locked, home):
    window, keyring = locked
    keyring.start_prompter()
    window.press("push button", "Unlock Keyring…")
    window.answer_prompt("Gcr-prompter", keyring.password)
    window.find("list item", "work: All is well")
    window.until(lambda: len(home.files()) == 1, "the mail")


def test_a_keyring_that_stays_shut_is_told_of(locked):
    window, _ = locked
    window.press("push button", "Unlock Keyring…")
    window.says("The keyring is locked")
