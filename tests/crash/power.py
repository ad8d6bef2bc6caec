"""A poll whose calls are noted: was everything safe before the server was told, and what if the power goes in between?

    with Power(folder, "imap-delete") as power:
        power.check_order()
        power.cut(at, "least")
"""

import os
import re
import shutil

from e2e.inbasket import original
from mail.generate import local
from servers.poor_imap import Box

from crash.disk import Disk, snapshot
from crash.hindered import Hindered
from crash.ledger import LIBRARY, Ledger

SCENARIOS = ("imap-delete", "imap-move", "pop3-delete", "recovery", "batches")
SETTLES = re.compile(rb"\b(?:UID STORE|UID MOVE|UID COPY|UID EXPUNGE|EXPUNGE|DELE|QUIT)\b", re.IGNORECASE)
NAMED = re.compile(rb"\b(?:UID STORE|UID MOVE|DELE) ([0-9,:]+)", re.IGNORECASE)


def numbers(text):
    """1,3:5 as a set."""
    found = set()
    for part in text.decode().split(","):
        first, _, last = part.partition(":")
        found |= set(range(int(first), int(last or first) + 1))
    return found


class Power:
    def __init__(self, folder, scenario, authority=None):
        self.hindered = Hindered(folder, scenario, authority)
        self.home, self.server = self.hindered.home, self.hindered.server
        self.counts = {}

    def __enter__(self):
        self.hindered.__enter__()
        self.poll()
        return self

    def __exit__(self, *_):
        self.hindered.__exit__()

    # The poll that is noted

    def served(self):
        """What the server holds: {number as in commands: message}."""
        if self.hindered.protocol == "pop3":
            return {self.hindered.mails.index(mail) + 1: mail for mail in self.server.messages}
        return {item.uid: item.data for item in self.server.box().items}

    def poll(self):
        self.hindered.reset()
        before = snapshot((self.home.maildir, self.home.state))
        ledger = Ledger(self.hindered.ledger_path, 1 << 26)
        heard = []            # (where the ledger stood, the command, what the server held before it)

        def listen(command):
            heard.append((ledger.end, command, self.served()))

        # The service's calls and what the worker says, in one order.
        env = ledger.environment((self.home.path,), None, is_traced=True)
        workers = self.hindered.folder / "workers"
        for name in ("inbasket-fetch",):
            path = workers / name
            real = os.path.realpath(path)
            path.unlink()
            path.write_text(f"#!/bin/sh\nLD_PRELOAD={LIBRARY} exec {real}\n")
            path.chmod(0o755)
        self.server.before = listen
        self.home.sync(env=env | {"INBASKET_LIBEXECDIR": workers})
        self.server.before = None
        heard.append((ledger.end, b"", self.served()))
        self.hindered.check_end()
        self.notes = ledger.notes()
        self.removed = self.removals(heard)
        self.disk = Disk(self.home.path, self.notes, before)
        assert self.removed.keys() == set(range(1, len(self.hindered.mails) + 1)), "each was removed from the server"

    def removals(self, heard):
        """{number: position of the words that removed it}."""
        said = [note for note in self.notes if note.event == "say" and SETTLES.search(note.data)]
        found = {}
        for (end, command, before), (_, _, after) in zip(heard, heard[1:]):
            words = [note.at for note in said if note.at < end and command.split(b" ")[0].upper() in note.data.upper()]
            for number in before.keys() - after.keys():
                found[number] = words[-1]
        return found

    # The order

    def check_order(self):
        """Each file's bytes and the journal's intent before its name, its name before the journal says that it is delivered, and
        that before a server hears of it."""
        files, checked = self.deliveries(), 0
        assert files
        for note in self.notes:
            if note.event != "say":
                continue
            for number in set().union(*(numbers(found) for found in NAMED.findall(note.data))):
                mine = [file for file in files if file[0] == number]
                assert mine or self.hindered.killed_at, f"message {number} was never delivered, and is removed: {note.data}"
                for _, rename in mine:
                    self.check_settled(rename, note)
                    checked += 1
        return checked

    def deliveries(self):
        """[(number, the rename that gave it its name)]; each is checked to be whole before."""
        found, by_mail = [], {local(mail): index + 1 for index, mail in enumerate(self.hindered.mails)}
        for note in self.notes:
            if note.event not in ("rename", "link") or os.path.basename(os.path.dirname(note.other)) not in ("new", "cur", "held"):
                continue
            data = self.disk.contents(note.file)
            writes = [step.note.at for step in self.disk.steps if note.file in step.places]
            assert not writes or self.has_sync(lambda sync: sync.inode == note.inode, after=max(writes), before=note.at), \
                f"it has its name before its bytes are safe: {note}"
            self.check_intended(note)
            found.append((by_mail[original(data)], note))
        return found

    def check_intended(self, rename):
        """The journal knows of the name before anybody else can, on the disk."""
        name = os.path.basename(rename.other).partition(":")[0].encode()
        written = [note.at for note in self.notes if note.event == "write" and note.path.endswith("journal.db-wal") and name in note.data]
        is_known = any(name in data for data in self.disk.before[1].values())
        assert is_known or written and self.has_sync(lambda sync: sync.path.endswith("journal.db-wal"), min(written), rename.at), \
            f"it has its name before the journal says that it will: {rename}"

    def has_sync(self, covers, after, before):
        """The first that began behind `after` and had ended before `before`."""
        for note in self.notes:
            if note.event == "sync" and (note.value or covers(note)) and after < note.begin and note.at < before:
                return note
        return None

    def check_settled(self, rename, said):
        folder = os.path.dirname(rename.other)
        named = self.has_sync(lambda sync: sync.path == folder, rename.at, said.at)
        assert named, f"the server is told before the folder is safe: {rename}; {said.data[:100]}"
        written = [note.at for note in self.notes if note.event == "write" and note.path.endswith("journal.db-wal")
                   and note.at > named.at]
        assert written and self.has_sync(lambda sync: sync.path.endswith("journal.db-wal"), written[0], said.at), \
            f"the server is told before the journal says that it is delivered: {rename}; {said.data[:100]}"

    # The power

    def moments(self):
        """Every position at which something was done, and the end."""
        return [note.at for note in self.notes] + [self.notes[-1].at + 1]

    def cut(self, at, way):
        for path in (self.home.maildir, self.home.state):
            shutil.rmtree(path, ignore_errors=True)
        self.disk.lay_down(at, way, self.home.path)
        self.restore_server(at)
        try:
            self.home.sync()
            self.hindered.check_end()
        except AssertionError as error:
            note = next((note for note in self.notes if note.at >= at), None)
            raise AssertionError(f"{self.hindered.scenario}: power cut before {note}, {way}: {error}") from error

    def restore_server(self, at):
        mails = dict(enumerate(self.hindered.mails, 1))
        left = {number: mail for number, mail in mails.items() if self.removed[number] >= at}
        if self.hindered.protocol == "pop3":
            self.server.messages = list(left.values())
            return
        box, done = Box(), Box()
        for number, mail in mails.items():
            item = box.add(mail)
            if number not in left:
                box.items.remove(item)
                done.add(mail)
        self.server.boxes = {"INBOX": box, "Done": done}
