"""What a mail server wants the user to read (ALERT) is shown, once: in the log, on the bus, on the desktop, in the status."""

import threading

import pytest
from e2e.inbasket import BUILD, Service
from servers.bus import NAME, Caller
from servers.notifications import NotificationServer, SessionBus
from servers.poor_imap import ImapSession, PoorImap

PROGRAMS = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}
ALERT = b"Your mailbox is \x1b[31m<b>90% full"
SHOWN = "Your mailbox is \\x1b[31m<b>90% full"
LATER = "We move on Sunday"


class TellingImap(ImapSession):
    """Says something at sign-in, and something else while it is watched, once .news is set."""

    def capabilities(self):
        return super().capabilities() + b" IDLE"

    def sign_in(self, user, password):
        super().sign_in(user, password)
        self.write(b"* OK [ALERT] " + ALERT + b"\r\n")

    def do_idle(self):
        self.write(b"+ idling\r\n")
        self.server.lock.release()
        try:
            if self.server.news.wait(60):
                self.write(b"* OK [ALERT] " + LATER.encode() + b"\r\n")
            assert self.line() == b"DONE"
        finally:
            self.server.lock.acquire()


@pytest.fixture
def telling(authority):
    server = PoorImap({"INBOX": [b"Subject: x\r\n\r\nhi\r\n"]}, authority=authority)
    server.session, server.news = TellingImap, threading.Event()
    with server:
        yield server
        server.news.set()


def alerts(home):
    return [account["alert"] for account in home.run("status", "--json").lines[0]["accounts"]]


def test_what_a_server_wants_to_be_read(telling, home):
    home.account("work", telling)
    with SessionBus() as bus, NotificationServer(bus) as desktop, \
            Service(home, bus=bus.address, env=PROGRAMS) as service, Caller(bus) as caller:
        first = desktop.wait_for_bubbles(1)[0]
        assert "work" in first.title and first.body == SHOWN.replace("<", "&lt;").replace(">", "&gt;") and not first.actions
        service.until(lambda: bus.has(NAME), "its name on the bus")
        assert alerts(home) == [SHOWN]
        caller.until(lambda: caller.state("work")["Watching"], "that it is watched")
        telling.news.set()
        desktop.wait_for_bubbles(2)
        caller.until(lambda: caller.said("Notice")[-1:] == [("work", f"work: the mail server says: {LATER}")], "the notice")
        assert alerts(home) == [LATER]
        text = home.run("status").out
        assert f"work: the mail server says: {LATER}" in text
        # Again, to somebody who signs in anew: it is told already.
        caller.check("work")
        service.stop()
        assert [bubble.body for bubble in desktop.bubbles()][1:] == [LATER]
    assert service.said.count(SHOWN) == 1 and service.said.count(LATER) == 1


def test_in_the_foreground_and_not_again(telling, home):
    home.account("work", telling, fetch__push=False)
    dry = home.sync("--dry-run")
    assert SHOWN in dry.err
    run = home.sync()
    assert f"work: the mail server says: {SHOWN}" in run.err and run.summary["work"]["ok"]
    assert SHOWN not in home.sync().err
    assert alerts(home) == [SHOWN]
