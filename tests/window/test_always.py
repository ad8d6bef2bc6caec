"""“Always to …” on the page Why: the rule is seen and tried before it is written, does what it says, and can be taken out again."""

import os
import re
from pathlib import Path

import pytest
from servers.screen import Atspi, is_in, walk

from window.desk import LOOKS, brightness
from window.looking_glass import narrow


def letter(subject, who="zoe@example.org", fields="List-Id: The Choir <choir.example.org>\r\n"):
    return (f"From: Zoë <{who}>\r\nTo: anna+choir@example.com\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n"
            f"Date: Mon, 3 Mar 2025 10:00:00 +0000\r\n{fields}\r\nla la\r\n").encode()


@pytest.fixture
def letters(server, home, desk):
    """A service that has fetched three letters of one list, and one of none."""
    server.put("anna", [letter(f"Song {i}") for i in range(3)] + [letter("Alone", "bob@example.net", "")])
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 4, "the mail")
    return service


@pytest.fixture
def window(letters, desk):
    window = desk.window()
    window.titled("Accounts")
    return window


def ask_for(window, home, desk, subject):
    message, = [line["id"] for line in home.run("log", "--json").lines if line["subject"] == subject]
    desk.ask("show-message", message)
    window.titled("Why")


def can_be_pressed(window, name):
    return is_in(window.find("push button", name), Atspi.StateType.SENSITIVE)


def show(window, home, desk, subject):
    ask_for(window, home, desk, subject)
    window.until(lambda: can_be_pressed(window, "Always to…"), "the message")


def propose(window, home, desk, subject="Song 0"):
    show(window, home, desk, subject)
    window.press("push button", "Always to…")
    window.titled("Always To…")
    window.find("check box", "Mail sent to anna+choir@example.com")


def name_folder(window, folder):
    window.type("Name of the New Folder", folder)
    window.says(f'fileinto "{folder}"')


def always(home):
    path = home.config / "filters/always.sieve"
    return path.read_text() if path.exists() else None


def test_the_next_one_of_the_list_goes_there(window, home, server, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    window.says('if header :contains "List-Id" "<choir.example.org>" {')
    window.says("It would have decided about 3 messages that are here; 3 of them stand elsewhere, and stay there.")
    assert always(home) is None, "nothing is written before it is said to be"
    window.press("push button", "Save Rule")
    window.titled("Why")
    window.says("The rule holds from now on")
    assert 'fileinto "Choir"' in always(home)
    assert "always.sieve;" in (home.config / "inbasket.conf").read_text()
    assert home.counts() == {".": 4}
    server.append("anna", [letter("Song 9"), letter("Other", "bob@example.net", "")])
    window.until(lambda: home.counts() == {".": 5, ".Choir": 1}, "the next one in its folder")


def test_a_message_is_known_before_something_is_done_with_it(letters, window, home, desk):
    ask_for(window, home, desk, "Song 1")
    window.until(lambda: can_be_pressed(window, "Always to…"), "the message")
    with letters.hanging():
        ask_for(window, home, desk, "Song 0")
        assert not can_be_pressed(window, "Always to…")
    window.press("push button", "Always to…")
    window.titled("Always To…")


def test_undo_takes_it_out_again(window, home, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    window.press("push button", "Save Rule")
    window.titled("Why")
    window.until(lambda: always(home), "the filter")
    window.press("push button", "Undo")
    window.says("The rule is taken out again")
    assert always(home) is None
    assert "always.sieve" not in (home.config / "inbasket.conf").read_text()


def test_undo_brings_the_earlier_rule_back(window, home, desk):
    home.run("filter", "always", home.run("log", "--json").lines[0]["id"], "--by", "list", "--to", "First", "--write")
    before = always(home)
    propose(window, home, desk)
    window.press("push button", "Cancel")
    window.titled("Why")
    propose(window, home, desk)
    window.type("Name of the New Folder", "Second")
    window.says('fileinto "Second"')
    window.press("push button", "Save Rule")
    window.titled("Why")
    assert '"Second"' in always(home) and '"First"' not in always(home)
    window.press("push button", "Undo")
    window.says("The rule is taken out again")
    assert always(home) == before


def test_what_was_edited_since_is_not_undone(window, home, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    window.press("push button", "Save Rule")
    window.titled("Why")
    window.until(lambda: always(home), "the filter")
    home.script("always", always(home) + "# mine\n")
    window.press("push button", "Undo")
    window.says("The filter always.sieve was changed since")
    assert always(home).endswith("# mine\n")


def test_what_was_edited_since_it_was_shown_is_not_overwritten(window, home, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    home.script("always", "# mine\nkeep;\n")
    window.press("push button", "Save Rule")
    window.says("The filter always.sieve was changed since")
    assert always(home) == "# mine\nkeep;\n"


def test_what_else_was_made_active_stays_so(window, home, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    home.script("before", "keep;")
    home.run("filter", "enable", "before")
    window.press("push button", "Save Rule")
    window.titled("Why")
    window.until(lambda: "always.sieve" in (home.config / "inbasket.conf").read_text(), "the rule in use")
    assert "before.sieve" in (home.config / "inbasket.conf").read_text()
    home.script("after", "keep;")
    home.run("filter", "enable", "after")
    window.press("push button", "Undo")
    window.says("The rule is taken out again")
    text = (home.config / "inbasket.conf").read_text()
    assert always(home) is None and "always.sieve" not in text and "before.sieve" in text and "after.sieve" in text


def test_a_kind_that_there_is_not_cannot_be_chosen(window, home, desk):
    propose(window, home, desk, "Alone")
    radio = {node.name: is_in(node, Atspi.StateType.SENSITIVE) for node in window.nodes("check box")}
    assert radio == {"Mailing list": False, "Mail from bob@example.net": True, "Mail from anybody at example.net": True,
                     "Mail sent to anna+choir@example.com": True}, window.tree()
    window.says("It names no mailing list")


def test_a_folder_that_cannot_be_is_refused(window, home, desk):
    propose(window, home, desk)
    window.type("Name of the New Folder", "a/../b")
    window.says("cannot be a folder")
    assert not can_be_pressed(window, "Save Rule")


def test_by_keyboard_alone(window, home, desk):
    show(window, home, desk, "Song 0")
    window.keys("ctrl+l")
    window.titled("Always To…")
    window.find("check box", "Mail of the list choir.example.org")
    window.keys("Escape")
    window.titled("Why")
    window.keys("ctrl+l")
    window.titled("Always To…")
    window.find("check box", "Mail of the list choir.example.org")
    window.write("Choir")  # the keyboard is where a name is missing
    window.says('fileinto "Choir"')
    window.keys("Return")  # the suggested button's, from the field
    window.titled("Why")
    window.until(lambda: always(home), "the filter")


def test_everything_has_a_name_and_fits_a_small_screen(window, home, desk):
    propose(window, home, desk)
    name_folder(window, "Choir")
    unnamed = [node.role for node in walk(window.top())
               if node.role in ("push button", "toggle button", "check box", "text", "combo box")  # the rows within a combo box have none
               and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk|Adw|Ib)\w+|", node.name)]
    assert not unnamed, window.tree()
    narrow(window)


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(letters, home, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    window = desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                         ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    window.titled("Accounts")
    propose(window, home, desk)
    if look == "narrow":
        window.resize(360, 720)
    name_folder(window, "Choir")
    window.says("It would have decided about 3 messages")
    path = folder / f"always-{look}.png"
    window.picture(path)
    assert (brightness(path) < 0.5) == (look == "dark")
