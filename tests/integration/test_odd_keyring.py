"""secret=keyring against a Secret Service that does wrong: gives no properties of what it has found, none that can be right, or goes away
in the middle. No password goes astray by it, nothing ends by it, and whoever waits for mail learns what he can do."""

import time

import pytest
from integration.test_bus_destination import move, serving
from integration.test_keyring import PASSWORD, mail, pipe, state, steps  # noqa: F401
from servers.keyring import Keyring
from servers.slow_keyring import SlowKeyring

ELSEWHERE = "elsewhere.example"
# Of an item: what passes, and what can be told of it if it does not.
ODD = ["blank", "bare", "no-attributes", "attributes-of-another", "attributes-mistyped", "never-says-locked", "locked-mistyped"]
UNREAD = ["refuses", *ODD]


@pytest.fixture
def odd(home, mail):  # noqa: F811
    """A keyring, and what a program needs to find it; account work, whose password it may have."""
    with Keyring() as bus, SlowKeyring(bus.environment) as slow:
        slow.answer()
        home.account("work", mail, account__secret="keyring")
        yield slow, bus


def put(bus, server=None, secret=PASSWORD):
    """The right password, for this server."""
    bus.put(secret, inbasket_account="work", inbasket_kind="password", **({"inbasket_server": server} if server else {}))


def servers(slow):
    return sorted(item.get("inbasket-server", "") for item in slow.items())


def is_fetched(home, bus):
    return len(home.sync(env=bus.environment).delivered) == 1


def unfetched(home, bus):
    """What is said about it."""
    run = home.sync(env=bus.environment, status=6)
    assert run.delivered == []
    return run.err


# What passes

@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("what", [*UNREAD, "secrets-gone", "secrets-locked"])
def test_what_is_whole_in_the_end_is_found(home, odd, what, times):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs(what, times)
    assert is_fetched(home, bus)


@pytest.mark.parametrize("what", ["timeless"])
def test_what_nobody_needs_is_not_missed(home, odd, what):
    slow, bus = odd
    put(bus, ELSEWHERE, "wrong")
    put(bus, "localhost")
    slow.errs(what)
    assert is_fetched(home, bus)


def test_one_that_is_locked_says_whose_it_is_once_it_is_open(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.shut()
    assert is_fetched(home, bus)


@pytest.mark.parametrize("what", UNREAD)
def test_one_that_cannot_be_read_is_in_no_others_way(home, odd, what):
    slow, bus = odd
    put(bus, ELSEWHERE, "wrong")
    put(bus, "localhost")
    slow.errs(what, server=ELSEWHERE)
    assert is_fetched(home, bus)


# What does not pass

@pytest.mark.parametrize("what", [*ODD, "secrets-refused", "secrets-foreign", "secrets-mistyped", "found-mistyped"])
def test_what_is_wrong_with_the_keyring_is_said(home, odd, what):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs(what)
    said = unfetched(home, bus)
    assert "The keyring does not work as it should" in said and "sign out and in again" in said and "secret=command:" in said
    assert state(home, bus)["state"] == "waiting-for-keyring" and steps(home, bus) == []


def test_what_the_keyring_refuses_is_said(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("refuses")
    said = unfetched(home, bus)
    assert "The keyring refuses: not to you" in said and "let Inbasket in" in said and "secret=command:" in said
    assert state(home, bus)["state"] == "sign-in-needed"


def test_one_whose_secret_is_never_there_has_none(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("secrets-gone")
    assert "has no password of the account work" in unfetched(home, bus)


def test_one_that_is_locked_after_all_is_waited_for(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("secrets-locked")
    assert "The keyring is locked" in unfetched(home, bus)
    assert state(home, bus)["state"] == "waiting-for-keyring"


def test_a_session_that_the_keyring_has_forgotten_is_opened_anew(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("secrets-refused", 1)
    with serving(home, bus) as caller:
        caller.until(lambda: caller.state("work")["State"] == "waiting-for-keyring", "the first poll")
        result = caller.check("work")["work"]
        assert result["polled"] and caller.state("work")["State"] == "ok", result


def test_a_keyring_that_goes_in_the_middle_is_waited_for(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("leaves")
    assert "keyring" in unfetched(home, bus)
    assert state(home, bus)["state"] == "waiting-for-keyring"
    assert "There is no keyring" in unfetched(home, bus)


def test_a_keyring_that_falls_silent_in_the_middle_is_waited_for(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("secrets-mute")
    begun = time.monotonic()
    assert "has not answered for 10 s" in unfetched(home, bus) and time.monotonic() - begun < 20
    assert state(home, bus)["state"] == "waiting-for-keyring"


def test_what_does_not_open_is_locked(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs("unlocked-mistyped")
    slow.shut()
    assert "The keyring is locked" in unfetched(home, bus)


def test_a_default_keyring_that_cannot_be_named_is_none(home, odd):
    slow, bus = odd
    slow.errs("default-mistyped")
    assert "has no password of the account work" in unfetched(home, bus)


def test_what_an_open_keyring_holds_back_nobody_can_unlock(home, odd):
    slow, bus = odd
    put(bus, "localhost")
    slow.withhold()
    said = unfetched(home, bus)
    assert "is locked" not in said and "Confirm when passwords are retrieved by clients" in said, said
    assert state(home, bus)["state"] == "waiting-for-keyring"
    looked = home.run("doctor", env=bus.environment, status=1)
    assert "Start or unlock the keyring" not in looked.out, looked


def test_of_a_locked_keyring_that_asks_before_it_searches_nothing_is_known(home, odd):
    slow, bus = odd
    slow.shut()
    slow.errs("found-late")
    run = home.run("doctor", "--offline", env=bus.environment)
    assert "The keyring is locked" in run.out and "has no password" not in run.out, run
    assert "has not answered for 10 s: is it locked, and does a window ask for its password?" in unfetched(home, bus)


@pytest.mark.parametrize(("what", "why"), [("found-late", "has not answered for 10 s"), ("found-mistyped", "does not work as it should"),
                                           ("bare", "does not work as it should"), ("refuses", "The keyring refuses: not to you")])
def test_the_doctor_takes_what_it_cannot_look_for_for_no_lack(home, odd, what, why):
    slow, bus = odd
    put(bus, "localhost")
    slow.errs(what)
    begun = time.monotonic()
    run = home.run("doctor", "--offline", env=bus.environment, status=1)
    assert why in " ".join(run.out.split()) and "has no password" not in run.out, run
    assert time.monotonic() - begun < 20


def test_the_doctor_waits_once_for_a_silent_keyring(home, odd, mail):  # noqa: F811
    """Not for each account, nor for each thing that it would ask about."""
    slow, bus = odd
    for name in ("home", "club", "choir"):
        home.account(name, mail, account__secret="keyring")
    slow.errs("found-late")
    begun = time.monotonic()
    run = home.run("doctor", env=bus.environment, status=1)
    assert time.monotonic() - begun < 20
    for name in ("work", "home", "club", "choir"):
        assert f"{name}: Whether the keyring has its password cannot be seen" in " ".join(run.out.split()), run.out


# Whose it is

@pytest.mark.parametrize("times", [1, 2, 1000])
@pytest.mark.parametrize("what", UNREAD)
def test_the_password_for_another_server_does_not_go_to_this_one(home, odd, what, times):
    slow, bus = odd
    put(bus, ELSEWHERE)
    slow.errs(what, times)
    said = unfetched(home, bus)
    assert times == 1000 or f"for {ELSEWHERE} only" in said
    assert steps(home, bus) == [] and servers(slow) == [ELSEWHERE]


def test_one_for_another_server_stays_for_it_while_that_is_hidden(home, odd):
    """What gnome-keyring, before it was ever opened, tells of its items names no server that could be read."""
    slow, bus = odd
    put(bus, ELSEWHERE)
    put(bus)
    slow.shut()
    home.run("account", "edit", "work", "--host", "127.0.0.1", env=bus.environment)
    assert servers(slow) == [ELSEWHERE, "localhost"]
    move(home, "localhost")
    assert is_fetched(home, bus)


def test_a_server_is_not_changed_while_whose_password_there_is_cannot_be_read(home, odd):
    slow, bus = odd
    put(bus)
    slow.errs("bare")
    before = (home.accounts / "work.conf").read_text()
    run = home.run("account", "edit", "work", "--host", "127.0.0.1", env=bus.environment, status=1)
    assert "The keyring does not work as it should" in run.err
    assert (home.accounts / "work.conf").read_text() == before and servers(slow) == [""]


# Given anew

@pytest.mark.parametrize("what", UNREAD)
def test_a_new_one_is_kept_where_the_old_one_cannot_be_read(home, odd, what):
    slow, bus = odd
    put(bus, ELSEWHERE)
    slow.errs(what, server=ELSEWHERE)
    pipe(home, bus, "account", "edit", "work")
    assert servers(slow) == [ELSEWHERE, "localhost"]
    assert is_fetched(home, bus)
