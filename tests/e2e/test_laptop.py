"""inbasketd on a laptop: it sleeps and wakes, loses the network and finds it, and tells its user what is worth telling."""

import contextlib
import sqlite3

import pytest
from integration.test_keyring import add
from mail import generate
from servers.desktop import Desktop
from servers.keyring import Keyring

from e2e.inbasket import Service, assert_exactly_once
from e2e.test_learning_by_moving import lessons
from e2e.test_service import append_and_await, has, mail


@pytest.fixture
def desktop():
    with Desktop() as desktop:
        yield desktop


@pytest.fixture
def laptop(home, desktop):
    """laptop() is a Service on the desktop that ends with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **env: stack.enter_context(Service(home, env=desktop.environment | env))


def state(home, desktop, name="work"):
    accounts = home.run("status", "--json", env=desktop.environment).lines[0]["accounts"]
    return next(account for account in accounts if account["name"] == name)


def holds_sleep_up(desktop):
    return any(what == "sleep" and how == "delay" and "nbasket" in who for what, who, _, how in desktop.inhibitors())


# Sleep

def test_suspended_in_the_middle_of_a_fetch(server, home, desktop, laptop):
    server.put("anna", mail(400))
    home.account("work", server, fetch__interval="6h")
    running = laptop()
    running.until(lambda: holds_sleep_up(desktop), "the inhibitor")
    running.until(home.files, "the first message")
    desktop.sleep()
    running.until(lambda: not holds_sleep_up(desktop), "leave to sleep")
    here = len(home.files())
    assert_clean_so_far(home, here)
    desktop.wake()
    running.until(has(home, 400), "the rest")
    running.until(lambda: holds_sleep_up(desktop), "the inhibitor of the next sleep")
    running.stop()
    assert_exactly_once(server.served("anna"), home)


def assert_clean_so_far(home, count):
    """What is here is in the journal, too: the machine may lose its power in its sleep."""
    with contextlib.closing(sqlite3.connect(f"file:{home.state}/journal.db?mode=ro", uri=True)) as db:
        (known,) = db.execute("SELECT count(*) FROM message").fetchone()
    assert known == count
    assert not [path for path in (home.maildir / "tmp").iterdir()]


def test_awake_again_it_watches_again(server, home, desktop, laptop):
    server.put("anna", mail(2))
    home.account("work", server, fetch__interval="6h")
    running = laptop()
    running.until(has(home, 2), "the first mail")
    append_and_await(server, running, home, 3)
    desktop.sleep()
    running.until(lambda: not holds_sleep_up(desktop), "leave to sleep")
    server.append("anna", mail(1, seed=70))
    desktop.wake()
    running.until(has(home, 4), "what came during the sleep")
    append_and_await(server, running, home, 5)


# The network

def test_without_a_network_it_waits_and_is_no_error(server, home, desktop, laptop):
    """The server is no loopback one to it: such a one can always be reached."""
    home.account("work", server, account__host="mail.example.org")
    desktop.offline()
    running = laptop()

    def waits():
        now = state(home, desktop)
        return (now["state"], now["next_reason"], now["error"]) == ("waiting-for-network", "network", None)
    running.until(waits, "the state, without an error")


def test_what_an_attempt_met_before_the_network_went_is_no_error_either(server, home, desktop, laptop):
    home.account("work", server, account__host="mail.example.org")
    running = laptop()
    running.until(lambda: state(home, desktop)["error"], "the error of the attempt")
    desktop.offline()
    running.until(lambda: state(home, desktop)["error"] is None, "its end")
    assert state(home, desktop)["state"] == "waiting-for-network"


FAR = "mail.far.test"


@pytest.fixture
def far(authority, home, start, desktop):
    """(a server whose name is not this machine's, a service that knows where it is)."""
    server = start(certificate=authority.issue(names=[f"DNS:{FAR}", "DNS:localhost", "IP:127.0.0.1"], label="far"))
    hosts = home.path / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {FAR}\n")
    within = ["unshare", "--mount", "--propagation", "private", "sh", "-c", f'mount --bind "{hosts}" /etc/hosts && exec "$@"', "sh"]
    with contextlib.ExitStack() as stack:
        yield server, lambda: stack.enter_context(Service(home, env=desktop.environment, within=within))


def test_another_network_with_a_portal_and_back(home, desktop, far):
    server, laptop = far
    home.account("work", server, account__host=FAR, fetch__interval="6h")
    running = laptop()
    append_and_await(server, running, home, 1)
    append_and_await(server, running, home, 2)
    desktop.portal()
    running.until(lambda: state(home, desktop)["state"] == "waiting-for-network", "the state")
    server.put("anna", mail(1, seed=60))
    account = state(home, desktop)
    assert (account["error"], account["watched"], len(home.files())) == (None, False, 2)
    desktop.online()
    running.until(has(home, 3), "what came meanwhile")
    append_and_await(server, running, home, 4)
    assert state(home, desktop)["state"] == "ok"


def test_in_a_portal_nothing_is_said_to_a_server(home, desktop, far):
    server, laptop = far
    server.put("anna", mail(2))
    home.account("work", server, account__host=FAR)
    desktop.portal()
    running = laptop()
    running.until(lambda: state(home, desktop)["state"] == "waiting-for-network", "the state")
    assert "anna" not in server.log() and home.files() == []
    desktop.online()
    running.until(has(home, 2), "the mail")


def test_on_a_metered_network_large_messages_wait(home, desktop, far):
    server, laptop = far
    large = b"From: a@example.org\r\nMessage-ID: <large@example.org>\r\nSubject: large\r\n\r\n" + b"much\r\n" * 400_000
    server.put("anna", [*mail(2), large])
    home.account("work", server, account__host=FAR, fetch__interval="6h")
    desktop.metered(True)
    running = laptop()
    running.until(has(home, 2), "the small ones")
    running.until(lambda: "metered" in running.said, "what it says of the large one")
    desktop.metered(False)
    running.until(has(home, 3), "the large one")


def test_a_server_of_this_machine_needs_no_network(server, home, desktop, laptop):
    server.put("anna", mail(2))
    home.account("work", server)
    desktop.offline()
    running = laptop()
    running.until(has(home, 2), "the mail")


# What is shown

def one_bubble(running, desktop):
    return running.until(lambda: desktop.notifications()[-1:], "a bubble")[0]


def test_new_mail_is_shown_and_spam_is_not(server, home, desktop, laptop):
    home.configure(service__notify="all")
    home.account("work", server, fetch__interval="6h")
    running = laptop()
    append_and_await(server, running, home, 1)
    shown = running.until(desktop.notifications, "a bubble")
    server.append("anna", [generate.messages(3, 1, kinds=["spam"])[0].data])
    running.until(has(home, 2), "the spam")
    append_and_await(server, running, home, 3, seed=30)
    running.until(lambda: len(desktop.notifications()) > len(shown), "the next bubble")
    assert home.counts() == {".": 2, ".Junk": 1}
    assert len(desktop.notifications()) == len(shown) + 1


def test_marked_as_junk_by_a_click(server, home, desktop, laptop):
    home.configure(service__notify="all")
    home.account("work", server, fetch__interval="6h")
    running = laptop()
    append_and_await(server, running, home, 1)
    bubble = one_bubble(running, desktop)
    (junk,) = (key for key, label in bubble.actions.items() if "unk" in label)
    desktop.click(1, junk)
    running.until(lambda: home.counts() == {".Junk": 1}, "its move into Junk")
    running.until(lambda: [row[0] for row in lessons(home)] == ["spam"], "the lesson")


def test_a_locked_screen_shows_nothing_of_it(server, home, desktop, laptop):
    home.configure(service__notify="all")
    home.account("work", server, fetch__interval="6h")
    running = laptop()
    desktop.lock(True)
    desktop.heard()
    append_and_await(server, running, home, 1)
    append_and_await(server, running, home, 2)
    assert unlocked(running, desktop) == ["2 new messages"]


def test_a_screen_that_was_locked_before_shows_nothing_either(server, home, desktop, laptop):
    """Even while nobody says that it is."""
    home.configure(service__notify="all")
    home.account("work", server, fetch__interval="6h")
    desktop.lock(True)
    with desktop.mute("logind"):
        running = laptop()
        append_and_await(server, running, home, 1)
        append_and_await(server, running, home, 2)
    desktop.heard()
    assert unlocked(running, desktop) == ["2 new messages"]


def unlocked(running, desktop):
    """The titles of all that was shown before, and is now."""
    desktop.lock(False)
    running.until(desktop.notifications, "a bubble")
    return [bubble.title for bubble in desktop.notifications()]


def test_a_refused_password_is_shown_once_and_withdrawn(server, home, desktop, laptop):
    server.put("anna", mail(1))
    home.account("work", server, password="wrong")
    running = laptop()
    bubble = one_bubble(running, desktop)
    assert "work" in bubble.title + bubble.body
    assert state(home, desktop)["state"] == "sign-in-needed"
    home.account("work", server)
    running.until(has(home, 1), "the mail")
    running.until(lambda: desktop.mocks["notices"].closed() == [1], "its withdrawal")
    assert len(desktop.notifications()) == 1


# The keyring

def test_a_keyring_that_is_locked_is_waited_for(start, home):
    server = start(users={"anna": "secret"})
    server.put("anna", mail(2))
    with Keyring() as keyring:
        keyring.unlock()
        add(home, keyring, server, secret="secret")
        keyring.lock()
        with Service(home, env=keyring.environment) as running:
            running.until(lambda: state_of(home, keyring) == "waiting-for-keyring", "the state")
            assert home.files() == []
            keyring.unlock()
            running.until(has(home, 2), "the mail")


def state_of(home, keyring):
    return home.run("status", "--json", env=keyring.environment).lines[0]["accounts"][0]["state"]


# Many

def test_ten_accounts_at_once(start, home, desktop, laptop):
    users = {f"user{n}": "secret" for n in range(10)}
    server = start(users=users)
    for n, user in enumerate(users):
        server.put(user, mail(5, seed=n))
        home.account(user, server, user=user, fetch__interval="6h")
    running = laptop()
    running.until(has(home, 50), "the mail of all")
    for n, user in enumerate(users):
        server.append(user, mail(1, seed=100 + n))
    running.until(has(home, 60), "what came then")
