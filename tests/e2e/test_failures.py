"""Servers that refuse, lie, hang or die: told in words, and of no concern to the other accounts."""

import hashlib
import itertools
import re
import signal
import ssl
import threading
import time

import pytest
from e2e.inbasket import PATIENCE, Service, assert_clean, assert_exactly_once
from mail import generate
from mail.generate import local
from servers.bus import Caller
from servers.certs import Authority
from servers.dovecot import wait_until
from servers.faulty import Pausing, Proxy, Silent, Talking, dead
from servers.notifications import SessionBus
from servers.poor_imap import ImapSession, PoorImap
from servers.poor_pop3 import PoorPop3
from servers.tcp import Hangup

MAILS = generate.small(61, 20)


def fails_beside_a_good_one(home, server, expected, **options):
    """Syncs the account `bad`, which is there, beside a good one. `expected`: words of which the error has one."""
    server.put("anna", MAILS)
    home.account("good", server)
    run = home.sync(status=1, **options)
    assert run.summary["good"]["ok"] and run.summary["good"]["fetched"] == len(MAILS)
    bad = run.summary["bad"]
    assert not bad["ok"] and bad["fetched"] == 0
    assert any(word.lower() in bad["error"].lower() for word in expected), bad["error"]
    assert "bad" in run.err and len(run.err.strip().splitlines()) == 1, f"one line says it: {run.err}"
    assert_exactly_once(MAILS, home)
    return run


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_wrong_password(server, home, protocol):
    home.account("bad", server, password="not-this-one", protocol=protocol)
    run = fails_beside_a_good_one(home, server, ["password", "refused", "sign"])
    assert "not-this-one" not in run.out + run.err


@pytest.mark.parametrize("is_dry", [False, True], ids=["wet", "dry"])
def test_interrupted(server, home, is_dry):
    """One line for all accounts says what is here, and that nothing is lost; the next sync fetches the rest."""
    mails = generate.small(63, 300)
    server.put("anna", mails)
    with Pausing(server, "imaps", sum(map(len, mails)) // 2) as line:
        home.account("work", line)
        home.account("home", line)
        process = home.start("sync", *(["--dry-run", "--verbose"] if is_dry else []))
        if is_dry:
            assert process.stdout.readline()
        else:
            wait_until(lambda: any(home.maildir.glob("new/*")), PATIENCE, "the first message")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
    said = err.decode().strip().splitlines()
    assert process.returncode == 1 and len(said) == 1, said
    if is_dry:
        assert said[0] == "inbasket: Stopped: what comes after that was not looked at"
        return
    count = int(re.fullmatch("inbasket: Stopped: ([0-9]+) messages were fetched until then. Nothing is lost: .*", said[0])[1])
    assert count == len(home.messages()) + len(home.held())
    home.account("home", server)
    home.sync("home")
    assert sorted(set(home.messages())) == sorted(set(map(local, mails)))


class OneAtATime(ImapSession):
    """One of a server that does not bear it if more stands behind the sign-in, and does what its `manner` is."""

    def command(self):
        command = super().command()
        if b" AUTHENTICATE " in command and self.buffer:
            self.server.offended += 1
            if self.server.manner == "says no":
                self.write(command.split()[0] + b" NO Authentication failed\r\n")
            raise Hangup
        return command


@pytest.mark.parametrize("manner, statuses", [("hangs up", [0, 0, 0]), ("says no", [6, 0, 0])])
def test_commands_behind_the_sign_in(authority, home, manner, statuses):
    """What goes out ahead at a first contact costs no more than one session, and is left then."""
    poor = PoorImap({"INBOX": MAILS[:3]}, authority=authority)
    poor.session, poor.manner, poor.offended = OneAtATime, manner, 0
    with poor:
        home.account("work", poor)
        for status in statuses:
            home.sync(status=status)
        assert poor.offended == 1
        assert_exactly_once(MAILS[:3], home)


class HangsUp(ImapSession):
    """One of a server that wants nothing to do with whoever has a wrong password."""

    def command(self):
        command = super().command()
        if b" AUTHENTICATE " in command:
            self.server.offended += 1
            raise Hangup
        return command


def test_a_secret_is_not_shown_twice_time_and_again(authority, home):
    """Where asking first is no help either, that is not tried with each poll: a server may count who comes in vain."""
    poor = PoorImap({"INBOX": MAILS[:3]}, authority=authority)
    poor.session, poor.offended = HangsUp, 0
    with poor:
        home.account("work", poor)
        counts = []
        for _ in range(3):
            home.sync(status=6)
            counts.append(poor.offended)
        assert counts == [2, 3, 4]


class FewAtOnce(ImapSession):
    """One of a server that lets in twenty at once, and sends the others away."""

    least, most = 16, 20

    def serve(self):
        with self.server.lock:
            now = len(self.server.open)
            self.server.peak = max(self.server.peak, now)
        if now >= self.least:
            self.server.is_full.set()
        if now > self.most:
            self.server.is_crowded.set()
            self.write(b"* BYE [UNAVAILABLE] Too many connections\r\n")
            raise Hangup
        self.server.is_full.wait(PATIENCE / 3)
        self.server.is_crowded.wait(1)
        self.server.is_crowded.set()
        super().serve()


def few_at_once(authority):
    """The first ones wait until there are as many as shall be, and a second, or until too many have come: so all are there
    together who ever are."""
    poor = PoorImap({"INBOX": MAILS[:1]}, authority=authority)
    poor.session, poor.peak, poor.is_full, poor.is_crowded = FewAtOnce, 0, threading.Event(), threading.Event()
    return poor


def test_a_server_that_lets_in_few_at_once(home, authority):
    """Many accounts there wait for each other, and not for another server."""
    with few_at_once(authority) as poor:
        for number in range(40):
            home.account(f"a{number}", poor)
        home.configure(delivery__deduplicate=False)
        run = home.sync()
        assert len(run.summary) == 40 and all(one["ok"] and one["fetched"] == 1 for one in run.summary.values())
        assert FewAtOnce.least <= poor.peak <= FewAtOnce.most


def test_the_service_takes_turns_at_one_server(home, authority):
    with few_at_once(authority) as poor:
        for number in range(40):
            home.account(f"a{number}", poor, fetch__push=False)
        home.configure(delivery__deduplicate=False)
        poor.is_full.set()      # at its start it comes to them one after the other
        with SessionBus() as bus, Service(home, bus=bus.address) as service, Caller(bus) as caller:
            service.until(lambda: len(home.files()) == 40, "all of their mail")
            poor.is_full.clear()
            poor.is_crowded.clear()
            _, checked = caller("Check", "(as)", [])
            caller.until(lambda: len(caller.said("Checked")) == len(checked) == 40, "the end of all looks")
        assert FewAtOnce.least <= poor.peak <= FewAtOnce.most


def test_dead_server(server, home):
    home.account("bad", dead(server))
    fails_beside_a_good_one(home, server, ["refused", "connect"])


def test_host_that_does_not_exist(server, home):
    home.account("bad", server, account__host="no-such-host.invalid")
    fails_beside_a_good_one(home, server, ["no-such-host.invalid"])


@pytest.mark.parametrize(("label", "issue"), [("wrong-name", {"names": ("DNS:elsewhere.example",)}), ("expired", {"days": -1}),
                                              ("name-in-cn-only", {"names": ("DNS:x.example",), "label": "localhost"})])
def test_certificates_that_do_not_fit(server, authority, home, label, issue):
    with PoorImap({"INBOX": MAILS}, authority=authority, **{"label": label, **issue}) as poor:
        home.account("bad", poor)
        fails_beside_a_good_one(home, server, ["certificate"])
        assert not poor.commands, "nothing may be said to a server that is not who it should be"


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_unknown_authority(server, tmp_path, home, protocol, security):
    stranger = Authority(tmp_path / "stranger", "A stranger")
    home.account("bad", server, protocol=protocol, security=security, account__ca_file=stranger.ca)
    fails_beside_a_good_one(home, server, ["certificate"])


def test_fingerprint(server, authority, home, tmp_path):
    der = ssl.PEM_cert_to_DER_cert(server.certificate.read_text().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n")
    digest = hashlib.sha256(der).hexdigest()
    server.put("anna", MAILS)
    home.account("pinned", server, account__ca_file=None, account__fingerprint=f"sha256:{digest}")
    home.sync()
    assert_exactly_once(MAILS, home)
    home.account("pinned", server, account__ca_file=None, account__fingerprint=f"sha256:{'0' * 64}")
    run = home.sync(status=6)
    assert "fingerprint" in run.summary["pinned"]["error"].lower() or "certificate" in run.summary["pinned"]["error"].lower()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_no_tls_is_no_fallback(server, authority, home, protocol):
    """A server (or someone on the way) that offers no TLS gets no password."""
    if protocol == "imap":
        poor = PoorImap({"INBOX": MAILS}, lacks={"STARTTLS"}, authority=authority)
    else:
        poor = PoorPop3(MAILS, lacks={"STLS"}, authority=authority)
    with poor:
        home.account("bad", poor, protocol=protocol, security="starttls", password="do-not-send")
        fails_beside_a_good_one(home, server, ["tls"])
        assert not [c for c in poor.commands if b"do-not-send" in c or c.upper().startswith((b"LOGIN", b"USER", b"AUTH"))]


@pytest.mark.parametrize(("greeting", "protocol"), [
    (b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome, no need to sign in\r\n", "imap"),
    (b"* BYE we are closed\r\n", "imap"),
    (b"* OK [BADCHARSET (\"x\")] hi\r\n", "imap"),
    (b"* OK " + b"x" * 3_000_000, "imap"),
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "imap"),
    (b"\0\0\0\0\r\n\r\n", "imap"),
    (b"-ERR go away\r\n", "pop3"),
    (b"+OK " + b"x" * 3_000_000, "pop3"),
    (b"220 mail.example ESMTP\r\n", "pop3"),
    (b"", "imap"),
], ids=["preauth", "bye", "badcharset", "endless", "http", "nul", "pop3-err", "pop3-endless", "smtp", "plain-on-tls"])
def test_greetings_that_are_none(server, home, greeting, protocol):
    with Talking(server, greeting or b"* OK plain text\r\n") as talking:
        home.account("bad", talking, protocol=protocol, security="starttls" if greeting else "tls")
        fails_beside_a_good_one(home, server, [""])


def test_slow_and_silent_servers_delay_nobody(server, home):
    """The others' mail is here long before the silent ones have been given up."""
    server.put("anna", MAILS)
    with Silent(server) as silent, Proxy(server, "imaps", stall_after=6000) as stalling:
        home.account("good", server)
        home.account("silent", silent)
        home.account("silent-pop", silent, protocol="pop3", security="starttls")
        home.account("stalling", stalling)
        began = time.monotonic()
        process = home.start("sync", "--json")
        lines = iter(process.stdout.readline, b"")
        good = itertools.islice((line for line in lines if b'"account":"good"' in line), len(MAILS))
        assert len(list(good)) == len(MAILS) and time.monotonic() - began < 25, "that is before a silent one is given up"
        _, err = process.communicate(timeout=200)
        assert process.returncode == 1, err
        assert time.monotonic() - began < 150, "a silent server is given up"
    # The stalling one leads to the same mailbox: what came through it before it stalled is held as a twin.
    assert sorted(home.messages()) == sorted(local(mail) for mail in MAILS)
    assert set(home.held()) <= {local(mail) for mail in MAILS}
    assert_clean(home)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_connections_cut_anywhere(server, home, protocol):
    """Each poll gets a little further; nothing is lost, nothing comes twice."""
    mails = [m.data for m in generate.messages(62, 120)]
    server.put("anna", mails)
    cuts = [1500, 3000, 5000, 40_000, 100_000, 200_000, 300_000, 400_000]
    with Proxy(server, protocol + "s", cuts=cuts) as proxy:
        home.account("work", proxy, protocol=protocol, fetch__after="delete")
        for _ in cuts:
            home.sync(status=(0, 1, 6))
            here = home.messages()
            assert len(here) == len(set(here))
            left = set(server.served("anna"))
            assert {m.replace(b"\r\n", b"\n") for m in mails} <= set(here) | {m.replace(b"\r\n", b"\n") for m in left}
        for _ in range(3):
            home.sync()
    assert_exactly_once(mails, home)
    assert server.uids("anna") == []


@pytest.mark.parametrize("answer", [b"* BYE out of memory\r\n%t NO later\r\n", b"%t NO [UNAVAILABLE] later\r\n", b"%t BAD what?\r\n",
                                    b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n", b"* 1 FETCH (UID 1 BODY[] {4294967299}\r\nabc)\r\n%t OK\r\n",
                                    b"* 1 FETCH ((((((((((((((((((((((((((((((\r\n", b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 20_000 + b"\r\n",
                                    b"* NO [BADCHARSET (a)] x\r\n* NO [BADCHARSET (a)] x\r\n%t OK\r\n", b"garbage without end" * 50_000,
                                    b"* 1 FETCH (UID 0 BODY[] {1}\r\nx)\r\n%t OK done\r\n", b"* 77 FETCH (UID 4000000 BODY[] {1}\r\nx)\r\n%t OK done\r\n",
                                    b"* 1 EXISTS\r\n" * 200_000 + b"%t OK\r\n", b"%t OK nothing was sent\r\n"],
                         ids=["bye", "unavailable", "bad", "literal-too-long", "literal-wraps", "deep", "bodystructure", "use-after-free",
                              "endless-line", "uid-zero", "uid-not-asked", "flood", "nothing"])
def test_hostile_answers_to_fetch(server, authority, home, answer):
    """Whatever the answer, the program lives, the other account is served, and the mail comes when the server mends."""
    with PoorImap({"INBOX": generate.small(63, 12)}, authority=authority) as poor:
        poor.before = lambda command: answer if command.upper().startswith(b"UID FETCH") else None
        server.put("anna", MAILS)
        home.account("bad", poor, fetch__after="delete")
        home.account("good", server)
        run = home.sync(status=(0, 1))
        assert run.summary["good"]["ok"] and run.summary["good"]["fetched"] == len(MAILS)
        assert poor.served() == generate.small(63, 12), "nothing is deleted that is not here"
        poor.before = None
        home.sync()
        assert_exactly_once(MAILS + generate.small(63, 12), home)
        assert poor.served() == []


@pytest.mark.parametrize("answer", [b"-ERR [SYS/TEMP] later\r\n", b"+OK\r\n" + b"x" * 2_000_000, b"+OK\r\n0 100\r\n1 2\r\n.\r\n",
                                    b"+OK\r\n4294967297 100\r\n.\r\n", b"+OK\r\n1\r\n2 \r\nabc\r\n.\r\n", b"+OK\r\n1 a\0b\r\n.\r\n"],
                         ids=["err", "endless", "number-zero", "number-wraps", "no-size", "nul"])
@pytest.mark.parametrize("command", [b"LIST", b"UIDL", b"RETR"])
def test_hostile_answers_of_pop3(server, authority, home, command, answer):
    mails = generate.small(64, 12)
    with PoorPop3(mails, authority=authority) as poor:
        poor.before = lambda line: answer if line.upper().startswith(command) else None
        server.put("anna", MAILS)
        home.account("bad", poor, protocol="pop3", fetch__after="keep")
        home.account("good", server)
        run = home.sync(status=(0, 1))
        assert run.summary["good"]["ok"] and run.summary["good"]["fetched"] == len(MAILS)
        if command == b"RETR" and answer.startswith(b"+OK"):
            return        # these were whole messages, in the server's own words
        poor.before = None
        home.sync()
        assert_exactly_once(MAILS + mails, home)


# Exit statuses, as scripts rely on them

def test_status_1_some_account_failed(server, home):
    home.account("bad", dead(server))
    home.account("good", server)
    home.sync(status=1)


def test_status_2_usage(home):
    for arguments in (["no-such-command"], ["sync", "--no-such-option"]):
        run = home.run(*arguments, status=2)
        assert run.err and not run.out


@pytest.mark.parametrize(("text", "line", "near"), [
    ("[delivery]\nmaildirs=/x\n", 2, "maildir"),
    ("[delivry]\nmaildir=/x\n", 1, "delivery"),
    ("[delivery]\nlayout=maildirpp\n", 2, "maildir++"),
    ("[filter]\nspam-threshold=lots\n", 2, "spam-threshold"),
    ("just text\n", 1, ""),
], ids=["key", "group", "value", "number", "no-keyfile"])
def test_status_3_configuration(server, home, text, line, near):
    home.account("work", server)
    (home.config / "inbasket.conf").write_text(text)
    run = home.sync(status=3)
    assert f"inbasket.conf:{line}:" in run.err and near in run.err
    assert not home.maildir.exists() or not home.files()


def test_a_broken_account_file_is_that_accounts_error(server, home):
    server.put("anna", MAILS)
    home.account("good", server)
    (home.accounts / "bad.conf").write_text("[account]\nprotocoll=imap\n")
    run = home.sync(status=(1, 3))
    assert "bad.conf:2:" in run.err and "protocol" in run.err
    assert_exactly_once(MAILS, home)


def test_status_5_another_works_here(server, home):
    """While one sync runs, a second refuses and disturbs nothing."""
    server.put("anna", MAILS)
    with Silent(server) as silent:
        home.account("silent", silent)
        first = home.start("sync", "--json")
        wait_until(lambda: silent.connections, what="the first to be at work")
        run = home.run("sync", status=5)
        assert run.err.strip()
        home.run("status")
        first.terminate()
        first.communicate(timeout=PATIENCE)


def test_status_6_nobody_could_be_reached(server, home):
    home.account("bad", dead(server))
    home.account("worse", server, password="wrong")
    home.sync(status=6)


def test_sigterm_ends_it_soon_and_clean(server, home):
    server.put("anna", generate.small(65, 3000))
    home.account("work", server)
    process = home.start("sync", "--json")
    process.stdout.readline()
    began = time.monotonic()
    process.terminate()
    process.communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 20
    home.sync()
    assert_exactly_once(generate.small(65, 3000), home)
