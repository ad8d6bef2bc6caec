"""A real gnome-keyring-daemon on a private bus, without a desktop: nobody's own session is touched.

    with Keyring() as keyring:              # a bus, and no keyring on it yet
        keyring.unlock()                    # starts one, or opens it
        home.sync(env=keyring.environment)
        keyring.lock()

There is no prompter, unless one is started: what would ask a person fails at once.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import dbus

from .dovecot import TOP, ServerFailed, wait_until

NAME = "org.freedesktop.secrets"
SERVICE = "/org/freedesktop/secrets"
DEFAULT = f"{SERVICE}/aliases/default"
LOGIN = f"{SERVICE}/collection/login"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def program():
    """Our unpacked daemon, or that of an installed package."""
    for path in (TOP / "build-servers/keyring/usr/bin/gnome-keyring-daemon", Path("/usr/bin/gnome-keyring-daemon")):
        if os.access(path, os.X_OK):
            return path
    raise ServerFailed("no gnome-keyring here: run `sh tests/run --deps` first")


class Keyring:
    def __init__(self, password="open sesame", session=None):
        """`session`: the environment of a desktop, on whose bus it is then; else it has one of its own."""
        self.password, self.session, self.asker = password, session, None
        self.folder = Path(tempfile.mkdtemp(prefix="ib-keyring-"))
        self.bus = self.daemon = None

    # A bus without activation files: what is not started here is not there.

    @property
    def environment(self):
        """What a program needs to find this bus, and no other."""
        return {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={self.folder}/bus"} | (self.session or {}) | {"HOME": str(self.folder),
                "XDG_RUNTIME_DIR": str(self.folder / "run"), "XDG_DATA_HOME": str(self.folder / "data")}

    def spawn(self, *command, **options):
        return subprocess.Popen(list(map(str, command)), env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"} | self.environment,
                                stdout=subprocess.DEVNULL, stderr=(self.folder / "log").open("ab"), **options)

    def __enter__(self):
        (self.folder / "run").mkdir(mode=0o700)
        if self.session:
            return self
        (self.folder / "bus.conf").write_text(BUS.format(socket=self.folder / "bus"))
        self.start_bus()
        return self

    def __exit__(self, kind, value, trace):
        self.leave()
        if self.asker is not None:
            os.killpg(self.asker.pid, signal.SIGTERM)
            self.asker.wait()
        if self.bus is not None:
            self.bus.terminate()
            self.bus.wait()
        if kind is not None:
            print("--- the keyring's log\n" + (self.folder / "log").read_text(errors="replace")[-2000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def start_bus(self):
        self.bus = self.spawn("dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork")
        # Its socket has a name before it listens.
        wait_until(lambda: self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.GetId") is not None, what="the private bus")

    def lose_bus(self):
        """It ends, and with it the keyring that was on it."""
        self.bus.terminate()
        self.bus.wait()
        if self.daemon is not None:
            self.daemon.wait()
        self.daemon = None

    def call(self, destination, path, method, *arguments):
        """The answer as text; None if it is an error."""
        run = subprocess.run(["dbus-send", "--session", "--print-reply=literal", f"--dest={destination}", path, method, *arguments],
                             env={"PATH": "/usr/bin:/bin"} | self.environment, capture_output=True, text=True, check=False)
        return run.stdout if run.returncode == 0 else None

    def is_there(self):
        answer = self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{NAME}")
        return "true" in (answer or "")

    def is_locked(self, collection=DEFAULT):
        answer = self.call(NAME, collection, "org.freedesktop.DBus.Properties.Get", "string:org.freedesktop.Secret.Collection",
                           "string:Locked")
        return answer is None or "true" in answer

    # The daemon

    def run_daemon(self, *options, answer=b""):
        self.daemon = self.spawn(program(), "--foreground", "--components=secrets", *options, stdin=subprocess.PIPE)
        with contextlib.suppress(BrokenPipeError):
            self.daemon.stdin.write(answer)
        self.daemon.stdin.close()
        wait_until(self.is_there, what="the keyring on the bus")

    def leave(self):
        """Takes the keyring off the bus."""
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait()
            wait_until(lambda: not self.is_there(), what="the keyring to leave the bus")
        self.daemon = None

    def unlock(self):
        """As signing in with the password does: the daemon reads it as it starts. (A locked one starts anew.)"""
        self.leave()
        self.run_daemon("--unlock", answer=self.password.encode())
        wait_until(lambda: not self.is_locked(), what="an open keyring")

    def start_locked(self):
        """As signing in without a password leaves it: there, and shut."""
        if not (self.folder / "data/keyrings/login.keyring").exists():
            self.unlock()
        self.leave()
        self.run_daemon()
        wait_until(lambda: self.is_locked(LOGIN), what="a locked keyring")

    def start_prompter(self):
        """The program that asks a person for the password, on the desktop's screen. It ends when it had nobody to ask for ten
        seconds, in which a busy machine comes to nothing: then it is started anew."""
        folder = TOP / "build-servers/keyring/usr"
        own = folder / "libexec/gcr-prompter"
        program = own if own.exists() else Path("/usr/libexec/gcr-prompter")
        self.asker = self.spawn("sh", "-c", 'while "$@"; do :; done', "sh", "env",
                                f"LD_LIBRARY_PATH={':'.join(map(str, folder.glob('lib/*-linux-gnu')))}", program, start_new_session=True)
        wait_until(lambda: "true" in (self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner",
                                                "string:org.gnome.keyring.SystemPrompter") or ""), what="the prompter on the bus")

    def start_without_password(self):
        """As people have it who do not want to be asked: locked at first, and open to whoever asks."""
        folder = self.folder / "data/keyrings"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "login.keyring").write_text(
            "[keyring]\ndisplay-name=Login\nctime=0\nmtime=0\nlock-on-idle=false\nlock-after=false\n")
        self.run_daemon()
        wait_until(lambda: self.is_locked(LOGIN), what="a keyring that waits to be asked")

    def put(self, secret, **attributes):
        """Another program's item, or an older one's, whose attributes have "_" for "-"."""
        bus = dbus.bus.BusConnection(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        _, session = bus.call_blocking(NAME, SERVICE, "org.freedesktop.Secret.Service", "OpenSession", "sv", ("plain", ""))
        attributes = {key.replace("_", "-"): value for key, value in attributes.items()}
        interface = "org.freedesktop.Secret.Item"
        properties = {f"{interface}.Label": "of old", f"{interface}.Attributes": dbus.Dictionary(attributes, signature="ss")}
        item = (session, dbus.ByteArray(b""), dbus.ByteArray(secret.encode()), "text/plain")
        bus.call_blocking(NAME, DEFAULT, "org.freedesktop.Secret.Collection", "CreateItem", "a{sv}(oayays)b", (properties, item, False))
        bus.close()

    def servers(self, account):
        """Those that it has something of `account` for, sorted; "" for one of which that was never noted."""
        bus = dbus.bus.BusConnection(self.environment["DBUS_SESSION_BUS_ADDRESS"])
        wanted = dbus.Dictionary({"inbasket-account": account}, signature="ss")
        found = bus.call_blocking(NAME, SERVICE, "org.freedesktop.Secret.Service", "SearchItems", "a{ss}", (wanted,))
        attributes = [bus.call_blocking(NAME, item, "org.freedesktop.DBus.Properties", "Get", "ss", ("org.freedesktop.Secret.Item", "Attributes"))
                      for items in found for item in items]
        bus.close()
        return sorted(str(one.get("inbasket-server", "")) for one in attributes)

    def lock(self):
        self.call(NAME, SERVICE, "org.freedesktop.Secret.Service.Lock", f"array:objpath:{LOGIN}")
        wait_until(self.is_locked, what="a locked keyring")

    @contextlib.contextmanager
    def overhear(self, rule):
        """A function that tells, in dbus-monitor's words, what was said on the bus by `rule` so far."""
        with (self.folder / "heard").open("wb") as out:
            monitor = subprocess.Popen(["dbus-monitor", "--session", rule], env={"PATH": "/usr/bin:/bin"} | self.environment,
                                       stdout=out, stderr=subprocess.STDOUT)
        heard = (self.folder / "heard").read_text
        try:
            wait_until(lambda: "NameLost" in heard(), what="the monitor")  # that it is no member of the bus any more
            yield heard
        finally:
            monitor.terminate()
            monitor.wait()

    @contextlib.contextmanager
    def hanging(self):
        """The daemon is there and hears nothing."""
        self.daemon.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.daemon.send_signal(signal.SIGCONT)
