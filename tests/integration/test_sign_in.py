"""The ways to sign in, at a real Dovecot: which is taken, what is refused and how it is said, over IMAP and POP3."""

import base64
import hashlib
import hmac
import re
import subprocess

import pytest
from mail.generate import small
from servers.dovecot import wait_until
from servers.tokens import token

PROTOCOLS = ["imap", "pop3"]
KEY = b"a key that only the provider and the server have"
OAUTH2 = {"account__auth": "oauth2"}


def scram_hash(password, rounds=4096, salt=b"0123456789abcdef"):
    """What a server keeps that never had the password: RFC 5802, 3, in Dovecot's writing."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    return "{SCRAM-SHA-256}" + ",".join([str(rounds), *(base64.b64encode(part).decode() for part in (salt, stored, server))])


def crypt_hash(password):
    return "{SHA512-CRYPT}" + subprocess.run(["openssl", "passwd", "-6", password], check=True, capture_output=True, text=True).stdout.strip()


def way(home, account="work", status=0):
    """How `account test` signed in."""
    run = home.run("account", "test", account, "--json", status=status)
    return [event["text"] for event in run.events("step") if event["step"] == "sign-in"]


def secret_command(home, text):
    """secret=command: for a program that prints it."""
    path = home.secrets / "printed"
    path.write_text(text + "\n")
    return f"command:cat {path}"


def expect(protocol, mechanism, user="anna"):
    return [f"{'AUTHENTICATE' if protocol == 'imap' else 'AUTH'} {mechanism} as {user}"]


def failures(server):
    """[method] of the sign-ins that the server refused, each connection's attempts being counted."""
    found = re.findall(r"auth failed, (\d+) attempts.*?method=([A-Z0-9-]+)", wait_until(lambda: "auth failed" in server.log() and server.log()))
    return [method for count, method in found for _ in range(int(count))]


# SCRAM-SHA-256

@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("password", ["secret", "pässwörd ß", "with \"quote\" and \\slash", "two  blanks "])
def test_scram_is_preferred(home, start, protocol, password):
    server = start(users={"anna": password}, mechanisms="plain login scram-sha-256")
    server.put("anna", small(1, 3))
    home.account("work", server, protocol=protocol)
    assert way(home) == expect(protocol, "SCRAM-SHA-256")
    assert len(home.sync().delivered) == 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_scram_at_a_server_that_never_had_the_password(home, start, protocol):
    server = start(hashes={"anna": scram_hash("secret", rounds=20000)}, mechanisms="scram-sha-256")
    home.account("work", server, protocol=protocol)
    assert way(home) == expect(protocol, "SCRAM-SHA-256")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_wrong_password_is_tried_once_and_stays_here(home, start, protocol):
    server = start(mechanisms="plain login scram-sha-256")
    home.account("work", server, protocol=protocol, password="wrong")
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed"
    assert failures(server) == ["SCRAM-SHA-256"]
    assert "passwd-file(anna" not in server.log()       # which is what checks a password in clear


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_user_whose_hash_is_of_another_kind_signs_in_by_plain(home, start, protocol):
    server = start(hashes={"anna": crypt_hash("secret")}, mechanisms="plain login scram-sha-256")
    home.account("work", server, protocol=protocol)
    assert way(home) == expect(protocol, "PLAIN")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_endless_rounds_are_unsafe(home, start, protocol):
    server = start(hashes={"anna": scram_hash("secret", rounds=1_000_001)}, mechanisms="plain login scram-sha-256")
    home.account("work", server, protocol=protocol)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "unsafe" and "a million rounds" in run.err
    assert "passwd-file(anna" not in server.log() and "Login: user=" not in server.log()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_scram_after_starttls(home, start, protocol):
    server = start(mechanisms="plain login scram-sha-256")
    home.account("work", server, protocol=protocol, security="starttls")
    assert way(home) == expect(protocol, "SCRAM-SHA-256")


# PLAIN and older

@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_wrong_password_in_clear_is_tried_once(home, start, protocol):
    server = start(mechanisms="plain login")
    home.account("work", server, protocol=protocol, password="wrong")
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed" and "heck user= and the password" in run.err
    assert failures(server) == ["PLAIN"]
    assert "passwd-file(anna" in server.log()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("password", ["pässwörd ß", "with \"quote\" and \\slash"])
def test_plain_with_every_character(home, start, protocol, password):
    server = start(users={"anna": password}, mechanisms="plain")
    home.account("work", server, protocol=protocol)
    assert way(home) == expect(protocol, "PLAIN")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("password", ["secret", "pässwörd ß", "with \"quote\" and \\slash"])
def test_by_prompts(home, start, protocol, password):
    server = start(users={"anna": password}, mechanisms="login")
    home.account("work", server, protocol=protocol)
    assert way(home) == expect(protocol, "LOGIN")


# OAuth2

@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_token(home, start, protocol, mechanism):
    server = start(mechanisms=f"plain {mechanism}", token_key=KEY)
    server.put("anna", small(1, 2))
    home.account("work", server, protocol=protocol, account__secret=secret_command(home, token(KEY, "anna")), **OAUTH2)
    assert way(home) == expect(protocol, mechanism)
    assert len(home.sync().delivered) == 2


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("padding", [1500, 4300])
def test_long_token(home, start, protocol, mechanism, padding):
    server = start(mechanisms=f"plain {mechanism}", token_key=KEY)
    home.account("work", server, protocol=protocol, account__secret=secret_command(home, token(KEY, "anna", padding=padding)), **OAUTH2)
    assert way(home) == expect(protocol, mechanism)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("made", [
    lambda: token(KEY, "anna", lifetime=-60),
    lambda: token(b"another key", "anna"),
    lambda: token(KEY, "bert"),
    lambda: token(KEY, "anna", issuer="https://evil.example"),
    lambda: "no token at all",
], ids=["expired", "forged", "somebody-elses", "another-issuer", "nonsense"])
def test_refused_token(home, start, protocol, mechanism, made):
    server = start(mechanisms=f"plain {mechanism}", token_key=KEY)
    home.account("work", server, protocol=protocol, account__secret=secret_command(home, made()), **OAUTH2)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed", run
    assert "(status " in run.err and "Login: user=" not in server.log()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_token_is_not_tried_as_a_password(home, start, protocol):
    server = start(mechanisms="plain login scram-sha-256")
    home.account("work", server, protocol=protocol, account__secret=secret_command(home, "secret"), **OAUTH2)
    assert home.sync(status=6).summary["work"]["state"] == "sign-in-needed"
    assert "Login: user=" not in server.log()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_password_is_not_tried_as_a_token(home, start, protocol):
    server = start(mechanisms="xoauth2 oauthbearer", token_key=KEY)
    home.account("work", server, protocol=protocol)
    run = home.sync(status=6)
    assert run.summary["work"]["state"] == "sign-in-needed" and "auth=oauth2" in run.err


def test_refresh_token_never_leaves(home, start):
    server = start(mechanisms="xoauth2", token_key=KEY)
    home.account("work", server, password=token(KEY, "anna"), **OAUTH2)
    run = home.sync(status=6)
    assert "secret=command:" in run.err and "Login: user=" not in server.log()
