"""What a program shows to a screen reader, read over D-Bus: a whole window in one look.

    application = Application(bus, name)
    for node in walk(application.windows()[-1]):
        print(node.role, node.name, is_in(node, Atspi.StateType.VISIBLE))
    node.text().contents()

A node is as it was when it was looked at; what it can do, or tell of its text, is asked of the program anew. The names are those of
AT-SPI (org.a11y.atspi), of whose library nothing but names is used: it asks for one fact of one node at a time.
"""

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

ROOT, CACHE = "/org/a11y/atspi/accessible/root", "/org/a11y/atspi/cache"


class Bus:
    def __init__(self, address):
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)

    def call(self, name, path, interface, method, arguments=None):
        answer = self.connection.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START, 20000, None)
        return answer.unpack()

    def applications(self):
        """Those that are there, as names on the bus."""
        children, = self.call("org.a11y.atspi.Registry", ROOT, "org.a11y.atspi.Accessible", "GetChildren")
        return [name for name, _ in children]

    def pid(self, name):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetConnectionUnixProcessID",
                         GLib.Variant("(s)", (name,)))[0]


class Application:
    def __init__(self, bus, name):
        self.bus, self.name = bus, name

    def call(self, path, interface, method, arguments=None):
        return self.bus.call(self.name, path, f"org.a11y.atspi.{interface}", method, arguments)

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
                                     Gio.DBusCallFlags.NO_AUTO_START, 20000, None, take, path)
        while len(found) < len(paths):
            GLib.MainContext.default().iteration(True)
        return found

    def windows(self):
        """The newest last, each with all that is in it."""
        below, level = {}, [ROOT]
        while level:
            found = self.children(level)
            below |= found
            level = [child for children in found.values() for child in children]
        items = {item[0][1]: item for item in self.call(CACHE, "Cache", "GetItems")[0]}

        def node(path, parent):
            made = Node(self, items[path], parent)
            made.children = [node(child, made) for child in below[path] if child in items]
            return made
        return [node(path, None) for path in below[ROOT] if path in items]


class Node:
    def __init__(self, application, item, parent):
        (_, self.path), _, _, _, _, self.interfaces, self.name, role, _, states = item
        self.application, self.parent = application, parent
        self.role = Atspi.role_get_name(Atspi.Role(role))
        self.states = states[0] | states[1] << 32

    def call(self, interface, method, arguments=None):
        return self.application.call(self.path, interface, method, arguments)

    def property(self, interface, name):
        return self.application.bus.call(self.application.name, self.path, "org.freedesktop.DBus.Properties", "Get",
                                         GLib.Variant("(ss)", (f"org.a11y.atspi.{interface}", name)))[0]

    def has(self, interface):
        return f"org.a11y.atspi.{interface}" in self.interfaces

    def act(self):
        """What a click does. False: nothing."""
        return self.has("Action") and self.property("Action", "NActions") > 0 and self.call("Action", "DoAction", GLib.Variant("(i)", (0,)))[0]

    def set_text(self, text):
        return self.call("EditableText", "SetTextContents", GLib.Variant("(s)", (text,)))[0]

    def text(self):
        return self.call("Text", "GetText", GLib.Variant("(ii)", (0, self.property("Text", "CharacterCount"))))[0]

    def caret(self):
        return self.property("Text", "CaretOffset")

    def value(self):
        return self.property("Value", "CurrentValue")

    def extents(self):
        """(x, y, width, height) within the window."""
        return self.call("Component", "GetExtents", GLib.Variant("(u)", (Atspi.CoordType.WINDOW,)))[0]


def walk(node):
    yield node
    for child in node.children:
        yield from walk(child)


def is_in(node, state):
    return bool(node.states >> int(state) & 1)
