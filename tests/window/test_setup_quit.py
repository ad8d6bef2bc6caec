"""Quitting, or asking for another wizard, while one is under way: nothing is left half done, and nothing that was typed is lost unasked."""

import json
import shlex

import pytest
from e2e.inbasket import PATIENCE
from integration.test_setup import PASSWORD

from window.steps import begin, switch, to_done
from window.wizard import text_of

SUMMARY = json.dumps({"event": "summary", "sources": [], "ham": 30, "spam": 40, "people": 1, "enough": 30})


# Learning

@pytest.fixture
def learner(desk, known, mail, programs, tmp_path):
    """A window that learns, and what it can be told by: the test's file `go` lets it end; what it came to stands in `came`."""
    go, came = tmp_path / "go", tmp_path / "came"
    whole, part = shlex.quote(str(came)), shlex.quote(f"{came}.new")
    write = f"echo '{SUMMARY}'; echo $word >{part}; mv {part} {whole}; exit 0"
    slow = programs(learn=f"word=whole; trap 'word=stopped; touch {shlex.quote(str(go))}' INT; "
                          f"while [ ! -e {shlex.quote(str(go))} ]; do sleep 0.1; done; {write}")
    window = begin(desk, known, **slow)
    to_done(window, mail, learn=True)
    window.says("Learning From example")
    return window, go, came


def test_quit_asks_before_it_cuts_learning_short(learner):
    window, go, came = learner
    window.keys("ctrl+q")
    window.says("Still Learning")
    window.press("push button", "Cancel")
    window.titled("Done")
    assert not came.exists()
    go.touch()
    window.says("The classifier knows 30 good messages")
    window.keys("ctrl+q")
    assert window.process.wait(PATIENCE) == 0


def test_learning_goes_on_without_a_window(learner):
    window, go, came = learner
    window.keys("ctrl+q")
    window.press("push button", "Go On Without a Window")
    window.until(lambda: window.application.windows() == [], "the end of the windows")
    assert window.process.poll() is None and not came.exists()
    go.touch()
    assert window.process.wait(PATIENCE) == 0
    assert came.read_text() == "whole\n"


def test_learning_is_stopped_in_order(learner):
    window, _, came = learner
    window.keys("ctrl+q")
    window.press("push button", "Stop Learning")
    assert window.process.wait(PATIENCE) == 0
    assert came.read_text() == "stopped\n"


def test_the_wizard_is_closed_and_learning_goes_on(learner):
    window, go, came = learner
    window.keys("ctrl+w")
    window.titled("The Service Does Not Run")
    window.says("Learning from “example” goes on.")
    go.touch()
    window.until(came.exists, "what it came to")
    assert came.read_text() == "whole\n"


# Running at login

def test_quit_while_running_at_login_is_changed(desk, known, mail, programs, tmp_path):
    begun, go, done = (tmp_path / word for word in ("begun", "go", "done"))
    known.configure(delivery__maildir=known.path / "Mail")
    (known.path / "state").mkdir()
    slow = programs(status="""echo '{"enabled": false}'; exit 0""",
                    enable=f"touch {begun}; while [ ! -e {go} ]; do sleep 0.1; done; touch {done}; exit 0")
    window = desk.window(**slow)
    window.titled("No Account Yet")
    window.press("push button", "Add an Account…")
    window.titled("Welcome")
    to_done(window, mail)
    switch(window, "Run at Login")
    window.until(begun.exists, "the service to be enabled")
    window.keys("ctrl+q")
    window.until(lambda: window.application.windows() == [], "the end of the windows")
    assert window.process.poll() is None
    go.touch()
    assert window.process.wait(PATIENCE) == 0
    assert done.exists()


# Another one is asked for

@pytest.fixture
def two(desk, home, mail):
    """Two accounts; the wizard for the first is open."""
    home.account("work", mail, password="an old one")
    home.account("choir", mail, password="an old one")
    window = desk.window()
    window.titled("The Service Does Not Run")
    desk.ask("sign-in", "work")
    window.titled("Sign In to “work”")
    return window


def test_one_that_nobody_has_touched_makes_room(two, desk):
    desk.ask("sign-in", "choir")
    two.titled("Sign In to “choir”")
    assert len(two.application.windows()) == 2


def test_the_same_one_is_shown_once_more(two, desk):
    two.type("Password", PASSWORD)
    desk.ask("sign-in", "work")
    two.titled("Sign In to “work”")
    assert text_of(two, "Password") and len(two.application.windows()) == 2


def test_another_waits_until_this_is_closed(two, desk):
    two.type("Password", PASSWORD)
    desk.ask("sign-in", "choir")
    two.says("Sign In to “choir”?")
    two.press("push button", "Finish This First")
    two.titled("Sign In to “work”")
    assert text_of(two, "Password")
    two.keys("Escape")
    two.titled("Sign In to “choir”")
    assert text_of(two, "Password") == ""
    two.keys("Escape")
    two.titled("The Service Does Not Run")


def test_this_is_left_for_another(two, desk):
    two.type("Password", PASSWORD)
    desk.ask("sign-in", "choir")
    two.press("push button", "Leave This")
    two.titled("Sign In to “choir”")
    two.keys("Escape")
    two.titled("The Service Does Not Run")


def test_an_account_that_is_added_is_not_lost_to_a_sign_in(desk, home, mail):
    home.account("work", mail, password="an old one")
    window = desk.window()
    window.titled("The Service Does Not Run")
    desk.ask("setup")
    window.titled("Your Address")
    window.type("Mail Address", "bert@example.com")
    desk.ask("sign-in", "work")
    window.says("Sign In to “work”?")
    window.press("push button", "Finish This First")
    window.titled("Your Address")
    assert text_of(window, "Mail Address") == "bert@example.com"
    desk.ask("quit")
    assert window.process.wait(PATIENCE) == 0
