"""A person at a terminal: the program's own pty, what it shows, and what is typed when it asks."""

import os
import pty
import select
import struct
import termios
import time
from fcntl import ioctl

from servers import stuck
from servers.dovecot import PATIENCE


class Terminal:
    """with Terminal(home, "account", "add", ...) as person: person.expect("Password"); person.type("secret")"""

    def __init__(self, home, *arguments, env=None, patience=PATIENCE, columns=80):
        self.command, self.environment = home.command(*arguments), home.environment(TERM="xterm", **(env or {}))
        self.patience, self.seen, self.read_to, self.status = patience, "", 0, None
        self.columns = columns

    def __enter__(self):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            try:
                ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, self.columns, 0, 0))
                os.execve(self.command[0], self.command, self.environment)
            finally:
                os._exit(127)   # a program that cannot be run must not leave a second run of the tests behind
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)
        if self.status is None:
            os.waitpid(self.pid, 0)

    def read(self):
        """False at the end."""
        ready, _, _ = select.select([self.descriptor], [], [], 0.1)
        if not ready:
            return True
        try:
            chunk = os.read(self.descriptor, 65536)
        except OSError:
            return False        # the other side has gone
        self.seen += chunk.decode(errors="replace")
        return bool(chunk)

    def expect(self, text):
        """Waits until it is shown, behind what was expected before."""
        until = time.monotonic() + self.patience
        while text not in self.seen[self.read_to:]:
            assert self.read(), f"it ended without {text!r}: {self.seen!r}"
            assert time.monotonic() < until, f"no {text!r} in {self.seen!r}\n{stuck.describe(self.pid)}"
        self.read_to = self.seen.index(text, self.read_to) + len(text)

    def type(self, text):
        os.write(self.descriptor, text.encode() + b"\n")

    def finish(self):
        """Its exit status, and all that was shown."""
        until = time.monotonic() + self.patience
        while self.read():
            assert time.monotonic() < until, f"it does not end: {self.seen!r}\n{stuck.describe(self.pid)}"
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status
