"""A throw-away Dovecot on loopback ports of its own, for root and for an ordinary user.

    with Dovecot(users={"anna": "secret"}) as server:
        server.put("anna", [b"Subject: hello\\r\\n\\r\\nhi\\r\\n"])
        server.imaps_port, server.ca, server.served("anna")

Everything lives in one temporary folder, removed at the end. The server ends with the `with`.
"""

import base64
import contextlib
import grp
import imaplib
import os
import poplib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from . import maildir, memory
from .certs import Authority
from .tokens import ISSUER

TOP = Path(__file__).resolve().parents[2]
imaplib._MAXLINE = 100_000_000     # a search over 20,000 messages is one line


COMPRESS = """\
mail_plugins = $mail_plugins zlib
protocol imap {
  mail_plugins = $mail_plugins zlib imap_zlib
}"""


class ServerFailed(Exception):
    """The server did not start; the text holds its log."""


def installation():
    """The folder that holds usr/sbin/dovecot: our unpacked copy, or / where the package is installed."""
    for root in (os.environ.get("INBASKET_SERVERS"), TOP / "build-servers" / "dovecot", "/"):
        if root and os.access(Path(root) / "usr/sbin/dovecot", os.X_OK):
            return Path(root).resolve()
    raise ServerFailed("no Dovecot here: run `sh tests/run --deps` first")


class Ports:
    """So many loopback ports that are given to nobody else before they are let go. Who knows their `numbers` may listen there,
    as they are shared in the way of SO_REUSEADDR, which every server asks for."""

    def __init__(self, count):
        self.sockets = [socket.socket() for _ in range(count)]
        for each in self.sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind(("127.0.0.1", 0))
        self.numbers = [each.getsockname()[1] for each in self.sockets]

    def let_go(self):
        for each in self.sockets:
            each.close()


# A busy machine starts no program in a moment, and a sanitized build is several times slower.
PATIENCE = float(os.environ.get("INBASKET_PATIENCE", "60"))


def wait_until(condition, seconds=PATIENCE, what="condition"):
    """Returns the first true answer of `condition`, asked again and again."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


def processes():
    """(name, process group) of all that run."""
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):      # it has just ended
                name, _, facts = Path(f"/proc/{entry}/stat").read_text().partition("(")[2].rpartition(")")
                yield name, int(facts.split()[2])


class Dovecot:
    """users: {name: password}. ports: {"imap": n, ...} where they must be chosen. folder: a lasting place
    instead of a temporary one. `hashes` are what is known of users' passwords instead of the passwords themselves,
    `mechanisms` the ways to sign in, `token_key` what access tokens are signed with (tokens.py) where they are
    taken, `introspection` the address at which a provider says what they are worth (oidc.py). `settings` are further lines of dovecot.conf, `protocols` imap, pop3 or both,
    `starttls=False` makes a server that offers no TLS on its plain ports, `compress=True` one that offers
    COMPRESS=DEFLATE, as large providers do."""

    SERVICES = ("imap", "imaps", "pop3", "pop3s")

    def __init__(self, users=None, *, folder=None, ports=None, authority=None, certificate=None,
                 mail_format="maildir", layout="", pop3_uidl_format="%g", starttls=True, plaintext=False,
                 mechanisms="plain login", hashes=None, token_key=None, introspection=None, compress=False, settings=""):
        self.users = dict(users or {"anna": "secret"})
        self.mechanisms, self.hashes, self.token_key = mechanisms, dict(hashes or {}), token_key
        self.introspection = introspection
        self.keep = folder is not None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="ib-dovecot-", dir=memory.place()))
        self.held = Ports(0 if ports else len(self.SERVICES))
        self.ports = dict(ports or zip(self.SERVICES, self.held.numbers))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self.authority = authority or Authority(self.folder / "tls")
        self.certificate, self.key = certificate or self.authority.issue()
        self.mail_format, self.layout = mail_format, layout
        self.pop3_uidl_format, self.starttls, self.plaintext = pop3_uidl_format, starttls, plaintext
        self.compress, self.settings = compress, settings
        self.process = None
        self.root = installation()

    # What a test needs to know

    @property
    def ca(self):
        return self.authority.ca

    @property
    def pid(self):
        return self.process.pid

    imap_port = property(lambda self: self.ports["imap"])
    imaps_port = property(lambda self: self.ports["imaps"])
    pop3_port = property(lambda self: self.ports["pop3"])
    pop3s_port = property(lambda self: self.ports["pop3s"])

    def log(self):
        path = self.folder / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def home(self, user):
        return self.folder / "mail" / user

    # Life

    def start(self):
        self.write_configuration()
        (self.folder / "dovecot.log").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [str(self.root / "usr/sbin/dovecot"), "-F", "-c", str(self.folder / "dovecot.conf")],
            env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr.log").open("wb"), start_new_session=True)
        try:
            for service, port in self.ports.items():
                wait_until(lambda: self.greets(service, port), what=f"the greeting on {service} port {port}")
        except (TimeoutError, ServerFailed) as error:
            text = f"{error}\n{(self.folder / 'stderr.log').read_text()}{self.log()}"
            self.stop()
            self.remove()
            raise ServerFailed(text) from None
        return self

    def greets(self, service, port):
        if self.process.poll() is not None:
            raise ServerFailed(f"Dovecot ended with status {self.process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
                if not service.endswith("s"):
                    return plain.recv(1) in (b"*", b"+")
                with self.authority.client_context().wrap_socket(plain, server_hostname="localhost") as tls:
                    return tls.recv(1) in (b"*", b"+")
        except OSError:
            return False

    def stop(self):
        """At once, and all its processes: a polite end takes Dovecot a second, and nothing is kept."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is not None and self.log():
            print("--- the server's log\n" + self.log()[-4000:])
        self.stop()
        self.remove()

    def remove(self):
        self.held.let_go()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    # For the next test

    def is_left_alone(self):
        """Whether it runs and serves nobody: of its processes there are only those that wait for somebody."""
        if self.process is None or self.process.poll() is not None:
            return False
        names = [name for name, group in processes() if group == self.process.pid]
        # A second one called dovecot is about to become something else.
        return not {"imap", "pop3"} & set(names) and all(names.count(name) <= 1 for name in ("dovecot", "imap-login", "pop3-login"))

    def forget(self):
        """All mail and every word of its log, as if it had just been started."""
        aside = (self.folder / "mail").rename(self.folder / "forgotten")    # in one step: a late session may still look at it
        self.make_mailboxes()
        shutil.rmtree(aside, ignore_errors=True)
        os.truncate(self.folder / "dovecot.log", 0)

    # Its configuration

    def environment(self):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        if self.root != Path("/"):
            lib = self.root / "usr/lib/dovecot"
            environment |= {"LD_LIBRARY_PATH": f"{lib}:{lib}/modules/old-stats",
                            "IB_DOVECOT_ROOT": str(self.root),
                            "LD_PRELOAD": str(self.root / "relocate.so")}
        return environment

    def identity(self):
        """(mail user, login user): of root's server two that every Debian has, else ourselves. Root itself
        may not own mail, says Dovecot."""
        if os.geteuid() == 0:
            return "mail", "nobody"
        me = pwd.getpwuid(os.geteuid()).pw_name
        return me, me

    def write_configuration(self):
        mail_user, login_user = self.identity()
        entry = pwd.getpwnam(mail_user)
        lib = self.root / "usr/lib/dovecot"
        for name in ("run", "state"):
            (self.folder / name).mkdir(exist_ok=True)
        self.make_mailboxes()
        (self.folder / "users").write_text(
            "".join(f"{user}:{self.hashes.get(user, '{PLAIN}' + password)}::::::\n" for user, password in self.users.items()))
        listeners = "\n".join(
            f"service {protocol}-login {{\n  chroot =\n  process_min_avail = 1\n  service_count = 0\n"
            f"  inet_listener {protocol} {{\n    port = {self.ports.get(protocol, 0)}\n  }}\n"
            f"  inet_listener {protocol}s {{\n    port = {self.ports.get(protocol + 's', 0)}\n    ssl = yes\n  }}\n}}"
            for protocol in ("imap", "pop3"))
        tls = "required" if self.starttls and not self.plaintext else "yes"
        location = f"{self.mail_format}:~/Maildir" + (f":LAYOUT={self.layout}" if self.layout else "")
        (self.folder / "dovecot.conf").write_text(f"""\
# written by tests/servers/dovecot.py
base_dir = {self.folder}/run
state_dir = {self.folder}/state
libexec_dir = {lib}
mail_plugin_dir = {lib}/modules
import_environment = TZ LD_LIBRARY_PATH LD_PRELOAD IB_DOVECOT_ROOT
instance_name = {self.folder.name}
log_path = {self.folder}/dovecot.log
protocols = imap pop3
listen = 127.0.0.1
default_internal_user = {mail_user}
default_internal_group = {grp.getgrgid(entry.pw_gid).gr_name}
default_login_user = {login_user}
first_valid_uid = 1
first_valid_gid = 1
ssl = {tls}
ssl_cert = <{self.certificate}
ssl_key = <{self.key}
disable_plaintext_auth = {"no" if self.plaintext else "yes"}
auth_mechanisms = {self.mechanisms}
auth_failure_delay = 0
auth_verbose = yes
mail_location = {location}
mail_fsync = never
mail_max_userip_connections = 200
pop3_uidl_format = {self.pop3_uidl_format}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={entry.pw_uid} gid={entry.pw_gid} home={self.folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Junk {{
    special_use = \\Junk
    auto = create
  }}
  mailbox Archive {{
    special_use = \\Archive
    auto = create
  }}
}}
{listeners}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
{self.token_passdb()}
{COMPRESS if self.compress else ""}
{self.settings}
""")

    def token_passdb(self):
        """Access tokens that Dovecot checks by itself, with the key that they are signed with, or asks a provider about."""
        if self.token_key is None and self.introspection is None:
            return ""
        (self.folder / "oauth2.conf").write_text(self.checked_by_key() if self.introspection is None else self.asked_about())
        return f"""\
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {self.folder}/oauth2.conf
}}"""

    def asked_about(self):
        return f"""\
introspection_mode = post
introspection_url = {self.introspection}
force_introspection = yes
active_attribute = active
active_value = true
username_attribute = sub
scope = mail
"""

    def checked_by_key(self):
        key = self.folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True, exist_ok=True)
        key.write_text(base64.b64encode(self.token_key).decode())
        return f"""\
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={self.folder}/keys/
username_attribute = email
issuers = {ISSUER}
scope = mail
"""

    # Its mail

    def give_away(self, *paths):
        """Hands paths to the user whom the server runs mail as."""
        if os.geteuid() == 0:
            entry = pwd.getpwnam(self.identity()[0])
            for path in paths:
                os.chown(path, entry.pw_uid, entry.pw_gid)

    def make_mailboxes(self):
        (self.folder / "mail").mkdir(exist_ok=True)
        self.give_away(self.folder / "mail")
        for user in self.users:
            self.mailbox(user)

    def mailbox(self, user, name="INBOX"):
        """The Maildir of a mailbox, made when it is not there."""
        top = self.home(user) / "Maildir"
        path = top if name == "INBOX" else top / (name if self.layout == "fs" else "." + name.replace("/", "."))
        if not (path / "cur").is_dir():
            if path != top:
                self.mailbox(user)
            for each in (path.parent, path, path / "tmp", path / "new", path / "cur"):
                each.mkdir(parents=True, exist_ok=True)
                self.give_away(each)
        return path

    def put(self, user, messages, mailbox="INBOX", flags="", dates=None):
        """Puts messages (bytes as they go over the wire) into a mailbox, fast: as files. Flags are Maildir's
        letters, one text for all or one each; dates are seconds since 1970, which become INTERNALDATE."""
        names = maildir.put(self.mailbox(user, mailbox), messages, flags, dates)
        self.give_away(*names)
        return names

    def append(self, user, messages, mailbox="INBOX", flags="", dates=None):
        """The same over IMAP APPEND: slower, and every byte passes the server. Flags as in IMAP: r"(\\Seen)"."""
        with self.imap(user) as session:
            for index, message in enumerate(messages):
                date = imaplib.Time2Internaldate(dates[index]) if dates else None
                status, answer = session.append(mailbox, flags or None, date, message)
                if status != "OK":
                    raise ServerFailed(f"APPEND: {answer}")

    @contextlib.contextmanager
    def imap(self, user):
        """A signed-in session of Python's imaplib."""
        session = imaplib.IMAP4_SSL("localhost", self.imaps_port, ssl_context=self.authority.client_context())
        try:
            session.login(user, self.users[user])
            yield session
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                session.logout()

    def uids(self, user, mailbox="INBOX", criterion="ALL"):
        with self.imap(user) as session:
            status, answer = session.select(quoted(mailbox), readonly=True)
            if status != "OK":
                raise ServerFailed(f"SELECT {mailbox}: {answer}")
            found = session.uid("SEARCH", criterion)[1][0] or b""
            return [int(uid) for uid in found.split()]

    def uidvalidity(self, user, mailbox="INBOX"):
        with self.imap(user) as session:
            answer = session.status(quoted(mailbox), "(UIDVALIDITY)")[1][0]
            return int(answer.rpartition(b"UIDVALIDITY ")[2].rstrip(b")"))

    def mailboxes(self, user):
        with self.imap(user) as session:
            return sorted(line.rpartition(b' "." ')[2].decode().strip('"') for line in session.list()[1])

    def served(self, user, mailbox="INBOX"):
        """Every message that the mailbox holds now, as IMAP serves it, in the order of UIDs."""
        found, = self.served_in(user, mailbox)
        if found is None:
            raise ServerFailed(f"there is no mailbox {mailbox}")
        return found

    def served_in(self, user, *mailboxes):
        """The same of several, in one session; None for one that is not there."""
        with self.imap(user) as session:
            return [served_by(session, mailbox) for mailbox in mailboxes]

    def flags(self, user, mailbox="INBOX"):
        """{uid: set of flags}."""
        with self.imap(user) as session:
            count = int(session.select(quoted(mailbox), readonly=True)[1][0])
            items = session.uid("FETCH", "1:*", "(FLAGS)")[1] if count else []
            return {int(item.partition(b"UID ")[2].split()[0].rstrip(b")")):
                    set(map(bytes.decode, imaplib.ParseFlags(item))) for item in items}

    def served_pop3(self, user):
        """Every message as POP3 serves it (dots taken away)."""
        session = poplib.POP3_SSL("localhost", self.pop3s_port, context=self.authority.client_context())
        try:
            session.user(user)
            session.pass_(self.users[user])
            count, _ = session.stat()
            return [b"".join(line + b"\r\n" for line in session.retr(number)[1]) for number in range(1, count + 1)]
        finally:
            session.quit()

    def renumber(self, user, mailbox="INBOX", uidvalidity=None):
        """Gives the mailbox another UIDVALIDITY and its messages new UIDs from 1, as a server does that was
        restored from a backup. To be called while nobody is signed in: who has just left, it still puts things away for."""
        path = self.mailbox(user, mailbox)
        new = uidvalidity or self.uidvalidity(user, mailbox) + 1
        wait_until(self.is_left_alone, what="the end of all sessions")
        for each in (*path.glob("dovecot.index*"), path / "dovecot-uidlist"):
            each.unlink(missing_ok=True)
        (path / "dovecot-uidlist").write_text(f"3 V{new} N1\n")
        self.give_away(path / "dovecot-uidlist")
        return new


def served_by(session, mailbox):
    status, answer = session.select(quoted(mailbox), readonly=True)
    if status != "OK":
        return None
    items = session.uid("FETCH", "1:*", "(BODY.PEEK[])")[1] if int(answer[0]) else []
    return [item[1] for item in items if isinstance(item, tuple)]


def quoted(mailbox):
    return '"' + mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'
