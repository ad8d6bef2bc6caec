"""The wizard's first page with what GNOME is signed in to already, of a real goa-daemon."""

import pytest
from integration.test_setup import PASSWORD
from servers.goa import OnlineAccounts

from window.steps import begin, go, switch, written
from window.wizard import reach


@pytest.fixture
def desktop(mail, screen):
    """A session of its own; the window is looked at through the screen's bus all the same."""
    with OnlineAccounts() as desktop:
        desktop.add_password("anna@example.com", PASSWORD, mail, user="anna")
        desktop.run()
        looked_at = str(screen.switch_on().GetAddress(dbus_interface="org.a11y.Bus"))
        yield {"AT_SPI_BUS_ADDRESS": looked_at, "DBUS_SESSION_BUS_ADDRESS": desktop.environment["DBUS_SESSION_BUS_ADDRESS"]}


def test_what_gnome_is_signed_in_to_needs_no_password(desk, home, mail, desktop):
    window = begin(desk, home, **desktop)
    go(window, "Your Address")
    window.says("GNOME Is Signed In To")
    reach(window, "list item", "anna@example.com")
    window.keys("space")
    window.titled("The Settings")
    window.type("Own Authority (File)", str(mail.ca))
    go(window, "A Test")
    window.says("It Works")
    go(window, "What Will Happen")
    go(window, "Sorting")
    switch(window, "Learn From the Mail That Is There")
    go(window, "Done", "Add Account")
    assert "secret=goa:account_1700000000_0\n" in written(home)
