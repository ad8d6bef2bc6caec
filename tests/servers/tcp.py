"""What our own small servers share: a listener for each way in, a thread for each client."""

import contextlib
import socket
import ssl
import struct
import tempfile
import threading
from pathlib import Path

from .certs import Authority


class Hangup(Exception):
    """The session is over; raised by whoever ends it."""


class Reset(Hangup):
    """And that on no layer with a goodbye."""


class Session:
    """One client. Reads lines and bytes, writes bytes, becomes TLS when asked."""

    def __init__(self, server, connection, is_tls):
        self.server, self.connection, self.is_tls = server, connection, is_tls
        self.buffer = b""

    def fill(self):
        try:
            more = self.connection.recv(65536)
        except (OSError, ssl.SSLError):
            more = b""
        if not more:
            raise Hangup
        self.buffer += more

    def line(self):
        while b"\r\n" not in self.buffer:
            self.fill()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def bytes(self, count):
        while len(self.buffer) < count:
            self.fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def write(self, data):
        try:
            self.connection.sendall(data)
        except (OSError, ssl.SSLError):
            raise Hangup from None

    def start_tls(self):
        """Bytes that came before the handshake are dropped: nobody may speak on both sides of it."""
        self.buffer = b""
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.is_tls = True

    def serve(self):
        raise NotImplementedError


class Server:
    """`protocol` names the two ports: ports["imap"] is plain at first, ports["imaps"] is TLS at once."""

    protocol = ""
    session = Session

    def __init__(self, user="anna", password="secret", authority=None, **certificate):
        self.users = {user: password}
        self.folder = tempfile.TemporaryDirectory(prefix="ib-server-")
        self.authority = authority or Authority(Path(self.folder.name))
        self.context = self.authority.server_context(**certificate)
        self.commands = []            # every command of every client, as it came; passwords too: they are the test's
        self.lock = threading.RLock()
        self.listeners, self.open, self.ports = [], set(), {}
        self.failures = []

    @property
    def ca(self):
        return self.authority.ca

    def __enter__(self):
        for name, is_tls in ((self.protocol, False), (self.protocol + "s", True)):
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
            self.listeners.append(listener)
            self.ports[name] = listener.getsockname()[1]
            threading.Thread(target=self.accept, args=(listener, is_tls), daemon=True).start()
        return self

    def __exit__(self, *_):
        for each in (*self.listeners, *self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.folder.cleanup()
        assert not self.failures, f"our own server failed: {self.failures}"

    def accept(self, listener, is_tls):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.open.add(connection)
            threading.Thread(target=self.attend, args=(connection, is_tls), daemon=True).start()

    def attend(self, connection, is_tls):
        secured = connection
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if is_tls:
                secured = self.context.wrap_socket(connection, server_side=True)
            session = self.session(self, secured, is_tls)
            try:
                session.serve()
            except Reset:
                session.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            finally:
                secured = session.connection
        except (Hangup, OSError):
            pass
        except Exception as error:  # noqa: BLE001: told when the server closes
            self.failures.append(repr(error))
        finally:
            self.open.discard(connection)
            with contextlib.suppress(OSError):
                secured.close()
            connection.close()

    def count(self, prefix):
        """How many commands began so."""
        return sum(command.upper().startswith(prefix.upper().encode()) for command in self.commands)
