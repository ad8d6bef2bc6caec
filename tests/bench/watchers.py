"""The programs that wait for mail: how each is told to watch one INBOX and to put what comes into one Maildir.

Each is used as it comes. A watcher is a function that writes its settings into `trial.folder` and returns its command,
which runs until it is ended.
"""

import ctypes
import ctypes.util
import os
import select
import shutil
import struct
import time

from . import peers

IN_MOVED_TO, IN_CREATE = 0x80, 0x100


class Arrivals:
    """Files that get their place in a folder, each with the moment at which it did."""

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.fd = libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self.fd < 0 or libc.inotify_add_watch(self.fd, os.fsencode(folder), IN_MOVED_TO | IN_CREATE) < 0:
            raise OSError(ctypes.get_errno(), f"{folder} cannot be watched")

    def wait(self, patience):
        """The moment of the next one; None if there was none."""
        if not select.select([self.fd], [], [], patience)[0]:
            return None
        now, size = time.monotonic(), struct.calcsize("iIII")
        events = os.read(self.fd, 65536)
        assert len(events) >= size
        return now

    def forget(self):
        """What came until now."""
        while select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 65536)

    def close(self):
        os.close(self.fd)


def floor(trial):
    return [trial.build / "tests/bench/bench-floor", "watch", "imap", "localhost", trial.port, trial.user, trial.password,
            trial.ca, trial.make_maildir()]


def inbasket(trial):
    peers.inbasket_with(True)(trial, False)
    return [trial.build / "src/service/inbasketd", "--home", trial.folder]


def fetchmail(trial):
    command = peers.fetchmail(trial, False)
    settings = trial.folder / "fetchmailrc"
    settings.write_text(settings.read_text().replace(" keep\n", " keep idle\n"))
    return command


def getmail6(trial):
    return [*peers.getmail6(trial, False), "--idle", "INBOX"]


def imapfilter(trial):
    """It sorts on the server; what it is told here is to write what is new into the Maildir. It syncs nothing."""
    settings = trial.write("imapfilter.lua", f"""
options.timeout = 60
options.subscribe = false
options.certificates = false
account = IMAP {{ server = "localhost", port = {trial.port}, username = "{trial.user}", password = "{trial.password}", ssl = "auto" }}
taken = 0
while true do
    for _, message in ipairs(account.INBOX:is_new()) do
        local mailbox, uid = table.unpack(message)
        taken = taken + 1
        local name = os.time() .. ".M" .. taken .. ".here"
        local file = io.open("{trial.make_maildir()}/tmp/" .. name, "w")
        file:write((mailbox[uid]:fetch_message():gsub("\\r\\n", "\\n")))
        file:close()
        os.rename("{trial.maildir}/tmp/" .. name, "{trial.maildir}/new/" .. name)
    end
    account.INBOX:is_new():mark_seen()
    account.INBOX:enter_idle()
end
""")
    return ["imapfilter", "-c", settings, "-t", trial.ca]


WATCHERS = {"floor": (floor, None), "inbasket": (inbasket, None), "fetchmail": (fetchmail, "fetchmail"),
            "getmail6": (getmail6, "getmail"), "imapfilter": (imapfilter, "imapfilter")}


def here(names):
    """Those of `names` that are installed."""
    return [name for name in names if WATCHERS[name][1] is None or shutil.which(WATCHERS[name][1])]
