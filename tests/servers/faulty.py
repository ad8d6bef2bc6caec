"""Ways in which a connection fails: in front of a real server, or without any.

    with Proxy(server, "imaps", cuts=[5000, None]) as poor:   the first connection is cut after 5000 bytes from the
                                                              server, the second (and all after it) is left whole
    with Proxy(server, "imaps", stall_after=5000) as poor:    goes silent instead, and stays open
    with Pausing(server, "imaps", 5000) as poor:              each connection rests after 5000 bytes from the server, until
                                                              poor.goes_on.set()
    with Silent(server) as poor:                              accepts, and never says a word
    with Talking(server, b"..."):                             greets with these bytes, then swallows what comes
    dead(server)                                              a port where nobody listens
"""

import contextlib
import socket
import threading

from .dovecot import Ports


class Front:
    """Listens in place of `server`, under all its services' names. Has what Home.account() asks for."""

    def __init__(self, server):
        self.server, self.users, self.ca = server, server.users, server.ca
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        port = self.listener.getsockname()[1]
        self.ports = dict.fromkeys(("imap", "imaps", "pop3", "pop3s"), port)
        self.connections, self.open = 0, []

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        for each in (self.listener, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(client)
            number, self.connections = self.connections, self.connections + 1
            threading.Thread(target=self.attend, args=(client, number), daemon=True).start()

    def attend(self, client, number):
        raise NotImplementedError


class Proxy(Front):
    def __init__(self, server, service="imaps", cuts=(), stall_after=None):
        super().__init__(server)
        self.target, self.cuts, self.stall_after = server.ports[service], list(cuts), stall_after

    def attend(self, client, number):
        cut = self.cuts[number] if number < len(self.cuts) else None
        with socket.create_connection(("127.0.0.1", self.target)) as upstream:
            self.open.append(upstream)
            threading.Thread(target=pump, args=(client, upstream), daemon=True).start()
            left = pump(upstream, client, cut if self.stall_after is None else self.stall_after)
            if left == 0 and self.stall_after is not None:
                swallow(upstream)      # until the client gives up, which ends our other pump and then this
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()


class Pausing(Front):
    def __init__(self, server, service, rests_after):
        super().__init__(server)
        self.target, self.rests_after, self.goes_on = server.ports[service], rests_after, threading.Event()

    def __exit__(self, *_):
        self.goes_on.set()
        super().__exit__()

    def attend(self, client, number):
        with socket.create_connection(("127.0.0.1", self.target)) as upstream:
            self.open.append(upstream)
            threading.Thread(target=pump, args=(client, upstream), daemon=True).start()
            if pump(upstream, client, self.rests_after) == 0:
                self.goes_on.wait()
                pump(upstream, client)
            with contextlib.suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            client.close()


class Silent(Front):
    def attend(self, client, number):
        swallow(client)


class Talking(Front):
    def __init__(self, server, greeting):
        super().__init__(server)
        self.greeting = greeting

    def attend(self, client, number):
        with contextlib.suppress(OSError):
            client.sendall(self.greeting)
            swallow(client)
        client.close()


class dead:  # noqa: N801: used like a function
    """Where nobody listens, as long as the tests run."""

    held = Ports(1)

    def __init__(self, server):
        self.users, self.ca = server.users, server.ca
        self.ports = dict.fromkeys(("imap", "imaps", "pop3", "pop3s"), *self.held.numbers)


def pump(source, sink, limit=None):
    """Carries bytes until an end, or until `limit` is used up. Returns what is left of it."""
    with contextlib.suppress(OSError):
        while limit is None or limit > 0:
            data = source.recv(65536 if limit is None else min(65536, limit))
            if not data:
                with contextlib.suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                return limit
            sink.sendall(data)
            if limit is not None:
                limit -= len(data)
    return limit


def swallow(client):
    with contextlib.suppress(OSError):
        while client.recv(65536):
            pass
