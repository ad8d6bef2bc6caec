"""The window on a screen of its own, beside a real service and a real server."""

import contextlib

import pytest
from servers.screen import Screen

from window.desk import Desk, mails


@pytest.fixture(scope="session")
def screen():
    with Screen() as screen:
        yield screen


@pytest.fixture
def desk(screen, home, tmp_path):
    """What is opened on it ends with the test."""
    with contextlib.ExitStack() as opened:
        yield Desk(screen, home, tmp_path / "xdg", opened)


@pytest.fixture
def filled(server, home, desk):
    """A window beside a service that has fetched ten messages of one account."""
    server.put("anna", mails(10))
    home.account("work", server)
    service = desk.service()
    service.until(lambda: len(home.files()) == 10, "the mail")
    window = desk.window()
    window.titled("Accounts")
    return window
