"""inbasketd: polls by itself, follows its configuration, survives whatever happens to it and its home."""

import fcntl
import itertools
import os
import shutil
import signal
from pathlib import Path

import pytest
from mail import generate
from servers.notifications import SessionBus

from e2e.inbasket import BUILD, DAEMON, PATIENCE, Service, assert_exactly_once
from e2e.test_learning_by_moving import TO_JUNK, lessons, move
from e2e.test_push import watches


WORKERS = BUILD / "src" / "worker"


def mail(count, seed=1):
    return [message.data for message in generate.messages(seed, count)]


def has(home, count):
    return lambda: len(home.files()) == count


@pytest.fixture
def service(home):
    """service(...) is a Service on the test's home that ends with the test."""
    running = []

    def make(**options):
        running.append(Service(home, **options))
        return running[-1].__enter__()
    yield make
    for each in running:
        each.__exit__()


def test_all_accounts_are_polled_at_the_start(start, home, service):
    server = start(users={"anna": "secret", "bert": "secret"})
    server.put("anna", mail(6))
    server.put("bert", mail(5, seed=2))
    home.account("work", server)
    home.account("shop", server, user="bert", protocol="pop3")
    running = service()
    running.until(has(home, 11), "the delivery of all mail")
    running.stop()
    assert_exactly_once(server.served("anna") + server.served_pop3("bert"), home)


def test_there_is_one_service_for_a_home(server, home, service):
    home.account("work", server)
    first = service()
    first.until((home.state / "lock").exists, "its lock")
    second = service()
    second.process.wait(PATIENCE)
    assert second.process.returncode == 5
    assert home.sync(status=5).err.count("\n") == 1
    first.stop()
    home.sync()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopped_in_the_middle_nothing_is_lost(server, home, service, number):
    server.put("anna", mail(200))
    home.account("work", server)
    running = service()
    running.until(home.files, "the first message")
    running.stop(number)
    home.sync()
    assert_exactly_once(server.served("anna"), home)


def test_killed_in_the_middle_and_started_again(server, home, service):
    server.put("anna", mail(200))
    home.account("work", server)
    running = service()
    running.until(home.files, "the first message")
    running.kill()
    running.start()
    running.until(has(home, 200), "the delivery of the rest")
    running.stop()
    assert_exactly_once(server.served("anna"), home)


# Push

def append_and_await(server, running, home, count, mailbox="INBOX", seed=9, patience=None):
    """Put there as a delivery agent does it, beside all sessions."""
    server.put("anna", mail(1, seed=seed + count), mailbox=mailbox)
    running.until(has(home, count), f"message {count}, which was pushed", patience)


def test_what_arrives_is_here_without_a_poll(server, home, service):
    server.put("anna", mail(3))
    home.account("work", server, fetch__interval="6h")
    running = service()
    running.until(has(home, 3), "the first mail")
    for count in range(4, 8):
        append_and_await(server, running, home, count)
    running.stop()
    assert_exactly_once(server.served("anna"), home)


def test_what_arrives_in_any_folder_is_pushed(server, home, service):
    for seed, mailbox in enumerate(("INBOX", "Lists", "Work")):
        server.put("anna", mail(1, seed=50 + seed), mailbox=mailbox)
    home.account("work", server, fetch__interval="6h", fetch__folders="INBOX;Lists;Work")
    running = service()
    running.until(has(home, 3), "the first mail")
    for count, mailbox in enumerate(("Lists", "INBOX", "Work", "Lists"), 4):
        append_and_await(server, running, home, count, mailbox)


def test_where_sessions_are_few_the_inbox_is_pushed_and_the_rest_polled(start, home, service):
    server = start(settings="mail_max_userip_connections = 2\n")
    mailboxes = ("INBOX", "Lists", "Shop", "Work")
    for seed, mailbox in enumerate(mailboxes):
        server.put("anna", mail(1, seed=50 + seed), mailbox=mailbox)
    home.account("work", server, fetch__interval="1m", fetch__folders=";".join(mailboxes))
    with SessionBus() as bus:
        running = service(bus=bus.address)
        running.until(has(home, 4), "the first mail")
        for count in range(5, 8):
            append_and_await(server, running, home, count)

        def rests():
            account, = home.run("status", "--json", env=bus.environment).lines[0]["accounts"]
            return (account["state"], account["error"], account["watched"], account["next_reason"]) == ("ok", None, True, "interval")
        running.until(rests, "it to watch one, and wait for the time to look at the others")    # which it may be doing just now
        running.stop()


def test_a_filter_that_is_changed_holds_for_what_is_pushed(server, home, service):
    server.put("anna", mail(1))
    home.script("mine", "keep;")
    home.configure(filter__scripts="mine.sieve")
    home.account("work", server, fetch__interval="6h")
    running = service()
    running.until(has(home, 1), "the first mail")
    pid = session_of(running)
    home.script("mine", 'require "fileinto"; fileinto "Sorted";')
    count = itertools.count(2)
    def arrives_sorted():
        n = next(count)
        append_and_await(server, running, home, n)
        return home.counts().get(".Sorted")
    running.until(arrives_sorted, "mail that is sorted by the new filter")
    assert session_of(running) == pid, "the session lived on"


def session_of(running):
    """The process of the one session that watches: beside it there is the one that it was forked from."""
    def two():
        pids = sorted(pid for pid, name in workers(running) if name == "inbasket-fetch")
        return pids[1:] if len(pids) == 2 else None
    (pid,) = running.until(two, "a single session")
    return pid


def workers(running):
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except OSError:
            continue
        if fields.get("PPid") == str(running.process.pid):
            found.append((int(fields["Pid"]), fields["Name"]))
    return found


def test_a_server_that_restarts_is_found_again(server, home, service):
    server.put("anna", mail(3))
    home.account("work", server, fetch__interval="6h")
    running = service()
    running.until(has(home, 3), "the first mail")
    append_and_await(server, running, home, 4)
    server.stop()
    server.start()
    # Where it takes longer to start than we wait before we look again, the next look is a minute and a quarter later.
    append_and_await(server, running, home, 5, patience=180)


def test_a_session_that_dies_is_begun_anew(server, home, service):
    server.put("anna", mail(3))
    home.account("work", server, fetch__interval="6h")
    running = service()
    running.until(has(home, 3), "the first mail")
    running.until(watches(home), "the watch")  # one that ends before is a poll that failed, and waits for longer
    append_and_await(server, running, home, 4)
    pid = session_of(running)
    os.kill(pid, signal.SIGKILL)
    append_and_await(server, running, home, 5)


# The configuration changes under it

def test_an_account_that_is_added_is_polled(start, home, service):
    server = start(users={"anna": "secret", "bert": "secret"})
    server.put("anna", mail(3))
    server.put("bert", mail(4, seed=2))
    home.account("work", server)
    running = service()
    running.until(has(home, 3), "the first account's mail")
    home.account("shop", server, user="bert")
    running.until(has(home, 7), "the second account's mail")


def test_a_first_account_and_folder_of_accounts_are_found(server, home, service):
    server.put("anna", mail(3))
    running = service()
    running.until((home.state / "lock").exists, "its lock")
    home.account("work", server)
    running.until(has(home, 3), "the account's mail")


def test_a_configuration_that_is_away_for_a_while_is_found_again(server, home, service):
    """A backup that is brought back, a folder of settings that is exchanged for another."""
    server.put("anna", mail(3))
    home.account("work", server)
    running = service()
    running.until(has(home, 3), "the first mail")
    aside = home.path / "aside"
    home.config.rename(aside)
    running.until(server.is_left_alone, "the end of its session")
    server.put("anna", mail(4, seed=2))
    aside.rename(home.config)
    running.until(has(home, 7), "the mail that came meanwhile")


def test_a_password_that_is_mended_is_used(server, home, service):
    server.put("anna", mail(3))
    home.account("work", server, password="wrong")
    running = service()
    running.until(lambda: "sign" in home.run("status", "--json", status=None).out, "the refusal")
    home.account("work", server, fetch__interval="7m")
    running.until(has(home, 3), "the account's mail")


@pytest.mark.parametrize("text", ["[delivery]\nmaildri=x\n", "[filter]\nscripts=missing.sieve\n"], ids=["key", "filter"])
def test_a_configuration_that_does_not_parse_is_said_and_mended(server, home, service, text):
    server.put("anna", mail(3))
    home.config.mkdir(parents=True)
    settings = home.config / "inbasket.conf"
    settings.write_text(text)
    home.account("work", server)
    running = service()
    running.until(lambda: "inbasket.conf" in running.said, "its complaint")
    assert home.files() == []
    settings.write_text("")
    running.until(has(home, 3), "the account's mail")


def test_another_maildir_is_gone_over_to(server, home, service, tmp_path):
    server.put("anna", mail(3))
    home.account("work", server)
    running = service()
    running.until(has(home, 3), "the mail in the first Maildir")
    home.configure(delivery__maildir=tmp_path / "Other")
    running.until((tmp_path / "Other" / "new").is_dir, "the other Maildir")
    running.stop()


def test_an_account_that_is_removed_in_the_middle_ends_cleanly(server, home, service):
    server.put("anna", mail(200))
    home.account("work", server)
    running = service()
    running.until(home.files, "the first message")
    aside = home.path / "work.conf"
    (home.accounts / "work.conf").rename(aside)
    running.until(lambda: home.run("status", "--json").lines[0]["accounts"] == [], "the account's end")
    aside.rename(home.accounts / "work.conf")
    running.until(has(home, 200), "the delivery of the rest")
    running.stop()
    assert_exactly_once(server.served("anna"), home)


# The user moves mail

def test_a_move_into_junk_is_learned_at_once(server, home, service):
    server.put("anna", [generate.messages(1, 1, kinds=["personal"])[0].data])
    home.account("work", server)
    running = service()
    (_, path), = running.until(home.files, "the message")
    running.until(lambda: "work" in home.run("status").out and home.run("log").out, "its story")
    move(home, path, "Junk")
    running.until(lambda: lessons(home) == [TO_JUNK], "the lesson")


# The home

def test_a_lock_that_another_holds_ends_it(home, service):
    home.state.mkdir(parents=True)
    with open(home.state / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fcntl.lockf(lock, fcntl.LOCK_EX)
        running = service()
        running.process.wait(PATIENCE)
        assert running.process.returncode == 5 and "Another Inbasket" in running.said


def test_a_maildir_that_cannot_be_written_is_said_and_tried_again(server, home, service):
    server.put("anna", mail(3))
    home.account("work", server)
    home.maildir.write_text("no folder at all\n")
    running = service()
    running.until(lambda: "Mail" in running.said, "its complaint")
    home.maildir.unlink()
    running.process.send_signal(signal.SIGHUP)
    running.until(has(home, 3), "the account's mail")


# The user's own command

@pytest.mark.parametrize("another", [False, True], ids=["away", "another"])
def test_a_maildir_that_was_put_aside_gets_no_more_mail(server, home, service, another):
    """Into the trash, say; or another file system was mounted over it. What is open follows it there."""
    server.put("anna", mail(3))
    home.account("work", server, fetch__after="delete")
    running = service()
    running.until(has(home, 3), "the mail in the first Maildir")
    running.until(watches(home), "the end of the poll")
    aside = home.path / "Aside"
    home.maildir.rename(aside)
    other = home.maildir / "cur"
    if another:
        other.mkdir(parents=True)
    server.put("anna", mail(4, seed=2))
    running.until(lambda: f"{home.maildir} " in running.said, "its complaint")
    if not another: # then it is waited for, and its user may want a new one
        assert len(server.uids("anna")) == 4
        assert f"removed while it was in use, or its disk is not mounted any more. If an empty one is to take its place, make it: " \
               f"mkdir -p '{other}'" in running.said, running.said
        other.mkdir(parents=True)
        running.process.send_signal(signal.SIGHUP)
    running.until((home.maildir / "new").is_dir, "all of a Maildir")
    running.until(has(home, 4), "the mail in the other Maildir", seconds=PATIENCE / 2)
    running.until(lambda: server.uids("anna") == [], "what is done on the server")
    assert len([path for part in ("new", "cur") for path in aside.rglob(f"{part}/*")]) == 3


def test_a_folder_that_was_shut_at_the_last_moment(server, home, service):
    """Its file is there already, and cannot get its name: the next try knows, at once, and loses nothing."""
    home.script("lists", 'require "fileinto";\nfileinto "Lists";\n')
    home.configure(filter__scripts="lists.sieve")
    server.put("anna", mail(3))
    home.account("work", server, fetch__after="delete")
    served = server.served("anna")
    running = service(env={"IB_FAULT": "delivery.rename:2:EACCES"})
    running.until(lambda: "Cannot deliver" in running.said, "its complaint")
    running.until(lambda: server.uids("anna") == [], "the rest", seconds=PATIENCE / 2)
    running.stop()
    assert_exactly_once(served, home)
    assert home.counts() == {".Lists": 3}


@pytest.mark.parametrize("what", ["journal", "state"])
def test_a_journal_that_was_removed_is_made_anew(server, home, service, what):
    """What is written into a file that has no name any more is as good as not written."""
    server.put("anna", mail(3))
    home.account("work", server)
    running = service()
    running.until(has(home, 3), "the first mail")
    running.until(watches(home), "the end of the poll")
    if what == "state":
        shutil.rmtree(home.state)
    for path in home.state.glob("journal.db*"):
        path.unlink()
    server.put("anna", mail(4, seed=2))
    running.until(lambda: f"{home.state}/journal.db " in running.said, "its complaint")
    running.process.send_signal(signal.SIGHUP)
    running.until(has(home, 7), "the rest")
    running.until(watches(home), "a poll that is noted")
    running.stop()
    home.sync()
    assert_exactly_once(server.served("anna"), home)


def test_a_command_runs_after_delivery(server, home, service):
    ran = home.path / "ran"
    home.configure(service__after_delivery=f"sh -c 'echo ran >> \"{ran}\"'")
    server.put("anna", mail(3))
    home.account("work", server, fetch__interval="6h")
    running = service()
    runs = running.until(lambda: ran.exists() and ran.read_text(), "the command's run")
    append_and_await(server, running, home, 4)
    running.until(lambda: len(ran.read_text()) > len(runs), "its next run")


class Installed:
    """The programs of the service, in a folder of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.names = {"inbasketd": DAEMON.parent, "inbasket-fetch": WORKERS, "inbasket-filter": WORKERS}
        folder.mkdir()
        for name in self.names:
            self.update(name)

    def update(self, name):
        """As package managers do it: written beside it, and put in its place."""
        shutil.copy2(self.names[name] / name, self.folder / "new")
        os.utime(self.folder / "new")
        os.rename(self.folder / "new", self.folder / name)

    def service(self, make):
        return make(program=self.folder / "inbasketd", env={"INBASKET_LIBEXECDIR": str(self.folder)})


BEGINS_ANEW = "was updated"


@pytest.mark.parametrize("names", [["inbasket-filter"], ["inbasket-fetch", "inbasketd", "inbasket-filter"]], ids=["one", "all"])
def test_an_update_has_it_begin_anew(server, home, service, tmp_path, names):
    """The programs that run are those that are there, and no mail goes past the filter."""
    installed = Installed(tmp_path / "programs")
    home.account("work", server)
    server.put("anna", mail(3))
    running = installed.service(service)
    running.until(has(home, 3), "the first mail")
    old = os.stat(f"/proc/{running.process.pid}/exe")
    for name in names:
        installed.update(name)
    running.until(lambda: BEGINS_ANEW in running.said, "that it saw the update")
    server.put("anna", mail(2, seed=2))
    running.until(has(home, 5), "the mail that came meanwhile")
    now, there = os.stat(f"/proc/{running.process.pid}/exe"), os.stat(installed.folder / "inbasketd")
    assert now.st_ino == there.st_ino and (now.st_ino != old.st_ino) == ("inbasketd" in names)
    assert running.said.count(BEGINS_ANEW) == 1
    assert all(b"could-not-be-filtered" not in path.read_bytes() for _, path in home.files())
    running.stop()
    assert_exactly_once(server.served("anna"), home)


def test_it_may_be_ended_while_an_update_goes_on(server, home, service, tmp_path):
    installed = Installed(tmp_path / "programs")
    home.account("work", server)
    running = installed.service(service)
    installed.update("inbasketd")
    running.until(lambda: BEGINS_ANEW in running.said, "that it saw the update")
    running.stop()


def test_programs_that_are_only_removed_or_touched_end_no_service(server, home, service, tmp_path):
    installed = Installed(tmp_path / "programs")
    home.account("work", server)
    running = installed.service(service)
    (installed.folder / "inbasketd").unlink()
    os.chmod(installed.folder / "inbasket-filter", 0o555)
    server.put("anna", mail(2))
    running.until(has(home, 2), "its mail")
    assert BEGINS_ANEW not in running.said
    running.stop()
