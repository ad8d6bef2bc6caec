"""Whether two threads of a program can wait for each other in GObject's types, for good (accounts/types.h)."""

import contextlib

import pytest
from e2e.inbasket import BUILD, Service
from servers.keyring import Keyring

# Nobody outside of the library that registers it can name it.
PRIVATE = {"GSocketInputStream", "GSocketOutputStream"}


@pytest.fixture
def watch(tmp_path):
    """(the environment of a program that is watched, what others than its first thread have registered)."""
    noted = tmp_path / "registered"
    yield ({"LD_PRELOAD": str(BUILD / "tests/integration/registered.so"), "REGISTERED": str(noted), "ASAN_OPTIONS": "verify_asan_link_order=0"},
           lambda: set(noted.read_text().split()) if noted.exists() else set())


@pytest.fixture
def keyring(request):
    with Keyring() if request.param else contextlib.nullcontext() as keyring:
        if keyring:
            keyring.unlock()
        yield keyring


@pytest.mark.parametrize("keyring", [False, True], ids=["without", "with"], indirect=True)
def test_setup(home, watch, keyring):
    """It looks for what GNOME is signed in to on a thread, while the first one looks servers up."""
    environment, registered = watch
    answers = home.path / "answers"
    answers.write_text("[work]\nonline=anna@example.com\n")
    home.run("setup", "--answers", answers, status=2, env=environment | (keyring.environment if keyring else {}))
    assert registered() <= PRIVATE


@pytest.mark.parametrize("keyring", [True], ids=["with"], indirect=True)
def test_secret(home, watch, keyring, server):
    environment, registered = watch
    home.account("work", server, account__secret="keyring")
    home.run("account", "edit", "work", "--secret", "keyring", "--secret-stdin", status=None, env=environment | keyring.environment)
    home.run("sync", status=6, env=environment | keyring.environment)
    assert registered() <= PRIVATE


@pytest.mark.parametrize("keyring", [False, True], ids=["without", "with"], indirect=True)
def test_service(home, watch, keyring, server):
    environment, registered = watch
    home.account("work", server, **({"account__secret": "keyring"} if keyring else {}))
    with Service(home, env=environment | (keyring.environment if keyring else {})) as service:
        service.until(lambda: home.run("status", "--json", status=None).lines, "an answer")
    assert registered() <= PRIVATE
