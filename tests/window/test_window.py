"""The main window, as a person has it: by screen reader, by keyboard, and in pictures.

INBASKET_PICTURES=FOLDER keeps the pictures; those of data/doc/screenshots are made so."""

import os
import re
from pathlib import Path

import pytest
from servers.notifications import NotificationServer
from servers.screen import Atspi, Window, is_in, walk

from window.desk import LEAKS_OF_OTHERS, LOOKS, WINDOW, brightness, mail, mails, open_first, rows, train
from window.looking_glass import narrow

# Without a service

def test_without_a_service_it_says_so_and_finds_one_that_comes(home, server, desk):
    home.account("work", server)
    window = desk.window()
    window.titled("The Service Does Not Run")
    window.press("push button", "Start")
    window.says("It cannot be started from here: ")
    service = desk.service()
    window.titled("Accounts")
    service.stop()
    window.titled("The Service Does Not Run")


def test_a_service_of_another_home_is_none(home, server, desk, tmp_path):
    desk.service()
    other = tmp_path / "other"
    window = desk.opened.enter_context(Window(desk.screen, [WINDOW, "--home", other], LEAKS_OF_OTHERS))
    window.titled("Busy With Another Folder")


def test_without_an_account_the_way_to_the_first_is_told(home, desk):
    home.config.mkdir(parents=True)
    desk.service()
    window = desk.window()
    window.titled("Accounts")
    window.says("No Account Yet")
    window.press("push button", "Add an Account…")
    window.titled("Welcome")


# Accounts

def test_accounts_stand_in_words_and_are_mended_with_a_click(home, start, desk):
    server = start(users={"anna": "secret", "bert": "secret"})
    home.account("work", server)
    home.account("home", server, "bert", password="wrong")
    desk.service()
    window = desk.window()
    window.find("list item", "work: All is well")
    window.find("list item", "home: Needs you to sign in")
    window.press("push button", "Sign In")
    window.titled("Sign In to “home”")


def test_an_account_that_comes_is_shown_and_one_that_goes_is_not(home, server, desk):
    home.account("work", server)
    desk.service()
    window = desk.window()
    window.find("list item", "work: ")
    home.account("alpha", server)
    window.find("list item", "alpha: All is well")
    (home.accounts / "work.conf").unlink()
    window.find("list item", "work: ", gone=True)


def test_an_account_is_paused_and_resumed(filled):
    filled.find("list item", "work: All is well")
    filled.press("push button", "More for This Account")
    filled.press("menu item", "Pause for an Hour")
    filled.find("list item", "work: Paused until")
    filled.press("push button", "Resume")
    filled.find("list item", "work: All is well")


def test_check_looks_now(filled, home, server):
    home.account("work", server, fetch__push=False, fetch__interval="6h")
    filled.find("list item", "work: All is well")
    server.append("anna", [mail("Come for lunch")])
    filled.press("push button", "Check Now")
    filled.says("11 delivered")


# Activity

def test_what_arrives_is_there_at_once_and_is_found(filled, server):
    filled.keys("alt+2")
    filled.titled("Activity")
    filled.until(lambda: len(rows(filled)) == 10, "the rows")
    server.append("anna", [mail("Come for lunch")])
    filled.until(lambda: rows(filled)[0].name.startswith("Come for lunch, from Zoë Example"), "the new row, first")
    filled.type("Search what arrived", "ZOË lunch")
    filled.until(lambda: len(rows(filled)) == 1, "the one row that is looked for")
    filled.type("Search what arrived", "no such words")
    filled.says("Nothing Found")


def test_hostile_words_are_shown_as_they_are(filled, server):
    filled.keys("alt+2")
    server.append("anna", [mail("<b>&amp; \u202egnp.exe")])
    filled.until(lambda: any("<b>&amp; " in row.name and "\u202e" not in row.name for row in rows(filled)), "the row")


# Why, and what can be done

def test_junk_moves_and_not_junk_brings_back(filled, home):
    open_first(filled)
    filled.says("Path")
    junk = home.counts().get(".Junk", 0)
    filled.press("push button", "Junk")
    filled.until(lambda: home.counts().get(".Junk") == junk + 1, "the file in Junk")
    filled.says("You called it spam")
    filled.press("push button", "Not Junk")
    filled.until(lambda: home.counts().get(".Junk", 0) == junk, "the file out of Junk")
    filled.says("You called it good mail")


def test_what_a_rule_sorted_is_taken_back(home, server, desk):
    home.script("mine", 'require "fileinto"; fileinto "Sorted";')
    home.configure(filter__scripts="mine.sieve")
    server.put("anna", mails(1))
    home.account("work", server)
    service = desk.service()
    service.until(lambda: home.counts() == {".Sorted": 1}, "the mail")
    window = desk.window()
    window.titled("Accounts")
    desk.ask("show-message", home.run("log", "--json").lines[0]["id"])
    window.titled("Why")
    window.says("In Sorted; mine.sieve:1 decided")
    window.press("push button", "Undo")
    window.until(lambda: list(home.counts()) == ["."], "the mail in the INBOX")


def test_an_unknown_message_is_said_to_be_so(filled, desk):
    desk.ask("show-message", "abcdef123456")
    filled.titled("Why")
    filled.says("It Cannot Be Explained")


def test_the_sign_in_action_of_the_service_leads_to_the_account(filled, desk):
    desk.ask("sign-in", "work")
    filled.titled("Sign In to “work”")


@pytest.mark.parametrize(("action", "title"), [("activity", "Activity"), ("review", "Review"), ("accounts", "Accounts")])
def test_pages_are_led_to(filled, desk, action, title):
    open_first(filled)
    desk.ask(action)
    filled.titled(title)


# A click in a notification

def notified(home, start, desk, count):
    """A window beside a service that has told of so many messages; and the desktop's server that shows it."""
    server = start(users={"anna": "secret"})
    home.configure(service__notify="all")
    home.account("work", server)
    shown = desk.opened.enter_context(NotificationServer(desk.screen.bus))
    service = desk.service()
    service.until(lambda: "work" in home.run("status", "--json").out, "the account")
    window = desk.window()
    window.find("list item", "work: All is well")
    server.append("anna", [mail(f"Come for lunch {number}") for number in range(count)])
    return window, shown


@pytest.mark.parametrize(("count", "title"), [(1, "Why"), (5, "Activity")], ids=["one", "several"])
def test_a_notification_leads_to_what_it_tells_of(home, start, desk, count, title):
    window, shown = notified(home, start, desk, count)
    bubble = window.until(lambda: [b for b in shown.bubbles() if f"{count} new" in b.title or count == 1], "the bubble")[-1]
    assert "show" in bubble.actions
    shown.click(len(shown.bubbles()), "show")
    window.titled(title)


# Review

def test_likely_mistakes_are_reviewed(home, server, desk):
    train(home)
    home.configure(filter__scripts="junk.sieve")
    server.put("anna", mails(6, seed=5, kinds=["spam"]))
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 6, "the mail")
    window = desk.window()
    window.titled("Accounts")
    window.keys("alt+3")
    window.titled("Review")
    window.press("push button", "Not Junk: ")
    window.until(lambda: home.counts().get(".") == 1, "one of them in the INBOX")
    window.until(lambda: len(window.nodes("push button", "Not Junk: ")) == 5, "its row's end")


# Who cannot see, or has no mouse, or a small screen

def test_by_keyboard_alone(filled):
    filled.keys("alt+2")
    filled.titled("Activity")
    filled.until(lambda: len(rows(filled)) == 10, "the rows")
    filled.keys("ctrl+f", "Tab", "Down", "Return")
    filled.titled("Why")
    filled.keys("Escape")
    filled.titled("Activity")
    filled.keys("alt+1")
    filled.titled("Accounts")


def test_everything_has_a_name(filled):
    open_first(filled)
    filled.says("Path")
    unnamed = [node.role for node in walk(filled.top())
               if node.role in ("push button", "toggle button", "text", "list", "list item", "level bar", "progress bar")
               and is_in(node, Atspi.StateType.VISIBLE) and re.fullmatch(r"(Gtk|Adw|Ib)\w+|", node.name)]
    assert not unnamed, filled.tree()


def test_every_page_fits_a_small_screen(filled):
    for page in "12345":
        filled.keys(f"alt+{page}")
        narrow(filled)
        filled.resize(800, 600)


# Pictures

@pytest.mark.parametrize("look", LOOKS)
def test_pictures(home, start, desk, tmp_path, look):
    folder = Path(os.environ.get("INBASKET_PICTURES", tmp_path))
    server = start(users={"anna": "secret", "bert": "secret"})
    train(home)
    home.configure(filter__scripts="junk.sieve;lists.sieve;newsletters.sieve;notifications.sieve")
    server.put("anna", mails(16, seed=3))
    home.account("work", server)
    home.account("private", server, "bert", password="wrong", account__address="bert@example.org")
    service = desk.service()
    service.until(lambda: len(home.files()) == 16, "the mail")
    window = desk.window(ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                         ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    window.find("list item", "private: Needs you to sign in")
    window.find("list item", "work: All is well")
    if look == "narrow":
        window.resize(360, 720)
    junk = home.run("log", "--json", "--junk").lines[-1]["id"]

    def picture(name):
        path = folder / f"{name}-{look}.png"
        window.picture(path)
        assert (brightness(path) < 0.5) == (look == "dark")
    picture("accounts")
    window.keys("alt+2")
    window.until(lambda: len(rows(window)) == 16, "the rows")
    picture("activity")
    window.keys("alt+3")
    window.titled("Review")
    picture("review")
    desk.ask("show-message", junk)
    window.says("Evidence")
    picture("why")
