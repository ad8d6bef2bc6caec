"""What is closed, or goes, while something is still under way: nothing that was written is lost, and no answer comes to what is gone."""

import pytest
from e2e.inbasket import PATIENCE

from window.steps import to_done
from window.test_always import letter, show
from window.test_filters import editor, page, service, sorted_home, write  # noqa: F401
from window.wizard import go, text_of


def ended(window):
    return window.process.wait(PATIENCE) == 0


# A filter that is being written

@pytest.mark.parametrize("place", ["editor", "question"])
def test_quit_asks_about_what_is_not_saved(page, sorted_home, desk, place):  # noqa: F811
    editor(page, "mine.sieve")
    write(page, "mine.sieve", "stop;\n")
    page.find("label", "Not Saved")
    page.keys("ctrl+q")
    page.find("push button", "Discard")
    if place == "question":  # it is asked once
        desk.ask("quit")
    page.press("push button", "Cancel")
    page.titled("mine.sieve")
    page.keys("Escape")  # alone, now
    page.press("push button", "Discard")
    page.titled("Filters")
    assert "stop" not in (sorted_home.config / "filters" / "mine.sieve").read_text()


@pytest.mark.parametrize(("answer", "kept"), [("Discard", False), ("Save", True)])
def test_quit_goes_on_once_that_is_answered(page, sorted_home, answer, kept):  # noqa: F811
    editor(page, "mine.sieve")
    write(page, "mine.sieve", "stop;\n")
    page.find("label", "Not Saved")
    page.keys("ctrl+q")
    page.says("Save What You Wrote?")
    page.press("push button", answer)
    assert ended(page)
    assert ((sorted_home.config / "filters" / "mine.sieve").read_text() == "stop;\n") == kept


def test_quit_ends_the_program_from_the_window_above(page):  # noqa: F811
    editor(page, "mine.sieve")
    page.keys("ctrl+q")
    assert ended(page)


# Answers that nobody waits for

@pytest.fixture
def letters(server, home, desk):
    server.put("anna", [letter("Song")])
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 1, "the letter")
    return service


@pytest.fixture
def beside(letters, desk):
    window = desk.window()
    window.titled("Accounts")
    return window


def test_a_trial_is_closed_before_its_answer(beside, letters):
    beside.keys("alt+5")
    beside.find("list item", "junk.sieve: ")
    editor(beside, "junk.sieve")
    beside.find("status bar", "Nothing is wrong")
    with letters.hanging():
        beside.press("push button", "Try on My Mail")
        beside.titled("What It Would Do")
        beside.keys("Escape")
        beside.titled("junk.sieve")
    beside.press("push button", "Try on My Mail")
    beside.says("Nothing Would Move")


def test_a_rule_is_closed_before_its_answer(beside, letters, home, desk):
    show(beside, home, desk, "Song")
    with letters.hanging():
        beside.press("push button", "Always to…")
        beside.titled("Always To…")
        beside.keys("Escape")
        beside.titled("Why")
    beside.press("push button", "Always to…")
    beside.find("check box", "Mail sent to anna+choir@example.com")


def test_an_account_goes_under_the_question(beside, home):
    beside.press("push button", "More for This Account")
    beside.press("menu item", "Settings…")
    beside.titled("work")
    beside.press("push button", "Remove Account…")
    beside.says("Remove “work”?")
    (home.accounts / "work.conf").unlink()
    beside.says("No Account Yet")


# Passwords

def test_the_next_account_is_not_given_the_password_of_the_last(wizard, mail, known):
    to_done(wizard, mail)
    wizard.press("push button", "Add Another Account")
    wizard.titled("Your Address")
    wizard.type("Mail Address", "bert@example.com")
    for title in ("The Way to Sign In", "The Settings", "The Password"):
        go(wizard, title)
    assert text_of(wizard, "Password") == ""


# One of each

def test_there_is_one_wizard_at_a_time(beside, desk):
    for _ in range(2):
        desk.ask("setup")
        beside.titled("Your Address")
    assert len(beside.application.windows()) == 2, beside.tree()
