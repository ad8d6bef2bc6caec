"""An IMAP server that is honest and poor: it has the capabilities one names, and serves bytes as they are.

    with PoorImap({"INBOX": [message, ...]}, lacks={"MOVE", "UIDPLUS"}) as server:
        server.box("INBOX").uidvalidity = 7

Dovecot never sends a NUL byte or a bare LF; servers exist that do. `lacks` takes away from: SASL-IR,
LITERAL+, ID, NAMESPACE, UIDPLUS, MOVE, SPECIAL-USE, UNSELECT, STARTTLS, AUTH=PLAIN. `before` is called with
each command (bytes, without its tag); bytes that it returns are sent in place of the answer, with %t
for the tag; it may raise Hangup. `uidnext` tells what a Box is said to have for its next UID; None: that is not said.
`extra` are capabilities besides, of no effect. A Box shows the newest `most` of its messages; the others are `older`.
"""

import base64
import datetime
import fnmatch
import re
import time

from .tcp import Hangup, Server, Session

ALL = ["SASL-IR", "LITERAL+", "ID", "NAMESPACE", "UIDPLUS", "MOVE", "SPECIAL-USE", "UNSELECT", "STARTTLS", "AUTH=PLAIN"]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def covers(numbers, uid):
    """Whether a set of UIDs, as a command has it, names this one."""
    return any(int(part.split(b":")[0]) <= uid <= (10 ** 10 if part.endswith(b"*") else int(part.split(b":")[-1]))
               for part in numbers.split(b","))


class Item:
    """One message in a mailbox."""

    def __init__(self, uid, data, flags=(), date=None):
        self.uid, self.data, self.flags = uid, data, set(flags)
        self.date = time.time() if date is None else date


class Box:
    def __init__(self, messages=(), uidvalidity=1, attributes=""):
        self.uidvalidity, self.attributes, self.next = uidvalidity, attributes, 1
        self.items, self.older, self.most = [], [], None
        for message in messages:
            self.add(message)

    def add(self, data, flags=(), date=None):
        self.items.append(Item(self.next, data, flags, date))
        self.next += 1
        return self.items[-1]

    def cut_off(self):
        """As it is when it is opened."""
        every = self.older + self.items
        at = max(len(every) - self.most, 0) if self.most is not None else 0
        self.older, self.items = every[:at], every[at:]

    def renumber(self, uidvalidity):
        """A new UIDVALIDITY; the messages get UIDs from 1."""
        self.uidvalidity, self.next = uidvalidity, 1
        for item in self.items:
            item.uid, self.next = self.next, self.next + 1


class No(Exception):
    """Answered with NO."""


class Bad(Exception):
    """Answered with BAD."""


class ImapSession(Session):
    box = None
    is_signed_in = False

    def serve(self):
        self.write(b"* OK [CAPABILITY " + self.capabilities() + b"] ready\r\n")
        self.obey_all()

    def obey_all(self):
        while True:
            command = self.command()
            tag, _, rest = command.partition(b" ")
            self.server.commands.append(rest)
            override = self.server.before(rest) if self.server.before else None
            if override is not None:
                self.write(override.replace(b"%t", tag))
                continue
            try:
                with self.server.lock:
                    answer = self.obey(rest, tag)
                self.write(tag + b" OK " + (answer or b"done") + b"\r\n")
            except No as error:
                self.write(tag + b" NO " + str(error).encode() + b"\r\n")
            except Bad as error:
                self.write(tag + b" BAD " + str(error).encode() + b"\r\n")
            if rest.upper() == b"LOGOUT":
                raise Hangup
            if rest.upper() == b"STARTTLS" and self.has("STARTTLS") and not self.is_tls:
                self.start_tls()

    def command(self):
        """One command; literals in it become quoted strings in a private form: \\x01 length \\x01 bytes."""
        whole = b""
        while True:
            line = self.line()
            found = re.search(rb"\{(\d+)(\+?)\}$", line)
            if not found:
                return whole + line
            if not found[2]:
                self.write(b"+ go on\r\n")
            data = self.bytes(int(found[1]))
            whole += line[:found.start()] + b"\x01%d\x01" % len(data) + data

    def has(self, name):
        return name not in self.server.lacks

    def capabilities(self):
        names = ["IMAP4rev1", *self.server.extra]
        for name in ALL:
            if self.has(name) and not (name == "STARTTLS" and self.is_tls) and not (name == "AUTH=PLAIN" and not self.is_tls):
                names.append(name)
        if not self.is_tls and self.has("LOGINDISABLED"):
            names.append("LOGINDISABLED")
        return " ".join(names).encode()

    def obey(self, rest, tag):
        words = tokens(rest)
        name = words[0].decode().upper()
        is_uid = name == "UID"
        if is_uid:
            name, words = words[1].decode().upper(), words[1:]
        action = getattr(self, "do_" + name.lower(), None)
        if action is None:
            raise Bad(f"unknown command {name}")
        if not self.is_signed_in and name not in ("CAPABILITY", "NOOP", "LOGOUT", "STARTTLS", "LOGIN", "AUTHENTICATE", "ID"):
            raise Bad("sign in first")
        if is_uid and name not in ("FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE"):
            raise Bad("no UID form")
        self.is_uid, self.tag = is_uid, tag
        return action(*words[1:])

    # Any time

    def do_capability(self):
        self.write(b"* CAPABILITY " + self.capabilities() + b"\r\n")

    def do_noop(self):
        pass

    def do_id(self, *_):
        if not self.has("ID"):
            raise Bad("unknown command")
        self.write(b'* ID ("name" "poor")\r\n')

    def do_logout(self):
        self.write(b"* BYE see you\r\n")

    def do_starttls(self):
        if not self.has("STARTTLS") or self.is_tls:
            raise Bad("no TLS here")
        return b"begin"

    def do_login(self, user, password):
        if not self.is_tls and self.has("LOGINDISABLED"):
            raise No("[PRIVACYREQUIRED] not without TLS")
        self.sign_in(user, password)

    def do_authenticate(self, mechanism, initial=None):
        if mechanism.upper() != b"PLAIN" or not self.has("AUTH=PLAIN"):
            raise No("no such mechanism")
        if initial is not None and not self.has("SASL-IR"):
            raise Bad("no initial response here")
        if initial is None:
            self.write(b"+ \r\n")
            initial = self.line()
        _, user, password = base64.b64decode(initial).split(b"\0")
        self.sign_in(user, password)

    def sign_in(self, user, password):
        if self.server.users.get(user.decode()) != password.decode():
            raise No("[AUTHENTICATIONFAILED] wrong password")
        self.is_signed_in = True

    # Mailboxes

    def do_namespace(self):
        if not self.has("NAMESPACE"):
            raise Bad("unknown command")
        self.write(b'* NAMESPACE (("" "/")) NIL NIL\r\n')

    def do_enable(self, *_):
        self.write(b"* ENABLED\r\n")

    def do_list(self, *words):
        pattern = [word for word in words if isinstance(word, bytes)][1].decode().replace("%", "*")
        if not pattern:
            self.write(b'* LIST (\\Noselect) "/" ""\r\n')
        for name, box in self.server.boxes.items():
            if pattern and fnmatch.fnmatchcase(name, pattern):
                attributes = box.attributes if self.has("SPECIAL-USE") else ""
                self.write(f'* LIST ({attributes}) "/" "{name}"\r\n'.encode())

    do_lsub = do_list

    def find(self, name):
        text = name.decode()
        box = self.server.boxes.get("INBOX" if text.upper() == "INBOX" else text)
        if box is None:
            raise No("[TRYCREATE] no such mailbox")
        return box

    def do_create(self, name):
        if name.decode() in self.server.boxes:
            raise No("[ALREADYEXISTS] it is there")
        self.server.boxes[name.decode()] = Box(uidvalidity=len(self.server.boxes) + 1)

    def do_subscribe(self, name):
        self.find(name)

    def do_status(self, name, *_):
        box = self.find(name)
        self.write(b'* STATUS "%s" (MESSAGES %d UIDNEXT %d UIDVALIDITY %d UNSEEN 0 RECENT 0)\r\n'
                   % (name, len(box.items), box.next, box.uidvalidity))

    def select(self, name, mode):
        self.box, self.is_writable = self.find(name), mode == b"READ-WRITE"
        self.box.cut_off()
        self.write(b"* %d EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
                   b"* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] these stay\r\n"
                   b"* OK [UIDVALIDITY %d] valid\r\n" % (len(self.box.items), self.box.uidvalidity))
        if (uidnext := self.server.uidnext(self.box)) is not None:
            self.write(b"* OK [UIDNEXT %d] next\r\n" % uidnext)
        return b"[" + mode + b"] open"

    def do_select(self, name, *_):
        return self.select(name, b"READ-WRITE")

    def do_examine(self, name, *_):
        return self.select(name, b"READ-ONLY")

    def do_close(self):
        if self.is_writable:
            self.box.items = [item for item in self.box.items if "\\Deleted" not in item.flags]
        self.box = None

    def do_unselect(self):
        if not self.has("UNSELECT"):
            raise Bad("unknown command")
        self.box = None

    # Messages

    def chosen(self, numbers):
        """[(sequence number, item)] of a set such as 1:3,7,9:*."""
        if self.box is None:
            raise Bad("no mailbox is open")
        last = (self.box.items[-1].uid if self.box.items else 0) if self.is_uid else len(self.box.items)
        ranges = []
        for part in numbers.decode().split(","):
            low, _, high = part.partition(":")
            ends = sorted(last if end == "*" else int(end) for end in (low, high or low))
            ranges.append(ends)
        return [(number, item) for number, item in enumerate(self.box.items, 1)
                if any(low <= (item.uid if self.is_uid else number) <= high for low, high in ranges)]

    FLAG_KEYS = {"DELETED": "\\Deleted", "SEEN": "\\Seen", "ANSWERED": "\\Answered", "DRAFT": "\\Draft"}

    def do_search(self, *words):
        words = list(words)
        found = list(enumerate(self.box.items, 1))
        while words:
            found = self.search_key(words, found)
        self.write(b"* SEARCH" + b"".join(b" %d" % (i.uid if self.is_uid else n) for n, i in found) + b"\r\n")

    def search_key(self, words, found):
        """Those of `found` that meet the first key of `words`, which is taken out."""
        word = words.pop(0)
        key = word.decode().upper() if isinstance(word, bytes) else ""
        if key == "ALL":
            return found
        if key.removeprefix("UN") in self.FLAG_KEYS:
            flag = self.FLAG_KEYS[key.removeprefix("UN")]
            return [(n, i) for n, i in found if (flag in i.flags) != key.startswith("UN")]
        if key == "OR":
            one, other = self.search_key(words, found), self.search_key(words, found)
            return [each for each in found if each in one or each in other]
        if key == "UID":
            self.is_uid = True
            wanted = {item.uid for _, item in self.chosen(words.pop(0))}
            return [(n, i) for n, i in found if i.uid in wanted]
        if key in ("SINCE", "BEFORE"):
            day, month, year = words.pop(0).decode().split("-")
            limit = datetime.datetime(int(year), MONTHS.index(month.title()) + 1, int(day), tzinfo=datetime.timezone.utc).timestamp()
            return [(n, i) for n, i in found if (i.date >= limit) == (key == "SINCE")]
        if key in ("LARGER", "SMALLER"):
            limit = int(words.pop(0))
            return [(n, i) for n, i in found if (len(i.data) > limit if key == "LARGER" else len(i.data) < limit)]
        if key == "RETURN":
            raise Bad("no ESEARCH here")
        if key in ("CHARSET", "HEADER"):
            raise Bad("not here")
        wanted = {number for number, _ in self.chosen(word)}
        return [(n, i) for n, i in found if n in wanted]

    def do_fetch(self, numbers, items, *_):
        items = items if isinstance(items, list) else [items]
        for number, item in self.chosen(numbers):
            if self.server.giving:
                self.server.giving(item, items)
            parts = [] if any(i.upper() == b"UID" for i in items) or not self.is_uid else [b"UID %d" % item.uid]
            parts += [self.part(item, name) for name in items]
            self.write(b"* %d FETCH (" % number + b" ".join(parts) + b")\r\n")

    def part(self, item, name):
        key = name.decode().upper()
        if key == "UID":
            return b"UID %d" % item.uid
        if key == "FLAGS":
            return b"FLAGS (" + " ".join(sorted(item.flags)).encode() + b")"
        if key == "INTERNALDATE":
            when = datetime.datetime.fromtimestamp(item.date, datetime.timezone.utc)
            return f'INTERNALDATE "{when.day:2d}-{MONTHS[when.month - 1]}-{when:%Y %H:%M:%S} +0000"'.encode()
        if key == "RFC822.SIZE":
            return b"RFC822.SIZE %d" % len(item.data)
        found = re.fullmatch(r"BODY(\.PEEK)?\[(.*?)\](?:<(\d+)\.(\d+)>)?", key, re.DOTALL)
        if not found:
            raise Bad(f"cannot fetch {key}")
        if not found[1] and self.is_writable:
            item.flags.add("\\Seen")
        data, head = item.data, item.data.partition(b"\r\n\r\n")
        if found[2].startswith("HEADER.FIELDS"):
            wanted = found[2].partition("(")[2].rstrip(")").split()
            data = b"".join(line + b"\r\n" for line in re.split(rb"\r\n(?![ \t])", head[0])
                            if line.partition(b":")[0].decode("latin-1").upper() in wanted) + b"\r\n"
        elif found[2] == "HEADER":
            data = head[0] + b"\r\n\r\n"
        elif found[2] == "TEXT":
            data = head[2]
        elif found[2]:
            raise Bad("no such section here")
        where = b""
        if found[3] is not None:
            data, where = data[int(found[3]):int(found[3]) + int(found[4])], f"<{found[3]}>".encode()
        return b"BODY[" + found[2].encode() + b"]" + where + b" {%d}\r\n" % len(data) + data

    def do_store(self, numbers, how, flags):
        if not self.is_writable:
            raise No("it is open for reading only")
        how = how.decode().upper()
        named = {flag.decode() for flag in (flags if isinstance(flags, list) else [flags])}
        for number, item in self.chosen(numbers):
            item.flags = item.flags | named if how[0] == "+" else item.flags - named if how[0] == "-" else named
            if not how.endswith(".SILENT"):
                self.write(b"* %d FETCH (UID %d " % (number, item.uid) + self.part(item, b"FLAGS") + b")\r\n")

    def copy(self, numbers, name):
        target = self.find(name)
        pairs = [(item.uid, target.add(item.data, item.flags, item.date).uid) for _, item in self.chosen(numbers)]
        if not pairs or not self.has("UIDPLUS"):
            return b""
        old, new = (",".join(str(pair[side]) for pair in pairs) for side in (0, 1))
        return f"[COPYUID {target.uidvalidity} {old} {new}] ".encode()

    def do_copy(self, numbers, name):
        return self.copy(numbers, name) + b"copied"

    def do_move(self, numbers, name):
        if not self.has("MOVE"):
            raise Bad("unknown command")
        if code := self.copy(numbers, name):
            self.write(b"* OK " + code + b"moving\r\n")
        self.remove([item for _, item in self.chosen(numbers)])

    def remove(self, items):
        for number in range(len(self.box.items), 0, -1):
            if self.box.items[number - 1] in items:
                del self.box.items[number - 1]
                self.write(b"* %d EXPUNGE\r\n" % number)

    def do_expunge(self, numbers=None):
        if self.is_uid and not self.has("UIDPLUS"):
            raise Bad("unknown command")
        if not self.is_writable:
            raise No("it is open for reading only")
        chosen = self.chosen(numbers) if self.is_uid else enumerate(self.box.items, 1)
        self.remove([item for _, item in chosen if "\\Deleted" in item.flags])


class PoorImap(Server):
    protocol = "imap"
    session = ImapSession

    def __init__(self, boxes=None, lacks=(), before=None, extra=(), **options):
        super().__init__(**options)
        self.extra = extra
        self.boxes = {name: box if isinstance(box, Box) else Box(box) for name, box in (boxes or {"INBOX": []}).items()}
        self.lacks = set(lacks)
        self.before = before
        self.giving = None      # called with each message that is asked for, and what of it, before it is given
        self.uidnext = lambda box: box.next

    def box(self, name="INBOX"):
        return self.boxes[name]

    def served(self, name="INBOX"):
        return [item.data for item in self.boxes[name].items]


def tokens(text):
    """The words of a command: bytes, or a list for what stands in parentheses. BODY[...] is one word."""
    stack, at = [[]], 0
    while at < len(text):
        byte = text[at:at + 1]
        if byte == b" ":
            at += 1
        elif byte == b"(":
            stack.append([])
            at += 1
        elif byte == b")":
            if len(stack) < 2:
                raise Bad("too many )")
            inner = stack.pop()
            stack[-1].append(inner)
            at += 1
        elif byte == b'"':
            found = re.compile(rb'"((?:[^"\\]|\\.)*)"').match(text, at)
            if not found:
                raise Bad("a quote is open")
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", found[1]))
            at = found.end()
        elif byte == b"\x01":
            found = re.compile(rb"\x01(\d+)\x01").match(text, at)
            stack[-1].append(text[found.end():found.end() + int(found[1])])
            at = found.end() + int(found[1])
        else:
            found = re.compile(rb"(?:BODY(?:\.PEEK)?\[[^\]]*\](?:<[0-9.]+>)?|[^ ()\"\x01]+)", re.IGNORECASE).match(text, at)
            stack[-1].append(found[0])
            at = found.end()
    if len(stack) != 1:
        raise Bad("a ( is open")
    return stack[0]
