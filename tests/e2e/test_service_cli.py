"""The command line beside inbasketd: the same words, the same JSON, the same exit statuses as without it."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time

import pytest
from crash.ledger import Ledger
from mail import generate
from servers.bus import NAME, Caller, account_path
from servers.notifications import SessionBus

from e2e.inbasket import BUILD, PATIENCE, Home, Service, assert_exactly_once, hears, kill_all

CHANCE = ("id", "path", "seconds", "url")


@pytest.fixture
def bus():
    with SessionBus() as bus:
        yield bus


class Desktop:
    """A home whose programs find the bus."""

    def __init__(self, home, bus):
        self.home, self.env = home, {"DBUS_SESSION_BUS_ADDRESS": bus.address, "INBASKET_BINDIR": str(BUILD / "src" / "cli")}

    def run(self, *arguments, **options):
        return self.home.run(*arguments, env=self.env, **options)

    def start(self, *arguments, **options):
        return self.home.start(*arguments, env=self.env, **options)


@pytest.fixture
def desktop(home, bus):
    return Desktop(home, bus)


@pytest.fixture
def serve(bus):
    """serve(home) is a Service that is on the bus."""
    with contextlib.ExitStack() as running:
        def start(home, env=None):
            own = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}
            service = running.enter_context(Service(home, bus=bus.address, env=own | (env or {})))
            service.until(lambda: bus.has(NAME), "its name on the bus")
            return service
        yield start


@pytest.fixture
def caller(bus):
    with Caller(bus) as caller:
        yield caller


def mail(count, seed=1):
    return [message.data for message in generate.messages(seed, count)]


def idle(caller, *names):
    """Nothing of these accounts is under way any more."""
    caller.until(lambda: all(not (state := caller.state(name))["Running"] and state["LastPoll"] for name in names), "their first poll")


def plain(lines, home):
    """Without what differs from run to run, and in no order but each account's."""
    kept = [{key: value for key, value in line.items() if key not in CHANCE} for line in lines if line.get("event") != "summary"]
    for line in kept:
        if line.get("text"):
            line["text"] = line["text"].replace(str(home.path), "HOME")
    summary = sorted(({key: value for key, value in account.items() if key not in CHANCE}
                      for line in lines if line.get("event") == "summary" for account in line["accounts"]), key=lambda a: a["name"])
    return sorted(kept, key=lambda line: json.dumps(line, sort_keys=True)), summary


# sync

def test_sync_by_the_service_is_sync_by_hand(server, home, desktop, serve, caller, tmp_path):
    """Two homes for the same mail; one has a service that has seen nothing of it yet."""
    by_hand = Home(tmp_path / "by-hand")
    for each in (home, by_hand):
        each.account("work", server, fetch__push=False)
        each.account("pop", server, protocol="pop3")
    serve(home)
    idle(caller, "work", "pop")
    server.put("anna", mail(25), flags="")
    one, other = desktop.run("sync", "--json", "work"), by_hand.sync("work")
    assert plain(one.lines, home) == plain(other.lines, by_hand)
    assert len(one.delivered) == 25 and one.err == other.err == ""
    one, other = desktop.run("sync", "--json"), by_hand.sync()
    assert plain(one.lines, home) == plain(other.lines, by_hand)
    assert one.summary["pop"]["duplicates"] == 25
    for line in one.delivered:
        assert line["path"] is None or os.path.exists(line["path"])
    assert_exactly_once(server.served("anna") * 2, home)


@contextlib.contextmanager
def written_by_another(journal):
    """What the service has to note waits that long."""
    with contextlib.closing(sqlite3.connect(journal, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield
        database.execute("ROLLBACK")


def test_sync_ends_though_the_settings_changed_meanwhile(server, home, desktop, bus, caller):
    """A poll that goes over to the newest reading of the settings is told of by its account's name all the same."""
    home.account("work", server)
    with Service(home, bus=bus.address, env={"INBASKET_BINDIR": str(BUILD / "src" / "cli"), "MALLOC_PERTURB_": "165"}) as service:
        service.until(lambda: bus.has(NAME), "its name on the bus")
        idle(caller, "work")
        with written_by_another(home.state / "journal.db"):
            sync = desktop.start("sync", "--json")
            caller.until(lambda: caller.state("work")["Running"], "its poll")
            home.account("other", server)
            caller.until(lambda: account_path("other") in caller.objects(), "the newest settings")
        out, err = sync.communicate(timeout=PATIENCE)
    assert sync.returncode == 0 and err == b""
    assert [account["name"] for account in json.loads(out.splitlines()[-1])["accounts"]] == ["work"]


def test_sync_in_words(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    serve(home)
    idle(caller, "work")
    server.put("anna", mail(3))
    said = desktop.run("sync", "--verbose").out.splitlines()
    assert len([line for line in said if line.startswith("work  ") and "→" in line]) == 3
    assert said[-2].split()[:3] == ["Account", "Fetched", "Delivered"] and said[-1].split()[:3] == ["work", "3", "3"]
    assert desktop.run("sync", "--quiet").out == ""
    assert desktop.run("sync", "--dry-run").out.splitlines()[-1].startswith("This was a dry run")


def broken_filter(server, home):
    home.script("mine", "nonsense;")
    home.account("filtered", server, fetch__push=False, filter__scripts="mine.sieve")


STATUSES = {
    "unknown-account": (["nobody"], lambda server, home: None, 2),
    "one-of-two-unknown": (["work", "nobody"], lambda server, home: None, 2),
    "wrong-password": (["other"], lambda server, home: home.account("other", server, password="wrong", fetch__push=False), 6),
    "one-of-two-fails": ([], lambda server, home: home.account("other", server, password="wrong", fetch__push=False), 1),
    "broken-account": (["bad"], lambda server, home: (home.accounts / "bad.conf").write_text("[account]\nadress=a@example.com\n"), 3),
    "one-of-two-is-broken": ([], lambda server, home: (home.accounts / "bad.conf").write_text("[account]\nadress=a@example.com\n"), 1),
    "broken-filter": (["filtered"], broken_filter, 3),
    "broken-settings": ([], lambda server, home: home.configure(delivery__maildri="/tmp"), 3),
    "paused-and-named": (["paused"], lambda server, home: home.account("paused", server, account__enabled=False), 0),
    "paused-and-not-named": ([], lambda server, home: home.account("paused", server, account__enabled=False), 0),
    "all-is-well": (["work"], lambda server, home: None, 0),
}


@pytest.mark.parametrize("name", STATUSES)
def test_sync_ends_as_by_hand(server, home, desktop, serve, caller, tmp_path, name):
    arguments, change, status = STATUSES[name]
    by_hand = Home(tmp_path / "by-hand")
    server.put("anna", mail(2))
    for each in (home, by_hand):
        each.account("work", server, fetch__push=False)
    serve(home)
    idle(caller, "work")
    by_hand.sync()
    for each in (home, by_hand):
        change(server, each)
    one, other = desktop.run("sync", "--json", *arguments, status=status), by_hand.sync(*arguments, status=status)
    assert plain(one.lines, home)[1] == plain(json.loads(json.dumps(other.lines).replace(str(by_hand.path), str(home.path))), home)[1]
    assert sorted(one.err.splitlines()) == sorted(other.err.replace(str(by_hand.path), str(home.path)).splitlines())


def test_sync_says_what_stays_on_the_server(start, home, desktop, serve, caller, tmp_path):
    server = start(users={"anna": "secret", "bert": "secret"})
    by_hand = Home(tmp_path / "by-hand")
    for each in (home, by_hand):
        each.account("work", server, fetch__push=False, fetch__max_size="1M")
        each.account("other", server, user="bert", fetch__push=False, fetch__max_size="1M")
    serve(home)
    idle(caller, "work", "other")
    server.put("anna", [*mail(2), generate.big(2)])
    server.put("bert", [generate.big(2)])
    one, other = desktop.run("sync", "work", "--json"), by_hand.sync("work")
    assert plain(one.lines, home) == plain(other.lines, by_hand)
    assert one.summary["work"]["skipped"] == 1
    assert one.err == other.err and one.err.startswith("inbasket: work: message ")


def test_sync_with_a_full_disk(server, home, desktop, bus, caller, tmp_path):
    by_hand = Home(tmp_path / "by-hand")
    fault = {"IB_FAULT": "delivery.write:1:ENOSPC"}
    for each in (home, by_hand):
        each.account("work", server, fetch__push=False)
    with Service(home, bus=bus.address, env=fault) as service:
        service.until(lambda: bus.has(NAME), "its name on the bus")
        idle(caller, "work")
        server.put("anna", mail(2))
        one, other = desktop.run("sync", "--json", status=4), by_hand.sync(status=4, env=fault)
        said = [re.sub(r"\S+/tmp/\S+", "FILE", run.err) for run in (one, other)]
        assert said[0] == said[1]
        assert "Nothing is lost" in said[0].splitlines()[-1]
        caller.until(lambda: "No space left" in caller.properties()["Trouble"], "the trouble")


def test_sync_of_what_was_configured_just_now(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    serve(home)
    idle(caller, "work")
    server.put("anna", mail(2))
    home.account("new", server, protocol="pop3")
    assert desktop.run("sync", "--json", "new").summary["new"]["fetched"] == 2


def test_interrupting_sync_leaves_the_service_alone(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    service = serve(home)
    idle(caller, "work")
    caller("Lend")          # so that nothing can be delivered
    server.put("anna", mail(3))
    process = desktop.start("sync", "--json")
    caller.until(lambda: caller.state("work")["Running"], "the poll")
    caller.until(lambda: hears(process, signal.SIGINT), "who waits for it")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    account, = json.loads(out.splitlines()[-1])["accounts"]
    assert not account["ok"] and b"work: stopped waiting" in err
    caller("Return")
    service.until(lambda: len(home.files()) == 3, "the delivery all the same")


def test_the_service_ends_while_sync_waits(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    service = serve(home)
    idle(caller, "work")
    caller("Lend")
    process = desktop.start("sync", "--json")
    caller.until(lambda: caller.state("work")["Running"], "the poll")
    kill_all(service.process)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5 and b"ended meanwhile" in err
    service.process.wait()
    home.sync()


# What needs the home for itself

def test_learning_and_undoing(server, home, desktop, serve, caller):
    server.put("anna", mail(6))
    home.script("away", 'require "fileinto"; fileinto "Away";')
    home.account("work", server, fetch__push=False, filter__scripts="away.sieve")
    serve(home)
    caller.check("work")
    ids = [line["id"] for line in desktop.run("log", "--json").lines]
    learned = desktop.run("learn", "spam", "--json", ids[0], ids[1]).lines[-1]
    assert (learned["learned"], learned["spam"]) == (2, 2)
    assert desktop.run("undo", "--json", ids[0][:8]).lines[0]["result"] == "moved"
    assert desktop.run("undo", "--since", "1h", "--json").out.count("moved") == 5
    # the service has its home again, knows what was taught, and goes on
    server.put("anna", mail(1, seed=9))
    assert caller.check("work")["work"]["delivered"] == 1
    assert desktop.run("status", "--json").lines[0]["classifier"]["spam"] == 2


def test_classify_trains_with_the_home_on_loan(server, home, desktop, serve, caller):
    server.put("anna", mail(2))
    home.account("work", server, fetch__push=False)
    serve(home)
    caller.check("work")
    path = home.files()[0][1]
    process = subprocess.Popen(home.command("classify", "--batch"), env=home.environment(**desktop.env), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, bufsize=1)
    process.stdin.write(f"classify {path}\n")
    assert process.stdout.readline().startswith("score ")
    assert home.run("undo", status=5)       # the service still has it
    process.stdin.write(f"train spam {path}\n")
    assert process.stdout.readline() == "ok\n"
    process.stdin.close()
    assert process.wait(PATIENCE) == 0
    process.stdout.close()
    assert caller.check("work")["work"]["polled"]
    assert desktop.run("status", "--json").lines[0]["classifier"]["spam"] == 1


def test_learn_from_folders(server, home, desktop, serve, caller):
    server.put("anna", mail(4))
    home.account("work", server, fetch__push=False)
    serve(home)
    caller.check("work")
    assert desktop.run("learn", "--from", "INBOX", "--json").lines[-1]["event"] == "summary"
    assert caller.check("work")["work"]["polled"]


def test_a_borrower_that_is_killed(server, home, desktop, serve, caller, tmp_path):
    server.put("anna", mail(2))
    home.account("work", server, fetch__push=False)
    serve(home)
    caller.check("work")
    process = subprocess.Popen(home.command("classify", "--batch"), env=home.environment(**desktop.env), stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True, bufsize=1, start_new_session=True)
    process.stdin.write(f"train spam {home.files()[0][1]}\n")
    assert process.stdout.readline() == "ok\n"
    kill_all(process)
    process.wait()
    process.stdin.close()
    process.stdout.close()
    server.put("anna", mail(1, seed=9))
    assert caller.check("work")["work"]["delivered"] == 1


# A service that hangs

def test_a_service_that_hangs_holds_nobody_up(server, home, desktop, serve, caller):
    server.put("anna", mail(2))
    home.account("work", server, fetch__push=False)
    service = serve(home)
    caller.check("work")
    ids = [line["id"] for line in home.run("log", "--json").lines]
    with service.hanging():
        for command in (["sync"], ["undo"], ["learn", "spam", ids[0]], ["learn", "--from", "INBOX"]):
            begun = time.monotonic()
            run = desktop.run(*command, status=5)
            assert time.monotonic() - begun < 20
            assert "does not answer" in run.err and run.err.count("\n") == 1, run
        status = desktop.run("status", "--json")
        assert status.lines[0]["service"]["running"] is False and "does not answer" in status.err
        assert len(desktop.run("log", "--json").lines) == 2
        desktop.run("sync", "--dry-run")
    desktop.run("sync")


def test_it_hangs_while_sync_waits(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    service = serve(home)
    idle(caller, "work")
    caller("Lend")
    process = desktop.start("sync")
    caller.until(lambda: caller.state("work")["Running"], "the poll")
    with service.hanging():
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 5 and b"does not answer any more" in err


def test_one_that_hangs_over_another_home(server, home, desktop, serve, tmp_path, bus):
    home.account("work", server, fetch__push=False)
    other = Home(tmp_path / "other")
    other.account("work", server)
    service = serve(other)
    server.put("anna", mail(2))
    with service.hanging():
        assert desktop.run("sync", "--json").summary["work"]["fetched"] == 2


# Who is asked

def test_no_service_is_started_by_asking(server, home, monkeypatch, tmp_path):
    """The bus would start one, if it were asked for."""
    started = tmp_path / "started"
    services = tmp_path / "data" / "dbus-1" / "services"
    services.mkdir(parents=True)
    (services / f"{NAME}.service").write_text(f"[D-BUS Service]\nName={NAME}\nExec=/usr/bin/touch {started}\n")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    home.account("work", server)
    server.put("anna", mail(2))
    with SessionBus() as bus:
        activatable = bus.connection.list_activatable_names()
        assert NAME in [str(name) for name in activatable]
        desktop = Desktop(home, bus)
        assert desktop.run("sync", "--json").summary["work"]["delivered"] == 2
        desktop.run("undo")
        desktop.run("status")
        assert not started.exists()


@pytest.mark.parametrize("address", ["unix:path=/nonexistent/bus", "autolaunch:", "nonsense", "tcp:host=127.0.0.1,port=1", ""])
def test_without_a_bus(server, home, address):
    home.account("work", server)
    server.put("anna", mail(1))
    begun = time.monotonic()
    env = {"DBUS_SESSION_BUS_ADDRESS": address, "XDG_RUNTIME_DIR": home.path / "no-runtime", "DISPLAY": ":99"}
    assert home.sync(env=env).summary["work"]["delivered"] == 1
    assert home.run("status", "--json", env=env).lines[0]["service"]["running"] is False
    assert time.monotonic() - begun < 20


def test_a_bus_that_says_nothing(server, home, tmp_path):
    import socket
    home.account("work", server)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        begun = time.monotonic()
        assert home.sync(env={"DBUS_SESSION_BUS_ADDRESS": f"unix:path={tmp_path}/bus"}).summary["work"]["ok"]
        assert time.monotonic() - begun < 20


# What is shown live

def account(desktop, name="work"):
    return next(each for each in desktop.run("status", "--json").lines[0]["accounts"] if each["name"] == name)


def test_status_knows_what_comes_next(server, home, desktop, serve, caller):
    home.account("work", server)
    home.account("pop", server, protocol="pop3", fetch__interval="7m")
    serve(home)
    caller.until(lambda: caller.state("work")["Watching"] and caller.state("pop")["LastPoll"], "the watch")
    work, pop = account(desktop), account(desktop, "pop")
    assert work["watched"] and work["next_reason"] == "renewal" and work["next_poll"] > work["last_poll"]
    assert not pop["watched"] and pop["next_reason"] == "interval" and 360 <= pop["next_poll"] - pop["last_poll"] <= 450
    words = desktop.run("status").out
    assert "Next look" in words and " pushed " in words and "Service: running" in words
    assert "Next look" not in home.run("status").out
    assert account(Desktop(home, type("NoBus", (), {"address": "unix:path=/nonexistent"})))["next_poll"] is None


@pytest.mark.parametrize("hours", [5, -5])
def test_what_comes_next_goes_by_the_clock_after_it_was_set(server, home, desktop, serve, caller, tmp_path, hours):
    """Nothing happens to a watched account for minutes: what was told of it before would be wrong as long."""
    ledger = Ledger(tmp_path / "ledger")
    home.account("work", server)
    service = serve(home, env=ledger.environment((home.path,), program="inbasketd", call="EIO:0"))
    caller.until(lambda: caller.state("work")["Watching"], "the watch")
    planned = account(desktop)["next_poll"]
    ledger.set_clock(hours * 3600)
    service.until(lambda: abs(account(desktop)["next_poll"] - planned - hours * 3600) < 3600, "the time by the new clock")


def test_pause_for_a_time(server, home, desktop, serve, caller):
    home.account("work", server, fetch__push=False)
    serve(home)
    idle(caller, "work")
    before = (home.accounts / "work.conf").read_bytes()
    paused = desktop.run("account", "pause", "work", "--for", "2h", "--json").lines[0]
    assert paused["enabled"] and abs(paused["paused_until"] - time.time() - 7200) < 60
    caller.until(lambda: caller.state("work")["State"] == "paused", "the pause")
    found = account(desktop)
    assert found["state"] == "paused" and abs(found["paused_until"] - paused["paused_until"]) < 60
    desktop.run("account", "resume", "work")
    caller.until(lambda: caller.state("work")["State"] == "ok", "its end")
    assert (home.accounts / "work.conf").read_bytes() == before
    assert "No service runs" in home.run("account", "pause", "work", "--for", "2h", status=1).err
    for span in ("2", "h", "0h", "-2h", "2026-01-31", "400d", ""):
        desktop.run("account", "pause", "work", "--for", span, status=2)


class Reader:
    """What a command prints, line by line, as long as it runs."""

    def __init__(self, process):
        self.process, self.seen = process, b""
        os.set_blocking(process.stdout.fileno(), False)

    def until(self, condition, what, seconds=PATIENCE):
        end = time.monotonic() + seconds
        while not (found := condition(self.lines())):
            assert time.monotonic() < end, f"waited for {what}: {self.seen[-2000:]!r}"
            time.sleep(0.01)
        return found

    def lines(self):
        self.seen += self.process.stdout.read() or b""
        return [json.loads(line) for line in self.seen.split(b"\n")[:-1]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("has_service", [True, False])
def test_log_follows(server, home, desktop, serve, caller, has_service):
    home.account("work", server)
    server.put("anna", mail(3))
    if has_service:
        serve(home)
        caller.until(lambda: caller.state("work")["Watching"], "the watch")
    else:
        home.sync()
    with Reader(desktop.start("log", "--follow", "--json")) as reader:
        reader.until(lambda lines: len(lines) == 3, "what is there")
        server.put("anna", mail(2, seed=7))
        if not has_service:
            home.sync()
        lines = reader.until(lambda lines: len(lines) == 5 and lines, "what came")
        assert [line["id"] for line in lines] == [line["id"] for line in desktop.run("log", "--json").lines]


@pytest.mark.parametrize("has_service", [True, False])
def test_status_watches(server, home, desktop, serve, caller, has_service):
    home.account("work", server)
    if has_service:
        serve(home)
        caller.until(lambda: caller.state("work")["Watching"], "the watch")
    else:
        home.sync()
    with Reader(desktop.start("status", "--watch", "--json")) as reader:
        first = reader.until(lambda lines: lines and lines[0], "the first look")
        assert first["service"]["running"] is has_service and first["accounts"][0]["delivered"] == 0
        server.put("anna", mail(2))
        if not has_service:
            home.sync()
        reader.until(lambda lines: lines[-1]["accounts"][0]["delivered"] == 2, "the new figures")


def test_status_watches_a_service_that_ends(server, home, desktop, serve, caller):
    home.account("work", server)
    service = serve(home)
    caller.until(lambda: caller.state("work")["Watching"], "the watch")
    with Reader(desktop.start("status", "--watch", "--json")) as reader:
        reader.until(lambda lines: lines and lines[0]["service"]["running"], "the first look")
        service.stop()
        reader.until(lambda lines: not lines[-1]["service"]["running"], "its end")
