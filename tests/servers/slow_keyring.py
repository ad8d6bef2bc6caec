"""A keyring that takes as long as a test wants: a Secret Service on a bus, without encryption, whose items are files.

    with SlowKeyring(environment) as keyring:
        keyring.asked()                         # whether somebody wants to store something, which it has done ...
        keyring.answer()                        # ... and says so now
        keyring.items()                         # what is in it
        keyring.hide_default()                  # nobody learns any more whether it is locked
        keyring.renames(2)                      # what the next searches find is gone by the time that it is asked for
        keyring.errs("bare", 2)                 # it does wrong, so many times or ever after, what ERRORS tells
        keyring.shut()                          # locked, with what its items are for hidden, as gnome-keyring's after its start
        keyring.withhold()                      # open, but for its items, as KeePassXC's, which asks about each program
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

# What a Secret Service may get wrong.
ERRORS = {
    # ... of an item that it has found and is asked for
    "refuses": "it does not tell what it has",
    "blank": "it tells nothing about it",
    "bare": "it does not tell its attributes",
    "no-attributes": "it has none",
    "attributes-of-another": "they are not those that were searched for",
    "attributes-mistyped": "they are no such table",
    "never-says-locked": "it does not tell whether it is locked",
    "locked-mistyped": "it does so in a word",
    "timeless": "it does not tell when it was kept",
    "leaves": "it ends when it is asked",
    # ... of secrets
    "secrets-refused": "it has forgotten whom it gave a session",
    "secrets-gone": "there is nothing any more",
    "secrets-locked": "it is locked, after all",
    "secrets-foreign": "it gives one that is meant for somebody else",
    "secrets-mistyped": "it gives something else",
    "secrets-mute": "it never answers",
    # ... of the whole
    "found-mistyped": "a search yields something else",
    "found-late": "it never ends, as KeePassXC's while nobody unlocks what it would search",
    "default-mistyped": "so does the question for the default keyring",
    "unlocked-mistyped": "and unlocking",
}
EVER = 1_000_000


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

    def errs(self, what, times=EVER, server=""):
        """It does wrong what ERRORS tells, so many times; with the item for one server only."""
        assert what in ERRORS
        (self.folder / what).write_text(f"{times} {server}")

    def shut(self):
        """Until somebody unlocks it, which it asks nobody about. What its items are for it tells in no words that can be read."""
        (self.folder / "shut").touch()

    def withhold(self):
        """It would ask a person whether it may give them to this program."""
        (self.folder / "withheld").touch()

    def items(self):
        return [json.loads(path.read_text()) for path in self.folder.glob("item-*")]


# The service itself

def serve(folder):
    import dbus.mainloop.glib
    import dbus.service
    from gi.repository import GLib

    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    items, numbers, sessions = [], itertools.count(1), itertools.count(1)
    opened = set()

    def errs(what, server=""):
        """Whether now is one of the times."""
        path = folder / what
        left, _, only = path.read_text().partition(" ") if path.exists() else ("0", "", "")
        is_now = int(left) > 0 and only in ("", server)
        if is_now:
            path.write_text(f"{int(left) - 1} {only}")
        return is_now

    def is_shut():
        return (folder / "shut").exists()

    def is_withheld():
        return (folder / "withheld").exists()

    def paths(*found):
        return dbus.Array(found, signature="o")

    class Node(dbus.service.Object):
        """With the properties that it has."""

        def properties(self):
            return {}

        @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
        def GetAll(self, _interface):  # noqa: N802
            return self.properties()

        @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
        def Get(self, _interface, name):  # noqa: N802
            return self.properties()[name]

    class Item(Node):
        def __init__(self, number, attributes, secret):
            self.file, self.secret = folder / f"item-{number}", secret
            self.keep(attributes)
            super().__init__(bus, f"{COLLECTION}/{number}")

        def keep(self, attributes):
            self.attributes = {str(key): str(value) for key, value in attributes.items()}
            self.file.write_text(json.dumps(self.attributes))

        def properties(self):
            def table(attributes):
                return dbus.Dictionary(attributes, signature="ss")

            def errs_here(what):
                return errs(what, self.attributes.get("inbasket-server", ""))

            if errs_here("refuses"):
                raise dbus.DBusException("not to you", name="org.freedesktop.DBus.Error.AccessDenied")
            if errs_here("leaves"):
                os._exit(0)
            shown = {f"hidden:{key}": "".join(sorted(value)) for key, value in self.attributes.items()} if is_shut() else self.attributes
            properties = {"Locked": dbus.Boolean(is_shut() or is_withheld()), "Label": "an item", "Attributes": table(shown), "Created": dbus.UInt64(1),
                          "Modified": dbus.UInt64(1)}
            if errs_here("blank"):
                properties.clear()
            if errs_here("bare"):
                del properties["Attributes"]
            if errs_here("never-says-locked"):
                del properties["Locked"]
            if errs_here("timeless"):
                del properties["Created"], properties["Modified"]
            if errs_here("no-attributes"):
                properties["Attributes"] = table({})
            if errs_here("attributes-of-another"):
                properties["Attributes"] = table({"inbasket-account": "another", "inbasket-kind": "password"})
            if errs_here("attributes-mistyped"):
                properties["Attributes"] = "inbasket-account=work"
            if errs_here("locked-mistyped"):
                properties["Locked"] = "no"
            return properties

        @dbus.service.method(PROPERTIES, in_signature="ssv")
        def Set(self, _interface, name, value):  # noqa: N802
            assert name == "Attributes"
            self.keep(value)

        @dbus.service.method(ITEM, out_signature="o")
        def Delete(self):  # noqa: N802
            items.remove(self)
            self.remove_from_connection()
            self.file.unlink()
            return "/"

        # Without a signature it answers with what it is given.
        @dbus.service.method(ITEM, in_signature="o", async_callbacks=("done", "failed"))
        def GetSecret(self, session, done, failed):  # noqa: N802
            def refuse(name):
                failed(dbus.DBusException("no secret", name=f"org.freedesktop.Secret.Error.{name}"))

            if errs("secrets-refused"):
                opened.clear()
            if errs("secrets-mute"):
                return
            if str(session) not in opened:
                refuse("NoSession")
            elif errs("secrets-gone"):
                refuse("NoSuchObject")
            elif errs("secrets-locked") or is_shut() or is_withheld():
                refuse("IsLocked")
            elif errs("secrets-mistyped"):
                done(dbus.Array(["secret"], signature="s"))
            else:
                whose = f"{ROOT}/session/0" if errs("secrets-foreign") else session
                done(dbus.Struct((dbus.ObjectPath(whose), *self.secret[1:]), signature="oayays"))

        @dbus.service.method(ITEM, in_signature="(oayays)")
        def SetSecret(self, secret):  # noqa: N802
            self.secret = secret

    class Collection(Node):
        def properties(self):
            return {"Locked": dbus.Boolean(is_shut()), "Label": "Only", "Items": paths(), "Created": dbus.UInt64(1), "Modified": dbus.UInt64(1)}

        @dbus.service.method(COLLECTIONS, in_signature="a{sv}(oayays)b", out_signature="oo", async_callbacks=("done", "failed"))
        def CreateItem(self, properties, secret, replaces, done, failed):  # noqa: N802
            attributes = properties[f"{ITEM}.Attributes"]
            same = [item for item in items if replaces and item.attributes == attributes]
            if same:
                item = same[0]
                item.secret = secret
            else:
                item = Item(next(numbers), attributes, secret)
                items.append(item)
            (folder / "asked").touch()

            def look():
                if not (folder / "answer").exists():
                    return True
                done(item.__dbus_object_path__, "/")
                return False
            GLib.timeout_add(20, look)

    class Keyring(Node):
        def properties(self):
            return {"Collections": paths(COLLECTION)}

        @dbus.service.method(SERVICE, in_signature="sv", out_signature="vo")
        def OpenSession(self, algorithm, _input):  # noqa: N802
            if algorithm != "plain":
                raise dbus.DBusException("only plain", name="org.freedesktop.DBus.Error.NotSupported")
            session = f"{ROOT}/session/{next(sessions)}"
            opened.add(session)
            return dbus.String("", variant_level=1), session

        # ... and so do these.

        @dbus.service.method(SERVICE, in_signature="s", async_callbacks=("done", "failed"))
        def ReadAlias(self, _name, done, failed):  # noqa: N802
            if errs("default-mistyped"):
                done(dbus.UInt32(1))
            elif not (folder / "hidden").exists():
                done(dbus.ObjectPath(COLLECTION))

        @dbus.service.method(SERVICE, in_signature="a{ss}", async_callbacks=("done", "failed"))
        def SearchItems(self, wanted, done, failed):  # noqa: N802
            found = [item.__dbus_object_path__ for item in items if all(item.attributes.get(key) == value for key, value in wanted.items())]
            renames = folder / "renames"
            if renames.exists() and (left := renames.read_text()):
                renames.write_text(left[1:])
                found = [f"{path}/before" for path in found]
            if errs("found-mistyped"):
                done(dbus.String("none"))
            elif not errs("found-late"):
                done(*((paths(), paths(*found)) if is_shut() or is_withheld() else (paths(*found), paths())))

        @dbus.service.method(SERVICE, in_signature="ao")
        def Unlock(self, wanted):  # noqa: N802
            if is_withheld():
                return paths(), dbus.ObjectPath(f"{ROOT}/prompt/1")
            (folder / "shut").unlink(missing_ok=True)
            return dbus.String("open") if errs("unlocked-mistyped") else (paths(*wanted), dbus.ObjectPath("/"))

    nodes = [Keyring(bus, ROOT), Collection(bus, COLLECTION), Collection(bus, f"{ROOT}/aliases/default")]
    bus.request_name(NAME)
    print("ready", flush=True)
    GLib.MainLoop().run()
    del nodes


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
