"""What a program shows to a screen reader, read over D-Bus: a whole window in one look.

    application = Application(bus, name)
    for node in walk(application.windows()[-1]):
        print(node.role, node.name, is_in(node, Atspi.StateType.VISIBLE))
    node.text().contents()

A node is as it was when it was looked at; what it can do, or tell of its text, is asked of the program anew. The names are those of
AT-SPI (org.a11y.atspi), of whose library nothing but names is used: it asks for one fact of one node at a time.
"""

import dbus
import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

from .dovecot import PATIENCE  # noqa: E402


class Gone(Exception):
    """What was asked is not there (any more)."""


ROOT, CACHE = "/org/a11y/atspi/accessible/root", "/org/a11y/atspi/cache"


class Bus:
    """dbus-python reads long answers several times faster; of GIO many questions can be asked at once."""

    def __init__(self, address):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        self.caller = dbus.bus.BusConnection(address)

    def call(self, name, path, interface, method, signature="", *arguments):
        try:
            return self.caller.call_blocking(name, path, interface, method, signature, arguments, timeout=PATIENCE)
        except dbus.exceptions.DBusException as error:
            raise Gone(str(error)) from error

    def applications(self):
        """Those that are there, as names on the bus."""
        return [name for name, _ in self.call("org.a11y.atspi.Registry", ROOT, "org.a11y.atspi.Accessible", "GetChildren")]

    def pid(self, name):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID", "s", name)


class Application:
    def __init__(self, bus, name):
        self.bus, self.name = bus, name

    def call(self, path, interface, method, signature="", *arguments):
        return self.bus.call(self.name, path, f"org.a11y.atspi.{interface}", method, signature, *arguments)

    def property(self, path, interface, name):
        return self.bus.call(self.name, path, "org.freedesktop.DBus.Properties", "Get", "ss", f"org.a11y.atspi.{interface}", name)

    def children(self, paths):
        """{path: the paths of what is in it}, all asked for at once. From then on the program keeps account of them."""
        found = {}

        def take(connection, result, path):
            try:
                found[path] = [child for _, child in connection.call_finish(result).unpack()[0]]
            except GLib.Error:  # it is gone
                found[path] = []
        for path in paths:
            self.bus.connection.call(self.name, path, "org.a11y.atspi.Accessible", "GetChildren", None, None,
                                     Gio.DBusCallFlags.NO_AUTO_START, int(PATIENCE * 1000), None, take, path)
        while len(found) < len(paths):
            GLib.MainContext.default().iteration(True)
        return found

    def items(self):
        """{path: facts} of all that the program keeps account of, hidden or not."""
        return {item[0][1]: item for item in self.call(CACHE, "Cache", "GetItems")}

    def windows(self):
        """The newest last, each with all that is in it."""
        items = self.items()
        below, level, is_all_known = {}, [ROOT], True
        while level:
            found = self.children([path for path in level if path == ROOT or path not in items or items[path][4] > 0])
            below |= found
            level = [child for children in found.values() for child in children]
            is_all_known &= all(path in items for path in level)
        if not is_all_known:
            items = self.items()

        def node(path, parent):
            made = Node(self, items[path], parent)
            made.children = [node(child, made) for child in below.get(path, ()) if child in items]
            return made
        return [node(path, None) for path in below[ROOT] if path in items]

    def title(self):
        """The newest window's name."""
        newest = self.children([ROOT])[ROOT][-1]
        return str(self.property(newest, "Accessible", "Name"))


class Node:
    def __init__(self, application, item, parent):
        (_, path), _, _, _, _, interfaces, name, role, _, states = item
        self.application, self.parent, self.path, self.interfaces, self.name = application, parent, path, interfaces, str(name)
        self.role = Atspi.role_get_name(Atspi.Role(int(role)))
        self.states = int(states[0]) | int(states[1]) << 32

    def call(self, interface, method, signature="", *arguments):
        return self.application.call(self.path, interface, method, signature, *arguments)

    def property(self, interface, name):
        return self.application.property(self.path, interface, name)

    def has(self, interface):
        return f"org.a11y.atspi.{interface}" in self.interfaces

    def act(self):
        """What a click does. False: nothing."""
        return bool(self.has("Action") and self.property("Action", "NActions") > 0 and self.call("Action", "DoAction", "i", 0))

    def set_text(self, text):
        return bool(self.call("EditableText", "SetTextContents", "s", text))

    def text(self):
        return str(self.call("Text", "GetText", "ii", 0, self.property("Text", "CharacterCount")))

    def caret(self):
        return int(self.property("Text", "CaretOffset"))

    def value(self):
        return float(self.property("Value", "CurrentValue"))

    def extents(self):
        """(x, y, width, height) within the window."""
        return tuple(map(int, self.call("Component", "GetExtents", "u", int(Atspi.CoordType.WINDOW))))


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def is_in(node, state):
    return bool(node.states >> int(state) & 1)
