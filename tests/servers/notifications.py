"""A desktop's notification server (python-dbusmock) on a session bus of our own, and what it was asked for."""

import os
import subprocess
import sys
import time

import dbus

from .dovecot import PATIENCE

NAME = "org.freedesktop.Notifications"
MOCK = "org.freedesktop.DBus.Mock"
CAPABILITIES = "actions body body-markup persistence"


def wait_for(condition, what, seconds=PATIENCE):
    """The first true value of condition ()."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"waited for {what}"
        time.sleep(0.01)
    return found


class SessionBus:
    def __enter__(self):
        self.daemon = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address=1"],
                                       stdout=subprocess.PIPE, text=True)
        self.address = self.daemon.stdout.readline().strip()
        self.environment = {"DBUS_SESSION_BUS_ADDRESS": self.address}
        self.connection = dbus.bus.BusConnection(self.address)
        return self

    def has(self, name):
        return self.connection.name_has_owner(name)

    def __exit__(self, *_):
        self.connection.close()
        self.daemon.terminate()
        self.daemon.wait()
        self.daemon.stdout.close()


class MockObject:
    """A program that others speak to on the bus, played by python-dbusmock."""

    def __init__(self, bus, name, path, interface, *template):
        self.bus, self.name, self.interface = bus, name, interface
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dbusmock", "--session", *(template or (name, path, interface))],
            env={**os.environ, **bus.environment}, stdout=subprocess.DEVNULL)
        wait_for(lambda: bus.has(name), name)
        self.object = bus.connection.get_object(name, path, introspect=False)

    def add_method(self, name, takes, gives, code):
        self.object.AddMethod(self.interface, name, takes, gives, code, dbus_interface=MOCK)

    def calls(self, method):
        """The arguments of each call so far."""
        return [arguments for _, arguments in self.object.GetMethodCalls(method, dbus_interface=MOCK)]

    def emit(self, signal, signature, *arguments):
        self.object.EmitSignal(self.interface, signal, signature, list(arguments), dbus_interface=MOCK, signature="sssav")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        wait_for(lambda: not self.bus.has(self.name), f"the end of {self.name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Bubble:
    """What Notify was asked for."""

    def __init__(self, arguments):
        (self.app, replaces, self.icon, self.title, self.body, actions, hints, self.timeout) = arguments
        self.replaces = int(replaces)
        self.actions = {str(key): str(label) for key, label in zip(actions[::2], actions[1::2])}
        self.hints = {str(key): value for key, value in hints.items()}

    def __repr__(self):
        return f"<{self.title!r} {self.body!r} instead of {self.replaces}>"


class NotificationServer(MockObject):
    """Bubbles are counted from 1."""

    def __init__(self, bus, capabilities=CAPABILITIES):
        super().__init__(bus, NAME, "/org/freedesktop/Notifications", NAME, "--template", "notification_daemon",
                         "--parameters", f'{{"capabilities": "{capabilities}"}}')

    def bubbles(self):
        return [Bubble(arguments) for arguments in self.calls("Notify")]

    def closed(self):
        return [int(number) for (number,) in self.calls("CloseNotification")]

    def wait_for_bubbles(self, count):
        wait_for(lambda: len(self.bubbles()) >= count, f"bubble {count}")
        return self.bubbles()

    def click(self, number, action):
        self.emit("ActionInvoked", "us", dbus.UInt32(number), action)

    def close(self, number, reason=2):
        self.emit("NotificationClosed", "uu", dbus.UInt32(number), dbus.UInt32(reason))

    def set_do_not_disturb(self, is_on):
        """As Plasma tells of it."""
        if not hasattr(self, "has_property"):
            self.object.AddProperty(NAME, "Inhibited", dbus.Boolean(is_on), dbus_interface=MOCK, signature="ssv")
            self.has_property = True
        self.object.UpdateProperties(NAME, {"Inhibited": dbus.Boolean(is_on)}, dbus_interface=MOCK,
                                     signature="sa{sv}")
