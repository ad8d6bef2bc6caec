"""A full disk, a Maildir that cannot be written: nothing is lost, nothing is half there, nothing is told to a server."""

import os
import re
import resource
import shlex
import shutil
import subprocess

import pytest
from e2e.inbasket import Home, Service, assert_clean, assert_exactly_once, bound_by_modes
from mail import generate
from mail.generate import local
from servers.notifications import SessionBus

MAILS = [m.data for m in generate.messages(81, 60)]


def no_loss(server, home):
    """Each message is on the server, or here, or both; nothing here is a part of one or stands twice."""
    here = home.messages() + home.held()
    assert len(here) == len(set(here))
    assert set(here) <= {local(m) for m in MAILS}
    assert {local(m) for m in MAILS} <= set(here) | {local(m) for m in server.served("anna")}


@pytest.fixture
def small_disk(tmp_path):
    """small_disk(bytes): a path on which no more than that can be written, and a way to give it room. Root gets a
    file system of that size; others, who may not mount, a limit on the size of files."""
    mounted = []

    class Disk:
        def __init__(self, size_bytes):
            self.path, self.before = tmp_path / "disk", None
            self.path.mkdir()
            if os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes},mode=0700", "inbasket-test", self.path],
                                                    check=False, capture_output=True).returncode == 0:
                mounted.append(self.path)
            else:
                self.before = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes // 8, size_bytes // 8))

        def grow(self):
            self.before = None
            if self.path in mounted:
                subprocess.run(["mount", "-o", "remount,size=200m", self.path], check=True)

    yield Disk
    for path in mounted:
        subprocess.run(["umount", "-l", path], check=True)


@pytest.mark.parametrize("room", [150_000, 400_000, 700_000])
def test_disk_full(server, home, small_disk, room):
    """Full at different moments: before anything, amid the batch, in the journal."""
    server.put("anna", MAILS)
    disk = small_disk(room)
    home.maildir = disk.path / "Mail"
    home.configure(delivery__maildir=home.maildir)
    home.account("work", server, fetch__after="delete")
    run = home.sync(status=4, before=disk.before)
    assert "work" in run.summary and str(run.err).strip()
    no_loss(server, home)
    assert_clean(home)
    disk.grow()
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("room", [40_000, 150_000])
def test_journals_disk_full(server, home, small_disk, room):
    server.put("anna", MAILS)
    disk = small_disk(room)
    shutil.rmtree(home.state, ignore_errors=True)
    home.state.symlink_to(disk.path)
    home.account("work", server, fetch__after="delete")
    home.sync(status=4, before=disk.before)
    no_loss(server, home)
    disk.grow()
    home.sync()
    assert_exactly_once(MAILS, home)


@pytest.mark.parametrize("what", ["a-file-in-its-place", "no-such-parent", "not-ours"])
def test_maildir_that_cannot_be_written(server, home, what, tmp_path):
    server.put("anna", MAILS[:5])
    home.account("work", server, fetch__after="delete")
    home.sync()
    server.put("anna", MAILS[5:10])
    aside = tmp_path / "aside"
    if what == "a-file-in-its-place":
        home.maildir.rename(aside)
        home.maildir.write_text("no folder\n")
    elif what == "no-such-parent":
        home.configure(delivery__maildir=tmp_path / "file" / "Mail")
        (tmp_path / "file").write_text("")
    else:
        for part in ("tmp", "new", "cur"):
            (home.maildir / part).rename(tmp_path / part)
            (home.maildir / part).write_text("")
    run = home.sync(status=4)
    assert len(run.err.strip().splitlines()) >= 1
    assert len(server.uids("anna")) == 5, "nothing is removed from a server"
    if what == "a-file-in-its-place":
        home.maildir.unlink()
        aside.rename(home.maildir)
    elif what == "no-such-parent":
        home.configure()
        (home.config / "inbasket.conf").unlink()
    else:
        for part in ("tmp", "new", "cur"):
            (home.maildir / part).unlink()
            (tmp_path / part).rename(home.maildir / part)
    home.sync()
    assert_exactly_once(MAILS[:10], home)


# A disk that is not there: what is delivered into the folder that is left of it lies below the disk once that is back

@pytest.fixture(params=["below-it", "its-top", "a-link-to-it"])
def away(request, server, home, tmp_path):
    """A home with mail on a disk, which may be taken away and put back again."""
    place, aside = tmp_path / "disk", tmp_path / "aside"
    place.mkdir()
    home.maildir = place if request.param == "its-top" else place / "Mail"
    named = tmp_path / "link" if request.param == "a-link-to-it" else home.maildir
    if request.param == "a-link-to-it":
        home.maildir.mkdir()
        named.symlink_to(home.maildir)
    home.configure(delivery__maildir=named)
    home.account("work", server, fetch__after="delete")
    server.put("anna", MAILS[:5])
    home.sync()

    class Disk:
        path = named

        @staticmethod
        def unmount():
            place.rename(aside)
            place.mkdir()

        @staticmethod
        def mount():
            assert not list(place.iterdir()), "nothing was put below it"
            place.rmdir()
            aside.rename(place)

    return Disk


def test_a_maildir_whose_disk_is_gone_is_not_made_anew(server, home, away):
    away.unmount()
    server.put("anna", MAILS[5:10])
    run = home.sync(status=4)
    assert f"The Maildir {away.path}" in run.err and "Is its disk mounted?" in run.err, run
    assert "Is its disk mounted?" in home.run("doctor", "--offline", status=1).out
    assert len(server.uids("anna")) == 5
    away.mount()
    home.sync()
    assert_exactly_once(MAILS[:10], home)


def test_whoever_only_looks_makes_no_maildir_where_the_disk_is_gone(home, away, tmp_path):
    mail = tmp_path / "mail.eml"
    mail.write_bytes(MAILS[0])
    away.unmount()
    for words in (("why", mail), ("classify", mail), ("filter", "run", mail), ("filter", "list"), ("sync", "--dry-run"), ("log",),
                  ("status",), ("report",)):
        home.run(*words, status=None)
    home.sync(status=4)
    away.mount()


def test_a_disk_that_goes_while_the_service_runs(server, home, away):
    server.put("anna", MAILS[5:10])
    with SessionBus() as bus, Service(home, bus=bus.address) as service:
        env = {"DBUS_SESSION_BUS_ADDRESS": bus.address}
        service.until(lambda: server.uids("anna") == [], "the first poll")
        away.unmount()
        server.put("anna", MAILS[10:15])
        home.sync(status=4, env=env)
        assert "Is its disk mounted?" in home.sync(status=4, env=env).err
        assert len(server.uids("anna")) == 5
        away.mount()
        home.sync(env=env)
    assert_exactly_once(MAILS[:15], home)


def test_what_is_to_begin_anew_is_made_by_its_user(server, home, away):
    away.unmount()
    server.put("anna", MAILS[5:10])
    command = re.search(r"mkdir -p \S+/cur\b'?", home.sync(status=4).err)[0]
    away.path.parent.joinpath(away.path.name).resolve().mkdir(exist_ok=True)
    subprocess.run(shlex.split(command), check=True)
    home.sync()
    assert_exactly_once(MAILS[5:10], home)


def test_another_place_for_mail_is_made(server, home, away, tmp_path):
    away.unmount()
    home.maildir = tmp_path / "elsewhere" / "Mail"
    home.configure(delivery__maildir=home.maildir)
    server.put("anna", MAILS[5:10])
    home.sync()
    assert_exactly_once(MAILS[5:10], home)


def test_a_file_system_that_takes_not_every_name(server, home):
    """FAT and NTFS have no ":" in names: what is read already cannot go to cur/."""
    server.put("anna", MAILS[:5], flags="S")
    home.account("work", server, fetch__after="delete")
    said = home.sync(status=4, env={"IB_FAULT": "delivery.rename:1+:EINVAL"}).err
    assert 'takes no ":" in names' in said and "maildir=" in said
    home.sync()
    assert_exactly_once(MAILS[:5], home)


def test_a_link_to_nothing_says_so(server, home, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "disk" / "Mail")
    home.configure(delivery__maildir=tmp_path / "link")
    home.account("work", server)
    assert "is a link to what is not there" in home.sync(status=4).err


@pytest.fixture
def shut(request, server, home):
    """A home with mail, a part of which its user may not write to (or, sealed, not even read), and the id of a message there."""
    server.put("anna", MAILS[:3])
    home.account("work", server)
    ids = [event["id"] for event in home.sync().delivered]
    path, shut = {"state": (home.state, 0o500), "journal": (home.state / "journal.db", 0o400),
                  "sealed-journal": (home.state / "journal.db", 0), "sealed-maildir": (home.maildir, 0)}[request.param]
    mode = path.stat().st_mode & 0o777
    path.chmod(shut)
    yield home, path, ids[0]
    path.chmod(mode)


@pytest.mark.parametrize("shut", ["state", "journal"], indirect=True)
@pytest.mark.parametrize("command", ["status", "log", "report", "why ID"])
def test_what_only_reads_needs_no_permission_to_write(shut, command):
    home, _, id = shut
    run = home.run(*command.replace("ID", id).split(), before=bound_by_modes)
    assert run.out.strip() and not run.err.strip(), run


@pytest.mark.parametrize(("shut", "command"), [
    ("state", "sync"), ("state", "learn spam ID"), ("journal", "sync"), ("journal", "learn spam ID"), ("sealed-journal", "learn spam ID"),
    ("sealed-maildir", "sync"),
], indirect=["shut"])
def test_whose_permission_is_missing_is_said(shut, command):
    home, path, id = shut
    run = home.run(*command.replace("ID", id).split(), before=bound_by_modes, status=4)
    assert f"must be able to write {path}" in run.err and "inbasket doctor" in run.err, run


@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EROFS"])
@pytest.mark.parametrize("passing", ["1", "2", "1+"])
def test_every_point_that_can_fail(server, fast_path, error, passing, fault_names):
    """Each named point fails in turn, and after each the next sync makes it good."""
    home = Home(fast_path / "home")
    for name in fault_names:
        for path in (home.maildir, home.state):
            shutil.rmtree(path, ignore_errors=True)
        user = "anna"
        shutil.rmtree(server.mailbox(user))
        server.put(user, MAILS[:12])
        home.account("work", server, fetch__after="delete")
        home.sync(env={"IB_FAULT": f"{name}:{passing}:{error}"}, status=(0, 1, 4, 6))
        here = home.messages() + home.held()
        assert len(here) == len(set(here)), name
        served = {local(m) for m in server.served(user)}
        assert {local(m) for m in MAILS[:12]} <= set(here) | served, f"{name}: lost"
        home.sync()
        assert_exactly_once(MAILS[:12], home)
        assert server.uids(user) == [], name
