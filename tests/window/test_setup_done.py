"""The wizard's last page: learning, mail programs, running at login, and the next account."""

import json
from pathlib import Path

from e2e.inbasket import BUILD
from servers.screen import Atspi, is_in

from window.desk import mails
from window.steps import begin, clipboard, switch, to_done, told, written
from window.wizard import reach, text_of


# Learning

def test_what_is_there_teaches(desk, known, mail):
    mail.append("anna", mails(40, seed=3), flags=r"(\Seen)")
    window = begin(desk, known)
    to_done(window, mail, learn=True)
    window.find("list item", "Learned From example")
    window.says("The classifier knows 40 good messages")


def test_learning_shows_how_far_it_is_and_is_stopped(desk, known, mail, programs):
    progress = json.dumps({"event": "progress", "looked": 30, "expected": 120})
    summary = json.dumps({"event": "summary", "sources": [], "ham": 30, "spam": 40, "people": 1, "enough": 30})
    slow = programs(learn=f"trap 'echo '\"'\"'{summary}'\"'\"'; exit 1' INT; echo '{progress}'; while :; do sleep 0.1; done")
    window = begin(desk, known, **slow)
    to_done(window, mail, learn=True)
    window.says("30 of 120 messages")
    bar = window.find("progress bar", "Learned From so Far")
    window.until(lambda: abs(bar.value() - 0.25) < 0.01, "a quarter")
    assert "[account]" in written(known)        # it stands, whatever comes of it
    window.press("push button", "Stop Learning")
    window.says("The classifier knows 30 good messages and 40 of spam")
    window.find("push button", "Stop Learning", gone=True)


def test_learning_that_fails_says_why_and_the_account_stands(desk, known, mail, programs):
    window = begin(desk, known, **programs(learn='echo "inbasket: another Inbasket works here" >&2; exit 5'))
    to_done(window, mail, learn=True)
    window.says("another Inbasket works here")
    assert "[account]" in written(known)


def test_learning_beside_the_service_has_the_home_on_loan(desk, known, mail):
    mail.append("anna", mails(40, seed=3), flags=r"(\Seen)")
    known.config.mkdir(exist_ok=True)
    service = desk.service()
    window = desk.window()
    window.titled("Accounts")
    window.says("No Account Yet")
    desk.ask("setup")
    window.titled("Welcome")
    to_done(window, mail, learn=True)
    window.says("The classifier knows 40 good messages")
    service.until(lambda: len(known.files()) == 43, "the mail")


# The rest of the last page

def test_each_mail_program_is_told_what_to_read(wizard, mail, known):
    to_done(wizard, mail)
    wizard.says("Point Your Mail Program Here")
    wizard.press("push button", "Copy Path of the Maildir")
    wizard.until(lambda: clipboard(wizard) == str(known.path / "Mail"), "the path")
    listed = told(known, "client")["clients"]
    here = next(client for client in listed if client["program"])
    shown = [row.name for row in wizard.nodes("list item") if row.name in [client["title"] for client in listed]]
    assert shown[0] in [client["title"] for client in listed if client["program"]]
    reach(wizard, "list item", here["title"])
    wizard.keys("space")
    wizard.until(lambda: [node for node in wizard.nodes("push button", f"Copy for {here['title']}") if is_in(node, Atspi.StateType.SENSITIVE)], "its settings")
    wizard.press("push button", f"Copy for {here['title']}")
    text = told(known, "client", here["name"])["text"]
    wizard.until(lambda: clipboard(wizard) == text, "its settings")


def test_another_account_begins_anew(wizard, mail, known):
    to_done(wizard, mail)
    wizard.press("push button", "Add Another Account")
    wizard.titled("Your Address")
    assert text_of(wizard, "Mail Address") == ""
    wizard.keys("Escape")
    wizard.until(lambda: wizard.title() != "Your Address", "the end")
    assert "[account]" in written(known)


def test_run_at_login(desk, known, mail):
    """Without a systemd: by the desktop's autostart."""
    known.configure(delivery__maildir=known.path / "Mail")
    (known.path / "state").mkdir()
    window = desk.window(INBASKET_SERVICE=str(BUILD / "src/service/inbasketd"))
    window.titled("No Account Yet")
    window.press("push button", "Add an Account…")
    window.titled("Welcome")
    to_done(window, mail)
    entries = Path(desk.xdg["XDG_CONFIG_HOME"]) / "autostart"
    assert not entries.exists()
    switch(window, "Run at Login")
    window.until(lambda: entries.exists() and list(entries.iterdir()), "the entry")
    window.until(lambda: is_in(window.nodes(None, "Run at Login")[-1], Atspi.StateType.SENSITIVE), "the service")
    switch(window, "Run at Login")
    window.until(lambda: not list(entries.iterdir()), "its end")
