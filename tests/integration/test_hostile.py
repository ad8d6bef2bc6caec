"""Hostile and broken servers, and lines that break anywhere: many accounts in one home, one sync for all of them.

After each the program lives, nothing it says holds a control character, no file stands outside the Maildir, memory keeps
to its limits; and an honest poll afterwards fetches everything, once.
"""

import contextlib
import os
import socket
import threading
import time

import pytest
from e2e.inbasket import assert_exactly_once, assert_harmless
from e2e.measured import measured
from mail import generate
from servers.faulty import Front
from servers.poor_imap import ImapSession, PoorImap
from servers.poor_pop3 import PoorPop3
from servers.tcp import Hangup

ESCAPES = b"\x1b[31mred\x1b]0;title\x07\x08\x0c\x7f\xc2\x9b31m"
# A worker may have 256 MiB of address space; what it touches is far less.
MEMORY_KIB = 64 * 1024
# What may be waited for one server, and what a run needs besides.
A_MINUTE_S = 60 + 10


def serve(stack, protocol, mails, authority, **options):
    server = PoorImap({"INBOX": mails}, authority=authority, **options) if protocol == "imap" else \
        PoorPop3(mails, authority=authority, **options)
    return stack.enter_context(server)


# Lines that break

class Line(Front):
    """Between the client and a server: cuts the first connection after so many bytes of the server's."""

    def __init__(self, server, service, cut):
        super().__init__(server)
        self.target, self.cut, self.passed = server.ports[service], cut, 0

    def attend(self, client, number):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.target)) as upstream:
            self.open.append(upstream)
            threading.Thread(target=carry, args=(client, upstream), daemon=True).start()
            while data := upstream.recv(65536):
                left = self.cut - self.passed if number == 0 and self.cut is not None else len(data)
                client.sendall(data[:left])
                self.passed += min(left, len(data))
                if left < len(data):
                    break
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        client.close()


def carry(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(("protocol", "after"), [("imap", "keep"), ("imap", "delete"), ("pop3", "delete")])
def test_cut_every_fifty_bytes(authority, home, protocol, after):
    """A whole session tells how long it is; then each cut has an account of its own."""
    with contextlib.ExitStack() as stack:
        def open_line(cut, seed):
            mails = generate.small(seed, 3)
            server = serve(stack, protocol, mails, authority)
            return stack.enter_context(Line(server, protocol + "s", cut)), server, mails

        line, server, mails = open_line(None, 7000)
        home.account("whole", line, protocol=protocol, fetch__after=after)
        home.sync()
        cuts, expected = range(1, line.passed, 50), list(mails)
        assert len(cuts) > 40
        servers = [server]
        for cut in cuts:
            line, server, mails = open_line(cut, 7000 + cut)
            home.account(f"cut-{cut}", line, protocol=protocol, fetch__after=after)
            servers.append(server)
            expected += mails
        run = home.sync(status=1)
        assert_harmless(run, home)
        broken = [name for name, account in run.summary.items() if not account["ok"]]
        assert len(broken) > len(cuts) // 2
        assert all(run.summary[name]["state"] in ("error", "waiting-for-network") for name in broken), run

        run = home.sync()
        assert_exactly_once(expected, home)
        home.sync()        # a deletion whose answer was lost is asked for again
        assert [len(each.served()) for each in servers] == [0 if after == "delete" else 3] * len(servers)


# Servers that keep one waiting

def say_nothing(_):
    time.sleep(600)


def drip(session, word=b"x"):
    for _ in range(600):
        session.write(word)
        time.sleep(0.5)


WAITS = {
    "imap-in-the-greeting": ("imap", "tls", None, lambda s: drip(s)),
    "imap-before-tls": ("imap", "starttls", b"STARTTLS", lambda s: (s.write(b"1 OK go\r\n"), say_nothing(s))),
    "imap-at-the-sign-in": ("imap", "tls", b"AUTHENTICATE", say_nothing),
    "imap-at-the-mailbox": ("imap", "tls", b"EXAMINE", say_nothing),
    "imap-in-a-message": ("imap", "tls", b"UID FETCH", lambda s: (s.write(b"* 1 FETCH (UID 1 BODY[] {100}\r\nabc"), say_nothing(s))),
    "imap-drips-a-message": ("imap", "tls", b"UID FETCH", lambda s: (s.write(b"* 1 FETCH (UID 1 BODY[] {9000}\r\n"), drip(s))),
    "imap-drips-answers": ("imap", "tls", b"UID SEARCH", lambda s: drip(s, b"* ")),
    "imap-goodbye": ("imap", "tls", b"LOGOUT", say_nothing),
    "pop3-in-the-greeting": ("pop3", "tls", None, lambda s: drip(s)),
    "pop3-before-tls": ("pop3", "starttls", b"STLS", lambda s: (s.write(b"+OK go\r\n"), say_nothing(s))),
    "pop3-at-the-sign-in": ("pop3", "tls", b"AUTH", say_nothing),
    "pop3-at-the-list": ("pop3", "tls", b"UIDL", say_nothing),
    "pop3-in-a-message": ("pop3", "tls", b"RETR", lambda s: (s.write(b"+OK\r\nabc"), say_nothing(s))),
    "pop3-drips-a-message": ("pop3", "tls", b"RETR", lambda s: (s.write(b"+OK\r\n"), drip(s))),
    "pop3-goodbye": ("pop3", "tls", b"QUIT", say_nothing),
}


def test_stalls_and_drips_end_within_a_minute(authority, home):
    """All at the same time, so that it takes one minute and not fifteen."""
    with contextlib.ExitStack() as stack:
        servers, expected = {}, []
        for index, (name, (protocol, security, when, wait)) in enumerate(WAITS.items()):
            mails = generate.small(7900 + index, 3)
            server = servers[name] = serve(stack, protocol, mails, authority)
            server.session = waiting(server.session, when, wait)
            server.is_waiting = True
            home.account(name, server, protocol=protocol, security=security)
            expected += mails
        began = time.monotonic()
        run = home.sync(status=(1, 6))
        assert time.monotonic() - began < A_MINUTE_S * patience_factor()
        assert_harmless(run, home)
        for name, account in run.summary.items():
            assert account["ok"] == name.endswith("goodbye"), (name, account)
            assert account["state"] in ("ok", "error", "waiting-for-network"), (name, account)
        for server in servers.values():
            server.is_waiting = False
        home.sync()
        assert_exactly_once(expected, home)


def waiting(honest, when, wait):
    """A session that waits instead of greeting (`when` is None), or of obeying the command that begins so."""
    class Waiting(honest):
        def serve(self):
            if self.server.is_waiting and when is None:
                wait(self)
            super().serve()

        def command(self):
            return self.check(super().command()) if protocol_is_imap else super().command()

        def line(self):
            return super().line() if protocol_is_imap else self.check(super().line())

        def check(self, line):
            if self.server.is_waiting and when is not None:
                word = line.partition(b" ")[2] if protocol_is_imap else line
                if word.upper().startswith(when):
                    wait(self)
            return line

    protocol_is_imap = hasattr(honest, "do_select")
    return Waiting


# Words and names from the server

class Taciturn(ImapSession):
    """One of a server that tells what it can when it is asked. With a goodbye it leaves."""

    def serve(self):
        self.write(b"* OK ready\r\n")
        self.obey_all()

    def write(self, data):
        super().write(data)
        if data.startswith(b"* BYE " + ESCAPES):
            raise Hangup


@pytest.mark.parametrize("place", [b"LOGIN", b"AUTHENTICATE", b"EXAMINE", b"UID SEARCH", b"UID FETCH", b"CAPABILITY"])
@pytest.mark.parametrize("kind", [b"NO", b"BAD", b"NO [ALERT]", b"OK", b"BYE"])
def test_words_for_the_terminal(authority, home, place, kind):
    mails = generate.small(75, 2)
    words, said = b"*" if kind == b"BYE" else b"%t", []

    def before(command):
        if not command.upper().startswith(place):
            return None
        said.append(command)
        return words + b" " + kind + b" " + ESCAPES * 40 + b"\r\n"

    with PoorImap({"INBOX": mails}, authority=authority, lacks={"AUTH=PLAIN"} if place == b"LOGIN" else ()) as server:
        server.session, server.before = Taciturn, before
        home.account("work", server)
        for command in (["sync"], ["status"], ["account", "test", "work"], ["log"]):
            run = home.run(*command, status=None)
            assert run.status in (0, 1, 6), run
            assert_harmless(run, home)
        assert said, "they were heard"
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)


NAMES = ["../evil", "../../evil", "/tmp/evil", "a/../../../evil", "..", ".", "~/evil", "~root/evil", "evil\\..\\x", "$(touch evil)",
         "`touch evil`", "-rf", "%n%n%s", "x');drop table message;--", "INBOX/../evil", "a//b", ".evil", "new", "cur", "tmp",
         "&AC4ALg-/evil", "x" * 300, "&bad"]


@pytest.mark.parametrize("layout", ["maildir++", "fs"])
def test_mailbox_names_that_lead_out(authority, home, layout):
    """Each a mailbox of one message, delivered into a folder of the mailbox's own name."""
    boxes = {name: generate.small(7500 + index, 1) for index, name in enumerate(NAMES)}
    home.configure(delivery__layout=layout, filter__scripts="")
    with PoorImap({"INBOX": [], **boxes}, authority=authority) as server:
        home.account("work", server, fetch__folders="*", filter__folder="%f")
        run = home.sync(status=(0, 1))
        assert_harmless(run, home)
        outside = [path for path in home.path.parent.rglob("*") if path.is_file() and b"Message-ID" in path.read_bytes()
                   and home.maildir not in path.parents]
        assert not outside, outside
        assert len(home.messages()) >= len(NAMES) // 2
        assert len(home.messages()) == len(set(home.messages()))


# Floods

FLOODS = {
    "imap-line": ("imap", b"UID SEARCH", b"* SEARCH ", b"12345678 "),
    "imap-answers": ("imap", b"EXAMINE", b"", b"* 1 EXISTS\r\n"),
    "imap-capabilities": ("imap", b"CAPABILITY", b"* CAPABILITY", b" X-EVIL"),
    "imap-mailboxes": ("imap", b"LIST", b"", b'* LIST () "/" "a/b/c"\r\n'),
    "imap-challenge": ("imap", b"AUTHENTICATE", b"+ ", b"AAAA"),
    "imap-parentheses": ("imap", b"UID FETCH", b"* 1 FETCH (BODYSTRUCTURE ", b"("),
    "imap-flags": ("imap", b"UID FETCH", b"", b"* 1 FETCH (UID 1 FLAGS ())\r\n"),
    "pop3-line": ("pop3", b"UIDL", b"+OK\r\n1 ", b"xxxxxxxx"),
    "pop3-list": ("pop3", b"LIST", b"+OK\r\n", b"1 100\r\n"),
    "pop3-capabilities": ("pop3", b"CAPA", b"+OK\r\n", b"X-EVIL\r\n"),
    "pop3-challenge": ("pop3", b"AUTH", b"+ ", b"AAAA"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_floods_cost_little(authority, home, name):
    """64 MB of it: ended soon, and in little memory."""
    protocol, when, first, more = FLOODS[name]
    mails = generate.small(76, 3)
    with contextlib.ExitStack() as stack:
        server = serve(stack, protocol, mails, authority)
        flood, floods = first + more * (64_000_000 // len(more)), []
        if when == b"CAPABILITY":
            server.session = Taciturn

        def before(command):
            if not command.upper().startswith(when):
                return None
            floods.append(command)
            return flood
        server.before = before
        home.account("work", server, protocol=protocol, fetch__folders="*" if when == b"LIST" and protocol == "imap" else None)
        began = time.monotonic()
        run, need = measured(home, "sync", "--json")
        assert floods, "it was asked for"
        assert run.status in (1, 6), run
        assert time.monotonic() - began < A_MINUTE_S * patience_factor()
        assert need.peak_kib < MEMORY_KIB * patience_factor()
        assert_harmless(run, home)
        server.before = None
        home.sync()
        assert_exactly_once(mails, home)


def patience_factor():
    """A sanitized build keeps what was freed for a while."""
    return 8 if "INBASKET_PATIENCE" in os.environ else 1
