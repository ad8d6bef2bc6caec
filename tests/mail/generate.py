"""Messages as they come: a seeded generator of realistic mail, and the odd ones that break programs.

    messages(seed=1, count=300)      a list of Message, the same bytes for the same seed, for ever
    odd()                            {name: bytes}: NUL bytes, bare CR and LF, endless lines, nothing at all ...
    big(megabytes)                   one message of that size

Bytes are as a server sends them, with CRLF; `local()` gives what must lie in a Maildir. All names are of the
reserved example domains. `python3 generate.py --count 20 FOLDER` writes them as files.
"""

import argparse
import base64
import email.utils
import quopri
import random
from dataclasses import dataclass, field
from pathlib import Path

START = 1_760_000_000      # October 2025: the date of the oldest message

PEOPLE = ["Anna Berg", "Tom Okafor", "Mei Tanaka", "José Núñez", "Zoë Lindström", "Ivan Petrov", "Léa Dubois",
          "Karl Weiß", "Nadia Haddad", "Søren Holm", "Дмитрий Орлов", "山田 花子"]
TOPICS = ["the garden on Saturday", "photos from the lake", "minutes of the meeting", "train on Friday",
          "your question about the roof", "lunch?", "keys for the flat", "choir practice", "bicycle repair",
          "Grüße aus Köln", "été à la montagne", "Привет из города", "来週の予定", "release plan", "the old printer"]
WORDS = ("we after morning small letter window river paper market quiet because street green question answer "
         "Tuesday evening between kitchen table garden music friend working together without later already "
         "nothing another through would should little number second water house family summer winter").split()
LISTS = [("gardening", "lists.example.org"), ("kernel-talk", "lists.example.net"), ("choir", "groups.example.org"),
         ("neighbours", "groups.example.net")]
SHOPS = [("Bean & Leaf Coffee", "news.beanleaf.example"), ("Northern Books", "mail.northernbooks.example"),
         ("Velo Weekly", "letters.velo.example"), ("City Museum", "museum.example.org")]
SERVICES = [("Code Forge", "notify.forge.example"), ("Parcel Post", "track.parcel.example"),
            ("Village Bank", "alerts.bank.example"), ("Water Works", "service.water.example")]
OFFERS = ["You have been chosen", "Cheap pills, no questions", "Unpaid invoice 4471", "Re: your winning ticket",
          "Grow your income in 7 days", "Final warning: mailbox is full", "Lonely? Meet someone tonight"]
CHARSETS = [("utf-8", "Grüße, déjà vu, naïve, ещё раз, こんにちは"), ("iso-8859-1", "Grüße und schöne Tage, déjà vu"),
            ("windows-1252", "“Smart” quotes – and the € sign"), ("iso-8859-15", "50 € für das Fahrrad"),
            ("koi8-r", "Привет, как дела?"), ("iso-2022-jp", "来週の会議について"), ("shift_jis", "写真を送ります"),
            ("gb18030", "下周的会议安排"), ("big5", "下週的會議安排"), ("euc-kr", "다음 주 회의 안내")]


@dataclass
class Message:
    """One message: `kind` is personal, list, newsletter, notification or spam."""
    kind: str
    data: bytes
    date: int
    message_id: str
    subject: str
    flags: str = ""
    marks: set = field(default_factory=set)


def local(data):
    """What a Maildir holds of a message that was served as `data`."""
    return data.replace(b"\r\n", b"\n")


def encoded_word(text, charset="utf-8", how="b"):
    """RFC 2047, as one or more words of legal length; ASCII stays as it is."""
    if text.isascii():
        return text
    words, chunk = [], ""
    for character in text:
        if len((chunk + character).encode(charset)) > 36:
            words.append(chunk)
            chunk = ""
        chunk += character
    words.append(chunk)

    def one(word):
        raw = word.encode(charset)
        if how == "b":
            return f"=?{charset}?B?{base64.b64encode(raw).decode()}?="
        return f"=?{charset}?Q?{''.join(chr(b) if chr(b).isalnum() and b < 128 else f'={b:02X}' for b in raw)}?="
    return "\r\n ".join(map(one, words))


class Writer:
    """Draws messages from one random source."""

    def __init__(self, seed, recipient):
        self.random = random.Random(f"inbasket mail {seed}")
        self.seed = seed
        self.recipient = recipient
        self.serial = 0

    def sentence(self):
        words = self.random.choices(WORDS, k=self.random.randint(5, 16))
        return " ".join(words).capitalize() + self.random.choice(".....?!")

    def text(self, size):
        """About `size` characters of paragraphs, lines of ordinary length."""
        lines, total = [], 0
        while total < size:
            line = ""
            for word in (self.sentence() + " " + self.sentence()).split():
                if len(line) + len(word) > 72:
                    lines.append(line)
                    total += len(line) + 2
                    line = ""
                line += (" " if line else "") + word
            lines += [line, ""]
            total += len(line) + 4
        return "\r\n".join(lines) + "\r\n"

    def size(self):
        """Most are near 8 KB, a few are a hundred times larger, as in a mailbox."""
        return int(min(max(self.random.lognormvariate(9.0, 1.1), 300), 900_000))

    def received(self, by, sender_host, date):
        ip = f"192.0.2.{self.random.randint(1, 254)}"
        relay = f"198.51.100.{self.random.randint(1, 254)}"
        when = email.utils.formatdate(date)
        return [f"Received: from {sender_host} ({sender_host} [{ip}])\r\n\tby {by} (Postfix) with ESMTPS id "
                f"{self.random.getrandbits(40):010X}\r\n\tfor <{self.recipient}>; {when}",
                f"Received: from [{relay}] (helo=sender)\r\n\tby {sender_host} with esmtpsa\r\n\tid "
                f"{self.random.getrandbits(40):010x}; {when}"]

    def message(self, kind):
        self.serial += 1
        date = START + self.serial * self.random.randint(200, 4000)
        person = self.random.choice(PEOPLE)
        topic = self.random.choice(TOPICS)
        host, name, extra, marks = "mx.example.net", person, [], set()
        address = f"{''.join(c for c in person.lower() if c.isascii() and c.isalpha()) or 'hanako'}@example.net"
        to = self.recipient
        if kind == "list":
            listname, domain = self.random.choice(LISTS)
            host, to = domain, f"{listname}@{domain}"
            topic = f"[{listname}] {topic}"
            extra = [f"List-Id: {listname} <{listname}.{domain}>", f"List-Post: <mailto:{to}>",
                     f"List-Unsubscribe: <mailto:{listname}-leave@{domain}>", "Precedence: list", f"Sender: {listname}-bounces@{domain}"]
        elif kind == "newsletter":
            name, domain = self.random.choice(SHOPS)
            host, address, topic = domain, f"hello@{domain}", f"This week: {topic}"
            extra = [f"List-Unsubscribe: <https://{domain}/u/{self.random.getrandbits(64):016x}>",
                     "List-Unsubscribe-Post: List-Unsubscribe=One-Click", f"List-Id: {name} <weekly.{domain}>", "Precedence: bulk"]
        elif kind == "notification":
            name, domain = self.random.choice(SERVICES)
            host, address, topic = domain, f"noreply@{domain}", f"Your item {self.random.randint(1000, 99999)}: {topic}"
            extra = ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"]
        elif kind == "spam":
            host = f"h{self.random.randint(1, 999)}.bulk.invalid"
            name, address, topic = "Special Offer", f"win{self.random.randint(1, 9999)}@{host}", self.random.choice(OFFERS)
            extra = ["X-Spam-Flag: YES", f"X-Spam-Status: Yes, score={self.random.uniform(5, 25):.1f} required=5.0"]
            marks.add("spam-flag")
        message_id = f"<{self.random.getrandbits(60):015x}.{self.serial}.{self.seed}@{host}>"
        how = self.random.choice("bq")
        headers = [f"Return-Path: <{address}>", *self.received("mail.example.com", host, date),
                   f"Date: {email.utils.formatdate(date)}", f"From: {encoded_word(name, how=how)} <{address}>", f"To: {to}",
                   f"Subject: {encoded_word(topic, how=how)}", f"Message-ID: {message_id}", *extra, "MIME-Version: 1.0"]
        if kind == "personal" and self.random.random() < 0.4:
            headers.append(f"In-Reply-To: <{self.random.getrandbits(60):015x}@example.com>")
        body = self.body(kind)
        data = "\r\n".join(headers).encode() + b"\r\n" + body
        flags = self.random.choice(["", "", "S", "S", "S", "RS", "FS"])
        return Message(kind, data, date, message_id, topic, flags, marks)

    def body(self, kind):
        """The rest of the header and the body, in one of the shapes that mail has."""
        shape = self.random.random()
        size = self.size()
        if kind == "newsletter" or shape < 0.35:
            return self.alternative(size)
        if shape < 0.5:
            return self.with_attachment(size)
        if shape < 0.7:
            return self.foreign(size)
        return f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{self.text(size)}".encode()

    def boundary(self):
        return f"=_{self.random.getrandbits(80):020x}"

    def alternative(self, size):
        mark = self.boundary()
        plain = self.text(size // 3)
        html = "<html><body>" + "".join(f"<p>{line}</p>\r\n" for line in self.text(size // 2).split("\r\n") if line) + "</body></html>"
        encoded = quopri.encodestring(html.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return (f"Content-Type: multipart/alternative;\r\n\tboundary=\"{mark}\"\r\n\r\nThis is MIME.\r\n--{mark}\r\n"
                f"Content-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--{mark}\r\n"
                "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n").encode() \
            + encoded + f"\r\n--{mark}--\r\n".encode()

    def with_attachment(self, size):
        mark = self.boundary()
        blob = base64.encodebytes(self.random.randbytes(max(100, size * 3 // 5))).replace(b"\n", b"\r\n")
        return (f"Content-Type: multipart/mixed; boundary=\"{mark}\"\r\n\r\n--{mark}\r\n"
                f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{self.text(400)}Schöne Grüße\r\n"
                f"--{mark}\r\nContent-Type: image/jpeg; name=\"photo.jpg\"\r\nContent-Transfer-Encoding: base64\r\n"
                f"Content-Disposition: attachment;\r\n filename*=utf-8''Sch%C3%B6n.jpg\r\n\r\n").encode() + blob + f"--{mark}--\r\n".encode()

    def foreign(self, size):
        charset, words = self.random.choice(CHARSETS)
        text = (words + "\r\n" + self.text(size // 2) + words + "\r\n").encode(charset, errors="replace")
        if self.random.random() < 0.5:
            text = base64.encodebytes(text).replace(b"\n", b"\r\n")
            encoding = "base64"
        else:
            encoding = "8bit"
        return f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + text


KINDS = ["personal"] * 8 + ["list"] * 5 + ["newsletter"] * 3 + ["notification"] * 3 + ["spam"] * 3


def messages(seed=1, count=300, recipient="anna@example.com", kinds=None):
    writer = Writer(seed, recipient)
    return [writer.message(writer.random.choice(kinds or KINDS)) for _ in range(count)]


def small(seed, count):
    """Bytes of `count` small different messages, made fast: for the tests of large mailboxes."""
    return [(f"From: anna@example.com\r\nTo: tom@example.net\r\nDate: {email.utils.formatdate(START + n)}\r\n"
             f"Subject: number {n} of {count}\r\nMessage-ID: <{n}.{seed}@example.com>\r\n\r\n"
             f"This is message {n}.\r\n" + "A line like many others.\r\n" * (n % 40)).encode() for n in range(count)]


def big(megabytes, seed=1):
    """One message of that many megabytes (10^6), lines of base64."""
    line = base64.b64encode(random.Random(f"big {seed}").randbytes(54)) + b"\r\n"
    head = (f"From: tom@example.net\r\nTo: anna@example.com\r\nSubject: a film of {megabytes} MB\r\n"
            f"Message-ID: <big.{megabytes}.{seed}@example.net>\r\nMIME-Version: 1.0\r\nContent-Type: video/webm\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode()
    return head + line * ((megabytes * 1_000_000 - len(head)) // len(line))


def odd():
    """What no standard allows, and servers send all the same."""
    def head(name):
        return (f"From: odd@example.net\r\nTo: anna@example.com\r\nDate: {email.utils.formatdate(START)}\r\n"
                f"Subject: {name}\r\nMessage-ID: <{name}@odd.example.net>\r\n").encode()

    def whole(name, body):
        return head(name) + b"\r\n" + body
    return {
        "nul-bytes": whole("nul-bytes", b"before\0after\r\n\0\0\0\r\nend\r\n"),
        "nul-in-header": head("nul-in-header") + b"X-Odd: a\0b\r\n\r\nbody\r\n",
        "bare-cr": whole("bare-cr", b"one\rtwo\r\rthree\r\n\rfour\r\n"),
        "bare-lf": whole("bare-lf", b"one\ntwo\n\nthree\r\nfour\n"),
        "cr-cr-lf": whole("cr-cr-lf", b"one\r\r\ntwo\r\r\r\nthree\r\n"),
        "ends-in-cr": whole("ends-in-cr", b"the last byte is\r"),
        "line-998": whole("line-998", b"x" * 998 + b"\r\n"),
        "line-999": whole("line-999", b"y" * 999 + b"\r\nz\r\n"),
        "line-1mb": whole("line-1mb", b"long " * 200_000 + b"\r\n"),
        "header-line-1mb": head("header-line-1mb") + b"X-Long: " + b"w" * 1_000_000 + b"\r\n\r\nbody\r\n",
        "header-only": head("header-only"),
        "header-and-blank": head("header-and-blank") + b"\r\n",
        "no-header": b"\r\nA body, and nothing above it.\r\n",
        "no-blank-line": b"This is not a header at all\r\nnor is this\r\n",
        "one-byte": b"x",
        "only-line-end": b"\r\n",
        "eight-bit-header": b"From: J\xf6rg <joerg@example.net>\r\nSubject: Gr\xfc\xdfe aus K\xf6ln\r\n"
                            b"Message-ID: <eight-bit-header@odd.example.net>\r\n\r\nhi\r\n",
        "utf8-header": "From: Jörg <jörg@example.net>\r\nSubject: Grüße 🦊\r\nMessage-ID: <utf8-header@odd.example.net>\r\n\r\nhi\r\n".encode(),
        "broken-2047": whole("broken-2047", b"b\r\n").replace(b"Subject: ", b"Subject: =?utf-8?B?////? =?x?q?=ZZ?= =?nosuch?b?QQ==?= "),
        "bom": b"\xef\xbb\xbf" + whole("bom", b"before the first field, that is\r\n"),
        "broken-fields": b"From: @@\r\nDate: yesterday, 25:99 +9999\r\nMessage-ID: <<no id> at all\r\nSubject: broken-fields\r\n"
                         b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; charset=x-nonesuch; boundary=\"never seen\r\n\r\n"
                         b"--never seen\r\nContent-Type: text/plain; charset=\xff\r\nContent-Transfer-Encoding: x-odd\r\n\r\nhi\r\n",
        "no-final-newline": whole("no-final-newline", b"the last line has no end"),
        "dots": whole("dots", b".\r\n..\r\n...\r\n.x\r\n \r\n.\r\n"),
        "dot-ends-inside": whole("dot-ends-inside", b"before\r\n.\r\nafter: not the end\r\n"),
        "many-headers": head("many-headers") + b"".join(b"X-%d: y\r\n" % n for n in range(3000)) + b"\r\nbody\r\n",
        "same-header-often": head("same-header-often") + b"Received: from a by b; x\r\n" * 500 + b"\r\nbody\r\n",
        "deep-mime": deep_mime(head("deep-mime"), 400),
        "mbox-from": b"From odd@example.net Thu Jan  1 00:00:00 1970\r\n" + whole("mbox-from", b">From here\r\nFrom there\r\n"),
        "header-without-colon": head("header-without-colon") + b"no colon here\r\nX-After: 1\r\n\r\nbody\r\n",
        "space-before-colon": head("space-before-colon") + b"X-Odd : 1\r\n\r\nbody\r\n",
        "folded-nothing": head("folded-nothing") + b"X-Folded:\r\n \r\n\t\r\n x\r\n\r\nbody\r\n",
        "no-from-no-date": b"Subject: nobody\r\nMessage-ID: <no-from-no-date@odd.example.net>\r\n\r\nhm\r\n",
        "two-message-ids": head("two-message-ids") + b"Message-ID: <another@odd.example.net>\r\n\r\nbody\r\n",
        "imap-talk": whole("imap-talk", b")\r\n* 5 FETCH (UID 9 BODY[] {3}\r\nabc)\r\na1 OK done\r\n* BYE\r\n"),
    }


def deep_mime(head, depth):
    inner = b"Content-Type: text/plain\r\n\r\nat the bottom\r\n"
    for level in range(depth):
        mark = b"b%d" % level
        inner = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + inner + b"\r\n--" + mark + b"--\r\n"
    return head + b"MIME-Version: 1.0\r\n" + inner


def main():
    parser = argparse.ArgumentParser(description="Writes generated messages as files.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--odd", action="store_true", help="the odd ones instead")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pairs = odd().items() if options.odd else [(f"{n:05d}-{m.kind}", m.data) for n, m in
                                               enumerate(messages(options.seed, options.count), 1)]
    for name, data in pairs:
        (options.folder / f"{name}.eml").write_bytes(data)


if __name__ == "__main__":
    main()
