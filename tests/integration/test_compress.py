"""COMPRESS=DEFLATE with a real Dovecot, over a line that is slow, and with a server that is no good at it."""

import re
import time

from bench.link import Link
from e2e.inbasket import assert_exactly_once
from mail.generate import small
from servers.poor_imap import PoorImap

OFFER = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR COMPRESS=DEFLATE\r\n%t OK done\r\n"


def long_ones(seed, count, size=30_000):
    """Mail of that size, of which little is left when it is compressed."""
    for message in small(seed, count):
        yield message + message[-60:] * (size // 60)


def remembered(home):
    (path,) = (home.path / "cache").glob("**/servers")
    return path


def fetch(home, link):
    """The bytes that came."""
    link.take_counts()
    home.run("sync")
    return link.take_counts()["down"]


def test_slow_line(home, start):
    """On a busy machine less is waited for the line, which then seems faster than it is. There is so much mail that any line pays
    that seems slow at all."""
    server = start(compress=True)
    messages = list(long_ones(1, 500))
    server.put("anna", messages)
    with Link(server.imaps_port, 20, megabytes_per_second=0.4) as link:
        home.account("work", server, account__port=link.port)
        down = fetch(home, link)
        assert down < 0.6 * sum(map(len, messages)), down
        assert_exactly_once(server.served("anna"), home)
        assert 0 < int(re.search(r"^bytes-per-second=(\d+)$", remembered(home).read_text(), re.MULTILINE)[1]) < 4_000_000
        # The next time from the first byte on.
        more = list(long_ones(2, 500))
        server.put("anna", more)
        down = fetch(home, link)
        assert down < 0.2 * sum(map(len, more)), down
        assert_exactly_once(server.served("anna"), home)
        # For a message or two it does not pay: to what it takes where nothing is new come the dates of the last that are known, the
        # search, and the message.
        server.put("anna", list(small(3, 1)))
        link.take_counts()
        home.run("sync")
        assert link.take_counts()["round_trips"] <= 7
        assert_exactly_once(server.served("anna"), home)


def make_slow(home):
    """As if the line had been measured just now."""
    path = remembered(home)
    path.write_text(re.sub(r"^(server=.*)$", rf"\1\nbytes-per-second=1000\nmeasured-at={int(time.time())}", path.read_text(), flags=re.MULTILINE))


def test_server_that_makes_a_mess_of_it(home, authority):
    """It agrees, and goes on in plain: the same poll does without, and so do those that follow."""
    def answer(command):
        if command == b"CAPABILITY":
            return OFFER
        return b"%t OK go on\r\n* 3 EXISTS\r\n" if command == b"COMPRESS DEFLATE" else None

    with PoorImap({"INBOX": list(small(1, 3))}, authority=authority, before=answer) as poor:
        home.account("work", poor)
        home.run("sync")
        assert b"COMPRESS DEFLATE" not in poor.commands
        for number in (4, 5):
            make_slow(home)
            poor.box("INBOX").add(*small(number, 1))
            home.run("sync")
            assert len(home.messages()) == number
            assert poor.commands.count(b"COMPRESS DEFLATE") == 1
        assert "does-not-compress=true" in remembered(home).read_text()
    assert_exactly_once(poor.served(), home)
