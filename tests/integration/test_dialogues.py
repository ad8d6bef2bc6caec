"""What tests/dialogues/README.md names is there; and whatever a server says in any of the dialogues, the whole program stands it.

Unit tests play a dialogue to the protocol's driver, and know what must come of it to the letter. Here the server says the same to
`inbasket sync`, whether it hears what it expects or not; and then it is honest.
"""

import collections
import contextlib
import os
import re
from pathlib import Path

import pytest
from e2e.inbasket import assert_clean, assert_harmless
from e2e.measured import measured
from mail import generate
from mail.generate import local
from servers.poor_imap import Box, ImapSession, PoorImap
from servers.poor_pop3 import Pop3Session, PoorPop3
from servers.tcp import Hangup, Reset

TOP = Path(__file__).resolve().parents[2]
# A file is named by its name, by the row's name, or by the key that it stands under.
NAMED = r'(?m)(?:^== {0}$|"{0}"|\bdef {0}\b|^{0} =|\({0}[,)]|/{0}"|^{0} \()'


def test_every_test_that_the_readme_names_is_there():
    readme = (TOP / "tests/dialogues/README.md").read_text()
    files = {word: "".join(found.read_text() for found in TOP.glob(path))
             for word, path in re.findall(r"^\| ([\w-]+) \| (tests/\S+) \|$", readme, re.MULTILINE)}
    assert len(files) > 20
    named = [(word, name) for word, name in re.findall(r"`([\w-]+) ([^`]+)`", readme) if word in files]
    assert len(named) > 150
    missing = [f"{word} {name}" for word, name in named if not re.search(NAMED.format(re.escape(name)), files[word])]
    assert not missing, missing


# The dialogues

SCRIPT = {b"S", b"RAW", b"MANY", b"FLOOD", b"C", b"WISH", b"CLOSE", b"WAIT", b"RESET"}


class Dialogue:
    def __init__(self, name, secret):
        self.name, self.script = name, []
        self.settings = {"USER": "anna", "SECRET": secret, "SECURITY": "none", "AUTH": "password"}

    def add(self, line):
        key, colon, value = line.partition(b":")
        assert colon or line in SCRIPT, "what is this line?"
        if key in SCRIPT:
            self.script.append((key, value[1:]))
        elif key.decode() in self.settings:
            self.settings[key.decode()] = value[1:].decode()


def fill(lines, parameters, rest):
    """The lines of a piece, with the words behind its name; the last word takes all that is left."""
    words = rest.split(b" ", len(parameters) - 1) if parameters else []
    assert len(words) == len(parameters) and (parameters or not rest), f"{len(parameters)} words are wanted"
    named = dict(zip(parameters, words, strict=True))
    return [re.sub(rb"\$[A-Z]+", lambda found: named.get(found[0], found[0]), line) for line in lines]


def read(path, pieces, secret):
    """As tests/unit/dialogue-file.c does, which also looks at what is none of ours."""
    found, piece = [], None
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        name, _, rest = line.partition(b" ")
        try:
            if name == b"==":
                found.append(Dialogue(rest.decode(), secret))
                piece = None
            elif name == b"--":
                title, *parameters = rest.split(b" ")
                assert title not in pieces, "there are two pieces of that name"
                piece = []
                pieces[title] = piece, parameters
            elif line and not line.startswith(b"#"):
                for each in fill(*pieces[name], rest) if name in pieces else [line]:
                    piece.append(each) if piece is not None else found[-1].add(each)
        except (AssertionError, IndexError) as error:
            raise AssertionError(f"{path.name}:{number}: {line!r}: {error}") from error
    return found


def dialogues_of(protocol):
    folder, pieces, secret = TOP / "tests/dialogues", {}, {"imap": "s3cret", "pop3": "secret"}[protocol]
    paths = [folder / f"{protocol}.txt", *sorted(folder.glob(f"{protocol}-*.txt"))]
    return [each for path in paths for each in read(path, pieces, secret)]


# The server

def unescape(text):
    r"""\r, \n, \0 and \xHH; any other backslash is one."""
    found = {b"r": b"\r", b"n": b"\n", b"0": b"\0"}
    return re.sub(rb"\\(?:x([0-9a-fA-F]{2})|([rn0]))", lambda m: bytes([int(m[1], 16)]) if m[1] else found[m[2]], text)


def said(key, text):
    """What a line of a dialogue has the server say; None: it says nothing."""
    if key in (b"S", b"RAW"):
        return unescape(text) + (b"\r\n" if key == b"S" else b"")
    if key in (b"MANY", b"FLOOD"):
        count, _, words = text.partition(b" ")
        return b"".join(words.replace(b"%u", b"%d" % n) + (b"\r\n" if key == b"MANY" else b"") for n in range(1, int(count) + 1))
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
            for key, text in self.server.dialogue.script:
                words = said(key, text)
                if words is not None:
                    self.write(words)
                elif key == b"C":
                    self.line()
                elif key == b"WAIT":
                    self.connection.settimeout(None)
                    while True:
                        self.line()
                elif key == b"RESET":
                    self.line()
                    raise Reset
                elif key == b"CLOSE":
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
    return [(protocol, number) for protocol, most in (("imap", 5), ("pop3", 3)) for number in range(most)]


@pytest.mark.parametrize(("protocol", "number"), parts())
def test_the_whole_program_stands_each_of_them(authority, home, protocol, number):
    """One poll for all, and an honest one behind it."""
    every = dialogues_of(protocol)
    last = max(n for p, n in parts() if p == protocol)
    some = every[number * PART:None if number == last else (number + 1) * PART]
    some = [each for each in some if "\\" not in each.settings["USER"]]
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
