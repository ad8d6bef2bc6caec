"""A laptop's desktop on buses of our own (python-dbusmock): what a program hears of sleep, network, power and the screen.

    with Desktop() as desktop:
        desktop.offline()
        service.start(env=desktop.environment)
        desktop.online()
        desktop.sleep()                     # and .inhibitors() tells who wants to be waited for
        desktop.notifications()             # what was shown: Bubble, see notifications.py

Each service can be left out (`Desktop(without=["logind"])`), taken off its bus and put back (.stop, .start), and be there
without answering (.mute).
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import dbus

from .dovecot import wait_until
from .keyring import BUS
from .notifications import MOCK, NotificationServer

LOGIND = "org.freedesktop.login1"
MANAGER = f"{LOGIND}.Manager"
SESSION = "/org/freedesktop/login1/session/inbasket"
NETWORK = "org.freedesktop.NetworkManager"
POWER = "org.freedesktop.UPower"
PROFILES = "net.hadess.PowerProfiles"
SCREEN = "org.gnome.ScreenSaver"
# What NetworkManager calls them.
CONNECTIVITY = {"none": 1, "portal": 2, "limited": 3, "full": 4}
STATE = {"none": 20, "portal": 60, "limited": 60, "full": 70}


class Bus:
    """Without activation files: what is not started here is not there."""

    def __init__(self, folder, name):
        self.name = name
        (folder / f"{name}.conf").write_text(BUS.format(socket=folder / name))
        self.daemon = subprocess.Popen(["dbus-daemon", f"--config-file={folder}/{name}.conf", "--nofork", "--print-address=1"],
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self.daemon.stdout.readline().strip()  # once it listens
        self.environment = {f"DBUS_{name.upper()}_BUS_ADDRESS": self.address}
        self.connection = dbus.bus.BusConnection(self.address)

    def has(self, name):
        return self.connection.name_has_owner(name)

    def end(self):
        self.connection.close()
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()


class Mock:
    """One service, by a template of dbusmock's."""

    def __init__(self, bus, template, name, path):
        self.bus, self.name, self.path = bus, name, path
        self.process = subprocess.Popen([sys.executable, "-m", "dbusmock", f"--{bus.name}", "--template", template],
                                        env={**os.environ, **bus.environment}, stdout=subprocess.DEVNULL)

    def wait(self):
        wait_until(lambda: self.bus.has(self.name), what=self.name)

    def call(self, method, *arguments, path=None, interface=MOCK, signature=None):
        mock = self.bus.connection.get_object(self.name, path or self.path, introspect=False)
        return mock.get_dbus_method(method, interface)(*arguments, signature=signature)

    def set(self, interface=None, path=None, **properties):
        self.call("UpdateProperties", interface or self.name, properties, path=path, signature="sa{sv}")

    def emit(self, interface, signal, signature, *arguments):
        self.call("EmitSignal", interface, signal, signature, list(arguments), signature="sssav")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        wait_until(lambda: not self.bus.has(self.name), what=f"{self.name} to leave")


class Desktop:
    TEMPLATES = {
        "logind": ("system", "logind", LOGIND, "/org/freedesktop/login1"),
        "network": ("system", "networkmanager", NETWORK, "/org/freedesktop/NetworkManager"),
        "power": ("system", "upower", POWER, "/org/freedesktop/UPower"),
        "profiles": ("system", "power_profiles_daemon", PROFILES, "/net/hadess/PowerProfiles"),
        "screen": ("session", "gnome_screensaver", SCREEN, "/org/gnome/ScreenSaver"),
    }

    def __init__(self, without=()):
        self.wanted = [name for name in (*self.TEMPLATES, "notices") if name not in without]
        self.mocks = {}

    @property
    def environment(self):
        """What a program needs to find these buses, and no others."""
        return self.buses["system"].environment | self.buses["session"].environment

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ib-desktop-"))
        self.buses = {name: Bus(self.folder, name) for name in ("system", "session")}
        self.start(*self.wanted)
        return self

    def __exit__(self, *_):
        for mock in self.mocks.values():
            mock.process.terminate()
        for mock in self.mocks.values():
            mock.process.wait()
        for bus in self.buses.values():
            bus.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *names):
        """All at once: each is a program that takes its time."""
        mocks = {name: Mock(self.buses[self.TEMPLATES[name][0]], *self.TEMPLATES[name][1:]) for name in names
                 if name in self.TEMPLATES}
        if "notices" in names:
            mocks["notices"] = NotificationServer(self.buses["session"])
        self.mocks |= mocks
        for name in mocks.keys() & self.TEMPLATES:
            mocks[name].wait()
        if "logind" in names:
            mocks["logind"].call("AddSession", "inbasket", "seat0", dbus.UInt32(os.getuid()), "anna", True)
            listed = f'[("inbasket", dbus.UInt32({os.getuid()}), "anna", "seat0", dbus.ObjectPath("{SESSION}"))]'
            mocks["logind"].call("AddMethod", MANAGER, "ListSessions", "", "a(susso)", f"ret = {listed}")  # one that is counted
            self.tell_of_session()
        if "network" in names:
            mocks["network"].call("AddProperty", NETWORK, "Metered", dbus.UInt32(2), signature="ssv")
            self.online()

    def stop(self, name):
        """Off the bus, as if it had crashed."""
        self.mocks.pop(name).stop()

    @contextlib.contextmanager
    def mute(self, name):
        """On the bus, and without an answer to anything until it is over."""
        process = self.mocks[name].process
        process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            process.send_signal(signal.SIGCONT)

    # Sleep

    def sleep(self):
        """Tells that it is about to; the machine itself stays awake."""
        self.mocks["logind"].emit(MANAGER, "PrepareForSleep", "b", True)

    def wake(self):
        self.mocks["logind"].emit(MANAGER, "PrepareForSleep", "b", False)

    def inhibitors(self):
        """(what, who, why, how) of each."""
        listed = self.mocks["logind"].call("ListInhibitors", interface=MANAGER)
        return [tuple(map(str, row[:4])) for row in listed]

    # The network

    def connectivity(self, word):
        """"none", "portal", "limited" or "full"."""
        self.mocks["network"].set(Connectivity=dbus.UInt32(CONNECTIVITY[word]), State=dbus.UInt32(STATE[word]))

    def offline(self):
        self.connectivity("none")

    def online(self):
        self.connectivity("full")

    def portal(self):
        self.connectivity("portal")

    def metered(self, is_metered):
        self.mocks["network"].set(Metered=dbus.UInt32(1 if is_metered else 2))

    # Power

    def saver(self, is_on):
        self.mocks["profiles"].set(ActiveProfile="power-saver" if is_on else "balanced")

    def battery(self, is_on):
        self.mocks["power"].set(OnBattery=is_on)

    # The screen

    def tell_of_session(self):
        self.mocks["logind"].emit(MANAGER, "SessionNew", "so", "inbasket", dbus.ObjectPath(SESSION))

    def heard(self):
        """Returns once who follows the sessions has heard all that logind has said: it lists them anew."""
        def listings():
            return len(self.mocks["logind"].call("GetMethodCalls", "ListSessions"))
        before = listings()
        self.tell_of_session()
        wait_until(lambda: listings() > before, what="the sessions to be listed anew")

    def lock(self, is_locked):
        """As logind tells of the session."""
        self.mocks["logind"].set(f"{LOGIND}.Session", path=SESSION, LockedHint=is_locked)

    def shield(self, is_up):
        """As GNOME's screen saver tells."""
        self.mocks["screen"].call("SetActive", is_up, interface=SCREEN)

    def notifications(self):
        return self.mocks["notices"].bubbles()

    def click(self, number, action):
        self.mocks["notices"].click(number, action)
