"""A POP3 server that is honest and poor: it lacks what one names, and serves bytes as they are.

    with PoorPop3([message, ...], lacks={"UIDL", "TOP"}) as server: ...
    with UnicodePop3([message, ...]) as server: ...

`messages` is what it holds; a session's deletions take effect at its QUIT, as the protocol has it.
`lacks` may name CAPA, UIDL, TOP, PIPELINING, STLS, SASL, USER; what it `hides` is there, and not listed.
Without PIPELINING it complains when a command arrives before the answer to the last one was sent. `before`
is called with each command (bytes); what it returns, if not None, is sent in place of the answer; it may
raise Hangup.
"""

import base64
import hashlib

from .tcp import Hangup, Server, Session


class Pop3Session(Session):
    def serve(self):
        self.write(b"+OK ready\r\n")
        self.obey_all()

    def obey_all(self):
        self.number_of = list(self.server.messages)
        self.deleted, self.user, self.signed_in = set(), None, False
        while True:
            if self.buffer and "PIPELINING" in self.server.lacks:
                self.server.failures.append(f"the client did not wait for an answer: {self.buffer[:60]!r}")
            command = self.line()
            self.server.commands.append(command)
            override = self.server.before(command) if self.server.before else None
            if override is not None:
                self.write(override)
                continue
            word, _, rest = command.partition(b" ")
            word = word.upper().decode("ascii", "replace")
            action = getattr(self, "do_" + word.lower(), None)
            if action is None or word in self.server.lacks:
                self.write(b"-ERR unknown command\r\n")
            elif not self.signed_in and word not in ("CAPA", "USER", "PASS", "AUTH", "STLS", "UTF8", "QUIT"):
                self.write(b"-ERR sign in first\r\n")
            else:
                action(rest)

    def do_capa(self, _):
        names = ["TOP", "UIDL", "PIPELINING", "USER", "RESP-CODES", *self.server.more]
        if not self.is_tls:
            names.append("STLS")
        lines = [name for name in names if name not in self.server.lacks | self.server.hides]
        if "SASL" not in self.server.lacks:
            lines.append("SASL PLAIN")
        self.write(b"+OK\r\n" + "".join(f"{line}\r\n" for line in lines).encode() + b".\r\n")

    def do_stls(self, _):
        self.write(b"+OK\r\n")
        self.start_tls()

    def do_user(self, rest):
        self.user = rest.decode()
        self.write(b"+OK\r\n")

    def do_pass(self, rest):
        self.sign_in(self.user, rest.decode())

    def do_auth(self, rest):
        mechanism, _, initial = rest.partition(b" ")
        if mechanism.upper() != b"PLAIN" or "SASL" in self.server.lacks:
            self.write(b"-ERR no such mechanism\r\n")
            return
        if not initial:
            self.write(b"+ \r\n")
            initial = self.line()
        _, user, password = base64.b64decode(initial).split(b"\0")
        self.sign_in(user.decode(), password.decode())

    def sign_in(self, user, password):
        self.signed_in = self.server.users.get(user) == password
        with self.server.lock:
            self.number_of = list(self.server.messages)
        self.write(b"+OK signed in\r\n" if self.signed_in else b"-ERR [AUTH] wrong password\r\n")

    def present(self):
        return [(number, message) for number, message in enumerate(self.number_of, 1) if number not in self.deleted]

    def asked(self, rest):
        """(number, message), or None after an -ERR."""
        try:
            number = int(rest.split()[0])
            if number < 1 or number in self.deleted:
                raise IndexError
            return number, self.number_of[number - 1]
        except (ValueError, IndexError):
            self.write(b"-ERR no such message\r\n")
            return None

    def do_stat(self, _):
        self.write(f"+OK {len(self.present())} {sum(len(m) for _, m in self.present())}\r\n".encode())

    def listing(self, rest, describe):
        if rest:
            if found := self.asked(rest):
                self.write(f"+OK {found[0]} {describe(*found)}\r\n".encode())
            return
        lines = "".join(f"{number} {describe(number, message)}\r\n" for number, message in self.present())
        self.write(b"+OK\r\n" + lines.encode() + b".\r\n")

    def do_list(self, rest):
        self.listing(rest, lambda number, message: len(message))

    def do_uidl(self, rest):
        self.listing(rest, lambda number, message: self.server.uidl(number, message))

    def do_retr(self, rest):
        if found := self.asked(rest):
            self.write(b"+OK\r\n" + stuffed(found[1]) + b".\r\n")

    def do_top(self, rest):
        if found := self.asked(rest):
            head, _, body = found[1].partition(b"\r\n\r\n")
            lines = body.split(b"\r\n")[:int(rest.split()[1])]
            self.write(b"+OK\r\n" + stuffed(head + b"\r\n\r\n" + b"".join(line + b"\r\n" for line in lines)) + b".\r\n")

    def do_dele(self, rest):
        if found := self.asked(rest):
            self.deleted.add(found[0])
            self.write(b"+OK\r\n")

    def do_noop(self, _):
        self.write(b"+OK\r\n")

    def do_rset(self, _):
        self.deleted.clear()
        self.write(b"+OK\r\n")

    def do_quit(self, _):
        with self.server.lock:
            for number in self.deleted if self.signed_in else ():
                self.server.messages.remove(self.number_of[number - 1])
        self.write(b"+OK bye\r\n")
        raise Hangup


class PoorPop3(Server):
    protocol = "pop3"
    session = Pop3Session
    more = ()       # what CAPA lists besides

    def __init__(self, messages=(), lacks=(), before=None, hides=(), **options):
        super().__init__(**options)
        self.messages = list(messages)
        self.lacks = set(lacks)
        self.hides = set(hides)
        self.before = before

    def uidl(self, number, message):
        """A message's id: its digest, and a number where an equal one stands before it."""
        twins = self.messages[:number - 1].count(message)
        return hashlib.sha256(message).hexdigest()[:32] + (f".{twins}" if twins else "")

    def served(self):
        """What a client can see of the messages: POP3 cannot say that the last line has no end."""
        return [m if not m or m.endswith(b"\r\n") else m + b"\r\n" for m in self.messages]


class UnicodeSession(Pop3Session):
    is_told = False

    def do_utf8(self, _):
        self.is_told = not self.signed_in
        self.write(b"+OK UTF8 enabled\r\n" if self.is_told else b"-ERR too late\r\n")

    def asked(self, rest):
        found = super().asked(rest)
        return found and (found[0], found[1] if self.is_told or found[1].partition(b"\r\n\r\n")[0].isascii() else NOTE)


NOTE = b"From: Mail Delivery Subsystem <postmaster>\r\nSubject: Cannot display Unicode content\r\n\r\nSorry.\r\n"


class UnicodePop3(PoorPop3):
    """As Courier does it: in place of mail with more than ASCII in its header, whoever did not say UTF8 gets a note."""
    session = UnicodeSession
    more = ("UTF8 USER",)


class TogetherSession(Pop3Session):
    out = b""

    def write(self, data):
        self.out += data

    def give(self):
        out, self.out = self.out, b""
        super().write(out)

    def fill(self):
        self.give()
        super().fill()

    def obey_all(self):
        try:
            super().obey_all()
        finally:
            self.give()


class TogetherPop3(PoorPop3):
    """What was asked together is answered in one piece, as far as the line takes it: one record of TLS holds many answers."""
    session = TogetherSession


class ForgetfulSession(Pop3Session):
    def obey_all(self):
        self.given = set()
        super().obey_all()

    def do_retr(self, rest):
        self.given.add(int(rest))
        super().do_retr(rest)

    def do_quit(self, rest):
        self.deleted |= self.given
        super().do_quit(rest)


class ForgetfulPop3(PoorPop3):
    """As Gmail does it, and whoever lists EXPIRE 0: what was fetched is not shown any more, once the session has ended with QUIT."""
    session = ForgetfulSession


class Migrated(PoorPop3):
    """Every message gets another UIDL with each migration."""
    generation = 0

    def uidl(self, number, message):
        return f"{super().uidl(number, message)}-{self.generation}"


def stuffed(message):
    """The message with dots doubled at the start of lines, ending with CRLF."""
    if message and not message.endswith(b"\r\n"):
        message += b"\r\n"
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..")
