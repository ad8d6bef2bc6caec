"""Throw-away Postfixes on loopback ports of their own, for root and for an ordinary user, and the Internet between them.

    with Postfix("mail.home.example", "198.51.100.2", mailboxes={"anna@home.example": dovecot.mailbox("anna")}) as mail:
        with Postfix("relay.club.example", "198.51.100.7", routes={"home.example": mail}) as relay:
            relay.send("a@bulk.example", "anna@home.example", message, source="203.0.113.5", name="bulk.example")

Each is a real Postfix with a configuration, a queue and processes of its own. All of them stand on 127.0.0.1, where nobody
is a stranger; so who connects tells, in front of all else, the address that he has on this Internet (HAProxy's protocol, which
Postfix takes), and that is what Postfix sees and writes down. No name is looked up: DNS of the world is left alone.
"""

import contextlib
import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

from .dovecot import TOP, Ports, ServerFailed, wait_until

# What every Debian has; Postfix wants two users and a group that it shares with nobody else's mail.
ROOTS_USERS = {"mail_owner": "daemon", "default_privs": "nobody", "setgid_group": "games"}
FOLDERS = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop", "pid", "private",
           "public", "saved", "trace")
SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def installation():
    """The folder that holds usr/lib/postfix: our unpacked copy."""
    servers = os.environ.get("INBASKET_POSTFIX", TOP / "build-servers" / "postfix")
    if not os.access(Path(servers) / "usr/lib/postfix/sbin/master", os.X_OK):
        raise ServerFailed("no Postfix here: run `sh tests/run --deps` first")
    return Path(servers).resolve()


def told(address):
    """What stands in front of a connection, so that it comes from `address`."""
    return f"PROXY TCP4 {address} 127.0.0.1 25025 25\r\n".encode()


class Line:
    """A port at which whoever connects reaches `port`, and is seen there as `address`."""

    def __init__(self, address, port):
        self.address, self.target = address, port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.target))
                far.sendall(told(self.address))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self.carry, args=(one, other), daemon=True).start()

    @staticmethod
    def carry(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def close(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Client(smtplib.SMTP):
    """A host with an address of its own, and with a name if one looks it up."""

    def __init__(self, port, address, name, helo):
        self.address = address
        super().__init__("127.0.0.1", port, local_hostname=helo, timeout=60)
        self.ehlo()
        if name:
            self.docmd("XCLIENT", f"NAME={name} ADDR={address}")
            self.ehlo()

    def _get_socket(self, host, port, timeout):
        connection = super()._get_socket(host, port, timeout)
        connection.sendall(told(self.address))
        return connection


class Postfix:
    """mailboxes: {address: Maildir} that it delivers into. routes: {domain: Postfix} whose mail it takes and hands on.
    aliases: {address: address}. `settings` are further lines of main.cf."""

    def __init__(self, hostname, address, *, mailboxes=None, routes=None, aliases=None, settings=""):
        self.hostname, self.address = hostname, address
        self.mailboxes, self.routes, self.aliases = dict(mailboxes or {}), dict(routes or {}), dict(aliases or {})
        self.settings = settings
        self.root = installation()
        self.folder = Path(tempfile.mkdtemp(prefix="ib-postfix-"))
        self.held = Ports(1)
        self.port, = self.held.numbers
        self.lines = []
        self.process = None

    # Life

    def start(self):
        self.folder.chmod(0o755)
        self.write_configuration()
        self.process = subprocess.Popen(
            [str(self.root / "usr/lib/postfix/sbin/master"), "-c", str(self.folder / "conf"), "-d"],
            env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr.log").open("wb"), start_new_session=True)
        try:
            wait_until(self.greets, seconds=60, what=f"the greeting of {self.hostname}")
        except (TimeoutError, ServerFailed) as error:
            text = f"{error}\n{(self.folder / 'stderr.log').read_text()}{self.log()}"
            self.stop()
            raise ServerFailed(text) from None
        return self

    def greets(self):
        if self.process.poll() is not None:
            raise ServerFailed(f"Postfix ended with status {self.process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
                plain.sendall(told("127.0.0.1"))
                return plain.recv(3) == b"220"
        except OSError:
            return False

    def stop(self):
        """At once, and all its processes: nothing is kept."""
        for line in self.lines:
            line.close()
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None
        self.held.let_go()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(f"--- the log of {self.hostname}\n{self.log()[-4000:]}")
        self.stop()

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    # Its configuration

    def environment(self):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                       "LD_LIBRARY_PATH": str(self.root / "usr/lib/postfix"), "MAIL_CONFIG": str(self.folder / "conf")}
        if os.geteuid() != 0:
            environment["LD_PRELOAD"] = str(self.root / "unprivileged.so")
        return environment

    def users(self):
        """Root's server has two that every Debian has; an ordinary user's is his own."""
        if os.geteuid() == 0:
            return ROOTS_USERS, pwd.getpwnam("mail")  # whom Dovecot runs mail as
        me = pwd.getpwuid(os.geteuid())
        return ROOTS_USERS | {"mail_owner": me.pw_name, "default_privs": "mail" if me.pw_name == "nobody" else "nobody"}, me

    def make_folders(self, owner):
        for name in ("conf", "data", *(f"queue/{each}" for each in FOLDERS)):
            path = self.folder / name
            path.mkdir(parents=True)
            if os.geteuid() == 0 and name not in ("conf", "queue/pid"):
                os.chown(path, pwd.getpwnam(owner).pw_uid, -1)

    def write_configuration(self):
        users, mail = self.users()
        self.make_folders(users["mail_owner"])
        own = sorted({address.partition("@")[2] for address in self.mailboxes})
        for domain, server in self.routes.items():
            self.lines.append(Line(self.address, server.port))
            self.routes[domain] = f"smtp:[127.0.0.1]:{self.lines[-1].port}"
        (self.folder / "conf" / "main.cf").write_text(f"""\
# written by tests/servers/postfix.py
compatibility_level = 3.6
queue_directory = {self.folder}/queue
data_directory = {self.folder}/data
command_directory = {self.root}/usr/sbin
daemon_directory = {self.root}/usr/lib/postfix/sbin
meta_directory = {self.folder}/conf
shlib_directory = no
{"".join(f"{key} = {value}" + chr(10) for key, value in users.items())}\
import_environment = MAIL_CONFIG LD_LIBRARY_PATH LD_PRELOAD LC_ALL TZ
maillog_file = {self.folder}/log
maillog_file_prefixes = {self.folder}
myhostname = {self.hostname}
mydestination =
mynetworks =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_upstream_proxy_protocol = haproxy
smtpd_authorized_xclient_hosts = 0.0.0.0/0
smtpd_relay_restrictions = reject_unauth_destination
smtpd_client_connection_rate_limit = 0
relay_domains = {" ".join(self.routes)}
transport_maps = {inline(self.routes)}
virtual_alias_domains = {" ".join(sorted({address.partition("@")[2] for address in self.aliases} - set(own) - set(self.routes)))}
virtual_alias_maps = {inline(self.aliases)}
virtual_mailbox_domains = {" ".join(own)}
virtual_mailbox_maps = {inline({address: f"{path}/" for address, path in self.mailboxes.items()})}
virtual_mailbox_base = /
virtual_minimum_uid = 1
virtual_uid_maps = static:{mail.pw_uid}
virtual_gid_maps = static:{mail.pw_gid}
{self.settings}
""")
        (self.folder / "conf" / "master.cf").write_text(SERVICES.format(port=self.port))

    # Its mail

    def send(self, sender, recipient, message, *, source, name=None, helo="localhost"):
        """Hands a message to it as the host `source` would: a stranger, called `name` if one looks that up."""
        with Client(self.port, source, name, helo) as client:
            client.sendmail(sender, [recipient], message)


def inline(table):
    """A table of Postfix within its configuration."""
    return "inline:{" + ", ".join(f"{{{key}={value}}}" for key, value in table.items()) + "}" if table else ""
