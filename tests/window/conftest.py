"""The window on a screen of its own, beside a real service and a real server."""

import contextlib
import shlex

import pytest
from e2e.inbasket import PROGRAM
from integration.test_setup import PASSWORD, provider
from integration.test_setup_browser import hosted, hoster, oidc  # noqa: F401
from mail.generate import small
from servers.goa import OnlineAccounts
from servers.screen import Screen

from window import pseudo
from window.desk import Desk, mails
from window.looking_glass import LookingGlass
from window.steps import begin


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
def glass(desk):
    return LookingGlass(desk)


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


@pytest.fixture(scope="session")
def translations(tmp_path_factory):
    """The folder with the language that nobody speaks."""
    return pseudo.make(tmp_path_factory.mktemp("pseudo"))


# The wizard

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
def desktop(mail, screen):
    """A session of its own, which GNOME is signed in for; the window is looked at through the screen's bus all the same."""
    with OnlineAccounts() as desktop:
        desktop.add_password("anna@example.com", PASSWORD, mail, user="anna")
        desktop.run()
        looked_at = str(screen.switch_on().GetAddress(dbus_interface="org.a11y.Bus"))
        yield {"AT_SPI_BUS_ADDRESS": looked_at, "DBUS_SESSION_BUS_ADDRESS": desktop.environment["DBUS_SESSION_BUS_ADDRESS"]}


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
