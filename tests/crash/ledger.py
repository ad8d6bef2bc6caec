"""The file in which the preloaded calls.so keeps what it counted, hindered and noted (ledger.h has the other side)."""

import mmap
import os
import struct
from dataclasses import dataclass

from e2e.inbasket import BUILD

LIBRARY = BUILD / "tests" / "crash" / "calls.so"
HEAD_BYTES = 4096
HEAD, SET, RECORD = struct.Struct("<QQQq"), struct.Struct("<q"), struct.Struct("<IIqQQIIII")
EVENTS = {1: "create", 2: "write", 3: "truncate", 4: "sync", 5: "rename", 6: "link", 7: "unlink", 8: "mkdir", 9: "say"}


@dataclass
class Note:
    """One thing that was done. `at` orders all of them, over all processes; a sync covers what stands before its `begin`."""
    at: int
    event: str
    value: int
    inode: int
    begin: int
    pid: int
    path: str
    other: str
    data: bytes

    def __str__(self):
        where = self.path + (f" -> {self.other}" if self.other else "")
        return f"{self.at}: {self.event} {where} [{self.inode}] {self.value} {len(self.data)} bytes"


class Ledger:
    def __init__(self, path, size_bytes=1 << 20):
        self.path = path
        with open(path, "wb") as file:
            file.truncate(size_bytes)

    def environment(self, under=(), program="inbasket", call=None, is_traced=False, clock=None):
        """For the program's run: `call` as in "EIO:17+"; `program` None: in all of them."""
        chosen = {"LD_PRELOAD": LIBRARY, "IB_FAULT_LEDGER": self.path, "IB_FAULT_UNDER": ":".join(map(str, under)) or None,
                  "IB_FAULT_IN": program, "IB_FAULT_CALL": call, "IB_FAULT_TRACE": "1" if is_traced else None,
                  "IB_FAULT_CLOCK": clock,
                  # A sanitizer wants to be loaded first; the calls that it looks at pass through it all the same.
                  "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        return {key: value for key, value in chosen.items() if value is not None}

    def head(self):
        with open(self.path, "rb") as file:
            return HEAD.unpack(file.read(HEAD.size))

    @property
    def counted(self):
        """Calls that the fault could befall."""
        return self.head()[0]

    @property
    def fired(self):
        """Calls that were made to fail."""
        return self.head()[1]

    def set_clock(self, seconds):
        """From now on the programs' clock of the day is so far ahead."""
        with open(self.path, "r+b") as file, mmap.mmap(file.fileno(), 0) as whole:
            SET.pack_into(whole, HEAD.size - SET.size, seconds)

    @property
    def end(self):
        return self.head()[2]

    @property
    def first(self):
        """(call, path) of the first that failed."""
        with open(self.path, "rb") as file:
            words = file.read(HEAD_BYTES)[HEAD.size:].split(b"\0", 1)[0].decode()
        call, _, path = words.partition(" ")
        return call, path

    def notes(self):
        """All that is finished, in order."""
        found, end = [], self.end
        with open(self.path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            at = 0
            while at < end:
                event, length, value, inode, begin, pid, *lengths = RECORD.unpack_from(whole, HEAD_BYTES + at)
                if event:
                    start = HEAD_BYTES + at + RECORD.size
                    texts = []
                    for part in lengths[:3]:
                        texts.append(whole[start:start + part])
                        start += part
                    found.append(Note(at, EVENTS[event], value, inode, begin, pid, os.fsdecode(texts[0]), os.fsdecode(texts[1]),
                                      texts[2]))
                assert length, "a note without end"
                at += length
        return found
