"""The wizard with a browser, against a real OpenID provider: a link, a code typed elsewhere, an address pasted, a no."""

import os

import pytest
from integration.test_setup_browser import ANNA, check
from servers.oidc import Browser, FarBrowser

from window import walks
from window.desk import LOOKS
from window.steps import begin, clipboard, switch, written
from window.wizard import go, go_back

LINK = "http://127.0.0.1:"


@pytest.fixture
def wizard(desk, hosted):
    return begin(desk, hosted)


def to_browser(window, server, elsewhere=False):
    """To the page that shows the link; returns that."""
    next(page for page in walks.by_browser(window, server, ANNA, elsewhere) if page == "browser")
    return link(window)


def link(window):
    return next(node.name for node in window.until(lambda: window.nodes("label", LINK), "the link"))


def to_the_end(window):
    window.titled("A Test")
    window.says("It Works")
    go(window, "What Will Happen")
    go(window, "Sorting")
    switch(window, "Filter Its Mail")
    go(window, "Done", "Add Account")


def fake_browser(folder):
    """What the desktop opens a link with: a program that notes it. Returns its environment and the note."""
    note, program = folder / "opened", folder / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" >"{note}.new"; mv "{note}.new" "{note}"\n')
    program.chmod(0o755)
    applications = folder / "data" / "applications"
    applications.mkdir(parents=True)
    (applications / "browser.desktop").write_text(
        f"[Desktop Entry]\nType=Application\nName=Browser\nExec={program} %u\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\n")
    (applications / "mimeapps.list").write_text("[Default Applications]\nx-scheme-handler/http=browser.desktop\n")
    return {"XDG_DATA_HOME": str(folder / "data")}, note


def test_the_button_opens_the_browser_and_the_link_is_copied(desk, hosted, hoster, tmp_path):
    environment, opened = fake_browser(tmp_path)
    window = begin(desk, hosted, **environment)
    shown = to_browser(window, hoster)
    window.find("status bar", "Waiting for the browser…")
    window.press("push button", "Copy Link")
    window.until(lambda: clipboard(window) == shown, "the link")
    go_back(window, "The Token")
    go(window, "Browser Sign-In")
    shown = link(window)
    window.keys("Return")       # the keyboard is at the button
    window.until(opened.exists, "the browser")
    assert opened.read_text().strip() == shown
    Browser(ANNA).sign_in(shown)
    to_the_end(window)
    assert "auth=oauth2\n" in written(hosted)
    check(hosted)


def test_a_code_is_typed_elsewhere(wizard, hosted, hoster):
    shown = to_browser(wizard, hoster, elsewhere=True)
    wizard.says("The page asks for this code.")
    wizard.press("push button", "Copy Code")
    wizard.until(lambda: wizard.nodes("label", clipboard(wizard) or "none"), "the code")
    assert not wizard.nodes("text", "Address It Ended At")
    Browser(ANNA).type_code(shown, clipboard(wizard))
    to_the_end(wizard)
    check(hosted)


def test_the_address_where_it_ended_is_pasted(wizard, hosted, hoster):
    ended = FarBrowser(ANNA).sign_in(to_browser(wizard, hoster))
    wizard.type("Address It Ended At", "done")
    wizard.press("push button", "Use This Address")
    wizard.find("alert", "That is not the address")
    assert wizard.title() == "Browser Sign-In"
    wizard.type("Address It Ended At", ended)
    wizard.press("push button", "Use This Address")
    to_the_end(wizard)
    check(hosted)


def test_a_no_is_said_and_signing_in_begins_anew(wizard, hosted, hoster):
    Browser(ANNA).sign_in(to_browser(wizard, hoster), says_no=True)
    wizard.titled("The Token")
    wizard.says("the access was not allowed in the browser")
    assert not hosted.accounts.exists() and not (hosted.path / "secrets" / "example").exists()
    go(wizard, "Browser Sign-In")
    Browser(ANNA).sign_in(link(wizard))
    wizard.titled("A Test")
    wizard.says("It Works")


def test_somebody_else_has_signed_in(wizard, hosted, hoster):
    Browser("bert@example.com").sign_in(to_browser(wizard, hoster))
    wizard.titled("The Token")
    wizard.says("bert@example.com")
    assert not (hosted.path / "secrets" / "example").exists()


def test_back_while_the_browser_is_waited_for(wizard, hosted, hoster):
    """By Escape, and forth again by keyboard alone."""
    first = to_browser(wizard, hoster)
    go_back(wizard, "The Token")
    go_back(wizard, "The Settings")
    go(wizard, "The Token")
    go(wizard, "Browser Sign-In")
    assert link(wizard) != first
    Browser(ANNA).sign_in(link(wizard))
    wizard.titled("A Test")
    wizard.says("It Works")
    go_back(wizard, "The Token")
    go(wizard, "A Test")        # it is kept, and need not be signed in to again
    wizard.says("It Works")


@pytest.mark.parametrize("look", LOOKS)
def test_pictures(desk, hosted, hoster, tmp_path, look):
    folder = os.environ.get("INBASKET_PICTURES", tmp_path)
    window = begin(desk, hosted, ADW_DEBUG_COLOR_SCHEME="prefer-dark" if look == "dark" else "prefer-light",
                   ADW_DEBUG_HIGH_CONTRAST=str(int(look == "contrast")))
    if look == "narrow":
        window.resize(360, 720)
    to_browser(window, hoster, elsewhere=look in ("dark", "contrast"))
    window.picture(f"{folder}/setup-browser-{look}.png")
