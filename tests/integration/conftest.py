"""A service on a session bus, and who talks to it."""

import contextlib

import pytest
from e2e.inbasket import BUILD, Service
from mail import generate
from servers.bus import NAME, Caller
from servers.notifications import SessionBus

PROGRAMS = {"INBASKET_BINDIR": str(BUILD / "src" / "cli")}


@pytest.fixture
def bus():
    with SessionBus() as bus:
        yield bus


@pytest.fixture
def serve(bus):
    """serve(home) is a Service that is on the bus; it ends with the test."""
    with contextlib.ExitStack() as running:
        def start(home):
            service = running.enter_context(Service(home, bus=bus.address, env=PROGRAMS))
            service.until(lambda: bus.has(NAME), "its name on the bus")
            return service
        yield start


@pytest.fixture
def call(bus):
    """call() is another one who talks to it."""
    with contextlib.ExitStack() as calling:
        yield lambda: calling.enter_context(Caller(bus))


@pytest.fixture
def work(server, home):
    """A home with an account that is not watched, so that nothing happens unasked; and eight messages on its server."""
    server.put("anna", [message.data for message in generate.messages(3, 8)])
    home.account("work", server, fetch__push=False)
    return home


@pytest.fixture
def caller(work, serve, call):
    """Talks to the service of `work`, which has fetched all that there was."""
    serve(work)
    caller = call()
    caller.check("work")
    return caller
