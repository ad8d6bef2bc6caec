"""Signing in again through a browser to an account that stands, against a real OpenID provider."""

import pytest
from integration.test_setup_browser import ANNA
from servers.oidc import Browser

from window.steps import clipboard, switch
from window.test_setup_browser import link
from window.wizard import go

ACCOUNT = "work"


@pytest.fixture
def window(desk, hosted, hoster):
    """Beside a service whose token is refused."""
    hosted.account(ACCOUNT, hoster, ANNA, password="expired", account__address=ANNA, account__auth="oauth2", account__provider="hoster")
    desk.service()
    window = desk.window()
    window.find("list item", f"{ACCOUNT}: Needs you to sign in")
    window.press("push button", "Sign In")
    window.titled(f"Sign In to “{ACCOUNT}”")
    return window


def fetches(window, home):
    window.titled("A Test")
    window.says("It Works")
    go(window, "Accounts", "Done")
    window.find("list item", f"{ACCOUNT}: All is well")
    window.until(lambda: len(home.files()) == 2, "the mail")
    assert (home.secrets / ACCOUNT).read_text() != "expired\n"


def test_with_the_browser(window, home):
    before = (home.accounts / f"{ACCOUNT}.conf").read_text()
    go(window, "Browser Sign-In")
    Browser(ANNA).sign_in(link(window))
    fetches(window, home)
    assert (home.accounts / f"{ACCOUNT}.conf").read_text() == before


def test_with_a_browser_on_another_device(window, home):
    switch(window, "Browser Is on Another Device")
    go(window, "Browser Sign-In")
    window.press("push button", "Copy Code")
    window.until(lambda: window.nodes("label", clipboard(window) or "none"), "the code")
    Browser(ANNA).type_code(link(window), clipboard(window))
    fetches(window, home)
