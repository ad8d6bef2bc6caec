"""The wizard's first page with what GNOME is signed in to already, of a real goa-daemon."""

from window import walks
from window.steps import begin, switch, written
from window.wizard import go


def test_what_gnome_is_signed_in_to_needs_no_password(desk, home, mail, desktop):
    window = begin(desk, home, **desktop)
    assert list(walks.by_gnome(window))[-1] == "settings"
    window.type("Own Authority (File)", str(mail.ca))
    go(window, "A Test")
    window.says("It Works")
    go(window, "What Will Happen")
    go(window, "Sorting")
    switch(window, "Learn From the Mail That Is There")
    go(window, "Done", "Add Account")
    assert "secret=goa:account_1700000000_0\n" in written(home)
