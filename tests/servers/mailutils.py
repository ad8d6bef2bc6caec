"""GNU Mailutils' imap4d and pop3d: a second real server, with few extensions and habits of its own.

    with Mailutils(mails, authority=authority) as server:
        server.ports, server.ca, server.served()

They run as under inetd, a process for each connection, so nothing listens but us. The mailbox is one mbox file.
"""

import contextlib
import imaplib
import mailbox
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from .dovecot import PATIENCE, TOP, ServerFailed

CONFIG = """tcp-wrappers {{ enable no; }};
logging {{ syslog no; }};
gsasl {{ enable {sasl}; }};
auth {{ authentication generic:system; authorization virtdomain; }};
virtdomain {{ passwd-dir {folder}/domains; }};
mailbox {{ mailbox-type mbox; }};
tls {{ ssl-certificate-file {certificate}; ssl-key-file {key}; }};
tls-mode {mode};
"""
# service: (program, how it wants TLS)
SERVICES = {"imaps": ("imap4d", "connection"), "imap": ("imap4d", "ondemand"),
            "pop3s": ("pop3d", "connection"), "pop3": ("pop3d", "ondemand")}


def installation():
    folder = TOP / "build-servers" / "mailutils"
    if not os.access(folder / "usr/sbin/imap4d", os.X_OK):
        raise ServerFailed("no GNU Mailutils here: run `sh tests/run --deps` first")
    return folder


class Mailutils:
    USER = "anna@example.com"

    def __init__(self, messages=(), *, authority, password="secret"):
        self.root, self.authority, self.ca = installation(), authority, authority.ca
        self.users = {self.USER: password}
        self.folder = Path(tempfile.mkdtemp(prefix="ib-mailutils-"))
        self.inbox = self.folder / "home" / "INBOX"
        self.ports, self.listeners, self.processes = {}, [], []
        for each in ("home", "domains"):
            (self.folder / each).mkdir()
        digest = subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True).stdout
        (self.folder / "domains/example.com").write_text(
            f"anna:{digest.strip()}:{os.getuid()}:{os.getgid()}:anna:{self.inbox.parent}:/bin/sh:{self.inbox}\n")
        self.put(messages)

    def put(self, messages):
        box = mailbox.mbox(self.inbox)
        for message in messages:
            box.add(message.replace(b"\r\n", b"\n"))
        box.close()

    def served(self):
        """What is left in the mailbox, with CRLF. A status field, which the server writes into the header, is its own."""
        box = mailbox.mbox(self.inbox, create=False)
        return [box.get_bytes(key).replace(b"\n", b"\r\n") for key in box.keys()]

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def __enter__(self):
        certificate, key = self.authority.issue()
        for service, (program, mode) in SERVICES.items():
            config = self.folder / f"{service}.conf"
            config.write_text(CONFIG.format(folder=self.folder, certificate=certificate, key=key, mode=mode, sasl="no"))
            listener = socket.create_server(("127.0.0.1", 0), backlog=16)
            self.listeners.append(listener)
            self.ports[service] = listener.getsockname()[1]
            threading.Thread(target=self.accept, args=(listener, program, config), daemon=True).start()
        self.number()
        return self

    def number(self):
        """Opens the mailbox for writing once, as its owner's mail client has: until then each session has other UIDs."""
        with imaplib.IMAP4_SSL("localhost", self.ports["imaps"], ssl_context=self.authority.client_context(), timeout=PATIENCE) as session:
            session.login(*next(iter(self.users.items())))
            session.select()
            session.close()

    def __exit__(self, kind, *_):
        for listener in self.listeners:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for process in self.processes:
            process.kill()
            process.wait()
        if kind is not None:
            print("--- the server's log\n" + self.log()[-3000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def accept(self, listener, program, config):
        libraries = ":".join(map(str, self.root.glob("usr/lib/*-linux-gnu*")))
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, (self.folder / "log").open("ab") as log:
                self.processes.append(subprocess.Popen(
                    [self.root / "usr/sbin" / program, "--config-file", config, "--inetd"], stdin=connection, stdout=connection, stderr=log,
                    env={"LD_LIBRARY_PATH": libraries, "PATH": "/usr/bin:/bin", "HOME": str(self.folder / "home")}))
