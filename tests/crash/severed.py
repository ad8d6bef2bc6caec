"""A short session whose connection ends, or goes silent, after any number of bytes, in either direction; then a whole one.

    with Severed(folder, "imap", "tls") as severed:
        severed.trial("reset", "down", 1234)       after 1234 bytes from the server
        severed.trial("stall", "up", 300)          after 300 bytes of ours
        severed.drip()                             every byte alone
"""

import collections
import contextlib
import shutil
import socket
import struct
import threading
from pathlib import Path

from e2e.inbasket import Home, assert_exactly_once
from mail import generate
from mail.generate import local
from servers.faulty import Front, swallow
from servers.poor_imap import Box, PoorImap
from servers.poor_pop3 import PoorPop3

MODES = [(protocol, security) for protocol in ("imap", "pop3") for security in ("tls", "starttls", "none")]
WAYS, DIRECTIONS = ("close", "reset", "stall"), ("down", "up")
MAILS = generate.small(401, 3)
NEVER = 1 << 40


class Line(Front):
    """The next connection carries `limit` bytes in one direction, and then meets its end; later ones are whole."""

    def __init__(self, server, target):
        super().__init__(server)
        self.target, self.way, self.direction, self.limit, self.drips = target, "close", "down", NEVER, False
        self.carried = collections.Counter()

    def attend(self, client, number):
        limits = {"down": NEVER, "up": NEVER} | {self.direction: self.limit}
        way, self.limit = self.way, NEVER
        self.carried.clear()
        with socket.create_connection(("127.0.0.1", self.target)) as upstream:
            self.open.append(upstream)
            for end in (client, upstream):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ended = threading.Event()
            for name, source, sink in (("down", upstream, client), ("up", client, upstream)):
                threading.Thread(target=self.carry, args=(name, source, sink, limits[name], ended), daemon=True).start()
            ended.wait()
            if way == "stall" and min(limits.values()) < NEVER:
                swallow(client)
            # Our other thread reads from it, and it is not closed before that one lets go of it. All may be over already.
            with contextlib.suppress(OSError):
                if way == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.shutdown(socket.SHUT_RD if way == "reset" else socket.SHUT_RDWR)
            client.close()

    def carry(self, name, source, sink, limit, ended):
        with contextlib.suppress(OSError):
            while limit > 0 and (data := source.recv(1 if self.drips else min(65536, limit))):
                sink.sendall(data)
                limit -= len(data)
                self.carried[name] += len(data)
        ended.set()


class Severed:
    def __init__(self, folder, protocol, security, authority=None):
        self.protocol, self.security = protocol, security
        self.home = Home(Path(folder) / "home")
        self.server = (PoorImap(lacks=("LOGINDISABLED",) if security == "none" else (), authority=authority) if protocol == "imap"
                       else PoorPop3(authority=authority))

    def __enter__(self):
        self.server.__enter__()
        self.line = Line(self.server, self.server.ports[self.protocol + ("s" if self.security == "tls" else "")]).__enter__()
        self.home.account("work", self.line, protocol=self.protocol, security=self.security, fetch__after="delete")
        return self

    def __exit__(self, *_):
        self.line.__exit__()
        self.server.__exit__(None, None, None)

    def reset(self):
        for path in (self.home.maildir, self.home.state):
            shutil.rmtree(path, ignore_errors=True)
        if self.protocol == "imap":
            self.server.boxes = {"INBOX": Box(MAILS)}
        else:
            self.server.messages = list(MAILS)

    def lengths(self):
        """How many bytes a whole session has, in each direction."""
        self.reset()
        self.home.sync()
        self.check_end()
        return {name: self.line.carried[name] for name in DIRECTIONS}

    def trial(self, way, direction, limit):
        self.reset()
        self.line.way, self.line.direction, self.line.limit = way, direction, limit
        try:
            run = self.home.sync(status=(0, 1, 6))
            here = collections.Counter(self.home.messages())
            assert max(here.values(), default=1) == 1 and here.keys() <= {local(mail) for mail in MAILS}
            lost = {local(mail) for mail in MAILS} - here.keys() - {local(mail) for mail in self.server.served()}
            assert not lost, f"lost: {lost}"
            assert run.status == 0 or run.summary["work"]["error"] or run.err.strip(), "nothing is said"
            self.line.limit = NEVER
            self.home.sync()
            self.check_end()
        except AssertionError as error:
            raise AssertionError(f"{self.protocol} {self.security}: {way} after {limit} bytes {direction}: {error}") from error

    def drip(self):
        self.reset()
        self.line.drips = True
        self.home.sync()
        self.line.drips = False
        self.check_end()

    def check_end(self):
        assert_exactly_once(MAILS, self.home)
        assert self.server.served() == [], "not settled"
