"""A mail client works in the Maildir at the same moment: it reads, flags, files and deletes while mail is being delivered."""

import contextlib
import os
import random
import sqlite3
import threading

import pytest
from e2e.inbasket import assert_clean, kill_all, original
from mail import generate
from mail.generate import local

MAILS = generate.small(91, 400)


class Client(threading.Thread):
    """Takes each file of ours that it finds: leaves it, reads it, flags it, files it, or deletes it. Remembers what it did:
    nothing but the same may be there afterwards."""

    def __init__(self, home, seed, deletes=True):
        super().__init__()
        self.home, self.source, self.deletes = home, random.Random(seed), deletes
        self.is_over = threading.Event()
        self.deleted, self.wanted = [], {}          # bytes; {unique part: (folder, flags)}
        self.done, self.failure = 0, None
        for part in ("tmp", "new", "cur"):
            (home.maildir / ".Filed" / part).mkdir(parents=True, exist_ok=True)

    def run(self):
        try:
            while not self.is_over.is_set():
                self.look()
            self.look()
        except Exception as error:  # noqa: BLE001: told by the test
            self.failure = error

    def look(self):
        for folder in ("", ".Filed"):
            for part in ("new", "cur"):
                place = self.home.maildir / folder / part
                for name in os.listdir(place) if place.is_dir() else ():
                    if self.source.random() < 0.5:
                        self.take(folder, part, name)

    def take(self, folder, part, name):
        path = self.home.maildir / folder / part / name
        unique = name.partition(":")[0]
        action = self.source.choice(["read", "flag", "file", "back", "delete" if self.deletes else "read"])
        if action == "delete":
            data = original(path.read_bytes())
            path.unlink()
            self.deleted.append(data)
            self.wanted.pop(unique, None)
        else:
            flags = {"read": "S", "flag": "FS"}.get(action, name.partition(":2,")[2])
            target = {"file": ".Filed", "back": ""}.get(action, folder)
            new = self.home.maildir / target / "cur" / f"{unique}:2,{flags}"
            path.rename(new)
            self.wanted[unique] = (target, flags)
        self.done += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.join()
        if self.failure is not None:
            raise self.failure


def check(home, client, mails):
    """Each message is here once, as the client left it, or was deleted by it; and none has come back."""
    here = home.messages()
    assert sorted(here + client.deleted) == sorted(local(mail) for mail in mails)
    where = {path.name.partition(":")[0]: (folder if folder != "." else "", path.name.partition(":2,")[2]) for folder, path in home.files()}
    assert {unique: where.get(unique) for unique in client.wanted} == client.wanted, "what the client did stays"
    assert_clean(home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_client_works_beside_a_sync(server, home, protocol):
    server.put("anna", MAILS)
    home.account("work", server, protocol=protocol, fetch__after="delete")
    with Client(home, 1) as client:
        home.sync()
    assert client.done > len(MAILS) / 4
    check(home, client, MAILS)
    assert server.uids("anna") == []
    assert home.sync().delivered == []
    check(home, client, MAILS)


def test_client_works_beside_recovery(server, home):
    """Killed again and again, each time at another point, with the client at it: before, between and during."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    with Client(home, 2) as client:
        for fault in ("delivery.rename:30", "delivery.sync-folder:1", "journal.delivered:1", "delivery.rename:200", "journal.settled:1",
                      "delivery.sync-folder:2"):
            home.sync(env={"IB_FAULT": fault}, status=(0, -9))
        home.sync()
    assert server.uids("anna") == []
    # What was deleted between its rename and the kill is known to nobody: it may come again, which is no loss.
    here, wanted = home.messages(), [local(mail) for mail in MAILS]
    assert sorted(set(here + client.deleted)) == sorted(wanted), "nothing is lost"
    assert len(here) == len(set(here)), "nothing is here twice"
    assert home.sync().delivered == []
    assert_clean(home)


def test_client_keeps_all_beside_recovery(server, home):
    """A client that deletes nothing: then nothing comes again either, wherever it put a file meanwhile."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    with Client(home, 3, deletes=False) as client:
        for passing in (5, 40, 80, 120, 160):
            home.sync(env={"IB_FAULT": f"delivery.rename:{passing}"}, status=(0, -9))
            with contextlib.suppress(ProcessLookupError):
                process = home.start("sync", "--json")
                process.stdout.readline()
                kill_all(process)
                process.communicate()
        home.sync()
    check(home, client, MAILS)
    assert server.uids("anna") == []


def test_twins_of_deleted_mail_stay_deleted(server, home):
    """The same message through another account, after its reader deleted it: it is held, and does not come back."""
    mails = MAILS[:30]
    server.put("anna", mails)
    home.account("first", server, fetch__after="keep")
    home.sync()
    for _, path in home.files()[::2]:
        path.unlink()
    left = sorted(home.messages())
    home.account("second", server, protocol="pop3", fetch__after="keep")
    run = home.sync()
    assert run.summary["second"]["duplicates"] == len(mails)
    assert sorted(home.messages()) == left
    assert sorted(home.held()) == sorted(local(mail) for mail in mails)


def test_client_removes_folders(server, home):
    """A folder that mail is being sorted into is removed, or given another name, again and again."""
    home.script("sort", 'require "fileinto";\nfileinto "Sorted.deep";\n')
    home.configure(filter__scripts="sort.sieve")
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    process = home.start("sync", "--quiet")
    renamed = 0
    while process.poll() is None:
        with contextlib.suppress(OSError):
            (home.maildir / ".Sorted.deep").rename(home.maildir / f".Elsewhere{renamed}")
            renamed += 1
    process.communicate()
    home.sync()
    assert renamed
    assert sorted(home.messages()) == sorted(local(mail) for mail in MAILS)
    assert server.uids("anna") == []


def test_second_instances(server, home):
    """Many at once on one home: one works, the others leave at once with 5 and disturb nothing."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    processes = [home.start("sync", "--json") for _ in range(6)]
    for process in processes:
        process.communicate()
    statuses = [process.returncode for process in processes]
    assert set(statuses) <= {0, 5} and statuses.count(0) >= 1, statuses
    home.sync()
    assert sorted(home.messages()) == sorted(local(mail) for mail in MAILS)
    with sqlite3.connect(home.state / "journal.db") as journal:
        assert journal.execute("PRAGMA integrity_check").fetchone() == ("ok",)
