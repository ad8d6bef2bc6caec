"""The servers that the other tests stand on keep what they promise."""

import hashlib
import imaplib
import poplib
import signal
import socket
import ssl
import subprocess

import pytest
from mail import generate
from mail.generate import local
from servers import stuck
from servers.dovecot import PATIENCE
from servers.faulty import Proxy, Silent, dead
from servers.poor_imap import PoorImap
from servers.poor_pop3 import PoorPop3


def test_generator_gives_the_same_bytes_for_a_seed():
    first, again, other = (generate.messages(seed, 50) for seed in (1, 1, 2))
    assert [m.data for m in first] == [m.data for m in again]
    assert not {m.data for m in first} & {m.data for m in other}
    digest = hashlib.sha256(b"".join(m.data for m in first)).hexdigest()
    assert digest.startswith("62a08a596e0389a8"), "what a seed gives has changed: golden files may depend on it"


def test_generated_mail_is_of_all_kinds_and_ends_lines_with_crlf():
    mails = generate.messages(3, 200)
    assert {m.kind for m in mails} == {"personal", "list", "newsletter", "notification", "spam"}
    for mail in mails:
        rest = mail.data.replace(b"\r\n", b"")
        assert b"\r" not in rest and b"\n" not in rest, mail.subject


def test_dovecot_serves_what_was_put(server):
    mails = generate.messages(1, 30)
    server.put("anna", [m.data for m in mails], flags=[m.flags for m in mails])
    assert [("\\Seen" in flags) for _, flags in sorted(server.flags("anna").items())] == ["S" in m.flags for m in mails]
    assert server.served("anna") == [m.data for m in mails]
    assert [local(m) for m in server.served_pop3("anna")] == [local(m.data) for m in mails]


def test_dovecot_offers_starttls_and_stls(server, authority):
    session = imaplib.IMAP4("localhost", server.imap_port)
    assert "STARTTLS" in session.capabilities
    session.starttls(authority.client_context())
    assert session.login("anna", "secret")[0] == "OK"
    session.logout()
    session = poplib.POP3("localhost", server.pop3_port)
    session.stls(authority.client_context())
    session.user("anna")
    assert session.pass_("secret").startswith(b"+OK")
    session.quit()


def test_dovecot_renumbers(server):
    server.put("anna", generate.small(1, 5))
    before = server.uidvalidity("anna")
    assert server.uids("anna") == [1, 2, 3, 4, 5]
    for turn in range(1, 4):
        server.renumber("anna")
        assert server.uidvalidity("anna") == before + turn
        assert len(server.served("anna")) == 5


def test_dovecot_appends_with_flags_and_date(server):
    server.append("anna", generate.small(1, 2), flags=r"(\Flagged)", dates=[1_700_000_000, 1_700_000_060])
    assert server.flags("anna")[1] >= {"\\Flagged"}
    with server.imap("anna") as session:
        session.select(readonly=True)
        assert b"14-Nov-2023" in session.uid("FETCH", "1", "(INTERNALDATE)")[1][0]


@pytest.mark.parametrize("name", generate.odd())
def test_poor_servers_serve_bytes_as_they_are(name, authority):
    message = generate.odd()[name]
    with PoorImap({"INBOX": [message]}, authority=authority) as server:
        session = imaplib.IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=authority.client_context())
        session.login("anna", "secret")
        session.select()
        assert session.uid("FETCH", "1", "(BODY.PEEK[])")[1][0][1] == message
        session.logout()
    with PoorPop3([message], authority=authority) as server, \
            authority.client_context().wrap_socket(socket.create_connection(("127.0.0.1", server.ports["pop3s"])),
                                                   server_hostname="localhost") as raw:
        raw.sendall(b"USER anna\r\nPASS secret\r\nRETR 1\r\nQUIT\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
        body = answer.split(b"+OK signed in\r\n+OK\r\n", 1)[1].rpartition(b".\r\n+OK bye\r\n")[0]
        undotted = body[1:] if body.startswith(b".") else body
        assert undotted.replace(b"\r\n..", b"\r\n.") == server.served()[0]


@pytest.mark.parametrize("lacks", ["UIDL", "TOP", "CAPA", "STLS", "SASL"])
def test_poor_pop3_lacks_what_is_named(lacks, authority):
    word = {"SASL": b"AUTH PLAIN", "TOP": b"TOP 1 0"}.get(lacks, lacks.encode())
    with PoorPop3([b"Subject: x\r\n\r\n"], lacks={lacks}, authority=authority) as server:
        with socket.create_connection(("127.0.0.1", server.ports["pop3"])) as raw, raw.makefile("rb") as lines:
            assert lines.readline().startswith(b"+OK")
            if lacks in ("UIDL", "TOP"):
                raw.sendall(b"USER anna\r\nPASS secret\r\n")
                assert lines.readline().startswith(b"+OK") and lines.readline().startswith(b"+OK")
            raw.sendall(word + b"\r\n")
            assert lines.readline().startswith(b"-ERR")


@pytest.mark.parametrize("lacks", ["MOVE", "UIDPLUS", "SASL-IR", "NAMESPACE", "UNSELECT", "STARTTLS"])
def test_poor_imap_lacks_what_is_named(lacks, authority):
    with PoorImap({"INBOX": [b"Subject: x\r\n\r\n"], "Done": []}, lacks={lacks}, authority=authority) as server:
        session = imaplib.IMAP4("localhost", server.ports["imap"])
        assert lacks not in session.capabilities
        if lacks == "STARTTLS":
            with pytest.raises(imaplib.IMAP4.abort):
                session.starttls(authority.client_context())
        session.shutdown()


def test_proxy_cuts_and_then_lets_through(server, authority):
    server.put("anna", [generate.big(1)])
    with Proxy(server, "imaps", cuts=[100_000]) as proxy:
        def fetch():
            session = imaplib.IMAP4_SSL("localhost", proxy.ports["imaps"], ssl_context=authority.client_context(), timeout=PATIENCE)
            try:
                session.login("anna", "secret")
                session.select()
                return session.uid("FETCH", "1", "(BODY.PEEK[])")[1][0][1]
            finally:
                session.shutdown()
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            fetch()
        assert fetch() == generate.big(1)
        assert proxy.connections == 2


def test_a_silent_server_accepts_and_a_dead_one_does_not(server):
    with Silent(server) as silent, socket.create_connection(("127.0.0.1", silent.ports["imap"]), timeout=0.2) as raw:
        with pytest.raises(TimeoutError):
            raw.recv(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", dead(server).ports["imap"]))


@pytest.mark.parametrize(("label", "issue", "reason"), [
    ("wrong-name", {"names": ("DNS:elsewhere.example",)}, "mismatch"),
    ("expired", {"days": -1}, "expired"),
])
def test_bad_certificates_are_bad(label, issue, reason, authority):
    with PoorImap(authority=authority, label=label, **issue) as server, pytest.raises(ssl.SSLError) as caught:
        imaplib.IMAP4_SSL("localhost", server.ports["imaps"], ssl_context=authority.client_context())
    assert reason in str(caught.value)


def test_stuck_process_is_described_and_ended():
    with subprocess.Popen(["sh", "-c", "sleep 86399 & echo begun; wait"], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        words = stuck.describe(process.pid)
        stuck.end(process.pid)
        assert process.stdout.read() == b""         # its child is gone, too, which had that end of the pipe
    assert words.count("process ") == words.count("  thread ") == 2, words
    assert process.returncode == -signal.SIGKILL
