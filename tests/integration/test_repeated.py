"""The first time at a real Dovecot takes few round trips; the second time, what is remembered of it saves more, and TLS is resumed."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from bench.link import Link
from mail.generate import small
from servers.dovecot import PATIENCE, Dovecot

PROTOCOLS = ["imap", "pop3"]
BUILD = Path(os.environ.get("INBASKET_BUILD", "build"))
# One process for all who sign in: else each has keys of its own, and knows no session of another's.
REMEMBERS = "".join(f"service {name}-login {{\n  service_count = 0\n  process_limit = 1\n}}\n" for name in PROTOCOLS)


def counts(home, link):
    link.take_counts()
    home.run("sync")
    return link.take_counts()


@pytest.mark.parametrize("security, trips", [("tls", 6), ("starttls", 7)])
def test_first_contact_in_few_round_trips(home, server, security, trips):
    server.put("anna", list(small(1, 9)))
    with Link(server.ports["imaps" if security == "tls" else "imap"], 30) as link:
        home.account("work", server, security=security, account__port=link.port)
        first = counts(home, link)
        assert len(home.messages()) == 9
        assert first["round_trips"] <= trips, first


def test_first_contact_of_several_mailboxes(home, server):
    """They are listed together with the sign-in, where that tells what they are for."""
    server.put("anna", list(small(1, 9)))
    server.put("anna", list(small(2, 9)), "Junk")
    with Link(server.ports["imaps"], 30) as link:
        home.account("work", server, account__port=link.port, fetch__folders="*")
        first = counts(home, link)
        assert len(home.messages()) == 18
        assert first["round_trips"] <= 11, first


@pytest.mark.parametrize("protocol, security, trips", [("imap", "tls", 4), ("imap", "starttls", 4), ("pop3", "tls", 3), ("pop3", "starttls", 5)])
def test_nothing_new_in_few_round_trips(home, server, protocol, security, trips):
    server.put("anna", list(small(1, 20)))
    with Link(server.ports[protocol + "s" if security == "tls" else protocol], 30) as link:
        home.account("work", server, protocol=protocol, security=security, account__port=link.port)
        home.run("sync")
        first = counts(home, link)
        assert first["round_trips"] <= trips, first
        assert first["up"] + first["down"] < 3500 or protocol == "pop3" or security == "starttls", first
        server.put("anna", list(small(2, 1)))
        home.run("sync")
        assert len(home.messages()) == 21
        assert counts(home, link)["round_trips"] <= trips


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_tls_is_resumed(protocol):
    with Dovecot(settings=REMEMBERS) as server:
        run = subprocess.run([BUILD / "tests/bench/bench-driver", protocol, "tls", "localhost", str(server.ports[protocol + "s"]),
                              "anna", "secret", server.ca, "sessions=3"], capture_output=True, text=True, timeout=PATIENCE)
        assert run.returncode == 0, run.stdout + run.stderr
        steps = [line for line in run.stdout.splitlines() if line.startswith("step 1: TLSv1.")]
        assert [step.endswith(", resumed") for step in steps] == [False, True, True], run.stdout


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_server_that_offers_something_else_now(home, authority, protocol):
    """What was remembered is wrong: the poll goes on without it."""
    with Dovecot(authority=authority) as server:
        server.put("anna", list(small(1, 3)))
        home.account("work", server, protocol=protocol)
        home.run("sync")
        ports, certificate = server.ports, (server.certificate, server.key)
    made = int(time.time())
    while int(time.time()) == made:
        time.sleep(0.02)  # the new mailbox's UIDVALIDITY is the second in which it is made
    with Dovecot(mechanisms="login", ports=ports, authority=authority, certificate=certificate) as server:
        server.put("anna", list(small(2, 5)))
        home.run("sync")
        assert len(home.messages()) == 8
