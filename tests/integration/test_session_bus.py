"""The session bus ends while the service runs, and another one takes its place: nothing has to be started anew."""

import contextlib
import subprocess
from types import SimpleNamespace

import dbus
import pytest
from e2e.inbasket import BUILD, PATIENCE, Service
from mail.generate import small
from servers import locked_screen
from servers.bus import NAME, Caller
from servers.keyring import Keyring
from servers.notifications import MockObject, NotificationServer

PROGRAMS = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}
SCREEN = locked_screen.BUS_NAME
GONE, THERE = "the session bus is gone", "there is a session bus now"


@pytest.fixture
def keyring():
    with Keyring() as keyring:
        keyring.unlock()
        yield keyring


@pytest.fixture
def work(home, server, keyring):
    """A home whose account has its password in the keyring; it looks for mail when it is told to."""
    home.configure(service__notify="all")
    home.account("work", server, fetch__push=False)
    subprocess.run(home.command("account", "edit", "work", "--secret", "keyring", "--secret-stdin"), input=server.users["anna"].encode() + b"\n",
                   env=home.environment(**keyring.environment), timeout=PATIENCE, check=True, capture_output=True)
    return home


@contextlib.contextmanager
def on_bus(keyring, program, *arguments):
    """A mock on the keyring's bus, as it is now."""
    connection = dbus.bus.BusConnection(keyring.environment["DBUS_SESSION_BUS_ADDRESS"])
    bus = SimpleNamespace(environment=keyring.environment, connection=connection, has=connection.name_has_owner)
    try:
        with program(bus, *arguments) as mock:
            yield mock
    finally:
        connection.close()


def state(home):
    """As the journal has it; nobody is asked."""
    return home.run("status", "--json").lines[0]["accounts"][0]["state"]


def comes_back(keyring, service, times=1):
    """It is found again, with a keyring on it."""
    keyring.start_bus()
    keyring.unlock()
    service.until(lambda: service.said.count(THERE) == times, "that it is found again")
    with Caller(keyring.environment["DBUS_SESSION_BUS_ADDRESS"]) as caller:
        service.until(caller.is_there, "its name on the bus")


def test_secrets_and_callers(work, server, keyring):
    work.configure(service__notify="none")
    with Service(work, env=keyring.environment | PROGRAMS) as service:
        for number in range(2):
            keyring.lose_bus()
            service.until(lambda: service.said.count(GONE) == number + 1, "what it says of it")
            comes_back(keyring, service, number + 1)
            server.put("anna", small(number, 1))
            with Caller(keyring.environment["DBUS_SESSION_BUS_ADDRESS"]) as caller:
                caller.check("work")
                assert caller.state("work")["State"] == "ok"
            assert len(work.files()) == number + 1
    assert service.said.count("\n") == service.said.count(GONE) + service.said.count(THERE) == 4, service.said


def test_keyring_is_waited_for_meanwhile(work, server, keyring):
    """What could not be fetched without it comes by itself, as soon as both are there."""
    work.configure(service__notify="none")
    with Service(work, env=keyring.environment | PROGRAMS) as service:
        service.until(lambda: state(work) == "ok", "the first look")
        keyring.lose_bus()
        service.until(lambda: GONE in service.said, "what it says of it")
        server.put("anna", small(1, 1))
        work.account("work", server, fetch__push=False, account__secret="keyring", account__aliases="bert@example.com")
        service.until(lambda: state(work) == "waiting-for-keyring", "that it waits for the keyring")
        comes_back(keyring, service)
        service.until(lambda: len(work.files()) == 1, "its mail")


def test_bubbles_and_a_locked_screen(work, server, keyring):
    with Service(work, env=keyring.environment | PROGRAMS) as service:
        keyring.lose_bus()
        service.until(lambda: GONE in service.said, "what it says of it")
        keyring.start_bus()
        with on_bus(keyring, NotificationServer) as desktop, \
                on_bus(keyring, MockObject, SCREEN, locked_screen.MAIN_OBJ, SCREEN, "--template", locked_screen.__file__) as screen:
            keyring.unlock()
            service.until(lambda: THERE in service.said, "that it is found again")
            server.put("anna", small(1, 1))
            with Caller(keyring.environment["DBUS_SESSION_BUS_ADDRESS"]) as caller:
                service.until(caller.is_there, "its name on the bus")
                service.until(lambda: screen.calls("GetActive"), "its question about the screen")
                caller.check("work")
            assert not desktop.bubbles()
            screen.emit("ActiveChanged", "b", False)
            desktop.wait_for_bubbles(1)


def test_bus_that_was_not_there_at_first(work, server, keyring):
    keyring.lose_bus()
    with Service(work, env=keyring.environment | PROGRAMS) as service:
        service.until(lambda: "no session bus" in service.said, "what it says of it")
        server.put("anna", small(1, 1))
        comes_back(keyring, service)
        service.until(lambda: len(work.files()) == 1, "its mail")
    assert service.said.count("no session bus") == 1 and NAME not in service.said
