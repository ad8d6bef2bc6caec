"""The built `inbasket` as a test drives it: a home, its accounts, its Maildir."""

import collections
import contextlib
import ctypes
import fcntl
import json
import os
import pty
import re
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests"))

from mail.generate import local  # noqa: E402
from servers import stuck  # noqa: E402

BUILD = Path(os.environ.get("INBASKET_BUILD", TOP / "build"))
# A sanitized build is several times slower.
PATIENCE = float(os.environ.get("INBASKET_PATIENCE", "60"))
OWN_FIELD = re.compile(rb"X-Inbasket-[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*")


class Run:
    """What one run of the program left behind."""

    def __init__(self, arguments, status, out, err):
        self.arguments, self.status, self.out, self.err = arguments, status, out, err

    def __repr__(self):
        return f"inbasket {' '.join(self.arguments)}: status {self.status}\n{self.out[-3000:]}\n{self.err[-3000:]}"

    @property
    def lines(self):
        """The JSON documents, one a line."""
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    def events(self, kind):
        return [line for line in self.lines if line.get("event") == kind]

    @property
    def delivered(self):
        return self.events("delivered")

    @property
    def summary(self):
        """{account: its line of the summary}."""
        return {account["name"]: account for account in self.events("summary")[-1]["accounts"]}


def due_at_once(home):
    """What is put off on a server has its turn at the next poll."""
    with contextlib.closing(sqlite3.connect(home.state / "journal.db")) as journal, journal:
        journal.execute("UPDATE message SET server_due = 0 WHERE server_verb > 0")


def bound_by_modes():
    """For `before`: root writes into what is shut, too; without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH it is like anybody."""
    for privilege in (1, 2):
        ctypes.CDLL(None).prctl(24, privilege, 0, 0, 0)  # PR_CAPBSET_DROP; refused to others than root, who have neither


class Home:
    """One --home folder and the program that works on it. Settings are written `group__key=value`, as in
    Home(path, delivery__layout="fs")."""

    def __init__(self, path, **settings):
        self.path = Path(path)
        self.config = self.path / "config"
        self.accounts = self.config / "accounts"
        self.state = self.path / "state"
        self.maildir = self.path / "Mail"
        self.secrets = self.path / "secrets"
        for each in (self.path, self.secrets):
            each.mkdir(parents=True, exist_ok=True)
            each.chmod(0o700)
        if settings:
            self.configure(**settings)

    # Configuration

    def configure(self, **settings):
        self.config.mkdir(parents=True, exist_ok=True)
        (self.config / "inbasket.conf").write_text(keyfile(settings))

    def account(self, name, server, user="anna", password=None, *, protocol="imap", security="tls", **keys):
        """Writes accounts/NAME.conf. `server` has ca and ports; further keys are written `group__key=value`,
        and take the place of what is here; a value of None leaves a key out."""
        secret = self.secrets / name
        secret.write_text((server.users[user] if password is None else password) + "\n")
        secret.chmod(0o600)
        service = protocol + ("s" if security == "tls" else "")
        settings = {"account__address": f"{user}@example.com", "account__protocol": protocol, "account__host": "localhost",
                    "account__port": server.ports[service], "account__security": security, "account__ca_file": server.ca,
                    "account__user": user, "account__secret": f"file:{secret}"}
        settings |= keys
        self.accounts.mkdir(parents=True, exist_ok=True)
        (self.accounts / f"{name}.conf").write_text(keyfile(settings))
        return name

    def script(self, name, text):
        """Writes a filter of the user's own."""
        folder = self.config / "filters"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.sieve").write_text(text)

    # The program

    def environment(self, **more):
        return dict(os.environ) | {
            "INBASKET_LIBEXECDIR": str(BUILD / "src" / "worker"), "INBASKET_FILTERDIR": str(TOP / "data" / "filters"),
            "INBASKET_PROVIDERDIR": str(TOP / "data" / "providers"),
            # The keyring of whoever runs the tests is no test's to ask.
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent/bus",
            "G_DEBUG": "fatal-criticals", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"} | {key: str(value) for key, value in more.items()}

    def command(self, *arguments):
        return [str(PROGRAM), "--home", str(self.path), *map(str, arguments)]

    def start(self, *arguments, env=None, before=None, **popen):
        """Starts it and leaves it running. It leads a process group of its own, for `kill_all`."""
        return subprocess.Popen(self.command(*arguments), env=self.environment(**(env or {})), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                                preexec_fn=before, **popen)

    def run(self, *arguments, status=0, env=None, before=None, timeout=None):
        """Runs it to its end. `status` is what it must end with: a number, several, or None for any."""
        process = self.start(*arguments, env=env, before=before)
        try:
            out, err = process.communicate(timeout=timeout or PATIENCE * 5)
        except subprocess.TimeoutExpired:
            doing = stuck.describe(process.pid)
            kill_all(process)
            out, err = process.communicate()
            raise AssertionError(f"it hung: {Run(arguments, None, out.decode(errors='replace'), err.decode(errors='replace'))}\n{doing}") from None
        run = Run([str(a) for a in arguments], process.returncode, out.decode(errors="replace"), err.decode(errors="replace"))
        expected = (status,) if isinstance(status, int) else status
        assert expected is None or run.status in expected, run
        return run

    def on_terminal(self, *arguments, env=None):
        """(what it wrote, its status) on a terminal of 80 columns, in no colour."""
        parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(self.command(*arguments), env=self.environment(**{"TERM": "xterm", "NO_COLOR": "1"} | (env or {})),
                                   stdin=child, stdout=child, stderr=child)
        os.close(child)
        seen = b""
        try:
            while chunk := os.read(parent, 65536):
                seen += chunk
        except OSError:
            pass        # the other side of a terminal has gone
        finally:
            os.close(parent)
        return seen.decode().replace("\r\n", "\n"), process.wait(PATIENCE)

    def sync(self, *arguments, **options):
        return self.run("sync", "--json", *arguments, **options)

    # What is in it

    def files(self):
        """[(folder, path)] of all messages in the Maildir, folders as the directories are called below it."""
        found = []
        for cur in sorted(self.maildir.rglob("cur")):
            for part in ("new", "cur"):
                for path in sorted((cur.parent / part).iterdir()):
                    found.append((str(cur.parent.relative_to(self.maildir)), path))
        return found

    def messages(self, folder=None):
        """The bytes of all messages (of one folder) as they were before fields of ours were added."""
        return [original(path.read_bytes()) for where, path in self.files() if folder in (None, where)]

    def held_files(self, is_finished=True):
        """What is in held/; a file without its name yet is as unfinished as one in tmp/."""
        folder = self.state / "held"
        files = [path for path in sorted(folder.rglob("*")) if path.is_file()] if folder.is_dir() else []
        return [path for path in files if (path.suffix != ".tmp") == is_finished]

    def held(self):
        """The bytes of what was not delivered: discarded mail and duplicates."""
        return [original(path.read_bytes()) for path in self.held_files()]

    def counts(self):
        return dict(collections.Counter(where for where, _ in self.files()))


class Service:
    """inbasketd on a home, from `with` to its end. `bus`: the address of a session bus, for whoever wants it to have one.
    `within`: a command that becomes the one that follows it. `program`: another than the one that was built."""

    def __init__(self, home, bus=None, env=None, within=(), program=None):
        self.home, self.process, self.log, self.within = home, None, home.path / "service.log", list(within)
        self.program = program or DAEMON
        self.env = dict(env or {}) | ({"DBUS_SESSION_BUS_ADDRESS": bus} if bus else {})

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def start(self):
        """Returns once it says that it is ready, or has ended."""
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        manager.bind(f"\0inbasket-test-{os.getpid()}-{id(manager):x}")
        manager.settimeout(0.1)
        name = manager.getsockname().decode().replace("\0", "@", 1)
        with open(self.log, "ab") as log, manager:
            self.process = subprocess.Popen(
                [*self.within, str(self.program), "--home", str(self.home.path)],
                env=self.home.environment(**self.env, NOTIFY_SOCKET=name),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
            while self.process.poll() is None:
                with contextlib.suppress(TimeoutError):
                    if b"READY=1" in manager.recv(4096):
                        return

    def stop(self, number=signal.SIGTERM, status=0):
        """Ends it, and says what it complained about if it did not end as it should."""
        self.process.send_signal(number)
        try:
            found = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            doing = stuck.describe(self.process.pid)
            kill_all(self.process)
            raise AssertionError(f"it did not end: {self.said}\n{doing}") from None
        assert status is None or found == status, f"status {found}: {self.said}"

    def kill(self):
        """It and its workers, at the same instant."""
        kill_all(self.process)
        self.process.wait(PATIENCE)

    @contextlib.contextmanager
    def hanging(self):
        """It is there, and hears nothing."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    @property
    def said(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def until(self, condition, what, seconds=None):
        """The first true answer of `condition`, as long as the service runs."""
        deadline = time.monotonic() + (seconds or PATIENCE)
        while not (answer := condition()):
            assert self.process.poll() is None, f"it ended while {what} was waited for: {self.said}"
            assert time.monotonic() < deadline, f"{what} did not happen: {self.said}"
            time.sleep(0.02)
        return answer


PROGRAM = BUILD / "src" / "cli" / "inbasket"
DAEMON = BUILD / "src" / "service" / "inbasketd"


def keyfile(settings):
    groups = collections.defaultdict(list)
    for name, value in settings.items():
        group, _, key = name.partition("__")
        if value is not None:
            groups[group].append(f"{key.replace('_', '-')}={str(value).lower() if isinstance(value, bool) else value}\n")
    return "".join(f"[{group}]\n{''.join(lines)}\n" for group, lines in groups.items())


def original(data):
    """The message without the X-Inbasket-* fields at its top."""
    while found := OWN_FIELD.match(data):
        data = data[found.end():]
    return data


def kill_all(process):
    """SIGKILL for the program and its workers at the same instant."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def hears(process, number):
    """Whether the process handles a signal by now, rather than to end of it."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return bool(int(re.search(r"^SigCgt:\t(\w+)", status, re.M)[1], 16) & 1 << number - 1)


def assert_exactly_once(served, home):
    """Each message that the server offered is here exactly once (delivered or held), byte for byte but for
    the ends of lines and our own fields; and nothing else is here."""
    expected = collections.Counter(local(message) for message in served)
    found = collections.Counter(home.messages() + home.held())
    missing, surplus = expected - found, found - expected
    assert not missing and not surplus, (
        f"{sum(missing.values())} of {sum(expected.values())} messages are missing or altered, {sum(surplus.values())} are too many\n"
        + "\n".join(f"missing: {m[:200]!r}... ({len(m)} bytes)" for m in list(missing)[:3]) + "\n"
        + "\n".join(f"surplus: {m[:200]!r}... ({len(m)} bytes)" for m in list(surplus)[:3]))
    assert_clean(home)


def assert_clean(home):
    """Nothing lies about in tmp/, no file in new/ carries flags, every file in cur/ does."""
    left = [path for tmp in home.maildir.rglob("tmp") if tmp.is_dir() for path in tmp.iterdir()]
    left += home.held_files(is_finished=False)
    assert not left, f"left unfinished: {left[:5]}"
    for _, path in home.files():
        has_info = ":2," in path.name
        assert has_info == (path.parent.name == "cur"), f"flags and folder do not fit: {path}"


def assert_harmless(run, home):
    """What a server or a message says moves no terminal's cursor, and puts no file outside the Maildir."""
    said = (run.out + run.err).replace("\n", "")
    assert not any(ord(c) < 0x20 or 0x7f <= ord(c) < 0xa0 for c in said), "no control character in the output"
    strays = [path for path in home.path.rglob("*") if path.is_file() and path.name.startswith("evil")]
    assert not strays and not list(home.path.parent.glob("*evil*")), "no file outside the Maildir"
