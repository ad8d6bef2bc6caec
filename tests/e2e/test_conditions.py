"""Real conditions: no inodes, read-only, few descriptors, another file system, a clock that is years off."""

import resource
import subprocess

import pytest
from crash.hindered import Hindered
from crash.ledger import Ledger
from e2e.inbasket import PATIENCE, assert_clean, assert_exactly_once
from e2e.test_disk import no_loss
from mail import generate
from servers.dovecot import wait_until
from servers.faulty import Pausing

MAILS = [m.data for m in generate.messages(81, 60)]        # those of test_disk
YEAR = 365 * 86400


class Volume:
    """A file system of its own, in memory. Only root may mount one; where even root may not, the test fails and says so."""

    def __init__(self, path, options):
        self.path = path
        path.mkdir()
        self.mount("-t", "tmpfs", "-o", f"mode=0700,{options}", "inbasket-test", path)

    def mount(self, *arguments):
        done = subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
        assert done.returncode == 0, f"mount {arguments}: {done.stderr}"

    def becomes(self, options):
        self.mount("-o", f"remount,{options}", self.path)

    def tries_to_become(self, options):
        return subprocess.run(["mount", "-o", f"remount,{options}", self.path], check=False, capture_output=True).returncode == 0


@pytest.fixture
def volume(tmp_path):
    """volume(options): mounted until the test ends."""
    made = []

    def make(options):
        made.append(Volume(tmp_path / f"volume{len(made)}", options))
        return made[-1]
    yield make
    for each in made:
        subprocess.run(["umount", "-l", each.path], check=True)


def delivers_into(home, volume):
    home.maildir = volume.path / "Mail"
    home.configure(delivery__maildir=home.maildir)


@pytest.mark.parametrize("inodes", [3, 8, 14, 40])
def test_no_inodes_for_mail(server, home, volume, inodes):
    server.put("anna", MAILS)
    disk = volume(f"nr_inodes={inodes}")
    delivers_into(home, disk)
    home.account("work", server, fetch__after="delete")
    run = home.sync(status=4)
    assert "No space left on device" in run.err and str(disk.path) in run.err
    no_loss(server, home)
    assert_clean(home)
    disk.becomes("nr_inodes=10000")
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("inodes", [1, 2, 4, 5])
def test_no_inodes_for_the_journal(server, home, volume, inodes):
    server.put("anna", MAILS)
    disk = volume(f"nr_inodes={inodes}")
    home.state.symlink_to(disk.path)
    home.account("work", server, fetch__after="delete")
    run = home.sync(status=4)
    assert str(home.state) in run.err
    no_loss(server, home)
    disk.becomes("nr_inodes=10000")
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("where", ["mail", "state"])
def test_read_only(server, home, volume, where):
    """From the beginning of the second poll."""
    server.put("anna", MAILS[:10])
    disk = volume("size=64m")
    if where == "mail":
        delivers_into(home, disk)
    else:
        home.state.symlink_to(disk.path)
    home.account("work", server, fetch__after="delete")
    home.sync()
    server.put("anna", MAILS[10:])
    disk.becomes("ro")
    run = home.sync(status=4)
    assert any(words in run.err for words in ("Read-only file system", "readonly database"))
    assert len(server.uids("anna")) == len(MAILS) - 10
    disk.becomes("rw")
    home.sync()
    assert_exactly_once(MAILS, home)


def test_read_only_in_the_middle(server, home, volume):
    """The line rests meanwhile, so that some mail is here and the rest is still to come."""
    mails = generate.small(82, 600)
    server.put("anna", mails)
    disk = volume("size=200m")
    delivers_into(home, disk)
    with Pausing(server, "imaps", sum(map(len, mails)) // 2) as line:
        home.account("work", line, fetch__after="delete")
        process = home.start("sync", "--quiet")
        wait_until(lambda: any(home.maildir.glob("new/*")), PATIENCE, "the first message")
        # It is refused while a file is open for writing, so again and again.
        wait_until(lambda: disk.tries_to_become("ro"), PATIENCE, "a moment in which no file is being written")
        line.goes_on.set()
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 4 and "Read-only file system" in err.decode(), err
        assert 0 < len(home.messages()) < len(mails)
        disk.becomes("rw")
        home.sync()
    assert_exactly_once(mails, home)
    assert server.uids("anna") == []


def test_maildir_on_another_file_system(server, home, volume):
    home.script("discard", 'require "fileinto";\nif header :contains "Subject" "number 1" { discard; } else { fileinto "Sorted"; }\n')
    mails = generate.small(83, 60)
    server.put("anna", mails)
    disk = volume("size=64m")
    home.maildir = disk.path / "Mail"
    home.configure(delivery__maildir=home.maildir, filter__scripts="discard.sieve")
    home.account("work", server, fetch__after="delete")
    home.sync(env={"IB_FAULT": "delivery.rename:20"}, status=-9)
    home.sync()
    assert home.held()
    assert_exactly_once(mails, home)
    home.run("undo", "--since", "1d")
    assert sorted(home.messages()) == sorted(m.replace(b"\r\n", b"\n") for m in mails) and not home.held()


@pytest.mark.parametrize("most", [8, 12, 16, 20, 24, 28, 32, 40, 64])
def test_few_descriptors(server, home, most):
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    run = home.sync(status=None, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    assert run.status in (0, 1, 3, 4, 6) or "GLib-ERROR" in run.err, run      # GLib itself ends where it gets no descriptor
    no_loss(server, home)
    home.sync()
    assert_exactly_once(MAILS, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("most", [128, 256])
def test_descriptors_for_small_batches_only(server, home, most):
    mails = generate.small(85, 700)
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete")
    home.sync(before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
    assert_exactly_once(mails, home)
    assert server.uids("anna") == []


def test_files_may_not_grow(server, home):
    """The limit that ulimit -f sets: said like a full disk, not by a signal that ends the process."""
    server.put("anna", MAILS)
    home.account("work", server, fetch__after="delete")
    run = home.sync(status=4, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)))
    assert "File too large" in run.err and str(home.path) in run.err, run
    no_loss(server, home)
    home.sync()
    assert_exactly_once(MAILS, home)


@pytest.mark.parametrize(("years", "words"), [(20, "expired"), (-20, "not valid before")])
def test_clock_years_off(authority, tmp_path, years, words):
    """The worker's clock, too: no certificate is valid then. The words say which, and that the clock may be what is wrong."""
    with Hindered(tmp_path, "fetch-worker", authority) as hindered:
        hindered.reset()
        ledger = Ledger(hindered.ledger_path)
        env = ledger.environment(program=None, clock=years * YEAR) | {"INBASKET_LIBEXECDIR": hindered.workers}
        run = hindered.home.sync(env=env, status=6)
        assert words in run.err and "clock" in run.err, run.err
        assert run.summary["work"]["state"] == "unsafe"
        assert len(hindered.served()) == len(hindered.mails) and not any(b"LOGIN" in c or b"AUTH" in c for c in hindered.server.commands)
        hindered.home.sync()
        hindered.check_end()


@pytest.mark.parametrize("years", [10, -10])
@pytest.mark.parametrize("calls", [0, 150, 300])
def test_clock_jumps(authority, tmp_path, years, calls):
    """Ours only, from the beginning or in the middle of a poll: names stay single, nothing is asked for again."""
    with Hindered(tmp_path, "imap-delete", authority) as hindered:
        hindered.reset()
        ledger = Ledger(hindered.ledger_path)
        hindered.home.sync(env=ledger.environment((hindered.home.path,), call="EIO:0", clock=f"{years * YEAR}@{calls}"))
        hindered.check_end()
        for mail in hindered.mails:
            if hindered.protocol == "imap":
                hindered.server.box().add(mail.replace(b"Message-ID: <", b"Message-ID: <again-"))
        hindered.home.sync()
        assert hindered.served() == []
        assert len(hindered.home.messages()) + len(hindered.home.held()) >= 2 * len(hindered.mails)


DISCARD = 'if header :contains "Subject" "number 1 " { discard; }\n'


def test_clock_that_is_ahead_for_a_moment_ends_nothing(server, home, tmp_path):
    """As at a start, before it is set: what is kept for days, on the server and in held/, is still kept. That much time has
    gone by is believed at the next look."""
    ahead = Ledger(tmp_path / "ledger").environment((home.path,), call="EIO:0", clock=60 * 86400)
    home.script("discard", DISCARD)
    home.configure(filter__scripts="discard.sieve")
    mails = generate.small(84, 6)
    server.put("anna", mails)
    home.account("work", server, fetch__after="delete-after:14d")
    home.sync()
    assert home.held()

    home.sync(env=ahead)
    home.sync()
    assert_exactly_once(mails, home)
    assert len(server.uids("anna")) == len(mails)

    home.sync(env=ahead)
    home.sync(env=ahead)
    assert server.uids("anna") == [] and not home.held()


def test_clock_that_is_behind_for_a_moment_ends_nothing(server, home, tmp_path):
    """What came meanwhile is not as old as it was said to be."""
    behind = Ledger(tmp_path / "ledger").environment((home.path,), call="EIO:0", clock=-60 * 86400)
    home.account("work", server, fetch__after="delete-after:14d")
    home.sync()
    mails = generate.small(85, 6)
    server.put("anna", mails)
    home.sync(env=behind)
    home.sync()
    home.sync()
    assert_exactly_once(mails, home)
    assert len(server.uids("anna")) == len(mails)
