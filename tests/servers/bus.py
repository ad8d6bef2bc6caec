"""Somebody who talks to inbasketd on a session bus, and hears what it says.

    with SessionBus() as bus, Service(home, bus=bus.address), Caller(bus) as caller:
        ticket, checked = caller("Check", "(as)", ["work"])
        caller.until(lambda: caller.said("Checked"), "the end of the check")
"""

import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from .dovecot import PATIENCE  # noqa: E402

NAME = "io.github.inbasket.Inbasket1"
PATH = "/io/github/inbasket/Inbasket1"
ACCOUNT = f"{NAME}.Account"
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECTS = "org.freedesktop.DBus.ObjectManager"
PATIENCE_MS = int(PATIENCE * 1000)


class Refused(Exception):
    """A D-Bus error: .kind is the last word of ours, or the whole name of another's."""

    def __init__(self, error):
        name = Gio.DBusError.get_remote_error(error) or ""
        self.kind = name.removeprefix(f"{NAME}.Error.")
        self.words = error.message.removeprefix(f"GDBus.Error:{name}: ")
        super().__init__(f"{self.kind}: {self.words}")


def refusal(caller, *arguments, **options):
    """The kind of the error that a call ends with, which has words for people."""
    try:
        answer = caller(*arguments, **options)
    except Refused as refused:
        assert refused.words
        return refused.kind
    raise AssertionError(f"it was not refused: {answer}")


def account_path(name):
    return f"{PATH}/account/" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):02x}" for c in name)


class Caller:
    def __init__(self, bus):
        self.address = bus if isinstance(bus, str) else bus.address
        self.heard = []

    def __enter__(self):
        self.connection = Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        self.connection.signal_subscribe(NAME, None, None, None, None, Gio.DBusSignalFlags.NONE, self._hear)
        return self

    def __exit__(self, *_):
        self.leave()

    def leave(self):
        if not self.connection.is_closed():
            self.connection.close_sync(None)

    def _hear(self, connection, sender, path, interface, signal, arguments):
        self.heard.append((signal, path, arguments.unpack()))

    # Asking

    def __call__(self, method, types="()", *arguments, path=PATH, interface=NAME):
        """The answer: None, the one value, or a tuple of them."""
        try:
            reply = self.connection.call_sync(NAME, path, interface, method, GLib.Variant(types, arguments), None,
                                              Gio.DBusCallFlags.NO_AUTO_START, PATIENCE_MS, None).unpack()
        except GLib.Error as error:
            raise Refused(error) from None
        return reply if len(reply) > 1 else reply[0] if reply else None

    def begin(self, method, types="()", *arguments, path=PATH, interface=NAME):
        """Asks without waiting. Returns a list that will hold the answer, or what was refused."""
        answers = []

        def on_answer(connection, result):
            try:
                answers.append(connection.call_finish(result).unpack())
            except GLib.Error as error:
                answers.append(Refused(error))
        self.connection.call(NAME, path, interface, method, GLib.Variant(types, arguments), None,
                             Gio.DBusCallFlags.NO_AUTO_START, PATIENCE_MS, None, on_answer)
        return answers

    def account(self, name, method, types="()", *arguments):
        return self(method, types, *arguments, path=account_path(name), interface=ACCOUNT)

    def properties(self, path=PATH, interface=NAME):
        return self("GetAll", "(s)", interface, path=path, interface=PROPERTIES)

    def state(self, name):
        return self.properties(account_path(name), ACCOUNT)

    def objects(self):
        """{path: properties} of all accounts."""
        return {path: interfaces[ACCOUNT] for path, interfaces in self("GetManagedObjects", interface=OBJECTS).items()}

    def is_there(self):
        reply = self.connection.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
                                          GLib.Variant("(s)", (NAME,)), None, Gio.DBusCallFlags.NONE, PATIENCE_MS, None)
        return reply.unpack()[0]

    # Hearing

    def said(self, signal):
        """The arguments of each of these signals so far."""
        while GLib.MainContext.default().iteration(False):
            pass
        return [arguments if len(arguments) != 1 else arguments[0] for name, _, arguments in self.heard if name == signal]

    def until(self, condition, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, f"waited for {what}; heard {self.heard[-10:]}"
            while GLib.MainContext.default().iteration(False):
                pass
            time.sleep(0.01)
        return found

    def check(self, *accounts):
        """{account: result} of a whole check."""
        ticket, checked = self("Check", "(as)", accounts)

        def ours():
            return {account: result for number, account, result in self.said("Checked") if number == ticket}
        self.until(lambda: ours().keys() >= set(checked), "the end of the check")
        return ours()
