"""The wizard and the keyring: one that never answers, one that takes its time, and what stands in it if no account comes."""

import pytest
from e2e.inbasket import PATIENCE
from integration.test_setup import PASSWORD
from servers.slow_keyring import SlowKeyring, mute_keyring

from window.steps import switch, to_password, written
from window.wizard import continues, go, go_back, is_marked, mark


def lives(window):
    """Its main loop turns meanwhile: it tells what it waits for, hears a key, and goes where that leads."""
    window.says("Your keyring is being asked whether it is there.")
    window.keys("Escape")
    window.titled("The Settings")
    go(window, "The Password")


@pytest.fixture
def mute(screen):
    with mute_keyring(screen.bus.address):
        yield


@pytest.fixture
def slow(screen):
    with SlowKeyring(screen.environment) as keyring:
        yield keyring


# One that never answers

def test_a_mute_keyring_is_told_of_and_the_window_lives(mute, wizard, mail, known):
    to_password(wizard, mail)
    lives(wizard)
    wizard.type("Password", PASSWORD)
    assert not continues(wizard)
    wizard.says("The keyring has not answered for 10 s")
    wizard.until(lambda: is_marked(wizard, "File"), "another place")
    wizard.press("check box", "Write It There, Not Encrypted")
    go(wizard, "A Test")
    wizard.says("It Works")
    assert (known.path / "secrets" / "example").read_text() == PASSWORD


def test_nobody_has_to_wait_for_a_mute_keyring(mute, wizard, mail):
    to_password(wizard, mail)
    wizard.says("Your keyring is being asked whether it is there.")
    mark(wizard, "File")
    wizard.says("Your keyring is being asked whether it is there.")
    wizard.type("Password", PASSWORD)
    wizard.press("check box", "Write It There, Not Encrypted")
    go(wizard, "A Test")
    wizard.says("It Works")


def test_quit_while_a_mute_keyring_is_asked(mute, wizard, mail):
    to_password(wizard, mail)
    wizard.says("Your keyring is being asked whether it is there.")
    wizard.keys("ctrl+q")
    assert wizard.process.wait(PATIENCE) == 0


# One that takes its time

def keep(window, mail, slow):
    to_password(window, mail)
    window.until(lambda: is_marked(window, "Keyring"), "the keyring")
    window.type("Password", PASSWORD)
    window.until(lambda: continues(window), "a way on")
    window.keys("Return")
    window.until(slow.asked, "the keyring to be asked")
    window.find("status bar", "The keyring is asked to keep the password…")
    assert [(item["inbasket-account"], item["inbasket-kind"]) for item in slow.items()] == [("example", "password")]


def test_a_password_is_kept_once_the_keyring_says_so(slow, wizard, mail, known):
    keep(wizard, mail, slow)
    assert wizard.title() == "The Password"
    slow.answer()
    wizard.titled("A Test")
    assert len(slow.items()) == 1


@pytest.mark.parametrize("way", ["stop", "back"])
def test_who_does_not_wait_leaves_nothing_behind(slow, wizard, mail, known, way):
    keep(wizard, mail, slow)
    if way == "stop":
        wizard.press("push button", "Stop")
        wizard.until(lambda: continues(wizard), "a page that is not busy")
        assert wizard.title() == "The Password"
    else:
        wizard.keys("Escape")
        wizard.until(lambda: continues(wizard), "a page that is not busy")
    wizard.until(lambda: slow.items() == [], "an empty keyring")


def test_stopped_and_kept_once_more_it_stays(slow, wizard, mail, known):
    """What is taken back is never what was put there since."""
    keep(wizard, mail, slow)
    wizard.press("push button", "Stop")
    wizard.until(lambda: continues(wizard), "a page that is not busy")
    slow.answer()
    go(wizard, "A Test")
    assert len(slow.items()) == 1


@pytest.mark.parametrize("way", ["ctrl+q", "closed"])
def test_quit_while_it_is_kept_leaves_nothing_behind(slow, wizard, mail, known, way):
    keep(wizard, mail, slow)
    if way == "closed":
        wizard.keys("ctrl+w")
        wizard.titled("No Account Yet")
    wizard.keys("ctrl+q")
    assert wizard.process.wait(PATIENCE) == 0
    assert slow.items() == [] and not known.accounts.exists()


def test_a_password_of_an_account_that_never_came_is_taken_back(slow, wizard, mail, known):
    slow.answer()
    keep_at_once(wizard, mail, slow)
    wizard.keys("ctrl+q")
    assert wizard.process.wait(PATIENCE) == 0
    assert slow.items() == [] and not known.accounts.exists()


def keep_at_once(window, mail, slow):
    to_password(window, mail)
    window.type("Password", PASSWORD)
    go(window, "A Test")
    assert len(slow.items()) == 1


def test_with_its_account_it_stays(slow, wizard, mail, known):
    slow.answer()
    keep_at_once(wizard, mail, slow)
    wizard.says("It Works")
    go(wizard, "What Will Happen")
    go(wizard, "Sorting")
    switch(wizard, "Learn From the Mail That Is There")
    go(wizard, "Done", "Add Account")
    wizard.keys("ctrl+q")
    assert wizard.process.wait(PATIENCE) == 0
    assert "secret=" not in written(known)      # nothing said is the keyring
    assert len(slow.items()) == 1


def test_kept_elsewhere_in_the_end_it_leaves_the_keyring(slow, wizard, mail, known):
    slow.answer()
    keep_at_once(wizard, mail, slow)
    wizard.says("It Works")
    go_back(wizard, "The Password")
    mark(wizard, "Command")
    wizard.type("Command (No Shell Runs It)", f"printf '{PASSWORD}'")
    go(wizard, "A Test")
    wizard.says("It Works")
    go(wizard, "What Will Happen")
    go(wizard, "Sorting")
    switch(wizard, "Learn From the Mail That Is There")
    go(wizard, "Done", "Add Account")
    wizard.until(lambda: slow.items() == [], "an empty keyring")
    assert f"secret=command:printf '{PASSWORD}'\n" in written(known)
