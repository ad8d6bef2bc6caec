"""The wizard's second half: what will happen, a dry run, and sorting."""

import shlex

from window.steps import begin, choose, switch, to_filter, to_forecast, written
from window.wizard import continues, go, go_back, text_of


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
    wizard.type("Look Every (Such as 5m or 2h)", "2h")
    wizard.press("push button", "Recount")
    wizard.says("From then on it is looked at every 120 minutes.")
    go(wizard, "Sorting")
    go_back(wizard, "What Will Happen")
    assert text_of(wizard, "Look Every (Such as 5m or 2h)") == "2h"
    go(wizard, "Sorting")
    go(wizard, "Done", "Add Account")
    text = written(known)
    assert "after=delete-after:14d\n" in text and "since=30d\n" in text and "interval=2h\n" in text


def test_what_cannot_be_is_said_beside_its_field(wizard, mail):
    to_forecast(wizard, mail)
    choose(wizard, "Which Mail", 3)
    wizard.type("Since (Such as 30d or 2026-01-31)", "yesterday")
    wizard.keys("Return")
    wizard.says("yesterday")
    assert wizard.title() == "What Will Happen"
    wizard.type("Since (Such as 30d or 2026-01-31)", "2026-01-31")
    wizard.press("push button", "Recount")
    wizard.says("Mail from before 2026-01-31 is left where it is.")


def test_a_dry_run_says_where_the_mail_would_go(wizard, mail, known):
    to_forecast(wizard, mail)
    wizard.press("push button", "Try a Dry Run")
    wizard.says("INBOX 3")
    assert not known.accounts.exists() and known.files() == []


def test_a_dry_run_is_stopped_and_the_window_lives(desk, known, mail, programs, tmp_path):
    begun, temporary = tmp_path / "begun", tmp_path / "temporary"
    temporary.mkdir()
    whole, part = shlex.quote(str(begun)), shlex.quote(f"{begun}.new")
    hang = programs(sync=f'echo "$2" >{part}; mv {part} {whole}; exec sleep 1000')
    window = begin(desk, known, TMPDIR=str(temporary), **hang)
    to_forecast(window, mail)

    def try_it():
        window.press("push button", "Try a Dry Run")
        window.until(begun.exists, "the dry run")
        assert begun.read_text().strip().startswith(str(temporary))
        begun.unlink()

    try_it()
    window.press("push button", "Stop")
    window.until(lambda: continues(window), "a page that is not busy")
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
