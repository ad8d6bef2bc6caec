"""Attacks on the way into TLS: somebody on the way speaks before it, in the server's place.

Whatever is said in clear: the secret is not, what was said has no effect inside TLS, and the user sees none of it. The
rows are the classes of Poddebniak et al., "Why TLS is better without STARTTLS" (USENIX Security 2021).
"""

import dataclasses
import time

import pytest
from e2e.inbasket import assert_exactly_once
from mail import generate
from servers.poor_imap import ImapSession, PoorImap
from servers.poor_pop3 import Pop3Session, PoorPop3

MAILS = generate.small(72, 3)
SPOOF = b"\x1b[31mCALL +1-555-0100\x1b]0;owned\x07 <b>now</b>"
SECRET = "do-not-tell"


@dataclasses.dataclass
class Attack:
    """What is said before TLS. `answer`: to the command that asks for it; has %t for its tag. `late`: what follows when
    the client has begun its handshake. `goes_on`: an honest server takes over there."""
    greeting: bytes | None = None
    answer: bytes | None = None
    late: bytes = b""
    goes_on: bool = True
    capabilities: bytes | None = None
    words: tuple = ()                     # of the error; none: the poll is done, as if nothing had been said
    state: str = "unsafe"


TAMPERING = {
    "list": b'* LIST () "/" "../../evil"', "lsub": b'* LSUB () "/" "evil"', "status": b'* STATUS "INBOX" (MESSAGES 99 UIDNEXT 0)',
    "search": b"* SEARCH 1 2 3 4294967295", "flags": b"* FLAGS (\\Evil)", "exists": b"* 4294967295 EXISTS", "expunge": b"* 1 EXPUNGE",
    "fetch": b"* 1 FETCH (UID 1 FLAGS () BODY[] {4}\r\nevil)", "recent": b"* 9 RECENT", "namespace": b'* NAMESPACE (("evil." ".")) NIL NIL',
    "capability": b"* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=EVIL", "uidvalidity": b"* OK [UIDVALIDITY 77] x",
    "enabled": b"* ENABLED QRESYNC", "alert": b"* OK [ALERT] " + SPOOF,
}
SLIPPED = ("slipped bytes in", "security=tls")
ENCRYPT = ("encrypt", "security=tls")

IMAP = {
    # Stripping, in all its forms
    "not-offered-and-refused": Attack(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n", b"%t BAD unknown\r\n", words=ENCRYPT),
    "refused-by-no": Attack(answer=b"%t NO " + SPOOF + b"\r\n", words=ENCRYPT),
    "refused-by-bad": Attack(answer=b"%t BAD " + SPOOF + b"\r\n", words=ENCRYPT),
    "answered-by-a-challenge": Attack(answer=b"+ go on\r\n", words=ENCRYPT),
    "answered-by-bye": Attack(answer=b"* BYE " + SPOOF + b"\r\n", goes_on=False, words=("closed the connection",), state=None),
    "hung-up": Attack(answer=b"", goes_on=False, words=("closed the connection",), state=None),
    "not-offered-and-there": Attack(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] x\r\n"),
    "other-capabilities": Attack(b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=EVIL SASL-IR] x\r\n"),
    "ok-and-no-tls": Attack(answer=b"%t OK go\r\n", late=b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] come in\r\n", goes_on=False,
                            words=("TLS",)),
    # PREAUTH makes STARTTLS illegal
    "preauth": Attack(b"* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] " + SPOOF + b"\r\n", words=("tampering", "security=tls")),
    "preauth-bare": Attack(b"* PREAUTH\r\n", words=("tampering",)),
    # Injection: behind the OK, in the same packet or later
    "injected-untagged": Attack(answer=b"%t OK go\r\n* CAPABILITY IMAP4rev1 AUTH=EVIL\r\n", words=SLIPPED),
    "injected-half-a-line": Attack(answer=b"%t OK go\r\n*", words=SLIPPED),
    "injected-next-tags": Attack(answer=b"%t OK go\r\n2 OK [CAPABILITY IMAP4rev1] in\r\n3 OK x\r\n", words=SLIPPED),
    "injected-fetch": Attack(answer=b"%t OK go\r\n* 1 FETCH (UID 1 BODY[] {4}\r\nevil)\r\n", words=SLIPPED),
    "injected-late": Attack(answer=b"%t OK go\r\n", late=b"2 OK [CAPABILITY IMAP4rev1] in\r\n", words=("TLS",)),
    # A tagged OK before the command
    "early-ok": Attack(b"* OK x\r\n1 OK go\r\n", words=("not given",), state="error"),
    "early-ok-of-the-next": Attack(answer=b"2 OK in\r\n%t OK go\r\n", words=("not given",), state="error"),
    "ok-twice": Attack(answer=b"%t OK go\r\n%t OK go\r\n", words=SLIPPED),
    # Referrals
    "referral": Attack(answer=b"%t NO [REFERRAL imap://evil.localhost/] go there\r\n", words=ENCRYPT),
    "referral-bye": Attack(b"* BYE [REFERRAL imap://evil.localhost/] go there\r\n", words=("turned us away",), state=None),
    # Words for the user's eyes
    "alert-in-the-greeting": Attack(b"* OK [ALERT] " + SPOOF + b"\r\n", b"%t NO [ALERT] " + SPOOF + b"\r\n", words=ENCRYPT),
    "bye-in-the-greeting": Attack(b"* BYE [ALERT] " + SPOOF + b"\r\n", words=("turned us away",), state=None),
    # Greetings that are none
    "greeting-of-garbage": Attack(SPOOF + b"\r\n", words=("greeting",), state="error"),
    "greeting-empty": Attack(b"\r\n", words=("greeting",), state="error"),
    "greeting-of-pop3": Attack(b"+OK ready\r\n", words=("greeting",), state="error"),
    "greeting-of-no": Attack(b"* NO go away\r\n", words=("greeting",), state="error"),
    "greeting-tagged": Attack(b"1 OK hello\r\n", words=("greeting",), state="error"),
}
for name, line in TAMPERING.items():
    IMAP[f"tampering-{name}"] = Attack(answer=line + b"\r\n%t OK go\r\n")

POP3 = {
    "not-offered-and-refused": Attack(capabilities=b"+OK\r\nUSER\r\nSASL PLAIN\r\n.\r\n", answer=b"-ERR unknown\r\n", words=ENCRYPT),
    "refused": Attack(answer=b"-ERR [SYS/TEMP] " + SPOOF + b"\r\n", words=ENCRYPT),
    "answered-by-a-challenge": Attack(answer=b"+ go on\r\n", words=ENCRYPT),
    "hung-up": Attack(answer=b"", goes_on=False, words=("closed the connection",), state=None),
    "not-offered-and-there": Attack(capabilities=b"+OK\r\nUSER\r\n.\r\n"),
    "no-capabilities": Attack(capabilities=b"-ERR\r\n"),
    "other-capabilities": Attack(capabilities=b"+OK\r\nSTLS\r\nSASL EVIL\r\n.\r\n"),
    "ok-and-no-tls": Attack(answer=b"+OK go\r\n", late=b"+OK signed in\r\n", goes_on=False, words=("TLS",)),
    "injected": Attack(answer=b"+OK go\r\n+OK\r\nUSER\r\n.\r\n", words=SLIPPED),
    "injected-half-a-line": Attack(answer=b"+OK go\r\n+", words=SLIPPED),
    "injected-late": Attack(answer=b"+OK go\r\n", late=b"+OK\r\n", words=("TLS",)),
    "early-ok": Attack(b"+OK x\r\n+OK\r\n.\r\n+OK go\r\n", words=("more than it was asked",), state="error"),
    "err-in-the-greeting": Attack(b"-ERR [SYS/TEMP] " + SPOOF + b"\r\n", words=("refused",), state=None),
    "words-in-the-greeting": Attack(b"+OK " + SPOOF + b"\r\n", b"-ERR " + SPOOF + b"\r\n", words=ENCRYPT),
    "greeting-of-garbage": Attack(SPOOF + b"\r\n", words=("POP3",), state="error"),
    "greeting-of-imap": Attack(b"* PREAUTH x\r\n", words=("POP3",), state="error"),
}


class AttackedImap(ImapSession):
    def serve(self):
        attack = self.server.attack
        self.write(attack.greeting or b"* OK [CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED] ready\r\n")
        while not self.is_tls:
            tag, _, rest = self.command().partition(b" ")
            self.server.commands.append(rest)
            if rest.upper() == b"STARTTLS":
                become_tls(self, attack, b"%t OK go\r\n", tag)
            else:
                self.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK yes, yes\r\n")
        self.obey_all()


class AttackedPop3(Pop3Session):
    def serve(self):
        attack = self.server.attack
        self.write(attack.greeting or b"+OK ready\r\n")
        while not self.is_tls:
            command = self.line()
            self.server.commands.append(command)
            if command.upper() == b"STLS":
                become_tls(self, attack, b"+OK go\r\n")
            elif command.upper() == b"CAPA":
                self.write(attack.capabilities or b"+OK\r\nSTLS\r\nUSER\r\nSASL PLAIN\r\n.\r\n")
            else:
                self.write(b"+OK yes, yes\r\n")
        self.obey_all()


def become_tls(session, attack, plain, tag=b""):
    answer = (plain if attack.answer is None else attack.answer).replace(b"%t", tag)
    session.write(answer)
    if attack.late:
        session.fill()           # the beginning of the handshake
        session.write(attack.late)
        time.sleep(0.05)
    if not attack.goes_on:
        session.connection.close()
    elif b"OK go" in answer:
        session.start_tls()


@pytest.fixture
def meet(authority, home):
    def meet_one(protocol, attack):
        server = PoorImap({"INBOX": MAILS}, authority=authority, password=SECRET) if protocol == "imap" else \
            PoorPop3(MAILS, authority=authority, password=SECRET)
        server.session, server.attack = (AttackedImap if protocol == "imap" else AttackedPop3), attack
        with server:
            home.account("work", server, protocol=protocol, security="starttls")
            return home.sync(status=0 if not attack.words else 1 if attack.state == "error" else 6), server
    return meet_one


def judge(run, server, attack, home):
    work = run.summary["work"]
    said = run.out + run.err
    assert "555-0100" not in said and "owned" not in said and "evil" not in said, "what was said in clear is not shown"
    assert not any(ord(c) < 32 for c in said.replace("\n", "")), "no control character in the output"
    assert SECRET not in said
    if not attack.words:
        assert work["state"] == "ok" and work["fetched"] == len(MAILS)
        assert_exactly_once(MAILS, home)
        return
    words = {command.split()[0].upper() for command in server.commands if command}
    assert words <= {b"STARTTLS", b"STLS", b"CAPA", b"CAPABILITY", b"LOGOUT", b"QUIT"}, "the secret stays here"
    assert work["fetched"] == 0 and not home.files()
    assert work["state"] not in ("ok", "sign-in-needed") and work["state"] == (attack.state or work["state"]), work
    for word in attack.words:
        assert word in work["error"], work["error"]


@pytest.mark.parametrize("name", IMAP)
def test_imap(name, meet, home):
    judge(*meet("imap", IMAP[name]), IMAP[name], home)


@pytest.mark.parametrize("name", POP3)
def test_pop3(name, meet, home):
    judge(*meet("pop3", POP3[name]), POP3[name], home)
