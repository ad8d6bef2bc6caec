"""A keyring that takes as long as a test wants: a Secret Service on a bus, without encryption, whose items are files.

    with SlowKeyring(environment) as keyring:
        keyring.asked()                         # whether somebody wants to store something, which it has done ...
        keyring.answer()                        # ... and says so now
        keyring.items()                         # what is in it
        keyring.hide_default()                  # nobody learns any more whether it is locked
        keyring.renames(2)                      # what the next searches find is gone by the time that it is asked for
    with mute_keyring(address):                 # one that is there, and never says a word
"""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import dbus
import dbus.bus

NAME, ROOT = "org.freedesktop.secrets", "/org/freedesktop/secrets"
COLLECTION = f"{ROOT}/collection/only"
SERVICE, COLLECTIONS, ITEM = "org.freedesktop.Secret.Service", "org.freedesktop.Secret.Collection", "org.freedesktop.Secret.Item"
PROPERTIES = "org.freedesktop.DBus.Properties"


@contextlib.contextmanager
def mute_keyring(address):
    """It has the name, and reads nothing that comes."""
    connection = dbus.bus.BusConnection(address)
    connection.request_name(NAME)
    try:
        yield
    finally:
        connection.close()


class SlowKeyring:
    def __init__(self, environment):
        self.environment = os.environ | environment

    def __enter__(self):
        self.held = tempfile.TemporaryDirectory(prefix="ib-slow-keyring-")
        self.folder = Path(self.held.name)
        self.process = subprocess.Popen([sys.executable, __file__, self.held.name], env=self.environment, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        self.held.cleanup()

    def asked(self):
        return (self.folder / "asked").exists()

    def answer(self):
        (self.folder / "answer").touch()

    def hide_default(self):
        """From now on it does not say which keyring is the default one, and so not whether that is locked."""
        (self.folder / "hidden").touch()

    def renames(self, searches):
        """Its items are somewhere else as soon as they are found, so many times."""
        (self.folder / "renames").write_text("x" * searches)

    def items(self):
        return [json.loads(path.read_text()) for path in self.folder.glob("item-*")]


# The service itself

def serve(folder):
    import dbus.mainloop.glib
    import dbus.service
    from gi.repository import GLib

    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()

    class Node(dbus.service.Object):
        """With the properties that it has."""
        properties = {}

        @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
        def GetAll(self, _interface):  # noqa: N802
            return self.properties

        @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
        def Get(self, _interface, name):  # noqa: N802
            return self.properties[name]

    class Item(Node):
        def __init__(self, number, attributes, secret):
            self.file, self.secret = folder / f"item-{number}", secret
            self.attributes = {str(key): str(value) for key, value in attributes.items()}
            self.properties = {"Locked": dbus.Boolean(False), "Label": "an item", "Attributes": dbus.Dictionary(self.attributes, signature="ss"),
                               "Created": dbus.UInt64(1), "Modified": dbus.UInt64(1)}
            self.file.write_text(json.dumps(self.attributes))
            super().__init__(bus, f"{COLLECTION}/{number}")

        @dbus.service.method(ITEM, out_signature="o")
        def Delete(self):  # noqa: N802
            items.remove(self)
            self.remove_from_connection()
            self.file.unlink()
            return "/"

    items, numbers = [], itertools.count(1)

    class Collection(Node):
        properties = {"Locked": dbus.Boolean(False), "Label": "Only", "Items": dbus.Array([], signature="o"),
                      "Created": dbus.UInt64(1), "Modified": dbus.UInt64(1)}

        @dbus.service.method(COLLECTIONS, in_signature="a{sv}(oayays)b", out_signature="oo", async_callbacks=("done", "failed"))
        def CreateItem(self, properties, secret, _replace, done, failed):  # noqa: N802
            item = Item(next(numbers), properties[f"{ITEM}.Attributes"], secret)
            items.append(item)
            (folder / "asked").touch()

            def look():
                if not (folder / "answer").exists():
                    return True
                done(item.__dbus_object_path__, "/")
                return False
            GLib.timeout_add(20, look)

    class Keyring(Node):
        properties = {"Collections": dbus.Array([COLLECTION], signature="o")}

        @dbus.service.method(SERVICE, in_signature="sv", out_signature="vo")
        def OpenSession(self, algorithm, _input):  # noqa: N802
            if algorithm != "plain":
                raise dbus.DBusException("only plain", name="org.freedesktop.DBus.Error.NotSupported")
            return dbus.String("", variant_level=1), f"{ROOT}/session/1"

        @dbus.service.method(SERVICE, in_signature="s", out_signature="o", async_callbacks=("done", "failed"))
        def ReadAlias(self, _name, done, failed):  # noqa: N802
            if not (folder / "hidden").exists():
                done(COLLECTION)

        @dbus.service.method(SERVICE, in_signature="a{ss}", out_signature="aoao")
        def SearchItems(self, wanted):  # noqa: N802
            found = [item.__dbus_object_path__ for item in items if all(item.attributes.get(key) == value for key, value in wanted.items())]
            renames = folder / "renames"
            if renames.exists() and (left := renames.read_text()):
                renames.write_text(left[1:])
                found = [f"{path}/before" for path in found]
            return dbus.Array(found, signature="o"), dbus.Array([], signature="o")

        @dbus.service.method(SERVICE, in_signature="aoo", out_signature="a{o(oayays)}")
        def GetSecrets(self, paths, _session):  # noqa: N802
            found = {item.__dbus_object_path__: item.secret for item in items if item.__dbus_object_path__ in paths}
            return dbus.Dictionary(found, signature="o(oayays)")

    nodes = [Keyring(bus, ROOT), Collection(bus, COLLECTION), Collection(bus, f"{ROOT}/aliases/default")]
    name = dbus.service.BusName(NAME, bus, do_not_queue=True)
    print("ready", flush=True)
    GLib.MainLoop().run()
    del nodes, name


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
