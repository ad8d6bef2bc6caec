"""What a disk may hold after the power went: the notes of a run, replayed without what was not synced.

    disk = Disk(top, notes)
    disk.lay_down(at, "least", target)     as it may look if the power went just before the note `at`

Names and contents are apart, as they are on a disk: a sync of a file makes its bytes lasting, not its name; a sync of a
folder makes the names in it lasting, with all folders above. A rename is one step. What was not synced may be there or not:

    least    nothing of it is there                 names    all names, but none of the bytes
    most     all of it is there                     bytes    all bytes, but none of the names
    mixed-N  by lot, seeded with N
"""

import os
import random
from pathlib import Path

WAYS = ("least", "most", "names", "bytes", "mixed-1", "mixed-2")
NEVER_KEPT = ("-shm",)          # SQLite makes it anew; it is written through memory, which nobody notes


class Step:
    """A change of names, or of one file's bytes."""

    def __init__(self, note, places):
        self.note, self.places = note, places
        self.lasting_from = None        # the position of the sync that covered it

    def is_there(self, at, way, source):
        if self.note.at >= at:
            return False
        if self.lasting_from is not None and self.lasting_from < at:
            return True
        if way.startswith("mixed"):
            return source.random() < 0.5
        is_name = self.note.event not in ("write", "truncate")
        return way == "most" or way == ("names" if is_name else "bytes")


def snapshot(folders):
    """({path: "folder" or file}, {file: bytes}) of what is under these now."""
    names, data = {}, {}
    for top in folders:
        for path in [top, *top.rglob("*")] if top.exists() else []:
            file = (path.stat().st_ino, 0)
            names[str(path)] = "folder" if path.is_dir() else file
            if path.is_file():
                data[file] = path.read_bytes()
    return names, data


class Disk:
    """`before` is a snapshot from before the run: all of that is lasting."""

    def __init__(self, top, notes, before):
        self.top, self.before, self.steps = str(top), before, []
        self.generations = {}
        for note in notes:
            self.take(note)

    def file_of(self, note):
        """An inode's number comes again after its file is gone: a new one is another file."""
        if note.event == "create":
            self.generations[note.inode] = note.at
        return note.inode, self.generations.get(note.inode, 0)

    def take(self, note):
        if note.event == "sync":
            self.sync(note)
        elif note.event in ("create", "mkdir", "unlink"):
            note.file = self.file_of(note)
            self.steps.append(Step(note, {os.path.dirname(note.path)}))
        elif note.event in ("rename", "link"):
            note.file = self.file_of(note)
            self.steps.append(Step(note, {os.path.dirname(note.other)}))
        elif note.event in ("write", "truncate"):
            note.file = self.file_of(note)
            self.steps.append(Step(note, {note.file}))

    def sync(self, note):
        covered = {note.path, self.file_of(note)}
        for step in self.steps:
            if step.lasting_from is None and step.note.at < note.begin and (note.value or covered & step.places):
                step.lasting_from = note.at

    def contents(self, file):
        """The bytes of a file with all that was ever written to it."""
        data = bytearray(self.before[1].get(file, b""))
        for step in self.steps:
            if file in step.places:
                apply(step.note, data)
        return bytes(data)

    def lay_down(self, at, way, target):
        """Writes what is under `top` into the folder `target`, which stands for it."""
        source = random.Random(f"{way} {at}")
        names = {self.top: "folder"} | self.before[0]
        data = {file: bytearray(content) for file, content in self.before[1].items()}
        for step in self.steps:
            if not step.is_there(at, way, source):
                continue
            note = step.note
            if note.event == "mkdir":
                names[note.path] = "folder"
            elif note.event == "create":
                names[note.path] = note.file
            elif note.event == "unlink":
                names.pop(note.path, None)
            elif note.event in ("rename", "link"):
                if note.event == "rename":
                    names.pop(note.path, None)
                names[note.other] = note.file
            else:
                apply(note, data.setdefault(note.file, bytearray()))
        for path in sorted(names):
            self.lay_down_one(path, names, data, Path(target))

    def lay_down_one(self, path, names, data, target):
        place = target / os.path.relpath(path, self.top)
        if not place.parent.is_dir() or path.endswith(NEVER_KEPT):
            return            # a name in a folder that has none
        if names[path] == "folder":
            place.mkdir(mode=0o700, exist_ok=True)
        else:
            place.write_bytes(data.get(names[path], b""))


def apply(note, data):
    if note.event == "truncate":
        del data[note.value:]
    data.extend(bytes(max(0, note.value - len(data))))
    if note.event == "write":
        data[note.value:note.value + len(note.data)] = note.data
