"""The wizard's second half: what will happen, a dry run, sorting, and what the last page offers for an account that stands."""

import json
import os
import shlex
from pathlib import Path

import pytest
from e2e.inbasket import BUILD, PROGRAM
from integration.test_setup import PASSWORD, provider
from mail.generate import small
from servers.screen import Atspi, is_in

from window.desk import mails
from window.steps import (begin, can, check_fits, choose, clipboard, go, switch, to_done, to_filter, to_forecast, told,
                          written)
from window.wizard import go_back, reach, text_of


@pytest.fixture
def mail(start):
    server = start(users={"anna": PASSWORD})
    for number in range(3):
        server.put("anna", small(number, 1))
    return server


@pytest.fixture
def known(home, mail):
    """example.com is a provider that this user knows; nobody else is asked."""
    provider(home, "example", mail, domains="example.com")
    return home


@pytest.fixture
def wizard(desk, known):
    return begin(desk, known)


@pytest.fixture
def programs(tmp_path):
    """Our own program, as the window finds it, where a test can put itself in its way: programs(sync="…")."""
    folder = tmp_path / "programs"
    folder.mkdir()

    def make(**instead):
        cases = "".join(f"*' {word} '*) {script} ;;\n" for word, script in instead.items())
        (folder / "inbasket").write_text(f"#!/bin/sh\ncase \" $* \" in\n{cases}esac\nexec {shlex.quote(str(PROGRAM))} \"$@\"\n")
        (folder / "inbasket").chmod(0o755)
        return {"INBASKET_BINDIR": str(folder)}
    return make


# What will happen

def test_what_will_happen_changes_with_what_is_chosen(wizard, mail, known):
    to_forecast(wizard, mail)
    wizard.says("3 messages are there")
    wizard.says("All of it stays on the server as well.")
    choose(wizard, "Afterwards, on the Server", 2)
    wizard.says("Each message is deleted on the server 14 days after it came here.")
    choose(wizard, "Which Mail", 1)
    wizard.says("is left where it is.")
    choose(wizard, "Look for New Mail", 3)
    wizard.type("Look Every (5m, 2h)", "2h")
    wizard.press("push button", "Count Again")
    wizard.says("From then on it is looked at every 120 minutes.")
    go(wizard, "Sorting")
    go_back(wizard, "What Will Happen")
    assert text_of(wizard, "Look Every (5m, 2h)") == "2h"
    go(wizard, "Sorting")
    go(wizard, "Done", "Add Account")
    text = written(known)
    assert "after=delete-after:14d\n" in text and "since=30d\n" in text and "interval=2h\n" in text


def test_what_cannot_be_is_said_beside_its_field(wizard, mail):
    to_forecast(wizard, mail)
    choose(wizard, "Which Mail", 3)
    wizard.type("Only Mail Since (30d, 2026-01-31)", "yesterday")
    wizard.keys("Return")
    wizard.says("yesterday")
    assert wizard.title() == "What Will Happen"
    wizard.type("Only Mail Since (30d, 2026-01-31)", "2026-01-31")
    wizard.press("push button", "Count Again")
    wizard.says("Mail from before 2026-01-31 is left where it is.")


def test_a_dry_run_says_where_the_mail_would_go(wizard, mail, known):
    to_forecast(wizard, mail)
    wizard.press("push button", "Try a Dry Run")
    wizard.says("INBOX 3")
    assert not known.accounts.exists() and known.files() == []


def test_a_dry_run_is_stopped_and_the_window_lives(desk, known, mail, programs, tmp_path):
    begun, temporary = tmp_path / "begun", tmp_path / "temporary"
    temporary.mkdir()
    hang = programs(sync=f'echo "$2" >{shlex.quote(str(begun))}; exec sleep 1000')
    window = begin(desk, known, TMPDIR=str(temporary), **hang)
    to_forecast(window, mail)

    def try_it():
        window.press("push button", "Try a Dry Run")
        window.until(begun.exists, "the dry run")
        assert begun.read_text().strip().startswith(str(temporary))
        begun.unlink()

    try_it()
    window.press("push button", "Stop")
    window.until(lambda: can(window, "Continue"), "a page that is not busy")
    assert window.title() == "What Will Happen" and list(temporary.iterdir()) == []
    try_it()
    go_back(window, "A Test")
    window.until(lambda: list(temporary.iterdir()) == [], "the end of its home")
    go(window, "What Will Happen")
    window.says("3 messages are there")


def test_a_dry_run_that_fails_says_why(desk, known, mail, programs):
    window = begin(desk, known, **programs(sync='echo "inbasket: the disk <b>is</b> full" >&2; exit 4'))
    to_forecast(window, mail)
    window.press("push button", "Try a Dry Run")
    window.says("the disk <b>is</b> full")
    go(window, "Sorting")


# Sorting

def test_sorting_is_written(wizard, mail, known):
    to_filter(wizard, mail)
    switch(wizard, "Sort Into Folders")
    wizard.type("Folder for Its Mail", "Work")
    switch(wizard, "Learn From the Mail That Is There")
    go_back(wizard, "What Will Happen")
    go(wizard, "Sorting")
    assert text_of(wizard, "Folder for Its Mail") == "Work"
    wizard.press("push button", "Add Account")
    wizard.titled("Done")
    wizard.find("list item", "The account example is set up.")
    text = written(known)
    assert "scripts=junk.sieve;lists.sieve;newsletters.sieve;notifications.sieve\n" in text and "folder=Work\n" in text


def test_without_a_filter_nothing_is_learned(wizard, mail, known):
    to_filter(wizard, mail)
    switch(wizard, "Filter Its Mail")
    wizard.find(None, "Learn From the Mail That Is There", gone=True)
    wizard.press("push button", "Add Account")
    wizard.titled("Done")
    assert "enabled=false\n" in written(known)
    assert not wizard.nodes("list item", "Learning From")


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
    window.until(lambda: abs(bar.get_value_iface().get_current_value() - 0.25) < 0.01, "a quarter")
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
    window.titled("Welcome to Inbasket")
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
    shown = [row.get_name() for row in wizard.nodes("list item") if row.get_name() in [client["title"] for client in listed]]
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
    window.titled("Welcome to Inbasket")
    to_done(window, mail)
    entries = Path(desk.xdg["XDG_CONFIG_HOME"]) / "autostart"
    assert not entries.exists()
    switch(window, "Run at Login")
    window.until(lambda: entries.exists() and list(entries.iterdir()), "the entry")
    window.until(lambda: is_in(window.nodes(None, "Run at Login")[-1], Atspi.StateType.SENSITIVE), "the service")
    switch(window, "Run at Login")
    window.until(lambda: not list(entries.iterdir()), "its end")


# Who has no mouse, cannot see, or has a small screen

def test_by_keyboard_alone(wizard, mail, known):
    to_filter(wizard, mail)
    go(wizard, "Done", "Add Account")
    go(wizard, "No Account Yet", "Done")
    assert "[account]" in written(known)


def test_every_page_is_named_and_fits(wizard, mail):
    wizard.resize(360, 720)
    to_forecast(wizard, mail)
    check_fits(wizard)
    go(wizard, "Sorting")
    check_fits(wizard)
    go(wizard, "Done", "Add Account")
    wizard.says("Point Your Mail Program Here")
    check_fits(wizard)


@pytest.mark.parametrize("look", ["light", "dark", "narrow", "contrast"])
def test_pictures(desk, known, mail, tmp_path, look):
    mail.append("anna", mails(40, seed=3), flags=r"(\Seen)")
    folder = os.environ.get("INBASKET_PICTURES", tmp_path)

    window = begin(desk, known, ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                   ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    if look == "narrow":
        window.resize(360, 720)

    def picture(name):
        window.picture(f"{folder}/{name}-{look}.png")

    to_forecast(window, mail)
    window.press("push button", "Try a Dry Run")
    window.says("INBOX ")
    picture("setup-forecast")
    go(window, "Sorting")
    picture("setup-filter")
    go(window, "Done", "Add Account")
    window.says("The classifier knows")
    picture("setup-done")
