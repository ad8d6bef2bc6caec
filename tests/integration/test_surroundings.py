"""What the service hears of the laptop: the real code, before the services of a desktop that do as they are told."""

import os
import queue
import subprocess
import threading
import time

import dbus
import dbus.service
import pytest
from dbus.mainloop.glib import DBusGMainLoop
from e2e.inbasket import BUILD
from gi.repository import GLib
from servers.desktop import LOGIND, MANAGER, SESSION, Desktop
from servers.dovecot import PATIENCE, wait_until

PROGRAM = BUILD / "tests" / "integration" / "surroundings"
NETWORK_PATIENCE_S = 2


class Program:
    """The test program."""

    def __init__(self, environment, command):
        variables = {"PATH": os.environ["PATH"], "G_DEBUG": "fatal-criticals", "LC_ALL": "C.UTF-8"} | environment
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, env=variables)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [self.lines.put(line.rstrip()) for line in self.process.stdout])
        self.reader.start()

    def next(self):
        return self.lines.get(timeout=PATIENCE)

    def first(self):
        """The state that it found, once it is known that the screen is not locked."""
        while (told := self.next()).endswith(" locked"):
            pass
        return told

    def knows(self, line):
        """So it tells at first; or when the network is known at last, which it does not wait for longer than this."""
        while (told := self.first()) != line:
            assert time.monotonic() - self.began > NETWORK_PATIENCE_S, told

    def hears(self, line):
        """It tells so next, whether or not it tells of the network once more: GIO reads all routes anew after a second."""
        while (told := self.next()) != line:
            assert told == "network-changed", told

    def until(self, line):
        """What was told before it."""
        before = []
        while (told := self.next()) != line:
            before.append(told)
        return before

    def tell(self, *words):
        print(*words, file=self.process.stdin, flush=True)

    def state(self):
        """As it is now; what was told before that is passed over."""
        self.tell("state")
        self.tell("slept", 0)
        return self.until("looked at the clocks")[-1].split()[1:]

    def settles(self, *words):
        wait_until(lambda: self.state() == list(words), what=f"the state {words}")

    def end(self):
        """What was told that nobody asked for."""
        self.tell("quit")
        self.process.wait(PATIENCE)
        self.reader.join()
        errors = self.process.stderr.read()
        assert self.process.returncode == 0 and not errors, errors
        return list(self.lines.queue)


@pytest.fixture
def run():
    """run(desktop) starts the program before it; it ends well, or the test fails."""
    running = []

    def start(desktop):
        running.append(Program(desktop.environment, getattr(desktop, "command", [PROGRAM])))
        return running[-1]
    yield start
    for program in running:
        if program.process.poll() is None:
            program.end()


@pytest.fixture
def desktop():
    with Desktop(without=["notices"]) as desktop:
        yield desktop


def holds(desktop, *whom):
    return lambda: [row[1] for row in desktop.inhibitors()] == list(whom)


def run_awake(run, desktop):
    """The program, once it holds its inhibitor, and hears of sleep therefore."""
    program = run(desktop)
    assert program.first() == "state network"
    wait_until(holds(desktop, "Inbasket"), what="the inhibitor")
    return program


def test_sleep_waits_until_all_is_put_away(run, desktop):
    program = run_awake(run, desktop)
    assert [(what, how) for what, _, _, how in desktop.inhibitors()] == [("sleep", "delay")]
    for _ in range(2):
        desktop.sleep()
        assert program.until("sleeping") == []
        assert holds(desktop, "Inbasket")()
        program.tell("let-sleep")
        wait_until(holds(desktop), what="the inhibitor's end")
        desktop.wake()
        assert program.until("woke") == []
        wait_until(holds(desktop, "Inbasket"), what="another inhibitor")
    assert program.end() == []


def test_sleep_is_told_once(run, desktop):
    program = run_awake(run, desktop)
    desktop.sleep()
    desktop.sleep()
    desktop.wake()
    desktop.wake()
    assert program.until("sleeping") == []
    assert program.until("woke") == []
    program.state()
    assert program.end() == []


def test_the_inhibitor_is_kept_while_nothing_sleeps(run, desktop):
    program = run_awake(run, desktop)
    program.tell("let-sleep")
    program.state()
    assert holds(desktop, "Inbasket")()


def test_a_wake_that_the_clocks_tell_of_first_is_told_once(run, desktop):
    program = run_awake(run, desktop)
    desktop.sleep()
    program.until("sleeping")
    program.tell("let-sleep")
    program.tell("slept", 3600)
    assert program.until("woke") == []
    desktop.wake()
    wait_until(holds(desktop, "Inbasket"), what="another inhibitor")
    program.until("looked at the clocks")
    assert program.end() == []


def test_logind_is_started_anew(run, desktop):
    program = run_awake(run, desktop)
    desktop.lock(True)
    program.settles("network", "locked")
    desktop.stop("logind")
    desktop.battery(True)
    program.settles("network", "battery", "locked")  # nobody has unlocked it
    desktop.battery(False)
    desktop.start("logind")
    wait_until(holds(desktop, "Inbasket"), what="another inhibitor")
    program.settles("network")
    desktop.stop("logind")
    desktop.battery(True)
    program.settles("network", "battery")
    desktop.battery(False)
    desktop.start("logind")
    wait_until(holds(desktop, "Inbasket"), what="another inhibitor")
    desktop.lock(True)
    program.settles("network", "locked")
    desktop.sleep()
    program.until("sleeping")


def test_logind_goes_while_the_machine_is_to_sleep(run, desktop):
    program = run_awake(run, desktop)
    desktop.sleep()
    program.until("sleeping")
    desktop.stop("logind")
    assert program.until("woke") == []


def test_network_comes_and_goes(run, desktop):
    program = run(desktop)
    assert program.first() == "state network"
    desktop.offline()
    assert program.next() == "state"
    desktop.portal()
    program.until("state network portal")
    desktop.online()
    program.until("state network")
    desktop.metered(True)
    program.until("state network metered")
    desktop.metered(False)
    program.until("state network")


def test_without_network_from_the_start(run, desktop):
    desktop.offline()
    program = run(desktop)
    program.knows("state")
    desktop.online()
    program.hears("state network")


def test_a_burst_of_changes_is_told_in_few_words(run, desktop):
    program = run(desktop)
    program.first()
    desktop.saver(True)
    program.until("state network saving")
    began = time.monotonic()
    for _ in range(10):
        desktop.offline()
        desktop.metered(True)
        desktop.online()
    desktop.battery(True)
    told = program.until("state network metered saving battery")
    took = time.monotonic() - began
    assert len(told) <= took / 0.2, (told, took)  # one in each fifth of a second, and the network's once


def test_what_can_be_reached(run, desktop):
    program = run(desktop)
    program.first()

    def reach(host):
        program.tell("reach", host)
        while not (line := program.next()).startswith(("reached", "unreachable")):
            assert line == "network-changed"
        return line
    assert reach("198.51.100.1") == "reached 198.51.100.1"
    desktop.offline()
    program.until("state")
    for host in ("127.0.0.1", "::1", "localhost", "mail.localhost"):
        assert reach(host) == f"reached {host}"


class Island:
    """A network without a way out, of the program's own."""

    environment = {f"DBUS_{name}_BUS_ADDRESS": "unix:path=/nowhere" for name in ("SYSTEM", "SESSION")}
    command = ("unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"]), "sh", "-c",
               'ip link set lo up && exec "$0"', PROGRAM)

    @staticmethod
    def ip(program, *words):
        users = [] if os.getuid() == 0 else ["--user", "--preserve-credentials"]
        subprocess.run(["nsenter", f"--target={program.process.pid}", "--net", *users, "ip", *words], check=True)


def test_routes_without_network_manager(run):
    program = run(Island)
    program.knows("state")

    def reach(host, word):
        program.tell("reach", host)
        program.hears(f"{word} {host}")
    reach("localhost", "reached")
    reach("10.9.1.1", "unreachable")

    Island.ip(program, "route", "add", "10.9.0.0/16", "dev", "lo")
    program.hears("network-changed")
    reach("10.9.1.1", "reached")
    reach("10.8.1.1", "unreachable")

    Island.ip(program, "route", "add", "default", "dev", "lo")
    program.hears("state network")
    program.hears("network-changed")
    reach("10.8.1.1", "reached")
    Island.ip(program, "route", "del", "default")
    program.hears("state")
    program.hears("network-changed")
    assert set(program.end()) <= {"network-changed"}


def test_power(run, desktop):
    desktop.battery(True)
    program = run(desktop)
    program.settles("network", "battery")
    desktop.saver(True)
    program.settles("network", "saving", "battery")
    desktop.battery(False)
    program.settles("network", "saving")
    desktop.stop("profiles")
    program.settles("network")


def test_the_screen(run, desktop):
    desktop.lock(True)
    program = run(desktop)
    program.settles("network", "locked")
    desktop.lock(False)
    program.settles("network")
    desktop.shield(True)
    program.settles("network", "locked")
    desktop.lock(True)
    desktop.shield(False)
    program.settles("network", "locked")
    desktop.lock(False)
    program.settles("network")


def test_a_screen_that_was_locked_before(run, desktop):
    desktop.shield(True)
    program = run(desktop)
    program.settles("network", "locked")
    desktop.stop("screen")
    program.settles("network")


def told_before_sleep(run, desktop, change):
    """What is told between a change and the word of sleep that comes once it has been heard."""
    program = run_awake(run, desktop)
    change()
    desktop.heard()
    desktop.sleep()
    return program.until("sleeping")


def test_a_lock_is_told_at_once(run, desktop):
    assert told_before_sleep(run, desktop, lambda: desktop.lock(True)) == ["state network locked"]


def test_a_lock_does_not_wait_with_other_news(run, desktop):
    def change():
        desktop.battery(True)
        desktop.lock(True)
    assert told_before_sleep(run, desktop, change)[-1] in ("state network locked", "state network battery locked")


@pytest.mark.parametrize("who", ["logind", "screen"])
def test_locked_until_it_is_known_otherwise(run, desktop, who):
    with desktop.mute(who):
        program = run(desktop)
        assert program.next() == "state network locked"
    assert program.next() == "state network"


class LateLogind(dbus.service.Object):
    """One with a session of the user's, which answers a question when it is told to."""
    SUPPORTS_MULTIPLE_OBJECT_PATHS = True

    def __init__(self, bus):
        super().__init__()
        self.bus = dbus.bus.BusConnection(bus.address, mainloop=DBusGMainLoop())
        for path in ("/org/freedesktop/login1", SESSION):
            self.add_to_connection(self.bus, path)
        self.bus.request_name(LOGIND)
        self.asked = {}

    @dbus.service.method(MANAGER, out_signature="a(susso)", async_callbacks=("done", "failed"))
    def ListSessions(self, done, failed):  # noqa: N802
        self.asked["sessions"] = done, failed

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v", async_callbacks=("done", "failed"))
    def Get(self, _interface, name, done, failed):  # noqa: N802
        self.asked[name] = done, failed

    def once_asked(self, what):
        def is_asked():
            while GLib.MainContext.default().iteration(False):
                pass
            return what in self.asked
        wait_until(is_asked, what=f"a question for {what}")
        return self.asked[what]

    def answer(self, what, value):
        self.once_asked(what)[0](value)

    def refuse(self, what):
        self.once_asked(what)[1](dbus.DBusException("not now", name="org.freedesktop.DBus.Error.Failed"))


@pytest.fixture
def late():
    """(a desktop, its logind that is late)."""
    with Desktop(without=["logind", "notices"]) as desktop:
        logind = LateLogind(desktop.buses["system"])
        yield desktop, logind
        logind.bus.close()


OURS = [("inbasket", os.getuid(), "anna", "seat0", SESSION)]


def test_a_session_that_has_not_said_whether_it_is_locked(run, late):
    desktop, logind = late
    program = run(desktop)
    assert program.next() == "state network locked"
    logind.answer("sessions", OURS)
    logind.once_asked("LockedHint")
    desktop.battery(True)
    assert program.next() == "state network battery locked"
    logind.answer("LockedHint", False)
    assert program.next() == "state network battery"


@pytest.mark.parametrize("says", [
    lambda logind: logind.answer("sessions", []),
    lambda logind: logind.answer("sessions", [("other", os.getuid() + 1, "carl", "seat0", SESSION)]),
    lambda logind: logind.refuse("sessions"),
    lambda logind: (logind.answer("sessions", OURS), logind.answer("LockedHint", False)),
    lambda logind: (logind.answer("sessions", OURS), logind.refuse("LockedHint")),
    lambda logind: logind.bus.release_name(LOGIND),
], ids=["no-session", "another's", "none-told", "unlocked", "not-said", "gone"])
def test_what_ends_the_doubt_about_the_screen(run, late, says):
    desktop, logind = late
    program = run(desktop)
    logind.once_asked("sessions")
    assert program.next() == "state network locked"
    says(logind)
    assert program.next() == "state network"


def test_nobody_is_there(run):
    with Desktop(without=[*Desktop.TEMPLATES, "notices"]) as desktop:
        program = run(desktop)
        assert program.first().startswith("state")
        program.tell("slept", 3600)
        assert program.until("looked at the clocks") == ["woke"]
        program.tell("slept", 0)
        assert program.until("looked at the clocks") == []
        program.tell("let-sleep")
        program.tell("reach", "127.0.0.1")
        assert program.next() == "reached 127.0.0.1"
        assert program.end() == []


def test_there_is_no_bus(run, tmp_path):
    class Nothing:
        environment = {f"DBUS_{name}_BUS_ADDRESS": f"unix:path={tmp_path}/none" for name in ("SYSTEM", "SESSION")}
    program = run(Nothing)
    assert program.first().startswith("state")
    program.tell("slept", 3600)
    assert program.until("looked at the clocks") == ["woke"]
    assert program.end() == []


def test_the_buses_end_and_the_program_does_not(run):
    with Desktop(without=["notices", "screen", "power", "profiles"]) as desktop:
        program = run_awake(run, desktop)
    program.tell("slept", 3600)
    program.until("woke")
    assert program.process.poll() is None
