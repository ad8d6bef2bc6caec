"""Mail that is made to cost much: judged within seconds and little memory, in proportion to its size; delivered whole, and marked
where not all of it was looked at."""

import os
from typing import NamedTuple

import pytest
from e2e.inbasket import assert_exactly_once
from e2e.measured import measured
from mail import generate
from servers.poor_imap import PoorImap

MIB = 1 << 20
JUDGED = 8 * MIB                # what is looked at of one message
SECONDS, MEMORY_KIB = 2, 256 * 1024
# A sanitized build is several times slower, and keeps what was freed for a while.
IS_SANITIZED = "INBASKET_PATIENCE" in os.environ
SLOWER = 10 if IS_SANITIZED else 1

TOP = b"From: a@example.net\r\nMessage-ID: <%s@example.net>\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
TEXT = b"Content-Type: text/plain; charset=%s\r\n\r\n"
# Looks at whatever can be looked at: all parts, decoded, and their fields.
SCRIPT = """require ["body", "mime", "foreverypart", "extracttext", "variables", "regex"];
foreverypart {
    extracttext "text";
    if header :mime :anychild :param "name" :contains "Content-Type" "nowhere" { discard; }
}
if body :contains "nowhere at all" { discard; }
elsif body :content "" :matches "*nowhere*at*all*" { discard; }
elsif address :contains ["From", "To", "Cc"] "nowhere@example.net" { discard; }
elsif header :regex "Subject" "(a+)+nowhere$" { discard; }
"""


class Bomb(NamedTuple):
    head: bytes
    piece: bytes                 # again and again
    limit: str = ""              # that is met, as the words of `why` have it


BOMBS = {
    "parts": Bomb(MIXED, b"--a\r\nContent-Type: text/html\r\n\r\n<p>x\r\n", "parts"),
    "parts-in-parts": Bomb(MIXED, b"--a\r\n" + MIXED, "deep"),
    "messages-in-messages": Bomb(b"", b"Content-Type: message/rfc822\r\n\r\n", "deep"),
    "boundaries-of-others": Bomb(MIXED, b"--ab\r\n--b\r\n--a-\r\n"),
    "boundaries-that-begin-alike": Bomb(b"Content-Type: multipart/mixed; boundary=" + b"a" * 69 + b"b\r\n\r\n", b"--" + b"a" * 69 + b"\r\n"),
    "fields": Bomb(b"", b"A: b\r\n", "header"),
    "hops": Bomb(b"", b"Received: from a (b [192.0.2.1]) by c with ESMTP id d; Thu, 1 Jan 2026 00:00:00 +0000\r\n", "header"),
    "one-field": Bomb(b"Subject: ", b"a", "header"),
    "folded-lines": Bomb(b"Subject: ", b"\r\n a", "header"),
    "encoded-words": Bomb(b"Subject: ", b"=?utf-8?q?a?=\r\n ", "header"),
    "unended-words": Bomb(b"Subject: ", b"=?utf-8?q?", "header"),
    "addresses": Bomb(b"To: ", b"a@b.c,\r\n ", "header"),
    "comments": Bomb(b"Cc: ", b"(", "header"),
    "groups": Bomb(b"Cc: ", b"a:", "header"),
    "quotes": Bomb(b"Cc: ", b'"', "header"),
    "parameters": Bomb(b"Content-Type: text/plain", b";\r\n name*1*=utf-8''%41", "header"),
    "claims-to-be-ours": Bomb(b"", b"X-Inbasket-Id: 1\r\nA: b\r\n", "header"),
    "charset-that-shifts": Bomb(TEXT % b"iso-2022-jp", b"\x1b$B!!\x1b(B"),
    "charset-that-lies": Bomb(TEXT % b"euc-jp", b"\xff\x8f"),
    "charset-utf-7": Bomb(TEXT % b"utf-7", b"+AGEAYQ-+"),
    "charset-utf-7-surrogates": Bomb(TEXT % b"utf-7", b"+3AA-"),
    "charset-utf-7-never-ends": Bomb(TEXT % b"utf-7", b"+name*1=a;" + b"a.b@c.d" * 19),
    "charset-of-two-bytes": Bomb(TEXT % b"utf-16", b"\xd8\x00"),
    "base64": Bomb(b"Content-Transfer-Encoding: base64\r\n" + TEXT % b"utf-8", b"w" * 76 + b"\r\n"),
    "base64-in-crumbs": Bomb(b"Content-Transfer-Encoding: base64\r\n" + TEXT % b"utf-8", b"w=?\r\n"),
    "quoted": Bomb(b"Content-Transfer-Encoding: quoted-printable\r\n" + TEXT % b"utf-8", b"=E9=\r\n=x"),
    "html-tags": Bomb(HTML, b'<div style="display:none">'),
    "html-attributes": Bomb(HTML + b"<a ", b"b='\"' "),
    "html-entities": Bomb(HTML, b"&amp&#x41&"),
    "html-comments": Bomb(HTML, b"<!--"),
    "links": Bomb(TEXT % b"utf-8", b"http://a.example/b "),
    "one-word": Bomb(TEXT % b"utf-8", b"a"),
    "lines": Bomb(TEXT % b"utf-8", b"\r\n"),
}


def message(name, size):
    bomb = BOMBS[name]
    head = TOP % name.encode() + bomb.head
    return head + bomb.piece * ((size - len(head)) // len(bomb.piece))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A home that looks at everything: the shipped filters, one of the user's, and a classifier that has learned."""
    from e2e.inbasket import Home
    home = Home(tmp_path_factory.mktemp("trained") / "home")
    home.script("looks", SCRIPT)
    shipped = ["friends", "junk", "back-doors", "lists", "newsletters", "notifications"]
    home.configure(filter__scripts=";".join(f"{name}.sieve" for name in ["looks", *shipped]))
    for label, seed in (("spam", 1), ("ham", 2)):
        folder = home.path / label
        folder.mkdir()
        for number, data in enumerate(generate.small(seed, 40)):
            (folder / f"{number}.eml").write_bytes(data)
        home.run("learn", label, folder)
    return home


def judge(home, data):
    """What judging it needs beyond the run's own, and what came of it."""
    path = home.path / "one.eml"
    path.write_bytes(b"Subject: hello\r\n\r\nhello\r\n")
    _, own = measured(home, "filter", "run", "--json", path)
    path.write_bytes(data)
    run, need = measured(home, "filter", "run", "--json", path)
    assert run.status == 0, run
    line, = run.lines
    assert line["error"] is None, line
    return need._replace(cpu_s=need.cpu_s - own.cpu_s), line


@pytest.mark.parametrize("name", BOMBS)
def test_judged_within_bounds(trained, name):
    """A busy machine gets three tries for the time."""
    for attempt in range(3):
        whole, line = judge(trained, message(name, JUDGED))
        half, _ = judge(trained, message(name, JUDGED // 2))
        assert [action["action"] for action in line["actions"]] in (["keep"], ["fileinto"]), "it ran to its end"
        assert max(whole.peak_kib, half.peak_kib) < MEMORY_KIB * SLOWER
        if whole.cpu_s < SECONDS * SLOWER and whole.cpu_s <= 3 * max(half.cpu_s, 0.1 * SLOWER):
            return
    raise AssertionError(f"{half.cpu_s:.2f} s of the processor's time, and {whole.cpu_s:.2f} s for twice the size")


def test_delivered_whole_and_marked(authority, home):
    bombs = {name: message(name, 2 * MIB) for name in BOMBS}
    honest = generate.small(111, 10)
    home.script("looks", SCRIPT)
    home.configure(filter__scripts="looks.sieve;junk.sieve")
    with PoorImap({"INBOX": [*honest[:5], *bombs.values(), *honest[5:]]}, authority=authority) as server:
        home.account("work", server, fetch__after="delete")
        run, need = measured(home, "sync", "--json")
        assert run.status == 0, run
        assert need.peak_kib < MEMORY_KIB * SLOWER
        assert {event["target"] for event in run.delivered} == {"INBOX"}
        assert server.served() == []
        # Of what claims to be ours as much is taken out as is looked at.
        bombs["claims-to-be-ours"] = bombs["claims-to-be-ours"].replace(b"X-Inbasket-Id: 1\r\n", b"", 2000)
        assert_exactly_once([*honest, *bombs.values()], home)
    tops = {path.read_bytes()[:2000].partition(b"Message-ID: <")[2].partition(b"@")[0].decode(): path for _, path in home.files()}
    for name, bomb in BOMBS.items():
        field = next(line for line in tops[name].read_bytes()[:2000].split(b"\n") if line.startswith(b"X-Inbasket-Verdict:"))
        assert (b"over-limit" in field) == bool(bomb.limit), (name, field)
        if bomb.limit:
            assert bomb.limit in home.run("why", tops[name]).out, name
