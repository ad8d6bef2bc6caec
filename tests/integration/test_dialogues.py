"""What tests/dialogues/README.md names is there; and whatever a server says in any of the dialogues, the whole program stands it.

Unit tests play a dialogue to the protocol's driver, and know what must come of it to the letter. Here the server says the same to
`inbasket sync`, whether it hears what it expects or not; and then it is honest.
"""

import collections
import contextlib
import os
import re
import subprocess
from pathlib import Path

import pytest
from e2e.inbasket import BUILD, assert_clean, assert_harmless
from e2e.measured import measured
from mail import generate
from mail.generate import local
from servers.poor_imap import Box, ImapSession, PoorImap
from servers.poor_pop3 import Pop3Session, PoorPop3
from servers.tcp import Hangup

TOP = Path(__file__).resolve().parents[2]
# A file is named by its name, by the row's name, or by the key that it stands under.
NAMED = r'(?m)(?:^== {0}$|"{0}"|\bdef {0}\b|^{0} =|\({0}[,)]|/{0}"|^{0} \()'


def test_every_test_that_the_readme_names_is_there():
    readme = (TOP / "tests/dialogues/README.md").read_text()
    files = {word: (TOP / path).read_text() for word, path in re.findall(r"^\| ([\w-]+) \| (tests/\S+) \|$", readme, re.MULTILINE)}
    assert len(files) > 20
    named = [(word, name) for word, name in re.findall(r"`([\w-]+) ([^`]+)`", readme) if word in files]
    assert len(named) > 150
    missing = [f"{word} {name}" for word, name in named if not re.search(NAMED.format(re.escape(name)), files[word])]
    assert not missing, missing


# The dialogues

def unescape(text):
    r"""\r, \n, \0 and \xHH."""
    found = {b"r": b"\r", b"n": b"\n", b"0": b"\0"}
    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|(.))", lambda m: bytes([int(m[1], 16)]) if m[1] else found.get(m[2], m[2]), text)


def sign_in(line):
    """What SIGN-IN stands for in pop3.txt."""
    offered = [b"S: +OK", b"S: TOP", b"S: USER", *([] if b" no-uidl" in line else [b"S: UIDL"]),
               *([b"S: PIPELINING"] if b" pipelining" in line else []), b"S: ."]
    return [b"S: +OK ready", b"C: CAPA", *offered, b"C: USER anna", b"S: +OK", b"C: PASS secret", b"S: +OK signed in", b"C: CAPA", *offered]


class Dialogue:
    def __init__(self, name):
        self.name, self.lines = name, []
        self.settings = {"USER": "anna", "SECRET": "secret", "SECURITY": "none", "AUTH": "password"}

    def add(self, line):
        key, _, value = line.partition(b": ")
        if key.decode("latin-1") in self.settings:
            self.settings[key.decode()] = value.decode()
        elif line.startswith(b"SIGN-IN"):
            self.lines += sign_in(line)
        else:
            self.lines.append(line)


def read(text):
    found = []
    for line in text.split(b"\n"):
        if line.startswith(b"== "):
            found.append(Dialogue(line[3:].decode()))
        elif found and line and not line.startswith(b"#"):
            found[-1].add(line)
    return found


def imap_dialogues():
    printed = subprocess.run([BUILD / "tests/unit/test-remote-imap"], env=os.environ | {"IB_TEST_PRINT": "1"}, check=True, capture_output=True)
    return read(printed.stdout)


def pop3_dialogues():
    return read((TOP / "tests/dialogues/pop3.txt").read_bytes())


# The server

def said(line, does_escape):
    """What a line of a dialogue has the server say; None: it says nothing."""
    key, _, text = line.partition(b": " if b": " in line else b" " if line.startswith(b"S- ") else b":")
    count, _, words = text.partition(b" ")
    if key == b"S":
        return (unescape(text) if does_escape else text) + b"\r\n"
    if key == b"S-":
        return text
    if key == b"RAW":
        return unescape(text)
    if key in (b"MANY", b"FLOOD"):
        return b"".join(words.replace(b"%u", b"%d" % n) + (b"\r\n" if key == b"MANY" else b"") for n in range(int(count)))
    if key == b"F":
        return b"* 1 FETCH (FLAGS (\\Seen))\r\n" * int(count)
    return None


def playing(honest):
    class Playing(honest):
        """Says its lines, in a turn whenever it has heard something, until it is the turn of the honest one."""

        def serve(self):
            if self.server.dialogue is None:
                self.is_tls = self.server.is_trusting      # what it takes in clear it takes as if that were TLS
                super().serve()
            self.server.times_met += 1
            self.connection.settimeout(IMPATIENCE_S)
            for line in self.server.dialogue.lines:
                words = said(line, honest is Pop3Session)
                if words is not None:
                    self.write(words)
                elif line == b"C" or line.startswith(b"C:"):
                    self.line()
                elif line.startswith(b"H:") or line == b"WAIT":
                    self.connection.settimeout(None)
                    while True:
                        self.line()
                elif line == b"CLOSE":
                    break
            raise Hangup
    return Playing


def server_of(protocol, dialogue, mails, authority):
    server = (PoorImap({"INBOX": Box(mails, uidvalidity=4242)}, authority=authority) if protocol == "imap"
              else PoorPop3(mails, authority=authority))
    server.session = playing(ImapSession if protocol == "imap" else Pop3Session)
    server.dialogue, server.times_met = dialogue, 0
    server.is_trusting = dialogue.settings["SECURITY"] != "starttls"
    server.users = {dialogue.settings["USER"]: dialogue.settings["SECRET"]}
    return server


def account(home, name, protocol, server, dialogue, auth):
    user, secret = dialogue.settings["USER"], dialogue.settings["SECRET"]
    home.account(name, server, user, secret, protocol=protocol, security="none" if server.is_trusting else "starttls",
                 account__address="anna@example.com", account__auth=auth,
                 account__secret=f"command:cat {home.secrets / name}" if auth == "oauth2" else f"file:{home.secrets / name}",
                 account__ca_file=None if server.is_trusting else server.ca)


PART = 70                   # at once: each has two ports
# The most that any process had. A sanitized build keeps what was freed for a while.
MEMORY_KIB = 64 * 1024 * (8 if "INBASKET_PATIENCE" in os.environ else 1)
IMPATIENCE_S = 3            # a server that hears nothing, because the client waits, too, has enough of it


def parts():
    return [(protocol, number) for protocol, most in (("imap", 4), ("pop3", 3)) for number in range(most)]


@pytest.mark.parametrize(("protocol", "number"), parts())
def test_the_whole_program_stands_each_of_them(authority, home, protocol, number):
    """One poll for all, and an honest one behind it."""
    every = {"imap": imap_dialogues, "pop3": pop3_dialogues}[protocol]()
    last = max(n for p, n in parts() if p == protocol)
    some = every[number * PART:None if number == last else (number + 1) * PART]
    some = [each for each in some if each.settings["SECURITY"] in ("none", "starttls") and "\\" not in each.settings["USER"]]
    assert 0 < len(some) < 2 * PART
    with contextlib.ExitStack() as stack:
        servers, expected = {}, []
        for index, dialogue in enumerate(some):
            mails = generate.small(8000 + 100 * number + index, 2)
            server = stack.enter_context(server_of(protocol, dialogue, mails, authority))
            name = re.sub(r"[^a-z0-9-]", "-", dialogue.name)
            servers[name] = server, dialogue
            expected += mails
            account(home, name, protocol, server, dialogue, dialogue.settings["AUTH"])
        run, need = measured(home, "sync", "--json")
        assert run.status in (0, 1, 6), run
        assert_harmless(run, home)
        assert need.peak_kib < MEMORY_KIB
        assert run.summary.keys() == servers.keys()
        assert [name for name, (server, _) in servers.items() if not server.times_met] == [], "each was met"
        assert max(each["seconds"] for each in run.summary.values()) < 70

        for name, (server, dialogue) in servers.items():
            server.dialogue = None
            account(home, name, protocol, server, dialogue, "password")
        run = home.sync()
        assert_harmless(run, home)
        found = collections.Counter(home.messages() + home.held())
        assert all(found[local(mail)] == 1 for mail in expected), "all of it is here, and once"
        assert_clean(home)
